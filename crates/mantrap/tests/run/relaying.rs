//! What passes between a client and a server that speak MCP.

use std::process::Command;

use serde_json::{Value, json};

use crate::desk::{Client, Desk};

fn direct(desk: &Desk, mode: &str) -> Client {
    let mut command = Command::new("/usr/bin/python3");
    command.arg(desk.join("probe.py")).arg(mode);
    Client::start(command)
}

#[test]
fn every_byte_of_a_message_passes_as_it_came() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let odd = r#" { "id" : 5,"jsonrpc":"2.0" , "params":{"name":"seen","arguments":{}, "x":"\u00e9é\/"},"method":"tools\/call"}  "#;
    let mut answers = Vec::new();
    for mut client in [direct(&desk, "good"), desk.start("notes")] {
        client.initialize();
        client.send(odd);
        answers.push(client.line());
        let large = client.call("large", &json!({ "size": 3_000_000 }));
        assert_eq!(large.len(), 3_000_000);
        assert_eq!(client.end().code, Some(0));
    }
    assert_eq!(answers[0], answers[1]);
    let answer: Value = serde_json::from_str(&answers[1]).unwrap();
    let seen = answer["result"]["content"][0]["text"].as_str().unwrap();
    let sent: String = odd.bytes().chain([b'\n']).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(seen, sent);
    assert!(answers[1].contains(r#""jsonrpc" : "2.0""#) && answers[1].contains(r#""\u0078":1"#));
}

#[test]
fn what_is_no_legal_message_reaches_nobody_and_is_counted() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    client.send(r#"{"jsonrpc":"2.0","id":"twice","method":"tools/list","method":"tools/call"}"#);
    let refused: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!("twice"), &json!(-32600)), "{refused}");
    assert_eq!(client.ask("tools/list", &json!({}))["result"]["tools"][0]["name"], json!("echo"));
    client.end();
    let outcome = desk.outcome();
    assert_eq!(outcome["refused"], json!({ "client": 1, "server": 0 }), "{outcome}");
    assert_eq!(outcome["reasons"], json!(["duplicate-member"]));
}

#[test]
fn what_a_server_prints_to_its_error_stream_is_labelled_harmless_and_bounded() {
    let desk = Desk::new();
    desk.probe("notes", &["complains"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    let err = client.end().err;
    assert!(err.contains("[notes] plain\n"), "{err}");
    assert!(err.contains("[notes] red ") && !err.contains(['\u{1b}', '\u{202e}']), "{err:?}");
    assert!(err.lines().all(|line| line.len() < 5000), "{err}");

    desk.probe("loud", &["complains-much"], &[]);
    let mut client = desk.start("loud");
    client.initialize();
    let err = client.end().err;
    assert!(err.len() < 600_000 && err.contains("[loud] 000000"), "{} bytes", err.len());
    assert!(err.contains("bytes of its error stream"), "{err}");
}

#[test]
fn a_launch_and_its_end_are_on_record() {
    let desk = Desk::new();
    let place = desk.join("home/data");
    std::fs::create_dir(&place).unwrap();
    let grant = format!("write {}", place.display());
    desk.probe("notes", &["good"], &[&grant]);
    let mut client = desk.start("notes");
    client.initialize();
    let written = client.call("write", &json!({ "path": place.join("x") }));
    // The home inside is another one.
    client.call("write", &json!({ "path": desk.join("home/y") }));
    let refused = client.call("write", &json!({ "path": "/usr/mantrap-test" }));
    assert_eq!((written.as_str(), refused.as_str()), ("written", "Read-only file system"));
    let launcher = client.child.id();
    assert_eq!(client.end().code, Some(0));
    assert!(place.join("x").exists() && !desk.join("home/y").exists());

    let records = desk.launches();
    let [intent, outcome] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(intent["entry"], json!("notes"));
    assert_eq!(intent["rights"], json!([grant]));
    assert_eq!(intent["approvals"][0]["by"], json!("person"));
    assert!(intent["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(intent["launcher"]["pid"], json!(launcher));
    let asked = &intent["who"]["ancestry"][0];
    assert_eq!(asked["pid"], json!(std::process::id()));
    assert!(asked["executable"].as_str().unwrap().contains("/run-"), "{asked}");
    assert_eq!(outcome["client"], json!("test-client 7"));
    assert_eq!((&outcome["status"], &outcome["probation"]), (&json!(0), &json!("spoke MCP")));
    assert_eq!(outcome["messages"], json!({ "client": 5, "server": 4 }));
    let verified = desk.mantrap(&["journal", "verify"]);
    assert!(verified.status.success());
}

#[test]
fn two_clients_run_the_same_server_at_once() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut clients = [desk.start("notes"), desk.start("notes"), desk.start("notes")];
    for client in &mut clients {
        client.initialize();
    }
    for client in clients {
        assert_eq!(client.end().code, Some(0));
    }
    assert_eq!(desk.launches().len(), 6);
}
