//! Policies in Cedar: what a person wrote down, asked about one message.
//!
//! Owns the reading and the answering. Strictest wins, in this order: a `forbid` denies; nothing that permits denies; a
//! `forbid` with `@ask` asks; otherwise it is allowed. Cedar skips a policy that fails on a message; here it denies.
//! Scopes (the system's, the user's) are asked each for itself, so that none can widen what another refuses.

mod examples;
mod facts;
mod reads;
mod scope;

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::{Decision, PolicySet};

pub use examples::{Example, Failed};
pub use facts::{Facts, On, Who};
pub use scope::{BadPolicy, Rule, SCHEMA, Scope, default_policy};

use crate::verdict::{Action, Verdict};
use reads::Reads;

/// Answers that are remembered.
const REMEMBERED: usize = 4096;

/// Every policy that counts, and the answers they gave.
#[derive(Debug)]
pub struct Policies {
    scopes: Vec<Arc<Scope>>,
    reads: Reads,
    names: Names,
    answers: HashMap<Vec<u8>, Verdict>,
}

/// What the policies speak of. What none does need not be said, and does not tell two questions apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Of single arguments.
    pub arguments: bool,
    /// Of the time.
    pub time: bool,
    /// Of single paths.
    pub paths: bool,
    /// Of single hosts.
    pub hosts: bool,
}

impl Policies {
    /// All of these scopes. No scope at all means that nobody permits anything.
    #[must_use]
    pub fn new(scopes: Vec<Arc<Scope>>) -> Self {
        let reads = scopes.iter().fold(Reads::default(), |reads, scope| reads.and(&scope.reads));
        Self { scopes, names: reads.names(), reads, answers: HashMap::new() }
    }

    /// What the policies speak of.
    #[must_use]
    pub const fn names(&self) -> Names {
        self.names
    }

    /// The scopes.
    #[must_use]
    pub fn scopes(&self) -> &[Arc<Scope>] {
        &self.scopes
    }

    /// What all policies together say of a message. Of an allowed one, the grounds are the policies that permit it.
    pub fn decide(&mut self, facts: &Facts<'_>) -> Verdict {
        let key = self.reads.key(facts);
        if let Some(answer) = self.answers.get(&key) {
            return answer.clone();
        }
        let answer = self.decide_anew(facts);
        if self.answers.len() >= REMEMBERED {
            self.answers.clear();
        }
        self.answers.insert(key, answer.clone());
        answer
    }

    fn decide_anew(&self, facts: &Facts<'_>) -> Verdict {
        self.decide_by(facts, |scope, request, entities| scope.decide(facts.action, request, entities))
    }

    fn decide_by(
        &self,
        facts: &Facts<'_>,
        decide: impl Fn(&Scope, &cedar_policy::Request, &cedar_policy::Entities) -> Verdict,
    ) -> Verdict {
        let (request, entities) = match facts.question(self.names.arguments) {
            Ok(question) => question,
            Err(unsaid) => return Verdict::deny("cedar/unsaid", unsaid.to_string()),
        };
        if self.scopes.is_empty() {
            return Verdict::deny("cedar/silence", "there is no policy");
        }
        let said = self.scopes.iter().map(|scope| decide(scope, &request, &entities));
        said.fold(Verdict::allow(), Verdict::and)
    }
}

/// The group of the schema that an action is in.
fn group(action: &str) -> Option<&'static str> {
    match action {
        "path" | "host" => None,
        "sampling/createMessage" | "elicitation/form" | "elicitation/url" | "roots/list" | "unknown-ask" => {
            Some("server")
        }
        _ => Some("client"),
    }
}

/// What one set says: which policies decide, or which of them failed.
struct Said {
    decision: Decision,
    by: Vec<String>,
    failed: Vec<String>,
}

fn ask(set: &PolicySet, request: &cedar_policy::Request, entities: &cedar_policy::Entities) -> Said {
    let response = cedar_policy::Authorizer::new().is_authorized(request, set, entities);
    let diagnostics = response.diagnostics();
    let failed = |error: &cedar_policy::AuthorizationError| {
        let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
        error.policy_id().to_string()
    };
    Said {
        decision: response.decision(),
        by: diagnostics.reason().map(ToString::to_string).collect(),
        failed: diagnostics.errors().map(failed).collect(),
    }
}

#[cfg(test)]
mod tests;
