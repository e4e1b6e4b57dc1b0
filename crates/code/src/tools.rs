//! What the tools of an MCP server do with their arguments: which functions are tools, prompts and resources, what code
//! runs when one is called, and what is made of an argument on its way to a sink.
//!
//! A repository opens files in a thousand places. Only what a tool reaches is asked where its value comes from.

use std::collections::{HashMap, HashSet, VecDeque};

use rayon::prelude::*;

use crate::analysis::Cut;
use crate::ir::{FunctionId, Key, Kind};
use crate::knowledge::{Act, Handler, Knowledge};
use crate::program::{At, ClassAt, FunctionAt, Program};
use crate::resolve::Thing;

/// Functions of one program that tools are followed into.
const MAX_REACHED: usize = 2_000;
/// Calls deep that a tool is followed.
const MAX_DEPTH: u32 = 12;
/// Calls that are looked up for it, times the files in which each may have to be looked for.
const MAX_LOOKS: usize = 2_000_000;

/// A function that clients call by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) handler: &'static Handler,
    /// The call that it is given to, if that is how it became one.
    pub(crate) registered: Option<At>,
}

/// The tools of a program.
pub(crate) type Tools = HashMap<FunctionAt, Tool>;

/// Every tool, prompt and resource.
pub(crate) fn tools(program: &Program) -> Tools {
    let files: Vec<u32> = program.files().map(|(file, _)| file).collect();
    let found: Vec<Tools> = files.par_iter().map(|file| tools_of(program, *file)).collect();
    let mut all = Tools::new();
    for (function, tool) in found.into_iter().flatten() {
        let known = all.entry(function).or_insert(tool);
        // A function that is given to several calls is the tool of the first.
        if tool.registered < known.registered {
            *known = tool;
        }
    }
    all
}

fn tools_of(program: &Program, file: u32) -> Tools {
    let mut found = Tools::new();
    let Some(here) = program.file(file) else { return found };
    let mentions = |words: &[String]| words.iter().any(|word| program.mentions(file, word));
    let known = Knowledge::of(here.language).handlers.iter().filter(|handler| handler.is_tool);
    for handler in known.filter(|handler| handler.with.is_empty() || mentions(&handler.with)) {
        if mentions(&handler.decorator) || mentions(&handler.method) {
            declared(program, file, handler, &mut found);
        }
        for name in handler.registered.iter().filter(|name| program.mentions(file, name)) {
            for call in program.unit(file).calls.get(name.as_str()).into_iter().flatten() {
                given(program, At { file, expr: *call }, handler, &mut found);
            }
        }
    }
    found
}

/// Functions that are tools by a decorator, or by the class they are methods of.
fn declared(program: &Program, file: u32, handler: &'static Handler, found: &mut Tools) {
    let unit = program.unit(file);
    for (index, function) in (0u32..).zip(&unit.functions) {
        let at = FunctionAt { file, id: FunctionId(index) };
        let is_decorated = function.decorators.iter().any(|decorator| {
            let callee = match &unit.expr(*decorator).kind {
                Kind::Call { callee, .. } => *callee,
                _ => *decorator,
            };
            unit.callee_name(callee)
                .is_some_and(|name| handler.decorator.iter().any(|known| **known == **name))
        });
        let is_method = || {
            handler.method.iter().any(|name| **name == *function.name)
                && function
                    .class
                    .is_some_and(|id| crate::flow::extends(program, ClassAt { file, id }, &handler.base))
        };
        if is_decorated || is_method() {
            found.entry(at).or_insert(Tool { handler, registered: None });
        }
    }
}

/// Functions that are given to a call that makes tools of them, also as members of an object.
fn given(program: &Program, call: At, handler: &'static Handler, found: &mut Tools) {
    let unit = program.unit(call.file);
    let Kind::Call { args, .. } = &unit.expr(call.expr).kind else { return };
    // A method of the program that happens to be called so is followed on its own.
    for arg in args {
        let mut values = vec![arg.value];
        match &unit.expr(arg.value).kind {
            Kind::Record(members) => values = members.iter().map(|member| member.value).collect(),
            Kind::Call { args, .. } => values.extend(args.iter().map(|arg| arg.value)),
            _ => {}
        }
        for value in values {
            let kind = &unit.expr(value).kind;
            if !matches!(kind, Kind::Name(_) | Kind::Field(..) | Kind::Closure(_)) {
                continue;
            }
            for thing in program.callables(At { file: call.file, expr: value }) {
                if let Thing::Function(function) = thing {
                    found.entry(function).or_insert(Tool { handler, registered: Some(call) });
                }
            }
        }
    }
}

/// Code that runs when a tool is called.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    functions: HashSet<FunctionAt>,
    /// Whether there is more of it.
    was_cut: bool,
}

impl Reached {
    /// Follows the calls of tools, and of what they call.
    pub(crate) fn from(program: &Program, tools: &Tools) -> Self {
        let mut reached = Reached::default();
        let mut first: Vec<FunctionAt> = tools.keys().copied().collect();
        first.sort_unstable();
        let mut waiting: VecDeque<(FunctionAt, u32)> = first.into_iter().map(|at| (at, 0)).collect();
        let mut left = MAX_LOOKS / program.files().count().max(20);
        let mut of_file: HashMap<u32, HashMap<FunctionId, Vec<At>>> = HashMap::new();
        while let Some((function, depth)) = waiting.pop_front() {
            if !reached.functions.insert(function) {
                continue;
            }
            if reached.functions.len() >= MAX_REACHED || depth >= MAX_DEPTH {
                reached.was_cut = true;
                continue;
            }
            let calls = of_file.entry(function.file).or_insert_with(|| calls(program, function.file));
            for at in calls.get(&function.id).into_iter().flatten() {
                if left == 0 {
                    reached.was_cut = true;
                    break;
                }
                left -= 1;
                waiting.extend(named(program, *at).into_iter().map(|next| (next, depth + 1)));
            }
        }
        reached
    }

    /// Whether the expression is evaluated in such code.
    pub(crate) fn holds(&self, program: &Program, at: At) -> bool {
        self.contains(program, program.function_of(at))
    }

    /// Whether the function is such code, or stands in it.
    pub(crate) fn contains(&self, program: &Program, function: FunctionAt) -> bool {
        let mut function = Some(function);
        while let Some(here) = function {
            if self.functions.contains(&here) {
                return true;
            }
            let outer = program.function(here).and_then(|here| here.parent);
            function =
                outer.map(|id| FunctionAt { file: here.file, id }).filter(|at| at.id != crate::ir::TOP);
        }
        false
    }

    /// What is said where there is more of it than is followed.
    pub(crate) fn cut(&self, program: &Program) -> Option<Cut> {
        let first = self.functions.iter().min().filter(|_| self.was_cut)?;
        let path = program.file(first.file)?.path.clone();
        let why = "tools run more code than is followed";
        Some(Cut { path, span: program.function(*first)?.name_span, why })
    }

    /// Files that hold some of it.
    pub(crate) fn files(&self) -> Vec<u32> {
        let mut files: Vec<u32> = self.functions.iter().map(|function| function.file).collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// What each function of a file calls or hands on; what a closure does is done by the function around it too.
fn calls(program: &Program, file: u32) -> HashMap<FunctionId, Vec<At>> {
    let unit = program.unit(file);
    let mut found: HashMap<FunctionId, Vec<At>> = HashMap::new();
    for (id, expr) in unit.exprs() {
        let mut callees = Vec::new();
        if let Kind::Call { callee, args, .. } = &expr.kind {
            callees.push(*callee);
            let is_function = |value: &crate::ir::ExprId| matches!(unit.expr(*value).kind, Kind::Closure(_));
            callees.extend(args.iter().map(|arg| arg.value).filter(is_function));
            // Said by a name that is no variable: `pool.map(work, files)`.
            let is_named = |value: &crate::ir::ExprId| {
                matches!(unit.expr(*value).kind, Kind::Name(_)) && unit.expr(*value).reached.is_empty()
            };
            callees.extend(args.iter().map(|arg| arg.value).filter(is_named));
        }
        if let Kind::Closure(_) = expr.kind {
            callees.push(id);
        }
        let here = found.entry(expr.function).or_default();
        here.extend(callees.into_iter().map(|expr| At { file, expr }));
    }
    found
}

/// The functions that an expression names, with the constructors of classes.
fn named(program: &Program, at: At) -> Vec<FunctionAt> {
    let things = program.callables(at).into_iter();
    things
        .filter_map(|thing| match thing {
            Thing::Function(function) => Some(function),
            Thing::Class(class) => program.constructor(class),
            _ => None,
        })
        .collect()
}

/// What became of an argument on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The sink is given the argument.
    Whole,
    /// The sink is given a text that the argument is a part of.
    Part,
    /// Nothing that matters to this sink.
    Harmless,
}

/// What became of a value, on its way from the source to the sink.
pub(crate) fn shape(program: &Program, act: Act, way: &[(At, Vec<Key>)]) -> Shape {
    let mut shape = Shape::Whole;
    let mut before: Option<At> = None;
    for (at, _) in way {
        let Some(file) = program.file(at.file) else { continue };
        let unit = program.unit(at.file);
        match &unit.expr(at.expr).kind {
            // `https://` alone says no host.
            Kind::Join(parts) => {
                if act == Act::Url && !decides_host(program, *at, before) {
                    return Shape::Harmless;
                }
                if parts.len() > 1 {
                    shape = Shape::Part;
                }
            }
            Kind::Call { callee, args, .. } => {
                let Some(name) = unit.callee_name(*callee) else { continue };
                let cleaners = &Knowledge::of(file.language).cleaners;
                if cleaners
                    .iter()
                    .any(|known| known.act.contains(&act) && known.call.iter().any(|call| **call == **name))
                {
                    return Shape::Harmless;
                }
                if !FORMATS.contains(&&**name) {
                    before = Some(*at);
                    continue;
                }
                let pattern = match unit.expr(*callee).kind {
                    Kind::Field(base, _) if matches!(unit.expr(base).kind, Kind::Text(_)) => Some(base),
                    _ => args.first().map(|arg| arg.value),
                };
                let text = pattern.and_then(|pattern| program.text_of(at.file, pattern));
                if act == Act::Url && text.is_some_and(|text| fixes_host(text)) {
                    return Shape::Harmless;
                }
                // `Path(x)` and `String(x)` of one thing are that thing.
                if args.len() > 1 || pattern != args.first().map(|arg| arg.value) {
                    shape = Shape::Part;
                }
            }
            _ => {}
        }
        before = Some(*at);
    }
    shape
}

/// Library calls that make one text of several.
const FORMATS: [&str; 20] = [
    "format",
    "Format",
    "formatted",
    "Sprintf",
    "sprintf",
    "join",
    "Join",
    "joinpath",
    "join_paths",
    "resolve",
    "Combine",
    "Path",
    "of",
    "get",
    "File",
    "concat",
    "Concat",
    "push",
    "FilePath",
    "JoinPath",
];

/// Whether the part `from` of a text that is made of several may be the host of an address: nothing before it says one.
fn decides_host(program: &Program, whole: At, from: Option<At>) -> bool {
    let Some(part) = from.filter(|part| part.file == whole.file) else { return true };
    let (whole, part) = (program.expr(whole).span, program.expr(part).span);
    let text =
        program.file(from.map_or(0, |from| from.file)).map(|file| file.text.as_str()).unwrap_or_default();
    // Where it is named inside the quotes, the whole is all that can be read.
    let end = if part.start >= whole.start && part.end <= whole.end { part.start } else { whole.end };
    let before = text.get(whole.start as usize..end as usize).unwrap_or_default();
    let quotes = ['"', '\'', '`'];
    let quoted = match before.find(quotes) {
        Some(quote) if quote <= 8 => before.trim_start_matches(|character| !quotes.contains(&character)),
        _ => before,
    };
    let open = ['"', '\'', '`', '{', '$', '#', '(', '+', '.', ' ', '\n', '\t'];
    let quoted = quoted.trim_matches(open);
    quoted.is_empty() || !fixes_host(quoted)
}

/// Whether the beginning of an address says its host: `https://api.example.com/`, `/v1`, `BASE`.
fn fixes_host(text: &str) -> bool {
    let start = text.trim_start();
    match start.split_once("://") {
        Some((_, rest)) => rest.find('/').is_some_and(|end| {
            let host = rest.get(..end).unwrap_or_default();
            !host.is_empty() && !host.contains(['%', '{', '$'])
        }),
        None => start.len() > 1 && !start.starts_with(['%', '{', '$', '#']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whose_who_says_its_host() {
        for fixed in ["https://api.example.com/v1/", "/v1/items", "https://example.com/%s"] {
            assert!(fixes_host(fixed), "{fixed}");
        }
        for open in ["https://", "http://%s/x", "https://api.example.com", "{}", "%s/x"] {
            assert!(!fixes_host(open), "{open}");
        }
    }
}
