//! Real processes on a real disk: many that write at once, and one that is killed again and again.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and starts itself again"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;

use mantrap_journal::{Journal, Note, Reader, Record, Says, Trust, verify};

const DIRECTORY: &str = "MANTRAP_TEST_JOURNAL";
const WRITER: &str = "MANTRAP_TEST_WRITER";
const COUNT: &str = "MANTRAP_TEST_COUNT";

/// A directory that is gone when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mantrap-journal-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn note(writer: &str, nth: u64) -> Record {
    Record::now(Says::Note(Note { about: writer.to_owned(), text: nth.to_string(), ..Note::default() }))
}

/// Not a test of its own: what the others start. Says on standard output what was acknowledged.
#[test]
fn writer() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let name = std::env::var(WRITER).unwrap();
    let count: u64 = std::env::var(COUNT).unwrap().parse().unwrap();
    let journal = Journal::open(Path::new(&directory)).unwrap();
    let threads = 4;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (journal, name) = (&journal, &name);
            scope.spawn(move || {
                for nth in 0..count / threads {
                    let receipt = journal.append(&note(&format!("{name}.{thread}"), nth)).unwrap();
                    // One write of one short line: whole, whatever other threads say.
                    println!("ACK {} {name}.{thread} {nth}", receipt.index);
                }
            });
        }
    });
}

fn start(directory: &Path, name: &str, count: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(WRITER, name)
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Index, writer, number.
fn acknowledged(line: &str) -> Option<(u64, String, String)> {
    let mut words = line.split_once("ACK ")?.1.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.to_owned(), words.next()?.to_owned()))
}

fn expect_there(reader: &Reader, acks: &[(u64, String, String)]) {
    for (index, writer, nth) in acks {
        let record: Record = serde_json::from_slice(&reader.entry(*index).unwrap()).unwrap();
        let Says::Note(found) = record.says else { panic!("record {index} is no note") };
        assert_eq!((&found.about, &found.text), (writer, nth), "record {index}");
    }
}

#[test]
fn eight_processes_write_a_thousand_records_each_and_none_is_lost_or_doubled() {
    let scratch = Scratch::new("many");
    let children: Vec<Child> =
        (0..8).map(|nth| start(&scratch.journal(), &format!("w{nth}"), 1000)).collect();
    let mut acks = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let before = acks.len();
        acks.extend(String::from_utf8(output.stdout).unwrap().lines().filter_map(acknowledged));
        assert_eq!(acks.len() - before, 1000);
    }
    let reader = Reader::open(&scratch.journal()).unwrap();
    assert_eq!(reader.len(), 8000);
    expect_there(&reader, &acks);
    acks.sort();
    acks.dedup_by_key(|(index, ..)| *index);
    assert_eq!(acks.len(), 8000, "two records have one index");
    let account = verify(&scratch.journal(), &Trust::default()).unwrap();
    assert!(account.holds() && account.torn_bytes == 0, "{:?}", account.problems);
}

#[test]
fn a_writer_that_is_killed_again_and_again_loses_nothing_that_it_said() {
    let scratch = Scratch::new("killed");
    let mut acks = Vec::new();
    let mut seed = 88_172_645_463_325_252_u64;
    for round in 0..60 {
        let mut child = start(&scratch.journal(), &format!("k{round}"), 1_000_000);
        let output = BufReader::new(child.stdout.take().unwrap());
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut left = seed % 40;
        let mut is_killed = false;
        for line in output.lines().map_while(Result::ok) {
            acks.extend(acknowledged(&line));
            left = left.saturating_sub(1);
            if left == 0 && !is_killed {
                std::thread::sleep(Duration::from_micros(seed % 9000));
                child.kill().unwrap();
                is_killed = true;
            }
        }
        child.wait().unwrap();
        let reader = Reader::open(&scratch.journal()).unwrap();
        expect_there(&reader, &acks[acks.len().saturating_sub(500)..]);
    }
    let journal = Journal::open(&scratch.journal()).unwrap();
    journal.append(&note("after", 0)).unwrap();
    assert!(acks.len() > 60);
    expect_there(&Reader::open(&scratch.journal()).unwrap(), &acks);
    let account = verify(&scratch.journal(), &Trust::default()).unwrap();
    assert!(account.holds() && account.torn_bytes == 0, "{:?}", account.problems);
}

#[test]
fn a_reader_follows_while_others_write_and_tiles_are_made() {
    let scratch = Scratch::new("follow");
    let journal = Journal::open(&scratch.journal()).unwrap();
    let mut reader = Reader::open(&scratch.journal()).unwrap();
    let (threads, each) = (4, 600); // few enough that the tail is not left to grow
    let barrier = Barrier::new(threads + 1);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (journal, barrier) = (&journal, &barrier);
            scope.spawn(move || {
                barrier.wait();
                (0..each).for_each(|nth| drop(journal.append(&note(&thread.to_string(), nth)).unwrap()));
            });
        }
        barrier.wait();
        let mut seen = 0;
        for _ in 0..30_000 {
            reader.refresh().unwrap();
            for entry in reader.entries(seen..u64::MAX) {
                assert_eq!(entry.unwrap().index, seen);
                seen += 1;
            }
            if seen == threads as u64 * each {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("{seen} records were seen");
    });
    assert!(scratch.journal().join("tile/entries/000").exists());
}

#[cfg(unix)]
#[test]
fn the_private_key_is_its_owners_alone_and_a_directory_of_everybody_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("mode");
    drop(Journal::open(&scratch.journal()).unwrap());
    let mode =
        |name: &str| std::fs::metadata(scratch.journal().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("key"), mode("tail"), mode("")), (0o600, 0o600, 0o700));
    std::fs::set_permissions(scratch.journal(), PermissionsExt::from_mode(0o777)).unwrap();
    let error = Journal::open(&scratch.journal()).err().unwrap().to_string();
    assert!(error.contains("chmod go-w"), "{error}");
}
