//! Names and their values wherever a file keeps them: the members of any map, `NAME=value` words, and
//! `{name, value}` items. For rules about a setting that is dangerous whoever reads it.

use mantrap_clients::{Node, Span, Value};

/// One name with a scalar value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The name, as written.
    pub name: &'a str,
    /// The value, as text; `true` and `false` for booleans.
    pub value: &'a str,
    /// The bytes of the value, or of the whole word where both stand in one.
    pub span: Span,
}

/// Every setting of a tree, in source order.
pub fn settings(tree: &Node) -> Vec<Setting<'_>> {
    let mut found = Vec::new();
    collect(tree, &mut found);
    found
}

/// The text of a scalar, booleans included.
pub fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => node.text(),
    }
}

fn collect<'a>(node: &'a Node, found: &mut Vec<Setting<'a>>) {
    let named = node.member("name").or_else(|| node.member("key")).and_then(|member| member.value.text());
    for member in node.members() {
        match scalar(&member.value) {
            Some(value) => {
                let name = named.filter(|_| member.key == "value").unwrap_or(&member.key);
                found.push(Setting { name, value, span: member.value.span });
            }
            None => collect(&member.value, found),
        }
    }
    for item in node.items() {
        match item.text().and_then(|word| word.split_once('=')) {
            Some((name, value)) => {
                found.push(Setting { name: name.trim(), value: value.trim(), span: item.span })
            }
            None => collect(item, found),
        }
    }
}
