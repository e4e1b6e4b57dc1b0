//! `package-scripts`: project script as a server.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Program, Step, Word};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "package-scripts",
    title: "Project script as a server",
    why: "what runs is decided by a project file that can change without a trace in the configuration",
    details: "Package managers and build tools that run what a project file says: `npm start`, `npm run`, \
        `pnpm run`, `yarn`, `bun run NAME`, `node --run`, `deno task`, `make`, `just`, `cargo run`, `go \
        run` and `dotnet run` in a folder, and installations, which run lifecycle scripts.\n\nLow, and \
        medium where a stranger wrote the config. The project file is not opened.",
    remedy: "build once, and name the built program",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP04"],
        owasp_agentic: &["ASI05", "ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-829"],
        csf: &["PR.PS-05", "PR.PS-06"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in &subject.launch.steps {
        let Some((word, how)) = script(step) else { continue };
        findings.push(Finding {
            severity: subject.by_distance(Severity::Low, Severity::Medium),
            message: format!("{} runs {how} through `{}`", subject.name(), step.word.value),
            subject: word.value.clone(),
            ..subject.finding(&META, word.span, "a project file decides")
        });
    }
}

fn script(step: &Step) -> Option<(Word, String)> {
    if let Some(flag) = step.flags(Means::Task).next() {
        let word = flag.value.clone().unwrap_or_else(|| flag.word.clone());
        let how = format!("the project's script `{}`", word.value);
        return Some((word, how));
    }
    let verb = step.args.iter().find(|word| !word.value.starts_with('-'));
    match step.program {
        Program::Make => {
            let has_code =
                step.options.iter().any(|flag| matches!(flag.means, Means::Command | Means::Script));
            (!has_code).then(|| (verb.unwrap_or(&step.word).clone(), "a recipe of the project".to_owned()))
        }
        Program::Cargo | Program::Dotnet => {
            let verb = verb.filter(|word| {
                matches!(word.value.as_str(), "run" | "watch" | "test" | "build" | "install")
            })?;
            Some((verb.clone(), "a build of the project".to_owned()))
        }
        Program::Go => {
            let verb = verb.filter(|word| word.value == "run")?;
            let target = step.operands.first()?;
            let is_module = target.value.contains('@');
            (!is_module).then(|| (verb.clone(), "a build of the project".to_owned()))
        }
        _ => None,
    }
}
