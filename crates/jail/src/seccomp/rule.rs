//! The little language in which the table says what a call may do: tests of scalar arguments, the first case that holds
//! decides. It is interpreted by `verdict` and compiled by `program`; both are held equal by a test.

use super::{Unix, Verdict, arguments};

/// One system call of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) number: libc::c_long,
    /// libc's constant, such as `SYS_read`.
    pub(super) symbol: &'static str,
    pub(super) rule: Rule,
    /// An act that a person would want to know of: reported under `Gate::Acts` even where the filter allows it.
    pub(super) act: bool,
    /// Who needs it, or why it is refused.
    pub(super) why: &'static str,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    Always(Outcome),
    /// The first case whose tests all hold decides; the last outcome where none does.
    Cases(&'static [Case], Outcome),
}

/// If every test holds, this becomes of the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case(pub(super) &'static [Test], pub(super) Outcome);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Allow,
    /// Refused with this errno, and reported where there is a listener.
    Refuse(i32),
    /// Refused with this errno and never reported: runtimes try it as a matter of course and have another way.
    Quietly(i32),
    /// The supervisor makes the call.
    Broker,
}

/// A test of one argument, 0 to 5. The kernel takes an `int` argument from the low half of its register, so a test of
/// the whole register would be passed by setting a bit above; only pointers and lengths are tested whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// The low half, masked, is one of these.
    Low(u8, u32, &'static [u32]),
    /// The low half has at least one of these bits.
    AnyBit(u8, u32),
    /// The whole register is zero.
    Null(u8),
    /// The whole register is at most this.
    AtMost(u8, u32),
}

impl Row {
    /// The rule, narrowed for Unix sockets.
    pub(super) fn rule_under(&self, unix: Unix) -> Rule {
        match (unix, self.number) {
            (Unix::Native, _) => self.rule,
            (Unix::Brokered, libc::SYS_connect) => Rule::Always(Outcome::Broker),
            (Unix::Brokered, libc::SYS_socket) => arguments::SOCKET_WITHOUT_UNIX_DATAGRAMS,
            (Unix::Refused, libc::SYS_socket) => arguments::SOCKET_WITHOUT_UNIX,
            (Unix::Brokered | Unix::Refused, libc::SYS_socketpair) => arguments::SOCKETPAIR_WITHOUT_DATAGRAMS,
            _ => self.rule,
        }
    }
}

impl Rule {
    pub(super) fn outcome(&self, arguments: &[u64; 6]) -> Outcome {
        match self {
            Self::Always(outcome) => *outcome,
            Self::Cases(cases, otherwise) => cases
                .iter()
                .find(|Case(tests, _)| tests.iter().all(|test| test.holds(arguments)))
                .map_or(*otherwise, |Case(_, outcome)| *outcome),
        }
    }
}

impl Test {
    fn holds(&self, arguments: &[u64; 6]) -> bool {
        let whole = |argument: u8| arguments.get(usize::from(argument)).copied().unwrap_or(0);
        match *self {
            Self::Low(argument, mask, values) => values.contains(&(low(whole(argument)) & mask)),
            Self::AnyBit(argument, bits) => low(whole(argument)) & bits != 0,
            Self::Null(argument) => whole(argument) == 0,
            Self::AtMost(argument, most) => whole(argument) <= u64::from(most),
        }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allow => Self::Allow,
            Outcome::Refuse(errno) | Outcome::Quietly(errno) => Self::Errno(errno),
            Outcome::Broker => Self::Broker,
        }
    }
}

/// The half of a register that the kernel reads for an `int`.
pub(crate) const fn low(register: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the high half is not part of an `int` argument")]
    let low = register as u32;
    low
}
