//! `working-directory`: working directory that decides what runs.

use super::setting::{is_shared_folder, reads_working_directory};
use super::target::{exposure, script, working_directory};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Ecosystem, Means, Place, Program, Word};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "working-directory",
    title: "Working directory that decides what runs",
    why: "package launchers and interpreters prefer the packages, modules and settings of their working directory, even to an exact pin",
    details: "`cwd`, and `--prefix` or `--workspace` of npm, where the launch reads from its working \
        directory: `npx` and `bunx` take a local package of the same name, npm and Bun read `.npmrc` and \
        `bunfig.toml`, `python -m` imports from it.\n\nHigh where anybody can write to the folder. \
        Medium where the folder holds something that would be taken: the \
        package, `.npmrc`, `bunfig.toml`, a module of that name. Otherwise for pedants. Only the \
        presence of files is looked at.",
    remedy: "drop the working directory, or point it at an empty folder of your own",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP04"],
        owasp_agentic: &["ASI05", "ASI04"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-427"],
        csf: &["PR.PS-05"],
    },
};

use std::path::Path;

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if let Some(cwd) = &subject.server.cwd {
        let word = Word::new(cwd.value.clone(), cwd.span);
        let folder = working_directory(subject, context);
        let (severity, confidence, persona, says) = judge(subject, context, &word, folder.as_deref());
        if let Some(says) = says {
            findings.push(Finding {
                severity,
                confidence,
                persona,
                message: format!("{} starts in `{}`, {says}", subject.name(), cwd.value),
                subject: "cwd".to_owned(),
                ..subject.finding(&META, cwd.span, "working directory")
            });
        }
    }
    shared(subject, findings);
    for step in subject
        .launch
        .steps
        .iter()
        .filter(|step| matches!(step.program, Program::Npx | Program::Bunx | Program::Pnpx))
    {
        for flag in step.flags(Means::Directory) {
            findings.push(Finding {
                severity: subject.by_distance(Severity::Low, Severity::Medium),
                message: format!(
                    "{} lets `{}` prefer the packages of `{}`",
                    subject.name(),
                    step.word.value,
                    flag.text()
                ),
                subject: format!("{}={}", flag.name, flag.text()),
                ..subject.finding(&META, flag.span(), "searched first")
            });
        }
    }
}

/// Options that take the project, or the list of what to start, from a folder that everybody shares.
fn shared(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let steps = subject.launch.steps.iter().filter(|step| step.place == Place::Host);
    for flag in steps.flat_map(|step| &step.options) {
        let decides = matches!(flag.means, Means::Directory | Means::ConfigFile);
        if decides && is_shared_folder(flag.text()) {
            findings.push(Finding {
                severity: Severity::High,
                confidence: subject.suspicion(),
                message: format!(
                    "{} takes what it starts from `{}`, where others can put files",
                    subject.name(),
                    flag.text()
                ),
                subject: format!("{}={}", flag.name, flag.text()),
                ..subject.finding(&META, flag.span(), "a shared folder")
            });
        }
    }
}

type Judgement = (Severity, Confidence, Persona, Option<String>);

fn judge(subject: &Subject<'_>, context: &Context<'_>, word: &Word, folder: Option<&Path>) -> Judgement {
    let reads = reads_working_directory(subject);
    let has_relative_script =
        subject.launch.steps.iter().filter_map(script).any(|script| {
            !super::target::is_absolute_anywhere(&script.value) && !script.value.starts_with('$')
        });
    let is_open = match folder {
        Some(folder) => exposure(context, folder, &word.value).is_some(),
        None => is_shared_folder(&word.value),
    };
    if is_open {
        let severity = if reads || has_relative_script { Severity::High } else { Severity::Medium };
        return (
            severity,
            subject.suspicion(),
            Persona::Regular,
            Some("where others can put packages and settings".to_owned()),
        );
    }
    if let Some(found) = folder.and_then(|folder| taken(subject, context, folder)) {
        let severity = Severity::Medium;
        return (
            severity,
            Confidence::Medium,
            Persona::Regular,
            Some(format!("where `{found}` decides what runs")),
        );
    }
    let is_root = matches!(word.value.as_str(), "/" | "C:\\" | "C:/");
    let quiet = (is_root || reads).then(|| "where packages and settings would be taken from".to_owned());
    (Severity::Low, Confidence::Medium, Persona::Pedantic, quiet)
}

/// The first thing in `folder` that the launch would prefer.
fn taken(subject: &Subject<'_>, context: &Context<'_>, folder: &Path) -> Option<String> {
    let is_there = |name: &str| context.files.look(&folder.join(name)).is_some();
    for step in &subject.launch.steps {
        let candidates: Vec<String> = match step.program {
            Program::Npx
            | Program::Npm
            | Program::Pnpm
            | Program::Pnpx
            | Program::Yarn
            | Program::Bunx
            | Program::Bun => {
                let packages = subject
                    .launch
                    .packages()
                    .iter()
                    .filter(|package| package.ecosystem == Ecosystem::Npm && !package.name.is_empty());
                let own = packages.flat_map(|package| {
                    let bare = package.name.rsplit('/').next().unwrap_or_default();
                    [
                        format!("node_modules/{}/package.json", package.name),
                        format!("node_modules/.bin/{bare}"),
                    ]
                });
                let settings: &[&str] = match step.program {
                    Program::Bun | Program::Bunx => &["bunfig.toml"],
                    Program::Yarn => &[".yarnrc", ".yarnrc.yml"],
                    _ => &[".npmrc"],
                };
                own.chain(settings.iter().map(|name| (*name).to_owned())).collect()
            }
            Program::Python => {
                let isolated = step.options.iter().any(|flag| matches!(flag.name.as_str(), "-P" | "-I"));
                let module =
                    step.flags(Means::Module).find_map(|flag| flag.value.clone()).filter(|_| !isolated);
                let base = module.map(|module| module.value.split('.').next().unwrap_or_default().to_owned());
                base.filter(|base| STANDARD.contains(&base.as_str()))
                    .map(|base| vec![format!("{base}.py"), format!("{base}/__init__.py")])
                    .unwrap_or_default()
            }
            _ => Vec::new(),
        };
        if let Some(found) = candidates.into_iter().find(|name| is_there(name)) {
            return Some(found);
        }
    }
    None
}

/// Modules of the standard library that people run: one of that name in the working directory shadows it. A
/// module of the project itself is there on purpose.
const STANDARD: &[&str] = &[
    "json",
    "http",
    "venv",
    "zipapp",
    "ensurepip",
    "pip",
    "asyncio",
    "runpy",
    "site",
    "timeit",
    "trace",
    "unittest",
    "uvicorn",
    "uv",
];
