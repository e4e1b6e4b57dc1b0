//! What an approval is an approval of: one canonical document per entry, whose SHA-256 is the digest that is approved.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::digest::{Digest, canonical::canonical};
use crate::lock::{Entry, ServerName, Type};

/// Texts that have no order, sorted by their bytes.
fn words<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    texts.collect::<std::collections::BTreeSet<_>>().into_iter().map(Value::from).collect()
}

/// The format, and the first thing that another one would change.
const FORMAT: &str = "mantrap-entry/1";

/// The values of the parameters that a lock leaves open.
pub type Values = BTreeMap<String, String>;

/// Everything about an entry that decides what runs, in canonical form. Two documents are equal exactly when their
/// digests are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(Value);

impl Document {
    /// The document of an entry, with the values of its open parameters. An open parameter without a value stays open.
    #[must_use]
    pub fn of(name: &ServerName, entry: &Entry, values: &Values) -> Self {
        let mut out = Map::new();
        let mut put = |member: &str, value: Value| drop(out.insert(member.to_owned(), value));
        put("format", FORMAT.into());
        put("name", name.as_str().into());
        put("source", entry.source.to_string().into());
        if let Some(integrity) = &entry.integrity {
            put("integrity", integrity.as_str().into());
        }
        if let Some(tree) = &entry.tree {
            put("tree", tree.to_string().into());
        }
        if let Some(runtime) = &entry.runtime {
            let mut out = Map::new();
            out.insert("path".into(), runtime.path.as_str().into());
            out.insert("digest".into(), runtime.digest.to_string().into());
            if let Some(version) = &runtime.version {
                out.insert("version".into(), version.as_str().into());
            }
            if let Some(called) = &runtime.called {
                out.insert("called".into(), called.as_str().into());
            }
            put("runtime", out.into());
        }
        put("arguments", entry.arguments.iter().map(|argument| Value::from(argument.as_str())).collect());
        if let Some(directory) = &entry.directory {
            put("directory", directory.as_str().into());
        }
        if let Some(deadline) = entry.deadline {
            put("deadline", deadline.to_string().into());
        }
        let digests = |(path, digest): (&str, &Digest)| (path.to_owned(), Value::from(digest.to_string()));
        put(
            "files",
            Value::Object(entry.files.iter().map(|(path, of)| digests((path.as_str(), of))).collect()),
        );
        put("tools", Value::Object(entry.tools.iter().map(|(tool, of)| digests((tool, of))).collect()));
        put("grants", entry.grants.iter().map(|grant| Value::from(grant.as_str())).collect());
        // Left out where there are none: entries of before have the digests that they had.
        if !entry.waivers.is_empty() {
            put("waivers", words(entry.waivers.iter().map(|waiver| waiver.word())));
        }
        if !entry.provenance.is_empty() {
            put("provenance", words(entry.provenance.iter().map(String::as_str)));
        }
        let mut parameters = Map::new();
        for (name, parameter) in &entry.parameters {
            let mut out = Map::new();
            out.insert("type".into(), parameter.of.word().into());
            if let Type::Word(words) = &parameter.of {
                out.insert("of".into(), json!(words));
            }
            if let Some(value) = parameter.value.as_ref().or_else(|| values.get(name)) {
                out.insert("value".into(), value.as_str().into());
            }
            parameters.insert(name.clone(), out.into());
        }
        put("parameters", parameters.into());
        Self(Value::Object(out))
    }

    /// The canonical bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        canonical(&self.0)
    }

    /// The SHA-256 of the canonical bytes: what is approved.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes())
    }

    /// Reads back the bytes of the document with this digest; `None` for any others.
    #[must_use]
    pub fn parse(bytes: &[u8], digest: &Digest) -> Option<Self> {
        (Digest::of(bytes) == *digest).then_some(())?;
        serde_json::from_slice(bytes).ok().map(Self)
    }

    /// As JSON.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.0
    }
}
