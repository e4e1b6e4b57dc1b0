//! Why nothing was installed.

use std::io;

use crate::store::StoreError;

/// Why nothing was installed. The store is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The jail could not be had.
    #[error("the installer's jail cannot be built: {0}")]
    Jail(mantrap_jail::Error),
    /// The installer said no.
    #[error("{tool} failed: {said}")]
    Failed {
        /// Its name.
        tool: &'static str,
        /// Its own last words, and what it was refused.
        said: String,
    },
    /// The installer did not end.
    #[error(
        "{0} was ended: it took longer than it may; the registry may be stalling, or `--patience` too short"
    )]
    Stalled(&'static str),
    /// The installer filled the disk.
    #[error("{0} was ended: the package is larger than any server is")]
    Huge(&'static str),
    /// An address of a registry.
    #[error("the registry `{address}` cannot be used: {why}")]
    Address {
        /// Without what is secret in it.
        address: String,
        /// Why not.
        why: String,
    },
    /// A file of settings.
    #[error("`{path}` cannot be used: {why}")]
    Settings {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// A package that brings something that it cannot be trusted for.
    #[error("`{package}` {why}")]
    Package {
        /// Which.
        package: String,
        /// What is wrong with it.
        why: String,
    },
    /// It has no program, or several.
    #[error("{0}")]
    Program(String),
    /// The registry gives something else than before.
    #[error(
        "this is not what was installed before: it was `{wanted}` and is `{found}`; `mantrap update` shows the difference, an imported bundle brings the old one"
    )]
    Changed {
        /// What the lock says.
        wanted: String,
        /// What was fetched.
        found: String,
    },
    /// An archive that is none, or is made to harm.
    #[error("`{path}` in the archive {why}")]
    Archive {
        /// The entry.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The store refuses it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's own words.
    #[error("{doing}: {error}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Why it was not.
        error: io::Error,
    },
}

impl InstallError {
    pub(super) fn io(doing: &'static str, error: impl Into<io::Error>) -> Self {
        Self::Io { doing, error: error.into() }
    }

    pub(super) fn package(package: &str, why: impl Into<String>) -> Self {
        Self::Package { package: package.into(), why: why.into() }
    }
}
