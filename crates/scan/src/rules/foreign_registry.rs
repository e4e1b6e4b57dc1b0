//! `foreign-registry`: packages from another registry.

use super::setting::{Kind, is_other_registry, judged};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Program};
use crate::finding::{Confidence, Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "foreign-registry",
    title: "Packages from another registry",
    why: "a registry can serve any content under any name and version, so a pin means nothing there",
    details: "Options and environment variables that make a package launcher take packages from another place: \
        `--registry`, `--index-url`, `--default-index`, `--find-links`, `--source`, \
        `npm_config_registry` and scoped registries, `UV_DEFAULT_INDEX`, `PIP_INDEX_URL`, `GOPROXY` and \
        their like, in any case; and files of launcher settings (`--userconfig`, `uv --config-file`), \
        which can say the same. The public registries themselves are not reported.\n\nMedium, over plain \
        HTTP high, high where a stranger wrote the config. The registry is not contacted.",
    remedy: "drop the setting, or agree on the registry in the organisation and say so in an ignore entry",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP04"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.1"],
        cwe: &["CWE-494", "CWE-829"],
        csf: &["GV.SC-05", "PR.PS-02"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in &subject.launch.steps {
        for flag in &step.options {
            let is_launcher = step.program.is_package_launcher();
            let is_file = flag.means == Means::ConfigFile
                && matches!(step.program, Program::Npx | Program::Npm | Program::Uv | Program::Uvx);
            let is_registry = flag.means == Means::Registry
                && (is_launcher || step.program == Program::Dotnet)
                && is_other_registry(flag.text());
            if is_file {
                findings.push(Finding {
                    severity: subject.by_distance(Severity::Low, Severity::Medium),
                    message: format!(
                        "{} lets `{}` read its settings from `{}`",
                        subject.name(),
                        step.word.value,
                        flag.text()
                    ),
                    subject: format!("{}={}", flag.name, flag.text()),
                    ..subject.finding(&META, flag.span(), "can name a registry")
                });
            } else if is_registry {
                findings.push(finding(subject, flag.text(), flag.span(), &flag.name));
            }
        }
        if let Some((word, option)) = spelled(step) {
            findings.push(finding(subject, &word.value, word.span, option));
        }
    }
    for judged in judged(subject, Kind::Registry) {
        findings.push(finding(
            subject,
            &judged.setting.value.value,
            judged.setting.value.span,
            &judged.setting.name.value,
        ));
    }
}

fn finding(subject: &Subject<'_>, registry: &str, span: mantrap_clients::Span, option: &str) -> Finding {
    let is_plain = registry.trim().to_ascii_lowercase().starts_with("http://")
        && !registry.contains("://localhost")
        && !registry.contains("://127.");
    Finding {
        severity: if is_plain {
            Severity::High
        } else {
            subject.by_distance(Severity::Medium, Severity::High)
        },
        // An organisation that runs its own registry writes the same.
        confidence: if is_plain { Confidence::High } else { Confidence::Medium },
        message: format!("{} takes packages from `{registry}` (`{option}`)", subject.name()),
        subject: format!("{option}={registry}"),
        ..subject.finding(&META, span, "another registry")
    }
}

/// Options after a verb that has no grammar of its own: `pip install --index-url`, `dnx NAME --source`.
fn spelled(step: &crate::command::Step) -> Option<(crate::command::Word, &'static str)> {
    let options: &[&'static str] = match &step.program {
        Program::Dnx => &["--source", "--add-source"],
        Program::Other(name) if name == "pip" || name == "pip3" => {
            &["--index-url", "-i", "--extra-index-url", "--find-links"]
        }
        Program::Python if step.flags(Means::Module).any(|flag| flag.text() == "pip") => {
            &["--index-url", "-i", "--extra-index-url", "--find-links"]
        }
        _ => return None,
    };
    let already = step.options.iter().any(|flag| flag.means == Means::Registry);
    step.args.windows(2).filter(|_| !already).find_map(|pair| match pair {
        [option, value] if is_other_registry(&value.value) => {
            options.iter().find(|name| **name == option.value).map(|name| (value.clone(), *name))
        }
        _ => None,
    })
}
