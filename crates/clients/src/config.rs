//! The one type that every dialect lowers to.
//!
//! Nothing here is expanded, resolved or decided: a [`Server`] is what the file says, with the place where it
//! says so.

use std::sync::Arc;

use crate::catalog::{Client, FileSpec};
use crate::source::{Origin, Source, Span};
use crate::tree::Node;

/// A string from a config file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The decoded value.
    pub value: String,
    /// The bytes of the literal, quotes included.
    pub span: Span,
}

impl Text {
    /// A text with its place.
    pub fn new(value: impl Into<String>, span: Span) -> Self {
        Text { value: value.into(), span }
    }
}

/// A name and its value: an environment variable or a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: Text,
    /// The value. Empty where the file only names it (`env_vars`, `env_keys`).
    pub value: Text,
}

/// Who a file speaks for, from the narrowest author to the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One person, every project.
    User,
    /// One profile of one person.
    Profile,
    /// A repository or project folder: whoever can write to it is its author.
    Project,
    /// A workspace or dev container file.
    Workspace,
    /// An installed plugin.
    Plugin,
    /// An installed editor or desktop extension.
    Extension,
    /// The administrator of the machine or organisation.
    Managed,
    /// A bundle, manifest or deployment file that describes servers for others to install or run.
    Package,
}

impl Scope {
    /// Whether somebody other than the user and the administrator can be the author.
    pub fn is_foreign(self) -> bool {
        matches!(self, Scope::Project | Scope::Workspace | Scope::Package)
    }
}

/// How a client would reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A process on this machine.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// The old HTTP with server-sent events.
    Sse,
    /// WebSocket.
    WebSocket,
    /// Neither a command nor a URL: a toggle, a reference to another layer, an extension's own server.
    Unknown,
}

/// Whether the client would start the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Nothing says otherwise.
    On,
    /// The entry is switched off in its own file.
    Off,
    /// Configured, but another layer (an exclusive managed file, a newer location) takes its place.
    NotLoaded,
}

/// One server as one file configures it.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Its name in the file.
    pub name: Text,
    /// How it is reached. Both a command and a URL may be present: see `command` and `url`.
    pub transport: Transport,
    /// The transport as the file spells it.
    pub declared_transport: Option<Text>,
    /// The program. When the file gives one array, its first item.
    pub command: Option<Text>,
    /// The arguments, in order.
    pub args: Vec<Text>,
    /// Environment variables that the file sets or names.
    pub env: Vec<Entry>,
    /// Files that the client reads further environment variables from.
    pub env_files: Vec<Text>,
    /// The working directory.
    pub cwd: Option<Text>,
    /// Every URL of the entry (a dialect may have several spellings in one entry).
    pub urls: Vec<Text>,
    /// HTTP headers.
    pub headers: Vec<Entry>,
    /// Shell commands that the client runs on the server's behalf (`headersHelper`, `checkCommand`).
    pub helper_commands: Vec<Text>,
    /// Inline program text (Goose `inline_python`).
    pub inline_code: Option<Text>,
    /// On, off, or displaced.
    pub switch: Switch,
    /// The project that the entry is bound to, in a file that keeps the servers of many projects (`/projects/*`).
    pub project: Option<Text>,
    /// The members that let tools run without a question (`autoApprove`, `trust: true`), each with its value.
    pub auto_approve: Vec<Text>,
    /// The whole entry, as parsed.
    pub node: Node,
    /// The place of the whole entry, name included where the format has it.
    pub span: Span,
}

impl Server {
    /// The command and its arguments as one argv.
    pub fn argv(&self) -> Vec<&Text> {
        self.command.iter().chain(&self.args).collect()
    }
}

/// One client config file, read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file.
    pub source: Arc<Source>,
    /// The client that reads it, or the generic `repository` entry of the catalogue.
    pub client: &'static Client,
    /// Other clients that read the same file, in order of id.
    pub also_read_by: Vec<&'static Client>,
    /// Who the file speaks for.
    pub scope: Scope,
    /// How it was read, and is read again once it was edited.
    pub read_as: FileSpec,
    /// False when only one unconfirmed source says that this client reads this path.
    pub confirmed: bool,
    /// The project folder, for files that belong to one.
    pub project: Option<std::path::PathBuf>,
    /// Where the file really is, when a symbolic link leads out of the folder that it belongs to: the project, the
    /// walked folder, or the home.
    pub link: Option<std::path::PathBuf>,
    /// The account the file belongs to, when several homes were searched.
    pub home: Option<String>,
    /// The servers it configures.
    pub servers: Vec<Server>,
    /// The whole file, as parsed; rules read switches and policies from it.
    pub tree: Node,
    /// What this client would call invalid although it was read leniently here (comments in strict JSON,
    /// duplicate keys).
    pub irregularities: Vec<Irregularity>,
}

impl Config {
    /// Where the file is.
    pub fn origin(&self) -> &Origin {
        &self.source.origin
    }
}

/// Something that this client's own parser would read differently, or refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Irregularity {
    /// What it is.
    pub kind: IrregularityKind,
    /// Where.
    pub span: Span,
}

/// The kinds of [`Irregularity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IrregularityKind {
    /// A key that stands twice in one map: parsers differ on which one counts.
    DuplicateKey,
    /// Comments, trailing commas or other leniencies in a file whose client wants strict JSON.
    NotStrictJson,
    /// A `mcpServers` value of the wrong type, or an entry that is not a map.
    WrongShape,
}
