//! `--cache DIR`: lowered source files that stay for the next audit, in a folder of the user's own.
//!
//! What lies there is believed, as far as it is whole: whoever writes into the folder can make code look harmless. So it is
//! used only where nobody else can, and it is asked for: an audit by itself writes nothing. The folder is opened once and
//! then held; no link is followed below it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use mantrap_scan::sources::{Digest32, Keeper};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT};

/// The largest file that is kept, in bytes (32 MiB): what a source file of 2 MiB becomes is a tenth of it.
const MAX_FILE: u64 = 32 * 1024 * 1024;
/// All files together, in bytes (256 MiB): a dozen large repositories.
const MAX_ALL: u64 = 256 * 1024 * 1024;
/// What a file takes at least, in bytes.
const BLOCK: u64 = 4096;
/// A file that was used is the newest again, if it was not used for so long.
const USED: Duration = Duration::from_secs(3600);

/// The folder.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: OwnedFd,
    saved: AtomicU64,
}

impl Shelf {
    /// Opens the folder, and makes it if there is none. `audited` is the folder that is looked at: what belongs to it may
    /// be somebody else's.
    pub(super) fn open(path: &Path, audited: Option<&Path>) -> anyhow::Result<Shelf> {
        let shown = path.display();
        match std::fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot make `{shown}`"));
            }
            _ => {}
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())
            .with_context(|| format!("cannot open `{shown}`; name a folder that is no link"))?;
        let real = path.canonicalize().with_context(|| format!("cannot look at `{shown}`"))?;
        if audited.is_some_and(|audited| real.starts_with(audited)) {
            bail!(
                "`{shown}` is in the folder that is audited, and so may be whoever's that is; name one outside of it"
            );
        }
        let found = rustix::fs::fstat(&folder).with_context(|| format!("cannot look at `{shown}`"))?;
        if !is_own(&found, 0o077) {
            bail!(
                "`{shown}` can be used by others than you, who could hide findings there; name a folder of yours with mode 0700"
            );
        }
        Ok(Shelf { folder, saved: AtomicU64::new(0) })
    }

    /// Removes what was used longest ago, if there is too much.
    pub(super) fn tidy(&self) {
        if self.saved.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut all: Vec<(i64, u64, std::ffi::CString)> = Vec::new();
        for entry in Dir::read_from(&self.folder).into_iter().flatten().flatten() {
            let Ok(found) = rustix::fs::statat(&self.folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
            else {
                continue;
            };
            if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile {
                let size = u64::try_from(found.st_size).unwrap_or(0).max(BLOCK);
                all.push((found.st_mtime, size, entry.file_name().to_owned()));
            }
        }
        all.sort();
        let mut left: u64 = all.iter().map(|(_, size, _)| size).sum();
        for (_, size, name) in all {
            if left <= MAX_ALL {
                break;
            }
            if rustix::fs::unlinkat(&self.folder, &name, AtFlags::empty()).is_ok() {
                left = left.saturating_sub(size);
            }
        }
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, name, flags, Mode::empty()).ok()?;
        let found = rustix::fs::fstat(&file).ok()?;
        let size = u64::try_from(found.st_size).ok().filter(|size| *size <= MAX_FILE)?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile || !is_own(&found, 0o022) {
            return None;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        if now.as_secs().saturating_sub(u64::try_from(found.st_mtime).unwrap_or(0)) > USED.as_secs() {
            let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
            let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let last_modification = Timespec { tv_sec: seconds, tv_nsec: 0 };
            // Where it cannot be, it goes earlier than it would.
            let _ = rustix::fs::futimens(&file, &Timestamps { last_access, last_modification });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).ok()? + 1);
        File::from(file).take(MAX_FILE).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Whoever reads at the same time finds all of it or nothing.
    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let turn = self.saved.fetch_add(1, Ordering::Relaxed);
        let partial = format!("partial-{}-{turn}", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, &partial, flags, Mode::RUSR | Mode::WUSR)?;
        let written = File::from(file).write_all(bytes).and_then(|()| {
            rustix::fs::renameat(&self.folder, &partial, &self.folder, name).map_err(std::io::Error::from)
        });
        if written.is_err() {
            let _ = rustix::fs::unlinkat(&self.folder, &partial, AtFlags::empty());
        }
        written
    }
}

impl Keeper for Shelf {
    fn load(&self, name: &Digest32) -> Option<Vec<u8>> {
        self.read(&hex(name))
    }

    fn save(&self, name: &Digest32, bytes: &[u8]) {
        if bytes.len() as u64 <= MAX_FILE {
            // Nothing is lost but time.
            let _ = self.write(&hex(name), bytes);
        }
    }
}

/// Whether it is this user's, and gives nobody else one of these rights.
fn is_own(found: &Stat, rights: u32) -> bool {
    found.st_uid == rustix::process::geteuid().as_raw() && found.st_mode & rights == 0
}

fn hex(name: &Digest32) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect()
}
