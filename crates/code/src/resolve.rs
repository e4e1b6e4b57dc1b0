//! What a name means: definitions, imports across files, what files of one package share.

mod modules;
mod types;

use std::collections::HashSet;

use crate::ir::{Defined, ExprId, FunctionId, Import, Item, Key, Kind, Name, TOP};
use crate::lower::Language;
use crate::program::{At, ClassAt, FunctionAt, Program};
use types::is_plain_type;

/// Steps from name to name before an answer is given up.
const MAX_STEPS: u32 = 12;
/// Files that are asked for a name that no import explains.
const MAX_FILES: usize = 60;

/// What a name or callee can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thing {
    Function(FunctionAt),
    Class(ClassAt),
    /// A part of a value.
    Value(At, Vec<Key>),
    /// A parameter.
    Param(FunctionAt, usize),
    /// A file, as a module.
    Module(u32),
    /// Something of a library, under its full name.
    External(String),
}

impl Program {
    /// What an expression that names something names.
    pub(crate) fn things(&self, at: At) -> Vec<Thing> {
        self.things_within(at, MAX_STEPS)
    }

    fn things_within(&self, at: At, left: u32) -> Vec<Thing> {
        if left == 0 {
            return Vec::new();
        }
        let unit = self.unit(at.file);
        let expr = unit.expr(at.expr);
        match &expr.kind {
            Kind::Name(name) => self.named(at, name, left - 1),
            Kind::Closure(id) => vec![Thing::Function(FunctionAt { file: at.file, id: *id })],
            // What a compiler makes of a call of the file's own export.
            Kind::Field(base, name) if matches!(&unit.expr(*base).kind, Kind::Name(base) if &**base == "exports") => {
                self.symbol(at.file, name, left - 1)
            }
            Kind::Field(base, name) => {
                let base = At { file: at.file, expr: *base };
                let mut things = Vec::new();
                for thing in self.things_within(base, left - 1) {
                    match thing {
                        Thing::Module(file) => things.extend(self.symbol(file, name, left - 1)),
                        Thing::External(path) => things.push(Thing::External(format!("{path}.{name}"))),
                        Thing::Class(class) => {
                            let methods = self.methods(class, name);
                            // `Module::Class` of Ruby.
                            let is_inner = methods.is_empty()
                                && self.file(at.file).is_some_and(|file| file.language == Language::Ruby)
                                && name.starts_with(char::is_uppercase);
                            if is_inner {
                                things.extend(self.anywhere(at.file, name));
                            }
                            things.extend(methods.into_iter().map(Thing::Function));
                            things.extend(self.inner_class(class, name).map(Thing::Class));
                        }
                        _ => {}
                    }
                }
                if things.is_empty() {
                    let classes = self.types_within(base, left - 1);
                    let methods = classes.iter().flat_map(|class| self.methods(*class, name));
                    things.extend(methods.map(Thing::Function));
                    if things.is_empty() && classes.is_empty() {
                        things = self.extensions(at.file, name).into_iter().map(Thing::Function).collect();
                    }
                }
                things
            }
            _ => Vec::new(),
        }
    }

    /// What a name that is read at `at` means.
    fn named(&self, at: At, name: &Name, left: u32) -> Vec<Thing> {
        let unit = self.unit(at.file);
        let expr = unit.expr(at.expr);
        let mut function = expr.function;
        if !expr.reached.is_empty() {
            return self.definitions(at.file, function, &expr.reached);
        }
        // Outside the function, every definition of the name may be the one.
        while let Some(here) = unit.function(function) {
            let of_name: Vec<u32> = (0u32..)
                .zip(&here.definitions)
                .filter(|(_, definition)| definition.name == *name)
                .map(|(index, _)| index)
                .collect();
            if !of_name.is_empty() {
                return self.definitions(at.file, function, &of_name);
            }
            match here.parent {
                Some(parent) => function = parent,
                None => break,
            }
        }
        let implied = self.implied(at, name);
        if !implied.is_empty() {
            return implied;
        }
        self.imported(at.file, name, left)
    }

    /// The class of this name inside a class.
    fn inner_class(&self, class: ClassAt, name: &Name) -> Option<ClassAt> {
        let unit = self.unit(class.file);
        let outer = unit.class(class.id)?.span;
        let is_inside = |inner: &crate::ir::Class| {
            inner.name == *name && outer.start < inner.span.start && inner.span.end <= outer.end
        };
        let (index, _) = (0u32..).zip(&unit.classes).find(|(_, inner)| is_inside(inner))?;
        Some(ClassAt { file: class.file, id: crate::ir::ClassId(index) })
    }

    /// Methods that a bare name calls on this object, or on the class around this one.
    fn implied(&self, at: At, name: &Name) -> Vec<Thing> {
        let is_implied = |language: Language| matches!(language.family(), Language::Java | Language::Csharp);
        let is_called = self.expr(at).parent.is_some_and(|parent| {
            matches!(self.unit(at.file).expr(parent).kind, Kind::Call { callee, .. } if callee == at.expr)
        });
        if !is_called || !self.file(at.file).is_some_and(|file| is_implied(file.language)) {
            return Vec::new();
        }
        let inner = self.class_around(self.function_of(at));
        let span = self.expr(at).span;
        let unit = self.unit(at.file);
        let around = (0u32..)
            .zip(&unit.classes)
            .filter(|(_, class)| class.span.start <= span.start && span.end <= class.span.end);
        let around = around.map(|(index, _)| ClassAt { file: at.file, id: crate::ir::ClassId(index) });
        let methods = inner.into_iter().chain(around).find_map(|class| {
            let methods = self.methods(class, name);
            (!methods.is_empty()).then_some(methods)
        });
        methods.unwrap_or_default().into_iter().map(Thing::Function).collect()
    }

    fn definitions(&self, file: u32, function: FunctionId, which: &[u32]) -> Vec<Thing> {
        let Some(here) = self.unit(file).function(function) else { return Vec::new() };
        let at = FunctionAt { file, id: function };
        which
            .iter()
            .filter_map(|index| here.definitions.get(*index as usize))
            .map(|definition| match &definition.value {
                Defined::Value(expr, part) => Thing::Value(At { file, expr: *expr }, part.clone()),
                Defined::Param(nth) => Thing::Param(at, *nth),
                Defined::Function(id) => Thing::Function(FunctionAt { file, id: *id }),
                Defined::Class(id) => Thing::Class(ClassAt { file, id: *id }),
            })
            .collect()
    }

    /// What the file imports under `name`, or finds in its package without saying so.
    fn imported(&self, file: u32, name: &Name, left: u32) -> Vec<Thing> {
        if left == 0 {
            return Vec::new();
        }
        let unit = self.unit(file);
        let mut things = Vec::new();
        for import in unit.imports.iter().filter(|import| import.local == *name) {
            things.extend(self.import(file, import, left - 1));
        }
        if things.is_empty() {
            for import in unit.imports.iter().filter(|import| import.item == Item::All) {
                for module in self.modules(file, &import.module) {
                    if self.mentions(module, name) {
                        things.extend(self.symbol(module, name, left - 1));
                    }
                }
                if !things.is_empty() {
                    break;
                }
            }
        }
        if things.is_empty() && self.shares_names(file) {
            things = self.anywhere(file, name);
        }
        if things.is_empty() {
            things.push(Thing::External(name.to_string()));
        }
        things
    }

    /// Whether files of this language see each other's names without naming the file.
    pub(crate) fn shares_names(&self, file: u32) -> bool {
        self.file(file)
            .is_some_and(|file| !matches!(file.language.family(), Language::Python | Language::Javascript))
    }

    fn import(&self, file: u32, import: &Import, left: u32) -> Vec<Thing> {
        let modules = self.modules(file, &import.module);
        match &import.item {
            Item::Whole if modules.is_empty() => vec![Thing::External(import.module.to_string())],
            Item::Whole => modules.into_iter().map(Thing::Module).collect(),
            Item::All => Vec::new(),
            Item::Member(name) => {
                let mut things = Vec::new();
                for module in &modules {
                    things.extend(self.symbol(*module, name, left));
                }
                // `from package import module`.
                if things.is_empty() {
                    let inner = match import.module.ends_with('.') {
                        true => format!("{}{name}", import.module),
                        false => format!("{}.{name}", import.module),
                    };
                    things.extend(self.modules(file, &inner).into_iter().map(Thing::Module));
                }
                if things.is_empty() && self.shares_names(file) {
                    things = self.anywhere(file, name);
                }
                if things.is_empty() {
                    things.push(Thing::External(format!("{}.{name}", import.module)));
                }
                things
            }
        }
    }

    /// What a file gives others under `name`.
    pub(crate) fn symbol(&self, file: u32, name: &Name, left: u32) -> Vec<Thing> {
        if left == 0 {
            return Vec::new();
        }
        let unit = self.unit(file);
        let mut things = Vec::new();
        for (_, expr) in unit.exports.iter().filter(|(export, _)| export == name) {
            let at = At { file, expr: *expr };
            let named = self.things_within(at, left - 1);
            match named.is_empty() {
                true => things.push(Thing::Value(at, Vec::new())),
                false => things.extend(named),
            }
        }
        if !things.is_empty() {
            return things;
        }
        if let Some(top) = unit.function(TOP) {
            let of_name: Vec<u32> = (0u32..)
                .zip(&top.definitions)
                .filter(|(_, definition)| definition.name == *name)
                .map(|(index, _)| index)
                .collect();
            things = self.definitions(file, TOP, &of_name);
        }
        if things.is_empty() {
            let is_named = |import: &&Import| import.local == *name || import.item == Item::All;
            for import in unit.imports.iter().filter(is_named) {
                if import.item == Item::All {
                    for module in self.modules(file, &import.module) {
                        if module != file && self.mentions(module, name) {
                            things.extend(self.symbol(module, name, left - 1));
                        }
                    }
                } else {
                    things.extend(self.import(file, import, left - 1));
                }
            }
        }
        things
    }

    /// A function, class or shared variable of this name in any file of the family that defines one. Where a folder is
    /// a package, that folder's come before all others.
    fn anywhere(&self, file: u32, name: &Name) -> Vec<Thing> {
        let Some(here) = self.file(file) else { return Vec::new() };
        let mut near = Vec::new();
        let mut far = Vec::new();
        for other in self.files_with(name, here.language).into_iter().take(MAX_FILES) {
            let is_near = self.file(other).is_some_and(|other| folder(&other.path) == folder(&here.path));
            let things = if is_near { &mut near } else { &mut far };
            let unit = self.unit(other);
            for (index, class) in (0u32..).zip(&unit.classes) {
                if class.name == *name {
                    things.push(Thing::Class(ClassAt { file: other, id: crate::ir::ClassId(index) }));
                }
            }
            for (index, function) in (0u32..).zip(&unit.functions) {
                if function.name == *name && function.class.is_none() && function.parent == Some(TOP) {
                    things.push(Thing::Function(FunctionAt { file: other, id: FunctionId(index) }));
                }
            }
            let shared = unit.function(TOP).map(|top| top.definitions.as_slice()).unwrap_or_default();
            for definition in shared.iter().filter(|definition| definition.name == *name) {
                // What a script, or a program without a class, keeps for itself is nobody else's.
                let is_shared = !matches!(here.language, Language::Csharp | Language::Php | Language::Java);
                if let Defined::Value(expr, part) = &definition.value
                    && is_shared
                    && (is_near || here.language != Language::Go)
                {
                    things.push(Thing::Value(At { file: other, expr: *expr }, part.clone()));
                }
            }
        }
        match near.is_empty() || here.language != Language::Go {
            true => near.into_iter().chain(far).collect(),
            false => near,
        }
    }

    /// The functions and classes that a callee may be, followed through variables. For a function that is only declared,
    /// also those that may stand in for it.
    pub(crate) fn callables(&self, callee: At) -> Vec<Thing> {
        let mut found = Vec::new();
        let mut waiting: Vec<(At, u32)> = vec![(callee, 0)];
        let mut left = 32;
        while let Some((at, depth)) = waiting.pop() {
            left -= 1;
            if left == 0 {
                break;
            }
            for thing in self.things(at) {
                match thing {
                    Thing::Function(_) | Thing::Class(_) if !found.contains(&thing) => found.push(thing),
                    Thing::Value(value, part) if part.is_empty() && depth < 4 && value != at => {
                        waiting.push((value, depth + 1));
                    }
                    _ => {}
                }
            }
        }
        let declared: Vec<FunctionAt> = found
            .iter()
            .filter_map(|thing| match thing {
                Thing::Function(at) if self.function(*at).is_some_and(|function| function.is_abstract) => {
                    Some(*at)
                }
                _ => None,
            })
            .collect();
        for function in declared.into_iter().flat_map(|declared| self.implementations(declared)) {
            let function = Thing::Function(function);
            if !found.contains(&function) {
                found.push(function);
            }
        }
        found
    }

    /// The ways to write what is read or called, outermost last: `flask.request.args.get`. The first part is what it is
    /// imported as, what type it is declared with, or its plain name; each gives one way.
    pub(crate) fn spellings(&self, at: At) -> Vec<String> {
        let unit = self.unit(at.file);
        let mut parts: Vec<&str> = Vec::new();
        let mut here = at.expr;
        let root: Vec<String> = loop {
            match &unit.expr(here).kind {
                Kind::Field(base, name) => {
                    parts.push(name);
                    here = *base;
                }
                Kind::Call { callee, .. } => here = *callee,
                Kind::Index(base, _) => here = *base,
                Kind::Name(name) => break self.root_spellings(At { file: at.file, expr: here }, name),
                Kind::This => break vec!["this".to_owned()],
                _ => return Vec::new(),
            }
            if parts.len() > 12 {
                return Vec::new();
            }
        };
        parts.reverse();
        let mut ways: Vec<String> = root
            .into_iter()
            .map(|root| parts.iter().fold(root, |way, part| format!("{way}.{part}")))
            .collect();
        ways.dedup();
        ways
    }

    fn root_spellings(&self, at: At, name: &Name) -> Vec<String> {
        let mut ways = Vec::new();
        for thing in self.things(at) {
            match thing {
                Thing::External(path) => ways.push(path),
                Thing::Param(function, nth) => {
                    ways.push(name.to_string());
                    let types = self.function(function).and_then(|function| function.params.get(nth));
                    for declared in types.into_iter().flat_map(|param| &param.types) {
                        if is_plain_type(declared) {
                            continue;
                        }
                        ways.push(declared.to_string());
                        for thing in self.imported(function.file, declared, 4) {
                            if let Thing::External(path) = thing {
                                ways.push(path);
                            }
                        }
                    }
                }
                // A value made by a library call: what the call is written as.
                Thing::Value(value, part) if part.is_empty() && value != at => {
                    if matches!(self.expr(value).kind, Kind::This) {
                        ways.push("this".to_owned());
                    }
                    if let Kind::Call { callee, .. } = &self.expr(value).kind {
                        let callee = At { file: value.file, expr: *callee };
                        for thing in self.things(callee) {
                            if let Thing::External(path) = thing {
                                ways.push(path);
                            }
                        }
                    }
                    ways.push(name.to_string());
                }
                _ => ways.push(name.to_string()),
            }
        }
        let mut seen = HashSet::new();
        ways.retain(|way| seen.insert(way.clone()));
        ways
    }

    /// The library name that a callee has, if it is one.
    pub(crate) fn external(&self, callee: At) -> Option<String> {
        self.things(callee).into_iter().find_map(|thing| match thing {
            Thing::External(path) => Some(path),
            _ => None,
        })
    }

    /// The function that an expression is evaluated in.
    pub(crate) fn function_of(&self, at: At) -> FunctionAt {
        FunctionAt { file: at.file, id: self.expr(at).function }
    }

    /// The string that an expression is, if it is one.
    pub(crate) fn text_of(&self, file: u32, expr: ExprId) -> Option<&Name> {
        match &self.unit(file).expr(expr).kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The folder that a file is in.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
