//! What is written to whom after a judgement.

use mantrap_mcp::edit;
use mantrap_mcp::reply::{self, Code};
use mantrap_mcp::{Envelope, Method, Side, Turn};

use super::{Event, Judgement};
use crate::verdict::Action;

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is passed on as it came.
    Forward,
    /// This is passed on in its place.
    Instead(String),
    /// Its sender gets this line, and the other side nothing.
    Answer(String),
    /// Nobody gets anything.
    Withhold,
    /// It waits until a person has answered.
    Hold,
}

impl Judgement<'_> {
    /// What becomes of the line of the message.
    #[must_use]
    pub fn outcome(&self, line: &str, event: &Event<'_, '_>) -> Outcome {
        match self.verdict.action {
            Action::Ask => Outcome::Hold,
            Action::Deny => self.refusal(event),
            Action::Allow if self.cuts.is_empty() && self.redactions.is_empty() => Outcome::Forward,
            Action::Allow => match edit::edited(line, &self.cuts, &self.redactions) {
                Some(line) => Outcome::Instead(line),
                None => self.refused(event, "what may not pass in it cannot be taken out"),
            },
        }
    }

    /// What a refusal looks like: the one who waits for an answer gets one.
    #[must_use]
    pub fn refusal(&self, event: &Event<'_, '_>) -> Outcome {
        self.refused(event, &self.verdict.reason())
    }

    fn refused(&self, event: &Event<'_, '_>, reason: &str) -> Outcome {
        let text = format!("mantrap denied this: {reason}");
        let code = if self.limit { Code::TooMany } else { Code::Denied };
        match (event.envelope, event.turn) {
            // The model reads why, and can do without.
            (Envelope::Request { id, .. }, Turn::Request(Method::CallTool)) if !self.limit => {
                Outcome::Answer(reply::tool_refused(id, &text))
            }
            (Envelope::Request { id, .. }, _) => Outcome::Answer(reply::error(Some(id), code, &text)),
            (Envelope::Result { id, .. }, Turn::Answer(pending)) if event.from == Side::Server => {
                match pending.method {
                    Method::CallTool => Outcome::Instead(reply::tool_refused(id, &text)),
                    _ => Outcome::Instead(reply::error(Some(id), code, &text)),
                }
            }
            (Envelope::Result { id, .. } | Envelope::Error { id: Some(id), .. }, _) => {
                Outcome::Instead(reply::error(Some(id), code, &text))
            }
            _ => Outcome::Withhold,
        }
    }
}
