//! Why nothing was started.

use std::io;
use std::path::PathBuf;

use super::diagnosis::{Cause, World};
use crate::report::Missing;
use crate::stages::step::Step;
use crate::wire::Failure;

/// Why nothing was started. Whatever the variant, the program was not executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The confining process could not be started or spoken to.
    #[error("cannot start the confining process")]
    Spawn(#[source] io::Error),
    /// The confining process ended without a word.
    #[error("the confining process ended before the program started; nothing was executed")]
    Vanished,
    /// It said something out of turn, so it is not trusted with a program.
    #[error("the confining process sent what it should not (`{0}`); nothing was executed")]
    OutOfTurn(&'static str),
    /// The program is not there, or not executable, inside.
    #[error("cannot execute `{}` in the jail", path.display())]
    Execute {
        /// The program.
        path: PathBuf,
        /// The kernel's answer.
        #[source]
        source: io::Error,
    },
    /// A granted path cannot be opened, or is reached over a symbolic link.
    #[error("cannot open the granted path `{}`", path.display())]
    Source {
        /// The path.
        path: PathBuf,
        /// The kernel's answer.
        #[source]
        source: io::Error,
    },
    /// Somebody else has the address at which the supervisor was to listen, or it is not this machine's.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The kernel's answer.
        #[source]
        source: io::Error,
    },
    /// A guarantee cannot be had here and was not waived.
    #[error("this system cannot give the guarantee `{}`: {}", _0.guarantee, _0.why)]
    Lacking(Missing),
    /// Any other step failed.
    #[error("cannot {doing}{}", place(path.as_ref()))]
    Step {
        /// What was being done.
        doing: &'static str,
        /// Where, if at a path.
        path: Option<PathBuf>,
        /// Why, where this system says so.
        cause: Option<Cause>,
        /// The kernel's answer.
        #[source]
        source: io::Error,
    },
    /// The jail is over.
    #[error("the jail has ended")]
    Over,
}

fn place(path: Option<&PathBuf>) -> String {
    path.map(|path| format!(" at `{}`", path.display())).unwrap_or_default()
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Self {
        Self::Lacking(missing)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let source = io::Error::from_raw_os_error(failure.errno);
        let path = failure.path.clone().unwrap_or_default();
        match failure.step {
            Step::Execute => Self::Execute { path, source },
            Step::Source => Self::Source { path, source },
            step => {
                let cause = World::here().explain(step, failure.errno);
                match (step.guarantee(), cause) {
                    (Some(guarantee), Some(Cause { why, remedy })) => {
                        Missing { guarantee, why, remedy }.into()
                    }
                    (_, cause) => Self::Step { doing: step.doing(), path: failure.path, cause, source },
                }
            }
        }
    }
}

impl Error {
    /// The error and what caused it, in one clause.
    #[must_use]
    pub fn chain(&self) -> String {
        use std::error::Error as _;
        let why = match self {
            Self::Step { cause: Some(cause), .. } => format!(" ({})", cause.why),
            _ => String::new(),
        };
        self.source().map_or_else(|| self.to_string(), |source| format!("{self}: {source}{why}"))
    }

    /// What the person can do about it, as one sentence.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Execute { path, source } => Some(match source.raw_os_error() {
                Some(libc::ENOENT) => format!(
                    "grant the directory that it lies in, or the interpreter that its first line names: `--exec {}`",
                    path.parent().unwrap_or(path).display()
                ),
                Some(libc::EACCES) => format!("grant its execution: `--exec {}`", path.display()),
                Some(libc::ESTALE) => {
                    "it was replaced after it had been measured; look at what replaced it".to_owned()
                }
                _ => return None,
            }),
            Self::Source { path, source } => Some(match source.raw_os_error() {
                Some(libc::ELOOP) => "grant the path that the symbolic link points to instead".to_owned(),
                Some(libc::ENOENT) => format!("create `{}` first, or take the grant out", path.display()),
                _ => return None,
            }),
            Self::Step { cause: Some(cause), .. } => Some(cause.remedy.clone()),
            Self::Lacking(Missing { guarantee, remedy, .. }) => {
                Some(format!("{remedy}; `--waive {guarantee}` starts without it"))
            }
            _ => None,
        }
    }
}
