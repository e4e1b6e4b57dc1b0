//! `host-mount`: folder of the machine inside a container.

use super::container_socket::is_engine_socket;
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Program};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "host-mount",
    title: "Folder of the machine inside a container",
    why: "what is mounted is no longer outside: a writable system folder is the machine, a home is every secret in it",
    details: "Bind mounts of `docker run`, `podman run` and `nerdctl run` (`-v`, `--volume`, \
        `--mount`).\n\nHigh for the root, system folders, whole homes, keys (`.ssh`, `.gnupg`, \
        keychains, browser profiles) and disks; medium for credentials that a tool may need (`.aws`, \
        `.kube`, `.config/gcloud`, `.docker`); other folders are for pedants. Named volumes are not \
        reported. Sockets of container engines are `container-socket`.",
    remedy: "mount the one folder that the server needs, read-only",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP02", "MCP01"],
        owasp_agentic: &["ASI03", "ASI05"],
        aisvs: &["10.1.3"],
        cwe: &["CWE-668", "CWE-552"],
        csf: &["PR.AA-05", "PR.DS-01"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject.launch.steps.iter().filter(|step| step.program == Program::Docker) {
        for flag in step.flags(Means::Mount) {
            let Some(source) = source(&flag.name, flag.text()) else {
                continue;
            };
            if is_engine_socket(&source) {
                continue;
            }
            let Some((severity, says)) = judge(&source) else {
                continue;
            };
            findings.push(Finding {
                severity,
                // READMEs of ordinary servers mount homes too.
                confidence: if says.starts_with("every secret") {
                    Confidence::Medium
                } else {
                    Confidence::High
                },
                persona: if severity == Severity::Low { Persona::Pedantic } else { Persona::Regular },
                message: format!("{} mounts `{source}` into its container: {says}", subject.name()),
                subject: source.clone(),
                ..subject.finding(&META, flag.span(), says)
            });
        }
    }
}

/// The machine's side of a mount; `None` for a volume.
pub(super) fn source(option: &str, text: &str) -> Option<String> {
    if option == "--volumes-from" {
        return None;
    }
    let source = if option == "--mount" {
        let mut fields = text.split(',').filter_map(|field| field.split_once('='));
        fields.find(|(key, _)| matches!(key.trim(), "source" | "src"))?.1.trim().to_owned()
    } else {
        // `C:\data:/data`: the colon of a drive separates nothing.
        let drive =
            matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
        let rest = if drive { text.get(2..).unwrap_or_default() } else { text };
        // The colon inside `${HOME:-/root}` neither.
        let start = rest.find('}').unwrap_or(0);
        let end = rest.get(start..)?.find(':')? + start + if drive { 2 } else { 0 };
        text.get(..end)?.to_owned()
    };
    let is_path = source.contains(['/', '\\', '$', '%', '~']) || source == ".";
    is_path.then_some(source)
}

fn judge(source: &str) -> Option<(Severity, &'static str)> {
    const KEYS: &[&str] = &[
        "/.ssh",
        "/.gnupg",
        "/keychains",
        "/.password-store",
        "/.mozilla",
        "/google-chrome",
        "/.local/share/keyrings",
        "/.bash_history",
        "/.vault-token",
        "/etc/shadow",
        "/application support/google",
    ];
    const CREDENTIALS: &[&str] = &[
        "/.aws",
        "/.kube",
        "/.azure",
        "/.config/gcloud",
        "/.docker",
        "/.netrc",
        "/.npmrc",
        "/.pypirc",
        "/.git-credentials",
        "/.config/gh",
        "/.claude",
        "/.cursor",
        "/.config",
        "/.terraform.d",
    ];
    const SYSTEM: &[&str] = &[
        "/",
        "/etc",
        "/root",
        "/home",
        "/users",
        "/var",
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib64",
        "/boot",
        "/proc",
        "/sys",
        "/dev",
        "/opt",
        "/run",
        "/mnt",
        "/volumes",
        "/system",
        "/library",
        "/private",
        "/srv",
        "c:",
        "c:/windows",
        "c:/users",
        "c:/program files",
        "d:",
        "//c",
        "/c",
        "/host_mnt",
    ];
    let lower = source.to_ascii_lowercase().replace('\\', "/");
    let path = match lower.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    if SYSTEM.contains(&path) {
        return Some((Severity::High, "it can change or read the machine"));
    }
    if ["/etc/", "/proc/", "/sys/", "/dev/", "/boot/", "/root/"].iter().any(|prefix| path.starts_with(prefix))
        && !KEYS.iter().chain(CREDENTIALS).any(|part| path.contains(part))
    {
        return Some((Severity::Medium, "a part of the system"));
    }
    if is_home(path) {
        return Some((Severity::High, "every secret of the home is inside"));
    }
    if KEYS.iter().any(|part| path.contains(part)) {
        return Some((Severity::High, "keys are inside"));
    }
    let is_credential = |part: &&&str| path.ends_with(**part) || path.contains(&format!("{part}/"));
    if CREDENTIALS.iter().find(is_credential).is_some() {
        return Some((Severity::Medium, "credentials are inside"));
    }
    Some((Severity::Low, "a folder of the machine"))
}

/// A home itself, spelled out or as a variable.
fn is_home(path: &str) -> bool {
    let variables = [
        "~",
        "$home",
        "${home}",
        "${env:home}",
        "%userprofile%",
        "${userprofile}",
        "${env:userprofile}",
        "${userhome}",
        "$userprofile",
    ];
    if variables.contains(&path) {
        return true;
    }
    let under =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
    under("/home/") || under("/users/") || under("c:/users/") || under("//c/users/") || under("/c/users/")
}
