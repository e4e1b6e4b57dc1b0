//! From a parsed document to servers: where in a document the entries are, by dialect and key.
//!
//! [`server`] lowers one entry; `crate::package` knows the dialects that describe servers for others to install.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::catalog::{Client, Dialect, Evidence, FileSpec};
use crate::config::{Config, Irregularity, IrregularityKind, Server, Switch, Text};
use crate::format::{Document, Format};
use crate::package;
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Found, Member, Node, Value};

pub(crate) mod server;

pub use server::{looks_like_server, server};

/// Lowers a parsed file.
///
/// Returns the config, what could not be analysed (the document's own problems included), and the files that
/// this one names as further homes of servers (a plugin manifest's `"mcpServers": "./servers.json"`, the folders
/// of a plugin list). Those are paths as the target names them, joined to the folder of `source`, free of `..`,
/// and may not exist; the caller decides which of them to read, with the same `spec` or another.
///
/// `Config::project`, `Config::home`, `Config::link` and `Config::also_read_by` are left empty: only the caller knows
/// them.
pub fn config(
    source: Arc<Source>,
    document: Document,
    client: &'static Client,
    spec: &FileSpec,
) -> (Config, Vec<Problem>, Vec<PathBuf>) {
    let mut lowering = Lowering { irregularities: document.irregularities, ..Lowering::default() };
    lowering.document(&document.root, spec, &source);
    let mut problems = document.problems;
    if lowering.servers.len() > MAX_SERVERS {
        lowering.servers.truncate(MAX_SERVERS);
        let message = format!("more than {MAX_SERVERS} servers in one file; the rest is not looked at");
        problems.push(Problem::new(source.origin.clone(), ProblemKind::Cut, message));
    }
    let dynamic = lowering.dynamic.into_iter();
    problems.extend(dynamic.map(|(span, message)| Problem::at(&source, span, ProblemKind::Dynamic, message)));
    let mut references = Vec::new();
    for text in lowering.references.iter().take(MAX_REFERENCES) {
        match package::plugin::resolve(&source.origin.path, &text.value) {
            Ok(path) => references.push(path),
            Err((kind, message)) => problems.push(Problem::at(&source, text.span, kind, message)),
        }
    }
    if let Some(next) = lowering.references.get(MAX_REFERENCES) {
        let message = format!("more than {MAX_REFERENCES} further files; the rest is not read");
        problems.push(Problem::at(&source, next.span, ProblemKind::Cut, message));
    }
    references.sort();
    references.dedup();
    let config = Config {
        source,
        client,
        also_read_by: Vec::new(),
        scope: spec.scope,
        read_as: spec.clone(),
        confirmed: spec.evidence != Evidence::Inferred,
        project: None,
        link: None,
        home: None,
        servers: lowering.servers,
        tree: document.root,
        irregularities: lowering.irregularities,
    };
    (config, problems, references)
}

/// The most servers of one file. Each is a hundred times as large as the shortest way to write one.
pub const MAX_SERVERS: usize = 10_000;

/// The most files that one file may name.
const MAX_REFERENCES: usize = 1000;

/// Servers of a document, and what did not have the shape of one. [`config`] does this and more.
pub fn servers(root: &Node, spec: &FileSpec, irregularities: &mut Vec<Irregularity>) -> Vec<Server> {
    let mut lowering = Lowering::default();
    lowering.root(root, spec);
    lowering.servers.truncate(MAX_SERVERS);
    irregularities.append(&mut lowering.irregularities);
    lowering.servers
}

/// The names of servers that a settings file switches off although they are configured in another file
/// (`disabledMcpjsonServers` of Claude Code, `mcp.disabledMcpServers` of Rovo Dev, `mcp.excluded` of Gemini CLI).
pub fn disabled_names(root: &Node) -> Vec<Text> {
    let lists = DISABLED.iter().flat_map(|key| root.pointer(&format!("/{key}")));
    let nested = DISABLED_GLOBALLY.iter().flat_map(|pointer| root.pointer(pointer));
    lists.chain(nested).flat_map(server::texts).collect()
}

/// Lists of names beside a server map that switch off servers of that map.
const DISABLED: &[&str] = &["disabledMcpServers", "disabledMcpjsonServers"];
/// Lists of names that count for the whole file.
const DISABLED_GLOBALLY: &[&str] = &["/mcp/excluded", "/mcp/disabledMcpServers"];

/// What lowering collects.
#[derive(Default)]
struct Lowering {
    servers: Vec<Server>,
    irregularities: Vec<Irregularity>,
    /// Values that are computed when something runs.
    dynamic: Vec<(Span, &'static str)>,
    /// Paths that the file names, as it spells them.
    references: Vec<Text>,
}

impl Lowering {
    fn document(&mut self, root: &Node, spec: &FileSpec, source: &Source) {
        let is_fastmcp = source
            .origin
            .path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().ends_with("fastmcp.json"));
        if is_fastmcp {
            self.keep(package::fastmcp::server(root));
        }
        self.root(root, spec);
    }

    fn root(&mut self, root: &Node, spec: &FileSpec) {
        match spec.dialect {
            // An archive has one manifest, and that one place for its server.
            Dialect::Servers | Dialect::Single if spec.format == Format::Bundle => {
                self.keep(package::bundle::servers(root, "/server/mcp_config"));
            }
            Dialect::Servers => self.servers(root, spec),
            Dialect::Single => {
                for key in &spec.keys {
                    self.keep(package::bundle::servers(root, key));
                }
            }
            Dialect::Registry => self.keep(package::registry::servers(root)),
            Dialect::Smithery => {
                let (server, dynamic) = package::smithery::server(root);
                self.keep(server);
                self.dynamic.extend(dynamic);
            }
            Dialect::Compose => self.keep(package::compose::servers(root)),
            Dialect::DockerCatalogue => self.keep(package::docker::servers(root, &spec.keys)),
            Dialect::PluginManifest => self.references.extend(package::plugin::folders(root)),
            // The manifest of an extension only names its script.
            Dialect::Extension | Dialect::Policy | Dialect::Opaque => {}
        }
    }

    fn servers(&mut self, root: &Node, spec: &FileSpec) {
        match spec.format {
            // No schema is published for these, so an entry is known by its looks.
            Format::Xml => self.anywhere(root, None),
            // The parser built the document, so it knows where the servers are.
            Format::Crushrc | Format::ExtensionJs => self.at("/mcpServers", root, &[], &HashSet::new()),
            _ => {
                let disabled: HashSet<&str> = DISABLED_GLOBALLY
                    .iter()
                    .flat_map(|pointer| root.pointer(pointer))
                    .flat_map(Node::items)
                    .filter_map(Node::text)
                    .collect();
                let mut has_wrapper = false;
                for key in spec.keys.iter().filter(|key| *key != "/") {
                    has_wrapper |= !root.pointer(key).is_empty();
                    self.at(key, root, &spec.keys, &disabled);
                }
                if !has_wrapper && spec.keys.iter().any(|key| key == "/") {
                    self.flat_map(root);
                }
            }
        }
    }

    /// The collections at one key. `keys` are all keys of the file: a member that is itself one of them is a
    /// further collection and not a server called `servers`.
    fn at(&mut self, key: &str, root: &Node, keys: &[String], disabled: &HashSet<&str>) {
        let nested: Vec<&str> = keys
            .iter()
            .filter_map(|other| other.strip_prefix(key)?.strip_prefix('/')?.split('/').next())
            .collect();
        for Found { node, parent, wildcard } in root.find(key) {
            let first = self.servers.len();
            self.collection(node, &nested);
            let local: HashSet<&str> = DISABLED
                .iter()
                .filter_map(|key| parent?.member(key))
                .flat_map(|member| member.value.items())
                .filter_map(Node::text)
                .collect();
            let project = wildcard.map(|member| Text::new(member.key.clone(), member.key_span));
            let project = project.as_ref().map(server::shared);
            for server in self.servers.iter_mut().skip(first) {
                let name = server.name.value.as_str();
                if local.contains(name) || disabled.contains(name) {
                    server.switch = Switch::Off;
                }
                server.project = project.clone();
            }
        }
    }

    /// A map `name → server`, a list of servers that carry their name, or the path of a file with either.
    fn collection(&mut self, node: &Node, nested: &[&str]) {
        match &node.value {
            Value::Map(members) => {
                for member in members {
                    if self.is_full() {
                        return;
                    }
                    let is_nested =
                        nested.contains(&member.key.as_str()) && !looks_like_server(&member.value);
                    match &member.value.value {
                        _ if is_nested => {}
                        Value::Map(_) => self.keep(server::from_member(member)),
                        _ if is_metadata(member) => {}
                        _ => self.wrong(member.key_span),
                    }
                }
            }
            Value::List(items) => {
                for item in items {
                    if self.is_full() {
                        return;
                    }
                    self.item(item);
                }
            }
            Value::String(path) if is_path(path) => self.references.push(Text::new(path.clone(), node.span)),
            Value::Null => {}
            _ => self.wrong(node.span),
        }
    }

    /// An item of a list: a server with its name, a map of servers, a path, or the name of a server that is
    /// configured elsewhere.
    fn item(&mut self, item: &Node) {
        let name =
            item.member("name").or_else(|| item.member("id")).and_then(|member| server::text(&member.value));
        let is_map_of_servers = name.is_none()
            && !looks_like_server(item)
            && item.members().iter().any(|member| matches!(member.value.value, Value::Map(_)));
        match &item.value {
            Value::Map(members) if is_map_of_servers => {
                self.keep(members.iter().filter_map(server::from_member));
            }
            Value::Map(_) => {
                let name = name.unwrap_or_else(|| Text::new("", item.span));
                self.keep(server(name, item, item.span));
            }
            Value::String(path) if is_path(path) => self.references.push(Text::new(path.clone(), item.span)),
            Value::String(_) | Value::Null => {}
            _ => self.wrong(item.span),
        }
    }

    /// A whole file that is a map of servers without a wrapper. Only when every member looks like a server: a
    /// stray `mcp.json` of some other program is no config.
    fn flat_map(&mut self, root: &Node) {
        let members = || root.members().iter().filter(|member| !member.key.starts_with('$'));
        if members().all(|member| looks_like_server(&member.value)) {
            self.keep(members().filter_map(server::from_member));
        }
    }

    /// Everything below `node` that looks like a server.
    fn anywhere(&mut self, node: &Node, member: Option<&Member>) {
        if self.is_full() {
            return;
        }
        // INVARIANT: trees are at most a few hundred deep (`format::MAX_DEPTH`), so this recursion is.
        if looks_like_server(node) {
            let own = ["name", "id", "key"].iter().find_map(|key| node.member(key));
            let name = match (own.and_then(|own| server::text(&own.value)), member) {
                (Some(name), _) => name,
                (None, Some(member)) => Text::new(member.key.clone(), member.key_span),
                (None, None) => Text::new("", node.span),
            };
            self.keep(server(name, node, node.span));
            return;
        }
        for member in node.members() {
            self.anywhere(&member.value, Some(member));
        }
        for item in node.items() {
            self.anywhere(item, None);
        }
    }

    fn is_full(&self) -> bool {
        self.servers.len() > MAX_SERVERS
    }

    /// Keeps servers, and one more than is allowed so that the rest is missed.
    fn keep(&mut self, servers: impl IntoIterator<Item = Server>) {
        let room = (MAX_SERVERS + 1).saturating_sub(self.servers.len());
        self.servers.extend(servers.into_iter().take(room));
    }

    fn wrong(&mut self, span: Span) {
        self.irregularities.push(Irregularity { kind: IrregularityKind::WrongShape, span });
    }
}

/// `mcp.timeout` of OpenCode, `$schema`, and the keys that people write comments under: members of a server map
/// that are no servers.
fn is_metadata(member: &Member) -> bool {
    matches!(member.value.value, Value::Bool(_) | Value::Bare(_))
        || member.key.starts_with(['$', '_', '/', '#'])
        || member.key == "comment"
}

fn is_path(text: &str) -> bool {
    text.ends_with(".json") || text.ends_with(".jsonc")
}

#[cfg(test)]
mod tests;
