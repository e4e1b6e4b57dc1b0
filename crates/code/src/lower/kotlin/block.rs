//! Blocks that give a value: branches of `if`, `when` and `try`, and the blocks of `let`, `apply` and their like.

use tree_sitter::Node;

use super::expression::{bind, expression};
use super::{body, identifier, initializer, leave, statement};
use crate::ir::{ExprId, Kind, Name, Stmt};
use crate::lower::{Lowering, child, children};

/// The value of a block: that of its last expression.
pub(super) fn value(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    if node.kind() != "block" {
        return last_of(low, &[node]);
    }
    let parts: Vec<Node<'_>> = children(node).collect();
    last_of(low, &parts)
}

pub(super) fn last_of(low: &mut Lowering<'_>, parts: &[Node<'_>]) -> ExprId {
    let Some((last, before)) = parts.split_last() else {
        let scope = low.scope();
        return low.unit.add(Kind::Opaque(Vec::new()), crate::ir::Span::default(), scope);
    };
    for part in before {
        statement(low, *part);
    }
    match last.kind() {
        "assignment"
        | "property_declaration"
        | "for_statement"
        | "while_statement"
        | "do_while_statement"
        | "function_declaration"
        | "class_declaration" => {
            statement(low, *last);
            low.opaque(*last, Vec::new())
        }
        "return_expression" | "throw_expression" => {
            leave(low, *last);
            low.opaque(*last, Vec::new())
        }
        _ => expression(low, *last),
    }
}

/// `when`; with a name, every entry gives its value to it.
pub(super) fn when(low: &mut Lowering<'_>, node: Node<'_>, name: Option<&Name>) {
    let subject = children(node).find(|part| part.kind() == "when_subject");
    let mut value = None;
    if let Some(subject) = subject {
        let given = children(subject).last().map(|given| expression(low, given));
        if let (Some(variable), Some(given)) =
            (children(subject).find(|part| part.kind() == "variable_declaration"), given)
        {
            bind(low, variable, given);
        }
        value = given;
    }
    let entries: Vec<Node<'_>> = children(node).filter(|part| part.kind() == "when_entry").collect();
    if value.is_some() {
        let arms = entries.iter().map(|entry| low.block(|low| arm(low, *entry, name))).collect();
        low.emit(Stmt::Branches(arms));
        return;
    }
    entry(low, &entries, name);
}

/// Without a subject, entries are tests one after the other.
fn entry(low: &mut Lowering<'_>, entries: &[Node<'_>], name: Option<&Name>) {
    let Some((first, rest)) = entries.split_first() else { return };
    low.deeper(*first, |low| {
        let Some(test) = child(*first, "condition").map(|test| expression(low, test)) else {
            arm(low, *first, name);
            return;
        };
        let then = low.block(|low| arm(low, *first, name));
        let otherwise = low.block(|low| entry(low, rest, name));
        low.emit(Stmt::If { test, then, otherwise });
    });
}

fn arm(low: &mut Lowering<'_>, entry: Node<'_>, name: Option<&Name>) {
    let Some(result) = children(entry).last() else { return };
    match name {
        None => statement(low, result),
        Some(name) => {
            let given = value(low, result);
            low.assign(name.clone(), Lowering::span(result), given);
        }
    }
}

/// `try`; with a name, every way out of it gives its value to it.
pub(super) fn attempt(low: &mut Lowering<'_>, node: Node<'_>, name: Option<&Name>) {
    let give = |low: &mut Lowering<'_>, part: Node<'_>| match name {
        None => body(low, Some(part)),
        Some(name) => low.giving(part, name, |low| value(low, part)),
    };
    let mut inside = Vec::new();
    let mut handlers = Vec::new();
    let mut last = Vec::new();
    for part in children(node) {
        match part.kind() {
            "block" => inside = give(low, part),
            "catch_block" => handlers.push(low.block(|low| {
                if let Some(caught) = identifier(part) {
                    let nothing = low.opaque(caught, Vec::new());
                    let text = low.name(caught);
                    low.declare_as(text, Lowering::span(caught), nothing);
                }
                for block in children(part).filter(|block| block.kind() == "block") {
                    let stmts = give(low, block);
                    stmts.into_iter().for_each(|stmt| low.emit(stmt));
                }
            })),
            "finally_block" => last.extend(children(part)),
            _ => {}
        }
    }
    low.emit(Stmt::Try { body: inside, handlers });
    for part in last {
        statement(low, part);
    }
}

/// What a call's block does where it stands.
pub(super) enum Scope {
    /// It is given the object, and gives a value: `let`, `use`.
    Given,
    /// It is given the object, which goes on: `also`.
    Passed,
    /// Bare names are the object's; it gives a value: `run`, `with`.
    Inside,
    /// Bare names are the object's, which goes on: `apply`.
    Filled,
}

/// `x.let { … }`: the block is lowered here, and not as a function.
pub(super) fn scope(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    object: ExprId,
    lambda: Node<'_>,
    kind: Scope,
) -> ExprId {
    let name = low.fresh();
    low.declare_as(name.clone(), Lowering::span(node), object);
    let parameters = children(lambda).find(|part| part.kind() == "lambda_parameters");
    let parts: Vec<Node<'_>> = children(lambda).filter(|part| part.kind() != "lambda_parameters").collect();
    let value = match kind {
        Scope::Given | Scope::Passed => {
            let same = low.add(node, Kind::Name(name.clone()));
            match parameters.and_then(|list| children(list).next()) {
                Some(variable) => bind(low, variable, same),
                None => low.declare_as(Name::from("it"), Lowering::span(lambda), same),
            }
            last_of(low, &parts)
        }
        Scope::Inside | Scope::Filled => low.in_receiver(name.clone(), |low| last_of(low, &parts)),
    };
    match kind {
        Scope::Given | Scope::Inside => value,
        Scope::Passed | Scope::Filled => {
            low.emit(Stmt::Expr(value));
            low.add(node, Kind::Name(name))
        }
    }
}

/// A block that runs here and gives its value: `transaction { … }`, `withContext(x) { … }`.
pub(super) fn run(low: &mut Lowering<'_>, lambda: Node<'_>) -> ExprId {
    let parts: Vec<Node<'_>> = children(lambda).filter(|part| part.kind() != "lambda_parameters").collect();
    last_of(low, &parts)
}

/// A block as a function.
pub(super) fn lambda(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let id = low.function(node, Name::default(), Lowering::span(node), None, |low| {
        low.in_function(|low| {
            let parameters = children(node).find(|part| part.kind() == "lambda_parameters");
            match parameters {
                None => {
                    let it = Name::from("it");
                    low.local(it.clone());
                    low.param(it, Lowering::span(node));
                }
                Some(list) => {
                    for variable in children(list) {
                        let is_several = variable.kind() == "multi_variable_declaration";
                        let name = match identifier(variable).filter(|_| !is_several) {
                            Some(name) => low.name(name),
                            None => low.fresh(),
                        };
                        low.local(name.clone());
                        low.param(name.clone(), Lowering::span(variable));
                        if is_several {
                            let whole = low.add(variable, Kind::Name(name));
                            bind(low, variable, whole);
                        }
                    }
                }
            }
            let parts: Vec<Node<'_>> =
                children(node).filter(|part| part.kind() != "lambda_parameters").collect();
            let value = last_of(low, &parts);
            low.emit(Stmt::Return { value: Some(value), goes_on: false });
        });
    });
    low.add(node, Kind::Closure(id))
}

/// `fun(x: T): U { … }` as a value.
pub(super) fn anonymous(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let id = low.function(node, Name::default(), Lowering::span(node), None, |low| {
        low.in_function(|low| {
            for part in children(node) {
                match part.kind() {
                    "function_value_parameters" => super::class::parameters(low, part),
                    "function_body" => function_body(low, part),
                    _ => {}
                }
            }
        });
    });
    low.add(node, Kind::Closure(id))
}

/// `{ … }`, or `= x`.
pub(super) fn function_body(low: &mut Lowering<'_>, node: Node<'_>) {
    match children(node).next() {
        Some(block) if block.kind() == "block" && initializer(node).is_none() => statement(low, block),
        Some(given) => {
            let given = value(low, given);
            low.emit(Stmt::Return { value: Some(given), goes_on: false });
        }
        None => {}
    }
}
