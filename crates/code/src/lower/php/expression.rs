//! Expressions.

use tree_sitter::Node;

use super::assignment;
use super::class::{self, class_name};
use crate::ir::{Arg, ExprId, Kind, Member, Name, Stmt, Target};
use crate::lower::{CONSTRUCTOR, Lowering, child, children, position, positional, unquoted};

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
        "variable_name" => match low.text(node).trim_start_matches('$') {
            "this" => low.add(node, Kind::This),
            name => {
                let name = low.intern(name);
                low.add(node, Kind::Name(name))
            }
        },
        "name" | "qualified_name" | "relative_scope" => class_name(low, node),
        "member_access_expression" | "nullsafe_member_access_expression" => {
            let base = child(node, "object").map(|base| expression(low, base));
            member(low, node, base, child(node, "name"))
        }
        "scoped_property_access_expression" => {
            let base = child(node, "scope").map(|base| expression(low, base));
            member(low, node, base, child(node, "name"))
        }
        "class_constant_access_expression" => {
            let parts: Vec<Node<'_>> = children(node).collect();
            let [scope, name] = parts.as_slice() else { return low.opaque(node, Vec::new()) };
            let base = expression(low, *scope);
            match low.text(*name) {
                "class" => base,
                _ => member(low, node, Some(base), Some(*name)),
            }
        }
        "subscript_expression" => subscript(low, node),
        "member_call_expression" | "nullsafe_member_call_expression" => {
            let base = child(node, "object").map(|base| expression(low, base));
            let callee = member(low, node, base, child(node, "name"));
            call(low, node, callee)
        }
        "scoped_call_expression" => {
            let scope = child(node, "scope").map(|base| expression(low, base));
            let name = child(node, "name");
            let callee = match (scope, name.map(|name| low.text(name))) {
                (Some(scope), Some("__construct")) => low.field(node, scope, CONSTRUCTOR),
                (scope, _) => member(low, node, scope, name),
            };
            call(low, node, callee)
        }
        "function_call_expression" => {
            let Some(function) = child(node, "function") else { return low.opaque(node, Vec::new()) };
            let callee = expression(low, function);
            call(low, node, callee)
        }
        "object_creation_expression" => creation(low, node),
        "array_creation_expression" => array(low, node),
        "string" | "nowdoc_string" | "nowdoc_body" => {
            let text: String = children(node).map(|part| unquoted(low.text(part))).collect();
            low.add(node, Kind::Text(Name::from(text)))
        }
        "nowdoc" => {
            let text = child(node, "value").map(|value| low.text(value)).unwrap_or_default();
            low.add(node, Kind::Text(Name::from(text)))
        }
        "encapsed_string" | "heredoc_body" | "shell_command_expression" => text(low, node),
        "heredoc" => match child(node, "value") {
            Some(value) => expression(low, value),
            None => low.add(node, Kind::Text(Name::default())),
        },
        "anonymous_function" | "arrow_function" | "anonymous_function_creation_expression" => {
            match class::function(low, node, Name::default(), None) {
                Some(id) => low.add(node, Kind::Closure(id)),
                None => low.opaque(node, Vec::new()),
            }
        }
        "binary_expression" => binary(low, node),
        "conditional_expression" => {
            let (Some(test), Some(otherwise)) = (child(node, "condition"), child(node, "alternative")) else {
                return low.opaque(node, Vec::new());
            };
            let test = expression(low, test);
            match child(node, "body") {
                Some(then) => {
                    low.one_of(node, test, |low| expression(low, then), |low| expression(low, otherwise))
                }
                None => {
                    let otherwise = expression(low, otherwise);
                    low.add(node, Kind::Either(vec![test, otherwise]))
                }
            }
        }
        "match_expression" => matching(low, node),
        "assignment_expression" | "augmented_assignment_expression" | "reference_assignment_expression" => {
            assignment(low, node)
        }
        "cast_expression" => match child(node, "value") {
            Some(value)
                if matches!(
                    child(node, "type").map(|kind| low.text(kind)),
                    Some("int" | "bool" | "float")
                ) =>
            {
                let value = expression(low, value);
                low.opaque(node, vec![value])
            }
            Some(value) => expression(low, value),
            None => low.opaque(node, Vec::new()),
        },
        "parenthesized_expression"
        | "clone_expression"
        | "error_suppression_expression"
        | "print_intrinsic"
        | "by_ref"
        | "argument"
        | "array_element_initializer"
        | "sequence_expression" => {
            let parts = expressions(low, node);
            match parts.as_slice() {
                [.., last] => *last,
                [] => low.opaque(node, Vec::new()),
            }
        }
        "yield_expression" => {
            let value = children(node).last().map(|value| expression(low, value));
            low.emit(Stmt::Return { value, goes_on: true });
            low.opaque(node, Vec::new())
        }
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

/// `base->name`; a name that is made at run time is any.
fn member(low: &mut Lowering<'_>, node: Node<'_>, base: Option<ExprId>, name: Option<Node<'_>>) -> ExprId {
    let (Some(base), Some(name_node)) = (base, name) else { return low.opaque(node, Vec::new()) };
    let is_static = node.kind() == "scoped_property_access_expression";
    match name_node.kind() {
        "name" => {
            let name = low.name(name_node);
            low.field(node, base, name)
        }
        "variable_name" if is_static => {
            let name = low.intern(low.text(name_node).trim_start_matches('$'));
            low.field(node, base, name)
        }
        _ => {
            let key = expression(low, name_node);
            low.add(node, Kind::Index(base, Some(key)))
        }
    }
}

fn subscript(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let parts: Vec<Node<'_>> = children(node).collect();
    match parts.as_slice() {
        [base, key] => {
            let base = expression(low, *base);
            if key.kind() == "integer" {
                let nth = low.name(*key);
                return low.field(node, base, nth);
            }
            let key = expression(low, *key);
            match low.unit.expr(key).kind.clone() {
                Kind::Text(text) => low.field(node, base, text),
                _ => low.add(node, Kind::Index(base, Some(key))),
            }
        }
        [base] => {
            let base = expression(low, *base);
            low.element(node, base)
        }
        _ => low.opaque(node, Vec::new()),
    }
}

fn call(low: &mut Lowering<'_>, node: Node<'_>, callee: ExprId) -> ExprId {
    let args = child(node, "arguments").map(|list| arguments(low, list)).unwrap_or_default();
    // The function comes before what it is called with.
    let args = match low.unit.callee_name(callee).map(|name| &**name) {
        Some("array_merge" | "array_replace") => {
            let values = args.iter().map(|arg| arg.value).collect();
            return low.add(node, Kind::Either(values));
        }
        Some("array_map") if args.len() == 2 => {
            let (Some(function), Some(list)) = (args.first(), args.get(1)) else {
                return low.add(node, Kind::Call { callee, args, is_new: false });
            };
            let map = low.field(node, list.value, "map");
            let args = vec![positional(function.value)];
            return low.add(node, Kind::Call { callee: map, args, is_new: false });
        }
        _ => args,
    };
    low.add(node, Kind::Call { callee, args, is_new: false })
}

pub(super) fn arguments(low: &mut Lowering<'_>, list: Node<'_>) -> Vec<Arg> {
    children(list)
        .filter(|argument| argument.kind() == "argument")
        .filter_map(|argument| {
            let value_node = children(argument).last()?;
            let name = child(argument, "name").map(|name| low.name(name));
            let is_spread = value_node.kind() == "variadic_unpacking";
            let value = match children(value_node).next().filter(|_| is_spread) {
                Some(inner) => expression(low, inner),
                None => expression(low, value_node),
            };
            Some(Arg { name, value, is_spread })
        })
        .collect()
}

fn creation(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut callee = None;
    let mut args = Vec::new();
    for part in children(node) {
        match part.kind() {
            "arguments" => args = arguments(low, part),
            "anonymous_class" => {
                let name = class::anonymous(low, part);
                callee = Some(low.add(part, Kind::Name(name)));
                if let Some(list) = children(part).find(|inner| inner.kind() == "arguments") {
                    args = arguments(low, list);
                }
            }
            _ => callee = Some(expression(low, part)),
        }
    }
    match callee {
        Some(callee) => low.add(node, Kind::Call { callee, args, is_new: true }),
        None => low.opaque(node, Vec::new()),
    }
}

/// `['a' => b, c, ...$d]`.
fn array(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut members = Vec::new();
    let mut has_keys = false;
    for (nth, element) in children(node).enumerate() {
        let parts: Vec<Node<'_>> = children(element).collect();
        match parts.as_slice() {
            [key, value] => {
                has_keys = true;
                let key = expression(low, *key);
                let key = match &low.unit.expr(key).kind {
                    Kind::Text(text) => Some(text.clone()),
                    _ => None,
                };
                let value = expression(low, *value);
                members.push(Member { key, value, is_spread: false });
            }
            [only] if element.kind() == "variadic_unpacking" || only.kind() == "variadic_unpacking" => {
                let inner = if only.kind() == "variadic_unpacking" {
                    children(*only).next().unwrap_or(*only)
                } else {
                    *only
                };
                let value = expression(low, inner);
                members.push(Member { key: None, value, is_spread: true });
            }
            [value] => {
                let value = expression(low, *value);
                let key = Some(Name::from(nth.to_string()));
                members.push(Member { key, value, is_spread: false });
            }
            _ => {}
        }
    }
    if has_keys {
        return low.add(node, Kind::Record(members));
    }
    let values = members.iter().map(|member| (member.value, member.is_spread)).collect::<Vec<_>>();
    let values = values
        .into_iter()
        .map(|(value, is_spread)| if is_spread { low.element(node, value) } else { value })
        .collect();
    low.add(node, Kind::List(values))
}

/// A text with variables in it.
fn text(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    for part in children(node) {
        match part.kind() {
            "string_content" | "escape_sequence" | "string_value" => {
                let text = Name::from(unquoted(low.text(part)));
                parts.push(low.add(part, Kind::Text(text)));
            }
            _ => parts.push(expression(low, part)),
        }
    }
    match parts.as_slice() {
        [only] if matches!(low.unit.expr(*only).kind, Kind::Text(_)) => *only,
        [] => low.add(node, Kind::Text(Name::default())),
        _ => low.add(node, Kind::Join(parts)),
    }
}

fn binary(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    // `a . b . c . …` nests to the left as deep as it is long.
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
        Some(".") => low.add(node, Kind::Join(parts)),
        // `+` of arrays.
        Some("??" | "+") => low.add(node, Kind::Either(parts)),
        _ => low.opaque(node, parts),
    }
}

/// Every arm gives its value to one hidden variable.
fn matching(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    if let Some(value) = child(node, "condition") {
        let value = expression(low, value);
        low.emit(Stmt::Expr(value));
    }
    let name = low.fresh();
    let arms = child(node, "body").into_iter().flat_map(|body| children(body).collect::<Vec<_>>());
    let mut blocks = Vec::new();
    for arm in arms {
        let Some(result) = child(arm, "return_expression") else { continue };
        blocks.push(low.giving(result, &name, |low| expression(low, result)));
    }
    low.emit(Stmt::Branches(blocks));
    low.add(node, Kind::Name(name))
}

/// Gives a value to a place, or its parts to several.
pub(super) fn bind(low: &mut Lowering<'_>, node: Node<'_>, value: ExprId) {
    let target = target(low, node);
    low.emit(Stmt::Assign { target, value });
}

pub(super) fn target(low: &mut Lowering<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "variable_name" => {
            let name = low.intern(low.text(node).trim_start_matches('$'));
            Target::Name(name, Lowering::span(node))
        }
        "by_ref" => match children(node).next() {
            Some(inner) => target(low, inner),
            None => Target::Place(low.opaque(node, Vec::new())),
        },
        "list_literal" | "array_creation_expression" => {
            let parts = low.deeper(node, |low| {
                let mut targets = Vec::new();
                let mut key = None;
                let mut nth = 0;
                for part in children(node) {
                    let part = if part.kind() == "array_element_initializer" {
                        children(part).last().unwrap_or(part)
                    } else {
                        part
                    };
                    if part.kind() == "string" {
                        key = children(part).next().map(|text| low.text(text));
                        continue;
                    }
                    let step = match key.take() {
                        Some(text) => crate::ir::Key::Named(Name::from(text)),
                        None => position(nth),
                    };
                    nth += 1;
                    targets.push((vec![step], target(low, part)));
                }
                targets
            });
            Target::Parts(parts.unwrap_or_default())
        }
        _ => Target::Place(expression(low, node)),
    }
}
