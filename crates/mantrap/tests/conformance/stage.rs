//! What a suite needs around it: a home with two approved servers, the bridge, and an end for everything that was started.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// For one call of a suite. All of it takes seconds; a machine that does much else is slower.
const PATIENCE: Duration = Duration::from_secs(100);

/// With mantrap between the two, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    Through,
}

/// A place of a test's own, gone when it is over.
pub(crate) struct Stage {
    root: PathBuf,
    tools: PathBuf,
    folders: AtomicUsize,
    /// Where the relay finds the suite's servers.
    connect: Option<Bridge>,
}

impl Stage {
    /// With the fixture approved as `fixture`, and as `relay` what brings a client to the suite's servers.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("mantrap-conformance-{}-{number}", std::process::id()));
        fs::create_dir_all(root.join("home")).unwrap();
        let root = root.canonicalize().unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(root.join("home"), fs::Permissions::from_mode(0o755)).unwrap();
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/conformance");
        assert!(
            tools.join("fixture/.stamp").exists(),
            "no suites: run `scripts/conformance`, or let `make test` do it"
        );
        let tools = tools.canonicalize().unwrap();
        let mut stage = Self { root, tools, folders: AtomicUsize::new(0), connect: None };
        stage.connect = Some(Bridge::start(&stage, &["connect", stage.socket().to_str().unwrap()]));
        let program = format!("bin:{}", stage.fixture().display());
        let socket = stage.socket().display().to_string();
        let reaches = format!("socket {socket}");
        stage.approve("fixture", &[&program, "--", "server"]);
        let grants = ["--grant", &reaches, "--grant", "env MCP_CONFORMANCE_URL"];
        stage.approve("relay", &[&[program.as_str()], &grants[..], &["--", "relay", &socket]].concat());
        stage
    }

    pub(crate) fn fixture(&self) -> PathBuf {
        self.tools.join("fixture/fixture")
    }

    /// An empty folder for what a suite writes.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.root.join(self.folders.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// The command of a server that is the suite's.
    pub(crate) fn relay(&self, way: Way) -> Vec<String> {
        let direct = ["relay".to_owned(), self.socket().display().to_string()];
        self.command(way, "relay", &direct)
    }

    /// Runs a suite to its end. What it found is in its files, so its exit code says nothing more.
    pub(crate) fn suite(&self, package: &str, words: &[&str]) {
        let program = self.tools.join(format!("suites/node_modules/{package}/dist/index.js"));
        let log = fs::File::create(self.folder().join("log")).unwrap();
        let mut child = self
            .clean(&self.tools.join("suites/node"))
            .arg(program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{package} {words:?} does not end");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn socket(&self) -> PathBuf {
        self.root.join("bridge.sock")
    }

    fn command(&self, way: Way, name: &str, direct: &[String]) -> Vec<String> {
        match way {
            Way::Direct => [&[self.fixture().display().to_string()], direct].concat(),
            Way::Through => [env!("CARGO_BIN_EXE_mantrap"), "run", name].map(str::to_owned).to_vec(),
        }
    }

    fn clean(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.root.join("home")).env("PATH", "/usr/bin:/bin");
        command.current_dir(&self.root);
        command
    }

    fn approve(&self, name: &str, words: &[&str]) {
        let mantrap = |words: &[&str]| {
            let done = self
                .clean(Path::new(env!("CARGO_BIN_EXE_mantrap")))
                .args(words)
                .stdin(Stdio::null())
                .output();
            let done = done.unwrap();
            assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
            serde_json::from_slice::<Value>(&done.stdout).unwrap_or_default()
        };
        mantrap(&[&["add", name, "--format", "json"], words].concat());
        let shown = mantrap(&["show", name, "--format", "json"]);
        mantrap(&["approve", name, "--digest", shown["digest"].as_str().unwrap()]);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.connect = None;
        // What a suite and its sides said stays where a test failed.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// One `bridge.mjs`.
pub(crate) struct Bridge {
    child: Child,
    address: String,
}

impl Bridge {
    /// Over HTTP, the fixture.
    pub(crate) fn serve(stage: &Stage, way: Way) -> Self {
        let command = stage.command(way, "fixture", &["server".to_owned()]);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        Self::start(stage, &[&["serve"], words.as_slice()].concat())
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn start(stage: &Stage, words: &[&str]) -> Self {
        let mut child = stage
            .clean(&stage.tools.join("suites/node"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/bridge.mjs"))
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(!address.is_empty(), "the bridge does not start: {words:?}");
        Self { child, address: address.trim_end().to_owned() }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // Its processes end with their input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
