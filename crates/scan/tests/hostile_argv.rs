//! Entries that are written to keep the reader busy: the time grows with their size, not with its square.

#![expect(clippy::unwrap_used, reason = "a test panics to fail, and writes what it audits")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mantrap_clients::discover::{Home, Os, Target};
use mantrap_scan::{Persona, Report, Request, audit};
use serde_json::json;

/// A hundred times what an unoptimised build needs on a slow machine; the square of these sizes needs minutes.
const PATIENCE: Duration = Duration::from_secs(60);

fn report(name: &str, command: &str, args: &[&str]) -> Report {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile-argv").join(name);
    fs::create_dir_all(&home).unwrap();
    let config = json!({ "mcpServers": { "a": { "command": command, "args": args } } });
    fs::write(home.join(".claude.json"), config.to_string()).unwrap();
    audit(&Request {
        target: Target {
            os: Os::Linux,
            root: None,
            homes: vec![Home { path: home, account: None, current: true }],
            environment: BTreeMap::new(),
        },
        folder: None,
        name: name.into(),
        processes: false,
        advisories: None,
        persona: Persona::Auditor,
        baseline: Default::default(),
        ignores: Default::default(),
        trust_ignores_in_files: false,
        keeper: None,
        today: "2026-11-21".into(),
    })
}

#[test]
fn an_argv_without_end_ends_and_is_reported() {
    let nested = "env -S ".repeat(150_000);
    let line = format!("node {}", "x ".repeat(100_000));
    for (name, command, args) in [
        ("wrappers", "nohup", vec!["nohup"; 100_000]),
        ("split-strings", "env", ["-S", "env -S "].repeat(50_000)),
        ("one-split-string", "env", vec!["-S", &nested]),
        ("line", line.as_str(), Vec::new()),
        ("executions", "find", vec!["-exec"; 100_000]),
        ("settings", "git", ["-c", "a; touch b"].repeat(50_000)),
    ] {
        let began = Instant::now();
        let report = report(name, command, &args);
        assert!(began.elapsed() < PATIENCE, "{name}: {:?}", began.elapsed());
        let is_said = report.findings.iter().any(|finding| finding.rule.id == "indirect-execution");
        assert!(is_said, "{name}");
    }
}
