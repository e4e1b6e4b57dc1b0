//! `strict-json`: file that its client refuses.

use mantrap_clients::Config;
use mantrap_clients::config::IrregularityKind;

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "strict-json",
    title: "File that its client refuses",
    why: "a client that reads strict JSON drops the whole file without a word, policies and all",
    details: "Comments, trailing commas and other leniencies in a file whose client wants strict JSON. The audit reads the file all the same, because another client may.",
    remedy: "remove what strict JSON does not allow",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP08"],
        owasp_agentic: &[],
        aisvs: &[],
        cwe: &["CWE-1286"],
        csf: &["PR.PS"],
    },
};

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let first = config.irregularities.iter().find(|found| found.kind == IrregularityKind::NotStrictJson);
    let Some(first) = first else { return };
    findings.push(Finding {
        severity: Severity::Low,
        confidence: Confidence::Medium,
        persona: Persona::Pedantic,
        message: format!("{} reads strict JSON, and this is not", config.client.name),
        subject: "strict".into(),
        ..finding_at(&META, config, first.span, "from here on")
    });
}
