//! Classes, interfaces, enums and records; their members.

use std::collections::HashSet;

use tree_sitter::Node;

use super::expression::{arguments, expression};
use super::{statement, statements};
use crate::ir::{ClassId, ExprId, Field, Kind, Name, Param, Stmt, Takes};
use crate::lower::{CONSTRUCTOR, Lowering, child, children};

pub(super) fn class(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = low.name(name_node);
    let mut bases = Vec::new();
    for part in children(node) {
        if matches!(part.kind(), "superclass" | "super_interfaces" | "extends_interfaces") {
            base_types(low, part, &mut bases);
        }
    }
    let decorators = annotations(low, node);
    let id = low.deeper(node, |low| declare(low, node, name, name_node, bases, decorators));
    if let Some(id) = id {
        low.emit(Stmt::Class(id));
    }
}

/// `new Base(…) { … }`: a class without a name. Answers with the name it is given.
pub(super) fn anonymous(low: &mut Lowering<'_>, node: Node<'_>, base: ExprId) -> Name {
    let name = low.fresh();
    let id = low.deeper(node, |low| declare(low, node, name.clone(), node, vec![base], Vec::new()));
    if let Some(id) = id {
        low.emit(Stmt::Class(id));
    }
    name
}

/// Every type of a list as a name; what it is generic over comes after them, as one more.
fn base_types(low: &mut Lowering<'_>, node: Node<'_>, bases: &mut Vec<ExprId>) {
    for part in children(node) {
        match part.kind() {
            "type_list" => base_types(low, part, bases),
            "generic_type" => {
                let names: Vec<Name> = low.type_names(part);
                let mut exprs = names.into_iter().map(|name| low.add(part, Kind::Name(name)));
                let base = exprs.next();
                let others: Vec<ExprId> = exprs.collect();
                bases.extend(base);
                bases.push(low.opaque(part, others));
            }
            _ => {
                let names = low.type_names(part);
                if let Some(name) = names.last() {
                    bases.push(low.add(part, Kind::Name(name.clone())));
                }
            }
        }
    }
}

fn declare(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    name: Name,
    name_node: Node<'_>,
    bases: Vec<ExprId>,
    decorators: Vec<ExprId>,
) -> ClassId {
    let is_open = !bases.is_empty();
    let body = child(node, "body").or_else(|| match node.kind() {
        "class_body" => Some(node),
        _ => None,
    });
    let components = child(node, "parameters").filter(|_| node.kind() == "record_declaration");
    let mut members = HashSet::new();
    names_of(low, body, &mut members);
    names_of(low, components, &mut members);
    let outer = std::mem::replace(&mut low.in_class_body, false);
    let id = low.class(node, name.clone(), Lowering::span(name_node), bases, |low| {
        low.in_class(name, members, is_open, |low| {
            if let Some(components) = components {
                record(low, node, components, body);
            }
            if let Some(body) = body {
                class_body(low, body);
            }
        });
    });
    low.in_class_body = outer;
    if let Some(class) = low.class_mut(id) {
        class.decorators = decorators;
    }
    id
}

/// Fields and constants that a class declares.
fn names_of(low: &mut Lowering<'_>, body: Option<Node<'_>>, names: &mut HashSet<Name>) {
    for member in body.into_iter().flat_map(|body| children(body).collect::<Vec<_>>()) {
        match member.kind() {
            "field_declaration" | "constant_declaration" => {
                for declared in children(member).filter(|part| part.kind() == "variable_declarator") {
                    names.extend(child(declared, "name").map(|name| low.name(name)));
                }
            }
            "enum_constant" | "formal_parameter" => {
                names.extend(child(member, "name").map(|name| low.name(name)));
            }
            "enum_body_declarations" => names_of(low, Some(member), names),
            _ => {}
        }
    }
}

fn class_body(low: &mut Lowering<'_>, body: Node<'_>) {
    for member in children(body) {
        match member.kind() {
            "field_declaration" | "constant_declaration" => fields(low, member),
            "method_declaration" => {
                let name = child(member, "name").map(|name| low.name(name)).unwrap_or_default();
                method(low, member, name);
            }
            "constructor_declaration" => method(low, member, Name::from(CONSTRUCTOR)),
            "enum_constant" => constant(low, member),
            "enum_body_declarations" => class_body(low, member),
            // Runs when an object is made, or when the class is loaded.
            "block" | "static_initializer" => {
                let class = low.class_here();
                low.function(member, Name::default(), Lowering::span(member), class, |low| {
                    low.in_function(|low| statements(low, member));
                });
            }
            "compact_constructor_declaration" => {}
            _ => statement(low, member),
        }
    }
}

fn fields(low: &mut Lowering<'_>, member: Node<'_>) {
    let types = child(member, "type").map(|types| low.type_names(types)).unwrap_or_default();
    let decorators = annotations(low, member);
    for declared in children(member).filter(|part| part.kind() == "variable_declarator") {
        let Some(name) = child(declared, "name").map(|name| low.name(name)) else { continue };
        let default = child(declared, "value").map(|value| expression(low, value));
        low.class_field(Field {
            name,
            types: types.clone(),
            default,
            decorators: decorators.clone(),
            span: Lowering::span(declared),
        });
    }
}

/// A constant of an enum is an object of it.
fn constant(low: &mut Lowering<'_>, member: Node<'_>) {
    let Some(name) = child(member, "name").map(|name| low.name(name)) else { return };
    let owner = low.class_here().and_then(|class| low.unit.class(class)).map(|class| class.name.clone());
    let callee = low.add(member, Kind::Name(owner.unwrap_or_default()));
    let args = arguments(low, child(member, "arguments"));
    let value = low.add(member, Kind::Call { callee, args, is_new: true });
    let field = Field {
        name,
        types: Vec::new(),
        default: Some(value),
        decorators: Vec::new(),
        span: Lowering::span(member),
    };
    low.class_field(field);
}

fn method(low: &mut Lowering<'_>, node: Node<'_>, name: Name) {
    let Some(name_node) = child(node, "name") else { return };
    let class = low.class_here();
    let decorators = annotations(low, node);
    let types = child(node, "type").map(|types| low.type_names(types)).unwrap_or_default();
    low.deeper(node, |low| {
        low.function(node, name, Lowering::span(name_node), class, |low| {
            low.in_function(|low| {
                let body = child(node, "body");
                let modifiers = children(node).find(|part| part.kind() == "modifiers");
                let is_static = modifiers.is_some_and(|modifiers| {
                    low.text(modifiers).split_whitespace().any(|word| word == "static")
                });
                if let Some(function) = low.this_function() {
                    function.decorators = decorators;
                    function.returns_type = types;
                    function.is_static = is_static;
                    function.is_abstract = body.is_none();
                }
                if let Some(list) = child(node, "parameters") {
                    parameters(low, list);
                }
                if let Some(body) = body {
                    statements(low, body);
                }
            });
        })
    });
}

pub(super) fn parameters(low: &mut Lowering<'_>, list: Node<'_>) {
    for node in children(list) {
        let (named, takes) = match node.kind() {
            "formal_parameter" => (child(node, "name"), Takes::One),
            "spread_parameter" => {
                let declarator = children(node).find(|part| part.kind() == "variable_declarator");
                (declarator.and_then(|declarator| child(declarator, "name")), Takes::Rest)
            }
            // `(a, b) -> …`
            "identifier" => (Some(node), Takes::One),
            _ => continue,
        };
        let Some(named) = named else { continue };
        let types = match node.kind() {
            "spread_parameter" => children(node).find(|part| part.kind() != "modifiers"),
            _ => child(node, "type"),
        };
        let types = types.map(|types| low.type_names(types)).unwrap_or_default();
        let decorators = annotations(low, node);
        let name = low.name(named);
        let span = Lowering::span(node);
        low.local_param(Param { name, span, types, decorators, default: None, takes });
    }
}

/// The components of a record: its constructor's parameters, kept in fields.
fn record(low: &mut Lowering<'_>, node: Node<'_>, components: Node<'_>, body: Option<Node<'_>>) {
    for component in children(components).filter(|part| part.kind() == "formal_parameter") {
        let Some(name) = child(component, "name").map(|name| low.name(name)) else { continue };
        let types = child(component, "type").map(|types| low.type_names(types)).unwrap_or_default();
        let decorators = annotations(low, component);
        let span = Lowering::span(component);
        low.class_field(Field { name, types, default: None, decorators, span });
    }
    let compact = body.into_iter().flat_map(|body| children(body).collect::<Vec<_>>());
    let compact = compact.into_iter().find(|member| member.kind() == "compact_constructor_declaration");
    let class = low.class_here();
    low.function(components, Name::from(CONSTRUCTOR), Lowering::span(node), class, |low| {
        low.in_function(|low| {
            parameters(low, components);
            if let Some(body) = compact.and_then(|compact| child(compact, "body")) {
                statements(low, body);
            }
            for component in children(components) {
                if let Some(name) = child(component, "name").map(|name| low.name(name)) {
                    low.keep(component, &name);
                }
            }
        });
    });
}

/// The annotations of a declaration: `@Post`, `@Post("/")`.
pub(super) fn annotations(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let modifiers = children(node).filter(|part| part.kind() == "modifiers");
    let marks = modifiers.flat_map(|modifiers| children(modifiers).collect::<Vec<_>>());
    marks.filter(|mark| mark.kind().ends_with("annotation")).map(|mark| annotation(low, mark)).collect()
}

fn annotation(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(name_node) = child(node, "name") else { return low.opaque(node, Vec::new()) };
    let text = low.text(name_node);
    let name = low.intern(text.rsplit('.').next().unwrap_or(text));
    let callee = low.add(name_node, Kind::Name(name));
    match child(node, "arguments") {
        None => callee,
        Some(list) => {
            let args = arguments(low, Some(list));
            low.add(node, Kind::Call { callee, args, is_new: false })
        }
    }
}
