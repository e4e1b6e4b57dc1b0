//! `ambiguous-transport`: entry that can be read two ways.

use mantrap_clients::Transport;

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::address;
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "ambiguous-transport",
    title: "Entry that can be read two ways",
    why: "one client connects to a URL and another starts a process, from the same entry",
    details: "Entries with both a command and a URL; entries whose declared transport contradicts what they hold (`http` with a command, `stdio` with only a URL); two different commands or URLs in one entry. Medium where a process could start that the entry does not announce, low otherwise.",
    remedy: "keep the one that you mean and delete the rest",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05", "MCP07"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.1", "10.3.2"],
        cwe: &["CWE-436"],
        csf: &["PR.PS"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let server = subject.server;
    let name = &server.name.value;
    let url = server.urls.iter().find(|url| address::parse(&url.value).is_some());
    let report = |severity, persona, span, message: String, what: &str| Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message,
        subject: what.to_owned(),
        ..subject.finding(&META, span, "which one counts?")
    };
    let commands: Vec<_> = ["command", "cmd"].iter().filter_map(|key| server.node.member(key)).collect();
    if let [first, second] = commands.as_slice()
        && first.value.text() != second.value.text()
    {
        let message = format!("`{name}` names two programs, under `{}` and `{}`", first.key, second.key);
        findings.push(report(Severity::Medium, Persona::Regular, second.value.span, message, "two programs"));
    }
    let says_remote = server
        .declared_transport
        .as_ref()
        .filter(|_| matches!(server.transport, Transport::Http | Transport::Sse | Transport::WebSocket));
    match (&server.command, url, says_remote) {
        (Some(command), Some(_), says) => {
            let hides = if says.is_some() { ", and says that it is remote" } else { "" };
            let message = format!("`{name}` has both a command and a URL{hides}");
            findings.push(report(
                Severity::Medium,
                Persona::Regular,
                command.span,
                message,
                "command and url",
            ));
        }
        (Some(command), None, Some(says)) => {
            let message = format!("`{name}` says `{}` and names a command", says.value);
            findings.push(report(
                Severity::Medium,
                Persona::Regular,
                command.span,
                message,
                "remote with command",
            ));
        }
        (None, Some(url), _)
            if server.transport == Transport::Stdio && server.declared_transport.is_some() =>
        {
            let message = format!("`{name}` says that it is local and has only a URL");
            findings.push(report(Severity::Low, Persona::Pedantic, url.span, message, "local with url"));
        }
        (None, Some(url), _)
            if server.declared_transport.is_none() && subject.config.client.id == "claude-code" =>
        {
            let message = format!(
                "`{name}` has a URL and no `type`: {} takes it for a local server and skips it",
                subject.config.client.name
            );
            findings.push(report(Severity::Low, Persona::Pedantic, url.span, message, "url without type"));
        }
        _ => {}
    }
    let hosts = server.urls.iter().filter_map(|url| Some((url, address::parse(&url.value)?.host)));
    let mut hosts = hosts.skip_while(|(_, host)| host.is_empty());
    if let Some((_, first)) = hosts.next()
        && let Some((other, host)) = hosts.find(|(_, host)| !host.eq_ignore_ascii_case(first))
    {
        let message = format!("`{name}` has URLs of two hosts, `{first}` and `{host}`");
        findings.push(report(Severity::Medium, Persona::Regular, other.span, message, "two hosts"));
    }
}
