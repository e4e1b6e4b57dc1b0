//! Editor extensions: the manifest says that servers are registered, the JavaScript says which.

use std::path::PathBuf;
use std::sync::Arc;

use super::claim::{Claim, Lowered, MAX_SCRIPT_BYTES, lowered};
use super::disk::{Disk, Place};
use crate::catalog::{Dialect, FileSpec};
use crate::format::{self, Format};
use crate::source::{Origin, Problem, ProblemKind, Source};

/// What a manifest must contain to be worth parsing. Extensions are many and few register servers.
const CONTRIBUTION: &str = "mcpServerDefinitionProviders";

/// Reads the script that the manifest `source` names, if the extension registers servers.
pub(super) fn registered(
    disk: &Disk,
    source: &Arc<Source>,
    claim: &Claim,
    spec: &FileSpec,
) -> Result<Lowered, Problem> {
    let mut all = Lowered::default();
    if memchr::memmem::find(source.text.as_bytes(), CONTRIBUTION.as_bytes()).is_none() {
        return Ok(all);
    }
    let document = format::parse(source, Format::Json)?;
    if !spec.keys.iter().any(|key| !document.root.pointer(key).is_empty()) {
        return Ok(all);
    }
    let spec = FileSpec {
        format: Format::ExtensionJs,
        dialect: Dialect::Servers,
        keys: vec!["/mcpServers".into()],
        ..spec.clone()
    };
    let entry_points: Vec<&str> =
        ["main", "browser"].iter().filter_map(|key| document.root.member(key)?.value.text()).collect();
    for entry_point in entry_points {
        let Some(script) = script(disk, claim, entry_point) else {
            continue;
        };
        let script = Source::open(&script.real, Origin::file(&script.named), MAX_SCRIPT_BYTES)
            .and_then(|script| lowered(disk, &script, claim, &spec));
        match script {
            Ok(script) => {
                all.configs.extend(script.configs.into_iter().filter(|config| !config.servers.is_empty()));
                all.problems.extend(script.problems);
            }
            Err(problem) => all.problems.push(problem),
        }
    }
    if all.configs.is_empty() && all.problems.is_empty() {
        let message = "this extension registers servers; which ones is known only when it runs";
        all.problems.push(Problem::new(source.origin.clone(), ProblemKind::Dynamic, message));
    }
    Ok(all)
}

/// The script below the manifest's folder. One outside of it is not the extension's.
fn script(disk: &Disk, claim: &Claim, entry_point: &str) -> Option<Place> {
    let style = disk.style();
    let mut named: PathBuf = style.parent(&claim.place.named)?;
    for name in crate::paths::Style::Windows.names(entry_point.as_ref()) {
        if name == ".." {
            return None;
        }
        named = style.join(&named, &name);
    }
    // `require` adds the extension where it is missing.
    let with_extension = PathBuf::from(format!("{}.js", named.display()));
    [named, with_extension].iter().filter_map(|named| disk.locate(named)).find(|place| place.real.is_file())
}
