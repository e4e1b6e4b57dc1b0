//! Classes, records, structs, interfaces and enums; their members.

use std::collections::HashSet;

use tree_sitter::Node;

use super::expression::{arguments, expression, expression_as};
use super::{statement, statements};
use crate::ir::{ClassId, ExprId, Field, FunctionId, Kind, Name, Param, Stmt, Takes};
use crate::lower::{CONSTRUCTOR, Lowering, child, children};

pub(super) fn class(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = low.name(name_node);
    let mut bases = Vec::new();
    let list = children(node).find(|part| part.kind() == "base_list");
    for part in list.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        if part.kind() != "argument_list" {
            base_type(low, child(part, "type").unwrap_or(part), &mut bases);
        }
    }
    let decorators = attributes(low, node);
    let parameters = children(node).find(|part| part.kind() == "parameter_list");
    let body = child(node, "body");
    let mut members = HashSet::new();
    names_of(low, body, &mut members);
    for parameter in parameters.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        members.extend(child(parameter, "name").map(|name| low.name(name)));
    }
    let is_open = !bases.is_empty();
    let id = low.deeper(node, |low| {
        low.class(node, name.clone(), Lowering::span(name_node), bases, |low| {
            low.in_class(name, members, is_open, |low| {
                if let Some(parameters) = parameters {
                    primary(low, node, parameters, list);
                }
                if let Some(body) = body {
                    class_body(low, body);
                }
            });
        })
    });
    if let Some(id) = id {
        if let Some(class) = low.class_mut(id) {
            class.decorators = decorators;
        }
        low.emit(Stmt::Class(id));
    }
}

/// A base as a name; what it is generic over comes after it, as one more.
fn base_type(low: &mut Lowering<'_>, node: Node<'_>, bases: &mut Vec<ExprId>) {
    let names = low.type_names(node);
    if node.kind() == "generic_name" {
        let mut exprs = names.into_iter().map(|name| low.add(node, Kind::Name(name)));
        let base = exprs.next();
        let others: Vec<ExprId> = exprs.collect();
        bases.extend(base);
        bases.push(low.opaque(node, others));
    } else if let Some(name) = names.last() {
        bases.push(low.add(node, Kind::Name(name.clone())));
    }
}

/// Fields, properties and constants that a class declares.
fn names_of(low: &mut Lowering<'_>, body: Option<Node<'_>>, names: &mut HashSet<Name>) {
    for member in body.into_iter().flat_map(|body| children(body).collect::<Vec<_>>()) {
        match member.kind() {
            "field_declaration" | "event_field_declaration" => {
                let declared = children(member).filter(|part| part.kind() == "variable_declaration");
                for declarator in declared.flat_map(|declared| children(declared).collect::<Vec<_>>()) {
                    if declarator.kind() == "variable_declarator" {
                        names.extend(child(declarator, "name").map(|name| low.name(name)));
                    }
                }
            }
            "property_declaration" | "enum_member_declaration" => {
                names.extend(child(member, "name").map(|name| low.name(name)));
            }
            _ => {}
        }
    }
}

/// The parameters of a primary constructor, kept in fields.
fn primary(low: &mut Lowering<'_>, node: Node<'_>, parameters: Node<'_>, bases: Option<Node<'_>>) {
    for parameter in children(parameters).filter(|part| part.kind() == "parameter") {
        let Some(name) = child(parameter, "name").map(|name| low.name(name)) else { continue };
        let types = child(parameter, "type").map(|types| low.type_names(types)).unwrap_or_default();
        let decorators = attributes(low, parameter);
        low.class_field(Field { name, types, default: None, decorators, span: Lowering::span(parameter) });
    }
    let class = low.class_here();
    low.function(parameters, Name::from(CONSTRUCTOR), Lowering::span(parameters), class, |low| {
        low.in_function(|low| {
            self::parameters(low, parameters);
            let bases = bases.into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
            for base in bases {
                let list = match base.kind() {
                    "argument_list" => Some(base),
                    _ => children(base).find(|part| part.kind() == "argument_list"),
                };
                if let Some(list) = list {
                    base_call(low, node, list);
                }
            }
            for parameter in children(parameters) {
                if let Some(name) = child(parameter, "name").map(|name| low.name(name)) {
                    low.keep(parameter, &name);
                }
            }
        });
    });
}

/// `: base(a, b)` and `: this(a, b)`.
fn base_call(low: &mut Lowering<'_>, node: Node<'_>, list: Node<'_>) {
    let this = low.add(node, Kind::This);
    let callee = low.field(node, this, CONSTRUCTOR);
    let args = arguments(low, list);
    let call = low.add(list, Kind::Call { callee, args, is_new: false });
    low.emit(Stmt::Expr(call));
}

fn class_body(low: &mut Lowering<'_>, body: Node<'_>) {
    for member in children(body) {
        match member.kind() {
            "field_declaration" | "event_field_declaration" => fields(low, member),
            "property_declaration" => property(low, member),
            "method_declaration" | "operator_declaration" => {
                let name = child(member, "name").map(|name| low.name(name)).unwrap_or_default();
                let class = low.class_here();
                method(low, member, name, class);
            }
            "constructor_declaration" => {
                let class = low.class_here();
                method(low, member, Name::from(CONSTRUCTOR), class);
            }
            "enum_member_declaration" => {
                let Some(name) = child(member, "name").map(|name| low.name(name)) else { continue };
                let default = Some(low.opaque(member, Vec::new()));
                let span = Lowering::span(member);
                low.class_field(Field { name, types: Vec::new(), default, decorators: Vec::new(), span });
            }
            "indexer_declaration" | "destructor_declaration" | "conversion_operator_declaration" => {}
            _ => statement(low, member),
        }
    }
}

fn fields(low: &mut Lowering<'_>, member: Node<'_>) {
    let decorators = attributes(low, member);
    for declaration in children(member).filter(|part| part.kind() == "variable_declaration") {
        let types = child(declaration, "type").map(|types| low.type_names(types)).unwrap_or_default();
        for declared in children(declaration).filter(|part| part.kind() == "variable_declarator") {
            let Some(name_node) = child(declared, "name") else { continue };
            let name = low.name(name_node);
            let value = children(declared).last().filter(|value| value.id() != name_node.id());
            let default = value.map(|value| expression_as(low, value, &types));
            let span = Lowering::span(declared);
            low.class_field(Field {
                name,
                types: types.clone(),
                default,
                decorators: decorators.clone(),
                span,
            });
        }
    }
}

/// A property is a field; one that is computed is a method that is read.
fn property(low: &mut Lowering<'_>, member: Node<'_>) {
    let Some(name) = child(member, "name").map(|name| low.name(name)) else { return };
    let types = child(member, "type").map(|types| low.type_names(types)).unwrap_or_default();
    let decorators = attributes(low, member);
    let value = child(member, "value");
    let getter = child(member, "accessors").into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
    let getter = getter.into_iter().find(|accessor| {
        child(*accessor, "body").is_some() && low.text(*accessor).trim_start().starts_with("get")
    });
    let computed = match value {
        Some(value) if value.kind() == "arrow_expression_clause" => Some(value),
        _ => getter.and_then(|getter| child(getter, "body")),
    };
    if let Some(body) = computed {
        let class = low.class_here();
        let returns = types.clone();
        low.function(member, name.clone(), Lowering::span(member), class, |low| {
            if let Some(function) = low.this_function() {
                function.returns_type = returns;
            }
            low.in_function(|low| statement(low, body));
        });
    }
    let default = value.filter(|_| computed.is_none()).map(|value| expression_as(low, value, &types));
    low.class_field(Field { name, types, default, decorators, span: Lowering::span(member) });
}

/// A method, constructor or local function.
pub(super) fn method(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    name: Name,
    class: Option<ClassId>,
) -> Option<FunctionId> {
    let name_span = child(node, "name").map_or(Lowering::span(node), |name| Lowering::span(name));
    let decorators = attributes(low, node);
    let returns = child(node, "returns").or_else(|| child(node, "type"));
    let returns = returns.map(|types| low.type_names(types)).unwrap_or_default();
    let is_static = children(node).any(|part| part.kind() == "modifier" && low.text(part) == "static");
    low.deeper(node, |low| {
        low.function(node, name, name_span, class, |low| {
            low.in_function(|low| {
                let body = child(node, "body");
                if let Some(function) = low.this_function() {
                    function.decorators = decorators;
                    function.returns_type = returns;
                    function.is_static = is_static;
                    function.is_abstract = body.is_none();
                }
                if let Some(list) = child(node, "parameters") {
                    parameters(low, list);
                }
                let initializer = children(node).find(|part| part.kind() == "constructor_initializer");
                let list =
                    initializer.and_then(|part| children(part).find(|part| part.kind() == "argument_list"));
                if let Some(list) = list {
                    base_call(low, node, list);
                }
                match body {
                    Some(body) if body.kind() == "block" => statements(low, body),
                    Some(body) => statement(low, body),
                    None => {}
                }
            });
        })
    })
}

pub(super) fn parameters(low: &mut Lowering<'_>, list: Node<'_>) {
    let mut previous: Option<Node<'_>> = None;
    for node in children(list) {
        match node.kind() {
            "parameter" | "implicit_parameter" => {
                let name_node = child(node, "name").unwrap_or(node);
                let types = child(node, "type").map(|types| low.type_names(types)).unwrap_or_default();
                let decorators = attributes(low, node);
                let known = [child(node, "name"), child(node, "type")];
                let default = children(node).last().filter(|last| {
                    known.iter().flatten().all(|part| part.id() != last.id())
                        && !matches!(last.kind(), "attribute_list" | "modifier")
                });
                let default = default.map(|default| expression(low, default));
                let name = low.name(name_node);
                let span = Lowering::span(node);
                low.local_param(Param { name, span, types, decorators, default, takes: Takes::One });
            }
            // `params string[] xs` stands in the list as its type and its name.
            "identifier" if previous.is_some_and(|previous| previous.kind() == "array_type") => {
                let name = low.name(node);
                let span = Lowering::span(node);
                let types = previous.map(|types| low.type_names(types)).unwrap_or_default();
                let takes = Takes::Rest;
                low.local_param(Param { name, span, types, decorators: Vec::new(), default: None, takes });
            }
            _ => {}
        }
        previous = Some(node);
    }
}

/// `[A, B("x")]` before a declaration.
pub(super) fn attributes(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let lists = children(node).filter(|part| part.kind() == "attribute_list");
    let marks = lists.flat_map(|list| children(list).collect::<Vec<_>>());
    marks
        .filter(|mark| mark.kind() == "attribute")
        .filter_map(|mark| {
            let name_node = child(mark, "name")?;
            let text = low.text(name_node);
            let name = low.intern(text.rsplit('.').next().unwrap_or(text));
            let callee = low.add(name_node, Kind::Name(name));
            let Some(list) = children(mark).find(|part| part.kind() == "attribute_argument_list") else {
                return Some(callee);
            };
            let values: Vec<ExprId> = children(list)
                .filter_map(|argument| children(argument).last())
                .map(|value| expression(low, value))
                .collect();
            let args = values.into_iter().map(crate::lower::positional).collect();
            Some(low.add(mark, Kind::Call { callee, args, is_new: false }))
        })
        .collect()
}
