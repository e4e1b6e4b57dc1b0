//! What must hold of every parsed file, shared by the targets.

use std::sync::Arc;

use mantrap_clients::format::Document;
use mantrap_clients::{Node, Origin, Source, Span};

/// The source of an input, unless its bytes are no text.
#[allow(dead_code)]
pub fn source(data: &[u8]) -> Option<Arc<Source>> {
    Source::decode(Origin::file("input"), data.to_vec()).ok()
}

/// Parses an input of one format and checks the document.
#[allow(dead_code)]
pub fn parse(data: &[u8], format: mantrap_clients::Format) {
    let Some(source) = source(data) else { return };
    match mantrap_clients::format::parse(&source, format) {
        Ok(read) => document(&source, &read),
        Err(error) => problem(&error),
    }
}

/// Every span lies in the text and on character boundaries.
#[allow(dead_code)]
pub fn document(source: &Source, document: &Document) {
    node(source, &document.root);
    for irregularity in &document.irregularities {
        span(source, irregularity.span);
    }
    document.problems.iter().for_each(problem);
}

pub fn problem(problem: &mantrap_clients::Problem) {
    assert!(!problem.message.is_empty());
    if let Some((source, place)) = &problem.place {
        span(source, *place);
        source.line_column(place.start);
        source.file_range(*place);
    }
}

pub fn node(source: &Source, tree: &Node) {
    span(source, tree.span);
    for member in tree.members() {
        span(source, member.key_span);
        node(source, &member.value);
    }
    for item in tree.items() {
        node(source, item);
    }
}

pub fn span(source: &Source, span: Span) {
    assert!(span.start <= span.end, "{span:?} is backwards");
    assert!(
        source.text.get(span.range()).is_some(),
        "{span:?} is not in the text"
    );
}
