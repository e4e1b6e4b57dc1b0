//! What clients start: protect, unprotect and export.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::ListFormat;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  everything that was looked at starts through mantrap, or has no command to start; of --dry-run: always
    1  a file could not be written
    2  the command line cannot be used
  121  something is left: pending, declined, silent, not read, or nothing that a lock can pin; of unprotect: not undone";

#[derive(Debug, Args)]
pub(crate) struct Protect {
    /// A project folder, instead of this user's clients
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) path: Option<PathBuf>,
    /// Only the files of this client; docs/clients.md lists the names
    #[arg(long, value_name = "ID")]
    pub(crate) client: Vec<String>,
    /// Say what would be done; fetch nothing and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Agree without a terminal: the digest of an entry that somebody looked at
    #[arg(long, value_name = "DIGEST")]
    pub(crate) yes_to: Vec<String>,
    /// Start no server first: neither to pin the tools it lists nor to try it in its jail
    #[arg(long)]
    pub(crate) untried: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Unprotect {
    /// A project folder, or a file: only what is there
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) path: Option<PathBuf>,
    /// Only the files of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Vec<String>,
    /// Say what would be done; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The product that is to enforce it
    #[arg(long = "for", value_enum, value_name = "PRODUCT")]
    pub(crate) product: Product,
    /// Where mantrap is on the machines that get the policy [default: where this mantrap is]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::ExecutablePath)]
    pub(crate) program: Option<PathBuf>,
    /// Only these servers [default: every server of every lock that is started here]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// A product with a policy of its own about MCP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Product {
    /// Claude Code: managed-settings.json
    ClaudeCode,
    /// GitHub Copilot CLI, in VS Code, JetBrains IDEs and the app: managed-settings.json
    Copilot,
    /// Windsurf and Devin Desktop, Teams and Enterprise: the administrator's allow-list
    Windsurf,
    /// OpenAI Codex: requirements.toml
    Codex,
    /// Gemini CLI: the system's settings.json
    Gemini,
    /// VS Code: its enterprise policies
    Vscode,
}
