//! Where a machine keeps its Python environments and its global Node packages.
//!
//! A list of names is enough for Python: the directory of a distribution's record carries name and version. Of Node
//! packages, only those are opened whose name can matter.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Disk, Home, Os, Target};
use mantrap_clients::source::Problem;
use mantrap_clients::work;

use super::{Sink, applications, is_relevant, python, read_node_package};
use crate::report::{Package, PackageEvidence};
use crate::version::Ecosystem;

/// Entries of one directory that are looked at.
const MAX_ENTRIES: usize = 50_000;

/// Below the file system's root.
const LINUX: &[&str] = &[
    "usr/lib/python3/dist-packages",
    "usr/lib/python3*/site-packages",
    "usr/lib64/python3*/site-packages",
    "usr/local/lib/python3*/dist-packages",
    "usr/local/lib/python3*/site-packages",
    "opt/venv/lib/python3*/site-packages",
    "opt/conda/lib/python3*/site-packages",
    "opt/conda/envs/*/lib/python3*/site-packages",
    "opt/pipx/venvs/*/lib/python3*/site-packages",
    "app/.venv/lib/python3*/site-packages",
    "usr/lib/node_modules",
    "usr/local/lib/node_modules",
    "usr/share/nodejs",
    "opt/node/lib/node_modules",
];
const MACOS: &[&str] = &[
    "opt/homebrew/lib/python3*/site-packages",
    "opt/homebrew/lib/node_modules",
    "usr/local/lib/python3*/site-packages",
    "usr/local/lib/node_modules",
    "Library/Frameworks/Python.framework/Versions/*/lib/python3*/site-packages",
    "opt/homebrew/Caskroom/miniconda/base/lib/python3*/site-packages",
];
const WINDOWS: &[&str] = &[
    "Program Files/Python3*/Lib/site-packages",
    "Python3*/Lib/site-packages",
    "ProgramData/Anaconda3/Lib/site-packages",
    "ProgramData/miniconda3/Lib/site-packages",
];
/// Below a home, on Linux and macOS.
const UNIX_HOME: &[&str] = &[
    ".local/lib/python3*/site-packages",
    "Library/Python/3*/lib/python/site-packages",
    ".pyenv/versions/*/lib/python3*/site-packages",
    ".local/share/uv/tools/*/lib/python3*/site-packages",
    ".local/share/uv/python/*/lib/python3*/site-packages",
    ".cache/uv/environments-v2/*/lib/python3*/site-packages",
    ".cache/uv/archive-v0/*",
    ".cache/uv/archive-v0/*/lib/python3*/site-packages",
    ".local/pipx/venvs/*/lib/python3*/site-packages",
    ".local/share/pipx/venvs/*/lib/python3*/site-packages",
    ".local/share/virtualenvs/*/lib/python3*/site-packages",
    ".cache/pypoetry/virtualenvs/*/lib/python3*/site-packages",
    ".local/share/hatch/env/virtual/*/*/*/lib/python3*/site-packages",
    ".virtualenvs/*/lib/python3*/site-packages",
    ".venv/lib/python3*/site-packages",
    "venv/lib/python3*/site-packages",
    "miniconda3/lib/python3*/site-packages",
    "miniconda3/envs/*/lib/python3*/site-packages",
    "anaconda3/lib/python3*/site-packages",
    "anaconda3/envs/*/lib/python3*/site-packages",
    "miniforge3/lib/python3*/site-packages",
    "miniforge3/envs/*/lib/python3*/site-packages",
    "micromamba/envs/*/lib/python3*/site-packages",
    ".conda/envs/*/lib/python3*/site-packages",
    ".claude/local/node_modules",
    ".npm/_npx/*/node_modules",
    ".npm-global/lib/node_modules",
    ".npm-packages/lib/node_modules",
    ".nvm/versions/node/*/lib/node_modules",
    ".volta/tools/image/packages/*/lib/node_modules",
    ".asdf/installs/nodejs/*/lib/node_modules",
    ".local/share/mise/installs/node/*/lib/node_modules",
    ".local/share/fnm/node-versions/*/installation/lib/node_modules",
    ".local/share/pnpm/global/*/node_modules",
    "Library/pnpm/global/*/node_modules",
    ".bun/install/global/node_modules",
    ".config/yarn/global/node_modules",
    "node_modules",
];
/// Below a home, on Windows.
const WINDOWS_HOME: &[&str] = &[
    "AppData/Local/Programs/Python/Python3*/Lib/site-packages",
    "AppData/Roaming/Python/Python3*/site-packages",
    "AppData/Roaming/uv/tools/*/Lib/site-packages",
    "AppData/Local/uv/cache/archive-v0/*/Lib/site-packages",
    "pipx/venvs/*/Lib/site-packages",
    "AppData/Local/pipx/pipx/venvs/*/Lib/site-packages",
    ".pyenv/pyenv-win/versions/*/Lib/site-packages",
    "miniconda3/Lib/site-packages",
    "miniconda3/envs/*/Lib/site-packages",
    "anaconda3/Lib/site-packages",
    "anaconda3/envs/*/Lib/site-packages",
    "AppData/Roaming/npm/node_modules",
    "AppData/Local/npm-cache/_npx/*/node_modules",
    "AppData/Roaming/nvm/*/node_modules",
    "AppData/Local/pnpm/global/*/node_modules",
    ".bun/install/global/node_modules",
    ".claude/local/node_modules",
];

/// The directories of this machine that hold packages, as the target names them. Only those that exist.
pub fn machine_roots(target: &Target) -> Vec<PathBuf> {
    roots(target, &Disk::new(target.os, target.root.as_deref()))
}

/// Every Python distribution, every Node package that can matter and every known application, in the well-known
/// places of a machine.
pub fn machine(target: &Target) -> (Vec<Package>, Vec<Problem>) {
    let disk = Disk::new(target.os, target.root.as_deref());
    let look = |root: PathBuf| {
        let (mut packages, mut problems) = (Vec::new(), Vec::new());
        let is_node = root.ends_with("node_modules") || root.ends_with("nodejs");
        match is_node {
            true => node_root(&disk, &root, &mut packages, &mut problems),
            false => python_root(&disk, &root, &mut packages),
        }
        (packages, problems)
    };
    let found: Vec<(Vec<Package>, Vec<Problem>)> = work::on_each(roots(target, &disk), look);
    let of_applications = applications::applications(target, &disk);
    let (packages, problems): (Vec<_>, Vec<_>) = found.into_iter().chain([of_applications]).unzip();
    let (mut packages, problems) = (packages.concat(), problems.concat());
    packages.sort_unstable();
    packages.dedup();
    (packages, problems)
}

fn roots(target: &Target, disk: &Disk) -> Vec<PathBuf> {
    let (shared, own) = match target.os {
        Os::Linux => (LINUX, UNIX_HOME),
        Os::Macos => (MACOS, UNIX_HOME),
        Os::Windows => (WINDOWS, WINDOWS_HOME),
    };
    let mut patterns: Vec<(&Path, &str)> =
        shared.iter().map(|pattern| (start(target.os), *pattern)).collect();
    for Home { path, current, .. } in &target.homes {
        patterns.extend(own.iter().map(|pattern| (path.as_path(), *pattern)));
        if *current && let Some(environment) = target.environment.get("VIRTUAL_ENV") {
            let pattern = match target.os {
                Os::Windows => "Lib/site-packages",
                _ => "lib/python3*/site-packages",
            };
            patterns.push((Path::new(environment), pattern));
        }
    }
    let mut found: Vec<PathBuf> =
        patterns.into_iter().flat_map(|(start, pattern)| expand(disk, start, pattern)).collect();
    found.sort();
    found.dedup();
    found.retain(|folder| disk.locate(folder).is_some_and(|place| place.real.is_dir()));
    found
}

/// Where the file system of a target begins, as the target names it.
pub(super) fn start(os: Os) -> &'static Path {
    match os {
        Os::Linux | Os::Macos => Path::new("/"),
        Os::Windows => Path::new("C:\\"),
    }
}

/// The paths that `pattern` names below `start`; `*` is part of a name and never a separator. Whether the rest behind the last
/// `*` exists is for the caller to ask.
pub(super) fn expand(disk: &Disk, start: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut open = vec![start.to_owned()];
    for part in pattern.split('/') {
        let mut next = Vec::new();
        for folder in open {
            match part.split_once('*') {
                None => next.push(disk.style().join(&folder, OsStr::new(part))),
                Some((head, tail)) => {
                    let names = names(disk, &folder);
                    let matching = names
                        .iter()
                        .filter(|name| name.strip_prefix(head).is_some_and(|rest| rest.ends_with(tail)));
                    next.extend(matching.map(|name| disk.style().join(&folder, OsStr::new(name))));
                }
            }
        }
        open = next;
    }
    open
}

/// The names in a folder, sorted; none if it cannot be listed: it belongs to someone else, or is not there.
pub(super) fn names(disk: &Disk, folder: &Path) -> Vec<String> {
    let Some(place) = disk.locate(folder) else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir(place.real) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .take(MAX_ENTRIES)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn python_root(disk: &Disk, root: &Path, packages: &mut Vec<Package>) {
    for name in names(disk, root) {
        let found = python::dist_info(&name).or_else(|| python::egg_info(&name));
        if let Some((distribution, version)) = found {
            let place = disk.style().join(root, OsStr::new(&name)).display().to_string();
            let mut sink = Sink::new(place, PackageEvidence::Installed);
            sink.push(Ecosystem::Pypi, &distribution, &version);
            packages.extend(sink.finish());
        }
    }
}

fn node_root(disk: &Disk, root: &Path, packages: &mut Vec<Package>, problems: &mut Vec<Problem>) {
    for name in names(disk, root) {
        let folder = disk.style().join(root, OsStr::new(&name));
        let scoped = match name.starts_with('@') {
            true => names(disk, &folder).into_iter().map(|inner| format!("{name}/{inner}")).collect(),
            false => vec![name],
        };
        for package in scoped.into_iter().filter(|package| is_relevant(Ecosystem::Npm, package)) {
            let manifest = package
                .split('/')
                .chain(["package.json"])
                .fold(root.to_owned(), |path, part| disk.style().join(&path, OsStr::new(part)));
            let Some(place) = disk.locate(&manifest).filter(|place| place.real.is_file()) else {
                continue;
            };
            let (found, trouble) = read_node_package(&place.real, &manifest);
            packages.extend(found);
            problems.extend(trouble);
        }
    }
}
