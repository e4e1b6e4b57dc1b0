//! A package that has no wheel is built: its source is fetched and compared with what the index vouches for, then what
//! it is built with is fetched (wheels only), and then, with no network at all, its code runs in the jail and makes a wheel. The
//! package's dependencies are never built.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_jail::{Right, View};
use serde_json::Value;

use super::{LARGEST, Wheel, Work};
use crate::Digest;
use crate::install::InstallError;
use crate::install::entry::read_in;
use crate::install::tar::{Kind, Tar};
use crate::lock::normal;

/// Fetches one file of an index without pip, which would run its code to learn what it needs.
const FETCH: &str = include_str!("fetch.py");
/// Bytes of the largest source, and of a `pyproject.toml`.
const LARGEST_SOURCE: u64 = 512 << 20;
const LARGEST_PROJECT: u64 = 1 << 20;
/// What old packages are built with (PEP 518).
const USUAL: [&str; 2] = ["setuptools", "wheel"];

/// A wheel that was made here.
pub(super) struct Built {
    pub(super) wheel: Wheel,
    /// In the scratch.
    pub(super) path: PathBuf,
    /// Of the source, in hexadecimal digits.
    pub(super) source: String,
}

impl Work<'_> {
    /// Builds a wheel of one version of a package.
    pub(super) fn build(&self, package: &str, version: &str) -> Result<Built, InstallError> {
        let failed = |error| InstallError::io("the package cannot be built", error);
        let scratch = self.staging.scratch();
        let (sources, backend, wheels) =
            (scratch.join("source"), scratch.join("backend"), scratch.join("built"));
        for folder in [&sources, &backend, &wheels] {
            fs::create_dir(folder).map_err(failed)?;
        }
        let mut fetch: Vec<OsString> = ["-I", "-c", FETCH, package, version].map(OsString::from).into();
        fetch.push(sources.clone().into());
        let told = self.run("fetching its source", &self.how.runtime, fetch, true)?;
        let told: Value = serde_json::from_slice(&told).unwrap_or_default();
        let vouched = told.get("sha256").and_then(Value::as_str).unwrap_or_default();
        let bytes = read_in(&sources, "source.tar.gz", LARGEST_SOURCE)?;
        if Digest::of(&bytes).hex() != vouched {
            return Err(InstallError::package(
                package,
                "has a source that is not what the registry vouches for",
            ));
        }
        // Under the name that it had, which pip reads its version from.
        let archive = sources.join(format!("{package}-{version}.tar.gz"));
        fs::rename(sources.join("source.tar.gz"), &archive).map_err(failed)?;

        let needs = needs(&bytes).map_err(|why| InstallError::package(package, why))?;
        if !needs.is_empty() {
            let asked = scratch.join("backend.txt");
            fs::write(&asked, needs.join("\n") + "\n").map_err(failed)?;
            let mut install = self.pip_command();
            install.extend(["--target".into(), backend.clone().into(), "-r".into(), asked.into()]);
            self.run("pip (what it is built with)", &self.how.runtime, install, true)?;
        }

        let mut build: Vec<OsString> =
            ["-s", "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation"]
                .map(OsString::from)
                .into();
        build.extend(
            ["--no-cache-dir", "--quiet", "--disable-pip-version-check", "--wheel-dir"].map(OsString::from),
        );
        build.extend([wheels.clone().into(), archive.into()]);
        let mut errand = self.errand("building it", &self.how.runtime, build, false);
        // What it compiles may run, here and now, and so may what was fetched to build with, which it cannot change.
        errand.staging.1 = Right::Build;
        errand.views.push(View { path: backend.clone(), right: Right::Exec });
        let mut search = backend.join("bin").into_os_string();
        search.push(":/usr/bin:/bin");
        errand.variables.extend([("PYTHONPATH".into(), backend.into()), ("PATH".into(), search)]);
        errand.run()?;
        self.built(&wheels, package, version, vouched)
    }

    /// The one wheel that was made, which is of the package and the version that were asked for.
    fn built(
        &self,
        wheels: &Path,
        package: &str,
        version: &str,
        source: &str,
    ) -> Result<Built, InstallError> {
        let failed = |error| InstallError::io("the package cannot be built", error);
        let names: Vec<_> =
            fs::read_dir(wheels).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
        let file = names.first().and_then(|entry| entry.file_name().into_string().ok()).unwrap_or_default();
        let mut parts = file.split('-');
        let is_its =
            parts.next().is_some_and(|name| normal(name) == package) && parts.next() == Some(version);
        if names.len() != 1 || !is_its || Path::new(&file).extension().is_none_or(|end| end != "whl") {
            return Err(InstallError::package(package, "was built, and something else came of it"));
        }
        let bytes = read_in(wheels, &file, LARGEST_SOURCE)?;
        let sha256 = Digest::of(&bytes).hex();
        let wheel = Wheel { package: package.into(), version: version.into(), file: file.clone(), sha256 };
        Ok(Built { wheel, path: wheels.join(file), source: source.into() })
    }

    /// The wheels of everything that a wheel of ours needs, and that one.
    pub(super) fn resolve_built(&self, built: &Built) -> Result<Vec<Wheel>, InstallError> {
        let scratch = self.staging.scratch();
        let mut resolve = self.pip_command();
        resolve.extend(["--dry-run", "--ignore-installed", "--report"].map(OsString::from));
        resolve.extend([scratch.join("report.json").into(), built.path.clone().into()]);
        self.run("pip (wheels only)", &self.how.runtime, resolve, true)?;
        let report: Value =
            serde_json::from_slice(&read_in(&scratch, "report.json", LARGEST)?).unwrap_or_default();
        let mut report = report;
        // The index does not vouch for what was made here.
        if let Some(all) = report.get_mut("install").and_then(Value::as_array_mut) {
            let url = format!("file://{}", built.path.display());
            all.retain(|one| one.pointer("/download_info/url").and_then(Value::as_str) != Some(&url));
        }
        let mut wheels = super::pip_report(report.to_string().as_bytes())?;
        wheels.retain(|wheel| normal(&wheel.package) != built.wheel.package);
        wheels.push(built.wheel.clone());
        Ok(wheels)
    }
}

/// What a source says that it is built with.
fn needs(source: &[u8]) -> Result<Vec<String>, String> {
    let plain = flate2::bufread::MultiGzDecoder::new(source);
    let mut tar = Tar::new(std::io::Read::take(plain, 4 * LARGEST_SOURCE));
    let usual = || USUAL.map(String::from).to_vec();
    let unreadable = |error: std::io::Error| format!("has a source that cannot be read: {error}");
    while let Some(entry) = tar.next().map_err(unreadable)? {
        let is_project =
            entry.path.len() == 2 && entry.path.last().is_some_and(|name| name == b"pyproject.toml");
        if !is_project || entry.kind != Kind::File {
            continue;
        }
        let text = tar.all(LARGEST_PROJECT).map_err(unreadable)?;
        let table: Option<toml::Table> = String::from_utf8(text).ok().and_then(|text| text.parse().ok());
        let table = table.ok_or("has a pyproject.toml that cannot be read")?;
        let Some(all) = table.get("build-system").and_then(|system| system.get("requires")?.as_array())
        else {
            return Ok(usual());
        };
        // Each is one line of a list for pip, in which options and addresses have their place too.
        let is_plain = |need: &str| {
            need.starts_with(|first: char| first.is_ascii_alphanumeric())
                && !need.contains(['\n', '\r', '@', '\\', '#'])
                && !need.contains("--")
                && !need.contains("://")
                && need.len() < 512
        };
        let needs = all.iter().map(|need| need.as_str().filter(|need| is_plain(need)).map(String::from));
        let needs: Option<Vec<String>> = needs.collect();
        return needs.ok_or_else(|| "asks to be built with something that is no plain package".into());
    }
    Ok(usual())
}
