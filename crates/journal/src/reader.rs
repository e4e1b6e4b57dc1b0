//! The reader: entries, proofs and checkpoints of a journal as it is on disk. It writes nothing, and needs no private key.
//!
//! Everything that it hands out is authentic: a tile is believed when its root is the hash in the tile above, up to the
//! signed checkpoint of the tail; an entry when its hash is the one in its tile.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::merkle::{Hash, TILE_WIDTH, root_of};
use crate::note::Verifier;
use crate::proof::{self, Proof, Tiles};
use crate::store::{Store, TAIL};
use crate::tail::{Care, Rest, Tail};
use crate::tile::{LARGEST_BUNDLE, TILE_BYTES, bundle_path, entries, tile_hashes, tile_path};

/// Tiles that are kept after they were read.
const KEPT: usize = 64;

/// A record's bytes and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its index, from 0.
    pub index: u64,
    /// One JSON object.
    pub bytes: Vec<u8>,
}

/// Tiles by level and index.
type Known = BTreeMap<(u8, u64), Arc<[Hash]>>;

/// A journal as it was when it was opened or refreshed.
pub struct Reader {
    pub(crate) store: Store,
    pub(crate) verifier: Verifier,
    pub(crate) tail: Tail,
    pub(crate) rest: Rest,
    /// Bytes behind the last checkpoint that holds.
    pub(crate) rest_bytes: u64,
    recent: Vec<Vec<u8>>,
    /// Full tiles that are only in the tail.
    fresh: BTreeMap<(u8, u64), Vec<Hash>>,
    /// Tiles that were read from their files, and believed.
    known: Mutex<Known>,
}

impl Reader {
    /// Reads the journal in a directory.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or its tail does not hold.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        Self::in_store(Store::at(directory), Care::Records)
    }

    pub(crate) fn in_store(store: Store, care: Care) -> Result<Self, Error> {
        let verifier = store.verifier()?;
        let (tail, bytes, begun) = store.whole_tail(&verifier, care)?;
        let body = bytes.get(begun.from..).unwrap_or_default();
        let rest_bytes = bytes.len() as u64 - tail.good;
        let mut reader = Self {
            store,
            verifier,
            tail,
            rest: begun.found.rest,
            rest_bytes,
            recent: Vec::new(),
            fresh: BTreeMap::new(),
            known: Mutex::default(),
        };
        reader.learn(body, &begun.found.entries, begun.found.full);
        Ok(reader)
    }

    fn learn(&mut self, body: &[u8], ranges: &[Range<usize>], full: Vec<crate::merkle::Full>) {
        self.recent.extend(ranges.iter().map(|range| body.get(range.clone()).unwrap_or_default().to_vec()));
        self.fresh.extend(full.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)));
    }

    /// Looks again for records that were added meanwhile.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn refresh(&mut self) -> Result<(), Error> {
        let mut tail = self.tail.clone();
        if let Some((bytes, found)) = self.store.more_of(&mut tail, &self.verifier)? {
            self.rest_bytes = bytes.len() as u64 - (tail.good - self.tail.good);
            self.tail = tail;
            self.rest = found.rest;
            self.learn(&bytes, &found.entries, found.full);
            return Ok(());
        }
        // It was put into tiles.
        let again = Self::open(&self.store.directory)?;
        let hashes = proof::consistency(&again, self.len(), again.len());
        let (root, old) = (again.tail.edge.root(), self.tail.edge.root());
        if again.len() < self.len() || !proof::extends(&hashes?, self.len(), old, again.len(), root) {
            return Err(self.store.damaged(TAIL, "it does not go on from what was read before"));
        }
        *self = again;
        Ok(())
    }

    /// Records in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.tail.edge.size()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The public key that lies beside it.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The signed checkpoint of everything in it.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.tail.note
    }

    /// The records of a range, as far as there are any.
    pub fn entries(&self, range: Range<u64>) -> impl Iterator<Item = Result<Entry, Error>> + '_ {
        let mut bundle: Option<(u64, Vec<Vec<u8>>)> = None;
        (range.start..range.end.min(self.len())).map(move |index| {
            if let Some(nth) = index.checked_sub(self.tail.start) {
                let bytes = usize::try_from(nth).ok().and_then(|nth| self.recent.get(nth));
                let bytes = bytes.cloned().ok_or(Error::NoSuchRecord { index, size: self.len() })?;
                return Ok(Entry { index, bytes });
            }
            let number = index / TILE_WIDTH;
            if bundle.as_ref().is_none_or(|(of, _)| *of != number) {
                bundle = Some((number, self.bundle(number)?));
            }
            let entries = bundle.as_mut().map(|(_, entries)| entries);
            let place = usize::try_from(index % TILE_WIDTH).unwrap_or(usize::MAX);
            let bytes = entries.and_then(|entries| entries.get_mut(place)).map(std::mem::take);
            Ok(Entry { index, bytes: bytes.unwrap_or_default() })
        })
    }

    /// One record.
    ///
    /// # Errors
    /// When there is no such record, or it cannot be read, or is not what it was.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, Error> {
        let none = Error::NoSuchRecord { index, size: self.len() };
        let end = index.checked_add(1).ok_or(none.clone())?;
        self.entries(index..end).next().unwrap_or(Err(none)).map(|entry| entry.bytes)
    }

    /// The proof that a record is in the journal, which anybody with the public key can check.
    ///
    /// # Errors
    /// When there is no such record, or the tiles on its way are not what they were.
    pub fn prove(&self, index: u64) -> Result<Proof, Error> {
        if index >= self.len() {
            return Err(Error::NoSuchRecord { index, size: self.len() });
        }
        let hashes = proof::inclusion(self, index, self.len())?;
        Ok(Proof { index, hashes, checkpoint: self.checkpoint().to_owned() })
    }

    /// The proof that the journal begins with the `old` records that an earlier checkpoint was of.
    ///
    /// # Errors
    /// When there are fewer, or the tiles on the way are not what they were.
    pub fn prove_extension(&self, old: u64) -> Result<Vec<Hash>, Error> {
        if old > self.len() {
            return Err(Error::NoSuchRecord { index: old, size: self.len() });
        }
        proof::consistency(self, old, self.len())
    }

    /// Whether the journal holds what an earlier checkpoint was of. `None` when it holds fewer records: it was cut.
    ///
    /// # Errors
    /// When the tiles on the way are not what they were.
    pub fn holds(&self, checkpoint: &Checkpoint) -> Result<Option<bool>, Error> {
        if checkpoint.size > self.len() {
            return Ok(None);
        }
        Ok(Some(proof::root(self, 0, checkpoint.size)? == checkpoint.root))
    }

    /// The entries of a full bundle that is in its file.
    fn bundle(&self, number: u64) -> Result<Vec<Vec<u8>>, Error> {
        let path = bundle_path(number, TILE_WIDTH);
        let bytes = self.store.read(&path, LARGEST_BUNDLE)?;
        let found = entries(&bytes).ok_or_else(|| self.store.damaged(&path, "it is not a row of entries"))?;
        self.with_tile(0, number, |hashes| {
            Some(
                found.len() == hashes.len()
                    && found.iter().zip(hashes).all(|(entry, hash)| Hash::leaf(entry) == *hash),
            )
        })?
        .then(|| found.iter().map(|entry| entry.to_vec()).collect())
        .ok_or_else(|| self.store.damaged(&path, "a record is not the one that was written"))
    }

    /// What a full tile's root has to be: its hash in the tile above.
    pub(crate) fn root_of_tile(&self, level: u8, index: u64) -> Result<Hash, Error> {
        let place = usize::try_from(index % TILE_WIDTH).unwrap_or(usize::MAX);
        self.with_tile(level.saturating_add(1), index / TILE_WIDTH, |hashes| hashes.get(place).copied())
    }

    /// Reads a full tile from its file and checks it.
    fn tile_on_disk(&self, level: u8, index: u64) -> Result<Vec<Hash>, Error> {
        let path = tile_path(level, index, TILE_WIDTH);
        let expected = self.root_of_tile(level, index)?;
        let hashes = tile_hashes(&self.store.read(&path, TILE_BYTES)?);
        let hashes = hashes.filter(|hashes| hashes.len() as u64 == TILE_WIDTH && root_of(hashes) == expected);
        hashes.ok_or_else(|| self.store.damaged(&path, "its hashes are not those that were written"))
    }
}

impl Tiles for Reader {
    fn with_tile<T>(
        &self,
        level: u8,
        index: u64,
        read: impl FnOnce(&[Hash]) -> Option<T>,
    ) -> Result<T, Error> {
        let missing =
            || self.store.damaged(&tile_path(level, index, TILE_WIDTH), "the tree has no such tile");
        if let Some(hashes) = self.fresh.get(&(level, index)) {
            return read(hashes).ok_or_else(missing);
        }
        let shift = 8 * (u32::from(level) + 1);
        let full = self.len().checked_shr(shift).unwrap_or(0);
        if index >= full {
            let partial = if index == full { self.tail.edge.partial(level) } else { &[] };
            return read(partial).ok_or_else(missing);
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&(level, index)).cloned();
        let hashes = match known {
            Some(hashes) => hashes,
            None => {
                let hashes = Arc::from(self.tile_on_disk(level, index)?);
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= KEPT {
                    // Those of the lowest level are the many.
                    known.pop_first();
                }
                known.insert((level, index), Arc::clone(&hashes));
                hashes
            }
        };
        read(&hashes).ok_or_else(missing)
    }
}
