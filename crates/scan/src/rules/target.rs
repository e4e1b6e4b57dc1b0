//! The files that a launch would execute, as far as the entry names them by path.

use std::path::{Path, PathBuf};

use mantrap_clients::discover::Os;

use super::setting::is_shared_folder;
use super::{Context, FileFacts, Subject};
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
    let word = without_scheme(word);
    if is_absolute(word, context.os) {
        return Some(PathBuf::from(word));
    }
    if let Some(rest) = below_home(word) {
        return Some(home(subject, context)?.join(rest));
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
        Some(_) => working_directory(subject, context)?,
        None => project?.to_path_buf(),
    };
    Some(base.join(word))
}

/// `file:///srv/x` and `file:/srv/x` name `/srv/x`, `file:///C:/x` names `C:/x`.
fn without_scheme(word: &str) -> &str {
    let has_scheme = word.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let Some(rest) = word.get(5..).filter(|_| has_scheme) else {
        return word;
    };
    let rest = match rest.strip_prefix("//") {
        // A host that is not this machine's is nobody's file.
        Some(path) if path.starts_with('/') => path,
        Some(path) => path.strip_prefix("localhost").unwrap_or(word),
        None => rest,
    };
    let drive = rest.strip_prefix('/').filter(|rest| has_drive(rest));
    drive.unwrap_or(rest)
}

/// What follows `~/`, `$HOME/` and the other ways to name the home of whoever reads the file.
fn below_home(word: &str) -> Option<&str> {
    const HOMES: &[&str] = &[
        "~",
        "$HOME",
        "${HOME}",
        "${env:HOME}",
        "${userHome}",
        "$env:USERPROFILE",
        "%USERPROFILE%",
        "${USERPROFILE}",
        "${env:USERPROFILE}",
    ];
    let rest = HOMES.iter().find_map(|home| word.strip_prefix(home))?;
    let below = rest.strip_prefix(['/', '\\'])?;
    (!below.contains(['$', '%', '{'])).then(|| below.trim_start_matches(['/', '\\']))
}

fn home(subject: &Subject<'_>, context: &Context<'_>) -> Option<PathBuf> {
    // What a stranger's file means by it, only its reader knows: the home that is audited.
    context.files.home(&subject.config.origin().path)
}

fn resolve_folder(project: &Path, cwd: &str) -> Option<PathBuf> {
    let rest = cwd.strip_prefix("${workspaceFolder}").unwrap_or(cwd).trim_start_matches('/');
    (!rest.contains(['$', '%', '~', '{'])).then(|| project.join(rest))
}

/// The working directory, when the entry or its project tells it.
pub(super) fn working_directory(subject: &Subject<'_>, context: &Context<'_>) -> Option<PathBuf> {
    let cwd = subject.server.cwd.as_ref()?;
    let folder = without_scheme(&cwd.value);
    if is_absolute(folder, context.os) {
        return Some(PathBuf::from(folder));
    }
    if let Some(rest) = below_home(folder) {
        return Some(home(subject, context)?.join(rest));
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

/// Whether a word names the same file from every working directory: absolute, below the home, a `file:` URL.
pub(super) fn is_fixed(word: &str, os: Os) -> bool {
    let path = without_scheme(word);
    is_absolute(path, os) || below_home(path).is_some()
}

/// Absolute on any system: a config may be read far from the machine it was written for.
pub(super) fn is_absolute_anywhere(path: &str) -> bool {
    path.starts_with(['/', '~']) || path.starts_with(r"\\") || has_drive(path)
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

/// How other accounts can put a file of theirs where `path` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Exposure {
    /// They can write to it.
    Writable,
    /// It is another account's already, in a folder that all share.
    AnothersIn(PathBuf),
    /// It, or the nearest folder above it that exists, is one in which everybody may create files.
    Creatable(PathBuf),
    /// They can write to a folder above it, and so replace what is below.
    Below(PathBuf),
    /// Its name says that everybody shares the folder; nothing of the target can be asked.
    ByName,
}

impl Exposure {
    /// What a finding says about a program there.
    pub(super) fn says(&self) -> String {
        match self {
            Exposure::Writable => "which other accounts can write to".to_owned(),
            Exposure::AnothersIn(folder) => {
                format!("which another account put into the shared folder `{}`", folder.display())
            }
            Exposure::Creatable(folder) => {
                format!("which anybody can put into the shared folder `{}`", folder.display())
            }
            Exposure::Below(folder) => {
                format!("below `{}`, which other accounts can write to", folder.display())
            }
            Exposure::ByName => "in a folder that every account shares".to_owned(),
        }
    }
}

/// Whether another account can put a file of its own where `path` is. In a sticky folder such as `/tmp` only what
/// is not there yet, or is theirs, can be theirs: what the user keeps there is out of their reach. `named` is the
/// word of the entry, which decides where the target cannot be asked.
pub(super) fn exposure(context: &Context<'_>, path: &Path, named: &str) -> Option<Exposure> {
    if !context.files.is_present() || context.os == Os::Windows {
        return is_shared_folder(without_scheme(named)).then_some(Exposure::ByName);
    }
    let mut below: Option<FileFacts> = None;
    for place in path.ancestors().take(MAX_ANCESTORS) {
        let facts = context.files.look(place);
        let is_itself = place == path;
        match facts {
            Some(facts) if facts.is_writable_by_others => {
                return Some(if is_itself { Exposure::Writable } else { Exposure::Below(place.into()) });
            }
            Some(facts) if facts.is_shared => match below {
                None => return Some(Exposure::Creatable(place.into())),
                Some(below) if below.is_owned_by_another => return Some(Exposure::AnothersIn(place.into())),
                Some(_) => {}
            },
            _ => {}
        }
        below = facts.or(below);
    }
    None
}

/// Deeper paths are not worth the questions.
const MAX_ANCESTORS: usize = 40;
