//! `relative-command`: program found by a relative path.

use super::target::{is_absolute_anywhere, script};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Place, Reached};
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "relative-command",
    title: "Program found by a relative path",
    why: "the folder that the client happens to start in decides which program runs",
    details: "A program that is named by a path without a fixed base (`./server`, `bin/server`, \
        `..\\\\server.exe`): medium. A script that an interpreter gets the same way, in a user's own \
        config without a working directory, is for pedants. Names without a separator are looked up in \
        `PATH` and not reported, variables of the client (`${workspaceFolder}/server`) have a base and \
        are not reported either.",
    remedy: "name the program by its absolute path",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-426"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject.launch.steps.iter().filter(|step| step.place == Place::Host) {
        if step.reached != Reached::Script && is_relative_path(&step.word.value) {
            findings.push(Finding {
                severity: Severity::Medium,
                message: format!("{} starts `{}`, wherever that is", subject.name(), step.word.value),
                subject: step.word.value.clone(),
                ..subject.finding(&META, step.word.span, "relative to the working directory")
            });
        }
        let is_own =
            subject.server.cwd.is_none() && !subject.is_foreign() && subject.config.project.is_none();
        let names_directory = subject
            .launch
            .steps
            .iter()
            .any(|step| step.flags(crate::command::Means::Directory).next().is_some());
        if let Some(word) = script(step).filter(|word| is_own && !names_directory && is_relative(&word.value))
        {
            findings.push(Finding {
                severity: Severity::Low,
                persona: Persona::Pedantic,
                message: format!("{} executes `{}`, wherever that is", subject.name(), word.value),
                remedy: "name the script by its absolute path, or set the working directory".to_owned(),
                subject: word.value.clone(),
                ..subject.finding(&META, word.span, "relative to the working directory")
            });
        }
    }
}

fn is_relative_path(word: &str) -> bool {
    word.contains(['/', '\\']) && !word.contains("://") && is_relative(word)
}

fn is_relative(word: &str) -> bool {
    !word.is_empty() && !is_absolute_anywhere(word) && !word.starts_with(['$', '%', '{', '-'])
}
