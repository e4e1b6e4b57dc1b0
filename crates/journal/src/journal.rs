//! The writer: records in, receipts out. A receipt means that the record is durable.
//!
//! Many threads share one write and one flush: whoever finds nobody at it leads, and writes what everybody has queued
//! meanwhile. Many processes take turns under a lock, which is held until the flush is done: what one process builds on is
//! durable, and at any time at most one batch in the world is not.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::begin::{begin, refuse_if_exposed, signer};
use crate::disk::{Lock, directory_of, replace, replace_all};
use crate::error::Error;
use crate::merkle::{Edge, Hash};
use crate::note::{Signer, Verifier};
use crate::record::{Note, Record, Says};
use crate::store::{CHECKPOINT, LARGEST_TAIL, Store, TAIL, TORN};
use crate::tail::{Care, Rest, Tail};
use crate::tile::{LARGEST_ENTRY, bundle_path, push_entry, tile_bytes, tile_path};

/// Records of a batch from which many are writing.
const CROWD: usize = 8;
/// How long a leader waits for those who were in the batch before to come again.
const GATHER: Duration = Duration::from_micros(300);

/// When the tail is put into tiles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Records from which it is done unless many write.
    pub(crate) records: u64,
    /// Bytes from which it is done unless many write.
    pub(crate) bytes: u64,
    /// Bytes from which it is done in any case.
    pub(crate) most: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records: 1024, bytes: 1024 * 1024, most: 4 * 1024 * 1024 }
    }
}

/// That a record is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record's index, from 0.
    pub index: u64,
    /// The signed checkpoint of the batch that it became durable with.
    pub checkpoint: Arc<str>,
}

/// A journal that can be written to, by any number of threads and processes at once.
pub struct Journal {
    store: Store,
    signer: Signer,
    limits: Limits,
    shared: Mutex<Shared>,
    done: Condvar,
}

/// What the threads share.
#[derive(Default)]
struct Shared {
    queue: Vec<Queued>,
    is_led: bool,
    /// Records of the batch before.
    last: usize,
    /// Where the tail stood. `None` when it has to be read again.
    tail: Option<Tail>,
    /// Records that this writer has seen, and that cannot be fewer.
    seen: u64,
}

struct Queued {
    entry: Vec<u8>,
    slot: Arc<Mutex<Option<Result<Receipt, Error>>>>,
}

impl Journal {
    /// Opens the journal in a directory, and makes directory, key and journal when there are none.
    ///
    /// # Errors
    /// When it is damaged, has lost its key, lies where others may write, or the disk refuses.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let store = Store::at(directory);
        store.disk.make_directory("").map_err(|error| store.error("create", "", error))?;
        refuse_if_exposed(directory)?;
        Self::in_store(store, Limits::default())
    }

    pub(crate) fn in_store(store: Store, limits: Limits) -> Result<Self, Error> {
        let held = store.lock(Lock::Exclusive)?;
        let signer = signer(&store)?;
        match store.disk.size(TAIL) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => begin(&store, &signer)?,
            Err(error) => return Err(store.error("read", TAIL, error)),
        }
        // A damaged journal is refused here; a torn tail is cut when the next record is written.
        let (tail, _, begun) = store.whole_tail(signer.verifier(), Care::Records)?;
        drop(held);
        if let Rest::Damaged(what) = begun.found.rest {
            return Err(store.damaged(TAIL, what));
        }
        let journal =
            Self { store, signer, limits, shared: Mutex::new(Shared::default()), done: Condvar::new() };
        journal.remember(tail);
        Ok(journal)
    }

    /// The public key, which others need to verify it.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Adds a record. It is durable when this returns `Ok`, and may be in the journal or not when it returns `Err`.
    ///
    /// # Errors
    /// When the record is too large, or the disk refuses: then nothing may be done that the record is about.
    pub fn append(&self, record: &Record) -> Result<Receipt, Error> {
        let entry =
            serde_json::to_vec(record).map_err(|error| Error::NotARecord { why: error.to_string() })?;
        self.append_entries(vec![entry])
    }

    /// Adds records, all in one batch; the receipt is that of the last one. `None` when there are none.
    ///
    /// # Errors
    /// As [`Self::append`], for all of them.
    pub fn append_all(&self, records: &[Record]) -> Result<Option<Receipt>, Error> {
        let entries: Result<Vec<Vec<u8>>, _> = records.iter().map(serde_json::to_vec).collect();
        let entries = entries.map_err(|error| Error::NotARecord { why: error.to_string() })?;
        if entries.is_empty() { Ok(None) } else { self.append_entries(entries).map(Some) }
    }

    /// Adds an entry as it is.
    #[cfg(test)]
    pub(crate) fn append_entry(&self, entry: Vec<u8>) -> Result<Receipt, Error> {
        self.append_entries(vec![entry])
    }

    /// Adds entries as they are; there is at least one.
    pub(crate) fn append_entries(&self, entries: Vec<Vec<u8>>) -> Result<Receipt, Error> {
        if let Some(entry) = entries.iter().find(|entry| entry.len() > LARGEST_ENTRY) {
            return Err(Error::TooLarge { bytes: entry.len() });
        }
        let slot = Arc::new(Mutex::new(None));
        let mut shared = hold(&self.shared);
        shared.queue.extend(entries.into_iter().map(|entry| Queued { entry, slot: Arc::clone(&slot) }));
        loop {
            if let Some(result) = hold(&slot).take() {
                return result;
            }
            if shared.is_led {
                shared = self.done.wait(shared).unwrap_or_else(PoisonError::into_inner);
            } else {
                shared.is_led = true;
                drop(shared);
                let lead = Lead(self);
                self.write_batch();
                drop(lead);
                shared = hold(&self.shared);
            }
        }
    }

    /// Size and root of the tree where the journal last saw it.
    #[cfg(test)]
    pub(crate) fn known(&self) -> Option<(u64, Hash)> {
        hold(&self.shared).tail.as_ref().map(|tail| (tail.edge.size(), tail.edge.root()))
    }

    /// Writes what is queued, tells everybody, and puts the tail into tiles when it is long.
    fn write_batch(&self) {
        let held = self.store.lock(Lock::Exclusive);
        let known = hold(&self.shared).tail.take();
        let caught_up = match &held {
            Ok(_) => self.catch_up(known),
            Err(error) => Err(error.clone()),
        };
        let batch = self.gather();
        let written = caught_up.and_then(|(tail, torn)| self.write(tail, torn, &batch));
        for (nth, queued) in (0..).zip(&batch) {
            let result = match &written {
                Ok(Written { first, checkpoint, .. }) => {
                    Ok(Receipt { index: first + nth, checkpoint: Arc::clone(checkpoint) })
                }
                Err(error) => Err(error.clone()),
            };
            *hold(&queued.slot) = Some(result);
        }
        let Ok(Written { mut tail, .. }) = written else { return };
        hold(&self.shared).last = batch.len();
        self.done.notify_all();
        if self.is_long(&tail, batch.len()) {
            // A failure costs nothing yet: the records are durable where they are. The next batch tries again.
            if let Ok(shorter) = self.put_into_tiles() {
                tail = shorter;
            }
        }
        self.remember(tail);
    }

    fn remember(&self, tail: Tail) {
        let mut shared = hold(&self.shared);
        shared.seen = tail.edge.size();
        shared.tail = Some(tail);
    }

    /// Takes what is queued. Those who were told a moment ago come back at once: a short wait for them keeps batches large.
    fn gather(&self) -> Vec<Queued> {
        let until = Instant::now() + GATHER;
        loop {
            let mut shared = hold(&self.shared);
            if shared.queue.len() >= shared.last.min(4096) || Instant::now() >= until {
                return std::mem::take(&mut shared.queue);
            }
            drop(shared);
            std::thread::sleep(GATHER / 10);
        }
    }

    /// The tail as it is now, and the record of a cut when one had to be made.
    fn catch_up(&self, known: Option<Tail>) -> Result<(Tail, Option<Record>), Error> {
        let store = &self.store;
        let (tail, bytes, rest, from) = match known {
            Some(mut tail) => {
                let before = tail.good;
                match store.more_of(&mut tail, self.verifier())? {
                    Some((bytes, found)) => {
                        let from = tail.good - before;
                        (tail, bytes, found.rest, from)
                    }
                    None => return self.catch_up(None),
                }
            }
            None => {
                let (tail, bytes, begun) = store.whole_tail(self.verifier(), Care::Records)?;
                let (size, seen) = (tail.edge.size(), hold(&self.shared).seen);
                if size < seen {
                    return Err(store.damaged(TAIL, format!("{} of {seen} records are gone", seen - size)));
                }
                let from = tail.good;
                (tail, bytes, begun.found.rest, from)
            }
        };
        match rest {
            Rest::Clean => Ok((tail, None)),
            Rest::Damaged(what) => Err(store.damaged(TAIL, what)),
            Rest::Torn(why) | Rest::Changed(why) => {
                let torn = bytes.get(usize::try_from(from).unwrap_or(usize::MAX)..).unwrap_or_default();
                let record = self.cut(&tail, torn, &why)?;
                Ok((tail, Some(record)))
            }
        }
    }

    /// Cuts what does not count off the tail, and keeps it.
    fn cut(&self, tail: &Tail, torn: &[u8], why: &str) -> Result<Record, Error> {
        let (store, size) = (&self.store, tail.edge.size());
        let digest: String = Hash::plain(torn).0.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("{TORN}/{size}-{digest}");
        let keep = || {
            store.disk.make_directory(TORN)?;
            replace(store.disk.as_ref(), &path, torn)?;
            store.disk.sync_directory(TORN)
        };
        keep().map_err(|error| store.error("write", &path, error))?;
        store.disk.truncate(TAIL, tail.good).map_err(|error| store.error("cut", TAIL, error))?;
        let more = json!({ "bytes": torn.len(), "kept": path, "sha256": digest, "why": why });
        let text = format!(
            "{} bytes behind record {size} were no whole batch, and were cut off and kept",
            torn.len()
        );
        let more = more.as_object().cloned().unwrap_or_default();
        Ok(Record::now(Says::Note(Note { about: "torn-tail".to_owned(), text, more })))
    }

    /// Writes a batch behind the tail.
    fn write(&self, tail: Tail, torn: Option<Record>, batch: &[Queued]) -> Result<Written, Error> {
        let store = &self.store;
        // Tiles have failed for a long time. Nothing is added to what could not be read again.
        let tail = if tail.good > LARGEST_TAIL as u64 / 4 { self.put_into_tiles()? } else { tail };
        let torn = torn.and_then(|record| serde_json::to_vec(&record).ok());
        let first = tail.edge.size() + u64::from(torn.is_some());
        let entries = torn.iter().chain(batch.iter().map(|queued| &queued.entry));
        let mut next = tail.clone();
        let bytes = next.batch(entries.map(Vec::as_slice), &self.signer);
        if let Err(error) = store.disk.append(TAIL, tail.good, &bytes) {
            // What reached the disk of it must not be built upon. If it cannot be taken away, whoever writes next
            // finds it: torn, or whole and never acknowledged.
            let _ = store.disk.truncate(TAIL, tail.good);
            return Err(store.error("write", TAIL, error));
        }
        let checkpoint = Arc::from(next.note.as_str());
        Ok(Written { tail: next, first, checkpoint })
    }

    fn is_long(&self, tail: &Tail, batch: usize) -> bool {
        let (records, limits) = (tail.edge.size() - tail.start, self.limits);
        let is_long = records >= limits.records || tail.good >= limits.bytes;
        records >= 256 && (tail.good >= limits.most || is_long && batch < CROWD)
    }

    /// Puts the full bundles of the tail into tiles, and begins a new tail with what is left. The lock is held.
    fn put_into_tiles(&self) -> Result<Tail, Error> {
        let (store, verifier) = (&self.store, self.verifier());
        let (tail, bytes, begun) = store.whole_tail(verifier, Care::Records)?;
        let body = bytes.get(begun.from..).unwrap_or_default();
        let entry = |range: &std::ops::Range<usize>| body.get(range.clone()).unwrap_or_default();
        let (whole, left) = begun.found.entries.as_chunks::<256>();

        let mut files = Vec::new();
        let mut edge: Edge = begun.first.edge;
        for ranges in whole {
            let mut bundle = Vec::new();
            let index = edge.size() / 256;
            for range in ranges {
                push_entry(&mut bundle, entry(range));
                edge.push(Hash::leaf(entry(range)), &mut |tile| {
                    files.push((tile_path(tile.level, tile.index, 256), tile_bytes(&tile.hashes)));
                });
            }
            files.push((bundle_path(index, 256), bundle));
        }
        let mut directories: Vec<String> =
            files.iter().map(|(path, _)| directory_of(path).to_owned()).collect();
        directories.sort_unstable();
        directories.dedup();
        for directory in &directories {
            store.disk.make_directory(directory).map_err(|error| store.error("create", directory, error))?;
        }
        replace_all(store.disk.as_ref(), files).map_err(|error| store.error("write", "tile", error))?;
        for directory in &directories {
            store.disk.sync_directory(directory).map_err(|error| store.error("write", directory, error))?;
        }
        // INVARIANT: only when the tiles are durable the tail goes on without what is in them.
        let (mut bytes, mut fresh) = Tail::fresh(edge, &self.signer);
        if !left.is_empty() {
            bytes.extend(fresh.batch(left.iter().map(entry), &self.signer));
        }
        let put = || {
            replace(store.disk.as_ref(), TAIL, &bytes)?;
            replace(store.disk.as_ref(), CHECKPOINT, tail.note.as_bytes())?;
            store.disk.sync_directory("")
        };
        put().map_err(|error| store.error("write", TAIL, error))?;
        Ok(fresh)
    }
}

/// A batch that is durable.
struct Written {
    tail: Tail,
    first: u64,
    checkpoint: Arc<str>,
}

/// Being the one who writes. Ends even if writing panics.
struct Lead<'a>(&'a Journal);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        hold(&self.0.shared).is_led = false;
        self.0.done.notify_all();
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
