//! JSON, JSONC and JSON5 by way of `jsonc-parser`, which keeps ranges and duplicate keys.

use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

use super::{Document, Format, Keys, MAX_DEPTH, MAX_NODES, is_dense, too_deep, too_many};
use crate::config::{Irregularity, IrregularityKind};
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

/// Parses JSON of any of the three strictnesses. A strict text is parsed once. When the client wants strict JSON
/// and the text is not, the file is read all the same and the difference is recorded.
pub fn parse(source: &Arc<Source>, format: Format) -> Result<Document, Problem> {
    parse_text(source, &source.text, 0, format)
}

/// Parses JSON inside a larger file: `text` begins at byte `offset` of `source`.
pub(super) fn parse_text(
    source: &Arc<Source>,
    text: &str,
    offset: usize,
    format: Format,
) -> Result<Document, Problem> {
    if is_dense(text, [b',', b'[', b'{'], MAX_NODES) {
        return Err(too_many(source, MAX_NODES));
    }
    let span = |range: jsonc_parser::common::Range| Span::new(offset + range.start, offset + range.end);
    let mut irregularities = Vec::new();
    let mut repaired = None;
    if format == Format::Json {
        match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &strict()) {
            Ok(result) if result.value.is_some() => {
                return finish(source, result.value, offset, irregularities);
            }
            Ok(_) => irregularities.push(Irregularity {
                kind: IrregularityKind::NotStrictJson,
                span: Span::new(offset, offset),
            }),
            Err(error) => {
                // JavaScript accepts half a surrogate pair. The replacement is as long, so spans stay true.
                repaired = without_lone_surrogates(text);
                irregularities
                    .push(Irregularity { kind: IrregularityKind::NotStrictJson, span: span(error.range()) });
            }
        }
    } else {
        repaired = without_lone_surrogates(text);
    }
    let text = repaired.as_deref().unwrap_or(text);
    match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &lenient()) {
        Ok(result) => finish(source, result.value, offset, irregularities),
        Err(error) => Err(Problem::at(
            source,
            span(error.range()),
            kind_of(&error),
            error.kind().to_string().to_lowercase(),
        )),
    }
}

fn finish(
    source: &Arc<Source>,
    root: Option<ast::Value<'_>>,
    offset: usize,
    irregularities: Vec<Irregularity>,
) -> Result<Document, Problem> {
    let mut document = Document { irregularities, ..Document::empty() };
    if let Some(root) = root {
        let range = root.range();
        document.root = convert(&root, offset, 0, &mut document.irregularities)
            .ok_or_else(|| too_deep(source, Span::new(offset + range.start, offset + range.start)))?;
    }
    Ok(document)
}

/// The text with every `\ud800`…`\udfff` that is not half of a pair replaced by `\ufffd`; nothing when it
/// has none.
fn without_lone_surrogates(text: &str) -> Option<String> {
    memchr::memmem::find(text.as_bytes(), b"\\u")?;
    let unit = |at: usize| -> Option<u16> {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let here = at + found;
        at = match unit(here) {
            Some(0xd800..=0xdbff) if matches!(unit(here + 6), Some(0xdc00..=0xdfff)) => here + 12,
            Some(0xd800..=0xdfff) => {
                out.push_str(text.get(copied..here)?);
                out.push_str("\\ufffd");
                copied = here + 6;
                copied
            }
            // The escaped character may itself be a backslash.
            _ => here + 2,
        };
    }
    if copied == 0 {
        return None;
    }
    out.push_str(text.get(copied..)?);
    Some(out)
}

fn kind_of(error: &jsonc_parser::errors::ParseError) -> ProblemKind {
    match error.kind() {
        jsonc_parser::errors::ParseErrorKind::NestingDepthExceeded => ProblemKind::TooDeep,
        _ => ProblemKind::Syntax,
    }
}

fn lenient() -> ParseOptions {
    ParseOptions { allow_missing_commas: false, ..ParseOptions::default() }
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Nothing where the nesting passes [`MAX_DEPTH`].
fn convert(
    value: &ast::Value<'_>,
    offset: usize,
    depth: usize,
    irregularities: &mut Vec<Irregularity>,
) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let place = |range: jsonc_parser::common::Range| Span::new(offset + range.start, offset + range.end);
    let span = place(value.range());
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::NumberLit(literal) => Value::Bare(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::String(literal.value.clone().into_owned()),
        ast::Value::Array(array) => {
            let items = array.elements.iter().map(|item| convert(item, offset, depth + 1, irregularities));
            Value::List(items.collect::<Option<_>>()?)
        }
        ast::Value::Object(object) => {
            let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
            let mut keys = Keys::default();
            for property in &object.properties {
                let (key, range) = match &property.name {
                    ast::ObjectPropName::String(literal) => {
                        (literal.value.clone().into_owned(), literal.range)
                    }
                    ast::ObjectPropName::Word(literal) => (literal.value.to_owned(), literal.range),
                };
                let key_span = place(range);
                if keys.is_known(&members, &key) {
                    irregularities
                        .push(Irregularity { kind: IrregularityKind::DuplicateKey, span: key_span });
                }
                let value = convert(&property.value, offset, depth + 1, irregularities)?;
                members.push(Member { key, key_span, value });
            }
            Value::Map(members)
        }
    };
    Some(Node { span, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("x.json"), text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn spans_cover_the_literal_with_its_quotes() {
        let source = source("{\"a\": [\"x\\n\", 1]}");
        let document = parse(&source, Format::Json).unwrap();
        let item = &document.root.pointer("/a")[0].items()[0];
        assert_eq!(item.text(), Some("x\n"));
        assert_eq!(source.slice(item.span), "\"x\\n\"");
        assert!(document.irregularities.is_empty());
    }

    #[test]
    fn comments_are_read_and_recorded_where_the_client_is_strict() {
        let text = "{ // note\n \"a\": 1, }";
        let strict = parse(&source(text), Format::Json).unwrap();
        assert_eq!(strict.irregularities[0].kind, IrregularityKind::NotStrictJson);
        let relaxed = parse(&source(text), Format::Jsonc).unwrap();
        assert!(relaxed.irregularities.is_empty());
    }

    #[test]
    fn duplicate_keys_are_kept_and_recorded() {
        let document = parse(&source("{\"a\": 1, \"a\": 2}"), Format::Json).unwrap();
        assert_eq!(document.root.members().len(), 2);
        assert_eq!(document.irregularities[0].kind, IrregularityKind::DuplicateKey);
    }

    #[test]
    fn deep_nesting_is_a_problem_and_not_a_crash() {
        for text in ["[".repeat(100_000), format!("{}1{}", "[".repeat(300), "]".repeat(300))] {
            assert_eq!(parse(&source(&text), Format::Json).unwrap_err().kind, ProblemKind::TooDeep);
        }
    }

    #[test]
    fn half_a_surrogate_pair_does_not_hide_the_file() {
        let text = r#"{"a": "\ud800", "b": "\\ud800 \ud83d\ude00", "c": "x"}"#;
        for format in [Format::Json, Format::Jsonc] {
            let source = source(text);
            let document = parse(&source, format).unwrap();
            let text = |key| document.root.member(key).unwrap().value.text();
            assert_eq!(text("a"), Some("\u{fffd}"));
            assert_eq!(text("b"), Some("\\ud800 \u{1f600}"));
            assert_eq!(source.slice(document.root.member("c").unwrap().value.span), "\"x\"");
        }
    }

    #[test]
    fn an_empty_file_is_an_empty_document() {
        for text in ["", " \r\n\t", "// only a comment\n", "/* and another */"] {
            for format in [Format::Json, Format::Jsonc, Format::Json5] {
                let document = parse(&source(text), format).unwrap();
                assert_eq!(document.root.value, Value::Null);
                assert_eq!(document.irregularities.len(), usize::from(format == Format::Json));
            }
        }
    }

    #[test]
    fn huge_numbers_and_long_strings_are_kept_as_written() {
        let number = "9".repeat(10_000);
        let string = "x".repeat(1_000_000);
        let document = parse(&source(&format!("[{number}, -1e999999, \"{string}\"]")), Format::Json).unwrap();
        let texts: Vec<_> = document.root.items().iter().map(|item| item.text().unwrap()).collect();
        assert_eq!(texts, [number.as_str(), "-1e999999", string.as_str()]);
    }

    #[test]
    fn a_file_of_nothing_but_values_is_refused() {
        let text = format!("[{}0]", "0,".repeat(MAX_NODES + 1));
        assert_eq!(parse(&source(&text), Format::Json).unwrap_err().kind, ProblemKind::TooLarge);
    }

    #[test]
    fn json5_is_read() {
        let document = parse(&source("{a: 'x', b: .5, c: +1, d: 0xFF,}"), Format::Json5).unwrap();
        assert_eq!(document.root.member("a").unwrap().value.text(), Some("x"));
    }

    #[test]
    fn an_error_names_its_place() {
        let source = source("{\"a\": }");
        let problem = parse(&source, Format::Json).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Syntax);
        assert!(problem.place.is_some());
    }
}
