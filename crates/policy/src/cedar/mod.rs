//! Policies in Cedar: what a person wrote down, asked about one message.
//!
//! Owns the reading and the answering. Strictest wins, in this order: a `forbid` denies; nothing that permits denies; a
//! `forbid` with `@ask` asks; otherwise it is allowed. Cedar skips a policy that fails on a message; here it denies.
//! Scopes (the system's, the user's) are asked each for itself, so that none can widen what another refuses.

mod examples;
mod facts;
mod scope;

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::{Decision, PolicySet};

pub use examples::{Example, Failed};
pub use facts::{Facts, On, Who};
pub use scope::{BadPolicy, Rule, SCHEMA, Scope, default_policy};

use crate::digest::Digest;
use crate::verdict::{Action, Verdict};

/// Answers that are remembered.
const REMEMBERED: usize = 4096;

/// Every policy that counts, and the answers they gave.
#[derive(Debug)]
pub struct Policies {
    scopes: Vec<Arc<Scope>>,
    names: Names,
    answers: HashMap<Vec<u8>, (Verdict, Arc<str>)>,
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
        let names = scopes.iter().fold(Names::default(), |names, scope| Names {
            arguments: names.arguments || scope.names.arguments,
            time: names.time || scope.names.time,
            paths: names.paths || scope.names.paths,
            hosts: names.hosts || scope.names.hosts,
        });
        Self { scopes, names, answers: HashMap::new() }
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
        self.decide_and_tell(facts).0
    }

    /// The same, and the question as [`Example::question`] reads it.
    pub(crate) fn decide_and_tell(&mut self, facts: &Facts<'_>) -> (Verdict, Arc<str>) {
        let key = self.key(facts);
        if let Some(answer) = self.answers.get(&key) {
            return answer.clone();
        }
        let answer = (self.decide_anew(facts), facts.to_question().into());
        if self.answers.len() >= REMEMBERED {
            self.answers.clear();
        }
        self.answers.insert(key, answer.clone());
        answer
    }

    fn decide_anew(&self, facts: &Facts<'_>) -> Verdict {
        let (request, entities) = match facts.question(self.names.arguments) {
            Ok(question) => question,
            Err(unsaid) => return Verdict::deny("cedar/unsaid", unsaid.to_string()),
        };
        if self.scopes.is_empty() {
            return Verdict::deny("cedar/silence", "there is no policy");
        }
        let said = self.scopes.iter().map(|scope| scope.decide(&request, &entities));
        said.fold(Verdict::allow(), Verdict::and)
    }

    /// Everything by which two questions can be answered differently.
    fn key(&self, facts: &Facts<'_>) -> Vec<u8> {
        let mut key = Vec::with_capacity(256);
        let mut say = |part: &str| {
            key.extend(part.len().to_le_bytes());
            key.extend(part.bytes());
        };
        let Who { user, client, session } = facts.who;
        [user, client, session, facts.action, facts.server, facts.era].iter().for_each(|part| say(part));
        facts.seen.iter().for_each(|label| say(label));
        say_of(&facts.on, &mut say);
        if self.names.time {
            say(&format!("{:?}", facts.clock()));
        }
        if self.names.arguments
            && let Some(arguments) = facts.arguments
        {
            say(&Digest::of(arguments).to_string());
        }
        key
    }
}

fn say_of(on: &On<'_>, say: &mut impl FnMut(&str)) {
    match on {
        On::Server => say("server"),
        On::Tool { name, labels, pinned } => {
            say(if *pinned { "pinned tool" } else { "tool" });
            say(name);
            labels.iter().for_each(|label| say(label));
        }
        On::Prompt(name) => ["prompt", name].iter().for_each(|part| say(part)),
        On::Resource(uri) => ["resource", uri].iter().for_each(|part| say(part)),
        On::Path(path, of) => {
            ["path", path].iter().for_each(|part| say(part));
            say_of(of, say);
        }
        On::Host(host, of) => {
            ["host", host].iter().for_each(|part| say(part));
            say_of(of, say);
        }
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
