//! YAML 1.2 by way of `saphyr-parser`'s events.
//!
//! Only the first document of a stream is read, as most loaders do; the others are named as a problem. Tags
//! other than `!!str` and its like change nothing: the value under a custom tag is read as if it had none.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::{Document, Keys, MAX_DEPTH, MAX_NODES, is_dense, too_deep, too_many};
use crate::config::{Irregularity, IrregularityKind};
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

mod places;
use places::Places;

/// How many nodes anchors, aliases and merge keys may copy in one file.
const MAX_COPIED_NODES: usize = 100_000;
/// How many bytes of text they may copy.
const MAX_COPIED_BYTES: usize = 4 * 1024 * 1024;

/// How many commas and opening brackets a file may hold.
const MAX_FLOW_ITEMS: usize = 500_000;
/// Keys that are collections nest; their names are cut so that nested keys do not multiply the text.
const MAX_KEY_CHARACTERS: usize = 200;

/// Parses a YAML file.
pub fn parse(source: &Arc<Source>) -> Result<Document, Problem> {
    parse_text(source, &source.text, 0)
}

/// Parses YAML inside a larger file: `text` begins at byte `offset` of `source`.
pub(super) fn parse_text(source: &Arc<Source>, text: &str, offset: usize) -> Result<Document, Problem> {
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        // The scanner takes it for the end of the file, other loaders do not.
        let span = Span::new(offset + at, offset + at + 1);
        return Err(Problem::at(source, span, ProblemKind::Syntax, "a NUL byte in a YAML file"));
    }
    // The scanner keeps the tokens of a flow collection on one line until it has seen its end.
    if is_dense(text, [b',', b'[', b'{'], MAX_FLOW_ITEMS) {
        return Err(too_many(source, MAX_FLOW_ITEMS));
    }
    let mut reader = Reader {
        source,
        places: Places::new(text, offset),
        document: Document::empty(),
        open: Vec::new(),
        anchors: HashMap::new(),
        copied: Weight::default(),
        nodes: 0,
    };
    let mut parser = Parser::new_from_str(text).keep_tags(true);
    let mut documents = 0;
    loop {
        let (event, span) = match parser.next_event() {
            None => break,
            Some(Ok(event)) => event,
            // A broken second document cannot make the first one unreadable: it is not read at all.
            Some(Err(_)) if documents > 1 => break,
            Some(Err(error)) => return Err(reader.syntax(&error)),
        };
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let span = reader.places.span(span.start.index(), span.end.index());
                    let message = "only the first document of this file is read";
                    let problem = Problem::at(source, span, ProblemKind::Cut, message);
                    reader.document.problems.push(problem);
                    break;
                }
            }
            event => reader.event(event, span.start.index(), span.end.index())?,
        }
    }
    Ok(reader.document)
}

/// The state between two events. A stack instead of recursion: the depth is the author's choice.
struct Reader<'a> {
    source: &'a Arc<Source>,
    places: Places<'a>,
    document: Document,
    open: Vec<Collection>,
    anchors: HashMap<usize, Anchor>,
    copied: Weight,
    nodes: usize,
}

/// A collection whose end has not come yet.
struct Collection {
    start: u32,
    anchor: usize,
    is_flow: bool,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map { members: Vec<Member>, keys: Keys, key: Option<Node>, merged: Vec<Node> },
}

/// What an alias copies.
struct Anchor {
    node: Node,
    weight: Weight,
}

/// How much a node and everything below it is.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    bytes: usize,
    height: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, start: usize, end: usize) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.places.scalar(start, end, style);
                let value = scalar(&text, style, tag.as_deref());
                self.finish(Node { span, value }, anchor)
            }
            Event::Alias(id) => self.alias(id, start, end),
            Event::SequenceStart(anchor, _) => self.begin(start, end, anchor, Kind::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let kind =
                    Kind::Map { members: Vec::new(), keys: Keys::default(), key: None, merged: Vec::new() };
                self.begin(start, end, anchor, kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(end),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, start: usize, end: usize, anchor: usize, kind: Kind) -> Result<(), Problem> {
        let (start, is_flow) = self.places.collection(start, end);
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(self.source, Span { start, end: start }));
        }
        self.open.push(Collection { start, anchor, is_flow, kind });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), Problem> {
        let Some(collection) = self.open.pop() else {
            return Ok(());
        };
        let (value, last) = match collection.kind {
            Kind::List(items) => {
                let last = items.iter().map(|item| item.span.end).max();
                (Value::List(items), last)
            }
            Kind::Map { members, merged, .. } => {
                let last = members.iter().map(|member| member.value.span.end.max(member.key_span.end)).max();
                (Value::Map(self.merge(members, merged)?), last)
            }
        };
        // The end of a block is known only once the next token has come; its last child is the better end. An
        // alias may point forward of nothing, so the block never ends before it starts.
        let end = match collection.is_flow {
            true => self.places.byte(end),
            false => last.unwrap_or(collection.start),
        };
        let span = Span { start: collection.start, end: end.max(collection.start) };
        self.finish(Node { span, value }, collection.anchor)
    }

    /// Puts a complete node where it belongs.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_many(self.source, MAX_NODES));
        }
        if anchor != 0 {
            let weight = weigh(&node);
            self.charge(weight, node.span)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchor { node, weight });
        }
        let Some(parent) = self.open.last_mut() else {
            self.document.root = node;
            return Ok(());
        };
        match &mut parent.kind {
            Kind::List(items) => items.push(node),
            Kind::Map { members, keys, key: pending, merged } => match pending.take() {
                None => *pending = Some(node),
                Some(key) => {
                    let name = match &key.value {
                        Value::String(text) | Value::Bare(text) => text.clone(),
                        // A key that is null, a truth or a collection is called what the file calls it.
                        _ => self.source.slice(key.span).chars().take(MAX_KEY_CHARACTERS).collect(),
                    };
                    let is_plain = !self.source.slice(key.span).starts_with(['"', '\'']);
                    if name == "<<" && is_plain && matches!(node.value, Value::Map(_) | Value::List(_)) {
                        merged.push(node);
                        return Ok(());
                    }
                    if keys.is_known(members, &name) {
                        self.document
                            .irregularities
                            .push(Irregularity { kind: IrregularityKind::DuplicateKey, span: key.span });
                    }
                    members.push(Member { key: name, key_span: key.span, value: node });
                }
            },
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, start: usize, end: usize) -> Result<(), Problem> {
        let here = self.places.span(start, end);
        let Some(anchor) = self.anchors.get(&id) else {
            let message = "an alias inside the value that it stands for";
            return Err(Problem::at(self.source, here, ProblemKind::TooDeep, message));
        };
        let weight = anchor.weight;
        if self.open.len() + weight.height > MAX_DEPTH {
            return Err(too_deep(self.source, here));
        }
        let node = anchor.node.clone();
        self.charge(weight, here)?;
        self.finish(node, 0)
    }

    fn charge(&mut self, weight: Weight, span: Span) -> Result<(), Problem> {
        self.copied.nodes = self.copied.nodes.saturating_add(weight.nodes);
        self.copied.bytes = self.copied.bytes.saturating_add(weight.bytes);
        if self.copied.nodes <= MAX_COPIED_NODES && self.copied.bytes <= MAX_COPIED_BYTES {
            return Ok(());
        }
        let message = format!(
            "aliases stand for more than {MAX_COPIED_NODES} values or {MAX_COPIED_BYTES} bytes; the file is not read"
        );
        Err(Problem::at(self.source, span, ProblemKind::TooLarge, message))
    }

    /// The members of a map whose `<<` names the maps in `merged`: what the map itself says wins, then the
    /// first map that says it (YAML's merge key type, section 1).
    fn merge(&mut self, own: Vec<Member>, merged: Vec<Node>) -> Result<Vec<Member>, Problem> {
        if merged.is_empty() {
            return Ok(own);
        }
        let mut known: HashSet<String> = own.iter().map(|member| member.key.clone()).collect();
        let mut members = Vec::new();
        let maps = merged.into_iter().flat_map(|node| match node.value {
            Value::List(items) => items,
            _ => vec![node],
        });
        for map in maps {
            let Value::Map(inherited) = map.value else {
                continue;
            };
            members.extend(inherited.into_iter().filter(|member| known.insert(member.key.clone())));
        }
        members.extend(own);
        Ok(members)
    }

    fn syntax(&self, error: &ScanError) -> Problem {
        let at = error.marker().index();
        let kind = match error.info().contains("recursion") {
            true => ProblemKind::TooDeep,
            false => ProblemKind::Syntax,
        };
        let span = self.places.span(at, at);
        Problem::at(self.source, span, kind, error.info().to_lowercase())
    }
}

fn weigh(node: &Node) -> Weight {
    let mut weight = Weight { nodes: 1, bytes: node.text().map_or(0, str::len), height: 0 };
    let mut add = |inner: Weight, key: usize| {
        weight.nodes += inner.nodes;
        weight.bytes += inner.bytes + key;
        weight.height = weight.height.max(inner.height + 1);
    };
    // INVARIANT: a complete node is at most `MAX_DEPTH` deep, so this recursion is.
    for member in node.members() {
        add(weigh(&member.value), member.key.len());
    }
    for item in node.items() {
        add(weigh(item), 0);
    }
    weight
}

/// A scalar of the core schema (YAML 1.2.2, section 10.3). Only plain ones are anything but strings.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_string =
        tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str" || tag.suffix.is_empty());
    if style != ScalarStyle::Plain || is_string {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Bare(text.to_owned()),
        _ => Value::String(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return !hexadecimal.is_empty() && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return !octal.is_empty() && octal.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    let starts = digits.strip_prefix('.').unwrap_or(digits);
    starts.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok()
        || matches!(digits, ".inf" | ".Inf" | ".INF")
        || matches!(text, ".nan" | ".NaN" | ".NAN")
}

#[cfg(test)]
mod tests;
