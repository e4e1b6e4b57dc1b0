//! Who calls a function, and whether a framework does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::ir::{ExprId, FunctionId, Kind, Name};
use crate::knowledge::{Handler, Knowledge};
use crate::lower::{CONSTRUCTOR, Language};
use crate::program::{At, ClassAt, FunctionAt, Program};
use crate::resolve::Thing;
use crate::tools::{Tool, Tools};

/// Files that may mention a method before its bare name says too little.
const RARE: usize = 40;

/// Methods that a library gives a class, and that store what they are given in a row of it.
const FILLERS: [&str; 9] = [
    "create",
    "make",
    "forceCreate",
    "firstOrCreate",
    "updateOrCreate",
    "insert",
    "fill",
    "forceFill",
    "update",
];

/// One place from which a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// By name.
    Call(At),
    /// It is the nth argument of a call, and whoever takes it calls it.
    Callback { call: At, nth: usize },
}

/// Callers that were found, for all searches.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    tools: Tools,
    known: Mutex<HashMap<FunctionAt, Arc<Vec<Caller>>>>,
    made: Mutex<HashMap<ClassAt, Arc<Vec<At>>>>,
}

impl Callers {
    /// Of a program that has these tools.
    pub(crate) fn new(tools: Tools) -> Self {
        Callers { tools, ..Callers::default() }
    }

    /// Whether clients of a server call the function, and how it came to that.
    pub(crate) fn tool(&self, function: FunctionAt) -> Option<&Tool> {
        self.tools.get(&function)
    }

    /// Every caller of the function.
    pub(crate) fn of(&self, program: &Program, function: FunctionAt) -> Arc<Vec<Caller>> {
        if let Some(known) = self.known.lock().ok().and_then(|known| known.get(&function).cloned()) {
            return known;
        }
        let found = Arc::new(find(program, function));
        if let Ok(mut known) = self.known.lock() {
            known.insert(function, Arc::clone(&found));
        }
        found
    }

    /// Every place where an object of exactly this class is made.
    pub(crate) fn makers(&self, program: &Program, class: ClassAt) -> Arc<Vec<At>> {
        if let Some(known) = self.made.lock().ok().and_then(|made| made.get(&class).cloned()) {
            return known;
        }
        let found = Arc::new(makers(program, class));
        if let Ok(mut made) = self.made.lock() {
            made.insert(class, Arc::clone(&found));
        }
        found
    }

    /// What makes a framework call the function with values from outside.
    pub(crate) fn handler(&self, program: &Program, function: FunctionAt) -> Option<&'static Handler> {
        if let Some(tool) = self.tools.get(&function) {
            return Some(tool.handler);
        }
        let here = program.function(function)?;
        let file = program.file(function.file)?;
        let unit = program.unit(function.file);
        let handlers = &Knowledge::of(file.language).handlers;
        let speaks = |handler: &&Handler| {
            !handler.is_tool
                && (handler.with.is_empty()
                    || handler.with.iter().any(|word| program.mentions(function.file, word)))
        };
        let last_name = |expr: ExprId| {
            let callee = match &unit.expr(expr).kind {
                Kind::Call { callee, .. } => *callee,
                _ => expr,
            };
            unit.callee_name(callee)
        };
        for handler in handlers.iter().filter(speaks) {
            let is_decorated = here.decorators.iter().any(|decorator| {
                last_name(*decorator)
                    .is_some_and(|name| handler.decorator.iter().any(|known| **known == **name))
            });
            if is_decorated || here.params.iter().any(|param| handler.is_typed(&param.types)) {
                return Some(handler);
            }
            if handler.method.iter().any(|name| **name == *here.name || name == "*")
                && let Some(class) = here.class
                && extends(program, ClassAt { file: function.file, id: class }, &handler.base)
            {
                return Some(handler);
            }
        }
        if handlers.iter().filter(speaks).all(|handler| handler.registered.is_empty()) {
            return None;
        }
        for caller in self.of(program, function).iter() {
            let Caller::Callback { call, .. } = caller else { continue };
            let unit = program.unit(call.file);
            let Kind::Call { callee, .. } = &unit.expr(call.expr).kind else { continue };
            let Some(name) = unit.callee_name(*callee) else { continue };
            let found = handlers.iter().find(|handler| {
                !handler.is_tool
                    && handler.registered.iter().any(|known| **known == **name)
                    && (handler.with.is_empty()
                        || handler.with.iter().any(|word| program.mentions(call.file, word)))
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// Whether a class extends one of these names, known or not.
pub(crate) fn extends(program: &Program, class: ClassAt, bases: &[String]) -> bool {
    program.lineage(class).into_iter().any(|class| {
        let unit = program.unit(class.file);
        unit.class(class.id).is_some_and(|class| {
            class.bases.iter().chain(&class.decorators).any(|base| {
                let callee = match &unit.expr(*base).kind {
                    Kind::Call { callee, .. } => *callee,
                    Kind::Index(base, _) => *base,
                    _ => *base,
                };
                unit.callee_name(callee).is_some_and(|name| bases.iter().any(|base| **base == **name))
            })
        })
    })
}

fn makers(program: &Program, class: ClassAt) -> Vec<At> {
    let (Some(here), Some(file)) = (program.unit(class.file).class(class.id), program.file(class.file))
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for file in program.files_with(&here.name, file.language) {
        for call in program.unit(file).calls.get(&here.name).into_iter().flatten() {
            let at = At { file, expr: *call };
            let Kind::Call { callee, .. } = &program.expr(at).kind else { continue };
            if program.callables(At { file, expr: *callee }).contains(&Thing::Class(class)) {
                found.push(at);
            }
        }
        // `Server::create([…])` of an object-relational mapper.
        for name in
            FILLERS.iter().filter(|_| program.file(file).is_some_and(|file| file.language == Language::Php))
        {
            for call in program.unit(file).calls.get(*name).into_iter().flatten() {
                let Kind::Call { callee, .. } = program.unit(file).expr(*call).kind else { continue };
                let Kind::Field(base, _) = program.unit(file).expr(callee).kind else { continue };
                let base = At { file, expr: base };
                if program.things(base).contains(&Thing::Class(class)) || program.types(base).contains(&class)
                {
                    found.push(At { file, expr: *call });
                }
            }
        }
    }
    found
}

fn find(program: &Program, function: FunctionAt) -> Vec<Caller> {
    let Some(here) = program.function(function) else { return Vec::new() };
    let Some(file) = program.file(function.file) else { return Vec::new() };
    if here.name.is_empty() {
        return closure_callers(program, function);
    }
    let class = here.class.map(|id| ClassAt { file: function.file, id });
    let mut found = Vec::new();
    if let (Some(class), CONSTRUCTOR) = (class, &*here.name) {
        let heirs =
            program.heirs(class).into_iter().filter(|heir| program.constructor(*heir) == Some(function));
        for class in std::iter::once(class).chain(heirs) {
            found.extend(makers(program, class).into_iter().map(Caller::Call));
        }
    }
    let is_local = here.class.is_none() && here.parent.is_some_and(|parent| parent != crate::ir::TOP);
    // Nobody calls a constructor by the name that it has here.
    let called = match class.and_then(|class| program.unit(class.file).class(class.id)) {
        Some(class) if &*here.name == CONSTRUCTOR && program.shares_names(function.file) => &class.name,
        _ => &here.name,
    };
    let files = match is_local {
        true => vec![function.file],
        false => program.files_with(called, file.language),
    };
    let is_rare = files.len() <= RARE && here.name.len() > 3;
    // Whoever calls a function of another file has said which file, or which package.
    let parts: Vec<&str> = crate::program::without_ending(&file.path).rsplit('/').take(2).collect();
    let is_imported = |caller: &u32| {
        class.is_some()
            || *caller == function.file
            || !matches!(file.language.family(), Language::Python | Language::Javascript)
            || parts.iter().any(|part| program.mentions(*caller, part))
    };
    let class_name =
        class.and_then(|class| program.unit(class.file).class(class.id)).map(|class| class.name.clone());
    for file in files.into_iter().filter(is_imported) {
        // A name that many files mention is somebody else's, unless the class is spoken of too.
        let is_near = is_rare
            || file == function.file
            || class_name.as_ref().is_none_or(|name| program.mentions(file, name));
        if !is_near {
            continue;
        }
        let unit = program.unit(file);
        for call in unit.calls.get(&here.name).into_iter().flatten() {
            let Kind::Call { callee, .. } = &unit.expr(*call).kind else { continue };
            if may_call(program, At { file, expr: *callee }, function, is_near) {
                found.push(Caller::Call(At { file, expr: *call }));
            }
        }
        for mention in unit.mentions.get(&here.name).into_iter().flatten() {
            let at = At { file, expr: *mention };
            if let Some(caller) = handed_over(program, at)
                && program.things(at).contains(&Thing::Function(function))
            {
                found.push(caller);
            }
        }
    }
    found
}

/// Whether a callee of the function's name is that function.
fn may_call(program: &Program, callee: At, function: FunctionAt, is_near: bool) -> bool {
    let things = program.callables(callee);
    if things.contains(&Thing::Function(function)) {
        return true;
    }
    let Some(here) = program.function(function) else { return false };
    let class_of = |at: FunctionAt| {
        let id = program.function(at)?.class?;
        Some(ClassAt { file: at.file, id })
    };
    let mine = class_of(function);
    // `super().__init__(…)`.
    if &*here.name == CONSTRUCTOR {
        let Kind::Field(base, _) = program.expr(callee).kind else { return false };
        let base = At { file: callee.file, expr: base };
        return matches!(program.expr(base).kind, Kind::This)
            && program.types(base).iter().any(|class| {
                mine.is_some_and(|mine| *class != mine && program.lineage(*class).contains(&mine))
            });
    }
    if !things.is_empty() {
        // An override, or what it overrides.
        return things.iter().any(|thing| match thing {
            Thing::Function(other) => match (mine, class_of(*other)) {
                (Some(mine), Some(other)) => program.are_related(mine, other),
                _ => false,
            },
            _ => false,
        });
    }
    let Kind::Field(base, _) = program.expr(callee).kind else { return false };
    let base = At { file: callee.file, expr: base };
    if mine.is_none() || program.external(callee).is_some() {
        return false;
    }
    let types = program.types(base);
    match types.is_empty() {
        true => is_near,
        false => types.iter().any(|class| mine.is_some_and(|mine| program.are_related(mine, *class))),
    }
}

/// The call that is given this expression as an argument.
fn handed_over(program: &Program, at: At) -> Option<Caller> {
    let unit = program.unit(at.file);
    let mut inner = at.expr;
    let mut outer = unit.expr(inner).parent?;
    // Through a list of handlers, or a choice.
    while matches!(unit.expr(outer).kind, Kind::List(_) | Kind::Either(_)) {
        inner = outer;
        outer = unit.expr(inner).parent?;
    }
    let Kind::Call { args, .. } = &unit.expr(outer).kind else { return None };
    let nth = args.iter().position(|arg| arg.value == inner)?;
    Some(Caller::Callback { call: At { file: at.file, expr: outer }, nth })
}

/// A closure is called by whoever is given it, or under the name it is kept under.
fn closure_callers(program: &Program, function: FunctionAt) -> Vec<Caller> {
    let unit = program.unit(function.file);
    let is_it = |kind: &Kind| matches!(kind, Kind::Closure(id) if *id == function.id);
    let mut found = Vec::new();
    for (expr, _) in unit.exprs().filter(|(_, expr)| is_it(&expr.kind)) {
        let at = At { file: function.file, expr };
        found.extend(handed_over(program, at));
        // Called where it stands.
        if let Some(call) = unit.expr(expr).parent
            && matches!(unit.expr(call).kind, Kind::Call { callee, .. } if callee == expr)
        {
            found.push(Caller::Call(At { file: function.file, expr: call }));
        }
        for name in kept_under(program, at) {
            let files = match program.file(function.file) {
                Some(file) => program.files_with(&name, file.language),
                None => Vec::new(),
            };
            for file in files.into_iter().take(RARE) {
                let unit = program.unit(file);
                for call in unit.calls.get(&name).into_iter().flatten() {
                    let Kind::Call { callee, .. } = &unit.expr(*call).kind else { continue };
                    let things = program.callables(At { file, expr: *callee });
                    let is_free = things.is_empty() && matches!(unit.expr(*callee).kind, Kind::Field(..));
                    if things.contains(&Thing::Function(function)) || is_free {
                        found.push(Caller::Call(At { file, expr: *call }));
                    }
                }
                for mention in unit.mentions.get(&name).into_iter().flatten() {
                    let at = At { file, expr: *mention };
                    if let Some(caller) = handed_over(program, at)
                        && program.callables(at).contains(&Thing::Function(function))
                    {
                        found.push(caller);
                    }
                }
            }
        }
    }
    found
}

/// The variables and members that a closure is given to.
fn kept_under(program: &Program, at: At) -> Vec<Name> {
    let unit = program.unit(at.file);
    let mut names = Vec::new();
    for (index, function) in (0u32..).zip(&unit.functions) {
        let _ = FunctionId(index);
        for definition in &function.definitions {
            if matches!(definition.value, crate::ir::Defined::Value(value, _) if value == at.expr) {
                names.push(definition.name.clone());
            }
        }
        for store in function.stores.iter().filter(|store| store.value == at.expr) {
            if let Some(crate::ir::Key::Named(name)) = store.path.last() {
                names.push(name.clone());
            }
        }
    }
    if let Some(parent) = unit.expr(at.expr).parent
        && let Kind::Record(members) = &unit.expr(parent).kind
    {
        let member = members.iter().find(|member| member.value == at.expr);
        names.extend(member.and_then(|member| member.key.clone()));
    }
    for class in &unit.classes {
        let fields = class.fields.iter().filter(|field| field.default == Some(at.expr));
        names.extend(fields.map(|field| field.name.clone()));
    }
    names.extend(unit.exports.iter().filter(|(_, value)| *value == at.expr).map(|(name, _)| name.clone()));
    names.sort_unstable();
    names.dedup();
    names
}
