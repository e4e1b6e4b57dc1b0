//! The walk through a folder: every project file of every client at every level.
//!
//! Every folder is listed, also those that ignore files exclude: a config does not start any less for being ignored.
//! Only names are looked at, so that a large `node_modules` costs its listing and nothing else. Folders of one depth
//! are listed in parallel, level by level, which keeps the order and the cuts the same in every run.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::claim::{Claim, read_all};
use super::disk::{Disk, Kind, Listing, Place, list};
use super::{Found, Os, Wants, settle, switch};
use crate::catalog::{Client, FileSpec, clients};
use crate::paths::{Step, Style, alternatives, steps};
use crate::source::{Origin, Problem, ProblemKind};
use crate::work;

/// Entries that a walk looks at before it stops.
pub const MAX_ENTRIES: usize = 2_000_000;
/// Folders inside each other that a walk follows.
pub const MAX_DEPTH: usize = 64;

/// Reads every project config below `folder`, and lists the files that `wants` says yes to.
///
/// Links to folders are not followed, but the known files behind one that bears a config folder's name are read: the
/// client would read them. A config that is a link is read, and [`crate::Config::link`] says where it leads when that
/// is outside `folder`.
pub fn folder(folder: &Path, os: Os, wants: &Wants<'_>) -> Found {
    walk(folder, os, wants, Limits { entries: MAX_ENTRIES, depth: MAX_DEPTH })
}

struct Limits {
    entries: usize,
    depth: usize,
}

fn walk(folder: &Path, os: Os, wants: &Wants<'_>, limits: Limits) -> Found {
    let patterns = Patterns::of_every_client();
    let walk = Walk { top: folder, patterns: &patterns, wants };
    let mut found = Found::default();
    found.probed.push(folder.display().to_string());
    let mut claims = Vec::new();
    let mut level: Vec<PathBuf> = vec![PathBuf::new()];
    let mut entries_left = limits.entries;
    for depth in 0.. {
        if level.is_empty() {
            break;
        }
        if depth == limits.depth {
            let message =
                format!("{} folders lie deeper than {depth} levels and were not looked into", level.len());
            let first = level.first().map(|first| folder.join(first));
            let origin = Origin::file(first.unwrap_or_default());
            found.problems.push(Problem::new(origin, ProblemKind::Cut, message));
            break;
        }
        let folders = std::mem::take(&mut level);
        let visits = work::on_each(&folders, |relative| walk.visit(relative, entries_left));
        for visit in visits {
            if visit.entries > entries_left || visit.was_cut {
                let message = format!("more than {} entries; the rest was not looked at", limits.entries);
                let origin = Origin::file(folder.join(&visit.relative));
                found.problems.push(Problem::new(origin, ProblemKind::Cut, message));
                level.clear();
                break;
            }
            entries_left -= visit.entries;
            claims.extend(visit.claims);
            found.problems.extend(visit.problems);
            found.other_files.extend(visit.wanted);
            level.extend(visit.folders);
        }
    }
    claims.sort_by(|a, b| a.place.named.cmp(&b.place.named));
    let read = read_all(&Disk::new(os, None), claims);
    found.configs = read.configs;
    found.problems.extend(read.problems);
    switch::settle(&mut found.configs);
    found.configs.sort_by(|a, b| a.origin().cmp(b.origin()));
    found.other_files.sort();
    settle(&mut found);
    found
}

struct Walk<'a> {
    top: &'a Path,
    patterns: &'a Patterns,
    wants: &'a Wants<'a>,
}

/// What one folder holds.
#[derive(Default)]
struct Visit {
    relative: PathBuf,
    entries: usize,
    was_cut: bool,
    folders: Vec<PathBuf>,
    claims: Vec<Claim>,
    wanted: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn visit(&self, relative: &Path, limit: usize) -> Visit {
        let mut visit = Visit { relative: relative.to_path_buf(), ..Visit::default() };
        // `join` with nothing would add a slash.
        let real = match relative.as_os_str().is_empty() {
            true => self.top.to_path_buf(),
            false => self.top.join(relative),
        };
        let listing = match list(&real, limit) {
            Ok(listing) => listing,
            Err(error) => {
                visit.problems.push(Problem::io(Origin::file(&real), &error));
                return visit;
            }
        };
        visit.entries = listing.entries.len();
        visit.was_cut = listing.was_cut;
        self.sort_entries(&listing, &real, &mut visit);
        visit
    }

    fn sort_entries(&self, listing: &Listing, real: &Path, visit: &mut Visit) {
        for (name, kind) in &listing.entries {
            let text = name.to_string_lossy();
            if *kind == Kind::Folder {
                if name != ".git" && !is_kernel_made(&real.join(name)) {
                    visit.folders.push(visit.relative.join(name));
                }
                continue;
            }
            let matches = self.patterns.matches(&visit.relative, name);
            let is_wanted = {
                let relative = visit.relative.join(name);
                (self.wants)(&text, &relative)
            };
            if *kind == Kind::Link {
                if self.patterns.folder_names.contains(&text.to_ascii_lowercase()) && real.join(name).is_dir()
                {
                    self.behind_link(name, real, visit);
                    continue;
                }
                if (is_wanted || !matches.is_empty()) && !real.join(name).is_file() {
                    if !matches.is_empty() {
                        visit.problems.extend(broken_link(&real.join(name)));
                    }
                    continue;
                }
            }
            if is_wanted {
                visit.wanted.push(real.join(name));
            }
            for (pattern, project) in matches {
                visit.claims.push(self.claim(pattern, project, real.join(name)));
            }
        }
    }

    fn claim(&self, pattern: &ProjectPattern, project: PathBuf, file: PathBuf) -> Claim {
        let project = match project.as_os_str().is_empty() {
            true => self.top.to_path_buf(),
            false => self.top.join(project),
        };
        let place = |path: PathBuf| Place { named: path.clone(), real: path };
        Claim {
            place: place(file),
            client: pattern.client,
            spec: pattern.spec,
            fence: Some(place(self.top.to_path_buf())),
            project: Some(project),
            home: None,
            is_referenced: false,
        }
    }

    /// A config folder that is a link: the client opens `.cursor/mcp.json` whatever `.cursor` is.
    fn behind_link(&self, name: &OsStr, real: &Path, visit: &mut Visit) {
        let relative = visit.relative.join(name);
        for pattern in &self.patterns.all {
            let Some((project, rest)) = pattern.below(&relative) else {
                continue;
            };
            let file = rest.iter().fold(real.join(name), |path, name| path.join(name));
            if file.is_file() {
                visit.claims.push(self.claim(pattern, project, file));
            }
        }
        // `.cursor` is a config folder wherever it stands; `config` and `agents` are anybody's.
        if name.as_encoded_bytes().starts_with(b".") {
            let message = "a config folder that is a symbolic link; only the known files behind it were read";
            let origin = Origin::file(real.join(name));
            visit.problems.push(Problem::new(origin, ProblemKind::Link, message));
        }
    }
}

/// File systems that the kernel makes up as they are read: no client keeps anything there, and they have no end.
fn is_kernel_made(folder: &Path) -> bool {
    cfg!(target_os = "linux") && ["/proc", "/sys", "/dev"].iter().any(|made| folder == Path::new(made))
}

/// Why a config that is a link cannot be read. One that leads nowhere waits for somebody to create its target.
fn broken_link(path: &Path) -> Option<Problem> {
    match std::fs::metadata(path) {
        Ok(_) => Some(Problem::new(
            Origin::file(path),
            ProblemKind::NotAFile,
            "a link to something that is no regular file",
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(Problem::new(
            Origin::file(path),
            ProblemKind::Link,
            "a link to a file that does not exist; whoever creates that file supplies the config",
        )),
        Err(error) => Some(Problem::io(Origin::file(path), &error)),
    }
}

/// The project patterns of every client, by the last name of the path. Case is ignored: a repository is checked out
/// on systems that ignore it.
pub(super) struct Patterns {
    all: Vec<ProjectPattern>,
    by_name: HashMap<String, Vec<usize>>,
    by_glob: Vec<usize>,
    /// Names of folders that configs lie in.
    folder_names: HashSet<String>,
}

pub(super) struct ProjectPattern {
    pub(super) client: &'static Client,
    pub(super) spec: &'static FileSpec,
    steps: Vec<Step>,
}

impl Patterns {
    pub(super) fn of_every_client() -> Self {
        let mut patterns = Patterns {
            all: Vec::new(),
            by_name: HashMap::new(),
            by_glob: Vec::new(),
            folder_names: HashSet::new(),
        };
        for client in clients() {
            for spec in &client.files {
                for pattern in spec.project.iter().flat_map(|pattern| alternatives(pattern)) {
                    patterns.add(ProjectPattern { client, spec, steps: steps(&pattern, Style::Unix) });
                }
            }
        }
        patterns
    }

    fn add(&mut self, pattern: ProjectPattern) {
        let at = self.all.len();
        match pattern.steps.split_last() {
            Some((Step::Name(name), folders)) => {
                self.by_name.entry(name.to_ascii_lowercase()).or_default().push(at);
                self.folder_names.extend(folders.iter().filter_map(plain));
            }
            Some((_, folders)) => {
                self.by_glob.push(at);
                self.folder_names.extend(folders.iter().filter_map(plain));
            }
            None => return,
        }
        self.all.push(pattern);
    }

    /// The patterns that the file `name` in the folder `relative` fulfils, each with the project folder it means.
    pub(super) fn matches(&self, relative: &Path, name: &OsStr) -> Vec<(&ProjectPattern, PathBuf)> {
        let name = name.to_string_lossy();
        let lower = name.to_ascii_lowercase();
        let named = self.by_name.get(&lower).map_or(&[][..], Vec::as_slice);
        let candidates = named.iter().chain(&self.by_glob).filter_map(|at| self.all.get(*at));
        candidates
            .filter_map(|pattern| {
                let (last, folders) = pattern.steps.split_last()?;
                if !last.matches(&lower, true) {
                    return None;
                }
                Some((pattern, project_of(relative, folders)?))
            })
            .collect()
    }
}

fn plain(step: &Step) -> Option<String> {
    match step {
        Step::Name(name) => Some(name.to_ascii_lowercase()),
        Step::Glob(_) | Step::Deep => None,
    }
}

/// The part of `folder` above the last `steps`, if they are its end.
fn project_of(folder: &Path, steps: &[Step]) -> Option<PathBuf> {
    let Some((last, before)) = steps.split_last() else {
        return Some(folder.to_path_buf());
    };
    if *last == Step::Deep {
        // Any number of folders: the nearest that fits.
        return folder.ancestors().find_map(|folder| project_of(folder, before));
    }
    let name = folder.file_name()?.to_string_lossy();
    last.matches(&name, true).then(|| project_of(folder.parent()?, before))?
}

impl ProjectPattern {
    /// The names below `link`, when `link` is one of this pattern's folders and all that follows is plain names.
    fn below(&self, link: &Path) -> Option<(PathBuf, Vec<&str>)> {
        (1..self.steps.len()).find_map(|at| {
            let (folders, rest) = self.steps.split_at_checked(at)?;
            let project = project_of(link, folders)?;
            let rest = rest
                .iter()
                .map(|step| match step {
                    Step::Name(name) => Some(name.as_str()),
                    Step::Glob(_) | Step::Deep => None,
                })
                .collect::<Option<Vec<&str>>>()?;
            Some((project, rest))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns_of(path: &str) -> Vec<(String, String)> {
        let path = Path::new(path);
        let patterns = Patterns::of_every_client();
        let found = patterns.matches(path.parent().unwrap(), path.file_name().unwrap());
        let shown = |(pattern, project): (&ProjectPattern, PathBuf)| {
            (pattern.client.id.clone(), project.display().to_string())
        };
        let mut found: Vec<_> = found.into_iter().map(shown).collect();
        found.sort();
        found
    }

    #[test]
    fn patterns_find_their_project_from_the_end() {
        let pair = |client: &str, project: &str| (client.to_owned(), project.to_owned());
        assert_eq!(
            patterns_of("a/b/.roo/mcp.json"),
            [pair("repository", "a/b/.roo"), pair("roo-code", "a/b")]
        );
        assert_eq!(patterns_of(".github/agents/team/x.md"), [pair("copilot-cloud-agent", "")]);
        assert_eq!(patterns_of("x/.github/agents/x.md"), [pair("copilot-cloud-agent", "x")]);
        assert_eq!(patterns_of("agents/x.md"), []);
        assert_eq!(patterns_of("README.md"), []);
    }

    #[test]
    fn a_walk_stops_at_its_limits_and_says_so() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for limits in [Limits { entries: 3, depth: 64 }, Limits { entries: 1000, depth: 1 }] {
            let found = walk(&top, Os::Linux, &|name, _| name == "disk.rs", limits);
            assert_eq!(found.problems.len(), 1);
            assert_eq!(found.problems[0].kind, ProblemKind::Cut);
            assert!(found.other_files.is_empty());
        }
        let found = walk(&top, Os::Linux, &|name, _| name == "disk.rs", Limits { entries: 1000, depth: 64 });
        assert!(found.problems.is_empty());
        assert_eq!(found.other_files, [top.join("discover/disk.rs")]);
    }
}
