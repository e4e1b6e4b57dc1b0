//! `launcher-shell`: package launcher used as a shell.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Grade, Means};
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "launcher-shell",
    title: "Package launcher used as a shell",
    why: "the launcher looks harmless in a list of allowed programs while its option executes any command",
    details: "`npx`, `npm exec`, `pnpm exec`, `pnpm dlx` and `bun exec` with a shell string (`-c`, `--call` in \
        any cluster or abbreviation, `--shell-mode`), with another shell (`--shell`, `--script-shell`) \
        or with options that they pass on to an interpreter (`--node-arg`, `--node-options`, \
        `--pip-args`).\n\nHigh; the confidence is high where a stranger wrote the file. A string that \
        only starts one known launcher is medium. Text that downloads and executes is \
        `pull-through-pipe`. The same settings in the environment are `loader-environment`.",
    remedy: "name the package and its arguments without the option",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-88", "CWE-78"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject.launch.steps.iter().filter(|step| step.program.is_package_launcher()) {
        for flag in &step.options {
            let (does, mut severity) = match flag.means {
                Means::ShellCode => ("executes a shell string", Severity::High),
                Means::Command => ("starts another shell", Severity::High),
                Means::PassThrough => (
                    "passes options on to another program",
                    subject.by_distance(Severity::Medium, Severity::High),
                ),
                _ => continue,
            };
            let mut confidence = subject.suspicion();
            if flag.means == Means::ShellCode
                && let Some(script) = &step.script
            {
                if !script.dangers.is_empty() {
                    continue;
                }
                if script.grade == Grade::Launches {
                    (severity, confidence) = (Severity::Medium, Confidence::High);
                }
            }
            findings.push(Finding {
                severity,
                confidence,
                message: format!(
                    "{} {does} through `{}` of `{}`",
                    subject.name(),
                    flag.name,
                    step.word.value
                ),
                subject: format!("{}={}", flag.name, flag.text()),
                ..subject.finding(&META, flag.span(), does)
            });
        }
    }
}
