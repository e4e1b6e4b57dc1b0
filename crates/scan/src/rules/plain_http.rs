//! `plain-http`: a remote server is reached without TLS.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::address;
use crate::edit;
use crate::finding::{Finding, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "plain-http",
    title: "Remote server without TLS",
    why: "whoever is on the path reads the tokens and rewrites the tool descriptions that the model obeys",
    details: "Every URL of a server with the scheme `http` or `ws` whose host is not this machine.",
    remedy: "use the `https` URL of the server",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP07"],
        owasp_agentic: &["ASI07"],
        aisvs: &["10.3.1"],
        cwe: &["CWE-319"],
        csf: &["PR.DS-02"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let server = subject.server;
    let named = server.urls.iter().map(|url| (url, true));
    // A bridge (`mcp-remote URL`) gets its URL as an argument.
    let bridged = server.args.iter().map(|word| (word, is_bridge(subject)));
    for (text, counts) in named.chain(bridged) {
        let Some(address) = address::parse(&text.value) else {
            continue;
        };
        let secure = match address.scheme.to_ascii_lowercase().as_str() {
            "http" => "https",
            "ws" => "wss",
            _ => continue,
        };
        if !counts || address.is_loopback() || address::is_every_interface(address.host) {
            continue;
        }
        let url = text.value.get(address.scheme.len()..).map(|rest| format!("{secure}{rest}"));
        let edit = url
            .and_then(|url| edit::replace_text(&subject.config.source, text.span, &url, "reach it over TLS"));
        findings.push(Finding {
            message: format!("`{}` is reached over plain HTTP", server.name.value),
            // A port other than the usual one need not speak TLS: the edit is then a guess.
            edit: edit.filter(|_| !has_port(&text.value)),
            subject: address.host.to_ascii_lowercase(),
            ..subject.finding(&META, text.span, "no TLS")
        });
    }
}

fn is_bridge(subject: &Subject<'_>) -> bool {
    const BRIDGES: &[&str] =
        &["mcp-remote", "supergateway", "mcp-proxy", "@supercorp/supergateway", "mcp-remote-client"];
    subject.launch.packages().iter().any(|package| BRIDGES.contains(&package.name.as_str()))
        || subject.launch.steps.iter().any(|step| BRIDGES.contains(&step.word.value.as_str()))
}

fn has_port(url: &str) -> bool {
    let authority =
        url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    authority.rsplit(']').next().is_some_and(|tail| tail.contains(':'))
}
