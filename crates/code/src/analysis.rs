//! One analysis: every sink of every file, each followed back.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use rayon::prelude::*;

use crate::exposure::{Exposure, exposure, remedy, settings_of};
use crate::flow::{Callers, Hit, Search};
use crate::guard::{Access, Grade, guards};
use crate::ir::{Key, Kind, Name, Span};
use crate::kept::Keeper;
use crate::knowledge::{Act, Defence, Origin, Remedy, Setting, Sink};
use crate::lower::Language;
use crate::program::{At, FunctionAt, Input, Program};
use crate::sink::{literal, root_of, sinks_of, values};
use crate::tools::{self, Reached, Shape};

/// Ways to one sink whose guards are graded.
const MAX_GRADED: usize = 24;

/// What was found, in order of the sinks' places.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Every flow from outside into a sink.
    pub flows: Vec<Flow>,
    /// Calls by which a defence is given up.
    pub settings: Vec<SettingAt>,
    /// What was not analysed, and why.
    pub cut: Vec<Cut>,
    /// Files that were given and are of a known language.
    pub files: usize,
    /// Files that the questions led to.
    pub lowered: usize,
}

/// A call by which a defence is given up.
#[derive(Debug, Clone)]
pub struct SettingAt {
    /// What is known of it.
    pub known: &'static Setting,
    /// Where it is called.
    pub at: Place,
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
    /// What else a reader should know of how it is exposed.
    pub exposure: Vec<Exposure>,
    /// The way out that the framework offers by which the value comes in.
    pub remedy: Option<&'static Remedy>,
    /// Whether the value is a part of what the sink is given, and not all of it.
    pub is_part: bool,
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
    analysed(inputs, None)
}

/// The same, with lowered files that an earlier run kept, and keeping those of this one: the same result, sooner.
pub fn analyse_again(inputs: Vec<Input>, keeper: Arc<dyn Keeper>) -> Analysis {
    analysed(inputs, Some(keeper))
}

fn analysed(inputs: Vec<Input>, keeper: Option<Arc<dyn Keeper>>) -> Analysis {
    let (unread, inputs): (Vec<Input>, Vec<Input>) =
        inputs.into_iter().partition(|input| Language::is_unread(&input.path));
    let unread: Vec<Cut> = unread.iter().filter_map(crate::unread::foreign).collect();
    let program = Program::new(inputs, keeper);
    let tools = tools::tools(&program);
    let reached = Reached::from(&program, &tools);
    let callers = Callers::new(tools);
    let files: Vec<u32> = program.files().map(|(index, _)| index).collect();
    let launches =
        files.par_iter().flat_map_iter(|file| sinks_of(&program, *file, |sink| sink.act.is_launch()));
    let mut sinks: Vec<(At, &'static Sink)> = launches.collect();
    sinks.par_extend(reached.files().par_iter().flat_map_iter(|file| of_tools(&program, &reached, *file)));
    let settings = files.par_iter().flat_map_iter(|file| settings_of(&program, *file));
    let settings: Vec<(At, &'static Setting)> = settings.collect();
    let followed: Vec<Followed> =
        sinks.par_iter().map(|(at, sink)| Followed::of(&program, &callers, &reached, *at, sink)).collect();
    let mut analysis = Analysis { files: files.len(), ..Analysis::default() };
    analysis.flows = joined(followed, &mut analysis.cut);
    analysis.settings = settings.iter().map(|(at, known)| setting(&program, *at, known)).collect();
    analysis.settings.sort_by(|a, b| a.at.cmp(&b.at));
    analysis.cut.extend(reached.cut(&program));
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
    program.close();
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

/// The sinks of a file that run when a tool is called. A command line is not also a program.
fn of_tools(program: &Program, reached: &Reached, file: u32) -> Vec<(At, &'static Sink)> {
    let mut sinks = sinks_of(program, file, |sink| !sink.act.is_launch());
    sinks.retain(|(at, _)| reached.holds(program, *at));
    let shells: Vec<At> =
        sinks.iter().filter(|(_, sink)| sink.act == Act::Shell).map(|(at, _)| *at).collect();
    sinks.retain(|(at, sink)| sink.act != Act::Execute || !shells.contains(at));
    sinks
}

impl Followed {
    fn of(program: &Program, callers: &Callers, reached: &Reached, at: At, sink: &'static Sink) -> Followed {
        let root = if sink.on.is_empty() || !sink.act.is_launch() { at } else { root_of(program, at) };
        let nothing = Followed { root, flow: None, cut: None, program: None };
        let Kind::Call { args, .. } = &program.expr(at).kind else { return nothing };
        let mut was_cut = false;
        let mut hits: Vec<(Position, Hit)> = Vec::new();
        let places = [
            (Position::Command, &sink.command),
            (Position::Args, &sink.args),
            (Position::Env, &sink.env),
            (Position::Cwd, &sink.cwd),
        ];
        let started = sink
            .command
            .iter()
            .flat_map(|pattern| values(program, at, args, pattern))
            .find_map(|(value, path)| literal(program, value, &path));
        for (position, patterns) in places {
            // Arguments of a program are its own business, unless it is a shell.
            if sink.act == Act::Execute
                && position == Position::Args
                && !started.as_deref().is_some_and(is_shell)
            {
                continue;
            }
            for (value, mut path) in patterns.iter().flat_map(|pattern| values(program, at, args, pattern)) {
                let within = (!sink.act.is_launch()).then_some(reached);
                if within.is_some() {
                    path.push(Key::Named(Name::from(TEXT)));
                }
                let found = Search::run(program, callers, within, value, path);
                was_cut |= found.was_cut;
                hits.extend(found.hits.into_iter().map(|hit| (position, hit)));
            }
        }
        hits.retain_mut(|(_, hit)| matters(program, callers, reached, sink, hit));
        let mut followed = chosen(program, at, sink, hits, was_cut, started);
        followed.root = root;
        followed
    }
}

/// The step into a value that is the text which a sink is given: what only stands beside it, as the parameters of a query
/// or the headers of a request do, is none of it.
const TEXT: &str = "#text";

/// Whether a value that comes from there matters to the sink.
fn matters(program: &Program, callers: &Callers, reached: &Reached, sink: &Sink, hit: &mut Hit) -> bool {
    let is_tool = || {
        let mut function = Some(hit.function);
        while let Some(at) = function {
            if callers.tool(at).is_some() {
                return true;
            }
            let outer = program.function(at).and_then(|here| here.parent);
            function = outer.map(|id| FunctionAt { file: at.file, id });
        }
        false
    };
    if sink.act.is_launch() {
        // A process that a tool starts is no MCP server for that.
        let is_plain = !sink.with.is_empty();
        return !(is_plain
            && hit.origin == Origin::Model
            && (is_tool() || reached.contains(program, hit.function)));
    }
    // What the library of a server calls a request is the call of a tool.
    if hit.origin == Origin::Network && is_tool() {
        hit.origin = Origin::Model;
    }
    if hit.origin != Origin::Model {
        return false;
    }
    match tools::shape(program, sink.act, &hit.way) {
        Shape::Harmless => false,
        // Tools that are made to send queries send them whole.
        Shape::Whole => sink.act != Act::Query,
        Shape::Part => {
            hit.is_part = true;
            true
        }
    }
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    matches!(name, "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" | "cmd" | "powershell" | "pwsh")
}

/// The flow of a sink, of all that was found to lead there.
fn chosen(
    program: &Program,
    at: At,
    sink: &'static Sink,
    mut hits: Vec<(Position, Hit)>,
    was_cut: bool,
    started: Option<String>,
) -> Followed {
    let mut positions: Vec<Position> = hits.iter().map(|(position, _)| *position).collect();
    positions.sort_unstable();
    positions.dedup();
    let mut others: Vec<(Origin, Place)> = hits
        .iter()
        .filter_map(|(_, hit)| hit.steps.first().map(|step| (hit.origin, place(program, step))))
        .collect();
    let mut followed = Followed { root: at, flow: None, cut: None, program: None };
    let here = Place { path: path_of(program, at.file), span: program.expr(at).span, what: String::new() };
    let farthest = hits.iter().map(|(_, hit)| hit.origin).max();
    let is_answered = farthest.is_some_and(|origin| origin > Origin::Operator);
    let cut = (was_cut && !is_answered).then(|| Cut {
        path: here.path.clone(),
        span: here.span,
        why: "more ways lead here than are followed",
    });
    let is_stored = sink.act.is_launch() && hits.iter().any(|(_, hit)| hit.origin == Origin::Stored);
    // Of the outsiders' those that decide most, of these those from farthest away, and of these the one that least
    // stands in the way of.
    hits.retain(|(_, hit)| !is_answered || hit.origin > Origin::Operator);
    let first = hits.iter().map(|(position, _)| *position).min();
    hits.retain(|(position, _)| Some(*position) == first);
    let farthest = hits.iter().map(|(_, hit)| hit.origin).max();
    hits.retain(|(_, hit)| Some(hit.origin) == farthest);
    hits.truncate(MAX_GRADED);
    let graded = hits.into_iter().map(|(_, hit)| (guards(program, sink.act, &hit), hit));
    let Some((guards, hit)) =
        graded.min_by_key(|(guards, hit)| (guards.grade, guards.access, !hit.is_part, hit.steps.len()))
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
        exposure: exposure(program, &hit, guards.access, is_stored),
        remedy: remedy(program, &hit),
        is_part: hit.is_part,
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

fn setting(program: &Program, at: At, known: &'static Setting) -> SettingAt {
    let what = match known.defence {
        Defence::OriginCheck => format!("`Origin` and `Host` are not checked ({})", known.product),
        Defence::Environment => format!("the whole environment is handed on ({})", known.product),
        Defence::LineCap => format!("lines may be of any length ({})", known.product),
    };
    SettingAt { known, at: Place { path: path_of(program, at.file), span: program.expr(at).span, what } }
}

fn place(program: &Program, step: &crate::flow::Step) -> Place {
    Place { path: path_of(program, step.file), span: step.span, what: step.what.clone() }
}

fn path_of(program: &Program, file: u32) -> String {
    program.file(file).map(|file| file.path.clone()).unwrap_or_default()
}

impl Language {
    /// Whether a file of this name is code: of a language that is analysed, or of one that is said not to be.
    pub fn wants(name: &str) -> bool {
        Language::of(name).is_some() || Language::is_unread(name)
    }
}
