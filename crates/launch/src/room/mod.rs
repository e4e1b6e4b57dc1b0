//! Grants and a command become a profile: every path real, every name looked up, every value read, or an error that
//! says what to write instead.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mantrap_jail::{Delivery, Gate, Grant, Guarantee, Profile, Right, Secret, SecretGrant, Variable, View};

macro_rules! unfit {
    ($($words:tt)*) => { Unfit(format!($($words)*)) };
}
macro_rules! refuse {
    ($($words:tt)*) => { return Err(unfit!($($words)*)) };
}

mod command;
mod place;
pub mod program;
mod settle;
mod territory;

use crate::image::{self, Configuration};
use crate::plan::Plan;
use place::{Crossed, Place};
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
        Program::Command(words) => Some(command::command(words, outside)?),
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
