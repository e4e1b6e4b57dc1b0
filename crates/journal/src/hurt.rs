//! What the journal promises, on a disk that is killed, loses its power, is full, or lies.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::disk::simulated::{Chance, Fault, Platter, Simulated, Step};
use crate::error::Error;
use crate::journal::{Journal, Limits};
use crate::merkle::{Edge, Hash};
use crate::reader::Reader;
use crate::store::Store;
use crate::tail::Care;
use crate::verify::{Account, Trust, verify_in};

const LIMITS: Limits = Limits { records: 256, bytes: 1 << 20, most: 1 << 24 };

fn store(disk: &Simulated) -> Store {
    Store { directory: PathBuf::from("/journal"), disk: Box::new(disk.clone()) }
}

fn open(disk: &Simulated) -> Result<Journal, Error> {
    Journal::in_store(store(disk), LIMITS)
}

fn entries(disk: &Simulated) -> Vec<Vec<u8>> {
    let reader = Reader::in_store(store(disk), Care::Records).unwrap();
    reader.entries(0..u64::MAX).map(|entry| entry.unwrap().bytes).collect()
}

fn verified(disk: &Simulated, trust: &Trust) -> Result<Account, Error> {
    verify_in(store(disk), trust)
}

fn entry(nth: usize, chance: &mut Chance) -> Vec<u8> {
    let longest = [16, 16, 16, 16, 16, 60, 60, 900][usize::try_from(chance.below(8)).unwrap()];
    let length = usize::try_from(chance.below(longest)).unwrap();
    format!("{{\"nth\":{nth},\"x\":\"{}\"}}", "x".repeat(length)).into_bytes()
}

/// Writes batches until there are `count` entries.
fn write(disk: &Simulated, count: usize) -> Vec<Vec<u8>> {
    let mut chance = Chance(7);
    let journal = open(disk).unwrap();
    let mut written: Vec<Vec<u8>> = Vec::new();
    while written.len() < count {
        let size = usize::try_from(1 + chance.below(4)).unwrap();
        let batch: Vec<Vec<u8>> = (0..size).map(|nth| entry(written.len() + nth, &mut chance)).collect();
        written.extend(batch.iter().cloned());
        let receipt = journal.append_entries(batch).unwrap();
        assert_eq!(receipt.index + 1, written.len() as u64);
        disk.acknowledge(written.len());
    }
    written
}

/// What was written, and the root after each entry.
struct Written {
    entries: Vec<Vec<u8>>,
    roots: Vec<Hash>,
}

impl Written {
    fn new(entries: Vec<Vec<u8>>) -> Self {
        let mut edge = Edge::default();
        let mut roots = vec![edge.root()];
        for entry in &entries {
            edge.push(Hash::leaf(entry), &mut |_| {});
            roots.push(edge.root());
        }
        Self { entries, roots }
    }

    /// The journal opens, and its tree is that of what was written, up to what was acknowledged or further. At every
    /// fourth place, which is far more work, it also takes another record, and all records are read back.
    fn survives(&self, platter: Platter, acknowledged: usize, number: u64, at: &str) {
        let disk = Simulated::of(platter);
        let journal = open(&disk).unwrap_or_else(|error| panic!("{at}: {error}"));
        let (size, root) = journal.known().unwrap();
        let size = usize::try_from(size).unwrap();
        assert!(size >= acknowledged && root == self.roots[size], "{at}: {size} of {acknowledged} are left");
        if !number.is_multiple_of(4) {
            return;
        }
        let receipt =
            journal.append_entry(b"{\"after\":1}".to_vec()).unwrap_or_else(|error| panic!("{at}: {error}"));
        let found = entries(&disk);
        assert!(found.starts_with(&self.entries[..size]), "{at}");
        assert_eq!(receipt.index + 1, found.len() as u64, "{at}");
        if number.is_multiple_of(32) {
            let account = verified(&disk, &Trust::default()).unwrap();
            assert!(account.holds() && account.torn_bytes == 0, "{at}: {:?}", account.problems);
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how many is whoever starts the tests' to say")]
fn nothing_acknowledged_is_lost_at_any_of_200_000_kill_points() {
    // `KILL_POINTS=50000` takes every fourth: a minute less on a machine that has two processors.
    let wanted = std::env::var("KILL_POINTS").map_or(200_000, |wanted| wanted.parse().unwrap());
    let every = (200_000_u64 / wanted).max(1);
    let disk = Simulated::recording();
    let written = Written::new(write(&disk, 600));
    let steps = disk.steps();
    let points = AtomicU64::new(0);
    let threads = 2;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (written, steps, points) = (&written, &steps, &points);
            scope.spawn(move || {
                let mut chance = Chance(11 + thread);
                let mut platter = Platter::default();
                let mut acknowledged = 0;
                for (number, step) in steps.iter().enumerate() {
                    if let Step::Acknowledged(count) = step {
                        acknowledged = *count;
                    }
                    // The bytes of a write that have landed when it ends: every number of them in the tail, and some of
                    // those of new files, which nothing rests on yet.
                    let ends: Vec<usize> = match step {
                        Step::Write(_, 0, bytes) => (0..bytes.len()).step_by(61).collect(),
                        Step::Write(_, _, bytes) => (0..bytes.len()).collect(),
                        _ => vec![0],
                    };
                    for end in
                        ends.into_iter().filter(|end| (number + end) as u64 % (threads * every) == thread)
                    {
                        let mut now = platter.clone();
                        if let Step::Write(inode, from, bytes) = step {
                            now.step(&Step::Write(*inode, *from, bytes[..end].to_vec()));
                        }
                        let nth = points.fetch_add(2, Ordering::Relaxed) / 2;
                        let at = format!("step {number} byte {end}");
                        let off = now.without_power(&mut chance);
                        written.survives(off, acknowledged, nth, &format!("{at}, power"));
                        written.survives(now, acknowledged, nth + 2, &at);
                    }
                    platter.step(step);
                }
            });
        }
    });
    let points = points.into_inner();
    println!("{points} kill points");
    assert!(points >= wanted.min(200_000), "{points}");
}

#[test]
fn a_disk_that_fails_acknowledges_nothing_and_the_journal_goes_on_when_it_is_mended() {
    use std::io::ErrorKind;
    for kind in [ErrorKind::StorageFull, ErrorKind::ReadOnlyFilesystem, ErrorKind::Other] {
        for after in 0..50 {
            for (calls, bytes) in
                [(1, 0), (1, 40), (1, usize::MAX), (1000, 0), (1000, 40), (1000, usize::MAX)]
            {
                let disk = Simulated::default();
                let mut written = write(&disk, 250);
                let journal = open(&disk).unwrap();
                disk.break_with(Some(Fault { after, calls, kind, bytes }));
                let mut failed = 0;
                for nth in 0..20 {
                    let entry = format!("{{\"during\":{nth}}}").into_bytes();
                    match journal.append_entry(entry.clone()) {
                        Ok(receipt) => {
                            let at = usize::try_from(receipt.index).unwrap();
                            // An entry that was refused may be there, before this one.
                            let found = entries(&disk);
                            assert!(found.starts_with(&written) && found[at] == entry);
                            written = found;
                        }
                        Err(error) => {
                            failed += 1;
                            let text = error.to_string();
                            assert!(text.contains("/journal/") && text.starts_with("cannot "), "{text}");
                        }
                    }
                }
                assert!(failed > 0 || calls == 1, "{after}");
                disk.break_with(None);
                journal.append_entry(b"{\"mended\":1}".to_vec()).unwrap();
                drop(journal);
                let found = entries(&disk);
                assert!(found.starts_with(&written));
                assert_eq!(found.last().unwrap(), b"{\"mended\":1}");
                let account = verified(&disk, &Trust::default()).unwrap();
                assert!(account.holds(), "{:?}", account.problems);
            }
        }
    }
}

fn is_found(disk: &Simulated, trust: &Trust) -> bool {
    verified(disk, trust).map_or(true, |account| !account.holds())
}

/// A journal with tiles, bundles and some batches in the tail.
fn small() -> (Simulated, BTreeMap<String, Vec<u8>>) {
    let disk = Simulated::default();
    write(&disk, 257);
    let journal = open(&disk).unwrap();
    for nth in 0..3 {
        journal.append_entry(format!("{{\"last\":{nth}}}").into_bytes()).unwrap();
    }
    let files: BTreeMap<String, Vec<u8>> =
        disk.files().into_iter().filter(|(name, _)| !name.ends_with(".new")).collect();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["checkpoint", "key", "tail", "tile/0/000", "tile/entries/000", "vkey"]);
    assert!(verified(&disk, &Trust::default()).unwrap().holds());
    (disk, files)
}

#[test]
fn every_flipped_byte_is_found() {
    let (disk, files) = small();
    let mut flipped = 0;
    for (name, bytes) in &files {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= [0x01, 0x80, 0x20, 0xff][at % 4];
            disk.put(name, Some(&changed));
            assert!(is_found(&disk, &Trust::default()), "{name} byte {at}");
            flipped += 1;
        }
        disk.put(name, Some(bytes));
    }
    assert!(verified(&disk, &Trust::default()).unwrap().holds());
    println!("{flipped} bytes flipped");
}

#[test]
fn every_dropped_byte_and_file_is_found() {
    let (disk, files) = small();
    let last = verified(&disk, &Trust::default()).unwrap();
    let trust = Trust { key: Some(last.key), checkpoints: vec![last.checkpoint] };
    for (name, bytes) in &files {
        for at in 0..bytes.len() {
            let mut shorter = bytes.clone();
            shorter.remove(at);
            disk.put(name, Some(&shorter));
            assert!(is_found(&disk, &trust), "{name} byte {at}");
            // What is cut off the end is found against the checkpoint.
            if at.is_multiple_of(7) {
                disk.put(name, Some(&bytes[..at]));
                assert!(is_found(&disk, &trust), "{name} from byte {at}");
            }
        }
        disk.put(name, None);
        assert!(name == "key" || is_found(&disk, &trust), "{name}");
        disk.put(name, Some(bytes));
    }
    assert!(verified(&disk, &trust).unwrap().holds());
}

/// The frames of a tail behind its beginning, by the checkpoints that end each batch.
fn batches(tail: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut at = crate::tail::HEAD;
    let mut pieces = Vec::new();
    let mut from = 0;
    while at < tail.len() {
        let kind = tail[at];
        at += 5 + u32::from_be_bytes(tail[at + 1..at + 5].try_into().unwrap()) as usize;
        if kind == b'C' {
            pieces.push(tail[from..at].to_vec());
            from = at;
        }
    }
    let rest = pieces.split_off(1);
    (pieces.remove(0), rest)
}

#[test]
fn batches_that_are_dropped_doubled_or_reordered_are_found_and_refused() {
    let (disk, files) = small();
    let tail = &files["tail"];
    let (begin, batches) = batches(tail);
    assert!(batches.len() >= 4);
    let mut variants: Vec<(&str, Vec<usize>)> = Vec::new();
    let all: Vec<usize> = (0..batches.len()).collect();
    for drop in 0..batches.len() - 1 {
        variants.push(("dropped", all.iter().copied().filter(|nth| *nth != drop).collect()));
        let mut swapped = all.clone();
        swapped.swap(drop, drop + 1);
        variants.push(("swapped", swapped));
        let mut doubled = all.clone();
        doubled.insert(drop, drop);
        variants.push(("doubled", doubled));
    }
    for (what, order) in variants {
        let changed: Vec<u8> =
            begin.iter().copied().chain(order.iter().flat_map(|nth| batches[*nth].clone())).collect();
        disk.put("tail", Some(&changed));
        assert!(is_found(&disk, &Trust::default()), "{what} {order:?}");
        assert!(matches!(open(&disk), Err(Error::Damaged { .. })), "{what} {order:?}");
    }
    // Whole batches cut off the end are found against a checkpoint, and by nothing else.
    let last = {
        disk.put("tail", Some(tail));
        verified(&disk, &Trust::default()).unwrap()
    };
    disk.put("tail", Some(&tail[..tail.len() - batches.last().unwrap().len()]));
    assert!(!is_found(&disk, &Trust::default()));
    let trust = Trust { key: None, checkpoints: vec![last.checkpoint] };
    let account = verified(&disk, &trust).unwrap();
    assert!(account.problems[0].what.contains("records are gone"), "{:?}", account.problems);
}

#[test]
fn a_writer_does_not_go_on_when_records_that_it_saw_are_gone() {
    let (disk, files) = small();
    let journal = open(&disk).unwrap();
    let (begin, batches) = batches(&files["tail"]);
    disk.put("tail", Some(&[begin, batches[0].clone()].concat()));
    for _ in 0..3 {
        let error = journal.append_entry(b"{}".to_vec()).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }
}

#[test]
fn what_is_cut_off_a_torn_tail_is_kept_and_told() {
    let (disk, files) = small();
    let torn = &files["tail"][..files["tail"].len() - 10];
    disk.put("tail", Some(torn));
    let account = verified(&disk, &Trust::default()).unwrap();
    assert!(account.holds() && account.torn_bytes > 0);
    let journal = open(&disk).unwrap();
    let index = journal.append_entry(b"{\"next\":1}".to_vec()).unwrap().index;
    let found = entries(&disk);
    let told: serde_json::Value =
        serde_json::from_slice(&found[usize::try_from(index).unwrap() - 1]).unwrap();
    assert_eq!(told["about"], "torn-tail");
    let kept = &disk.files()[told["kept"].as_str().unwrap()];
    assert!(torn.ends_with(kept) && told["bytes"] == kept.len());
    assert!(verified(&disk, &Trust::default()).unwrap().holds());
}

#[test]
fn a_journal_without_its_tail_or_key_takes_no_record() {
    for (name, is_damage) in [("tail", true), ("key", false)] {
        let (disk, _) = small();
        disk.put(name, None);
        let error = open(&disk).map(drop).unwrap_err();
        assert_eq!(matches!(error, Error::Damaged { .. }), is_damage, "{error}");
    }
    let (disk, files) = small();
    let (other, _) = small();
    disk.put("key", Some(&other.files()["key"]));
    assert!(matches!(open(&disk), Err(Error::Key { .. })));
    // With its public key lost, the private one makes it again.
    disk.put("key", Some(&files["key"]));
    disk.put("vkey", None);
    open(&disk).unwrap();
    assert_eq!(disk.files()["vkey"], files["vkey"]);
}

#[test]
fn a_tail_that_is_edited_at_random_is_believed_only_as_far_as_it_is_what_was_written() {
    let mut chance = Chance(99);
    for _ in 0..3000 {
        let data: Vec<u8> =
            (0..4 * (1 + chance.below(4))).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
        crate::fuzzing::tail(&data);
        crate::fuzzing::parsers(&data);
    }
}
