//! PHP (tree-sitter-php 0.25).
//!
//! What the language says in its own way: a variable is its name without `$`; promoted parameters are kept in fields; a
//! trait is one more base of the class that uses it; `use` of a closure is nothing, because names are looked up anyway.

mod class;
mod expression;

use tree_sitter::Node;

use self::expression::{bind, expression, target};
use super::{Lowering, child, children};
use crate::ir::{ExprId, Item, Kind, Name, Stmt};

/// Lowers a file.
pub(super) fn lower(low: &mut Lowering<'_>, root: Node<'_>) {
    statements(low, root);
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
        "namespace_definition" => {
            low.unit.package = child(node, "name").map(|name| Name::from(low.text(name).replace('\\', ".")));
            if let Some(body) = child(node, "body") {
                statements(low, body);
            }
        }
        "namespace_use_declaration" => uses(low, node),
        "class_declaration" | "interface_declaration" | "trait_declaration" | "enum_declaration" => {
            class::class(low, node);
        }
        "function_definition" => {
            let Some(name) = child(node, "name").map(|name| low.name(name)) else { return };
            if let Some(id) = class::function(low, node, name, None) {
                low.emit(Stmt::Function(id));
            }
        }
        "expression_statement" => {
            for inner in children(node) {
                let value = expression(low, inner);
                match inner.kind() {
                    "assignment_expression" | "augmented_assignment_expression" => {}
                    "throw_expression" => low.emit(Stmt::Leave),
                    _ => low.emit(Stmt::Expr(value)),
                }
                if let "abort" | "dd" | "redirect" = called(low, inner)
                    && low.text(inner).starts_with("abort")
                {
                    low.emit(Stmt::Leave);
                }
            }
        }
        "return_statement" => {
            let value = children(node).next().map(|value| expression(low, value));
            low.emit(Stmt::Return { value, goes_on: false });
        }
        "exit_statement" => {
            for part in children(node) {
                let value = expression(low, part);
                low.emit(Stmt::Expr(value));
            }
            low.emit(Stmt::Leave);
        }
        "break_statement" | "continue_statement" | "goto_statement" => low.emit(Stmt::Jump),
        "if_statement" => {
            let mut cursor = node.walk();
            let clauses: Vec<Node<'_>> = node.children_by_field_name("alternative", &mut cursor).collect();
            conditional(low, node, &clauses);
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
            if let Some(first) = child(node, "initialize") {
                let value = expression(low, first);
                low.emit(Stmt::Expr(value));
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
        "foreach_statement" => each(low, node),
        "switch_statement" => {
            if let Some(value) = child(node, "condition") {
                let value = expression(low, value);
                low.emit(Stmt::Expr(value));
            }
            let cases = child(node, "body").into_iter().flat_map(|body| children(body).collect::<Vec<_>>());
            let arms: Vec<Vec<Stmt>> = cases
                .map(|case| {
                    let value = child(case, "value").map(|value| value.id());
                    low.block(|low| {
                        for part in children(case).filter(|part| Some(part.id()) != value) {
                            if part.kind() != "break_statement" {
                                statement(low, part);
                            }
                        }
                    })
                })
                .collect();
            low.emit(Stmt::Branches(arms));
        }
        "try_statement" => {
            let inside = body(low, child(node, "body"));
            let handlers = children(node)
                .filter(|clause| clause.kind() == "catch_clause")
                .map(|clause| body(low, child(clause, "body")))
                .collect();
            low.emit(Stmt::Try { body: inside, handlers });
            for clause in children(node).filter(|clause| clause.kind() == "finally_clause") {
                statements(low, clause);
            }
        }
        "function_static_declaration" => {
            for declared in children(node) {
                let value = child(declared, "value").map(|value| expression(low, value));
                if let (Some(name), Some(value)) = (child(declared, "name"), value) {
                    let target = target(low, name);
                    low.emit(Stmt::Assign { target, value });
                }
            }
        }
        "const_declaration" => {
            for part in children(node).filter(|part| part.kind() == "const_element") {
                let parts: Vec<Node<'_>> = children(part).collect();
                if let [name, value] = parts.as_slice() {
                    let value = expression(low, *value);
                    let text = low.name(*name);
                    low.assign(text, Lowering::span(*name), value);
                }
            }
        }
        "compound_statement" | "colon_block" | "program" | "declaration_list" | "ERROR" => {
            statements(low, node)
        }
        "php_tag"
        | "comment"
        | "text_interpolation"
        | "global_declaration"
        | "unset_statement"
        | "empty_statement"
        | "declare_statement"
        | "named_label_statement" => {}
        _ => {
            let value = expression(low, node);
            low.emit(Stmt::Expr(value));
        }
    }
}

/// The name of the function that an expression calls.
fn called<'s>(low: &Lowering<'s>, node: Node<'_>) -> &'s str {
    child(node, "function").map(|function| low.text(function)).unwrap_or_default()
}

fn conditional(low: &mut Lowering<'_>, node: Node<'_>, clauses: &[Node<'_>]) {
    let Some(test) = child(node, "condition").map(|test| expression(low, test)) else { return };
    let then = body(low, child(node, "body"));
    let otherwise = low.block(|low| {
        let Some((first, rest)) = clauses.split_first() else { return };
        low.deeper(*first, |low| match first.kind() {
            "else_if_clause" => conditional(low, *first, rest),
            _ => {
                if let Some(body) = child(*first, "body") {
                    statement(low, body);
                }
            }
        });
    });
    low.emit(Stmt::If { test, then, otherwise });
}

/// `foreach ($all as $key => $value)`.
fn each(low: &mut Lowering<'_>, node: Node<'_>) {
    let inner = child(node, "body");
    let parts: Vec<Node<'_>> =
        children(node).filter(|part| Some(part.id()) != inner.map(|inner| inner.id())).collect();
    let [all, variable, ..] = parts.as_slice() else { return };
    let all = expression(low, *all);
    let inside = low.block(|low| {
        let (key, value) = match variable.kind() {
            "pair" => {
                let pair: Vec<Node<'_>> = children(*variable).collect();
                (pair.first().copied().filter(|_| pair.len() > 1), pair.last().copied())
            }
            _ => (None, Some(*variable)),
        };
        if let Some(key) = key {
            // A key is chosen by whoever chose the whole.
            let name = low.opaque(key, Vec::new());
            let part = low.add(key, Kind::Either(vec![name, all]));
            bind(low, key, part);
        }
        if let Some(value) = value {
            let element = low.element(value, all);
            bind(low, value, element);
        }
        if let Some(body) = inner {
            statement(low, body);
        }
    });
    low.emit(Stmt::Loop(inside));
}

/// `use A\B\C;`, `use A\{B, C as D};`, `use function A\f;`.
fn uses(low: &mut Lowering<'_>, node: Node<'_>) {
    let prefix = children(node).find(|part| part.kind() == "namespace_name").map(|name| low.text(name));
    let group = child(node, "body");
    let clauses = group.unwrap_or(node);
    for clause in children(clauses).filter(|part| part.kind() == "namespace_use_clause") {
        let alias = child(clause, "alias");
        let Some(path) = children(clause).next().map(|path| low.text(path)) else { continue };
        let path = match prefix.filter(|_| group.is_some()) {
            Some(prefix) => format!("{prefix}\\{path}"),
            None => path.to_owned(),
        };
        let path = path.trim_start_matches('\\').replace('\\', ".");
        let last = path.rsplit('.').next().unwrap_or(&path).to_owned();
        let local = alias.map(|alias| low.name(alias)).unwrap_or_else(|| Name::from(last.as_str()));
        match path.rsplit_once('.') {
            Some((module, _)) => low.import(module, Item::Member(Name::from(last)), local),
            None => low.import(path.as_str(), Item::Whole, local),
        }
    }
}

/// `$a = b`, `$a->b = c`, `$a[] = b`, `[$a, $b] = c`, `$a .= b`.
pub(super) fn assignment(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
        return low.opaque(node, Vec::new());
    };
    let before = (node.kind() == "augmented_assignment_expression").then(|| expression(low, left));
    let mut value = expression(low, right);
    if let Some(before) = before {
        value = low.add(node, Kind::Either(vec![before, value]));
    }
    bind(low, left, value);
    value
}
