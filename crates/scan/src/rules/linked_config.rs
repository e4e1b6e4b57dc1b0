//! `linked-config`: config that is a link to somewhere else.

use std::path::Path;

use mantrap_clients::Config;

use super::{Context, Hook, Mappings, Meta, Rule, file_finding};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "linked-config",
    title: "Config that is a link to somewhere else",
    why: "the file that is read is not where it seems to be, and whoever owns the target decides what starts",
    details: "Configs reached through a symbolic link that leads out of the folder they belong to. From a repository or folder: medium, because a checkout has no business with files outside it. From a home: low and for auditors, since people keep their settings elsewhere on purpose.",
    remedy: "replace the link by a file of its own, or read the target before you trust it",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP09"],
        owasp_agentic: &["ASI04"],
        aisvs: &[],
        cwe: &["CWE-59"],
        csf: &["PR.DS", "PR.PS"],
    },
};

fn check(config: &Config, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(target) = &config.link else { return };
    let is_writable = context.files.look(target).is_some_and(|facts| facts.is_writable_by_others);
    let is_brought = config.project.is_some() || config.scope.is_foreign();
    let (severity, persona) = match (is_brought, is_writable) {
        (true, _) | (_, true) => (Severity::Medium, Persona::Regular),
        _ => (Severity::Low, Persona::Auditor),
    };
    let file =
        config.origin().path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    findings.push(Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message: format!("`{file}` is a link that leads out of its folder, to `{}`", shown(config, target)),
        subject: file,
        ..file_finding(&META, config, Location::file(config.origin().clone(), "a link"))
    });
}

/// The target as the link could say it: relative where the two share more than the root.
fn shown(config: &Config, target: &Path) -> String {
    let folder = config.origin().path.parent().unwrap_or(Path::new(""));
    let shared =
        folder.components().zip(target.components()).take_while(|(left, right)| left == right).count();
    if shared < 2 {
        return target.display().to_string();
    }
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = target.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}
