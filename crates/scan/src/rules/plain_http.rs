//! `plain-http`: a remote server is reached without TLS.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
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
    for url in &subject.server.urls {
        let lower = url.value.to_ascii_lowercase();
        let Some(rest) = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("ws://")) else { continue };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if is_this_machine(host) {
            continue;
        }
        findings.push(Finding {
            message: format!("`{}` is reached over plain HTTP", subject.server.name.value),
            subject: host.to_owned(),
            ..subject.finding(&META, url.span, "no TLS")
        });
    }
}

/// Loopback names and addresses, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.ends_with(".localhost") || name == "::1" || name.starts_with("127.")
}
