//! `sandbox-without-prompts`: sandbox that switches the prompts off.

use mantrap_clients::{Config, Node, Span};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "sandbox-without-prompts",
    title: "Sandbox that switches the prompts off",
    why: "the prompts were the second wall; with them gone the sandbox's every permission is used without a question",
    details: "Switches that run a server or its tools in a sandbox and in exchange stop asking: `sandboxEnabled` of VS Code (tool calls are then confirmed by themselves), `autoAllowBashIfSandboxed` of Claude Code. Low as it stands; medium where the sandbox itself lets everything be written or reached, or where a repository brings the switch.",
    remedy: "keep the sandbox, narrow what it may write and reach, and check which tools now run without a question",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP02"],
        owasp_agentic: &["ASI02", "ASI09"],
        aisvs: &["10.1.3", "10.4.7"],
        cwe: &["CWE-693"],
        csf: &["PR.PS"],
    },
};

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for server in &config.servers {
        if let Some(switch) =
            server.node.member("sandboxEnabled").filter(|member| member.value.truth() == Some(true))
        {
            let walls = server.node.member("sandbox").map(|member| &member.value);
            findings.push(report(config, switch.value.span, "sandboxEnabled", walls));
        }
    }
    for node in config.tree.pointer("/sandbox") {
        if let Some(switch) =
            node.member("autoAllowBashIfSandboxed").filter(|member| member.value.truth() == Some(true))
        {
            findings.push(report(config, switch.value.span, "autoAllowBashIfSandboxed", Some(node)));
        }
    }
}

fn report(config: &Config, span: Span, switch: &str, walls: Option<&Node>) -> Finding {
    let is_open = walls.is_some_and(is_open);
    let opening = if is_open { ", and the sandbox is open" } else { "" };
    let is_worse = is_open || config.scope.is_foreign();
    Finding {
        severity: if is_worse { Severity::Medium } else { Severity::Low },
        confidence: Confidence::High,
        persona: if is_open { Persona::Regular } else { Persona::Pedantic },
        message: format!("`{switch}` lets tool calls run without a question{opening}"),
        subject: switch.to_owned(),
        ..finding_at(&META, config, span, "no more prompts")
    }
}

/// Writes anywhere, or reaches anything.
fn is_open(walls: &Node) -> bool {
    let any = |pointer: &str, open: &[&str]| {
        let nodes = walls.pointer(pointer);
        nodes.iter().flat_map(|node| node.items()).filter_map(Node::text).any(|text| open.contains(&text))
    };
    any("/filesystem/allowWrite", &["/", "~", "~/", "C:\\", "**", "/**", "*"])
        || any("/network/allowedDomains", &["*"])
}
