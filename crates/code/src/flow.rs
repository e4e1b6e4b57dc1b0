//! Backwards from a sink to whoever chose the value.
//!
//! One question, "where does this value, or this part of it, come from", answered step by step: a variable from its
//! definitions, a parameter from the arguments of every call, the result of a call from what the function returns, a
//! field from every store into it. A call that was entered through its result is left through its own arguments; a
//! field forgets who asked. The steps are a worklist with a memory, so that cycles end, and a budget, so that all ends.

mod call;
mod callers;
mod declared;
mod place;

use std::collections::{HashMap, HashSet, VecDeque};

use crate::ir::{Key, Kind, Name, Span};
use crate::knowledge::{Knowledge, Origin};
use crate::program::{At, FunctionAt, Program};
use crate::resolve::Thing;
use crate::tools::Reached;
pub(crate) use callers::{Caller, Callers, extends};

/// Steps into a value that are told apart; what lies deeper is its parent.
const MAX_PATH: usize = 5;
/// Calls that a way back is remembered for.
const MAX_STACK: usize = 8;
/// Questions that one value may ask.
const MAX_NODES: usize = 8_000;
/// Questions that one value may ask which only a tool may have given.
const MAX_NODES_OF_TOOL: usize = 1_500;
/// Questions that are still asked after an outsider was found, to find others: so many times as many as before.
const MORE: usize = 2;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Goal {
    Expr(At),
    Param(FunctionAt, usize),
}

type Path = Vec<Key>;

#[derive(Debug, Clone)]
struct Node {
    goal: Goal,
    path: Path,
    stack: Vec<At>,
    parent: Option<u32>,
    /// What led here, where a reader wants to know.
    step: Option<Step>,
}

/// One step of a way, read from the sink.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) file: u32,
    pub(crate) span: Span,
    pub(crate) what: String,
}

/// Where a value was found to come from.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) origin: Origin,
    /// From the source to the sink.
    pub(crate) steps: Vec<Step>,
    /// Every expression on the way, with the part of it that was asked for; for guards.
    pub(crate) way: Vec<(At, Vec<Key>)>,
    /// The function whose parameter or body the source is in.
    pub(crate) function: FunctionAt,
    /// Whether it is only a part of what the sink is given.
    pub(crate) is_part: bool,
}

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    pub(crate) was_cut: bool,
}

/// One search.
pub(crate) struct Search<'p> {
    program: &'p Program,
    callers: &'p Callers,
    /// Where the value may have passed, if not anywhere.
    within: Option<&'p Reached>,
    nodes: Vec<Node>,
    queue: VecDeque<u32>,
    seen: HashSet<(Goal, Path, Vec<At>)>,
    hits: Vec<(u32, Origin, Step)>,
    hit_places: HashMap<(u32, Span), ()>,
    was_cut: bool,
    /// The last question that is asked, once an outsider was found.
    enough: Option<u32>,
}

impl<'p> Search<'p> {
    /// Where the part `path` of `at` comes from; in code of tools alone, where that is what is asked.
    pub(crate) fn run(
        program: &'p Program,
        callers: &'p Callers,
        within: Option<&'p Reached>,
        at: At,
        path: Vec<Key>,
    ) -> Found {
        let mut search = Search {
            program,
            callers,
            within,
            nodes: Vec::new(),
            queue: VecDeque::new(),
            seen: HashSet::new(),
            hits: Vec::new(),
            hit_places: HashMap::new(),
            was_cut: false,
            enough: None,
        };
        search.push(Goal::Expr(at), path, Vec::new(), None, None);
        while let Some(index) = search.queue.pop_front() {
            if search.enough.is_some_and(|enough| index > enough) {
                break;
            }
            let Some(node) = search.nodes.get(index as usize).cloned() else { break };
            match node.goal {
                Goal::Expr(at) => search.expr(index, &node, at),
                Goal::Param(function, nth) => search.param(index, &node, function, nth),
            }
        }
        search.found()
    }

    fn push(&mut self, goal: Goal, mut path: Path, stack: Vec<At>, parent: Option<u32>, step: Option<Step>) {
        let max = if self.within.is_some() { MAX_NODES_OF_TOOL } else { MAX_NODES };
        if self.nodes.len() >= max {
            self.was_cut = true;
            return;
        }
        let is_outside = |reached: &Reached| match goal {
            Goal::Expr(at) => !reached.holds(self.program, at),
            Goal::Param(function, _) => !reached.contains(self.program, function),
        };
        if self.within.is_some_and(is_outside) {
            return;
        }
        path.truncate(MAX_PATH);
        if self.seen.insert((goal, path.clone(), stack.clone())) {
            self.nodes.push(Node { goal, path, stack, parent, step });
            self.queue.push_back((self.nodes.len() - 1) as u32);
        }
    }

    /// The same stack, another expression.
    fn follow(&mut self, from: u32, node: &Node, at: At, path: Path) {
        self.push(Goal::Expr(at), path, node.stack.clone(), Some(from), None);
    }

    /// The same, with a step that a reader wants to see.
    fn follow_with(&mut self, from: u32, node: &Node, at: At, path: Path, what: String) {
        let step = self.step(at, what);
        self.push(Goal::Expr(at), path, node.stack.clone(), Some(from), Some(step));
    }

    fn step(&self, at: At, what: String) -> Step {
        Step { file: at.file, span: self.program.expr(at).span, what }
    }

    fn knowledge(&self, file: u32) -> &'static Knowledge {
        self.program.file(file).map_or_else(
            || Knowledge::of(crate::lower::Language::Python),
            |file| Knowledge::of(file.language),
        )
    }

    fn hit(&mut self, from: u32, origin: Origin, step: Step) {
        let place = (step.file, step.span);
        if origin > Origin::Operator && self.enough.is_none() {
            self.enough = Some(from.saturating_mul(MORE as u32).saturating_add(200));
        }
        if self.hit_places.insert(place, ()).is_none() {
            self.hits.push((from, origin, step));
        }
    }

    fn expr(&mut self, from: u32, node: &Node, at: At) {
        let program = self.program;
        // How long something is says nothing about it.
        if matches!(&program.expr(at).kind, Kind::Field(_, name) if matches!(&**name, "length" | "byteLength" | "Length"))
        {
            return;
        }
        if let Some(read) = self.read(at) {
            let step = self.step(at, format!("{} is read", read.what));
            self.hit(from, read.origin, step);
            return;
        }
        let here = |expr| At { file: at.file, expr };
        match &program.expr(at).kind {
            Kind::Name(name) => self.name(from, node, at, name),
            Kind::This => self.this(from, node, at),
            Kind::Field(base, name) => self.field(from, node, at, here(*base), name),
            Kind::Index(base, _) => {
                let path = longer(Key::Any, &node.path);
                self.follow(from, node, here(*base), path);
            }
            Kind::Call { callee, args, .. } => self.call(from, node, at, here(*callee), args),
            Kind::Record(members) => {
                let key = node.path.first();
                // The last one wins: a key hides the same key before it, also one inside a spread.
                for member in members.iter().rev() {
                    let value = here(member.value);
                    match (key, &member.key) {
                        _ if member.is_spread => self.follow(from, node, value, node.path.clone()),
                        (Some(Key::Named(wanted)), Some(known)) if wanted == known => {
                            self.follow(from, node, value, shorter(&node.path));
                            break;
                        }
                        (Some(Key::Named(_)), Some(_)) => {}
                        _ => self.follow(from, node, value, shorter(&node.path)),
                    }
                }
            }
            Kind::List(parts) => {
                let nth = match node.path.first() {
                    Some(Key::Named(nth)) => nth.parse::<usize>().ok(),
                    _ => None,
                };
                match nth.and_then(|nth| parts.get(nth)) {
                    Some(part) => self.follow(from, node, here(*part), shorter(&node.path)),
                    None => {
                        for part in parts {
                            self.follow(from, node, here(*part), shorter(&node.path));
                        }
                    }
                }
            }
            Kind::Join(parts) => {
                for part in parts {
                    self.follow(from, node, here(*part), Vec::new());
                }
            }
            Kind::Either(parts) => {
                for part in parts {
                    self.follow(from, node, here(*part), node.path.clone());
                }
            }
            Kind::Text(_) | Kind::Closure(_) | Kind::Opaque(_) => {}
        }
    }

    fn name(&mut self, from: u32, node: &Node, at: At, name: &Name) {
        for thing in self.program.things(at) {
            match thing {
                Thing::Value(value, part) => {
                    let path: Path = part.iter().chain(&node.path).cloned().collect();
                    let is_elsewhere = value.file != at.file;
                    if is_elsewhere {
                        self.follow_with(from, node, value, path, format!("`{name}` is made here"));
                    } else {
                        self.follow(from, node, value, path);
                    }
                }
                Thing::Param(function, nth) => {
                    let stack = self.stack_for(&node.stack, at, function);
                    self.push(Goal::Param(function, nth), node.path.clone(), stack, Some(from), None);
                }
                Thing::Function(_) | Thing::Class(_) | Thing::Module(_) | Thing::External(_) => {}
            }
        }
        self.stores_on(from, node, at, name);
    }

    /// A parameter of an enclosing function is not one of the function that was entered last.
    fn stack_for(&self, stack: &[At], at: At, function: FunctionAt) -> Vec<At> {
        match self.program.function_of(at) == function {
            true => stack.to_vec(),
            false => Vec::new(),
        }
    }

    fn read(&self, at: At) -> Option<&'static crate::knowledge::Read> {
        let is_readable = matches!(
            self.program.expr(at).kind,
            Kind::Field(..) | Kind::Call { .. } | Kind::Index(..) | Kind::Name(_)
        );
        if !is_readable {
            return None;
        }
        let reads = &self.knowledge(at.file).reads;
        let possible: Vec<_> = reads.iter().filter(|read| self.speaks_of(at.file, &read.with)).collect();
        if possible.is_empty() {
            return None;
        }
        let ways = self.program.spellings(at);
        let is_call = matches!(self.program.expr(at).kind, Kind::Call { .. });
        let matches = |read: &&&crate::knowledge::Read| {
            read.read.iter().any(|pattern| match pattern.strip_suffix("()") {
                Some(function) => is_call && ways.iter().any(|way| way == function),
                None => ways.iter().any(|way| is_below(way, pattern)),
            })
        };
        possible.iter().find(matches).copied()
    }

    fn speaks_of(&self, file: u32, words: &[String]) -> bool {
        words.is_empty() || words.iter().any(|word| self.program.mentions(file, word))
    }

    fn found(self) -> Found {
        let mut hits: Vec<Hit> = self
            .hits
            .iter()
            .map(|(node, origin, source)| {
                let mut steps = vec![source.clone()];
                let mut way = Vec::new();
                let mut function = None;
                let mut next = Some(*node);
                while let Some(node) = next.and_then(|index| self.nodes.get(index as usize)) {
                    match node.goal {
                        Goal::Expr(at) => {
                            way.push((at, node.path.clone()));
                            function = function.or(Some(self.program.function_of(at)));
                        }
                        Goal::Param(at, _) => function = function.or(Some(at)),
                    }
                    steps.extend(node.step.clone());
                    next = node.parent;
                }
                let nothing = FunctionAt { file: source.file, id: crate::ir::TOP };
                Hit { origin: *origin, steps, way, function: function.unwrap_or(nothing), is_part: false }
            })
            .collect();
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.origin), hit.steps.len()));
        let is_answered = self.enough.is_some();
        Found { hits, was_cut: self.was_cut && !is_answered }
    }
}

/// `a.b.c` is below `a.b`; `*.b` is below anything.
pub(crate) fn is_below(way: &str, pattern: &str) -> bool {
    let follows = |rest: &str| rest.is_empty() || rest.starts_with('.');
    match pattern.strip_prefix("*.") {
        None => way.strip_prefix(pattern).is_some_and(follows),
        Some(tail) => way.match_indices(tail).any(|(start, _)| {
            let before = way.get(..start).unwrap_or_default();
            let after = way.get(start + tail.len()..).unwrap_or_default();
            before.ends_with('.') && follows(after)
        }),
    }
}

fn longer(key: Key, path: &[Key]) -> Path {
    std::iter::once(key).chain(path.iter().cloned()).collect()
}

fn shorter(path: &[Key]) -> Path {
    path.iter().skip(1).cloned().collect()
}
