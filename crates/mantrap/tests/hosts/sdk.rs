//! The hosts: one on each official SDK that starts servers, and how a number of documents is handed to one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::vectors::tools;

/// One host. In its command `{hosts}` is where `scripts/hosts` put it.
pub(crate) struct Sdk {
    /// What it is called in `vectors.toml` and in the table.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    command: &'static [&'static str],
}

/// Every official SDK that starts servers or, as Kotlin's, shows an application how to. The C#, Ruby and PHP SDKs start them
/// too and have no host here; Swift's does not.
pub(crate) const SDKS: &[Sdk] = &[
    Sdk {
        name: "Python 1",
        version: "mcp 1.30.0",
        command: &["{hosts}/python1/bin/python", "-B", "{sources}/python1/host.py"],
    },
    Sdk {
        name: "Python 2",
        version: "mcp 2.3.0",
        command: &["{hosts}/python2/bin/python", "-B", "{sources}/python2/host.py"],
    },
    Sdk {
        name: "TypeScript 1",
        version: "@modelcontextprotocol/sdk 1.32.2",
        command: &["node", "{hosts}/typescript/host.mjs", "1"],
    },
    Sdk {
        name: "TypeScript 2 legacy",
        version: "@modelcontextprotocol/client 2.4.0, `legacy`",
        command: &["node", "{hosts}/typescript/host.mjs", "2", "legacy"],
    },
    Sdk {
        name: "TypeScript 2 auto",
        version: "@modelcontextprotocol/client 2.4.0, `auto`",
        command: &["node", "{hosts}/typescript/host.mjs", "2", "auto"],
    },
    Sdk { name: "Rust", version: "rmcp 3.9.0", command: &["{hosts}/rust/host"] },
    Sdk {
        name: "Java",
        version: "io.modelcontextprotocol.sdk:mcp 2.1.0",
        command: &["java", "-Xshare:auto", "-cp", "{hosts}/java/lib/*:{hosts}/java/classes", "Host"],
    },
    Sdk {
        name: "Go",
        version: "github.com/modelcontextprotocol/go-sdk v1.8.0",
        command: &["{hosts}/go/host"],
    },
    Sdk {
        name: "Kotlin",
        version: "io.modelcontextprotocol:kotlin-sdk 0.16.0",
        command: &[
            "java",
            "-Dkotlin-logging.logStartupMessage=false",
            "-cp",
            "{hosts}/kotlin/lib/*:{hosts}/kotlin/classes",
            "HostKt",
        ],
    },
];

/// What a start may take is a matter of seconds, and machines have two processors.
const AT_ONCE: usize = 3;

/// What comes of each of the hosts, a few of them at a time.
pub(crate) fn of_each<T: Send>(hosts: &[&'static Sdk], play: impl Fn(&'static Sdk) -> T + Sync) -> Vec<T> {
    let waiting = Mutex::new(hosts.iter().enumerate());
    let next = || waiting.lock().unwrap().next();
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((number, host)) = next() {
                    let came = play(host);
                    done.lock().unwrap().insert(number, came);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

/// More of an error stream is of no use to a reader.
const KEPT: u64 = 16 << 10;

impl Sdk {
    /// Hands every document to one process of the host, and gives an answer for each: the host's, or `failed`. `home` is the
    /// host's own.
    pub(crate) fn visit(&self, documents: &[Value], home: &Path, patience: Duration) -> Vec<Value> {
        self.visit_beneath(&[], documents, home, patience)
    }

    /// The same, with the host started by these words.
    pub(crate) fn visit_beneath(
        &self,
        beneath: &[String],
        documents: &[Value],
        home: &Path,
        patience: Duration,
    ) -> Vec<Value> {
        let hosts = tools().join("hosts");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts/sdk");
        let own = self.command.iter().map(|word| {
            word.replace("{hosts}", hosts.to_str().unwrap()).replace("{sources}", sources.to_str().unwrap())
        });
        let words: Vec<String> = beneath.iter().cloned().chain(own).collect();
        let path = std::env::var("PATH").unwrap();
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .env("PATH", format!("{}:{path}", hosts.join("launchers/bin").display()))
            .env("HOME", home)
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start the host on {}: {error}", self.name));

        // All threads end with the child, which this function ends.
        let lines: String = documents.iter().map(|document| format!("{document}\n")).collect();
        let mut input = child.stdin.take().unwrap();
        std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let mut errors = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut kept = Vec::new();
            let _ = (&mut errors).take(KEPT).read_to_end(&mut kept);
            let _ = std::io::copy(&mut errors, &mut std::io::sink());
            String::from_utf8_lossy(&kept).into_owned()
        });
        let (sender, answers) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });

        let deadline = Instant::now() + patience;
        let mut given = Vec::new();
        while given.len() < documents.len() {
            let rest = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = answers.recv_timeout(rest) else { break };
            given.push(
                serde_json::from_str(&line)
                    .unwrap_or_else(|error| json!({ "failed": format!("{error}: {line}") })),
            );
        }
        // A host ends with its input; a supervisor has something to say then.
        for _ in 0..if beneath.is_empty() { 0 } else { 200 } {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = child.kill();
        let _ = child.wait();
        let took = patience.saturating_sub(deadline.saturating_duration_since(Instant::now()));
        eprintln!("{}: {} of {} documents in {took:.1?}", self.name, given.len(), documents.len());
        if given.len() < documents.len() {
            // What a host started may hold its error stream open: its words are wanted only if they are all there.
            let said =
                if complaints.is_finished() { complaints.join().unwrap_or_default() } else { String::new() };
            eprintln!("the host on {} answered {} of {}: {said}", self.name, given.len(), documents.len());
        }
        given.resize(documents.len(), json!({ "failed": "the host gave no answer" }));
        given
    }
}
