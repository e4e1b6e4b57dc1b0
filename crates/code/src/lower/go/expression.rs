//! Expressions of Go, and what assignments do with them.

use tree_sitter::Node;

use super::closure;
use crate::ir::{Arg, ExprId, Kind, Member, Name, Stmt, Target};
use crate::lower::{Lowering, child, children, position, positional, unquoted};

/// Library calls that fill what they are given, also where it is a pointer already.
const FILLING: [&str; 24] = [
    "Decode",
    "Unmarshal",
    "Bind",
    "BindJSON",
    "BindQuery",
    "BindUri",
    "BindHeader",
    "ShouldBind",
    "ShouldBindJSON",
    "ShouldBindQuery",
    "ShouldBindUri",
    "ShouldBindBodyWith",
    "BodyParser",
    "QueryParser",
    "ReadJSON",
    "Scan",
    "First",
    "Find",
    "Take",
    "Last",
    "Get",
    "Select",
    "DecodeElement",
    "UnmarshalKey",
];

pub(super) fn expression(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match low.deeper(node, |low| inside(low, node)) {
        Some(expr) => expr,
        None => low.opaque(node, Vec::new()),
    }
}

pub(super) fn expressions(low: &mut Lowering<'_>, list: Node<'_>) -> Vec<ExprId> {
    children(list).map(|part| expression(low, part)).collect()
}

fn inside(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "field_identifier" | "package_identifier" | "type_identifier" => {
            let name = low.name(node);
            low.add(node, Kind::Name(name))
        }
        "selector_expression" | "qualified_type" => {
            let base = child(node, "operand").or_else(|| child(node, "package"));
            let name = child(node, "field").or_else(|| child(node, "name"));
            match (base.map(|base| expression(low, base)), name) {
                (Some(base), Some(name)) => {
                    let name = low.name(name);
                    low.field(node, base, name)
                }
                _ => low.opaque(node, Vec::new()),
            }
        }
        "index_expression" => {
            let Some(base) = child(node, "operand").map(|base| expression(low, base)) else {
                return low.opaque(node, Vec::new());
            };
            let index = child(node, "index").map(|index| expression(low, index));
            match index.map(|index| (index, low.unit.expr(index).kind.clone())) {
                Some((_, Kind::Text(key))) => low.field(node, base, key),
                other => low.add(node, Kind::Index(base, other.map(|(index, _)| index))),
            }
        }
        "slice_expression" => first_of(low, node, "operand"),
        "call_expression" => call(low, node),
        "composite_literal" => {
            let (Some(kind), Some(body)) = (child(node, "type"), child(node, "body")) else {
                return low.opaque(node, Vec::new());
            };
            literal(low, kind, body)
        }
        "func_literal" => {
            let id = closure(low, node);
            low.add(node, Kind::Closure(id))
        }
        "interpreted_string_literal" => {
            let text = low.text(node).trim_matches('"');
            low.add(node, Kind::Text(Name::from(unquoted(text))))
        }
        "raw_string_literal" => {
            let text = low.text(node).trim_matches('`');
            low.add(node, Kind::Text(Name::from(text)))
        }
        "unary_expression" => {
            let value = first_of(low, node, "operand");
            match child(node, "operator").map(|operator| low.text(operator)) {
                Some("&" | "*") => value,
                Some("<-") => low.element(node, value),
                _ => low.opaque(node, vec![value]),
            }
        }
        "parenthesized_expression" | "variadic_argument" | "literal_element" | "expression_list" => {
            match children(node).next() {
                Some(inner) => expression(low, inner),
                None => low.opaque(node, Vec::new()),
            }
        }
        "type_assertion_expression" | "type_conversion_expression" => first_of(low, node, "operand"),
        "binary_expression" => binary(low, node),
        _ => {
            let parts = expressions(low, node);
            low.opaque(node, parts)
        }
    }
}

fn first_of(low: &mut Lowering<'_>, node: Node<'_>, field: &str) -> ExprId {
    match child(node, field) {
        Some(inner) => expression(low, inner),
        None => low.opaque(node, Vec::new()),
    }
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
        _ => low.opaque(node, parts),
    }
}

fn call(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = child(node, "function") else { return low.opaque(node, Vec::new()) };
    let given: Vec<Node<'_>> =
        child(node, "arguments").map(|list| children(list).collect()).unwrap_or_default();
    let spread = |node: &Node<'_>| node.kind() == "variadic_argument";
    match (low.text(function), given.as_slice()) {
        ("append", [first, rest @ ..]) => {
            let mut sides = vec![expression(low, *first)];
            for part in rest {
                let value = expression(low, *part);
                sides.push(if spread(part) { value } else { low.add(*part, Kind::List(vec![value])) });
            }
            return low.add(node, Kind::Either(sides));
        }
        ("string" | "[]byte" | "any" | "interface{}", [only]) => return expression(low, *only),
        ("new", [kind]) => return zero(low, *kind),
        ("make", _) => return low.opaque(node, Vec::new()),
        ("exec.Command", [program, rest @ ..]) | ("exec.CommandContext", [_, program, rest @ ..]) => {
            return command(low, node, function, *program, rest);
        }
        _ => {}
    }
    let callee = expression(low, function);
    let args: Vec<Arg> = given
        .iter()
        .map(|arg| Arg { name: None, value: expression(low, *arg), is_spread: spread(arg) })
        .collect();
    let call = low.add(node, Kind::Call { callee, args, is_new: false });
    let is_filling = low.unit.callee_name(callee).is_some_and(|name| FILLING.contains(&&**name));
    for arg in &given {
        let filled = match arg.kind() {
            "unary_expression"
                if child(*arg, "operator").is_some_and(|operator| low.text(operator) == "&") =>
            {
                child(*arg, "operand")
            }
            "identifier" if is_filling => Some(*arg),
            _ => None,
        };
        let is_place = |place: &Node<'_>| matches!(place.kind(), "identifier" | "selector_expression");
        let Some(filled) = filled.filter(is_place) else { continue };
        let before = expression(low, filled);
        let value = low.add(node, Kind::Either(vec![before, call]));
        let target = target(low, filled);
        low.emit(Stmt::Assign { target, value });
    }
    call
}

fn command(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    function: Node<'_>,
    program: Node<'_>,
    rest: &[Node<'_>],
) -> ExprId {
    let callee = expression(low, function);
    let path = expression(low, program);
    let (spread, plain): (Vec<Node<'_>>, Vec<Node<'_>>) =
        rest.iter().copied().partition(|arg| arg.kind() == "variadic_argument");
    let plain: Vec<ExprId> = plain.into_iter().map(|arg| expression(low, arg)).collect();
    let mut sides = vec![low.add(node, Kind::List(plain))];
    sides.extend(spread.into_iter().map(|arg| expression(low, arg)));
    let args = low.add(node, Kind::Either(sides));
    let named = |name: &str, value| Arg { name: Some(Name::from(name)), value, is_spread: false };
    let args = vec![named("Path", path), named("Args", args)];
    low.add(node, Kind::Call { callee, args, is_new: true })
}

/// The value that a variable of a type has before it is given one.
pub(super) fn zero(low: &mut Lowering<'_>, kind: Node<'_>) -> ExprId {
    match kind.kind() {
        "pointer_type" | "slice_type" | "array_type" | "parenthesized_type" => {
            match child(kind, "element").or_else(|| children(kind).last()) {
                Some(inner) => {
                    low.deeper(inner, |low| zero(low, inner)).unwrap_or_else(|| low.opaque(kind, Vec::new()))
                }
                None => low.opaque(kind, Vec::new()),
            }
        }
        "type_identifier" | "identifier" | "qualified_type" | "selector_expression" => {
            let callee = expression(low, kind);
            low.add(kind, Kind::Call { callee, args: Vec::new(), is_new: true })
        }
        "generic_type" => match child(kind, "type") {
            Some(inner) => zero(low, inner),
            None => low.opaque(kind, Vec::new()),
        },
        _ => low.opaque(kind, Vec::new()),
    }
}

/// `T{…}`, `map[K]V{…}`, `[]T{…}`; a literal inside one may leave its own type out.
fn literal(low: &mut Lowering<'_>, kind: Node<'_>, body: Node<'_>) -> ExprId {
    let done = low.deeper(body, |low| match kind.kind() {
        "pointer_type" => match children(kind).next() {
            Some(inner) => literal(low, inner, body),
            None => low.opaque(body, Vec::new()),
        },
        "map_type" => {
            let inner = child(kind, "value");
            let members = children(body)
                .filter_map(|part| {
                    let key = child(part, "key").map(|key| expression(low, key))?;
                    let key = match &low.unit.expr(key).kind {
                        Kind::Text(text) => Some(text.clone()),
                        _ => None,
                    };
                    let value = child(part, "value").map(|value| element(low, inner, value))?;
                    Some(Member { key, value, is_spread: false })
                })
                .collect();
            low.add(body, Kind::Record(members))
        }
        "slice_type" | "array_type" | "implicit_length_array_type" => {
            let inner = child(kind, "element");
            let parts = children(body)
                .map(|part| {
                    let value =
                        if part.kind() == "keyed_element" { child(part, "value") } else { Some(part) };
                    element(low, inner, value.unwrap_or(part))
                })
                .collect();
            low.add(body, Kind::List(parts))
        }
        "struct_type" => {
            let args = members(low, body);
            let members =
                args.into_iter().map(|arg| Member { key: arg.name, value: arg.value, is_spread: false });
            low.add(body, Kind::Record(members.collect()))
        }
        _ => {
            let kind = if kind.kind() == "generic_type" { child(kind, "type").unwrap_or(kind) } else { kind };
            let callee = expression(low, kind);
            let args = members(low, body);
            let node = body.parent().filter(|outer| outer.kind() == "composite_literal").unwrap_or(body);
            low.add(node, Kind::Call { callee, args, is_new: true })
        }
    });
    done.unwrap_or_else(|| low.opaque(body, Vec::new()))
}

fn members(low: &mut Lowering<'_>, body: Node<'_>) -> Vec<Arg> {
    children(body)
        .map(|part| match (part.kind(), child(part, "key"), child(part, "value")) {
            ("keyed_element", Some(key), Some(value)) => {
                let name = low.name(key);
                Arg { name: Some(name), value: expression(low, value), is_spread: false }
            }
            _ => positional(expression(low, part)),
        })
        .collect()
}

/// An element of a literal whose elements are of `kind`.
fn element(low: &mut Lowering<'_>, kind: Option<Node<'_>>, node: Node<'_>) -> ExprId {
    let inner = if node.kind() == "literal_element" { children(node).next().unwrap_or(node) } else { node };
    match (inner.kind(), kind) {
        ("literal_value", Some(kind)) => literal(low, kind, inner),
        _ => expression(low, inner),
    }
}

pub(super) fn target(low: &mut Lowering<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" => Target::Name(low.name(node), Lowering::span(node)),
        _ => Target::Place(expression(low, node)),
    }
}

fn listed(node: Node<'_>) -> Vec<Node<'_>> {
    if node.kind() == "expression_list" { children(node).collect() } else { vec![node] }
}

/// `a, b = f()`, `a := b`, `a += b`, `v, ok := m[k]`, `v, ok := <-c`.
pub(super) fn assignment(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(right) = child(node, "right").map(listed) else { return };
    let left = child(node, "left").map(listed).unwrap_or_default();
    let values: Vec<ExprId> = right.iter().map(|value| expression(low, *value)).collect();
    let operator = child(node, "operator").map(|operator| low.text(operator)).unwrap_or_default();
    if left.is_empty() {
        values.into_iter().for_each(|value| low.emit(Stmt::Expr(value)));
        return;
    }
    if let ([only], [place], [value]) = (right.as_slice(), left.as_slice(), values.as_slice())
        && operator.len() > 1
        && operator != ":="
    {
        let before = expression(low, *place);
        let value = low.add(*only, Kind::Join(vec![before, *value]));
        let target = target(low, *place);
        low.emit(Stmt::Assign { target, value });
        return;
    }
    if let ([only], [value]) = (right.as_slice(), values.as_slice())
        && left.len() > 1
    {
        let is_call = only.kind() == "call_expression";
        let parts = left
            .iter()
            .enumerate()
            .filter(|(nth, _)| is_call || *nth == 0)
            .map(|(nth, place)| {
                let step = if is_call { vec![position(nth)] } else { Vec::new() };
                (step, target(low, *place))
            })
            .collect();
        low.emit(Stmt::Assign { target: Target::Parts(parts), value: *value });
        // What a map says of a key being there is a test of the key.
        if !is_call {
            for place in left.iter().skip(1) {
                let said = low.opaque(*only, vec![*value]);
                let target = target(low, *place);
                low.emit(Stmt::Assign { target, value: said });
            }
        }
        return;
    }
    for (place, value) in left.into_iter().zip(values) {
        let target = target(low, place);
        low.emit(Stmt::Assign { target, value });
    }
}
