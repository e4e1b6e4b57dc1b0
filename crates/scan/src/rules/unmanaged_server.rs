//! `unmanaged-server`: server that does not start through mantrap.

use mantrap_clients::{Server, Transport};

use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "unmanaged-server",
    title: "Server that does not start through mantrap",
    why: "its command can change between the moment you approved it and the moment it runs",
    details: "Every local server whose command is not `mantrap run NAME`. Auditors see it, as the list of what is still to be brought under a lock.",
    remedy: "approve the server with mantrap and let the client start `mantrap run NAME`",
    worst: Severity::Low,
    mappings: Mappings {
        owasp_mcp: &["MCP09"],
        owasp_agentic: &["ASI04"],
        aisvs: &["10.1.2", "10.3.2"],
        cwe: &["CWE-829"],
        csf: &["PR.PS-05", "ID.AM"],
    },
};

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let server = subject.server;
    let Some(command) = &server.command else { return };
    if server.transport != Transport::Stdio || is_managed(server) {
        return;
    }
    findings.push(Finding {
        severity: Severity::Low,
        persona: Persona::Auditor,
        message: format!("`{}` is started by the client itself", server.name.value),
        subject: "unmanaged".into(),
        ..subject.finding(&META, command.span, "not through a lock")
    });
}

/// `mantrap run NAME` with nothing else: a bare name or an absolute path, so that a folder cannot bring its own, and a
/// name that a lock can have, in which a client finds nothing to fill in.
pub fn is_managed(server: &Server) -> bool {
    let Some(command) = &server.command else {
        return false;
    };
    let path = command.value.as_str();
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let is_absolute =
        path.starts_with('/') || path.get(1..3).is_some_and(|drive| matches!(drive, ":\\" | ":/"));
    let is_ours = matches!(name, "mantrap" | "mantrap.exe") && (path == name || is_absolute);
    let words: Vec<&str> = server.args.iter().map(|word| word.value.as_str()).collect();
    is_ours && matches!(words.as_slice(), ["run", name] | ["run", "--", name] if is_name(name))
}

/// As `docs/lock-format.md` has it.
fn is_name(name: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = |byte: u8| is_first(byte) || matches!(byte, b'.' | b'_' | b'-');
    name.len() <= 64 && name.bytes().next().is_some_and(is_first) && name.bytes().all(fits)
}
