//! A home of the test's own with approved servers, and a small client. Every wait has a deadline, and no child outlives it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Desk {
    root: PathBuf,
}

impl Desk {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("mantrap-run-{}-{number}", std::process::id()));
        fs::create_dir_all(root.join("home")).unwrap();
        let desk = Self { root: root.canonicalize().unwrap() };
        for place in ["", "home"] {
            fs::set_permissions(desk.join(place), fs::Permissions::from_mode(0o755)).unwrap();
        }
        desk.write("probe.py", include_str!("probe.py"));
        desk
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A file that nobody else may change, whatever the umask.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.join(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mantrap"));
        command.args(arguments).env_clear().env("HOME", self.join("home")).env("PATH", "/usr/bin:/bin");
        command.current_dir(self.join("home"));
        command
    }

    pub(crate) fn mantrap(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Adds a server and approves it. The words are those of `mantrap add` behind the name.
    pub(crate) fn approved(&self, name: &str, words: &[&str]) {
        let added = self.mantrap(&[&["add", name, "--format", "json"], words].concat());
        assert!(added.status.success(), "{}", text(&added.stderr));
        self.approve(name);
    }

    pub(crate) fn approve(&self, name: &str) {
        let shown: Value =
            serde_json::from_slice(&self.mantrap(&["show", name, "--format", "json"]).stdout).unwrap();
        let digest = shown["digest"].as_str().unwrap();
        let approved = self.mantrap(&["approve", name, "--digest", digest]);
        assert!(approved.status.success(), "{}", text(&approved.stderr));
    }

    /// Adds the probe in this mode, with these grants, and approves it.
    pub(crate) fn probe(&self, name: &str, mode: &[&str], grants: &[&str]) {
        self.probe_with(name, mode, grants, &[]);
    }

    /// The same with other options of `mantrap add`.
    pub(crate) fn probe_with(&self, name: &str, mode: &[&str], grants: &[&str], options: &[&str]) {
        let script = format!("script:{}", self.join("probe.py").display());
        let python = fs::canonicalize("/usr/bin/python3").unwrap().display().to_string();
        let mut words = vec![script.as_str(), "--runtime", &python, "--no-probe"];
        grants.iter().for_each(|grant| words.extend(["--grant", grant]));
        words.extend(options);
        words.push("--");
        words.extend(mode);
        self.approved(name, &words);
    }

    /// What the journal holds: every record, oldest first.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let shown = self.mantrap(&["journal", "show", "--all", "--format", "json"]);
        let lines = text(&shown.stdout);
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].clone()).collect()
    }

    /// The launches and their outcomes, oldest first.
    pub(crate) fn launches(&self) -> Vec<Value> {
        let records = self.journal();
        let is_of_a_launch =
            |record: &Value| record["act"] == json!("launch") || record["kind"] == json!("outcome");
        records.into_iter().filter(is_of_a_launch).collect()
    }

    pub(crate) fn outcome(&self) -> Value {
        let last = self.launches().pop().unwrap_or_default();
        assert_eq!(last["kind"], json!("outcome"), "{last}");
        last
    }

    pub(crate) fn start(&self, name: &str) -> Client {
        Client::start(self.command(&["run", name]))
    }

    /// The processes that execute one of this desk's servers, seen from outside.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let mark = self.join("probe.py").display().to_string();
        let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let alive = !fs::read_to_string(format!("/proc/{pid}/stat")).ok()?.contains(") Z ");
            (alive && text(&words).contains(&mark)).then_some(pid)
        });
        pids.collect()
    }

    pub(crate) fn wait_until_nothing_runs(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.processes().is_empty() {
            assert!(Instant::now() < deadline, "{:?} still run", self.processes());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A client at the other end of `mantrap run`, or of a server itself.
pub(crate) struct Client {
    pub(crate) child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
    last_id: u64,
}

pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) err: String,
    /// What came and nobody took.
    pub(crate) lines: Vec<String>,
}

impl Client {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                if sender.send(text(&std::mem::take(&mut line))).is_err() {
                    break;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut kept = Vec::new();
            let _ = errors.read_to_end(&mut kept);
            text(&kept)
        });
        let input = child.stdin.take();
        Self { child, input, lines, complaints: Some(complaints), last_id: 0 }
    }

    pub(crate) fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).and_then(|()| input.write_all(b"\n")).unwrap();
    }

    /// The next line, with its end.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line")
    }

    pub(crate) fn line_within(&self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    pub(crate) fn request(&mut self, method: &str, params: &Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        id
    }

    /// Asks, and gives the answer; what comes in between is passed over.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = self.request(method, params);
        loop {
            let line = self.line();
            let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"));
            if message.get("id") == Some(&json!(id)) {
                return message;
            }
        }
    }

    pub(crate) fn initialize(&mut self) -> Value {
        let client = json!({ "name": "test-client", "version": "7" });
        let wanted = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        let answer = self.ask("initialize", &wanted);
        self.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        answer
    }

    /// Calls a tool of the probe; its text.
    pub(crate) fn call(&mut self, name: &str, arguments: &Value) -> String {
        let answer = self.ask("tools/call", &json!({ "name": name, "arguments": arguments }));
        answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits for its end, without closing anything.
    pub(crate) fn wait(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let err = self.complaints.take().unwrap().join().unwrap();
        Ended { code: status.code(), err, lines: self.lines.iter().collect() }
    }

    pub(crate) fn end(mut self) -> Ended {
        self.close_input();
        self.wait()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a process of this number is there, and no zombie.
pub(crate) fn is_alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
        && !fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default().contains(") Z ")
}
