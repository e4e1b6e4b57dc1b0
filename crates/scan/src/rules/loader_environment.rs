//! `loader-environment`: environment that loads or redirects code.

use super::setting::{Grade, Kind, judged};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::Place;
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "loader-environment",
    title: "Environment that loads or redirects code",
    why: "the program and its arguments stay the same while the variable decides what is executed",
    details: "Environment variables of the entry, of wrappers (`env NAME=value`) and of containers (`-e \
        NAME=value`) that load code into loaders, shells and interpreters (`LD_PRELOAD`, `NODE_OPTIONS`, \
        `BASH_ENV`, `PYTHONSTARTUP`, `JAVA_TOOL_OPTIONS`, `GIT_SSH_COMMAND`, `npm_config_script_shell` \
        …) or steer where code and settings come from (`NODE_PATH`, `PYTHONPATH`, `CARGO_HOME` …). Names \
        compare without case, also on Linux, because the entry may be used elsewhere.\n\nA variable that \
        executes something is high, with high confidence where a stranger wrote the config; one that \
        steers is low, medium for a stranger; the rest is for pedants. Values that cannot load anything \
        (`NODE_OPTIONS=--max-old-space-size=4096`) are not reported. `PATH` and homes are \
        `path-override`, registries `foreign-registry`, switched-off certificate checks `disabled-tls`.",
    remedy: "remove the variable",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-427", "CWE-454"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for judged in judged(subject, Kind::Loader) {
        let name = &judged.setting.name;
        let (severity, persona) = match judged.grade {
            Grade::Executes => (Severity::High, Persona::Regular),
            Grade::Steers => (
                subject.by_distance(Severity::Low, Severity::Medium),
                subject.by_distance(Persona::Pedantic, Persona::Regular),
            ),
            Grade::Notes => (Severity::Low, Persona::Pedantic),
        };
        let severity =
            if judged.setting.place == Place::Container { severity.min(Severity::Medium) } else { severity };
        findings.push(Finding {
            severity,
            confidence: subject.suspicion(),
            persona,
            message: format!("{} sets `{}`, which {}", subject.name(), name.value, judged.effect),
            remedy: format!("remove `{}`", name.value),
            subject: name.value.to_ascii_uppercase(),
            ..subject.finding(&META, name.span, judged.effect)
        });
    }
}
