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

/// Whether a walk should hand a file to the caller: its name, and its path relative to the walked folder.
pub type Wants<'a> = dyn Fn(&str, &std::path::Path) -> bool + Sync + 'a;

/// Reads every config of every client on `target`.
pub fn machine(target: &Target) -> Found {
    let mut found = Found::default();
    for home in &target.homes {
        for client in crate::catalog::clients() {
            for spec in &client.files {
                let patterns = match target.os {
                    Os::Linux => &spec.linux,
                    Os::Macos => &spec.macos,
                    Os::Windows => &spec.windows,
                };
                for pattern in patterns {
                    let Some(rest) = pattern.strip_prefix("~/") else {
                        continue;
                    };
                    found.probed.push(pattern.clone());
                    read(&home.path.join(rest), client, spec, None, &mut found);
                }
            }
        }
    }
    found
}

/// Reads every project config below `folder`.
pub fn folder(folder: &std::path::Path, _os: Os, wants: &Wants<'_>) -> Found {
    let mut found = Found::default();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(directory) = pending.pop() {
        for client in crate::catalog::clients() {
            for spec in &client.files {
                for pattern in &spec.project {
                    read(
                        &directory.join(pattern),
                        client,
                        spec,
                        Some(&directory),
                        &mut found,
                    );
                }
            }
        }
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && entry.file_name() != ".git" {
                pending.push(path);
            } else if let (Some(name), Ok(relative)) = (entry.file_name().to_str(), path.strip_prefix(folder))
                && wants(name, relative)
            {
                found.other_files.push(path);
            }
        }
    }
    found
}

fn read(
    path: &std::path::Path,
    client: &'static crate::catalog::Client,
    spec: &'static crate::catalog::FileSpec,
    project: Option<&std::path::Path>,
    found: &mut Found,
) {
    use crate::source::{MAX_CONFIG_BYTES, Origin, Source};
    if !path.is_file() || found.configs.iter().any(|config| config.origin().path == path) {
        return;
    }
    let parsed = Source::open(path, Origin::file(path), MAX_CONFIG_BYTES)
        .and_then(|source| Ok((crate::format::parse(&source, spec.format)?, source)));
    match parsed {
        Err(problem) => found.problems.push(problem),
        Ok((mut document, source)) => {
            let servers = crate::lower::servers(&document.root, spec, &mut document.irregularities);
            found.configs.push(Config {
                source,
                client,
                scope: spec.scope,
                confirmed: spec.evidence != crate::catalog::Evidence::Inferred,
                project: project.map(Into::into),
                home: None,
                servers,
                tree: document.root,
                irregularities: document.irregularities,
            });
        }
    }
}
