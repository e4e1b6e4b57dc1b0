//! Classes, objects, interfaces and enums; functions, also those that extend a class.

use std::collections::HashSet;

use tree_sitter::Node;

use super::block::function_body;
use super::expression::{arguments, expression};
use super::{identifier, initializer, is_type, statement, statements};
use crate::ir::{ClassId, ExprId, Field, FunctionId, Kind, Name, Param, Stmt, Takes};
use crate::lower::{CONSTRUCTOR, Lowering, child, children};

pub(super) fn class(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name").or_else(|| identifier(node)) else { return };
    let name = low.name(name_node);
    declare(low, node, name);
}

/// `object : Base(…) { … }`. Answers with the name it is given.
pub(super) fn anonymous(low: &mut Lowering<'_>, node: Node<'_>) -> Name {
    let name = low.fresh();
    declare(low, node, name.clone());
    name
}

fn declare(low: &mut Lowering<'_>, node: Node<'_>, name: Name) {
    let mut bases = Vec::new();
    let mut base_calls = Vec::new();
    let specifiers = children(node).find(|part| part.kind() == "delegation_specifiers");
    for specifier in specifiers.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        let Some(base) = children(specifier).next() else { continue };
        let types = if base.kind() == "user_type" { Some(base) } else { children(base).find(is_type) };
        if let Some(types) = types {
            base_type(low, types, &mut bases);
        }
        base_calls.extend(children(base).filter(|part| part.kind() == "value_arguments"));
    }
    let decorators = annotations(low, node);
    let primary = children(node).find(|part| part.kind() == "primary_constructor");
    let parameters =
        primary.and_then(|primary| children(primary).find(|part| part.kind() == "class_parameters"));
    let body = children(node).find(|part| matches!(part.kind(), "class_body" | "enum_class_body"));
    let mut members = HashSet::new();
    names_of(low, body, &mut members);
    names_of(low, parameters, &mut members);
    let is_open = !bases.is_empty();
    let span = child(node, "name").map_or(Lowering::span(node), |name| Lowering::span(name));
    let id = low.deeper(node, |low| {
        low.class(node, name.clone(), span, bases, |low| {
            low.in_class(name, members, is_open, |low| {
                if parameters.is_some() || !base_calls.is_empty() {
                    constructor(low, node, parameters, &base_calls);
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
    let written = low.text(node);
    let path = written.split('<').next().unwrap_or(written).trim();
    let name = low.intern(path.rsplit('.').next().unwrap_or(path));
    bases.push(low.add(node, Kind::Name(name)));
    if let Some(list) = children(node).find(|part| part.kind() == "type_arguments") {
        let names = low.type_names(list);
        let others = names.into_iter().map(|name| low.add(list, Kind::Name(name))).collect();
        bases.push(low.opaque(list, others));
    }
}

/// Properties, entries and parameters that a class has, its companion's among them.
fn names_of(low: &mut Lowering<'_>, body: Option<Node<'_>>, names: &mut HashSet<Name>) {
    for member in body.into_iter().flat_map(|body| children(body).collect::<Vec<_>>()) {
        match member.kind() {
            "property_declaration" => {
                let variable = children(member).find(|part| part.kind() == "variable_declaration");
                names.extend(variable.and_then(|variable| identifier(variable)).map(|name| low.name(name)));
            }
            "class_parameter" | "enum_entry" => names.extend(identifier(member).map(|name| low.name(name))),
            "companion_object" => {
                let body = children(member).find(|part| part.kind() == "class_body");
                names_of(low, body, names);
            }
            _ => {}
        }
    }
}

/// The primary constructor: its parameters, kept in fields, and what it hands to the base.
fn constructor(low: &mut Lowering<'_>, node: Node<'_>, list: Option<Node<'_>>, base_calls: &[Node<'_>]) {
    let class = low.class_here();
    let span = list.map_or(Lowering::span(node), |list| Lowering::span(list));
    low.function(node, Name::from(CONSTRUCTOR), span, class, |low| {
        low.in_function(|low| {
            let parameters = list.into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
            let parameters: Vec<Node<'_>> =
                parameters.filter(|part| part.kind() == "class_parameter").collect();
            for parameter in &parameters {
                let Some(name) = identifier(*parameter).map(|name| low.name(name)) else { continue };
                let types =
                    children(*parameter).find(is_type).map(|types| low.type_names(types)).unwrap_or_default();
                let decorators = annotations(low, *parameter);
                let default = initializer(*parameter).map(|default| expression(low, default));
                let span = Lowering::span(*parameter);
                let field = Field {
                    name: name.clone(),
                    types: types.clone(),
                    default: None,
                    decorators: decorators.clone(),
                    span,
                };
                low.class_field(field);
                low.local_param(Param { name, span, types, decorators, default, takes: Takes::One });
            }
            for list in base_calls {
                let this = low.add(node, Kind::This);
                let callee = low.field(node, this, CONSTRUCTOR);
                let args = arguments(low, *list);
                let call = low.add(*list, Kind::Call { callee, args, is_new: false });
                low.emit(Stmt::Expr(call));
            }
            for parameter in &parameters {
                if let Some(name) = identifier(*parameter).map(|name| low.name(name)) {
                    low.keep(*parameter, &name);
                }
            }
        });
    });
}

fn class_body(low: &mut Lowering<'_>, body: Node<'_>) {
    for member in children(body) {
        match member.kind() {
            "property_declaration" => property(low, member),
            "function_declaration" => {
                let class = low.class_here();
                function(low, member, class);
            }
            "companion_object" => {
                if let Some(body) = children(member).find(|part| part.kind() == "class_body") {
                    low.deeper(body, |low| class_body(low, body));
                }
            }
            "anonymous_initializer" => {
                let class = low.class_here();
                low.function(member, Name::default(), Lowering::span(member), class, |low| {
                    low.in_function(|low| statements(low, member));
                });
            }
            "secondary_constructor" => {
                let class = low.class_here();
                low.function(member, Name::from(CONSTRUCTOR), Lowering::span(member), class, |low| {
                    low.in_function(|low| secondary(low, member));
                });
            }
            "enum_entry" => entry(low, member),
            _ => statement(low, member),
        }
    }
}

fn secondary(low: &mut Lowering<'_>, node: Node<'_>) {
    for part in children(node) {
        match part.kind() {
            "function_value_parameters" => parameters(low, part),
            "constructor_delegation_call" => {
                let this = low.add(part, Kind::This);
                let callee = low.field(part, this, CONSTRUCTOR);
                let list = children(part).find(|inner| inner.kind() == "value_arguments");
                let args = list.map(|list| arguments(low, list)).unwrap_or_default();
                let call = low.add(part, Kind::Call { callee, args, is_new: false });
                low.emit(Stmt::Expr(call));
            }
            "block" => statement(low, part),
            _ => {}
        }
    }
}

/// An entry of an enum is an object of it.
fn entry(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name) = identifier(node).map(|name| low.name(name)) else { return };
    let owner = low.class_here().and_then(|class| low.unit.class(class)).map(|class| class.name.clone());
    let callee = low.add(node, Kind::Name(owner.unwrap_or_default()));
    let list = children(node).find(|part| part.kind() == "value_arguments");
    let args = list.map(|list| arguments(low, list)).unwrap_or_default();
    let value = low.add(node, Kind::Call { callee, args, is_new: true });
    let span = Lowering::span(node);
    low.class_field(Field { name, types: Vec::new(), default: Some(value), decorators: Vec::new(), span });
}

/// A property is a field; one that is computed is a method that is read.
fn property(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(variable) = children(node).find(|part| part.kind() == "variable_declaration") else { return };
    let Some(name) = identifier(variable).map(|name| low.name(name)) else { return };
    let types = children(variable).find(is_type).map(|types| low.type_names(types)).unwrap_or_default();
    let decorators = annotations(low, node);
    let getter = children(node).find(|part| part.kind() == "getter");
    if let Some(body) = getter.and_then(|getter| children(getter).find(|part| part.kind() == "function_body"))
    {
        let class = low.class_here();
        low.function(node, name.clone(), Lowering::span(node), class, |low| {
            low.in_function(|low| function_body(low, body));
        });
    }
    let delegate = children(node).find(|part| part.kind() == "property_delegate");
    let delegate = delegate.and_then(|delegate| children(delegate).next());
    // Delegated to a column or a setting, a property says nothing of its own.
    let delegate = delegate.filter(|delegate| delegate.kind() == "call_expression");
    let value = initializer(node).or(delegate);
    let default = value.map(|value| expression(low, value));
    low.class_field(Field { name, types, default, decorators, span: Lowering::span(node) });
}

/// A function, and whether it stands for itself: one that extends a class is its method.
pub(super) fn function(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    class: Option<ClassId>,
) -> Option<(FunctionId, bool)> {
    let name_node = child(node, "name").or_else(|| identifier(node))?;
    let name = low.name(name_node);
    let receiver = children(node).find(|part| is_type(part) && part.start_byte() < name_node.start_byte());
    let list = children(node).find(|part| part.kind() == "function_value_parameters");
    let after = list.map_or(name_node.end_byte(), |list| list.end_byte());
    let returns = children(node).find(|part| is_type(part) && part.start_byte() >= after);
    let returns = returns.map(|types| low.type_names(types)).unwrap_or_default();
    let decorators = annotations(low, node);
    let extended = receiver.and_then(|receiver| low.type_names(receiver).first().cloned());
    let owner = extended.as_ref().map(|extended| class_called(low, node, extended)).or(class);
    let is_alone = owner.is_none();
    let work = |low: &mut Lowering<'_>| {
        low.function(node, name, Lowering::span(name_node), owner, |low| {
            low.in_function(|low| {
                let body = children(node).find(|part| part.kind() == "function_body");
                if let Some(function) = low.this_function() {
                    function.decorators = decorators;
                    function.returns_type = returns;
                    function.is_abstract = body.is_none();
                    function.is_extension = receiver.is_some();
                }
                if let Some(list) = list {
                    parameters(low, list);
                }
                if let Some(body) = body {
                    function_body(low, body);
                }
            });
        })
    };
    let id = low.deeper(node, |low| match extended {
        Some(extended) => low.in_class(extended, HashSet::new(), true, work),
        None => work(low),
    })?;
    Some((id, is_alone))
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

pub(super) fn parameters(low: &mut Lowering<'_>, list: Node<'_>) {
    let mut decorators = Vec::new();
    let mut takes = Takes::One;
    let parts: Vec<Node<'_>> = children(list).collect();
    for (nth, part) in parts.iter().enumerate() {
        match part.kind() {
            "parameter_modifiers" => {
                decorators = marks(low, *part);
                if low.text(*part).contains("vararg") {
                    takes = Takes::Rest;
                }
            }
            "parameter" => {
                let Some(name) = identifier(*part).map(|name| low.name(name)) else { continue };
                let types =
                    children(*part).find(is_type).map(|types| low.type_names(types)).unwrap_or_default();
                let default = parts
                    .get(nth + 1)
                    .filter(|next| !matches!(next.kind(), "parameter" | "parameter_modifiers"));
                let default = default.map(|default| expression(low, *default));
                let span = Lowering::span(*part);
                let decorators = std::mem::take(&mut decorators);
                let takes = std::mem::replace(&mut takes, Takes::One);
                low.local_param(Param { name, span, types, decorators, default, takes });
            }
            _ => {}
        }
    }
}

/// The annotations of a declaration: `@Post`, `@Post("/")`.
fn annotations(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let modifiers: Vec<Node<'_>> = children(node).filter(|part| part.kind() == "modifiers").collect();
    modifiers.into_iter().flat_map(|modifiers| marks(low, modifiers)).collect()
}

fn marks(low: &mut Lowering<'_>, modifiers: Node<'_>) -> Vec<ExprId> {
    children(modifiers)
        .filter(|part| part.kind() == "annotation")
        .filter_map(|mark| {
            let inner = children(mark).last()?;
            let types = if inner.kind() == "user_type" { Some(inner) } else { children(inner).find(is_type) };
            let written = low.text(types?);
            let name = low.intern(written.rsplit('.').next().unwrap_or(written));
            let callee = low.add(mark, Kind::Name(name));
            let Some(list) = children(inner).find(|part| part.kind() == "value_arguments") else {
                return Some(callee);
            };
            let args = arguments(low, list);
            Some(low.add(mark, Kind::Call { callee, args, is_new: false }))
        })
        .collect()
}
