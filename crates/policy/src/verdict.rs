//! What a judgement says: what to do, and which rules say so.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// What is done with a message. The strictest of several counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is passed on, byte for byte.
    #[default]
    Allow,
    /// A person decides. Silence is a no.
    Ask,
    /// It is not passed on.
    Deny,
}

impl Action {
    /// The word for it: in the journal, in policies and in their examples.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// The action of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Allow, Self::Ask, Self::Deny].into_iter().find(|action| action.word() == word)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// The name of a rule, as the journal and `mantrap policy explain` know it: `pins/drift`, `cedar/user/no-deletes`.
pub type RuleId = Cow<'static, str>;

/// One rule that spoke, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ground {
    /// Which rule.
    pub rule: RuleId,
    /// Lower case, no full stop, never bytes of the message that could do harm where they are shown.
    pub reason: String,
}

/// What to do with a message, and the rules that made it so.
///
/// Merging is a maximum: the order of judges is irrelevant, and one more judge never widens what passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What to do.
    pub action: Action,
    /// The rules that say so, and none that says less.
    pub grounds: BTreeSet<Ground>,
}

impl Verdict {
    /// What nothing speaks against.
    #[must_use]
    pub const fn allow() -> Self {
        Self { action: Action::Allow, grounds: BTreeSet::new() }
    }

    /// What one rule says.
    #[must_use]
    pub fn new(action: Action, rule: impl Into<RuleId>, reason: impl Into<String>) -> Self {
        Self { action, grounds: [Ground { rule: rule.into(), reason: reason.into() }].into() }
    }

    /// A denial by one rule.
    #[must_use]
    pub fn deny(rule: impl Into<RuleId>, reason: impl Into<String>) -> Self {
        Self::new(Action::Deny, rule, reason)
    }

    /// The stricter of both; of equally strict ones, both.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        if other.action > self.action {
            std::mem::swap(&mut self, &mut other);
        }
        if other.action == self.action {
            self.grounds.append(&mut other.grounds);
        }
        self
    }

    /// The rules that made it, in order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.grounds.iter().map(|ground| ground.rule.as_ref())
    }

    /// Why, in one line: `reason (rule); reason (rule)`.
    #[must_use]
    pub fn reason(&self) -> String {
        let grounds = self.grounds.iter().map(|Ground { rule, reason }| format!("{reason} ({rule})"));
        grounds.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts() -> Vec<Verdict> {
        let mut all = vec![Verdict::allow()];
        for action in [Action::Allow, Action::Ask, Action::Deny] {
            all.extend(["a", "b"].map(|rule| Verdict::new(action, rule, "said so")));
        }
        all
    }

    #[test]
    fn merging_is_a_maximum_whatever_the_order() {
        for one in verdicts() {
            for other in verdicts() {
                let merged = one.clone().and(other.clone());
                assert_eq!(merged.action, one.action.max(other.action));
                assert_eq!(merged, other.clone().and(one.clone()));
                for third in verdicts() {
                    let left = merged.clone().and(third.clone());
                    assert_eq!(left, one.clone().and(other.clone().and(third)));
                }
            }
        }
    }

    #[test]
    fn only_the_rules_of_the_strictest_are_named() {
        let merged = Verdict::new(Action::Ask, "soft", "x").and(Verdict::deny("hard", "y"));
        assert_eq!(merged.rules().collect::<Vec<_>>(), ["hard"]);
        assert_eq!(merged.reason(), "y (hard)");
    }
}
