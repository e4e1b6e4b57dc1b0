//! Who decides about messages.

use mantrap_mcp::Passed;

/// Judges every message of a conversation, in the order in which they come. The wire's own rules have been applied.
pub(crate) trait Judge {
    /// What becomes of a message of the client.
    fn client(&mut self, passed: &Passed<'_>) -> Verdict;

    /// What becomes of a message of the server.
    fn server(&mut self, passed: &Passed<'_>) -> Verdict;
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(dead_code, reason = "the transparent judge only forwards")]
pub(crate) enum Verdict {
    /// It is passed on as it came.
    Forward,
    /// This line is passed on in its place.
    Edited(String),
    /// Its sender gets this line, and the other side sees nothing of it.
    Answer(String),
    /// Nobody sees it. Of a request, nobody waits for an answer any more.
    Withhold,
}

/// Passes on everything.
#[derive(Debug)]
pub(crate) struct Transparent;

impl Judge for Transparent {
    fn client(&mut self, _: &Passed<'_>) -> Verdict {
        Verdict::Forward
    }

    fn server(&mut self, _: &Passed<'_>) -> Verdict {
        Verdict::Forward
    }
}
