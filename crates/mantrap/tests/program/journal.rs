//! `mantrap journal` as its users meet it.

use std::fs;
use std::path::PathBuf;

use mantrap_journal::{Intent, Journal, Note, Outcome, Record, Says, Who};
use serde_json::Value;

use crate::support::{Run, Tree, mantrap};

fn journal(tree: &Tree, arguments: &[&str]) -> Run {
    let mut command = mantrap();
    command
        .env("HOME", tree.path())
        .env("COLUMNS", "140")
        .current_dir(tree.path())
        .arg("journal")
        .args(arguments);
    command.output().unwrap().into()
}

/// A home with a journal of `count` notes behind an intent and its outcome.
fn home(count: u64) -> (Tree, PathBuf) {
    let tree = Tree::new();
    let directory = tree.join(".local/state/mantrap/journal");
    let journal = Journal::open(&directory).unwrap();
    let who = Who { user: Some("ada".into()), client: Some("claude-code".into()), ..Who::default() };
    let intent = Intent {
        act: "launch".into(),
        entry: Some("weather\u{202e}".into()),
        who,
        rights: vec!["read /srv/data".into()],
        waivers: vec!["gate".into()],
        ..Intent::default()
    };
    journal.append(&Record::now(Says::Intent(Box::new(intent)))).unwrap();
    let outcome = Outcome { intent: 0, ended: "exit 0".into(), status: Some(0), ..Outcome::default() };
    journal.append(&Record::now(Says::Outcome(Box::new(outcome)))).unwrap();
    let note = |nth: u64| {
        Record::now(Says::Note(Note { about: "test".into(), text: nth.to_string(), ..Note::default() }))
    };
    let notes: Vec<Record> = (0..count).map(note).collect();
    journal.append_all(&notes).unwrap();
    (tree, directory)
}

#[test]
fn the_last_records_are_shown_on_a_line_each() {
    let (tree, _) = home(30);
    let run = journal(&tree, &["show"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 20), "{}", run.err);
    assert!(run.out.ends_with("note     test: 29\n"), "{}", run.out);
    let run = journal(&tree, &["show", "--all", "--kind", "intent", "--kind", "outcome"]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].contains("launch weather\\u{202e} (1 guarantee waived) for claude-code by ada"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains("of #0: exit 0"), "{}", lines[1]);
    for line in journal(&tree, &["show", "--last", "40", "--format", "json"]).out.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert!(record["record"]["time"].is_string() && line.is_ascii());
    }
}

#[test]
fn one_record_is_shown_whole() {
    let (tree, _) = home(0);
    let run = journal(&tree, &["show", "0"]);
    assert!(
        run.out.contains("rights:\n    - read /srv/data\n") && run.out.contains("user: ada"),
        "{}",
        run.out
    );
    let run = journal(&tree, &["show", "0", "--raw"]);
    assert_eq!(serde_json::from_str::<Value>(&run.out).unwrap()["entry"], "weather\u{202e}");
    let run = journal(&tree, &["show", "2"]);
    assert_eq!((run.code, run.err.as_str()), (2, "error: there is no record 2; the journal holds 2\n"));
}

#[test]
fn a_home_without_a_journal_is_said_and_gets_none() {
    let tree = Tree::new();
    for arguments in
        [&["show"][..], &["verify"], &["prove"], &["follow", "--count", "1"], &["export", "copy"]]
    {
        let run = journal(&tree, arguments);
        assert_eq!(run.code, 3, "{arguments:?} {}", run.err);
        assert!(run.err.contains("there is no journal in"), "{}", run.err);
    }
    assert_eq!(fs::read_dir(tree.path()).unwrap().count(), 0);
}

#[test]
fn what_was_changed_or_is_gone_is_found() {
    let (tree, directory) = home(600);
    let checkpoint = journal(&tree, &["prove"]).out;
    fs::write(tree.join("checkpoint"), checkpoint).unwrap();
    fs::copy(directory.join("vkey"), tree.join("vkey")).unwrap();
    let run = journal(&tree, &["verify", "--checkpoint", "checkpoint", "--key", "vkey"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.starts_with("everything holds: 602 records, signed by `mantrap-journal/"), "{}", run.out);
    assert_eq!(run.out.lines().count(), 1);

    let tail = directory.join("tail");
    let bytes = fs::read(&tail).unwrap();
    let mut changed = bytes.clone();
    let at = changed.windows(6).position(|window| window == b"weathe").unwrap();
    changed[at] = b'W';
    fs::write(&tail, changed).unwrap();
    let run = journal(&tree, &["verify", "--format", "json"]);
    let account: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &account["holds"]), (10, &Value::Bool(false)));
    assert_eq!(account["problems"][0]["place"], "tail");

    // The last batch, the notes, taken away whole.
    let ends: Vec<usize> =
        (0..bytes.len() - 1).filter(|at| bytes[*at..].starts_with(b"=\n")).map(|at| at + 2).collect();
    fs::write(&tail, &bytes[..ends[ends.len() - 2]]).unwrap();
    assert_eq!(journal(&tree, &["verify"]).code, 0);
    let run = journal(&tree, &["verify", "--checkpoint", "checkpoint"]);
    assert_eq!(run.code, 10);
    assert!(
        run.out.contains("it is of 602 records, and the journal holds 2: records are gone"),
        "{}",
        run.out
    );
}

#[test]
fn a_proof_convinces_whoever_has_the_key() {
    let (tree, directory) = home(10);
    let key = fs::read_to_string(directory.join("vkey")).unwrap();
    fs::write(tree.join("proof"), journal(&tree, &["prove", "0"]).out).unwrap();
    fs::write(tree.join("record"), journal(&tree, &["show", "0", "--raw"]).out).unwrap();
    fs::remove_dir_all(tree.join(".local")).unwrap();
    let check = ["verify", "--proof", "proof", "--record", "record", "--key", key.trim_end()];
    let run = journal(&tree, &check);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("this is record 0 of the 12 of"), "{}", run.out);
    fs::write(tree.join("record"), "{}").unwrap();
    assert_eq!(journal(&tree, &check).code, 10);
    fs::write(tree.join("proof"), "nonsense").unwrap();
    assert_eq!(journal(&tree, &check).code, 2);
}

#[test]
fn following_goes_on_with_what_is_written() {
    let (tree, directory) = home(3);
    let follower = mantrap()
        .env("HOME", tree.path())
        .args(["journal", "follow", "--from", "2", "--count", "5", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let journal = Journal::open(&directory).unwrap();
    let note = |text: &str| Record::now(Says::Note(Note { text: text.into(), ..Note::default() }));
    journal.append(&note("one")).unwrap();
    journal.append(&note("two")).unwrap();
    let run: Run = follower.wait_with_output().unwrap().into();
    let lines: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((run.code, lines.len()), (0, 5));
    assert_eq!((&lines[4]["index"], &lines[4]["record"]["text"]), (&Value::from(6), &Value::from("two")));
}

#[test]
fn an_export_is_a_directory_of_its_own() {
    let (tree, _) = home(300);
    assert_eq!(journal(&tree, &["export", "copy"]).code, 0);
    for file in ["checkpoint", "vkey", "tile/0/000", "tile/0/001.p/46", "tile/1/000.p/1", "tile/entries/000"]
    {
        assert!(tree.join("copy").join(file).is_file(), "{file}");
    }
    assert!(!tree.join("copy/key").exists());
    let run = journal(&tree, &["export", "copy"]);
    assert!(run.code == 1 && run.err.contains("it is not empty"), "{}", run.err);
}
