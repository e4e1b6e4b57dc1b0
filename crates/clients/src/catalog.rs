//! The catalogue: which files which client reads. Data, not code: one TOML file per client in `clients/`.

use std::sync::LazyLock;

use crate::config::Scope;
use crate::format::Format;

include!(concat!(env!("OUT_DIR"), "/catalog_files.rs"));

/// A program that starts or connects to MCP servers.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// Stable id: file name, fixture directory and JSON value.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What happens before the first server of a project file starts.
    #[serde(default)]
    pub project_start: ProjectStart,
    /// The files it reads.
    #[serde(default)]
    pub files: Vec<FileSpec>,
    /// Facts worth keeping: precedence, quirks, sources.
    #[serde(default)]
    pub notes: String,
}

/// What a client asks before it starts a server that a project file brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
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
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileSpec {
    /// Who the files speak for.
    pub scope: Scope,
    /// Path patterns on Linux: `~`, `${VAR:-default}`, `%VAR%`, `*`, `**` and `{a,b}` are understood.
    #[serde(default)]
    pub linux: Vec<String>,
    /// Path patterns on macOS.
    #[serde(default)]
    pub macos: Vec<String>,
    /// Path patterns on Windows, with backslashes.
    #[serde(default)]
    pub windows: Vec<String>,
    /// Path patterns relative to a project root.
    #[serde(default)]
    pub project: Vec<String>,
    /// The format of the files.
    pub format: Format,
    /// JSON Pointers to the maps or lists of servers; `/` is the whole file, as a map without a wrapper.
    #[serde(default)]
    pub keys: Vec<String>,
    /// How the document is read.
    #[serde(default)]
    pub dialect: Dialect,
    /// How well the paths are known.
    pub evidence: Evidence,
    /// Facts about these files.
    #[serde(default)]
    pub notes: String,
}

/// How a document is lowered. Field spellings need no dialect: all known ones are understood everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Maps or lists of servers at `keys`.
    #[default]
    Servers,
    /// One server at `keys` (a bundle's `/server/mcp_config`).
    Single,
    /// No servers: switches, approvals, hooks and policies that rules read.
    Policy,
    /// A list of installed plugin folders.
    PluginManifest,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
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
    static CLIENTS: LazyLock<Vec<Client>> = LazyLock::new(|| {
        let parse = |(id, text): &(&str, &str)| match toml::from_str::<Client>(text) {
            Ok(client) => client,
            // INVARIANT: the files are compiled in and the test below parses every one of them.
            Err(error) => unreachable!("catalogue entry {id}: {error}"),
        };
        CATALOG_FILES.iter().map(parse).collect()
    });
    &CLIENTS
}

/// The client called `id`.
pub fn client(id: &str) -> Option<&'static Client> {
    clients().iter().find(|client| client.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_parses_and_is_called_like_its_file() {
        for (id, text) in CATALOG_FILES {
            let client: Client = toml::from_str(text).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(client.id, *id);
        }
        assert!(clients().is_sorted_by_key(|client| &client.id));
    }
}
