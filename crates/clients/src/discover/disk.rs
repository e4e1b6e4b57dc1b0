//! The target's file system: this machine's, or one below a root. Names in, real paths out; links below a root are
//! resolved inside it, as the target itself would.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::discover::Os;
use crate::paths::{Probe, Step, Style};
use crate::source::{Origin, Problem, ProblemKind};

/// Folders that `**` descends below its start, at most. Plugins nest three deep.
pub(super) const DEEP_LEVELS: usize = 8;
/// Links that one path may lead through, as on Linux.
const MAX_LINKS: usize = 40;
/// The longest path that the system takes (`PATH_MAX`); a longer one need not be taken apart.
const MAX_PATH_BYTES: usize = 4096;
/// Entries of one folder that are looked at.
const MAX_LISTING: usize = 100_000;
/// Entries of all listings that are kept for the next pattern; beyond it, folders are listed anew.
const MAX_KEPT_ENTRIES: usize = 500_000;
/// Entries of a folder that are looked through for one name rather than asking the system for it.
const MAX_LOOKED_THROUGH: usize = 1_000;
/// Folders that one pattern may look into.
const MAX_FOLDERS: usize = 50_000;

/// The file system of a target.
#[derive(Debug)]
pub struct Disk {
    root: Option<PathBuf>,
    style: Style,
    /// Whether names that differ in case are the same file, and this machine's file system does not know it.
    fold: bool,
    listings: Mutex<Listings>,
    /// Folders with every link followed. Thousands of patterns and files share a few hundred of them.
    resolved: Mutex<HashMap<PathBuf, PathBuf>>,
}

/// Listings that were made, and how many entries they hold together.
#[derive(Debug, Default)]
struct Listings {
    known: HashMap<PathBuf, Arc<Listing>>,
    entries: usize,
}

/// A path as the target names it, and where it really is on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The target's name for it.
    pub named: PathBuf,
    /// What to open here. Below a root, every link in it has been followed.
    pub real: PathBuf,
}

/// The names in one folder, sorted.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<(OsString, Kind)>,
    pub(super) was_cut: bool,
}

/// What a name stands for, without following links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    Link,
    Other,
}

impl Listing {
    pub(super) fn has(&self, step: &Step, fold: bool) -> bool {
        self.entries.iter().any(|(name, _)| step.matches(&name.to_string_lossy(), fold))
    }
}

/// Why a path leads nowhere.
enum Miss {
    Absent,
    Problem(Problem),
}

impl Disk {
    /// The file system of a target with this system and root.
    pub fn new(os: Os, root: Option<&Path>) -> Self {
        let windows = os == Os::Windows && (root.is_some() || cfg!(windows));
        // Below a root everything is compared with resolved paths, so the root is one itself.
        let root = root.map(|root| std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf()));
        Disk {
            root,
            style: if windows { Style::Windows } else { Style::Unix },
            fold: os != Os::Linux && cfg!(not(any(windows, target_os = "macos"))),
            listings: Mutex::default(),
            resolved: Mutex::default(),
        }
    }

    /// How the target spells paths.
    pub fn style(&self) -> Style {
        self.style
    }

    pub(super) fn fold(&self) -> bool {
        self.fold
    }

    /// Where `named` is; nothing where it is known not to exist, or a link below a root goes astray.
    pub fn locate(&self, named: &Path) -> Option<Place> {
        self.start(named).ok()
    }

    /// The target's name for a real path: the part below the root.
    pub(super) fn name_of(&self, real: &Path) -> PathBuf {
        let Some(inside) = self.root.as_ref().and_then(|root| real.strip_prefix(root).ok()) else {
            return real.to_path_buf();
        };
        let start = match self.style {
            Style::Unix => PathBuf::from("/"),
            Style::Windows => PathBuf::from("C:\\"),
        };
        inside.iter().fold(start, |path, name| self.style.join(&path, name))
    }

    /// Everything that exists where `probe` leads, in order of names.
    pub(super) fn find(&self, probe: &Probe, problems: &mut Vec<Problem>) -> Vec<Place> {
        if let Some(Step::Name(name)) = probe.steps.first()
            && self.lacks(&probe.base, name)
        {
            return Vec::new();
        }
        let mut search = Search { disk: self, found: Vec::new(), problems, folders_left: MAX_FOLDERS };
        match self.start(&probe.base) {
            Ok(base) => search.follow(base, &probe.steps),
            Err(miss) => search.missed(miss),
        }
        search.found
    }

    /// Whether a look at the names in `folder` already tells that there is no `name`: most patterns start at the
    /// home, and most clients are not there. Below a root, or where there is much to look through, it tells nothing.
    fn lacks(&self, folder: &Path, name: &str) -> bool {
        if self.root.is_some() || self.fold {
            return false;
        }
        let Ok(listing) = self.listing(folder) else { return false };
        // Case is ignored because some file systems ignore it.
        let has = || listing.entries.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        !listing.was_cut && listing.entries.len() <= MAX_LOOKED_THROUGH && !has()
    }

    fn start(&self, named: &Path) -> Result<Place, Miss> {
        let real = match &self.root {
            None => named.to_path_buf(),
            Some(root) => self
                .resolve(root, root.clone(), self.style.names(named))
                .map_err(|error| astray(named, &error))?,
        };
        Ok(Place { named: named.to_path_buf(), real })
    }

    /// The place called `name` in the folder `at`. Without a root nothing is asked yet: the system resolves links
    /// when the file is opened.
    fn child(&self, at: &Place, name: &OsStr) -> Result<Place, Miss> {
        let named = self.style.join(&at.named, name);
        let real = match &self.root {
            Some(root) => self
                .resolve(root, at.real.clone(), vec![name.to_owned()])
                .map_err(|error| astray(&named, &error))?,
            None if self.fold => {
                self.step(&at.real, name).map(|(path, _)| path).map_err(|error| astray(&named, &error))?
            }
            None => at.real.join(name),
        };
        Ok(Place { named, real })
    }

    /// Follows `names` from the folder `at`, and every link on the way, without ever leaving `root`.
    fn resolve(&self, root: &Path, mut at: PathBuf, mut names: Vec<OsString>) -> io::Result<PathBuf> {
        names.reverse();
        let mut links = 0;
        while let Some(name) = names.pop() {
            if name == ".." {
                if at == root {
                    return Err(io::Error::other("the link leads out of the root"));
                }
                at.pop();
                continue;
            }
            let (next, is_link) = self.step(&at, &name)?;
            if !is_link {
                at = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(io::Error::other("the link goes round in circles"));
            }
            let target = std::fs::read_link(&next)?;
            if target.has_root() || self.style.is_absolute(&target.to_string_lossy()) {
                at = root.to_path_buf();
            }
            names.extend(self.style.names(&target).into_iter().rev());
        }
        Ok(at)
    }

    /// One name of a real folder, in whatever case, and whether it is a link.
    fn step(&self, at: &Path, name: &OsStr) -> io::Result<(PathBuf, bool)> {
        let exact = at.join(name);
        match std::fs::symlink_metadata(&exact) {
            Ok(metadata) => return Ok((exact, metadata.is_symlink())),
            Err(error) if !self.fold || error.kind() != ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        let same = |other: &&(OsString, Kind)| other.0.eq_ignore_ascii_case(name);
        let listing = self.listing(at)?;
        match listing.entries.iter().find(same) {
            Some((other, kind)) => Ok((at.join(other), *kind == Kind::Link)),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    /// A folder of this machine with every link followed, as [`std::fs::canonicalize`] has it; asked once each.
    pub(super) fn resolved(&self, folder: &Path) -> io::Result<PathBuf> {
        let kept = self.resolved.lock().ok().and_then(|resolved| resolved.get(folder).cloned());
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let resolved = self.resolved_below_parent(folder)?;
        if let Ok(mut all) = self.resolved.lock()
            && all.len() < MAX_KEPT_ENTRIES
        {
            all.insert(folder.to_path_buf(), resolved.clone());
        }
        Ok(resolved)
    }

    /// One question where the folder above is known already, instead of one for every name in the path.
    fn resolved_below_parent(&self, folder: &Path) -> io::Result<PathBuf> {
        let plain = (folder.parent(), folder.components().next_back());
        if cfg!(unix)
            && let (Some(parent), Some(Component::Normal(name))) = plain
            && parent.is_absolute()
            && folder.as_os_str().len() <= MAX_PATH_BYTES
        {
            let path = self.resolved(parent)?.join(name);
            let metadata = std::fs::symlink_metadata(&path)?;
            if !metadata.is_symlink() {
                return Ok(path);
            }
        }
        std::fs::canonicalize(folder)
    }

    /// The names in a real folder. Kept, because patterns share folders.
    pub(super) fn listing(&self, real: &Path) -> io::Result<Arc<Listing>> {
        let kept = |listings: &Listings| listings.known.get(real).cloned();
        if let Some(known) = self.listings.lock().ok().and_then(|listings| kept(&listings)) {
            return Ok(known);
        }
        let listing = Arc::new(list(real, MAX_LISTING)?);
        if let Ok(mut listings) = self.listings.lock()
            && listings.entries + listing.entries.len() <= MAX_KEPT_ENTRIES
        {
            listings.entries += listing.entries.len();
            listings.known.insert(real.to_path_buf(), Arc::clone(&listing));
        }
        Ok(listing)
    }
}

/// At most `limit` names of a folder, sorted.
pub(super) fn list(real: &Path, limit: usize) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(real)? {
        if listing.entries.len() >= limit {
            listing.was_cut = true;
            break;
        }
        let entry = entry?;
        let kind = match entry.file_type()? {
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Other,
        };
        listing.entries.push((entry.file_name(), kind));
    }
    listing.entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(listing)
}

fn astray(named: &Path, error: &io::Error) -> Miss {
    let origin = Origin::file(named);
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Miss::Absent,
        ErrorKind::Other => Miss::Problem(Problem::new(origin, ProblemKind::Link, error.to_string())),
        _ => Miss::Problem(Problem::io(origin, error)),
    }
}

/// One pattern on its way through the file system.
struct Search<'a> {
    disk: &'a Disk,
    found: Vec<Place>,
    problems: &'a mut Vec<Problem>,
    folders_left: usize,
}

impl Search<'_> {
    fn missed(&mut self, miss: Miss) {
        if let Miss::Problem(problem) = miss {
            self.problems.push(problem);
        }
    }

    fn follow(&mut self, at: Place, steps: &[Step]) {
        match steps.split_first() {
            None => self.arrive(at),
            Some((Step::Name(name), rest)) => match self.disk.child(&at, name.as_ref()) {
                Ok(next) => self.follow(next, rest),
                Err(miss) => self.missed(miss),
            },
            Some((step @ Step::Glob(_), rest)) => {
                let Some(listing) = self.list(&at) else { return };
                for (name, _) in &listing.entries {
                    if step.matches(&name.to_string_lossy(), self.disk.fold) {
                        match self.disk.child(&at, name) {
                            Ok(next) => self.follow(next, rest),
                            Err(miss) => self.missed(miss),
                        }
                    }
                }
            }
            Some((Step::Deep, rest)) => self.descend(at, rest),
        }
    }

    fn arrive(&mut self, at: Place) {
        match std::fs::symlink_metadata(&at.real) {
            Ok(_) => self.found.push(at),
            Err(error) => {
                // One folder that may not be entered is one problem, not one per file that could be in it.
                let denied = error.kind() == ErrorKind::PermissionDenied;
                let folder = at.named.ancestors().zip(at.real.ancestors());
                let closed = folder
                    .skip(1)
                    .find(|(_, real)| std::fs::symlink_metadata(real).is_ok())
                    .filter(|_| denied)
                    .map(|(named, _)| named.to_path_buf());
                self.missed(astray(closed.as_deref().unwrap_or(&at.named), &error));
            }
        }
    }

    fn list(&mut self, at: &Place) -> Option<Arc<Listing>> {
        self.folders_left = self.folders_left.checked_sub(1)?;
        if self.folders_left == 0 {
            let message = format!("more than {MAX_FOLDERS} folders; the rest was not looked into");
            self.problems.push(Problem::new(Origin::file(&at.named), ProblemKind::Cut, message));
        }
        match self.disk.listing(&at.real) {
            Ok(listing) => {
                if listing.was_cut {
                    let message = format!("more than {MAX_LISTING} entries; the rest was not looked at");
                    self.problems.push(Problem::new(Origin::file(&at.named), ProblemKind::Cut, message));
                }
                Some(listing)
            }
            Err(error) => {
                self.missed(astray(&at.named, &error));
                None
            }
        }
    }

    /// `**`: the folder itself and every folder below, links included, each real folder once.
    fn descend(&mut self, start: Place, rest: &[Step]) {
        let mut seen = std::collections::HashSet::new();
        let mut pending = vec![(start, 0)];
        while let Some((at, level)) = pending.pop() {
            let real = match self.disk.resolved(&at.real) {
                Ok(real) => real,
                Err(error) => {
                    self.missed(astray(&at.named, &error));
                    continue;
                }
            };
            if !seen.insert(real) {
                continue;
            }
            let Some(listing) = self.list(&at) else { continue };
            if rest.first().is_none_or(|step| listing.has(step, self.disk.fold)) {
                self.follow(at.clone(), rest);
            }
            for (name, kind) in listing.entries.iter().rev() {
                if *kind == Kind::Other || name == "node_modules" || name == ".git" {
                    continue;
                }
                match self.disk.child(&at, name) {
                    Ok(next) if *kind == Kind::Link && !next.real.is_dir() => {}
                    Ok(next) if level < DEEP_LEVELS => pending.push((next, level + 1)),
                    Ok(next) => {
                        let message = format!("deeper than {DEEP_LEVELS} levels; not looked into");
                        self.problems.push(Problem::new(
                            Origin::file(&next.named),
                            ProblemKind::Cut,
                            message,
                        ));
                    }
                    Err(miss) => self.missed(miss),
                }
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_resolved_folder_is_what_the_system_says() {
        let top = std::env::temp_dir().join(format!("mantrap-resolved-{}", std::process::id()));
        std::fs::create_dir_all(top.join("real/below")).unwrap();
        let links = [("real", "link"), ("circle", "circle"), ("nowhere", "broken")];
        for (target, link) in links {
            let _ = std::os::unix::fs::symlink(target, top.join(link));
        }
        let disk = Disk::new(Os::Linux, None);
        let names =
            ["real/below", "link/below", "link/../real", "link", "circle/x", "broken", "absent/x", "."];
        // Twice: the second answer is the kept one.
        for name in names.iter().chain(&names) {
            let folder = top.join(name);
            assert_eq!(disk.resolved(&folder).ok(), std::fs::canonicalize(&folder).ok(), "{name}");
        }
        std::fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn the_names_of_a_folder_spare_a_question_but_lose_no_file() {
        let top = std::env::temp_dir().join(format!("mantrap-names-{}", std::process::id()));
        std::fs::create_dir_all(top.join(".Cursor")).unwrap();
        std::fs::write(top.join(".Cursor/mcp.json"), "{}").unwrap();
        let disk = Disk::new(Os::Linux, None);
        assert!(disk.lacks(&top, ".claude"));
        assert!(!disk.lacks(&top, ".Cursor"));
        assert!(!disk.lacks(&top, ".cursor"), "a file system may ignore case");
        assert!(!disk.lacks(&top.join("absent"), "x"));
        std::fs::remove_dir_all(&top).unwrap();
    }
}
