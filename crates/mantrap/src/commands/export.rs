//! `mantrap export`: a product's own policy, in which only approved servers start, and only through mantrap.
//!
//! The policy goes to standard output, whole and ready; where it belongs and what it cannot enforce goes to standard
//! error. docs/export.md names the vendors' pages that the formats are from.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow};
use mantrap_launch::lock::ScopeName;
use mantrap_launch::{ServerName, Source};
use serde_json::{Map, Value, json};

use super::server::{Desk, refused, usage};
use crate::cli::{Export, Product};
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// Prints a policy.
pub(crate) fn run(options: &Export, environment: &Environment) -> Result<u8, Failure> {
    let program = program(options.program.as_deref()).map_err(Failure::Usage)?;
    let servers = servers(&options.names, environment)?;
    if servers.is_empty() {
        return Err(Failure::Usage(anyhow!(
            "no lock of the system or yours has a server; add one with `mantrap add` or `mantrap protect`"
        )));
    }
    let policy = Policy { program, servers };
    destination::print(&policy.text(options.product))?;
    for note in notes(options.product) {
        eprintln!("{note}");
    }
    for name in policy.remote().filter(|_| !knows_urls(options.product)) {
        eprintln!("left out: `{name}` is elsewhere, and nothing of it is started here");
    }
    Ok(0)
}

/// mantrap as the policy names it.
fn program(said: Option<&Path>) -> anyhow::Result<String> {
    let path = match said {
        Some(path) => path.to_path_buf(),
        None => std::env::current_exe().context("where mantrap is cannot be told; say it with --program")?,
    };
    let text = path.to_str().ok_or_else(|| anyhow!("`{}` is not UTF-8", path.display()))?;
    if !path.is_absolute() || text.contains(['$', '*']) {
        return Err(anyhow!("`{text}` is no plain absolute path; products would expand or look it up"));
    }
    Ok(text.to_owned())
}

/// The servers of the system's and the user's lock, or those that were named.
fn servers(names: &[String], environment: &Environment) -> Result<BTreeMap<ServerName, Source>, Failure> {
    let desk = Desk::open(environment)?;
    if !names.is_empty() {
        let named = names.iter().map(|name| {
            let name: ServerName = name.parse().map_err(usage)?;
            let located = desk.places.find(&name).map_err(refused)?;
            Ok((name, located.entry.source))
        });
        return named.collect();
    }
    let mut servers = BTreeMap::new();
    for scope in [ScopeName::User, ScopeName::System] {
        if let Some(scope) = desk.places.read(scope).map_err(refused)? {
            servers.extend(scope.lock.servers.into_iter().map(|(name, entry)| (name, entry.source)));
        }
    }
    Ok(servers)
}

/// What a policy is made of.
struct Policy {
    program: String,
    servers: BTreeMap<ServerName, Source>,
}

impl Policy {
    fn text(&self, product: Product) -> Vec<u8> {
        match product {
            Product::ClaudeCode | Product::Copilot => json_bytes(&json!({
                "allowManagedMcpServersOnly": true,
                "allowedMcpServers": self.allowed(),
            })),
            // A policy of VS Code that is a list is written as the text of one.
            Product::Vscode => json_bytes(&json!({
                "ChatAllowManagedMcpServersOnly": true,
                "ChatAllowedMcpServers": Value::Array(self.allowed()).to_string(),
            })),
            Product::Windsurf => {
                let entry = |name: &ServerName| {
                    let config = json!({
                        "command": literal(&self.program),
                        "args": ["run", literal(name.as_str())],
                    });
                    json!({ "Server ID": name.as_str(), "Server Config (JSON)": config.to_string() })
                };
                json_bytes(&Value::Array(self.started().map(entry).collect()))
            }
            Product::Gemini => {
                let server = |name: &ServerName| {
                    let server = json!({ "command": self.program, "args": ["run", name.as_str()] });
                    (name.to_string(), server)
                };
                let names: Vec<&str> = self.started().map(ServerName::as_str).collect();
                let servers: Map<String, Value> = self.started().map(server).collect();
                json_bytes(&json!({ "mcp": { "allowed": names }, "mcpServers": servers }))
            }
            Product::Codex => self.codex().into_bytes(),
        }
    }

    /// Exact argument lists, and the addresses of servers elsewhere.
    fn allowed(&self) -> Vec<Value> {
        let entry = |(name, source): (&ServerName, &Source)| match source {
            Source::Remote(url) => json!({ "serverUrl": url }),
            _ => json!({ "serverCommand": [self.program, "run", name.as_str()] }),
        };
        self.servers.iter().map(entry).collect()
    }

    fn codex(&self) -> String {
        let mut out = String::new();
        for (name, source) in &self.servers {
            // A name of a lock is a bare key of TOML once it has no point in it.
            let text = |text: &str| Value::from(text).to_string();
            let key = if name.as_str().contains('.') { text(name.as_str()) } else { name.to_string() };
            match source {
                Source::Remote(url) => {
                    out.push_str(&format!("[mcp_servers.{key}.identity]\nurl = {}\n\n", text(url)));
                }
                _ => out.push_str(&format!(
                    "[mcp_servers.{key}.identity.command]\nexecutable = {}\nargs = [{{ match = \"exact\", value = \"run\" }}, {{ match = \"exact\", value = {} }}]\n\n",
                    text(&self.program),
                    text(name.as_str())
                )),
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }

    /// The servers that are started here.
    fn started(&self) -> impl Iterator<Item = &ServerName> {
        self.servers.iter().filter(|(_, source)| !matches!(source, Source::Remote(_))).map(|(name, _)| name)
    }

    /// The servers elsewhere.
    fn remote(&self) -> impl Iterator<Item = &ServerName> {
        self.servers.iter().filter(|(_, source)| matches!(source, Source::Remote(_))).map(|(name, _)| name)
    }
}

/// Whether a product's policy can allow a server by its address.
const fn knows_urls(product: Product) -> bool {
    !matches!(product, Product::Windsurf | Product::Gemini)
}

/// A pattern that fits exactly this text: Windsurf takes every value for a regular expression, anchored at both ends.
fn literal(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if !character.is_ascii_alphanumeric() && !matches!(character, '/' | '-' | '_') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Where the policy goes, and what it does not enforce.
const fn notes(product: Product) -> &'static [&'static str] {
    match product {
        Product::ClaudeCode => &[
            "note: this belongs to /etc/claude-code/managed-settings.json, or to your device management",
            "note: the variables of a server are not compared; mantrap takes none that its lock does not name",
        ],
        Product::Copilot => &[
            "note: this belongs to copilot/managed-settings.json of your .github-private repository, or to /etc/github-copilot/managed-settings.json",
            "note: the built-in GitHub server is always allowed, and the cloud agent does not obey this",
        ],
        Product::Vscode => &[
            "note: this belongs to /etc/vscode/policy.json, from VS Code 1.130 on; older ones know only the policy ChatMCP",
            "note: agents outside the editor's own find servers by themselves; export for copilot too",
        ],
        Product::Windsurf => &[
            "note: each entry is one of the administrator's allow-list; both its fields are to be pasted there",
        ],
        Product::Codex => &[
            "note: this belongs to /etc/codex/requirements.toml; a server has to be called in config.toml as it is here",
            "note: a release that knows no `args` here refuses the file; there write `identity.command = \"PROGRAM\"`, which does not see arguments",
        ],
        Product::Gemini => &[
            "note: this belongs to /etc/gemini-cli/settings.json; a server is allowed by its name, and the definition here wins",
            "note: a user can point GEMINI_CLI_SYSTEM_SETTINGS_PATH elsewhere; only the administrator's console cannot be avoided",
        ],
    }
}
