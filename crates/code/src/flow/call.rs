//! Calls: into functions of the program, through constructors, and past libraries.

use super::{Goal, Node, Path, Search, longer, shorter};
use crate::ir::{Arg, Key, Kind, Name, Takes};
use crate::lower::{CONSTRUCTOR, Language};
use crate::program::{At, ClassAt, FunctionAt};
use crate::resolve::Thing;

/// Files that emit events, of those that are asked which.
const MAX_EMITTERS: usize = 40;

impl Search<'_> {
    pub(super) fn call(&mut self, from: u32, node: &Node, at: At, callee: At, args: &[Arg]) {
        let mut is_known = false;
        for thing in self.program.callables(callee) {
            match thing {
                Thing::Function(function) => {
                    is_known = true;
                    self.returns(from, node, at, function, node.path.clone());
                }
                Thing::Class(class) => {
                    is_known = true;
                    self.made(from, node, at, class, args);
                }
                _ => {}
            }
        }
        if !is_known {
            for function in self.kept_functions(callee) {
                is_known = true;
                self.returns(from, node, at, function, node.path.clone());
            }
        }
        if !is_known {
            self.library(from, node, at, callee, args);
        }
    }

    /// Functions that objects are made with and keep in a field, when that field is called: `Sessions { name -> f(name) }`.
    fn kept_functions(&self, callee: At) -> Vec<FunctionAt> {
        const MAX_KEPT: usize = 20;
        let program = self.program;
        let Kind::Field(base, field) = &program.unit(callee.file).expr(callee.expr).kind else {
            return Vec::new();
        };
        if !program.shares_names(callee.file) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for class in program.types(At { file: callee.file, expr: *base }) {
            let Some(constructor) = program.constructor(class).and_then(|at| program.function(at)) else {
                continue;
            };
            let Some(nth) = constructor.params.iter().position(|param| param.name == *field) else {
                continue;
            };
            for maker in self.callers.makers(program, class).iter().take(MAX_KEPT) {
                let Kind::Call { args, .. } = &program.expr(*maker).kind else { continue };
                let named = args.iter().find(|arg| arg.name.as_ref() == Some(field));
                let Some(arg) = named.or_else(|| args.get(nth).filter(|arg| arg.name.is_none())) else {
                    continue;
                };
                for thing in program.callables(At { file: maker.file, expr: arg.value }) {
                    if let Thing::Function(function) = thing {
                        found.push(function);
                    }
                }
            }
        }
        found
    }

    /// An object that is made: a part of it is what the constructor was given for it.
    fn made(&mut self, from: u32, node: &Node, at: At, class: ClassAt, args: &[Arg]) {
        let program = self.program;
        let Some(Key::Named(field)) = node.path.first() else {
            for arg in args {
                self.follow(from, node, At { file: at.file, expr: arg.value }, Vec::new());
            }
            return;
        };
        let rest = shorter(&node.path);
        let name =
            program.unit(class.file).class(class.id).map(|class| class.name.clone()).unwrap_or_default();
        if let Some(constructor) = program.constructor(class)
            && let Some(here) = program.function(constructor)
        {
            let mut stack = node.stack.clone();
            stack.push(at);
            if stack.len() > super::MAX_STACK {
                stack.remove(0);
            }
            let mut is_stored = false;
            for store in &here.stores {
                let base = At { file: constructor.file, expr: store.base };
                let goes_there = store.path.first() == Some(&Key::Named(field.clone()))
                    && program.types(base).iter().any(|base| program.are_related(*base, class));
                if goes_there {
                    is_stored = true;
                    let rest = node.path.get(store.path.len()..).unwrap_or_default();
                    let path: Path = store.part.iter().chain(rest).cloned().collect();
                    let value = At { file: constructor.file, expr: store.value };
                    let step = self.step(value, format!("kept in the field `{field}`"));
                    self.push(Goal::Expr(value), path, stack.clone(), Some(from), Some(step));
                }
            }
            if is_stored {
                return;
            }
        }
        let declared: Vec<Name> = program
            .lineage(class)
            .into_iter()
            .rev()
            .filter_map(|class| program.unit(class.file).class(class.id))
            .flat_map(|class| class.fields.iter().map(|field| field.name.clone()))
            .collect();
        // Who has a constructor takes what that says, not the fields in order.
        let nth = match program.constructor(class) {
            None => declared.iter().position(|known| known == field),
            Some(_) => None,
        };
        let mut is_given = false;
        for (index, arg) in args.iter().enumerate() {
            let value = At { file: at.file, expr: arg.value };
            let what = format!("given to `{name}` as `{field}`");
            match &arg.name {
                Some(known) if known == field => self.follow_with(from, node, value, rest.clone(), what),
                Some(known) if known.is_empty() => self.follow(from, node, value, node.path.clone()),
                // A record in the place of named arguments.
                None if matches!(program.expr(value).kind, Kind::Record(_)) => {
                    self.follow(from, node, value, node.path.clone());
                }
                // Rows of a class that does not say which fields it has.
                None if declared.is_empty() && program.shares_names(at.file) => {
                    self.follow(from, node, value, node.path.clone());
                }
                None if nth == Some(index) => self.follow_with(from, node, value, rest.clone(), what),
                _ => continue,
            }
            is_given = true;
        }
        if is_given {
            return;
        }
        // What a literal leaves out is nothing, until it is stored.
        let is_literal = matches!(program.expr(at).kind, Kind::Call { is_new: true, .. })
            && program.shares_names(at.file)
            && program.constructor(class).is_none();
        match is_literal {
            true => {
                self.stores_of(from, node, class, field, &rest);
            }
            false => self.member(from, node, class, field, &rest),
        }
    }

    /// A call of something that is not part of the program.
    fn library(&mut self, from: u32, node: &Node, at: At, callee: At, args: &[Arg]) {
        let program = self.program;
        let unit = program.unit(at.file);
        let name = unit.callee_name(callee.expr).cloned().unwrap_or_default();
        let receiver = match unit.expr(callee.expr).kind {
            Kind::Field(base, _) => Some(At { file: at.file, expr: base }),
            _ => None,
        };
        let here = |arg: &Arg| At { file: at.file, expr: arg.value };
        let passes = &self.knowledge(at.file).passes;
        if passes.nothing.iter().any(|known| **known == *name) {
            return;
        }
        if let Some(Key::Named(asked)) = node.path.first()
            && passes.builders.iter().any(|known| **known == **asked)
            && passes.builders.iter().any(|known| **known == *name)
        {
            for arg in args.iter().filter(|_| *asked == name) {
                self.follow(from, node, here(arg), shorter(&node.path));
            }
            if let Some(base) = receiver {
                self.follow(from, node, base, node.path.clone());
            }
            return;
        }
        if let ("recv" | "try_recv" | "blocking_recv" | "next", Some(receiver)) = (&*name, receiver)
            && self.received(from, node, receiver)
        {
            return;
        }
        match (&*name, receiver, args) {
            // `a.get("k", default)`, `getattr(a, "k", default)`.
            (
                "get" | "pop" | "setdefault" | "getOrDefault" | "at" | "dig" | "fetch",
                Some(base),
                [key, rest @ ..],
            ) if key.name.is_none() => {
                let is_text = program.text_of(at.file, key.value);
                let key = is_text.map_or(Key::Any, |text| Key::Named(text.clone()));
                self.follow(from, node, base, longer(key, &node.path));
                for default in rest {
                    self.follow(from, node, here(default), node.path.clone());
                }
            }
            ("getattr", None, [base, key, rest @ ..]) => {
                let is_text = program.text_of(at.file, key.value);
                let key = is_text.map_or(Key::Any, |text| Key::Named(text.clone()));
                self.follow(from, node, here(base), longer(key, &node.path));
                for default in rest {
                    self.follow(from, node, here(default), node.path.clone());
                }
            }
            // Pairs of key and value: what is asked for is the value of one.
            ("items" | "entries" | "iteritems" | "entrySet", base, args) => {
                let base = base.filter(|_| args.is_empty()).or_else(|| args.first().map(here));
                let path = match node.path.get(..2) {
                    Some([Key::Any, Key::Named(nth)]) if &**nth == "1" => {
                        longer(Key::Any, node.path.get(2..).unwrap_or_default())
                    }
                    // The keys are as tainted as the whole.
                    _ => Vec::new(),
                };
                if let Some(base) = base {
                    self.follow(from, node, base, path);
                }
            }
            ("enumerate", None, [base, ..]) => {
                let path = match node.path.get(..2) {
                    Some([Key::Any, Key::Named(nth)]) if &**nth == "1" => {
                        longer(Key::Any, node.path.get(2..).unwrap_or_default())
                    }
                    Some([Key::Any, Key::Named(_)]) => return,
                    _ => node.path.clone(),
                };
                self.follow(from, node, here(base), path);
            }
            ("zip", None, args) => {
                let nth = match node.path.get(1) {
                    Some(Key::Named(nth)) => nth.parse::<usize>().ok(),
                    _ => None,
                };
                for (index, arg) in
                    args.iter().enumerate().filter(|(index, _)| nth.is_none_or(|nth| nth == *index))
                {
                    let _ = index;
                    let path = longer(Key::Any, node.path.get(2..).unwrap_or_default());
                    self.follow(from, node, here(arg), path);
                }
            }
            (
                "map" | "flatMap" | "filter_map" | "collect" | "flat_map" | "then" | "let" | "run",
                Some(base),
                [function, ..],
            ) => {
                self.mapped(from, node, at, here(function), base);
            }
            ("Depends" | "Security", None, [function, ..]) => {
                for thing in program.callables(here(function)) {
                    if let Thing::Function(function) = thing {
                        self.returns(from, node, at, function, node.path.clone());
                    }
                }
            }
            // One of a class's own objects, chosen by name.
            ("valueOf" | "tryFrom" | "from" | "parse" | "Parse", Some(base), [_]) if self.is_enum(base) => {}
            _ if self.accessor(from, node, at, &name, receiver, args) => {}
            _ if self.fluent(from, node, at, &name, receiver, args) => {}
            _ => {
                // Which of several results it is says nothing about the arguments.
                let is_position = |name: &Name| name.bytes().all(|digit| digit.is_ascii_digit());
                let without = Node {
                    path: match node.path.first() {
                        Some(Key::Named(name)) if is_position(name) => shorter(&node.path),
                        _ => node.path.clone(),
                    },
                    ..node.clone()
                };
                let node = &without;
                if let Some(base) = receiver {
                    self.follow(from, node, base, node.path.clone());
                }
                self.stored_objects(from, node, at, &name, receiver, args);
                self.filled_by_closures(from, node, at, args);
                if passes.chooses(&name) {
                    return;
                }
                // A member that is named is that one: `Options { Command = c, Folder = f }`.
                let asked = node.path.first();
                let is_asked = |arg: &&Arg| {
                    let name = arg.name.as_ref().filter(|name| !name.is_empty());
                    name.is_some_and(|name| asked == Some(&Key::Named(name.clone())))
                };
                if let Some(named) = args.iter().find(is_asked) {
                    self.follow(from, node, here(named), shorter(&node.path));
                    return;
                }
                // A literal has the members that it is given, and no others.
                let is_literal = matches!(program.expr(at).kind, Kind::Call { is_new: true, .. });
                let is_named = |arg: &Arg| arg.name.as_ref().is_some_and(|name| !name.is_empty());
                if is_literal && matches!(asked, Some(Key::Named(_))) && args.iter().all(is_named) {
                    return;
                }
                for arg in args {
                    self.follow(from, node, here(arg), node.path.clone());
                    self.handed(from, node, at, here(arg));
                }
            }
        }
    }

    /// What a function gives that is handed to a library: `supplyAsync(() -> f(x))`, `transaction { f(x) }`.
    fn handed(&mut self, from: u32, node: &Node, at: At, arg: At) {
        if !matches!(self.program.expr(arg).kind, Kind::Closure(_)) {
            return;
        }
        for thing in self.program.callables(arg) {
            if let Thing::Function(function) = thing {
                self.returns(from, node, at, function, node.path.clone());
            }
        }
    }

    fn is_enum(&self, base: At) -> bool {
        let program = self.program;
        matches!(program.expr(base).kind, Kind::Name(_))
            && program.things(base).iter().any(|thing| matches!(thing, Thing::Class(_)))
    }

    /// `x.getCommand()` and `x.command()` where nobody wrote such a method: the field `command`. Whether it is one.
    fn accessor(
        &mut self,
        from: u32,
        node: &Node,
        at: At,
        name: &str,
        receiver: Option<At>,
        args: &[Arg],
    ) -> bool {
        let program = self.program;
        let is_java = program.file(at.file).is_some_and(|file| file.language.family() == Language::Java);
        let (Some(base), true, true) = (receiver, args.is_empty(), is_java || name.starts_with("get")) else {
            return false;
        };
        let classes = program.types(base);
        let declares = |field: &str| {
            classes.iter().flat_map(|class| program.lineage(*class)).any(|class| {
                let class = program.unit(class.file).class(class.id);
                class.is_some_and(|class| class.fields.iter().any(|known| &*known.name == field))
            })
        };
        let plain = ["get", "is"].iter().filter_map(|verb| name.strip_prefix(verb)).map(uncapitalized);
        let Some(field) = plain.chain([name.to_owned()]).find(|field| declares(field)) else { return false };
        let path = longer(Key::Named(Name::from(field)), &node.path);
        self.follow(from, node, base, path);
        true
    }

    /// `row.title(t).command(c)` of a builder that nobody wrote: `command` is `c`, and `title` is not in it.
    fn fluent(
        &mut self,
        from: u32,
        node: &Node,
        at: At,
        name: &str,
        receiver: Option<At>,
        args: &[Arg],
    ) -> bool {
        let program = self.program;
        let (Some(base), [arg], Some(Key::Named(asked))) = (receiver, args, node.path.first()) else {
            return false;
        };
        let classes: Vec<ClassAt> =
            program.types(base).into_iter().flat_map(|class| program.lineage(class)).collect();
        let fields = || {
            classes
                .iter()
                .filter_map(|class| program.unit(class.file).class(class.id))
                .flat_map(|class| &class.fields)
        };
        let plain = ["set", "with"].iter().filter_map(|verb| name.strip_prefix(verb)).map(uncapitalized);
        let Some(set) = plain.chain([name.to_owned()]).find(|set| fields().any(|known| *known.name == **set))
        else {
            return false;
        };
        match **asked == *set {
            true => self.follow(from, node, At { file: at.file, expr: arg.value }, shorter(&node.path)),
            false if fields().any(|known| known.name == *asked) => {
                self.follow(from, node, base, node.path.clone())
            }
            false => return false,
        }
        true
    }

    /// What comes out of a `Receiver<T>` was sent into a `Sender<T>`; the two ends are known by their declared types.
    fn received(&mut self, from: u32, node: &Node, receiver: At) -> bool {
        let program = self.program;
        let Some(mut carried) = declared(program, receiver, "Receiver") else { return false };
        carried.retain(|name| &**name != "Receiver");
        let Some(language) = program.file(receiver.file).map(|file| file.language) else { return false };
        let mut is_known = false;
        for file in program.files_with("Sender", language) {
            let unit = program.unit(file);
            let calls = ["send", "try_send", "blocking_send"].iter().filter_map(|name| unit.calls.get(*name));
            for call in calls.flatten() {
                let Kind::Call { callee, args, .. } = &unit.expr(*call).kind else { continue };
                let (Kind::Field(base, _), Some(sent)) = (&unit.expr(*callee).kind, args.first()) else {
                    continue;
                };
                let types = declared(program, At { file, expr: *base }, "Sender").unwrap_or_default();
                if types.last().is_some_and(|last| carried.last() == Some(last)) {
                    is_known = true;
                    let value = At { file, expr: sent.value };
                    let step = self.step(value, "sent through a channel".to_owned());
                    self.push(Goal::Expr(value), node.path.clone(), Vec::new(), Some(from), Some(step));
                }
            }
        }
        is_known
    }

    /// `build(|b| { b.arg(x); })`: what a closure stores into what it is given.
    fn filled_by_closures(&mut self, from: u32, node: &Node, at: At, args: &[Arg]) {
        let unit = self.program.unit(at.file);
        for arg in args {
            let Kind::Closure(id) = unit.expr(arg.value).kind else { continue };
            let Some(closure) = unit.function(id) else { continue };
            let Some(given) = closure.params.first().map(|param| param.name.clone()) else { continue };
            for store in &closure.stores {
                if matches!(&unit.expr(store.base).kind, Kind::Name(name) if *name == given) {
                    self.stored(
                        from,
                        node,
                        FunctionAt { file: at.file, id },
                        store,
                        &node.path.clone(),
                        None,
                    );
                }
            }
        }
    }

    /// `xs.map(f)`, `promise.then(f)`: the result, or its elements, are what `f` returns.
    fn mapped(&mut self, from: u32, node: &Node, at: At, function: At, base: At) {
        let path = match node.path.first() {
            Some(Key::Any) => shorter(&node.path),
            _ => node.path.clone(),
        };
        let mut is_known = false;
        for thing in self.program.callables(function) {
            if let Thing::Function(function) = thing {
                is_known = true;
                self.returns(from, node, at, function, path.clone());
            }
        }
        if !is_known {
            self.follow(from, node, base, node.path.clone());
        }
    }

    /// A library call that is given a class of the program, and whose result is read: rows of that class.
    fn stored_objects(
        &mut self,
        from: u32,
        node: &Node,
        at: At,
        name: &str,
        receiver: Option<At>,
        args: &[Arg],
    ) {
        let Some(Key::Named(field)) = node.path.iter().find(|key| matches!(key, Key::Named(_))) else {
            return;
        };
        let mentioned = args.iter().map(|arg| At { file: at.file, expr: arg.value }).chain(receiver);
        // `context.Servers.First(…)`: the row is of the class that the table is of.
        if self.program.file(at.file).is_some_and(|file| file.language == Language::Csharp) {
            for class in self.program.types(at) {
                if self.has_column(class, field) {
                    self.row(from, node, at, class, field);
                }
            }
        }
        // `Row.objects.get(…)`: the class stands at the beginning of the chain.
        let first = receiver.map(|base| {
            let (root, _) = crate::reach::root(self.program.unit(at.file), base.expr);
            At { file: at.file, expr: root }
        });
        for value in mentioned.take(6).chain(first) {
            let mut classes: Vec<ClassAt> = Vec::new();
            for thing in self.program.things(value) {
                match thing {
                    Thing::Class(class) => classes.push(class),
                    // `First(&row)`: an object that is filled.
                    Thing::Value(..) | Thing::Param(..) if self.knowledge(at.file).passes.chooses(name) => {
                        classes.extend(self.program.types(value));
                    }
                    _ => {}
                }
            }
            for class in classes {
                if self.has_column(class, field) && name != "isinstance" {
                    self.row(from, node, at, class, field);
                }
            }
        }
    }

    /// A field of a row that was stored, and is read back.
    fn row(&mut self, from: u32, node: &Node, at: At, class: ClassAt, field: &Name) {
        let rest: Path =
            node.path.iter().skip_while(|key| **key != Key::Named(field.clone())).skip(1).cloned().collect();
        let step = self.step(at, format!("`{field}` of a stored row is read back"));
        self.push(Goal::Expr(at), vec![Key::Named("#row".into())], Vec::new(), Some(from), Some(step));
        let row = (self.nodes.len() - 1) as u32;
        self.member(row, node, class, field, &rest);
    }

    /// Whether rows of the class have this field: where it is declared, or the columns are those of the table.
    fn has_column(&self, class: ClassAt, field: &Name) -> bool {
        let unit = self.program.unit(class.file);
        let Some(here) = unit.class(class.id) else { return false };
        let is_mapped = |base: &crate::ir::ExprId| {
            let name = unit.callee_name(*base).map(|name| &**name);
            matches!(name, Some("Model" | "Authenticatable" | "Pivot" | "Document"))
        };
        let is_php = self.program.file(class.file).is_some_and(|file| file.language == Language::Php);
        here.fields.iter().any(|known| known.name == *field) || (is_php && here.bases.iter().any(is_mapped))
    }

    pub(super) fn param(&mut self, from: u32, node: &Node, function: FunctionAt, nth: usize) {
        let program = self.program;
        let Some(here) = program.function(function) else { return };
        let Some(param) = here.params.get(nth) else { return };
        let called = match (&*here.name, here.class) {
            (CONSTRUCTOR, Some(class)) => program.unit(function.file).class(class).map(|class| &class.name),
            ("", _) => None,
            _ => Some(&here.name),
        };
        let what = match called {
            Some(called) => format!("passed to `{called}` as `{}`", param.name),
            None => format!("passed as `{}`", param.name),
        };
        // What a dependency gives does not come from the caller, and has sources of its own.
        let dependencies = param.default.iter().chain(&param.decorators).copied();
        let mut is_injected = false;
        for value in dependencies {
            let at = At { file: function.file, expr: value };
            let inner = dependency(program, at);
            if let Some(inner) = inner {
                is_injected = true;
                self.push(Goal::Expr(inner), node.path.clone(), Vec::new(), Some(from), None);
            }
        }
        if let Some(handler) = self.callers.handler(program, function).filter(|_| !is_injected)
            && !handler.gives(&param.types)
            && (handler.types.is_empty() || handler.is_typed(&param.types))
            && (handler.param.is_empty() || self.is_marked(function.file, param, &handler.param))
        {
            if handler.is_tool && self.says_nothing(function, nth, &node.path) {
                return;
            }
            let source = super::Step {
                file: function.file,
                span: param.span,
                what: format!("`{}` is {}", param.name, handler.what),
            };
            self.hit(from, handler.origin, source);
            return;
        }
        if let Some((call, stack)) = node.stack.split_last() {
            let mut inner = node.clone();
            inner.stack = stack.to_vec();
            for (value, path) in self.arguments(*call, function, nth, &node.path, 0) {
                let step = self.step(value, what.clone());
                self.push(Goal::Expr(value), path, inner.stack.clone(), Some(from), Some(step));
            }
            return;
        }
        let callers = self.callers.of(program, function);
        for caller in callers.iter() {
            let values = match caller {
                super::Caller::Call(call) => self.arguments(*call, function, nth, &node.path, 0),
                super::Caller::Callback { call, nth: which } => {
                    self.callback_arguments(*call, *which, function, nth, &node.path)
                }
            };
            for (value, path) in values {
                let step = self.step(value, what.clone());
                self.push(Goal::Expr(value), path, Vec::new(), Some(from), Some(step));
            }
        }
        if callers.is_empty()
            && let Some(default) = param.default
        {
            let default = At { file: function.file, expr: default };
            self.push(Goal::Expr(default), node.path.clone(), Vec::new(), Some(from), None);
        }
    }

    fn is_marked(&self, file: u32, param: &crate::ir::Param, marks: &[String]) -> bool {
        let unit = self.program.unit(file);
        param.decorators.iter().any(|decorator| {
            let callee = match &unit.expr(*decorator).kind {
                Kind::Call { callee, .. } => *callee,
                _ => *decorator,
            };
            unit.callee_name(callee).is_some_and(|name| marks.iter().any(|mark| **mark == **name))
        })
    }

    /// What a call gives for the nth parameter. `skip` positional arguments come before the first.
    fn arguments(
        &self,
        call: At,
        function: FunctionAt,
        nth: usize,
        path: &[Key],
        skip: usize,
    ) -> Vec<(At, Path)> {
        let program = self.program;
        let Some(param) = program.function(function).and_then(|here| here.params.get(nth)) else {
            return Vec::new();
        };
        let Kind::Call { args, .. } = &program.expr(call).kind else { return Vec::new() };
        let here = |arg: &Arg| At { file: call.file, expr: arg.value };
        let mut found = Vec::new();
        let mut position = 0;
        for arg in args.iter().skip(skip) {
            match (&arg.name, arg.is_spread) {
                (Some(name), true) if name.is_empty() => {
                    let path = match param.takes {
                        Takes::Named => path.to_vec(),
                        _ => longer(Key::Named(param.name.clone()), path),
                    };
                    found.push((here(arg), path));
                }
                (Some(name), _) if *name == param.name => found.push((here(arg), path.to_vec())),
                (Some(name), _) => {
                    let is_gathered = param.takes == Takes::One
                        && nth == position
                        && program.shares_names(call.file)
                        && program.function(function).is_some_and(|here| {
                            here.params.iter().all(|param| param.name != *name && param.takes != Takes::Named)
                        });
                    if (param.takes == Takes::Named || is_gathered)
                        && path.first().is_none_or(|key| *key == Key::Named(name.clone()))
                    {
                        found.push((here(arg), shorter(path)));
                    }
                }
                (None, true) => {
                    if nth >= position {
                        let path = match param.takes {
                            Takes::Rest => path.to_vec(),
                            _ => longer(Key::Any, path),
                        };
                        found.push((here(arg), path));
                    }
                    position += 1;
                }
                (None, false) => {
                    if param.takes == Takes::Rest && position >= nth {
                        found.push((here(arg), shorter(path)));
                    } else if position == nth && param.takes == Takes::One {
                        found.push((here(arg), path.to_vec()));
                    }
                    position += 1;
                }
            }
        }
        if found.is_empty()
            && let Some(default) = param.default
        {
            found.push((At { file: function.file, expr: default }, path.to_vec()));
        }
        found
    }

    /// What a function that is handed over is called with by whoever takes it.
    fn callback_arguments(
        &self,
        call: At,
        which: usize,
        function: FunctionAt,
        nth: usize,
        path: &[Key],
    ) -> Vec<(At, Path)> {
        let program = self.program;
        let Kind::Call { callee, args, .. } = &program.expr(call).kind else { return Vec::new() };
        let unit = program.unit(call.file);
        let here = |arg: &Arg| At { file: call.file, expr: arg.value };
        let mut found = Vec::new();
        // `bus.on("x", f)`: what `emit("x", …)` says.
        let event = match (unit.callee_name(*callee).map(|name| &**name), args.first()) {
            (Some("on" | "once" | "addListener"), Some(arg)) => program.text_of(call.file, arg.value),
            _ => None,
        };
        if let (Some(event), Some(language)) = (event, program.file(call.file).map(|file| file.language)) {
            for file in program.files_with("emit", language).into_iter().take(MAX_EMITTERS) {
                for emitted in program.unit(file).calls.get("emit").into_iter().flatten() {
                    let at = At { file, expr: *emitted };
                    let Kind::Call { args, .. } = &program.expr(at).kind else { continue };
                    if args.first().is_some_and(|arg| program.text_of(file, arg.value) == Some(event)) {
                        found.extend(self.arguments(at, function, nth, path, 1));
                    }
                }
            }
        }
        // Taken by a function of the program: what that calls its parameter with.
        for thing in program.callables(At { file: call.file, expr: *callee }) {
            let Thing::Function(taker) = thing else { continue };
            let name = args.get(which).and_then(|arg| arg.name.clone());
            let param = program.function(taker).and_then(|here| match name {
                Some(name) => here.params.iter().find(|param| param.name == name),
                None => here.params.get(which),
            });
            let Some(param) = param else { continue };
            for inner in program.unit(taker.file).calls.get(&param.name).into_iter().flatten() {
                found.extend(self.arguments(At { file: taker.file, expr: *inner }, function, nth, path, 0));
            }
        }
        if !found.is_empty() {
            return found;
        }
        // `Thread(target=f, args=(x,))`, `to_thread(f, x)`, `partial(f, x)`.
        for arg in args {
            match arg.name.as_deref() {
                Some("args") => found.push((here(arg), longer(crate::lower::position(nth), path))),
                Some("kwargs") => {
                    let param = program.function(function).and_then(|here| here.params.get(nth));
                    if let Some(param) = param {
                        found.push((here(arg), longer(Key::Named(param.name.clone()), path)));
                    }
                }
                _ => {}
            }
        }
        found.extend(self.arguments(call, function, nth, path, which + 1));
        // `xs.forEach(f)`, `promise.then(f)`.
        if let Kind::Field(base, method) = &unit.expr(*callee).kind {
            let base = At { file: call.file, expr: *base };
            match (&**method, nth) {
                ("then" | "let" | "also" | "run" | "tap" | "ifPresent" | "and_then", 0) => {
                    found.push((base, path.to_vec()))
                }
                ("reduce" | "each" | "each_pair", 1)
                | (
                    "map" | "forEach" | "filter" | "flatMap" | "filter_map" | "flat_map" | "each"
                    | "each_pair" | "each_value" | "each_with_index" | "for_each" | "find" | "some" | "every"
                    | "collect" | "Select" | "ForEach" | "select",
                    0,
                ) => {
                    found.push((base, longer(Key::Any, path)));
                }
                _ => {}
            }
        }
        found
    }
}

/// The names in the declared type of a variable, where `wanted` is one of them.
fn declared(program: &crate::program::Program, at: At, wanted: &str) -> Option<Vec<Name>> {
    let (root, path) = crate::reach::root(program.unit(at.file), at.expr);
    let has = |types: &[Name]| types.iter().any(|name| &**name == wanted).then(|| types.to_vec());
    if let [Key::Named(field)] = path.as_slice() {
        let classes = program.types(At { file: at.file, expr: root });
        return classes.into_iter().find_map(|class| {
            let here = program.unit(class.file).class(class.id)?;
            has(&here.fields.iter().find(|known| known.name == *field)?.types)
        });
    }
    // Through a pattern, `State(sender): State<Sender<T>>`.
    let mut next = At { file: at.file, expr: root };
    for _ in 0..4 {
        match program.things(next).into_iter().next()? {
            Thing::Param(function, nth) => return has(&program.function(function)?.params.get(nth)?.types),
            Thing::Value(value, _) => next = value,
            _ => return None,
        }
    }
    None
}

/// `Depends(f)` somewhere in a default or an annotation.
fn dependency(program: &crate::program::Program, at: At) -> Option<At> {
    let unit = program.unit(at.file);
    let mut waiting = vec![at.expr];
    let mut left = 20;
    while let Some(expr) = waiting.pop() {
        left -= 1;
        if left == 0 {
            break;
        }
        let kind = &unit.expr(expr).kind;
        if let Kind::Call { callee, .. } = kind
            && matches!(unit.callee_name(*callee).map(|name| &**name), Some("Depends" | "Security"))
        {
            return Some(At { file: at.file, expr });
        }
        waiting.extend(crate::reach::parts(kind));
    }
    None
}

/// `Command` as the name of a field: `command`.
fn uncapitalized(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
