//! The tools of a session: what their definitions say of arguments, results and of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mantrap_mcp::meaning::{Part, Tool, walk};
use mantrap_mcp::{Batches, Limits, Message, Raw, Scanner};

use super::Setup;
use crate::arguments::Shape;
use crate::digest::Digest;
use crate::pins::Kind;
use crate::schema::{BadSchema, Schema};
use crate::verdict::Verdict;

/// Bytes of all schemas that are kept.
const MOST_BYTES: usize = 16 << 20;
/// Tools that are called and were never listed, whose labels are kept.
const MOST_HINTED: usize = 1024;

/// The definitions that passed, by name.
#[derive(Debug, Default)]
pub(super) struct Tools {
    known: BTreeMap<String, Known>,
    /// Names that the setup had no good definition for.
    unknown: BTreeSet<String>,
    /// The labels of tools that are called and were never listed.
    hinted: BTreeMap<String, Arc<BTreeSet<String>>>,
    bytes: usize,
}

#[derive(Debug)]
struct Known {
    digest: Digest,
    labels: Arc<BTreeSet<String>>,
    /// What its arguments are bound for.
    shape: Arc<Shape>,
    input: Side,
    output: Side,
}

/// A schema, compiled when it is first needed.
#[derive(Debug)]
enum Side {
    None,
    Written(String),
    Compiled(Box<Result<Schema, BadSchema>>),
}

impl Side {
    fn of(schema: Option<Raw<'_>>) -> Self {
        schema.map_or(Self::None, |schema| Self::Written(schema.json().to_owned()))
    }

    fn len(&self) -> usize {
        if let Self::Written(text) = self { text.len() } else { 0 }
    }

    fn check(&mut self, value: &str, what: &str) -> Verdict {
        if let Self::Written(text) = self {
            *self = Self::Compiled(Box::new(Schema::compile(text)));
        }
        let schema = match self {
            Self::Compiled(schema) => schema,
            Self::None | Self::Written(_) => return Verdict::allow(),
        };
        let wrong = |problem: String| Verdict::deny(format!("schema/{what}"), problem);
        let schema = match schema.as_ref() {
            Ok(schema) => schema,
            Err(bad) => return wrong(format!("the schema of the {what} cannot be used: {bad}")),
        };
        match serde_json::from_str(value) {
            Ok(value) => match schema.check(&value) {
                Ok(()) => Verdict::allow(),
                Err(invalid) => wrong(format!("the {what} do not fit their schema: {invalid}")),
            },
            Err(_) => wrong(format!("the {what} cannot be read")),
        }
    }
}

impl Tools {
    /// Keeps a definition that passed; whether there was room.
    pub(super) fn keep(&mut self, tool: &Tool<'_>, digest: Digest, setup: &Setup) -> bool {
        let name = tool.name.said();
        if self.known.get(&*name).is_some_and(|known| known.digest == digest) {
            return true;
        }
        let known = Known {
            digest,
            labels: Arc::new(setup.labels.of(&name, tool.annotations)),
            shape: Arc::new(shape(tool)),
            input: Side::of(tool.input_schema),
            output: Side::of(tool.output_schema),
        };
        let bytes = known.input.len() + known.output.len();
        if self.bytes + bytes > MOST_BYTES {
            return false;
        }
        self.bytes += bytes;
        self.unknown.remove(&*name);
        self.known.insert(name.into_owned(), known);
        true
    }

    /// The digest of the definition that is called.
    pub(super) fn digest(&self, name: &str) -> Option<Digest> {
        self.known.get(name).map(|known| known.digest)
    }

    pub(super) fn labels(&mut self, name: &str, setup: &Setup) -> Arc<BTreeSet<String>> {
        self.load(name, setup);
        let known = self.known.get(name).map(|known| &known.labels);
        if let Some(labels) = known.or_else(|| self.hinted.get(name)) {
            return Arc::clone(labels);
        }
        let labels = Arc::new(setup.labels.of(name, None));
        if self.hinted.len() >= MOST_HINTED {
            self.hinted.clear();
        }
        self.hinted.insert(name.to_owned(), Arc::clone(&labels));
        labels
    }

    /// What the arguments of a tool are bound for.
    pub(super) fn shape(&self, name: &str) -> Option<Arc<Shape>> {
        self.known.get(name).map(|known| Arc::clone(&known.shape))
    }

    pub(super) fn check_arguments(
        &mut self,
        name: &str,
        arguments: Option<Raw<'_>>,
        setup: &Setup,
    ) -> Verdict {
        self.load(name, setup);
        let known = self.known.get_mut(name);
        known.map_or_else(Verdict::allow, |known| {
            known.input.check(arguments.map_or("{}", Raw::json), "arguments")
        })
    }

    pub(super) fn check_result(&mut self, name: &str, value: Raw<'_>, setup: &Setup) -> Verdict {
        self.load(name, setup);
        let known = self.known.get_mut(name);
        known.map_or_else(Verdict::allow, |known| known.output.check(value.json(), "results"))
    }

    /// Takes the definition that was approved, where the session has not listed any yet.
    fn load(&mut self, name: &str, setup: &Setup) {
        if self.known.contains_key(name) || self.unknown.contains(name) {
            return;
        }
        let Some((text, pin)) = setup.definitions.get(name).zip(setup.pins.of(Kind::Tool, name)) else {
            return;
        };
        let line = format!(r#"{{"jsonrpc":"2.0","id":0,"result":{{"tools":[{text}]}}}}"#);
        let mut kept = false;
        if let Ok(Message::Single(envelope)) = Scanner::new(Limits::default()).read(&line, Batches::Refuse) {
            let walked = walk(&envelope, &mut |part| {
                if let Part::Tool(tool) = part
                    && Digest::of(tool.definition) == pin
                    && tool.name.said() == name
                {
                    kept = self.keep(&tool, pin, setup);
                }
            });
            kept &= walked.is_ok();
        }
        if !kept {
            self.unknown.insert(name.to_owned());
        }
    }
}

fn shape(tool: &Tool<'_>) -> Shape {
    let description = tool.description.map(|text| text.said()).unwrap_or_default();
    let schema = tool.input_schema.and_then(|schema| serde_json::from_str(schema.json()).ok());
    Shape::of(&tool.name.said(), &description, schema.as_ref())
}
