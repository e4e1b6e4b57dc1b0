//! `debug-port`: debugger port open.

use super::change::drop_argument;
use super::setting::{Kind, judged};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Place, Program};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "debug-port",
    title: "Debugger port open",
    why: "whoever reaches the port executes code inside the server",
    details: "Debuggers that a launch opens: `--inspect` and its variants of Node.js, Bun and Deno, also in \
        `NODE_OPTIONS`, `debugpy`, and `jdwp` of Java. High where it listens on every address, medium on \
        this machine alone.",
    remedy: "drop the option",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP07", "MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-489", "CWE-1191"],
        csf: &["PR.PS-01", "PR.IR-01"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in &subject.launch.steps {
        let mut report = |text: &str, word: &crate::command::Word| {
            let severity =
                if is_public(text) && step.place == Place::Host { Severity::High } else { Severity::Medium };
            findings.push(Finding {
                severity,
                message: format!("{} opens a debugger with `{text}`", subject.name()),
                edit: text.starts_with('-').then(|| drop_argument(subject, word)).flatten(),
                subject: text.to_owned(),
                ..subject.finding(&META, word.span, "opens a debugger")
            });
        };
        for flag in &step.options {
            let is_jdwp = flag.means == Means::Preload && flag.text().starts_with("jdwp");
            if flag.means == Means::Debugger || is_jdwp {
                report(&flag.word.value, &flag.word);
            }
        }
        let debugpy =
            step.flags(Means::Module).any(|flag| matches!(flag.text(), "debugpy" | "ptvsd" | "pydevd"));
        if step.program == Program::Python && debugpy {
            let listens = step
                .operands
                .iter()
                .position(|word| word.value == "--listen")
                .and_then(|at| step.operands.get(at + 1));
            let word = listens.unwrap_or(&step.word);
            report(&word.value, word);
        }
    }
    for judged in judged(subject, Kind::Debugger) {
        let value = &judged.setting.value;
        findings.push(Finding {
            severity: if is_public(&value.value) { Severity::High } else { Severity::Medium },
            message: format!(
                "{} sets `{}`, which {}",
                subject.name(),
                judged.setting.name.value,
                judged.effect
            ),
            subject: judged.setting.name.value.to_ascii_uppercase(),
            ..subject.finding(&META, value.span, "opens a debugger")
        });
    }
}

/// Listens on every address.
fn is_public(text: &str) -> bool {
    ["0.0.0.0", "[::]", "=*:", "address=*", "=:::"].iter().any(|address| text.contains(address))
}
