//! The profile that a run suggests: what it touched and could have had, in few lines; and, as comments, what it asked for
//! and nobody grants unasked. Everything here was chosen by the process that was watched: a person reads it first.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mantrap_jail::{Act, Grant, Granted, Link, Profile, Report, Right, View};
use mantrap_launch::room::{Asked, Outside, program};

use super::collapse::{Ground, Proposal, Touched, collapse};
use super::learn;

/// Names and paths that are listed as not proposed.
const MOST_LISTED: usize = 12;
/// Private in every jail: what the host has there is there only if granted.
const PRIVATE: [&str; 2] = ["/tmp", "/var/tmp"];

/// The profile file.
pub(super) fn text(report: &Report, profile: &Profile, asked: &[Asked], outside: &Outside<'_>) -> String {
    let seen = Seen::of(report, profile, outside);
    let copies = profile.view.iter().filter(|view| view.right == Right::Copy);
    let writable: Vec<&Path> = copies.map(|view| view.path.as_path()).collect();
    let ground = Ground { project: &outside.directory, home: &profile.home, writable: &writable };
    let Proposal { rights, left_out, too_wide } = seen.collapsed(&ground);
    let mut text = String::from("# Proposed by `mantrap jail --learn`. Read it before you use it.\n");
    for Asked { grant, .. } in asked {
        if !matches!(grant, Grant::Read(_) | Grant::Write(_) | Grant::Exec(_)) {
            let _ = writeln!(text, "{grant}");
        }
    }
    for (path, right) in rights {
        let grant = match right {
            Right::Write => Grant::Write(path),
            Right::Exec => Grant::Exec(path),
            _ => Grant::Read(path),
        };
        let _ = writeln!(text, "{grant}");
    }
    if left_out > 0 {
        let _ = writeln!(text, "# {left_out} more places were used less, too many to review");
    }
    if report.more_touched > 0 {
        let _ = writeln!(text, "# {} more acts were not remembered: run less at once", report.more_touched);
    }
    let names = report.attempts.iter().filter(|attempt| matches!(attempt.act, Act::Resolve | Act::Connect));
    list(
        &mut text,
        "wanted to reach, not proposed; add `net NAME:PORT` for what it should",
        names.map(|attempt| attempt.target.clone()),
    );
    let shown = |path: &PathBuf| path.display().to_string();
    list(
        &mut text,
        "wanted to write, not proposed; learn again with `--write` for what it should",
        seen.unwritten.iter().map(shown),
    );
    list(
        &mut text,
        "wanted to see, and this run did not show it; learn again with `--read` for what it should",
        seen.unshown.iter().map(shown),
    );
    list(&mut text, "listed, and too wide to propose", too_wide.iter().map(shown));
    list(&mut text, "asked for, not proposed", seen.sensitive.into_iter());
    text
}

/// What no grant opens.
const NEVER: [&str; 3] = ["/proc", "/sys", "/dev"];

/// What was touched, sorted by what becomes of it.
#[derive(Default)]
struct Seen {
    /// As the process named it.
    named: Vec<Touched>,
    /// Where links led.
    behind: Vec<Touched>,
    /// Writes outside what was granted for writing, by directory.
    unwritten: Vec<PathBuf>,
    /// What is on the host and was not in the jail.
    unshown: Vec<PathBuf>,
    sensitive: Vec<String>,
}

impl Seen {
    fn of(report: &Report, profile: &Profile, outside: &Outside<'_>) -> Self {
        let mut bare = profile.clone();
        bare.view.clear();
        let by_default = Granted::by(&bare);
        let private = |path: &Path| {
            path.starts_with(&profile.home) || PRIVATE.iter().any(|private| path.starts_with(private))
        };
        let mut seen = Self::default();
        // The program, and what it was told to look at, it has only to ask whether it is there.
        let mut told = vec![(Act::Execute, profile.program.clone())];
        let words = profile.arguments.iter().skip(1).flat_map(|word| learn::named(word, &outside.directory));
        told.extend(words.map(|path| (Act::Read, path)));
        for (act, path) in told.iter().chain(&report.touched) {
            if let Some(what) = outside.territory.sensitive_at(path) {
                seen.sensitive.push(format!("{} ({what})", path.display()));
                continue;
            }
            let is_private = private(path);
            if by_default.covers(*act, path) && !is_private {
                continue;
            }
            match view(profile, path) {
                Some(view) => seen.note(*act, path, view),
                None if *act == Act::Write && !is_private => seen.not_written(path),
                None => {}
            }
        }
        for attempt in &report.attempts {
            let path = PathBuf::from(&attempt.target);
            let looked = matches!(attempt.act, Act::Read | Act::Execute) && path.is_absolute();
            let never = NEVER.iter().any(|place| path.starts_with(place));
            let made = |(act, written): &(Act, PathBuf)| *act == Act::Write && written.starts_with(&path);
            let is_its_own = || report.touched.iter().any(made);
            let is_sensitive = || outside.territory.sensitive_at(&path).is_some();
            if looked && !never && !is_sensitive() && !is_its_own() && path.exists() {
                seen.unshown.push(path);
            }
        }
        // The program itself is granted by being named.
        seen.named.retain(|touched| touched.path != profile.program);
        seen.behind
            .retain(|touched| touched.path != profile.program && view(profile, &touched.path).is_some());
        let needed = |touched: &Touched| {
            let act = if touched.right == Right::Exec { Act::Execute } else { Act::Read };
            private(&touched.path) || !by_default.covers(act, &touched.path)
        };
        seen.behind.retain(needed);
        seen
    }

    /// One act on something that the run was shown.
    fn note(&mut self, act: Act, path: &Path, shown: &View) {
        if act == Act::Write {
            match shown.right {
                Right::Copy => self.named.extend(written(path, shown)),
                _ => self.not_written(path),
            }
            return;
        }
        // What was looked for and is not there needs no grant.
        let Ok(found) = path.metadata() else { return };
        let is_program = found.is_file() && found.permissions().mode() & 0o111 != 0;
        let right = match act {
            Act::Execute if !is_program => return,
            Act::Execute => Right::Exec,
            // It is opened for reading, and mapped for execution.
            Act::Read if is_native_library(path) => Right::Exec,
            Act::Read => Right::Read,
            _ => return,
        };
        self.named.push(touched(path.to_owned(), right, found.is_dir()));
        self.behind.extend(
            path.canonicalize()
                .ok()
                .filter(|real| real != path)
                .map(|real| touched(real, right, found.is_dir())),
        );
        if act == Act::Execute
            && let Some(interpreter) = program::interpreter(path)
        {
            self.behind
                .extend(interpreter.path.canonicalize().ok().map(|real| touched(real, Right::Exec, false)));
            self.named.push(touched(interpreter.path, Right::Exec, false));
        }
    }

    fn not_written(&mut self, path: &Path) {
        // Python keeps what it compiled beside the source, and does without.
        let is_cache = path.components().any(|part| part.as_os_str() == "__pycache__");
        self.unwritten.extend(path.parent().filter(|_| !is_cache).map(Path::to_owned));
    }

    /// What was named; and what links led to, where that is not in it.
    fn collapsed(&self, ground: &Ground<'_>) -> Proposal {
        let first = collapse(&self.named, ground);
        let real: Vec<(PathBuf, Right)> = first
            .rights
            .iter()
            .filter_map(|(path, right)| Some((path.canonicalize().ok()?, *right)))
            .collect();
        let is_given = |one: &&Touched| {
            let mut above = real.iter().filter(|(root, _)| one.path.starts_with(root));
            above.any(|(_, right)| *right == one.right || one.right == Right::Read)
        };
        let (_, more): (Vec<_>, Vec<_>) = self.behind.iter().partition(is_given);
        let mut proposal =
            if more.is_empty() { first } else { collapse(self.named.iter().chain(more), ground) };
        // Granting it by one name brings the other.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let all: Vec<_> =
            proposal.rights.iter().map(|(path, right)| (path.clone(), real(path), *right)).collect();
        proposal.rights.retain(|(path, right)| {
            let gives = |(name, real, given): &(PathBuf, PathBuf, Right)| {
                name != real && path.starts_with(real) && given == right
            };
            !all.iter().any(gives) || real(path) != *path
        });
        proposal
    }
}

fn touched(path: PathBuf, right: Right, directory: bool) -> Touched {
    Touched { path, right, directory }
}

/// What the run was shown that `path` lies in, by the name that it used or what a link makes of that.
fn view<'a>(profile: &'a Profile, path: &Path) -> Option<&'a View> {
    let over = |path: &Path| {
        let above = profile.view.iter().filter(|view| path.starts_with(&view.path));
        above.max_by_key(|view| view.path.components().count())
    };
    let behind = |link: &Link| path.strip_prefix(&link.at).ok().and_then(|rest| over(&link.to.join(rest)));
    over(path).or_else(|| profile.links.iter().find_map(behind))
}

/// What to grant for a write: the file that alone was granted, or the directory that is there on the host, for a grant
/// must exist; never more than was granted.
fn written(path: &Path, shown: &View) -> Option<Touched> {
    let is_directory = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    if !is_directory(&shown.path) {
        return Some(touched(shown.path.clone(), Right::Write, false));
    }
    let real = path.ancestors().skip(1).find(|above| is_directory(above))?.canonicalize().ok()?;
    let folder = if real.starts_with(&shown.path) { real } else { shown.path.clone() };
    Some(touched(folder, Right::Write, true))
}

fn is_native_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".so") || name.contains(".so.") || name.ends_with(".node")
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
