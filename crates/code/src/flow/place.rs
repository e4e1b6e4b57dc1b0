//! Places: variables that are stored into, fields of objects, members of classes.

use super::{Goal, Node, Path, Search, longer, shorter};
use crate::ir::{FunctionId, Key, Kind, Name, Store};
use crate::program::{At, ClassAt, FunctionAt};
use crate::resolve::Thing;

/// Calls of one constructor that are followed.
const MAX_MAKERS: usize = 200;
/// Other files than that of a class in which stores into its fields are looked for.
const MAX_STORING: usize = 40;

impl Search<'_> {
    /// What is stored into a variable after it was defined: `v.f = x`, `v["f"] = x`, `v.append(x)`.
    pub(super) fn stores_on(&mut self, from: u32, node: &Node, at: At, name: &Name) {
        let unit = self.program.unit(at.file);
        let Some(stores) = unit.stores.get(name) else { return };
        let mine = unit.expr(at.expr).function;
        for (function, nth) in stores {
            let Some(store) = unit.function(*function).and_then(|here| here.stores.get(*nth)) else {
                continue;
            };
            if !matches!(&unit.expr(store.base).kind, Kind::Name(base) if base == name) {
                continue;
            }
            // A variable of another function that happens to have the same name is another variable.
            let is_free = unit.expr(store.base).reached.is_empty();
            let is_same = *function == mine
                || (is_free && self.stands_in(at.file, *function, mine))
                || (unit.expr(store.base).reached.is_empty() && unit.expr(at.expr).reached.is_empty());
            if is_same {
                self.stored(
                    from,
                    node,
                    FunctionAt { file: at.file, id: *function },
                    store,
                    &node.path.clone(),
                    None,
                );
            }
        }
    }

    /// Whether a function stands inside another.
    fn stands_in(&self, file: u32, function: FunctionId, outer: FunctionId) -> bool {
        let unit = self.program.unit(file);
        let mut around = unit.function(function).and_then(|function| function.parent);
        while let Some(id) = around {
            if id == outer {
                return true;
            }
            around = unit.function(id).and_then(|function| function.parent);
        }
        false
    }

    /// Goes on with what a store stores, if it is part of what is asked for.
    pub(super) fn stored(
        &mut self,
        from: u32,
        node: &Node,
        function: FunctionAt,
        store: &Store,
        path: &[Key],
        what: Option<String>,
    ) {
        let is_same = |(one, other): (&Key, &Key)| {
            one == other || matches!((one, other), (Key::Any, _) | (_, Key::Any))
        };
        if !store.path.iter().zip(path).all(is_same) {
            return;
        }
        let rest = path.get(store.path.len()..).unwrap_or_default();
        let path: Path = store.part.iter().chain(rest).cloned().collect();
        let value = At { file: function.file, expr: store.value };
        let stack = match what {
            None => node.stack.clone(),
            Some(_) => Vec::new(),
        };
        let step = what.map(|what| self.step(value, what));
        self.push(Goal::Expr(value), path, stack, Some(from), step);
    }

    pub(super) fn this(&mut self, from: u32, node: &Node, at: At) {
        let program = self.program;
        let mut function = program.function_of(at);
        while let Some(parent) = program.function(function).filter(|here| here.class.is_none()) {
            let Some(parent) = parent.parent else { break };
            function.id = parent;
        }
        // The object of somebody else's class that a function extends is what it is called on; and the object whose
        // method was entered, what that was called on.
        let is_extension = program.function(function).is_some_and(|function| function.is_extension);
        if is_extension || (program.shares_names(at.file) && !node.stack.is_empty()) {
            self.extended(from, node, function);
        }
        let Some(class) = program.class_around(program.function_of(at)) else { return };
        if let Some((Key::Named(field), rest)) = node.path.split_first() {
            self.member(from, node, class, field, rest);
        }
    }

    fn extended(&mut self, from: u32, node: &Node, function: FunctionAt) {
        let program = self.program;
        let (calls, stack) = match node.stack.split_last() {
            Some((call, stack)) => (vec![*call], stack.to_vec()),
            None => {
                let callers = self.callers.of(program, function);
                let calls = callers.iter().map(|caller| match caller {
                    super::Caller::Call(call) | super::Caller::Callback { call, .. } => *call,
                });
                (calls.collect(), Vec::new())
            }
        };
        for call in calls {
            let Kind::Call { callee, .. } = &program.expr(call).kind else { continue };
            let Kind::Field(base, name) = &program.unit(call.file).expr(*callee).kind else { continue };
            let base = At { file: call.file, expr: *base };
            // `servers.map(Server::launch)` calls it on every element.
            let here = program.function(function);
            let is_it = here.is_some_and(|here| here.name == *name);
            if !is_it && !here.is_some_and(|here| here.is_extension) {
                continue;
            }
            let path = if is_it { node.path.clone() } else { longer(Key::Any, &node.path) };
            let step = self.step(base, format!("`{name}` is called on it"));
            self.push(Goal::Expr(base), path, stack.clone(), Some(from), Some(step));
        }
    }

    pub(super) fn field(&mut self, from: u32, node: &Node, at: At, base: At, name: &Name) {
        // A name of a module or class.
        let mut is_known = false;
        for thing in self.program.things(base) {
            match thing {
                Thing::Module(file) => {
                    for thing in self.program.symbol(file, name, 8) {
                        if let Thing::Value(value, part) = thing {
                            is_known = true;
                            let path: Path = part.iter().chain(&node.path).cloned().collect();
                            self.follow_with(from, node, value, path, format!("`{name}` is made here"));
                        }
                    }
                }
                Thing::Class(class) => {
                    is_known = true;
                    self.member(from, node, class, name, &node.path);
                }
                _ => {}
            }
        }
        if is_known {
            return;
        }
        // A property: a method that is read.
        for class in self.program.types(base) {
            if let Some(method) = self.program.method(class, name) {
                self.returns(from, node, at, method, node.path.clone());
            }
        }
        self.follow(from, node, base, longer(Key::Named(name.clone()), &node.path));
    }

    /// Everything that is stored into a field of any object of the class; whether anything is.
    pub(super) fn stores_of(
        &mut self,
        from: u32,
        node: &Node,
        class: ClassAt,
        field: &Name,
        rest: &[Key],
    ) -> bool {
        let program = self.program;
        let mut family = program.lineage(class);
        family.extend(program.heirs(class));
        let full = longer(Key::Named(field.clone()), rest);
        let mut is_stored = false;
        for (file, class) in self.storing(&family, field) {
            let unit = program.unit(file);
            for (function, nth) in unit.stores.get(field).into_iter().flatten() {
                let Some(store) = unit.function(*function).and_then(|here| here.stores.get(*nth)) else {
                    continue;
                };
                if !self.is_field_store(file, store, class) {
                    continue;
                }
                is_stored = true;
                let function = FunctionAt { file, id: *function };
                let what = format!("kept in the field `{field}`");
                self.stored(from, node, function, store, &full, Some(what));
            }
        }
        is_stored
    }

    /// Where a field of these classes may be stored into: their own files, and those that share their names.
    fn storing(&self, family: &[ClassAt], field: &Name) -> Vec<(u32, ClassAt)> {
        let program = self.program;
        let mut places: Vec<(u32, ClassAt)> = family.iter().map(|class| (class.file, *class)).collect();
        let names: Vec<&Name> = family
            .iter()
            .filter_map(|class| program.unit(class.file).class(class.id))
            .map(|class| &class.name)
            .collect();
        for class in family {
            let Some(file) = program.file(class.file) else { continue };
            // Where a file has to say what it takes, it names the class, or one that extends it.
            let speaks = |other: &u32| {
                *other != class.file
                    && (program.shares_names(class.file)
                        || names.iter().any(|name| program.mentions(*other, name)))
            };
            let others = program.files_with(field, file.language).into_iter().filter(speaks);
            places.extend(others.take(MAX_STORING).map(|other| (other, *class)));
        }
        places
    }

    /// A field of any object of a class: what is stored into it anywhere, or what it is made with.
    pub(super) fn member(&mut self, from: u32, node: &Node, class: ClassAt, field: &Name, rest: &[Key]) {
        let program = self.program;
        let mut family = program.lineage(class);
        family.extend(program.heirs(class));
        let full = longer(Key::Named(field.clone()), rest);
        let is_stored = self.stores_of(from, node, class, field, rest);
        self.framework_input(from, node, class, field);
        for class in &family {
            let unit = program.unit(class.file);
            let Some(here) = unit.class(class.id) else { continue };
            if let Some(default) =
                here.fields.iter().find(|known| known.name == *field).and_then(|known| known.default)
            {
                let default = At { file: class.file, expr: default };
                self.push(Goal::Expr(default), rest.to_vec(), Vec::new(), Some(from), None);
            }
            // Fields that nobody stores are given when the object is made.
            if !is_stored || program.shares_names(class.file) {
                for maker in self.callers.makers(program, *class).iter().take(MAX_MAKERS) {
                    let step = self.step(*maker, format!("`{}` is made here", here.name));
                    self.push(Goal::Expr(*maker), full.clone(), Vec::new(), Some(from), Some(step));
                }
            }
        }
    }

    /// Whether a store goes into an object of the class: through `this`, or a variable of that type.
    fn is_field_store(&self, file: u32, store: &Store, class: ClassAt) -> bool {
        let base = At { file, expr: store.base };
        if matches!(&self.program.expr(base).kind, Kind::Name(name) if store.path.first() == Some(&Key::Named(name.clone())))
        {
            return false;
        }
        self.program.types(base).contains(&class)
    }

    /// Low-code frameworks fill fields that a class lists as its inputs.
    fn framework_input(&mut self, from: u32, node: &Node, class: ClassAt, field: &Name) {
        let program = self.program;
        let _ = node;
        for class in program.lineage(class) {
            let Some(here) = program.unit(class.file).class(class.id) else { continue };
            let inputs = here.fields.iter().filter(|known| &*known.name == "inputs");
            for list in inputs.filter_map(|inputs| inputs.default) {
                let Kind::List(parts) = &program.unit(class.file).expr(list).kind else { continue };
                for part in parts {
                    let unit = program.unit(class.file);
                    let Kind::Call { args, .. } = &unit.expr(*part).kind else { continue };
                    let is_it = args.iter().any(|arg| {
                        arg.name.as_deref() == Some("name")
                            && program.text_of(class.file, arg.value).is_some_and(|text| text == field)
                    });
                    if is_it {
                        let at = At { file: class.file, expr: *part };
                        let what = format!("the input `{field}` of a component, as saved in a flow");
                        let step = self.step(at, what);
                        self.hit(from, crate::knowledge::Origin::Account, step);
                    }
                }
            }
        }
    }

    /// What a function returns.
    pub(super) fn returns(&mut self, from: u32, node: &Node, call: At, function: FunctionAt, path: Path) {
        let Some(here) = self.program.function(function) else { return };
        let mut stack = node.stack.clone();
        stack.push(call);
        if stack.len() > super::MAX_STACK {
            stack.remove(0);
        }
        let path = match (here.is_generator, path.first()) {
            (true, Some(Key::Any)) => shorter(&path),
            _ => path,
        };
        for value in &here.returns {
            let at = At { file: function.file, expr: *value };
            let step = self.step(at, format!("`{}` returns it", here.name));
            self.push(Goal::Expr(at), path.clone(), stack.clone(), Some(from), Some(step));
        }
    }
}
