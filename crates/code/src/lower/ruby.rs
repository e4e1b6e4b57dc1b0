//! Ruby (tree-sitter-ruby 0.23).
//!
//! What the language says in its own way: `C.new(…)` makes a `C`; `a.b` without arguments is the field or method `b` of
//! `a`, and a bare name that is no variable is one of `self`; a block is the last argument; modules are classes.

mod expression;

use std::collections::HashSet;

use tree_sitter::Node;

use self::expression::{expression, parameters, value_of};
use super::{CONSTRUCTOR, Lowering, child, children};
use crate::ir::{ExprId, Field, Item, Kind, Name, Stmt};

/// Lowers a file.
pub(super) fn lower(low: &mut Lowering<'_>, root: Node<'_>) {
    low.locals.push(HashSet::new());
    let value = body_value(low, root);
    value.into_iter().for_each(|value| low.emit(Stmt::Expr(value)));
}

/// Lowers statements; the value is that of the last one.
pub(super) fn body_value(low: &mut Lowering<'_>, body: Node<'_>) -> Option<ExprId> {
    let is_rescued = children(body).any(|part| matches!(part.kind(), "rescue" | "ensure"));
    if !is_rescued {
        return sequence(low, body);
    }
    let name = low.fresh();
    let keep = |low: &mut Lowering<'_>, node: Node<'_>| {
        if let Some(value) = sequence(low, node) {
            low.assign(name.clone(), Lowering::span(node), value);
        }
    };
    let tried = low.block(|low| keep(low, body));
    let handlers = children(body)
        .filter(|part| part.kind() == "rescue")
        .map(|clause| {
            low.block(|low| {
                if let Some(inner) = child(clause, "body") {
                    keep(low, inner);
                }
            })
        })
        .collect();
    low.emit(Stmt::Try { body: tried, handlers });
    for clause in children(body).filter(|part| part.kind() == "ensure") {
        let value = sequence(low, clause);
        value.into_iter().for_each(|value| low.emit(Stmt::Expr(value)));
    }
    Some(low.add(body, Kind::Name(name)))
}

fn sequence(low: &mut Lowering<'_>, body: Node<'_>) -> Option<ExprId> {
    low.deeper(body, |low| {
        let mut last = None;
        for part in children(body).filter(|part| !matches!(part.kind(), "rescue" | "ensure")) {
            if let Some(value) = std::mem::take(&mut last) {
                low.emit(Stmt::Expr(value));
            }
            last = statement(low, part);
        }
        last
    })
    .flatten()
}

/// One statement, and its value where it has one.
pub(super) fn statement(low: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    match node.kind() {
        "method" | "singleton_method" => method(low, node),
        "class" | "module" => class(low, node),
        "singleton_class" => {
            if let Some(body) = child(node, "body") {
                for part in children(body) {
                    statement(low, part);
                }
            }
        }
        "return" => {
            let value = children(node).next().and_then(|list| {
                let parts: Vec<Node<'_>> = children(list).collect();
                match parts.as_slice() {
                    [only] => Some(expression(low, *only)),
                    _ => None,
                }
            });
            low.emit(Stmt::Return { value, goes_on: false });
        }
        "break" | "next" | "redo" | "retry" => {
            let value = children(node).next().map(|value| value_of(low, value));
            match (node.kind(), value) {
                ("next", Some(value)) => low.emit(Stmt::Return { value: Some(value), goes_on: false }),
                _ => low.emit(Stmt::Jump),
            }
        }
        "comment" | "empty_statement" | "undef" | "alias" | "uninterpreted" => {}
        _ => return Some(expression(low, node)),
    }
    None
}

fn method(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = match low.text(name_node) {
        "initialize" => Name::from(CONSTRUCTOR),
        _ => low.name(name_node),
    };
    let class = low.class_here();
    low.locals.push(HashSet::new());
    let id = low.deeper(node, |low| {
        low.function(node, name, Lowering::span(name_node), class, |low| {
            if let Some(function) = low.this_function() {
                function.is_static = node.kind() == "singleton_method";
            }
            if let Some(list) = child(node, "parameters") {
                parameters(low, list);
            }
            if let Some(body) = child(node, "body") {
                let value = if body.kind() == "body_statement" {
                    body_value(low, body)
                } else {
                    statement(low, body)
                };
                low.emit(Stmt::Return { value, goes_on: false });
            }
        })
    });
    low.locals.pop();
    if let Some(id) = id
        && class.is_none()
    {
        low.emit(Stmt::Function(id));
    }
}

fn class(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = last_name(low, name_node);
    let mut bases: Vec<ExprId> = child(node, "superclass")
        .and_then(|superclass| children(superclass).next())
        .map(|superclass| expression(low, superclass))
        .into_iter()
        .collect();
    let parts: Vec<Node<'_>> = child(node, "body").map(|body| children(body).collect()).unwrap_or_default();
    for part in &parts {
        let word = child(*part, "method").map(|method| low.text(method)).unwrap_or_default();
        if matches!(word, "include" | "extend" | "prepend") && child(*part, "receiver").is_none() {
            for mixed in
                child(*part, "arguments").into_iter().flat_map(|list| children(list).collect::<Vec<_>>())
            {
                bases.push(expression(low, mixed));
            }
        }
    }
    let id = low.deeper(node, |low| {
        low.class(node, name, Lowering::span(name_node), bases, |low| {
            for part in &parts {
                match part.kind() {
                    "assignment" => constant(low, *part),
                    _ => {
                        if let Some(value) = statement(low, *part) {
                            declared_fields(low, *part);
                            low.emit(Stmt::Expr(value));
                        }
                    }
                }
            }
        })
    });
    if let Some(id) = id {
        low.emit(Stmt::Class(id));
    }
}

/// `NAME = value` in a class: a field of the class, and a name that its methods see.
fn constant(low: &mut Lowering<'_>, node: Node<'_>) {
    let value = expression(low, node);
    let Some(left) = child(node, "left").filter(|left| left.kind() == "constant") else { return };
    let name = low.name(left);
    let field = Field {
        name,
        types: Vec::new(),
        default: Some(value),
        decorators: Vec::new(),
        span: Lowering::span(node),
    };
    if let Some(class) = low.class_here().and_then(|class| low.class_mut(class)) {
        class.fields.push(field);
    }
}

/// `attr_accessor :a, :b`.
fn declared_fields(low: &mut Lowering<'_>, node: Node<'_>) {
    let word = child(node, "method").map(|method| low.text(method)).unwrap_or_default();
    if !word.starts_with("attr_") && word != "attribute" && word != "field" {
        return;
    }
    let names = child(node, "arguments").into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
    for symbol in names.filter(|symbol| symbol.kind() == "simple_symbol") {
        let name = low.intern(low.text(symbol).trim_start_matches(':'));
        add_field(low, name, symbol);
    }
}

pub(super) fn add_field(low: &mut Lowering<'_>, name: Name, node: Node<'_>) {
    let field =
        Field { name, types: Vec::new(), default: None, decorators: Vec::new(), span: Lowering::span(node) };
    if let Some(class) = low.class_here().and_then(|class| low.class_mut(class)) {
        class.fields.push(field);
    }
}

pub(super) fn last_name(low: &mut Lowering<'_>, node: Node<'_>) -> Name {
    match child(node, "name") {
        Some(name) => low.name(name),
        None => low.name(node),
    }
}

/// `require "a/b"`: said for those who ask what a file speaks of.
pub(super) fn required(low: &mut Lowering<'_>, module: &Name) {
    low.import(module.clone(), Item::Whole, Name::default());
}
