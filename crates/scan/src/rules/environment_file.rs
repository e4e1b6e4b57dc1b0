//! `environment-file`: environment or settings read from a file.

use super::setting::{Kind, judged};
use super::target::{is_absolute_anywhere, script};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Place, Program};
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "environment-file",
    title: "Environment or settings read from a file",
    why: "the file can hold any variable, those that load code among them, and changes without a trace in the configuration",
    details: "Files that the client (`envFile`), a launcher or an interpreter (`--env-file`, `UV_ENV_FILE`, \
        `dotenv -e`, `docker run --env-file`) reads variables from, and files of interpreter \
        settings.\n\nLow beside the script or with a relative path, medium anywhere else. The file is \
        not opened: what it holds is not known.",
    remedy: "name the variables that the server needs in the entry",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP01"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-15"],
        csf: &["PR.PS-01"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for file in &subject.server.env_files {
        findings.push(finding(subject, &file.value, file.span, Severity::Low, Persona::Pedantic));
    }
    let scripts: Vec<String> =
        subject.launch.steps.iter().filter_map(script).map(|word| folder(&word.value)).collect();
    for step in &subject.launch.steps {
        for flag in &step.options {
            let is_settings = flag.means == Means::ConfigFile
                && flag.name != "--import-map"
                && !matches!(
                    step.program,
                    Program::Npx | Program::Npm | Program::Uv | Program::Uvx | Program::Docker | Program::Ssh
                );
            if flag.means != Means::EnvironmentFile && !is_settings {
                continue;
            }
            let file = flag.text();
            let is_near = file.is_empty()
                || !is_absolute_anywhere(file)
                || scripts.iter().any(|own| !own.is_empty() && folder(file).starts_with(own.as_str()));
            let severity = if is_near || step.program == Program::Docker || step.place == Place::Container {
                Severity::Low
            } else {
                Severity::Medium
            };
            let persona = if is_near { Persona::Pedantic } else { Persona::Regular };
            findings.push(finding(subject, file, flag.span(), severity, persona));
        }
    }
    for judged in judged(subject, Kind::File) {
        findings.push(finding(
            subject,
            &judged.setting.value.value,
            judged.setting.value.span,
            Severity::Medium,
            Persona::Regular,
        ));
    }
}

fn finding(
    subject: &Subject<'_>,
    file: &str,
    span: mantrap_clients::Span,
    severity: Severity,
    persona: Persona,
) -> Finding {
    let file = if file.is_empty() { ".env" } else { file };
    Finding {
        severity,
        persona,
        message: format!("{} reads its environment or settings from `{file}`", subject.name()),
        subject: file.to_owned(),
        ..subject.finding(&META, span, "not part of the entry")
    }
}

fn folder(path: &str) -> String {
    path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder).to_owned()
}
