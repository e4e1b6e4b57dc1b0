//! `writable-executable`: program that others can change.

use super::target::{Exposure, exposure, targets};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "writable-executable",
    title: "Program that others can change",
    why: "another account of the machine can replace the file, and its code then runs as this user",
    details: "Programs and scripts that are named by a path and that other accounts can write to, that lie \
        below a folder that others can write to, or that belong to another account in a shared folder \
        such as `/tmp`. High. What the user keeps in such a folder is not reported: the folder's sticky \
        bit keeps others away from it. Modes and owners are read, files are not opened; links count by \
        where they lead. A group that belongs to the owner alone does not count as others.\n\nWhere \
        the target's files cannot be asked, the name decides: `/tmp`, `C:\\\\Users\\\\Public` and their \
        like, with medium confidence.",
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
        // What is not there is `missing-executable`.
        if context.files.is_present() && context.files.look(&target.path).is_none() {
            continue;
        }
        let Some(exposure) = exposure(context, &target.path, named) else {
            continue;
        };
        let confidence = match exposure {
            Exposure::ByName => Confidence::Medium,
            _ => Confidence::High,
        };
        let says = exposure.says();
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
