//! Files that are made from the code: help texts, manual pages, completions, rule pages. Drift fails; `UPDATE=1`
//! rewrites.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own tree, and starts what it tests"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mantrap_scan::finding::Severity;
use mantrap_scan::rules::{self, Meta};

/// A longer file of a case is named, not shown.
const MAX_EXAMPLE_LINES: usize = 40;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Compares `folder` with what it should hold; nothing else may be in it.
fn in_step(folder: &str, expected: &BTreeMap<String, String>) {
    let folder = repository().join(folder);
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in expected {
            fs::write(folder.join(name), text).unwrap();
        }
        return;
    }
    let mut wrong = Vec::new();
    for (name, text) in expected {
        if fs::read_to_string(folder.join(name)).unwrap_or_default() != *text {
            wrong.push(name.clone());
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !expected.contains_key(&name) {
            wrong.push(format!("{name} (belongs to nothing)"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}: run UPDATE=1 cargo test -p mantrap --test generated: {wrong:?}",
        folder.display()
    );
}

fn output(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mantrap"))
        .args(arguments)
        .env_clear()
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_texts_are_in_step() {
    let mut expected = BTreeMap::new();
    for command in [
        "",
        "audit",
        "jail",
        "run",
        "doctor",
        "list",
        "show",
        "diff",
        "add",
        "approve",
        "update",
        "revoke",
        "remove",
        "lock",
        "lock verify",
        "protect",
        "unprotect",
        "export",
        "journal",
        "journal show",
        "journal follow",
        "journal verify",
        "journal prove",
        "journal export",
        "explain",
        "rules",
        "advisories",
        "advisories list",
        "advisories update",
        "completions",
    ] {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let name = format!("mantrap {command}").trim().replace(' ', "-");
        expected.insert(format!("{name}.txt"), output(&arguments));
    }
    in_step("docs/help", &expected);
}

#[test]
fn manual_pages_are_in_step() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("man");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    output(&["man", folder.to_str().unwrap()]);
    let mut expected = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // The hidden command and the help of the help are nobody's page.
        if !name.contains("-man") && !name.contains("help") {
            expected.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    assert!(expected.contains_key("mantrap-audit.1"));
    in_step("packaging/man", &expected);
}

#[test]
fn completions_are_in_step() {
    let mut expected = BTreeMap::new();
    for (shell, name) in [
        ("bash", "mantrap.bash"),
        ("zsh", "_mantrap"),
        ("fish", "mantrap.fish"),
        ("powershell", "_mantrap.ps1"),
        ("elvish", "mantrap.elv"),
    ] {
        expected.insert(name.to_owned(), output(&["completions", shell]));
    }
    in_step("packaging/completions", &expected);
}

#[test]
fn rule_pages_are_in_step() {
    let mut expected = BTreeMap::new();
    let mut index = String::from(
        "# Rules\n\nOne page per rule. `mantrap explain RULE` prints the same without the examples.\n\n\
         | Rule | Worst | What it finds |\n|---|---|---|\n",
    );
    for meta in rules::ALL.iter().map(|rule| rule.meta) {
        writeln!(index, "| [`{id}`]({id}.md) | {} | {} |", severity(meta.worst), meta.title, id = meta.id)
            .unwrap();
        expected.insert(format!("{}.md", meta.id), page(meta));
    }
    expected.insert("README.md".to_owned(), index);
    in_step("docs/rules", &expected);
}

fn severity(severity: Severity) -> String {
    format!("{severity:?}").to_lowercase()
}

fn page(meta: &Meta) -> String {
    let mut out = String::new();
    let sentence = |text: &str| {
        let mut characters = text.chars();
        let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", characters.as_str().trim_end_matches('.'))
    };
    writeln!(out, "# `{}`: {}\n", meta.id, meta.title).unwrap();
    writeln!(out, "{}\n", sentence(meta.why)).unwrap();
    writeln!(out, "**Worst severity:** {}\n", severity(meta.worst)).unwrap();
    writeln!(out, "{}\n", meta.details).unwrap();
    writeln!(out, "## What to do\n\n{}\n", sentence(meta.remedy)).unwrap();
    for (prefix, heading) in [("bad-", "## Found"), ("good-", "## Not found")] {
        if let Some(example) = example(meta.id, prefix) {
            writeln!(out, "{heading}\n\n{example}").unwrap();
        }
    }
    writeln!(out, "## Mappings\n").unwrap();
    let mappings = &meta.mappings;
    for (framework, ids) in [
        ("OWASP MCP Top 10 (2025)", mappings.owasp_mcp),
        ("OWASP Top 10 for Agentic Applications (2026)", mappings.owasp_agentic),
        ("OWASP AISVS 1.0", mappings.aisvs),
        ("CWE", mappings.cwe),
        ("NIST CSF 2.0", mappings.csf),
    ] {
        if !ids.is_empty() {
            writeln!(out, "- {framework}: {}", ids.join(", ")).unwrap();
        }
    }
    writeln!(
        out,
        "\n## Exception\n\n```toml\n# mantrap.toml\n[[ignore]]\nrule = \"{}\"\nserver = \"NAME\"\nreason = \"why this is fine here\"\n\
         until = 2027-06-30\n```\n\n`docs/ignores.md` says more.",
        meta.id
    )
    .unwrap();
    out
}

/// The first case of a kind: its files, and for a bad one what the audit says.
fn example(id: &str, prefix: &str) -> Option<String> {
    let cases = repository().join("crates/scan/tests/rules").join(id);
    let mut folders: Vec<PathBuf> = fs::read_dir(cases).ok()?.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let case =
        folders.into_iter().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix))?;
    let mut out = String::new();
    for file in files(&case) {
        let name = file.strip_prefix(&case).unwrap().to_str().unwrap().to_owned();
        if name == "expected.txt" {
            continue;
        }
        let name = name.strip_prefix("home/").map_or(name.clone(), |below| format!("~/{below}"));
        match fs::read_to_string(&file) {
            Ok(text) if text.lines().count() <= MAX_EXAMPLE_LINES && text.len() < 4000 => {
                let fence = if text.contains("```") { "````" } else { "```" };
                let text: String = text.chars().map(shown).collect();
                writeln!(out, "`{name}`\n\n{fence}{}\n{}\n{fence}\n", language(&name), text.trim_end())
                    .unwrap();
            }
            _ => writeln!(out, "`{name}` (not shown)\n").unwrap(),
        }
    }
    if prefix == "bad-" {
        let said = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        let said: String = said.chars().map(shown).collect();
        writeln!(out, "What the audit says:\n\n```text\n{}\n```\n", said.trim_end()).unwrap();
    }
    Some(out)
}

/// A page must not do to its reader what the rule warns of.
fn shown(character: char) -> String {
    match character {
        '\n' | '\t' => character.to_string(),
        '\r' => String::new(),
        _ if mantrap_scan::excerpt::is_hidden(character) => format!("<U+{:04X}>", u32::from(character)),
        _ => character.to_string(),
    }
}

fn language(name: &str) -> &str {
    match name.rsplit('.').next() {
        Some("json" | "jsonc" | "code-workspace") => "json",
        Some("toml") => "toml",
        Some("yaml" | "yml") => "yaml",
        _ => "text",
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
