//! `mantrap add`, `update`, `revoke` and `remove`: what changes a lock, or takes an approval back. None of them approves.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure::measure;
use mantrap_launch::lock::{LockedGrant, Runtime, ScopeName, Template};
use mantrap_launch::scope::{Scope, replace};
use mantrap_launch::{Entry, Located, Lock, NoStore, ServerName, Source, Values, observe};

use super::record::record;
use super::show::as_json;
use super::{Desk, no_home, refused, signed, usage};
use crate::cli::{Add, ListFormat};
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// Puts a program or script of this machine into the user's lock, pending.
pub(crate) fn add(options: &Add, environment: &Environment) -> Result<u8, Failure> {
    let mut desk = Desk::open(environment)?;
    let name: ServerName = options.name.parse().map_err(usage)?;
    let entry = entry(options).map_err(Failure::Usage)?;
    let (path, mut lock) = user_lock(&desk)?;
    if lock.servers.contains_key(&name) {
        return Err(Failure::Usage(anyhow!(
            "`{name}` is in `{}` already; `mantrap remove {name}` first",
            path.display()
        )));
    }
    lock.servers.insert(name.clone(), entry.clone());
    let located = Located { name: name.clone(), entry, scope: ScopeName::User, lock: path };
    write(&located, &lock, "add", environment)?;
    let bytes = match options.format {
        ListFormat::Json => {
            let state = desk.state(&located);
            json_bytes(&as_json(&located, &Values::new(), &state))
        }
        ListFormat::Text => {
            format!("{name} is pending; look at it and approve it with `mantrap approve {name}`\n")
                .into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

fn entry(options: &Add) -> anyhow::Result<Entry> {
    let (kind, path) = options.source.split_once(':').unwrap_or_default();
    if !matches!(kind, "bin" | "script") {
        bail!("`{}` cannot be added yet; write bin:PATH or script:PATH", options.source);
    }
    let real =
        |path: &Path| path.canonicalize().with_context(|| format!("`{}` cannot be found", path.display()));
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| anyhow!("`{}` is not UTF-8", path.display()))
    };
    let mut known = Known::default();
    let path = real(Path::new(path))?;
    let place = Template::literal(&text(&path)?);
    let mut entry = match kind {
        "bin" => Entry::new(Source::Bin(place.clone())),
        _ => Entry::new(Source::Script(place.clone())),
    };
    let program = match (kind, &options.runtime) {
        ("bin", None) => path,
        ("bin", Some(_)) => {
            bail!("a program is its own runtime; leave --runtime out, or add it as script:PATH")
        }
        (_, Some(runtime)) => real(runtime)?,
        (_, None) => bail!("say by what the script is run, as in `--runtime /usr/bin/python3`"),
    };
    entry.runtime = Some(Runtime {
        digest: measure(&program, &mut known)?.digest(),
        path: Template::literal(&text(&program)?),
        version: None,
    });
    if kind == "script" {
        entry.arguments.push(place);
    }
    entry.arguments.extend(options.arguments.iter().map(|argument| Template::literal(argument)));
    let named = entry.source.path().filter(|_| kind == "script").map(|path| PathBuf::from(path.as_str()));
    for path in options.file.iter().cloned().chain(named) {
        let path = real(&path)?;
        entry.files.insert(Template::literal(&text(&path)?), measure(&path, &mut known)?.digest());
    }
    for grant in &options.grant {
        let (grant, _) = LockedGrant::parse(grant, |_| None).with_context(|| format!("--grant `{grant}`"))?;
        entry.grants.insert(grant);
    }
    if let Some(directory) = &options.directory {
        entry.directory = Some(Template::literal(&text(&real(directory)?)?));
    }
    Ok(entry)
}

/// Measures a server anew and writes what is there into its lock: after an update of a runtime, for example. It is
/// approved no more.
pub(crate) fn update(name: &str, environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let present = observe(&located, &desk.values(&located), &NoStore, &mut Known::default());
    if let Some((_, problem)) = present.problems.into_iter().next() {
        return Err(refused(problem));
    }
    if present.entry == located.entry {
        destination::print(format!("{name} is what the lock says\n").as_bytes())?;
        return Ok(0);
    }
    let new = Located { entry: present.entry, ..located };
    change(&desk, &new, "update", environment, |lock| {
        drop(lock.servers.insert(new.name.clone(), new.entry.clone()))
    })?;
    destination::print(
        format!(
            "the lock now says what is there; see `mantrap diff {name}`, then `mantrap approve {name}`\n"
        )
        .as_bytes(),
    )?;
    Ok(0)
}

/// Takes the user's approval back, whoever else approved it.
pub(crate) fn revoke(name: &str, environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let trust = desk.places.trust().ok_or_else(no_home)?;
    record("revoke", &located, &desk.values(&located), environment)?;
    trust
        .revoke(&located.lock, &located.name, Some(&signed(&located)))
        .map_err(|error| Failure::Other(error.into()))?;
    destination::print(format!("{name} is revoked and will not be launched\n").as_bytes())?;
    Ok(0)
}

/// Removes a server from its lock, and its approval.
pub(crate) fn remove(name: &str, environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    change(&desk, &located, "remove", environment, |lock| drop(lock.servers.remove(&located.name)))?;
    if let Some(trust) = desk.places.trust() {
        let forgotten = trust.revoke(&located.lock, &located.name, None).and_then(|()| trust.sweep());
        forgotten.map_err(|error| Failure::Other(error.into()))?;
    }
    destination::print(format!("{name} is removed from {}\n", located.lock.display()).as_bytes())?;
    Ok(0)
}

/// Changes the lock that an entry stands in.
fn change(
    desk: &Desk,
    located: &Located,
    act: &str,
    environment: &Environment,
    change: impl FnOnce(&mut Lock),
) -> Result<(), Failure> {
    if located.scope == ScopeName::System {
        let lock = located.lock.display();
        let text = format!("`{}` stands in the system's lock `{lock}`, which root edits", located.name);
        return Err(Failure::Usage(anyhow!(text)));
    }
    let Some(Scope { mut lock, .. }) = desk.places.read(located.scope).map_err(refused)? else {
        return Ok(());
    };
    change(&mut lock);
    write(located, &lock, act, environment)
}

fn user_lock(desk: &Desk) -> Result<(PathBuf, Lock), Failure> {
    match desk.places.read(ScopeName::User).map_err(refused)? {
        Some(Scope { path, lock, .. }) => Ok((path, lock)),
        None => {
            let (path, _) = desk.places.place(ScopeName::User).ok_or_else(no_home)?;
            Ok((path, Lock::default()))
        }
    }
}

/// Records the act, then replaces the lock. It is read by everybody who may launch from it, so its mode is an ordinary one.
fn write(located: &Located, lock: &Lock, act: &str, environment: &Environment) -> Result<(), Failure> {
    let text = lock.to_string();
    // What is written has to be a lock: an error here names what was asked for, later it would name the file.
    Lock::parse(text.as_bytes()).map_err(usage)?;
    record(act, located, &Values::new(), environment)?;
    let path = &located.lock;
    let written =
        replace(path, text.as_bytes(), 0o644).with_context(|| format!("cannot write `{}`", path.display()));
    written.map_err(Failure::Other)
}
