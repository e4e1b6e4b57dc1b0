//! Expressions.

use tree_sitter::Node;

use super::block::{self, Scope};
use super::text::text;
use super::{class, identifier, initializer, is_type, leave, statement};
use crate::ir::{Arg, ExprId, Kind, Member, Name, Stmt, Target};
use crate::lower::{Lowering, child, children, position, positional};

/// Functions that make a list of their arguments.
const LISTS: [&str; 12] = [
    "listOf",
    "setOf",
    "mutableListOf",
    "mutableSetOf",
    "arrayListOf",
    "arrayOf",
    "sequenceOf",
    "listOfNotNull",
    "emptyList",
    "emptySet",
    "linkedSetOf",
    "hashSetOf",
];
/// Functions that make a record of pairs.
const RECORDS: [&str; 5] = ["mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf", "emptyMap"];
/// Functions whose block runs where it stands, and gives their value.
const BLOCKS: [&str; 10] = [
    "run",
    "withContext",
    "transaction",
    "runBlocking",
    "coroutineScope",
    "synchronized",
    "runCatching",
    "newSuspendedTransaction",
    "supervisorScope",
    "withTimeout",
];

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
        "identifier" => {
            let name = low.name(node);
            let is_value = !name.chars().next().is_some_and(char::is_uppercase);
            low.bare(node, name, is_value)
        }
        "this_expression" | "super_expression" => low.receiver_or_this(node),
        "navigation_expression" => {
            let parts: Vec<Node<'_>> = children(node).collect();
            match parts.as_slice() {
                [base, .., name] => {
                    let base = expression(low, *base);
                    let name = low.name(*name);
                    low.field(node, base, name)
                }
                [only] => expression(low, *only),
                [] => low.opaque(node, Vec::new()),
            }
        }
        "index_expression" => {
            let parts = expressions(low, node);
            match parts.as_slice() {
                [base, key, ..] => match low.unit.expr(*key).kind.clone() {
                    Kind::Text(text) => low.field(node, *base, text),
                    _ => low.add(node, Kind::Index(*base, Some(*key))),
                },
                _ => low.opaque(node, parts),
            }
        }
        "call_expression" => call(low, node),
        "string_literal" | "multiline_string_literal" => text(low, node),
        "character_literal" => {
            let written = low.text(node).trim_matches('\'');
            low.add(node, Kind::Text(Name::from(written)))
        }
        "lambda_literal" => block::lambda(low, node),
        "annotated_lambda"
        | "parenthesized_expression"
        | "labeled_expression"
        | "annotated_expression"
        | "spread_expression"
        | "value_argument" => match children(node).last() {
            Some(inner) => expression(low, inner),
            None => low.opaque(node, Vec::new()),
        },
        "anonymous_function" => block::anonymous(low, node),
        "callable_reference" => {
            let Some(name) = children(node).last().map(|name| low.name(name)) else {
                return low.opaque(node, Vec::new());
            };
            let this = low.add(node, Kind::This);
            let own = low.field(node, this, name.clone());
            let other = low.add(node, Kind::Name(name));
            low.add(node, Kind::Either(vec![own, other]))
        }
        "object_literal" => {
            let name = class::anonymous(low, node);
            let callee = low.add(node, Kind::Name(name));
            low.add(node, Kind::Call { callee, args: Vec::new(), is_new: true })
        }
        "binary_expression" => binary(low, node),
        "infix_expression" => {
            let parts: Vec<Node<'_>> = children(node).collect();
            match parts.as_slice() {
                [left, word, right] => {
                    let is_pair = low.text(*word) == "to";
                    let pair = vec![expression(low, *left), expression(low, *right)];
                    low.add(node, if is_pair { Kind::List(pair) } else { Kind::Opaque(pair) })
                }
                _ => low.opaque(node, Vec::new()),
            }
        }
        "if_expression" => {
            let Some(test_node) = child(node, "condition") else { return low.opaque(node, Vec::new()) };
            let sides: Vec<Node<'_>> = children(node).filter(|part| part.id() != test_node.id()).collect();
            let [then, otherwise, ..] = sides.as_slice() else {
                statement(low, node);
                return low.opaque(node, Vec::new());
            };
            let test = expression(low, test_node);
            low.one_of(node, test, |low| block::value(low, *then), |low| block::value(low, *otherwise))
        }
        "when_expression" => {
            let name = low.fresh();
            block::when(low, node, Some(&name));
            low.add(node, Kind::Name(name))
        }
        "try_expression" => {
            let name = low.fresh();
            block::attempt(low, node, Some(&name));
            low.add(node, Kind::Name(name))
        }
        "as_expression" => {
            let Some(value) = child(node, "left").map(|value| expression(low, value)) else {
                return low.opaque(node, Vec::new());
            };
            if let Some(types) = child(node, "right") {
                let types = low.type_names(types);
                low.declared(value, types);
            }
            value
        }
        // `x!!` says that `x` is something.
        "unary_expression" => {
            let value = child(node, "argument").map(|value| expression(low, value));
            match value {
                Some(value) if low.text(node).ends_with("!!") => value,
                value => low.opaque(node, value.into_iter().collect()),
            }
        }
        "return_expression" | "throw_expression" => {
            leave(low, node);
            low.opaque(node, Vec::new())
        }
        "collection_literal" => {
            let parts = expressions(low, node);
            low.add(node, Kind::List(parts))
        }
        "assignment" => {
            statement(low, node);
            low.opaque(node, Vec::new())
        }
        kind if kind.ends_with("_type") || kind == "type_arguments" => low.opaque(node, Vec::new()),
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

/// What a call is made of: `f<T>(a) { b }` is one call with a block.
struct Parts<'t> {
    callee: Option<Node<'t>>,
    types: Option<Node<'t>>,
    list: Option<Node<'t>>,
    block: Option<Node<'t>>,
}

fn parts<'t>(node: Node<'t>) -> Parts<'t> {
    let mut found = Parts { callee: None, types: None, list: None, block: None };
    for part in children(node) {
        match part.kind() {
            "value_arguments" => found.list = Some(part),
            "type_arguments" => found.types = Some(part),
            "annotated_lambda" => found.block = children(part).find(|part| part.kind() == "lambda_literal"),
            "lambda_literal" => found.block = Some(part),
            _ => found.callee = Some(part),
        }
    }
    if let Some(inner) = found.callee.filter(|inner| inner.kind() == "call_expression")
        && found.list.is_none()
        && found.block.is_some()
    {
        let inner = parts(inner);
        if inner.block.is_none() {
            return Parts { block: found.block, ..inner };
        }
    }
    found
}

fn call(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Parts { callee, types, list, block } = parts(node);
    let Some(callee_node) = callee else { return low.opaque(node, Vec::new()) };
    let (object, name_node) = match callee_node.kind() {
        "navigation_expression" => (children(callee_node).next(), children(callee_node).last()),
        _ => (None, Some(callee_node)),
    };
    let name = name_node.map(|name| low.text(name)).unwrap_or_default();
    if object.is_none() {
        if let Some(known) = well_known(low, node, name, list, block) {
            return known;
        }
    } else if let (Some(object), Some(lambda)) = (object, block) {
        let kind = match name {
            "let" | "use" | "useLines" => Some(Scope::Given),
            "also" => Some(Scope::Passed),
            "run" => Some(Scope::Inside),
            "apply" => Some(Scope::Filled),
            // A row that is made and filled.
            "new" if list.is_none() => {
                let owner = expression(low, object);
                let made = low.add(object, Kind::Call { callee: owner, args: Vec::new(), is_new: true });
                return block::scope(low, node, made, lambda, Scope::Filled);
            }
            _ => None,
        };
        if let Some(kind) = kind {
            let object = expression(low, object);
            return block::scope(low, node, object, lambda, kind);
        }
    }
    let callee = match callee_node.kind() {
        "identifier" if name.chars().next().is_some_and(char::is_uppercase) => {
            let name = low.name(callee_node);
            low.add(callee_node, Kind::Name(name))
        }
        "identifier" => {
            let name = low.name(callee_node);
            low.bare_call(callee_node, name)
        }
        _ => expression(low, callee_node),
    };
    let is_new = name.chars().next().is_some_and(char::is_uppercase) && !name.chars().all(char::is_uppercase);
    let mut args = list.map(|list| arguments(low, list)).unwrap_or_default();
    if let Some(lambda) = block {
        args.push(positional(block::lambda(low, lambda)));
    }
    let call = low.add(node, Kind::Call { callee, args, is_new });
    if let Some(types) = types {
        let types = low.type_names(types);
        low.declared(call, types);
    }
    call
}

/// Functions of the standard library that say what they are.
fn well_known(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    name: &str,
    list: Option<Node<'_>>,
    block: Option<Node<'_>>,
) -> Option<ExprId> {
    let given = list.into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
    let given: Vec<Node<'_>> = given.filter_map(|argument| children(argument).last()).collect();
    match (name, block) {
        (name, None) if LISTS.contains(&name) => {
            let mut parts = Vec::new();
            for part in &given {
                let value = expression(low, *part);
                parts.push(if part.kind() == "spread_expression" {
                    low.element(*part, value)
                } else {
                    value
                });
            }
            Some(low.add(node, Kind::List(parts)))
        }
        (name, None) if RECORDS.contains(&name) => {
            let mut members = Vec::new();
            for pair in &given {
                let pair = expression(low, *pair);
                let Kind::List(parts) = low.unit.expr(pair).kind.clone() else { continue };
                let [key, value] = parts.as_slice() else { continue };
                let key = match &low.unit.expr(*key).kind {
                    Kind::Text(text) => Some(text.clone()),
                    _ => None,
                };
                members.push(Member { key, value: *value, is_spread: false });
            }
            Some(low.add(node, Kind::Record(members)))
        }
        ("require" | "check", _) => {
            let test = given.first().map(|test| expression(low, *test))?;
            low.emit(Stmt::If { test, then: Vec::new(), otherwise: vec![Stmt::Leave] });
            Some(low.opaque(node, vec![test]))
        }
        ("error" | "TODO", None) => {
            let parts = given.iter().map(|part| expression(low, *part)).collect();
            low.emit(Stmt::Leave);
            Some(low.opaque(node, parts))
        }
        ("with", Some(lambda)) => {
            let object = given.first().map(|object| expression(low, *object))?;
            Some(block::scope(low, node, object, lambda, Scope::Inside))
        }
        (name, Some(lambda)) if BLOCKS.contains(&name) => {
            for part in &given {
                let value = expression(low, *part);
                low.emit(Stmt::Expr(value));
            }
            Some(block::run(low, lambda))
        }
        _ => None,
    }
}

pub(super) fn arguments(low: &mut Lowering<'_>, list: Node<'_>) -> Vec<Arg> {
    children(list)
        .filter(|argument| argument.kind() == "value_argument")
        .filter_map(|argument| {
            let is_named = initializer(argument).is_some();
            let name = identifier(argument).filter(|_| is_named).map(|name| low.name(name));
            let value_node = initializer(argument).or_else(|| children(argument).last())?;
            let is_spread = value_node.kind() == "spread_expression";
            Some(Arg { name, value: expression(low, value_node), is_spread })
        })
        .collect()
}

fn binary(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
        let parts = expressions(low, node);
        return low.opaque(node, parts);
    };
    let operator = child(node, "operator").map(|operator| low.text(operator)).unwrap_or_default();
    if operator == "?:" {
        let value = expression(low, left);
        // `x ?: return`: what follows has an `x`.
        let is_end = matches!(right.kind(), "return_expression" | "throw_expression")
            || matches!(low.text(right), "break" | "continue")
            || low.text(right).starts_with("error(");
        if is_end {
            let test = low.opaque(left, vec![value]);
            let otherwise = low.block(|low| statement(low, right));
            low.emit(Stmt::If { test, then: Vec::new(), otherwise });
            return value;
        }
        let other = expression(low, right);
        return low.add(node, Kind::Either(vec![value, other]));
    }
    if operator != "+" {
        let parts = expressions(low, node);
        return low.opaque(node, parts);
    }
    // `a + b + c + …` nests to the left as deep as it is long.
    let mut parts = vec![right];
    let mut first = left;
    while first.kind() == "binary_expression"
        && child(first, "operator").is_some_and(|operator| low.text(operator) == "+")
    {
        parts.extend(child(first, "right"));
        match child(first, "left") {
            Some(next) => first = next,
            None => break,
        }
    }
    parts.push(first);
    parts.reverse();
    let parts: Vec<ExprId> = parts.into_iter().map(|part| expression(low, part)).collect();
    let is_list = parts.iter().any(|part| matches!(low.unit.expr(*part).kind, Kind::List(_)));
    if !is_list {
        return low.add(node, Kind::Join(parts));
    }
    // `listOf(a) + b`: the elements of one, and then those of the other.
    let mut elements = Vec::new();
    for part in parts {
        match low.unit.expr(part).kind.clone() {
            Kind::List(inner) => elements.extend(inner),
            _ => elements.push(low.element(node, part)),
        }
    }
    low.add(node, Kind::List(elements))
}

/// Gives a value to the variable of a declaration, or its parts to several.
pub(super) fn bind(low: &mut Lowering<'_>, node: Node<'_>, value: ExprId) {
    match node.kind() {
        "multi_variable_declaration" => {
            for (nth, variable) in children(node).enumerate() {
                let crate::ir::Key::Named(step) = position(nth) else { continue };
                let part = low.field(variable, value, step);
                bind(low, variable, part);
            }
        }
        _ => {
            let Some(name_node) = identifier(node) else { return };
            if let Some(types) = children(node).find(is_type) {
                let types = low.type_names(types);
                low.declared(value, types);
            }
            let name = low.name(name_node);
            low.declare_as(name, Lowering::span(name_node), value);
        }
    }
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
