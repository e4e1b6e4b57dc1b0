//! Go (tree-sitter-go 0.25).
//!
//! What the language says in its own way: a call that is given `&x` may fill `x`, so `x` is afterwards what it was or
//! what the call makes; a channel is a list; `exec.Command(p, a...)` is the literal `exec.Cmd{Path: p, Args: a}`.

mod expression;

use tree_sitter::Node;

use self::expression::{assignment, expression, expressions, target};
use super::{Lowering, child, children, position};
use crate::ir::{ClassId, ExprId, Field, FunctionId, Item, Kind, Name, Param, Stmt, Takes, Target};

/// Lowers a file.
pub(super) fn lower(low: &mut Lowering<'_>, root: Node<'_>) {
    // Types first: methods that stand before their type belong to it all the same.
    let (types, others): (Vec<_>, Vec<_>) =
        children(root).partition(|node| node.kind() == "type_declaration");
    for node in types.into_iter().chain(others) {
        statement(low, node);
    }
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
            statements(low, node);
        }
    })
}

fn statement(low: &mut Lowering<'_>, node: Node<'_>) {
    match node.kind() {
        "package_clause" => {
            let name = children(node).next().map(|name| low.name(name));
            low.unit.package = name;
        }
        "import_declaration" => imports(low, node),
        "function_declaration" | "method_declaration" => declaration(low, node),
        "type_declaration" => {
            for spec in children(node).filter(|spec| spec.kind() == "type_spec") {
                type_spec(low, spec);
            }
        }
        "const_declaration" | "var_declaration" | "var_spec_list" => {
            for part in children(node) {
                statement(low, part);
            }
        }
        "const_spec" | "var_spec" => variable(low, node),
        "short_var_declaration" | "assignment_statement" | "receive_statement" => assignment(low, node),
        "expression_statement" => {
            for inner in children(node) {
                let value = expression(low, inner);
                low.emit(Stmt::Expr(value));
                let callee = child(inner, "function").map(|callee| low.text(callee)).unwrap_or_default();
                if matches!(callee, "panic" | "os.Exit" | "log.Fatal" | "log.Fatalf" | "log.Fatalln") {
                    low.emit(Stmt::Leave);
                }
            }
        }
        "return_statement" => returned(low, node),
        "break_statement" | "continue_statement" | "goto_statement" => low.emit(Stmt::Jump),
        "if_statement" => conditional(low, node),
        "for_statement" => repeated(low, node),
        "expression_switch_statement" | "type_switch_statement" | "select_statement" => switch(low, node),
        "send_statement" => {
            let (Some(channel), Some(value)) = (child(node, "channel"), child(node, "value")) else { return };
            let value = expression(low, value);
            let channel = expression(low, channel);
            let place = low.element(node, channel);
            low.emit(Stmt::Assign { target: Target::Place(place), value });
        }
        "go_statement" | "defer_statement" => {
            for inner in children(node) {
                let value = expression(low, inner);
                low.emit(Stmt::Expr(value));
            }
        }
        "block" | "statement_list" | "labeled_statement" | "ERROR" => statements(low, node),
        "comment" | "label_name" | "fallthrough_statement" | "empty_statement" => {}
        _ => {
            let value = expression(low, node);
            low.emit(Stmt::Expr(value));
        }
    }
}

fn imports(low: &mut Lowering<'_>, node: Node<'_>) {
    for part in children(node) {
        if part.kind() == "import_spec_list" {
            imports(low, part);
            continue;
        }
        let Some(path) = child(part, "path") else { continue };
        let path = low.text(path).trim_matches(['"', '`']);
        match child(part, "name") {
            Some(name) if name.kind() == "dot" => low.import(path, Item::All, Name::default()),
            Some(name) => {
                let name = low.name(name);
                low.import(path, Item::Whole, name);
            }
            None => {
                let name = low.intern(package_of(path));
                low.import(path, Item::Whole, name);
            }
        }
    }
}

/// The name that a package has without being given one: the last part of its path, versions and `go-` left out.
fn package_of(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    let last = last.split_once(".v").map_or(last, |(name, _)| name);
    let last = last.strip_suffix(".go").or_else(|| last.strip_suffix("-go")).unwrap_or(last);
    last.strip_prefix("go-").unwrap_or(last)
}

fn type_spec(low: &mut Lowering<'_>, node: Node<'_>) {
    let (Some(name_node), Some(kind)) = (child(node, "name"), child(node, "type")) else { return };
    let name = low.name(name_node);
    let span = Lowering::span(name_node);
    let mut bases = Vec::new();
    let mut fields = Vec::new();
    let declarations = children(kind).filter(|list| list.kind() == "field_declaration_list");
    for declared in declarations.flat_map(|list| children(list).collect::<Vec<_>>()) {
        let Some(type_node) = child(declared, "type") else { continue };
        let types = low.type_names(type_node);
        let mut cursor = declared.walk();
        let names: Vec<Node<'_>> = declared.children_by_field_name("name", &mut cursor).collect();
        // An embedded type: its fields and methods are those of this one.
        if names.is_empty()
            && let Some(base) = types.last().cloned()
        {
            bases.push(low.add(type_node, Kind::Name(base)));
        }
        let field = |name| Field {
            name,
            types: types.clone(),
            default: None,
            decorators: Vec::new(),
            span: Lowering::span(declared),
        };
        let names: Vec<Name> = match names.is_empty() {
            true => types.last().cloned().into_iter().collect(),
            false => names.into_iter().map(|name| low.name(name)).collect(),
        };
        fields.extend(names.into_iter().map(field));
    }
    let id = low.class(node, name, span, bases, |low| {
        let Some(class) = low.class_here() else { return };
        for method in children(kind).filter(|method| method.kind() == "method_elem") {
            let Some(name_node) = child(method, "name") else { continue };
            let name = low.name(name_node);
            low.function(method, name, Lowering::span(name_node), Some(class), |low| {
                signature(low, method);
                if let Some(function) = low.this_function() {
                    function.is_abstract = true;
                }
            });
        }
    });
    if let Some(class) = low.class_mut(id) {
        class.fields = fields;
    }
    low.emit(Stmt::Class(id));
}

fn declaration(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = low.name(name_node);
    let receiver =
        child(node, "receiver").and_then(|list| children(list).find(|part| child(*part, "type").is_some()));
    let class = receiver.and_then(|receiver| child(receiver, "type")).and_then(|types| {
        let types = low.type_names(types);
        types.first().cloned().map(|owner| class_called(low, node, &owner))
    });
    let id = low.deeper(node, |low| {
        low.function(node, name, Lowering::span(name_node), class, |low| {
            if let Some(name_node) = receiver.and_then(|receiver| child(receiver, "name")) {
                let this = low.add(name_node, Kind::This);
                let name = low.name(name_node);
                low.assign(name, Lowering::span(name_node), this);
            }
            signature(low, node);
            if let Some(body) = child(node, "body") {
                statements(low, body);
            }
        })
    });
    if let Some(id) = id
        && class.is_none()
    {
        low.emit(Stmt::Function(id));
    }
}

/// The class of this name. One that another file declares is made here, and extends that one.
fn class_called(low: &mut Lowering<'_>, node: Node<'_>, name: &Name) -> ClassId {
    match low.unit.classes.iter().position(|class| class.name == *name) {
        Some(index) => ClassId(index as u32),
        None => {
            let base = low.add(node, Kind::Name(name.clone()));
            low.class(node, name.clone(), Lowering::span(node), vec![base], |_| {})
        }
    }
}

/// Parameters and results of the function that is being lowered.
pub(super) fn signature(low: &mut Lowering<'_>, node: Node<'_>) {
    if let Some(result) = child(node, "result") {
        let types = low.type_names(result);
        if let Some(function) = low.this_function() {
            function.returns_type = types;
        }
        for named in children(result).filter(|part| part.kind() == "parameter_declaration") {
            let Some(types) = child(named, "type") else { continue };
            for name in names_of(named) {
                let zero = expression::zero(low, types);
                let text = low.name(name);
                low.assign(text, Lowering::span(name), zero);
            }
        }
    }
    let Some(list) = child(node, "parameters") else { return };
    for part in children(list) {
        let takes = match part.kind() {
            "parameter_declaration" => Takes::One,
            "variadic_parameter_declaration" => Takes::Rest,
            _ => continue,
        };
        let types = child(part, "type").map(|types| low.type_names(types)).unwrap_or_default();
        let names = names_of(part);
        // A parameter without a name still takes its place.
        let names: Vec<(Name, _)> = match names.is_empty() {
            true => vec![(low.fresh(), Lowering::span(part))],
            false => names.into_iter().map(|name| (low.name(name), Lowering::span(name))).collect(),
        };
        for (name, span) in names {
            let types = types.clone();
            low.full_param(Param { name, span, types, decorators: Vec::new(), default: None, takes });
        }
    }
}

fn names_of(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children_by_field_name("name", &mut cursor).filter(|name| name.is_named()).collect()
}

pub(super) fn closure(low: &mut Lowering<'_>, node: Node<'_>) -> FunctionId {
    low.function(node, Name::default(), Lowering::span(node), None, |low| {
        signature(low, node);
        if let Some(body) = child(node, "body") {
            statements(low, body);
        }
    })
}

fn variable(low: &mut Lowering<'_>, node: Node<'_>) {
    let names = names_of(node);
    let values: Vec<ExprId> = child(node, "value").map(|list| expressions(low, list)).unwrap_or_default();
    let types = child(node, "type");
    let several = values.len() == 1 && names.len() > 1;
    for (nth, name_node) in names.iter().enumerate() {
        let name = low.name(*name_node);
        let span = Lowering::span(*name_node);
        match (values.get(if several { 0 } else { nth }), types) {
            (Some(value), _) if several => {
                let target = Target::Parts(vec![(vec![position(nth)], Target::Name(name, span))]);
                low.emit(Stmt::Assign { target, value: *value });
            }
            (Some(value), _) => low.assign(name, span, *value),
            (None, Some(types)) => {
                let zero = expression::zero(low, types);
                low.assign(name, span, zero);
            }
            (None, None) => {}
        }
    }
}

fn returned(low: &mut Lowering<'_>, node: Node<'_>) {
    let value = match children(node).next() {
        Some(list) => {
            let parts = expressions(low, list);
            match parts.as_slice() {
                [one] => Some(*one),
                _ => Some(low.add(list, Kind::List(parts))),
            }
        }
        None => named_results(low, node),
    };
    low.emit(Stmt::Return { value, goes_on: false });
}

/// A bare `return` hands out the results that have names.
fn named_results(low: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let mut around = node.parent();
    let mut left = 40;
    while let Some(outer) = around {
        left -= 1;
        if matches!(outer.kind(), "function_declaration" | "method_declaration" | "func_literal") || left == 0
        {
            break;
        }
        around = outer.parent();
    }
    let result = child(around?, "result")?;
    let names: Vec<Node<'_>> = children(result).flat_map(names_of).collect();
    if names.is_empty() {
        return None;
    }
    let parts: Vec<ExprId> = names
        .into_iter()
        .map(|name| {
            let text = low.name(name);
            low.add(node, Kind::Name(text))
        })
        .collect();
    match parts.as_slice() {
        [one] => Some(*one),
        _ => Some(low.add(node, Kind::List(parts))),
    }
}

fn conditional(low: &mut Lowering<'_>, node: Node<'_>) {
    low.deeper(node, |low| {
        if let Some(before) = child(node, "initializer") {
            statement(low, before);
        }
        let Some(test) = child(node, "condition").map(|test| expression(low, test)) else { return };
        let then = body(low, child(node, "consequence"));
        let otherwise = low.block(|low| match child(node, "alternative") {
            Some(next) if next.kind() == "if_statement" => conditional(low, next),
            Some(block) => statements(low, block),
            None => {}
        });
        low.emit(Stmt::If { test, then, otherwise });
    });
}

fn repeated(low: &mut Lowering<'_>, node: Node<'_>) {
    let head = children(node).find(|part| part.kind() != "block");
    let inner = child(node, "body");
    match head {
        Some(range) if range.kind() == "range_clause" => {
            let Some(right) = child(range, "right").map(|right| expression(low, right)) else { return };
            let stmts = low.block(|low| {
                // Of one name it is not known whether it is a place or what a channel gives.
                for name in
                    child(range, "left").into_iter().flat_map(|left| children(left).collect::<Vec<_>>())
                {
                    let element = low.element(name, right);
                    let target = target(low, name);
                    low.emit(Stmt::Assign { target, value: element });
                }
                if let Some(inner) = inner {
                    statements(low, inner);
                }
            });
            low.emit(Stmt::Loop(stmts));
        }
        head => {
            let is_clause = head.is_some_and(|head| head.kind() == "for_clause");
            let clause = head.filter(|_| is_clause);
            if let Some(first) = clause.and_then(|clause| child(clause, "initializer")) {
                statement(low, first);
            }
            let test = if is_clause { clause.and_then(|clause| child(clause, "condition")) } else { head };
            let stmts = low.block(|low| {
                let test = test.map(|test| expression(low, test));
                let then = body(low, inner);
                match test {
                    Some(test) => low.emit(Stmt::If { test, then, otherwise: Vec::new() }),
                    None => then.into_iter().for_each(|stmt| low.emit(stmt)),
                }
            });
            low.emit(Stmt::Loop(stmts));
        }
    }
}

fn switch(low: &mut Lowering<'_>, node: Node<'_>) {
    if let Some(before) = child(node, "initializer") {
        statement(low, before);
    }
    let subject = child(node, "value").map(|value| expression(low, value));
    let cases = ["expression_case", "default_case", "type_case", "communication_case"];
    let cases: Vec<Node<'_>> = children(node).filter(|case| cases.contains(&case.kind())).collect();
    // `switch { case a: … case b: … }` is a chain of tests, and a case that leaves is a guard.
    let is_chain = subject.is_none() && node.kind() == "expression_switch_statement";
    if is_chain {
        let (defaults, tested): (Vec<_>, Vec<_>) =
            cases.into_iter().partition(|case| case.kind() == "default_case");
        chain(low, &tested, defaults.first().copied());
        return;
    }
    let alias = child(node, "alias").and_then(|alias| children(alias).next());
    let arms = cases
        .into_iter()
        .map(|case| {
            low.block(|low| {
                if let (Some(alias), Some(subject)) = (alias, subject) {
                    let name = low.name(alias);
                    low.assign(name, Lowering::span(alias), subject);
                }
                if let Some(first) = child(case, "communication") {
                    statement(low, first);
                }
                for inner in children(case).filter(|inner| inner.kind() == "statement_list") {
                    statements(low, inner);
                }
            })
        })
        .collect();
    low.emit(Stmt::Branches(arms));
}

fn chain(low: &mut Lowering<'_>, cases: &[Node<'_>], default: Option<Node<'_>>) {
    let inner = |low: &mut Lowering<'_>, case: Node<'_>| {
        for list in children(case).filter(|inner| inner.kind() == "statement_list") {
            statements(low, list);
        }
    };
    let Some((first, rest)) = cases.split_first() else {
        if let Some(default) = default {
            inner(low, default);
        }
        return;
    };
    low.deeper(*first, |low| {
        let parts = child(*first, "value").map(|tests| expressions(low, tests)).unwrap_or_default();
        let test = low.opaque(*first, parts);
        let then = low.block(|low| inner(low, *first));
        let otherwise = low.block(|low| chain(low, rest, default));
        low.emit(Stmt::If { test, then, otherwise });
    });
}
