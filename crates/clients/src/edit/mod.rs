//! Changes what one server of a client config starts, and undoes it: every other byte of the file stays what it was.
//!
//! An edit is made in the text, by spans, so that comments, order, indentation and line ends survive. Then the new file
//! is read again, and unless it says exactly what was wanted, and the same as before everywhere else, there is no edit:
//! no dialect is trusted to mean what its text looks like.

mod flow;
mod patch;
mod xml;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::Dialect;
use crate::config::{Config, Server};
use crate::format::{self, Format};
use crate::lower;
use crate::source::{Encoding, Source};
use crate::tree::{Member, Node, Value};

/// What a server is to start from now on.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Names of variables that the file is no longer to set.
    pub without: BTreeSet<String>,
}

/// A file after an edit.
#[derive(Debug)]
pub struct Edited {
    /// The bytes of the whole file, in the encoding that it had.
    pub bytes: Vec<u8>,
    /// The file, read again.
    pub config: Config,
    /// What undoes the edit.
    pub undo: Undo,
}

/// Which server of a file: names alone are not enough where a file keeps the servers of many projects, or two of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Its name in the file.
    pub name: String,
    /// The project that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// How many of the same name and project stand before it.
    pub before: usize,
}

impl Which {
    /// Which one the server at `index` is.
    pub fn of(config: &Config, index: usize) -> Option<Self> {
        let server = config.servers.get(index)?;
        let before = config.servers.iter().take(index).filter(|other| is_same_name(server, other)).count();
        let project = server.project.as_ref().map(|project| project.value.clone());
        Some(Which { name: server.name.value.clone(), project, before })
    }

    /// Where it stands now.
    pub fn index(&self, config: &Config) -> Option<usize> {
        let fits = |server: &Server| {
            server.name.value == self.name
                && server.project.as_ref().map(|project| &project.value) == self.project.as_ref()
        };
        let mut found = config.servers.iter().enumerate().filter(|(_, server)| fits(server));
        found.nth(self.before).map(|(index, _)| index)
    }
}

fn is_same_name(one: &Server, other: &Server) -> bool {
    let project = |server: &Server| server.project.as_ref().map(|project| project.value.clone());
    one.name.value == other.name.value && project(one) == project(other)
}

/// What undoes one edit, also in a file that was changed elsewhere since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The server.
    pub which: Which,
    /// What it started before: the program and its arguments.
    pub argv: Vec<String>,
    /// Bytes from the beginning of the entry to the beginning of the changed text; negative where that is before it.
    pub lead: i64,
    /// The text before.
    pub before: String,
    /// The text after.
    pub after: String,
}

/// Why a file is not edited. It is then untouched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotEdit {
    /// Files of this kind are not written.
    #[error("{0}")]
    Format(&'static str),
    /// The entry has a shape in which there is no one place to write to.
    #[error("{0}")]
    Shape(&'static str),
    /// The result would not have said what was wanted, or something else would have changed its meaning.
    #[error("the file would mean something else than intended afterwards")]
    Meaning,
    /// Another hand was at the entry since.
    #[error("the entry was changed since, or is gone")]
    Changed,
}

/// Replaces what the server at `index` of `config` starts.
///
/// # Errors
/// [`CannotEdit`], by what stands in the way.
pub fn rewrite(config: &Config, index: usize, wanted: &Wanted) -> Result<Edited, CannotEdit> {
    let gone = CannotEdit::Changed;
    let (server, which) =
        config.servers.get(index).zip(Which::of(config, index)).ok_or_else(|| gone.clone())?;
    let patches = patch::patches(config, server, wanted)?;
    let text = &config.source.text;
    let (Some(first), Some(last)) = (patches.first(), patches.last()) else {
        return Err(CannotEdit::Shape("it has no command to replace"));
    };
    // INVARIANT: patches are in order and do not touch each other.
    let region = first.range.start..last.range.end;
    let (mut after, mut at) = (String::new(), region.start);
    for patch in &patches {
        after.push_str(text.get(at..patch.range.start).ok_or(CannotEdit::Meaning)?);
        after.push_str(&patch.text);
        at = patch.range.end;
    }
    let before = text.get(region.clone()).ok_or(CannotEdit::Meaning)?.to_owned();
    let new = splice(config, region.clone(), &after)?;
    let edited = new.servers.get(index).ok_or(CannotEdit::Meaning)?;
    let nothing = BTreeSet::new();
    let says_it = edited.command.as_ref().map(|command| command.value.as_str())
        == Some(wanted.command.as_str())
        && edited.args.iter().map(|word| &word.value).eq(&wanted.args)
        && variables(server, &wanted.without).eq(variables(edited, &nothing));
    if !says_it || !differs_only_at(config, &new, index) {
        return Err(CannotEdit::Meaning);
    }
    let argv = server.argv().into_iter().map(|word| word.value.clone()).collect();
    let undo = Undo { lead: lead(edited, region.start), which, argv, before, after };
    Ok(Edited { bytes: encode(&new.source), config: new, undo })
}

/// Undoes one edit in a file that may have been changed elsewhere since.
///
/// # Errors
/// [`CannotEdit::Changed`] when the entry is not as the edit left it.
pub fn restore(config: &Config, undo: &Undo) -> Result<Edited, CannotEdit> {
    let index = undo.which.index(config).ok_or(CannotEdit::Changed)?;
    let server = config.servers.get(index).ok_or(CannotEdit::Changed)?;
    let start = i64::from(server.span.start).checked_add(undo.lead).ok_or(CannotEdit::Changed)?;
    let start = usize::try_from(start).map_err(|_| CannotEdit::Changed)?;
    let end = start.checked_add(undo.after.len()).ok_or(CannotEdit::Changed)?;
    if config.source.text.get(start..end) != Some(undo.after.as_str()) {
        return Err(CannotEdit::Changed);
    }
    let new = splice(config, start..end, &undo.before)?;
    let restored = new.servers.get(index).ok_or(CannotEdit::Meaning)?;
    let says_it = restored.argv().into_iter().map(|word| &word.value).eq(&undo.argv);
    if !says_it || !differs_only_at(config, &new, index) {
        return Err(CannotEdit::Meaning);
    }
    let argv = server.argv().into_iter().map(|word| word.value.clone()).collect();
    let undo = Undo {
        which: undo.which.clone(),
        argv,
        lead: lead(restored, start),
        before: undo.after.clone(),
        after: undo.before.clone(),
    };
    Ok(Edited { bytes: encode(&new.source), config: new, undo })
}

/// Puts the entry at `old_index` of `old`, an earlier state of the same file, in place of the one at `index`: for files
/// that their client has written anew since, in a layout of its own.
///
/// # Errors
/// [`CannotEdit::Changed`] where more of the entry differs than what it starts, [`CannotEdit::Shape`] where an entry is no
/// one piece of text.
pub fn replace(config: &Config, index: usize, old: &Config, old_index: usize) -> Result<Config, CannotEdit> {
    let entries = config.servers.get(index).zip(old.servers.get(old_index));
    let (now, before) = entries.ok_or(CannotEdit::Changed)?;
    if !is_rest_the_same(&now.node, &before.node, 0) {
        return Err(CannotEdit::Changed);
    }
    let text = patch::entry(config, old, &before.node)?;
    let new = splice(config, now.node.span.range(), &text)?;
    let says_it = new.servers.get(index).is_some_and(|new| is_same(&new.node, &before.node));
    match says_it && differs_only_at(config, &new, index) {
        true => Ok(new),
        false => Err(CannotEdit::Meaning),
    }
}

/// The file as [`Source`] read it, as bytes again.
pub fn encode(source: &Source) -> Vec<u8> {
    let units = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        mark.into_iter().chain(source.text.encode_utf16().flat_map(bytes)).collect()
    };
    match source.encoding {
        Encoding::Utf8 => source.text.clone().into_bytes(),
        Encoding::Utf8Bom => [b"\xef\xbb\xbf", source.text.as_bytes()].concat(),
        Encoding::Utf16Le => units([0xff, 0xfe], u16::to_le_bytes),
        Encoding::Utf16Be => units([0xfe, 0xff], u16::to_be_bytes),
    }
}

fn lead(server: &Server, start: usize) -> i64 {
    i64::try_from(start).unwrap_or(i64::MAX).saturating_sub(i64::from(server.span.start))
}

/// The file with one range of its text replaced, read again in the same way.
fn splice(config: &Config, range: std::ops::Range<usize>, with: &str) -> Result<Config, CannotEdit> {
    let text = &config.source.text;
    let (head, tail) = text.get(..range.start).zip(text.get(range.end..)).ok_or(CannotEdit::Meaning)?;
    let source = Arc::new(Source {
        origin: config.source.origin.clone(),
        text: [head, with, tail].concat(),
        encoding: config.source.encoding,
    });
    let document = format::parse(&source, config.read_as.format).map_err(|_| CannotEdit::Meaning)?;
    let (new, ..) = lower::config(source, document, config.client, &config.read_as);
    Ok(Config {
        also_read_by: config.also_read_by.clone(),
        scope: config.scope,
        confirmed: config.confirmed,
        project: config.project.clone(),
        link: config.link.clone(),
        home: config.home.clone(),
        ..new
    })
}

/// The variables of an entry but for those in `without`.
fn variables<'a>(
    server: &'a Server,
    without: &'a BTreeSet<String>,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    let kept = server.env.iter().filter(|entry| !without.contains(&entry.name.value));
    kept.map(|entry| (&entry.name.value, &entry.value.value))
}

/// Whether two readings mean the same but for what the server at `index` starts and is given.
fn differs_only_at(old: &Config, new: &Config, index: usize) -> bool {
    let (Some(before), Some(after)) = (old.servers.get(index), new.servers.get(index)) else {
        return false;
    };
    let others = |config: &Config| -> Vec<Server> {
        let others = config.servers.iter().enumerate().filter(|(other, _)| *other != index);
        others.map(|(_, server)| server.clone()).collect()
    };
    let (old_others, new_others) = (others(old), others(new));
    old.irregularities.len() == new.irregularities.len()
        && old_others.len() == new_others.len()
        && old_others.iter().zip(&new_others).all(|(old, new)| is_same_entry(old, new))
        && is_same_name(before, after)
        && is_rest_the_same(&before.node, &after.node, 0)
        && is_same_but(&old.tree, &new.tree, &before.node)
}

fn is_same_entry(one: &Server, other: &Server) -> bool {
    is_same_name(one, other) && is_same(&one.node, &other.node)
}

/// Whether two entries are the same but for what says what is started. `depth` is the number of maps above, inside of
/// the entry: a `command` is a nested map in some files, and so is a `transport`.
fn is_rest_the_same(one: &Node, other: &Node, depth: usize) -> bool {
    let ((parts, rest), (other_parts, other_rest)) = (split(one, depth), split(other, depth));
    parts.len() == other_parts.len()
        && rest.len() == other_rest.len()
        && rest
            .iter()
            .zip(other_rest)
            .all(|(one, other)| one.key == other.key && is_same(&one.value, &other.value))
        && parts.iter().zip(other_parts).all(|(one, other)| is_rest_the_same(one, other, depth + 1))
}

/// The nested parts of an entry, and its members that do not say what is started.
fn split(node: &Node, depth: usize) -> (Vec<&Node>, Vec<&Member>) {
    let (mut parts, mut rest) = (Vec::new(), Vec::new());
    for member in node.members() {
        let key = member.key.as_str();
        let is_map = matches!(member.value.value, Value::Map(_));
        if depth == 0 && is_map && lower::server::is_part(key) {
            parts.push(&member.value);
        } else if !lower::server::STARTS.iter().any(|keys| keys.contains(&key))
            && (depth == 0 || key != "path")
        {
            rest.push(member);
        }
    }
    (parts, rest)
}

/// Whether two nodes say the same, wherever they stand.
fn is_same(one: &Node, other: &Node) -> bool {
    walk(one, other, None)
}

/// As [`is_same`], whatever stands at `except`.
fn is_same_but(one: &Node, other: &Node, except: &Node) -> bool {
    walk(one, other, Some(except))
}

// INVARIANT: trees are at most a few hundred deep (`format::MAX_DEPTH`), so this recursion is.
fn walk(one: &Node, other: &Node, except: Option<&Node>) -> bool {
    if except.is_some_and(|except| one.span == except.span && one == except) {
        return true;
    }
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| walk(one, other, except))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.key == other.key && walk(&one.value, &other.value, except))
        }
        (one, other) => one == other,
    }
}

/// Why a file is not edited, if it is not.
fn refusal(config: &Config) -> Option<&'static str> {
    match (config.read_as.format, config.read_as.dialect) {
        (Format::ExtensionJs, _) => {
            Some("an extension's code starts it, which every update of the extension replaces")
        }
        (Format::Bundle, _) => Some("it stands in a bundle, whose signature covers every byte"),
        (_, Dialect::Servers) => None,
        _ => Some("the file describes the server for others to install, and no client starts it from there"),
    }
}

#[cfg(test)]
mod tests;
