//! Where locks are, and which of them counts.
//!
//! Three scopes: the system's (`/etc/mantrap`, root's), the user's (`mantrap/` in the configuration home), and the
//! project's (the nearest `mantrap.lock` at or above a directory). A name means the first of them that has it, so nothing
//! that a repository brings can stand in for a server of the user or the system. The lock of a later scope is not even
//! read where an earlier one has the name: a broken project breaks nothing but itself.

pub mod open;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::approval::{Approvals, BadSigners, Signers, Trust, TrustError};
use crate::lock::{Lock, LockError, MOST_BYTES, ScopeName, ServerName};
use crate::plan::Located;
pub use open::{Untrusted, Whose};
pub use write::replace;

/// The name of every lock.
pub const LOCK: &str = "mantrap.lock";
/// The name of the list of signers, beside the system's lock and in the user's `trust`.
pub const SIGNERS: &str = "allowed_signers";
/// Directories above each other that are searched for a project's lock.
const HIGHEST: usize = 64;

/// Where to look.
#[derive(Clone, Debug)]
pub struct Places {
    /// The system's directory, `/etc/mantrap`, and whose it has to be: root's.
    pub system: (PathBuf, Whose),
    /// The user's directory, `mantrap/` in the configuration home.
    pub user: Option<PathBuf>,
    /// Where the search for a project's lock begins.
    pub project: Option<PathBuf>,
}

/// A lock, and where it is.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Its scope.
    pub name: ScopeName,
    /// The file, absolute and without links.
    pub path: PathBuf,
    /// What it says.
    pub lock: Lock,
}

/// Why a scope says nothing. Then nothing that it could forbid is launched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// Somebody else may have a hand in it.
    #[error("the {0}'s lock does not count: {1}")]
    Untrusted(ScopeName, Untrusted),
    /// No lock.
    #[error("`{}`: {problem}", path.display())]
    Lock {
        /// The lock.
        path: PathBuf,
        /// What is wrong with it.
        problem: LockError,
    },
    /// A project's lock that makes rules.
    #[error("`{}` has `[rules]`, which only the system's and the user's lock can have; remove them", .0.display())]
    Rules(PathBuf),
    /// Somebody else may have a hand in a list of signers.
    #[error("the list of signers does not count: {0}")]
    Foreign(Untrusted),
    /// A list of signers that cannot be used.
    #[error("`{}`: {problem}", path.display())]
    Signers {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        problem: BadSigners,
    },
    /// What the user approved cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The scope is forbidden.
    #[error("`{name}` stands in the {scope}'s lock, and `{}` forbids launching from there", by.display())]
    Forbidden {
        /// The server.
        name: ServerName,
        /// Where it stands.
        scope: ScopeName,
        /// The lock whose rules say so.
        by: PathBuf,
    },
    /// No lock has the name.
    #[error("no lock has a server called `{0}`; `mantrap list` shows those there are")]
    Unknown(ServerName),
}

/// What every launch has to obey.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// Scopes from which nothing is launched, and the lock that says so.
    pub forbidden: Vec<(ScopeName, PathBuf)>,
    /// Whether an approval needs a signature, and by whose demand.
    pub signature: Option<ScopeName>,
}

impl Places {
    /// The lock of a scope; nothing when there is none.
    ///
    /// # Errors
    /// [`ScopeError`] when there is one and it does not count.
    pub fn read(&self, scope: ScopeName) -> Result<Option<Scope>, ScopeError> {
        let Some((path, whose)) = self.place(scope) else { return Ok(None) };
        let path = real(&path);
        let untrusted = |error| ScopeError::Untrusted(scope, error);
        let Some(bytes) = open::read(&path, whose, MOST_BYTES).map_err(untrusted)? else { return Ok(None) };
        let lock = Lock::parse(&bytes).map_err(|problem| ScopeError::Lock { path: path.clone(), problem })?;
        if scope == ScopeName::Project && lock.rules != Default::default() {
            return Err(ScopeError::Rules(path));
        }
        Ok(Some(Scope { name: scope, path, lock }))
    }

    /// Where the lock of a scope is or would be.
    #[must_use]
    pub fn place(&self, scope: ScopeName) -> Option<(PathBuf, Whose)> {
        match scope {
            ScopeName::System => Some((self.system.0.join(LOCK), self.system.1)),
            ScopeName::User => Some((self.user.as_ref()?.join(LOCK), Whose::User)),
            ScopeName::Project => {
                let user = self.place(ScopeName::User).map(|(path, _)| real(&path));
                let above =
                    self.project.as_ref()?.ancestors().take(HIGHEST).map(|directory| directory.join(LOCK));
                // The user's own lock is no project's, wherever somebody stands.
                let found = above.into_iter().find(|path| path.symlink_metadata().is_ok());
                found.filter(|path| Some(real(path)) != user).map(|path| (path, Whose::User))
            }
        }
    }

    /// What the system's and the user's lock demand together: each can only add.
    ///
    /// # Errors
    /// When one of them does not count.
    pub fn demands(&self) -> Result<Demands, ScopeError> {
        let mut demands = Demands::default();
        for scope in [ScopeName::System, ScopeName::User] {
            let Some(Scope { path, lock, .. }) = self.read(scope)? else { continue };
            let others: BTreeSet<ScopeName> = match scope {
                ScopeName::System => [ScopeName::User, ScopeName::Project].into(),
                _ => [ScopeName::Project].into(),
            };
            let allowed = lock.rules.scopes.unwrap_or_else(|| others.clone());
            demands.forbidden.extend(others.difference(&allowed).map(|scope| (*scope, path.clone())));
            if lock.rules.signature {
                demands.signature.get_or_insert(scope);
            }
        }
        Ok(demands)
    }

    /// The entry that a name means.
    ///
    /// # Errors
    /// When no lock has it, when one that could have it does not count, or when its scope is forbidden.
    pub fn find(&self, name: &ServerName) -> Result<Located, ScopeError> {
        let demands = self.demands()?;
        for scope in [ScopeName::System, ScopeName::User, ScopeName::Project] {
            let forbidden = demands.forbidden.iter().find(|(forbidden, _)| *forbidden == scope);
            let found = match self.read(scope) {
                // What is wrong with a lock that does not count anyway is nobody's concern.
                Err(_) if forbidden.is_some() => continue,
                found => found?,
            };
            let Some(Scope { path, mut lock, .. }) = found else { continue };
            let Some(entry) = lock.servers.remove(name) else { continue };
            if let Some((_, by)) = forbidden {
                return Err(ScopeError::Forbidden { name: name.clone(), scope, by: by.clone() });
            }
            return Ok(Located { name: name.clone(), entry, scope, lock: path });
        }
        Err(ScopeError::Unknown(name.clone()))
    }

    /// The user's approvals; nothing where there is no place for them.
    #[must_use]
    pub fn trust(&self) -> Option<Trust> {
        Some(Trust::new(real(&self.user.as_ref()?.join("trust"))))
    }

    /// Everything that can speak for a plan at `now`, seconds since 1970.
    ///
    /// Where the system's lock demands signatures, only the signers that the system names count.
    ///
    /// # Errors
    /// When a file that decides about it does not count.
    pub fn approvals(&self, now: u64) -> Result<Approvals, ScopeError> {
        let demands = self.demands()?;
        let mut approvals = match self.trust() {
            Some(trust) => trust.read()?,
            None => Approvals::default(),
        };
        let mut lists = vec![(self.system.0.join(SIGNERS), self.system.1)];
        if demands.signature != Some(ScopeName::System) {
            lists.extend(self.user.as_ref().map(|user| (user.join("trust").join(SIGNERS), Whose::User)));
        }
        for (path, whose) in lists {
            let path = real(&path);
            let bytes =
                open::read(&path, whose, MOST_BYTES).map_err(ScopeError::Foreign)?.unwrap_or_default();
            // A key or name that is no text fits nobody.
            let signers = Signers::parse(&String::from_utf8_lossy(&bytes))
                .map_err(|problem| ScopeError::Signers { path, problem })?;
            approvals.signers = approvals.signers.and(signers);
        }
        approvals.signature = demands.signature.is_some();
        approvals.now = now;
        Ok(approvals)
    }
}

/// The path with the links above its last name followed, as far as it exists. What is then opened is opened without
/// following any, so whatever the links lead to has to stand on its own.
fn real(path: &Path) -> PathBuf {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return path.into() };
    directory.canonicalize().map_or_else(|_| path.into(), |directory| directory.join(name))
}
