//! Lock files that are a list of `[[package]]` tables: Cargo, Poetry, uv, PDM and `pylock.toml` (PEP 751).
//!
//! Read line by line: these files are written by programs, are megabytes long, and only two members matter.

use super::Sink;
use crate::version::Ecosystem;

pub(super) fn cargo(text: &str, sink: &mut Sink) -> Result<(), String> {
    tables(text, Ecosystem::Cargo, sink)
}

pub(super) fn python(text: &str, sink: &mut Sink) -> Result<(), String> {
    tables(text, Ecosystem::Pypi, sink)
}

fn tables(text: &str, ecosystem: Ecosystem, sink: &mut Sink) -> Result<(), String> {
    let mut is_package = false;
    let mut name: Option<String> = None;
    let mut version: Option<String> = None;
    let mut in_multiline = false;
    for line in text.lines() {
        let line = line.trim();
        let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
        if in_multiline || quotes % 2 == 1 {
            in_multiline ^= quotes % 2 == 1;
            continue;
        }
        if line.starts_with('[') {
            if let (true, Some(name)) = (is_package, name.take()) {
                sink.push(ecosystem, &name, version.as_deref().unwrap_or_default());
            }
            version = None;
            is_package = matches!(line, "[[package]]" | "[[packages]]");
        } else if is_package && let Some((key, value)) = line.split_once('=') {
            match key.trim() {
                "name" => name = string(value),
                "version" => version = string(value),
                _ => {}
            }
        }
    }
    if let (true, Some(name)) = (is_package, name) {
        sink.push(ecosystem, &name, version.as_deref().unwrap_or_default());
    }
    match in_multiline {
        true => Err("a string does not end".to_owned()),
        false => Ok(()),
    }
}

/// The content of a one-line string.
fn string(value: &str) -> Option<String> {
    let value = value.trim();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split(quote).next().map(str::to_owned)
}
