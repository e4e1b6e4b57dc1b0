//! `foreign-source`: package from outside a registry.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, PackageRef, PackageSource, Program};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "foreign-source",
    title: "Package from outside a registry",
    why: "nobody but the owner of that place decides what it holds tomorrow, and building it executes its code",
    details: "Package specs that name a git repository, a URL, a folder or another package (an alias), \
        requirement and override files, scripts that are run from a URL, and `go run` of a remote \
        module's branch.\n\nA repository or URL is medium, over plain HTTP high; a repository at a full \
        commit hash is low. A folder is low, and medium where a stranger wrote the config. Nothing is \
        fetched, folders are not opened.",
    remedy: "use an exact version from the registry, or a full commit hash",
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
    for package in subject.launch.packages() {
        let Some((severity, says)) = judge(subject, package) else {
            continue;
        };
        findings.push(Finding {
            severity,
            confidence: Confidence::High,
            message: format!("{} starts `{}`, which {says}", subject.name(), package.spelled),
            subject: package.spelled.clone(),
            ..subject.finding(&META, package.span, "not from a registry")
        });
    }
    for step in &subject.launch.steps {
        for flag in step.flags(Means::Requirements) {
            let is_remote = flag.text().contains("://");
            findings.push(Finding {
                severity: if is_remote {
                    Severity::Medium
                } else {
                    subject.by_distance(Severity::Low, Severity::Medium)
                },
                persona: Persona::Regular,
                message: format!("{} takes packages from the list `{}`", subject.name(), flag.text()),
                subject: flag.text().to_owned(),
                ..subject.finding(&META, flag.span(), "decides what is installed")
            });
        }
        findings.extend(pip(subject, step));
    }
}

fn judge(subject: &Subject<'_>, package: &PackageRef) -> Option<(Severity, &'static str)> {
    match &package.source {
        PackageSource::Registry => {
            let is_alias = package.spelled.contains("@npm:");
            is_alias.then_some((Severity::Low, "is another package under that name"))
        }
        PackageSource::Git { is_commit: true, .. } => {
            Some((Severity::Low, "is built from one commit of a repository"))
        }
        PackageSource::Git { url, .. } if url.contains("http://") || url.starts_with("git:") => {
            Some((Severity::High, "is built from a repository that is read without encryption"))
        }
        PackageSource::Git { revision: Some(_), .. } => {
            Some((Severity::Medium, "is built from a branch or tag of a repository"))
        }
        PackageSource::Git { .. } => Some((Severity::Medium, "is built from a repository's newest state")),
        PackageSource::Url(url) if url.to_ascii_lowercase().starts_with("http:") => {
            Some((Severity::High, "is downloaded without encryption"))
        }
        PackageSource::Url(_) => Some((Severity::Medium, "is downloaded from a URL")),
        PackageSource::Path(_) => {
            Some((subject.by_distance(Severity::Low, Severity::Medium), "is built from a folder"))
        }
    }
}

/// The value of an option that names an index is `foreign-registry`.
fn is_index(step: &crate::command::Step, word: &crate::command::Word) -> bool {
    const INDEXES: &[&str] = &["-i", "--index-url", "--extra-index-url", "-f", "--find-links"];
    let before = step.args.windows(2).find(|pair| matches!(pair, [_, value] if value == word));
    word.value.starts_with('-')
        || before.and_then(|pair| pair.first()).is_some_and(|flag| INDEXES.contains(&flag.value.as_str()))
}

/// `pip install git+https://…` and `python -m pip install URL` as a server.
fn pip(subject: &Subject<'_>, step: &crate::command::Step) -> Option<Finding> {
    let is_pip = match &step.program {
        Program::Python => step.flags(Means::Module).any(|flag| flag.text() == "pip"),
        Program::Other(name) => name == "pip" || name == "pip3",
        _ => false,
    };
    let install = step.args.iter().position(|word| word.value == "install").filter(|_| is_pip)?;
    let target = step
        .args
        .iter()
        .skip(install + 1)
        .filter(|word| !is_index(step, word))
        .find(|word| word.value.contains("://") || crate::command::is_path(&word.value))?;
    Some(Finding {
        severity: Severity::Medium,
        message: format!("{} installs `{}` when it starts", subject.name(), target.value),
        subject: target.value.clone(),
        ..subject.finding(&META, target.span, "not from a registry")
    })
}
