//! Expressions of Rust; nearly everything is one.

use tree_sitter::Node;

use super::pattern::bind;
use super::{item, macros, parameters};
use crate::ir::{Arg, ExprId, Kind, Name, Stmt, Target};
use crate::lower::{Lowering, child, children, positional};

/// Methods whose result is what they are called on, unwrapped or in another type.
const SAME: [&str; 34] = [
    "unwrap",
    "expect",
    "clone",
    "cloned",
    "copied",
    "to_owned",
    "to_string",
    "into",
    "as_str",
    "as_ref",
    "as_mut",
    "as_deref",
    "as_slice",
    "as_bytes",
    "borrow",
    "borrow_mut",
    "iter",
    "iter_mut",
    "into_iter",
    "to_vec",
    "into_inner",
    "into_string",
    "lock",
    "ok",
    "ok_or",
    "ok_or_else",
    "map_err",
    "context",
    "with_context",
    "unwrap_or_default",
    "try_into",
    "trim",
    "into_boxed_str",
    "collect",
];
/// Arms of a `match` that are told apart by what they test; of more, any may be the one.
const MAX_ARMS: usize = 16;

pub(super) fn expression(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match low.deeper(node, |low| inside(low, node)) {
        Some(expr) => expr,
        None => low.opaque(node, Vec::new()),
    }
}

fn expressions(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    children(node).filter(|part| part.kind() != "attribute_item").map(|part| expression(low, part)).collect()
}

/// Lowers a block; its value is that of its last expression.
pub(super) fn block_value(low: &mut Lowering<'_>, block: Node<'_>) -> Option<ExprId> {
    low.deeper(block, |low| {
        let mut last = None;
        let mut attributes = Vec::new();
        let mut cursor = block.walk();
        let parts: Vec<Node<'_>> =
            block.children(&mut cursor).filter(|part| part.is_named() && !part.is_extra()).collect();
        for (nth, part) in parts.iter().enumerate() {
            match part.kind() {
                "attribute_item" => attributes.push(*part),
                "label" => {}
                "expression_statement" => {
                    let Some(inner) = children(*part).next() else { continue };
                    let value = expression(low, inner);
                    let is_value = nth + 1 == parts.len() && !low.text(*part).ends_with(';');
                    match is_value {
                        true => last = Some(value),
                        false => low.emit(Stmt::Expr(value)),
                    }
                }
                "let_declaration" => declaration(low, *part),
                kind if kind.ends_with("_item") || kind == "use_declaration" => {
                    item(low, *part, &std::mem::take(&mut attributes), None);
                }
                _ => {
                    let value = expression(low, *part);
                    match nth + 1 == parts.len() {
                        true => last = Some(value),
                        false => low.emit(Stmt::Expr(value)),
                    }
                }
            }
        }
        last
    })
    .flatten()
}

/// `let p = v;`, `let p = v else { … };`.
fn declaration(low: &mut Lowering<'_>, node: Node<'_>) {
    let (Some(pattern), Some(value)) = (child(node, "pattern"), child(node, "value")) else { return };
    let value = expression(low, value);
    if let Some(otherwise) = child(node, "alternative") {
        let test = low.opaque(node, vec![value]);
        let otherwise = low.block(|low| {
            let value = block_value(low, otherwise);
            value.into_iter().for_each(|value| low.emit(Stmt::Expr(value)));
        });
        low.emit(Stmt::If { test, then: Vec::new(), otherwise });
    }
    match child(node, "pattern").map(|pattern| pattern.kind()) {
        Some("identifier") => {
            let name = low.name(pattern);
            low.assign(name, Lowering::span(pattern), value);
        }
        _ => bind(low, pattern, value),
    }
}

fn inside(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "type_identifier" | "metavariable" => {
            let name = match low.text(node) {
                "Self" => own_class(low),
                _ => low.name(node),
            };
            low.add(node, Kind::Name(name))
        }
        "self" => low.add(node, Kind::This),
        "scoped_identifier" | "scoped_type_identifier" => match (child(node, "path"), child(node, "name")) {
            (Some(path), Some(name)) => {
                let base = expression(low, path);
                let name = low.name(name);
                low.field(node, base, name)
            }
            (None, Some(name)) => expression(low, name),
            _ => low.opaque(node, Vec::new()),
        },
        "crate" | "super" => {
            let name = low.name(node);
            low.add(node, Kind::Name(name))
        }
        "generic_type" | "generic_type_with_turbofish" => inner(low, node, "type"),
        "generic_function" => inner(low, node, "function"),
        "field_expression" => match (child(node, "value"), child(node, "field")) {
            (Some(value), Some(name)) => {
                let base = expression(low, value);
                let name = low.name(name);
                low.field(node, base, name)
            }
            _ => low.opaque(node, Vec::new()),
        },
        "index_expression" => {
            let mut parts = expressions(low, node).into_iter();
            let (Some(base), index) = (parts.next(), parts.next()) else {
                return low.opaque(node, Vec::new());
            };
            match index.map(|index| low.unit.expr(index).kind.clone()) {
                Some(Kind::Text(key)) => low.field(node, base, key),
                _ => low.add(node, Kind::Index(base, index)),
            }
        }
        "call_expression" => call(low, node),
        "struct_expression" => literal(low, node),
        "macro_invocation" => macros::invocation(low, node),
        "string_literal" | "raw_string_literal" => {
            let text = macros::literal(low.text(node));
            low.add(node, Kind::Text(Name::from(text)))
        }
        "reference_expression" | "type_cast_expression" => inner(low, node, "value"),
        "await_expression" | "try_expression" | "parenthesized_expression" => match children(node).next() {
            Some(inner) => expression(low, inner),
            None => low.opaque(node, Vec::new()),
        },
        "unary_expression" => {
            let parts = expressions(low, node);
            match (low.text(node).starts_with('*'), parts.as_slice()) {
                (true, [only]) => *only,
                _ => low.opaque(node, parts),
            }
        }
        "array_expression" | "tuple_expression" => {
            let parts = expressions(low, node);
            low.add(node, Kind::List(parts))
        }
        "binary_expression" => binary(low, node),
        "closure_expression" => {
            let id = low.function(node, Name::default(), Lowering::span(node), None, |low| {
                if let Some(list) = child(node, "parameters") {
                    parameters(low, list);
                }
                let value = child(node, "body").map(|body| expression(low, body));
                low.emit(Stmt::Return { value, goes_on: false });
            });
            low.add(node, Kind::Closure(id))
        }
        "block" => block_value(low, node).unwrap_or_else(|| low.opaque(node, Vec::new())),
        "async_block" | "unsafe_block" | "const_block" | "try_block" => {
            match children(node).find(|inner| inner.kind() == "block") {
                Some(inner) => expression(low, inner),
                None => low.opaque(node, Vec::new()),
            }
        }
        "if_expression" => conditional(low, node),
        "match_expression" => matching(low, node),
        "for_expression" | "while_expression" | "loop_expression" => {
            repeated(low, node);
            low.opaque(node, Vec::new())
        }
        "return_expression" => {
            let value = children(node).next().map(|value| expression(low, value));
            low.emit(Stmt::Return { value, goes_on: false });
            low.opaque(node, Vec::new())
        }
        "break_expression" | "continue_expression" => {
            let parts = expressions(low, node);
            low.emit(Stmt::Jump);
            low.opaque(node, parts)
        }
        "assignment_expression" | "compound_assignment_expr" => {
            let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
                return low.opaque(node, Vec::new());
            };
            let mut value = expression(low, right);
            if node.kind() == "compound_assignment_expr" {
                let before = expression(low, left);
                value = low.add(node, Kind::Join(vec![before, value]));
            }
            let target = match left.kind() {
                "identifier" => Target::Name(low.name(left), Lowering::span(left)),
                _ => Target::Place(expression(low, left)),
            };
            low.emit(Stmt::Assign { target, value });
            low.opaque(node, Vec::new())
        }
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

/// The class whose `impl` this is in.
fn own_class(low: &Lowering<'_>) -> Name {
    let mut at = low.unit.function(low.scope());
    while let Some(function) = at {
        if let Some(class) = function.class.and_then(|class| low.unit.class(class)) {
            return class.name.clone();
        }
        at = function.parent.and_then(|parent| low.unit.function(parent));
    }
    Name::from("Self")
}

fn inner(low: &mut Lowering<'_>, node: Node<'_>, field: &str) -> ExprId {
    match child(node, field) {
        Some(inner) => expression(low, inner),
        None => low.opaque(node, Vec::new()),
    }
}

fn binary(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
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

fn call(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = child(node, "function") else { return low.opaque(node, Vec::new()) };
    let bare = if function.kind() == "generic_function" { child(function, "function") } else { None };
    let bare = bare.unwrap_or(function);
    let given: Vec<Node<'_>> =
        child(node, "arguments").map(|list| children(list).collect()).unwrap_or_default();
    if let ("field_expression", Some(base), Some(name)) =
        (bare.kind(), child(bare, "value"), child(bare, "field"))
    {
        let name = low.text(name);
        if SAME.contains(&name) && given.len() < 2 {
            let base = expression(low, base);
            // What stands in between is still seen: an error that is made, a closure that is run.
            for arg in given {
                expression(low, arg);
            }
            return base;
        }
        if let ("unwrap_or" | "or", [other]) = (name, given.as_slice()) {
            let sides = vec![expression(low, base), expression(low, *other)];
            return low.add(node, Kind::Either(sides));
        }
    }
    if let (
        "Some" | "Ok" | "Box::new" | "Arc::new" | "Rc::new" | "Cow::from" | "String::from" | "Mutex::new",
        [only],
    ) = (low.text(bare), given.as_slice())
    {
        return expression(low, *only);
    }
    let callee = expression(low, bare);
    let mut args: Vec<Arg> = given.into_iter().map(|arg| positional(expression(low, arg))).collect();
    // `query_as::<_, Row>(…)`: the type is told like an argument.
    for types in
        child(function, "type_arguments").into_iter().flat_map(|list| children(list).collect::<Vec<_>>())
    {
        for name in low.type_names(types).into_iter().filter(|name| name.starts_with(char::is_uppercase)) {
            let value = low.add(types, Kind::Name(name));
            args.push(Arg { name: Some(Name::from("#type")), value, is_spread: false });
        }
    }
    low.add(node, Kind::Call { callee, args, is_new: false })
}

/// `T { a, b: c, ..d }`, also of a variant: `E::V { … }` is an `E`.
fn literal(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(name) = child(node, "name") else { return low.opaque(node, Vec::new()) };
    let path = child(name, "path").filter(|path| {
        let last = low.text(*path).rsplit("::").next().unwrap_or_default();
        last != "Self" && last.starts_with(char::is_uppercase)
    });
    let callee = expression(low, path.unwrap_or(name));
    let mut args = Vec::new();
    for part in child(node, "body").into_iter().flat_map(|body| children(body).collect::<Vec<_>>()) {
        match (part.kind(), child(part, "field"), child(part, "value")) {
            ("field_initializer", Some(field), Some(value)) => {
                let name = low.name(field);
                args.push(Arg { name: Some(name), value: expression(low, value), is_spread: false });
            }
            ("shorthand_field_initializer", ..) => {
                let Some(name_node) = children(part).find(|inner| inner.kind() == "identifier") else {
                    continue;
                };
                let name = low.name(name_node);
                let value = low.add(name_node, Kind::Name(name.clone()));
                args.push(Arg { name: Some(name), value, is_spread: false });
            }
            ("base_field_initializer", ..) => {
                let Some(base) = children(part).next() else { continue };
                args.push(Arg { name: Some(Name::default()), value: expression(low, base), is_spread: true });
            }
            _ => {}
        }
    }
    low.add(node, Kind::Call { callee, args, is_new: true })
}

/// Runs `work` as a block whose value goes to `name`.
fn side(
    low: &mut Lowering<'_>,
    name: &Name,
    node: Node<'_>,
    work: impl FnOnce(&mut Lowering<'_>) -> Option<ExprId>,
) -> Vec<Stmt> {
    low.block(|low| {
        if let Some(value) = work(low) {
            low.assign(name.clone(), Lowering::span(node), value);
        }
    })
}

/// A condition, which may bind: what it tests, and what it binds where it holds.
fn test_of<'t>(low: &mut Lowering<'_>, node: Node<'t>, bindings: &mut Vec<(Node<'t>, ExprId)>) -> ExprId {
    match node.kind() {
        "let_condition" => {
            let (Some(pattern), Some(value)) = (child(node, "pattern"), child(node, "value")) else {
                return low.opaque(node, Vec::new());
            };
            let value = expression(low, value);
            bindings.push((pattern, value));
            low.opaque(node, vec![value])
        }
        "let_chain" => {
            let parts = children(node).map(|part| test_of(low, part, bindings)).collect();
            low.opaque(node, parts)
        }
        _ => expression(low, node),
    }
}

fn conditional(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let name = low.fresh();
    let mut bindings = Vec::new();
    let Some(test) = child(node, "condition").map(|test| test_of(low, test, &mut bindings)) else {
        return low.opaque(node, Vec::new());
    };
    let body = child(node, "consequence").unwrap_or(node);
    let then = side(low, &name, body, |low| {
        for (pattern, value) in bindings {
            bind(low, pattern, value);
        }
        block_value(low, body)
    });
    let otherwise = child(node, "alternative").and_then(|clause| children(clause).next());
    let otherwise = match otherwise {
        Some(next) => side(low, &name, next, |low| Some(expression(low, next))),
        None => Vec::new(),
    };
    low.emit(Stmt::If { test, then, otherwise });
    low.add(node, Kind::Name(name))
}

fn matching(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(subject) = child(node, "value").map(|value| expression(low, value)) else {
        return low.opaque(node, Vec::new());
    };
    let name = low.fresh();
    let arms: Vec<Node<'_>> = child(node, "body")
        .into_iter()
        .flat_map(|body| children(body).collect::<Vec<_>>())
        .filter(|arm| arm.kind() == "match_arm")
        .collect();
    if arms.len() > MAX_ARMS {
        let arms = arms.into_iter().map(|arm| arm_block(low, arm, subject, &name)).collect();
        low.emit(Stmt::Branches(arms));
    } else {
        tested(low, &arms, subject, &name);
    }
    low.add(node, Kind::Name(name))
}

/// Arms as a chain of tests, so that one that leaves is a guard.
fn tested(low: &mut Lowering<'_>, arms: &[Node<'_>], subject: ExprId, name: &Name) {
    let Some((first, rest)) = arms.split_first() else { return };
    low.deeper(*first, |low| {
        let pattern = child(*first, "pattern").unwrap_or(*first);
        if rest.is_empty() {
            arm_block(low, *first, subject, name).into_iter().for_each(|stmt| low.emit(stmt));
            return;
        }
        let test = low.opaque(pattern, vec![subject]);
        let then = arm_block(low, *first, subject, name);
        let otherwise = low.block(|low| tested(low, rest, subject, name));
        low.emit(Stmt::If { test, then, otherwise });
    });
}

fn arm_block(low: &mut Lowering<'_>, arm: Node<'_>, subject: ExprId, name: &Name) -> Vec<Stmt> {
    side(low, name, arm, |low| {
        let pattern = child(arm, "pattern")?;
        bind(low, pattern, subject);
        let value = |low: &mut Lowering<'_>| child(arm, "value").map(|value| expression(low, value));
        let Some(condition) = child(pattern, "condition") else { return value(low) };
        let test = expression(low, condition);
        let then = side(low, name, arm, value);
        low.emit(Stmt::If { test, then, otherwise: Vec::new() });
        None
    })
}

fn repeated(low: &mut Lowering<'_>, node: Node<'_>) {
    let over = match node.kind() {
        "for_expression" => child(node, "value").map(|value| expression(low, value)),
        _ => None,
    };
    let body = child(node, "body");
    let stmts = low.block(|low| {
        let run = |low: &mut Lowering<'_>| {
            if let Some(value) = body.and_then(|body| block_value(low, body)) {
                low.emit(Stmt::Expr(value));
            }
        };
        if let (Some(pattern), Some(over)) = (child(node, "pattern"), over) {
            let element = low.element(pattern, over);
            bind(low, pattern, element);
        }
        let mut bindings = Vec::new();
        match child(node, "condition").map(|test| test_of(low, test, &mut bindings)) {
            Some(test) => {
                let then = low.block(|low| {
                    for (pattern, value) in bindings {
                        bind(low, pattern, value);
                    }
                    run(low);
                });
                low.emit(Stmt::If { test, then, otherwise: Vec::new() });
            }
            None => run(low),
        }
    });
    low.emit(Stmt::Loop(stmts));
}
