//! Schemas: whether a value is what a pinned schema says, at a cost that is known beforehand.
//!
//! Owns the compiled schemas. Never reaches beyond a schema for what it refers to: no file, no network, no other
//! document. What cannot be compiled, or would cost too much to check, is not valid.

mod cost;

use jsonschema::{Draft, PatternOptions, Retrieve, Uri, Validator};
use serde_json::Value;

use cost::Plan;

/// Bytes of the largest schema.
const MOST_BYTES: usize = 256 << 10;
/// Bytes that the automaton of one pattern may take.
const PATTERN_BYTES: usize = 1 << 20;
/// Steps back that one pattern may take on one text, where it needs any: lookaheads do.
const PATTERN_STEPS: usize = 10_000;

/// A schema, ready to check values with.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
    plan: Plan,
}

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchema {
    /// Longer than 256 KiB.
    #[error("it has more than {MOST_BYTES} bytes")]
    Large,
    /// No JSON Schema.
    #[error("it is no schema: {0}")]
    Wrong(String),
    /// Refers to another document.
    #[error("it refers to `{0}`, which is not in it")]
    Remote(String),
    /// Goes round without getting anywhere, or grows without end.
    #[error("it refers to itself in a way that cannot be bounded")]
    Endless,
}

/// Why a value is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is not what the schema says.
    #[error("{at}: {problem}")]
    Value {
        /// A JSON pointer; `the value` for all of it.
        at: String,
        /// Without the value itself.
        problem: String,
    },
    /// To find out takes too long.
    #[error("to check it takes more than {} steps", cost::MOST)]
    Cost,
}

/// Never fetches anything.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` is not fetched").into())
    }
}

impl Schema {
    /// Compiles a schema: JSON Schema 2020-12, unless it names an older draft.
    ///
    /// # Errors
    /// [`BadSchema`].
    pub fn compile(json: &str) -> Result<Self, BadSchema> {
        if json.len() > MOST_BYTES {
            return Err(BadSchema::Large);
        }
        let schema: Value =
            serde_json::from_str(json).map_err(|error| BadSchema::Wrong(error.to_string()))?;
        let plan = Plan::of(&schema)?;
        let patterns = PatternOptions::fancy_regex()
            .backtrack_limit(PATTERN_STEPS)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES);
        let mut options = jsonschema::options().with_retriever(Nowhere).with_pattern_options(patterns);
        if schema.get("$schema").is_none() {
            options = options.with_draft(Draft::Draft202012);
        }
        let validator =
            options.build(&schema).map_err(|error| BadSchema::Wrong(error.masked().to_string()))?;
        Ok(Self { validator, plan })
    }

    /// Whether a value is what the schema says.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, value: &Value) -> Result<(), Invalid> {
        if !self.plan.is_affordable(value) {
            return Err(Invalid::Cost);
        }
        if self.validator.is_valid(value) {
            return Ok(());
        }
        let Err(error) = self.validator.validate(value) else { return Ok(()) };
        let at = error.instance_path().to_string();
        let at =
            if at.is_empty() { "the value".to_owned() } else { format!("`{}`", crate::pins::shown(&at)) };
        let problem = crate::pins::shown(&error.masked_with("it").to_string()).into_owned();
        Err(Invalid::Value { at, problem })
    }
}

#[cfg(test)]
mod tests;
