//! A small client: one session, bounded in time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::workshop::{Case, Workshop};

/// For one answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a server said, without what differs from run to run.
#[derive(Debug, PartialEq)]
pub(crate) struct Answers {
    listed: Option<Value>,
    called: Vec<Option<Value>>,
}

impl Answers {
    /// Whether it listed tools and answered every call with a result that is no error.
    pub(crate) fn spoke(&self) -> bool {
        let is_good =
            |answer: &Option<Value>| answer.as_ref().is_some_and(|answer| answer["isError"] != true);
        self.tools() > 0 && self.called.iter().all(is_good)
    }

    fn tools(&self) -> usize {
        self.definitions().and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// What it says its tools are.
    pub(crate) fn definitions(&self) -> Option<&Value> {
        self.listed.as_ref()?.get("tools")
    }
}

/// Has a session with what the command starts, in a directory of its own that begins the same each time.
pub(crate) fn ask(mut command: Command, case: &Case, shop: &Workshop) -> Answers {
    shop.prepare_directory();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(shop.log()).spawn();
    let mut session = Session::with(child.unwrap());
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let mut answers = Answers { listed: None, called: Vec::new() };
    if session.request("initialize", &hello).is_none() {
        return answers;
    }
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    answers.listed = session.request("tools/list", &json!({}));
    for call in &case.calls {
        let arguments = shop.filled(&call.arguments);
        let mut answer = session.request("tools/call", &json!({"name": call.tool, "arguments": arguments}));
        for pointer in &case.volatile {
            if let Some(value) = answer.as_mut().and_then(|answer| answer.pointer_mut(pointer)) {
                *value = json!("differs from run to run");
            }
        }
        answers.called.push(answer);
    }
    answers
}

struct Session {
    child: Child,
    lines: Receiver<String>,
    last: u64,
}

impl Session {
    fn with(mut child: Child) -> Self {
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, last: 0 }
    }

    /// Whether it could still be said.
    fn send(&mut self, message: &Value) -> bool {
        self.child.stdin.as_mut().is_some_and(|input| writeln!(input, "{message}").is_ok())
    }

    /// The result; nothing where there is none, or an error.
    fn request(&mut self, method: &str, params: &Value) -> Option<Value> {
        self.last += 1;
        if !self.send(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})) {
            return None;
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())).ok()?;
            let Ok(mut message) = serde_json::from_str::<Value>(&line) else { continue };
            if message["id"] == self.last && message.get("method").is_none() {
                return message.get_mut("result").map(Value::take);
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
