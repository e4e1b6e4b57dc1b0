#![no_main]
//! Judges an argv by every rule. Lines of the input are the words: the program, its arguments; a line
//! `NAME=value` before the program is a variable, and the first byte chooses the system.

use std::path::Path;
use std::sync::LazyLock;

use mantrap_clients::catalog::clients;
use mantrap_clients::discover::Os;
use mantrap_clients::{Origin, Source, format, lower};
use mantrap_scan::advisory::Database;
use mantrap_scan::audit::judge;
use mantrap_scan::redaction::Redaction;
use mantrap_scan::rules::{Context, FileFacts, Files};

/// A file system where everything exists and nothing is open.
struct Closed;

impl Files for Closed {
    fn look(&self, _path: &Path) -> Option<FileFacts> {
        Some(FileFacts::default())
    }

    fn is_present(&self) -> bool {
        true
    }
}

static ADVISORIES: LazyLock<&'static Database> = LazyLock::new(Database::embedded);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((system, data)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n').peekable();
    let is_variable = |line: &&str| line.find('=').is_some_and(|at| at > 0) && !line.starts_with('-');
    let mut variables = serde_json::Map::new();
    while let Some(line) = lines.next_if(is_variable) {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        variables.insert(name.to_owned(), value.into());
    }
    let command = lines.next().unwrap_or_default();
    let args: Vec<&str> = lines.collect();
    let entry = serde_json::json!({ "mcpServers": { "x": { "command": command, "args": args, "env": variables } } });

    let client = clients().iter().find(|client| client.id == "claude-code").unwrap();
    let spec = &client.files[0];
    let source = Source::decode(Origin::file("/home/user/.claude.json"), entry.to_string().into_bytes()).unwrap();
    let document = format::parse(&source, spec.format).unwrap();
    let (config, ..) = lower::config(source.clone(), document, client, spec);
    assert_eq!(config.servers.len(), 1);
    let configs = [config];
    let os = [Os::Linux, Os::Macos, Os::Windows][usize::from(*system) % 3];
    let context = Context { fleet: &configs, os, advisories: *ADVISORIES, files: &Closed };
    for finding in judge(&context) {
        assert!(!finding.message.is_empty());
        for location in &finding.locations {
            let Some((_, place)) = &location.place else { continue };
            assert!(place.start <= place.end, "{} is backwards", finding.rule.id);
            assert!(source.text.get(place.range()).is_some(), "{} is not in the text", finding.rule.id);
        }
    }
    Redaction::of(&configs);
});
