//! `helper-command`: setting that runs a command.

use mantrap_clients::{Config, Node, Span, Value};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "helper-command",
    title: "Setting that runs a command",
    why: "it looks like a setting and is a program: it runs with your rights, often before any question",
    details: "Commands that a client runs besides its servers: `headersHelper` and `checkCommand` of an entry, `apiKeyHelper`, status lines, tool discovery commands, `mcp.serverCommand`, hooks of one's own settings, and `$(…)` in a Crush config, which runs as soon as the file is read. From a repository: medium, and high for `$(…)`. In one's own file: low, for pedantic readers and auditors.",
    remedy: "read the command; move what you need to your own settings and delete the rest",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP05"],
        owasp_agentic: &["ASI05"],
        aisvs: &["10.3.2"],
        cwe: &["CWE-78", "CWE-829"],
        csf: &["PR.PS"],
    },
};

/// Settings whose value is a command line. Sources: settings references of Claude Code, Gemini CLI and its forks.
const SETTINGS: &[&str] = &[
    "/apiKeyHelper",
    "/awsAuthRefresh",
    "/awsCredentialExport",
    "/gcpAuthRefresh",
    "/otelHeadersHelper",
    "/statusLine/command",
    "/fileSuggestion/command",
    "/mcp/serverCommand",
    "/mcpServerCommand",
    "/tools/discoveryCommand",
    "/tools/callCommand",
    "/toolDiscoveryCommand",
    "/toolCallCommand",
];
/// A file with more of them is not read further.
const MOST: usize = 32;

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for server in &config.servers {
        for command in &server.helper_commands {
            let message = format!("`{}` makes the client run a command of its own", server.name.value);
            findings.push(report(config, command.span, message, "helper", Persona::Pedantic));
        }
    }
    for pointer in SETTINGS {
        for node in config
            .tree
            .pointer(pointer)
            .into_iter()
            .filter(|node| node.text().is_some_and(|text| !text.trim().is_empty()))
        {
            let name = pointer.trim_start_matches('/').replace('/', ".");
            findings.push(report(
                config,
                node.span,
                format!("`{name}` is a command that the client runs"),
                pointer,
                Persona::Pedantic,
            ));
        }
    }
    if !config.scope.is_foreign() {
        // Hooks that a repository brings are `folder-open-task`'s.
        for node in config.tree.pointer("/hooks/*/*/hooks/*/command").into_iter().take(MOST) {
            findings.push(report(
                config,
                node.span,
                "a hook runs this command".into(),
                "hook",
                Persona::Auditor,
            ));
        }
    }
    if config.client.id.starts_with("crush") {
        let mut spans = Vec::new();
        substitutions(&config.tree, &mut spans);
        for span in spans {
            let finding = report(
                config,
                span,
                "`$(…)` runs a command as soon as the file is read".into(),
                "substitution",
                Persona::Pedantic,
            );
            let severity = if config.scope.is_foreign() { Severity::High } else { finding.severity };
            findings.push(Finding { severity, ..finding });
        }
    }
}

fn substitutions(node: &Node, spans: &mut Vec<Span>) {
    match &node.value {
        Value::String(text) if text.contains("$(") && spans.len() < MOST => spans.push(node.span),
        _ => {
            let children = node.members().iter().map(|member| &member.value).chain(node.items());
            children.for_each(|child| substitutions(child, spans));
        }
    }
}

fn report(config: &Config, span: Span, message: String, what: &str, own: Persona) -> Finding {
    let (severity, persona) = match config.scope.is_foreign() {
        true => (Severity::Medium, Persona::Regular),
        false => (Severity::Low, own),
    };
    let text: String = config.source.slice(span).chars().take(120).collect();
    Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message,
        subject: format!("{what}: {text}"),
        ..finding_at(&META, config, span, "runs")
    }
}
