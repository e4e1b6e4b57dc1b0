//! Grants and a command become a profile: every path real, every name looked up, every value read, or an error that
//! says what to write instead.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mantrap_jail::{
    Delivery, Gate, Grant, Guarantee, Link, Profile, Right, Secret, SecretGrant, Variable, View,
};

mod place;
pub mod program;
mod territory;

use crate::image::{self, Configuration};
use crate::plan::Plan;
use place::{Crossed, Place};
use program::NoProgram;
pub use territory::{Nearness, SYSTEM, Territory};

/// Where programs are found inside, behind granted directories of the caller's own `PATH`.
const PATH_INSIDE: &str = "/usr/local/bin:/usr/bin:/bin";
/// Bytes of the largest secret.
const LARGEST_SECRET: u64 = 64 * 1024;
/// The home inside where this account has none that can be.
const NOBODYS_HOME: &str = "/home/user";

/// A grant, and where its relative paths begin.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The grant.
    pub grant: Grant,
    /// An absolute directory.
    pub base: PathBuf,
}

/// What is to run, and how.
#[derive(Debug)]
pub struct Wish<'a> {
    /// The rights.
    pub grants: Vec<Asked>,
    /// What runs.
    pub program: Program<'a>,
    /// Where it starts, if that is there inside; else in its home.
    pub directory: Option<PathBuf>,
    /// Guarantees that may be missing.
    pub waived: Vec<Guarantee>,
    /// What is reported.
    pub gate: Gate,
    /// Whether rights are held back at first.
    pub probation: bool,
}

/// What runs.
#[derive(Clone, Copy, Debug)]
pub enum Program<'a> {
    /// What a person typed, looked up in the caller's `PATH`; the name first.
    Command(&'a [OsString]),
    /// What was measured. Nothing of it is looked up again.
    Measured(&'a Plan),
}

impl Program<'_> {
    fn arguments(&self) -> &[OsString] {
        match self {
            Self::Command(words) => words,
            Self::Measured(plan) => plan.arguments(),
        }
    }
}

/// What is around it, outside.
#[derive(Debug)]
pub struct Outside<'a> {
    /// The environment of the caller.
    pub variables: &'a BTreeMap<String, OsString>,
    /// Where relative paths of a command begin, without links.
    pub directory: PathBuf,
    /// The caller's home.
    pub home: Option<PathBuf>,
    /// What is never granted, or only with a word.
    pub territory: Territory,
}

/// A profile, and what a person should be told about it.
#[derive(Debug)]
pub struct Composed {
    /// The profile.
    pub profile: Profile,
    /// Each is one sentence without its stop; printed at every start.
    pub warnings: Vec<String>,
    /// Printed when the profile is explained.
    pub notes: Vec<String>,
}

/// Why something cannot be granted or run: one sentence without its stop, with what to write instead.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

macro_rules! unfit {
    ($($words:tt)*) => { Unfit(format!($($words)*)) };
}
macro_rules! refuse {
    ($($words:tt)*) => { return Err(unfit!($($words)*)) };
}

/// Why nothing was composed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The reader can mend the command line or a profile.
    #[error(transparent)]
    Usage(Unfit),
    /// The command is no program.
    #[error(transparent)]
    NotFound(Unfit),
    /// The command cannot be executed.
    #[error(transparent)]
    NotExecutable(Unfit),
}

impl From<Unfit> for Refusal {
    fn from(error: Unfit) -> Self {
        Self::Usage(error)
    }
}

/// Composes the profile.
///
/// # Errors
/// The first grant that cannot be given, or why the command cannot be run.
pub fn compose(wish: &Wish<'_>, outside: &Outside<'_>) -> Result<Composed, Refusal> {
    let command = match wish.program {
        Program::Command(words) => Some(command(words, outside)?),
        Program::Measured(_) => None,
    };
    let mut room = Room::new(outside, wish);
    for asked in &wish.grants {
        room.grant(asked).map_err(|why| unfit!("`{}`: {why}", asked.grant))?;
    }
    match (wish.program, command) {
        (Program::Measured(plan), _) => room.measured(plan)?,
        (_, Some((name, found))) => room.program(name, &found)?,
        (_, None) => {}
    }
    room.settle(wish)?;
    Ok(Composed { profile: room.profile, warnings: room.warnings, notes: room.notes })
}

fn command<'a>(words: &'a [OsString], outside: &Outside<'_>) -> Result<(&'a OsStr, PathBuf), Refusal> {
    let name = words.first().ok_or_else(|| unfit!("no command is given; write it behind `--`"))?;
    let search = outside.variables.get("PATH").map(OsString::as_os_str);
    let shown = name.display();
    match program::find(name, &outside.directory, search) {
        Ok(found) => Ok((name, found)),
        Err(NoProgram::Missing) => Err(Refusal::NotFound(match name.as_encoded_bytes().contains(&b'/') {
            true => unfit!("there is no program `{shown}`"),
            false => unfit!("no program `{shown}` in PATH; name it by its path"),
        })),
        Err(NoProgram::NotExecutable(path)) => Err(Refusal::NotExecutable(unfit!(
            "`{}` cannot be executed; name its interpreter before it, or make it executable with `chmod +x`",
            path.display()
        ))),
    }
}

struct Room<'a> {
    outside: &'a Outside<'a>,
    profile: Profile,
    crossed: Vec<(PathBuf, Crossed)>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Room<'a> {
    fn new(outside: &'a Outside<'a>, wish: &Wish<'_>) -> Self {
        let (home, crossed) = home(outside);
        let mut profile = Profile::new("/", wish.program.arguments().to_vec(), &home);
        profile.gate = wish.gate;
        profile.probation = wish.probation;
        profile.waived.clone_from(&wish.waived);
        profile.environment = environment(outside.variables, &home);
        let crossed = crossed.into_iter().map(|crossed| (home.clone(), crossed)).collect();
        Room { outside, profile, crossed, warnings: Vec::new(), notes: Vec::new() }
    }

    fn grant(&mut self, asked: &Asked) -> Result<(), Unfit> {
        match &asked.grant {
            Grant::Read(path) => self.view(path, &asked.base, Right::Read)?,
            Grant::Write(path) => self.view(path, &asked.base, Right::Write)?,
            Grant::Exec(path) => self.view(path, &asked.base, Right::Exec)?,
            Grant::Socket(path) => self.view(path, &asked.base, Right::Socket)?,
            Grant::Net(peer) => {
                if !self.profile.net.contains(peer) {
                    self.profile.net.push(peer.clone());
                }
            }
            Grant::Memory(bytes) => self.profile.limits.memory = Some(bytes.0),
            Grant::Pids(count) => self.profile.limits.pids = Some(*count),
            Grant::Cpu(percent) => self.profile.limits.cpu = Some(percent.0),
            Grant::Time(span) => self.profile.limits.time = Some(span.0),
            Grant::Env(variable) => self.variable(variable)?,
            Grant::Secret(secret) => self.secret(secret, &asked.base)?,
            Grant::NoSystem => self.profile.system = false,
            other => refuse!("this version of mantrap has no way to grant it: {}", other.word()),
        }
        Ok(())
    }

    fn view(&mut self, typed: &Path, base: &Path, right: Right) -> Result<(), Unfit> {
        let home = self.outside.home.as_deref();
        let Place { path, links } =
            place::resolve(typed, base, home).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound if right == Right::Write => {
                    unfit!("it does not exist; create it first: nothing is created outside by a grant")
                }
                std::io::ErrorKind::NotFound => unfit!("it does not exist"),
                _ => unfit!("it cannot be looked at: {error}"),
            })?;
        if let Some(why) = self.outside.territory.refusal(&path, right) {
            refuse!("`{}` {why}", path.display());
        }
        fits(&path, right)?;
        self.profile.view.push(View { path: path.clone(), right });
        self.crossed.extend(links.into_iter().map(|crossed| (path.clone(), crossed)));
        Ok(())
    }

    fn variable(&mut self, variable: &Variable) -> Result<(), Unfit> {
        let Variable { name, value } = variable;
        let value =
            match value {
                Some(value) => value.clone(),
                None => self.outside.variables.get(name).cloned().ok_or_else(|| {
                    unfit!("the variable is not set here; set it, or write `env {name}=VALUE`")
                })?,
            };
        self.set(name, value);
        Ok(())
    }

    fn set(&mut self, name: &str, value: OsString) {
        self.profile.environment.retain(|(earlier, _)| earlier != name);
        self.profile.environment.push((name.into(), value));
    }

    fn secret(&mut self, secret: &SecretGrant, base: &Path) -> Result<(), Unfit> {
        let SecretGrant { name, delivery, from } = secret;
        let value = match from {
            Some(path) => self.secret_file(path, base)?,
            None => self.outside.variables.get(name).cloned().ok_or_else(|| {
                unfit!("the variable is not set here; set it for mantrap, or add `from PATH`")
            })?,
        };
        if value.as_encoded_bytes().contains(&0) && *delivery == Delivery::Env {
            refuse!("the value holds a zero byte, which no variable can; deliver it `as file`");
        }
        self.profile.secrets.retain(|earlier| earlier.name != *name);
        self.profile.secrets.push(Secret { name: name.clone(), delivery: *delivery, value });
        Ok(())
    }

    fn secret_file(&mut self, typed: &Path, base: &Path) -> Result<OsString, Unfit> {
        let path = place::absolute(typed, base, self.outside.home.as_deref());
        let mode = path.metadata().map(|metadata| metadata.permissions().mode()).unwrap_or_default();
        if mode & 0o077 != 0 {
            let path = path.display();
            self.warnings.push(format!("`{path}` holds a secret and others can read it: chmod 600 it"));
        }
        let mut bytes = read_regular_file(&path)
            .map_err(|error| unfit!("`{}` cannot be read: {error}", path.display()))?;
        // Editors end a file with a line break that is not part of the secret.
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok(std::os::unix::ffi::OsStringExt::from_vec(bytes))
    }

    /// Everything that was measured is there, and it may be executed: it is what was approved.
    fn measured(&mut self, plan: &Plan) -> Result<(), Unfit> {
        let of_image = |path: &Path| plan.image().is_some_and(|image| path.starts_with(image));
        for path in plan.pinned().iter().filter(|path| !of_image(path)) {
            if !self.executes(path) {
                self.profile.view.push(View { path: path.clone(), right: Right::Exec });
            }
        }
        self.profile.program = plan.path().to_owned();
        plan.image().map_or(Ok(()), |tree| self.image(tree))
    }

    /// The files of an image in the place of the system's, and its own variables, each unless it was granted with a value.
    fn image(&mut self, tree: &Path) -> Result<(), Unfit> {
        let root = image::root(tree);
        let unfit = |why: String| unfit!("the image in `{}` cannot be used: {why}", tree.display());
        let configuration = Configuration::read(tree).map_err(|error| unfit(error.to_string()))?;
        let inside = self.profile.program.strip_prefix(&root);
        self.profile.program = Path::new("/").join(inside.map_err(|error| unfit(error.to_string()))?);
        self.profile.system = false;
        self.profile.image = Some(root);
        for (name, value) in configuration.variables() {
            if !self.profile.environment.iter().any(|(earlier, _)| *earlier == name) {
                self.profile.environment.push((name, value));
            }
        }
        self.set("PATH", configuration.search().into());
        Ok(())
    }

    fn program(&mut self, name: &OsStr, found: &Path) -> Result<(), Refusal> {
        let shown = found.display();
        if let Some(shim) = program::shim(found).filter(|shim| !self.executes(&shim.root)) {
            return Err(Refusal::NotExecutable(unwrapped(name, &shim)));
        }
        let Place { path, links } = place::resolve(found, Path::new("/"), None)
            .map_err(|error| unfit!("cannot look at `{shown}`: {error}"))?;
        self.crossed.extend(links.into_iter().map(|crossed| (path.clone(), crossed)));
        if !self.executes(&path) {
            if let Some(why) = self.outside.territory.refusal(&path, Right::Exec) {
                return Err(unfit!("the program `{}` {why}", path.display()).into());
            }
            self.profile.view.push(View { path: path.clone(), right: Right::Exec });
        }
        if let Some(interpreter) = program::interpreter(&path) {
            self.interpreter(name, &interpreter)?;
        }
        self.profile.program = path;
        Ok(())
    }

    /// A script needs more than itself, and the kernel's answer (`ENOENT`) does not say what.
    fn interpreter(&mut self, name: &OsStr, interpreter: &program::Interpreter) -> Result<(), Refusal> {
        let shown = interpreter.path.display();
        let script = name.display();
        let place = place::resolve(&interpreter.path, Path::new("/"), None);
        let Ok(Place { path, links }) = place else {
            return Err(Refusal::NotExecutable(unfit!(
                "`{script}` is a script, and its interpreter `{shown}` does not exist"
            )));
        };
        if !self.executes(&path) {
            return Err(unfit!(
                "`{script}` is a script, and its interpreter `{shown}` is not granted; add `--exec {}`",
                path.display()
            )
            .into());
        }
        self.crossed.extend(links.into_iter().map(|crossed| (path.clone(), crossed)));
        let Some(wanted) = &interpreter.looked_up else { return Ok(()) };
        let inside = self.search_path();
        match program::find(wanted, Path::new("/"), Some(&inside)) {
            Ok(found) if found.canonicalize().is_ok_and(|found| self.executes(&found)) => Ok(()),
            _ => {
                let wanted = wanted.display();
                let outside = self.outside.variables.get("PATH").map(OsString::as_os_str);
                let found = program::find(OsStr::new(&wanted.to_string()), Path::new("/"), outside).ok();
                let folder = found.as_deref().and_then(Path::parent).and_then(Path::parent);
                let remedy = folder.map_or("it is not in PATH either".to_owned(), |folder| {
                    format!("add `--exec {}`", folder.display())
                });
                Err(unfit!("`{script}` is a script for `{wanted}`, which is not there inside; {remedy}")
                    .into())
            }
        }
    }

    /// Whether a program at `path` can be executed inside.
    fn executes(&self, path: &Path) -> bool {
        match self.nearest(path) {
            Some(view) => view.right == Right::Exec,
            None => self.profile.system && is_system(path),
        }
    }

    /// The view that decides about `path`.
    fn nearest(&self, path: &Path) -> Option<&View> {
        let above = self.profile.view.iter().filter(|view| path.starts_with(&view.path));
        above.max_by_key(|view| (view.path.components().count(), view.right))
    }

    fn is_there(&self, path: &Path) -> bool {
        let in_image = |root: &PathBuf| {
            let below = path.strip_prefix("/").is_ok_and(|below| root.join(below).is_dir());
            below && path.components().all(|part| part != std::path::Component::ParentDir)
        };
        self.profile.image.as_ref().is_some_and(in_image)
            || self.nearest(path).is_some()
            || (self.profile.system && is_system(path))
    }

    /// `PATH` inside: directories of the caller's own that are granted for execution, then the system's.
    fn search_path(&self) -> OsString {
        let own = self.outside.variables.get("PATH").cloned().unwrap_or_default();
        let granted = std::env::split_paths(&own).filter(|folder| {
            folder.is_absolute()
                && folder
                    .canonicalize()
                    .is_ok_and(|real| self.nearest(&real).is_some_and(|view| view.right == Right::Exec))
        });
        let system = std::env::split_paths(PATH_INSIDE);
        // A folder that is in a search path has no colon in its name.
        std::env::join_paths(granted.chain(system)).unwrap_or_else(|_| PATH_INSIDE.into())
    }

    /// What depends on all grants together.
    fn settle(&mut self, wish: &Wish<'_>) -> Result<(), Unfit> {
        self.refuse_planted_links()?;
        self.merge()?;
        self.tell_sensitive();
        let is_set = |grant: &Asked| matches!(&grant.grant, Grant::Env(variable) if variable.name == "PATH");
        if self.profile.image.is_none() && !wish.grants.iter().any(is_set) {
            let search = self.search_path();
            self.set("PATH", search);
        }
        if let Some(directory) = wish.directory.as_ref().filter(|directory| self.is_there(directory)) {
            self.profile.directory.clone_from(directory);
        } else if wish.directory.is_some() {
            self.notes.push(format!(
                "the current directory is not granted; it starts in {}",
                self.profile.home.display()
            ));
        }
        let crossed = std::mem::take(&mut self.crossed);
        for (_, Crossed { at, to }) in crossed {
            let link = Link { at, to };
            let etc = self.profile.system && link.at.starts_with("/etc");
            if !etc && !self.is_there(&link.at) && !self.profile.links.contains(&link) {
                self.profile.links.push(link);
            }
        }
        Ok(())
    }

    /// A link in a place that a jailed process can write may have been put there by one, to be granted what it names.
    fn refuse_planted_links(&self) -> Result<(), Unfit> {
        let writable = || self.profile.view.iter().filter(|view| view.right == Right::Write);
        for (path, Crossed { at, .. }) in &self.crossed {
            if let Some(view) =
                writable().find(|view| at.starts_with(&view.path) && !path.starts_with(&view.path))
            {
                refuse!(
                    "`{}` is a link in `{}`, which is granted for writing, so a jailed process may have made it; \
                     if what it leads to is meant, grant `{}` by that name",
                    at.display(),
                    view.path.display(),
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// One view per path, parents first; what the one above already gives is left out.
    fn merge(&mut self) -> Result<(), Unfit> {
        let mut views = std::mem::take(&mut self.profile.view);
        views.sort_by(|one, other| (&one.path, one.right).cmp(&(&other.path, other.right)));
        views.dedup();
        let mut kept: Vec<View> = Vec::new();
        for view in views {
            match kept.last_mut().filter(|last| last.path == view.path) {
                None => {}
                Some(last) if last.right == Right::Read => {
                    last.right = view.right;
                    continue;
                }
                Some(last) => refuse!(
                    "`{}` is granted for {} and for {}: what can be written cannot be executed; grant a directory \
                     beneath it for one of them",
                    view.path.display(),
                    word(last.right),
                    word(view.right)
                ),
            }
            let above = kept.iter().rev().find(|above| view.path.starts_with(&above.path));
            if above.is_none_or(|above| above.right != view.right) {
                kept.push(view);
            }
        }
        self.profile.view = kept;
        Ok(())
    }

    fn tell_sensitive(&mut self) {
        for View { path, .. } in &self.profile.view {
            let near = self.outside.territory.sensitive(path);
            let shown = path.display();
            if let Some((_, what, _)) = near.iter().find(|(_, _, nearness)| *nearness == Nearness::Is) {
                self.warnings.push(format!("`{shown}` is granted by name: {what}"));
                continue;
            }
            let held: Vec<String> = near.iter().map(|(place, _, _)| place.display().to_string()).collect();
            if let Some((first, others)) = held.split_first() {
                let more =
                    if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                self.warnings.push(format!(
                    "`{shown}` holds `{first}`{more}, which it opens too: name what is needed beneath it instead"
                ));
            }
        }
    }
}

/// What to name in place of a shim.
fn unwrapped(name: &OsStr, shim: &program::Shim) -> Unfit {
    let (name, manager, root) = (name.display(), &shim.manager, shim.root.display());
    let lead = format!("`{name}` is a shim of {manager}, which chooses the real program when it runs");
    let Some((first, others)) = shim.real.split_first() else {
        return unfit!("{lead}, and none is installed in `{root}`; install one, or name another program");
    };
    let tree = first.parent().and_then(Path::parent).unwrap_or(first).display();
    let others = match others.len() {
        0 => String::new(),
        count => format!("; {count} other versions are beside it"),
    };
    unfit!("{lead}; name that one: `--exec {tree} -- {}`{others}", first.display())
}

fn word(right: Right) -> &'static str {
    match right {
        Right::Read => "reading",
        Right::Exec => "execution",
        Right::Write => "writing",
        Right::Socket => "connecting",
        Right::Copy => "writing to a copy",
        Right::Build => "building",
    }
}

fn is_system(path: &Path) -> bool {
    SYSTEM.iter().any(|place| path.starts_with(place))
}

/// Whether the right says something about this kind of file.
fn fits(path: &Path, right: Right) -> Result<(), Unfit> {
    let looked = path.symlink_metadata().map_err(|error| unfit!("it cannot be looked at: {error}"))?;
    let kind = looked.file_type();
    match right {
        Right::Socket if kind.is_socket() => Ok(()),
        Right::Socket => refuse!("`{}` is no Unix socket", path.display()),
        _ if kind.is_file() || kind.is_dir() => Ok(()),
        _ if kind.is_socket() => {
            refuse!("`{}` is a Unix socket; grant it with `socket PATH`", path.display())
        }
        _ if kind.is_fifo() => {
            refuse!("`{}` is a pipe to a process outside; it cannot be granted", path.display())
        }
        _ => refuse!("`{}` is a device; devices cannot be granted", path.display()),
    }
}

/// The home inside: where it is outside, links followed, unless nothing can be there.
fn home(outside: &Outside<'_>) -> (PathBuf, Vec<Crossed>) {
    let given = outside.home.clone().unwrap_or_else(|| NOBODYS_HOME.into());
    let (home, crossed) = match place::resolve(&given, Path::new("/"), None) {
        Ok(place) => (place.path, place.links),
        Err(_) => (given, Vec::new()),
    };
    let taken = ["/proc", "/sys", "/dev", "/run", "/etc"].iter().any(|place| home.starts_with(place));
    let is_root = home == Path::new("/") || home == Path::new("/tmp");
    let climbs = home.components().any(|part| part == std::path::Component::ParentDir);
    if taken || is_root || climbs || is_system(&home) {
        return (NOBODYS_HOME.into(), Vec::new());
    }
    (home, crossed)
}

/// The environment inside: nothing of the caller's but its language, terminal and name.
fn environment(outside: &BTreeMap<String, OsString>, home: &Path) -> Vec<(OsString, OsString)> {
    let mut inside: Vec<(OsString, OsString)> = vec![
        ("HOME".into(), home.into()),
        ("TMPDIR".into(), "/tmp".into()),
        ("LANG".into(), outside.get("LANG").cloned().unwrap_or_else(|| "C.UTF-8".into())),
    ];
    let user = outside.get("USER").or_else(|| outside.get("LOGNAME"));
    for (name, value) in [("TERM", outside.get("TERM")), ("USER", user), ("LOGNAME", user)] {
        inside.extend(value.map(|value| (name.into(), value.clone())));
    }
    inside
}

/// A secret's file: regular, and not larger than any secret.
fn read_regular_file(path: &Path) -> std::io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a pipe waits, and opening some devices has effects.
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    let file = std::fs::File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_SECRET + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LARGEST_SECRET {
        true => Err(std::io::Error::other("it is larger than any secret")),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests;
