//! `--learn`: a run with nothing real at stake, and the profile that it suggests.
//!
//! Readable is what is not sensitive; what is written goes to a copy. What was sensitive, and where it wanted to
//! connect, is listed and never proposed: those are for a person to grant.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_jail::{Act, Grant, Granted, Guarantee, Profile, Right};
use mantrap_launch::room::{Asked, Outside, SYSTEM, Territory, Wish};

use super::proposal;
use super::run::Ended;
use crate::{Failure, destination};

/// Folders of the root that hold nothing a program is made of, or that the jail has of its own.
const LEFT_OUT: [&str; 8] = ["proc", "sys", "dev", "run", "tmp", "boot", "lost+found", "home"];
/// Views beyond this many take longer to mount than the program takes to run.
const MOST_VIEWS: usize = 400;
/// The documented code of a missing guarantee.
const MISSING: u8 = 123;

/// Without the gate nobody sees what a program touches, and a proposal would be a guess.
pub(super) fn needs_the_gate() -> Result<(), Failure> {
    let standings = mantrap_jail::examine();
    let gate = standings.into_iter().find(|standing| standing.guarantee == Guarantee::Gate);
    match gate {
        Some(standing) if !standing.holds => Err(Failure::Refused(
            MISSING,
            anyhow::anyhow!(
                "learning needs the guarantee `gate`, which does not hold here: {}",
                standing.why.unwrap_or_default()
            ),
        )),
        _ => Ok(()),
    }
}

/// Adds to the wish what a program may look at while it is watched. Says what it may not because there is too much.
pub(super) fn widen(wish: &mut Wish<'_>, command: &[OsString], outside: &Outside<'_>) -> Option<String> {
    let mut open = Opened {
        by_default: Granted::by(&Profile::new("/", Vec::new(), "/nonexistent")),
        paths: Vec::new(),
        beyond: Vec::new(),
    };
    let home = outside.home.as_deref().and_then(|home| home.canonicalize().ok());
    // What is left out last is what matters least.
    let mut places: Vec<PathBuf> = std::iter::once(outside.directory.clone()).chain(home).collect();
    for path in command.iter().flat_map(|word| named(word, &outside.directory)) {
        // By the name that it has and by where it is, should a link be between them.
        places.extend(path.canonicalize().ok().as_deref().and_then(around));
        places.extend(around(&path));
    }
    let roots = names(Path::new("/")).into_iter().filter(|name| !LEFT_OUT.iter().any(|out| name == out));
    places.extend(roots.map(|name| Path::new("/").join(name)));
    for place in places {
        let is_open = open.paths.iter().any(|above| place.starts_with(above));
        if !is_open && !SYSTEM.iter().any(|system| place.starts_with(system)) {
            open.all_but_sensitive(&place, &outside.territory);
        }
    }
    let already = |path: &Path| {
        wish.grants.iter().any(|asked| match &asked.grant {
            Grant::Read(typed) | Grant::Write(typed) | Grant::Exec(typed) => asked.base.join(typed) == path,
            _ => false,
        })
    };
    let added: Vec<Asked> = open
        .paths
        .into_iter()
        .filter(|path| !already(path))
        .map(|path| Asked { grant: Grant::Exec(path), base: "/".into() })
        .collect();
    wish.grants.extend(added);
    let first = open.beyond.first()?;
    Some(format!(
        "learning shows {MOST_VIEWS} places at most, and {} are not among them, the first of them `{}`: \
         add `--read` for what it should see",
        open.beyond.len(),
        first.display()
    ))
}

/// The paths that a word of the command names, and that exist: the word itself, what stands behind `=`, and each part of
/// a list.
pub(super) fn named(word: &OsStr, base: &Path) -> Vec<PathBuf> {
    let word = word.to_string_lossy();
    let value = word.split_once('=').map(|(_, value)| value);
    let parts = [Some(&*word), value].into_iter().flatten().flat_map(|list| list.split(':'));
    let paths = parts.filter(|part| !part.is_empty()).map(|part| base.join(part.trim_end_matches('*')));
    paths.filter(|path| path.exists()).map(|path| path.components().collect()).collect()
}

/// The folder to show for a path that was named, two deep from the root: the jail's own `/tmp` and other people's homes
/// are not shown whole, and a folder of the root itself is gone through anyway.
fn around(path: &Path) -> Option<PathBuf> {
    let place: PathBuf = path.components().take(3).collect();
    place.canonicalize().ok().filter(|place| place.components().count() == 3)
}

/// What would be written goes to a copy, and what is tried is remembered.
pub(super) fn put_nothing_at_stake(profile: &mut Profile) {
    profile.learn = true;
    for view in profile.view.iter_mut().filter(|view| view.right == Right::Write) {
        view.right = Right::Copy;
    }
}

/// What a run is shown.
struct Opened {
    by_default: Granted,
    paths: Vec<PathBuf>,
    /// What would have been shown too.
    beyond: Vec<PathBuf>,
}

impl Opened {
    /// Adds `path`, or where something sensitive lies beneath it, everything in it that is not.
    fn all_but_sensitive(&mut self, path: &Path, territory: &Territory) {
        let Ok(real) = path.canonicalize() else { return };
        let Ok(kind) = real.symlink_metadata().map(|metadata| metadata.file_type()) else { return };
        let hidden = [path, &real].iter().any(|path| territory.sensitive_at(path).is_some());
        if hidden || !(kind.is_dir() || kind.is_file()) {
            return;
        }
        // The jail has its own users, hosts and resolver: the host's in their place would lead nowhere.
        if path.starts_with("/etc") && kind.is_file() && self.by_default.covers(Act::Read, path) {
            return;
        }
        let holds =
            territory.places().any(|(place, _)| place.starts_with(&real)) || territory.is_above_own(&real);
        if kind.is_dir() && holds {
            // What lies behind a link is gone through where it is.
            let names = if real == path { names(path) } else { Vec::new() };
            for name in names {
                self.all_but_sensitive(&path.join(name), territory);
            }
        } else if territory.refusal(&real, Right::Exec).is_none() {
            let room = self.paths.len() < MOST_VIEWS;
            if room { &mut self.paths } else { &mut self.beyond }.push(path.into());
        }
    }
}

fn names(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    names
}

/// Writes the profile that the run suggests.
pub(super) fn propose(
    ended: &Ended,
    asked: &[Asked],
    outside: &Outside<'_>,
    into: Option<&Path>,
) -> Result<(), Failure> {
    let text = proposal::text(&ended.report, &ended.profile, asked, outside);
    match into {
        Some(path) => destination::write(path, text.as_bytes())?,
        None => destination::print(text.as_bytes())?,
    }
    Ok(())
}
