//! From a launch to an entry that somebody agreed to.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use mantrap_launch::lock::{Asked, LockedGrant, Registry, ScopeName, Template};
use mantrap_launch::scope::replace;
use mantrap_launch::{Digest, Document, Entry, Located, ServerName, Source};
use mantrap_scan::secret::is_secret_name;

use super::source::{Derived, Variable};
use super::survey::{Fate, Job, Survey};
use super::trial;
use crate::cli::{Add, ListFormat, Protect, When};
use crate::commands::rules::paint;
use crate::commands::server::{
    Desk, State, approve_exactly, consent, is_agreed, no_home, own_arguments, pending, prepare, put, usage,
};
use crate::environment::Environment;
use crate::{Failure, destination};

/// Characters of the longest name that is made of a client's.
const LONGEST: usize = 48;

/// Gives every launch the name that it would have.
pub(super) fn name_all(survey: &mut Survey, environment: &Environment) -> Result<(), Failure> {
    each(survey, |survey, nth, taken| {
        let desk = Desk::open(environment)?;
        name(survey, nth, &desk, taken, environment).map(drop)
    })
}

/// Has every launch agreed to, or says why not.
pub(super) fn settle_all(
    survey: &mut Survey,
    options: &Protect,
    color: When,
    environment: &Environment,
) -> Result<(), Failure> {
    let said = Said {
        digests: options.yes_to.iter().map(|said| said.parse().map_err(usage)).collect::<Result<_, _>>()?,
        // What is printed for a program is not what a person is asked about.
        at_terminal: environment.stdin_is_terminal
            && environment.stdout_is_terminal
            && options.format == ListFormat::Text,
        is_untried: options.untried,
    };
    each(survey, |survey, nth, taken| settle(survey, nth, taken, &said, color, environment))
}

/// What whoever calls has said, and how much can be asked.
struct Said {
    digests: Vec<Digest>,
    at_terminal: bool,
    is_untried: bool,
}

/// Does it for every launch; names of this run are taken.
fn each(
    survey: &mut Survey,
    mut act: impl FnMut(&mut Survey, usize, &mut BTreeSet<ServerName>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut taken = BTreeSet::new();
    (0..survey.jobs.len()).try_for_each(|nth| act(survey, nth, &mut taken))
}

fn settle(
    survey: &mut Survey,
    nth: usize,
    taken: &mut BTreeSet<ServerName>,
    said: &Said,
    color: When,
    environment: &Environment,
) -> Result<(), Failure> {
    let existing = name(survey, nth, &Desk::open(environment)?, taken, environment)?;
    let Some(job) = survey.jobs.get_mut(nth) else { return Ok(()) };
    let (Some(name), Fate::Open) = (job.name.clone(), &job.fate) else { return Ok(()) };
    // What was installed for it stays until it is in the lock.
    let mut new = None;
    let located = match existing {
        Some(located) => located,
        None => {
            let added = add(&job.derived, &name, environment)?;
            let mut prepared = match prepare(&added, environment) {
                Ok(prepared) => prepared,
                Err(Failure::Usage(error) | Failure::Refused(_, error)) => {
                    job.fate = Fate::Refused(format!("{error:#}"));
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            job.derived.notes.extend(prepared.notes.iter().cloned());
            if !said.is_untried {
                let (_, notes) = prepared.start_once(&name, environment)?;
                job.derived.notes.extend(notes);
            }
            let located = pending(name.clone(), prepared.entry.clone(), &Desk::open(environment)?)?;
            new = Some(prepared);
            located
        }
    };
    let mut desk = Desk::open(environment)?;
    let state = desk.state(&located);
    if let State::Unresolved(why) = &state {
        job.fate = Fate::Refused(why.to_string());
        return Ok(());
    }
    let values = desk.values(&located);
    let digest = Document::of(&name, &located.entry, &values).digest();
    job.digest = Some(digest);
    let agreed = if said.digests.contains(&digest) {
        true
    } else if !said.at_terminal {
        false
    } else if matches!(state, State::Approved(_)) {
        true
    } else {
        let shown = consent(&desk, &located, &values, "not approved yet", paint(color, environment));
        destination::print(shown.as_bytes())?;
        destination::print(super::report::moves(survey, nth, environment).as_bytes())?;
        if !is_agreed(name.as_str()).map_err(Failure::Other)? {
            if let Some(job) = survey.jobs.get_mut(nth) {
                job.fate = Fate::Declined;
            }
            return Ok(());
        }
        true
    };
    let [program, _] = &survey.program;
    let Some(job) = survey.jobs.get_mut(nth) else { return Ok(()) };
    if let Some(prepared) = &new {
        hide_secrets(&job.derived, &name, environment)?;
        put(name.clone(), prepared, environment)?;
    }
    job.fate = Fate::Pending;
    if agreed {
        if !matches!(state, State::Approved(_)) {
            approve_exactly(name.as_str(), digest, environment)?;
        }
        job.fate = Fate::Agreed;
        if !said.is_untried {
            tried(job, name.as_str(), program);
        }
    }
    Ok(())
}

/// Tries it as a client would start it: one that does not work must not take the place of one that does.
fn tried(job: &mut Job, name: &str, program: &str) {
    let Err(why) = trial::speaks(program, name) else { return };
    let stays = job.derived.variables.iter().find_map(|variable| match variable {
        Variable::Stays(name) => Some(name),
        _ => None,
    });
    match stays {
        Some(variable) => job
            .derived
            .notes
            .push(format!("when it was tried without the client, which sets `{variable}`: {why}")),
        None => job.fate = Fate::Failed(why),
    }
}

/// Names a launch: as the entry that it is already, which is given; else as the client does, and where that name means
/// something else, with a suffix that only this launch has.
fn name(
    survey: &mut Survey,
    nth: usize,
    desk: &Desk,
    taken: &mut BTreeSet<ServerName>,
    environment: &Environment,
) -> Result<Option<Located>, Failure> {
    let first = survey.jobs.get(nth).and_then(|job| job.spots.first()).map(|(spot, _)| *spot);
    let called = first.and_then(|spot| survey.at(spot)).map(|(_, server)| server.name.value.clone());
    let Some(job) = survey.jobs.get_mut(nth) else { return Ok(None) };
    let plain = plain(&called.unwrap_or_default());
    let suffix: String = Digest::of(format!("{:?}", job.derived).as_bytes()).hex().chars().take(6).collect();
    let names = [plain.clone(), format!("{plain}-{suffix}")];
    // Which of a package's programs an entry has does not show in it: then the name has to say it.
    let may_be =
        |name: &ServerName| job.derived.program.is_none() || names.iter().any(|own| own == name.as_str());
    if let Some(located) = entry_of(&job.derived, desk, environment)?.filter(|located| may_be(&located.name))
    {
        taken.insert(located.name.clone());
        job.name = Some(located.name.clone());
        return Ok(Some(located));
    }
    for text in names {
        let name: ServerName = text.parse().map_err(usage)?;
        if taken.contains(&name) {
            continue;
        }
        match desk.places.find(&name) {
            Ok(_) => continue,
            Err(mantrap_launch::scope::ScopeError::Unknown(_)) => {}
            Err(error) => return Err(usage(error)),
        }
        let grants = grants(&job.derived, &name, environment)?;
        let refused = grants.iter().find_map(|grant| LockedGrant::parse(grant, |_| None).err());
        if let Some(error) = refused {
            job.fate = Fate::Refused(error.to_string());
        }
        taken.insert(name.clone());
        job.name = Some(name);
        return Ok(None);
    }
    job.fate =
        Fate::Refused(format!("`{plain}` and `{plain}-{suffix}` are other servers in the lock already"));
    Ok(None)
}

/// The entry of the system's or the user's lock that is this launch, whatever it is called.
fn entry_of(derived: &Derived, desk: &Desk, environment: &Environment) -> Result<Option<Located>, Failure> {
    for scope in [ScopeName::System, ScopeName::User] {
        let Some(lock) = desk.places.read(scope).map_err(usage)? else { continue };
        for (name, entry) in &lock.lock.servers {
            if is_already(entry, derived, name, environment)? {
                // The first lock that has the name is the one that counts.
                return desk.places.find(name).map(Some).map_err(usage);
            }
        }
    }
    Ok(None)
}

/// A name that a lock allows, as near to the client's as there is one.
fn plain(called: &str) -> String {
    let mut out = String::new();
    for character in called.chars().flat_map(char::to_lowercase).take(LONGEST) {
        match character {
            'a'..='z' | '0'..='9' | '.' | '_' => out.push(character),
            _ if out.is_empty() || out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    let out = out.trim_matches(['-', '.', '_']);
    if out.is_empty() { "server".to_owned() } else { out.to_owned() }
}

/// Whether an entry is this launch: what was asked for then may be an older version now.
fn is_already(
    entry: &Entry,
    derived: &Derived,
    name: &ServerName,
    environment: &Environment,
) -> Result<bool, Failure> {
    let here = std::env::current_dir().context("the current directory cannot be looked at").map_err(usage)?;
    let asked = Asked::parse(&derived.source, &here).map_err(usage)?;
    let is_source = match (&asked, &entry.source) {
        (Asked::Exact(asked), source) => asked == source,
        (Asked::File(kind, path), source) => {
            path.to_str().is_some_and(|path| kind.source(Template::literal(path)) == *source)
        }
        (Asked::Wish { registry: Registry::Npm, package, .. }, Source::Npm { package: other, .. })
        | (Asked::Wish { registry: Registry::Pypi, package, .. }, Source::Pypi { package: other, .. }) => {
            package == other
        }
        _ => false,
    };
    let arguments: Vec<Template> =
        derived.arguments.iter().map(|argument| Template::literal(argument)).collect();
    let grants = grants(derived, name, environment)?;
    let has = |grant: &String| {
        LockedGrant::parse(grant, |_| None).is_ok_and(|(grant, _)| entry.grants.contains(&grant))
    };
    // Rights may have been added since; a variable more or less is another launch.
    let is_variable = |grant: &str| grant.starts_with("env ") || grant.starts_with("secret ");
    let variables = grants.iter().filter(|grant| is_variable(grant)).count();
    let locked = entry.grants.iter().filter(|grant| is_variable(grant.as_str())).count();
    let directory = derived.directory.as_ref().and_then(|path| path.canonicalize().ok());
    let directory = directory.and_then(|path| path.to_str().map(Template::literal));
    let secrets = secrets(derived, name, environment)?;
    let is_kept = |(path, value): &(PathBuf, &String)| {
        fs::read(path).is_ok_and(|bytes| bytes.strip_suffix(b"\n") == Some(value.as_bytes()))
    };
    Ok(is_source
        && own_arguments(entry) == arguments.as_slice()
        && entry.directory == directory
        && grants.iter().all(has)
        && variables == locked
        && secrets.iter().all(is_kept))
}

/// As `mantrap add` would be asked.
fn add(derived: &Derived, name: &ServerName, environment: &Environment) -> Result<Add, Failure> {
    Ok(Add {
        name: name.to_string(),
        source: Some(derived.source.clone()),
        runtime: derived.runtime.clone(),
        program: derived.program.clone(),
        file: derived.files.clone(),
        grant: grants(derived, name, environment)?,
        directory: derived.directory.clone(),
        set: Vec::new(),
        no_probe: true,
        allow_build: false,
        deadline: None,
        waive: Vec::new(),
        format: ListFormat::Text,
        arguments: derived.arguments.clone(),
    })
}

/// Its rights, in the words of a lock.
pub(super) fn grants(
    derived: &Derived,
    name: &ServerName,
    environment: &Environment,
) -> Result<Vec<String>, Failure> {
    // Braces are places to fill in a lock.
    let literal = |text: &str| Template::literal(text).as_str().to_owned();
    let root = environment.secrets().ok_or_else(no_home)?;
    let variable = |variable: &Variable| match variable {
        Variable::Stays(name) if is_secret_name(name) => format!("secret {name} as env"),
        Variable::Stays(name) => format!("env {name}"),
        Variable::Locked(name, value) => format!("env {name}={}", literal(value)),
        Variable::Secret(variable, _) => {
            let path = root.join(name.as_str()).join(variable);
            format!("secret {variable} as env from {}", literal(&path.to_string_lossy()))
        }
    };
    let reads = derived.reads.iter().map(|path| format!("read {}", literal(&path.to_string_lossy())));
    let rights = derived.rights.iter().flatten().cloned();
    Ok(derived.variables.iter().map(variable).chain(rights).chain(reads).collect())
}

/// Where its secrets go, and what they are.
fn secrets<'a>(
    derived: &'a Derived,
    name: &ServerName,
    environment: &Environment,
) -> Result<Vec<(PathBuf, &'a String)>, Failure> {
    let root = environment.secrets().ok_or_else(no_home)?.join(name.as_str());
    let secret = |variable: &'a Variable| match variable {
        Variable::Secret(name, value) => Some((root.join(name), value)),
        _ => None,
    };
    Ok(derived.variables.iter().filter_map(secret).collect())
}

/// Writes the secrets where the entry refers to them, for this user alone.
fn hide_secrets(derived: &Derived, name: &ServerName, environment: &Environment) -> Result<(), Failure> {
    for (path, value) in secrets(derived, name, environment)? {
        let written = replace(&path, format!("{value}\n").as_bytes(), 0o600);
        written.with_context(|| format!("cannot write `{}`", path.display())).map_err(Failure::Other)?;
    }
    Ok(())
}
