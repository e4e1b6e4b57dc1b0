//! `container-socket`: container engine handed over.

use super::host_mount::source;
use super::setting::{Kind, judged};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Means, Program};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "container-socket",
    title: "Container engine handed over",
    why: "whoever can talk to the container engine can start a container that owns the machine",
    details: "Sockets of Docker, Podman, containerd and CRI-O that are mounted into a container, and engines \
        of other machines that get the containers and their secrets (`docker -H tcp://…`, \
        `DOCKER_HOST`). A mounted socket is high, another machine's engine medium.",
    remedy: "drop the socket, or put a proxy with an allow-list in front of it",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP02"],
        owasp_agentic: &["ASI03", "ASI05"],
        aisvs: &["10.1.3"],
        cwe: &["CWE-250"],
        csf: &["PR.AA-05", "PR.IR-01"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject.launch.steps.iter().filter(|step| step.program == Program::Docker) {
        for flag in step.flags(Means::Mount) {
            let Some(source) = source(&flag.name, flag.text()).filter(|source| is_engine_socket(source))
            else {
                continue;
            };
            findings.push(Finding {
                message: format!("{} gives its container the engine's socket `{source}`", subject.name()),
                subject: source.clone(),
                ..subject.finding(&META, flag.span(), "the machine's container engine")
            });
        }
        for flag in step.options.iter().filter(|flag| matches!(flag.name.as_str(), "--host" | "--url")) {
            let lower = flag.text().to_ascii_lowercase();
            if lower.starts_with("tcp://") || lower.starts_with("http://") || lower.starts_with("ssh://") {
                findings.push(remote(subject, flag.text(), flag.span()));
            }
        }
    }
    for judged in judged(subject, Kind::Socket) {
        findings.push(remote(subject, &judged.setting.value.value, judged.setting.value.span));
    }
}

fn remote(subject: &Subject<'_>, engine: &str, span: mantrap_clients::Span) -> Finding {
    Finding {
        severity: Severity::Medium,
        message: format!("{} runs its containers on the engine `{engine}`", subject.name()),
        remedy: "use the engine of this machine".to_owned(),
        subject: engine.to_owned(),
        ..subject.finding(&META, span, "another machine's engine")
    }
}

/// Whether a path is the socket of a container engine, or the folder that holds it.
pub(super) fn is_engine_socket(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    const SOCKETS: &[&str] = &[
        "docker.sock",
        "podman.sock",
        "containerd.sock",
        "crio.sock",
        "docker_engine",
        "buildkitd.sock",
        "cri-dockerd.sock",
        "docker.raw.sock",
    ];
    SOCKETS.iter().any(|name| lower.ends_with(name))
        || matches!(
            lower.trim_end_matches('/'),
            "/var/run" | "/run/podman" | "/run/containerd" | "/run/docker" | "$docker_host"
        )
}
