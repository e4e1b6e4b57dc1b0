//! Finds client config files under a target: this machine, a mounted disk, another system's home, a folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::Config;
use crate::source::Problem;

/// The system whose paths are looked at. It need not be the one that the audit runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Linux.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

/// The machine that is audited.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its system.
    pub os: Os,
    /// Where its file system begins here: a mounted disk or an unpacked container. Links are resolved inside it.
    pub root: Option<PathBuf>,
    /// The homes to look into.
    pub homes: Vec<Home>,
    /// Relocation variables (`CLAUDE_CONFIG_DIR`, `XDG_CONFIG_HOME`, …); they count for the current user only.
    pub environment: BTreeMap<String, String>,
}

/// One account's home directory, as the target names it.
#[derive(Debug, Clone)]
pub struct Home {
    /// The directory.
    pub path: PathBuf,
    /// The account, when several are searched.
    pub account: Option<String>,
    /// Whether `environment` belongs to this account.
    pub current: bool,
}

/// What discovery found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that were read, in a deterministic order.
    pub configs: Vec<Config>,
    /// What could not be analysed.
    pub problems: Vec<Problem>,
    /// Every path or pattern that was looked at, for `--verbose`.
    pub probed: Vec<String>,
    /// Project roots that clients on this machine remember.
    pub projects: Vec<PathBuf>,
    /// Files that the caller asked for by name while a folder was walked.
    pub other_files: Vec<PathBuf>,
}
