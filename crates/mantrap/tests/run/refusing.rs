//! When nothing is launched, the client hears why in its own protocol, the person in words, and nothing has run.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::desk::{Client, Desk, text};

/// What a client hears, what a person reads, and the exit code.
fn refused(desk: &Desk, name: &str) -> (String, String, i32) {
    let mut client = desk.start(name);
    let error = client.initialize();
    assert_eq!(error["error"]["code"], json!(-31403), "{error}");
    let said = error["error"]["message"].as_str().unwrap().to_owned();
    let ended = client.end();
    (said, ended.err, ended.code.unwrap())
}

#[test]
fn only_what_was_approved_runs() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    assert!(client.initialize()["result"].is_object(), "the probe works");
    client.end();
    let launched = desk.launches().len();

    let (said, err, code) = refused(&desk, "unknown");
    assert!(said.contains("no lock has a server") && err.contains("no lock has a server"), "{said} {err}");
    assert_eq!(code, 121);

    fs::write(desk.join("probe.py"), "import os\nos._exit(0)\n").unwrap();
    let (said, _, code) = refused(&desk, "notes");
    assert!(said.contains("is not what the lock says") && said.contains("mantrap diff"), "{said}");
    assert_eq!(code, 121);
    assert!(desk.mantrap(&["update", "notes"]).status.success());
    let (said, _, code) = refused(&desk, "notes");
    assert!(said.contains("is not what was approved"), "{said}");
    assert_eq!((code, desk.launches().len()), (121, launched), "nothing was launched");
}

#[test]
fn no_word_behind_the_name_is_taken() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    for words in [
        &["run", "notes", "more"][..],
        &["run", "notes", "--", "x"],
        &["run", "--write", "/", "notes"],
        &["run", "notes", "--time", "1s"],
        &["run"],
    ] {
        assert_eq!(desk.mantrap(words).status.code(), Some(2), "{words:?}");
    }
    // A host hears of it in the words that it understands.
    let mut client = Client::start(desk.command(&["run", "notes", "more"]));
    let said = client.initialize().to_string();
    assert!(said.contains("-31403") && said.contains("`mantrap run NAME` and nothing else"), "{said}");
    client.end();
    assert!(desk.launches().is_empty());
}

#[test]
fn without_a_record_nothing_is_launched() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let journal = desk.join("home/.local/state/mantrap/journal");
    let aside = desk.join("aside");
    fs::rename(&journal, &aside).unwrap();
    fs::write(&journal, "").unwrap();
    let (said, err, code) = refused(&desk, "notes");
    assert_eq!(code, 122, "{err}");
    assert!(said.contains("nothing is launched"), "{said}");
    fs::remove_file(&journal).unwrap();
    fs::rename(&aside, &journal).unwrap();

    // A disk that takes no more bytes: the limit on the size of files.
    let limited = "trap '' XFSZ; ulimit -f 0; exec \"$0\" run notes </dev/null";
    let mut command = Command::new("bash");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_mantrap")]);
    let done =
        command.env_clear().env("HOME", desk.join("home")).env("PATH", "/usr/bin:/bin").output().unwrap();
    assert_eq!(done.status.code(), Some(122), "{}", text(&done.stderr));
    assert!(desk.launches().is_empty(), "nothing was launched");
    assert!(desk.start("notes").initialize()["result"].is_object(), "with a journal it runs");
}

#[test]
fn a_right_that_cannot_be_given_refuses() {
    let desk = Desk::new();
    let gone = desk.join("home/gone");
    fs::create_dir(&gone).unwrap();
    desk.probe("notes", &["good"], &[&format!("read {}", gone.display())]);
    assert!(desk.start("notes").initialize()["result"].is_object());
    fs::remove_dir(&gone).unwrap();
    let (said, _, code) = refused(&desk, "notes");
    assert!(said.contains("it does not exist"), "{said}");
    assert_eq!(code, 121);
    let outcome = desk.outcome();
    assert_eq!(outcome["ended"], json!("refused"));
    assert!(outcome["refusals"][0].as_str().unwrap().contains("it does not exist"));
}
