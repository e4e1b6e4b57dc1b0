//! What stands between a client and a server: every message of either side passes here, whole, before the other side sees
//! one byte of it.
//!
//! Owns the order of a conversation: framing, the wire's rules, probation, the judge. Never reads or writes a descriptor;
//! [`pump`] does. What is passed on is the line as it came, unless the judge says otherwise.

pub(crate) mod complaints;
mod judge;
mod outbox;
pub(crate) mod policed;
pub(crate) mod pump;
#[cfg(test)]
mod tests;

use std::time::Instant;

use mantrap_mcp::{
    Connection, Envelope, Era, Framing, Id, Limits, Lines, Method, Passed, Reason, Refusal, Relay, Side,
    Turn, reply,
};

use outbox::Outbox;

pub(crate) use judge::{Deed, Judge, Verdict};

/// Bytes of messages that wait for the end of probation. More than a few lines of a log is no beginning of a session.
const HELD: usize = 64 << 10;

/// Bytes that a server may print before it has shown that it speaks MCP. A long log is less.
pub(crate) const UNSPOKEN: u64 = 8 << 20;

/// One conversation.
pub(crate) struct Session<'a> {
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
pub(crate) struct Tally {
    /// Messages that were, by side.
    pub(crate) client: u64,
    pub(crate) server: u64,
    /// Lines that were refused, by side.
    pub(crate) refused_client: u64,
    pub(crate) refused_server: u64,
    /// Lines that the server printed in probation and nobody saw, those that were refused included.
    pub(crate) dropped: u64,
    /// The first reasons, each once.
    pub(crate) reasons: Vec<Reason>,
}

impl<'a> Session<'a> {
    /// A conversation that has not begun, its server in probation.
    pub(crate) fn new(judge: &'a mut dyn Judge) -> Self {
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
    pub(crate) fn space(&mut self, side: Side) -> &mut [u8] {
        match side {
            Side::Client => self.client.framing().space(),
            Side::Server => self.server.framing().space(),
        }
    }

    /// So many bytes of a side came.
    pub(crate) fn came(&mut self, side: Side, bytes: usize) {
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
    pub(crate) fn out(&mut self, side: Side) -> &mut Outbox {
        match side {
            Side::Client => &mut self.to_client,
            Side::Server => &mut self.to_server,
        }
    }

    /// Whether the server has shown that it speaks MCP.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self.probation, Probation::Over)
    }

    /// Whether it has printed so much else that it never will.
    pub(crate) fn is_babbling(&self) -> bool {
        !self.is_trusted() && self.unspoken > UNSPOKEN
    }

    /// How many requests of the client wait for an answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.connection.waiting(Side::Client).len()
    }

    /// What was passed on and what was not.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What the client calls itself, once it has.
    pub(crate) fn caller(&self) -> Option<&str> {
        self.caller.as_deref()
    }

    /// When [`Self::tick`] has something to do, if nothing comes before.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.judge.next()
    }

    /// Does what the judge does by itself.
    pub(crate) fn tick(&mut self) {
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
    pub(crate) fn give_up(&mut self, code: reply::Code, message: &str) {
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
                        self.to_client.push(passed.line);
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
        let said = [name, version].into_iter().flatten().filter_map(mantrap_mcp::Raw::text);
        Some(said.map(|text| text.chars().take(100).collect::<String>()).collect::<Vec<_>>().join(" "))
    })
}
