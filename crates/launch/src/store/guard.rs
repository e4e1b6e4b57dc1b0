//! One file that says who may change the store: many add at once, one removes alone. The kernel drops the lock when its
//! holder ends, however that ends (flock(2)).

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::StoreError;

/// Removing half a million files takes less.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    Shared,
    Alone,
}

/// The right to change the store, until it is dropped.
#[derive(Debug)]
pub(super) struct Guard {
    _file: File,
}

impl Guard {
    /// The right, if nobody stands in its way now.
    pub(super) fn at_once(root: &Path, wanted: Wanted) -> Result<Option<Self>, StoreError> {
        let path = root.join("lock");
        let failed = |error| StoreError::io("locked", &path, error);
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(failed)?;
        let operation = match wanted {
            Wanted::Shared => FlockOperation::NonBlockingLockShared,
            Wanted::Alone => FlockOperation::NonBlockingLockExclusive,
        };
        match flock(&file, operation) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(failed(errno.into())),
        }
    }

    /// The right, after a while if need be.
    pub(super) fn wait(root: &Path, wanted: Wanted) -> Result<Self, StoreError> {
        let begun = Instant::now();
        loop {
            if let Some(guard) = Self::at_once(root, wanted)? {
                return Ok(guard);
            }
            if begun.elapsed() > PATIENCE {
                return Err(StoreError::Busy(root.into()));
            }
            thread::sleep(PAUSE);
        }
    }
}
