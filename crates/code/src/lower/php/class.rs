//! Classes, interfaces, traits and enums; functions and their parameters.

use tree_sitter::Node;

use super::expression::{arguments, expression};
use super::{statement, statements};
use crate::ir::{ClassId, ExprId, Field, FunctionId, Kind, Name, Param, Stmt, Takes};
use crate::lower::{CONSTRUCTOR, Lowering, child, children};

pub(super) fn class(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = low.name(name_node);
    if let Some(id) = declare(low, node, name, name_node) {
        low.emit(Stmt::Class(id));
    }
}

/// `new class(…) extends B { … }`. Answers with the name it is given.
pub(super) fn anonymous(low: &mut Lowering<'_>, node: Node<'_>) -> Name {
    let name = low.fresh();
    if let Some(id) = declare(low, node, name.clone(), node) {
        low.emit(Stmt::Class(id));
    }
    name
}

fn declare(low: &mut Lowering<'_>, node: Node<'_>, name: Name, name_node: Node<'_>) -> Option<ClassId> {
    let mut bases = Vec::new();
    let body = child(node, "body");
    let clauses =
        children(node).filter(|part| matches!(part.kind(), "base_clause" | "class_interface_clause"));
    let traits = body.into_iter().flat_map(|body| children(body).collect::<Vec<_>>());
    let traits = traits.filter(|part| part.kind() == "use_declaration");
    let lists: Vec<Node<'_>> = clauses.chain(traits).collect();
    for part in lists.into_iter().flat_map(|list| children(list).collect::<Vec<_>>()) {
        if part.kind().ends_with("name") {
            bases.push(class_name(low, part));
        }
    }
    // What a repository is of stands in a comment: `@extends Repository<Row>`.
    if let Some(row) = documented(low, node) {
        let row = low.add(node, Kind::Name(row));
        bases.push(low.opaque(node, vec![row]));
    }
    let decorators = attributes(low, node);
    let id = low.deeper(node, |low| {
        low.class(node, name, Lowering::span(name_node), bases, |low| {
            if let Some(body) = body {
                class_body(low, body);
            }
        })
    })?;
    if let Some(class) = low.class_mut(id) {
        class.decorators = decorators;
    }
    Some(id)
}

fn documented(low: &mut Lowering<'_>, node: Node<'_>) -> Option<Name> {
    let comment = node.prev_sibling().filter(|before| before.kind() == "comment")?;
    let (_, after) = low.text(comment).split_once("@extends")?;
    let (_, row) = after.split_once('<')?;
    let row = row.split(['>', ',']).next()?.trim();
    Some(low.intern(row.rsplit('\\').next().unwrap_or(row)))
}

/// A class as it is named: `A\B`, `\A\B`, `self`, `static`, `parent`.
pub(super) fn class_name(low: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let text = low.text(node);
    match text {
        "self" | "static" => {
            let name =
                low.class_here().and_then(|class| low.unit.class(class)).map(|class| class.name.clone());
            low.add(node, Kind::Name(name.unwrap_or_default()))
        }
        "parent" => low.add(node, Kind::This),
        _ => {
            let name = low.intern(text.rsplit('\\').next().unwrap_or(text));
            low.add(node, Kind::Name(name))
        }
    }
}

fn class_body(low: &mut Lowering<'_>, body: Node<'_>) {
    for member in children(body) {
        match member.kind() {
            "property_declaration" => {
                let types = child(member, "type").map(|types| low.type_names(types)).unwrap_or_default();
                let decorators = attributes(low, member);
                for element in children(member).filter(|part| part.kind() == "property_element") {
                    let Some(name_node) = child(element, "name") else { continue };
                    let name = low.intern(low.text(name_node).trim_start_matches('$'));
                    let default = child(element, "default_value").map(|value| expression(low, value));
                    let span = Lowering::span(element);
                    let decorators = decorators.clone();
                    low.class_field(Field { name, types: types.clone(), default, decorators, span });
                }
            }
            "const_declaration" => {
                for element in children(member).filter(|part| part.kind() == "const_element") {
                    let parts: Vec<Node<'_>> = children(element).collect();
                    if let [name, value] = parts.as_slice() {
                        let default = Some(expression(low, *value));
                        let (name, span) = (low.name(*name), Lowering::span(element));
                        low.class_field(Field {
                            name,
                            types: Vec::new(),
                            default,
                            decorators: Vec::new(),
                            span,
                        });
                    }
                }
            }
            "enum_case" => {
                let Some(name) = child(member, "name").map(|name| low.name(name)) else { continue };
                let value = child(member, "value").map(|value| expression(low, value));
                let default = Some(value.unwrap_or_else(|| low.opaque(member, Vec::new())));
                let span = Lowering::span(member);
                low.class_field(Field { name, types: Vec::new(), default, decorators: Vec::new(), span });
            }
            "method_declaration" => {
                let Some(name) = child(member, "name").map(|name| low.name(name)) else { continue };
                let name = if &*name == "__construct" { Name::from(CONSTRUCTOR) } else { name };
                let class = low.class_here();
                function(low, member, name, class);
            }
            _ => {}
        }
    }
}

/// A function, method, closure or arrow function.
pub(super) fn function(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    name: Name,
    class: Option<ClassId>,
) -> Option<FunctionId> {
    let name_span = child(node, "name").map_or(Lowering::span(node), |name| Lowering::span(name));
    let decorators = attributes(low, node);
    let returns = child(node, "return_type").map(|types| low.type_names(types)).unwrap_or_default();
    let owner = low.class_here().and_then(|class| low.unit.class(class)).map(|class| class.name.clone());
    let returns: Vec<Name> = returns
        .into_iter()
        .map(|name| match (&*name, &owner) {
            ("self" | "static", Some(owner)) => owner.clone(),
            _ => name,
        })
        .collect();
    low.deeper(node, |low| {
        low.function(node, name, name_span, class, |low| {
            let body = child(node, "body");
            if let Some(function) = low.this_function() {
                function.decorators = decorators;
                function.returns_type = returns;
                function.is_static = children(node).any(|part| part.kind() == "static_modifier");
                function.is_abstract = body.is_none();
            }
            if let Some(list) = child(node, "parameters") {
                parameters(low, list);
            }
            match body {
                Some(body) if body.kind() == "compound_statement" => statements(low, body),
                Some(body) if node.kind() == "arrow_function" => {
                    let value = expression(low, body);
                    low.emit(Stmt::Return { value: Some(value), goes_on: false });
                }
                Some(body) => statement(low, body),
                None => {}
            }
        })
    })
}

fn parameters(low: &mut Lowering<'_>, list: Node<'_>) {
    for node in children(list) {
        let takes = if node.kind() == "variadic_parameter" { Takes::Rest } else { Takes::One };
        let Some(name_node) = child(node, "name") else { continue };
        let name = low.intern(low.text(name_node).trim_start_matches(['$', '&']));
        let types = child(node, "type").map(|types| low.type_names(types)).unwrap_or_default();
        let default = child(node, "default_value").map(|value| expression(low, value));
        let decorators = attributes(low, node);
        let span = Lowering::span(node);
        let is_kept = node.kind() == "property_promotion_parameter";
        low.full_param(Param { name: name.clone(), span, types: types.clone(), decorators, default, takes });
        if is_kept {
            let decorators = Vec::new();
            low.class_field(Field { name: name.clone(), types, default: None, decorators, span });
            low.keep(node, &name);
        }
    }
}

/// `#[A, B('x')]`.
fn attributes(low: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let groups = child(node, "attributes").into_iter().flat_map(|list| children(list).collect::<Vec<_>>());
    let marks = groups.flat_map(|group| children(group).collect::<Vec<_>>());
    marks
        .filter(|mark| mark.kind() == "attribute")
        .filter_map(|mark| {
            let name_node = children(mark).next()?;
            let callee = class_name(low, name_node);
            Some(match child(mark, "parameters") {
                None => callee,
                Some(list) => {
                    let args = arguments(low, list);
                    low.add(mark, Kind::Call { callee, args, is_new: false })
                }
            })
        })
        .collect()
}
