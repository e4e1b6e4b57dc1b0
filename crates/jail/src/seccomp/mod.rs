//! The system calls that reach the kernel: an allow-list, as data, with a reason on each line.
//!
//! Owns the table, and the filter program made of it. Never looks at memory: a filter sees numbers and scalar
//! arguments, and so does [`verdict`]. A foreign architecture and the x32 numbers end the process; what the table does
//! not know is answered as by a kernel that does not know it.

mod allowed;
mod arguments;
mod numbers;
mod program;
mod refused;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub(crate) use program::{Answer as FilterAnswer, Instruction, program, table};
pub(crate) use rule::low;
use rule::{Outcome, Row, Rule};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    /// The call does not happen; it answers this errno.
    Errno(i32),
    /// The whole process ends.
    Kill,
    /// The supervisor makes the call in the caller's place, on its own copy of what the arguments name.
    Broker,
}

/// What becomes of Unix sockets. A mount does not stop connecting to a socket that lies in it, not even read-only, and
/// Landlock does from its ninth version on only; nor can a filter read an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unix {
    /// Nothing of the host that could hold one is in the jail.
    Native,
    /// The supervisor makes every connection. Datagrams, which could be sent to any path without one, are refused.
    Brokered,
    /// There are none, but for connected pairs.
    Refused,
}

/// Whether a filter may ask the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    Asked,
    Absent,
}

/// Numbers from here on are x32's on this architecture, and nobody's on others.
const NATIVE_END: u32 = 0x4000_0000;

/// What the filter answers to a call of the native architecture with these arguments. Pure.
pub(crate) fn verdict(unix: Unix, number: u32, arguments: &[u64; 6]) -> Verdict {
    if number >= NATIVE_END { Verdict::Kill } else { outcome(unix, number, arguments).into() }
}

/// The name of a call, such as `openat`.
pub(crate) fn name(number: u32) -> &'static str {
    row(number).map_or("unknown system call", |row| row.symbol.strip_prefix("SYS_").unwrap_or(row.symbol))
}

/// Why a call was refused, as one clause.
pub(crate) fn why_refused(number: u32) -> &'static str {
    match row(number) {
        Some(Row { rule: Rule::Always(_), why, .. }) => why,
        Some(_) => "not with these arguments",
        None => "not on the list of system calls",
    }
}

fn outcome(unix: Unix, number: u32, arguments: &[u64; 6]) -> Outcome {
    row(number).map_or(UNLISTED, |row| row.rule_under(unix).outcome(arguments))
}

/// As by a kernel without the call.
const UNLISTED: Outcome = Outcome::Refuse(libc::ENOSYS);

fn row(number: u32) -> Option<&'static Row> {
    let rows = rows();
    let place = rows.binary_search_by_key(&i64::from(number), |row| row.number).ok()?;
    rows.get(place).copied()
}

/// Every row, by number.
fn rows() -> &'static [&'static Row] {
    static ROWS: OnceLock<Vec<&'static Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows: Vec<_> = allowed::ALLOWED.iter().chain(refused::REFUSED).collect();
        #[cfg(target_arch = "x86_64")]
        rows.extend(allowed::ALLOWED_LEGACY.iter().chain(refused::REFUSED_LEGACY));
        rows.sort_unstable_by_key(|row| row.number);
        rows
    })
}

/// Every number that the table allows with some arguments, and every number that it refuses with all.
#[cfg(test)]
pub(crate) fn allowed_and_refused() -> (Vec<u32>, Vec<u32>) {
    let refused = |row: &Row| matches!(row.rule, Rule::Always(Outcome::Refuse(_) | Outcome::Quietly(_)));
    let number = |row: &&&Row| u32::try_from(row.number).unwrap();
    (
        rows().iter().filter(|row| !refused(row)).map(|row| number(&row)).collect(),
        rows().iter().filter(|row| refused(row)).map(|row| number(&row)).collect(),
    )
}
