//! `writable-executable`: program that others can change.

use super::setting::is_shared_folder;
use super::target::{open_folder, targets};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "writable-executable",
    title: "Program that others can change",
    why: "another account of the machine can replace the file, and its code then runs as this user",
    details: "Programs and scripts that are named by a path and that other accounts can write to, that lie in \
        or below a folder that others can write to, or that lie in a shared folder such as `/tmp` or \
        `C:\\\\Users\\\\Public`. High. Modes and owners are read, files are not opened; links count by \
        where they lead. A group that belongs to the owner alone does not count as others.",
    remedy: "move the file to a folder that only its owner can write to",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-732", "CWE-276"],
        csf: &["PR.AA-05", "PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for target in targets(subject, context) {
        let named = &target.word.value;
        let facts = context.files.look(&target.path);
        // What is not there is `missing-executable`.
        if facts.is_none() && context.files.is_present() {
            continue;
        }
        let (confidence, says) = if facts.is_some_and(|facts| facts.is_writable_by_others) {
            (Confidence::High, "which other accounts can write to".to_owned())
        } else if is_shared_folder(named) {
            (Confidence::Medium, "in a folder that every account shares".to_owned())
        } else if let Some(folder) = facts.and_then(|_| open_folder(context, &target.path)) {
            (Confidence::High, format!("below `{}`, which other accounts can write to", folder.display()))
        } else {
            continue;
        };
        findings.push(Finding {
            severity: Severity::High,
            confidence,
            message: format!("{} executes `{named}`, {says}", subject.name()),
            subject: named.clone(),
            ..subject.finding(
                &META,
                target.word.span,
                if target.is_program { "this program" } else { "this script" },
            )
        });
    }
}
