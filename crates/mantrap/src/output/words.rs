//! The words that every format uses for the same idea.

use mantrap_clients::{Scope, Transport};
use mantrap_scan::finding::{Confidence, Persona, Severity};
use mantrap_scan::report::{FixQuality, PackageEvidence};
use mantrap_scan::rules::Meta;

pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

pub(crate) fn persona(persona: Persona) -> &'static str {
    match persona {
        Persona::Regular => "regular",
        Persona::Pedantic => "pedantic",
        Persona::Auditor => "auditor",
    }
}

pub(crate) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::User => "user",
        Scope::Profile => "profile",
        Scope::Project => "project",
        Scope::Workspace => "workspace",
        Scope::Plugin => "plugin",
        Scope::Extension => "extension",
        Scope::Managed => "managed",
        Scope::Package => "package",
    }
}

pub(crate) fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Stdio => "stdio",
        Transport::Http => "http",
        Transport::Sse => "sse",
        Transport::WebSocket => "web-socket",
        Transport::Unknown => "unknown",
    }
}

/// The quality of a fix, for people.
pub(crate) fn fix_quality(quality: FixQuality) -> &'static str {
    match quality {
        FixQuality::Structural => "structural fix",
        FixQuality::Ordinary => "ordinary fix",
        FixQuality::Filter => "a filter",
        FixQuality::FilterBypassed => "a filter that was bypassed",
        FixQuality::Warning => "a warning only",
        FixQuality::None => "no fix",
        FixQuality::Unknown => "a fix of unknown kind",
    }
}

pub(crate) fn evidence(evidence: PackageEvidence) -> &'static str {
    match evidence {
        PackageEvidence::Installed => "installed",
        PackageEvidence::Locked => "locked",
        PackageEvidence::Declared => "declared",
        PackageEvidence::Image => "in an image",
        PackageEvidence::Deployed => "deployed",
        PackageEvidence::Running => "running",
        PackageEvidence::Launched => "launched by a client",
    }
}

/// `1 server`, `2 servers`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// `1 advisory`, `2 advisories`.
pub(crate) fn counted_advisories(count: usize) -> String {
    if count == 1 { "1 advisory".to_owned() } else { format!("{count} advisories") }
}

/// Sentence case with a full stop, for formats that print prose.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    let mut sentence: String = first.to_uppercase().collect();
    sentence.push_str(characters.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// The frameworks that a rule maps to, with their ids.
pub(crate) fn mappings(meta: &Meta) -> Vec<(&'static str, &'static [&'static str])> {
    let mappings = &meta.mappings;
    [
        ("OWASP MCP Top 10", mappings.owasp_mcp),
        ("OWASP Agentic Top 10", mappings.owasp_agentic),
        ("OWASP AISVS 1.0", mappings.aisvs),
        ("CWE", mappings.cwe),
        ("NIST CSF 2.0", mappings.csf),
    ]
    .into_iter()
    .filter(|(_, ids)| !ids.is_empty())
    .collect()
}

/// The page of a rule.
pub(crate) fn rule_page(id: &str) -> String {
    format!("{}/blob/main/docs/rules/{id}.md", env!("CARGO_PKG_REPOSITORY"))
}
