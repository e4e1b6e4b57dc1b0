//! The rules. One file, one test directory (`tests/rules/<id>/`), one docs page (`docs/rules/<id>.md`), one id.
//!
//! A rule is a function over what it looks at, with its [`Meta`]. It reads, it never fails: what it cannot
//! decide it leaves to a finding of lower confidence.

pub mod ambiguous_transport;
pub mod api_redirect;
pub mod auto_approval;
pub mod broad_filesystem;
pub mod command_line_in_command;
pub mod container_entrypoint;
pub mod container_socket;
pub mod debug_port;
pub mod directory_program;
pub mod disabled_tls;
pub mod disguised_program;
pub mod duplicate_key;
pub mod environment_file;
pub mod expired_ignore;
pub mod folder_open_task;
pub mod foreign_registry;
pub mod foreign_source;
pub mod helper_command;
pub mod hidden_characters;
pub mod homoglyph_name;
pub mod host_mount;
pub mod ignore_without_reason;
pub mod indirect_execution;
pub mod inherited_environment;
pub mod inline_code;
pub mod launcher_shell;
pub mod linked_config;
pub mod loader_environment;
pub mod malicious_server;
pub mod missing_executable;
pub mod package_scripts;
pub mod path_override;
pub mod plain_http;
pub mod preloaded_code;
pub mod privileged_container;
pub mod product_setting;
pub mod public_bind;
pub mod pull_through_pipe;
pub mod relative_command;
pub mod remote_without_auth;
pub mod repository_config;
pub mod sandbox_without_prompts;
pub(crate) mod sdk_setting;
pub mod secret_in_config;
pub mod shadowed_name;
pub mod shell_command;
pub mod shell_metacharacters;
pub mod strict_json;
pub(crate) mod tainted_launch;
pub(crate) mod tool_injection;
pub mod typosquat_package;
pub mod unconfirmed_path;
pub mod unmanaged_server;
pub mod unpinned_image;
pub mod unpinned_package;
pub mod unreadable_config;
pub mod unused_ignore;
pub mod vulnerable_product;
pub mod vulnerable_server;
pub mod working_directory;
pub mod writable_config;
pub mod writable_executable;
pub mod wrong_shape;

use mantrap_clients::discover::Os;
use mantrap_clients::{Config, Server, Span};

use crate::advisory::Database;
use crate::command::{self, Launch};
use crate::finding::{Confidence, Finding, Location, Persona, Severity};

/// What is known about a rule: the source of its docs page, `mantrap explain` and SARIF's rule object.
#[derive(Debug)]
pub struct Meta {
    /// Kebab-case id: file, test directory, docs page, config key, SARIF rule.
    pub id: &'static str,
    /// A short name, sentence case.
    pub title: &'static str,
    /// Why it matters, one sentence.
    pub why: &'static str,
    /// What the rule looks at, what it does not, and how severity is chosen. Markdown paragraphs.
    pub details: &'static str,
    /// What to do in general, one sentence.
    pub remedy: &'static str,
    /// The worst severity it reports.
    pub worst: Severity,
    /// Ids in public frameworks.
    pub mappings: Mappings,
}

/// Ids in public frameworks. Ids only: their texts have licences of their own.
#[derive(Debug)]
pub struct Mappings {
    /// OWASP MCP Top 10 (2025): `MCP05`.
    pub owasp_mcp: &'static [&'static str],
    /// OWASP Top 10 for Agentic Applications (2026): `ASI05`.
    pub owasp_agentic: &'static [&'static str],
    /// OWASP AISVS 1.0: `10.3.2`.
    pub aisvs: &'static [&'static str],
    /// CWE: `CWE-78`.
    pub cwe: &'static [&'static str],
    /// NIST CSF 2.0 categories and subcategories: `PR.PS-05`.
    pub csf: &'static [&'static str],
}

/// What a rule may consult besides the thing it judges.
pub struct Context<'a> {
    /// Every config of this audit.
    pub fleet: &'a [Config],
    /// The target's system.
    pub os: Os,
    /// What is known against packages.
    pub advisories: &'a Database,
    /// Looks at files of the target without opening them.
    pub files: &'a dyn Files,
}

/// Facts about files of the target. Answers `None` for what is not there or not known.
pub trait Files: Sync {
    /// What `path` (as the target names it) is, links followed inside the target's root.
    fn look(&self, path: &std::path::Path) -> Option<FileFacts>;
    /// Whether the target's file system can be asked at all: not when a foreign system's config is read here.
    fn is_present(&self) -> bool;
    /// The home, as the target names it, whose owner reads the config `file` (a path of this machine): what `~`
    /// means there.
    fn home(&self, _file: &std::path::Path) -> Option<std::path::PathBuf> {
        None
    }
    /// The file that `path` really is, links followed: what a program's name does not say. `None` for what is not
    /// there or not known.
    fn resolve(&self, _path: &std::path::Path) -> Option<std::path::PathBuf> {
        None
    }
}

/// Facts about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileFacts {
    /// A directory.
    pub is_directory: bool,
    /// Has an execute bit.
    pub is_executable: bool,
    /// Can be written by accounts other than its owner and root (group or others). Not for a shared folder: see
    /// `is_shared`.
    pub is_writable_by_others: bool,
    /// A folder in which anybody may create files, and nobody may touch those of others (`/tmp`, sticky).
    pub is_shared: bool,
    /// Belongs to an account that is neither an administrator nor one whose home is audited.
    pub is_owned_by_another: bool,
    /// Can be read by accounts other than its owner and root: its own mode and that of every folder above allow it.
    pub is_readable_by_others: bool,
}

/// One server of one config, with what it would start: read once, judged by every rule.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The file.
    pub config: &'a Config,
    /// The entry.
    pub server: &'a Server,
    /// What the entry would start.
    pub launch: Launch,
    /// What its environment does, once a rule has asked.
    settings: std::cell::OnceCell<Vec<setting::Judged>>,
}

impl<'a> Subject<'a> {
    /// Reads what `server` would start on `os`.
    pub fn new(config: &'a Config, server: &'a Server, os: Os) -> Self {
        Subject { config, server, launch: command::read(server, os), settings: std::cell::OnceCell::new() }
    }

    /// Whether somebody other than the user and the administrator can be the author of the entry.
    pub fn is_foreign(&self) -> bool {
        self.config.scope.is_foreign()
    }

    /// How sure a rule can be that a deliberate-looking construct is hostile: what a stranger wrote deserves no
    /// benefit of the doubt.
    pub fn suspicion(&self) -> Confidence {
        if self.is_foreign() { Confidence::High } else { Confidence::Medium }
    }

    /// `near` for the user's own files, `far` for a stranger's.
    pub fn by_distance<T>(&self, near: T, far: T) -> T {
        if self.is_foreign() { far } else { near }
    }

    /// The name of the server in backticks, for messages.
    pub fn name(&self) -> String {
        format!("`{}`", self.server.name.value)
    }

    /// A finding about this server at `span` of its file.
    pub fn finding(&self, meta: &'static Meta, span: Span, label: impl Into<String>) -> Finding {
        let location = Location::at(&self.config.source, span, label);
        finding(meta, self.config, self.server, location)
    }
}

/// What a rule looks at.
pub enum Hook {
    /// One server.
    Server(fn(&Subject<'_>, &Context<'_>, &mut Vec<Finding>)),
    /// One config file.
    Config(fn(&Config, &Context<'_>, &mut Vec<Finding>)),
    /// All of them together.
    Fleet(fn(&Context<'_>, &mut Vec<Finding>)),
    /// Reported by another part of the audit (inventory, discovery, ignores); the rule file holds its [`Meta`].
    Elsewhere,
}

/// One rule.
pub struct Rule {
    /// What is known about it.
    pub meta: &'static Meta,
    /// What it looks at.
    pub hook: Hook,
}

/// A finding about one server, to be completed with struct update syntax or the builder methods.
pub fn finding(meta: &'static Meta, config: &Config, server: &Server, location: Location) -> Finding {
    Finding {
        rule: meta,
        severity: meta.worst,
        confidence: Confidence::High,
        persona: Persona::Regular,
        message: String::new(),
        client: Some(&config.client.id),
        server: Some(server.name.value.clone()),
        locations: vec![location],
        remedy: meta.remedy.to_owned(),
        steps: Vec::new(),
        edit: None,
        subject: String::new(),
    }
}

/// A finding about a place in a file, credited to the server whose entry holds that place, if one does.
pub fn finding_at(meta: &'static Meta, config: &Config, span: Span, label: &str) -> Finding {
    let server = server_at(config, span).map(|server| server.name.value.clone());
    Finding { server, ..file_finding(meta, config, Location::at(&config.source, span, label)) }
}

/// A finding about a whole file.
pub fn file_finding(meta: &'static Meta, config: &Config, location: Location) -> Finding {
    Finding {
        rule: meta,
        severity: meta.worst,
        confidence: Confidence::High,
        persona: Persona::Regular,
        message: String::new(),
        client: Some(&config.client.id),
        server: None,
        locations: vec![location],
        remedy: meta.remedy.to_owned(),
        steps: Vec::new(),
        edit: None,
        subject: String::new(),
    }
}

/// The server whose entry holds `span`.
pub fn server_at(config: &Config, span: Span) -> Option<&Server> {
    config.servers.iter().find(|server| server.span.start <= span.start && span.end <= server.span.end)
}

mod change;
mod setting;
mod target;

/// Every rule, in order of id. A test holds this list to the files of this folder.
pub static ALL: &[&Rule] = &[
    &ambiguous_transport::RULE,
    &api_redirect::RULE,
    &auto_approval::RULE,
    &broad_filesystem::RULE,
    &command_line_in_command::RULE,
    &container_entrypoint::RULE,
    &container_socket::RULE,
    &debug_port::RULE,
    &directory_program::RULE,
    &disabled_tls::RULE,
    &disguised_program::RULE,
    &duplicate_key::RULE,
    &environment_file::RULE,
    &expired_ignore::RULE,
    &folder_open_task::RULE,
    &foreign_registry::RULE,
    &foreign_source::RULE,
    &helper_command::RULE,
    &hidden_characters::RULE,
    &homoglyph_name::RULE,
    &host_mount::RULE,
    &ignore_without_reason::RULE,
    &indirect_execution::RULE,
    &inherited_environment::RULE,
    &inline_code::RULE,
    &launcher_shell::RULE,
    &linked_config::RULE,
    &loader_environment::RULE,
    &malicious_server::RULE,
    &missing_executable::RULE,
    &package_scripts::RULE,
    &path_override::RULE,
    &plain_http::RULE,
    &preloaded_code::RULE,
    &privileged_container::RULE,
    &product_setting::RULE,
    &public_bind::RULE,
    &pull_through_pipe::RULE,
    &relative_command::RULE,
    &remote_without_auth::RULE,
    &repository_config::RULE,
    &sandbox_without_prompts::RULE,
    &sdk_setting::RULE,
    &secret_in_config::RULE,
    &shadowed_name::RULE,
    &shell_command::RULE,
    &shell_metacharacters::RULE,
    &strict_json::RULE,
    &tainted_launch::RULE,
    &tool_injection::RULE,
    &typosquat_package::RULE,
    &unconfirmed_path::RULE,
    &unmanaged_server::RULE,
    &unpinned_image::RULE,
    &unpinned_package::RULE,
    &unreadable_config::RULE,
    &unused_ignore::RULE,
    &vulnerable_product::RULE,
    &vulnerable_server::RULE,
    &working_directory::RULE,
    &writable_config::RULE,
    &writable_executable::RULE,
    &wrong_shape::RULE,
];

/// The rule called `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.meta.id == id)
}
