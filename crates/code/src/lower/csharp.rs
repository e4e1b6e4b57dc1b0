//! C# (tree-sitter-c-sharp 0.23).
//!
//! What the language says in its own way: an object initializer is a call with named arguments, without a type a
//! record; parameters of a primary constructor are kept in fields; a query is a loop around what it selects; `out var x`
//! makes `x` what the receiver gives.

mod class;
mod expression;
mod pattern;

use tree_sitter::Node;

use self::expression::{expression, expression_as, target};
use self::pattern::bind;
use super::{Lowering, child, children};
use crate::ir::{ExprId, Item, Kind, Name, Stmt};

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
        "using_directive" => using(low, node),
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            low.unit.package = child(node, "name").map(|name| low.name(name));
            if let Some(body) = child(node, "body") {
                statements(low, body);
            }
            // What follows a namespace without braces may stand inside it.
            for part in children(node).filter(|part| part.kind().ends_with("_declaration")) {
                statement(low, part);
            }
        }
        "class_declaration"
        | "record_declaration"
        | "struct_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "record_struct_declaration" => class::class(low, node),
        "local_declaration_statement" | "declaration" => {
            for declaration in children(node).filter(|part| part.kind() == "variable_declaration") {
                variables(low, declaration);
            }
        }
        "variable_declaration" => variables(low, node),
        "local_function_statement" => {
            let Some(name) = child(node, "name").map(|name| low.name(name)) else { return };
            low.local(name.clone());
            if let Some(id) = class::method(low, node, name, None) {
                low.emit(Stmt::Function(id));
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
        "return_statement" | "yield_statement" => {
            let types = low.this_function().map(|function| function.returns_type.clone()).unwrap_or_default();
            let value = children(node).next().map(|value| expression_as(low, value, &types));
            let goes_on = node.kind() == "yield_statement";
            low.emit(Stmt::Return { value, goes_on });
        }
        "throw_statement" => {
            for value in children(node) {
                let value = expression(low, value);
                low.emit(Stmt::Expr(value));
            }
            low.emit(Stmt::Leave);
        }
        "break_statement" | "continue_statement" | "goto_statement" => low.emit(Stmt::Jump),
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
            if let Some(first) = child(node, "initializer") {
                statement(low, first);
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
        "foreach_statement" => {
            let Some(all) = child(node, "right").map(|right| expression(low, right)) else { return };
            let inside = low.block(|low| {
                if let Some(left) = child(node, "left") {
                    let element = low.element(left, all);
                    bind(low, left, element);
                }
                if let Some(body) = child(node, "body") {
                    statement(low, body);
                }
            });
            low.emit(Stmt::Loop(inside));
        }
        "using_statement" | "lock_statement" | "fixed_statement" => {
            for part in children(node) {
                statement(low, part);
            }
        }
        "try_statement" => attempt(low, node),
        "switch_statement" => {
            let value = child(node, "value").map(|value| expression(low, value));
            let sections =
                child(node, "body").into_iter().flat_map(|body| children(body).collect::<Vec<_>>());
            let arms: Vec<Vec<Stmt>> =
                sections.map(|section| low.block(|low| switch_section(low, section, value))).collect();
            low.emit(Stmt::Branches(arms));
        }
        "block" | "global_statement" | "labeled_statement" | "checked_statement" | "unsafe_statement"
        | "declaration_list" | "ERROR" => statements(low, node),
        "arrow_expression_clause" => {
            let types = low.this_function().map(|function| function.returns_type.clone()).unwrap_or_default();
            let value = children(node).next().map(|value| expression_as(low, value, &types));
            low.emit(Stmt::Return { value, goes_on: false });
        }
        "comment"
        | "empty_statement"
        | "delegate_declaration"
        | "attribute_list"
        | "preproc_region"
        | "preproc_endregion"
        | "extern_alias_directive" => {}
        kind if kind.starts_with("preproc_") => statements(low, node),
        _ => {
            let value = expression(low, node);
            low.emit(Stmt::Expr(value));
        }
    }
}

fn switch_section(low: &mut Lowering<'_>, section: Node<'_>, value: Option<ExprId>) {
    for part in children(section) {
        match (part.kind(), value) {
            ("break_statement", _) => {}
            (kind, Some(value)) if kind.ends_with("_pattern") => bind(low, part, value),
            (kind, _) if kind.ends_with("_pattern") || kind == "when_clause" => {}
            _ => statement(low, part),
        }
    }
}

fn using(low: &mut Lowering<'_>, node: Node<'_>) {
    let alias = child(node, "name");
    let path = children(node).filter(|part| Some(part.id()) != alias.map(|alias| alias.id())).last();
    let Some(path) = path.map(|path| low.text(path)) else { return };
    match alias {
        Some(alias) => {
            let local = low.name(alias);
            match path.rsplit_once('.') {
                Some((module, last)) => {
                    let last = low.intern(last);
                    low.import(module, Item::Member(last), local);
                }
                None => low.import(path, Item::Whole, local),
            }
        }
        None => low.import(path, Item::All, Name::default()),
    }
}

/// `T a = x, b = y`, `var (a, b) = t`.
fn variables(low: &mut Lowering<'_>, node: Node<'_>) {
    let types = child(node, "type").filter(|types| types.kind() != "implicit_type");
    for declared in children(node).filter(|part| part.kind() == "variable_declarator") {
        let name_node = child(declared, "name");
        let parts: Vec<Node<'_>> = children(declared).collect();
        let value = parts.last().filter(|value| Some(value.id()) != name_node.map(|name| name.id()));
        let tuple = parts.first().filter(|first| first.kind() == "tuple_pattern");
        let names = types.map(|types| low.type_names(types)).unwrap_or_default();
        let Some(value) = value.map(|value| expression_as(low, *value, &names)) else {
            if let Some(name_node) = name_node {
                let name = low.name(name_node);
                low.local(name);
            }
            continue;
        };
        low.declared(value, names);
        match (name_node, tuple) {
            (Some(name_node), _) => {
                let name = low.name(name_node);
                low.declare_as(name, Lowering::span(name_node), value);
            }
            (None, Some(tuple)) => bind(low, *tuple, value),
            _ => {}
        }
    }
}

fn attempt(low: &mut Lowering<'_>, node: Node<'_>) {
    let inside = body(low, child(node, "body"));
    let handlers = children(node)
        .filter(|clause| clause.kind() == "catch_clause")
        .map(|clause| {
            low.block(|low| {
                let caught = children(clause).find(|part| part.kind() == "catch_declaration");
                if let Some(name_node) = caught.and_then(|caught| child(caught, "name")) {
                    let nothing = low.opaque(name_node, Vec::new());
                    let name = low.name(name_node);
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

/// `a = b`, `a.b = c`, `(a, b) = t`, `a ??= b`.
pub(super) fn assignment(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
        return low.opaque(node, Vec::new());
    };
    let operator = child(node, "operator").map(|operator| low.text(operator)).unwrap_or("=");
    let before = (operator != "=").then(|| expression(low, left));
    let mut value = expression(low, right);
    if let Some(before) = before {
        value = low.add(node, Kind::Either(vec![before, value]));
    }
    let target = target(low, left);
    low.emit(Stmt::Assign { target, value });
    value
}
