//! `foreign-source`: package from outside a registry.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use mantrap_clients::Span;

use super::target::script;
use crate::command::{Flag, Means, PackageRef, PackageSource, Place, Program, Step, Word};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "foreign-source",
    title: "Package from outside a registry",
    why: "nobody but the owner of that place decides what it holds tomorrow, and building it executes its code",
    details: "Package specs that name a git repository, a URL, a folder or another package (an alias), \
        requirement and override files, scripts that are run from a URL, `go run` of a remote \
        module's branch, and programs, scripts and working directories on network shares \
        (`\\\\\\\\host\\\\share`, `//host/share`), medium in one's own files and high in a stranger's.\n\nA repository or URL is medium, over plain HTTP high; a repository at a full \
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
    shares(subject, findings);
    findings.extend(subject.launch.steps.iter().filter_map(|step| script_of_url(subject, step)));
}

/// Programs, scripts, loaded files and working directories on another machine's share.
fn shares(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut words: Vec<Word> = Vec::new();
    for step in subject.launch.steps.iter().filter(|step| step.place == Place::Host) {
        words.push(step.word.clone());
        words.extend(script(step));
        let loads = |flag: &&Flag| {
            matches!(
                flag.means,
                Means::Preload
                    | Means::Script
                    | Means::Directory
                    | Means::ConfigFile
                    | Means::Interpreter
                    | Means::Command
            )
        };
        words.extend(step.options.iter().filter(loads).filter_map(|flag| flag.value.clone()));
    }
    words.extend(subject.server.cwd.iter().map(|cwd| Word::new(cwd.value.clone(), cwd.span)));
    let search_paths =
        subject.server.env.iter().filter(|entry| entry.name.value.to_ascii_uppercase().ends_with("PATH"));
    for entry in search_paths {
        let parts = entry.value.value.split(';').filter(|part| is_share(part));
        words.extend(parts.map(|part| Word::new(part, entry.value.span)));
    }
    let mut reported: Vec<Span> = Vec::new();
    for word in words.into_iter().filter(|word| is_share(&word.value)) {
        if reported.contains(&word.span) {
            continue;
        }
        reported.push(word.span);
        findings.push(Finding {
            severity: subject.by_distance(Severity::Medium, Severity::High),
            confidence: subject.suspicion(),
            message: format!("{} executes from the network share `{}`", subject.name(), word.value),
            remedy: "copy it to this machine, review it, and name the copy".to_owned(),
            subject: word.value.clone(),
            ..subject.finding(&META, word.span, "another machine's file")
        });
    }
}

/// `\\\\host\\share\\x`, `//host/share/x`, `\\\\?\\UNC\\host\\…`, `file://host/…`; not the shares that Windows gives to its own
/// Linux, nor its device names.
fn is_share(path: &str) -> bool {
    let path = path.trim_matches(['"', '\'']).replace('\\', "/").to_ascii_lowercase();
    let path = path.strip_prefix("file:").filter(|rest| !rest.starts_with("///")).unwrap_or(&path);
    let Some(rest) = path.strip_prefix("//") else { return false };
    let rest = match rest.strip_prefix("?/").or_else(|| rest.strip_prefix("./")) {
        Some(device) => match device.strip_prefix("unc/") {
            Some(rest) => rest,
            None => return false,
        },
        None => rest,
    };
    let mut parts = rest.split('/');
    let host = parts.next().unwrap_or_default();
    let is_own = matches!(host, "wsl$" | "wsl.localhost" | "localhost" | "127.0.0.1" | ".");
    let begins = host.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '[');
    begins && !is_own && parts.next().is_some_and(|share| !share.is_empty())
}

/// An interpreter, or a runner of single files, that gets its script from a URL.
fn script_of_url(subject: &Subject<'_>, step: &Step) -> Option<Finding> {
    const RUNNERS: &[&str] = &["jbang", "scala-cli", "kscript", "rust-script", "scriptisto"];
    let runs = match &step.program {
        Program::Other(name) => RUNNERS.contains(&name.as_str()),
        // Their modules are packages.
        Program::Deno | Program::Bun | Program::Java => false,
        program => program.is_interpreter(),
    };
    let inline = step.options.iter().any(|flag| matches!(flag.means, Means::Code | Means::Module));
    let is_url = |word: &&Word| {
        let lower = word.value.to_ascii_lowercase();
        ["https://", "http://", "ftp://"].iter().any(|scheme| lower.starts_with(scheme))
    };
    let script = step.operands.iter().find(|word| !word.value.starts_with('-') && word.value != "run")?;
    let url = Some(script).filter(is_url).filter(|_| runs && !inline)?;
    let is_plain = url.value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    Some(Finding {
        severity: if is_plain { Severity::High } else { Severity::Medium },
        message: format!("{} executes `{}`, whatever is there", subject.name(), url.value),
        subject: url.value.clone(),
        ..subject.finding(&META, url.span, "executed from a URL")
    })
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
fn is_index(step: &Step, word: &Word) -> bool {
    const INDEXES: &[&str] = &["-i", "--index-url", "--extra-index-url", "-f", "--find-links"];
    let before = step.args.windows(2).find(|pair| matches!(pair, [_, value] if value == word));
    word.value.starts_with('-')
        || before.and_then(|pair| pair.first()).is_some_and(|flag| INDEXES.contains(&flag.value.as_str()))
}

/// `pip install git+https://…` and `python -m pip install URL` as a server.
fn pip(subject: &Subject<'_>, step: &Step) -> Option<Finding> {
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
