//! What a name means: imports across files, classes and their bases, the class of a value.

use std::collections::HashSet;

use crate::ir::{Defined, ExprId, FunctionId, Import, Item, Key, Kind, Name, TOP};
use crate::lower::{CONSTRUCTOR, Language};
use crate::program::{At, ClassAt, FunctionAt, Program, without_ending};

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
                            things.extend(self.method(class, name).map(Thing::Function));
                        }
                        _ => {}
                    }
                }
                if things.is_empty() {
                    let classes = self.types_within(base, left - 1);
                    let methods = classes.iter().filter_map(|class| self.method(*class, name));
                    things.extend(methods.map(Thing::Function));
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
        self.imported(at.file, name, left)
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
    fn shares_names(&self, file: u32) -> bool {
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

    /// A function or class of this name in any file of the family that defines one, the nearest first.
    fn anywhere(&self, file: u32, name: &Name) -> Vec<Thing> {
        let Some(here) = self.file(file) else { return Vec::new() };
        let mut things = Vec::new();
        for other in self.files_with(name, here.language).into_iter().take(MAX_FILES) {
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
        }
        things
    }

    /// The files that `module`, written in `file`, may be.
    pub(crate) fn modules(&self, file: u32, module: &str) -> Vec<u32> {
        let Some(here) = self.file(file) else { return Vec::new() };
        let folder = here.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wanted = match here.language.family() {
            Language::Python => {
                let bare = module.trim_start_matches('.');
                let dots = module.len() - bare.len();
                let rest = bare.replace('.', "/");
                if dots == 0 {
                    return self.ending_with(&rest, &here.path);
                }
                let mut above = folder;
                for _ in 1..dots {
                    above = above.rsplit_once('/').map_or("", |(above, _)| above);
                }
                joined(above, &rest)
            }
            Language::Javascript => {
                let is_relative = module.starts_with('.');
                let alias = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/"));
                if let Some(rest) = alias {
                    return self.ending_with(without_script_ending(rest), &here.path);
                }
                if !is_relative {
                    return Vec::new();
                }
                without_script_ending(&normal(folder, module)).to_owned()
            }
            _ => return Vec::new(),
        };
        self.exactly(&wanted, here.language)
    }

    fn exactly(&self, path: &str, language: Language) -> Vec<u32> {
        let stem = path.rsplit('/').next().unwrap_or(path);
        let is_it = |file: &&u32| {
            self.file(**file).is_some_and(|file| {
                file.language.family() == language.family() && module_path(&file.path) == path
            })
        };
        self.with_stem(stem).iter().filter(is_it).copied().collect()
    }

    /// Files whose path ends with `path`; of several, those that share most of their folders with `near`.
    fn ending_with(&self, path: &str, near: &str) -> Vec<u32> {
        let stem = path.rsplit('/').next().unwrap_or(path);
        let is_it = |file: &u32| {
            self.file(*file).is_some_and(|file| {
                module_path(&file.path)
                    .strip_suffix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            })
        };
        let mut found: Vec<(usize, u32)> = self
            .with_stem(stem)
            .iter()
            .copied()
            .filter(is_it)
            .map(|file| {
                let path = self.file(file).map_or("", |file| file.path.as_str());
                let shared = path.bytes().zip(near.bytes()).take_while(|(a, b)| a == b).count();
                (shared, file)
            })
            .collect();
        found.sort_by_key(|(shared, file)| (std::cmp::Reverse(*shared), *file));
        found.into_iter().map(|(_, file)| file).take(1).collect()
    }

    /// The method that objects of the class answer to `name` with.
    pub(crate) fn method(&self, class: ClassAt, name: &str) -> Option<FunctionAt> {
        self.lineage(class).into_iter().find_map(|class| {
            let unit = self.unit(class.file);
            let methods = &unit.class(class.id)?.methods;
            let is_it =
                |id: &&FunctionId| unit.function(**id).is_some_and(|function| &*function.name == name);
            methods.iter().find(is_it).map(|id| FunctionAt { file: class.file, id: *id })
        })
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

    fn types_within(&self, at: At, left: u32) -> Vec<ClassAt> {
        if left == 0 {
            return Vec::new();
        }
        let unit = self.unit(at.file);
        let expr = unit.expr(at.expr);
        let mut classes: Vec<ClassAt> = Vec::new();
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
                for thing in self.things_within(At { file: at.file, expr: *callee }, left - 1) {
                    match thing {
                        Thing::Class(class) => classes.push(class),
                        Thing::Function(function) => {
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

fn is_plain_type(name: &str) -> bool {
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
    )
}

/// The path by which others import a file.
fn module_path(path: &str) -> &str {
    let bare = without_ending(path);
    let bare = bare.strip_suffix(".d").unwrap_or(bare);
    bare.strip_suffix("/__init__").or_else(|| bare.strip_suffix("/index")).unwrap_or(bare)
}

fn without_script_ending(path: &str) -> &str {
    const ENDINGS: [&str; 8] = [".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx"];
    let bare = ENDINGS.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    bare.strip_suffix("/index").unwrap_or(bare)
}

fn joined(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

/// `folder` and then `relative`, without `.` and `..`.
fn normal(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Program {
    /// The functions and classes that a callee may be, followed through variables.
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
        found
    }
}
