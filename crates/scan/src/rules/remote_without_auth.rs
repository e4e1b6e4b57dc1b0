//! `remote-without-auth`: remote server without credentials.

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::address;
use crate::finding::{Confidence, Finding, Persona, Severity};
use crate::secret;

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "remote-without-auth",
    title: "Remote server without credentials",
    why: "a server that lets anybody in serves you and everybody else with the same rights",
    details: "Remote servers whose entry carries no header, token, OAuth setting or credential in the URL. Many servers ask for OAuth when they are first reached, which no file shows: this is a question, not an accusation, and only auditors see it. Over plain HTTP no OAuth is possible, so there it is likelier.",
    remedy: "find out how the server knows who you are; configure OAuth or a token reference where it does not",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP07"],
        owasp_agentic: &["ASI03"],
        aisvs: &["10.2.1", "10.3.1"],
        cwe: &["CWE-306"],
        csf: &["PR.AA"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let server = subject.server;
    let Some(url) = server.urls.first().filter(|_| server.command.is_none()) else {
        return;
    };
    let Some(address) = address::parse(&url.value) else {
        return;
    };
    if address.is_loopback()
        || !address.userinfo.is_empty()
        || !server.headers.is_empty()
        || has_credentials(subject, &address)
    {
        return;
    }
    let is_plain = address.scheme.eq_ignore_ascii_case("http") || address.scheme.eq_ignore_ascii_case("ws");
    let (severity, confidence, persona) = if is_plain {
        (Severity::Medium, Confidence::Medium, Persona::Pedantic)
    } else {
        (Severity::Low, Confidence::Low, Persona::Auditor)
    };
    findings.push(Finding {
        severity,
        confidence,
        persona,
        message: format!("`{}` is reached without credentials in this file", server.name.value),
        subject: address.host.to_ascii_lowercase(),
        ..subject.finding(&META, url.span, "no credentials")
    });
}

fn has_credentials(subject: &Subject<'_>, address: &address::Address<'_>) -> bool {
    const MEMBERS: &[&str] = &[
        "auth",
        "oauth",
        "authProviderType",
        "bearer_token_env_var",
        "bearerToken",
        "authorization_token",
        "headersHelper",
        "header_env",
        "env_http_headers",
        "apiKey",
        "api_key",
        "api_key_env",
        "token",
        "client_cert",
        "clientId",
        "client_id",
        "authorization",
        "targetAudience",
    ];
    let in_query = address
        .query
        .split('&')
        .any(|pair| secret::is_secret_name(pair.split('=').next().unwrap_or_default()));
    in_query || MEMBERS.iter().any(|member| subject.server.node.member(member).is_some())
}
