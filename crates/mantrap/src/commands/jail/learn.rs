//! `--learn`: a run with nothing real at stake, and the profile that it suggests.
//!
//! Readable is what is not sensitive; what is written goes to a copy. What was sensitive, and where it wanted to
//! connect, is listed and never proposed: those are for a person to grant.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_jail::{Act, Grant, Guarantee, Profile, Report, Right};

use super::collapse::{Ground, Touched, collapse};
use super::compose::{Asked, Outside, Wish};
use super::run::Ended;
use super::territory::{SYSTEM, Territory};
use crate::{Failure, destination};

/// Folders of the root that hold nothing a program is made of, or that the jail has of its own.
const LEFT_OUT: [&str; 8] = ["proc", "sys", "dev", "run", "tmp", "boot", "lost+found", "home"];
/// Views beyond this many take longer to mount than the program takes to run.
const MOST_VIEWS: usize = 400;
/// Names and paths that are listed as not proposed.
const MOST_LISTED: usize = 12;

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

/// Adds to the wish what a program may look at while it is watched.
pub(super) fn widen(wish: &mut Wish<'_>, outside: &Outside<'_>) -> anyhow::Result<()> {
    let mut open = Vec::new();
    let home = outside.home.as_deref().and_then(|home| home.canonicalize().ok());
    for name in names(Path::new("/")) {
        let path = Path::new("/").join(&name);
        if LEFT_OUT.iter().any(|left_out| name == *left_out)
            || SYSTEM.iter().any(|place| path == Path::new(place))
        {
            continue;
        }
        all_but_sensitive(&path, &outside.territory, &mut open);
    }
    for place in home.iter().chain([&outside.directory]) {
        if !open.iter().any(|above| place.starts_with(above)) {
            all_but_sensitive(place, &outside.territory, &mut open);
        }
    }
    open.truncate(MOST_VIEWS);
    let already = |path: &Path| {
        wish.grants.iter().any(|asked| match &asked.grant {
            Grant::Read(typed) | Grant::Write(typed) | Grant::Exec(typed) => asked.base.join(typed) == path,
            _ => false,
        })
    };
    let added: Vec<Asked> = open
        .into_iter()
        .filter(|path| !already(path))
        .map(|path| Asked { grant: Grant::Exec(path), base: "/".into() })
        .collect();
    wish.grants.extend(added);
    Ok(())
}

/// What would be written goes to a copy, and what is tried is remembered.
pub(super) fn put_nothing_at_stake(profile: &mut Profile) {
    profile.learn = true;
    for view in profile.view.iter_mut().filter(|view| view.right == Right::Write) {
        view.right = Right::Copy;
    }
}

/// `path`, or where something sensitive lies beneath it, everything in it that is not.
fn all_but_sensitive(path: &Path, territory: &Territory, open: &mut Vec<PathBuf>) {
    if open.len() >= MOST_VIEWS || territory.sensitive_at(path).is_some() {
        return;
    }
    let Ok(kind) = path.symlink_metadata().map(|metadata| metadata.file_type()) else { return };
    if !kind.is_dir() {
        if kind.is_file() && territory.refusal(path, Right::Exec).is_none() {
            open.push(path.into());
        }
        return;
    }
    let holds = territory.places().any(|(place, _)| place.starts_with(path)) || territory.is_above_own(path);
    if holds {
        for name in names(path) {
            all_but_sensitive(&path.join(name), territory, open);
        }
    } else if territory.refusal(path, Right::Exec).is_none() {
        open.push(path.into());
    }
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
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
    let text = proposal(&ended.report, &ended.profile, asked, outside);
    match into {
        Some(path) => destination::write(path, text.as_bytes())?,
        None => destination::print(text.as_bytes())?,
    }
    Ok(())
}

fn proposal(report: &Report, profile: &Profile, asked: &[Asked], outside: &Outside<'_>) -> String {
    let touched = touched(report);
    let mut free: Vec<PathBuf> = SYSTEM.map(PathBuf::from).into();
    free.extend(["/tmp", "/dev", "/proc", "/sys", "/etc"].map(PathBuf::from));
    let (sensitive, ordinary): (Vec<Touched>, Vec<Touched>) =
        touched.into_iter().partition(|touched| outside.territory.sensitive_at(&touched.path).is_some());
    let ground = Ground { project: &outside.directory, home: &profile.home, free: &free };
    let proposed = collapse(&ordinary, &ground);
    let mut text = String::from("# Proposed by `mantrap jail --learn`. Read it before you use it.\n");
    for Asked { grant, .. } in asked {
        let is_path = matches!(grant, Grant::Read(_) | Grant::Write(_) | Grant::Exec(_));
        if !is_path {
            let _ = writeln!(text, "{grant}");
        }
    }
    for (path, right) in proposed.rights {
        let grant = match right {
            Right::Write | Right::Copy => Grant::Write(path),
            Right::Exec => Grant::Exec(path),
            _ => Grant::Read(path),
        };
        let _ = writeln!(text, "{grant}");
    }
    if proposed.left_out > 0 {
        let _ = writeln!(text, "# {} more directories were touched, too many to review", proposed.left_out);
    }
    let names = report.attempts.iter().filter(|attempt| matches!(attempt.act, Act::Resolve | Act::Connect));
    list(
        &mut text,
        "wanted to reach, not proposed; add `net NAME:PORT` for what it should",
        names.map(|attempt| attempt.target.clone()),
    );
    list(
        &mut text,
        "asked for, not proposed",
        sensitive.iter().map(|touched| {
            let what = outside.territory.sensitive_at(&touched.path).unwrap_or_default();
            format!("{} ({what})", touched.path.display())
        }),
    );
    text
}

/// A comment with a line for each; what a process chose cannot leave its line.
fn list(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let mut lines: Vec<String> = lines.map(|line| mantrap_scan::excerpt::visible(&line)).collect();
    lines.sort();
    lines.dedup();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "# {heading}:");
    for line in lines.iter().take(MOST_LISTED) {
        let _ = writeln!(text, "#   {line}");
    }
    if lines.len() > MOST_LISTED {
        let _ = writeln!(text, "#   and {} more", lines.len() - MOST_LISTED);
    }
}

/// What the gate saw.
fn touched(report: &Report) -> Vec<Touched> {
    let of = |act: &Act| match act {
        Act::Read => Some(Right::Read),
        Act::Write => Some(Right::Write),
        Act::Execute => Some(Right::Exec),
        _ => None,
    };
    let seen =
        report.touched.iter().filter_map(|(act, path)| Some(Touched { right: of(act)?, path: path.clone() }));
    seen.filter(|touched| touched.path.is_absolute()).collect()
}
