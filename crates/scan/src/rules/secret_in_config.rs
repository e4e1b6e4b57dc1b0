//! `secret-in-config`: a token, key or password stands in the file itself.

use mantrap_clients::{Config, Server, Span};

use super::{Context, Hook, Mappings, Meta, Rule, finding_at, server_at};
use crate::edit;
use crate::finding::{Confidence, Edit, Finding, Persona, Severity};
use crate::secret::{self, Secret};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Config(check) };

static META: Meta = Meta {
    id: "secret-in-config",
    title: "Secret in a config file",
    why: "everything that reads the file has the secret: backups, other servers, a commit, a shared screen",
    details: "Tokens, keys and passwords in arguments, environment variables, headers and URLs of a server, and in `env` blocks of settings. Known token formats are recognised by their shape; other values by the name they stand under and their randomness. References (`${env:X}`, `${input:x}`, `%X%`, `op://…`) and the placeholders of documentation are not secrets.\n\nHigh where others can read the file: it belongs to a repository, workspace or package, or its permissions let other accounts read it. Medium in a file of one's own. No output format prints the secret.",
    remedy: "move the secret to the environment or a secret store and refer to it; then revoke the one that stood here",
    worst: Severity::High,
    mappings: Mappings {
        owasp_mcp: &["MCP01"],
        owasp_agentic: &["ASI03"],
        aisvs: &["10.2.3"],
        cwe: &["CWE-312", "CWE-798"],
        csf: &["PR.AA", "PR.DS"],
    },
};

fn check(config: &Config, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let blocks: Vec<Span> = env_blocks(config);
    // Only what stands in a server or in a setting is reported below.
    if config.servers.is_empty() && blocks.is_empty() {
        return;
    }
    let secrets = secret::find(config);
    if secrets.is_empty() {
        return;
    }
    let is_shared = config.scope.is_foreign();
    let is_readable =
        context.files.look(&config.origin().path).is_some_and(|facts| facts.is_readable_by_others);
    for secret in secrets {
        let server = server_at(config, secret.span);
        let is_setting =
            blocks.iter().any(|block| block.start <= secret.span.start && secret.span.end <= block.end);
        if server.is_none() && !is_setting {
            // Chat histories and an app's own login are not configuration; they are masked all the same.
            continue;
        }
        let place = server.and_then(|server| place_of(server, secret.span));
        let where_to = match &place {
            Some(Place { name: Some(name), kind }) => format!("{kind} `{name}`"),
            Some(Place { name: None, kind }) => (*kind).to_owned(),
            None => "a setting".to_owned(),
        };
        let who = match (is_shared, is_readable) {
            (true, _) => " in a file that is shared with whoever has the folder",
            (_, true) => " in a file that other accounts can read",
            _ => "",
        };
        let severity = if is_shared || is_readable { Severity::High } else { Severity::Medium };
        findings.push(Finding {
            severity: if secret.confidence < Confidence::High {
                severity.min(Severity::Medium)
            } else {
                severity
            },
            confidence: secret.confidence,
            persona: Persona::Regular,
            message: format!("{} in {where_to}{who}", article(secret.kind)),
            edit: server.and_then(|server| reference(config, server, &secret, place.as_ref())),
            subject: format!("{where_to}: {}", secret.kind),
            ..finding_at(&META, config, secret.span, "this secret")
        });
    }
}

/// The values of every member called `env` or `environment` outside servers.
fn env_blocks(config: &Config) -> Vec<Span> {
    let names = ["/env", "/environment", "/services/*/environment", "/mcp/env"];
    names.iter().flat_map(|pointer| config.tree.pointer(pointer)).map(|node| node.span).collect()
}

struct Place<'a> {
    name: Option<&'a str>,
    kind: &'static str,
}

fn place_of(server: &Server, secret: Span) -> Option<Place<'_>> {
    let holds = |span: Span| span.start <= secret.start && secret.end <= span.end;
    let variable = server.env.iter().find(|entry| holds(entry.value.span));
    let header = server.headers.iter().find(|entry| holds(entry.value.span));
    if let Some(entry) = variable {
        return Some(Place { name: Some(&entry.name.value), kind: "the variable" });
    }
    if let Some(entry) = header {
        return Some(Place { name: Some(&entry.name.value), kind: "the header" });
    }
    if server.urls.iter().any(|url| holds(url.span)) {
        return Some(Place { name: None, kind: "the URL" });
    }
    server.args.iter().any(|word| holds(word.span)).then_some(Place { name: None, kind: "the arguments" })
}

/// The same entry with the client's own way of reading the environment, where it has one.
fn reference(config: &Config, server: &Server, secret: &Secret, place: Option<&Place<'_>>) -> Option<Edit> {
    let place = place?;
    let syntax = syntax(&config.client.id)?;
    let name = match (place.kind, place.name) {
        ("the variable", Some(name)) => name.to_owned(),
        _ => variable_name(&server.name.value),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let raw = config.source.slice(secret.span);
    if !is_name || raw.contains(['"', '\\', '\n']) && !raw.starts_with('"') {
        return None;
    }
    let text = syntax.replace("NAME", &name);
    let title = format!("read it from the environment variable `{name}`");
    if raw.starts_with('"') {
        return edit::replace_text(&config.source, secret.span, &text, title);
    }
    Some(Edit { span: secret.span, replacement: text, title })
}

/// How a client's config refers to an environment variable. Only clients whose documentation says so.
fn syntax(client: &str) -> Option<&'static str> {
    Some(match client {
        "cursor" | "vscode" | "vscode-insiders" | "windsurf" | "devin-desktop" | "roo-code" => "${env:NAME}",
        "claude-code" | "copilot-cli" | "kiro" | "gemini-cli" | "qwen-code" | "librechat" => "${NAME}",
        "opencode" | "kilo-code" => "{env:NAME}",
        _ => return None,
    })
}

fn variable_name(server: &str) -> String {
    let name: String = server
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    format!("{}_TOKEN", name.trim_matches('_'))
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'A', 'O']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{FileFacts, Files};
    use mantrap_clients::discover::Os;
    use mantrap_clients::{Format, Origin, Scope, Source};
    use mantrap_clients::{catalog, format, lower};

    struct Readable(bool);

    impl Files for Readable {
        fn look(&self, _path: &std::path::Path) -> Option<FileFacts> {
            Some(FileFacts { is_readable_by_others: self.0, ..FileFacts::default() })
        }
        fn is_present(&self) -> bool {
            true
        }
    }

    fn severity(scope: Scope, readable: bool) -> Severity {
        let text = r#"{"mcpServers": {"gh": {"command": "x", "env": {"T": "ghp_EXAMPLEexampleEXAMPLEexample0123456789"}}}}"#;
        let client = catalog::client("cursor").unwrap();
        let source = Source::decode(Origin::file("/h/mcp.json"), text.into()).unwrap();
        let mut document = format::parse(&source, Format::Json).unwrap();
        let servers = lower::servers(&document.root, &client.files[0], &mut document.irregularities);
        let config = Config {
            source,
            client,
            scope,
            read_as: client.files[0].clone(),
            also_read_by: Vec::new(),
            link: None,
            confirmed: true,
            project: None,
            home: None,
            servers,
            tree: document.root,
            irregularities: Vec::new(),
        };
        let fleet = [config];
        let context = Context {
            fleet: &fleet,
            os: Os::Linux,
            advisories: crate::advisory::Database::embedded(),
            files: &Readable(readable),
        };
        let mut findings = Vec::new();
        check(&fleet[0], &context, &mut findings);
        assert_eq!(findings.len(), 1);
        findings[0].severity
    }

    #[test]
    fn it_is_high_only_where_somebody_else_can_read_the_file() {
        assert_eq!(severity(Scope::User, false), Severity::Medium);
        assert_eq!(severity(Scope::User, true), Severity::High);
        assert_eq!(severity(Scope::Project, false), Severity::High);
    }
}
