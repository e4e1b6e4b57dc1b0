//! `duplicate-key`: one key twice in a map.

use mantrap_clients::config::IrregularityKind;
use mantrap_clients::{Config, Node, Span};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at, server_at};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "duplicate-key",
    title: "One key twice in a map",
    why: "parsers differ on which of the two counts, so what was reviewed need not be what runs",
    details: "Keys that stand twice in one map of a config. Medium where the values differ and the map is a server, its parts, or the list of servers; otherwise low.",
    remedy: "delete the one you do not mean",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI09"],
        aisvs: &["10.4.3"],
        cwe: &["CWE-694"],
        csf: &["PR.PS"],
    },
};

/// A file of nothing but duplicates gets no more findings than this.
const MOST: usize = 16;

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    let duplicates =
        config.irregularities.iter().filter(|found| found.kind == IrregularityKind::DuplicateKey);
    for duplicate in duplicates.take(MOST) {
        let pair = pair(&config.tree, duplicate.span);
        let key = pair.as_ref().map_or("", |pair| pair.key);
        let differ = pair
            .as_ref()
            .is_none_or(|pair| config.source.slice(pair.first) != config.source.slice(pair.second));
        let is_server = config.servers.iter().any(|server| server.name.span == duplicate.span)
            || server_at(config, duplicate.span).is_some()
            // A wrapper that stands twice: one parser starts the servers of the one, another those of the other.
            || pair.as_ref().is_some_and(|pair| [pair.first, pair.second].iter().any(|map| holds_a_server(config, *map)));
        let is_serious = differ && is_server;
        let mut finding = finding_at(&META, config, duplicate.span, "and again");
        if let Some(pair) = &pair {
            finding.locations.push(Location::at(&config.source, pair.first_key, "here first"));
        }
        findings.push(Finding {
            severity: if is_serious { Severity::Medium } else { Severity::Low },
            confidence: Confidence::High,
            persona: if is_serious { Persona::Regular } else { Persona::Pedantic },
            message: format!("`{key}` stands twice{}", if differ { ", with different values" } else { "" }),
            subject: key.to_owned(),
            ..finding
        });
    }
}

fn holds_a_server(config: &Config, map: Span) -> bool {
    config.servers.iter().any(|server| map.start <= server.span.start && server.span.end <= map.end)
}

struct Pair<'a> {
    key: &'a str,
    first_key: Span,
    first: Span,
    second: Span,
}

/// The duplicate whose key stands at `span`, and the first of its name.
fn pair(node: &Node, span: Span) -> Option<Pair<'_>> {
    let members = node.members();
    if let Some(second) = members.iter().find(|member| member.key_span == span) {
        let first = members.iter().find(|member| member.key == second.key)?;
        return Some(Pair {
            key: &second.key,
            first_key: first.key_span,
            first: first.value.span,
            second: second.value.span,
        });
    }
    let children = members.iter().map(|member| &member.value).chain(node.items());
    children
        .filter(|child| child.span.start <= span.start && span.end <= child.span.end)
        .find_map(|child| pair(child, span))
}
