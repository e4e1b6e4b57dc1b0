//! From its start until it has shown that it speaks MCP, a server reaches nobody and nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::{Desk, is_alive};

#[test]
fn what_is_printed_before_the_first_answer_and_is_no_message_reaches_nobody() {
    let desk = Desk::new();
    desk.probe("notes", &["babbles"], &[]);
    let mut client = desk.start("notes");
    assert_eq!(client.line_within(Duration::from_secs(1)), None, "nothing before the first answer");
    client.request("initialize", &json!({ "protocolVersion": "2025-06-18", "capabilities": {} }));
    let early: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(early["params"]["data"], json!("early"), "a message waits for its turn: {early}");
    let answer: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(answer["result"]["serverInfo"]["name"], json!("probe"));
    let ended = client.end();
    assert!(ended.lines.is_empty(), "{:?}", ended.lines);
    assert_eq!(desk.outcome()["dropped_in_probation"], json!(5));
}

#[test]
fn a_program_that_never_speaks_is_ended_with_its_tree_and_the_client_hears_why() {
    let desk = Desk::new();
    desk.probe_with("notes", &["forks"], &[], &["--deadline", "4s"]);
    let started = Instant::now();
    let mut client = desk.start("notes");
    let first = client.request("initialize", &json!({ "protocolVersion": "2025-06-18" }));
    let second = client.request("ping", &json!({}));
    std::thread::sleep(Duration::from_secs(2));
    let tree = desk.processes();
    assert!(!tree.is_empty(), "it runs: the probe works");
    for id in [first, second] {
        let error: Value = serde_json::from_str(&client.line()).unwrap();
        assert_eq!(error["id"], json!(id));
        assert_eq!(error["error"]["code"], json!(-31504));
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains("did not speak MCP within 4 s (it used 0."), "{error}");
    }
    let took = started.elapsed();
    let ended = client.wait();
    assert!((Duration::from_secs(4)..Duration::from_secs(25)).contains(&took), "{took:?}");
    assert_eq!(ended.code, Some(120), "{}", ended.err);
    assert!(ended.err.contains("did not speak MCP within 4 s"), "{}", ended.err);
    assert!(!tree.into_iter().any(is_alive));
    desk.wait_until_nothing_runs();
    let outcome = desk.outcome();
    assert_eq!(outcome["ended"], json!("did not speak MCP within 4 s"));
    assert_eq!(outcome["probation"], json!("ran, never spoke MCP"));
}

#[test]
fn a_program_that_nobody_asks_is_ended_too() {
    let desk = Desk::new();
    desk.probe_with("notes", &["good"], &[], &["--deadline", "2s"]);
    let client = desk.start("notes");
    let ended = client.wait();
    assert_eq!(ended.code, Some(125), "{}", ended.err);
    assert!(ended.err.contains("nobody asked"), "{}", ended.err);
    desk.wait_until_nothing_runs();
    assert_eq!(desk.outcome()["ended"], json!("was never asked"));
}

#[test]
fn a_flood_is_ended_before_its_time() {
    let desk = Desk::new();
    desk.probe("notes", &["floods"], &[]);
    let started = Instant::now();
    let mut client = desk.start("notes");
    client.request("initialize", &json!({}));
    let error: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(error["error"]["code"], json!(-31504), "{error}");
    assert!(error["error"]["message"].as_str().unwrap().contains("wrote 8 MiB that are no MCP"), "{error}");
    assert_eq!(client.wait().code, Some(120));
    assert!(started.elapsed() < Duration::from_secs(25));
    desk.wait_until_nothing_runs();
    assert_eq!(desk.outcome()["ended"], json!("wrote 8 MiB that are no MCP"));
}

#[test]
fn granted_files_cannot_be_written_before_the_first_answer_and_can_afterwards() {
    let desk = Desk::new();
    let place = desk.join("home/data");
    std::fs::create_dir(&place).unwrap();
    let file = place.join("x").display().to_string();
    desk.probe("notes", &["early", &file], &[&format!("write {}", place.display())]);
    let mut client = desk.start("notes");
    std::thread::sleep(Duration::from_secs(1));
    assert!(!place.join("x").exists());
    client.initialize();
    assert_eq!(client.call("first", &json!({})), "Read-only file system");
    assert_eq!(client.call("write", &json!({ "path": file })), "written");
    assert!(place.join("x").exists());
    client.end();
}

#[test]
fn an_error_to_the_first_question_is_seen_and_ends_no_probation() {
    let desk = Desk::new();
    let place = desk.join("home/data");
    std::fs::create_dir(&place).unwrap();
    let file = place.join("x").display().to_string();
    desk.probe("notes", &["good"], &[&format!("write {}", place.display())]);
    let mut client = desk.start("notes");
    // A client that does not know the era asks like this first, and begins again when it hears no.
    assert_eq!(client.ask("server/discover", &json!({}))["error"]["code"], json!(-32601));
    client.request("tools/call", &json!({ "name": "write", "arguments": { "path": file } }));
    assert_eq!(client.line_within(Duration::from_secs(1)), None);
    assert!(!place.join("x").exists());
    client.initialize();
    assert_eq!(client.call("write", &json!({ "path": file })), "written");
    client.end();
}

#[test]
fn what_an_entry_waives_is_on_record_and_nobody_else_waives_anything() {
    let desk = Desk::new();
    desk.probe_with("notes", &["good"], &[], &["--waive", "cpu", "--waive", "memory"]);
    let refused = desk.mantrap(&["run", "notes", "--waive", "files"]);
    assert_eq!(refused.status.code(), Some(2), "it takes no option");
    let mut client = desk.start("notes");
    client.initialize();
    client.end();
    let launch = desk.journal().into_iter().rfind(|record| record["act"] == json!("launch")).unwrap();
    assert_eq!(launch["waivers"], json!(["memory", "cpu"]), "{launch:#}");
}
