//! Finds client config files under a target: this machine, a mounted disk, another system's home, a folder.
//!
//! A file is a claim first (this client reads this path), found by the catalogue's patterns on a
//! [`Disk`]; then it is read once, whoever claims it. Nothing here is executed, expanded from a file's content or
//! contacted; whatever stands in the way is a [`Problem`] and the search goes on.
//!
//! Adding a client is one file in `clients/` and one fixture folder in `tests/clients/`: no code.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use crate::config::{Config, Switch};
use crate::source::{Problem, ProblemKind};

mod claim;
mod disk;
mod extension;
mod homes;
mod machine;
mod projects;
mod single;
mod switch;
mod walk;

pub use disk::{Disk, Place};
pub use homes::homes;
pub use machine::machine;
pub use single::{file, text};
pub use walk::{MAX_DEPTH, MAX_ENTRIES, folder};

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

/// Whether a walk should hand a file to the caller: its name, and its path relative to the walked folder.
pub type Wants<'a> = dyn Fn(&str, &std::path::Path) -> bool + Sync + 'a;

/// Problems of one audit, at most: a tree may be made of nothing else.
const MAX_PROBLEMS: usize = 10_000;

/// The same thing said about the same place by two patterns is one problem.
fn settle(found: &mut Found) {
    let mut seen = HashSet::new();
    found.problems.retain(|problem| {
        let place = problem.place.as_ref().map(|(_, span)| *span);
        seen.insert((problem.origin.clone(), problem.kind, place))
    });
    // One folder that may not be entered is one problem, whatever else was looked for below it.
    let closed: HashSet<PathBuf> = found
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::Unreadable)
        .map(|problem| problem.origin.path.clone())
        .collect();
    found.problems.retain(|problem| {
        let mut above = problem.origin.path.ancestors().skip(1);
        problem.kind != ProblemKind::Unreadable || !above.any(|folder| closed.contains(folder))
    });
    if let Some(next) = found.problems.get(MAX_PROBLEMS) {
        let message = format!("{} more problems are not listed", found.problems.len() - MAX_PROBLEMS);
        let cut = Problem::new(next.origin.clone(), ProblemKind::Cut, message);
        found.problems.truncate(MAX_PROBLEMS);
        found.problems.push(cut);
    }
    let mut seen = HashSet::new();
    found.probed.retain(|probed| seen.insert(probed.clone()));
}

/// Takes every server of `config` that is on out of play.
fn displace(config: &mut Config) {
    for server in &mut config.servers {
        if server.switch == Switch::On {
            server.switch = Switch::NotLoaded;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    #[test]
    fn a_closed_folder_is_one_problem() {
        let denied = |path: &str, kind| Problem::new(Origin::file(path), kind, "permission denied");
        let mut found = Found {
            problems: vec![
                denied("/root/.aws", ProblemKind::Unreadable),
                denied("/root", ProblemKind::Unreadable),
                denied("/root/.x/y", ProblemKind::Unreadable),
                denied("/root/z", ProblemKind::Opaque),
                denied("/rooted", ProblemKind::Unreadable),
            ],
            ..Found::default()
        };
        settle(&mut found);
        let left: Vec<_> = found.problems.iter().map(|problem| problem.origin.to_string()).collect();
        assert_eq!(left, ["/root", "/root/z", "/rooted"]);
    }
}
