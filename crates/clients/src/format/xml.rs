//! XML of JetBrains' persisted components, by way of `roxmltree` without a DTD.
//!
//! No schema of these files is published, so the mapping is generic. `<option name="n" value="v"/>` and
//! `<entry key="n" …>` are members called `n`; `<list>`, `<array>` and `<set>` are lists, `<map>` is a map; any
//! other element is a member called like its tag, with its attributes as members. Text or attributes that hold
//! JSON become what the JSON says.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use roxmltree::{Error, Node as Element, ParsingOptions};

use super::{Document, Format, MAX_DEPTH, json, too_deep, too_many};
use crate::config::{Irregularity, IrregularityKind};
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

mod shape;

/// Elements, texts and comments of one file.
const MAX_XML_NODES: u32 = 500_000;

/// Parses an XML file.
pub fn parse(source: &Arc<Source>) -> Result<Document, Problem> {
    if source.text.trim().is_empty() {
        return Ok(Document::empty());
    }
    shape::check(source)?;
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: MAX_XML_NODES, ..ParsingOptions::default() };
    let parsed = roxmltree::Document::parse_with_options(&source.text, options)
        .map_err(|error| problem(source, &error))?;
    let mut reader = Reader { source, irregularities: Vec::new(), problems: Vec::new() };
    let root = reader.element(parsed.root_element(), 0);
    Ok(Document {
        root: root.ok_or_else(|| too_deep(source, Span::default()))?,
        irregularities: reader.irregularities,
        problems: reader.problems,
    })
}

fn problem(source: &Arc<Source>, error: &Error) -> Problem {
    if matches!(error, Error::NodesLimitReached) {
        return too_many(source, MAX_XML_NODES as usize);
    }
    let place = error.pos();
    let line_start = match place.row {
        0 | 1 => 0,
        row => memchr::memchr_iter(b'\n', source.text.as_bytes())
            .nth(row as usize - 2)
            .map_or(source.text.len(), |at| at + 1),
    };
    let line = source.text.get(line_start..).unwrap_or_default();
    let column = line.char_indices().nth((place.col as usize).saturating_sub(1));
    let at = line_start + column.map_or(0, |(at, _)| at);
    let message = error.to_string().to_lowercase();
    Problem::at(source, Span::new(at, at), ProblemKind::Syntax, message)
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    irregularities: Vec<Irregularity>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The value of an element. Nothing where the nesting passes [`MAX_DEPTH`].
    fn element(&mut self, element: Element<'_, '_>, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let tag = element.tag_name().name();
        let name = name_attribute(element);
        let children: Vec<Element<'_, '_>> = element.children().filter(Element::is_element).collect();
        if children.is_empty() {
            if let Some(node) = self.leaf(element, name) {
                return Some(node);
            }
        } else if let [only] = children.as_slice() {
            // `<option name="env"><map>…</map></option>` and `<value><list>…</list></value>` are their content.
            let is_wrapper = name.is_some() || tag == "value";
            if is_wrapper && is_collection(*only) {
                return self.element(*only, depth + 1);
            }
        }
        let span = span(element.range());
        if matches!(tag, "list" | "array" | "set") {
            let items = children.into_iter().map(|child| self.element(child, depth + 1));
            return Some(Node { span, value: Value::List(items.collect::<Option<_>>()?) });
        }
        let mut members = self.attributes(element, name);
        let mut names = HashSet::new();
        for child in children {
            let (key, key_span, is_named) = key(child);
            if is_named && !names.insert(key.clone()) {
                self.irregularities
                    .push(Irregularity { kind: IrregularityKind::DuplicateKey, span: key_span });
            }
            let value = match child.children().find(Element::is_element) {
                Some(inner) if child.tag_name().name() == "entry" && inner.tag_name().name() == "value" => {
                    self.element(inner, depth + 1)?
                }
                _ => self.element(child, depth + 1)?,
            };
            members.push(Member { key, key_span, value });
        }
        Some(Node { span, value: Value::Map(members) })
    }

    /// An element without child elements that stands for one value: its `value` attribute, or its text.
    fn leaf(&mut self, element: Element<'_, '_>, name: Option<&str>) -> Option<Node> {
        if let Some(value) = element.attribute_node("value") {
            let others = element.attributes().len() - 1 - usize::from(name.is_some());
            if others == 0 {
                return Some(self.text(value.value(), value.range_value()));
            }
        }
        let text = element.children().find(Element::is_text)?;
        let content = text.text()?.trim();
        let others = element.attributes().len() - usize::from(name.is_some());
        (others == 0 && !content.is_empty()).then(|| self.text(content, text.range()))
    }

    fn attributes(&mut self, element: Element<'_, '_>, name: Option<&str>) -> Vec<Member> {
        element
            .attributes()
            .filter(|attribute| name.is_none() || Some(attribute.name()) != name)
            .map(|attribute| Member {
                key: attribute.name().to_owned(),
                key_span: span(attribute.range_qname()),
                value: self.text(attribute.value(), attribute.range_value()),
            })
            .collect()
    }

    /// A string whose decoded text is `text` and whose raw text is at `range`; or the JSON inside it.
    fn text(&mut self, text: &str, range: Range<usize>) -> Node {
        let range = self.inside_cdata(range);
        let raw = self.source.text.get(range.clone()).unwrap_or_default();
        let place = raw.find(text).map(|at| Span::new(range.start + at, range.start + at + text.len()));
        if text.starts_with(['{', '['])
            && let Some(node) = self.embedded(text, raw, range.start, place)
        {
            return node;
        }
        Node { span: place.unwrap_or(span(range)), value: Value::String(text.to_owned()) }
    }

    /// The content of a CDATA section, without its brackets.
    fn inside_cdata(&self, range: Range<usize>) -> Range<usize> {
        let raw = self.source.text.get(range.clone()).unwrap_or_default();
        let Some(start) = raw.find("<![CDATA[").map(|at| at + "<![CDATA[".len()) else {
            return range;
        };
        let end = raw.rfind("]]>").filter(|end| *end >= start).unwrap_or(raw.len());
        range.start + start..range.start + end
    }

    /// The JSON in an attribute or a text. Escaped quotes move every place, so each is led back to the raw text.
    fn embedded(&mut self, text: &str, raw: &str, start: usize, place: Option<Span>) -> Option<Node> {
        if let Some(place) = place {
            let parsed = json::parse_text(self.source, text, place.start as usize, Format::Jsonc);
            return self.keep(parsed.ok()?);
        }
        let (decoded, origins) = unescaped(raw);
        let text = Source::decode(self.source.origin.clone(), decoded.into_bytes()).ok()?;
        let mut document = json::parse_text(&text, &text.text, 0, Format::Jsonc).ok()?;
        let back = |at: u32| {
            let at = origins.get(at as usize).copied();
            u32::try_from(start).unwrap_or(u32::MAX).saturating_add(at.unwrap_or(0))
        };
        let move_back = |span: &mut Span| *span = Span { start: back(span.start), end: back(span.end) };
        relocate(&mut document.root, &move_back);
        for irregularity in &mut document.irregularities {
            move_back(&mut irregularity.span);
        }
        self.keep(document)
    }

    fn keep(&mut self, document: Document) -> Option<Node> {
        self.irregularities.extend(document.irregularities);
        self.problems.extend(document.problems);
        Some(document.root)
    }
}

fn span(range: Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

/// The attribute that names an element in its parent.
fn name_attribute<'a>(element: Element<'a, '_>) -> Option<&'a str> {
    let name = match element.tag_name().name() {
        "option" | "component" | "field" | "property" => "name",
        "entry" => "key",
        _ => return None,
    };
    element.has_attribute(name).then_some(name)
}

/// What an element is called in its parent, where that stands, and whether it is a name of its own.
fn key(element: Element<'_, '_>) -> (String, Span, bool) {
    let named = name_attribute(element).and_then(|name| element.attribute_node(name));
    match named {
        Some(attribute) => (attribute.value().to_owned(), span(attribute.range_value()), true),
        None => {
            let tag = element.tag_name().name();
            let start = element.range().start + 1;
            (tag.to_owned(), Span::new(start, start + tag.len()), false)
        }
    }
}

fn is_collection(element: Element<'_, '_>) -> bool {
    matches!(element.tag_name().name(), "list" | "array" | "set" | "map")
}

/// The text with its entities resolved and, for every byte of it and for its end, the raw byte that it is from.
fn unescaped(raw: &str) -> (String, Vec<u32>) {
    let mut text = String::with_capacity(raw.len());
    let mut origins = Vec::with_capacity(raw.len() + 1);
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let at = u32::try_from(raw.len() - rest.len()).unwrap_or(u32::MAX);
        let (character, length) = match first {
            '&' => entity(rest).unwrap_or(('&', 1)),
            '\t' | '\n' | '\r' => (' ', 1),
            _ => (first, first.len_utf8()),
        };
        text.push(character);
        origins.extend(std::iter::repeat_n(at, character.len_utf8()));
        rest = rest.get(length..).unwrap_or_default();
    }
    origins.push(u32::try_from(raw.len()).unwrap_or(u32::MAX));
    (text, origins)
}

fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let character = match name {
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character, end + 1))
}

fn relocate(node: &mut Node, back: &impl Fn(&mut Span)) {
    back(&mut node.span);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| relocate(item, back)),
        Value::Map(members) => {
            for member in members {
                back(&mut member.key_span);
                relocate(&mut member.value, back);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("llm.mcpServers.xml"), text.as_bytes().to_vec()).unwrap()
    }

    fn slices(text: &str, pointer: &str) -> Vec<String> {
        let source = source(text);
        let document = parse(&source).unwrap();
        let nodes = document.root.pointer(pointer);
        nodes.iter().map(|node| source.slice(node.span).to_owned()).collect()
    }

    #[test]
    fn options_entries_and_lists_become_maps_and_lists() {
        let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<application>
  <component name="McpServers">
    <option name="servers"><list>
      <McpServer>
        <option name="name" value="fïles" />
        <option name="command" value="npx" />
        <option name="args"><list><option value="-y" /><option value="pkg" /></list></option>
        <option name="env"><map><entry key="A" value="1" /><entry key="B"><value>two</value></entry></map></option>
      </McpServer>
    </list></option>
  </component>
</application>"#;
        let server = "/component/x"; // a component is called by its name, not by its tag
        assert!(slices(text, server).is_empty());
        let base = "/McpServers/servers/*";
        assert_eq!(slices(text, &format!("{base}/name")), ["fïles"]);
        assert_eq!(slices(text, &format!("{base}/args/*")), ["-y", "pkg"]);
        assert_eq!(slices(text, &format!("{base}/env/A")), ["1"]);
        assert_eq!(slices(text, &format!("{base}/env/B")), ["two"]);
    }

    #[test]
    fn json_in_text_cdata_or_an_attribute_is_read_with_true_places() {
        let cdata = "<a><json><![CDATA[ {\"mcpServers\": {\"x\": {\"command\": \"npx\"}}} ]]></json></a>";
        assert_eq!(slices(cdata, "/json/mcpServers/x/command"), ["\"npx\""]);
        let attribute = "<a><option name='é' value='{&quot;mcpServers&quot;: {&quot;x&quot;: {&quot;command&quot;: &quot;npx&quot;}}}'/></a>";
        assert_eq!(slices(attribute, "/é/mcpServers/x/command"), ["&quot;npx&quot;"]);
        let plain = "<a><option name='o' value='{\"x\": [\"y\"]}'/></a>";
        assert_eq!(slices(plain, "/o/x/*"), ["\"y\""]);
    }

    #[test]
    fn duplicate_options_are_recorded() {
        let text = "<a><option name='x' value='1'/><option name='x' value='2'/></a>";
        let document = parse(&source(text)).unwrap();
        assert_eq!(document.irregularities[0].kind, IrregularityKind::DuplicateKey);
        assert_eq!(document.root.members().len(), 2);
    }

    #[test]
    fn a_dtd_is_refused() {
        let text = "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>";
        assert_eq!(parse(&source(text)).unwrap_err().kind, ProblemKind::Syntax);
    }

    #[test]
    fn deep_nesting_is_a_problem_and_not_a_crash() {
        for text in ["<a>".repeat(100_000), format!("{}{}", "<a>".repeat(200), "</a>".repeat(200))] {
            assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooDeep);
        }
    }

    #[test]
    fn a_tag_of_a_million_attributes_does_not_hang() {
        let attributes: String = (0..1_000_000).map(|number| format!("a{number}='' ")).collect();
        let text = format!("<a {attributes}/>");
        assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooLarge);
    }

    #[test]
    fn an_error_names_its_place() {
        let source = source("<a>\n  é <b></c>\n</a>");
        let problem = parse(&source).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Syntax);
        assert_eq!(source.line_column(problem.place.unwrap().1.start).0, 2);
    }

    #[test]
    fn an_empty_file_is_an_empty_document() {
        assert_eq!(parse(&source(" \r\n")).unwrap().root.value, Value::Null);
        assert!(parse(&source("<!-- only a comment -->")).is_err(), "XML needs a root element");
    }
}
