//! The catalogue: which files which client reads. Data, not code: one TOML file per client in `clients/`.

use std::sync::LazyLock;

use crate::config::Scope;
use crate::discover::Os;
use crate::format::Format;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// A program that starts or connects to MCP servers.
#[derive(Debug)]
pub struct Client {
    /// Stable id: file name, fixture directory and JSON value.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What happens before the first server of a project file starts.
    pub project_start: ProjectStart,
    /// The files it reads.
    pub files: Vec<FileSpec>,
    /// Where it remembers the folders that were opened.
    pub projects: Vec<ProjectRecord>,
    /// Facts worth keeping: precedence, quirks, sources.
    pub notes: String,
}

/// What a client asks before it starts a server that a project file brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectStart {
    /// Nothing is documented: treat as "starts when configured".
    #[default]
    Undocumented,
    /// Starts without any question.
    Silent,
    /// One question per folder.
    AsksPerFolder,
    /// One question per server.
    AsksPerServer,
    /// Starts once the user switches it on.
    OffByDefault,
}

/// One family of files of a client.
#[derive(Debug, Clone)]
pub struct FileSpec {
    /// Who the files speak for.
    pub scope: Scope,
    /// Path patterns on Linux: `~`, `${VAR:-default}`, `%VAR%`, `*`, `**` and `{a,b}` are understood.
    pub linux: Vec<String>,
    /// Path patterns on macOS.
    pub macos: Vec<String>,
    /// Path patterns on Windows, with backslashes.
    pub windows: Vec<String>,
    /// Path patterns relative to a project root.
    pub project: Vec<String>,
    /// The format of the files.
    pub format: Format,
    /// JSON Pointers to the maps or lists of servers; `/` is the whole file, as a map without a wrapper.
    pub keys: Vec<String>,
    /// How the document is read.
    pub dialect: Dialect,
    /// How well the paths are known.
    pub evidence: Evidence,
    /// Facts about these files.
    pub notes: String,
}

impl FileSpec {
    /// The path patterns of one system.
    pub fn paths(&self, os: Os) -> &[String] {
        match os {
            Os::Linux => &self.linux,
            Os::Macos => &self.macos,
            Os::Windows => &self.windows,
        }
    }
}

/// A file in which a client remembers the folders that were opened with it.
#[derive(Debug)]
pub struct ProjectRecord {
    /// Path patterns on Linux.
    pub linux: Vec<String>,
    /// Path patterns on macOS.
    pub macos: Vec<String>,
    /// Path patterns on Windows.
    pub windows: Vec<String>,
    /// The format of the file; nothing where it can only be reported (a database).
    pub format: Option<Format>,
    /// JSON Pointers to maps whose member names are folders.
    pub names: Vec<String>,
    /// JSON Pointers to strings that are folders or `file:` URIs.
    pub values: Vec<String>,
}

impl ProjectRecord {
    /// The path patterns of one system.
    pub fn paths(&self, os: Os) -> &[String] {
        match os {
            Os::Linux => &self.linux,
            Os::Macos => &self.macos,
            Os::Windows => &self.windows,
        }
    }
}

/// How a document is lowered. Field spellings need no dialect: all known ones are understood everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Maps or lists of servers at `keys`.
    #[default]
    Servers,
    /// One server at `keys` (a bundle's `/server/mcp_config`).
    Single,
    /// No servers: switches, approvals, hooks and policies that rules read.
    Policy,
    /// A manifest of a plugin, or a list of installed plugin folders.
    PluginManifest,
    /// The `package.json` of an editor extension, whose JavaScript registers servers.
    Extension,
    /// An official registry `server.json`.
    Registry,
    /// A `smithery.yaml`.
    Smithery,
    /// A compose file.
    Compose,
    /// A Docker MCP Toolkit catalogue: images, not commands.
    DockerCatalogue,
    /// Known to exist and not readable.
    Opaque,
}

/// How well a path is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Read in source code of the client or of a tool that writes the file.
    Code,
    /// Observed by running.
    Run,
    /// A CVE or GHSA record.
    Record,
    /// Vendor documentation, an issue or an article.
    Reported,
    /// One unconfirmed claim: looked at, marked as such.
    Inferred,
}

/// Every client, in order of id.
pub fn clients() -> &'static [Client] {
    static CLIENTS: LazyLock<Vec<Client>> = LazyLock::new(|| ENTRIES.iter().map(Client::from).collect());
    &CLIENTS
}

/// The client called `id`.
pub fn client(id: &str) -> Option<&'static Client> {
    let clients = clients();
    let at = clients.binary_search_by(|client| client.id.as_str().cmp(id)).ok()?;
    clients.get(at)
}

// The build script's output. Owned strings are made from it once, in a fraction of the time that parsing takes.

type Strings = &'static [&'static str];

struct RawClient {
    id: &'static str,
    name: &'static str,
    project_start: ProjectStart,
    notes: &'static str,
    files: &'static [RawSpec],
    projects: &'static [RawRecord],
}

struct RawSpec {
    scope: Scope,
    format: Format,
    dialect: Dialect,
    evidence: Evidence,
    notes: &'static str,
    linux: Strings,
    macos: Strings,
    windows: Strings,
    project: Strings,
    keys: Strings,
}

struct RawRecord {
    format: Option<Format>,
    linux: Strings,
    macos: Strings,
    windows: Strings,
    names: Strings,
    values: Strings,
}

fn owned(strings: Strings) -> Vec<String> {
    strings.iter().copied().map(String::from).collect()
}

impl From<&RawClient> for Client {
    fn from(raw: &RawClient) -> Self {
        Client {
            id: raw.id.into(),
            name: raw.name.into(),
            project_start: raw.project_start,
            files: raw.files.iter().map(FileSpec::from).collect(),
            projects: raw.projects.iter().map(ProjectRecord::from).collect(),
            notes: raw.notes.into(),
        }
    }
}

impl From<&RawSpec> for FileSpec {
    fn from(raw: &RawSpec) -> Self {
        FileSpec {
            scope: raw.scope,
            linux: owned(raw.linux),
            macos: owned(raw.macos),
            windows: owned(raw.windows),
            project: owned(raw.project),
            format: raw.format,
            keys: owned(raw.keys),
            dialect: raw.dialect,
            evidence: raw.evidence,
            notes: raw.notes.into(),
        }
    }
}

impl From<&RawRecord> for ProjectRecord {
    fn from(raw: &RawRecord) -> Self {
        ProjectRecord {
            linux: owned(raw.linux),
            macos: owned(raw.macos),
            windows: owned(raw.windows),
            format: raw.format,
            names: owned(raw.names),
            values: owned(raw.values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_found_by_its_id() {
        assert!(clients().is_sorted_by(|a, b| a.id < b.id));
        assert!(clients().len() >= 102);
        for entry in clients() {
            assert_eq!(client(&entry.id).map(|found| &found.name), Some(&entry.name));
        }
        assert!(client("no-such-client").is_none());
    }

    #[test]
    fn every_file_of_servers_has_a_key_to_them() {
        for client in clients() {
            for spec in &client.files {
                let readable = !matches!(spec.dialect, Dialect::Opaque | Dialect::Policy);
                let keyed = !spec.keys.is_empty() || spec.format == Format::Crushrc;
                assert!(!readable || keyed, "{}: {spec:?}", client.id);
                let paths = [&spec.linux, &spec.macos, &spec.windows, &spec.project];
                assert!(paths.iter().any(|paths| !paths.is_empty()), "{}", client.id);
            }
        }
    }
}
