//! What a jailed process tried, used and came to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::guarantee::Guarantee;

/// The whole account of one jailed run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How it ended.
    pub exit: Exit,
    /// From the confined start to the end.
    pub wall: Duration,
    /// What the tree used.
    pub usage: Usage,
    /// Guarantees that were missing here and had been waived, with the reason each was missing.
    pub missing: Vec<Missing>,
    /// What was tried and refused, in order of first occurrence.
    pub attempts: Vec<Attempt>,
    /// Attempts that are not in [`attempts`](Self::attempts) because there were too many different ones.
    pub more_attempts: u64,
    /// What passed over the network, by grant.
    pub net: Vec<NetUse>,
    /// Paths that were tried, allowed or not, where the profile asked to learn. Hints: the process chose them.
    #[serde(skip)]
    pub touched: Vec<(Act, std::path::PathBuf)>,
    /// Paths that are not in [`touched`](Self::touched) because there were too many.
    #[serde(skip)]
    pub more_touched: u64,
}

/// A guarantee that does not hold here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which.
    pub guarantee: Guarantee,
    /// Why, as one clause.
    pub why: String,
    /// What brings it back, as one sentence.
    pub remedy: String,
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// It returned this status.
    Code(i32),
    /// It was ended by this signal.
    Signal(i32),
    /// The time limit ended it.
    TimedOut,
    /// The memory limit ended it.
    OutOfMemory,
    /// The jail was ended from outside before the process was.
    Killed,
}

impl Exit {
    /// What a raw status of `wait(2)` says of a process that ended.
    #[cfg(target_os = "linux")]
    pub(crate) const fn of_status(status: i32) -> Self {
        if libc::WIFSIGNALED(status) {
            Self::Signal(libc::WTERMSIG(status))
        } else {
            Self::Code(libc::WEXITSTATUS(status))
        }
    }
}

/// What the tree used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time in user mode.
    pub user: Duration,
    /// Processor time in the kernel.
    pub system: Duration,
    /// The largest resident set of any one process, in bytes.
    pub peak_resident: u64,
}

/// What kind of act was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Reading a file or listing a directory.
    Read,
    /// Writing, creating, renaming or removing a file.
    Write,
    /// Executing a program.
    Execute,
    /// Connecting to an address or a Unix socket.
    Connect,
    /// Looking a name up.
    Resolve,
    /// Tracing or reading another process.
    Trace,
    /// Signalling a process that is not there.
    Signal,
    /// Any other system call outside the allow-list.
    Call,
}

/// One thing that was tried and refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What kind.
    pub act: Act,
    /// The path, `name:port`, address or system call. Untrusted text: the process chose it.
    pub target: String,
    /// The system call, or `dns`, `tls` and the like for what the broker saw.
    pub through: String,
    /// Why it was refused.
    pub reason: String,
    /// How often.
    pub times: u64,
    /// When first, since the start.
    pub first: Duration,
}

/// What passed under one network grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetUse {
    /// The grant, as written.
    pub grant: String,
    /// The name or address that was reached.
    pub peer: String,
    /// Connections made.
    pub connections: u64,
    /// Bytes from the process to the peer.
    pub sent: u64,
    /// Bytes from the peer to the process.
    pub received: u64,
}

/// At most this many different attempts are kept.
const KEPT: usize = 1_000;
/// At most this many bytes of a target are kept.
const TARGET_BYTES: usize = 512;

/// Collects attempts from the gate and the broker: deduplicated, bounded, never blocking for long.
#[derive(Debug)]
pub(crate) struct Attempts {
    started: Instant,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    places: BTreeMap<(Act, String, String), usize>,
    kept: Vec<Attempt>,
    more: u64,
}

impl Attempts {
    pub(crate) fn since(started: Instant) -> Self {
        Self { started, seen: Mutex::default() }
    }

    /// Notes that `target` was tried through `through` and refused for `reason`.
    pub(crate) fn note(&self, act: Act, target: &str, through: &str, reason: &str) {
        let target = clipped(target);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (act, target, through.to_owned());
        if let Some(attempt) = seen.places.get(&key).copied().and_then(|place| seen.kept.get_mut(place)) {
            attempt.times = attempt.times.saturating_add(1);
            return;
        }
        if seen.kept.len() >= KEPT {
            seen.more = seen.more.saturating_add(1);
            return;
        }
        let place = seen.kept.len();
        seen.kept.push(Attempt {
            act,
            target: key.1.clone(),
            through: through.to_owned(),
            reason: reason.to_owned(),
            times: 1,
            first: self.started.elapsed(),
        });
        seen.places.insert(key, place);
    }

    /// What was noted, in order, and how many more there were.
    pub(crate) fn collected(&self) -> (Vec<Attempt>, u64) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.kept.clone(), seen.more)
    }
}

/// The start of a long target, cut between characters.
fn clipped(target: &str) -> String {
    if target.len() <= TARGET_BYTES {
        return target.to_owned();
    }
    let end = (0..=TARGET_BYTES).rev().find(|&end| target.is_char_boundary(end)).unwrap_or(0);
    format!("{}…", target.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_attempt_is_counted_not_repeated() {
        let attempts = Attempts::since(Instant::now());
        for _ in 0..3 {
            attempts.note(Act::Read, "/etc/shadow", "openat", "not granted");
        }
        let (kept, more) = attempts.collected();
        assert_eq!((kept.len(), kept[0].times, more), (1, 3, 0));
    }

    #[test]
    fn a_flood_of_different_attempts_is_bounded_and_counted() {
        let attempts = Attempts::since(Instant::now());
        for number in 0..KEPT + 7 {
            attempts.note(
                Act::Read,
                &format!("/{number}{}", "ä".repeat(TARGET_BYTES)),
                "openat",
                "not granted",
            );
        }
        let (kept, more) = attempts.collected();
        assert_eq!((kept.len(), more), (KEPT, 7));
        assert!(kept.iter().all(|attempt| attempt.target.len() <= TARGET_BYTES + "…".len()));
    }
}
