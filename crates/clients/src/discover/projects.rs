//! The folders that clients remember having opened.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::disk::{Disk, Place};
use super::machine::{Account, shown};
use super::{Found, Os};
use crate::catalog::{Client, ProjectRecord, clients};
use crate::format::{self, Format};
use crate::paths::{Bases, is_in_wsl, is_on_the_network, recorded_folder};
use crate::source::{MAX_CONFIG_BYTES, Origin, Problem, ProblemKind, Source};
use crate::tree::Node;
use crate::work;

/// Adds the folders that exist to `roots`, each with the account that remembers it first.
pub(super) fn remembered(
    account: &Account<'_>,
    roots: &mut BTreeMap<PathBuf, Option<String>>,
    found: &mut Found,
) {
    let mut files: Vec<(&Client, &ProjectRecord, Place)> = Vec::new();
    for client in clients() {
        for record in &client.projects {
            for probe in account.probes(record.paths(account.bases.os)) {
                found.probed.push(shown(account.disk, &probe));
                let places = account.disk.find(&probe, &mut found.problems);
                files.extend(places.into_iter().map(|place| (client, record, place)));
            }
        }
    }
    let parsed_already: HashMap<&Path, &Node> =
        found.configs.iter().map(|config| (config.origin().path.as_path(), &config.tree)).collect();
    let read: Vec<(Vec<PathBuf>, Option<Problem>)> = work::on_each(&files, |(client, record, place)| {
        match (parsed_already.get(place.named.as_path()), record.format) {
            (Some(tree), _) => (folders(account, record, tree), None),
            (None, Some(format)) => match parsed(place, format) {
                Ok(root) => (folders(account, record, &root), None),
                // The record is not a config: only what stands in the way of reading it is worth a word.
                Err(problem) if problem.kind == ProblemKind::Syntax => (Vec::new(), None),
                Err(problem) => (Vec::new(), Some(problem)),
            },
            (None, None) => {
                let message = format!(
                    "{} remembers its projects in this database, which is not read; audit them by path",
                    client.name
                );
                let origin = Origin::file(&place.named);
                (Vec::new(), Some(Problem::new(origin, ProblemKind::Opaque, message)))
            }
        }
    });
    for (folders, problem) in read {
        found.problems.extend(problem);
        for folder in folders {
            if account.bases.os == Os::Windows && is_on_the_network(&folder) {
                let message = "a project on another machine; an audit opens no network folder";
                found.problems.push(Problem::new(Origin::file(&folder), ProblemKind::Opaque, message));
            } else if may_look(account, &folder) && exists(account.disk, &folder) {
                let home = account.home.and_then(|home| home.account.clone());
                roots.entry(folder).or_insert(home);
            }
        }
    }
}

/// Looking into a WSL distribution starts it: only when the account itself lives in one.
fn may_look(account: &Account<'_>, folder: &Path) -> bool {
    !is_in_wsl(folder) || account.home.is_some_and(|home| is_in_wsl(&home.path))
}

fn exists(disk: &Disk, folder: &Path) -> bool {
    disk.locate(folder).is_some_and(|place| place.real.is_dir())
}

fn parsed(place: &Place, format: Format) -> Result<Node, Problem> {
    let source = Source::open(&place.real, Origin::file(&place.named), MAX_CONFIG_BYTES)?;
    Ok(format::parse(&source, format)?.root)
}

fn folders(account: &Account<'_>, record: &ProjectRecord, root: &Node) -> Vec<PathBuf> {
    let names = record
        .names
        .iter()
        .flat_map(|pointer| root.pointer(pointer))
        .flat_map(|node| node.members())
        .map(|member| member.key.as_str());
    let values = record.values.iter().flat_map(|pointer| root.pointer(pointer)).filter_map(Node::text);
    let bases = &account.bases;
    let in_wsl = account.home.is_some_and(|home| is_in_wsl(&home.path));
    let mut found = Vec::new();
    for text in names.chain(values) {
        if in_wsl {
            found.extend(inside_distribution(text, bases));
            continue;
        }
        let Some(path) = recorded_folder(text, bases.os, bases.style) else {
            continue;
        };
        match path.extension().is_some_and(|extension| extension == "code-workspace") {
            true => found.extend(workspace(account, &path)),
            false => found.push(path),
        }
    }
    found
}

/// A folder that a client inside a WSL distribution remembers, as Windows shows it.
fn inside_distribution(text: &str, bases: &Bases<'_>) -> Option<PathBuf> {
    let inside = recorded_folder(text, Os::Linux, crate::paths::Style::Unix)?;
    let home = bases.home?.to_str()?;
    let distribution: Vec<&str> = home.split('\\').take(4).collect();
    let inside = inside.to_str()?.replace('/', "\\");
    Some(format!("{}{inside}", distribution.join("\\")).into())
}

/// A multi-root workspace file: the folder it lies in, and those it lists.
fn workspace(account: &Account<'_>, file: &Path) -> Vec<PathBuf> {
    let bases = &account.bases;
    let Some(parent) = bases.style.parent(file) else {
        return Vec::new();
    };
    // INVARIANT: nothing on another machine is opened, not even to see what it lists.
    let is_remote = bases.os == Os::Windows && is_on_the_network(file);
    let place = account.disk.locate(file).filter(|_| !is_remote && may_look(account, file));
    let root = place.and_then(|place| parsed(&place, Format::Jsonc).ok());
    let mut found = vec![parent.clone()];
    for node in root.iter().flat_map(|root| root.pointer("/folders/*")) {
        let member = node.member("path").or_else(|| node.member("uri"));
        let Some(text) = member.and_then(|member| member.value.text()) else {
            continue;
        };
        found.push(match recorded_folder(text, bases.os, bases.style) {
            Some(folder) => folder,
            None if text.contains("://") => continue,
            None => below(bases, &parent, text),
        });
    }
    found
}

/// `text` relative to `parent`, with `..` resolved by name.
fn below(bases: &Bases<'_>, parent: &Path, text: &str) -> PathBuf {
    let mut path = parent.to_path_buf();
    for name in bases.style.names(Path::new(text)) {
        path = match name == ".." {
            true => bases.style.parent(&path).unwrap_or(path),
            false => bases.style.join(&path, &name),
        };
    }
    path
}
