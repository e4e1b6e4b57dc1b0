//! What environment variables make programs do. One table decides which rule speaks about a variable, so that no
//! fact is reported twice. Names compare without case: Windows ignores it, and deny-lists that did not were
//! bypassed (CVE-2026-58057).

mod table;
mod value;

use table::TABLE;
use value::{is_off, is_on};
pub(super) use value::{is_other_registry, names_a_git_program};

use super::Subject;
use crate::command::{Means, Place, Program, Word};

/// The rule that a variable belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `loader-environment`
    Loader,
    /// `path-override`
    Path,
    /// `foreign-registry`
    Registry,
    /// `environment-file`
    File,
    /// `disabled-tls`
    Tls,
    /// `debug-port`
    Debugger,
    /// `container-socket`
    Socket,
}

/// How much a variable can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// Worth knowing.
    Notes,
    /// Decides where code, settings or traffic come from.
    Steers,
    /// Its value, or a file it names, is executed.
    Executes,
}

/// A variable that an entry sets.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub name: Word,
    pub value: Word,
    pub place: Place,
}

/// A variable and what it does.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub setting: Setting,
    pub kind: Kind,
    pub grade: Grade,
    /// `executes code before every Node.js program`
    pub effect: &'static str,
}

/// Every variable of the entry that belongs to `kind`.
pub(super) fn judged<'s>(subject: &'s Subject<'_>, kind: Kind) -> impl Iterator<Item = &'s Judged> {
    let all = subject.settings.get_or_init(|| judge_all(subject));
    all.iter().filter(move |judged| judged.kind == kind)
}

/// Every variable of the entry that a rule speaks about.
fn judge_all(subject: &Subject<'_>) -> Vec<Judged> {
    settings(subject)
        .into_iter()
        .filter_map(|setting| {
            let (kind, grade, effect) = judge(&setting)?;
            Some(Judged { setting, kind, grade, effect })
        })
        .collect()
}

/// What the entry, its wrappers (`env NAME=value`) and its containers (`-e NAME=value`) set.
fn settings(subject: &Subject<'_>) -> Vec<Setting> {
    let own = subject.server.env.iter().map(|entry| Setting {
        name: Word::new(entry.name.value.clone(), entry.name.span),
        value: Word::new(entry.value.value.clone(), entry.value.span),
        place: Place::Host,
    });
    let mut found: Vec<Setting> = own.collect();
    for step in &subject.launch.steps {
        found.extend(step.environment.iter().map(|assignment| Setting {
            name: assignment.name.clone(),
            value: assignment.value.clone(),
            place: step.place,
        }));
        for flag in step.flags(Means::ContainerEnvironment) {
            let Some(value) = &flag.value else { continue };
            // `-e NAME` passes the variable on, with whatever value it has.
            let Some(at) = value.value.find('=') else { continue };
            found.push(Setting {
                name: value.part(0, at),
                value: value.part(at + 1, value.value.len()),
                place: Place::Container,
            });
        }
    }
    found
}

fn judge(setting: &Setting) -> Option<(Kind, Grade, &'static str)> {
    let name = setting.name.value.trim().to_ascii_uppercase().replace('-', "_");
    let value = setting.value.value.as_str();
    let first = name.as_bytes().first();
    let matches = |pattern: &str| {
        pattern.as_bytes().first() == first
            && match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => name == pattern,
            }
    };
    let found =
        TABLE.iter().find(|line| line.names.iter().any(|pattern| matches(pattern)) && (line.when)(value));
    match found {
        Some(line) if line.effect.is_empty() => None,
        Some(line) => Some((line.kind, line.grade, line.effect)),
        None => insecure_by_name(&name, value),
    }
}

/// `JIRA_SSL_VERIFY=false`, `VERIFY_SSL=0`, `X_INSECURE=true`: the names that servers give their own switches.
fn insecure_by_name(name: &str, value: &str) -> Option<(Kind, Grade, &'static str)> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let off = ends(&[
        "SSL_VERIFY",
        "VERIFY_SSL",
        "TLS_VERIFY",
        "VERIFY_TLS",
        "VERIFY_CERTS",
        "VERIFY_CERT",
        "CERT_VERIFY",
        "SSL_VERIFICATION",
        "REJECT_UNAUTHORIZED",
        "VERIFY_CERTIFICATES",
    ]);
    let on = ends(&[
        "TLS_INSECURE",
        "SSL_INSECURE",
        "SKIP_TLS_VERIFY",
        "SSL_SKIP_VERIFY",
        "TLS_SKIP_VERIFY",
        "SKIP_SSL_VERIFY",
        "INSECURE_SKIP_VERIFY",
        "SSL_NO_VERIFY",
        "IGNORE_SSL_ERRORS",
        "ALLOW_INSECURE_TLS",
        "DISABLE_SSL_VERIFICATION",
        "IGNORE_CERTIFICATE_ERRORS",
    ]);
    ((off && is_off(value)) || (on && is_on(value))).then_some((
        Kind::Tls,
        Grade::Steers,
        "switches the server's certificate checks off",
    ))
}

/// Folders that anybody can write to, by name: `/tmp` and its like on every system.
pub(super) fn is_shared_folder(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    const SHARED: &[&str] = &[
        "/tmp",
        "/var/tmp",
        "/private/tmp",
        "/private/var/tmp",
        "/dev/shm",
        "/run/shm",
        "c:/temp",
        "c:/tmp",
        "c:/windows/temp",
        "c:/users/public",
        "%temp%",
        "%tmp%",
        "%public%",
        "$tmpdir",
        "${tmpdir}",
        "/users/shared",
        "c:/programdata",
    ];
    SHARED
        .iter()
        .any(|folder| lower.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether any program of the launch could read `.npmrc`, packages or modules from its working directory.
pub(super) fn reads_working_directory(subject: &Subject<'_>) -> bool {
    subject.launch.steps.iter().any(|step| match step.program {
        Program::Npx
        | Program::Npm
        | Program::Pnpm
        | Program::Pnpx
        | Program::Yarn
        | Program::Bun
        | Program::Bunx
        | Program::Make => true,
        Program::Python => {
            step.flags(Means::Module).next().is_some()
                && !step.options.iter().any(|flag| matches!(flag.name.as_str(), "-P" | "-I"))
        }
        Program::Uv => true,
        _ => false,
    })
}
