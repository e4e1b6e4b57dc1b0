//! `mantrap add`: what somebody asks for becomes an entry of the user's lock, pending. Packages are fetched into the store,
//! where nothing of them runs, and then started once in a throwaway jail without rights. Nothing here approves.

#[cfg(target_os = "linux")]
mod fetched;
mod local;
#[cfg(target_os = "linux")]
mod probe;
mod wanted;

use anyhow::{Context, anyhow, bail};
use mantrap_launch::lock::{Asked, LockedGrant, ScopeName, Template};
use mantrap_launch::store::Hold;
use mantrap_launch::{Entry, Located, ServerName, Source, Values};

use super::change::{user_lock, write};
use super::show::as_json;
use super::{Desk, usage};
use crate::cli::{Add, ListFormat};
use crate::environment::Environment;
use crate::output::json_bytes;
#[cfg(target_os = "linux")]
use crate::session::policed::shown::Shown;
use crate::{Failure, destination};
#[cfg(target_os = "linux")]
pub(crate) use fetched::{Installing, builds};
use wanted::Wanted;

/// Puts a server into the user's lock, pending.
pub(crate) fn add(options: &Add, environment: &Environment) -> Result<u8, Failure> {
    let name: ServerName = options.name.parse().map_err(usage)?;
    is_free(&Desk::open(environment)?, &name)?;
    let prepared = prepare(options, environment)?;
    let mut located = put(name, &prepared, environment)?;
    let (shown, probed) = match located.entry.tree.is_some() && !options.no_probe {
        true => probed(&mut located, environment)?,
        false => (serde_json::Value::Null, Vec::new()),
    };
    let bytes = match options.format {
        ListFormat::Json => {
            let state = Desk::open(environment)?.state(&located);
            let mut json = as_json(&located, &Values::new(), &state);
            if let Some(members) = json.as_object_mut() {
                members.insert("schema".into(), "mantrap-add/1".into());
                members.insert("notes".into(), prepared.notes.into());
                members.insert("probe".into(), shown);
            }
            json_bytes(&json)
        }
        ListFormat::Text => {
            let mut out = String::new();
            for note in prepared.notes.iter().chain(&probed) {
                out.push_str(&format!("{}\n", mantrap_launch::visible(note)));
            }
            let name = &located.name;
            out.push_str(&match located.entry.source {
                Source::Remote(_) => format!("{name} is recorded\n"),
                _ => format!("{name} is pending; look at it and approve it with `mantrap approve {name}`\n"),
            });
            out.into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

/// Starts it once, without rights and on record, to see what it is like. The tools that it shows are pinned: whoever approves
/// the entry approves them, and a session shows no others.
#[cfg(target_os = "linux")]
fn probed(
    located: &mut Located,
    environment: &Environment,
) -> Result<(serde_json::Value, Vec<String>), Failure> {
    let desk = Desk::open(environment)?;
    super::record::record("probe", located, &Values::new(), environment)?;
    let outside = crate::commands::jail::outside(environment)?;
    let look = || probe::Probed::of(located, &desk.store, &outside);
    let what = format!("starting {} once, without rights", located.name);
    let probed = match crate::progress::during(environment, &what, String::new, look) {
        Ok(probed) => probed,
        Err(error) => {
            let why = format!("it could not be started to see its tools: {error:#}");
            return Ok((serde_json::json!({ "problem": why }), vec![why]));
        }
    };
    let mut notes = probed.notes(&outside);
    match probed.pins() {
        Ok(pins) if pins.is_empty() => {}
        Ok(pins) => {
            super::change::pin(&desk, located, &pins, environment)?;
            notes.push("its tools are pinned as it lists them: a session shows no others".into());
            located.entry.tools = pins;
            let state = environment.state().ok_or_else(super::no_home)?;
            let kept = Shown::beneath(&state).keep_pinned(located.name.as_str(), &probed.definitions);
            kept.map_err(|error| Failure::Other(error.into()))?;
        }
        Err(why) => notes.push(format!("its tools are not pinned: {why}")),
    }
    Ok((probed.as_json(), notes))
}

#[cfg(not(target_os = "linux"))]
fn probed(_: &mut Located, _: &Environment) -> Result<(serde_json::Value, Vec<String>), Failure> {
    Ok((serde_json::Value::Null, Vec::new()))
}

/// An entry that is in no lock yet.
pub(crate) struct Prepared {
    pub(crate) entry: Entry,
    /// What a person should be told of how it came to be, one sentence each.
    pub(crate) notes: Vec<String>,
    /// What was installed for it stays while this lives.
    _hold: Option<Hold>,
}

/// Makes the entry that somebody asks for: fetches what has to be fetched, measures what is here.
pub(crate) fn prepare(options: &Add, environment: &Environment) -> Result<Prepared, Failure> {
    let Wanted { asked, recipe, values } = Wanted::read(options).map_err(Failure::Usage)?;
    let mut prepared = match &asked {
        Asked::Exact(source @ Source::Remote(_)) => {
            let notes = vec!["nothing is launched for it: a client connects to it itself".to_owned()];
            Prepared { entry: Entry::new(source.clone()), notes, _hold: None }
        }
        Asked::File(kind, path) if local::is_local(*kind) => {
            let entry = local::entry(*kind, path, options).map_err(Failure::Usage)?;
            Prepared { entry, notes: Vec::new(), _hold: None }
        }
        #[cfg(target_os = "linux")]
        asked => {
            let program = options
                .program
                .as_deref()
                .or_else(|| recipe.as_ref().and_then(|recipe| recipe.program.as_deref()));
            fetched::fetched(asked, program, options, environment)?
        }
        #[cfg(not(target_os = "linux"))]
        asked => {
            return Err(Failure::Usage(anyhow!(
                "`{asked}` is installed in a jail, which mantrap has on Linux only; add bin:PATH or script:PATH"
            )));
        }
    };
    let entry = &mut prepared.entry;
    if let Some(recipe) = &recipe {
        recipe.complete(entry, &values.clone().unwrap_or_default());
    }
    // What was recognised stands in the entry already.
    let own = if values.is_some() { &[] } else { options.arguments.as_slice() };
    complete(entry, own, options).map_err(Failure::Usage)?;
    prepared.notes.extend(recipe.iter().flat_map(|recipe| wanted::notes(recipe, &prepared.entry)));
    prepared.notes.extend(wanted::hints(&asked, &prepared.entry));
    Ok(prepared)
}

/// Puts an entry into the user's lock under a name that nothing there has yet. It is recorded, and pending.
pub(crate) fn put(
    name: ServerName,
    prepared: &Prepared,
    environment: &Environment,
) -> Result<Located, Failure> {
    let desk = Desk::open(environment)?;
    // Fetching took its time.
    is_free(&desk, &name)?;
    let (path, mut lock) = user_lock(&desk)?;
    let entry = prepared.entry.clone();
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

/// What the command line adds to any entry.
fn complete(entry: &mut Entry, arguments: &[String], options: &Add) -> anyhow::Result<()> {
    if !options.file.is_empty() && entry.tree.is_some() {
        bail!(
            "--file is for programs and scripts of this machine; all files of a package are pinned already"
        );
    }
    entry.arguments.extend(arguments.iter().map(|argument| Template::literal(argument)));
    for grant in &options.grant {
        let (grant, _) = LockedGrant::parse(grant, |_| None).with_context(|| format!("--grant `{grant}`"))?;
        entry.grants.insert(grant);
    }
    if let Some(directory) = &options.directory {
        entry.directory = Some(local::place(directory)?);
    }
    if options.deadline.is_some() {
        entry.deadline = options.deadline;
    }
    entry.waivers.extend(&options.waive);
    wanted::choose(entry, &options.set)
}
