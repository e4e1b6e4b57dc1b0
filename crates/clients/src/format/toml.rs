//! TOML 1.1 by way of `toml_edit`, which keeps the place of every key and value.

use std::ops::Range;
use std::sync::Arc;

use toml_edit::{Item, Key, TableLike, Value as Literal};

use super::{Document, MAX_DEPTH, is_dense, too_deep, too_many};
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

/// Files with more keys and items than this are refused: `toml_edit` keeps the formatting around each.
const MAX_ITEMS: usize = 500_000;

/// Parses a TOML file. A key that stands twice is a syntax error in TOML: the whole file is refused, as clients
/// refuse it, and the problem points at the second one.
pub fn parse(source: &Arc<Source>) -> Result<Document, Problem> {
    if is_dense(&source.text, [b'=', b',', b'['], MAX_ITEMS) {
        return Err(too_many(source, MAX_ITEMS));
    }
    let document =
        toml_edit::Document::parse(source.text.as_str()).map_err(|error| problem(source, &error))?;
    let end = source.text.len();
    match table(&source.text, document.as_table(), 0..0, 0) {
        Some(mut root) => {
            root.span = Span::new(0, end);
            Ok(Document::new(root))
        }
        None => Err(too_deep(source, Span::default())),
    }
}

fn problem(source: &Arc<Source>, error: &toml_edit::TomlError) -> Problem {
    let message = error.message();
    // `toml_edit` limits its own recursion, and says so only in words.
    let kind = match message.contains("recurs") {
        true => ProblemKind::TooDeep,
        false => ProblemKind::Syntax,
    };
    let message = message.replace('\n', "; ").to_lowercase();
    match error.span() {
        Some(span) => Problem::at(source, Span::new(span.start, span.end), kind, message),
        None => Problem::new(source.origin.clone(), kind, message),
    }
}

/// A table or inline table. Nothing where the nesting passes [`MAX_DEPTH`].
fn table(text: &str, table: &dyn TableLike, span: Range<usize>, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut members = Vec::with_capacity(table.len());
    for (name, item) in table.iter() {
        let key_range = table.key(name).and_then(Key::span);
        let key_span = key_range.map_or(Span::default(), |range| Span::new(range.start, range.end));
        let Some(value) = convert(text, item, key_span, depth + 1)? else {
            continue;
        };
        members.push(Member { key: name.to_owned(), key_span, value });
    }
    // The span that `toml_edit` gives a table is its header; what belongs to it follows.
    let end = members.iter().map(|member| member.value.span.end).max();
    let mut span = Span::new(span.start, span.end);
    span.end = span.end.max(end.unwrap_or(span.end));
    Some(Node { span, value: Value::Map(members) })
}

/// An item of a table; no node where the table only had a placeholder.
fn convert(text: &str, item: &Item, key: Span, depth: usize) -> Option<Option<Node>> {
    let range = item.span().unwrap_or(key.range());
    Some(Some(match item {
        Item::None => return Some(None),
        Item::Value(value) => literal(text, value, range, depth)?,
        Item::Table(inner) => table(text, inner, range, depth)?,
        Item::ArrayOfTables(tables) => {
            let item = |inner: &toml_edit::Table| {
                table(text, inner, inner.span().unwrap_or(range.clone()), depth + 1)
            };
            let items: Vec<Node> = tables.iter().map(item).collect::<Option<_>>()?;
            let end = items.iter().map(|item| item.span.end).max();
            let mut span = Span::new(range.start, range.end);
            span.end = span.end.max(end.unwrap_or(span.end));
            Node { span, value: Value::List(items) }
        }
    }))
}

fn literal(text: &str, value: &Literal, range: Range<usize>, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let span = Span::new(range.start, range.end);
    let bare = || Value::Bare(text.get(range.clone()).unwrap_or_default().to_owned());
    let value = match value {
        Literal::String(text) => Value::String(text.value().clone()),
        Literal::Boolean(truth) => Value::Bool(*truth.value()),
        Literal::Integer(_) | Literal::Float(_) | Literal::Datetime(_) => bare(),
        Literal::Array(array) => {
            let item = |item: &Literal| literal(text, item, item.span().unwrap_or(range.clone()), depth + 1);
            Value::List(array.iter().map(item).collect::<Option<_>>()?)
        }
        Literal::InlineTable(inner) => return table(text, inner, range, depth),
    };
    Some(Node { span, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("x.toml"), text.as_bytes().to_vec()).unwrap()
    }

    fn slices(text: &str, pointer: &str) -> Vec<String> {
        let source = source(text);
        let document = parse(&source).unwrap();
        let nodes = document.root.pointer(pointer);
        nodes.iter().map(|node| source.slice(node.span).to_owned()).collect()
    }

    #[test]
    fn tables_dotted_keys_and_inline_tables_meet_in_one_tree() {
        let text = "# é\n[mcp_servers.\"x.y\"]\r\ncommand = 'npx'\nenv.A = \"ä\"\n[mcp_servers.z]\nenv = { B = 0x1F }\n";
        assert_eq!(slices(text, "/mcp_servers/x.y/command"), ["'npx'"]);
        assert_eq!(slices(text, "/mcp_servers/x.y/env/A"), ["\"ä\""]);
        assert_eq!(slices(text, "/mcp_servers/z/env/B"), ["0x1F"]);
        assert_eq!(
            slices(text, "/mcp_servers/x.y"),
            ["[mcp_servers.\"x.y\"]\r\ncommand = 'npx'\nenv.A = \"ä\""]
        );
    }

    #[test]
    fn arrays_of_tables_are_lists() {
        let text = "[[s]]\nname = \"one\"\n[[s]]\nname = \"two\"\n[s.sub]\nq = true\n";
        assert_eq!(slices(text, "/s/*/name"), ["\"one\"", "\"two\""]);
        assert_eq!(slices(text, "/s/*/sub/q"), ["true"]);
        assert_eq!(slices(text, "/s"), [text.trim_end()]);
    }

    #[test]
    fn duplicate_keys_are_a_problem_that_points_at_the_second() {
        for text in ["a = 1\na = 2\n", "[a]\nx = 1\n[a]\ny = 2\n", "a = {b = 1, b = 2}"] {
            let problem = parse(&source(text)).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Syntax);
            assert!(problem.message.contains("duplicate key"), "{}", problem.message);
            assert!(problem.place.unwrap().1.start > 1);
        }
    }

    #[test]
    fn deep_nesting_is_a_problem_and_not_a_crash() {
        for text in [
            format!("a = {}", "[".repeat(100_000)),
            format!("a = {}", "{b=".repeat(100_000)),
            format!("{}b = 1", "a.".repeat(100_000)),
            format!("[{}b]", "a.".repeat(100_000)),
        ] {
            assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooDeep);
        }
    }

    #[test]
    fn an_empty_file_is_an_empty_document() {
        for text in ["", "# only a comment\r\n", "\n\n"] {
            assert!(parse(&source(text)).unwrap().root.members().is_empty());
        }
    }

    #[test]
    fn an_error_names_its_place() {
        let problem = parse(&source("a = \n")).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Syntax);
        assert_eq!(problem.place.unwrap().1.start, 4);
    }
}
