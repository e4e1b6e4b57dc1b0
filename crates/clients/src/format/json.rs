//! JSON, JSONC and JSON5 by way of `jsonc-parser`, which keeps ranges and duplicate keys.

use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

use super::{Document, Format, MAX_DEPTH};
use crate::config::{Irregularity, IrregularityKind};
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

/// Parses JSON of any of the three strictnesses. The lenient grammar is always used; when the client wants
/// strict JSON and the text is not, the file is read all the same and the difference is recorded.
pub fn parse(source: &Arc<Source>, format: Format) -> Result<Document, Problem> {
    let parsed = jsonc_parser::parse_to_ast(&source.text, &CollectOptions::default(), &lenient());
    let root = match parsed {
        Ok(result) => result.value,
        Err(error) => {
            let span = Span::new(error.range().start, error.range().end);
            return Err(Problem::at(
                source,
                span,
                kind_of(&error),
                error.kind().to_string().to_lowercase(),
            ));
        }
    };
    let Some(root) = root else {
        return Err(Problem::new(
            source.origin.clone(),
            ProblemKind::Syntax,
            "the file is empty",
        ));
    };
    let mut irregularities = Vec::new();
    if format == Format::Json
        && let Err(error) = jsonc_parser::parse_to_ast(&source.text, &CollectOptions::default(), &strict())
    {
        let span = Span::new(error.range().start, error.range().end);
        irregularities.push(Irregularity {
            kind: IrregularityKind::NotStrictJson,
            span,
        });
    }
    match convert(&root, 0, &mut irregularities) {
        Some(root) => Ok(Document { root, irregularities }),
        None => Err(Problem::new(
            source.origin.clone(),
            ProblemKind::TooDeep,
            format!("nested deeper than {MAX_DEPTH} levels"),
        )),
    }
}

fn kind_of(error: &jsonc_parser::errors::ParseError) -> ProblemKind {
    match error.kind() {
        jsonc_parser::errors::ParseErrorKind::NestingDepthExceeded => ProblemKind::TooDeep,
        _ => ProblemKind::Syntax,
    }
}

fn lenient() -> ParseOptions {
    ParseOptions {
        allow_missing_commas: false,
        ..ParseOptions::default()
    }
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
fn convert(value: &ast::Value<'_>, depth: usize, irregularities: &mut Vec<Irregularity>) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let range = value.range();
    let span = Span::new(range.start, range.end);
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::NumberLit(literal) => Value::Bare(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::String(literal.value.clone().into_owned()),
        ast::Value::Array(array) => {
            let items = array
                .elements
                .iter()
                .map(|item| convert(item, depth + 1, irregularities));
            Value::List(items.collect::<Option<_>>()?)
        }
        ast::Value::Object(object) => {
            let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
            let mut seen = std::collections::HashSet::with_capacity(object.properties.len());
            for property in &object.properties {
                let (key, range) = match &property.name {
                    ast::ObjectPropName::String(literal) => {
                        (literal.value.clone().into_owned(), literal.range)
                    }
                    ast::ObjectPropName::Word(literal) => (literal.value.to_owned(), literal.range),
                };
                let key_span = Span::new(range.start, range.end);
                if !seen.insert(key.clone()) {
                    irregularities.push(Irregularity {
                        kind: IrregularityKind::DuplicateKey,
                        span: key_span,
                    });
                }
                let value = convert(&property.value, depth + 1, irregularities)?;
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
        for text in [
            "[".repeat(100_000),
            format!("{}1{}", "[".repeat(300), "]".repeat(300)),
        ] {
            assert_eq!(
                parse(&source(&text), Format::Json).unwrap_err().kind,
                ProblemKind::TooDeep
            );
        }
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
