//! What the gate answers: a function of the phase, the number and the scalar arguments.

use super::act::{self, Kind};
use crate::profile::Gate;
use crate::seccomp::{self, Unix, Verdict};

/// What the gate remembers.
#[derive(Debug)]
pub(super) struct Phase {
    /// The program itself has been executed, or the filter does not ask about that.
    executed: bool,
    unix: Unix,
}

/// The answer, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The kernel goes on; the jail is the boundary.
    GoOn,
    /// The supervisor makes the call.
    Broker,
    /// The table refuses it, at all times.
    Never(i32),
    /// It is held back until the process has shown what it is.
    NotYet(i32),
}

impl Decision {
    /// The errno and the reason of a refusal.
    pub(super) fn refusal(self) -> Option<(i32, &'static str)> {
        match self {
            Self::GoOn | Self::Broker => None,
            Self::Never(errno) => Some((errno, "not allowed in a jail")),
            Self::NotYet(errno) => Some((errno, "held back in probation")),
        }
    }
}

impl Phase {
    /// The beginning, under a filter that was made for this gate.
    pub(super) fn before(gate: Gate, unix: Unix) -> Self {
        Self { executed: gate != Gate::Acts, unix }
    }

    /// Whether the program has begun. What was asked before is the jail's own, such as its check of itself.
    pub(super) fn has_begun(&self) -> bool {
        self.executed
    }

    pub(super) fn decide(&mut self, number: u32, arguments: &[u64; 6], holding: bool) -> Decision {
        match seccomp::verdict(self.unix, number, arguments) {
            Verdict::Errno(errno) => return Decision::Never(errno),
            // The kernel ends such a process and asks nobody.
            Verdict::Kill => return Decision::Never(libc::EPERM),
            Verdict::Broker => return Decision::Broker,
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
