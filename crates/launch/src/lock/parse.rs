//! From TOML to a lock: first the shape, by serde, then the meaning of every field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use toml::Spanned;

use mantrap_jail::Grant;

use super::grant::excludes;
use super::parameter::is_plain_path;
use super::template::is_name;
use super::{
    Entry, Lock, LockError, LockedGrant, MOST_BYTES, Parameter, RESERVED, Rules, Runtime, ScopeName,
    ServerName, Signed, Source, Template, Type, VERSION, source,
};
use crate::digest::{Digest, Of};

/// Servers of the longest lock, and items of the longest list in it.
const MOST: usize = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    #[serde(rename = "version")]
    _version: i64,
    #[serde(default)]
    rules: Option<RawRules>,
    #[serde(default)]
    server: BTreeMap<Spanned<String>, RawEntry>,
}

#[derive(Deserialize)]
struct RawVersion {
    version: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    scopes: Option<Vec<Spanned<String>>>,
    signature: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    source: Spanned<String>,
    integrity: Option<Spanned<String>>,
    tree: Option<Spanned<String>>,
    runtime: Option<RawRuntime>,
    #[serde(default)]
    arguments: Vec<Spanned<String>>,
    directory: Option<Spanned<String>>,
    deadline: Option<Spanned<String>>,
    #[serde(default)]
    files: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    parameters: BTreeMap<Spanned<String>, RawParameter>,
    #[serde(default)]
    grants: Vec<Spanned<String>>,
    #[serde(default)]
    waivers: Vec<Spanned<String>>,
    #[serde(default)]
    provenance: Vec<Spanned<String>>,
    #[serde(default)]
    tools: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    approvals: Vec<RawSigned>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRuntime {
    path: Spanned<String>,
    digest: Spanned<String>,
    version: Option<Spanned<String>>,
    called: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParameter {
    r#type: Spanned<String>,
    of: Option<Vec<String>>,
    value: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSigned {
    by: Spanned<String>,
    signature: Spanned<String>,
}

pub(super) fn lock(bytes: &[u8]) -> Result<Lock, LockError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(LockError::Large);
    }
    let text = str::from_utf8(bytes).map_err(|error| LockError::Encoding {
        line: 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count(),
    })?;
    let shape = |error: toml::de::Error| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        LockError::Shape { line, column, problem: error.message().trim().to_owned() }
    };
    // The version first: of a later one nothing else can be said.
    let RawVersion { version } = toml::from_str(text).map_err(shape)?;
    if version.as_ref().and_then(toml::Value::as_integer) != Some(VERSION) {
        let said = match version {
            None => "nothing".to_owned(),
            Some(toml::Value::Integer(number)) => format!("`{number}`"),
            Some(other) => format!("a {}", other.type_str()),
        };
        return Err(LockError::Version { said });
    }
    let raw: RawLock = toml::from_str(text).map_err(shape)?;
    let reader = Reader { text };
    let mut servers = BTreeMap::new();
    for (nth, (name, entry)) in raw.server.into_iter().enumerate() {
        let field = format!("server.{}", name.get_ref());
        let name: ServerName = reader.read(&name, "server")?;
        if nth >= MOST {
            return Err(reader.wrong(0, "server", "there are more than 4096"));
        }
        servers.insert(name, reader.entry(entry, &field)?);
    }
    Ok(Lock { rules: raw.rules.map_or_else(|| Ok(Rules::default()), |rules| reader.rules(rules))?, servers })
}

/// Line and column, in characters, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, at: usize, field: &str, problem: impl Display) -> LockError {
        LockError::Value {
            line: place(self.text, at).0,
            field: field.to_owned(),
            problem: problem.to_string(),
        }
    }

    fn read<T: FromStr<Err: Display>>(&self, text: &Spanned<String>, field: &str) -> Result<T, LockError> {
        text.get_ref().parse().map_err(|error: T::Err| self.wrong(text.span().start, field, error))
    }

    fn digest(&self, text: &Spanned<String>, field: &str, of: &[Of]) -> Result<Digest, LockError> {
        let digest: Digest = self.read(text, field)?;
        match of.contains(&digest.kind()) {
            true => Ok(digest),
            false if of == [Of::Tree] => {
                Err(self.wrong(text.span().start, field, "it is the digest of a tree, `tree:…`"))
            }
            false => Err(self.wrong(text.span().start, field, "it is the digest of bytes, `sha256:…`")),
        }
    }

    fn template(&self, text: &Spanned<String>, field: &str) -> Result<Template, LockError> {
        Template::parse(text.get_ref()).map_err(|error| self.wrong(text.span().start, field, error))
    }

    fn path(&self, text: &Spanned<String>, field: &str) -> Result<Template, LockError> {
        source::path(text.get_ref()).map_err(|error| self.wrong(text.span().start, field, error))
    }

    fn line(&self, text: &Spanned<String>, field: &str, most: usize) -> Result<String, LockError> {
        let value = text.get_ref();
        match value.is_empty() || value.len() > most || value.contains(crate::is_hidden) {
            false => Ok(value.clone()),
            true => Err(self.wrong(
                text.span().start,
                field,
                format!("it has 1 to {most} bytes and no character that cannot be seen"),
            )),
        }
    }

    fn rules(&self, raw: RawRules) -> Result<Rules, LockError> {
        let mut scopes = None;
        for word in raw.scopes.as_ref().unwrap_or(&Vec::new()) {
            let scope = match word.get_ref().as_str() {
                "user" => ScopeName::User,
                "project" => ScopeName::Project,
                _ => {
                    return Err(self.wrong(
                        word.span().start,
                        "rules.scopes",
                        "they are `user` and `project`",
                    ));
                }
            };
            scopes.get_or_insert_with(BTreeSet::new).insert(scope);
        }
        let signature = match raw.signature {
            None => false,
            Some(word) if word.get_ref() == "required" => true,
            Some(word) => {
                return Err(self.wrong(
                    word.span().start,
                    "rules.signature",
                    "it is `required`, or left out",
                ));
            }
        };
        Ok(Rules { scopes: scopes.or_else(|| raw.scopes.map(|_| BTreeSet::new())), signature })
    }

    fn entry(&self, raw: RawEntry, at: &str) -> Result<Entry, LockError> {
        let field = |name: &str| format!("{at}.{name}");
        let here = raw.source.span().start;
        let source: Source = self.read(&raw.source, &field("source"))?;
        let mut entry = Entry::new(source);
        if let Some(text) = &raw.integrity {
            if !is_integrity(text.get_ref()) {
                let problem = "it is one hash such as `sha512-…`, in base64 (Subresource Integrity)";
                return Err(self.wrong(text.span().start, &field("integrity"), problem));
            }
            entry.integrity = Some(text.get_ref().clone());
        }
        entry.tree = raw.tree.map(|text| self.digest(&text, &field("tree"), &[Of::Tree])).transpose()?;
        if let Some(runtime) = raw.runtime {
            entry.runtime = Some(Runtime {
                path: self.path(&runtime.path, &field("runtime.path"))?,
                digest: self.digest(&runtime.digest, &field("runtime.digest"), &[Of::Bytes])?,
                version: runtime
                    .version
                    .map(|text| self.line(&text, &field("runtime.version"), 128))
                    .transpose()?,
                called: runtime
                    .called
                    .map(|text| self.line(&text, &field("runtime.called"), 4096))
                    .transpose()?,
            });
        }
        for argument in &raw.arguments {
            entry.arguments.push(self.template(argument, &field("arguments"))?);
        }
        entry.directory = raw.directory.map(|text| self.template(&text, &field("directory"))).transpose()?;
        entry.deadline = raw.deadline.map(|text| self.read(&text, &field("deadline"))).transpose()?;
        for (path, digest) in &raw.files {
            let path = self.path(path, &field("files"))?;
            entry.files.insert(path, self.digest(digest, &field("files"), &[Of::Bytes, Of::Tree])?);
        }
        for (name, raw) in raw.parameters {
            let at = field(&format!("parameters.{}", name.get_ref()));
            let is_free = is_name(name.get_ref()) && !RESERVED.contains(&name.get_ref().as_str());
            if !is_free {
                let problem = "a parameter's name has at most 32 lower-case letters, digits and `-`, a letter first; `project` and `tree` are taken";
                return Err(self.wrong(name.span().start, &at, problem));
            }
            entry.parameters.insert(name.into_inner(), self.parameter(raw, &at)?);
        }
        let mut grants: Vec<Grant> = Vec::new();
        for text in &raw.grants {
            let (locked, grant) = LockedGrant::parse(text.get_ref(), |name| sample(&entry, name))
                .map_err(|error| self.wrong(text.span().start, &field("grants"), error))?;
            if grants.iter().any(|earlier| excludes(earlier, &grant)) || !entry.grants.insert(locked) {
                return Err(self.wrong(
                    text.span().start,
                    &field("grants"),
                    "it, or another value of it, stands there already",
                ));
            }
            grants.push(grant);
        }
        let twice = |text: &Spanned<String>, name: &str| {
            self.wrong(text.span().start, &field(name), "it stands there already")
        };
        for text in &raw.waivers {
            if !entry.waivers.insert(self.read(text, &field("waivers"))?) {
                return Err(twice(text, "waivers"));
            }
        }
        for text in &raw.provenance {
            if !entry.provenance.insert(self.line(text, &field("provenance"), 1024)?) {
                return Err(twice(text, "provenance"));
            }
        }
        for (name, digest) in &raw.tools {
            let name = self.line(name, &field("tools"), 256)?;
            entry.tools.insert(name, self.digest(digest, &field("tools"), &[Of::Bytes])?);
        }
        for RawSigned { by, signature } in &raw.approvals {
            entry.approvals.push(Signed {
                by: self.line(by, &field("approvals.by"), 256)?,
                signature: signature.get_ref().clone(),
            });
        }
        coherent(&entry).map_err(|(name, problem)| self.wrong(here, &field(name), problem))?;
        Ok(entry)
    }

    fn parameter(&self, raw: RawParameter, at: &str) -> Result<Parameter, LockError> {
        let here = raw.r#type.span().start;
        let has_words = raw.of.is_some();
        let word = raw.r#type.get_ref().as_str();
        let Some(of) = Type::read(word, raw.of) else {
            let problem = match word {
                "directory" | "port" if has_words => "only a word has `of`",
                "word" => "`of` lists its 1 to 64 words, of letters, digits, `.`, `_` and `-`",
                _ => "its type is `directory`, `port` or `word`",
            };
            return Err(self.wrong(here, at, problem));
        };
        if let Some(value) = &raw.value {
            of.check(value.get_ref()).map_err(|error| self.wrong(value.span().start, at, error))?;
        }
        Ok(Parameter { of, value: raw.value.map(Spanned::into_inner) })
    }
}

/// Any value of the right type.
fn sample<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    match name {
        "project" | "tree" => Some("/x"),
        _ => entry.parameters.get(name).map(|parameter| parameter.of.sample()),
    }
}

/// One hash of the W3C's Subresource Integrity, of the length that its name says.
fn is_integrity(text: &str) -> bool {
    let length = match text.split_once('-') {
        Some(("sha256", _)) => 32,
        Some(("sha384", _)) => 48,
        Some(("sha512", _)) => 64,
        _ => return false,
    };
    let hash = text.split_once('-').and_then(|(_, hash)| STANDARD.decode(hash).ok());
    hash.is_some_and(|hash| hash.len() == length)
}

/// What no field says alone: which field, and what is wrong with it.
fn coherent(entry: &Entry) -> Result<(), (&'static str, String)> {
    let says = |name, problem: &str| Err((name, problem.to_owned()));
    if matches!(entry.source, Source::Remote(_)) {
        let remote = Entry {
            tools: entry.tools.clone(),
            approvals: entry.approvals.clone(),
            ..Entry::new(entry.source.clone())
        };
        return match *entry == remote {
            true => Ok(()),
            false => says("source", "a remote server has no field but `source`, `tools` and `approvals`"),
        };
    }
    let Some(runtime) = &entry.runtime else {
        return says("runtime", "it is missing: what is executed, with its digest");
    };
    match &entry.source {
        source if source.has_tree() && entry.tree.is_none() => return says("tree", "it is missing"),
        source if source.has_tree() && entry.integrity.is_none() => {
            return says("integrity", "it is missing");
        }
        source if !source.has_tree() && entry.tree.is_some() => {
            return says("tree", "only what is installed has one; list directories under `files`");
        }
        source if !source.has_tree() && entry.integrity.is_some() => {
            return says("integrity", "only what is installed has one");
        }
        source if !source.has_tree() && !entry.provenance.is_empty() => {
            return says("provenance", "only what is installed has any");
        }
        Source::Oci(_) if !runtime.called.as_deref().is_some_and(is_plain_path) => {
            return says(
                "runtime.called",
                "it is missing: the absolute path in the image by which it is started",
            );
        }
        source if !matches!(source, Source::Oci(_)) && runtime.called.is_some() => {
            return says(
                "runtime.called",
                "only what an image brings is started by another name than its own",
            );
        }
        Source::Bin(path) if *path != runtime.path => {
            return says(
                "runtime.path",
                "the source is a program, so it is what is executed: write the same path",
            );
        }
        Source::Script(path) if !entry.files.contains_key(path) => {
            return says("files", "the script is missing");
        }
        _ => {}
    }
    let paths = std::iter::once(&runtime.path).chain(entry.files.keys()).chain(entry.source.path());
    let texts = paths.chain(&entry.arguments).chain(&entry.directory).flat_map(Template::names);
    let mut used: BTreeSet<&str> = texts.collect();
    used.extend(entry.grants.iter().flat_map(LockedGrant::names));
    let unknown = |name: &&&str| !entry.parameters.contains_key(**name) && !RESERVED.contains(*name);
    if let Some(name) = used.iter().find(unknown) {
        return Err(("parameters", format!("no parameter is called `{name}`")));
    }
    if used.contains("tree") && entry.tree.is_none() {
        return says("tree", "`{tree}` stands for it, and it is missing");
    }
    if let Some(name) = entry.parameters.keys().find(|name| !used.contains(name.as_str())) {
        return Err(("parameters", format!("nothing uses `{name}`; remove it")));
    }
    let is_directory = |template: &Template| {
        template.fill(|name| sample(entry, name)).is_ok_and(|filled| is_plain_path(&filled))
    };
    if !entry.directory.as_ref().is_none_or(is_directory) {
        return says("directory", "it is an absolute path in its shortest form, or a parameter");
    }
    Ok(())
}
