//! Why something was not recorded, read or proven.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error of the journal. Cloned, because one failed write fails everybody who waited for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {act} `{}`: {source}{}", .path.display(), remedy(.source))]
    Io {
        /// What was to be done, as a verb.
        act: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// The bytes are not those of a journal, or not any more. Nothing is added to it.
    #[error(
        "the journal is damaged at `{}`: {what}; `mantrap journal verify` says more; keep the directory as evidence and \
         begin a new one in its place",
        .path.display()
    )]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What does not hold.
        what: String,
    },
    /// There is none.
    #[error("there is no journal in `{}`", .path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
    },
    /// Its private key is gone or not its own, so that nothing can be added.
    #[error(
        "`{}` is not the private key of this journal ({why}); restore it, or keep the directory and begin a new one in its place",
        .path.display()
    )]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Other users may write where it is.
    #[error("other users may write to `{}`; remove that right (chmod go-w) or choose another directory", .path.display())]
    Exposed {
        /// The directory.
        path: PathBuf,
    },
    /// Another process holds the journal and does not let go.
    #[error("another process keeps `{}` locked; end it and try again", .path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// A record is larger than a bundle can hold.
    #[error("a record of {bytes} bytes is too large; the journal takes at most 65535")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A record is no JSON object with a kind.
    #[error("a record cannot be written as JSON: {why}")]
    NotARecord {
        /// What serde said.
        why: String,
    },
    /// There is no such record.
    #[error("there is no record {index}; the journal holds {size}")]
    NoSuchRecord {
        /// What was asked for.
        index: u64,
        /// Records that there are.
        size: u64,
    },
}

impl Error {
    pub(crate) fn io(act: &'static str, path: PathBuf, source: io::Error) -> Self {
        if source.kind() == ErrorKind::WouldBlock {
            return Self::Busy { path };
        }
        Self::Io { act, path, source: Arc::new(source) }
    }

    pub(crate) fn damaged(directory: &Path, path: &str, what: impl Into<String>) -> Self {
        Self::Damaged { path: directory.join(path), what: what.into() }
    }

    /// Whether it says that a file is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotFound)
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "; make room and try again"
        }
        ErrorKind::ReadOnlyFilesystem => "; a journal needs a place that can be written",
        ErrorKind::PermissionDenied => "; a journal is its owner's alone: see whose it is",
        ErrorKind::NotFound | ErrorKind::InvalidInput | ErrorKind::AlreadyExists => "",
        _ => "; check the disk and try again",
    }
}
