//! Rust (tree-sitter-rust 0.24).
//!
//! What the language says in its own way: `?`, `.await` and what only unwraps (`.clone()`, `.unwrap()`, `.map_err(…)`)
//! are their value; an enumeration is one class with the fields of all its variants; `Some(x)`, `Json(x)` are `x`.

mod expression;
mod macros;
mod pattern;

use tree_sitter::Node;

use self::expression::{block_value, expression};
use self::pattern::bind;
use super::{Lowering, child, children};
use crate::ir::{ClassId, ExprId, Field, Item, Kind, Name, Param, Stmt, Takes};

/// Lowers a file.
pub(super) fn lower(low: &mut Lowering<'_>, root: Node<'_>) {
    items(low, root, None);
}

/// Declarations of a file, a module, or the body of an `impl` of `class`.
fn items(low: &mut Lowering<'_>, list: Node<'_>, class: Option<(ClassId, &Name)>) {
    low.deeper(list, |low| {
        let mut attributes = Vec::new();
        for node in children(list) {
            if node.kind() == "attribute_item" {
                attributes.push(node);
                continue;
            }
            let is_test = attributes.iter().any(|attribute| low.text(*attribute).contains("cfg(test)"));
            let attributes = std::mem::take(&mut attributes);
            if !is_test {
                item(low, node, &attributes, class);
            }
        }
    });
}

/// One declaration, or anything else that stands where declarations do.
pub(super) fn item(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    attributes: &[Node<'_>],
    class: Option<(ClassId, &Name)>,
) {
    match node.kind() {
        "use_declaration" => {
            if let Some(argument) = child(node, "argument") {
                used(low, argument, String::new());
            }
        }
        "mod_item" => match (child(node, "body"), child(node, "name")) {
            (Some(body), _) => items(low, body, None),
            (None, Some(name)) => {
                let name = low.name(name);
                low.import(format!("self.{name}"), Item::Whole, name);
            }
            (None, None) => {}
        },
        "function_item" | "function_signature_item" => function(low, node, attributes, class),
        "struct_item" | "union_item" | "enum_item" => structure(low, node),
        "trait_item" | "impl_item" => implementation(low, node),
        "const_item" | "static_item" => {
            if let (Some(name), Some(value)) = (child(node, "name"), child(node, "value")) {
                let value = expression(low, value);
                let text = low.name(name);
                low.assign(text, Lowering::span(name), value);
            }
        }
        "foreign_mod_item"
        | "macro_definition"
        | "extern_crate_declaration"
        | "type_item"
        | "inner_attribute_item"
        | "associated_type"
        | "empty_statement" => {}
        _ => {
            let value = expression(low, node);
            low.emit(Stmt::Expr(value));
        }
    }
}

/// `use a::b::{c, d as e, f::*}`.
fn used(low: &mut Lowering<'_>, node: Node<'_>, before: String) {
    let dotted = |text: &str| text.split_whitespace().collect::<String>().replace("::", ".");
    let joined = |inner: &str| match before.is_empty() {
        true => inner.to_owned(),
        false => format!("{before}.{inner}"),
    };
    let done = low.deeper(node, |low| match node.kind() {
        "scoped_use_list" => {
            let path = child(node, "path").map(|path| dotted(low.text(path))).unwrap_or_default();
            if let Some(list) = child(node, "list") {
                used(low, list, joined(&path));
            }
        }
        "use_list" => {
            for part in children(node) {
                used(low, part, before.clone());
            }
        }
        "use_wildcard" => {
            if let Some(path) = children(node).next() {
                let path = dotted(low.text(path));
                low.import(joined(&path), Item::All, Name::default());
            }
        }
        kind => {
            let named = if kind == "use_as_clause" { child(node, "path") } else { Some(node) };
            let Some(named) = named else { return };
            let text = dotted(low.text(named));
            let (module, last) = match text.rsplit_once('.') {
                Some((module, last)) => (joined(module), last.to_owned()),
                None => (before.clone(), text.clone()),
            };
            let local = match child(node, "alias") {
                Some(alias) => low.name(alias),
                None => Name::from(last.as_str()),
            };
            match last.as_str() {
                "self" => {
                    let own = module.rsplit('.').next().unwrap_or_default();
                    low.import(module.as_str(), Item::Whole, Name::from(own));
                }
                _ if module.is_empty() => low.import(last.as_str(), Item::Whole, local),
                // A module and what is in one are told apart by their first letter.
                last if last.starts_with(|first: char| first.is_lowercase()) && is_own(&module) => {
                    let whole = format!("{module}.{last}");
                    low.import(whole, Item::Whole, local.clone());
                    low.import(module.as_str(), Item::Member(Name::from(last)), local);
                }
                last => low.import(module.as_str(), Item::Member(Name::from(last)), local),
            }
        }
    });
    let _ = done;
}

fn is_own(module: &str) -> bool {
    matches!(module.split('.').next(), Some("crate" | "self" | "super"))
}

fn structure(low: &mut Lowering<'_>, node: Node<'_>) {
    let Some(name_node) = child(node, "name") else { return };
    let name = low.name(name_node);
    let mut fields = Vec::new();
    if let Some(body) = child(node, "body") {
        fields_of(low, body, &mut fields);
    }
    let id = low.class(node, name, Lowering::span(name_node), Vec::new(), |_| {});
    if let Some(class) = low.class_mut(id) {
        class.fields = fields;
    }
    low.emit(Stmt::Class(id));
}

fn fields_of(low: &mut Lowering<'_>, body: Node<'_>, fields: &mut Vec<Field>) {
    for part in children(body) {
        match (part.kind(), child(part, "name"), child(part, "type"), child(part, "body")) {
            ("field_declaration", Some(name), Some(types), _) => {
                let types = low.type_names(types);
                let name = low.name(name);
                let span = Lowering::span(part);
                fields.push(Field { name, types, default: None, decorators: Vec::new(), span });
            }
            ("enum_variant", _, _, Some(body)) => fields_of(low, body, fields),
            _ => {}
        }
    }
}

/// `trait T { … }`, `impl C { … }`, `impl T for C { … }`.
fn implementation(low: &mut Lowering<'_>, node: Node<'_>) {
    let owner = match node.kind() {
        "trait_item" => child(node, "name"),
        _ => child(node, "type"),
    };
    let Some(owner) = owner else { return };
    let bare = if owner.kind() == "generic_type" { child(owner, "type").unwrap_or(owner) } else { owner };
    let Some(name) = low.type_names(bare).last().cloned() else { return };
    let known = low.unit.classes.iter().position(|class| class.name == name);
    let id = match known {
        Some(index) => ClassId(index as u32),
        None if node.kind() == "trait_item" => {
            let id = low.class(node, name.clone(), Lowering::span(owner), Vec::new(), |_| {});
            low.emit(Stmt::Class(id));
            id
        }
        // Declared in another file: what is made here extends it.
        None => {
            let base = low.add(owner, Kind::Name(name.clone()));
            low.class(node, name.clone(), Lowering::span(owner), vec![base], |_| {})
        }
    };
    if let Some(base) = child(node, "trait") {
        let base_name = low.type_names(base).into_iter().find(|part| part.starts_with(char::is_uppercase));
        let base = base_name.map(|name| low.add(base, Kind::Name(name)));
        if let Some(class) = low.class_mut(id) {
            class.bases.extend(base);
        }
    }
    if let Some(body) = child(node, "body") {
        items(low, body, Some((id, &name)));
    }
}

fn function(
    low: &mut Lowering<'_>,
    node: Node<'_>,
    attributes: &[Node<'_>],
    class: Option<(ClassId, &Name)>,
) {
    let Some(name_node) = child(node, "name") else { return };
    let name = low.name(name_node);
    let decorators: Vec<ExprId> = attributes
        .iter()
        .flat_map(|attribute| children(*attribute))
        .filter_map(|attribute| children(attribute).next())
        .map(|path| expression(low, path))
        .collect();
    let owner = class.map(|(id, _)| id);
    let id = low.deeper(node, |low| {
        low.function(node, name, Lowering::span(name_node), owner, |low| {
            let types = child(node, "return_type").map(|types| low.type_names(types)).unwrap_or_default();
            let own = class.map(|(_, name)| name);
            let types = types
                .into_iter()
                .map(|name| own.filter(|_| &*name == "Self").unwrap_or(&name).clone())
                .collect();
            if let Some(function) = low.this_function() {
                function.decorators = decorators;
                function.returns_type = types;
                function.is_abstract = child(node, "body").is_none();
            }
            if let Some(list) = child(node, "parameters") {
                parameters(low, list);
            }
            if let Some(body) = child(node, "body")
                && let Some(value) = block_value(low, body)
            {
                low.emit(Stmt::Return { value: Some(value), goes_on: false });
            }
        })
    });
    if let Some(id) = id
        && class.is_none()
    {
        low.emit(Stmt::Function(id));
    }
}

/// Parameters of a function or closure; a pattern takes apart a parameter that has no name of its own.
pub(super) fn parameters(low: &mut Lowering<'_>, list: Node<'_>) {
    let mut patterns = Vec::new();
    for part in children(list) {
        let pattern = match part.kind() {
            "self_parameter" | "attribute_item" => continue,
            "parameter" => child(part, "pattern"),
            _ => Some(part),
        };
        let Some(pattern) = pattern else { continue };
        let types = match part.kind() {
            "parameter" => child(part, "type").map(|types| low.type_names(types)).unwrap_or_default(),
            _ => Vec::new(),
        };
        let is_plain = pattern.kind() == "identifier";
        let name = if is_plain { low.name(pattern) } else { low.fresh() };
        let span = Lowering::span(part);
        if !is_plain {
            patterns.push((pattern, name.clone()));
        }
        let takes = Takes::One;
        low.full_param(Param { name, span, types, decorators: Vec::new(), default: None, takes });
    }
    for (pattern, name) in patterns {
        let value = low.add(pattern, Kind::Name(name));
        bind(low, pattern, value);
    }
}
