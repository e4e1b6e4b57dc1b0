//! Fetches packages into the store: the registries' own installers, in a jail that reaches the configured registries and
//! nothing else, with every hook off. What was fetched is judged before it is published, and nothing of it is executed.
//!
//! [`npm`](npm::install) and [`pypi`](pypi::install) run an installer; [`mcpb`](mcpb::install) and [`oci`](oci::install) open a file. Each answers an
//! [`Installed`]: the digests and the arguments that an entry of the lock is made of. [`Fetch`] makes the entry.

mod address;
mod entry;
mod errand;
mod error;
mod fetch;
pub mod mcpb;
mod netrc;
pub mod npm;
mod npmrc;
pub mod oci;
pub mod pypi;
mod python;
mod settings;
mod tar;
pub mod tools;
mod unzip;
mod vouch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mantrap_jail::Guarantee;

use crate::Digest;
use crate::provenance::Roots;
use crate::store::{Limits, Record, Staging, StoreError};

pub use error::InstallError;
pub use fetch::{Fetch, Fetched};
pub use settings::Surroundings;

/// What may be waited for one installer, from start to end.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// How to install.
#[derive(Clone, Debug)]
pub struct How {
    /// What is executed later: `node` or `python3`, absolute, without links, no script.
    pub runtime: PathBuf,
    /// The installer: `npm-cli.js`, or `uv`; without one, Python's own pip.
    pub installer: Option<PathBuf>,
    /// Which of the package's programs, where it has several.
    pub program: Option<String>,
    /// What an earlier installation gave, which this one has to equal.
    pub expected: Expected,
    /// Time for each step.
    pub patience: Duration,
    /// How much one package may be.
    pub limits: Limits,
    /// Guarantees of the jail that may be missing.
    pub waived: Vec<Guarantee>,
    /// Whether code of the package runs meanwhile.
    pub builds: Builds,
    /// Whose attestations are believed; Sigstore's public ones without it.
    pub roots: Option<Roots>,
}

/// Whether code of a package runs while it is installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Builds {
    /// It does not.
    #[default]
    Never,
    /// Where it wants to: in the jail, with no network, when everything was fetched.
    InJail,
}

impl How {
    /// With this runtime, and everything else as usual.
    #[must_use]
    pub const fn with(runtime: PathBuf, installer: Option<PathBuf>) -> Self {
        Self {
            runtime,
            installer,
            program: None,
            expected: Expected { integrity: None, tree: None },
            patience: PATIENCE,
            limits: Limits::TREE,
            waived: Vec::new(),
            builds: Builds::Never,
            roots: None,
        }
    }
}

/// What the lock says of a package that is installed again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Of the artifact.
    pub integrity: Option<String>,
    /// Of the tree.
    pub tree: Option<Digest>,
}

impl Expected {
    fn check_integrity(&self, found: &str) -> Result<(), InstallError> {
        match &self.integrity {
            Some(wanted) if wanted != found => {
                Err(InstallError::Changed { wanted: wanted.clone(), found: found.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// A package in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Of the tree.
    pub tree: Digest,
    /// Of the artifact, as in Subresource Integrity.
    pub integrity: String,
    /// What the runtime is given to start it, as templates of the lock: `{tree}` stands for where the tree is.
    pub arguments: Vec<String>,
    /// Where everything came from, and what a person should know.
    pub record: Record,
    /// Who vouches for the artifact, as a lock has it.
    pub provenance: BTreeSet<String>,
    /// What its runtime calls itself, where it was asked.
    pub runtime: Option<String>,
}

/// Publishes what was fetched, if it is what was expected.
fn publish(staging: Staging, record: &Record, expected: &Expected) -> Result<Digest, InstallError> {
    let Some(wanted) = expected.tree else { return Ok(staging.publish(record)?) };
    staging.publish_as(record, &wanted).map_err(|error| match error {
        StoreError::Damaged { digest, .. } => {
            InstallError::Changed { wanted: wanted.to_string(), found: digest.to_string() }
        }
        error => error.into(),
    })
}

/// A path in the tree as a template of the lock.
fn in_tree(relative: &str) -> String {
    format!("{{tree}}/{}", relative.replace('{', "{{").replace('}', "}}"))
}

/// The directory that a program of `directory/bin` needs to run, unless that is a home or more; then the program alone.
fn installation(program: &Path, home: Option<&Path>) -> PathBuf {
    let bin = program.parent().filter(|parent| parent.ends_with("bin"));
    bin.and_then(Path::parent)
        .filter(|prefix| {
            prefix.components().count() > 1 && !home.is_some_and(|home| home.starts_with(prefix))
        })
        .unwrap_or(program)
        .into()
}
