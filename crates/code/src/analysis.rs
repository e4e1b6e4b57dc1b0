//! One analysis: every sink of every file, each followed back.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rayon::prelude::*;

use crate::flow::{Callers, Hit, Search};
use crate::guard::{Access, Grade, guards};
use crate::ir::{Arg, Expr, ExprId, Key, Kind, Name, Span};
use crate::knowledge::{Act, Knowledge, Origin, Sink};
use crate::lower::Language;
use crate::program::{At, Input, Program};
use crate::resolve::Thing;

/// Ways to one sink whose guards are graded.
const MAX_GRADED: usize = 24;

/// What was found, in order of the sinks' places.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Every flow from outside into a sink.
    pub flows: Vec<Flow>,
    /// What was not analysed, and why.
    pub cut: Vec<Cut>,
    /// Files that were given and are of a known language.
    pub files: usize,
    /// Files that the questions led to.
    pub lowered: usize,
}

/// Something that was not analysed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The file.
    pub path: String,
    /// Where in it.
    pub span: Span,
    /// Why, for people.
    pub why: &'static str,
}

/// A value from outside reaches a sink.
#[derive(Debug, Clone)]
pub struct Flow {
    /// What is known of the sink.
    pub sink: &'static Sink,
    /// Where it is called.
    pub at: Place,
    /// What of it the outsider decides, most important first.
    pub positions: Vec<Position>,
    /// Who.
    pub origin: Origin,
    /// What stands in between.
    pub guard: Grade,
    /// Where that is.
    pub guards: Vec<Place>,
    /// A launch that it lets through, where one is known.
    pub bypass: Option<String>,
    /// Who may call the function by which the value comes in.
    pub access: Access,
    /// The program that is started, where that is written in the code.
    pub program: Option<String>,
    /// From the source to the sink, both included.
    pub steps: Vec<Place>,
    /// Other sources that reach the same sink.
    pub others: Vec<(Origin, Place)>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Where in it.
    pub span: Span,
    /// What happens there, for people.
    pub what: String,
}

/// What of a launch is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// The program, or for other sinks the value itself.
    Command,
    /// Its arguments.
    Args,
    /// Its environment.
    Env,
    /// Its working directory.
    Cwd,
}

/// Follows every sink of every file back.
pub fn analyse(inputs: Vec<Input>) -> Analysis {
    let (unread, inputs): (Vec<Input>, Vec<Input>) =
        inputs.into_iter().partition(|input| Language::is_unread(&input.path));
    let unread: Vec<Cut> = unread.iter().filter_map(crate::unread::foreign).collect();
    let program = Program::new(inputs);
    let callers = Callers::default();
    let files: Vec<u32> = program.files().map(|(index, _)| index).collect();
    let sinks: Vec<(At, &'static Sink)> =
        files.par_iter().flat_map_iter(|file| sinks_of(&program, *file)).collect();
    let followed: Vec<Followed> =
        sinks.par_iter().map(|(at, sink)| follow(&program, &callers, *at, sink)).collect();
    let mut analysis = Analysis { files: files.len(), ..Analysis::default() };
    analysis.flows = joined(followed, &mut analysis.cut);
    for (file, unit) in program.lowered() {
        analysis.lowered += 1;
        let nested = unit.cut.iter().take(1).map(|span| Cut {
            path: file.path.clone(),
            span: *span,
            why: "code is nested deeper, or broken in more ways, than is followed",
        });
        analysis.cut.extend(nested);
    }
    analysis.cut.extend(unread);
    analysis.cut.extend(crate::unread::minified(&program, &analysis.flows));
    analysis.flows.sort_by(|a, b| a.at.cmp(&b.at));
    analysis.cut.sort();
    analysis.cut.dedup();
    analysis
}

/// What became of one sink.
struct Followed {
    /// Where what it is called on was made: calls of one builder are one launch.
    root: At,
    flow: Option<Flow>,
    cut: Option<Cut>,
    /// The program that it starts, where that is written in the code.
    program: Option<String>,
}

/// Flows of the same launch as one: it is guarded as what of it decides most is.
fn joined(followed: Vec<Followed>, cut: &mut Vec<Cut>) -> Vec<Flow> {
    let mut programs: BTreeMap<At, String> = BTreeMap::new();
    let mut launches: BTreeMap<(At, &'static str), Flow> = BTreeMap::new();
    for one in &followed {
        if let Some(program) = &one.program {
            programs.insert(one.root, program.clone());
        }
    }
    for one in followed {
        cut.extend(one.cut);
        let Some(mut flow) = one.flow else { continue };
        flow.program = flow.program.or_else(|| programs.get(&one.root).cloned());
        match launches.entry((one.root, flow.sink.product.as_str())) {
            Entry::Vacant(empty) => {
                empty.insert(flow);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                let key = |flow: &Flow| (Reverse(flow.origin), flow.positions.first().copied(), flow.guard);
                if key(&flow) < key(known) {
                    std::mem::swap(known, &mut flow);
                }
                known.positions.extend(flow.positions);
                known.positions.sort_unstable();
                known.positions.dedup();
                known.others.extend(flow.others);
                known.others.sort();
                known.others.dedup();
                let what = words(known.sink, &known.positions);
                if let Some(last) = known.steps.last_mut() {
                    last.what = what;
                }
            }
        }
    }
    launches.into_values().collect()
}

/// What a call of a builder was begun with: `ServerParameters.builder(c)` of `ServerParameters.builder(c).args(a)`.
fn root_of(program: &Program, at: At) -> At {
    let mut root = at;
    let mut left = 24;
    while let Kind::Call { callee, .. } = &program.expr(root).kind {
        left -= 1;
        let Kind::Field(base, _) = program.unit(root.file).expr(*callee).kind else { break };
        let base = At { file: root.file, expr: base };
        root = match program.expr(base).kind {
            _ if left == 0 => break,
            Kind::Call { .. } => base,
            Kind::Name(_) => match program.things(base).as_slice() {
                [Thing::Value(value, part)]
                    if part.is_empty()
                        && value.file == root.file
                        && matches!(program.expr(*value).kind, Kind::Call { .. }) =>
                {
                    *value
                }
                _ => break,
            },
            _ => break,
        };
    }
    root
}

fn sinks_of(program: &Program, file: u32) -> Vec<(At, &'static Sink)> {
    let Some(here) = program.file(file) else { return Vec::new() };
    let speaks = |words: &[String]| words.is_empty() || words.iter().any(|word| program.mentions(file, word));
    let mut found = Vec::new();
    for sink in &Knowledge::of(here.language).sinks {
        for name in sink.call.iter().filter(|name| program.mentions(file, name)) {
            if !speaks(&sink.with) {
                continue;
            }
            for call in program.unit(file).calls.get(name.as_str()).into_iter().flatten() {
                let at = At { file, expr: *call };
                if is_call_of(program, at, name, sink) {
                    found.push((at, sink));
                }
            }
        }
    }
    found
}

/// Whether a call of the sink's name is a call of the sink: of what the library gives under that name.
fn is_call_of(program: &Program, at: At, name: &str, sink: &Sink) -> bool {
    let Kind::Call { callee, .. } = &program.expr(at).kind else { return false };
    let callee = At { file: at.file, expr: *callee };
    let comes_from = |path: &str| {
        sink.from.is_empty()
            || sink.from.iter().any(|from| match path == name {
                // Nothing says where the name is from: the file at least speaks of the library.
                true => last_word(from).is_none_or(|word| program.mentions(at.file, word)),
                false => path
                    .strip_prefix(from.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/', ':', '\\'])),
            })
    };
    let is_on = || {
        sink.on.is_empty()
            || program.spellings(callee).iter().any(|way| {
                let mut parts = way.rsplit(['.', '/', ':', '\\']).skip(1);
                parts.any(|part| sink.on.iter().any(|on| on == part))
            })
    };
    let things = program.callables(callee);
    if things.iter().any(|thing| matches!(thing, Thing::Function(_) | Thing::Class(_))) {
        return false;
    }
    let ways = program.spellings(callee);
    (ways.iter().any(|way| comes_from(way)) || (sink.from.is_empty() && !ways.is_empty())) && is_on()
}

fn last_word(from: &str) -> Option<&str> {
    from.rsplit(|character: char| !character.is_alphanumeric() && character != '_')
        .find(|word| !word.is_empty())
}

fn follow(program: &Program, callers: &Callers, at: At, sink: &'static Sink) -> Followed {
    let root = if sink.on.is_empty() { at } else { root_of(program, at) };
    let mut followed = Followed { root, flow: None, cut: None, program: None };
    let Kind::Call { args, .. } = &program.expr(at).kind else { return followed };
    let mut was_cut = false;
    let mut hits: Vec<(Position, Hit)> = Vec::new();
    let mut positions = Vec::new();
    let mut others: Vec<(Origin, Place)> = Vec::new();
    let places = [
        (Position::Command, &sink.command),
        (Position::Args, &sink.args),
        (Position::Env, &sink.env),
        (Position::Cwd, &sink.cwd),
    ];
    for (position, patterns) in places {
        for (value, path) in patterns.iter().flat_map(|pattern| values(program, at, args, pattern)) {
            let found = Search::run(program, callers, value, path);
            was_cut |= found.was_cut;
            for hit in found.hits {
                if !positions.contains(&position) {
                    positions.push(position);
                }
                others.extend(hit.steps.first().map(|step| (hit.origin, place(program, step))));
                hits.push((position, hit));
            }
        }
    }
    let here = Place { path: path_of(program, at.file), span: program.expr(at).span, what: String::new() };
    let farthest = hits.iter().map(|(_, hit)| hit.origin).max();
    let is_answered = farthest.is_some_and(|origin| origin > Origin::Operator);
    let cut = (was_cut && !is_answered).then(|| Cut {
        path: here.path.clone(),
        span: here.span,
        why: "more ways lead here than are followed",
    });
    let started = sink
        .command
        .iter()
        .flat_map(|pattern| values(program, at, args, pattern))
        .find_map(|(value, path)| literal(program, value, &path));
    // Of the outsiders' those that decide most, of these those from farthest away, and of these the one that least
    // stands in the way of.
    hits.retain(|(_, hit)| !is_answered || hit.origin > Origin::Operator);
    let first = hits.iter().map(|(position, _)| *position).min();
    hits.retain(|(position, _)| Some(*position) == first);
    let farthest = hits.iter().map(|(_, hit)| hit.origin).max();
    hits.retain(|(_, hit)| Some(hit.origin) == farthest);
    hits.truncate(MAX_GRADED);
    let graded = hits.into_iter().map(|(_, hit)| (guards(program, &hit), hit));
    let Some((guards, hit)) =
        graded.min_by_key(|(guards, hit)| (guards.grade, guards.access, hit.steps.len()))
    else {
        return Followed { cut, program: started, ..followed };
    };
    let mut steps: Vec<Place> = hit.steps.iter().map(|step| place(program, step)).collect();
    let last = Place { what: words(sink, &positions), ..here.clone() };
    steps.push(last);
    others.sort();
    others.dedup();
    others.retain(|(_, other)| {
        steps.first().is_none_or(|first| first.span != other.span || first.path != other.path)
    });
    let guard_place =
        |file: u32, span: Span| Place { path: path_of(program, file), span, what: "a guard".to_owned() };
    let flow = Flow {
        sink,
        at: here,
        positions,
        origin: hit.origin,
        guard: guards.grade,
        guards: guards.places.iter().map(|(file, span)| guard_place(*file, *span)).collect(),
        bypass: guards.bypass,
        access: guards.access,
        program: started.clone(),
        steps,
        others,
    };
    followed.flow = Some(flow);
    Followed { cut, program: started, ..followed }
}

fn words(sink: &Sink, positions: &[Position]) -> String {
    match sink.act {
        Act::Launch => {
            let names: Vec<&str> = positions
                .iter()
                .map(|position| match position {
                    Position::Command => "the program",
                    Position::Args => "its arguments",
                    Position::Env => "its environment",
                    Position::Cwd => "its folder",
                })
                .collect();
            format!("{} of an MCP server that is started ({})", names.join(", "), sink.product)
        }
        Act::Execute | Act::Shell => format!("what is executed ({})", sink.product),
        Act::Path => format!("the file that is opened ({})", sink.product),
        Act::Query => format!("the query that is sent ({})", sink.product),
        Act::Template => format!("the template that is rendered ({})", sink.product),
        Act::Url => format!("the address that is fetched ({})", sink.product),
    }
}

fn place(program: &Program, step: &crate::flow::Step) -> Place {
    Place { path: path_of(program, step.file), span: step.span, what: step.what.clone() }
}

fn path_of(program: &Program, file: u32) -> String {
    program.file(file).map(|file| file.path.clone()).unwrap_or_default()
}

/// The values that stand at a place of a call: `command`, `0`, `0.command`, `0.*.command`, `this.command`.
fn values(program: &Program, call: At, args: &[Arg], pattern: &str) -> Vec<(At, Vec<Key>)> {
    let file = call.file;
    let mut parts = pattern.split('.');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<Key> = parts
        .map(|part| match part {
            "*" => Key::Any,
            part => Key::Named(Name::from(part)),
        })
        .collect();
    let at = |arg: &Arg| At { file, expr: arg.value };
    let mut found = Vec::new();
    if first == "this"
        && let Kind::Call { callee, .. } = program.expr(call).kind
        && let Kind::Field(base, _) = program.unit(file).expr(callee).kind
    {
        return vec![(At { file, expr: base }, rest)];
    }
    match first.parse::<usize>() {
        Ok(nth) => {
            for (position, arg) in args.iter().filter(|arg| arg.name.is_none()).enumerate() {
                if arg.is_spread && position <= nth {
                    let path = std::iter::once(Key::Any).chain(rest.iter().cloned()).collect();
                    found.push((at(arg), path));
                } else if position == nth {
                    found.push((at(arg), rest.clone()));
                }
            }
        }
        Err(_) => {
            for arg in args {
                match &arg.name {
                    Some(name) if &**name == first => found.push((at(arg), rest.clone())),
                    Some(name) if name.is_empty() && arg.is_spread => {
                        let named = Key::Named(Name::from(first));
                        found.push((at(arg), std::iter::once(named).chain(rest.iter().cloned()).collect()));
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

/// The text that a value plainly is, through one variable or member.
fn literal(program: &Program, at: At, path: &[Key]) -> Option<String> {
    let mut expr: ExprId = at.expr;
    let mut path = path;
    for _ in 0..6 {
        let here: &Expr = program.unit(at.file).expr(expr);
        match (&here.kind, path.split_first()) {
            (Kind::Text(text), None) => return Some(text.to_string()),
            (Kind::Record(members), Some((Key::Named(key), rest))) => {
                expr = members.iter().rev().find(|member| member.key.as_ref() == Some(key))?.value;
                path = rest;
            }
            (Kind::List(parts), None) => expr = *parts.first()?,
            (Kind::Name(_), _) => match program.things(At { file: at.file, expr }).as_slice() {
                [Thing::Value(value, part)] if value.file == at.file && part.is_empty() => expr = value.expr,
                _ => return None,
            },
            _ => return None,
        }
    }
    None
}

impl Language {
    /// Whether a file of this name is code: of a language that is analysed, or of one that is said not to be.
    pub fn wants(name: &str) -> bool {
        Language::of(name).is_some() || Language::is_unread(name)
    }
}
