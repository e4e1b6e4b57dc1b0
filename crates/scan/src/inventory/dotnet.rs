//! .NET: NuGet's lock file and exact references in project files.

use std::collections::HashMap;

use serde::Deserialize;

use super::Sink;
use crate::version::Ecosystem;

pub(super) fn packages_lock(text: &str, sink: &mut Sink) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Entry {
        resolved: Option<String>,
    }
    #[derive(Deserialize)]
    struct Lock {
        dependencies: HashMap<String, HashMap<String, Entry>>,
    }
    let lock: Lock = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (name, entry) in lock.dependencies.values().flatten() {
        if let Some(version) = &entry.resolved {
            sink.push(Ecosystem::Nuget, name, version);
        }
    }
    Ok(())
}

/// `PackageReference` and `PackageVersion` of MSBuild files, `package` of `packages.config`. NuGet takes the lowest
/// version that a bare number allows, so a bare number is the version.
pub(super) fn project(text: &str, sink: &mut Sink) -> Result<(), String> {
    let document = roxmltree::Document::parse(text).map_err(|error| error.to_string().to_lowercase())?;
    for node in document.descendants() {
        let found = match node.tag_name().name() {
            "PackageReference" | "PackageVersion" | "GlobalPackageReference" => {
                let child = || node.children().find(|child| child.has_tag_name("Version"))?.text();
                let name = node.attribute("Include").or_else(|| node.attribute("Update"));
                name.zip(node.attribute("Version").or_else(child))
            }
            "package" => node.attribute("id").zip(node.attribute("version")),
            _ => None,
        };
        if let Some((name, version)) = found {
            let version = version.trim().trim_matches(['[', ']']);
            if !version.contains(['*', ',', '(', ')', '$']) {
                sink.push(Ecosystem::Nuget, name, version);
            }
        }
    }
    Ok(())
}
