//! `container-entrypoint`: replaced entry point of a container.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Program, canonical_name, program};
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "container-entrypoint",
    title: "Replaced entry point of a container",
    why: "the image was reviewed for the program it starts, and another one is started",
    details: "`--entrypoint` of `docker run`, `podman run` and `nerdctl run`: medium where it is a shell or \
        interpreter, otherwise for pedants. A shell as the container's command is `shell-command`.",
    remedy: "drop `--entrypoint`, or use an image that starts the server",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-78"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject.launch.steps.iter().filter(|step| step.program == Program::Docker) {
        for flag in step.flags(Means::Entrypoint) {
            let program = program(flag.text());
            let executes = program.is_shell() || program.is_interpreter() || program == Program::Env;
            findings.push(Finding {
                severity: if executes { Severity::Medium } else { Severity::Low },
                persona: if executes { Persona::Regular } else { Persona::Pedantic },
                message: format!(
                    "{} starts `{}` instead of its image's program",
                    subject.name(),
                    canonical_name(flag.text())
                ),
                subject: flag.text().to_owned(),
                ..subject.finding(&META, flag.span(), "replaces the image's entry point")
            });
        }
    }
}
