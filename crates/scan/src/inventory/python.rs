//! Python: installed distributions, requirements, Pipfile and Conda records.

use serde::Deserialize;

use super::Sink;
use crate::version::Ecosystem;

/// Name and version from `NAME-VERSION.dist-info` (PEP 376, PEP 427).
pub(super) fn dist_info(directory: &str) -> Option<(String, String)> {
    let (name, version) = directory.strip_suffix(".dist-info")?.split_once('-')?;
    (!name.is_empty() && !version.is_empty()).then(|| (name.to_owned(), version.to_owned()))
}

/// Name and version from `NAME-VERSION[-pyX.Y].egg-info` or `.egg`.
pub(super) fn egg_info(entry: &str) -> Option<(String, String)> {
    let stem = entry.strip_suffix(".egg-info").or_else(|| entry.strip_suffix(".egg"))?;
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    (!name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit()))
        .then(|| (name.to_owned(), version.to_owned()))
}

/// Core metadata: the headers up to the first empty line.
pub(super) fn pkg_info(text: &str, sink: &mut Sink) -> Result<(), String> {
    let header =
        |key: &str| text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(key));
    match (header("Name:"), header("Version:")) {
        (Some(name), Some(version)) => sink.push(Ecosystem::Pypi, name, version),
        _ => return Err("it has no `Name` or no `Version`".to_owned()),
    }
    Ok(())
}

/// `requirements.txt` and what pip-compile writes: only exact versions say what will be installed.
pub(super) fn requirements(text: &str, sink: &mut Sink) -> Result<(), String> {
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim().trim_end_matches('\\');
        if line.starts_with(['#', '-']) {
            continue;
        }
        if let Some((name, version)) = exact(line) {
            sink.push(Ecosystem::Pypi, name, version);
        }
    }
    Ok(())
}

/// `name[extra]==1.2.3 ; marker` (PEP 508) as name and version.
pub(super) fn exact(requirement: &str) -> Option<(&str, &str)> {
    let requirement = requirement.split(';').next()?.trim();
    let (name, version) = requirement.split_once("==")?;
    let version = version.trim_start_matches('=').trim();
    let version = version.split([' ', ',', '\t']).next()?;
    let name = name.split('[').next()?.trim().trim_matches(['"', '\'', '(']);
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let version = version.trim_matches(['"', '\'', ')']);
    (is_name && !version.is_empty() && !version.contains(['*', '$', '{'])).then_some((name, version))
}

pub(super) fn pipfile_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Entry {
        version: Option<String>,
    }
    type Section = std::collections::HashMap<String, Entry>;
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        default: Section,
        #[serde(default)]
        develop: Section,
    }
    let lock: Lock = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (name, entry) in lock.default.iter().chain(&lock.develop) {
        let version = entry.version.as_deref().unwrap_or_default();
        sink.push(Ecosystem::Pypi, name, version.trim_start_matches('='));
    }
    Ok(())
}

/// `conda-meta/*.json`. Conda packages of Python programs carry the names that PyPI knows.
pub(super) fn conda_meta(text: &str, sink: &mut Sink) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Meta {
        name: String,
        version: String,
    }
    let meta: Meta = serde_json::from_str(text).map_err(|error| error.to_string())?;
    sink.push(Ecosystem::Pypi, &meta.name, &meta.version);
    Ok(())
}
