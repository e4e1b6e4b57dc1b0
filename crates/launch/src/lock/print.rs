//! The canonical text of a lock: one field per line, one item of a list per line, everything sorted that has no order of
//! its own, and no character that a reader of a difference would not see.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write as _};

use super::{Entry, Lock, Parameter, Rules, Type, VERSION};
use crate::is_hidden;

pub(super) fn lock(lock: &Lock, out: &mut Formatter<'_>) -> fmt::Result {
    writeln!(
        out,
        "# What mantrap may launch, and with which rights. The format: docs/lock-format.md of mantrap."
    )?;
    writeln!(out, "version = {VERSION}")?;
    rules(&lock.rules, out)?;
    for (name, entry) in &lock.servers {
        server(&key(name.as_str()), entry, out)?;
    }
    Ok(())
}

fn rules(rules: &Rules, out: &mut Formatter<'_>) -> fmt::Result {
    if *rules == Rules::default() {
        return Ok(());
    }
    writeln!(out, "\n[rules]")?;
    if let Some(scopes) = &rules.scopes {
        let scopes: Vec<String> = scopes.iter().map(|scope| string(scope.word())).collect();
        writeln!(out, "scopes = [{}]", scopes.join(", "))?;
    }
    if rules.signature { writeln!(out, "signature = \"required\"") } else { Ok(()) }
}

fn server(name: &str, entry: &Entry, out: &mut Formatter<'_>) -> fmt::Result {
    writeln!(out, "\n[server.{name}]\nsource = {}", string(&entry.source.to_string()))?;
    if let Some(integrity) = &entry.integrity {
        writeln!(out, "integrity = {}", string(integrity))?;
    }
    if let Some(tree) = &entry.tree {
        writeln!(out, "tree = \"{tree}\"")?;
    }
    list("arguments", entry.arguments.iter().map(|argument| argument.as_str()), out)?;
    if let Some(directory) = &entry.directory {
        writeln!(out, "directory = {}", string(directory.as_str()))?;
    }
    if let Some(deadline) = entry.deadline {
        writeln!(out, "deadline = \"{deadline}\"")?;
    }
    list("grants", entry.grants.iter().map(|grant| grant.as_str()), out)?;
    list("waivers", entry.waivers.iter().map(|waiver| waiver.word()), out)?;
    list("provenance", entry.provenance.iter().map(String::as_str), out)?;
    if let Some(runtime) = &entry.runtime {
        writeln!(out, "\n[server.{name}.runtime]\npath = {}", string(runtime.path.as_str()))?;
        writeln!(out, "digest = \"{}\"", runtime.digest)?;
        if let Some(version) = &runtime.version {
            writeln!(out, "version = {}", string(version))?;
        }
        if let Some(called) = &runtime.called {
            writeln!(out, "called = {}", string(called))?;
        }
    }
    let files = entry.files.iter().map(|(path, digest)| (path.as_str(), digest));
    table(&format!("server.{name}.files"), files, out)?;
    parameters(name, &entry.parameters, out)?;
    table(
        &format!("server.{name}.tools"),
        entry.tools.iter().map(|(tool, digest)| (tool.as_str(), digest)),
        out,
    )?;
    for signed in &entry.approvals {
        writeln!(out, "\n[[server.{name}.approvals]]\nby = {}", string(&signed.by))?;
        writeln!(out, "signature = {}", lines(&signed.signature))?;
    }
    Ok(())
}

fn parameters(name: &str, parameters: &BTreeMap<String, Parameter>, out: &mut Formatter<'_>) -> fmt::Result {
    if !parameters.is_empty() {
        writeln!(out, "\n[server.{name}.parameters]")?;
    }
    for (name, Parameter { of, value }) in parameters {
        write!(out, "{} = {{ type = \"{}\"", key(name), of.word())?;
        if let Type::Word(words) = of {
            let words: Vec<String> = words.iter().map(|word| string(word)).collect();
            write!(out, ", of = [{}]", words.join(", "))?;
        }
        if let Some(value) = value {
            write!(out, ", value = {}", string(value))?;
        }
        writeln!(out, " }}")?;
    }
    Ok(())
}

fn list<'a>(name: &str, items: impl Iterator<Item = &'a str>, out: &mut Formatter<'_>) -> fmt::Result {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{name} = [")?;
    for item in items {
        writeln!(out, "    {},", string(item))?;
    }
    writeln!(out, "]")
}

fn table<'a>(
    name: &str,
    members: impl Iterator<Item = (&'a str, impl Display)>,
    out: &mut Formatter<'_>,
) -> fmt::Result {
    let mut members = members.peekable();
    if members.peek().is_some() {
        writeln!(out, "\n[{name}]")?;
    }
    for (member, value) in members {
        writeln!(out, "{} = \"{value}\"", key(member))?;
    }
    Ok(())
}

/// A key: bare where TOML allows it.
fn key(text: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !text.is_empty() && text.bytes().all(fits) { text.to_owned() } else { string(text) }
}

/// A basic string (TOML 1.0): what cannot be seen is escaped.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        escape(character, &mut out);
    }
    out.push('"');
    out
}

/// A basic string over several lines, for a signature's armour.
fn lines(text: &str) -> String {
    let mut out = String::from("\"\"\"\n");
    for character in text.chars() {
        match character {
            '\n' => out.push('\n'),
            character => escape(character, &mut out),
        }
    }
    out.push_str("\"\"\"");
    out
}

fn escape(character: char, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match character {
        '"' => out.write_str("\\\""),
        '\\' => out.write_str("\\\\"),
        '\n' => out.write_str("\\n"),
        '\t' => out.write_str("\\t"),
        character if is_hidden(character) => match u32::from(character) {
            code @ ..=0xffff => write!(out, "\\u{code:04X}"),
            code => write!(out, "\\U{code:08X}"),
        },
        character => out.write_char(character),
    };
}
