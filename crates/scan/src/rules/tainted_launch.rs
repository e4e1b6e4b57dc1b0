//! `tainted-launch`: source code that lets an outsider decide what is started.

use mantrap_code::knowledge::Origin;
use mantrap_code::{Access, Exposure, Flow, Grade, Place, Position};

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

static META: Meta = Meta {
    id: "tainted-launch",
    title: "Source code that lets an outsider decide what is started",
    why: "the process runs before any MCP is spoken, with everything the program may do; a handshake that fails changes nothing",
    details: "Source code in which a value from outside reaches the start of an MCP server: its program, its arguments, its environment or its \
        folder. The way is followed through variables, fields, objects, calls and files, backwards from the launch, and shown step by \
        step.\n\nSeverity is the distance of whoever chooses the value: a network request or a model is critical, a saved flow, a stored row or a \
        registry high, an imported file medium, the operator's own environment and command line low and for auditors. A guard on the \
        way lowers it by as much as its like has held: a list of program names, refused characters, flags or variables leave it one \
        lower and name the grade. How else it is exposed is said: a route that only tests or previews, a transport that the request chooses, a stored \
        row that starts again, an account that configures somebody else's machine. What to do is said in the words of the framework by which \
        the value comes in. Only a value that names an entry of the operator's own configuration is no finding. Code in folders of tests, \
         examples and documents is for pedants.\n\nFollowed: Python, JavaScript, TypeScript, Java, Kotlin, C#, Go, Rust, Ruby and PHP. Not followed: names \
         that are made at run time, code in strings, installed packages (`node_modules`, `site-packages`). Minified files that speak of MCP servers are \
         said to be not analysed.",
    remedy: "let the request name a server, and take command, arguments and environment from configuration that only the operator writes",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP04"],
        owasp_agentic: &["ASI05", "ASI04"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-78", "CWE-88", "CWE-94"],
        csf: &["PR.PS-06", "ID.RA-01"],
    },
};

/// The finding that a flow is. `locate` finds its places.
pub(crate) fn finding(flow: &Flow, locate: &mut dyn FnMut(&Place) -> Location) -> Finding {
    let (severity, persona) = severity(flow);
    let steps: Vec<Location> = flow.steps.iter().map(&mut *locate).collect();
    let mut primary = locate(&flow.at);
    primary.label = flow.steps.last().map(|step| step.what.clone()).unwrap_or_default();
    let others = flow.others.iter().filter(|(origin, _)| *origin > Origin::Operator);
    let others: Vec<Location> = others
        .map(|(_, place)| {
            let mut location = locate(place);
            location.label = format!("reaches it too: {}", place.what);
            location
        })
        .collect();
    let guards: Vec<Location> = flow.guards.iter().map(&mut *locate).collect();
    let decided: Vec<&str> = flow.positions.iter().map(|position| position_word(*position)).collect();
    let guard = match (guard_word(flow.guard), &flow.bypass) {
        (Some(word), Some(bypass)) => format!("; {word} stands in between, and lets `{bypass}` through"),
        (Some(word), None) => format!("; {word} stands in between"),
        (None, _) => String::new(),
    };
    let program = match (&flow.program, flow.positions.contains(&Position::Command)) {
        (Some(program), false) => format!(" of `{program}`"),
        _ => String::new(),
    };
    let sink = flow.sink.call.first().map(String::as_str).unwrap_or_default();
    let source = flow.steps.first().map(|step| step.path.clone()).unwrap_or_default();
    Finding {
        rule: &META,
        severity,
        confidence: if flow.guard == Grade::None { Confidence::High } else { Confidence::Medium },
        persona,
        message: format!(
            "{} decides {}{program} that an MCP server is started with{guard}{}",
            who(flow),
            listed(&decided),
            flow.exposure.iter().map(|shape| exposure_words(*shape)).collect::<String>()
        ),
        client: None,
        server: None,
        locations: std::iter::once(primary).chain(guards).chain(others).collect(),
        steps,
        remedy: remedy(flow),
        edit: None,
        subject: format!("{} {sink} {source}", flow.at.path),
    }
}

/// The way out of the framework by which the value comes in; the operator's own values come in by none.
fn remedy(flow: &Flow) -> String {
    match flow.remedy.filter(|_| flow.origin > Origin::File) {
        Some(known) => format!("{} ({})", known.say, known.product),
        None => META.remedy.to_owned(),
    }
}

fn exposure_words(shape: Exposure) -> &'static str {
    match shape {
        Exposure::Preview => {
            "; the route is one that tests or previews, so it starts what nobody has saved or approved"
        }
        Exposure::Transport => {
            "; the request also says which transport it is, so a form that offers addresses only hides this"
        }
        Exposure::Relaunched => "; what is stored starts again without a request",
        Exposure::Tenant => "; who may configure it need not be who owns the machine",
    }
}

fn severity(flow: &Flow) -> (Severity, Persona) {
    let mut severity = match flow.origin {
        Origin::Network | Origin::Model => Severity::Critical,
        Origin::Account | Origin::Message | Origin::Stored | Origin::Registry => Severity::High,
        Origin::File => Severity::Medium,
        Origin::Operator => return (Severity::Low, Persona::Auditor),
    };
    let decides = |position| flow.positions.contains(&position);
    let runs_arguments = flow.program.as_deref().is_none_or(is_interpreter);
    let decides_program = decides(Position::Command) || (decides(Position::Args) && runs_arguments);
    if !decides_program {
        severity = lower(severity);
    }
    let mut persona = Persona::Regular;
    match flow.guard {
        Grade::None => {}
        Grade::OperatorLists => (severity, persona) = (Severity::Low, Persona::Pedantic),
        Grade::ExactMap | Grade::Checked => (severity, persona) = (Severity::Low, Persona::Auditor),
        _ => severity = lower(severity),
    }
    if flow.access == Access::Role {
        severity = lower(severity);
    }
    if is_aside(&flow.at.path) {
        (severity, persona) = (lower(severity).min(Severity::Medium), persona.max(Persona::Pedantic));
    }
    (severity, persona)
}

pub(super) fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
    }
}

/// Programs whose arguments say what runs.
fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name);
    matches!(
        name,
        "sh" | "bash"
            | "zsh"
            | "dash"
            | "cmd"
            | "powershell"
            | "pwsh"
            | "node"
            | "npx"
            | "bun"
            | "bunx"
            | "deno"
            | "uv"
            | "uvx"
            | "pipx"
            | "docker"
            | "podman"
            | "env"
            | "npm"
            | "pnpm"
            | "yarn"
            | "ruby"
            | "perl"
            | "php"
    ) || name.starts_with("python")
}

/// Folders whose code is not what runs in production.
pub(super) fn is_aside(path: &str) -> bool {
    let mut parts = path.split('/').rev().skip(1);
    let file = path.rsplit('/').next().unwrap_or(path);
    parts.any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "__tests__"
                | "testing"
                | "spec"
                | "e2e"
                | "examples"
                | "example"
                | "docs"
                | "samples"
                | "fixtures"
                | "benchmarks"
                | "cookbook"
        )
    }) || file.starts_with("test_")
        || [".test.", ".spec.", "_test."].iter().any(|mark| file.contains(mark))
}

fn who(flow: &Flow) -> &'static str {
    match flow.origin {
        Origin::Network => match flow.access {
            Access::Anybody => "a network request",
            Access::Account => "a network request of any account",
            Access::Role => "a network request of an administrator or another role",
        },
        Origin::Model => "a model or the result of a tool",
        Origin::Account => "whoever can save a flow",
        Origin::Message => "a message from another window or queue",
        Origin::Stored => "whoever wrote a stored row",
        Origin::Registry => "a registry",
        Origin::File => "whoever wrote a file of the project",
        Origin::Operator => "the operator's environment or command line",
    }
}

fn position_word(position: Position) -> &'static str {
    match position {
        Position::Command => "the program",
        Position::Args => "the arguments",
        Position::Env => "the environment",
        Position::Cwd => "the folder",
    }
}

pub(super) fn guard_word(guard: Grade) -> Option<&'static str> {
    match guard {
        Grade::None => None,
        Grade::NameList => Some("a list of program names"),
        Grade::Metacharacters => Some("a filter of shell characters"),
        Grade::FlagDenyList => Some("a list of refused flags"),
        Grade::EnvironmentDenyList => Some("a list of refused variables"),
        Grade::Prefix => Some("a comparison of how a path begins"),
        Grade::OperatorLists => Some("a list that the operator owns"),
        Grade::Checked => Some("a check that its like has held"),
        Grade::ExactMap => Some("a comparison with known commands"),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
