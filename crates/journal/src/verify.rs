//! Checks everything: every byte of every file that the journal rests on, and, against checkpoints that were kept
//! elsewhere, that nothing is gone.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::checkpoint::Checkpoint;
use crate::disk::Lock;
use crate::error::Error;
use crate::merkle::{Hash, TILE_WIDTH, root_of};
use crate::note::{Signer, Verifier};
use crate::reader::Reader;
use crate::store::{CHECKPOINT, KEY, Store, TAIL, VKEY};
use crate::tail::{Care, Rest};
use crate::tile::{LARGEST_BUNDLE, TILE_BYTES, bundle_path, entries, tile_hashes, tile_path};

/// Problems that are told one by one; the others are counted.
const MOST_TOLD: usize = 100;
/// Problems after which nothing more is looked at: a journal may claim to have any size.
const ENOUGH: u64 = 10_000;
/// Bundles that a thread takes at a time: neighbours, so that the disk reads on.
const STRIDE: u64 = 8;

/// What whoever verifies brings along.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The public key. Without it the one beside the journal is taken, which whoever changed the journal may have
    /// changed too.
    pub key: Option<Verifier>,
    /// Checkpoints that were kept elsewhere, as signed notes.
    pub checkpoints: Vec<String>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the journal.
    pub place: String,
    /// What does not hold.
    pub what: String,
}

/// What verifying found.
#[derive(Clone, Debug)]
pub struct Account {
    /// Records that were verified.
    pub records: u64,
    /// The key that they were verified with.
    pub key: Verifier,
    /// The signed checkpoint of all of them; keep it elsewhere.
    pub checkpoint: String,
    /// What does not hold; at most a hundred.
    pub problems: Vec<Problem>,
    /// Problems in all; after ten thousand nothing more is looked at.
    pub problem_count: u64,
    /// Bytes of a batch whose writer was ended. It was never acknowledged; the next record cuts it off and says so.
    pub torn_bytes: u64,
}

impl Account {
    /// Whether everything holds. A torn batch is no harm.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problem_count == 0
    }
}

/// Verifies the journal in a directory. Writers wait for as long as it takes to read the tail.
///
/// # Errors
/// When there is no journal, it cannot be read, or so little of it holds that there is nothing to give an account of.
pub fn verify(directory: &Path, trust: &Trust) -> Result<Account, Error> {
    verify_in(Store::at(directory), trust)
}

pub(crate) fn verify_in(store: Store, trust: &Trust) -> Result<Account, Error> {
    let held = store.lock(Lock::Shared)?;
    let reader = Reader::in_store(store, Care::Everything)?;
    // The tiles that it rests on are full and never change; what is added meanwhile is not looked at.
    let renewed = reader.store.text(CHECKPOINT);
    drop(held);
    let mut problems = Problems::default();
    if let Some(key) = trust.key.as_ref().filter(|key| **key != reader.verifier) {
        problems.add(VKEY, format!("the journal is signed with `{}` and not with `{key}`", reader.verifier));
    }
    check_key(&reader, &mut problems);
    match &reader.rest {
        Rest::Clean | Rest::Torn(_) => {}
        Rest::Changed(what) | Rest::Damaged(what) => {
            problems
                .add(TAIL, format!("what follows the first {} records does not hold: {what}", reader.len()));
        }
    }
    match renewed {
        Ok(Some(note)) => {
            // The journal writes it itself: it must be there to the byte.
            match Checkpoint::open_sole(&note, &reader.verifier) {
                Ok(checkpoint) => check_against(&reader, CHECKPOINT, &checkpoint, &mut problems),
                Err(bad) => problems.add(CHECKPOINT, format!("it does not hold: {bad}")),
            }
        }
        Ok(None) if reader.tail.start == 0 => {}
        Ok(None) => problems.add(CHECKPOINT, "it is gone"),
        Err(error) => problems.add(CHECKPOINT, error.to_string()),
    }
    for note in &trust.checkpoints {
        let key = trust.key.as_ref().unwrap_or(&reader.verifier);
        match Checkpoint::open(note, key) {
            Ok(checkpoint) => {
                check_against(&reader, "the checkpoint kept elsewhere", &checkpoint, &mut problems)
            }
            Err(bad) => problems.add("the checkpoint kept elsewhere", format!("it does not hold: {bad}")),
        }
    }
    check_tiles(&reader, &mut problems);
    Ok(Account {
        records: reader.len(),
        key: reader.verifier.clone(),
        checkpoint: reader.checkpoint().to_owned(),
        torn_bytes: if matches!(reader.rest, Rest::Torn(_)) { reader.rest_bytes } else { 0 },
        problem_count: problems.count,
        problems: problems.told,
    })
}

#[derive(Default)]
struct Problems {
    told: Vec<Problem>,
    count: u64,
}

impl Problems {
    fn add(&mut self, place: &str, what: impl Into<String>) {
        self.count += 1;
        if self.told.len() < MOST_TOLD {
            self.told.push(Problem { place: place.to_owned(), what: what.into() });
        }
    }
}

/// The private key, where whoever verifies may read it.
fn check_key(reader: &Reader, problems: &mut Problems) {
    let signer: Option<Signer> = match reader.store.text(KEY) {
        Ok(Some(text)) => text.strip_suffix('\n').and_then(|line| line.parse().ok()),
        Ok(None) | Err(Error::Io { .. }) => return,
        Err(_) => None,
    };
    if signer.is_none_or(|signer| *signer.verifier() != reader.verifier) {
        problems.add(KEY, "it is not the private key of this journal");
    }
}

fn check_against(reader: &Reader, place: &str, checkpoint: &Checkpoint, problems: &mut Problems) {
    let (size, len) = (checkpoint.size, reader.len());
    match reader.holds(checkpoint) {
        Ok(Some(true)) => {}
        Ok(Some(false)) => {
            problems.add(place, format!("the first {size} records are not those that it was made of"))
        }
        Ok(None) => problems
            .add(place, format!("it is of {size} records, and the journal holds {len}: records are gone")),
        Err(error) => problems.add(place, error.to_string()),
    }
}

/// Every full bundle and tile in a file, from the top down: a tile's root has to be the hash in the tile above it.
fn check_tiles(reader: &Reader, problems: &mut Problems) {
    let bundles = reader.tail.start / TILE_WIDTH;
    let mut above = bundles / TILE_WIDTH;
    for level in 1..=u8::MAX {
        for index in 0..above {
            if problems.count >= ENOUGH {
                return;
            }
            if let Err(error) = check_tile(reader, level, index) {
                problems.add(&tile_path(level, index, TILE_WIDTH), error);
            }
        }
        above /= TILE_WIDTH;
        if above == 0 {
            break;
        }
    }
    let next = AtomicU64::new(0);
    let shared = Mutex::new(problems);
    let work = || {
        loop {
            let begin = next.fetch_add(STRIDE, Ordering::Relaxed);
            if begin >= bundles {
                return;
            }
            for index in begin..bundles.min(begin + STRIDE) {
                if let Err((path, what)) = check_bundle(reader, index) {
                    let mut problems = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    problems.add(&path, what);
                    if problems.count >= ENOUGH {
                        return;
                    }
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 16);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Where no thread is to be had, this one does it all.
            let _ = std::thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
}

fn check_tile(reader: &Reader, level: u8, index: u64) -> Result<Vec<Hash>, String> {
    let path = tile_path(level, index, TILE_WIDTH);
    let root = reader.root_of_tile(level, index).map_err(|error| error.to_string())?;
    let bytes = reader.store.read(&path, TILE_BYTES).map_err(|error| error.to_string())?;
    let hashes =
        tile_hashes(&bytes).filter(|hashes| hashes.len() as u64 == TILE_WIDTH && root_of(hashes) == root);
    hashes.ok_or_else(|| "its hashes are not those that were written".to_owned())
}

fn check_bundle(reader: &Reader, index: u64) -> Result<(), (String, String)> {
    let hashes = check_tile(reader, 0, index).map_err(|what| (tile_path(0, index, TILE_WIDTH), what))?;
    let path = bundle_path(index, TILE_WIDTH);
    let bytes =
        reader.store.read(&path, LARGEST_BUNDLE).map_err(|error| (path.clone(), error.to_string()))?;
    let Some(found) = entries(&bytes).filter(|found| found.len() == hashes.len()) else {
        return Err((path, "it is not a bundle of 256 records".to_owned()));
    };
    match (0..).zip(found.iter().zip(&hashes)).find(|(_, (entry, hash))| Hash::leaf(entry) != **hash) {
        Some((nth, _)) => {
            Err((path, format!("record {} is not the one that was written", index * TILE_WIDTH + nth)))
        }
        None => Ok(()),
    }
}
