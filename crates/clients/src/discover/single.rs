//! One file, or one text without a file: what a person was sent and has not installed yet.
//!
//! Its name says which clients would read it; a name that says nothing leaves the shape. What nobody knows by name is
//! somebody else's until it is installed: its scope is [`Scope::Package`].

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::claim::{Claim, SWEEP, read_all};
use super::disk::{Disk, Place};
use super::walk::Patterns;
use super::{Found, Os, settle};
use crate::catalog::{Client, Dialect, Evidence, FileSpec, client, clients};
use crate::config::{Config, Scope, Text};
use crate::format::{self, Document, Format};
use crate::lower;
use crate::paths::{Bases, Probe, Step, Style, alternatives, steps};
use crate::source::{MAX_CONFIG_BYTES, Origin, Problem, Source, read_regular_file};
use crate::tree::{Node, Value};

/// How a ZIP archive begins (APPNOTE 4.3.7).
const ZIP: &[u8] = b"PK\x03\x04";

/// Reads one file: as the clients that know its name would, else by its shape. In `home` lie the user's own. A file that configures no server and
/// is none of a client's gives nothing.
pub fn file(path: &Path, os: Os, home: Option<&Path>) -> Found {
    let mut found = by_name(path, os, home);
    let has_servers = found.configs.iter().any(|config| !config.servers.is_empty());
    // A bundle, a store that is not read, or a broken file of a known name: the shape knows no better.
    if !has_servers && found.problems.is_empty() {
        let shaped = shape_of_file(path);
        let knows_more = shaped.configs.iter().any(|config| !config.servers.is_empty());
        if knows_more || found.configs.is_empty() {
            found.configs = shaped.configs;
            found.problems = shaped.problems;
        }
    }
    found.probed.push(path.display().to_string());
    settle(&mut found);
    found
}

/// Reads a text by its shape. Braces that were lost when it was copied from a page are added.
pub fn text(origin: Origin, bytes: Vec<u8>) -> Found {
    let mut found = Found::default();
    match Source::decode(origin.clone(), bytes) {
        Ok(source) => {
            let shaped = by_shape(&source, None);
            let is_fragment = shaped.configs.is_empty() && source.text.trim_start().starts_with('"');
            // A fragment that is none either way is reported as it was written.
            let braced = Source::decode(origin, format!("{{{}}}", source.text).into_bytes());
            found = match braced.map(|source| by_shape(&source, Some(Format::Json5))) {
                Ok(braced) if is_fragment && !braced.configs.is_empty() => braced,
                _ => shaped,
            };
        }
        Err(problem) => found.problems.push(problem),
    }
    settle(&mut found);
    found
}

fn by_name(path: &Path, os: Os, home: Option<&Path>) -> Found {
    let mut found = Found::default();
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return found;
    };
    let place = |path: &Path| Place { named: path.to_path_buf(), real: path.to_path_buf() };
    let claim = |client, spec, project: Option<&Path>| Claim {
        place: place(path),
        client,
        spec,
        fence: project.map(place),
        project: project.map(Path::to_path_buf),
        home: None,
        is_referenced: false,
    };
    let every = || clients().iter().flat_map(|client| client.files.iter().map(move |spec| (client, spec)));
    let disk = Disk::new(os, None);
    let bases = Bases { os, style: disk.style(), home, environment: None };
    let is_own = |spec: &FileSpec| {
        let probes = spec.paths(os).iter().flat_map(|pattern| bases.probes(pattern));
        probes.into_iter().any(|probe| leads_to(&probe, path))
    };
    // A user's own file, else a project's, else a copy of either.
    let mut claims: Vec<Claim> =
        every().filter(|(_, spec)| is_own(spec)).map(|(client, spec)| claim(client, spec, None)).collect();
    if claims.is_empty() {
        let patterns = Patterns::of_every_client();
        let projects = patterns.matches(folder, name);
        let claimed = projects.iter().map(|(pattern, root)| claim(pattern.client, pattern.spec, Some(root)));
        claims.extend(claimed);
    }
    if claims.is_empty() {
        let is_like = |spec: &FileSpec| {
            let of_systems = [&spec.linux, &spec.macos, &spec.windows];
            of_systems.into_iter().flatten().any(|pattern| ends_like(path, pattern))
        };
        claims.extend(
            every().filter(|(_, spec)| is_like(spec)).map(|(client, spec)| claim(client, spec, None)),
        );
    }
    let read = read_all(&disk, claims);
    found.configs = read.configs;
    found.problems = read.problems;
    found
}

/// Whether a probe, followed from its base, is at `path`. `**` leads to plugins, which have a project's names too.
fn leads_to(probe: &Probe, path: &Path) -> bool {
    let Ok(rest) = path.strip_prefix(&probe.base) else {
        return false;
    };
    let names: Vec<_> = rest.iter().map(|name| name.to_string_lossy()).collect();
    names.len() == probe.steps.len()
        && probe.steps.iter().zip(&names).all(|(step, name)| *step != Step::Deep && step.matches(name, false))
}

/// Whether the last two names of a path are those of a pattern. One alone (`settings.json`) is anybody's.
fn ends_like(path: &Path, pattern: &str) -> bool {
    let names: Vec<String> = path.iter().rev().take(2).map(|name| name.to_string_lossy().into()).collect();
    let is_base = |name: &str| name.contains(['~', '$', '%']);
    alternatives(&pattern.replace('\\', "/")).iter().any(|pattern| {
        let steps = steps(pattern, Style::Unix);
        let last: Vec<&Step> = steps.iter().rev().take(2).collect();
        let is_telling = matches!(last.as_slice(), [_, Step::Name(folder)] if !is_base(folder));
        is_telling && names.len() == 2 && last.iter().zip(&names).all(|(step, name)| step.matches(name, true))
    })
}

fn shape_of_file(path: &Path) -> Found {
    let mut found = Found::default();
    let origin = Origin::file(path);
    let bytes = match read_regular_file(path, &origin, MAX_CONFIG_BYTES) {
        Ok(bytes) => bytes,
        Err(problem) => {
            found.problems.push(problem);
            return found;
        }
    };
    if bytes.starts_with(ZIP) {
        match format::bundle::read(path, origin) {
            Ok((source, document)) => {
                keep(&mut found, &source, document, &spec(Format::Bundle, Dialect::Single, &[]))
            }
            Err(problem) => found.problems.push(problem),
        }
        return found;
    }
    match Source::decode(origin, bytes) {
        Ok(source) => by_shape(&source, by_extension(path)),
        Err(problem) => {
            found.problems.push(problem);
            found
        }
    }
}

fn by_extension(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "json" | "jsonc" => Format::Jsonc,
        "json5" => Format::Json5,
        "toml" => Format::Toml,
        "yaml" | "yml" => Format::Yaml,
        "xml" => Format::Xml,
        "md" => Format::FrontMatter,
        _ => return None,
    })
}

/// The first reading that finds servers; else what stands in the way of the likeliest one.
fn by_shape(source: &Arc<Source>, likely: Option<Format>) -> Found {
    let by_start: &[Format] = match source.text.trim_start().chars().next() {
        Some('{') => &[Format::Json5, Format::Yaml],
        Some('[') => &[Format::Json5, Format::Toml, Format::Yaml],
        Some('<') => &[Format::Xml],
        _ => &[Format::Toml, Format::Yaml, Format::FrontMatter],
    };
    let mut first: Option<Problem> = None;
    let mut was_read = false;
    for format in likely.iter().chain(by_start) {
        let document = match format::parse(source, *format) {
            Ok(document) => document,
            Err(problem) => {
                first.get_or_insert(problem);
                continue;
            }
        };
        was_read |= matches!(document.root.value, Value::Map(_) | Value::List(_));
        let mut found = Found::default();
        let spec = spec_by_shape(&document.root, *format);
        keep(&mut found, source, document, &spec);
        if !found.configs.is_empty() {
            return found;
        }
    }
    // What is in order in any of them and names no server is simply something else.
    let is_broken = !was_read && is_about_servers(source);
    Found {
        problems: first.into_iter().filter(|_| is_broken || likely.is_some()).collect(),
        ..Found::default()
    }
}

fn is_about_servers(source: &Source) -> bool {
    let text = source.text.to_ascii_lowercase();
    text.contains("mcp") || text.contains("\"command\"") || text.contains("\"url\"")
}

fn spec_by_shape(root: &Node, format: Format) -> FileSpec {
    let is_map = |key: &str| root.member(key).is_some_and(|member| !member.value.members().is_empty());
    let is_list = |key: &str| root.member(key).is_some_and(|member| !member.value.items().is_empty());
    if format == Format::Xml || format == Format::FrontMatter {
        return spec(format, Dialect::Servers, &every_key());
    }
    if root.member("startCommand").is_some() {
        spec(format, Dialect::Smithery, &["/"])
    } else if is_map("services") && format == Format::Yaml {
        spec(format, Dialect::Compose, &["/services"])
    } else if root.member("name").is_some() && (is_list("packages") || is_list("remotes")) {
        spec(format, Dialect::Registry, &["/"])
    } else if !root.pointer("/server/mcp_config").is_empty() {
        spec(format, Dialect::Single, &["/server/mcp_config"])
    } else {
        spec(format, Dialect::Servers, &every_key())
    }
}

/// Every place where any client keeps servers.
fn every_key() -> Vec<&'static str> {
    let specs = clients().iter().flat_map(|client| &client.files);
    let keyed = specs.filter(|spec| spec.dialect == Dialect::Servers);
    let mut seen = HashSet::new();
    keyed.flat_map(|spec| &spec.keys).map(String::as_str).filter(|key| seen.insert(*key)).collect()
}

fn spec(format: Format, dialect: Dialect, keys: &[&str]) -> FileSpec {
    FileSpec {
        scope: Scope::Package,
        linux: Vec::new(),
        macos: Vec::new(),
        windows: Vec::new(),
        project: Vec::new(),
        format,
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        dialect,
        evidence: Evidence::Reported,
        notes: String::new(),
    }
}

/// Lowers a document and keeps it if it configures a server.
fn keep(found: &mut Found, source: &Arc<Source>, document: Document, spec: &FileSpec) {
    let Some(client): Option<&'static Client> = client(SWEEP) else { return };
    let (mut config, problems, _) = lower::config(Arc::clone(source), document, client, spec);
    if spec.dialect == Dialect::Servers && spec.format != Format::Bundle {
        only_servers(&mut config);
    }
    if !config.servers.is_empty() {
        found.configs.push(config);
        found.problems.extend(problems);
    }
}

/// With the keys of every client at once, much is in the right place and no server.
fn only_servers(config: &mut Config) {
    let mut seen = HashSet::new();
    config.servers.retain(|server| lower::looks_like_server(&server.node) && seen.insert(server.span));
    config.irregularities.retain(|found| found.kind != crate::config::IrregularityKind::WrongShape);
    if config.servers.is_empty() && lower::looks_like_server(&config.tree) {
        let name = Text::new("", config.tree.span);
        config.servers.extend(lower::server(name, &config.tree, config.tree.span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text_: &str) -> Vec<String> {
        let found = text(Origin::file("<stdin>"), text_.into());
        found
            .configs
            .iter()
            .flat_map(|config| &config.servers)
            .map(|server| server.name.value.clone())
            .collect()
    }

    #[test]
    fn a_pasted_config_is_read_whatever_its_dialect() {
        for text in [
            r#"{"mcpServers": {"a": {"command": "npx"}}}"#,
            r#"{"servers": {"a": {"url": "https://example.com"}}} // comment"#,
            r#""mcpServers": {"a": {"command": "npx"}}"#,
            r#""a": {"command": "npx"}"#,
            r#"{"a": {"command": "npx", "args": []}}"#,
            "[mcp_servers.a]\ncommand = \"npx\"\n",
            "mcpServers:\n  a:\n    command: npx\n",
            "mcpServers:\n  - name: a\n    command: npx\n",
            r#"{"context_servers": {"a": {"command": "npx"}}}"#,
        ] {
            assert_eq!(names(text), ["a"], "{text}");
        }
        assert_eq!(names(r#"{"command": "npx", "args": ["x"]}"#), [""]);
        let registry = r#"{"name": "io.example/a", "packages": [{"registryType": "npm", "identifier": "x", "version": "1.0.0", "transport": {"type": "stdio"}}]}"#;
        assert_eq!(names(registry).len(), 1);
        assert_eq!(names("services:\n  litellm:\n    image: mcp/fetch:1.0\n").len(), 1);
    }

    #[test]
    fn what_is_no_config_is_nothing_and_what_is_a_broken_one_is_a_problem() {
        for text_ in ["", "hello", "{\"a\": 1}", "[1, 2]", "a: b\n", "key = 1\n"] {
            let found = text(Origin::file("<stdin>"), text_.into());
            assert!(found.configs.is_empty() && found.problems.is_empty(), "{text_}: {:?}", found.problems);
        }
        let found = text(Origin::file("<stdin>"), "{\"mcpServers\": ".into());
        assert_eq!(found.problems.len(), 1);
        let found = text(Origin::file("<stdin>"), vec![0xc3, 0x28]);
        assert_eq!(found.problems.len(), 1);
    }

    #[test]
    fn the_last_two_names_tell_a_users_file() {
        assert!(ends_like(
            Path::new("/tmp/x/Claude/claude_desktop_config.json"),
            "%APPDATA%\\Claude\\claude_desktop_config.json"
        ));
        assert!(ends_like(Path::new("/tmp/.cursor/mcp.json"), "~/.cursor/mcp.json"));
        assert!(!ends_like(Path::new("/tmp/.cursor/mcp.json"), "~/mcp.json"));
        assert!(!ends_like(Path::new("/tmp/x/mcp.json"), "~/.cursor/mcp.json"));
    }
}
