//! The files that a launch would execute, as far as the entry names them by path.

use std::path::{Path, PathBuf};

use mantrap_clients::discover::Os;

use super::{Context, Subject};
use crate::command::{Means, Place, Program, Step, Word};

/// A file that a launch executes.
#[derive(Debug)]
pub(super) struct Target {
    /// The word that names it.
    pub word: Word,
    /// Where it is on the target.
    pub path: PathBuf,
    /// The program itself, or a script that a program reads.
    pub is_program: bool,
}

/// Every program and script of the launch whose place can be told.
pub(super) fn targets(subject: &Subject<'_>, context: &Context<'_>) -> Vec<Target> {
    let mut found = Vec::new();
    // What a script fetches first is not there yet; `pull-through-pipe` reports it.
    let has_danger = |step: &Step| step.script.as_ref().is_some_and(|script| !script.dangers.is_empty());
    if subject.launch.steps.iter().any(has_danger) {
        return found;
    }
    for step in subject.launch.steps.iter().filter(|step| step.place == Place::Host) {
        let words = [(Some(step.word.clone()), true), (script(step), false)];
        for (word, is_program) in words {
            let Some(word) = word else { continue };
            if is_program && !word.value.contains(['/', '\\']) {
                continue;
            }
            if let Some(path) = resolve(subject, context, &word.value) {
                found.push(Target { word, path, is_program });
            }
        }
    }
    found
}

/// The file that an interpreter would read.
pub(super) fn script(step: &Step) -> Option<Word> {
    let inline = step
        .options
        .iter()
        .any(|flag| matches!(flag.means, Means::Code | Means::ShellCode | Means::Module | Means::Task));
    if inline || step.script.is_some() {
        return None;
    }
    if let Some(script) = step.flags(Means::Script).find_map(|flag| flag.value.clone()) {
        return Some(script);
    }
    let skip =
        |verbs: &[&str]| step.operands.iter().find(|word| !verbs.contains(&word.value.as_str())).cloned();
    let found = match step.program {
        Program::Node
        | Program::Python
        | Program::Perl
        | Program::Ruby
        | Program::Php
        | Program::Lua
        | Program::Shell
        | Program::Osascript
        | Program::EvalInterpreter
        | Program::PowerShell => step.operands.first().cloned(),
        Program::Bun => skip(&["run"]),
        Program::Deno => skip(&["run", "serve"]),
        Program::Uv => step.operands.first().filter(|word| word.value.ends_with(".py")).cloned(),
        Program::Dotnet => step.operands.first().filter(|word| word.value.ends_with(".dll")).cloned(),
        _ => None,
    }?;
    let is_other = found.value.contains("://")
        || found.value.starts_with("npm:")
        || found.value.starts_with("jsr:")
        || found.value == "-";
    (!is_other).then_some(found)
}

/// The absolute path on the target that a word means; `None` where a variable or a missing base hides it.
pub(super) fn resolve(subject: &Subject<'_>, context: &Context<'_>, word: &str) -> Option<PathBuf> {
    const PROJECT: &[&str] = &[
        "${workspaceFolder}",
        "${workspaceRoot}",
        "${CLAUDE_PROJECT_DIR}",
        "$CLAUDE_PROJECT_DIR",
        "${PWD}",
        "$PWD",
    ];
    let project = subject.config.project.as_deref();
    if is_absolute(word, context.os) {
        return Some(PathBuf::from(word));
    }
    if is_absolute_anywhere(word) {
        return None;
    }
    for variable in PROJECT {
        if let Some(rest) = word.strip_prefix(variable) {
            return Some(project?.join(rest.trim_start_matches('/')));
        }
    }
    if word.contains(['$', '%', '~', '{']) {
        return None;
    }
    let cwd = subject.server.cwd.as_ref().map(|cwd| cwd.value.as_str());
    let base: PathBuf = match cwd {
        Some(cwd) if is_absolute(cwd, context.os) => PathBuf::from(cwd),
        Some(cwd) => resolve_folder(project?, cwd)?,
        None => project?.to_path_buf(),
    };
    Some(base.join(word))
}

fn resolve_folder(project: &Path, cwd: &str) -> Option<PathBuf> {
    let rest = cwd.strip_prefix("${workspaceFolder}").unwrap_or(cwd).trim_start_matches('/');
    (!rest.contains(['$', '%', '~', '{'])).then(|| project.join(rest))
}

/// The working directory, when the entry or its project tells it.
pub(super) fn working_directory(subject: &Subject<'_>, context: &Context<'_>) -> Option<PathBuf> {
    let cwd = subject.server.cwd.as_ref()?;
    if is_absolute(&cwd.value, context.os) {
        return Some(PathBuf::from(&cwd.value));
    }
    resolve_folder(subject.config.project.as_deref()?, &cwd.value)
}

/// Absolute on the target's system.
pub(super) fn is_absolute(path: &str, os: Os) -> bool {
    match os {
        Os::Windows => has_drive(path) || path.starts_with(r"\\"),
        _ => path.starts_with('/'),
    }
}

/// Absolute on any system: a config may be read far from the machine it was written for.
pub(super) fn is_absolute_anywhere(path: &str) -> bool {
    path.starts_with(['/', '~']) || path.starts_with(r"\\") || has_drive(path)
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

/// The nearest folder above `path` that other accounts can write to.
pub(super) fn open_folder(context: &Context<'_>, path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .skip(1)
        .take(40)
        .find(|folder| context.files.look(folder).is_some_and(|facts| facts.is_writable_by_others))
        .map(Path::to_path_buf)
}
