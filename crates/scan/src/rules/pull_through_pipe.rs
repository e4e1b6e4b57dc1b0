//! `pull-through-pipe`: downloaded or decoded text is executed.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{DangerKind, Place};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "pull-through-pipe",
    title: "Downloaded or decoded text is executed",
    why: "whoever answers the request, or wrote the encoded text, runs programs with all rights of the user",
    details: "Shell text of the launch, in any shell and behind any wrapper, in which a download or a decoder \
        feeds a shell or interpreter (through a pipe, a substitution or a file that is executed later), \
        or which connects a shell to another machine (`/dev/tcp`, `nc -e`).\n\nAlways critical, inside a \
        container high. Nothing is downloaded or decoded to find out more.",
    remedy: "install the server as a pinned package and name it directly",
    worst: Severity::Critical,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP04"],
        owasp_agentic: &["ASI05", "ASI04"],
        aisvs: &["10.1.1", "10.3.2"],
        cwe: &["CWE-494", "CWE-78"],
        csf: &["PR.PS-05", "DE.CM-09"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut reported = Vec::new();
    for step in &subject.launch.steps {
        let Some(script) = &step.script else { continue };
        for danger in &script.dangers {
            // A shell inside a shell reads the same text again.
            if reported.contains(&danger.kind) {
                continue;
            }
            reported.push(danger.kind);
            let does = match danger.kind {
                DangerKind::FetchAndRun => "downloads text and executes it",
                DangerKind::DecodeAndRun => "decodes text and executes it",
                DangerKind::ReverseShell => "hands a shell to another machine",
            };
            findings.push(Finding {
                severity: if step.place == Place::Container { Severity::High } else { Severity::Critical },
                message: format!("{} {does}", subject.name()),
                // The text belongs to it: another address is another finding.
                subject: format!("{does}: {}", script.text.value),
                ..subject.finding(&META, danger.span, does)
            });
        }
    }
}
