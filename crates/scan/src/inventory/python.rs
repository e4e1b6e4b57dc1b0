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

/// `pyproject.toml`: exact pins among the dependencies of the project (PEP 621), its groups (PEP 735), Poetry and uv.
pub(super) fn pyproject(text: &str, sink: &mut Sink) -> Result<(), String> {
    let root: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let at = |path: &[&str]| {
        let mut value = root.get(*path.first()?)?;
        for key in path.iter().skip(1) {
            value = value.get(*key)?;
        }
        Some(value)
    };
    let lists = [at(&["project", "dependencies"]), at(&["tool", "uv", "dev-dependencies"])];
    let maps = [at(&["project", "optional-dependencies"]), at(&["dependency-groups"])];
    let grouped = maps.into_iter().flatten().filter_map(toml::Value::as_table).flat_map(|map| map.values());
    let items = lists.into_iter().flatten().chain(grouped).filter_map(toml::Value::as_array).flatten();
    for (name, version) in items.filter_map(toml::Value::as_str).filter_map(exact) {
        sink.push(Ecosystem::Pypi, name, version);
    }
    let groups = at(&["tool", "poetry", "group"]).and_then(toml::Value::as_table);
    let of_groups = groups.into_iter().flat_map(|map| map.values()).map(|group| group.get("dependencies"));
    let tables = [at(&["tool", "poetry", "dependencies"]), at(&["tool", "poetry", "dev-dependencies"])];
    let tables = tables.into_iter().chain(of_groups).flatten().filter_map(toml::Value::as_table);
    for (name, value) in tables.flatten() {
        let version = value.as_str().or_else(|| value.get("version").and_then(toml::Value::as_str));
        let version = version.map(|version| version.trim_start_matches('=').trim());
        // Without an operator Poetry means exactly this version.
        let is_exact = |version: &&str| {
            version.starts_with(|first: char| first.is_ascii_digit())
                && !version.contains(['*', ',', ' ', '|'])
        };
        if let Some(version) = version.filter(is_exact).filter(|_| name != "python") {
            sink.push(Ecosystem::Pypi, name, version);
        }
    }
    Ok(())
}

/// `setup.cfg`: exact pins in the sections whose names begin with `options`.
pub(super) fn setup_cfg(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut is_options = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_options = line.starts_with("[options");
            continue;
        }
        let requirement = match line.split_once('=') {
            Some((_, rest)) if !line.starts_with(char::is_whitespace) && !rest.starts_with('=') => rest,
            _ => line,
        };
        if let Some((name, version)) = exact(requirement).filter(|_| is_options) {
            sink.push(Ecosystem::Pypi, name, version);
        }
    }
    Ok(())
}

/// A Conda `environment.yml`: `- name==1.2.3` of pip, `- channel::name=1.2.3=build` of Conda. `=1.2` is a range there.
pub(super) fn conda_environment(text: &str, sink: &mut Sink) -> Result<(), String> {
    for line in text.lines() {
        let Some(item) = line.trim().strip_prefix("- ") else {
            continue;
        };
        let item = item.split(" #").next().unwrap_or(item).trim().trim_matches(['"', '\'']);
        if let Some((name, version)) = exact(item) {
            sink.push(Ecosystem::Pypi, name, version);
            continue;
        }
        let mut parts = item.rsplit("::").next().unwrap_or(item).split('=');
        let (Some(name), Some(version)) = (parts.next(), parts.next()) else {
            continue;
        };
        let is_exact = parts.next().is_some() || version.matches('.').count() >= 2;
        let is_name =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if is_exact
            && is_name
            && version.starts_with(|first: char| first.is_ascii_digit())
            && !version.contains('*')
        {
            sink.push(Ecosystem::Pypi, name, version);
        }
    }
    Ok(())
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
