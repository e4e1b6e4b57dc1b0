//! What stands between a client and a server: every message of either side passes here, whole, before the other side sees
//! one byte of it.
//!
//! Owns the order of a conversation: framing, the wire's rules, probation, the judge. Never reads or writes a descriptor:
//! whoever moves the bytes does. What is passed on is the line as it came, unless the judge says otherwise.

mod judge;
mod outbox;
#[cfg(test)]
mod tests;

use std::time::Instant;

pub use judge::{Deed, Judge, Verdict};
pub use outbox::Outbox;

use crate::{
    Connection, Envelope, Era, Framing, Id, Limits, Lines, Method, Passed, Raw, Reason, Refusal, Relay, Side,
    Turn, reply,
};

/// Bytes of messages that wait for the end of probation. More than a few lines of a log is no beginning of a session.
const HELD: usize = 64 << 10;

/// Bytes of a line of the server's that is not copied again.
const LONG: usize = 128 << 10;

/// Bytes that a server may print before it has shown that it speaks MCP. A long log is less.
pub const UNSPOKEN: u64 = 8 << 20;

/// One conversation.
pub struct Session<'a> {
    connection: Connection,
    client: Relay<Lines>,
    server: Relay<Lines>,
    judge: &'a mut dyn Judge,
    probation: Probation,
    to_client: Outbox,
    to_server: Outbox,
    tally: Tally,
    caller: Option<String>,
    /// Bytes of the server's in probation.
    unspoken: u64,
}

/// Whether the server has shown that it speaks MCP.
enum Probation {
    /// Not yet: what it said so far, and may be passed on once it has.
    Held(Outbox),
    Over,
}

/// What was not passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages of the client that were.
    pub client: u64,
    /// Messages of the server that were.
    pub server: u64,
    /// Lines of the client that were refused.
    pub refused_client: u64,
    /// Lines of the server that were refused.
    pub refused_server: u64,
    /// Lines that the server printed in probation and nobody saw, those that were refused included.
    pub dropped: u64,
    /// The first reasons, each once.
    pub reasons: Vec<Reason>,
}

impl<'a> Session<'a> {
    /// A conversation that has not begun, its server in probation.
    #[must_use]
    pub fn new(judge: &'a mut dyn Judge) -> Self {
        let limits = Limits::default();
        Self {
            connection: Connection::new(limits),
            client: Relay::new(Side::Client, Lines::new(&limits), limits),
            server: Relay::new(Side::Server, Lines::new(&limits), limits),
            judge,
            probation: Probation::Held(Outbox::default()),
            to_client: Outbox::default(),
            to_server: Outbox::default(),
            tally: Tally::default(),
            caller: None,
            unspoken: 0,
        }
    }

    /// Where the next bytes of a side go.
    pub fn space(&mut self, side: Side) -> &mut [u8] {
        match side {
            Side::Client => self.client.framing().space(),
            Side::Server => self.server.framing().space(),
        }
    }

    /// So many bytes of a side came.
    pub fn came(&mut self, side: Side, bytes: usize) {
        match side {
            Side::Client => self.client.framing().filled(bytes),
            Side::Server => {
                if !self.is_trusted() {
                    self.unspoken += bytes as u64;
                }
                self.server.framing().filled(bytes);
            }
        }
        while match side {
            Side::Client => self.next_of_client(),
            Side::Server => self.next_of_server(),
        } {}
    }

    /// What is to be written to a side.
    pub fn out(&mut self, side: Side) -> &mut Outbox {
        match side {
            Side::Client => &mut self.to_client,
            Side::Server => &mut self.to_server,
        }
    }

    /// Whether the server has shown that it speaks MCP.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        matches!(self.probation, Probation::Over)
    }

    /// Whether it has printed so much else that it never will.
    #[must_use]
    pub fn is_babbling(&self) -> bool {
        !self.is_trusted() && self.unspoken > UNSPOKEN
    }

    /// How many requests of the client wait for an answer.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.connection.waiting(Side::Client).len()
    }

    /// What was passed on and what was not.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What the client calls itself, once it has.
    #[must_use]
    pub fn caller(&self) -> Option<&str> {
        self.caller.as_deref()
    }

    /// When [`Self::tick`] has something to do, if nothing comes before.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.judge.next()
    }

    /// Does what the judge does by itself.
    pub fn tick(&mut self) {
        for deed in self.judge.due(&mut self.connection) {
            match deed {
                Deed::Tell(side, line) => self.out(side).push(&line),
                Deed::Withdraw(side, id) => {
                    self.connection.withdraw(side, &id);
                }
            }
        }
    }

    /// Nobody will answer any more: every request of the client that waits gets this error.
    pub fn give_up(&mut self, code: reply::Code, message: &str) {
        for id in self.connection.waiting(Side::Client) {
            self.connection.withdraw(Side::Client, &id);
            self.to_client.push(&reply::error(Some(&id), code, message));
        }
    }

    /// Takes the client's next message; whether there was one.
    fn next_of_client(&mut self) -> bool {
        match self.client.next(&mut self.connection) {
            None => return false,
            Some(Err(refusal)) => {
                self.tally.refused_client += 1;
                self.tally.remember(&refusal);
                if refusal.id.is_some() {
                    self.to_client.push(&reply::refused(&refusal));
                }
            }
            Some(Ok(passed)) => {
                if self.caller.is_none() {
                    self.caller = caller(&passed);
                }
                match self.judge.judge(Side::Client, &passed, &self.connection) {
                    Verdict::Forward => {
                        self.tally.client += 1;
                        self.to_server.push(passed.line);
                    }
                    Verdict::Edited(line) => self.to_server.push(&line),
                    Verdict::Answer(line) => {
                        self.to_client.push(&line);
                        withdraw(Side::Client, asked(&passed), &mut self.connection);
                    }
                    Verdict::Withhold => withdraw(Side::Client, asked(&passed), &mut self.connection),
                    Verdict::Hold => {}
                }
            }
        }
        true
    }

    /// Takes the server's next message; whether there was one.
    fn next_of_server(&mut self) -> bool {
        let next = self.server.next(&mut self.connection);
        let modern = self.connection.era() == Era::Modern;
        match next {
            None => return false,
            Some(Err(refusal)) => {
                self.tally.refused_server += 1;
                self.tally.dropped += u64::from(matches!(self.probation, Probation::Held(_)));
                self.tally.remember(&refusal);
                if refusal.id.is_some() {
                    self.to_server.push(&reply::refused(&refusal));
                }
            }
            Some(Ok(passed)) => {
                let introduces = introduces(&passed, modern);
                if let (Introduces::Yes, Probation::Held(held)) = (introduces, &mut self.probation) {
                    self.to_client.append(held);
                    self.probation = Probation::Over;
                }
                let held = match (&mut self.probation, introduces) {
                    (Probation::Held(held), Introduces::No) => Some(held),
                    _ => None,
                };
                match (self.judge.judge(Side::Server, &passed, &self.connection), held) {
                    (Verdict::Forward, None) => {
                        self.tally.server += 1;
                        if passed.line.len() < LONG || !self.to_client.is_empty() {
                            self.to_client.push(passed.line);
                        } else {
                            self.to_client.take_over(self.server.framing());
                        }
                    }
                    (Verdict::Edited(line), None) => self.to_client.push(&line),
                    (Verdict::Forward, Some(held)) if held.len() + passed.line.len() < HELD => {
                        self.tally.server += 1;
                        held.push(passed.line);
                    }
                    (Verdict::Forward | Verdict::Edited(_), Some(_)) => {
                        self.tally.dropped += 1;
                        withdraw(Side::Server, asked(&passed), &mut self.connection);
                    }
                    (Verdict::Answer(line), _) => {
                        self.to_server.push(&line);
                        withdraw(Side::Server, asked(&passed), &mut self.connection);
                    }
                    (Verdict::Withhold, _) => {
                        withdraw(Side::Server, asked(&passed), &mut self.connection);
                    }
                    (Verdict::Hold, _) => {}
                }
            }
        }
        true
    }
}

impl Tally {
    fn remember(&mut self, refusal: &Refusal) {
        if !self.reasons.contains(&refusal.reason) {
            self.reasons.push(refusal.reason);
        }
    }
}

/// What a server's message says about itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Introduces {
    /// A result that only a server of MCP gives.
    Yes,
    /// An error to the question: the client has to see it, and nothing is shown yet.
    Refuses,
    No,
}

fn introduces(passed: &Passed<'_>, modern: bool) -> Introduces {
    let mut said = Introduces::No;
    for (envelope, turn) in passed.each() {
        let Turn::Answer(pending) = turn else { continue };
        let asked = matches!(pending.method, Method::Initialize | Method::Discover) || modern;
        match envelope {
            Envelope::Result { .. } if asked => return Introduces::Yes,
            Envelope::Error { .. } if asked => said = Introduces::Refuses,
            _ => {}
        }
    }
    said
}

/// The ids of the requests in it.
fn asked(passed: &Passed<'_>) -> Vec<Id<'static>> {
    let ids = passed.message.envelopes().iter().filter_map(|envelope| match envelope {
        Envelope::Request { id, .. } => Some(id.clone().into_owned()),
        _ => None,
    });
    ids.collect()
}

fn withdraw(side: Side, ids: Vec<Id<'static>>, connection: &mut Connection) {
    for id in ids {
        connection.withdraw(side, &id);
    }
}

/// The name and version by which a client introduces itself, in either era.
fn caller(passed: &Passed<'_>) -> Option<String> {
    passed.message.envelopes().iter().find_map(|envelope| {
        let Envelope::Request { method, params: Some(params), .. } = envelope else { return None };
        let info = match Method::of(method) {
            Method::Initialize => params.field("clientInfo").ok()??,
            _ => params.field("_meta").ok()??.field("io.modelcontextprotocol/clientInfo").ok()??,
        };
        let [name, version] = info.fields(["name", "version"]).ok()?;
        let said = [name, version].into_iter().flatten().filter_map(Raw::text);
        Some(said.map(|text| text.chars().take(100).collect::<String>()).collect::<Vec<_>>().join(" "))
    })
}
