//! The policies of one scope: files of Cedar, read together.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use cedar_policy::{
    ActionConstraint, Decision, Effect, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, Schema,
    ValidationMode, Validator,
};

use super::examples::{self, Example};
use super::reads::Reads;
use super::{Action, Policies, Verdict, ask, group};

/// What policies can speak about, in Cedar's own notation.
pub const SCHEMA: &str = include_str!("../../policy/mantrap.cedarschema");
/// The policy where a scope brings no file `default.cedar`.
const DEFAULT: &str = include_str!("../../policy/default.cedar");
/// The name of the file that replaces [`DEFAULT`].
const DEFAULT_FILE: &str = "default.cedar";
/// Policies of one scope.
const MOST: usize = 2000;
/// Actions that the policies are sorted by: more than the schema has.
const MOST_ACTIONS: usize = 64;

/// The built-in policy.
#[must_use]
pub const fn default_policy() -> &'static str {
    DEFAULT
}

/// The policies of one scope, by the scope's name.
#[derive(Debug)]
pub struct Scope {
    /// `system`, `user`, …
    pub name: String,
    /// Permits, and what denies.
    hard: PolicySet,
    /// What asks, beside one policy that permits everything.
    soft: PolicySet,
    /// Those of the two that can speak of an action, by the action; made when it is first asked about.
    by_action: RwLock<HashMap<String, Arc<[PolicySet; 2]>>>,
    pub(super) reads: Reads,
    rules: BTreeMap<String, Rule>,
    examples: Vec<Example>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// By which the journal knows it: `cedar/user/github/no-writes`.
    pub id: String,
    /// The file that it stands in.
    pub file: String,
    /// What it does when it holds.
    pub action: Action,
    /// `@ask` or `@reason`: what people are told.
    pub reason: Option<String>,
    /// As it is written.
    pub text: String,
}

/// Why a scope's policies cannot be used. Then nothing is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// It is not Cedar.
    #[error("{file}: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// In Cedar's words.
        problem: String,
    },
    /// It is Cedar, and cannot be used here.
    #[error("{file}: `{rule}` {problem}")]
    Rule {
        /// The file.
        file: String,
        /// The policy.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A line that begins like an example and is none.
    #[error("{file}:{line}: this is no example: {problem}")]
    Example {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An example says otherwise than the policies.
    #[error(transparent)]
    Failed(#[from] examples::Failed),
    /// It speaks of something that there is not.
    #[error("{0}")]
    Schema(String),
}

static CEDAR_SCHEMA: LazyLock<Option<Schema>> =
    LazyLock::new(|| Some(Schema::from_cedarschema_str(SCHEMA).ok()?.0));

impl Scope {
    /// Reads the files of a scope, each a name and a text. [`Scope::prove`] runs their examples.
    ///
    /// The built-in policy counts too, unless a file is called `default.cedar`; its own examples only where it is alone,
    /// because a stricter file would make them wrong.
    ///
    /// # Errors
    /// The first thing that is wrong with one of them.
    pub fn parse<'f>(
        name: &str,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<Arc<Self>, BadPolicy> {
        let mut files: BTreeMap<&str, &str> = files.into_iter().collect();
        let is_alone = files.is_empty();
        let is_own = files.contains_key(DEFAULT_FILE);
        files.entry(DEFAULT_FILE).or_insert(DEFAULT);
        let mut scope = Self {
            name: name.to_owned(),
            hard: PolicySet::new(),
            soft: PolicySet::new(),
            by_action: RwLock::default(),
            reads: Reads::default(),
            rules: BTreeMap::new(),
            examples: Vec::new(),
        };
        let everything =
            Policy::parse(Some(PolicyId::new("everything")), "permit (principal, action, resource);");
        let everything = everything.map_err(|error| BadPolicy::Schema(error.to_string()))?;
        scope.soft.add(everything).map_err(|error| BadPolicy::Schema(error.to_string()))?;
        for (file, text) in &files {
            scope.read(file, text)?;
            if is_alone || is_own || *file != DEFAULT_FILE {
                scope.examples.extend(examples::read(file, text)?);
            }
        }
        Ok(Arc::new(scope))
    }

    fn read(&mut self, file: &str, text: &str) -> Result<(), BadPolicy> {
        let syntax = |problem: String| BadPolicy::Syntax { file: file.to_owned(), problem };
        let set = PolicySet::from_str(text).map_err(|errors| syntax(words(&errors)))?;
        if set.templates().next().is_some() {
            return Err(syntax("templates cannot be used: nothing links them".to_owned()));
        }
        let stem = file.strip_suffix(".cedar").unwrap_or(file);
        for (nth, policy) in set.policies().enumerate() {
            let own = policy.annotation("id").map_or_else(|| policy.id().to_string(), str::to_owned);
            let id = format!("cedar/{}/{stem}/{own}", self.name);
            let wrong = |problem: &str| BadPolicy::Rule {
                file: file.into(),
                rule: own.clone(),
                problem: problem.into(),
            };
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            if own.is_empty() || own.len() > 80 || !own.bytes().all(is_plain) {
                return Err(wrong("needs an @id of at most 80 letters, digits, `.`, `_` and `-`"));
            }
            if self.rules.contains_key(&id) || nth >= MOST || self.rules.len() >= MOST {
                return Err(wrong("is not the only one of this name, or one of too many"));
            }
            let asks = policy.annotation("ask");
            let action = match (policy.effect(), asks) {
                (Effect::Permit, None) => Action::Allow,
                (Effect::Permit, Some(_)) => {
                    return Err(wrong("permits, so it cannot ask; `forbid` with @ask does"));
                }
                (Effect::Forbid, None) => Action::Deny,
                (Effect::Forbid, Some(_)) => Action::Ask,
            };
            let known = ["id", "ask", "reason"];
            if let Some((other, _)) = policy.annotations().find(|(name, _)| !known.contains(name)) {
                return Err(wrong(&format!(
                    "has @{other}, which means nothing; there are @id, @ask and @reason"
                )));
            }
            self.reads.note(policy.to_json().ok().as_ref());
            let reason = asks.or(policy.annotation("reason")).filter(|reason| !reason.is_empty());
            let rule = Rule {
                id: id.clone(),
                file: file.to_owned(),
                action,
                reason: reason.map(str::to_owned),
                text: policy.to_cedar().unwrap_or_default(),
            };
            self.rules.insert(id.clone(), rule);
            let set = if action == Action::Ask { &mut self.soft } else { &mut self.hard };
            set.add(policy.new_id(PolicyId::new(&id))).map_err(|error| syntax(error.to_string()))?;
        }
        Ok(())
    }

    /// The policies, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The examples in the files.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Holds every policy against the schema: what it speaks of exists and is of the right kind.
    ///
    /// # Errors
    /// [`BadPolicy::Schema`] with everything that is wrong, a line each.
    pub fn check(&self) -> Result<(), BadPolicy> {
        let schema = CEDAR_SCHEMA.clone().ok_or_else(|| BadPolicy::Schema("the schema is broken".into()))?;
        let validator = Validator::new(schema);
        let mut problems = Vec::new();
        for set in [&self.hard, &self.soft] {
            let result = validator.validate(set, ValidationMode::Strict);
            problems.extend(result.validation_errors().map(|error| words(error)));
        }
        if problems.is_empty() { Ok(()) } else { Err(BadPolicy::Schema(problems.join("\n"))) }
    }

    /// Runs the examples against these policies and no others.
    ///
    /// # Errors
    /// The first example that says otherwise.
    pub fn prove(self: &Arc<Self>) -> Result<(), BadPolicy> {
        let mut policies = Policies::new(vec![Arc::clone(self)]);
        for example in &self.examples {
            example.test(&mut policies)?;
        }
        Ok(())
    }

    pub(super) fn decide(&self, action: &str, request: &Request, entities: &Entities) -> Verdict {
        self.decide_by(&self.about(action), request, entities)
    }

    /// By every policy, those included of which it is known that they are about something else.
    #[cfg(test)]
    pub(super) fn decide_by_all(&self, request: &Request, entities: &Entities) -> Verdict {
        self.decide_by(&[self.hard.clone(), self.soft.clone()], request, entities)
    }

    /// The policies whose scope allows this action. A scope cannot fail, so the others would say nothing.
    fn about(&self, action: &str) -> Arc<[PolicySet; 2]> {
        // Who panicked while writing left a map that is whole.
        let known = self.by_action.read().unwrap_or_else(PoisonError::into_inner).get(action).cloned();
        known.unwrap_or_else(|| {
            let about = |set: &PolicySet| {
                let about = set.policies().filter(|policy| is_about(policy, action));
                PolicySet::from_policies(about.cloned()).ok()
            };
            // Both were read from one set with other names, so this cannot fail; if it does, everything is asked.
            let sets = about(&self.hard).zip(about(&self.soft)).map(|(hard, soft)| [hard, soft]);
            let sets = Arc::new(sets.unwrap_or_else(|| [self.hard.clone(), self.soft.clone()]));
            let mut known = self.by_action.write().unwrap_or_else(PoisonError::into_inner);
            if known.len() < MOST_ACTIONS {
                known.insert(action.to_owned(), Arc::clone(&sets));
            }
            sets
        })
    }

    fn decide_by(&self, sets: &[PolicySet; 2], request: &Request, entities: &Entities) -> Verdict {
        let mut verdict = Verdict::allow();
        let [hard, soft] = sets;
        // The policy that permits everything stands among those that ask, and alone has nothing to ask.
        let asks = soft.policies().nth(1).is_some();
        for set in std::iter::once(hard).chain(asks.then_some(soft)) {
            let said = ask(set, request, entities);
            for id in &said.failed {
                verdict = verdict
                    .and(Verdict::deny(id.clone(), "this rule fails on the message, and so it denies"));
            }
            let speaks = |id: &String, otherwise: &str| {
                let rule = self.rules.get(id);
                let reason =
                    rule.and_then(|rule| rule.reason.clone()).unwrap_or_else(|| otherwise.to_owned());
                (rule.map_or(Action::Deny, |rule| rule.action), id.clone(), reason)
            };
            verdict = match said.decision {
                Decision::Deny if said.by.is_empty() && said.failed.is_empty() => {
                    let rule = format!("cedar/{}/silence", self.name);
                    verdict.and(Verdict::deny(rule, "no rule permits it"))
                }
                decision => said.by.iter().filter(|id| *id != "everything").fold(verdict, |verdict, id| {
                    let otherwise = if decision == Decision::Allow { "permitted" } else { "forbidden" };
                    let (action, id, reason) = speaks(id, otherwise);
                    verdict.and(Verdict::new(action, id, reason))
                }),
            };
        }
        verdict
    }
}

/// Whether the scope of a policy allows this action.
fn is_about(policy: &Policy, action: &str) -> bool {
    let is_it = |uid: &EntityUid| {
        let id = uid.id().unescaped();
        uid.type_name().to_string() == "Action" && (id == action || group(action) == Some(id))
    };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => is_it(&uid),
        ActionConstraint::In(uids) => uids.iter().any(is_it),
    }
}

/// An error and what it rests on, in one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text.replace('\n', " ")
}
