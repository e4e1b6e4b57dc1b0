//! What a process tried and was allowed or not, for proposing a profile. Bounded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::report::Act;

/// At most this many different acts are remembered.
const KEPT: usize = 20_000;
/// And at most this many bytes of their paths.
const KEPT_BYTES: usize = 4 << 20;

/// Collects acts on paths, each once.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    acts: BTreeSet<(Act, PathBuf)>,
    bytes: usize,
    more: u64,
}

impl Learned {
    pub(super) fn note(&self, act: Act, path: &Path) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = (act, path.to_owned());
        if seen.acts.contains(&entry) {
            return;
        }
        let bytes = seen.bytes.saturating_add(path.as_os_str().len());
        if seen.acts.len() >= KEPT || bytes > KEPT_BYTES {
            seen.more = seen.more.saturating_add(1);
            return;
        }
        seen.bytes = bytes;
        seen.acts.insert(entry);
    }

    /// What was tried, in order of act and path, and how many more there were.
    pub(crate) fn collected(&self) -> (Vec<(Act, PathBuf)>, u64) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.acts.iter().cloned().collect(), seen.more)
    }
}
