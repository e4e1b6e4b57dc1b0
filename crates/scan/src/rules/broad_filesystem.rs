//! `broad-filesystem`: file server over everything.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::Place;
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "broad-filesystem",
    title: "File server over everything",
    why: "the model can then read keys, tokens and shell history, and a hidden instruction can ask it to",
    details: "File servers (packages whose name speaks of a file system) that get the root of a disk, all homes, or a whole home directory. A folder below a home is ordinary. Medium for a disk or all homes; low and for pedantic readers for one home.",
    remedy: "give the server the one folder that it needs",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP02", "MCP10"],
        owasp_agentic: &["ASI02", "ASI03"],
        aisvs: &["10.1.3"],
        cwe: &["CWE-732", "CWE-552"],
        csf: &["PR.AA", "PR.DS"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let is_files = |name: &str| {
        ["filesystem", "file-system", "server-files", "mcp-files", "mcp-fs"]
            .iter()
            .any(|part| name.contains(part))
    };
    let named = subject.launch.packages().iter().any(|package| is_files(&package.name));
    let started = subject
        .launch
        .steps
        .iter()
        .any(|step| is_files(&step.word.value) || step.operands.iter().any(|word| is_files(&word.value)));
    // Inside a container the mounts decide, and another rule reads those.
    let is_inside = subject.launch.steps.iter().any(|step| step.place != Place::Host);
    if !(named || started) || is_inside {
        return;
    }
    let args = subject.server.args.iter().map(|word| (&word.value, word.span));
    let env = subject
        .server
        .env
        .iter()
        .filter(|entry| entry.name.value.to_ascii_uppercase().contains("DIRECTOR"))
        .map(|entry| (&entry.value.value, entry.value.span));
    for (value, span) in args.chain(env) {
        let Some(breadth) = breadth(value) else { continue };
        let (severity, persona, what) = match breadth {
            Breadth::Machine => (Severity::Medium, Persona::Regular, "the whole disk or every home"),
            Breadth::Home => (Severity::Low, Persona::Pedantic, "a whole home directory"),
        };
        findings.push(Finding {
            severity,
            persona,
            confidence: Confidence::High,
            message: format!("`{}` gets {what}", subject.server.name.value),
            subject: value.clone(),
            ..subject.finding(&META, span, "all of it")
        });
    }
}

enum Breadth {
    Machine,
    Home,
}

fn breadth(path: &str) -> Option<Breadth> {
    const HOMES: &[&str] =
        &["~", "$HOME", "${HOME}", "%USERPROFILE%", "${userHome}", "${env:HOME}", "${env:USERPROFILE}"];
    let slashed = path.replace('\\', "/");
    let parts: Vec<&str> = slashed.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let is_drive = |part: &str| part.len() == 2 && part.ends_with(':');
    if HOMES.contains(&slashed.trim_end_matches('/')) {
        return Some(Breadth::Home);
    }
    let is_rooted = slashed.starts_with('/') || parts.first().is_some_and(|part| is_drive(part));
    let below: Vec<&str> = parts.iter().copied().filter(|part| !is_drive(part)).collect();
    match below.as_slice() {
        _ if !is_rooted => None,
        [] | ["home" | "Users" | "users" | "etc"] => Some(Breadth::Machine),
        ["root"] | ["home" | "Users" | "users", _] => Some(Breadth::Home),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roots_and_homes_are_broad() {
        for path in ["/", "//", "C:\\", "c:/", "/home", "/Users/", "C:\\Users"] {
            assert!(matches!(breadth(path), Some(Breadth::Machine)), "{path}");
        }
        for path in ["~", "$HOME", "/root", "/home/me", "/Users/me/", "C:\\Users\\me", "%USERPROFILE%"] {
            assert!(matches!(breadth(path), Some(Breadth::Home)), "{path}");
        }
        for path in [
            "/home/me/project",
            "~/project",
            "./",
            "",
            ".",
            "/srv/data",
            "C:\\data",
            "server",
            "/Users/me/Desktop",
        ] {
            assert!(breadth(path).is_none(), "{path}");
        }
    }
}
