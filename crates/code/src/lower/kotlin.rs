//! Kotlin (tree-sitter-kotlin-ng 1.1).
//!
//! What the language says in its own way: `listOf(…)` is a list, `mapOf(a to b)` a record; the block of `let`, `apply`
//! and their like runs where it stands; `x ?: return` is a test; parameters of a primary constructor are kept in fields;
//! a companion's members are those of its class. The grammar names few of its parts, so most are found by their kind.

mod block;
mod class;
mod expression;
mod text;

use tree_sitter::Node;

use self::expression::{bind, expression, target};
use super::{Lowering, child, children};
use crate::ir::{ExprId, Item, Kind, Name, Stmt};

/// Lowers a file.
pub(super) fn lower(low: &mut Lowering<'_>, root: Node<'_>) {
    low.in_function(|low| {
        for node in children(root) {
            if node.kind() == "property_declaration" {
                let variable = children(node).find(|part| part.kind() == "variable_declaration");
                if let Some(name) = variable.and_then(|variable| identifier(variable)) {
                    let name = low.name(name);
                    low.local(name);
                }
            }
        }
        statements(low, root);
    });
}

pub(super) fn statements(low: &mut Lowering<'_>, block: Node<'_>) {
    low.deeper(block, |low| {
        for node in children(block) {
            statement(low, node);
        }
    });
}

/// A statement or block, as a block.
pub(super) fn body(low: &mut Lowering<'_>, node: Option<Node<'_>>) -> Vec<Stmt> {
    low.block(|low| {
        if let Some(node) = node {
            statement(low, node);
        }
    })
}

pub(super) fn identifier<'t>(node: Node<'t>) -> Option<Node<'t>> {
    children(node).find(|part| part.kind() == "identifier")
}

/// Whether the node is a type.
pub(super) fn is_type(node: &Node<'_>) -> bool {
    matches!(
        node.kind(),
        "user_type" | "nullable_type" | "function_type" | "non_nullable_type" | "parenthesized_type"
    )
}

/// What follows the `=` of a declaration.
pub(super) fn initializer<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let parts: Vec<Node<'t>> = node.children(&mut cursor).collect();
    let at = parts.iter().position(|part| part.kind() == "=")?;
    parts.get(at + 1..)?.iter().find(|part| part.is_named()).copied()
}

pub(super) fn statement(low: &mut Lowering<'_>, node: Node<'_>) {
    low.deeper(node, |low| statement_inside(low, node));
}

fn statement_inside(low: &mut Lowering<'_>, node: Node<'_>) {
    match node.kind() {
        "package_header" => {
            let path = children(node).next().map(|path| low.name(path));
            low.unit.package = path;
        }
        "import" | "import_header" => import(low, node),
        "class_declaration" | "object_declaration" => class::class(low, node),
        "function_declaration" => {
            if let Some((id, true)) = class::function(low, node, None) {
                low.emit(Stmt::Function(id));
            }
        }
        "property_declaration" => property(low, node),
        "assignment" => {
            let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return };
            let operator = child(node, "operator").map(|operator| low.text(operator)).unwrap_or("=");
            let before = (operator != "=").then(|| expression(low, left));
            let mut value = expression(low, right);
            if let Some(before) = before {
                value = low.add(node, Kind::Either(vec![before, value]));
            }
            let target = target(low, left);
            low.emit(Stmt::Assign { target, value });
        }
        "if_expression" => {
            let Some(test_node) = child(node, "condition") else { return };
            let test = expression(low, test_node);
            let sides: Vec<Node<'_>> = children(node).filter(|part| part.id() != test_node.id()).collect();
            let then = body(low, sides.first().copied());
            let otherwise = body(low, sides.get(1).copied());
            low.emit(Stmt::If { test, then, otherwise });
        }
        "when_expression" => {
            block::when(low, node, None);
        }
        "try_expression" => {
            block::attempt(low, node, None);
        }
        "for_statement" => each(low, node),
        "while_statement" | "do_while_statement" => {
            let inside = low.block(|low| {
                let test = child(node, "condition").map(|test| expression(low, test));
                let then = low.block(|low| {
                    for part in children(node).filter(|part| part.kind() == "block") {
                        statement(low, part);
                    }
                });
                if let Some(test) = test {
                    low.emit(Stmt::If { test, then, otherwise: Vec::new() });
                }
            });
            low.emit(Stmt::Loop(inside));
        }
        "identifier" if matches!(low.text(node), "break" | "continue") => low.emit(Stmt::Jump),
        "return_expression" | "throw_expression" | "break_expression" | "continue_expression" => {
            leave(low, node);
        }
        "block" | "ERROR" | "labeled_expression" | "source_file" => statements(low, node),
        "line_comment" | "block_comment" | "type_alias" | "label" | "file_annotation" | "shebang" => {}
        _ => {
            let value = expression(low, node);
            low.emit(Stmt::Expr(value));
        }
    }
}

/// `return x`, `throw x`, `break`.
pub(super) fn leave(low: &mut Lowering<'_>, node: Node<'_>) {
    let label = child(node, "label").map(|label| label.id());
    let value = children(node).find(|part| Some(part.id()) != label && part.kind() != "label");
    match node.kind() {
        "return_expression" => {
            let value = value.map(|value| expression(low, value));
            low.emit(Stmt::Return { value, goes_on: false });
        }
        "throw_expression" => {
            if let Some(value) = value {
                let value = expression(low, value);
                low.emit(Stmt::Expr(value));
            }
            low.emit(Stmt::Leave);
        }
        _ => low.emit(Stmt::Jump),
    }
}

/// `val a: T = x`, `val (a, b) = x`, `val a by x`.
fn property(low: &mut Lowering<'_>, node: Node<'_>) {
    let delegate = children(node).find(|part| part.kind() == "property_delegate");
    let value = initializer(node).or_else(|| delegate.and_then(|delegate| children(delegate).next()));
    for part in children(node) {
        match part.kind() {
            "variable_declaration" => {
                let Some(name_node) = identifier(part) else { continue };
                let name = low.name(name_node);
                let Some(value) = value.map(|value| expression(low, value)) else {
                    low.local(name);
                    continue;
                };
                if let Some(types) = children(part).find(is_type) {
                    let types = low.type_names(types);
                    low.declared(value, types);
                }
                low.declare_as(name, Lowering::span(name_node), value);
            }
            "multi_variable_declaration" => {
                if let Some(value) = value.map(|value| expression(low, value)) {
                    bind(low, part, value);
                }
            }
            _ => {}
        }
    }
}

fn each(low: &mut Lowering<'_>, node: Node<'_>) {
    let parts: Vec<Node<'_>> = children(node).collect();
    let Some(at) = parts.iter().position(|part| part.kind().ends_with("variable_declaration")) else {
        return;
    };
    let (Some(variable), Some(all)) = (parts.get(at), parts.get(at + 1)) else { return };
    let all = expression(low, *all);
    let inside = low.block(|low| {
        let element: ExprId = low.element(*variable, all);
        bind(low, *variable, element);
        for part in parts.iter().skip(at + 2) {
            statement(low, *part);
        }
    });
    low.emit(Stmt::Loop(inside));
}

fn import(low: &mut Lowering<'_>, node: Node<'_>) {
    let parts: Vec<Node<'_>> = children(node).collect();
    let Some(path) = parts.first().map(|path| low.text(*path)) else { return };
    if low.text(node).trim_end().ends_with('*') {
        low.import(path, Item::All, Name::default());
        return;
    }
    let Some((module, last)) = path.rsplit_once('.') else { return };
    let last = low.intern(last);
    let alias = parts.get(1).filter(|alias| alias.kind() == "identifier").map(|alias| low.name(*alias));
    low.import(module, Item::Member(last.clone()), alias.unwrap_or(last));
}
