//! `inherited-environment`: environment passed on wholesale.

use mantrap_clients::{Config, Span};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at};
use crate::finding::{Confidence, Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "inherited-environment",
    title: "Environment passed on wholesale",
    why: "a server then gets every secret of the shell that started the client, not only its own",
    details: "Settings that hand a server the client's whole environment (`--env-host`, `inherit = \"all\"` without the default exclusions), and names on a pass-on list that hold far-reaching credentials (`SSH_AUTH_SOCK`, cloud and cluster keys) for a server. A token that is passed on by its name is how it should be done and is not reported.",
    remedy: "name the few variables that the server needs",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP01", "MCP10"],
        owasp_agentic: &["ASI03"],
        aisvs: &["10.1.3"],
        cwe: &["CWE-526", "CWE-200"],
        csf: &["PR.DS", "PR.AA"],
    },
};

/// Variables that open more than one service.
const FAR_REACHING: &[&str] = &[
    "SSH_AUTH_SOCK",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_CLIENT_SECRET",
    "KUBECONFIG",
    "VAULT_TOKEN",
    "DOCKER_HOST",
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "TWINE_PASSWORD",
    "CARGO_REGISTRY_TOKEN",
    "OP_SERVICE_ACCOUNT_TOKEN",
    "GPG_AGENT_INFO",
];

fn check(config: &Config, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for server in &config.servers {
        let name = &server.name.value;
        for word in
            server.args.iter().filter(|word| matches!(word.value.as_str(), "--env-host" | "--env-host=true"))
        {
            let message = format!("`{name}` gets the whole environment");
            findings.push(report(
                config,
                word.span,
                message,
                "--env-host",
                Severity::Medium,
                Persona::Regular,
            ));
        }
        for entry in &server.env {
            let is_passed_on = entry.value.value.is_empty() && entry.value.span == entry.name.span;
            if is_passed_on && FAR_REACHING.contains(&entry.name.value.as_str()) {
                let message = format!("`{name}` gets `{}` of the client's environment", entry.name.value);
                findings.push(report(
                    config,
                    entry.name.span,
                    message,
                    &entry.name.value,
                    Severity::Low,
                    Persona::Pedantic,
                ));
            }
        }
    }
    let policy = config.tree.pointer("/shell_environment_policy").into_iter().next();
    let Some(policy) = policy else { return };
    let keeps_all =
        policy.member("ignore_default_excludes").is_some_and(|member| member.value.truth() == Some(true));
    let inherit = policy.member("inherit").filter(|member| member.value.text() == Some("all"));
    if let (true, Some(inherit)) = (keeps_all, inherit) {
        let message = "every variable is passed on, names with KEY, SECRET and TOKEN included".to_owned();
        findings.push(report(
            config,
            inherit.value.span,
            message,
            "shell_environment_policy",
            Severity::Medium,
            Persona::Pedantic,
        ));
    }
}

fn report(
    config: &Config,
    span: Span,
    message: String,
    what: &str,
    severity: Severity,
    persona: Persona,
) -> Finding {
    Finding {
        severity,
        persona,
        confidence: Confidence::High,
        message,
        subject: what.to_owned(),
        ..finding_at(&META, config, span, "passed on")
    }
}
