//! npm packages, through the real npm.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_jail::Right;
use serde_json::{Value, json};

use super::entry::{reaches, read_in};
use super::errand::Errand;
use super::settings::{Reach, Surroundings};
use super::vouch::Heard;
use super::{Builds, How, InstallError, Installed, in_tree, installation, npmrc, publish, vouch};
use crate::provenance::Artifact;
use crate::store::{DiskStore, Package, Record, Staging};

/// Bytes of the largest `package-lock.json`, and of one package's own description.
const LARGEST: u64 = 64 << 20;

/// Installs one version of a package and everything that it needs. No script of any of them runs.
///
/// # Errors
/// [`InstallError`]; then the store is as it was.
pub fn install(
    store: &DiskStore,
    package: &str,
    version: &str,
    how: &How,
    surroundings: &Surroundings,
) -> Result<Installed, InstallError> {
    let Npm { npm, home, reach } = Npm::of(how, surroundings)?;
    let staging = store.stage()?.within(how.limits);
    let wanted = json!({ "private": true, "dependencies": { package: version } });
    let description = staging.tree().join("package.json");
    fs::write(&description, format!("{wanted:#}\n"))
        .map_err(|error| InstallError::io("the package cannot be asked for", error))?;
    Errand {
        tool: "npm",
        program: &how.runtime,
        arguments: arguments(npm, "install", &staging),
        reach: &reach,
        installations: vec![installation(&how.runtime, surroundings.home.as_deref()), home.into()],
        staging: (staging.path(), Right::Write),
        how,
        online: true,
        views: Vec::new(),
        variables: Vec::new(),
    }
    .run()?;
    let (packages, scripts) = packages(&staging)?;
    let named = packages.iter().find(|one| one.name == package && one.version == version);
    let integrity = named.map(|named| named.integrity.clone()).ok_or_else(|| {
        InstallError::package(package, "was asked for in one version, and the registry gave another")
    })?;
    how.expected.check_integrity(&integrity)?;
    let of = Artifact { package, version, integrity: &integrity };
    let places = vec![installation(&how.runtime, surroundings.home.as_deref())];
    let Heard { vouched, runtime } = vouch::npm(of, &reach, places, &staging, how)?;
    let built = match how.builds {
        Builds::InJail => scripts.clone(),
        Builds::Never => Vec::new(),
    };
    if !built.is_empty() {
        let mut rebuild = rebuild(npm, how, &staging);
        rebuild.extend(["--".into()].into_iter().chain(built.iter().map(OsString::from)));
        Errand {
            tool: "npm (install scripts)",
            program: &how.runtime,
            arguments: rebuild,
            reach: &reach,
            installations: vec![installation(&how.runtime, surroundings.home.as_deref()), home.into()],
            // What a script has compiled may run, here and now.
            staging: (staging.path(), Right::Build),
            how,
            online: false,
            views: Vec::new(),
            variables: Vec::new(),
        }
        .run()?;
    }
    let left_out = scripts.iter().filter(|_| how.builds == Builds::Never);
    let notes = left_out.map(|name| {
        format!(
            "`{name}` has an install script, which was not run; `--allow-build` runs it, jailed and offline"
        )
    });
    let program = program(&staging, package, how.program.as_deref())?;
    let record = Record {
        source: format!("npm:{package}@{version}"),
        integrity: integrity.clone(),
        program: how.program.clone(),
        installer: format!("npm {}", own_version(home)),
        packages,
        notes: notes.chain(vouched.notes).collect(),
        built,
    };
    let tree = publish(staging, &record, &how.expected)?;
    Ok(Installed {
        tree,
        integrity,
        arguments: vec![in_tree(&program)],
        record,
        provenance: vouched.statements,
        runtime,
    })
}

/// The exact version of a package that a wish (a range or tag, or nothing for the newest) means now.
///
/// # Errors
/// [`InstallError`].
pub fn newest(
    store: &DiskStore,
    package: &str,
    wish: Option<&str>,
    how: &How,
    surroundings: &Surroundings,
) -> Result<String, InstallError> {
    let Npm { npm, home, reach } = Npm::of(how, surroundings)?;
    let staging = store.stage()?.within(how.limits);
    let mut arguments = arguments(npm, "view", &staging);
    let asked = format!("{package}@{}", wish.unwrap_or("latest"));
    arguments.extend(["--json".into(), "--".into(), asked.into(), "version".into()]);
    let printed = Errand {
        tool: "npm",
        program: &how.runtime,
        arguments,
        reach: &reach,
        installations: vec![installation(&how.runtime, surroundings.home.as_deref()), home.into()],
        staging: (staging.path(), Right::Write),
        how,
        online: true,
        views: Vec::new(),
        variables: Vec::new(),
    }
    .run()?;
    // One version is a text, several that fit are a list, the highest last.
    let found: Value = serde_json::from_slice(&printed).unwrap_or_default();
    let found = found.as_str().or_else(|| found.as_array()?.last()?.as_str());
    found
        .map(String::from)
        .ok_or_else(|| InstallError::package(package, "has no such version in the registry"))
}

/// The npm of this machine, and what reaches its registries.
struct Npm<'a> {
    npm: &'a Path,
    home: &'a Path,
    reach: Reach,
}

impl<'a> Npm<'a> {
    fn of(how: &'a How, surroundings: &Surroundings) -> Result<Self, InstallError> {
        let npm = how
            .installer
            .as_deref()
            .ok_or_else(|| InstallError::Program("no npm was found; install it".into()))?;
        let home = npm.parent().and_then(Path::parent).unwrap_or(npm);
        // `PREFIX/lib/node_modules/npm` and `PREFIX/etc/npmrc`.
        let global = home.ancestors().nth(3).unwrap_or(home).join("etc/npmrc");
        Ok(Self { npm, home, reach: npmrc::reach(surroundings, &global)? })
    }
}

fn arguments(npm: &Path, command: &str, staging: &Staging) -> Vec<OsString> {
    let mut arguments = places(npm, command, staging);
    let options = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-bin-links",
        "--no-update-notifier",
        "--omit=dev",
        "--omit-lockfile-registry-resolved=false",
        "--install-links=true",
        "--git=/git-is-not-available-here",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-timeout=60000",
        "--loglevel=error",
        "--no-progress",
    ];
    arguments.extend(options.map(OsString::from));
    arguments
}

/// Runs install scripts of what is there, one after the other. What they compile is compiled for this Node.
fn rebuild(npm: &Path, how: &How, staging: &Staging) -> Vec<OsString> {
    let mut arguments = places(npm, "rebuild", staging);
    let options =
        ["--offline", "--no-update-notifier", "--foreground-scripts", "--loglevel=error", "--no-progress"];
    arguments.extend(options.map(OsString::from));
    // What npm from version 11 on asks for, and others do not know.
    arguments.push("--dangerously-allow-all-scripts".into());
    let prefix = how.runtime.parent().and_then(Path::parent);
    if let Some(headers) = prefix.filter(|prefix| prefix.join("include/node/node.h").is_file()) {
        let mut option = OsString::from("--nodedir=");
        option.push(headers);
        arguments.push(option);
    }
    arguments
}

fn places(npm: &Path, command: &str, staging: &Staging) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![npm.into(), command.into()];
    for (option, value) in [
        ("--prefix", staging.tree()),
        ("--cache", staging.scratch().join("npm")),
        ("--userconfig", PathBuf::from(npmrc::INSIDE)),
        ("--globalconfig", PathBuf::from("/dev/null")),
    ] {
        arguments.extend([option.into(), value.into()]);
    }
    arguments
}

/// What npm says it installed. Everything has to come from a registry and to have been checked against its word. And
/// which of it has an install script.
fn packages(staging: &Staging) -> Result<(Vec<Package>, Vec<String>), InstallError> {
    let lock = read_in(&staging.tree(), "package-lock.json", LARGEST)?;
    let lock: Value = serde_json::from_slice(&lock)
        .map_err(|error| InstallError::package("package-lock.json", format!("cannot be read: {error}")))?;
    let (mut packages, mut scripts) = (Vec::new(), Vec::new());
    let installed = lock.get("packages").and_then(Value::as_object);
    for (place, about) in installed.into_iter().flatten().filter(|(place, _)| !place.is_empty()) {
        let text = |key| about.get(key).and_then(Value::as_str);
        let name = place.rsplit_once("node_modules/").map_or(place.as_str(), |(_, name)| name);
        let name = text("name").unwrap_or(name);
        let is_there = staging.tree().join(place).is_dir();
        if !is_there && about.get("optional").and_then(Value::as_bool) == Some(true) {
            continue; // For another system.
        }
        if about.get("inBundle").and_then(Value::as_bool) == Some(true) {
            continue; // Bytes of the package that brings it.
        }
        let integrity = text("integrity").filter(|integrity| is_strong(integrity));
        let from =
            text("resolved").is_some_and(|from| from.starts_with("https://") || from.starts_with("http://"));
        let (Some(integrity), Some(version), true) = (integrity, text("version"), from) else {
            return Err(InstallError::package(
                name,
                "does not come from a registry that vouches for its bytes (no SHA-512, or a link, a folder, git)",
            ));
        };
        if about.get("hasInstallScript").and_then(Value::as_bool) == Some(true) {
            scripts.push(name.to_owned());
        }
        packages.push(Package { name: name.into(), version: version.into(), integrity: integrity.into() });
    }
    packages.sort();
    packages.dedup();
    scripts.sort();
    scripts.dedup();
    Ok((packages, scripts))
}

/// SHA-1, which old packages have alone, proves nothing any more.
fn is_strong(integrity: &str) -> bool {
    ["sha512-", "sha384-", "sha256-"].iter().any(|kind| integrity.starts_with(kind))
        && !integrity.contains(' ')
}

/// The program of a package: of the name that was asked for, or of the package's own, or the only one.
fn program(staging: &Staging, package: &str, asked: Option<&str>) -> Result<String, InstallError> {
    let folder = format!("node_modules/{package}");
    let about = read_in(&staging.tree(), &format!("{folder}/package.json"), LARGEST)?;
    let about: Value = serde_json::from_slice(&about).map_err(|error| {
        InstallError::package(package, format!("has a package.json that cannot be read: {error}"))
    })?;
    let own = package.rsplit_once('/').map_or(package, |(_, name)| name);
    let programs: Vec<(&str, &str)> = match about.get("bin") {
        Some(Value::String(path)) => vec![(own, path)],
        Some(Value::Object(all)) => {
            all.iter().filter_map(|(name, path)| Some((name.as_str(), path.as_str()?))).collect()
        }
        _ => Vec::new(),
    };
    let wanted = asked.unwrap_or(own);
    let found = programs.iter().find(|(name, _)| *name == wanted);
    let found =
        found.or_else(|| (programs.len() == 1 && asked.is_none()).then(|| programs.first()).flatten());
    let Some((_, path)) = found else {
        let names: Vec<&str> = programs.iter().map(|(name, _)| *name).take(20).collect();
        return Err(InstallError::Program(match names.as_slice() {
            [] => format!("`{package}` has no program to start"),
            names => {
                format!("`{package}` has several programs, name one: {}", crate::visible(&names.join(", ")))
            }
        }));
    };
    let path = format!("{folder}/{}", path.trim_start_matches("./"));
    match reaches(&staging.tree(), &path) && path.starts_with(&folder) {
        true => Ok(path),
        false => Err(InstallError::package(
            package,
            format!("names `{}` as its program, which is no file of its own", crate::visible(&path)),
        )),
    }
}

fn own_version(home: &Path) -> String {
    let about: Option<Value> =
        fs::read(home.join("package.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let version = about.as_ref().and_then(|about| about.get("version")?.as_str());
    version.unwrap_or("of an unknown version").into()
}
