//! Expressions.

use tree_sitter::Node;

use super::class;
use super::{assignment, statement, switch_arm};
use crate::ir::{Arg, ExprId, Kind, Member, Name, Stmt, Target};
use crate::lower::{Lowering, child, children, positional, unquoted};

/// Classes whose `of` makes a list of its arguments.
const LISTS: [&str; 9] =
    ["List", "Set", "Stream", "Arrays", "ImmutableList", "ImmutableSet", "EnumSet", "Flux", "Collections"];

pub(super) fn expression(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match low.deeper(node, |low| inside(low, node)) {
        Some(expr) => expr,
        None => low.opaque(node, Vec::new()),
    }
}

fn expressions(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    children(node).map(|part| expression(low, part)).collect()
}

fn inside(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "type_identifier" => {
            let name = low.name(node);
            low.bare(node, name, true)
        }
        "this" | "super" => low.add(node, Kind::This),
        "field_access" => match (child(node, "object"), child(node, "field")) {
            (Some(object), Some(field)) => {
                let base = receiver(low, object);
                let name = low.name(field);
                low.field(node, base, name)
            }
            _ => low.opaque(node, Vec::new()),
        },
        "scoped_identifier" | "scoped_type_identifier" | "generic_type" => type_name(low, node),
        "string_literal" => {
            let text: String = children(node).map(|part| unquoted(low.text(part))).collect();
            low.add(node, Kind::Text(Name::from(text)))
        }
        "character_literal" => {
            let text = low.text(node).trim_matches('\'');
            low.add(node, Kind::Text(Name::from(unquoted(text))))
        }
        "method_invocation" => call(low, node),
        "object_creation_expression" => creation(low, node),
        "array_creation_expression" => match child(node, "value") {
            Some(value) => expression(low, value),
            None => low.opaque(node, Vec::new()),
        },
        "array_initializer" | "element_value_array_initializer" => {
            let parts = expressions(low, node);
            low.add(node, Kind::List(parts))
        }
        "array_access" => match (child(node, "array"), child(node, "index")) {
            (Some(array), Some(index)) => {
                let base = expression(low, array);
                let index = expression(low, index);
                low.add(node, Kind::Index(base, Some(index)))
            }
            _ => low.opaque(node, Vec::new()),
        },
        "lambda_expression" => lambda(low, node),
        "method_reference" => reference(low, node),
        "binary_expression" => binary(low, node),
        "ternary_expression" => {
            let parts = ["condition", "consequence", "alternative"].map(|part| child(node, part));
            let [Some(test), Some(then), Some(otherwise)] = parts else {
                return low.opaque(node, Vec::new());
            };
            let test = expression(low, test);
            low.one_of(node, test, |low| expression(low, then), |low| expression(low, otherwise))
        }
        "switch_expression" => switch(low, node),
        "cast_expression" => match child(node, "value") {
            Some(value) => {
                let value = expression(low, value);
                if let Some(types) = child(node, "type") {
                    let types = low.type_names(types);
                    low.declared(value, types);
                }
                value
            }
            None => low.opaque(node, Vec::new()),
        },
        "instanceof_expression" => {
            let value = child(node, "left").map(|left| expression(low, left));
            bind_pattern(low, node, value);
            low.opaque(node, value.into_iter().collect())
        }
        "parenthesized_expression" => match children(node).next() {
            Some(inner) => expression(low, inner),
            None => low.opaque(node, Vec::new()),
        },
        "assignment_expression" => assignment(low, node),
        "element_value_pair" => match child(node, "value") {
            Some(value) => expression(low, value),
            None => low.opaque(node, Vec::new()),
        },
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

/// What stands before a dot: a name in capitals may be a class.
fn receiver(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    if node.kind() != "identifier" {
        return expression(low, node);
    }
    let name = low.name(node);
    let is_value = name.chars().next().is_some_and(char::is_lowercase);
    low.bare(node, name, is_value)
}

/// A type as the name, or chain of names, that it is.
fn type_name(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let node = match node.kind() {
        "generic_type" => children(node).next().unwrap_or(node),
        _ => node,
    };
    let mut parts = low.text(node).split('.').map(str::trim);
    let first = low.intern(parts.next().unwrap_or_default());
    let base = low.add(node, Kind::Name(first));
    parts.fold(base, |base, part| {
        let name = low.intern(part);
        low.field(node, base, name)
    })
}

/// The variables that patterns bind: `instanceof Foo f`, `case Foo(String a, var b)`.
pub(super) fn bind_pattern(low: &mut Lowering<'_>, node: Node<'_>, value: Option<ExprId>) {
    let Some(value) = value else { return };
    if let Some(name_node) = child(node, "name") {
        let types = child(node, "right").map(|types| low.type_names(types)).unwrap_or_default();
        let name = low.name(name_node);
        let same = low.add(name_node, Kind::Either(vec![value]));
        low.declared(same, types);
        low.declare_as(name, Lowering::span(name_node), same);
    }
    low.deeper(node, |low| {
        for part in children(node) {
            match part.kind() {
                "type_pattern" | "record_pattern" | "record_pattern_body" | "pattern" => {
                    bind_pattern(low, part, Some(value));
                    // The name is the last of a pattern that has a type.
                    if let ("type_pattern", Some(name_node)) = (part.kind(), children(part).last()) {
                        let name = low.name(name_node);
                        low.declare_as(name, Lowering::span(name_node), value);
                    }
                }
                "record_pattern_component" => {
                    let Some(name_node) = children(part).last().filter(|last| last.kind() == "identifier")
                    else {
                        bind_pattern(low, part, Some(value));
                        continue;
                    };
                    let name = low.name(name_node);
                    let element = low.element(name_node, value);
                    let either = low.add(name_node, Kind::Either(vec![value, element]));
                    low.declare_as(name, Lowering::span(name_node), either);
                }
                _ => {}
            }
        }
    });
}

pub(super) fn target(low: &mut Lowering<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" => {
            let name = low.name(node);
            low.bare_target(node, name)
        }
        _ => Target::Place(expression(low, node)),
    }
}

pub(super) fn arguments(low: &mut Lowering<'_>, list: Option<Node<'_>>) -> Vec<Arg> {
    let parts = list.into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
    parts
        .map(|part| match (part.kind(), child(part, "key")) {
            ("element_value_pair", Some(key)) => {
                Arg { name: Some(low.name(key)), value: expression(low, part), is_spread: false }
            }
            _ => positional(expression(low, part)),
        })
        .collect()
}

fn call(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(name_node) = child(node, "name") else { return low.opaque(node, Vec::new()) };
    let name = low.name(name_node);
    let object = child(node, "object");
    let owner = object.map(|object| low.text(object)).unwrap_or_default();
    let list = child(node, "arguments");
    let count = list.map_or(0, |list| children(list).count());
    if LISTS.contains(&owner) && matches!(&*name, "of" | "asList" | "stream" | "fromArray" | "just") {
        let parts = list.map(|list| expressions(low, list)).unwrap_or_default();
        // One argument may be the array itself.
        return match parts.as_slice() {
            [one] if count == 1 && owner != "List" && owner != "Set" => {
                let wrapped = low.add(node, Kind::List(vec![*one]));
                low.add(node, Kind::Either(vec![*one, wrapped]))
            }
            _ => low.add(node, Kind::List(parts)),
        };
    }
    if matches!((owner, &*name), ("Map" | "ImmutableMap", "of" | "ofEntries")) {
        return record(low, node, list);
    }
    let callee = match object {
        Some(object) => {
            let base = receiver(low, object);
            low.field(node, base, name)
        }
        None => low.bare_call(name_node, name),
    };
    let args = arguments(low, list);
    low.add(node, Kind::Call { callee, args, is_new: false })
}

/// `Map.of(k, v, …)` and `Map.ofEntries(Map.entry(k, v), …)`.
fn record(low: &mut Lowering<'_>, node: Node<'_>, list: Option<Node<'_>>) -> ExprId {
    let mut parts = Vec::new();
    for part in list.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        match (child(part, "name").map(|name| low.text(name)), child(part, "arguments")) {
            (Some("entry"), Some(pair)) => parts.extend(children(pair)),
            _ => parts.push(part),
        }
    }
    let mut members = Vec::new();
    for pair in parts.chunks(2) {
        let [key, value] = pair else { continue };
        let key = expression(low, *key);
        let value = expression(low, *value);
        let key = match &low.unit.expr(key).kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        };
        members.push(Member { key, value, is_spread: false });
    }
    low.add(node, Kind::Record(members))
}

fn creation(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(types) = child(node, "type") else {
        let parts = expressions(low, node);
        return low.opaque(node, parts);
    };
    let mut callee = type_name(low, types);
    let args = arguments(low, child(node, "arguments"));
    if let Some(body) = children(node).find(|part| part.kind() == "class_body") {
        let name = class::anonymous(low, body, callee);
        callee = low.add(types, Kind::Name(name));
    }
    low.add(node, Kind::Call { callee, args, is_new: true })
}

fn lambda(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let id = low.function(node, Name::default(), Lowering::span(node), None, |low| {
        low.in_function(|low| {
            if let Some(list) = child(node, "parameters") {
                match list.kind() {
                    "identifier" => {
                        let name = low.name(list);
                        low.local(name.clone());
                        low.param(name, Lowering::span(list));
                    }
                    _ => class::parameters(low, list),
                }
            }
            match child(node, "body") {
                Some(body) if body.kind() == "block" => statement(low, body),
                Some(body) => {
                    let value = expression(low, body);
                    low.emit(Stmt::Return { value: Some(value), goes_on: false });
                }
                None => {}
            }
        });
    });
    low.add(node, Kind::Closure(id))
}

/// `X::new`, `this::m`, `X::m`.
fn reference(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let parts: Vec<Node<'_>> = children(node).collect();
    match parts.as_slice() {
        [owner] => receiver(low, *owner),
        [owner, .., method] => {
            let base = receiver(low, *owner);
            let name = low.name(*method);
            low.field(node, base, name)
        }
        [] => low.opaque(node, Vec::new()),
    }
}

fn binary(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    // `a + b + c + …` nests to the left as deep as it is long.
    let mut parts = Vec::new();
    let mut left = node;
    while left.kind() == "binary_expression" {
        parts.extend(child(left, "right"));
        match child(left, "left") {
            Some(next) => left = next,
            None => break,
        }
    }
    parts.push(left);
    parts.reverse();
    let parts: Vec<ExprId> = parts.into_iter().map(|part| expression(low, part)).collect();
    match child(node, "operator").map(|operator| low.text(operator)) {
        Some("+") => low.add(node, Kind::Join(parts)),
        _ => low.opaque(node, parts),
    }
}

/// Every arm gives its value to one hidden variable.
fn switch(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let value = child(node, "condition").map(|value| expression(low, value));
    let name = low.fresh();
    let block = child(node, "body").or_else(|| children(node).find(|part| part.kind() == "switch_block"));
    let mut arms = Vec::new();
    for arm in block.into_iter().flat_map(|block| children(block).collect::<Vec<_>>()) {
        let last = children(arm).last().filter(|_| arm.kind() == "switch_rule");
        arms.push(match last {
            Some(result) if result.kind() == "expression_statement" => low.giving(result, &name, |low| {
                for pattern in children(arm).filter(|part| part.kind() == "switch_label") {
                    children(pattern).for_each(|pattern| bind_pattern(low, pattern, value));
                }
                children(result)
                    .next()
                    .map(|inner| expression(low, inner))
                    .unwrap_or_else(|| low.opaque(result, Vec::new()))
            }),
            _ => low.block(|low| low.with_result(&name, |low| switch_arm(low, arm, value))),
        });
    }
    low.emit(Stmt::Branches(arms));
    low.add(node, Kind::Name(name))
}
