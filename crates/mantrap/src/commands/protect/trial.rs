//! Tries a server as its clients would start it, before a client depends on it: through `mantrap run NAME`, in the jail and
//! with the rights that were just agreed to.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mantrap_launch::visible;
use serde_json::{Value, json};

/// A server that has not answered by then is ended by `mantrap run` itself, which says so before this.
const PATIENCE: Duration = Duration::from_secs(75);
/// How long it may take to end once nobody speaks to it any more.
const FAREWELL: Duration = Duration::from_secs(10);
/// Bytes of the longest answer that is read.
const LONGEST: u64 = 4 << 20;

/// Whether a server answers `initialize`.
///
/// # Errors
/// What it did instead.
#[expect(
    clippy::disallowed_methods,
    reason = "mantrap itself is started, which jails what it starts in turn"
)]
pub(super) fn speaks(program: &str, name: &str) -> Result<(), String> {
    let mut child = Command::new(program)
        .args(["run", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("`{program}` cannot be started: {error}"))?;
    let answer = asked(&mut child);
    // Its input is closed, which ends a session; whatever does not heed that is killed, and its jail with it.
    drop(child.stdin.take());
    let begun = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && begun.elapsed() < FAREWELL {
        thread::sleep(Duration::from_millis(20));
    }
    // It may be over already.
    let _ = child.kill();
    let _ = child.wait();
    answer
}

fn asked(child: &mut Child) -> Result<(), String> {
    let (Some(input), Some(output)) = (child.stdin.as_mut(), child.stdout.take()) else {
        return Err("it has no input and output".into());
    };
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "mantrap-protect", "version": env!("CARGO_PKG_VERSION") },
    } });
    let sent = input.write_all(format!("{hello}\n").as_bytes()).and_then(|()| input.flush());
    sent.map_err(|error| format!("it took no input: {error}"))?;
    let (told, answers) = mpsc::channel();
    // Detached: it ends with the pipe, which ends with the child.
    thread::spawn(move || told.send(answered(output)));
    answers.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("it did not answer `initialize` in time".into()))
}

/// Reads until the answer to the question.
fn answered(output: ChildStdout) -> Result<(), String> {
    for line in BufReader::new(output.take(LONGEST)).lines() {
        let line = line.map_err(|error| format!("it cannot be heard: {error}"))?;
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        if message.get("id") != Some(&json!(1)) {
            continue;
        }
        return match (message.get("result"), message.pointer("/error/message").and_then(Value::as_str)) {
            (Some(_), _) => Ok(()),
            (None, Some(said)) => Err(visible(said)),
            (None, None) => Err("it answered `initialize` with no result".into()),
        };
    }
    Err("it ended without an answer to `initialize`".into())
}
