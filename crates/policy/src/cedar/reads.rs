//! What policies look at, and so by which parts of a question they can answer differently.
//!
//! Owns the key by which answers are remembered. It has to hold everything that a policy could tell two questions apart by;
//! the rest is left out, so that a thousand resources that no policy names are one question.
//!
//! What a policy sees of a question is its action, attributes, tags of the arguments, and entities. An attribute cannot be
//! read without its name standing in the policy. An entity can only be compared: with those that the policies name, or with
//! another one of the question, which comes out the same for all entities of these types. What is above a named entity
//! follows from its own name and those of the others that are there. Nothing in Cedar makes a string of an entity.

use std::collections::{BTreeMap, BTreeSet};

use mantrap_mcp::Raw;
use serde_json::Value;

use super::Names;
use super::facts::{Facts, MOST_ARGUMENTS, On, directories, domains, leaves, scheme};
use crate::digest::Digest;

/// What the policies of a scope look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Every word in them: names of attributes among others.
    words: BTreeSet<String>,
    /// The ids of the entities that they name, by type.
    entities: BTreeMap<String, BTreeSet<String>>,
    /// The leaves of the arguments that they ask for, by pointer.
    leaves: BTreeSet<String>,
    /// Something could not be understood, so everything counts.
    everything: bool,
}

impl Reads {
    /// Takes note of a policy, in Cedar's JSON. Escapes are resolved in it, so nothing is spoken of that is not found there.
    pub(super) fn note(&mut self, policy: Option<&Value>) {
        match policy {
            Some(policy) => self.look(policy),
            None => self.everything = true,
        }
    }

    /// All of both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.words.extend(other.words.iter().cloned());
        for (kind, ids) in &other.entities {
            self.entities.entry(kind.clone()).or_default().extend(ids.iter().cloned());
        }
        self.leaves.extend(other.leaves.iter().cloned());
        self.everything |= other.everything;
        self
    }

    /// What need not be said at all where no policy speaks of it.
    pub(super) fn names(&self) -> Names {
        Names {
            arguments: self.speaks_of("arguments"),
            time: self.speaks_of("time"),
            paths: self.speaks_of("path") || self.speaks_of("Path"),
            hosts: self.speaks_of("host") || self.speaks_of("Host"),
        }
    }

    /// Whether a policy may look at what is called this.
    fn speaks_of(&self, word: &str) -> bool {
        self.everything || self.words.contains(word)
    }

    fn look(&mut self, json: &Value) {
        match json {
            Value::String(text) => {
                self.words.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.look(item)),
            Value::Object(members) => {
                if let (Some(Value::String(kind)), Some(Value::String(id))) =
                    (members.get("type"), members.get("id"))
                {
                    self.entities.entry(kind.clone()).or_default().insert(id.clone());
                }
                for (name, member) in members {
                    if matches!(name.as_str(), "getTag" | "hasTag") {
                        match member.get("right").and_then(|right| right.get("Value")) {
                            Some(Value::String(pointer)) => {
                                self.leaves.insert(pointer.clone());
                            }
                            _ => self.everything = true,
                        }
                    }
                    self.words.insert(name.clone());
                    self.look(member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Everything by which the policies can answer two questions differently.
    pub(super) fn key(&self, facts: &Facts<'_>) -> Vec<u8> {
        let mut key = Key(Vec::with_capacity(256));
        key.say(facts.action);
        if self.speaks_of("era") {
            key.say(facts.era);
        }
        if self.speaks_of("seen") {
            key.all(facts.seen);
        }
        if self.speaks_of("time") {
            key.say(&format!("{:?}", facts.clock()));
        }
        let Facts { who, server, .. } = facts;
        let around =
            [("User", &*who.user), ("Client", &who.client), ("Session", &who.session), ("Server", *server)];
        around.into_iter().for_each(|(kind, id)| self.entity(kind, id, &mut key));
        self.on(&facts.on, server, &mut key);
        if self.speaks_of("arguments")
            && let Some(arguments) = facts.arguments
        {
            self.arguments(arguments, &mut key);
        }
        key.0
    }

    /// What a message is about: its attributes, and which of the named entities it is or is in.
    fn on(&self, on: &On<'_>, server: &str, key: &mut Key) {
        let attribute = |name: &str, value: &str, key: &mut Key| {
            if self.speaks_of(name) {
                key.say(value);
            }
        };
        let offered = |kind: &str, name: &str, key: &mut Key| {
            key.say(kind);
            // The id need not be made where no policy names one of the kind.
            if self.everything || self.entities.contains_key(kind) {
                self.entity(kind, &format!("{server}/{name}"), key);
            }
        };
        match on {
            On::Server => key.say("server"),
            On::Tool { name, labels, pinned } => {
                offered("Tool", name, key);
                attribute("name", name, key);
                attribute("pinned", if *pinned { "pinned" } else { "" }, key);
                if self.speaks_of("labels") {
                    key.all(labels);
                }
            }
            On::Prompt(name) => {
                offered("Prompt", name, key);
                attribute("name", name, key);
            }
            On::Resource(uri) => {
                offered("Resource", uri, key);
                attribute("uri", uri, key);
                attribute("scheme", &scheme(uri), key);
            }
            On::Path(path, of) => {
                self.on(of, server, key);
                attribute("path", path, key);
                directories(path).for_each(|directory| self.entity("Path", directory, key));
                key.say(if self.has("Path", path) { "named path" } else { "path" });
            }
            On::Host(host, of) => {
                self.on(of, server, key);
                attribute("host", host, key);
                domains(host).for_each(|domain| self.entity("Host", domain, key));
                key.say(if self.has("Host", host) { "named host" } else { "host" });
            }
        }
    }

    /// An entity of the question, if a policy names it.
    fn entity(&self, kind: &str, id: &str, key: &mut Key) {
        if self.has(kind, id) {
            [kind, id].iter().for_each(|part| key.say(part));
        }
    }

    fn has(&self, kind: &str, id: &str) -> bool {
        self.everything || self.entities.get(kind).is_some_and(|ids| ids.contains(id))
    }

    /// The leaves that are asked for, and whether there are more in all than can be said.
    fn arguments(&self, arguments: Raw<'_>, key: &mut Key) {
        if self.everything {
            return key.say(&Digest::of(arguments).to_string());
        }
        let mut count = 0;
        leaves(arguments, String::new(), &mut |pointer, value| {
            count += 1;
            if self.leaves.contains(pointer) {
                key.say(pointer);
                key.say(&value.text().unwrap_or_else(|| value.json().into()));
            }
            count <= MOST_ARGUMENTS
        });
        key.say(if count > MOST_ARGUMENTS { "too many arguments" } else { "arguments" });
    }
}

/// Parts one after the other, each with its length, so that no two lists of parts read alike.
struct Key(Vec<u8>);

impl Key {
    fn say(&mut self, part: &str) {
        self.0.extend(part.len().to_le_bytes());
        self.0.extend(part.bytes());
    }

    fn all(&mut self, parts: &BTreeSet<String>) {
        self.0.extend(parts.len().to_le_bytes());
        parts.iter().for_each(|part| self.say(part));
    }
}
