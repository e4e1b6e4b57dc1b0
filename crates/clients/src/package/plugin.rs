//! Plugin manifests: files that say where the servers are, instead of what they are.

use std::path::{Component, Path, PathBuf};

use crate::config::Text;
use crate::lower::server::text;
use crate::source::ProblemKind;
use crate::tree::{Node, Value};

/// Where a plugin keeps its servers, in its own folder.
const SERVER_FILES: &[&str] = &[".mcp.json", ".claude-plugin/plugin.json"];

/// The folders that hold a plugin's manifest; paths in it count from the folder above.
const MANIFEST_FOLDERS: &[&str] = &[".claude-plugin", ".plugin", ".cursor-plugin", ".codex-plugin"];

/// The files to look at for a manifest that lists installed plugins (`plugins` as a list or a map, of folders, or
/// of entries with a path or a name), as the manifest spells them.
pub(crate) fn folders(root: &Node) -> Vec<Text> {
    let plugins = root.pointer("/plugins/*");
    // `installed_plugins.json` keeps a list of installations per plugin.
    let entries = plugins.into_iter().flat_map(|node| match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    });
    entries
        .flat_map(|entry| {
            let keys = ["installPath", "path", "folder", "directory", "dir"];
            let named = keys.iter().filter_map(|key| entry.member(key)).map(|member| &member.value);
            let mut folders: Vec<Text> = named.filter_map(text).collect();
            if folders.is_empty() {
                let names = ["id", "name"].iter().filter_map(|key| entry.member(key));
                folders.extend(names.filter_map(|member| text(&member.value)));
                folders.extend(entry.text().map(|path| Text::new(path, entry.span)));
            }
            folders
        })
        .flat_map(|folder| {
            let file = |file: &&str| {
                Text::new(format!("{}/{file}", folder.value.trim_end_matches(['/', '\\'])), folder.span)
            };
            SERVER_FILES.iter().map(file).collect::<Vec<_>>()
        })
        .collect()
}

/// The path that a manifest at `manifest` means by `reference`, without following anything. What leads out of the
/// plugin, or depends on a variable, is refused with a reason.
pub(crate) fn resolve(manifest: &Path, reference: &str) -> Result<PathBuf, (ProblemKind, String)> {
    let relative = ["${CLAUDE_PLUGIN_ROOT}", "${extensionPath}"]
        .iter()
        .find_map(|variable| reference.strip_prefix(variable))
        .map_or(reference, |rest| rest.trim_start_matches(['/', '\\']));
    if relative.contains("${") {
        let message = format!("which file `{}` means is known only when the plugin runs", shown(reference));
        return Err((ProblemKind::Dynamic, message));
    }
    if relative.contains('\0') {
        return Err((ProblemKind::Link, "a path with a NUL byte".to_owned()));
    }
    let is_installed = relative.ends_with(".mcp.json") || relative.ends_with("plugin.json");
    let is_absolute = Path::new(relative).is_absolute() || relative.chars().nth(1) == Some(':');
    if is_absolute && is_installed {
        // The host's own record of where it put a plugin.
        let path = PathBuf::from(relative);
        let is_plain = !path.components().any(|part| part == Component::ParentDir);
        return is_plain.then_some(path).ok_or_else(|| leads_out(reference));
    }
    if is_absolute {
        return Err(leads_out(reference));
    }
    // A Windows path that is read on another system is one name to it.
    let slashed = manifest.to_string_lossy().replace('\\', "/");
    let is_foreign = cfg!(unix) && !manifest.is_absolute() && slashed.chars().nth(1) == Some(':');
    let mut path = root_of(if is_foreign { Path::new(&slashed) } else { manifest });
    let depth = path.components().count();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
        if path.components().count() < depth {
            return Err(leads_out(reference));
        }
    }
    Ok(path)
}

fn leads_out(reference: &str) -> (ProblemKind, String) {
    let message = format!("`{}` leads out of the plugin and is not followed", shown(reference));
    (ProblemKind::Link, message)
}

/// A reference for a message: cut, and escaped because it is the attacker's and goes to a terminal.
fn shown(reference: &str) -> String {
    reference.chars().take(200).flat_map(char::escape_debug).collect()
}

/// The plugin's folder, from the path of its manifest.
fn root_of(manifest: &Path) -> PathBuf {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let is_github = name == "plugin" && folder.parent().is_some_and(|above| above.ends_with(".github"));
    let above = match MANIFEST_FOLDERS.contains(&name.as_ref()) {
        true => folder.parent(),
        false if is_github => folder.parent().and_then(Path::parent),
        false => None,
    };
    above.unwrap_or(folder).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_count_from_the_plugin_and_stay_inside_it() {
        let resolved = |manifest: &str, reference: &str| resolve(Path::new(manifest), reference).ok();
        let path = |path: &str| Some(PathBuf::from(path));
        assert_eq!(resolved("/p/.claude-plugin/plugin.json", "./mcp.json"), path("/p/mcp.json"));
        assert_eq!(resolved("/p/plugin.json", "${CLAUDE_PLUGIN_ROOT}/a/b.json"), path("/p/a/b.json"));
        assert_eq!(resolved("/p/.github/plugin/plugin.json", "x.json"), path("/p/x.json"));
        assert_eq!(resolved("/p/plugin.json", "a/../b.json"), path("/p/b.json"));
        for reference in
            ["../x.json", "a/../../x.json", "/etc/x.json", "C:\\x.json", "${HOME}/x.json", "x\0.json"]
        {
            assert_eq!(resolved("/p/plugin.json", reference), None, "{reference}");
        }
    }
}
