//! Images that compose files, Helm values, manifests and Dockerfiles name, and what Dockerfiles install.

use std::collections::HashMap;

use super::{Sink, node, python};
use crate::report::PackageEvidence;
use crate::version::Ecosystem;

/// Image references by text: `image: REF`, and Helm's `repository:` with its `tag:`. Templates stay unread.
pub(super) fn yaml(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut helm: Option<Helm> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let mut indent = line.len() - content.len();
        let content = match content.strip_prefix("- ") {
            Some(item) => {
                indent += 2;
                item.trim_start()
            }
            None => content,
        };
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if helm.as_ref().is_some_and(|open| indent < open.indent)
            && let Some(done) = helm.take()
        {
            done.push(sink);
        }
        let Some((key, value)) = content.split_once(':') else {
            continue;
        };
        let value = scalar(value);
        match key.trim_matches(['"', '\'']) {
            "image" if !value.is_empty() => {
                if let Some((name, tag)) = reference(&value) {
                    sink.push(Ecosystem::Oci, &name, &tag);
                }
            }
            key @ ("repository" | "tag" | "registry") => {
                let same = helm.take_if(|open| open.indent == indent);
                if let Some(other) = helm.take() {
                    other.push(sink);
                }
                let mut open = same.unwrap_or(Helm {
                    indent,
                    registry: String::new(),
                    repository: String::new(),
                    tag: String::new(),
                });
                match key {
                    "repository" => open.repository = value,
                    "tag" => open.tag = value,
                    _ => open.registry = value,
                }
                helm = Some(open);
            }
            _ => {}
        }
    }
    if let Some(done) = helm {
        done.push(sink);
    }
    Ok(())
}

/// The image of one block of Helm values.
struct Helm {
    indent: usize,
    registry: String,
    repository: String,
    tag: String,
}

impl Helm {
    fn push(self, sink: &mut Sink) {
        let is_image = self.repository.contains('/') && !self.repository.contains("://");
        let full = match (self.registry.is_empty(), self.tag.is_empty()) {
            (true, true) => self.repository,
            (true, false) => format!("{}:{}", self.repository, self.tag),
            (false, true) => format!("{}/{}", self.registry, self.repository),
            (false, false) => format!("{}/{}:{}", self.registry, self.repository, self.tag),
        };
        if let Some((name, tag)) = reference(&full).filter(|_| is_image) {
            sink.push(Ecosystem::Oci, &name, &tag);
        }
    }
}

/// A YAML scalar on one line, without quotes and comment.
fn scalar(value: &str) -> String {
    let value = value.trim();
    let plain = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value.get(1..).and_then(|rest| rest.split(quote).next()),
        _ => value.split(" #").next(),
    };
    plain.unwrap_or_default().trim().to_owned()
}

/// Repository and tag of an image reference. A variable counts with its default (`${TAG:-1.2}`); a template that
/// has none is not a reference.
pub(crate) fn reference(text: &str) -> Option<(String, String)> {
    let text = defaults(text)?;
    if text.is_empty() || text.contains(['{', '$', ' ', '<']) || text.contains("://") {
        return None;
    }
    let text = text.split('@').next()?;
    let (name, tag) = match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (text, ""),
    };
    let name =
        name.strip_prefix("docker.io/").or_else(|| name.strip_prefix("index.docker.io/")).unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b':'));
    (!name.is_empty() && is_name).then(|| (name.to_ascii_lowercase(), tag.to_owned()))
}

fn defaults(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("${") {
        let (variable, tail) = tail.split_once('}')?;
        let default = variable.split_once(":-").or_else(|| variable.split_once('-'))?.1;
        out.push_str(head);
        out.push_str(default);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// `FROM`, and exact versions that `RUN` installs with pip, uv, pipx or npm.
pub(super) fn dockerfile(text: &str, sink: &mut Sink) -> Result<(), String> {
    let mut arguments: HashMap<String, String> = HashMap::new();
    let mut stages: Vec<String> = Vec::new();
    let mut heredoc: Option<String> = None;
    for line in logical_lines(text) {
        let line = substitute(line.trim(), &arguments);
        if let Some(end) = &heredoc {
            match line == *end {
                true => heredoc = None,
                false => installs(&line, sink),
            }
            continue;
        }
        let Some((instruction, rest)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        match instruction.to_ascii_uppercase().as_str() {
            "ARG" | "ENV" => {
                if let Some((name, value)) = rest.split_once('=') {
                    arguments
                        .insert(name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
                }
            }
            "FROM" => {
                let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
                let image = words.next().unwrap_or_default();
                let is_stage = stages.iter().any(|stage| stage.eq_ignore_ascii_case(image));
                if !is_stage
                    && image != "scratch"
                    && let Some((name, tag)) = reference(image)
                {
                    sink.push_as(PackageEvidence::Deployed, Ecosystem::Oci, &name, &tag);
                }
                stages.extend(words.nth(1).map(str::to_owned));
            }
            "RUN" => {
                heredoc = delimiter(rest);
                installs(rest, sink);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The word that ends the script behind `RUN <<EOF` or `RUN <<-"EOF"`.
fn delimiter(command: &str) -> Option<String> {
    let word = command.split_whitespace().find_map(|word| word.strip_prefix("<<"))?;
    let word = word.trim_start_matches('-').trim_matches(['"', '\'']);
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word.then(|| word.to_owned())
}

/// Lines with their continuations joined, comments dropped.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.trim_end().strip_suffix('\\') {
            Some(head) if open.len() < 64 * 1024 => {
                open.push_str(head);
                open.push(' ');
            }
            _ => {
                open.push_str(line);
                lines.push(std::mem::take(&mut open));
            }
        }
    }
    lines.push(open);
    lines
}

fn substitute(line: &str, arguments: &HashMap<String, String>) -> String {
    let mut out = line.to_owned();
    for (name, value) in arguments.iter().filter(|(_, value)| value.len() <= 256) {
        if out.len() > 64 * 1024 {
            break;
        }
        if out.contains('$') {
            out = out.replace(&format!("${{{name}}}"), value);
            if out.split_whitespace().any(|word| word.ends_with(&format!("${name}"))) {
                out = out.replace(&format!("${name}"), value);
            }
        }
    }
    out
}

fn installs(command: &str, sink: &mut Sink) {
    let words: Vec<&str> =
        command.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',', '[', ']', ';'])).collect();
    let calls = |programs: &[&str]| words.iter().any(|word| programs.contains(word));
    let is_python = calls(&["pip", "pip3", "pipx", "uv", "uvx"]);
    let is_node = calls(&["npm", "npx", "pnpm", "yarn", "bun", "bunx"]);
    for word in &words {
        if let Some((name, version)) = python::exact(word).filter(|_| is_python) {
            sink.push(Ecosystem::Pypi, name, version);
        }
        let exact = node::split_at_version(word)
            .filter(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit()));
        if let Some((name, version)) = exact.filter(|_| is_node) {
            sink.push(Ecosystem::Npm, name, version);
        }
    }
}
