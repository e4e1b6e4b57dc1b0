//! `privileged-container`: container without its walls.

use super::change::drop_argument;
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::{Flag, Means, Program};
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "privileged-container",
    title: "Container without its walls",
    why: "the option takes away what separates the container from the machine",
    details: "Options of `docker run`, `podman run` and `nerdctl run` (also `create` and `exec`): \
        `--privileged`, host namespaces, devices, capabilities, switched-off security profiles and host \
        names that lead elsewhere.\n\nHigh for `--privileged`, the process namespace of the host, block \
        and memory devices and capabilities that are as good as root; medium for the other host \
        namespaces, `--network host` among them, and switched-off profiles; low for the rest. Mounts are \
        `host-mount`, the engine's socket `container-socket`.",
    remedy: "drop the option",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP02"],
        owasp_agentic: &["ASI03", "ASI05"],
        aisvs: &["10.1.3"],
        cwe: &["CWE-250", "CWE-269"],
        csf: &["PR.AA-05", "PR.IR-01"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for step in subject.launch.steps.iter().filter(|step| step.program == Program::Docker) {
        for flag in step.flags(Means::Privilege) {
            let Some((severity, says)) = judge(flag) else {
                continue;
            };
            let is_one_word = flag.value.as_ref().is_none_or(|value| flag.word.value.contains(&value.value));
            findings.push(Finding {
                severity,
                message: format!(
                    "{} starts its container with `{}`, which {says}",
                    subject.name(),
                    spelled(flag)
                ),
                remedy: format!("drop `{}`", spelled(flag)),
                edit: is_one_word.then(|| drop_argument(subject, &flag.word)).flatten(),
                subject: spelled(flag),
                ..subject.finding(&META, flag.span(), says)
            });
        }
    }
}

fn spelled(flag: &Flag) -> String {
    match &flag.value {
        Some(value) if flag.name != "--privileged" => format!("{} {}", flag.name, value.value),
        _ => flag.name.clone(),
    }
}

fn judge(flag: &Flag) -> Option<(Severity, &'static str)> {
    let value = flag.text().to_ascii_lowercase();
    let is_host = value == "host" || value.starts_with("ns:") || value.starts_with("container:");
    match flag.name.as_str() {
        "--privileged" => (value != "false").then_some((Severity::High, "gives it the machine")),
        "--use-api-socket" => Some((Severity::High, "gives it the container engine")),
        "--pid" => is_host.then_some((Severity::High, "shows it every process of the machine")),
        "--userns" => is_host.then_some((Severity::Medium, "makes its root the machine's root")),
        "--ipc" => is_host.then_some((Severity::Medium, "shares memory with the machine's processes")),
        "--uts" | "--cgroupns" => is_host.then_some((Severity::Low, "shares a namespace with the machine")),
        "--network" => {
            (value == "host").then_some((Severity::Medium, "lets it reach every service of the machine"))
        }
        "--device" => Some(device(&value)),
        "--device-cgroup-rule" => Some((Severity::Medium, "opens devices to it")),
        "--cap-add" => Some(capability(&value)),
        "--security-opt" => security(&value),
        "--add-host" => (!value.contains("host-gateway"))
            .then_some((Severity::Low, "makes a name lead to another address")),
        _ => None,
    }
}

fn device(value: &str) -> (Severity, &'static str) {
    const RAW: &[&str] = &[
        "/dev/sd",
        "/dev/nvme",
        "/dev/vd",
        "/dev/xvd",
        "/dev/mem",
        "/dev/kmem",
        "/dev/port",
        "/dev/dm-",
        "/dev/mapper",
        "/dev/disk",
        "/dev/loop",
        "/dev/kvm",
        "/dev/mmcblk",
    ];
    if value == "/dev" || RAW.iter().any(|prefix| value.starts_with(prefix)) {
        (Severity::High, "gives it the machine's disk or memory")
    } else {
        (Severity::Low, "gives it a device")
    }
}

fn capability(value: &str) -> (Severity, &'static str) {
    const ROOT: &[&str] = &[
        "all",
        "sys_admin",
        "sys_ptrace",
        "sys_module",
        "sys_rawio",
        "dac_read_search",
        "dac_override",
        "bpf",
        "sys_boot",
        "sys_chroot",
        "mac_admin",
        "setfcap",
    ];
    const NETWORK: &[&str] = &[
        "net_admin",
        "net_raw",
        "sys_time",
        "syslog",
        "perfmon",
        "setuid",
        "setgid",
        "mknod",
        "audit_control",
    ];
    let name = value.strip_prefix("cap_").unwrap_or(value);
    if ROOT.contains(&name) {
        (Severity::High, "is as good as root on the machine")
    } else if NETWORK.contains(&name) {
        (Severity::Medium, "lets it change how the machine works")
    } else {
        (Severity::Low, "adds a capability")
    }
}

fn security(value: &str) -> Option<(Severity, &'static str)> {
    let value = value.replace(':', "=");
    match value.as_str() {
        "seccomp=unconfined" | "apparmor=unconfined" => {
            Some((Severity::Medium, "switches a security profile off"))
        }
        "label=disable" | "no-new-privileges=false" | "systempaths=unconfined" => {
            Some((Severity::Medium, "switches a protection off"))
        }
        _ => None,
    }
}
