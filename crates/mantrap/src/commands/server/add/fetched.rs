//! Packages and bundles: fetched into the store, with a word on how far that is.

use mantrap_launch::Source;
use mantrap_launch::install::{Builds, Expected, Fetch, Fetched, InstallError};
use mantrap_launch::lock::Asked;
use mantrap_launch::store::{DiskStore, Record};

use super::super::record::record_build;
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
    let store = DiskStore::open(&environment.store().ok_or_else(no_home)?).map_err(refused)?;
    let hold = store.hold().map_err(refused)?;
    let surroundings = environment.surroundings();
    let runtime = options.runtime.as_deref();
    let builds = builds(options.allow_build, asked, environment)?;
    let fetch = Fetch { store: &store, surroundings: &surroundings, runtime, program, project: None, builds };
    let installing = Installing { fetch, what: asked.to_string(), environment };
    let source = installing.exact(asked)?;
    let fetched = installing.install(&source, &Expected::default())?;
    let pinned =
        matches!(asked, Asked::Wish { .. }).then(|| format!("{asked} is {source} now, and stays that"));
    let notes = pinned.into_iter().chain(account(&fetched.record)).collect();
    Ok(Prepared::new(fetched.entry, notes, Some(hold)))
}

/// Whether code of a package may run to install it. Where it may, that is on record before it does.
pub(crate) fn builds(allowed: bool, what: &Asked, environment: &Environment) -> Result<Builds, Failure> {
    match allowed {
        false => Ok(Builds::Never),
        true => record_build(&what.to_string(), environment).map(|()| Builds::InJail),
    }
}

/// An installation, and what to say while it lasts.
pub(crate) struct Installing<'a> {
    pub(crate) fetch: Fetch<'a>,
    /// What is wanted, for errors.
    pub(crate) what: String,
    pub(crate) environment: &'a Environment,
}

impl Installing<'_> {
    /// The exact source of what is asked for.
    pub(crate) fn exact(&self, asked: &Asked) -> Result<Source, Failure> {
        match asked {
            Asked::Wish { registry, package, wish } => {
                let find = || self.fetch.exact(*registry, package, wish.as_deref());
                self.during(&format!("asking for the version of {asked}"), find)
            }
            Asked::File(kind, path) => Ok(kind.source(local::place(path).map_err(Failure::Usage)?)),
            Asked::Exact(source) => Ok(source.clone()),
        }
    }

    pub(crate) fn install(&self, source: &Source, expected: &Expected) -> Result<Fetched, Failure> {
        self.during(&format!("installing {source}"), || self.fetch.entry(source, expected))
    }

    fn during<T>(&self, saying: &str, act: impl FnOnce() -> Result<T, InstallError>) -> Result<T, Failure> {
        let staging = self.fetch.store.root().join("staging");
        let how_far = || progress::megabytes_below(&staging);
        progress::during(self.environment, saying, how_far, act).map_err(|error| {
            let error = anyhow::Error::from(error).context(format!("`{}` was not installed", self.what));
            Failure::Refused(FAILED, error)
        })
    }
}

/// What was installed, in sentences.
fn account(record: &Record) -> Vec<String> {
    let with = match record.packages.len() {
        0 | 1 => String::new(),
        count => format!(" with {} packages that it needs", count - 1),
    };
    let first = format!("installed {} by {}{with}", record.source, record.installer);
    [first].into_iter().chain(record.sentences().iter().map(|note| format!("note: {note}"))).collect()
}
