//! Configurations as servers' and clients' own documentation shows them: nothing in them is reported at confidence
//! high and severity high or above, unless `agreed.toml` says why a person agrees.
//!
//! Each file is audited twice, in its user's home and in a repository; `real-world/RESULTS.md` lists what was said
//! and `UPDATE=1` rewrites it. A file is called `<name>.<client>.<extension>`; the table below says where that client
//! keeps it. No file of this machine is looked at.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and reads its own tree"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Home, Os, Target};
use mantrap_scan::{Confidence, Persona, Report, Request, Severity, audit};

/// A client: its name in file names, its file below the home, its file below a project.
const CLIENTS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("claude-code", Some(".claude.json"), Some(".mcp.json")),
    ("claude-desktop", Some(".config/Claude/claude_desktop_config.json"), Some(".mcp.json")),
    (
        "cline",
        Some(".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
        Some(".mcp.json"),
    ),
    ("codex", Some(".codex/config.toml"), Some(".codex/config.toml")),
    ("continue", Some(".continue/config.yaml"), Some(".continue/mcpServers/servers.yaml")),
    ("copilot", Some(".copilot/mcp-config.json"), Some(".mcp.json")),
    ("crush", Some(".config/crush/crush.json"), Some("crush.json")),
    ("cursor", Some(".cursor/mcp.json"), Some(".cursor/mcp.json")),
    ("devcontainer", None, Some(".devcontainer/devcontainer.json")),
    ("gemini", Some(".gemini/settings.json"), Some(".gemini/settings.json")),
    ("goose", Some(".config/goose/config.yaml"), None),
    ("kiro", Some(".kiro/settings/mcp.json"), Some(".kiro/settings/mcp.json")),
    ("manifest", Some("Library/Application Support/Claude/Claude Extensions/one/manifest.json"), None),
    ("opencode", Some(".config/opencode/opencode.json"), Some("opencode.json")),
    ("vibe", Some(".vibe/config.toml"), Some(".vibe/config.toml")),
    ("vscode", Some(".config/Code/User/mcp.json"), Some(".vscode/mcp.json")),
    ("vscode-settings", Some(".config/Code/User/settings.json"), Some(".vscode/settings.json")),
    ("windsurf", Some(".codeium/windsurf/mcp_config.json"), Some(".mcp.json")),
    ("zed", Some(".config/zed/settings.json"), Some(".zed/settings.json")),
];

/// One finding that a person read and agreed with.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreed {
    file: String,
    rule: String,
    why: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
    #[serde(default)]
    agreed: Vec<Agreed>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real-world")
}

/// The configs, by name.
fn files() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.split('.').count() == 3)
        .collect();
    names.sort();
    names
}

/// Audits one file as `place` in a home, or in a repository.
fn report(name: &str, place: &str, is_home: bool) -> Report {
    let scope = if is_home { "home" } else { "project" };
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("real-world").join(scope).join(name);
    let _ = fs::remove_dir_all(&root);
    let base = root.join("home/user");
    let file = base.join(place);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::copy(folder().join(name), &file).unwrap();
    let os = if place.starts_with("Library") { Os::Macos } else { Os::Linux };
    audit(&Request {
        target: Target {
            os,
            root: Some(root),
            homes: vec![Home { path: "/home/user".into(), account: None, current: true }],
            environment: BTreeMap::new(),
        },
        folder: (!is_home).then_some(base),
        name: name.to_owned(),
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

/// What was said about one file in one scope, and the rules that only an agreement allows.
fn judge(
    name: &str,
    place: Option<&str>,
    is_home: bool,
    wrong: &mut String,
) -> (String, BTreeSet<&'static str>) {
    let Some(place) = place else {
        return ("-".into(), BTreeSet::new());
    };
    let report = report(name, place, is_home);
    if report.servers() == 0 {
        writeln!(wrong, "{name}: nothing was discovered at `{place}`: {:?}", report.problems).unwrap();
    }
    let mut counts: BTreeMap<(std::cmp::Reverse<Severity>, &str, Confidence), usize> = BTreeMap::new();
    let mut loud = BTreeSet::new();
    for finding in &report.findings {
        let key = (std::cmp::Reverse(finding.severity), finding.rule.id, finding.confidence);
        *counts.entry(key).or_default() += 1;
        if finding.severity >= Severity::High && finding.confidence == Confidence::High {
            loud.insert(finding.rule.id);
        }
    }
    let said: Vec<String> = counts
        .iter()
        .map(|((severity, rule, confidence), count)| {
            let times = if *count > 1 { format!(" ×{count}") } else { String::new() };
            format!("`{rule}` {:?}/{confidence:?}{times}", severity.0).to_lowercase()
        })
        .collect();
    let said = if said.is_empty() { "nothing".into() } else { said.join("<br>") };
    (said, loud)
}

#[test]
fn documented_configurations_are_not_called_dangerous_without_a_person_agreeing() {
    let agreement: Agreement = toml::from_str(&fs::read_to_string(folder().join("agreed.toml")).unwrap())
        .unwrap_or_else(|error| panic!("agreed.toml: {error}"));
    let mut unused: BTreeSet<(&str, &str)> = BTreeSet::new();
    for agreed in &agreement.agreed {
        assert!(!agreed.why.is_empty(), "{}: no reason", agreed.file);
        let is_new = unused.insert((&agreed.file, &agreed.rule));
        assert!(is_new, "{} {}: agreed twice", agreed.file, agreed.rule);
    }
    let agreed = unused.clone();

    let mut wrong = String::new();
    let mut rows = String::new();
    let (mut quiet, mut allowed) = (0, 0);
    let names = files();
    for name in &names {
        let client = name.split('.').nth(1).unwrap();
        let (_, home, project) = CLIENTS
            .iter()
            .find(|(id, ..)| *id == client)
            .unwrap_or_else(|| panic!("{name}: no client is called `{client}` here"));
        let (at_home, mut loud) = judge(name, *home, true, &mut wrong);
        let (in_project, more) = judge(name, *project, false, &mut wrong);
        loud.extend(more);
        quiet += usize::from(loud.is_empty());
        for rule in loud {
            unused.remove(&(name, rule));
            if agreed.contains(&(name.as_str(), rule)) {
                allowed += 1;
            } else {
                writeln!(wrong, "{name}: `{rule}` at confidence high, severity high or above").unwrap();
            }
        }
        writeln!(rows, "| `{name}` | {at_home} | {in_project} |").unwrap();
    }
    for (file, rule) in &unused {
        writeln!(wrong, "agreed.toml: `{rule}` is not reported for {file} any more; remove the entry")
            .unwrap();
    }
    let summary = format!(
        "**{} configurations; {quiet} without a finding of confidence high at severity high or above; \
         {allowed} such findings agreed.**",
        names.len()
    );
    println!("{summary}");
    let page = format!(
        "# What the audit says about documented configurations\n\n\
         <!-- Written by `UPDATE=1 cargo test -p mantrap-scan --test real_world`. -->\n\n\
         {summary}\n\n\
         Severity and confidence behind each rule, for every persona. Sources are in `SOURCES.md`, agreements in\n\
         `agreed.toml`.\n\n\
         | file | in a home | in a repository |\n|---|---|---|\n{rows}"
    );
    let file = folder().join("RESULTS.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, page).unwrap();
    } else if fs::read_to_string(file).unwrap_or_default() != page {
        wrong += "RESULTS.md is out of step; rewrite it with UPDATE=1\n";
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_configuration_has_a_source() {
    let sources = fs::read_to_string(folder().join("SOURCES.md")).unwrap();
    let names = files();
    assert!(names.len() >= 50);
    for name in &names {
        assert!(sources.contains(&format!("| `{name}` |")), "{name}");
    }
    assert_eq!(sources.matches("<https://").count(), names.len(), "a source without a file");
}
