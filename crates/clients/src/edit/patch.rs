//! Which bytes of a file change when one entry is to start something else, dialect by dialect.

use std::ops::Range;

use super::{CannotEdit, Wanted, flow, refusal, xml};
use crate::config::{Config, Server};
use crate::format::Format;
use crate::lower::server::{Fields, entries};
use crate::source::Span;
use crate::tree::{Member, Node, Value};

/// One range of a text and what takes its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Patch {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Patch { range, text: text.into() }
    }
}

/// How the values of a format are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Json,
    Toml,
    Yaml,
}

/// The patches of one entry, in order, apart from each other and inside of the lines of the entry.
pub(super) fn patches(config: &Config, server: &Server, wanted: &Wanted) -> Result<Vec<Patch>, CannotEdit> {
    let format = config.read_as.format;
    if let Some(why) = refusal(config) {
        return Err(CannotEdit::Format(why));
    }
    let text = config.source.text.as_str();
    let fields = Fields::of(&server.node);
    let (&[(part, command)], [] | [_]) = (fields.command.as_slice(), fields.args.as_slice()) else {
        return Err(CannotEdit::Shape("it says more than once, or nowhere, what is started"));
    };
    if server.inline_code.is_some() {
        return Err(CannotEdit::Shape("it brings the server's code along, which a lock cannot pin here"));
    }
    let args = fields.args.first().copied();
    let mut patches = match format {
        Format::Xml => xml::patches(text, command, args, wanted)?,
        Format::Crushrc => script(text, &command.value, wanted)?,
        _ => {
            let style = match format {
                Format::Toml => Style::Toml,
                Format::Yaml | Format::FrontMatter => Style::Yaml,
                _ => Style::Json,
            };
            Editor { text, style }.started(part, command, args, wanted)
        }
    };
    for member in fields.env {
        let removed = removed(&member.value, wanted);
        if !removed.contains(&true) {
            continue;
        }
        patches.extend(match format {
            Format::Xml => xml::without(text, &member.value, &removed)?,
            Format::Crushrc => return Err(CannotEdit::Shape("its variables stand in a script")),
            Format::Toml => Editor { text, style: Style::Toml }.without(member, &removed),
            Format::Yaml | Format::FrontMatter => {
                Editor { text, style: Style::Yaml }.without(member, &removed)
            }
            _ => Editor { text, style: Style::Json }.without(member, &removed),
        });
    }
    patches.sort_by_key(|patch| (patch.range.start, patch.range.end));
    let whole = lines(text, server.span.range());
    let apart =
        patches.iter().zip(patches.iter().skip(1)).all(|(one, next)| one.range.end <= next.range.start);
    let inside = patches.iter().all(|patch| whole.start <= patch.range.start && patch.range.end <= whole.end);
    match apart && inside {
        true => Ok(patches),
        false => Err(CannotEdit::Shape("parts of it stand elsewhere in the file")),
    }
}

/// The text of an entry of `old` as it can stand in `config`, whatever the layout there.
pub(super) fn entry(config: &Config, old: &Config, node: &Node) -> Result<String, CannotEdit> {
    match config.read_as.format {
        Format::Json | Format::Jsonc | Format::Json5 => Ok(old.source.slice(node.span).to_owned()),
        // JSON is YAML too, and knows no indentation.
        Format::Yaml | Format::FrontMatter => Ok(json(node)),
        _ => Err(CannotEdit::Shape("entries of such a file are no one piece of text")),
    }
}

// INVARIANT: trees are at most a few hundred deep (`format::MAX_DEPTH`), so this recursion is.
fn json(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Bare(text) => text.clone(),
        Value::String(text) => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::Map(members) => {
            let member = |member: &Member| format!("{}: {}", quoted(&member.key), json(&member.value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Which of a collection of variables go.
fn removed(env: &Node, wanted: &Wanted) -> Vec<bool> {
    let names = |node: &Node| entries(node).iter().any(|entry| wanted.without.contains(&entry.name.value));
    match &env.value {
        Value::Map(members) => members.iter().map(|member| wanted.without.contains(&member.key)).collect(),
        Value::List(items) => items
            .iter()
            .map(|item| names(&Node { span: item.span, value: Value::List(vec![item.clone()]) }))
            .collect(),
        _ => Vec::new(),
    }
}

/// The spans of a collection's elements, keys included.
pub(super) fn elements(node: &Node) -> Vec<Span> {
    match &node.value {
        Value::Map(members) => members
            .iter()
            .map(|member| Span {
                start: member.key_span.start,
                end: member.value.span.end.max(member.key_span.end),
            })
            .collect(),
        Value::List(items) => items.iter().map(|item| item.span).collect(),
        _ => Vec::new(),
    }
}

struct Editor<'a> {
    text: &'a str,
    style: Style,
}

impl Editor<'_> {
    fn started(&self, part: &Node, command: &Member, args: Option<&Member>, wanted: &Wanted) -> Vec<Patch> {
        if matches!(command.value.value, Value::List(_)) {
            let words: Vec<&String> = std::iter::once(&wanted.command).chain(&wanted.args).collect();
            let mut patches = vec![self.value(command, &self.list(&words))];
            patches.extend(args.map(|args| self.value(args, &self.list(&[]))));
            return patches;
        }
        let list = self.list(&wanted.args.iter().collect::<Vec<_>>());
        let mut patches = vec![self.value(command, &self.string(&wanted.command))];
        match args {
            Some(args) => patches.push(self.value(args, &list)),
            None if self.is_flow(part) => patches.push(self.behind(command, &list)),
            None => patches.insert(0, self.above(command, &list)),
        }
        patches
    }

    /// `args` behind `command` in a map with braces, on a line of its own where `command` has one.
    fn behind(&self, command: &Member, list: &str) -> Patch {
        let start = command.key_span.start as usize;
        let own_line =
            self.text.get(line_start(self.text, start)..start).filter(|head| head.trim().is_empty());
        let gap = own_line.map_or(" ".to_owned(), |indent| format!("{}{indent}", self.line_end(start)));
        let pair = match self.style {
            Style::Json => format!("\"args\": {list}"),
            Style::Toml => format!("args = {list}"),
            Style::Yaml => format!("args: {list}"),
        };
        let end = command.value.span.end as usize;
        Patch::new(end..end, format!(",{gap}{pair}"))
    }

    /// A line `args` above the line of `command`: behind its value there may be a comment.
    fn above(&self, command: &Member, list: &str) -> Patch {
        let start = command.key_span.start as usize;
        let head = self.text.get(line_start(self.text, start)..start).unwrap_or_default();
        let end = self.line_end(start);
        match self.style {
            // A dotted key has the names above it in front.
            Style::Toml => {
                let at = line_start(self.text, start);
                Patch::new(at..at, format!("{head}args = {list}{end}"))
            }
            // The first key of an item stands behind its `- `.
            _ => {
                let indent: String = head.chars().map(|_| ' ').collect();
                Patch::new(start..start, format!("args: {list}{end}{indent}"))
            }
        }
    }

    /// Another value for a member.
    fn value(&self, member: &Member, with: &str) -> Patch {
        let range = member.value.span.range();
        let key_end = member.key_span.end as usize;
        let gap = self.text.get(key_end..range.start).unwrap_or_default();
        let (colon, blank) = gap.split_once(':').unwrap_or((gap, "x"));
        let moves_up = blank.contains('\n') || range.is_empty();
        if self.style == Style::Yaml && blank.trim().is_empty() && moves_up {
            return Patch::new(key_end + colon.len() + 1..range.end, format!(" {with}"));
        }
        Patch::new(range, with)
    }

    /// The variables of `member` without those that go.
    fn without(&self, member: &Member, removed: &[bool]) -> Vec<Patch> {
        let node = &member.value;
        let is_all = !removed.contains(&false);
        let elements = elements(node);
        if self.is_flow(node) {
            return flow::without(self.text, node.span.range(), &elements, removed);
        }
        if is_all && self.style == Style::Yaml {
            let empty = if matches!(node.value, Value::List(_)) { "[]" } else { "{}" };
            return vec![self.value(member, empty)];
        }
        let gone = elements.iter().zip(removed).filter(|(_, gone)| **gone);
        gone.map(|(span, _)| Patch::new(lines(self.text, span.range()), "")).collect()
    }

    /// Whether a collection stands between braces or brackets.
    fn is_flow(&self, node: &Node) -> bool {
        let first = self.text.get(node.span.range()).and_then(|slice| slice.chars().next());
        match node.value {
            // `[` begins the header of a TOML table.
            Value::Map(_) => first == Some('{'),
            _ => first == Some('['),
        }
    }

    fn string(&self, value: &str) -> String {
        match self.style {
            Style::Toml => toml_edit::Value::from(value).to_string(),
            Style::Json | Style::Yaml => quoted(value),
        }
    }

    fn list(&self, words: &[&String]) -> String {
        let words: Vec<String> = words.iter().map(|word| self.string(word)).collect();
        format!("[{}]", words.join(", "))
    }

    /// The line end that is used at `at`.
    fn line_end(&self, at: usize) -> &'static str {
        let rest = self.text.get(at..).unwrap_or_default();
        let before = self.text.get(..at).unwrap_or_default();
        let is_crlf = match rest.find('\n') {
            Some(end) => rest.get(..end).is_some_and(|line| line.ends_with('\r')),
            None => before.contains("\r\n"),
        };
        if is_crlf { "\r\n" } else { "\n" }
    }
}

/// The words behind the `--` of an `mcp add`.
fn script(text: &str, command: &Node, wanted: &Wanted) -> Result<Vec<Patch>, CannotEdit> {
    let range = command.span.range();
    let is_behind_dashes = text.get(..range.start).is_some_and(|head| {
        let trimmed = head.trim_end_matches([' ', '\t']);
        trimmed.len() < head.len() && trimmed.ends_with(" --")
    });
    if !is_behind_dashes {
        return Err(CannotEdit::Shape("its command does not stand behind `--`"));
    }
    let words = std::iter::once(&wanted.command).chain(&wanted.args);
    let is_plain = |word: &&String| {
        word.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+'))
    };
    let words: Vec<String> = words
        .map(|word| match is_plain(&word) {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', "'\\''")),
        })
        .collect();
    Ok(vec![Patch::new(range, words.join(" "))])
}

/// A JSON string, which is a YAML string too (YAML 1.2.2, section 7.3.1).
pub(super) fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 || u32::from(control) == 0x7f => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Where the line begins that `at` stands in.
fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1)
}

/// The whole lines that a range touches, with the last line's end.
fn lines(text: &str, range: Range<usize>) -> Range<usize> {
    let rest = text.get(range.end..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |end| range.end + end + 1);
    line_start(text, range.start)..end
}
