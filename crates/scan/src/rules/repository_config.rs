//! `repository-config`: servers that a repository brings.

use std::collections::BTreeMap;

use mantrap_clients::catalog::{Client, ProjectStart};
use mantrap_clients::{Config, Origin, Scope, Server, Switch, Transport};

use super::unmanaged_server::is_managed;
use super::{Context, Hook, Mappings, Meta, Rule, file_finding};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Fleet(check) };

static META: Meta = Meta {
    id: "repository-config",
    title: "Servers that a repository brings",
    why: "whoever can commit to the repository decides what starts on your machine",
    details: "Every config of a project, workspace or dev container that configures servers: one finding a file, whatever its number of servers. Severity follows what the client asks before it starts them. A client that starts them without a question: high, because opening the folder is enough. One that documents nothing: medium. One that asks: low, for pedantic readers. Entries that start `mantrap run NAME` do not count: what they start is not the repository's to say.",
    remedy: "read the entries before you open the folder in that client, and keep what you need in your own config",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP09"],
        owasp_agentic: &["ASI01", "ASI05"],
        aisvs: &["10.1.2", "10.4.7"],
        cwe: &["CWE-829"],
        csf: &["PR.PS", "ID.AM"],
    },
};

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut by_file: BTreeMap<&Origin, Vec<&Config>> = BTreeMap::new();
    for config in context.fleet {
        let is_brought = matches!(config.scope, Scope::Project | Scope::Workspace);
        if is_brought && config.servers.iter().any(is_live) {
            by_file.entry(config.origin()).or_default().push(config);
        }
    }
    for readers in by_file.values() {
        findings.extend(report(readers));
    }
}

/// Whether opening the folder could start what the folder says. Of `mantrap run NAME` it says only the name.
fn is_live(server: &Server) -> bool {
    server.switch == Switch::On && !is_managed(server)
}

fn report(readers: &[&Config]) -> Option<Finding> {
    let config = readers.first()?;
    let live = config.servers.iter().filter(|server| is_live(server));
    let count = live.clone().count();
    let starts_process = live.clone().any(|server| server.transport == Transport::Stdio);
    // A file that several clients read is judged by the one that asks most: which of them is installed is not
    // known, and a common file must not be called dangerous because a rare client reads it too.
    let clients: Vec<&Client> = readers
        .iter()
        .flat_map(|config| [config.client].into_iter().chain(config.also_read_by.iter().copied()))
        .collect();
    let client = clients
        .iter()
        .copied()
        .filter(|client| client.id != "repository")
        .min_by_key(|client| eagerness(client.project_start))
        .unwrap_or(config.client);
    let start = client.project_start;
    let (severity, confidence, persona, says) = match start {
        ProjectStart::Silent if starts_process => (
            Severity::High,
            Confidence::High,
            Persona::Regular,
            "starts without asking when the folder is opened",
        ),
        ProjectStart::Silent => (
            Severity::Medium,
            Confidence::High,
            Persona::Regular,
            "connects to without asking when the folder is opened",
        ),
        ProjectStart::Undocumented => (
            Severity::Medium,
            Confidence::Low,
            Persona::Pedantic,
            "may start without asking: its vendor documents no question",
        ),
        ProjectStart::AsksPerFolder => {
            (Severity::Low, Confidence::High, Persona::Pedantic, "starts once the folder is trusted")
        }
        ProjectStart::AsksPerServer => {
            (Severity::Low, Confidence::High, Persona::Pedantic, "starts after a question for each")
        }
        ProjectStart::OffByDefault => {
            (Severity::Low, Confidence::High, Persona::Auditor, "starts only when switched on")
        }
    };
    let severity = if starts_process { severity } else { severity.min(Severity::Medium) };
    let first = live.clone().next()?;
    let noun = if count == 1 { "server" } else { "servers" };
    Some(Finding {
        severity,
        confidence,
        persona,
        message: format!(
            "this folder brings {count} {noun} that {} {says}{}",
            client.name,
            others(&clients, client)
        ),
        subject: config
            .origin()
            .path
            .file_name()
            .map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        ..file_finding(&META, config, Location::at(&config.source, first.name.span, "the first of them"))
    })
}

/// The clients that start them without a question although the one that is judged asks.
fn others(clients: &[&Client], judged: &Client) -> String {
    if judged.project_start == ProjectStart::Silent {
        return String::new();
    }
    let mut silent: Vec<&str> = clients
        .iter()
        .filter(|client| client.project_start == ProjectStart::Silent)
        .map(|client| client.name.as_str())
        .collect();
    silent.sort_unstable();
    silent.dedup();
    match silent.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} reads the file too and starts them without asking"),
        many => format!("; {} read the file too and start them without asking", many.join(", ")),
    }
}

fn eagerness(start: ProjectStart) -> u8 {
    match start {
        ProjectStart::OffByDefault => 0,
        ProjectStart::AsksPerServer => 1,
        ProjectStart::AsksPerFolder => 2,
        ProjectStart::Undocumented => 3,
        ProjectStart::Silent => 4,
    }
}
