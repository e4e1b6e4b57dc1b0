//! Macros of Rust. Their arguments are tokens; chains of names, fields and calls among them are read as such.

use tree_sitter::Node;

use crate::ir::{ExprId, Kind, Name, Stmt};
use crate::lower::{Lowering, child, children, positional, unquoted};

/// `format!("…{a}…", b)`, `vec![a, b]`, `bail!("…")`, `query_as!(Row, "…")`.
pub(super) fn invocation(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let path = child(node, "macro");
    let name = path.map(|path| low.text(path)).unwrap_or_default();
    let short = name.rsplit("::").next().unwrap_or(name);
    let tree = children(node).find(|part| part.kind() == "token_tree");
    let mut parts = tree.map(|tree| pieces(low, tree)).unwrap_or_default();
    match short {
        "vec" => low.add(node, Kind::List(parts)),
        "format" | "format_args" | "concat" | "anyhow" | "eyre" | "write" | "writeln" => {
            if let Some(tree) = tree {
                parts.extend(captured(low, tree));
            }
            low.add(node, Kind::Join(parts))
        }
        "panic" | "bail" | "unreachable" | "todo" | "unimplemented" => {
            let value = low.opaque(node, parts);
            low.emit(Stmt::Expr(value));
            low.emit(Stmt::Leave);
            value
        }
        "ensure" | "assert" => {
            let test = low.opaque(node, parts);
            low.emit(Stmt::If { test, then: Vec::new(), otherwise: vec![Stmt::Leave] });
            test
        }
        "matches" | "println" | "eprintln" | "debug" | "info" | "warn" | "error" | "trace" => {
            low.opaque(node, parts)
        }
        _ => {
            let callee = low.add(node, Kind::Name(Name::from(short)));
            let args = parts.into_iter().map(positional).collect();
            low.add(node, Kind::Call { callee, args, is_new: false })
        }
    }
}

/// The values between the commas of a token tree.
fn pieces(low: &mut Lowering<'_>, tree: Node<'_>) -> Vec<ExprId> {
    let found = low.deeper(tree, |low| {
        let mut found = Vec::new();
        let mut piece: Vec<Node<'_>> = Vec::new();
        let mut cursor = tree.walk();
        let tokens: Vec<Node<'_>> = tree.children(&mut cursor).collect();
        let inner = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
        for token in inner {
            match low.text(*token) {
                "," | ";" | "=>" => found.extend(value(low, &std::mem::take(&mut piece))),
                _ => piece.push(*token),
            }
        }
        found.extend(value(low, &piece));
        found
    });
    found.unwrap_or_default()
}

/// What a run of tokens says: one chain is its value, several are joined.
fn value(low: &mut Lowering<'_>, tokens: &[Node<'_>]) -> Option<ExprId> {
    let first = *tokens.first()?;
    let mut chains: Vec<ExprId> = Vec::new();
    let mut is_member = false;
    for token in tokens {
        let text = low.text(*token);
        match token.kind() {
            "identifier" | "self" | "crate" | "super" => {
                let name = low.name(*token);
                let chain = match (is_member, chains.pop()) {
                    (true, Some(base)) => low.field(*token, base, name),
                    (_, before) => {
                        chains.extend(before);
                        let kind = if text == "self" { Kind::This } else { Kind::Name(name) };
                        low.add(*token, kind)
                    }
                };
                chains.push(chain);
                is_member = false;
            }
            "string_literal" | "raw_string_literal" => {
                let text = literal(text);
                chains.push(low.add(*token, Kind::Text(Name::from(text))));
                is_member = false;
            }
            "token_tree" => {
                let parts = pieces(low, *token);
                let is_call = text.starts_with('(');
                match chains.pop() {
                    Some(callee) if is_call && !is_member => {
                        let args = parts.into_iter().map(positional).collect();
                        chains.push(low.add(*token, Kind::Call { callee, args, is_new: false }));
                    }
                    Some(base) if text.starts_with('[') => {
                        chains.push(low.add(*token, Kind::Index(base, parts.first().copied())));
                    }
                    before => {
                        chains.extend(before);
                        chains.push(low.add(*token, Kind::List(parts)));
                    }
                }
            }
            _ => is_member = matches!(text, "." | "::"),
        }
    }
    match chains.as_slice() {
        [] => None,
        [only] => Some(*only),
        _ => Some(low.add(first, Kind::Join(chains))),
    }
}

/// The names that a format string mentions itself: `{name}`, `{name:?}`.
fn captured(low: &mut Lowering<'_>, tree: Node<'_>) -> Vec<ExprId> {
    let mut found = Vec::new();
    for format in children(tree).filter(|part| part.kind().ends_with("string_literal")) {
        for hole in low.text(format).split('{').skip(1) {
            let name: String =
                hole.chars().take_while(|next| next.is_alphanumeric() || *next == '_').collect();
            if name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
                found.push(low.add(format, Kind::Name(Name::from(name))));
            }
        }
    }
    found
}

/// What a string literal of any kind says.
pub(super) fn literal(text: &str) -> String {
    let is_raw = text.trim_start_matches('b').starts_with('r');
    let inner = text.trim_start_matches(['b', 'r', 'c']).trim_matches('#').trim_matches('"');
    if is_raw { inner.to_owned() } else { unquoted(inner) }
}
