//! A small MCP client over a child's standard streams. Every wait has a deadline, and the child never outlives it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Enough for a cold Java on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// More of an error stream is of no use to a reader.
const KEPT: u64 = 64 << 10;

pub(crate) struct Session {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
    last_id: u64,
}

impl Session {
    pub(crate) fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        // Both threads end when the child's ends of the pipes are closed, at the latest by `drop`.
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut errors = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut kept = Vec::new();
            let _ = (&mut errors).take(KEPT).read_to_end(&mut kept);
            let _ = std::io::copy(&mut errors, &mut std::io::sink());
            String::from_utf8_lossy(&kept).into_owned()
        });
        let input = child.stdin.take();
        Self { child, input, lines, complaints: Some(complaints), last_id: 0 }
    }

    /// The handshake of the legacy era, which every SDK still answers.
    pub(crate) fn initialize(&mut self) -> Result<(), String> {
        let client = json!({ "name": "mantrap-test", "version": "0" });
        let wanted = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        let result = self.ask("initialize", &wanted)?;
        if result.get("serverInfo").is_none() {
            return Err(format!("no serverInfo in {result}"));
        }
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
    }

    /// The names of its tools.
    pub(crate) fn tools(&mut self) -> Result<Vec<String>, String> {
        let result = self.ask("tools/list", &json!({}))?;
        let tools =
            result.get("tools").and_then(Value::as_array).ok_or_else(|| format!("no tools in {result}"))?;
        Ok(tools.iter().filter_map(|tool| Some(tool.get("name")?.as_str()?.to_owned())).collect())
    }

    /// Calls a tool and answers its text.
    pub(crate) fn call(&mut self, tool: &str, arguments: &str) -> Result<String, String> {
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        let result = self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))?;
        let parts = result.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join("\n"))
    }

    /// Ends the child and gives what it wrote to its error stream and how it ended.
    pub(crate) fn end(&mut self) -> String {
        drop(self.input.take());
        let deadline = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let ended = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let complaints = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        format!("{complaints}\n({ended})")
    }

    fn ask(&mut self, method: &str, params: &Value) -> Result<Value, String> {
        self.last_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params }))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            let line =
                self.lines.recv_timeout(rest).map_err(|error| format!("no answer to {method}: {error}"))?;
            let message: Value =
                serde_json::from_str(&line).map_err(|error| format!("not a message: {error}: {line}"))?;
            if message.get("id").and_then(Value::as_u64) != Some(self.last_id) {
                continue;
            }
            return match message.get("result") {
                Some(result) => Ok(result.clone()),
                None => Err(message.to_string()),
            };
        }
    }

    fn send(&mut self, message: &Value) -> Result<(), String> {
        let input = self.input.as_mut().expect("the session has not ended");
        writeln!(input, "{message}")
            .and_then(|()| input.flush())
            .map_err(|error| format!("cannot write: {error}"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
