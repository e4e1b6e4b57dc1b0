//! Expressions of Ruby; nearly everything is one.

use std::collections::HashSet;

use tree_sitter::Node;

use super::{add_field, body_value, last_name, required, statement};
use crate::ir::{Arg, ExprId, FunctionId, Key, Kind, Member, Name, Param, Stmt, Takes, Target};
use crate::lower::{Lowering, child, children, position, positional, unquoted};

/// Methods without arguments whose result is what they are called on, in another form.
const SAME: [&str; 30] = [
    "to_s",
    "to_a",
    "to_h",
    "to_str",
    "to_sym",
    "to_hash",
    "strip",
    "chomp",
    "dup",
    "clone",
    "freeze",
    "compact",
    "flatten",
    "presence",
    "downcase",
    "symbolize_keys",
    "stringify_keys",
    "deep_symbolize_keys",
    "with_indifferent_access",
    "to_unsafe_h",
    "to_unsafe_hash",
    "permit!",
    "each_value",
    "values",
    "each",
    "itself",
    "squish",
    "read",
    "string",
    "uniq",
];

/// Methods without arguments whose result says nothing about what they are called on.
const NOTHING: [&str; 12] = [
    "length",
    "size",
    "count",
    "nil?",
    "empty?",
    "any?",
    "present?",
    "blank?",
    "hash",
    "object_id",
    "to_i",
    "to_f",
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

/// What a node is worth that may be a list of arguments or a block of statements.
pub(super) fn value_of(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let value = match node.kind() {
        "argument_list" => children(node).next().map(|value| expression(low, value)),
        _ => body_value(low, node),
    };
    value.unwrap_or_else(|| low.opaque(node, Vec::new()))
}

fn is_local(low: &Lowering<'_>, name: &Name) -> bool {
    low.locals.last().is_some_and(|locals| locals.contains(name))
}

fn declare(low: &mut Lowering<'_>, name: Name) {
    if let Some(locals) = low.locals.last_mut() {
        locals.insert(name);
    }
}

fn inside(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" => {
            let name = low.name(node);
            match (is_local(low, &name), low.class_here()) {
                (true, _) => low.add(node, Kind::Name(name)),
                (false, Some(_)) => {
                    let this = low.add(node, Kind::This);
                    low.field(node, this, name)
                }
                (false, None) => {
                    let callee = low.add(node, Kind::Name(name));
                    low.add(node, Kind::Call { callee, args: Vec::new(), is_new: false })
                }
            }
        }
        "constant" | "global_variable" | "class_variable" => {
            let name = low.name(node);
            low.add(node, Kind::Name(name))
        }
        "self" => low.add(node, Kind::This),
        "instance_variable" => {
            let this = low.add(node, Kind::This);
            let name = low.intern(low.text(node).trim_start_matches('@'));
            low.field(node, this, name)
        }
        "scope_resolution" => match (child(node, "scope"), child(node, "name")) {
            (Some(scope), Some(name)) => {
                let base = expression(low, scope);
                let name = low.name(name);
                low.field(node, base, name)
            }
            (None, Some(name)) => expression(low, name),
            _ => low.opaque(node, Vec::new()),
        },
        "simple_symbol" | "hash_key_symbol" => {
            let text = low.text(node).trim_matches([':', '"']);
            low.add(node, Kind::Text(Name::from(text)))
        }
        "string" | "bare_string" | "heredoc_body" | "delimited_symbol" | "bare_symbol" => string(low, node),
        "subshell" => {
            let value = string(low, node);
            let callee = low.add(node, Kind::Name(Name::from("subshell")));
            low.add(node, Kind::Call { callee, args: vec![positional(value)], is_new: false })
        }
        "chained_string" => {
            let parts = expressions(low, node);
            low.add(node, Kind::Join(parts))
        }
        "array" | "string_array" | "symbol_array" | "right_assignment_list" => list(low, node),
        "splat_argument"
        | "hash_splat_argument"
        | "block_argument"
        | "parenthesized_statements"
        | "begin"
        | "then"
        | "else"
        | "do"
        | "body_statement"
        | "block_body" => match node.kind().ends_with("argument") {
            true => match children(node).next() {
                Some(inner) => expression(low, inner),
                None => low.opaque(node, Vec::new()),
            },
            false => value_of(low, node),
        },
        "hash" => {
            let members = children(node).filter_map(|part| member(low, part)).collect();
            low.add(node, Kind::Record(members))
        }
        "element_reference" => {
            let Some(base) = child(node, "object").map(|base| expression(low, base)) else {
                return low.opaque(node, Vec::new());
            };
            let object = child(node, "object").map(|object| object.id());
            let key = children(node).find(|part| Some(part.id()) != object).map(|key| expression(low, key));
            match key.map(|key| low.unit.expr(key).kind.clone()) {
                Some(Kind::Text(text)) => low.field(node, base, text),
                _ => low.add(node, Kind::Index(base, key)),
            }
        }
        "call" => call(low, node),
        "binary" => binary(low, node),
        "assignment" => assignment(low, node),
        "operator_assignment" => {
            let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
                return low.opaque(node, Vec::new());
            };
            if left.kind() == "identifier" {
                let name = low.name(left);
                declare(low, name);
            }
            let before = expression(low, left);
            let after = expression(low, right);
            let value = low.add(node, Kind::Either(vec![before, after]));
            let target = target(low, left);
            low.emit(Stmt::Assign { target, value });
            value
        }
        "if" | "unless" | "conditional" | "elsif" | "if_modifier" | "unless_modifier" => choice(low, node),
        "while" | "until" | "while_modifier" | "until_modifier" | "for" => {
            repeated(low, node);
            low.opaque(node, Vec::new())
        }
        "case" => {
            let subject = child(node, "value").map(|value| expression(low, value));
            let name = low.fresh();
            let clauses: Vec<Node<'_>> =
                children(node).filter(|clause| matches!(clause.kind(), "when" | "else")).collect();
            cases(low, &clauses, subject, &name);
            low.add(node, Kind::Name(name))
        }
        "lambda" => {
            let id = closure(low, node, child(node, "parameters"), child(node, "body"));
            low.add(node, Kind::Closure(id))
        }
        "rescue_modifier" => {
            let sides = expressions(low, node);
            low.add(node, Kind::Either(sides))
        }
        "method" | "singleton_method" | "class" | "module" | "return" | "break" | "next" => {
            statement(low, node).unwrap_or_else(|| low.opaque(node, Vec::new()))
        }
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

/// `[a, *b]`: one of the whole lists, where a part is one.
fn list(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut plain = Vec::new();
    let mut sides = Vec::new();
    for part in children(node) {
        let value = expression(low, part);
        if part.kind() == "splat_argument" { sides.push(value) } else { plain.push(value) }
    }
    let list = low.add(node, Kind::List(plain));
    if sides.is_empty() {
        return list;
    }
    sides.insert(0, list);
    low.add(node, Kind::Either(sides))
}

fn string(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    let mut text = String::new();
    for part in children(node) {
        match part.kind() {
            "interpolation" => parts.push(value_of(low, part)),
            _ => text.push_str(&unquoted(low.text(part))),
        }
    }
    if parts.is_empty() {
        return low.add(node, Kind::Text(Name::from(text)));
    }
    if !text.is_empty() {
        parts.push(low.add(node, Kind::Text(Name::from(text))));
    }
    low.add(node, Kind::Join(parts))
}

fn member(low: &mut Lowering<'_>, node: Node<'_>) -> Option<Member> {
    match node.kind() {
        "pair" => {
            let key_node = child(node, "key")?;
            let key = expression(low, key_node);
            let key = match &low.unit.expr(key).kind {
                Kind::Text(text) => Some(text.clone()),
                _ => None,
            };
            // `{ command: }` is the variable of that name.
            let value = match child(node, "value") {
                Some(value) => expression(low, value),
                None => low.add(key_node, Kind::Name(key.clone()?)),
            };
            Some(Member { key, value, is_spread: false })
        }
        "hash_splat_argument" => Some(Member { key: None, value: expression(low, node), is_spread: true }),
        _ => None,
    }
}

fn arguments(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<Arg> {
    let list = child(node, "arguments").map(|list| children(list).collect::<Vec<_>>()).unwrap_or_default();
    let mut args = Vec::new();
    for part in list {
        match part.kind() {
            "pair" => {
                let Some(member) = member(low, part) else { continue };
                args.push(Arg { name: member.key, value: member.value, is_spread: false });
            }
            "hash_splat_argument" => {
                args.push(Arg { name: Some(Name::default()), value: expression(low, part), is_spread: true });
            }
            "splat_argument" => args.push(Arg { name: None, value: expression(low, part), is_spread: true }),
            _ => args.push(positional(expression(low, part))),
        }
    }
    if let Some(block) = child(node, "block") {
        let id = closure(low, block, child(block, "parameters"), child(block, "body"));
        let value = low.add(block, Kind::Closure(id));
        args.push(positional(value));
    }
    args
}

fn call(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let receiver = child(node, "receiver");
    let method_node = child(node, "method");
    let method = method_node.map(|method| low.text(method)).unwrap_or("call");
    let has_args = child(node, "arguments").is_some() || child(node, "block").is_some();
    let Some(receiver) = receiver else {
        let args = arguments(low, node);
        return bare_call(low, node, method, args);
    };
    let base = expression(low, receiver);
    if !has_args && SAME.contains(&method) {
        return base;
    }
    let args = arguments(low, node);
    let names_class = matches!(receiver.kind(), "constant" | "scope_resolution");
    match method {
        "new" if names_class => low.add(node, Kind::Call { callee: base, args, is_new: true }),
        // A method of the class, or the one that every stored class has.
        "create" | "create!" if names_class => {
            let callee = low.field(method_node.unwrap_or(node), base, Name::from(method));
            let own = low.add(node, Kind::Call { callee, args: args.clone(), is_new: false });
            let made = low.add(node, Kind::Call { callee: base, args, is_new: true });
            low.add(node, Kind::Either(vec![own, made]))
        }
        "slice" | "permit" | "except" | "merge" | "reverse_merge" | "then" | "tap" if method != "merge" => {
            base
        }
        // What is merged in hides what was there.
        "merge" | "merge!" => {
            let mut members = vec![Member { key: None, value: base, is_spread: true }];
            members.extend(args.into_iter().map(|arg| {
                let is_spread = arg.name.is_none();
                Member { key: arg.name, value: arg.value, is_spread }
            }));
            low.add(node, Kind::Record(members))
        }
        _ if !has_args && NOTHING.contains(&method) => low.opaque(node, vec![base]),
        _ if !has_args => {
            let name = Name::from(method);
            low.field(node, base, name)
        }
        _ => {
            let callee = low.field(method_node.unwrap_or(node), base, Name::from(method));
            low.add(node, Kind::Call { callee, args, is_new: false })
        }
    }
}

/// A call without a receiver.
fn bare_call(low: &mut Lowering<'_>, node: Node<'_>, method: &str, args: Vec<Arg>) -> ExprId {
    match method {
        "raise" | "halt" | "abort" | "exit" | "fail" | "throw" => {
            let value = low.opaque(node, args.into_iter().map(|arg| arg.value).collect());
            low.emit(Stmt::Expr(value));
            low.emit(Stmt::Leave);
            return value;
        }
        "require" | "require_relative" | "load" => {
            if let Some(Kind::Text(text)) = args.first().map(|arg| low.unit.expr(arg.value).kind.clone()) {
                required(low, &text);
            }
        }
        "lambda" | "proc" => {
            if let Some(closure) = args.last() {
                return closure.value;
            }
        }
        "new" => {
            if let Some(name) =
                low.class_here().and_then(|class| low.unit.class(class)).map(|class| class.name.clone())
            {
                let callee = low.add(node, Kind::Name(name));
                return low.add(node, Kind::Call { callee, args, is_new: true });
            }
        }
        _ => {}
    }
    let name = Name::from(method);
    let callee = match low.class_here() {
        Some(_) => {
            let this = low.add(node, Kind::This);
            low.field(node, this, name)
        }
        None => low.add(node, Kind::Name(name)),
    };
    low.add(node, Kind::Call { callee, args, is_new: false })
}

fn binary(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let operator = child(node, "operator").map(|operator| low.text(operator)).unwrap_or_default();
    // Operators nest to the left as deep as they are many.
    let mut parts = Vec::new();
    let mut left = node;
    while left.kind() == "binary" {
        parts.extend(child(left, "right"));
        match child(left, "left") {
            Some(next) => left = next,
            None => break,
        }
    }
    parts.push(left);
    parts.reverse();
    let parts: Vec<ExprId> = parts.into_iter().map(|part| expression(low, part)).collect();
    match (operator, parts.as_slice()) {
        ("<<", [list, rest @ ..]) => {
            for value in rest {
                let callee = low.field(node, *list, Name::from("<<"));
                let call =
                    low.add(node, Kind::Call { callee, args: vec![positional(*value)], is_new: false });
                low.emit(Stmt::Expr(call));
            }
            *list
        }
        ("||" | "or" | "&&" | "and", _) => low.add(node, Kind::Either(parts)),
        ("+" | "%" | "/" | "*", _) => low.add(node, Kind::Join(parts)),
        _ => low.opaque(node, parts),
    }
}

fn assignment(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else {
        return low.opaque(node, Vec::new());
    };
    // `C = Struct.new(:a, :b)` is a class with those fields.
    if left.kind() == "constant"
        && matches!(right.kind(), "call")
        && ["Struct.new", "Data.define", "OpenStruct.new"]
            .iter()
            .any(|made| low.text(right).starts_with(made))
    {
        let name = last_name(low, left);
        let list =
            child(right, "arguments").map(|list| children(list).collect::<Vec<_>>()).unwrap_or_default();
        let id = low.class(node, name, Lowering::span(left), Vec::new(), |low| {
            for symbol in list.into_iter().filter(|symbol| symbol.kind() == "simple_symbol") {
                let name = low.intern(low.text(symbol).trim_start_matches(':'));
                add_field(low, name, symbol);
            }
        });
        low.emit(Stmt::Class(id));
        return low.opaque(node, Vec::new());
    }
    let value = expression(low, right);
    let target = target(low, left);
    low.emit(Stmt::Assign { target, value });
    value
}

fn target(low: &mut Lowering<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" => {
            let name = low.name(node);
            declare(low, name.clone());
            Target::Name(name, Lowering::span(node))
        }
        "constant" | "global_variable" | "class_variable" => {
            Target::Name(low.name(node), Lowering::span(node))
        }
        "left_assignment_list" | "destructured_left_assignment" | "destructured_parameter" => {
            let parts = low.deeper(node, |low| {
                children(node)
                    .enumerate()
                    .map(|(nth, part)| match part.kind() {
                        "rest_assignment" | "splat_parameter" => {
                            let inner = children(part).next().unwrap_or(part);
                            (Vec::<Key>::new(), target(low, inner))
                        }
                        _ => (vec![position(nth)], target(low, part)),
                    })
                    .collect()
            });
            Target::Parts(parts.unwrap_or_default())
        }
        _ => Target::Place(expression(low, node)),
    }
}

/// A block with its value kept under `name`.
fn side(low: &mut Lowering<'_>, name: &Name, node: Option<Node<'_>>) -> Vec<Stmt> {
    low.block(|low| {
        let Some(node) = node else { return };
        let value = match node.kind() {
            "then" | "else" | "do" | "body_statement" => body_value(low, node),
            _ => statement(low, node),
        };
        if let Some(value) = value {
            low.assign(name.clone(), Lowering::span(node), value);
        }
    })
}

fn choice(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let name = low.fresh();
    let Some(test) = child(node, "condition").map(|test| expression(low, test)) else {
        return low.opaque(node, Vec::new());
    };
    let then = side(low, &name, child(node, "consequence").or_else(|| child(node, "body")));
    let otherwise = side(low, &name, child(node, "alternative"));
    low.emit(match node.kind().starts_with("unless") {
        true => Stmt::If { test, then: otherwise, otherwise: then },
        false => Stmt::If { test, then, otherwise },
    });
    low.add(node, Kind::Name(name))
}

fn cases(low: &mut Lowering<'_>, clauses: &[Node<'_>], subject: Option<ExprId>, name: &Name) {
    let Some((first, rest)) = clauses.split_first() else { return };
    low.deeper(*first, |low| {
        if first.kind() == "else" {
            side(low, name, Some(*first)).into_iter().for_each(|stmt| low.emit(stmt));
            return;
        }
        let mut cursor = first.walk();
        let patterns: Vec<Node<'_>> = first.children_by_field_name("pattern", &mut cursor).collect();
        let mut parts: Vec<ExprId> = subject.into_iter().collect();
        for pattern in patterns {
            parts.extend(expressions(low, pattern));
        }
        let test = low.opaque(*first, parts);
        let then = side(low, name, child(*first, "body"));
        let otherwise = low.block(|low| cases(low, rest, subject, name));
        low.emit(Stmt::If { test, then, otherwise });
    });
}

fn repeated(low: &mut Lowering<'_>, node: Node<'_>) {
    let over = child(node, "value").and_then(|over| children(over).next()).map(|over| expression(low, over));
    let stmts = low.block(|low| {
        if let (Some(pattern), Some(over)) = (child(node, "pattern"), over) {
            let value = low.element(pattern, over);
            let target = target(low, pattern);
            low.emit(Stmt::Assign { target, value });
        }
        let test = child(node, "condition").map(|test| expression(low, test));
        let name = low.fresh();
        let then = side(low, &name, child(node, "body"));
        match test {
            Some(test) => low.emit(Stmt::If { test, then, otherwise: Vec::new() }),
            None => then.into_iter().for_each(|stmt| low.emit(stmt)),
        }
    });
    low.emit(Stmt::Loop(stmts));
}

/// A block or lambda: it sees the variables around it.
fn closure(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    params: Option<Node<'_>>,
    body: Option<Node<'_>>,
) -> FunctionId {
    let around: HashSet<Name> = low.locals.last().cloned().unwrap_or_default();
    low.locals.push(around);
    let id = low.function(node, Name::default(), Lowering::span(node), None, |low| {
        if let Some(params) = params {
            parameters(low, params);
        }
        if let Some(body) = body {
            let value = match (body.kind(), child(body, "body")) {
                ("block" | "do_block", Some(inner)) => body_value(low, inner),
                _ => body_value(low, body),
            };
            low.emit(Stmt::Return { value, goes_on: false });
        }
    });
    low.locals.pop();
    id
}

pub(super) fn parameters(low: &mut Lowering<'_>, list: Node<'_>) {
    let mut found = Vec::new();
    for node in children(list) {
        let span = Lowering::span(node);
        let takes = match node.kind() {
            "splat_parameter" => Takes::Rest,
            "hash_splat_parameter" => Takes::Named,
            _ => Takes::One,
        };
        let name_node = if node.kind() == "identifier" { Some(node) } else { child(node, "name") };
        let name = match name_node {
            Some(name_node) => low.name(name_node),
            None => low.fresh(),
        };
        declare(low, name.clone());
        let default = child(node, "value").map(|value| expression(low, value));
        found.push((node, name.clone()));
        low.full_param(Param { name, span, types: Vec::new(), decorators: Vec::new(), default, takes });
    }
    for (node, name) in found.into_iter().filter(|(node, _)| node.kind() == "destructured_parameter") {
        let value = low.add(node, Kind::Name(name));
        let target = target(low, node);
        low.emit(Stmt::Assign { target, value });
    }
}
