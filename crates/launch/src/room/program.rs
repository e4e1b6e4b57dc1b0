//! Which file a command is: looked up here, in the caller's `PATH`, never inside.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Bytes of the first line of a script that the kernel reads (execve(2), `BINPRM_BUF_SIZE`).
const FIRST_LINE: u64 = 256;

/// Why a command is no program.
#[derive(Debug, PartialEq, Eq)]
pub enum NoProgram {
    /// Nothing is called so.
    Missing,
    /// Something is, and is a folder or has no right to be executed.
    NotExecutable(PathBuf),
}

/// The path of `command`, links not followed: as it is when it has a `/`, else the first match in `search`.
/// Parts of `search` that are not absolute are passed over: what they mean depends on where one stands.
pub fn find(command: &OsStr, base: &Path, search: Option<&OsStr>) -> Result<PathBuf, NoProgram> {
    if command.as_bytes().contains(&b'/') {
        let path = base.join(command);
        return match path.metadata() {
            Err(_) => Err(NoProgram::Missing),
            Ok(_) if !is_executable(&path) => Err(NoProgram::NotExecutable(path)),
            Ok(_) => Ok(path),
        };
    }
    if command.is_empty() {
        return Err(NoProgram::Missing);
    }
    let mut unusable = None;
    for folder in std::env::split_paths(search.unwrap_or_default()).filter(|folder| folder.is_absolute()) {
        let path = folder.join(command);
        if is_executable(&path) {
            return Ok(path);
        }
        if unusable.is_none() && path.is_file() {
            unusable = Some(path);
        }
    }
    Err(unusable.map_or(NoProgram::Missing, NoProgram::NotExecutable))
}

/// Whether it is a file with a right to be executed. Whether this user has that right, the kernel says at the start.
fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// What a script is executed by: the interpreter, and behind `env` the program that it looks up.
#[derive(Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// As the first line spells it.
    pub path: PathBuf,
    /// What `env` looks up.
    pub looked_up: Option<OsString>,
}

/// The interpreter of a script; `None` for anything else.
pub fn interpreter(program: &Path) -> Option<Interpreter> {
    let mut start = Vec::new();
    File::open(program).ok()?.take(FIRST_LINE).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r')).filter(|word| !word.is_empty());
    let path = PathBuf::from(OsString::from_vec(words.next()?.to_vec()));
    let is_env = path.file_name().is_some_and(|name| name == "env");
    let looked_up = words.find(|word| is_env && !word.starts_with(b"-") && !word.contains(&b'='));
    Some(Interpreter { path, looked_up: looked_up.map(|word| OsString::from_vec(word.to_vec())) })
}

/// A program that stands for others of its name and chooses one when it runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Shim {
    /// Its name.
    pub manager: String,
    /// The manager's own directory, which a shim reads to choose.
    pub root: PathBuf,
    /// Those it chooses from: first what is set for everything, then by name.
    pub real: Vec<PathBuf>,
}

/// Whether this is the shim of a version manager, told from where it is and where it leads; nothing is executed.
pub fn shim(found: &Path) -> Option<Shim> {
    let name = found.file_name()?;
    let folder = found.parent()?;
    let above = folder.parent()?;
    let called = |path: &Path| {
        path.file_name().unwrap_or_default().to_string_lossy().trim_start_matches('.').to_owned()
    };
    // Where the versions are, and how many folders deep.
    let (manager, root, versions) = match (called(folder).as_str(), called(above).as_str()) {
        ("shims", "asdf" | "mise" | "rtx") => (called(above), above.to_owned(), ["installs/*/*"].as_slice()),
        ("shims", other) => (other.to_owned(), above.to_owned(), ["versions/*"].as_slice()),
        ("bin", "volta") => ("volta".to_owned(), above.to_owned(), ["tools/image/*/*"].as_slice()),
        ("bin", "cargo") if called(&found.canonicalize().ok()?) == "rustup" => {
            ("rustup".to_owned(), above.with_file_name(".rustup"), ["toolchains/*"].as_slice())
        }
        _ => return None,
    };
    let mut real: Vec<PathBuf> = versions
        .iter()
        .flat_map(|pattern| below(&root, pattern))
        .map(|version| version.join("bin").join(name))
        .collect();
    real.retain(|path| is_executable(path));
    let mut global = String::new();
    if let Ok(file) = File::open(root.join("version")) {
        // What is no text names no version.
        let _ = file.take(FIRST_LINE).read_to_string(&mut global);
    }
    let chosen = global.split_whitespace().next().map(|version| root.join("versions").join(version));
    real.sort_by_key(|path| (!chosen.as_ref().is_some_and(|chosen| path.starts_with(chosen)), path.clone()));
    Some(Shim { manager, root, real })
}

/// The folders that a pattern of names and `*` leads to.
fn below(root: &Path, pattern: &str) -> Vec<PathBuf> {
    pattern.split('/').fold(vec![root.to_owned()], |folders, part| {
        let children = |folder: PathBuf| -> Vec<PathBuf> {
            if part != "*" {
                return vec![folder.join(part)];
            }
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        folders.into_iter().flat_map(children).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_script_names_its_interpreter() {
        let path = std::env::temp_dir().join(format!("mantrap-script-{}", std::process::id()));
        let read = |text: &[u8]| {
            fs::write(&path, text).unwrap();
            interpreter(&path)
        };
        let plain = |path: &str| Some(Interpreter { path: path.into(), looked_up: None });
        assert_eq!(read(b"#!/bin/sh\n"), plain("/bin/sh"));
        assert_eq!(read(b"#! /usr/bin/python3 -I\nx"), plain("/usr/bin/python3"));
        let node = Some(Interpreter { path: "/usr/bin/env".into(), looked_up: Some("node".into()) });
        assert_eq!(read(b"#!/usr/bin/env node\n"), node);
        assert_eq!(read(b"#!/usr/bin/env -S A=b node --x\n"), node);
        assert_eq!(read(b"\x7fELF"), None);
        assert_eq!(read(b"#!"), None);
        assert_eq!(read(b""), None);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_shim_is_told_from_the_program_it_stands_for() {
        let top = std::env::temp_dir().join(format!("mantrap-shims-{}", std::process::id()));
        let make = |path: &str| {
            let path = top.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let shim_of = |path: &str| shim(&make(path)).unwrap();
        for version in ["3.11.2", "3.12.1"] {
            make(&format!(".pyenv/versions/{version}/bin/python"));
        }
        fs::write(top.join(".pyenv/version"), "3.12.1\n").unwrap();
        let pyenv = shim_of(".pyenv/shims/python");
        assert_eq!((pyenv.manager.as_str(), pyenv.root), ("pyenv", top.join(".pyenv")));
        let versions = ["3.12.1", "3.11.2"].map(|one| top.join(format!(".pyenv/versions/{one}/bin/python")));
        assert_eq!(pyenv.real, versions);
        let node = make(".asdf/installs/nodejs/20.1.0/bin/node");
        assert_eq!(
            (shim_of(".asdf/shims/node").manager.as_str(), shim_of(".asdf/shims/node").real),
            ("asdf", vec![node])
        );
        let node = make(".volta/tools/image/node/20.1.0/bin/node");
        assert_eq!(shim_of(".volta/bin/node").real, [node]);
        let cargo = make(".rustup/toolchains/stable/bin/cargo");
        make(".cargo/bin/rustup");
        std::os::unix::fs::symlink("rustup", top.join(".cargo/bin/cargo")).unwrap();
        assert_eq!(shim(&top.join(".cargo/bin/cargo")).unwrap().real, [cargo]);
        for plain in [".nvm/versions/node/v20/bin/node", "bin/python", ".cargo/bin/other"] {
            assert_eq!(shim(&make(plain)), None, "{plain}");
        }
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn a_name_is_looked_up_and_a_path_is_not() {
        let search = Some(OsStr::new("relative::/nonexistent:/usr/bin:/bin"));
        let found = find(OsStr::new("sh"), Path::new("/"), search).unwrap();
        assert!(found.ends_with("sh") && found.is_absolute());
        assert_eq!(find(OsStr::new("bin/sh"), Path::new("/"), None).unwrap(), Path::new("/bin/sh"));
        assert_eq!(find(OsStr::new("sh"), Path::new("/bin"), None), Err(NoProgram::Missing));
        assert_eq!(find(OsStr::new(""), Path::new("/bin"), search), Err(NoProgram::Missing));
        assert_eq!(
            find(OsStr::new("/etc/passwd"), Path::new("/"), None),
            Err(NoProgram::NotExecutable("/etc/passwd".into()))
        );
    }
}
