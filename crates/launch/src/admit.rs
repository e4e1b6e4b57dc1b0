//! The one place where a permit is born.

use std::error::Error;

use serde_json::{Value, json};

use crate::approval::{Approvals, Word};
use crate::plan::Plan;

/// The proof that a plan was approved, judged, and recorded before anything ran. Nothing else makes one, nothing copies
/// one, and one is good for one launch.
#[derive(Debug)]
pub struct Permit {
    plan: Plan,
    admission: Admission,
}

/// On whose word, by which rules, and under which record a plan was admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Who approved it.
    pub word: Word,
    /// The rules of the policy that allow it.
    pub rules: Vec<String>,
    /// The index of the intent in the journal.
    pub intent: u64,
}

/// Why there is no permit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody approved exactly this, or not in the way that is required.
    #[error(transparent)]
    NotApproved(#[from] crate::approval::NotApproved),
    /// The policy says no.
    #[error("the policy refuses it: {}", .0.reason)]
    Denied(Denial),
    /// The intent could not be made durable.
    #[error("the intent could not be recorded, so nothing is launched: {0}")]
    NotRecorded(#[source] Box<dyn Error + Send + Sync>),
}

/// A policy's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The rules that made it; none when no rule allows.
    pub rules: Vec<String>,
    /// In words.
    pub reason: String,
}

/// Judges plans. Whoever implements it answers with the rules that allow, or denies; an error of its own is a denial.
pub trait Policy {
    /// Whether the plan may run, and by which rules.
    ///
    /// # Errors
    /// The denial.
    fn judge(&self, plan: &Plan) -> Result<Vec<String>, Denial>;
}

/// Records intents.
pub trait Journal {
    /// Makes the intent durable and answers with its index. When this returns, a crash loses it no more.
    ///
    /// # Errors
    /// Whatever kept it from being durable.
    fn append(&self, intent: &Intent<'_>) -> Result<u64, Box<dyn Error + Send + Sync>>;
}

/// What is about to happen.
#[derive(Debug)]
pub struct Intent<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Who approved it.
    pub word: &'a Word,
    /// The rules that allow it.
    pub rules: &'a [String],
}

impl Intent<'_> {
    /// As a record: no value of a secret is part of it, because none is part of a plan.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let located = self.plan.located();
        json!({
            "name": located.name.as_str(),
            "lock": located.lock.display().to_string(),
            "scope": located.scope.word(),
            "digest": self.plan.document().digest().to_string(),
            "entry": self.plan.document().value(),
            "program": self.plan.path().display().to_string(),
            "arguments": self.plan.arguments().iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>(),
            "directory": self.plan.directory().map(|directory| directory.display().to_string()),
            "grants": self.plan.grants().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "approved": self.word.to_json(),
            "rules": self.rules,
        })
    }
}

/// Admits a plan: approved, then judged, then recorded, in this order, and each of them or none.
///
/// # Errors
/// [`Refusal`]: the first of the three that failed.
pub fn admit(
    plan: Plan,
    approvals: &Approvals,
    policy: &dyn Policy,
    journal: &dyn Journal,
) -> Result<Permit, Refusal> {
    let word = approvals.judge(&plan)?;
    let rules = policy.judge(&plan).map_err(Refusal::Denied)?;
    let intent = Intent { plan: &plan, word: &word, rules: &rules };
    let intent = journal.append(&intent).map_err(Refusal::NotRecorded)?;
    Ok(Permit { plan, admission: Admission { word, rules, intent } })
}

impl Permit {
    /// What was admitted.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Spends it.
    #[cfg(target_os = "linux")]
    pub(crate) fn into_parts(self) -> (Plan, Admission) {
        (self.plan, self.admission)
    }

    /// How.
    #[must_use]
    pub const fn admission(&self) -> &Admission {
        &self.admission
    }
}
