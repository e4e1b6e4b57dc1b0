//! Java (tree-sitter-java 0.23).
//!
//! What the language says in its own way: `List.of(…)` and its like are lists, `Map.of(…)` is a record; components of a
//! record are kept in fields of their names.

mod class;
mod expression;

use tree_sitter::Node;

use self::expression::{bind_pattern, expression, target};
use super::{Lowering, child, children};
use crate::ir::{ExprId, Item, Kind, Name, Stmt, Target};

/// Lowers a file.
pub(super) fn lower(low: &mut Lowering<'_>, root: Node<'_>) {
    low.in_function(|low| statements(low, root));
}

pub(super) fn statements(low: &mut Lowering<'_>, block: Node<'_>) {
    low.deeper(block, |low| {
        for node in children(block) {
            statement(low, node);
        }
    });
}

/// A statement or block, as a block.
fn body(low: &mut Lowering<'_>, node: Option<Node<'_>>) -> Vec<Stmt> {
    low.block(|low| {
        if let Some(node) = node {
            statement(low, node);
        }
    })
}

pub(super) fn statement(low: &mut Lowering<'_>, node: Node<'_>) {
    low.deeper(node, |low| statement_inside(low, node));
}

fn statement_inside(low: &mut Lowering<'_>, node: Node<'_>) {
    match node.kind() {
        "package_declaration" => {
            let name = children(node).last().map(|name| low.name(name));
            low.unit.package = name;
        }
        "import_declaration" => import(low, node),
        "class_declaration" | "interface_declaration" | "enum_declaration" | "record_declaration" => {
            class::class(low, node);
        }
        "local_variable_declaration" => {
            for declared in children(node).filter(|part| part.kind() == "variable_declarator") {
                let Some(value) = child(declared, "value").map(|value| expression(low, value)) else {
                    if let Some(name) = child(declared, "name") {
                        let name = low.name(name);
                        low.local(name);
                    }
                    continue;
                };
                variable(low, node, declared, value);
            }
        }
        "expression_statement" => {
            for inner in children(node) {
                let value = expression(low, inner);
                if inner.kind() != "assignment_expression" {
                    low.emit(Stmt::Expr(value));
                }
            }
        }
        "explicit_constructor_invocation" => {
            let this = low.add(node, Kind::This);
            let callee = low.field(node, this, super::CONSTRUCTOR);
            let args = expression::arguments(low, child(node, "arguments"));
            let call = low.add(node, Kind::Call { callee, args, is_new: false });
            low.emit(Stmt::Expr(call));
        }
        "yield_statement" => {
            let value = children(node).next().map(|value| expression(low, value));
            if let (Some(name), Some(value)) = (low.result(), value) {
                low.assign(name, Lowering::span(node), value);
            }
        }
        "return_statement" => {
            let value = children(node).next().map(|value| expression(low, value));
            low.emit(Stmt::Return { value, goes_on: false });
        }
        "throw_statement" => {
            for value in children(node) {
                let value = expression(low, value);
                low.emit(Stmt::Expr(value));
            }
            low.emit(Stmt::Leave);
        }
        "break_statement" | "continue_statement" => low.emit(Stmt::Jump),
        "if_statement" => {
            let Some(test) = child(node, "condition").map(|test| expression(low, test)) else { return };
            let then = body(low, child(node, "consequence"));
            let otherwise = body(low, child(node, "alternative"));
            low.emit(Stmt::If { test, then, otherwise });
        }
        "while_statement" | "do_statement" => {
            let inside = low.block(|low| {
                let test = child(node, "condition").map(|test| expression(low, test));
                let then = body(low, child(node, "body"));
                if let Some(test) = test {
                    low.emit(Stmt::If { test, then, otherwise: Vec::new() });
                }
            });
            low.emit(Stmt::Loop(inside));
        }
        "for_statement" => {
            for part in children(node).filter(|part| part.kind() == "local_variable_declaration") {
                statement(low, part);
            }
            let inside = low.block(|low| {
                for part in ["condition", "update"].iter().filter_map(|part| child(node, part)) {
                    let value = expression(low, part);
                    low.emit(Stmt::Expr(value));
                }
                if let Some(body) = child(node, "body") {
                    statement(low, body);
                }
            });
            low.emit(Stmt::Loop(inside));
        }
        "enhanced_for_statement" => {
            let Some(all) = child(node, "value").map(|value| expression(low, value)) else { return };
            let inside = low.block(|low| {
                if child(node, "name").is_some() {
                    let element = low.element(node, all);
                    variable(low, node, node, element);
                }
                if let Some(body) = child(node, "body") {
                    statement(low, body);
                }
            });
            low.emit(Stmt::Loop(inside));
        }
        "try_statement" | "try_with_resources_statement" => attempt(low, node),
        "switch_expression" => {
            let value = child(node, "condition").map(|value| expression(low, value));
            let arms: Vec<Vec<Stmt>> = children(node)
                .filter(|part| part.kind() == "switch_block")
                .flat_map(|block| children(block).collect::<Vec<_>>())
                .map(|arm| low.block(|low| switch_arm(low, arm, value)))
                .collect();
            low.emit(Stmt::Branches(arms));
        }
        "synchronized_statement"
        | "labeled_statement"
        | "block"
        | "constructor_body"
        | "program"
        | "ERROR"
        | "parenthesized_expression" => statements(low, node),
        "assert_statement" => {
            let parts: Vec<ExprId> = children(node).map(|part| expression(low, part)).collect();
            let test = low.opaque(node, parts);
            low.emit(Stmt::Expr(test));
        }
        "line_comment" | "block_comment" | "module_declaration" | "annotation_type_declaration" => {}
        _ => {
            let value = expression(low, node);
            low.emit(Stmt::Expr(value));
        }
    }
}

/// `T name = value`: the declared type is kept with the value.
fn variable(low: &mut Lowering<'_>, declaration: Node<'_>, declarator: Node<'_>, value: ExprId) {
    let Some(name_node) = child(declarator, "name") else { return };
    if let Some(types) = child(declaration, "type").filter(|types| low.text(*types) != "var") {
        let types = low.type_names(types);
        low.declared(value, types);
    }
    let name = low.name(name_node);
    low.declare_as(name, Lowering::span(name_node), value);
}

/// The statements of an arm; those that end it end nothing else.
pub(super) fn switch_arm(low: &mut Lowering<'_>, arm: Node<'_>, value: Option<ExprId>) {
    for part in children(arm) {
        match part.kind() {
            "switch_label" => {
                for pattern in children(part) {
                    bind_pattern(low, pattern, value);
                }
            }
            "break_statement" => {}
            _ => statement(low, part),
        }
    }
}

fn attempt(low: &mut Lowering<'_>, node: Node<'_>) {
    if let Some(resources) = child(node, "resources") {
        for resource in children(resources) {
            match child(resource, "value").map(|value| expression(low, value)) {
                Some(value) => variable(low, resource, resource, value),
                None => statements(low, resource),
            }
        }
    }
    let inside = body(low, child(node, "body"));
    let handlers = children(node)
        .filter(|clause| clause.kind() == "catch_clause")
        .map(|clause| {
            low.block(|low| {
                let caught = children(clause).find(|part| part.kind() == "catch_formal_parameter");
                if let Some(name_node) = caught.and_then(|caught| child(caught, "name")) {
                    let name = low.name(name_node);
                    let nothing = low.opaque(name_node, Vec::new());
                    low.declare_as(name, Lowering::span(name_node), nothing);
                }
                if let Some(body) = child(clause, "body") {
                    statement(low, body);
                }
            })
        })
        .collect();
    low.emit(Stmt::Try { body: inside, handlers });
    for clause in children(node).filter(|clause| clause.kind() == "finally_clause") {
        statements(low, clause);
    }
}

fn import(low: &mut Lowering<'_>, node: Node<'_>) {
    let text = low.text(node);
    let is_static = text.split_whitespace().nth(1) == Some("static");
    let Some(path) = children(node).next().map(|path| low.text(path)) else { return };
    if children(node).any(|part| part.kind() == "asterisk") {
        low.import(path, Item::All, Name::default());
        return;
    }
    let Some((module, last)) = path.rsplit_once('.') else { return };
    let name = low.intern(last);
    low.import(module, Item::Member(name.clone()), name.clone());
    // A static member is one of the class that the path says before it.
    if is_static && let Some((package, class)) = module.rsplit_once('.') {
        let class = low.intern(class);
        low.import(package, Item::Member(class.clone()), class.clone());
        low.static_import(name, class);
    }
}

/// `a.b = v`, `a = v`, `a[i] = v`.
pub(super) fn assignment(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
        return low.opaque(node, Vec::new());
    };
    let operator = child(node, "operator").map(|operator| low.text(operator)).unwrap_or_default();
    let before = (operator != "=").then(|| expression(low, left));
    let mut value = expression(low, right);
    if let Some(before) = before {
        value = low.add(node, Kind::Either(vec![before, value]));
    }
    let target: Target = target(low, left);
    low.emit(Stmt::Assign { target, value });
    value
}
