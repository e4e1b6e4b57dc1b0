//! One direction of a connection: bytes in, messages out, each with what it is, or with why it is none.
//!
//! Decides nothing. What it gives is for the caller to judge, and [`Passed::line`] is what is passed on if the verdict is
//! yes: the bytes that were judged.

use crate::connection::{Connection, Turn};
use crate::envelope::{Envelope, Message, Scanner};
use crate::frame::Framing;
use crate::limits::Limits;
use crate::method::Side;
use crate::refusal::{Reason, Refusal};

/// What comes from one side.
#[derive(Debug)]
pub struct Relay<F> {
    from: Side,
    framing: F,
    scanner: Scanner,
}

/// A message that nothing speaks against on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed<'a> {
    /// As it came, without the end of the line.
    pub line: &'a str,
    /// What it says.
    pub message: Message<'a>,
    /// What each of its messages is to the connection.
    pub turns: Turns,
}

/// As many as there are messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turns {
    /// Of a single message.
    One(Turn),
    /// Of a batch.
    Many(Vec<Turn>),
}

impl Passed<'_> {
    /// Each message with what it is to the connection.
    pub fn each(&self) -> impl Iterator<Item = (&Envelope<'_>, &Turn)> {
        let turns = match &self.turns {
            Turns::One(turn) => std::slice::from_ref(turn),
            Turns::Many(turns) => turns,
        };
        self.message.envelopes().iter().zip(turns)
    }
}

impl<F: Framing> Relay<F> {
    /// The messages that this side sends, cut by this framing.
    #[must_use]
    pub fn new(from: Side, framing: F, limits: Limits) -> Self {
        Self { from, framing, scanner: Scanner::new(limits) }
    }

    /// Where the next bytes go, and how one's own messages are written.
    pub fn framing(&mut self) -> &mut F {
        &mut self.framing
    }

    /// The next message; nothing until more bytes come. The connection has taken note of one that passed.
    pub fn next(&mut self, connection: &mut Connection) -> Option<Result<Passed<'_>, Refusal>> {
        let line = match self.framing.next()? {
            Ok(line) => line,
            Err(reason) => return Some(Err(reason.into())),
        };
        let read = self.scanner.read(line, connection.batches());
        Some(read.and_then(|message| {
            let turns = match &message {
                Message::Single(envelope) => connection.observe(self.from, envelope).map(Turns::One),
                Message::Batch(batch) => connection.observe_all(self.from, batch).map(Turns::Many),
            };
            match turns {
                Ok(turns) => Ok(Passed { line, message, turns }),
                // An error for this id would answer the request that is in flight.
                Err(Reason::DuplicateId) => Err(Reason::DuplicateId.into()),
                Err(reason) => Err(Refusal { id: message.asker(), ..reason.into() }),
            }
        }))
    }
}
