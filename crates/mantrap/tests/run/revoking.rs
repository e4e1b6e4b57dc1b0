//! A revocation ends what runs, and nothing else.

use std::process::{Command, Stdio};
use std::time::Duration;

use mantrap_journal::{Intent, Journal, Record, Says};
use serde_json::json;

use crate::desk::{Desk, is_alive, text};

#[test]
fn what_runs_is_ended_when_it_is_revoked_and_what_is_not_goes_on() {
    let desk = Desk::new();
    desk.probe("notes", &["stubborn"], &[]);
    desk.probe("other", &["good"], &[]);
    let mut running = [desk.start("notes"), desk.start("notes")];
    running.iter_mut().for_each(|client| drop(client.initialize()));
    let mut other = desk.start("other");
    other.initialize();
    let done = desk.mantrap(&["revoke", "notes"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("ended what ran of it: 2"), "{}", text(&done.stdout));
    for client in running {
        assert_eq!(client.wait().code, Some(0));
    }
    assert!(!other.call("pid", &json!({})).is_empty());
    other.end();
    desk.wait_until_nothing_runs();
    assert_eq!(desk.start("notes").wait().code, Some(121));
    assert!(
        !text(&desk.mantrap(&["revoke", "notes"]).stdout).contains("ended what ran"),
        "nothing runs any more"
    );
}

#[test]
fn a_launcher_that_does_not_listen_is_killed() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    client.signal("-STOP");
    assert!(desk.mantrap(&["revoke", "notes"]).status.success());
    assert_eq!(client.wait().code, None);
    desk.wait_until_nothing_runs();
}

#[test]
fn a_stranger_that_has_the_number_of_a_launcher_is_left_alone() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    let intent = desk.launches().remove(0);
    let mut stranger = Command::new("sleep").arg("100").stdin(Stdio::null()).spawn().unwrap();
    let journal = Journal::open(&desk.join("home/.local/state/mantrap/journal")).unwrap();
    let forge = |field: &str, value: serde_json::Value| {
        let mut launcher = intent["launcher"].clone();
        launcher["pid"] = json!(stranger.id());
        launcher[field] = value;
        let forged = Intent {
            act: "launch".into(),
            entry: Some("notes".into()),
            plan: intent["plan"].clone(),
            more: [("launcher".to_owned(), launcher)].into_iter().collect(),
            ..Intent::default()
        };
        journal.append(&Record::now(Says::Intent(Box::new(forged)))).unwrap();
    };
    forge("started", json!(1));
    forge("boot", json!("another"));
    forge("namespace", json!(1));
    forge("pid", json!(-1));
    forge("pid", json!("x"));
    let done = desk.mantrap(&["revoke", "notes"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert_eq!(client.wait().code, Some(0), "the launcher itself is ended");
    std::thread::sleep(Duration::from_millis(100));
    assert!(is_alive(stranger.id()));
    assert!(text(&done.stderr).contains("in another container"), "{}", text(&done.stderr));
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
