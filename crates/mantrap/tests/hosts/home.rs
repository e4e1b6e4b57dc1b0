//! A home in which three real servers are approved, as a user's: two from their registries and a program. It is made once and kept in the
//! build directory, because fetching is what takes time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::vectors::tools;

/// A server, how it is added, and how to see that it works. `{page}` is a file that it may read.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    add: &'static [&'static str],
    call: (&'static str, &'static str),
    /// What the call's result holds when it works.
    pub(crate) says: &'static str,
    pub(crate) prompt: Option<&'static str>,
    slow: Option<(&'static str, &'static str)>,
}

pub(crate) const SERVERS: [Server; 3] = [
    Server {
        name: "everything",
        add: &["npm:@modelcontextprotocol/server-everything@2026.8.31"],
        call: ("get-sum", r#"{"a": 40, "b": 2}"#),
        says: "42",
        prompt: Some("simple-prompt"),
        slow: Some(("trigger-long-running-operation", r#"{"duration": 20, "steps": 2}"#)),
    },
    Server {
        name: "time",
        add: &["pypi:mcp-server-time@2026.10.19"],
        call: (
            "convert_time",
            r#"{"source_timezone": "Etc/UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}"#,
        ),
        says: "T21:00:00+09:00",
        prompt: None,
        slow: None,
    },
    Server {
        name: "reader",
        add: &["bin:{tools}/servers/go/server", "--grant", "read {page}"],
        call: ("read", r#"{"path": "{page}"}"#),
        says: "a page that was granted",
        prompt: None,
        slow: None,
    },
];

impl Server {
    pub(crate) fn named(name: &str) -> &'static Self {
        SERVERS.iter().find(|server| server.name == name).unwrap()
    }

    /// The document of a visit to it, however it is started.
    pub(crate) fn document(&self, started: &Value, everything: bool, patience: u64) -> Value {
        let call = |(name, arguments): (&str, &str)| json!({ "name": name, "arguments": serde_json::from_str::<Value>(&fill(arguments)).unwrap() });
        let everything = everything.then(|| json!({ "prompt": self.prompt, "slow": self.slow.map(call) }));
        json!({ "server": started, "calls": [call(self.call)], "everything": everything, "patience": patience })
    }

    /// How it is started without mantrap: what the lock says, by hand.
    pub(crate) fn direct(&self) -> Value {
        let shown: Value =
            serde_json::from_str(&mantrap(&["show", self.name, "--format", "json"]).unwrap()).unwrap();
        let entry = &shown["entry"];
        let tree = entry["tree"].as_str().unwrap_or_default().trim_start_matches("tree:");
        let tree = home().join(".local/share/mantrap/store/trees").join(tree).join("tree");
        let arguments = entry["arguments"].as_array().into_iter().flatten();
        let arguments: Vec<String> =
            arguments.map(|one| one.as_str().unwrap().replace("{tree}", tree.to_str().unwrap())).collect();
        json!({ "command": entry["runtime"]["path"], "args": arguments, "env": {}, "cwd": "/" })
    }
}

/// The program that is tested: this build's, or the one that `MANTRAP_TESTED` names.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("MANTRAP_TESTED").map_or_else(|| env!("CARGO_BIN_EXE_mantrap").into(), PathBuf::from)
}

pub(crate) fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = directory().join("home");
        fs::create_dir_all(&home).unwrap();
        fs::write(directory().join("page.txt"), "a page that was granted").unwrap();
        let wanted: String = SERVERS.iter().map(|server| fill(&format!("{:?}\n", server.add))).collect();
        let stamp = directory().join("stamp");
        // A launch believes in a home that has its mark: docs/decisions/home.md.
        let there = fs::read_to_string(&stamp).is_ok_and(|there| there == wanted)
            && home.join(".config/mantrap/trust/home").exists();
        if !there || run(&home, &["lock", "verify"]).is_err() {
            let _ = Command::new("chmod").args(["-R", "u+w"]).arg(&home).status(); // trees are read-only
            fs::remove_dir_all(&home).unwrap();
            fs::create_dir(&home).unwrap();
            for server in &SERVERS {
                approve(&home, server);
            }
            fs::write(stamp, wanted).unwrap();
        }
        home
    })
}

/// What `mantrap` prints with these arguments in that home, or what it complains of.
pub(crate) fn mantrap(arguments: &[&str]) -> Result<String, String> {
    run(home(), arguments)
}

fn approve(home: &Path, server: &Server) {
    let mut add = vec!["add".to_owned(), server.name.to_owned(), "--format".to_owned(), "json".to_owned()];
    add.extend(server.add.iter().map(|word| fill(word)));
    let added = run(home, &add.iter().map(String::as_str).collect::<Vec<_>>())
        .unwrap_or_else(|error| panic!("{error}"));
    let added: Value = serde_json::from_str(&added).unwrap();
    run(home, &["approve", server.name, "--digest", added["digest"].as_str().unwrap()]).unwrap();
}

fn run(home: &Path, arguments: &[&str]) -> Result<String, String> {
    let path = std::env::var("PATH").unwrap();
    let done = Command::new(program())
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .current_dir(home)
        .output()
        .unwrap();
    if done.status.success() {
        Ok(String::from_utf8(done.stdout).unwrap())
    } else {
        Err(format!("mantrap {arguments:?}: {}", String::from_utf8_lossy(&done.stderr)))
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts")
}

fn fill(text: &str) -> String {
    text.replace("{page}", directory().join("page.txt").to_str().unwrap())
        .replace("{tools}", tools().to_str().unwrap())
}
