//! What is installed, locked, declared, deployed and running, read from files. Executes nothing, opens no socket,
//! writes nothing, and reads no more of a file than its limit.
//!
//! One module per ecosystem turns the text of a file into packages. [`image`] looks into container image archives
//! layer by layer without unpacking them, [`machine`] knows where a machine keeps its environments and applications,
//! [`processes`] reads a `/proc`.

mod applications;
mod container;
mod dotnet;
mod golang;
pub mod image;
mod java;
mod machine;
mod node;
mod php;
mod processes;
mod python;
mod ruby;
mod stream;
mod tar;
mod toml_lock;

use std::path::Path;

use mantrap_clients::source::{Origin, Problem, ProblemKind, Source, read_regular_file};

pub(crate) use container::reference as image_reference;
pub use machine::{machine, machine_roots};
pub use processes::processes;

use crate::report::{Package, PackageEvidence};
use crate::version::Ecosystem;

/// The largest lock file that is read, in bytes (64 MiB).
const MAX_LOCK_BYTES: u64 = 64 * 1024 * 1024;
/// The largest manifest that is read, in bytes (4 MiB).
const MAX_MANIFEST_BYTES: u64 = 4 * 1024 * 1024;
/// The most packages that are taken from one file.
const MAX_PACKAGES: usize = 500_000;

/// Reads the text of a file into the sink; the error says what is wrong with it, lower case, without the file.
type Reader = fn(&str, &mut Sink) -> Result<(), String>;

/// What kind of file a name promises.
#[derive(Clone, Copy)]
enum Kind {
    /// The directory name says it all: `litellm-1.83.0.dist-info/METADATA`.
    DistInfo,
    /// A text with its reader, how it is evidence, and how long it may be.
    Text(Reader, PackageEvidence, u64),
    /// A tar of a container image, compressed or not. Any other tar is left alone.
    Archive,
    /// The marker file of an OCI image layout.
    Layout,
}

/// Whether a walk should hand this file to [`read`]. `relative` is its path from the walk's root or any longer one.
pub fn wants(file_name: &str, relative: &Path) -> bool {
    kind(file_name, relative).is_some()
}

fn kind(file_name: &str, path: &Path) -> Option<Kind> {
    use PackageEvidence::{Declared, Deployed, Installed, Locked};
    let lock = |reader: Reader| Some(Kind::Text(reader, Locked, MAX_LOCK_BYTES));
    let manifest = |reader: Reader| Some(Kind::Text(reader, Declared, MAX_MANIFEST_BYTES));
    let lower = file_name.to_ascii_lowercase();
    let parent = || parent_name(path);
    match lower.as_str() {
        "metadata" => parent()?.ends_with(".dist-info").then_some(Kind::DistInfo),
        "pkg-info" => parent()?.ends_with(".egg-info").then_some(Kind::Text(
            python::pkg_info,
            Installed,
            MAX_MANIFEST_BYTES,
        )),
        "package.json" => {
            node::is_installed(path).then_some(Kind::Text(node::package_json, Installed, MAX_MANIFEST_BYTES))
        }
        "package-lock.json" | "npm-shrinkwrap.json" => lock(node::package_lock),
        ".package-lock.json" => Some(Kind::Text(node::package_lock, Installed, MAX_LOCK_BYTES)),
        "pnpm-lock.yaml" => lock(node::pnpm_lock),
        "yarn.lock" => lock(node::yarn_lock),
        "bun.lock" => lock(node::bun_lock),
        "pipfile.lock" => lock(python::pipfile_lock),
        "pyproject.toml" => manifest(python::pyproject),
        "setup.cfg" => manifest(python::setup_cfg),
        "environment.yml" | "environment.yaml" => manifest(python::conda_environment),
        "poetry.lock" | "uv.lock" | "pdm.lock" | "pylock.toml" => lock(toml_lock::python),
        "cargo.lock" => lock(toml_lock::cargo),
        "go.mod" => lock(golang::go_mod),
        "go.sum" => lock(golang::go_sum),
        "pom.xml" => manifest(java::pom),
        "gradle.lockfile" | "buildscript-gradle.lockfile" => lock(java::gradle_lockfile),
        "build.gradle" | "build.gradle.kts" => manifest(java::gradle_build),
        "packages.lock.json" => lock(dotnet::packages_lock),
        "packages.config" | "directory.packages.props" => manifest(dotnet::project),
        "gemfile.lock" | "gems.locked" => lock(ruby::gemfile_lock),
        "composer.lock" | "installed.json" => lock(php::composer_lock),
        "oci-layout" => Some(Kind::Layout),
        _ => by_pattern(&lower, path, parent().unwrap_or_default()),
    }
    .map(|kind| match kind {
        Kind::Text(reader, Locked, limit) if lower == "installed.json" => {
            Kind::Text(reader, Installed, limit)
        }
        Kind::Text(reader, Declared, limit) if is_deployment(&lower) => Kind::Text(reader, Deployed, limit),
        other => other,
    })
}

fn by_pattern(lower: &str, path: &Path, parent: &str) -> Option<Kind> {
    use PackageEvidence::{Declared, Deployed, Installed, Locked};
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    let text = |reader: Reader, evidence| Some(Kind::Text(reader, evidence, MAX_MANIFEST_BYTES));
    let is_image = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci"].iter().any(|end| lower.ends_with(end));
    match extension {
        _ if is_image => Some(Kind::Archive),
        "txt" | "in"
            if lower.contains("requirements")
                || lower.contains("constraints")
                || parent == "requirements" =>
        {
            text(python::requirements, Declared)
        }
        "toml" if lower.starts_with("pylock.") => Some(Kind::Text(toml_lock::python, Locked, MAX_LOCK_BYTES)),
        "csproj" | "fsproj" | "vbproj" => text(dotnet::project, Declared),
        "json" if parent == "conda-meta" => text(python::conda_meta, Installed),
        "lockfile" if parent == "dependency-locks" => text(java::gradle_lockfile, Locked),
        "egg-info" => text(python::pkg_info, Installed),
        "yml" | "yaml" if is_deployment(lower) || is_chart(path) => text(container::yaml, Deployed),
        "dockerfile" | "containerfile" => text(container::dockerfile, Declared),
        _ => {
            let stem = lower.split('.').next().unwrap_or(lower);
            match stem {
                "dockerfile" | "containerfile" => text(container::dockerfile, Declared),
                _ => None,
            }
        }
    }
}

/// Compose files and Helm values by their names.
fn is_deployment(lower: &str) -> bool {
    let is_yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");
    let starts = ["docker-compose", "compose", "podman-compose", "values", "deployment", "statefulset"];
    is_yaml && starts.iter().any(|start| lower.starts_with(start))
}

/// Manifests by the folders that people keep them in.
fn is_chart(path: &Path) -> bool {
    let folders = ["charts", "deploy", "helm", "k8s", "kubernetes", "manifests", "templates"];
    path.parent().is_some_and(|parent| {
        parent
            .components()
            .filter_map(|component| component.as_os_str().to_str())
            .any(|name| folders.contains(&name))
    })
}

fn parent_name(path: &Path) -> Option<&str> {
    path.parent()?.file_name()?.to_str()
}

/// Reads one file. `path` is where it is on this machine, `shown` how the target names it.
///
/// A file that no reader wants gives nothing. What cannot be read is a [`Problem`]; what was read before it stays.
pub fn read(path: &Path, shown: &Path) -> (Vec<Package>, Vec<Problem>) {
    let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(kind) = kind(file_name, path) else {
        return (Vec::new(), Vec::new());
    };
    let place = shown.display().to_string();
    match kind {
        Kind::DistInfo => {
            let mut sink = Sink::new(place, PackageEvidence::Installed);
            if let Some((name, version)) = parent_name(path).and_then(python::dist_info) {
                sink.push(Ecosystem::Pypi, &name, &version);
            }
            (sink.finish(), Vec::new())
        }
        Kind::Text(reader, evidence, limit) => read_text(path, shown, reader, evidence, limit),
        Kind::Archive => image::archive(path, shown),
        Kind::Layout => match (path.parent(), shown.parent()) {
            (Some(path), Some(shown)) => image::layout(path, shown),
            _ => (Vec::new(), Vec::new()),
        },
    }
}

/// Reads a `package.json` wherever it stands.
fn read_node_package(path: &Path, shown: &Path) -> (Vec<Package>, Vec<Problem>) {
    read_text(path, shown, node::package_json, PackageEvidence::Installed, MAX_MANIFEST_BYTES)
}

fn read_text(
    path: &Path,
    shown: &Path,
    reader: Reader,
    evidence: PackageEvidence,
    limit: u64,
) -> (Vec<Package>, Vec<Problem>) {
    let origin = Origin::file(shown);
    let mut sink = Sink::new(shown.display().to_string(), evidence);
    let source =
        read_regular_file(path, &origin, limit).and_then(|bytes| Source::decode(origin.clone(), bytes));
    let outcome = source.and_then(|source| {
        reader(&source.text, &mut sink).map_err(|reason| Problem::new(origin, ProblemKind::Syntax, reason))
    });
    (sink.finish(), outcome.err().into_iter().collect())
}

/// Collects the packages of one file.
struct Sink {
    place: String,
    evidence: PackageEvidence,
    packages: Vec<Package>,
}

impl Sink {
    fn new(place: String, evidence: PackageEvidence) -> Self {
        Sink { place, evidence, packages: Vec::new() }
    }

    fn push(&mut self, ecosystem: Ecosystem, name: &str, version: &str) {
        self.push_as(self.evidence, ecosystem, name, version);
    }

    fn push_as(&mut self, evidence: PackageEvidence, ecosystem: Ecosystem, name: &str, version: &str) {
        let (name, version) = (name.trim(), version.trim());
        let is_sane = |text: &str| text.len() <= 512 && !text.chars().any(char::is_control);
        if name.is_empty() || !is_sane(name) || !is_sane(version) || self.packages.len() >= MAX_PACKAGES {
            return;
        }
        self.packages.push(Package {
            ecosystem: ecosystem.name().to_owned(),
            name: ecosystem.normal_name(name),
            version: version.to_owned(),
            place: self.place.clone(),
            evidence,
        });
    }

    /// Each package once, in order.
    fn finish(mut self) -> Vec<Package> {
        self.packages.sort_unstable();
        self.packages.dedup();
        self.packages
    }
}

/// Whether a package is worth opening a file for: a known product, named by an advisory, or about MCP.
fn is_relevant(ecosystem: Ecosystem, name: &str) -> bool {
    use crate::advisory::{Database, products};
    let name = ecosystem.normal_name(name);
    name.contains("mcp")
        || name.contains("modelcontextprotocol")
        || products::by_package(ecosystem, &name).is_some()
        || Database::embedded().knows(ecosystem, &name)
}
