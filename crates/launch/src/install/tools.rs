//! The runtimes and installers of this machine. Looking executes nothing: a script that stands for a program (a shim of a
//! version manager) is passed over, since what it starts is not known before it runs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{How, pypi};

/// Node, and the npm beside it or elsewhere in `search`, which is written as in `PATH`. The first Node there, or `asked`.
#[must_use]
pub fn node(search: &OsStr, asked: Option<&Path>) -> Option<How> {
    let runtime = chosen(programs(search, "node"), asked)?;
    let beside = runtime.parent().map(|bin| bin.join("npm"));
    // `npm` is a link to `npm-cli.js`, which Node executes.
    let npm = beside.into_iter().chain(named(search, "npm")).filter_map(|path| path.canonicalize().ok());
    let npm = npm.into_iter().find(|path| path.file_name().is_some_and(|name| name == "npm-cli.js"))?;
    Some(How::with(runtime, Some(npm)))
}

/// Python, and uv where it is installed; without uv, a Python that has pip. The first Python there, or `asked`.
#[must_use]
pub fn python(search: &OsStr, asked: Option<&Path>) -> Option<How> {
    let uv = programs(search, "uv").next();
    let fits = |runtime: &PathBuf| uv.is_some() || pypi::has_pip(runtime);
    let runtime = chosen(programs(search, "python3").filter(fits), asked)?;
    Some(How::with(runtime, uv))
}

fn chosen(mut found: impl Iterator<Item = PathBuf>, asked: Option<&Path>) -> Option<PathBuf> {
    match asked {
        Some(asked) => asked.canonicalize().ok().filter(|path| is_program(path)),
        None => found.next(),
    }
}

/// Programs of this name, without links, that are no scripts.
fn programs(search: &OsStr, name: &str) -> impl Iterator<Item = PathBuf> {
    named(search, name)
        .into_iter()
        .filter_map(|path| path.canonicalize().ok())
        .filter(|path| is_program(path))
}

fn named(search: &OsStr, name: &str) -> Vec<PathBuf> {
    let folders = std::env::split_paths(search).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).filter(|path| path.is_file()).collect()
}

fn is_program(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"\x7fELF"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shim_is_no_program_and_a_link_is_followed() {
        let folder = std::env::temp_dir()
            .canonicalize()
            .unwrap()
            .join(format!("mantrap-tools-{}", std::process::id()));
        for below in ["shims", "one/bin", "one/lib/npm/bin"] {
            std::fs::create_dir_all(folder.join(below)).unwrap();
        }
        std::fs::write(folder.join("shims/node"), "#!/bin/sh\n").unwrap();
        std::fs::write(folder.join("one/bin/node22"), b"\x7fELF").unwrap();
        std::fs::write(folder.join("one/lib/npm/bin/npm-cli.js"), "").unwrap();
        std::os::unix::fs::symlink("node22", folder.join("one/bin/node")).unwrap();
        std::os::unix::fs::symlink("../lib/npm/bin/npm-cli.js", folder.join("one/bin/npm")).unwrap();
        let search =
            std::env::join_paths([folder.join("shims"), "relative".into(), folder.join("one/bin")]).unwrap();
        let how = node(&search, None).unwrap();
        assert_eq!(how.runtime, folder.join("one/bin/node22"));
        assert_eq!(how.installer, Some(folder.join("one/lib/npm/bin/npm-cli.js")));
        assert!(python(&search, None).is_none());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
