//! `unreadable-config`: config file that could not be analysed.
//!
//! Discovery and the inventory say what stood in their way as a [`Problem`]; here it becomes a finding like any other,
//! so that every format names it and an exception can cover it. It does not count by its severity: what is unknown is
//! neither safe nor dangerous, and has an exit code of its own.

use std::collections::HashSet;
use std::path::Path;

use mantrap_clients::source::{Problem, ProblemKind};

use super::{Hook, Mappings, Meta, Rule};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Elsewhere };

/// What is known about the rule.
pub static META: Meta = Meta {
    id: "unreadable-config",
    title: "Config file that could not be analysed",
    why: "a file that cannot be read cannot be judged, and a client may still start what is in it",
    details: "Files on a path that a client reads, and files of the inventory, of which a part or everything is unknown. The kinds, as the JSON report names them:

- `unreadable`: opening or reading it failed, usually for want of permission
- `not-a-file`: a folder, device, socket or FIFO stands where a file is expected
- `too-large`: it is larger than any real file of its kind, and was not read
- `encoding`: neither UTF-8 nor UTF-16 with a byte order mark
- `syntax`: the grammar of its format is violated at the place shown
- `too-deep`: it is nested deeper than any real file
- `link`: a symbolic link that goes round in circles or leads out of the place it belongs to
- `dynamic`: a part of it is computed when it runs
- `opaque`: a store that is known and not read by design, such as an application's database
- `cut`: a limit was reached, and the rest was not looked at

The audit goes on without them. Where nothing else is found the exit code is 4. An exception in `mantrap.toml` with `rule = \"unreadable-config\"`, a `file` and a reason accepts one.",
    remedy: "look at the file by hand, or repair it so that it can be judged",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP08", "MCP09"],
        owasp_agentic: &["ASI09"],
        aisvs: &[],
        cwe: &["CWE-1059"],
        csf: &["ID.AM", "DE.AE"],
    },
};

/// The finding that says what could not be analysed, where, and what to do about it.
pub fn finding(problem: &Problem) -> Finding {
    let location = match &problem.place {
        Some((source, span)) => Location::at(source, *span, "not analysed"),
        None => Location::file(problem.origin.clone(), "not analysed"),
    };
    let member = problem.origin.member.as_deref().unwrap_or_default();
    let subject = format!("{} {} {member}", kind(problem.kind), tail(&problem.origin.path));
    Finding {
        rule: &META,
        severity: Severity::Low,
        confidence: Confidence::High,
        persona: Persona::Regular,
        message: problem.message.clone(),
        client: None,
        server: None,
        locations: vec![location],
        remedy: remedy(problem.kind).to_owned(),
        steps: Vec::new(),
        edit: None,
        subject,
    }
}

/// Takes the findings of this rule out of `findings` and keeps the problems that still have theirs: no exception and
/// no baseline covers them.
pub(crate) fn remaining(problems: Vec<Problem>, findings: &mut Vec<Finding>) -> Vec<Problem> {
    let left: HashSet<(String, String)> =
        findings.extract_if(.., |finding| finding.rule.id == META.id).map(|finding| key(&finding)).collect();
    problems.into_iter().filter(|problem| left.contains(&key(&finding(problem)))).collect()
}

fn key(finding: &Finding) -> (String, String) {
    let place = finding.primary().map(|location| location.origin.to_string());
    (place.unwrap_or_default(), finding.message.clone())
}

/// The name of a kind of problem: JSON value and SARIF descriptor.
pub fn kind(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Unreadable => "unreadable",
        ProblemKind::NotAFile => "not-a-file",
        ProblemKind::TooLarge => "too-large",
        ProblemKind::Encoding => "encoding",
        ProblemKind::Syntax => "syntax",
        ProblemKind::TooDeep => "too-deep",
        ProblemKind::Link => "link",
        ProblemKind::Dynamic => "dynamic",
        ProblemKind::Opaque => "opaque",
        ProblemKind::Cut => "cut",
    }
}

fn remedy(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Unreadable => "run the audit as an account that may read it",
        ProblemKind::NotAFile => "remove it, or put the file there that the client expects",
        ProblemKind::TooLarge => "look at it by hand: no client config is this large",
        ProblemKind::Encoding => "save it as UTF-8",
        ProblemKind::Syntax => "repair it at the place shown; until then each client may read it differently",
        ProblemKind::TooDeep => "look at it by hand: no client config is nested like this",
        ProblemKind::Link => "audit the place that it leads to, or replace the link by a file",
        ProblemKind::Dynamic => "write the value out, or look at what computes it",
        ProblemKind::Opaque => "look at the servers in the application's own settings",
        ProblemKind::Cut => "audit the rest by itself: name its folder or file",
    }
}

/// The end of a path, which stays when a repository or a home is moved.
fn tail(path: &Path) -> String {
    let names: Vec<_> = path.iter().rev().take(3).map(|name| name.to_string_lossy()).collect();
    names.into_iter().rev().collect::<Vec<_>>().join("/")
}
