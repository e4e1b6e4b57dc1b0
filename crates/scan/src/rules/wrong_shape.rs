//! `wrong-shape`: entry that is no server.

use mantrap_clients::Config;
use mantrap_clients::config::IrregularityKind;

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "wrong-shape",
    title: "Entry that is no server",
    why: "it is dropped without a word, or read by a more lenient client as something nobody reviewed",
    details: "A list of servers of the wrong type, or an entry in it that is not a map.",
    remedy: "write the entry as the client's documentation shows, or delete it",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP08"],
        owasp_agentic: &[],
        aisvs: &[],
        cwe: &["CWE-1286"],
        csf: &["PR.PS"],
    },
};

/// More of them say nothing new.
const MOST: usize = 8;

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let wrong = config.irregularities.iter().filter(|found| found.kind == IrregularityKind::WrongShape);
    for irregularity in wrong.take(MOST) {
        let text = config.source.slice(irregularity.span);
        let shown: String = text.chars().take(40).collect();
        findings.push(Finding {
            severity: Severity::Low,
            confidence: Confidence::Medium,
            persona: Persona::Pedantic,
            message: "this stands where servers are expected and is none".into(),
            subject: shown,
            ..finding_at(&META, config, irregularity.span, "not a server")
        });
    }
}
