//! `directory-program`: directory or archive as a Python program.

use super::target::{resolve, script};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Place, Program};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "directory-program",
    title: "Directory or archive as a Python program",
    why: "Python executes the `__main__.py` inside, which no argument names and no review of the entry shows",
    details: "A Python interpreter whose program is a folder or a zip archive: `.`, a path with a trailing \
        separator, `.pyz`, `.zip`, `.egg` and `.whl` files, and paths that are folders on the \
        target.\n\nLow, medium where a stranger wrote the config. The folder is not opened.",
    remedy: "name the script inside, or run the module with `-m`",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-829"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject
        .launch
        .steps
        .iter()
        .filter(|step| step.program == Program::Python && step.place == Place::Host)
    {
        let Some(word) = script(step) else { continue };
        let lower = word.value.to_ascii_lowercase();
        let is_archive = [".pyz", ".zip", ".egg", ".whl"].iter().any(|ending| lower.ends_with(ending));
        let is_folder = matches!(lower.as_str(), "." | "..")
            || lower.ends_with(['/', '\\'])
            || resolve(subject, context, &word.value)
                .is_some_and(|path| context.files.look(&path).is_some_and(|facts| facts.is_directory));
        if !is_archive && !is_folder {
            continue;
        }
        findings.push(Finding {
            severity: subject.by_distance(Severity::Low, Severity::Medium),
            message: format!("{} executes the `__main__.py` inside `{}`", subject.name(), word.value),
            subject: word.value.clone(),
            ..subject.finding(&META, word.span, if is_archive { "an archive" } else { "a folder" })
        });
    }
}
