//! What patterns of Rust bind.

use tree_sitter::Node;

use crate::ir::{ExprId, Kind, Name, Stmt, Target};
use crate::lower::{Lowering, child, children, position};

/// Binds the names of `pattern` to parts of `value`.
pub(super) fn bind(low: &mut Lowering<'_>, pattern: Node<'_>, value: ExprId) {
    low.deeper(pattern, |low| match pattern.kind() {
        "identifier" | "shorthand_field_identifier" => {
            let name = low.name(pattern);
            // A constant or a variant without fields binds nothing.
            if name.starts_with(|first: char| first.is_lowercase() || first == '_') {
                low.assign(name, Lowering::span(pattern), value);
            }
        }
        "tuple_pattern" => {
            for (nth, part) in children(pattern).enumerate() {
                let inner = bound_name(low, part);
                let key = vec![position(nth)];
                let target = Target::Parts(vec![(key, Target::Name(inner.clone(), Lowering::span(part)))]);
                low.emit(Stmt::Assign { target, value });
                if part.kind() != "identifier" {
                    let value = low.add(part, Kind::Name(inner));
                    bind(low, part, value);
                }
            }
        }
        "struct_pattern" => {
            for part in children(pattern).filter(|part| part.kind() == "field_pattern") {
                let Some(name) = child(part, "name") else { continue };
                let text = low.name(name);
                let field = low.field(part, value, text);
                bind(low, child(part, "pattern").unwrap_or(name), field);
            }
        }
        "slice_pattern" => {
            for part in children(pattern) {
                let value = if part.kind() == "captured_pattern" { value } else { low.element(part, value) };
                bind(low, part, value);
            }
        }
        "captured_pattern" => {
            for part in children(pattern) {
                bind(low, part, value);
            }
        }
        "tuple_struct_pattern" => {
            let path = child(pattern, "type").map(|path| path.id());
            for part in children(pattern).filter(|part| Some(part.id()) != path) {
                bind(low, part, value);
            }
        }
        // `a | b`, `ref a`, `mut a`, `&a`, and the pattern of a match arm.
        "or_pattern"
        | "ref_pattern"
        | "mut_pattern"
        | "reference_pattern"
        | "match_pattern"
        | "parenthesized_pattern" => {
            let condition = child(pattern, "condition").map(|condition| condition.id());
            for part in children(pattern).filter(|part| Some(part.id()) != condition) {
                bind(low, part, value);
            }
        }
        _ => {}
    });
}

fn bound_name(low: &mut Lowering<'_>, part: Node<'_>) -> Name {
    if part.kind() == "identifier" { low.name(part) } else { low.fresh() }
}
