//! Classes: what they extend, their methods and fields, and which of them a value may be of.

use super::{MAX_FILES, MAX_STEPS, Thing};
use crate::ir::{FunctionId, Kind, Name};
use crate::lower::{CONSTRUCTOR, Language};
use crate::program::{At, ClassAt, FunctionAt, Program};

impl Program {
    /// The method that objects of the class answer to `name` with.
    pub(crate) fn method(&self, class: ClassAt, name: &str) -> Option<FunctionAt> {
        let own = self.method_among(self.lineage(class), name);
        if own.is_some() || !self.shares_names(class.file) {
            return own;
        }
        // Methods that other files add to the class.
        let called = |at: ClassAt| self.unit(at.file).class(at.id).map(|class| &class.name);
        let parts = self.heirs(class).into_iter().filter(|heir| called(*heir) == called(class));
        self.method_among(parts.collect(), name)
    }

    /// The same, all that share the name and differ in what they take.
    pub(crate) fn methods(&self, class: ClassAt, name: &str) -> Vec<FunctionAt> {
        let Some(first) = self.method(class, name) else { return Vec::new() };
        let is_overloaded =
            |file: &crate::program::File| matches!(file.language.family(), Language::Java | Language::Csharp);
        if !self.file(first.file).is_some_and(is_overloaded) {
            return vec![first];
        }
        let unit = self.unit(first.file);
        let class =
            self.function(first).and_then(|function| function.class).and_then(|class| unit.class(class));
        let methods = class.into_iter().flat_map(|class| &class.methods);
        methods
            .filter(|id| unit.function(**id).is_some_and(|function| &*function.name == name))
            .map(|id| FunctionAt { file: first.file, id: *id })
            .collect()
    }

    /// Functions of this name that extend a class of somebody else.
    pub(crate) fn extensions(&self, file: u32, name: &str) -> Vec<FunctionAt> {
        let Some(here) = self.file(file).filter(|file| file.language == Language::Kotlin) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for other in self.files_with(name, here.language).into_iter().take(MAX_FILES) {
            for (index, function) in (0u32..).zip(&self.unit(other).functions) {
                if function.is_extension && &*function.name == name {
                    found.push(FunctionAt { file: other, id: FunctionId(index) });
                }
            }
        }
        found
    }

    fn method_among(&self, classes: Vec<ClassAt>, name: &str) -> Option<FunctionAt> {
        classes.into_iter().find_map(|class| {
            let unit = self.unit(class.file);
            let methods = &unit.class(class.id)?.methods;
            let is_it =
                |id: &&FunctionId| unit.function(**id).is_some_and(|function| &*function.name == name);
            methods.iter().find(is_it).map(|id| FunctionAt { file: class.file, id: *id })
        })
    }

    /// Methods that may stand in for one that is only declared: those of the heirs of its class; where nobody says what
    /// he implements, all of the same name.
    pub(crate) fn implementations(&self, declared: FunctionAt) -> Vec<FunctionAt> {
        let (Some(here), Some(file)) = (self.function(declared), self.file(declared.file)) else {
            return Vec::new();
        };
        let Some(class) = here.class else { return Vec::new() };
        let class = ClassAt { file: declared.file, id: class };
        if file.language != Language::Go {
            let heirs = self.heirs(class).into_iter();
            return heirs.filter_map(|heir| self.method_among(vec![heir], &here.name)).collect();
        }
        let mut found = Vec::new();
        for file in self.files_with(&here.name, file.language).into_iter().take(MAX_FILES) {
            for (index, function) in (0u32..).zip(&self.unit(file).functions) {
                if function.name == here.name
                    && function.class.is_some()
                    && !function.is_abstract
                    && function.params.len() == here.params.len()
                {
                    found.push(FunctionAt { file, id: FunctionId(index) });
                }
            }
        }
        found
    }

    /// What runs when an object of the class is made.
    pub(crate) fn constructor(&self, class: ClassAt) -> Option<FunctionAt> {
        self.method(class, CONSTRUCTOR)
    }

    /// The class and all it extends, nearest first.
    pub(crate) fn lineage(&self, class: ClassAt) -> Vec<ClassAt> {
        const MAX_LINEAGE: usize = 24;
        let mut line = vec![class];
        let mut next = 0;
        while let Some(class) = line.get(next).copied() {
            next += 1;
            let Some(here) = self.unit(class.file).class(class.id) else { continue };
            for base in &here.bases {
                for thing in self.things(At { file: class.file, expr: *base }) {
                    if let Thing::Class(base) = thing
                        && !line.contains(&base)
                        && line.len() < MAX_LINEAGE
                    {
                        line.push(base);
                    }
                }
            }
        }
        line
    }

    /// Classes that extend the class, directly or not.
    pub(crate) fn heirs(&self, class: ClassAt) -> Vec<ClassAt> {
        let unit = self.unit(class.file);
        let (Some(here), Some(file)) = (unit.class(class.id), self.file(class.file)) else {
            return Vec::new();
        };
        let mut heirs = Vec::new();
        for file in self.files_with(&here.name, file.language).into_iter().take(MAX_FILES) {
            for (index, other) in (0u32..).zip(&self.unit(file).classes) {
                let at = ClassAt { file, id: crate::ir::ClassId(index) };
                if at != class && !other.bases.is_empty() && self.lineage(at).contains(&class) {
                    heirs.push(at);
                }
            }
        }
        heirs
    }

    /// The classes of this program that a value may be of; empty where nothing says so.
    pub(crate) fn types(&self, at: At) -> Vec<ClassAt> {
        self.types_within(at, MAX_STEPS / 2)
    }

    pub(super) fn types_within(&self, at: At, left: u32) -> Vec<ClassAt> {
        if left == 0 {
            return Vec::new();
        }
        let unit = self.unit(at.file);
        let expr = unit.expr(at.expr);
        let mut classes: Vec<ClassAt> = Vec::new();
        if let Some(names) = unit.declared.get(&at.expr) {
            classes = self.classes_named(at.file, names);
            if !classes.is_empty() {
                return classes;
            }
        }
        match &expr.kind {
            Kind::This => classes.extend(self.class_around(FunctionAt { file: at.file, id: expr.function })),
            Kind::Name(_) => {
                for thing in self.things_within(at, left) {
                    match thing {
                        // A part of a value: names in a container's declared type are those of its parts.
                        Thing::Value(value, _) if value != at => {
                            classes.extend(self.types_within(value, left - 1));
                        }
                        Thing::Param(function, nth) => {
                            let param = self.function(function).and_then(|function| function.params.get(nth));
                            if let Some(param) = param {
                                classes.extend(self.classes_named(function.file, &param.types));
                            }
                        }
                        _ => {}
                    }
                }
            }
            Kind::Call { callee, .. } => {
                let mut is_known = false;
                for thing in self.things_within(At { file: at.file, expr: *callee }, left - 1) {
                    match thing {
                        Thing::Class(class) => classes.push(class),
                        Thing::Function(function) => {
                            is_known = true;
                            let Some(here) = self.function(function) else { continue };
                            let named = self.classes_named(function.file, &here.returns_type);
                            if named.is_empty() {
                                for value in here.returns.iter().take(4) {
                                    let value = At { file: function.file, expr: *value };
                                    classes.extend(self.types_within(value, left - 1));
                                }
                            }
                            classes.extend(named);
                        }
                        _ => {}
                    }
                }
                if classes.is_empty()
                    && !is_known
                    && let Kind::Field(base, _) = unit.expr(*callee).kind
                {
                    classes.extend(self.given_by(At { file: at.file, expr: base }, left - 1));
                }
            }
            Kind::Field(base, name) => {
                for class in self.types_within(At { file: at.file, expr: *base }, left - 1) {
                    classes.extend(self.field_types(class, name, left - 1));
                }
            }
            Kind::Index(base, _) => {
                classes.extend(self.types_within(At { file: at.file, expr: *base }, left - 1));
            }
            Kind::Either(parts) => {
                for part in parts {
                    classes.extend(self.types_within(At { file: at.file, expr: *part }, left - 1));
                }
            }
            _ => {}
        }
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// What a library's method gives that an object of the program is asked by: what its class is generic over, or an
    /// object like it: `repository.find(id)`, `Row::find(id)`, `found.orElseThrow()`.
    fn given_by(&self, base: At, left: u32) -> Vec<ClassAt> {
        let is_typed = |file: &crate::program::File| {
            matches!(file.language.family(), Language::Java | Language::Csharp | Language::Php)
        };
        if !self.file(base.file).is_some_and(is_typed) {
            return Vec::new();
        }
        let mut classes = Vec::new();
        let things = match self.expr(base).kind {
            Kind::Name(_) => self.things_within(base, left),
            _ => Vec::new(),
        };
        classes.extend(things.into_iter().filter_map(|thing| match thing {
            Thing::Class(class) => Some(class),
            _ => None,
        }));
        if classes.is_empty() {
            classes = self.types_within(base, left);
        }
        let of = |class: &ClassAt| {
            let unit = self.unit(class.file);
            let bases = unit.class(class.id).map(|class| class.bases.as_slice()).unwrap_or_default();
            let generic = bases.iter().flat_map(|base| match &unit.expr(*base).kind {
                Kind::Opaque(parts) => parts.as_slice(),
                _ => &[],
            });
            let names: Vec<Name> = generic
                .filter_map(|part| match &unit.expr(*part).kind {
                    Kind::Name(name) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            self.classes_named(class.file, &names)
        };
        let generic: Vec<ClassAt> = classes.iter().flat_map(of).collect();
        if generic.is_empty() { classes } else { generic }
    }

    fn field_types(&self, class: ClassAt, name: &Name, left: u32) -> Vec<ClassAt> {
        for class in self.lineage(class) {
            let unit = self.unit(class.file);
            let Some(here) = unit.class(class.id) else { continue };
            if let Some(field) = here.fields.iter().find(|field| field.name == *name) {
                let mut classes = self.classes_named(class.file, &field.types);
                if let (true, Some(value)) = (classes.is_empty(), field.default) {
                    classes = self.types_within(At { file: class.file, expr: value }, left);
                }
                if !classes.is_empty() {
                    return classes;
                }
            }
            let mut classes = Vec::new();
            for (function, nth) in unit.stores.get(name).into_iter().flatten() {
                let Some(store) = unit.function(*function).and_then(|function| function.stores.get(*nth))
                else {
                    continue;
                };
                let is_this = store.path.len() == 1
                    && self
                        .types_within(At { file: class.file, expr: store.base }, left.min(3))
                        .contains(&class);
                if is_this {
                    classes.extend(self.types_within(At { file: class.file, expr: store.value }, left));
                }
            }
            if !classes.is_empty() {
                return classes;
            }
        }
        Vec::new()
    }

    /// The class whose method the function is, or stands in.
    pub(crate) fn class_around(&self, function: FunctionAt) -> Option<ClassAt> {
        let unit = self.unit(function.file);
        let mut at = Some(function.id);
        while let Some(id) = at {
            let here = unit.function(id)?;
            if let Some(class) = here.class {
                return Some(ClassAt { file: function.file, id: class });
            }
            at = here.parent;
        }
        None
    }

    /// The classes that names in a type mean.
    pub(crate) fn classes_named(&self, file: u32, names: &[Name]) -> Vec<ClassAt> {
        let mut classes = Vec::new();
        for name in names {
            if is_plain_type(name) {
                continue;
            }
            for thing in self.visible(file, name) {
                if let Thing::Class(class) = thing {
                    classes.push(class);
                }
            }
        }
        classes
    }

    /// What a name at the top level of a file means.
    pub(crate) fn visible(&self, file: u32, name: &Name) -> Vec<Thing> {
        let things = self.symbol(file, name, MAX_STEPS);
        if things.is_empty() { self.imported(file, name, MAX_STEPS) } else { things }
    }

    /// Whether one is the other or extends it.
    pub(crate) fn are_related(&self, one: ClassAt, other: ClassAt) -> bool {
        one == other || self.lineage(one).contains(&other) || self.lineage(other).contains(&one)
    }
}

pub(super) fn is_plain_type(name: &str) -> bool {
    matches!(
        name,
        "str"
            | "int"
            | "bool"
            | "float"
            | "dict"
            | "list"
            | "Dict"
            | "List"
            | "Optional"
            | "Any"
            | "Union"
            | "None"
            | "string"
            | "number"
            | "boolean"
            | "any"
            | "unknown"
            | "void"
            | "Promise"
            | "Array"
            | "Record"
            | "tuple"
            | "Tuple"
            | "set"
            | "String"
            | "Object"
            | "error"
            | "context"
            | "interface"
            | "Result"
            | "Vec"
            | "Option"
            | "Box"
            | "Arc"
            | "HashMap"
    )
}
