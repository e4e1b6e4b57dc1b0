//! Why the store did not do what it was asked.

use std::io;
use std::path::{Path, PathBuf};

use crate::Digest;
use crate::digest::measure::Unmeasurable;
use crate::scope::Untrusted;

/// Why the store did not do what it was asked. Nothing usable is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else can have a hand in it.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// Something in a tree has no digest.
    #[error(transparent)]
    Unmeasurable(#[from] Unmeasurable),
    /// Another process is adding or removing.
    #[error("another mantrap is changing the store at `{}`; try again when it is done", .0.display())]
    Busy(PathBuf),
    /// The tree is not there.
    #[error("the tree `{0}` is not in the store; install it again or import it")]
    Missing(Digest),
    /// A tree is not what it was.
    #[error("the tree `{digest}` was changed in the store: {path}; install it again")]
    Damaged {
        /// The tree.
        digest: Digest,
        /// The first thing that differs.
        path: String,
    },
    /// What was installed is nothing that the store holds.
    #[error("`{path}` {why}")]
    Shape {
        /// Relative to the tree.
        path: String,
        /// What is wrong, and what would be right.
        why: &'static str,
    },
    /// A bundle is not what a bundle is.
    #[error("this is no bundle to import: {0}")]
    Bundle(String),
    /// The system's own words.
    #[error("`{}` cannot be {doing}: {error}", path.display())]
    Io {
        /// What was being done, as a participle.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl StoreError {
    pub(crate) fn io(doing: &'static str, path: &Path, error: impl Into<io::Error>) -> Self {
        Self::Io { doing, path: path.into(), error: error.into() }
    }

    pub(crate) fn shape(path: &[u8], why: &'static str) -> Self {
        Self::Shape { path: String::from_utf8_lossy(path).into_owned(), why }
    }
}
