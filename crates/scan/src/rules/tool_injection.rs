//! `tool-injection`: a tool of an MCP server that runs, opens, queries or fetches what a model says.

use mantrap_code::knowledge::Act;
use mantrap_code::lower::Language;
use mantrap_code::{Flow, Grade, Place, Position};

use super::tainted_launch::{guard_word, is_aside, lower};
use super::{Hook, Mappings, Meta, Rule};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

static META: Meta = Meta {
    id: "tool-injection",
    title: "Tool of a server that runs, opens, queries or fetches what a model says",
    why: "a model repeats what it has read, so whoever writes a page, an issue or a mail that it reads chooses the arguments of the tool",
    details: "Source code of an MCP server in which an argument of a tool, prompt or resource reaches a shell or a program, a path, a database \
        query, a template or an address. The way is followed backwards from there to the tool, across functions, files and classes, \
        and shown step by step.\n\nCritical is an argument that becomes a part of a command line or of code; high, a part of a path, \
        a query or a template, or one that chooses the host of an address in part. A tool that is given a whole command line, path or \
        address is medium: it may be what the tool is for, and then it says what the server's jail has to refuse. Queries \
        that a tool is given whole are not reported. Numbers, truth values and enumerations are no such arguments, nor is what a library quotes, \
        binds or escapes for that use. A check on the way is graded: refused characters and the comparison of a path's beginning leave the finding \
        one lower; a list, a pattern or a path that is resolved before it is compared makes it low and for auditors. Code in folders of \
        tests, examples and documents is for pedants.\n\nFollowed in the languages of `tainted-launch`, with the same limits. Options that an argument adds \
        to a program other than a shell are not reported.",
    remedy: "check the argument against what the tool is for before it is used",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI02", "ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-22", "CWE-78", "CWE-89", "CWE-94", "CWE-918", "CWE-1336"],
        csf: &["PR.PS-06", "ID.RA-01"],
    },
};

/// The finding that a flow is. `locate` finds its places.
pub(crate) fn finding(flow: &Flow, locate: &mut dyn FnMut(&Place) -> Location) -> Finding {
    let (severity, persona) = severity(flow);
    let mut primary = locate(&flow.at);
    primary.label = flow.steps.last().map(|step| step.what.clone()).unwrap_or_default();
    let guards: Vec<Location> = flow.guards.iter().map(&mut *locate).collect();
    let guard = guard_word(flow.guard).map(|word| format!("; {word} stands in between")).unwrap_or_default();
    let sink = flow.sink.call.first().map(String::as_str).unwrap_or_default();
    let source = flow.steps.first().map(|step| step.path.clone()).unwrap_or_default();
    Finding {
        rule: &META,
        severity,
        confidence: if flow.guard == Grade::None { Confidence::High } else { Confidence::Medium },
        persona,
        message: format!("{} ({}){guard}", what(flow), weakness(flow.sink.act)),
        client: None,
        server: None,
        locations: std::iter::once(primary).chain(guards).collect(),
        steps: flow.steps.iter().map(&mut *locate).collect(),
        remedy: remedy(flow.sink.act, Language::of(&flow.at.path)),
        edit: None,
        subject: format!("{} {sink} {source}", flow.at.path),
    }
}

fn severity(flow: &Flow) -> (Severity, Persona) {
    let runs = matches!(flow.sink.act, Act::Shell | Act::Execute | Act::Launch);
    let mut severity = match (runs, is_part(flow)) {
        (true, true) => Severity::Critical,
        (false, true) => Severity::High,
        (_, false) if flow.sink.act == Act::Template => Severity::High,
        (_, false) => Severity::Medium,
    };
    let mut persona = Persona::Regular;
    match flow.guard {
        Grade::None => {}
        Grade::OperatorLists | Grade::Checked | Grade::ExactMap => {
            (severity, persona) = (Severity::Low, Persona::Auditor);
        }
        _ => severity = lower(severity),
    }
    if is_aside(&flow.at.path) {
        (severity, persona) = (lower(severity).min(Severity::Medium), persona.max(Persona::Pedantic));
    }
    (severity, persona)
}

/// Whether the argument is one part of what is used. What a shell is told to run is its argument.
fn is_part(flow: &Flow) -> bool {
    flow.is_part && flow.positions.first().is_some_and(|position| *position <= Position::Args)
}

fn what(flow: &Flow) -> String {
    let words = match (flow.sink.act, is_part(flow)) {
        (Act::Shell | Act::Launch, true) => {
            "an argument of a tool becomes a part of a command line or of code"
        }
        (Act::Shell | Act::Launch, false) => "a tool runs the command line or code that a model says",
        (Act::Execute, _) if !flow.positions.contains(&Position::Command) => {
            "an argument of a tool is run by a shell"
        }
        (Act::Execute, _) => "an argument of a tool decides which program runs",
        (Act::Path, true) => "an argument of a tool becomes a part of a path, and may lead out of its folder",
        (Act::Path, false) => "a tool opens any path that a model says",
        (Act::Query, _) => "an argument of a tool becomes a part of a database query",
        (Act::Template, _) => "an argument of a tool becomes a template, which may run code",
        (Act::Url, true) => "an argument of a tool decides the host of an address that is fetched",
        (Act::Url, false) => "a tool fetches any address that a model says",
    };
    words.to_owned()
}

fn weakness(act: Act) -> &'static str {
    match act {
        Act::Launch | Act::Shell | Act::Execute => "CWE-78",
        Act::Path => "CWE-22",
        Act::Query => "CWE-89",
        Act::Template => "CWE-1336",
        Act::Url => "CWE-918",
    }
}

/// What to do, in the words of the language.
fn remedy(act: Act, language: Option<Language>) -> String {
    use Language::{Csharp, Go, Java, Javascript, Php, Python, Ruby, Rust};
    let by = |ways: &[(Language, &str)]| {
        let family = language.map(Language::family);
        let way = ways.iter().find(|(known, _)| Some(*known) == family).map(|(_, way)| *way);
        way.map(|way| format!(": {way}")).unwrap_or_default()
    };
    match act {
        Act::Launch | Act::Shell | Act::Execute => format!(
            "start a program that is written in the code, without a shell, and give it the argument in a list, after `--`{}",
            by(&[
                (Python, "`subprocess.run([program, \"--\", value])`"),
                (Javascript, "`execFile(program, [\"--\", value])`"),
                (Java, "`new ProcessBuilder(program, \"--\", value)`"),
                (Go, "`exec.Command(program, \"--\", value)`"),
                (Rust, "`Command::new(program).arg(\"--\").arg(value)`"),
                (Csharp, "`ProcessStartInfo.ArgumentList`"),
                (Ruby, "`Open3.capture2(program, \"--\", value)`"),
                (Php, "`new Process([$program, '--', $value])`"),
            ])
        ),
        Act::Path => format!(
            "resolve the path with its links, and refuse it unless it then lies in the folder that the tool is for{}",
            by(&[
                (Python, "`(BASE / name).resolve().is_relative_to(BASE)`"),
                (Javascript, "`fs.realpath`, then `path.relative(base, real)`, which may not begin with `..`"),
                (Java, "`base.resolve(name).toRealPath().startsWith(base)`"),
                (Go, "`os.OpenInRoot(base, name)`"),
                (Rust, "`fs::canonicalize`, then `Path::starts_with`"),
                (Csharp, "`Path.GetFullPath`, then `StartsWith(root + separator)`"),
                (Ruby, "`File.realpath`, then `start_with?(root + \"/\")`"),
                (Php, "`realpath`, then `str_starts_with($real, $root . '/')`"),
            ])
        ),
        Act::Query => format!(
            "bind the value as a parameter; take names of tables and columns from a list{}",
            by(&[
                (Python, "`execute(\"… WHERE name = ?\", (value,))`"),
                (Javascript, "`query(\"… WHERE name = $1\", [value])`"),
                (Java, "`PreparedStatement.setString`"),
                (Go, "`db.Query(\"… WHERE name = $1\", value)`"),
                (Rust, "`query(\"… WHERE name = $1\").bind(value)`"),
                (Csharp, "`FromSql($\"…\")` or `Parameters.AddWithValue`"),
                (Ruby, "`where(\"name = ?\", value)`"),
                (Php, "`prepare(\"… WHERE name = ?\")`, then `execute([$value])`"),
            ])
        ),
        Act::Template => "keep the template in the code, and give it the value as a variable".to_owned(),
        Act::Url => "take the host from a list; otherwise look the name up once, refuse private, loopback and link-local addresses, dial the \
            address that was checked, and follow no redirect without the same check"
            .to_owned(),
    }
}
