//! Packages and bundles: fetched into the store.

use mantrap_launch::install::{Expected, Fetch, InstallError};
use mantrap_launch::lock::Asked;
use mantrap_launch::store::{DiskStore, Record};

use super::super::{no_home, refused};
use super::{Prepared, local};
use crate::cli::Add;
use crate::environment::Environment;
use crate::{FAILED, Failure, progress};

/// Fetches a package or a bundle into the store.
pub(super) fn fetched(
    asked: &Asked,
    program: Option<&str>,
    options: &Add,
    environment: &Environment,
) -> Result<Prepared, Failure> {
    let root = environment.store().ok_or_else(no_home)?;
    let store = DiskStore::open(&root).map_err(refused)?;
    let hold = store.hold().map_err(refused)?;
    let surroundings = environment.surroundings();
    let fetch = Fetch {
        store: &store,
        surroundings: &surroundings,
        runtime: options.runtime.as_deref(),
        program,
        project: None,
    };
    let staging = root.join("staging");
    let how_far = || progress::megabytes_below(&staging);
    let failed = |error: InstallError| {
        let error = anyhow::Error::from(error).context(format!("`{asked}` was not added"));
        Failure::Refused(FAILED, error)
    };
    let mut notes = Vec::new();
    let source = match asked {
        Asked::Wish { registry, package, wish } => {
            let what = format!("asking for the version of {asked}");
            let find = || fetch.exact(*registry, package, wish.as_deref());
            let source = progress::during(environment, &what, how_far, find).map_err(failed)?;
            notes.push(format!("{asked} is {source} now, and stays that"));
            source
        }
        Asked::File(kind, path) => kind.source(local::place(path).map_err(Failure::Usage)?),
        Asked::Exact(source) => source.clone(),
    };
    let what = format!("installing {source}");
    let install = || fetch.entry(&source, &Expected::default());
    let fetched = progress::during(environment, &what, how_far, install).map_err(failed)?;
    notes.extend(account(&fetched.record));
    Ok(Prepared { entry: fetched.entry, notes, _hold: Some(hold) })
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
