//! Guard profiles as files: read so that nobody else had a hand in them, shown, compared, and approved by a person.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use mantrap_launch::approval::{Approval, Trust};
use mantrap_launch::scope::open::{Whose, read as read_trusted};
use mantrap_launch::scope::replace;
use mantrap_launch::{Digest, Document, Values, visible};

use super::profile::{LARGEST, Profile};
use crate::cli::GuardProfile;
use crate::commands::server::{NOT_APPROVED, no_home, refused, usage};
use crate::environment::Environment;
use crate::{Failure, destination};

/// The name under which a profile is approved, beside the path that says which.
const NAME: &str = "guard-profile";
/// A profile that root wrote here needs nobody else's word.
const OF_THE_SYSTEM: &str = "/etc/mantrap";

/// A profile, where it lies, and what its approval is an approval of.
pub(crate) struct Whole {
    pub(super) path: PathBuf,
    pub(super) profile: Profile,
    pub(super) document: Document,
    pub(super) digest: Digest,
}

impl Whole {
    /// # Errors
    /// Unless a person approved exactly this, or root wrote it where root's word counts.
    pub(super) fn must_be_approved(&self, environment: &Environment) -> Result<(), Failure> {
        if self.path.starts_with(OF_THE_SYSTEM) {
            return Ok(());
        }
        let approved = given(&self.path, environment)?;
        let path = self.path.display();
        match approved {
            Some(digest) if digest == self.digest => Ok(()),
            Some(_) => Err(refused(anyhow!(
                "`{path}` is not what was approved; `mantrap guard profile diff {path}` shows what changed"
            ))),
            None => Err(refused(anyhow!(
                "`{path}` was never approved; look at it with `mantrap guard profile show {path}`, then \
                 `mantrap guard profile approve {path}`"
            ))),
        }
    }
}

pub(super) fn run(command: &GuardProfile, environment: &Environment) -> Result<u8, Failure> {
    match command {
        GuardProfile::Show { profile } => {
            let whole = read(&place(profile.as_deref(), environment)?)?;
            destination::print(text(&whole)?.as_bytes())?;
            Ok(0)
        }
        GuardProfile::Approve { profile, digest } => {
            approve(&read(&place(profile.as_deref(), environment)?)?, digest.as_deref(), environment)
        }
        GuardProfile::Diff { profile } => diff(&read(&place(profile.as_deref(), environment)?)?, environment),
    }
}

/// Which profile is meant.
pub(super) fn place(named: Option<&Path>, environment: &Environment) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path.to_path_buf());
    }
    let own = environment.user_config().and_then(|file| Some(file.parent()?.join("guard.json")));
    let system = Path::new(OF_THE_SYSTEM).join("guard.json");
    let places = own.into_iter().chain([system]);
    places.into_iter().find(|place| place.exists()).ok_or_else(|| {
        usage(anyhow!(
            "there is no guard profile; name one with --profile, or make one with `mantrap guard learn`"
        ))
    })
}

pub(super) fn read(path: &Path) -> Result<Whole, Failure> {
    read_if_there(path)?.ok_or_else(|| usage(anyhow!("`{}` does not exist", path.display())))
}

pub(super) fn read_if_there(path: &Path) -> Result<Option<Whole>, Failure> {
    let Ok(path) = path.canonicalize() else { return Ok(None) };
    let whose = if path.starts_with(OF_THE_SYSTEM) { Whose::Root } else { Whose::User };
    let Some(bytes) = read_trusted(&path, whose, LARGEST).map_err(refused)? else { return Ok(None) };
    let profile =
        Profile::parse(&bytes).with_context(|| format!("`{}`", path.display())).map_err(Failure::Usage)?;
    let document = profile.document()?;
    Ok(Some(Whole { path, digest: document.digest(), document, profile }))
}

pub(super) fn write(path: &Path, profile: &Profile) -> Result<(), Failure> {
    let place = std::path::absolute(path).context("the current directory cannot be looked at")?;
    let written = replace(&place, profile.to_text()?.as_bytes(), 0o600);
    written.with_context(|| format!("`{}` cannot be written", path.display())).map_err(Failure::Other)
}

fn trust(environment: &Environment) -> Result<Trust, Failure> {
    let directory = environment.user_config().and_then(|file| Some(file.parent()?.join("trust")));
    directory.map(Trust::new).ok_or_else(no_home)
}

fn given(path: &Path, environment: &Environment) -> Result<Option<Digest>, Failure> {
    let approvals = trust(environment)?.read().map_err(refused)?;
    let name = NAME.parse().map_err(usage)?;
    Ok(approvals.given(path, &name).map(|given| given.digest))
}

/// All of it, as somebody reads it who is asked to approve it.
fn text(whole: &Whole) -> Result<String, Failure> {
    use std::fmt::Write as _;
    let mut out = format!("{} {}\n\nmay be executed, exactly:\n", whole.path.display(), whole.digest);
    // Writing to a string does not fail.
    for program in &whole.profile.programs {
        let arguments = serde_json::to_string(&program.arguments).context("arguments cannot be shown")?;
        let _ = writeln!(out, "  {}\n    {}", visible(&program.file.to_string_lossy()), visible(&arguments));
        match &program.directory {
            Some(directory) => drop(writeln!(out, "    in {}", visible(&directory.to_string_lossy()))),
            None => drop(writeln!(out, "    in any directory")),
        }
        for (name, value) in &program.environment {
            let value = value.as_deref().unwrap_or("(any value)");
            let _ = writeln!(out, "    with {}={}", visible(name), visible(value));
        }
        for warning in warnings(&program.arguments) {
            let _ = writeln!(out, "    look twice: {warning}");
        }
    }
    for server in &whole.profile.servers {
        let command = serde_json::to_string(&server.command).context("a command cannot be shown")?;
        let _ = writeln!(out, "means the server `{}`: {}", visible(&server.entry), visible(&command));
    }
    let _ = writeln!(out, "\nfiles:");
    for (path, digest) in &whole.profile.files {
        let _ = writeln!(out, "  {digest} {}", visible(&path.to_string_lossy()));
    }
    Ok(out)
}

/// What makes a program run what it is told by others.
fn warnings(arguments: &[String]) -> Vec<&'static str> {
    const READERS: [&str; 10] =
        ["sh", "bash", "dash", "zsh", "python", "python3", "node", "perl", "ruby", "php"];
    let name = arguments.first().map(|name| super::profile::name_of(Path::new(name))).unwrap_or_default();
    let mut found = Vec::new();
    if READERS.contains(&name.as_str()) && arguments.len() == 1 {
        found.push("without arguments it executes what it reads from its input");
    }
    if ["npx", "uvx", "pipx", "bunx"].contains(&name.as_str()) {
        found.push("it fetches and executes a package");
    }
    found
}

fn approve(whole: &Whole, said: Option<&str>, environment: &Environment) -> Result<u8, Failure> {
    match said {
        Some(said) => {
            let said: Digest = said.parse().map_err(usage)?;
            if said != whole.digest {
                return Err(refused(anyhow!(
                    "the profile is {}, and you approve {said}; look at it again",
                    whole.digest
                )));
            }
        }
        None if !environment.stdin_is_terminal || !environment.stdout_is_terminal => {
            return Err(usage(anyhow!(
                "there is no terminal to show the profile on; whoever looked at it approves it with --digest {}",
                whole.digest
            )));
        }
        None => {
            destination::print(text(whole)?.as_bytes())?;
            if !crate::commands::server::is_agreed(NAME)? {
                eprintln!("nothing was approved");
                return Ok(NOT_APPROVED);
            }
        }
    }
    let approval = Approval {
        lock: whole.path.clone(),
        name: NAME.parse().map_err(usage)?,
        digest: whole.digest,
        values: Values::new(),
        at: environment.time(),
    };
    let kept = trust(environment)?.approve(approval, &whole.document, &whole.document, &[]);
    kept.map_err(|error| Failure::Other(error.into()))?;
    destination::print(format!("approved {} as {}\n", whole.path.display(), whole.digest).as_bytes())?;
    Ok(0)
}

/// Every line that is there and was not approved, and the other way round.
fn diff(whole: &Whole, environment: &Environment) -> Result<u8, Failure> {
    let before = given(&whole.path, environment)?
        .map(|digest| trust(environment).map(|trust| trust.document(&digest)));
    let before = before.transpose()?.flatten();
    let Some(before) = before else {
        destination::print(b"nothing of it was approved\n")?;
        return Ok(NOT_APPROVED);
    };
    if before.digest() == whole.digest {
        destination::print(b"it is what was approved\n")?;
        return Ok(0);
    }
    let profile = Profile::parse(&before.bytes()).map_err(Failure::Other)?;
    let was = Whole { path: whole.path.clone(), profile, digest: before.digest(), document: before };
    let (was, is) = (text(&was)?, text(whole)?);
    let only = |these: &str, those: &str, mark: char| -> String {
        these
            .lines()
            .filter(|line| !those.lines().any(|other| other == *line))
            .map(|line| format!("{mark} {line}\n"))
            .collect()
    };
    destination::print(format!("{}{}", only(&was, &is, '-'), only(&is, &was, '+')).as_bytes())?;
    Ok(NOT_APPROVED)
}
