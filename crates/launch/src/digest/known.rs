//! What was hashed before, by the identity of the file: looking at a file again costs one fstat(2) unless it changed.
//!
//! The kernel sets the time of the last change (`ctime`) on every write and on every change of mode, owner or name, and no
//! account can set it back. A file that was changed moments before it was hashed is not remembered: a second change within
//! the same tick of the clock would look the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::Stat;

use super::{Digest, Of};

const FIRST_LINE: &str = "mantrap-known/1";
/// No file system's clock ticks slower (FAT: two seconds).
const TICK: Duration = Duration::from_secs(3);

/// Which file.
type Identity = (u64, u64);

/// One state of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Device and inode.
    identity: Identity,
    size: u64,
    mode: u32,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    #[expect(
        clippy::useless_conversion,
        clippy::allow_attributes,
        reason = "the fields differ between systems"
    )]
    #[allow(clippy::unnecessary_cast, reason = "the fields differ between systems")]
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            identity: (u64::try_from(stat.st_dev).unwrap_or_default(), stat.st_ino),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: u32::from(stat.st_mode),
            modified: (stat.st_mtime, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime, stat.st_ctime_nsec as i64),
        }
    }

    fn is_settled(&self) -> bool {
        let changed = Duration::from_secs(u64::try_from(self.changed.0).unwrap_or(u64::MAX));
        UNIX_EPOCH
            .checked_add(changed)
            .and_then(|changed| SystemTime::now().duration_since(changed).ok())
            .is_some_and(|age| age > TICK)
    }
}

/// Digests of files by their stamps. Lost or damaged, it costs time and nothing else; who can write it can make a changed
/// file pass as the old one, so it is kept and opened like an approval.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What was kept, sorted by identity: thousands of files, in one piece of memory that is gone when this is.
    kept: Vec<(Stamp, [u8; 32])>,
    /// What was hashed since. It counts instead.
    fresh: BTreeMap<Identity, (Stamp, [u8; 32])>,
}

impl Known {
    /// Reads what [`to_text`](Self::to_text) wrote. Anything else is as good as nothing.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let kept = str::from_utf8(bytes).ok().and_then(|text| {
            let mut lines = text.lines();
            (lines.next()? == FIRST_LINE).then_some(())?;
            lines.map(entry).collect::<Option<Vec<_>>>()
        });
        let mut kept = kept.unwrap_or_default();
        kept.sort_by_key(|(stamp, _)| stamp.identity);
        Self { kept, fresh: BTreeMap::new() }
    }

    /// One line per file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{FIRST_LINE}\n");
        let mut all: BTreeMap<_, _> = self.kept.iter().map(|entry| (entry.0.identity, entry)).collect();
        all.extend(self.fresh.iter().map(|(identity, entry)| (*identity, entry)));
        for (stamp, hash) in all.into_values() {
            let Stamp { identity: (device, inode), size, mode, modified, changed } = stamp;
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "{device} {inode} {size} {mode} {} {} {} {} {}",
                modified.0,
                modified.1,
                changed.0,
                changed.1,
                Digest::new(Of::Bytes, *hash)
            );
        }
        out
    }

    /// Whether there is something new to keep.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Adds what another has hashed since.
    pub fn add(&mut self, other: Self) {
        self.fresh.extend(other.fresh);
    }

    pub(crate) fn look(&self, stamp: &Stamp) -> Option<[u8; 32]> {
        let kept = || {
            let at = self.kept.binary_search_by_key(&stamp.identity, |(known, _)| known.identity).ok()?;
            self.kept.get(at)
        };
        let entry = self.fresh.get(&stamp.identity).or_else(kept);
        entry.filter(|(known, _)| known == stamp).map(|(_, hash)| *hash)
    }

    pub(crate) fn remember(&mut self, stamp: Stamp, hash: [u8; 32]) {
        if stamp.is_settled() {
            self.fresh.insert(stamp.identity, (stamp, hash));
        }
    }
}

fn entry(line: &str) -> Option<(Stamp, [u8; 32])> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    let stamp = Stamp {
        identity: (next()?.parse().ok()?, next()?.parse().ok()?),
        size: next()?.parse().ok()?,
        mode: next()?.parse().ok()?,
        modified: (next()?.parse().ok()?, next()?.parse().ok()?),
        changed: (next()?.parse().ok()?, next()?.parse().ok()?),
    };
    let digest: Digest = next()?.parse().ok()?;
    (next().is_none() && digest.of == Of::Bytes).then_some((stamp, digest.hash))
}
