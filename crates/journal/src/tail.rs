//! The tail: the one file that appending writes to. It holds what is not yet in full tiles.
//!
//! ```text
//! "mantrap tail 1\n"  start: u64          the tree's size where the tail begins, a multiple of 256
//! F length: u32       hashes              the partial tiles above level 0 at that size, lowest first
//! C length: u32       offset: u64, note   a checkpoint, behind its own place in the file
//! E length: u32       entry               a record
//! ```
//! Numbers are big-endian. An F and a C begin it; then come batches, each some E and the C that covers them. A record
//! counts when the C behind it is whole, signed, and the root of everything up to it. Because every checkpoint says where it
//! is, a checkpoint that is dropped from between two batches is noticed too.

use std::ops::Range;

use crate::checkpoint::Checkpoint;
use crate::merkle::{Edge, Full, Hash};
use crate::note::{Signer, Verifier};
use crate::tile::{LARGEST_ENTRY, tile_bytes, tile_hashes};

const MAGIC: &[u8] = b"mantrap tail 1\n";
/// Bytes before the first frame.
pub(crate) const HEAD: usize = MAGIC.len() + 8;
/// Records that no journal gets to: what is counted in them cannot overflow.
const LARGEST_START: u64 = 1 << 48;
const EDGE: u8 = b'F';
const CHECKPOINT: u8 = b'C';
const ENTRY: u8 = b'E';

/// Where the tail stands.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    /// The tree's size where it begins.
    pub(crate) start: u64,
    /// The tree over everything that counts.
    pub(crate) edge: Edge,
    /// Bytes of the file that count.
    pub(crate) good: u64,
    /// The last checkpoint.
    pub(crate) note: String,
}

/// What was found behind the part that was known.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Where the records are, in the bytes that were handed in.
    pub(crate) entries: Vec<Range<usize>>,
    /// Tiles that they completed.
    pub(crate) full: Vec<Full>,
    /// What does not count, and why.
    pub(crate) rest: Rest,
}

/// The bytes behind the last checkpoint that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rest {
    /// There are none.
    #[default]
    Clean,
    /// The beginning of a batch. Something ended its writer; it was never acknowledged.
    Torn(String),
    /// One batch that is not what its checkpoint says: its write was lost with the power, or it was changed.
    Changed(String),
    /// More than one batch can be: something acknowledged was changed.
    Damaged(String),
}

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// What the last checkpoint covers: every record.
    Records,
    /// Every checkpoint too.
    Everything,
}

/// The size of the tree where a tail begins, from its first [`HEAD`] bytes.
pub(crate) fn start(head: &[u8]) -> Option<u64> {
    let (start, _) = head.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
    Some(u64::from_be_bytes(*start))
}

impl Tail {
    /// The bytes of a tail that begins at `edge`, whose size is a multiple of 256, and itself.
    pub(crate) fn fresh(edge: Edge, signer: &Signer) -> (Vec<u8>, Self) {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(edge.size().to_be_bytes());
        let hashes: Vec<Hash> = edge.hashes_above_leaves().copied().collect();
        frame(&mut bytes, EDGE, &[&tile_bytes(&hashes)]);
        let mut tail = Self { start: edge.size(), edge, good: 0, note: String::new() };
        tail.seal_batch(&mut bytes, signer);
        (bytes, tail)
    }

    /// The bytes of a batch, which belong at the end of those that count; the tail stands behind them afterwards.
    pub(crate) fn batch<'a>(&mut self, entries: impl Iterator<Item = &'a [u8]>, signer: &Signer) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in entries {
            frame(&mut bytes, ENTRY, &[entry]);
            self.edge.push(Hash::leaf(entry), &mut |_| {});
        }
        self.seal_batch(&mut bytes, signer);
        bytes
    }

    fn seal_batch(&mut self, bytes: &mut Vec<u8>, signer: &Signer) {
        self.note = Checkpoint::sign(self.edge.size(), self.edge.root(), signer);
        let offset = self.good + bytes.len() as u64;
        frame(bytes, CHECKPOINT, &[&offset.to_be_bytes(), self.note.as_bytes()]);
        self.good += bytes.len() as u64;
    }

    /// Reads the beginning of a tail; the rest is for [`Self::advance`].
    pub(crate) fn begin(bytes: &[u8], verifier: &Verifier) -> Result<Self, String> {
        let start = start(bytes).ok_or("it does not begin as a tail does")?;
        if start > LARGEST_START {
            return Err("it begins where no journal gets to".to_owned());
        }
        let mut frames = Frames { bytes, at: HEAD };
        let edge = frames.next().filter(|frame| frame.kind == EDGE).ok_or("the tree's edge is missing")?;
        let hashes = tile_hashes(edge.payload).ok_or("the tree's edge is no row of hashes")?;
        let edge = Edge::above_leaves(start, &hashes).ok_or("the tree's edge is not of its size")?;
        let mut tail = Self { start, edge, good: 0, note: String::new() };
        let first = frames.next().filter(|frame| frame.kind == CHECKPOINT);
        let first = first.ok_or("the first checkpoint is missing")?;
        tail.note = check(&first, 0, &tail.edge, verifier)?;
        tail.good = frames.at as u64;
        Ok(tail)
    }

    /// Goes on over `bytes`, which follow those that count.
    pub(crate) fn advance(&mut self, bytes: &[u8], verifier: &Verifier, care: Care) -> Found {
        let base = self.good;
        let mut frames = Frames { bytes, at: 0 };
        let mut read = Read { leaves: Vec::new(), taken: 0, full: Vec::new(), base };
        let (mut entries, mut batches) = (Vec::new(), Vec::new());
        while let Some(frame) = frames.next() {
            match frame.kind {
                ENTRY if frame.payload.len() <= LARGEST_ENTRY => {
                    read.leaves.push(Hash::leaf(frame.payload));
                    entries.push(frames.at - frame.payload.len()..frames.at);
                }
                CHECKPOINT => batches.push(Batch { frame, count: entries.len(), end: frames.at }),
                _ => break,
            }
        }
        // The last checkpoint covers every record. Only when it does not hold, or when everything is asked for, the
        // batches are taken one by one.
        let last = batches.last().filter(|_| care == Care::Records);
        let mut why = "no checkpoint covers it".to_owned();
        if last.is_none_or(|last| self.take(last, &mut read, verifier).is_err()) {
            for batch in &batches {
                if let Err(problem) = self.take(batch, &mut read, verifier) {
                    why = problem;
                    break;
                }
            }
        }
        entries.truncate(read.taken);
        let rest = bytes.get(usize::try_from(self.good - base).unwrap_or(usize::MAX)..).unwrap_or_default();
        let is_cut = frames.is_cut() && batches.last().is_none_or(|last| base + last.end as u64 <= self.good);
        Found { entries, full: read.full, rest: self.judge(rest, is_cut, why, verifier) }
    }

    /// Moves behind a batch if its checkpoint holds.
    fn take(&mut self, batch: &Batch<'_>, read: &mut Read, verifier: &Verifier) -> Result<(), String> {
        let mut edge = self.edge.clone();
        let mut full = Vec::new();
        for leaf in read.leaves.iter().take(batch.count).skip(read.taken) {
            edge.push(*leaf, &mut |tile| full.push(tile));
        }
        let note = check(&batch.frame, read.base, &edge, verifier)?;
        (self.edge, self.note, self.good) = (edge, note, read.base + batch.end as u64);
        read.taken = batch.count;
        read.full.append(&mut full);
        Ok(())
    }

    /// What bytes are that follow the last checkpoint that holds. The lock allows one batch at a time that is not durable
    /// yet, and a torn write moves no byte: another checkpoint before the end, or one that is elsewhere than it says, was
    /// once acknowledged.
    fn judge(&self, rest: &[u8], mut is_cut: bool, why: String, verifier: &Verifier) -> Rest {
        if rest.is_empty() {
            return Rest::Clean;
        }
        let begins = format!("{}\n", verifier.name()).into_bytes();
        for at in positions(rest, &begins) {
            let note = rest.get(at..).unwrap_or_default();
            let Some(blank) = positions(note, b"\n\n").next() else { continue };
            let Some(line) = positions(note.get(blank + 2..).unwrap_or_default(), b"\n").next() else {
                continue;
            };
            let end = blank + 2 + line + 1;
            let opened = note.get(..end).and_then(|note| std::str::from_utf8(note).ok());
            let opened = opened.and_then(|note| Checkpoint::open_sole(note, verifier).ok());
            if opened.is_none_or(|checkpoint| checkpoint.size < self.edge.size()) {
                continue;
            }
            let says = at.checked_sub(8).and_then(|from| rest.get(from..at)?.first_chunk::<8>());
            let is_there = at.checked_sub(13).map(|frame| self.good + frame as u64);
            if end < note.len()
                || is_there.is_none()
                || says.map(|says| u64::from_be_bytes(*says)) != is_there
            {
                return Rest::Damaged(why);
            }
            is_cut = false;
        }
        if is_cut { Rest::Torn(why) } else { Rest::Changed(why) }
    }
}

/// A batch in the bytes that are read: its checkpoint, how many records end before it, and where it ends.
struct Batch<'a> {
    frame: Frame<'a>,
    count: usize,
    end: usize,
}

/// What was read, and how much of it was taken.
struct Read {
    leaves: Vec<Hash>,
    taken: usize,
    full: Vec<Full>,
    base: u64,
}

/// The note of a checkpoint frame, if it is where it says and covers exactly `edge`.
fn check(frame: &Frame<'_>, base: u64, edge: &Edge, verifier: &Verifier) -> Result<String, String> {
    let (offset, note) = frame.payload.split_first_chunk::<8>().ok_or("a checkpoint is cut short")?;
    if u64::from_be_bytes(*offset) != base + frame.at as u64 {
        return Err("a checkpoint is not where it was written".to_owned());
    }
    let note = std::str::from_utf8(note).map_err(|_| "a checkpoint is no text")?;
    let checkpoint =
        Checkpoint::open_sole(note, verifier).map_err(|bad| format!("a checkpoint does not hold: {bad}"))?;
    if checkpoint.size != edge.size() {
        return Err(format!(
            "a checkpoint is for {} records and stands behind {}",
            checkpoint.size,
            edge.size()
        ));
    }
    if checkpoint.root != edge.root() {
        return Err(format!("the records before {} are not those of the checkpoint", checkpoint.size));
    }
    Ok(note.to_owned())
}

/// A piece of the file: a kind, a length, and so many bytes.
struct Frame<'a> {
    kind: u8,
    payload: &'a [u8],
    /// Where it begins in the bytes that are read.
    at: usize,
}

/// The frames of `bytes` from `at` on, until one is not whole.
struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let (&[kind, a, b, c, d], rest) = self.bytes.get(self.at..)?.split_first_chunk::<5>()?;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let frame = Frame { kind, payload: rest.get(..length)?, at: self.at };
        self.at += 5 + length;
        Some(frame)
    }
}

impl Frames<'_> {
    /// Whether the bytes end in the middle of a frame.
    fn is_cut(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.split_first_chunk::<5>() {
            None => !rest.is_empty(),
            Some((&[kind, ..], _)) => matches!(kind, ENTRY | CHECKPOINT),
        }
    }
}

fn frame(bytes: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    bytes.push(kind);
    bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
}

fn positions(bytes: &[u8], wanted: &[u8]) -> impl Iterator<Item = usize> {
    bytes.windows(wanted.len()).enumerate().filter(move |(_, window)| *window == wanted).map(|(at, _)| at)
}
