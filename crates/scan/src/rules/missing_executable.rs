//! `missing-executable`: program that is not there.

use super::target::{exposure, is_fixed, targets};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "missing-executable",
    title: "Program that is not there",
    why: "the entry waits for whoever can create that file first",
    details: "Programs and scripts that are named by an absolute path and do not exist on the target: high \
        where others can write to the folder they would lie in, otherwise low and for pedants. Nothing \
        is looked up in `PATH`. Silent where the target's files cannot be seen: under another system's \
        paths, in a repository's examples (`/path/to/server`).",
    remedy: "remove the entry, or install the program",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-426"],
        csf: &["ID.AM-02", "PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.files.is_present() {
        return;
    }
    for target in targets(subject, context) {
        let named = &target.word.value;
        if !is_fixed(named, context.os) || is_placeholder(named) || context.files.look(&target.path).is_some()
        {
            continue;
        }
        let is_open = exposure(context, &target.path, named).is_some();
        findings.push(Finding {
            severity: if is_open { Severity::High } else { Severity::Low },
            confidence: if is_open { subject.suspicion() } else { Confidence::High },
            persona: if is_open { Persona::Regular } else { Persona::Pedantic },
            message: match is_open {
                true => format!(
                    "{} executes `{named}`, which does not exist, and others can create it",
                    subject.name()
                ),
                false => format!("{} executes `{named}`, which does not exist", subject.name()),
            },
            subject: named.clone(),
            ..subject.finding(&META, target.word.span, "not there")
        });
    }
}

/// What READMEs write where a path belongs.
fn is_placeholder(path: &str) -> bool {
    const SIGNS: &[&str] = &[
        "/path/to",
        "/absolute/path",
        "/your/",
        "your-",
        "/username/",
        "/your_",
        "<",
        "{",
        "$",
        "...",
        "/full/path",
    ];
    let lower = path.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}
