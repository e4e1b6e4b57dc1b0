//! `unconfirmed-path`: path that one source alone connects with the client.

use mantrap_clients::Config;

use super::{Context, Hook, Mappings, Meta, Rule, file_finding};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "unconfirmed-path",
    title: "Path that one source alone connects with the client",
    why: "whether the client starts what stands here is not known, so the entries are judged as if it did",
    details: "Configs at a path that only a single unconfirmed source says this client reads. For auditors.",
    remedy: "check whether the client reads the file; delete it if nothing does",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP09"],
        owasp_agentic: &[],
        aisvs: &[],
        cwe: &["CWE-1059"],
        csf: &["ID.AM"],
    },
};

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    if config.confirmed || config.servers.is_empty() {
        return;
    }
    findings.push(Finding {
        severity: Severity::Low,
        confidence: Confidence::Low,
        persona: Persona::Auditor,
        message: format!("only one source says that {} reads this file", config.client.name),
        subject: "unconfirmed".into(),
        ..file_finding(&META, config, Location::file(config.origin().clone(), "unconfirmed"))
    });
}
