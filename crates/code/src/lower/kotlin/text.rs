//! Texts with values in them.

use tree_sitter::Node;

use super::expression::expression;
use crate::ir::{ExprId, Kind, Name};
use crate::lower::{Lowering, children, unquoted};

/// `"a $b ${c.d}"`. The grammar reads `$b` as text: a dollar, and a text that begins with the name.
pub(super) fn text(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts: Vec<ExprId> = Vec::new();
    let mut plain = String::new();
    let mut is_name = false;
    for part in children(node) {
        if part.kind() == "interpolation" {
            let value = children(part).next().map(|inner| expression(low, inner));
            parts.extend(value);
            continue;
        }
        let written = low.text(part);
        if written == "$" {
            is_name = true;
            continue;
        }
        let end =
            written.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(written.len());
        let (name, rest) = written.split_at_checked(end).unwrap_or((written, ""));
        match std::mem::replace(&mut is_name, false) && !name.is_empty() {
            true => {
                let name = low.intern(name);
                parts.push(low.bare(part, name, true));
                plain.push_str(&unquoted(rest));
            }
            false => plain.push_str(&unquoted(written)),
        }
    }
    let known = low.add(node, Kind::Text(Name::from(plain)));
    if parts.is_empty() {
        return known;
    }
    parts.push(known);
    low.add(node, Kind::Join(parts))
}
