//! Patterns: what they bind.

use tree_sitter::Node;

use crate::ir::{ExprId, Kind};
use crate::lower::{Lowering, child, children, position};

/// Binds the variables of a pattern to parts of `value`: `(a, b)`, `Foo f`, `{ X: var x }`, `var y`.
pub(super) fn bind(low: &mut Lowering<'_>, node: Node<'_>, value: ExprId) {
    low.deeper(node, |low| match node.kind() {
        "identifier" => {
            let name = low.name(node);
            low.declare_as(name, Lowering::span(node), value);
        }
        "tuple_pattern" | "parenthesized_variable_designation" | "tuple_expression" => {
            for (nth, part) in children(node).enumerate() {
                let crate::ir::Key::Named(step) = position(nth) else { continue };
                let element = low.field(part, value, step);
                bind(low, part, element);
            }
        }
        "subpattern" => {
            let parts: Vec<Node<'_>> = children(node).collect();
            match parts.as_slice() {
                [name, .., pattern] if name.kind() == "identifier" => {
                    let name = low.name(*name);
                    let field = low.field(node, value, name);
                    bind(low, *pattern, field);
                }
                [only] => bind(low, *only, value),
                _ => {}
            }
        }
        "argument"
        | "declaration_expression"
        | "declaration_pattern"
        | "recursive_pattern"
        | "var_pattern" => {
            let name_node = child(node, "name");
            if let Some(name_node) = name_node {
                let types = child(node, "type").map(|types| low.type_names(types)).unwrap_or_default();
                let same = low.add(name_node, Kind::Either(vec![value]));
                low.declared(same, types);
                bind(low, name_node, same);
            }
            for part in children(node).filter(|part| Some(part.id()) != name_node.map(|name| name.id())) {
                if node.kind() == "var_pattern" || !matches!(part.kind(), "identifier" | "generic_name") {
                    bind(low, part, value);
                }
            }
        }
        "property_pattern_clause"
        | "positional_pattern_clause"
        | "and_pattern"
        | "or_pattern"
        | "parenthesized_pattern"
        | "negated_pattern"
        | "list_pattern" => {
            for part in children(node) {
                bind(low, part, value);
            }
        }
        _ => {}
    });
}
