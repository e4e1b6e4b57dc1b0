//! What the benchmark measures: `append DIR THREADS SECONDS` (durable intents), `fill DIR COUNT`, `verify DIR`. Prints one JSON
//! object.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program for the benchmark panics to fail"
)]

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mantrap_journal::{Intent, Journal, Process, Reader, Record, Says, Trust, Who, verify};

/// An intent as a launch writes it, about 700 bytes.
fn intent(nth: u64) -> Record {
    let process = |pid, name: &str| Process { pid, name: name.into(), ..Process::default() };
    Record::now(Says::Intent(Box::new(Intent {
        act: "launch".into(),
        entry: Some(format!("server-{}", nth % 20)),
        who: Who {
            user: Some("ada".into()),
            client: Some("claude-code".into()),
            ancestry: vec![process(4711, "claude"), process(4700, "bash"), process(1200, "tmux: server")],
            ..Who::default()
        },
        plan: serde_json::json!({ "executable": "/usr/bin/node", "arguments": ["dist/index.js", "/home/ada/project"] }),
        digest: Some("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into()),
        approvals: vec![serde_json::json!({ "by": "ada", "at": "2026-11-21T10:00:00Z", "lock": "user" })],
        rights: ["read /home/ada/project", "memory 512M", "pids 64", "net api.example.com:443"]
            .map(Into::into)
            .into(),
        ..Intent::default()
    })))
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let directory = Path::new(&arguments[2]);
    let number = |at: usize| arguments[at].parse::<u64>().unwrap();
    let report = match arguments[1].as_str() {
        "append" => append(&Journal::open(directory).unwrap(), number(3), Duration::from_secs(number(4))),
        "fill" => {
            let journal = Journal::open(directory).unwrap();
            let there = Reader::open(directory).unwrap().len();
            for begin in (there..number(3)).step_by(4096) {
                let records: Vec<Record> = (begin..number(3).min(begin + 4096)).map(intent).collect();
                journal.append_all(&records).unwrap();
            }
            serde_json::json!({ "records": Reader::open(directory).unwrap().len() })
        }
        _ => {
            let start = Instant::now();
            let account = verify(directory, &Trust::default()).unwrap();
            assert!(account.holds(), "{:?}", account.problems);
            serde_json::json!({ "records": account.records, "seconds": start.elapsed().as_secs_f64() })
        }
    };
    println!("{report}");
}

fn append(journal: &Journal, threads: u64, time: Duration) -> serde_json::Value {
    let latencies = Mutex::new(Vec::new());
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let latencies = &latencies;
            scope.spawn(move || {
                let mut own = Vec::new();
                while start.elapsed() < time {
                    let begin = Instant::now();
                    journal.append(&intent(thread)).unwrap();
                    own.push(begin.elapsed());
                }
                latencies.lock().unwrap().extend(own);
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let mut latencies = latencies.into_inner().unwrap();
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    serde_json::json!({
        "durable": latencies.len(), "seconds": seconds, "per_second": latencies.len() as f64 / seconds,
        "p50_ms": at(50), "p99_ms": at(99), "bytes": serde_json::to_vec(&intent(0)).unwrap().len(),
    })
}
