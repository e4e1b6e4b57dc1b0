//! Patterns: parameters and the left sides of assignments.

use tree_sitter::Node;

use super::super::{Lowering, child, children, position};
use crate::ir::{Key, Kind, Name, Param, Stmt, Takes, Target};

impl Lowering<'_> {
    /// The parameters of the function that is being lowered. A pattern is a parameter without a name, taken apart first.
    pub(super) fn params(&mut self, list: Node<'_>) {
        let mut apart = Vec::new();
        for node in children(list) {
            let mut decorators = Vec::new();
            let (pattern, types, value) = match node.kind() {
                "required_parameter" | "optional_parameter" => {
                    for decorator in children(node).filter(|part| part.kind() == "decorator") {
                        decorators.extend(children(decorator).next().map(|inner| self.value(inner)));
                    }
                    (child(node, "pattern"), child(node, "type"), child(node, "value"))
                }
                "assignment_pattern" => (child(node, "left"), None, child(node, "right")),
                _ => (Some(node), None, None),
            };
            let Some(pattern) = pattern else { continue };
            if pattern.kind() == "this" {
                continue;
            }
            let types = types.map(|types| self.type_names(types)).unwrap_or_default();
            let default = value.map(|value| self.value(value));
            let (pattern, takes) = match pattern.kind() {
                "rest_pattern" => (children(pattern).next().unwrap_or(pattern), Takes::Rest),
                _ => (pattern, Takes::One),
            };
            let name = match pattern.kind() {
                "identifier" => self.name(pattern),
                _ => self.fresh(),
            };
            if pattern.kind() != "identifier" {
                apart.push((name.clone(), pattern));
            }
            // `constructor(private readonly x: X)` declares a field.
            if children(node).any(|part| part.kind() == "accessibility_modifier") {
                self.parameter_property(node, &name);
            }
            self.full_param(Param { name, span: Self::span(pattern), types, decorators, default, takes });
        }
        for (name, pattern) in apart {
            let value = self.add(pattern, Kind::Name(name));
            let target = self.pattern(pattern);
            self.emit(Stmt::Assign { target, value });
        }
    }

    fn parameter_property(&mut self, node: Node<'_>, name: &Name) {
        let this = self.add(node, Kind::This);
        let place = self.field(node, this, name.clone());
        let value = self.add(node, Kind::Name(name.clone()));
        self.emit(Stmt::Assign { target: Target::Place(place), value });
    }

    /// Where a value goes.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> Target {
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                Target::Name(self.name(node), Self::span(node))
            }
            "object_pattern" => {
                let parts = self
                    .deeper(node, |this| children(node).filter_map(|part| this.object_part(part)).collect());
                Target::Parts(parts.unwrap_or_default())
            }
            "array_pattern" => {
                let parts = self.deeper(node, |this| {
                    children(node)
                        .enumerate()
                        .map(|(nth, part)| match part.kind() {
                            "rest_pattern" => {
                                let inner = children(part).next().unwrap_or(part);
                                (Vec::new(), this.pattern(inner))
                            }
                            _ => (vec![position(nth)], this.pattern(part)),
                        })
                        .collect()
                });
                Target::Parts(parts.unwrap_or_default())
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                let Some(left) = child(node, "left") else { return Target::Parts(Vec::new()) };
                match self.deeper(left, |this| this.pattern(left)) {
                    Some(target) => target,
                    None => Target::Parts(Vec::new()),
                }
            }
            "lexical_declaration" | "variable_declaration" => {
                let name = children(node).next().and_then(|declared| child(declared, "name"));
                match name {
                    Some(name) => self.pattern(name),
                    None => Target::Parts(Vec::new()),
                }
            }
            _ => Target::Place(self.value(node)),
        }
    }

    fn object_part(&mut self, part: Node<'_>) -> Option<(Vec<Key>, Target)> {
        Some(match part.kind() {
            "shorthand_property_identifier_pattern" => {
                let name = self.name(part);
                (vec![Key::Named(name)], self.pattern(part))
            }
            "object_assignment_pattern" => {
                let name = child(part, "left")?;
                let name = self.name(name);
                (vec![Key::Named(name)], self.pattern(part))
            }
            "pair_pattern" => {
                let key = child(part, "key")?;
                let key = self.key(key).map_or(Key::Any, Key::Named);
                (vec![key], self.pattern(child(part, "value")?))
            }
            "rest_pattern" => (Vec::new(), self.pattern(children(part).next()?)),
            _ => return None,
        })
    }
}
