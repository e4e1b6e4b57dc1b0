//! `path-override`: pATH or home replaced.

use super::setting::{Grade, Judged, Kind, is_shared_folder, judged};
use super::target::{exposure, is_absolute, is_absolute_anywhere};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "path-override",
    title: "PATH or home replaced",
    why: "a bare name such as `npx` then means whatever lies first in the new place, and settings are read from there",
    details: "`PATH`, `HOME`, `USERPROFILE`, `APPDATA`, `XDG_*`, `TMPDIR`, `KUBECONFIG` and their like in the \
        environment of the entry, in any case.\n\nA `PATH` is low where every folder of it is one that \
        package and version managers use, medium otherwise, and high where a folder is relative, empty, \
        shared (`/tmp`) or writable by others. Homes are low, medium where a stranger wrote the config. \
        What is found in the folders is not looked up.",
    remedy: "drop the variable and name the program by its absolute path",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-426", "CWE-427"],
        csf: &["PR.PS-05"],
    },
};

fn check(subject: &Subject<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for judged in judged(subject, Kind::Path) {
        let name = &judged.setting.name;
        let (severity, confidence, persona, says) = if name.value.eq_ignore_ascii_case("PATH") {
            search_path(subject, context, judged)
        } else {
            let severity = match judged.grade {
                Grade::Notes => Severity::Low,
                _ => subject.by_distance(Severity::Low, Severity::Medium),
            };
            let persona = if severity == Severity::Low { Persona::Pedantic } else { Persona::Regular };
            (severity, Confidence::High, persona, judged.effect.to_owned())
        };
        findings.push(Finding {
            severity,
            confidence,
            persona,
            message: format!("{} sets `{}`, which {says}", subject.name(), name.value),
            subject: name.value.to_ascii_uppercase(),
            ..subject.finding(&META, name.span, "replaced here")
        });
    }
}

fn search_path(
    subject: &Subject<'_>,
    context: &Context<'_>,
    judged: &Judged,
) -> (Severity, Confidence, Persona, String) {
    let value = &judged.setting.value.value;
    let is_windows = value.contains(';') || value.contains(":\\");
    let folders = value.split(if is_windows { ';' } else { ':' });
    let mut worst = (Severity::Low, Confidence::High, Persona::Pedantic, judged.effect.to_owned());
    for folder in folders {
        let is_variable = folder.starts_with(['$', '%']) && !is_shared_folder(folder);
        let is_open = match is_absolute(folder, context.os) {
            true => exposure(context, std::path::Path::new(folder), folder).is_some(),
            false => is_shared_folder(folder),
        };
        if is_variable {
            continue;
        }
        if is_open || !is_absolute_anywhere(folder) {
            let says = format!("looks for programs in `{folder}`, where others can put them");
            return (Severity::High, subject.suspicion(), Persona::Regular, says);
        }
        if !is_usual(folder) && worst.0 == Severity::Low {
            let says = format!("looks for programs in `{folder}` first");
            worst = (Severity::Medium, subject.suspicion(), Persona::Regular, says);
        }
    }
    worst
}

/// Folders of systems, package managers and version managers.
fn is_usual(folder: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "/usr/",
        "/bin",
        "/sbin",
        "/opt/homebrew",
        "/opt/local",
        "/snap",
        "/nix",
        "/run/current-system",
        "/library/",
        "/applications/",
        "/home/linuxbrew",
        "c:/windows",
        "c:/program files",
    ];
    const PARTS: &[&str] = &[
        "/.nvm/",
        "/.local/bin",
        "/.local/share/",
        "/.cargo/bin",
        "/.bun/bin",
        "/.deno/bin",
        "/.volta/",
        "/.asdf/",
        "/.pyenv/",
        "/.rbenv/",
        "/go/bin",
        "/.npm-global",
        "/.fnm",
        "/fnm",
        "/.nodenv/",
        "/.local/state/",
        "/miniconda",
        "/anaconda",
        "/miniforge",
        "/.venv/",
        "/venv/",
        "/.mise",
        "/.yarn",
        "/.pnpm",
        "/library/pnpm",
        "/node_modules/.bin",
        "/.dotnet",
        "/.sdkman/",
        "/appdata/",
        "/nodejs",
        "/scoop/",
        "/.nix-profile",
        "/.rye/",
        "/.uv",
        "/.n/",
        "/.docker/bin",
        "/.rd/bin",
        "/.orbstack",
        "/.jbang",
        "/flutter/",
        "/homebrew/",
    ];
    let lower = folder.to_ascii_lowercase().replace('\\', "/");
    PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) || PARTS.iter().any(|part| lower.contains(part))
}
