//! From what somebody asked for to an entry of a lock: installed, measured, without any right.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::mcpb::Runs;
use super::oci::Starts;
use super::{Builds, Expected, How, InstallError, Installed, Surroundings, mcpb, npm, oci, pypi, tools};
use crate::digest::known::Known;
use crate::digest::measure::measure;
use crate::lock::{Asked, LockedGrant, Registry, Runtime, Template};
use crate::store::{DiskStore, Limits, Record};
use crate::{Entry, Source, Store as _};

/// Where, with what and how something is fetched.
#[derive(Clone, Copy, Debug)]
pub struct Fetch<'a> {
    /// Where it goes.
    pub store: &'a DiskStore,
    /// The user's settings, and `PATH`, in which runtimes and installers are looked for.
    pub surroundings: &'a Surroundings,
    /// The runtime instead of the first one that is found.
    pub runtime: Option<&'a Path>,
    /// Which of a package's programs, where it has several.
    pub program: Option<&'a str>,
    /// What `{project}` stands for in a source.
    pub project: Option<&'a str>,
    /// Whether code of a package runs when it is installed.
    pub builds: Builds,
}

/// What was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// With its digests, its runtime and the arguments that start it. The grants are what the runtime itself needs.
    pub entry: Entry,
    /// Where everything came from, and what a person should know.
    pub record: Record,
}

impl Fetch<'_> {
    /// The exact version that a wish means now, as the registry says through its own installer.
    ///
    /// # Errors
    /// [`InstallError`].
    pub fn exact(
        &self,
        registry: Registry,
        package: &str,
        wish: Option<&str>,
    ) -> Result<Source, InstallError> {
        let version = match registry {
            Registry::Npm => npm::newest(self.store, package, wish, &self.node()?, self.surroundings),
            Registry::Pypi => pypi::newest(self.store, package, &self.python()?, self.surroundings),
        }?;
        Asked::exactly(registry, package, &version).map_err(|error| {
            InstallError::package(package, format!("has a newest version that is none: {error}"))
        })
    }

    /// Installs a source, and makes the entry.
    ///
    /// # Errors
    /// [`InstallError`]; then the store is as it was.
    pub fn entry(&self, source: &Source, expected: &Expected) -> Result<Fetched, InstallError> {
        let how = |mut how: How| {
            how.program = self.program.map(String::from);
            how.expected = expected.clone();
            how.builds = self.builds;
            how
        };
        match source {
            Source::Npm { package, version } => {
                let how = how(self.node()?);
                let installed = npm::install(self.store, package, version, &how, self.surroundings)?;
                entry(source, installed, &how.runtime)
            }
            Source::Pypi { package, version } => {
                let how = how(self.python()?);
                let installed = pypi::install(self.store, package, version, &how, self.surroundings)?;
                let mut fetched = entry(source, installed, &how.runtime)?;
                fetched.entry.grants.extend(library(&how.runtime)?);
                Ok(fetched)
            }
            Source::Mcpb(path) => {
                let path = path.fill(|name| self.project.filter(|_| name == "project")).unwrap_or_default();
                let (installed, runs) = mcpb::install(self.store, Path::new(&path), expected)?;
                match runs {
                    Runs::Node => entry(source, installed, &self.node()?.runtime),
                    Runs::Itself => itself(self.store, source, installed),
                }
            }
            Source::Oci(path) => {
                let path = path.fill(|name| self.project.filter(|_| name == "project")).unwrap_or_default();
                let (installed, starts) = oci::install(self.store, Path::new(&path), Limits::TREE, expected)?;
                image(self.store, source, installed, starts)
            }
            _ => Err(InstallError::Program(format!("`{source}` is nothing that is installed"))),
        }
    }

    fn search(&self) -> &OsStr {
        self.surroundings.variables.get("PATH").map_or(OsStr::new("/usr/bin:/bin"), |path| path)
    }

    fn node(&self) -> Result<How, InstallError> {
        tools::node(self.search(), self.runtime).ok_or_else(|| {
            InstallError::Program(
                "no Node.js with npm was found in PATH; install it, or name one with `--runtime /path/to/node`"
                    .into(),
            )
        })
    }

    fn python(&self) -> Result<How, InstallError> {
        tools::python(self.search(), self.runtime).ok_or_else(|| {
            InstallError::Program(
                "no Python with uv or pip was found in PATH (shims are passed over); install one, or name it with `--runtime /path/to/python3`"
                    .into(),
            )
        })
    }
}

/// The entry of what a runtime executes.
fn entry(source: &Source, installed: Installed, runtime: &Path) -> Result<Fetched, InstallError> {
    let digest = measure(runtime, &mut Known::default())
        .map_err(|error| InstallError::Program(format!("the runtime cannot be used: {error}")))?
        .digest();
    let path = Template::literal(&text(runtime)?);
    let version = installed.runtime.clone();
    fetched(source, installed, Runtime { path, digest, version, called: None })
}

/// The entry of a tree that brings its own program: the first of its arguments.
fn itself(store: &DiskStore, source: &Source, mut installed: Installed) -> Result<Fetched, InstallError> {
    let program = installed.arguments.remove(0);
    let runtime = brought(store, &installed, &program)?;
    fetched(source, installed, runtime)
}

/// The entry of an image.
fn image(
    store: &DiskStore,
    source: &Source,
    installed: Installed,
    starts: Starts,
) -> Result<Fetched, InstallError> {
    let mut runtime = brought(store, &installed, &starts.program)?;
    runtime.called = Some(starts.called);
    let mut fetched = fetched(source, installed, runtime)?;
    fetched.entry.directory = starts.directory.as_deref().map(Template::literal);
    Ok(fetched)
}

/// A program that the tree brings.
fn brought(store: &DiskStore, installed: &Installed, program: &str) -> Result<Runtime, InstallError> {
    let gone = || InstallError::Program("the program that was installed cannot be found again".into());
    let path = Template::parse(program).map_err(|_| gone())?;
    let tree = store.tree(&installed.tree).ok_or_else(gone)?;
    let there = path.fill(|_| tree.to_str()).map_err(|_| gone())?;
    let measured = measure(Path::new(&there), &mut Known::default());
    let measured = measured.map_err(|error| {
        InstallError::Program(format!("the program that it brings cannot be used: {error}"))
    })?;
    Ok(Runtime { path, digest: measured.digest(), version: None, called: None })
}

fn fetched(source: &Source, installed: Installed, runtime: Runtime) -> Result<Fetched, InstallError> {
    let Installed { tree, integrity, arguments, record, provenance, runtime: _ } = installed;
    let mut entry = Entry::new(source.clone());
    entry.tree = Some(tree);
    entry.provenance = provenance;
    entry.integrity = Some(integrity);
    entry.runtime = Some(runtime);
    for argument in &arguments {
        let template = Template::parse(argument);
        entry.arguments.push(template.map_err(|error| InstallError::Program(error.to_string()))?);
    }
    Ok(Fetched { entry, record })
}

/// Node is one file, Python is not: one that is no part of the system needs its own library.
fn library(runtime: &Path) -> Result<Option<LockedGrant>, InstallError> {
    let is_system = ["/usr", "/bin", "/lib"].iter().any(|place| runtime.starts_with(place));
    let prefix: Option<PathBuf> = runtime
        .parent()
        .filter(|bin| !is_system && bin.ends_with("bin"))
        .and_then(Path::parent)
        .filter(|prefix| prefix.components().count() > 1)
        .map(PathBuf::from);
    let Some(prefix) = prefix else { return Ok(None) };
    let grant = format!("exec {}", Template::literal(&text(&prefix)?).as_str());
    let (grant, _) = LockedGrant::parse(&grant, |_| None)
        .map_err(|error| InstallError::Program(format!("the runtime cannot be used: {error}")))?;
    Ok(Some(grant))
}

fn text(path: &Path) -> Result<String, InstallError> {
    let bad = || InstallError::Program(format!("`{}` is not UTF-8", path.display()));
    path.to_str().map(String::from).ok_or_else(bad)
}
