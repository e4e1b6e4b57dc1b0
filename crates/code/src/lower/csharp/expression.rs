//! Expressions.

use tree_sitter::Node;

use super::class;
use super::pattern::bind;
use super::{assignment, statement};
use crate::ir::{Arg, ExprId, Kind, Member, Name, Stmt, Target};
use crate::lower::{Lowering, child, children, position, unquoted};

pub(super) fn expression(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match low.deeper(node, |low| inside(low, node)) {
        Some(expr) => expr,
        None => low.opaque(node, Vec::new()),
    }
}

/// An expression that has to be of a type: `new(…)` is an object of it.
pub(super) fn expression_as(low: &mut Lowering<'_>, node: Node<'_>, types: &[Name]) -> ExprId {
    const WRAPPERS: [&str; 3] = ["Task", "ValueTask", "Nullable"];
    let wanted = types.iter().find(|name| !WRAPPERS.contains(&&***name));
    match wanted.filter(|_| node.kind() == "implicit_object_creation_expression") {
        Some(wanted) => {
            let initializer = children(node).find(|part| part.kind() == "initializer_expression");
            let list = children(node).find(|part| part.kind() == "argument_list");
            low.deeper(node, |low| made(low, node, wanted.clone(), list, initializer))
                .unwrap_or_else(|| low.opaque(node, Vec::new()))
        }
        None => expression(low, node),
    }
}

fn expressions(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    children(node).map(|part| expression(low, part)).collect()
}

/// The first part, for what only wraps it.
fn only(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match children(node).next() {
        Some(inner) => expression(low, inner),
        None => low.opaque(node, Vec::new()),
    }
}

fn inside(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" => {
            let name = low.name(node);
            low.bare(node, name, true)
        }
        "generic_name" => {
            let name = children(node).next().map(|name| low.name(name)).unwrap_or_default();
            low.bare_call(node, name)
        }
        "this" | "base" | "this_expression" | "base_expression" => low.add(node, Kind::This),
        "member_access_expression" => {
            let base = child(node, "expression").map(|base| receiver(low, base));
            match (base, child(node, "name")) {
                (Some(base), Some(name)) => member(low, node, base, name),
                _ => low.opaque(node, Vec::new()),
            }
        }
        "qualified_name" | "alias_qualified_name" => {
            let text = low.text(node);
            let mut parts = text.split(['.', ':']).filter(|part| !part.is_empty());
            let first = low.intern(parts.next().unwrap_or_default());
            let base = low.add(node, Kind::Name(first));
            parts.fold(base, |base, part| {
                let name = low.intern(part.split('<').next().unwrap_or(part));
                low.field(node, base, name)
            })
        }
        "conditional_access_expression" => {
            let parts: Vec<Node<'_>> = children(node).collect();
            match parts.as_slice() {
                [base, bound] => {
                    let base = expression(low, *base);
                    bound_to(low, *bound, base)
                }
                _ => only(low, node),
            }
        }
        "element_access_expression" => {
            let Some(base) = child(node, "expression").map(|base| expression(low, base)) else {
                return low.opaque(node, Vec::new());
            };
            element(low, node, base, child(node, "subscript"))
        }
        "invocation_expression" => call(low, node),
        "object_creation_expression" => creation(low, node),
        "implicit_object_creation_expression" => {
            match children(node).find(|part| part.kind() == "initializer_expression") {
                Some(initializer) => record(low, initializer),
                None => {
                    let list = children(node).find(|part| part.kind() == "argument_list");
                    let args = list.map(|list| arguments(low, list)).unwrap_or_default();
                    match args.as_slice() {
                        [only] => only.value,
                        _ => {
                            let values = args.iter().map(|arg| arg.value).collect();
                            low.add(node, Kind::List(values))
                        }
                    }
                }
            }
        }
        "anonymous_object_creation_expression" | "initializer_expression" | "with_initializer" => {
            record(low, node)
        }
        "with_expression" => {
            let parts = expressions(low, node);
            low.add(node, Kind::Either(parts))
        }
        "collection_expression" => {
            let mut values = Vec::new();
            for part in children(node).flat_map(|part| children(part).collect::<Vec<_>>()) {
                let value = match part.kind() {
                    "spread_element" => {
                        let all = only(low, part);
                        low.element(part, all)
                    }
                    "expression_element" => only(low, part),
                    _ => expression(low, part),
                };
                values.push(value);
            }
            low.add(node, Kind::List(values))
        }
        "array_creation_expression" | "implicit_array_creation_expression" => {
            match children(node).find(|part| part.kind() == "initializer_expression") {
                Some(list) => {
                    let parts = expressions(low, list);
                    low.add(node, Kind::List(parts))
                }
                None => low.opaque(node, Vec::new()),
            }
        }
        "tuple_expression" => {
            let parts = children(node).filter_map(|part| children(part).last()).collect::<Vec<_>>();
            let parts = parts.into_iter().map(|part| expression(low, part)).collect();
            low.add(node, Kind::List(parts))
        }
        "string_literal" | "raw_string_literal" => {
            let is_content =
                |part: &Node<'_>| part.kind().contains("content") || part.kind().contains("escape");
            let text: String =
                children(node).filter(is_content).map(|part| unquoted(low.text(part))).collect();
            low.add(node, Kind::Text(Name::from(text)))
        }
        "verbatim_string_literal" => {
            let text = low.text(node).trim_start_matches('@').trim_matches('"');
            low.add(node, Kind::Text(Name::from(text)))
        }
        "character_literal" => {
            let text = low.text(node).trim_matches('\'');
            low.add(node, Kind::Text(Name::from(unquoted(text))))
        }
        "interpolated_string_expression" => {
            let mut parts = Vec::new();
            for part in children(node) {
                match part.kind() {
                    "interpolation" => {
                        let inner = children(part).find(|inner| {
                            !matches!(inner.kind(), "interpolation_brace" | "interpolation_format_clause")
                        });
                        parts.extend(inner.map(|inner| expression(low, inner)));
                    }
                    "string_content" => {
                        let text = Name::from(low.text(part));
                        parts.push(low.add(part, Kind::Text(text)));
                    }
                    _ => {}
                }
            }
            low.add(node, Kind::Join(parts))
        }
        "lambda_expression" | "anonymous_method_expression" => lambda(low, node),
        "binary_expression" => binary(low, node),
        "conditional_expression" => {
            let parts = ["condition", "consequence", "alternative"].map(|part| child(node, part));
            let [Some(test), Some(then), Some(otherwise)] = parts else {
                return low.opaque(node, Vec::new());
            };
            let test = expression(low, test);
            low.one_of(node, test, |low| expression(low, then), |low| expression(low, otherwise))
        }
        "switch_expression" => switch(low, node),
        "cast_expression" | "as_expression" => {
            let value = child(node, "value").or_else(|| child(node, "left"));
            let types = child(node, "type").or_else(|| child(node, "right"));
            let Some(value) = value.map(|value| expression(low, value)) else {
                return low.opaque(node, Vec::new());
            };
            let types = types.map(|types| low.type_names(types)).unwrap_or_default();
            low.declared(value, types);
            value
        }
        "is_pattern_expression" => {
            let Some(value) = child(node, "expression").map(|value| expression(low, value)) else {
                return low.opaque(node, Vec::new());
            };
            if let Some(pattern) = child(node, "pattern") {
                bind(low, pattern, value);
            }
            low.opaque(node, vec![value])
        }
        "await_expression"
        | "parenthesized_expression"
        | "checked_expression"
        | "ref_expression"
        | "argument" => match children(node).last() {
            Some(inner) => expression(low, inner),
            None => low.opaque(node, Vec::new()),
        },
        // `x!` says that `x` is something.
        "postfix_unary_expression" => only(low, node),
        "assignment_expression" => assignment(low, node),
        "throw_expression" => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
        "query_expression" => query(low, node),
        "declaration_expression" => {
            let nothing = low.opaque(node, Vec::new());
            bind(low, node, nothing);
            nothing
        }
        "typeof_expression" => match child(node, "type") {
            Some(types) => {
                let name = low.type_names(types).first().cloned().unwrap_or_default();
                low.add(node, Kind::Name(name))
            }
            None => low.opaque(node, Vec::new()),
        },
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

/// What stands before a dot: a name in capitals that is no member here is a class.
fn receiver(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" => {
            let name = low.name(node);
            let is_value = !name.chars().next().is_some_and(char::is_uppercase);
            low.bare(node, name, is_value)
        }
        "generic_name" => {
            let name = children(node).next().map(|name| low.name(name)).unwrap_or_default();
            low.add(node, Kind::Name(name))
        }
        _ => expression(low, node),
    }
}

/// `base.name`, `base.name<T>`.
fn member(low: &mut Lowering<'_>, node: Node<'_>, base: ExprId, name: Node<'_>) -> ExprId {
    let name_node = if name.kind() == "generic_name" { children(name).next().unwrap_or(name) } else { name };
    let name = low.name(name_node);
    low.field(node, base, name)
}

/// What follows `?`: `.b`, `[i]`, `.b.c()`.
fn bound_to(low: &mut Lowering<'_>, node: Node<'_>, base: ExprId) -> ExprId {
    match node.kind() {
        "member_binding_expression" => match child(node, "name") {
            Some(name) => member(low, node, base, name),
            None => base,
        },
        "element_binding_expression" => element(low, node, base, Some(node)),
        "invocation_expression" => {
            let callee = match child(node, "function") {
                Some(function) => bound_to(low, function, base),
                None => base,
            };
            let args = child(node, "arguments").map(|list| arguments(low, list)).unwrap_or_default();
            low.add(node, Kind::Call { callee, args, is_new: false })
        }
        "member_access_expression" => {
            let inner = child(node, "expression").map(|inner| bound_to(low, inner, base)).unwrap_or(base);
            match child(node, "name") {
                Some(name) => member(low, node, inner, name),
                None => inner,
            }
        }
        _ => {
            let part = expression(low, node);
            low.add(node, Kind::Either(vec![base, part]))
        }
    }
}

/// `a[k]`.
fn element(low: &mut Lowering<'_>, node: Node<'_>, base: ExprId, list: Option<Node<'_>>) -> ExprId {
    let key = list.and_then(|list| children(list).next()).map(|key| expression(low, key));
    let Some(key) = key else { return low.element(node, base) };
    let kind = low.unit.expr(key).kind.clone();
    let digits = low.unit.expr(key).span;
    let digits = low.slice(digits);
    match kind {
        Kind::Text(text) => low.field(node, base, text),
        // A position that is written down is that one.
        _ if digits.len() < 4 && digits.parse::<usize>().is_ok() => {
            let crate::ir::Key::Named(nth) = position(digits.parse().unwrap_or_default()) else {
                return low.element(node, base);
            };
            low.field(node, base, nth)
        }
        _ => low.add(node, Kind::Index(base, Some(key))),
    }
}

pub(super) fn target(low: &mut Lowering<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" => {
            let name = low.name(node);
            low.bare_target(node, name)
        }
        "tuple_expression" | "tuple_pattern" => {
            let parts = low.deeper(node, |low| {
                let parts = children(node).map(|part| children(part).last().unwrap_or(part)).enumerate();
                parts.map(|(nth, part)| (vec![position(nth)], target(low, part))).collect()
            });
            Target::Parts(parts.unwrap_or_default())
        }
        "declaration_expression" => match child(node, "name").filter(|name| name.kind() == "identifier") {
            Some(name_node) => {
                let name = low.name(name_node);
                low.local(name.clone());
                Target::Name(name, Lowering::span(name_node))
            }
            None => Target::Place(expression(low, node)),
        },
        _ => Target::Place(expression(low, node)),
    }
}

pub(super) fn arguments(low: &mut Lowering<'_>, list: Node<'_>) -> Vec<Arg> {
    children(list)
        .filter_map(|argument| {
            let value = children(argument).last()?;
            let name = child(argument, "name").map(|name| low.name(name));
            let value = if argument.kind() == "argument" {
                expression(low, value)
            } else {
                expression(low, argument)
            };
            Some(Arg { name, value, is_spread: false })
        })
        .collect()
}

fn call(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = child(node, "function") else { return low.opaque(node, Vec::new()) };
    let callee = match function.kind() {
        "identifier" => {
            let name = low.name(function);
            low.bare_call(function, name)
        }
        _ => expression(low, function),
    };
    let list = child(node, "arguments");
    let args = list.map(|list| arguments(low, list)).unwrap_or_default();
    let types: Vec<Name> = type_arguments(function).map(|types| low.type_names(types)).unwrap_or_default();
    let call = low.add(node, Kind::Call { callee, args, is_new: false });
    low.declared(call, types);
    // `TryGetValue(key, out var x)`: `x` is what the receiver gives.
    for argument in list.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        let is_out = low.text(argument).starts_with("out ");
        let Some(name_node) = children(argument).last().filter(|_| is_out) else { continue };
        let given = match low.unit.expr(callee).kind {
            Kind::Field(base, _) => low.element(argument, base),
            _ => call,
        };
        match name_node.kind() {
            "identifier" => {
                let target = target(low, name_node);
                low.emit(Stmt::Assign { target, value: given });
            }
            _ => bind(low, name_node, given),
        }
    }
    call
}

/// `<T>` of a call.
fn type_arguments(function: Node<'_>) -> Option<Node<'_>> {
    let name = match function.kind() {
        "generic_name" => Some(function),
        "conditional_access_expression" => children(function).last().and_then(|bound| child(bound, "name")),
        _ => child(function, "name"),
    };
    let name = name.filter(|name| name.kind() == "generic_name")?;
    children(name).find(|part| part.kind() == "type_argument_list")
}

/// `new C(a) { B = c }`: what it is initialized with are named arguments.
fn creation(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(types) = child(node, "type") else {
        let parts = expressions(low, node);
        return low.opaque(node, parts);
    };
    let names = low.type_names(types);
    let initializer = child(node, "initializer");
    let first = match (types.kind(), names.as_slice()) {
        ("array_type", _) | (_, []) => Name::default(),
        ("generic_name", [first, ..]) => first.clone(),
        (_, [.., last]) => last.clone(),
    };
    made(low, node, first, child(node, "arguments"), initializer)
}

/// An object of this class; what a collection begins with is a list or record.
fn made(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    name: Name,
    list: Option<Node<'_>>,
    initializer: Option<Node<'_>>,
) -> ExprId {
    let is_member = |low: &Lowering<'_>, part: Node<'_>| {
        part.kind() == "assignment_expression"
            && child(part, "left").is_some_and(|left| !low.text(left).starts_with('['))
    };
    let first = initializer.and_then(|list| children(list).next());
    match initializer {
        Some(list) if first.is_some_and(|first| !is_member(low, first)) => return record(low, list),
        None if name.is_empty() => return low.opaque(node, Vec::new()),
        _ => {}
    }
    let callee = low.add(node, Kind::Name(name));
    let mut args = list.map(|list| arguments(low, list)).unwrap_or_default();
    for part in initializer.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        if let (Some(left), Some(right)) = (child(part, "left"), child(part, "right")) {
            let name = Some(low.name(left));
            args.push(Arg { name, value: expression(low, right), is_spread: false });
        }
    }
    low.add(node, Kind::Call { callee, args, is_new: true })
}

/// `{ A = b }`, `{ ["a"] = b }`, `{ { "a", b } }`, `{ a, b }`, `new { a, b = c }`.
fn record(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut members = Vec::new();
    let mut values = Vec::new();
    for part in children(node) {
        match (part.kind(), child(part, "left"), child(part, "right")) {
            ("assignment_expression", Some(left), Some(right)) => {
                let key = match left.kind() {
                    "identifier" => Some(low.name(left)),
                    _ => {
                        let key = children(left).next().map(|key| expression(low, key));
                        key.and_then(|key| match &low.unit.expr(key).kind {
                            Kind::Text(text) => Some(text.clone()),
                            _ => None,
                        })
                    }
                };
                let value = expression(low, right);
                members.push(Member { key, value, is_spread: false });
            }
            ("initializer_expression", ..) => {
                let pair = expressions(low, part);
                if let [key, value] = pair.as_slice() {
                    let key = match &low.unit.expr(*key).kind {
                        Kind::Text(text) => Some(text.clone()),
                        _ => None,
                    };
                    members.push(Member { key, value: *value, is_spread: false });
                }
            }
            _ => values.push(expression(low, part)),
        }
    }
    match members.is_empty() {
        true => low.add(node, Kind::List(values)),
        false => low.add(node, Kind::Record(members)),
    }
}

fn lambda(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let id = low.function(node, Name::default(), Lowering::span(node), None, |low| {
        low.in_function(|low| {
            match child(node, "parameters") {
                Some(list) if list.kind() == "implicit_parameter" => {
                    let name = low.name(list);
                    low.local(name.clone());
                    low.param(name, Lowering::span(list));
                }
                Some(list) => class::parameters(low, list),
                None => {}
            }
            let body = child(node, "body").or_else(|| children(node).find(|part| part.kind() == "block"));
            match body {
                Some(body) if body.kind() == "block" => statement(low, body),
                Some(body) => {
                    let value = expression(low, body);
                    low.emit(Stmt::Return { value: Some(value), goes_on: false });
                }
                None => {}
            }
        });
    });
    low.add(node, Kind::Closure(id))
}

fn binary(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    // `a + b + c + …` nests to the left as deep as it is long.
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
        Some("??") => low.add(node, Kind::Either(parts)),
        _ => low.opaque(node, parts),
    }
}

/// Every arm gives its value to one hidden variable.
fn switch(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let value = children(node).next().map(|value| expression(low, value));
    let name = low.fresh();
    let mut arms = Vec::new();
    for arm in children(node).filter(|part| part.kind() == "switch_expression_arm") {
        let parts: Vec<Node<'_>> = children(arm).collect();
        let (Some(pattern), Some(result)) = (parts.first(), parts.last()) else { continue };
        arms.push(low.giving(*result, &name, |low| {
            if let Some(value) = value {
                bind(low, *pattern, value);
            }
            expression(low, *result)
        }));
    }
    low.emit(Stmt::Branches(arms));
    low.add(node, Kind::Name(name))
}

/// `from x in xs where p(x) select f(x)`: a loop that gives what it selects.
fn query(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let name = low.fresh();
    let clauses: Vec<Node<'_>> = children(node).collect();
    let stmts = low.block(|low| clause(low, &clauses, &name));
    for stmt in stmts {
        low.emit(stmt);
    }
    let selected = low.add(node, Kind::Name(name));
    low.add(node, Kind::List(vec![selected]))
}

fn clause(low: &mut Lowering<'_>, clauses: &[Node<'_>], name: &Name) {
    let Some((first, rest)) = clauses.split_first() else { return };
    low.deeper(*first, |low| match first.kind() {
        "from_clause" | "join_clause" => {
            let Some(all) = children(*first).last().map(|all| expression(low, all)) else { return };
            let inside = low.block(|low| {
                if let Some(variable) = child(*first, "name") {
                    let element = low.element(variable, all);
                    bind(low, variable, element);
                }
                clause(low, rest, name);
            });
            low.emit(Stmt::Loop(inside));
        }
        "where_clause" => {
            let Some(test) = children(*first).next().map(|test| expression(low, test)) else { return };
            let then = low.block(|low| clause(low, rest, name));
            low.emit(Stmt::If { test, then, otherwise: Vec::new() });
        }
        "select_clause" | "group_clause" => {
            if let Some(value) = children(*first).next().map(|value| expression(low, value)) {
                low.assign(name.clone(), Lowering::span(*first), value);
            }
        }
        "let_clause" => {
            let value = children(*first).last().map(|value| expression(low, value));
            if let (Some(variable), Some(value)) = (children(*first).next(), value) {
                bind(low, variable, value);
            }
            clause(low, rest, name);
        }
        _ => clause(low, rest, name),
    });
}
