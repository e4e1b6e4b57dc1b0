//! Node: installed packages, and the lock files of npm, pnpm, Yarn and Bun.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::Sink;
use crate::version::Ecosystem;

/// Whether a `package.json` stands where an installer puts it: `node_modules/NAME` or `node_modules/@SCOPE/NAME`.
pub(super) fn is_installed(path: &Path) -> bool {
    let mut parents = path
        .ancestors()
        .skip(2)
        .map(|parent| parent.file_name().and_then(|name| name.to_str()).unwrap_or_default());
    match parents.next() {
        Some("node_modules") => true,
        Some(scope) if scope.starts_with('@') => parents.next() == Some("node_modules"),
        _ => false,
    }
}

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
}

/// An installed package. Some carry neither name nor version; they are nobody's.
pub(super) fn package_json(text: &str, sink: &mut Sink) -> Result<(), String> {
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let (Some(name), Some(version)) = (manifest.name, manifest.version) {
        sink.push(Ecosystem::Npm, &name, &version);
    }
    Ok(())
}

/// `package-lock.json`, versions 1 to 3, and the hidden one inside `node_modules`.
pub(super) fn package_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    let lock: Lock = serde_json::from_str(text).map_err(|error| error.to_string())?;
    // Version 2 carries both lists; `packages` is the complete one.
    let found = match lock.packages.0.is_empty() {
        true => lock.dependencies.0,
        false => lock.packages.0,
    };
    for (name, version) in found {
        sink.push(Ecosystem::Npm, &name, &version);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    packages: Packages,
    #[serde(default)]
    dependencies: Dependencies,
}

#[derive(Deserialize)]
struct LockEntry {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    link: bool,
}

/// Keys are paths: `node_modules/a/node_modules/@s/b`. Streamed, so that a lock of megabytes keeps only pairs.
#[derive(Default)]
struct Packages(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Packages {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Packages;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a map of packages")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Packages, A::Error> {
                let mut found = Vec::new();
                while let Some(path) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    let entry: LockEntry = map.next_value()?;
                    let installed = path.rsplit_once("node_modules/").map(|(_, name)| name.to_owned());
                    let name = entry.name.or(installed);
                    if let (Some(name), Some(version), false) = (name, entry.version, entry.link) {
                        found.push((name, version));
                    }
                }
                Ok(Packages(found))
            }
        }
        from.deserialize_map(Keys)
    }
}

/// Keys are names, and dependencies nest.
#[derive(Default)]
struct Dependencies(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Dependencies {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Entry {
            version: Option<String>,
            #[serde(default)]
            dependencies: Dependencies,
        }
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Dependencies;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a map of dependencies")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dependencies, A::Error> {
                let mut found = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let entry: Entry = map.next_value()?;
                    if let Some(version) = entry.version {
                        // An alias: `npm:real@1.2.3`.
                        match version.strip_prefix("npm:").and_then(split_at_version) {
                            Some((real, version)) => found.push((real.to_owned(), version.to_owned())),
                            None => found.push((name, version)),
                        }
                    }
                    found.extend(entry.dependencies.0);
                }
                Ok(Dependencies(found))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Dependencies, E> {
                Ok(Dependencies::default())
            }
        }
        from.deserialize_any(Names)
    }
}

/// `@scope/name@1.2.3` as name and version.
pub(super) fn split_at_version(spec: &str) -> Option<(&str, &str)> {
    let (name, version) = spec.rsplit_once('@')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

/// `pnpm-lock.yaml`: the keys under `packages:`; `/name/1.0.0` (v5), `/name@1.0.0(peer)` (v6), `name@1.0.0` (v9).
pub(super) fn pnpm_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut is_packages = false;
    let mut is_v5 = false;
    for line in text.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            is_v5 |= line.starts_with("lockfileVersion: 5");
            is_packages = line.trim_end() == "packages:";
            continue;
        }
        let Some(key) = line.strip_prefix("  ").filter(|rest| is_packages && !rest.starts_with(' ')) else {
            continue;
        };
        let Some(key) = key.trim_end().strip_suffix(':').or_else(|| key.split(": {").next()) else {
            continue;
        };
        let key = key.trim_matches(['\'', '"']).trim_start_matches('/');
        let key = key.split('(').next().unwrap_or(key);
        let found = match is_v5 {
            true => v5(key),
            false => split_at_version(key),
        };
        let is_number = |version: &str| version.starts_with(|first: char| first.is_ascii_digit());
        if let Some((name, version)) = found.filter(|(_, version)| is_number(version)) {
            sink.push(Ecosystem::Npm, name, version);
        }
    }
    Ok(())
}

/// `@scope/name/1.0.0_react@18.0.0`: the first segment that begins with a digit is the version, peers follow it.
fn v5(key: &str) -> Option<(&str, &str)> {
    let slash = key.match_indices('/').map(|(at, _)| at);
    let mut splits = slash.filter_map(|at| Some((key.get(..at)?, key.get(at + 1..)?)));
    let (name, version) = splits.find(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()))?;
    Some((name, version.split('_').next()?))
}

/// `yarn.lock`, version 1 and Berry.
pub(super) fn yarn_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut name = String::new();
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            name = yarn_name(line).unwrap_or_default().to_owned();
            continue;
        }
        let Some(member) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) else {
            continue;
        };
        let version = member.strip_prefix("version ").or_else(|| member.strip_prefix("version:"));
        if let Some(version) = version {
            let version = version.trim().trim_matches('"');
            // Berry writes this for packages of the workspace itself.
            if version != "0.0.0-use.local" {
                sink.push(Ecosystem::Npm, &name, version);
            }
        }
    }
    Ok(())
}

/// The package behind `"alias@npm:@scope/name@^1.0.0", other@…:`.
fn yarn_name(header: &str) -> Option<&str> {
    let first = header.trim_end().trim_end_matches(':').split(',').next()?;
    let spec = first.trim().trim_matches('"');
    let name_end = spec.get(1..)?.find('@')? + 1;
    let (name, range) = spec.split_at_checked(name_end)?;
    let alias = range.strip_prefix("@npm:").and_then(|real| {
        let end = real.get(1..)?.find('@')? + 1;
        real.get(..end)
    });
    Some(alias.unwrap_or(name))
}

/// `bun.lock`: JSON with trailing commas, one package a line: `"name": ["name@1.2.3", …]`.
pub(super) fn bun_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut is_packages = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("\"packages\"") {
            is_packages = true;
            continue;
        }
        let spec = line.split_once(": [\"").and_then(|(_, rest)| rest.split('"').next());
        if let Some((name, version)) = spec.filter(|_| is_packages).and_then(split_at_version)
            && version.starts_with(|first: char| first.is_ascii_digit())
        {
            sink.push(Ecosystem::Npm, name, version);
        }
    }
    match is_packages {
        true => Ok(()),
        false => Err("it has no `packages`".to_owned()),
    }
}
