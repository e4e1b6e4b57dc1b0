//! `mantrap add`: what somebody asks for becomes an entry of the user's lock, pending. Packages are fetched into the store,
//! where nothing of them runs. What was fetched or measured is started once in a throwaway jail without rights. Nothing here
//! approves.

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
use serde_json::Value;
#[cfg(target_os = "linux")]
use serde_json::json;

use super::change::{user_lock, write};
use super::show::as_json;
use super::{Desk, usage};
use crate::cli::{Add, ListFormat};
use crate::environment::Environment;
use crate::output::json_bytes;
#[cfg(target_os = "linux")]
use crate::session::policed::shown::{Definitions, Shown};
use crate::{Failure, destination};
#[cfg(target_os = "linux")]
pub(crate) use fetched::{Installing, builds};
use wanted::Wanted;

/// Puts a server into the user's lock, pending.
pub(crate) fn add(options: &Add, environment: &Environment) -> Result<u8, Failure> {
    let name: ServerName = options.name.parse().map_err(usage)?;
    is_free(&Desk::open(environment)?, &name)?;
    let mut prepared = prepare(options, environment)?;
    let (shown, probed) = match options.no_probe {
        true => Default::default(),
        false => prepared.start_once(&name, environment)?,
    };
    let located = put(name, &prepared, environment)?;
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

/// An entry that is in no lock yet.
pub(crate) struct Prepared {
    pub(crate) entry: Entry,
    /// What a person should be told of how it came to be, one sentence each.
    pub(crate) notes: Vec<String>,
    /// What was pinned of it, whole.
    #[cfg(target_os = "linux")]
    definitions: Definitions,
    /// What was installed for it stays while this lives.
    _hold: Option<Hold>,
}

impl Prepared {
    const fn new(entry: Entry, notes: Vec<String>, hold: Option<Hold>) -> Self {
        Self {
            entry,
            notes,
            #[cfg(target_os = "linux")]
            definitions: Definitions::new(),
            _hold: hold,
        }
    }

    /// Starts it once, without rights and on record, to see what it is like: answers what it showed, for programs and for people.
    /// Its tools are pinned: whoever approves the entry approves them, and a session shows no others.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_once(
        &mut self,
        name: &ServerName,
        environment: &Environment,
    ) -> Result<(Value, Vec<String>), Failure> {
        if matches!(self.entry.source, Source::Remote(_)) {
            return Ok(Default::default());
        }
        let desk = Desk::open(environment)?;
        let located = pending(name.clone(), self.entry.clone(), &desk)?;
        super::record::record("probe", &located, &Values::new(), environment)?;
        let outside = crate::commands::jail::outside(environment)?;
        let look = || probe::Probed::of(&located, &desk.store, &outside);
        let what = format!("starting {name} once, without rights");
        let probed = match crate::progress::during(environment, &what, String::new, look) {
            Ok(probed) => probed,
            Err(error) => {
                let why = format!("it could not be started to see its tools: {error:#}");
                return Ok((json!({ "problem": why }), vec![why]));
            }
        };
        let mut notes = probed.notes(&outside);
        match probed.pins() {
            Ok(pins) if pins.is_empty() => {}
            Ok(pins) => {
                notes.push("its tools are pinned as it lists them: a session shows no others".into());
                self.entry.tools = pins;
                self.definitions.clone_from(&probed.definitions);
            }
            Err(why) => notes.push(format!("its tools are not pinned: {why}")),
        }
        Ok((probed.as_json(), notes))
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn start_once(
        &mut self,
        _: &ServerName,
        _: &Environment,
    ) -> Result<(Value, Vec<String>), Failure> {
        Ok(Default::default())
    }
}

/// An entry as it would stand in the user's lock.
pub(crate) fn pending(name: ServerName, entry: Entry, desk: &Desk) -> Result<Located, Failure> {
    let (lock, _) = desk.places.place(ScopeName::User).ok_or_else(super::no_home)?;
    Ok(Located { name, entry, scope: ScopeName::User, lock })
}

/// Makes the entry that somebody asks for: fetches what has to be fetched, measures what is here.
pub(crate) fn prepare(options: &Add, environment: &Environment) -> Result<Prepared, Failure> {
    let Wanted { asked, recipe, values } = Wanted::read(options).map_err(Failure::Usage)?;
    let mut prepared = match &asked {
        Asked::Exact(source @ Source::Remote(_)) => {
            let notes = vec!["nothing is launched for it: a client connects to it itself".to_owned()];
            Prepared::new(Entry::new(source.clone()), notes, None)
        }
        Asked::File(kind, path) if local::is_local(*kind) => {
            let entry = local::entry(*kind, path, options).map_err(Failure::Usage)?;
            Prepared::new(entry, Vec::new(), None)
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
    #[cfg(target_os = "linux")]
    if !prepared.definitions.is_empty() {
        let state = environment.state().ok_or_else(super::no_home)?;
        let kept = Shown::beneath(&state).keep_pinned(located.name.as_str(), &prepared.definitions);
        kept.map_err(|error| Failure::Other(error.into()))?;
    }
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
