//! Screens the arguments of a call for what they become where they arrive: in a shell, a path, a request, a query.
//!
//! Owns what a value is bound for ([`Shape`]) and the rules about it, which are files (`rules/arguments/*.toml`, and a
//! user's own) with examples that hold or the rule is not loaded. Never decides alone, never resolves a name, never reads a file. What a
//! value says as text is [`crate::text`]'s business.

mod address;
mod check;
mod kind;
mod rule;

use serde_json::Value;

use crate::text::Act;

pub use kind::{Kind, Shape};
pub use rule::Rules;

/// Values that are looked at in one call. What is beyond is refused.
const MOST: usize = 10_000;
/// How deep values may be inside each other; what `mantrap-mcp` passes is less deep.
const DEEPEST: usize = 128;

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which rule.
    pub rule: String,
    /// Where: a JSON Pointer (RFC 6901) into the arguments.
    pub at: String,
    /// What the value was taken to be bound for.
    pub kind: Kind,
    /// What the rule asks for.
    pub act: Act,
    /// What the rule finds, for people.
    pub what: String,
}

/// Everything that the rules find in the arguments of a call.
#[must_use]
pub fn screen(rules: &Rules, shape: &Shape, arguments: &Value) -> Vec<Match> {
    let mut walk = Walk { rules, shape, found: Vec::new(), left: MOST };
    walk.value("", "", arguments, 0);
    walk.found
}

/// Everything that the rules find in one value.
#[must_use]
pub fn screen_value(rules: &Rules, kind: Kind, value: &str) -> Vec<Match> {
    rules.about(kind, value).into_iter().map(|broken| broken.at(String::new(), kind)).collect()
}

struct Walk<'a> {
    rules: &'a Rules,
    shape: &'a Shape,
    found: Vec<Match>,
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, at: &str, path: &str, value: &Value, depth: usize) {
        let Some(left) = self.left.checked_sub(1).filter(|_| depth < DEEPEST) else {
            let rule = "too-much-to-screen".to_owned();
            let what = "more values than are looked at".to_owned();
            self.found.push(Match { rule, at: at.to_owned(), kind: Kind::Any, act: Act::Deny, what });
            return;
        };
        self.left = left;
        match value {
            Value::String(text) => {
                let kind = self.shape.kind(path);
                let broken = self.rules.about(kind, text);
                self.found.extend(broken.into_iter().map(|broken| broken.at(at.to_owned(), kind)));
            }
            Value::Array(elements) => {
                for (number, element) in elements.iter().enumerate() {
                    self.value(&format!("{at}/{number}"), path, element, depth + 1);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                    let broken = self.rules.about_name(name);
                    self.found.extend(broken.map(|broken| broken.at(at.clone(), Kind::Any)));
                    let inside = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                    self.value(&at, &inside, member, depth + 1);
                }
            }
            _ => {}
        }
    }
}
