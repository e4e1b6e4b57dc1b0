//! Which files the name of a module means.

use crate::lower::Language;
use crate::program::{Program, without_ending};

impl Program {
    /// The files that `module`, written in `file`, may be.
    pub(crate) fn modules(&self, file: u32, module: &str) -> Vec<u32> {
        let Some(here) = self.file(file) else { return Vec::new() };
        let folder = here.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wanted = match here.language.family() {
            Language::Python => {
                let bare = module.trim_start_matches('.');
                let dots = module.len() - bare.len();
                let rest = bare.replace('.', "/");
                if dots == 0 {
                    return self.ending_with(&rest, &here.path);
                }
                let mut above = folder;
                for _ in 1..dots {
                    above = above.rsplit_once('/').map_or("", |(above, _)| above);
                }
                joined(above, &rest)
            }
            Language::Javascript => {
                let is_relative = module.starts_with('.');
                let alias = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/"));
                if let Some(rest) = alias {
                    return self.ending_with(without_script_ending(rest), &here.path);
                }
                if !is_relative {
                    return Vec::new();
                }
                without_script_ending(&normal(folder, module)).to_owned()
            }
            Language::Go => return self.package(module),
            // The module of this name whose folder shares most with this file's.
            Language::Rust => {
                let is_own = matches!(module.split('.').next(), Some("crate" | "self" | "super"));
                let last = module.rsplit('.').next().unwrap_or(module);
                return if is_own { self.ending_with(last, &here.path) } else { Vec::new() };
            }
            _ => return Vec::new(),
        };
        self.exactly(&wanted, here.language)
    }

    fn exactly(&self, path: &str, language: Language) -> Vec<u32> {
        let stem = path.rsplit('/').next().unwrap_or(path);
        let is_it = |file: &&u32| {
            self.file(**file).is_some_and(|file| {
                file.language.family() == language.family() && module_path(&file.path) == path
            })
        };
        self.with_stem(stem).iter().filter(is_it).copied().collect()
    }

    /// The files of the folder that an import path means: its last parts are the folder's path.
    fn package(&self, module: &str) -> Vec<u32> {
        let shared = |folder: &str| {
            let pairs = folder.rsplit('/').zip(module.rsplit('/'));
            pairs.take_while(|(one, other)| one == other).count()
        };
        let last = module.rsplit('/').next().unwrap_or(module);
        let folders = self.folders_named(last);
        let is_it = |folder: &&str| module.ends_with(*folder) || shared(folder) > 1;
        let Some(best) = folders.filter(is_it).max_by_key(|folder| shared(folder)) else { return Vec::new() };
        self.files_in(best).to_vec()
    }

    /// Files whose path ends with `path`; of several, those that share most of their folders with `near`.
    fn ending_with(&self, path: &str, near: &str) -> Vec<u32> {
        let stem = path.rsplit('/').next().unwrap_or(path);
        let is_it = |file: &u32| {
            self.file(*file).is_some_and(|file| {
                module_path(&file.path)
                    .strip_suffix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            })
        };
        let mut found: Vec<(usize, u32)> = self
            .with_stem(stem)
            .iter()
            .copied()
            .filter(is_it)
            .map(|file| {
                let path = self.file(file).map_or("", |file| file.path.as_str());
                let shared = path.bytes().zip(near.bytes()).take_while(|(a, b)| a == b).count();
                (shared, file)
            })
            .collect();
        found.sort_by_key(|(shared, file)| (std::cmp::Reverse(*shared), *file));
        found.into_iter().map(|(_, file)| file).take(1).collect()
    }
}

/// The path by which others import a file.
fn module_path(path: &str) -> &str {
    let bare = without_ending(path);
    let bare = bare.strip_suffix(".d").unwrap_or(bare);
    bare.strip_suffix("/__init__").or_else(|| bare.strip_suffix("/index")).unwrap_or(bare)
}

fn without_script_ending(path: &str) -> &str {
    const ENDINGS: [&str; 8] = [".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx"];
    let bare = ENDINGS.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    bare.strip_suffix("/index").unwrap_or(bare)
}

fn joined(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

/// `folder` and then `relative`, without `.` and `..`.
fn normal(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
