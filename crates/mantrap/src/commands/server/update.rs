//! `mantrap update`: another version of a package, or what is there now of everything else. The difference is shown before
//! anything is replaced, and what is replaced has to be approved again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read, Write};

use anyhow::anyhow;
use mantrap_launch::diff::{self, Change};
use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::Template;
use mantrap_launch::store::Record;
use mantrap_launch::{Document, Entry, Located, Source, Values, observe, visible};
use serde_json::{Value, json};

use super::change::change;
use super::{Desk, NOT_APPROVED, refused};
use crate::cli::{ListFormat, Update, When};
use crate::commands::rules::paint;
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::{Failure, destination};

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: u64 = 256;

/// Brings a server up to date in its lock; it is approved no more.
pub(crate) fn update(options: &Update, color: When, environment: &Environment) -> Result<u8, Failure> {
    let desk = Desk::open(environment)?;
    let located = desk.find(&options.name)?;
    if !located.entry.source.has_tree() && options.version.is_some() {
        return Err(Failure::Usage(anyhow!("`{}` has no versions", located.entry.source)));
    }
    #[cfg(target_os = "linux")]
    if located.entry.source.has_tree()
        && let Some(offer) = fetch::offer(&desk, &located, options, environment)?
    {
        return replace(&desk, &located, offer, options, color, environment);
    }
    measured(located, environment)
}

/// What could be there instead.
struct Offer {
    entry: Entry,
    /// Of what is there, and of what could be.
    records: [Option<Record>; 2],
    /// Files of the tree that differ.
    files: Vec<Change>,
    /// What was installed for it stays while this lives.
    _hold: mantrap_launch::store::Hold,
}

/// Measures a server anew and writes what is there into its lock: after an update of a runtime, for example.
fn measured(located: Located, environment: &Environment) -> Result<u8, Failure> {
    // What was installed meanwhile is there now.
    let desk = Desk::open(environment)?;
    let mut present = observe(&located, &desk.values(&located), &desk.store, &mut Known::default());
    if let Some((_, problem)) = present.problems.into_iter().next() {
        return Err(refused(problem));
    }
    let name = &located.name;
    if let Some(runtime) = present.entry.runtime.as_mut() {
        // What another one calls itself, nobody asked.
        let was = located.entry.runtime.as_ref().map(|runtime| runtime.digest);
        runtime.version = runtime.version.take().filter(|_| was == Some(runtime.digest));
    }
    if present.entry == located.entry {
        destination::print(format!("{name} is what the lock says\n").as_bytes())?;
        return Ok(0);
    }
    let said = format!(
        "the lock now says what is there; see `mantrap diff {name}`, then `mantrap approve {name}`\n"
    );
    let new = Located { entry: present.entry, ..located };
    change(&desk, &new, "update", environment, |lock| {
        drop(lock.servers.insert(new.name.clone(), new.entry.clone()))
    })?;
    destination::print(said.as_bytes())?;
    Ok(0)
}

/// Shows the difference, asks, and replaces.
fn replace(
    desk: &Desk,
    located: &Located,
    offer: Offer,
    options: &Update,
    color: When,
    environment: &Environment,
) -> Result<u8, Failure> {
    let values = desk.values(located);
    let of = |entry: &Entry, values: &Values| Document::of(&located.name, entry, values);
    let changes = diff::documents(&of(&located.entry, &values), &of(&offer.entry, &values));
    let packages = packages(&offer.records);
    let is_shown = options.format == ListFormat::Text;
    if is_shown {
        let shown = text(located, &offer, &changes, &packages, paint(color, environment));
        destination::print(shown.as_bytes())?;
    }
    let is_agreed = options.yes
        || (is_shown && environment.stdin_is_terminal && environment.stdout_is_terminal && ask()?);
    if is_agreed {
        let new = Located { entry: offer.entry.clone(), ..located.clone() };
        change(desk, &new, "update", environment, |lock| {
            drop(lock.servers.insert(new.name.clone(), new.entry.clone()))
        })?;
    }
    let name = &located.name;
    let bytes = match options.format {
        ListFormat::Json => json_bytes(&json!({
            "schema": "mantrap-update/1",
            "name": name.as_str(),
            "replaced": is_agreed,
            "digest": of(&offer.entry, &Values::new()).digest().to_string(),
            "changes": all(&changes),
            "packages": all(&packages),
            "files": all(&offer.files),
        })),
        ListFormat::Text if is_agreed => format!(
            "{name} is {} and pending; approve it with `mantrap approve {name}`\n",
            offer.entry.source
        )
        .into_bytes(),
        ListFormat::Text => b"nothing was replaced; --yes does it without asking\n".to_vec(),
    };
    destination::print(&bytes)?;
    Ok(if is_agreed { 0 } else { NOT_APPROVED })
}

fn ask() -> anyhow::Result<bool> {
    print!("\nTo put this into the lock, to be approved, type yes: ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().take(LONGEST_ANSWER).read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Which packages came, went and changed.
fn packages(records: &[Option<Record>; 2]) -> Vec<Change> {
    let [was, is] = records.each_ref().map(|record| {
        let packages = record.iter().flat_map(|record| &record.packages);
        let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for package in packages {
            all.entry(&package.name).or_default().push(&package.version);
        }
        all
    });
    let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let versions = |all: &BTreeMap<&str, Vec<&str>>, name: &str| Some(all.get(name)?.join(", "));
    let change =
        |name: &str| Change { field: name.into(), was: versions(&was, name), is: versions(&is, name) };
    names.into_iter().map(change).filter(|change| change.was != change.is).collect()
}

fn all(changes: &[Change]) -> Vec<Value> {
    let one = |change: &Change| json!({ "field": change.field, "was": change.was, "is": change.is });
    changes.iter().map(one).collect()
}

fn text(
    located: &Located,
    offer: &Offer,
    changes: &[Change],
    packages: &[Change],
    paint: crate::output::text::Paint,
) -> String {
    let mut out = format!(
        "{}  {} could be {}\n",
        paint.bold(located.name.as_str()),
        located.entry.source,
        offer.entry.source
    );
    changes.iter().for_each(|change| super::show::push(change, "  ", paint, &mut out));
    let mut section = |title: &str, lines: Vec<String>| {
        out.push_str(&format!("  {}\n", paint.bold(title)));
        lines.iter().for_each(|line| out.push_str(&format!("    {}\n", visible(line))));
    };
    let line = |change: &Change| match (&change.was, &change.is) {
        (Some(was), Some(is)) => format!("{}  {was} → {is}", change.field),
        (None, Some(is)) => format!("{}  {is}, new", change.field),
        (was, None) => format!("{}  {} is gone", change.field, was.as_deref().unwrap_or_default()),
    };
    if !packages.is_empty() {
        section("packages", packages.iter().map(line).collect());
    }
    let count = |fits: fn(&Change) -> bool| offer.files.iter().filter(|change| fits(change)).count();
    let (new, gone) = (count(|change| change.was.is_none()), count(|change| change.is.is_none()));
    let changed = offer.files.len() - new - gone;
    section("files", vec![format!("{new} new, {gone} gone, {changed} changed (--format json names them)")]);
    if located.entry.grants == offer.entry.grants {
        section("rights", vec!["as before".into()]);
    }
    if let Some(record) =
        offer.records.last().and_then(Option::as_ref).filter(|record| !record.sentences().is_empty())
    {
        section("notes", record.sentences());
    }
    out
}

/// The arguments behind those that its source brings.
pub(crate) fn own_arguments(entry: &Entry) -> &[Template] {
    let brought = match (&entry.source, &entry.tree) {
        (Source::Script(_), _) => 1,
        (_, Some(_)) => {
            let is_in_tree = |argument: &Template| argument.names().any(|name| name == "tree");
            entry.arguments.iter().rposition(is_in_tree).map_or(0, |last| last + 1)
        }
        _ => 0,
    };
    entry.arguments.get(brought..).unwrap_or_default()
}

#[cfg(target_os = "linux")]
mod fetch {
    use std::path::PathBuf;

    use mantrap_launch::install::{Builds, Expected, Fetch, oci};
    use mantrap_launch::lock::{Asked, Template};
    use mantrap_launch::store::DiskStore;
    use mantrap_launch::{Located, Source, Store as _, diff};

    use super::super::add::{Installing, builds};
    use super::super::{Desk, no_home, refused, usage};
    use super::{Offer, own_arguments};
    use crate::Failure;
    use crate::cli::Update;
    use crate::environment::Environment;

    /// What the registry or the file has now; nothing where that is what the lock says. A tree that is gone from the
    /// store is installed again on the way.
    pub(super) fn offer(
        desk: &Desk,
        located: &Located,
        options: &Update,
        environment: &Environment,
    ) -> Result<Option<Offer>, Failure> {
        let was = &located.entry;
        let store = DiskStore::open(&environment.store().ok_or_else(no_home)?).map_err(refused)?;
        let hold = store.hold().map_err(refused)?;
        let surroundings = environment.surroundings();
        let record = was.tree.and_then(|tree| store.record(&tree));
        let program = record.as_ref().and_then(|record| record.program.clone());
        let runtime =
            was.runtime.as_ref().and_then(|runtime| runtime.path.fill(|_| None).ok()).map(PathBuf::from);
        let runtime = runtime.filter(|runtime| runtime.exists());
        let project = located.lock.parent().and_then(|parent| parent.to_str());
        let fetch = Fetch {
            store: &store,
            surroundings: &surroundings,
            runtime: runtime.as_deref(),
            program: options.program.as_deref().or(program.as_deref()),
            project,
            builds: Builds::Never,
        };
        let mut installing = Installing { fetch, what: located.name.to_string(), environment };
        let source = match &was.source {
            Source::Npm { package, .. } | Source::Pypi { package, .. } => {
                let version = options.version.as_deref().unwrap_or("latest");
                let text = format!("{}:{package}@{version}", was.source.kind());
                installing.exact(&Asked::parse(&text, "/".as_ref()).map_err(usage)?)?
            }
            source => source.clone(),
        };
        installing.fetch.builds = builds(options.allow_build, &Asked::Exact(source.clone()), environment)?;
        let is_there = was.tree.is_some_and(|tree| desk.store.tree(&tree).is_some());
        let is_package = matches!(source, Source::Npm { .. } | Source::Pypi { .. });
        if source == was.source && is_package {
            if !is_there {
                let expected = Expected { integrity: was.integrity.clone(), tree: was.tree };
                installing.install(&source, &expected)?;
            }
            return Ok(None);
        }
        let fetched = installing.install(&source, &Expected::default())?;
        if fetched.entry.tree == was.tree && fetched.entry.source == was.source {
            return Ok(None);
        }
        let mut entry = fetched.entry;
        let own = match &was.source {
            // Where the old image is gone, nobody knows which of them were its own.
            Source::Oci(_) => {
                let brought = was.tree.and_then(|tree| oci::brought(&desk.store.tree(&tree)?));
                brought.and_then(|brought| was.arguments.get(brought..)).unwrap_or_default()
            }
            _ => {
                entry.directory.clone_from(&was.directory);
                own_arguments(was)
            }
        };
        entry.arguments.extend(own.iter().map(Template::clone));
        entry.grants.extend(was.grants.iter().cloned());
        entry.parameters.clone_from(&was.parameters);
        entry.deadline = was.deadline;
        entry.waivers.clone_from(&was.waivers);
        entry.files.clone_from(&was.files);
        // What it showed before is what it may show: a tool that is another by now is withheld until somebody pins it.
        entry.tools.clone_from(&was.tools);
        let manifest =
            |tree: Option<mantrap_launch::Digest>| tree.and_then(|tree| store.manifest(&tree).ok());
        let files = match (manifest(was.tree), manifest(entry.tree)) {
            (Some(was), Some(is)) => diff::trees(&was, &is),
            _ => Vec::new(),
        };
        Ok(Some(Offer { entry, records: [record, Some(fetched.record)], files, _hold: hold }))
    }
}
