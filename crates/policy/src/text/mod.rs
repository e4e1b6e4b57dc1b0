//! Screens text that a model, a person or a server will read.
//!
//! Owns the rules about hidden characters, terminal escapes, instructions to the model, exfiltration and secrets, and the
//! ways in which text is disguised: encodings, look-alike letters, pieces. Never decides alone: it says what matched,
//! where, and what the rule asks for.
//!
//! The rules are files (`rules/text/*.toml`, and a user's own), each with examples that hold or the rule is not loaded. Cost
//! is linear in the text. A first pass over the bytes, far faster than a rule, finds the places that any rule could be
//! about; the rest looks only there. Disguises are undone to [`DEPTH`] levels and within a budget of bytes.

mod hidden;
mod letters;
mod rule;
mod scan;
mod screen;
mod secret;
mod view;

use std::ops::Range;

pub use rule::{RuleError, Rules};
pub use view::DEPTH;

/// Where a text stands: who wrote it and who will read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    /// The definition of a tool, prompt, resource or template: names, titles, descriptions, the words of schemas.
    Definition,
    /// What a server tells the model about itself.
    Instructions,
    /// A result: of a tool, or a resource that was read.
    Result,
    /// The messages of a prompt.
    Prompt,
    /// The message or data of an error, of a log or of progress.
    Error,
    /// What a server puts before the user, or before the user's model: elicitation, sampling.
    Ask,
    /// What goes from the client to the server: arguments, answers.
    Argument,
}

/// What a rule asks for. The strictest of several counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It is noted, and passes.
    Flag,
    /// It passes without the span.
    Redact,
    /// A person decides.
    Ask,
    /// It does not pass.
    Deny,
}

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which rule.
    pub rule: String,
    /// Where in the text, in bytes. What was found in a disguise is the whole of the disguise.
    pub span: Range<usize>,
    /// What the rule asks for at this place.
    pub act: Act,
    /// The disguises that were undone to find it, the outermost first: `base64`, `rot13`. None for what stands as it is.
    pub through: Vec<&'static str>,
}

/// How often one rule finds something in one text. What is beyond is not looked for.
pub const MOST: usize = screen::MOST;

/// Everything that the rules find in a text, by place, each rule at most [`MOST`] times.
#[must_use]
pub fn screen(rules: &Rules, place: Where, text: &str) -> Vec<Match> {
    screen::screen(rules, place, text)
}

/// As [`screen`], for the parts of one message: what is spread over them is found too, and reported for the part in
/// which it begins. The number is that of the part.
#[must_use]
pub fn screen_parts(rules: &Rules, place: Where, parts: &[&str]) -> Vec<(usize, Match)> {
    screen::screen_parts(rules, place, parts)
}

/// The text with its escapes undone.
pub(crate) fn unescaped(text: &str) -> String {
    view::unescaped(text).text
}

/// The text without these spans, each replaced by `[redacted: RULE]`; overlapping ones count as the first of them.
#[must_use]
pub fn redact(text: &str, mut spans: Vec<(Range<usize>, &str)>) -> String {
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, rule) in spans {
        if span.end <= at {
            continue;
        }
        if span.start >= at {
            out.push_str(text.get(at..span.start).unwrap_or_default());
            out.push_str("[redacted: ");
            out.push_str(rule);
            out.push(']');
        }
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
