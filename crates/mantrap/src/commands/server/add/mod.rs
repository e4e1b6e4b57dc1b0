//! `mantrap add`: what somebody asks for becomes an entry of the user's lock, pending. Packages are fetched into the store;
//! nothing of them runs, and nothing here approves.

mod local;
mod progress;

use anyhow::{Context, anyhow, bail};
use mantrap_launch::install::{Asked, Expected, Fetch, InstallError, Surroundings};
use mantrap_launch::lock::{LockedGrant, ScopeName, Template};
use mantrap_launch::store::{DiskStore, Record};
use mantrap_launch::{Entry, Located, ServerName, Source, Values};

use super::change::{user_lock, write};
use super::show::as_json;
use super::{Desk, no_home, refused, usage};
use crate::cli::{Add, ListFormat};
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// Puts a server into the user's lock, pending.
pub(crate) fn add(options: &Add, environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let name: ServerName = options.name.parse().map_err(usage)?;
    is_free(&desk, &name)?;
    let prepared = prepare(options, environment)?;
    let located = put(name, prepared.entry, environment)?;
    let bytes = match options.format {
        ListFormat::Json => {
            let state = Desk::open(environment)?.state(&located);
            json_bytes(&as_json(&located, &Values::new(), &state))
        }
        ListFormat::Text => {
            let mut out = String::new();
            for note in &prepared.notes {
                out.push_str(&format!("{}\n", mantrap_launch::visible(note)));
            }
            let name = &located.name;
            out.push_str(&format!(
                "{name} is pending; look at it and approve it with `mantrap approve {name}`\n"
            ));
            out.into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

/// An entry that is in no lock yet, and what a person should be told of how it came to be.
pub(crate) struct Prepared {
    pub(crate) entry: Entry,
    pub(crate) notes: Vec<String>,
}

/// Makes the entry that somebody asks for: fetches what has to be fetched, measures what is here.
pub(crate) fn prepare(options: &Add, environment: &Environment) -> Result<Prepared, Failure> {
    let here = std::env::current_dir().context("the current directory cannot be looked at").map_err(usage)?;
    let asked = Asked::parse(&options.source, &here).map_err(usage)?;
    let mut prepared = match &asked {
        Asked::Exact(Source::Remote(_)) => {
            return Err(Failure::Usage(anyhow!("`{asked}` cannot be added yet")));
        }
        Asked::File(kind, path) if local::is_local(*kind) => {
            let entry = local::entry(*kind, path, options).map_err(Failure::Usage)?;
            Prepared { entry, notes: Vec::new() }
        }
        asked => fetched(asked, options, environment)?,
    };
    complete(&mut prepared.entry, options).map_err(Failure::Usage)?;
    Ok(prepared)
}

/// Puts an entry into the user's lock under a name that nothing there has yet. It is recorded, and pending.
pub(crate) fn put(name: ServerName, entry: Entry, environment: &Environment) -> Result<Located, Failure> {
    let desk = Desk::open(environment)?;
    // Fetching took its time.
    is_free(&desk, &name)?;
    let (path, mut lock) = user_lock(&desk)?;
    lock.servers.insert(name.clone(), entry.clone());
    let located = Located { name, entry, scope: ScopeName::User, lock: path };
    write(&located, &lock, "add", environment)?;
    Ok(located)
}

fn is_free(desk: &Desk, name: &ServerName) -> Result<(), Failure> {
    let (path, lock) = user_lock(desk)?;
    match lock.servers.contains_key(name) {
        true => Err(Failure::Usage(anyhow!(
            "`{name}` is in `{}` already; `mantrap remove {name}` first",
            path.display()
        ))),
        false => Ok(()),
    }
}

/// Fetches a package or a bundle into the store.
fn fetched(asked: &Asked, options: &Add, environment: &Environment) -> Result<Prepared, Failure> {
    let root = environment.store().ok_or_else(no_home)?;
    let store = DiskStore::open(&root).map_err(refused)?;
    let surroundings: Surroundings = environment.surroundings();
    let fetch = Fetch {
        store: &store,
        surroundings: &surroundings,
        runtime: options.runtime.as_deref(),
        program: options.program.as_deref(),
        project: None,
    };
    let failed = |error: InstallError| not_installed(&options.source, error);
    let mut notes = Vec::new();
    let source = match asked {
        Asked::Wish { registry, package, wish } => {
            let said = format!("asking for the version of {asked}");
            let find = || fetch.exact(*registry, package, wish.as_deref());
            let source = progress::during(environment, &said, &root, find).map_err(failed)?;
            notes.push(format!("{asked} is {source} now, and stays that"));
            source
        }
        Asked::File(kind, path) => kind.source(local::place(path).map_err(Failure::Usage)?),
        Asked::Exact(source) => source.clone(),
    };
    let install = || fetch.entry(&source, &Expected::default());
    let fetched =
        progress::during(environment, &format!("installing {source}"), &root, install).map_err(failed)?;
    notes.extend(account(&fetched.record));
    Ok(Prepared { entry: fetched.entry, notes })
}

/// What was installed, in sentences.
fn account(record: &Record) -> Vec<String> {
    let with = match record.packages.len() {
        0 | 1 => String::new(),
        count => format!(" with {} packages that it needs", count - 1),
    };
    let first = format!("installed {} by {}{with}", record.source, record.installer);
    [first].into_iter().chain(record.notes.iter().map(|note| format!("note: {note}"))).collect()
}

/// What the command line adds to any entry.
fn complete(entry: &mut Entry, options: &Add) -> anyhow::Result<()> {
    if !options.file.is_empty() && entry.tree.is_some() {
        bail!(
            "--file is for programs and scripts of this machine; all files of a package are pinned already"
        );
    }
    entry.arguments.extend(options.arguments.iter().map(|argument| Template::literal(argument)));
    for grant in &options.grant {
        let (grant, _) = LockedGrant::parse(grant, |_| None).with_context(|| format!("--grant `{grant}`"))?;
        entry.grants.insert(grant);
    }
    if let Some(directory) = &options.directory {
        entry.directory = Some(local::place(directory)?);
    }
    Ok(())
}

fn not_installed(source: &str, error: InstallError) -> Failure {
    let error = anyhow::Error::from(error).context(format!("`{source}` was not added"));
    Failure::Refused(NOT_INSTALLED, error)
}

/// What was asked for could not be had, and nothing changed.
const NOT_INSTALLED: u8 = 1;
