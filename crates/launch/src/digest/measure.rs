//! What a file or a directory is right now.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use sha2::Digest as _;

use super::known::{Known, Stamp};
use super::tree::{self, Manifest};
use super::{Digest, Of};
use crate::scope::open::{Untrusted, Whose, file_or_directory};

/// Bytes that are read at once.
const CHUNK: usize = 128 * 1024;

/// Why something has no digest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unmeasurable {
    /// Somebody else had, or can have, a hand in it; or it is not there.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// A pipe, socket or device.
    #[error("`{}` is {is}, which has no digest; remove it", path.display())]
    Kind {
        /// What it is.
        path: PathBuf,
        /// In words.
        is: &'static str,
    },
    /// More than a program is made of.
    #[error("`{}` holds more than 500,000 files or more than 128 levels; name a directory with only the program", .0.display())]
    Vast(PathBuf),
    /// Changed while it was read.
    #[error("`{}` changed while it was read; try again when nothing writes there", .0.display())]
    Moving(PathBuf),
    /// The system's own words.
    #[error("`{}` cannot be read: {error}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Unmeasurable {
    pub(crate) fn io(path: &Path, errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::Moving(path.into()),
            errno => Self::Io { path: path.into(), error: errno.into() },
        }
    }
}

/// What stands at a path.
#[derive(Debug)]
pub enum Measured {
    /// A file: still open, so that what was hashed can be what is executed.
    File(File, Digest),
    /// A directory.
    Tree(Manifest, Digest),
}

impl Measured {
    /// Its digest.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        match self {
            Self::File(_, digest) | Self::Tree(_, digest) => *digest,
        }
    }
}

/// Measures the file or directory at `path`, which is absolute and without links. Nobody but this user and root may be
/// able to change it. Contents that `known` knows by their stamp are not read again.
///
/// # Errors
/// [`Unmeasurable`].
pub fn measure(path: &Path, known: &mut Known) -> Result<Measured, Unmeasurable> {
    let (opened, stat) = file_or_directory(path, Whose::User)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        let manifest = tree::measure(&opened, path, known)?;
        let digest = manifest.digest();
        return Ok(Measured::Tree(manifest, digest));
    }
    let file = File::from(opened);
    let digest = hash(&file, path, known)?;
    Ok(Measured::File(file, digest))
}

/// How often a file is read that does not keep still. Installing another package links files of this one to its own, which
/// changes when they were changed, once.
const READINGS: usize = 3;

/// The digest of an open file's bytes. A file that changes between the first and the last byte, each time that it is
/// read, is an error. `path` is for the error alone.
///
/// # Errors
/// [`Unmeasurable`].
pub fn hash(file: &File, path: &Path, known: &mut Known) -> Result<Digest, Unmeasurable> {
    let stamp = || fstat(file).map(|stat| Stamp::of(&stat)).map_err(|errno| Unmeasurable::io(path, errno));
    let before = stamp()?;
    if let Some(hash) = known.look(&before) {
        return Ok(Digest::new(Of::Bytes, hash));
    }
    let read = || bytes(file).map_err(|error| Unmeasurable::Io { path: path.into(), error });
    let (stamp, hash) = still(stamp, read)?.ok_or_else(|| Unmeasurable::Moving(path.into()))?;
    known.remember(stamp, hash);
    Ok(Digest::new(Of::Bytes, hash))
}

/// What was read while the stamp stayed the same, and that stamp.
fn still<S: PartialEq, V, E>(
    mut stamp: impl FnMut() -> Result<S, E>,
    mut read: impl FnMut() -> Result<V, E>,
) -> Result<Option<(S, V)>, E> {
    let mut before = stamp()?;
    for _ in 0..READINGS {
        let value = read()?;
        let after = stamp()?;
        if before == after {
            return Ok(Some((after, value)));
        }
        before = after;
    }
    Ok(None)
}

/// From the first byte, wherever the descriptor stands.
fn bytes(file: &File) -> io::Result<[u8; 32]> {
    let mut hasher = sha2::Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    loop {
        match file.read_at(&mut chunk, at) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(count) => {
                hasher.update(chunk.get(..count).unwrap_or_default());
                at += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{READINGS, still};

    /// Reads what changes with the first so many looks; how often it was read, and whether it was believed.
    fn changing(times: usize) -> (usize, bool) {
        let (looks, readings) = (Cell::new(0), Cell::new(0));
        let stamp = || {
            looks.set(looks.get() + 1);
            Ok::<_, ()>(looks.get().min(times + 1))
        };
        let read = || {
            readings.set(readings.get() + 1);
            Ok(())
        };
        let believed = still(stamp, read).unwrap().is_some();
        (readings.get(), believed)
    }

    #[test]
    fn what_changes_while_it_is_read_is_read_again_and_never_believed() {
        assert_eq!(changing(0), (1, true));
        assert_eq!(changing(1), (2, true));
        assert_eq!(changing(READINGS), (READINGS, false));
        assert_eq!(changing(usize::MAX - 1), (READINGS, false));
    }
}
