//! However one of the three ends, the other two do, and nothing stays.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::{Desk, is_alive};

#[test]
fn the_end_of_input_ends_the_server() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    let started = Instant::now();
    assert_eq!(client.end().code, Some(0));
    assert!(started.elapsed() < Duration::from_secs(2), "it ends by itself");
    desk.wait_until_nothing_runs();
    assert_eq!(desk.outcome()["by"], json!("client"));
}

#[test]
fn a_request_that_is_under_way_is_answered_after_the_end_of_input() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    let id = client.request("tools/call", &json!({ "name": "sleep", "arguments": { "seconds": 3 } }));
    let ended = client.end();
    let answer: Value = serde_json::from_str(ended.lines.last().expect("an answer")).unwrap();
    assert_eq!(answer["id"], json!(id));
    assert_eq!(answer["result"]["content"][0]["text"], json!("awake"));
}

#[test]
fn a_server_that_ignores_everything_is_ended_with_its_tree() {
    let desk = Desk::new();
    desk.probe("notes", &["stubborn"], &[]);
    for signal in ["", "-TERM", "-INT", "-HUP"] {
        let mut client = desk.start("notes");
        client.initialize();
        let tree = desk.processes();
        assert!(tree.len() > 1, "{tree:?}");
        let started = Instant::now();
        let ended = if signal.is_empty() {
            client.end()
        } else {
            client.signal(signal);
            client.wait()
        };
        assert_eq!(ended.code, Some(0), "{signal}: {}", ended.err);
        assert!(started.elapsed() < Duration::from_secs(8), "{signal}");
        assert!(!tree.into_iter().any(is_alive), "{signal}");
        assert_eq!(desk.outcome()["by"], json!("client"), "{signal}");
    }
}

#[test]
fn a_launcher_that_is_killed_takes_the_tree_with_it() {
    let desk = Desk::new();
    desk.probe("notes", &["stubborn"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    let tree = desk.processes();
    assert!(tree.len() > 1, "{tree:?}");
    client.signal("-KILL");
    assert_eq!(client.wait().code, None);
    desk.wait_until_nothing_runs();
    assert!(desk.mantrap(&["journal", "verify"]).status.success());
}

#[test]
fn a_server_that_ends_by_itself_is_told_to_whoever_waits() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut client = desk.start("notes");
    client.initialize();
    client.request("tools/call", &json!({ "name": "die", "arguments": { "code": 7 } }));
    let error: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(error["error"]["code"], json!(-31502));
    assert!(error["error"]["message"].as_str().unwrap().contains("ended with exit code 7"), "{error}");
    assert_eq!(client.wait().code, Some(7));
    assert_eq!(desk.outcome()["by"], json!("server"));
}

#[test]
fn a_crash_loop_is_slowed_down_then_refused_and_the_way_out_is_said() {
    let desk = Desk::new();
    desk.probe("notes", &["dies"], &[]);
    desk.probe("other", &["good"], &[]);
    let file = desk.join("home/.local/state/mantrap/crashes/notes");
    for nth in 1..=2 {
        let ended = desk.start("notes").wait();
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), nth);
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    std::fs::write(&file, format!("{now}\n").repeat(5)).unwrap();
    let started = Instant::now();
    let ended = desk.start("notes").wait();
    assert_eq!(ended.code, Some(3));
    assert!(
        started.elapsed() > Duration::from_secs(1) && ended.err.contains("starting in 1s"),
        "{}",
        ended.err
    );

    std::fs::write(&file, format!("{now}\n").repeat(8)).unwrap();
    let before = desk.launches().len();
    let mut client = desk.start("notes");
    let error = client.initialize();
    assert_eq!(error["error"]["code"], json!(-31403));
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains(&file.display().to_string()), "{message}");
    assert_eq!(client.end().code, Some(119));
    assert_eq!(desk.launches().len(), before, "nothing was launched");
    assert!(desk.start("other").initialize()["result"].is_object(), "another server is not held back");

    std::fs::remove_file(&file).unwrap();
    assert_eq!(desk.start("notes").wait().code, Some(3), "it is started again");
}

#[test]
fn a_good_session_ends_the_count_of_crashes() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let file = desk.join("home/.local/state/mantrap/crashes/notes");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    std::fs::write(&file, format!("{now}\n").repeat(2)).unwrap();
    let mut client = desk.start("notes");
    client.initialize();
    assert_eq!(client.end().code, Some(0));
    assert!(!file.exists());
}

#[test]
fn a_client_that_is_gone_is_not_waited_for() {
    let desk = Desk::new();
    desk.probe("notes", &["good"], &[]);
    let mut command = desk.command(&["run", "notes"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let wanted = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#;
    writeln!(input, "{wanted}").unwrap();
    output.read_line(&mut String::new()).unwrap();
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "sleep", "arguments": { "seconds": 60 } } });
    writeln!(input, "{call}").unwrap();
    let started = Instant::now();
    drop((input, output));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    desk.wait_until_nothing_runs();
}
