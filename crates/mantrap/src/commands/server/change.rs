//! `mantrap revoke` and `remove`: what changes a lock, or takes an approval back. None of them approves.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use mantrap_launch::lock::ScopeName;
use mantrap_launch::scope::{Scope, replace};
use mantrap_launch::{Located, Lock, Values};

use super::record::record;
use super::{Desk, no_home, refused, signed, usage};
#[cfg(target_os = "linux")]
use crate::commands::run::Ended;
use crate::environment::Environment;
use crate::{Failure, destination};

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
    #[cfg(target_os = "linux")]
    end_all(&located, environment)?;
    Ok(0)
}

/// Whatever was launched while it was approved. From here on no launch of it begins: each looks at its approval once more
/// when its intent is on record.
#[cfg(target_os = "linux")]
fn end_all(located: &Located, environment: &Environment) -> Result<(), Failure> {
    let Ended { ended, elsewhere } = crate::commands::run::end_all(located, environment)
        .context("it is revoked; whether it still runs could not be found out")?;
    if ended > 0 {
        destination::print(format!("ended what ran of it: {ended}\n").as_bytes())?;
    }
    if elsewhere > 0 {
        eprintln!(
            "mantrap: warning: {elsewhere} may run in another container; run `mantrap revoke` there too"
        );
    }
    Ok(())
}

/// Writes the digests of what a server shows of itself into its lock. It is approved no more.
#[cfg(target_os = "linux")]
pub(crate) fn pin(
    desk: &Desk,
    located: &Located,
    tools: &std::collections::BTreeMap<String, mantrap_launch::Digest>,
    environment: &Environment,
) -> Result<(), Failure> {
    change(desk, located, "pin", environment, |lock| {
        if let Some(entry) = lock.servers.get_mut(&located.name) {
            entry.tools.clone_from(tools);
        }
    })
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
pub(super) fn change(
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

pub(super) fn user_lock(desk: &Desk) -> Result<(PathBuf, Lock), Failure> {
    match desk.places.read(ScopeName::User).map_err(refused)? {
        Some(Scope { path, lock, .. }) => Ok((path, lock)),
        None => {
            let (path, _) = desk.places.place(ScopeName::User).ok_or_else(no_home)?;
            Ok((path, Lock::default()))
        }
    }
}

/// Records the act, then replaces the lock. It is read by everybody who may launch from it, so its mode is an ordinary one.
pub(super) fn write(
    located: &Located,
    lock: &Lock,
    act: &str,
    environment: &Environment,
) -> Result<(), Failure> {
    let text = lock.to_string();
    // What is written has to be a lock: an error here names what was asked for, later it would name the file.
    Lock::parse(text.as_bytes()).map_err(usage)?;
    record(act, located, &Values::new(), environment)?;
    let path = &located.lock;
    let written =
        replace(path, text.as_bytes(), 0o644).with_context(|| format!("cannot write `{}`", path.display()));
    written.map_err(Failure::Other)
}
