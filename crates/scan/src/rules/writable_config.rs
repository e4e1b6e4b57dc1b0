//! `writable-config`: config that other accounts can write.

use mantrap_clients::{Config, Scope};

use super::{Context, Hook, Mappings, Meta, Rule, file_finding};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "writable-config",
    title: "Config that other accounts can write",
    why: "whoever can write the file decides what the client starts in your name",
    details: "Configs whose own permissions, or those of the folder they stand in, let accounts other than the owner and root write. Only for files of the machine that is looked at.",
    remedy: "take the write permission of group and others away (`chmod go-w`) from the file and its folder",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP09"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-732"],
        csf: &["PR.AA", "PR.DS"],
    },
};

fn check(config: &Config, context: &Context<'_>, findings: &mut Vec<Finding>) {
    // What an archive or manifest says is written where it is installed.
    if config.origin().member.is_some() || config.scope == Scope::Package {
        return;
    }
    let path = &config.origin().path;
    let is_writable =
        |path: &std::path::Path| context.files.look(path).is_some_and(|facts| facts.is_writable_by_others);
    let what = if is_writable(path) {
        "this file"
    } else if path.parent().is_some_and(is_writable) {
        "the folder of this file"
    } else {
        return;
    };
    findings.push(Finding {
        severity: Severity::High,
        confidence: Confidence::High,
        persona: Persona::Regular,
        message: format!("other accounts can write {what}"),
        subject: what.into(),
        ..file_finding(&META, config, Location::file(config.origin().clone(), "writable by others"))
    });
}
