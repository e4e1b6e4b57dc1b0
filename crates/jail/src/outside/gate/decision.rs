//! What the gate answers: a function of the phase, the number and the scalar arguments.

use super::act::{self, Kind};
use crate::seccomp::{self, Verdict};

/// What the gate remembers.
#[derive(Debug, Default)]
pub(super) struct Phase {
    /// The program itself has been executed.
    executed: bool,
}

/// The answer, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The kernel goes on; the jail is the boundary.
    GoOn,
    /// The table refuses it, at all times.
    Never(i32),
    /// It is held back until the process has shown what it is.
    NotYet(i32),
}

impl Decision {
    /// The errno and the reason of a refusal.
    pub(super) fn refusal(self) -> Option<(i32, &'static str)> {
        match self {
            Self::GoOn => None,
            Self::Never(errno) => Some((errno, "not allowed in a jail")),
            Self::NotYet(errno) => Some((errno, "held back in probation")),
        }
    }
}

impl Phase {
    pub(super) fn decide(&mut self, number: u32, arguments: &[u64; 6], holding: bool) -> Decision {
        match seccomp::verdict(number, arguments) {
            Verdict::Errno(errno) => return Decision::Never(errno),
            // The kernel ends such a process and asks nobody.
            Verdict::Kill => return Decision::Never(libc::EPERM),
            Verdict::Allow => {}
        }
        match act::kind(number, arguments) {
            Some(Kind::Execute) => {
                let first = !std::mem::replace(&mut self.executed, true);
                if holding && !first { Decision::NotYet(libc::EACCES) } else { Decision::GoOn }
            }
            Some(Kind::Write) if holding => Decision::NotYet(libc::EROFS),
            Some(Kind::NetworkSocket) if holding => Decision::NotYet(libc::EACCES),
            _ => Decision::GoOn,
        }
    }
}
