//! Who decides about messages.

use std::time::Instant;

use crate::{Connection, Id, Passed, Side};

/// Judges every message of a conversation, in the order in which they come. The wire's own rules have been applied.
pub trait Judge {
    /// What becomes of a message of this side. The connection has taken note of it.
    fn judge(&mut self, from: Side, passed: &Passed<'_>, connection: &Connection) -> Verdict;

    /// When [`Judge::due`] is to be asked next, if nothing comes before.
    fn next(&self) -> Option<Instant> {
        None
    }

    /// What is to be done by now, without a message that asks for it.
    fn due(&mut self, _: &mut Connection) -> Vec<Deed> {
        Vec::new()
    }
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is passed on as it came.
    Forward,
    /// This line is passed on in its place.
    Edited(String),
    /// Its sender gets this line, and the other side sees nothing of it.
    Answer(String),
    /// Nobody sees it. Of a request, nobody waits for an answer any more.
    Withhold,
    /// The judge keeps it. A request of it stays in flight until a deed says what becomes of it.
    Hold,
}

/// Something that the judge does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A side gets this line.
    Tell(Side, String),
    /// Nobody waits for an answer to this request of a side any more.
    Withdraw(Side, Id<'static>),
}
