//! What a file or a directory is right now.

use std::fs::File;
use std::io::{self, Read};
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

/// The digest of an open file's bytes. A file that changes between the first and the last byte is an error.
pub(crate) fn hash(file: &File, path: &Path, known: &mut Known) -> Result<Digest, Unmeasurable> {
    let stamp =
        |file| fstat(file).map(|stat| Stamp::of(&stat)).map_err(|errno| Unmeasurable::io(path, errno));
    let before = stamp(file)?;
    if let Some(hash) = known.look(&before) {
        return Ok(Digest::new(Of::Bytes, hash));
    }
    let mut hasher = sha2::Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut reader = file;
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => hasher.update(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unmeasurable::Io { path: path.into(), error }),
        }
    }
    if stamp(file)? != before {
        return Err(Unmeasurable::Moving(path.into()));
    }
    let hash = hasher.finalize().into();
    known.remember(before, hash);
    Ok(Digest::new(Of::Bytes, hash))
}
