//! A home of the test's own with an approved server, and a client of it. Every wait has a deadline.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Desk(PathBuf);

impl Desk {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("mantrap-judged-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let desk = Self(root.canonicalize().unwrap());
        desk.write("probe.py", include_str!("probe.py"));
        fs::set_permissions(&desk.0, fs::Permissions::from_mode(0o755)).unwrap();
        desk
    }

    /// A file that nobody else may change, with the directories above it.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.0.join(path);
        for directory in path.parent().unwrap().ancestors().take_while(|above| above.starts_with(&self.0)) {
            fs::create_dir_all(directory).unwrap();
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        path
    }

    pub(crate) fn policy(&self, name: &str, text: &str) -> PathBuf {
        self.write(&format!(".config/mantrap/policy/{name}"), text)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mantrap"));
        command.args(arguments).env_clear().env("HOME", &self.0).env("PATH", "/usr/bin:/bin");
        command.current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub(crate) fn mantrap(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints, which has to end with this code.
    pub(crate) fn says(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.mantrap(arguments);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    /// Adds the probe in a mode, with pins where there are any, and approves it.
    pub(crate) fn approved(&self, mode: &str, tools: &[(&str, &str)]) {
        let script = format!("script:{}", self.0.join("probe.py").display());
        let python = fs::canonicalize("/usr/bin/python3").unwrap().display().to_string();
        let add = ["add", "srv", &script, "--runtime", &python, "--no-probe", "--", mode];
        self.says(0, &add);
        if !tools.is_empty() {
            let lock = self.0.join(".config/mantrap/mantrap.lock");
            let pins: Vec<String> =
                tools.iter().map(|(name, digest)| format!("{name:?} = {digest:?}\n")).collect();
            let with =
                format!("{}\n[server.srv.tools]\n{}", fs::read_to_string(&lock).unwrap(), pins.concat());
            fs::write(&lock, with).unwrap();
        }
        let shown: Value = serde_json::from_str(&self.says(0, &["show", "srv", "--format", "json"])).unwrap();
        self.says(0, &["approve", "srv", "--digest", shown["digest"].as_str().unwrap()]);
    }

    pub(crate) fn start(&self, capabilities: &Value) -> Client {
        let mut client = Client::start(self.command(&["run", "srv"]));
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": capabilities,
            "clientInfo": {"name": "t", "version": "1"}});
        assert!(client.ask("initialize", &hello)["result"].is_object());
        client
    }

    /// A client of revision 2026-07-28, in which nobody shakes hands.
    pub(crate) fn start_modern(&self) -> Client {
        Client::start(self.command(&["run", "srv"]))
    }

    /// The verdicts in the journal, oldest first.
    pub(crate) fn verdicts(&self) -> Vec<Value> {
        let shown = self.says(0, &["journal", "show", "--all", "--format", "json"]);
        let records =
            shown.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].clone());
        records.filter(|record| record["kind"] == json!("verdict")).collect()
    }

    /// Types at a terminal in front of `mantrap approvals`.
    pub(crate) fn types(&self, answer: &str) -> String {
        let program = env!("CARGO_BIN_EXE_mantrap");
        let spawn = "import pty,sys; sys.exit(pty.spawn(sys.argv[1:]))";
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-c", spawn, program, "approvals"]).env_clear().env("HOME", &self.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(format!("{answer}\n").as_bytes()).unwrap();
        text(&child.wait_with_output().unwrap().stdout)
    }

    /// Waits until a question waits.
    pub(crate) fn question(&self) -> Value {
        for _ in 0..600 {
            let listed = self.says(0, &["approvals", "--list", "json"]);
            let mut listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
            if let Some(asked) = listed.pop() {
                return asked;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nothing waits");
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Value>,
    last: u64,
}

impl Client {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let read =
                output.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
            read.take_while(|line: &Value| sender.send(line.clone()).is_ok()).count();
        });
        Self { input: child.stdin.take(), child, lines, last: 0 }
    }

    pub(crate) fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    pub(crate) fn line(&self) -> Value {
        self.lines.recv_timeout(PATIENCE).expect("a line")
    }

    /// Asks and does not wait.
    pub(crate) fn begin(&mut self, method: &str, params: &Value) {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }

    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.begin(method, params);
        let answer = self.line();
        assert_eq!(answer["id"], json!(self.last), "{answer}");
        answer
    }

    /// Calls a tool; the text that the model reads.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> String {
        said(&self.ask("tools/call", &json!({"name": tool, "arguments": arguments})))
    }

    /// Leaves, and gives what was printed to the error stream.
    pub(crate) fn leave(mut self) -> String {
        drop(self.input.take());
        let mut errors = String::new();
        let _ = self.child.stderr.take().unwrap().read_to_string(&mut errors);
        self.child.wait().unwrap();
        errors
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn said(answer: &Value) -> String {
    answer["result"]["content"][0]["text"].as_str().map_or_else(|| answer.to_string(), str::to_owned)
}
