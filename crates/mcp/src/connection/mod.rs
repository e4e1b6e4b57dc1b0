//! One connection: which era it is in, what is in flight, and therefore what each side may send now.
//!
//! Owns no bytes and judges no content. It is told of every message before that is judged, and of a request that was
//! refused afterwards ([`Connection::withdraw`]), so that what it believes is what the peers have seen.

mod in_flight;

pub use in_flight::Pending;

use in_flight::InFlight;

use crate::envelope::{Batches, Envelope, Id};
use crate::json::Raw;
use crate::limits::Limits;
use crate::method::{Method, Side};
use crate::refusal::Reason;
use crate::version::{Era, Version, is_modern};

/// What a message is to its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A question, now in flight.
    Request(Method),
    /// News.
    Notification(Method, About),
    /// The answer to this request, no longer in flight.
    Answer(Pending),
    /// An error that names no request.
    Fault,
}

/// Which request a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// None: it names none.
    Nothing,
    /// One that is in flight.
    Request(Method),
    /// One that is not: answered already, or never asked.
    Unknown,
}

/// Both directions between one client and one server.
#[derive(Clone, Debug)]
pub struct Connection {
    era: Era,
    client: InFlight,
    server: InFlight,
    limits: Limits,
}

impl Connection {
    /// A connection on which nothing was said yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let in_flight = || InFlight::new(limits.in_flight);
        Self { era: Era::Undecided, client: in_flight(), server: in_flight(), limits }
    }

    /// The era, as far as it is settled.
    #[must_use]
    pub const fn era(&self) -> Era {
        self.era
    }

    /// Whether a line may hold several messages.
    #[must_use]
    pub fn batches(&self) -> Batches {
        match self.era {
            Era::Legacy(Some(Version::V2025_03_26)) => Batches::Allow,
            _ => Batches::Refuse,
        }
    }

    /// The request of this side with this id, while it has no answer.
    #[must_use]
    pub fn pending(&self, from: Side, id: &Id<'_>) -> Option<&Pending> {
        match from {
            Side::Client => self.client.of(id),
            Side::Server => self.server.of(id),
        }
    }

    /// How many requests of this side have no answer.
    #[must_use]
    pub fn in_flight(&self, from: Side) -> usize {
        match from {
            Side::Client => self.client.len(),
            Side::Server => self.server.len(),
        }
    }

    /// The ids of the requests of this side that wait for an answer, in the order in which they were asked. One that was
    /// cancelled waits for none, although one may still come.
    #[must_use]
    pub fn waiting(&self, from: Side) -> Vec<Id<'static>> {
        match from {
            Side::Client => self.client.awaited(),
            Side::Server => self.server.awaited(),
        }
    }

    /// A request that was not passed on after all: nobody will answer it.
    pub fn withdraw(&mut self, from: Side, id: &Id<'_>) -> Option<Pending> {
        self.of(from).remove(id)
    }

    /// Takes note of all messages of a batch, or, where one of them may not be sent now, of none.
    ///
    /// # Errors
    /// As [`Connection::observe`].
    pub fn observe_all(&mut self, from: Side, batch: &[Envelope<'_>]) -> Result<Vec<Turn>, Reason> {
        let before = self.clone();
        let turns: Result<_, _> = batch.iter().map(|envelope| self.observe(from, envelope)).collect();
        if turns.is_err() {
            *self = before;
        }
        turns
    }

    /// Takes note of a message.
    ///
    /// # Errors
    /// Where the sender may not send it now; then nothing is noted.
    pub fn observe(&mut self, from: Side, envelope: &Envelope<'_>) -> Result<Turn, Reason> {
        match envelope {
            Envelope::Request { id, method, params } => self.request(from, id, Method::of(method), *params),
            Envelope::Notification { method, params } => {
                let method = Method::of(method);
                self.notification(from, method, *params).map(|about| Turn::Notification(method, about))
            }
            Envelope::Result { id, result } => self.answer(from, id, Ok(*result)),
            Envelope::Error { id: Some(id), error } => self.answer(from, id, Err(*error)),
            Envelope::Error { id: None, .. } => {
                self.may_answer(from)?;
                Ok(Turn::Fault)
            }
        }
    }

    fn of(&mut self, side: Side) -> &mut InFlight {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn request(
        &mut self,
        from: Side,
        id: &Id<'_>,
        method: Method,
        params: Option<Raw<'_>>,
    ) -> Result<Turn, Reason> {
        // Before the handshake is answered a legacy server may only ping, and a modern one nothing.
        let may_ask =
            matches!(self.era, Era::Legacy(_)) || (self.era == Era::Undecided && method == Method::Ping);
        if from == Side::Server && !may_ask {
            return Err(Reason::ServerRequest);
        }
        if method.sender().is_some_and(|sender| sender != from) {
            return Err(Reason::WrongSide);
        }
        if method.is_notification() == Some(true) {
            return Err(Reason::WrongForm);
        }
        let meta = Meta::of(params, &self.limits)?;
        self.of(from).insert(id, method, meta.progress)?;
        // A request that describes itself settles the era, but for the probe that asks which era it is.
        if from == Side::Client && meta.modern && method != Method::Discover && self.era == Era::Undecided {
            self.era = Era::Modern;
        }
        Ok(Turn::Request(method))
    }

    fn notification(&mut self, from: Side, method: Method, params: Option<Raw<'_>>) -> Result<About, Reason> {
        if method.is_notification() == Some(false) {
            return Err(Reason::WrongForm);
        }
        let modern = self.era == Era::Modern;
        if method.sender().is_some_and(|sender| sender != from)
            || (modern && from == Side::Client && method != Method::Cancelled)
        {
            return Err(Reason::WrongSide);
        }
        let meta = Meta::of(params, &self.limits)?;
        if modern && let Some(id) = meta.subscription {
            let open = self.client.of(&id).is_some_and(|pending| pending.method == Method::Listen);
            return if open { Ok(About::Request(Method::Listen)) } else { Err(Reason::UnknownSubscription) };
        }
        let named = |field| -> Result<Option<Id<'_>>, Reason> {
            let named = params.map(|params| params.field(field)).transpose()?.flatten();
            named.map(|named| Id::of(named, &self.limits)).transpose()
        };
        let about = match method {
            Method::Cancelled => {
                // A request of revision 2025-11-25 may be a task, which is cancelled in another way and by no id.
                let Some(id) = named("requestId")? else { return Ok(About::Nothing) };
                let of_listen = self.client.of(&id).is_some_and(|pending| pending.method == Method::Listen);
                match from {
                    // A modern server asks nothing, and ends a subscription with this.
                    Side::Server if modern && !of_listen => return Err(Reason::WrongSide),
                    Side::Server if modern => self.client.cancel(&id),
                    from => self.of(from).cancel(&id),
                }
            }
            Method::Progress => {
                let token = named("progressToken")?.ok_or(Reason::WrongShape)?;
                self.of(from.other()).of_progress(&token)
            }
            _ => return Ok(About::Nothing),
        };
        Ok(about.map_or(About::Unknown, |pending| About::Request(pending.method)))
    }

    fn may_answer(&self, from: Side) -> Result<(), Reason> {
        let refused = from == Side::Client && self.era == Era::Modern;
        if refused { Err(Reason::ClientResponse) } else { Ok(()) }
    }

    fn answer(&mut self, from: Side, id: &Id<'_>, outcome: Result<Raw<'_>, Raw<'_>>) -> Result<Turn, Reason> {
        self.may_answer(from)?;
        let asked = self.pending(from.other(), id).ok_or(Reason::UnknownId)?.method;
        let era = self.era_after(asked, outcome)?;
        self.era = era;
        self.of(from.other()).remove(id).map(Turn::Answer).ok_or(Reason::UnknownId)
    }

    /// What the answers to the two first questions settle.
    fn era_after(&self, asked: Method, outcome: Result<Raw<'_>, Raw<'_>>) -> Result<Era, Reason> {
        match (asked, outcome) {
            (Method::Initialize, Ok(result)) => {
                let version =
                    result.field("protocolVersion")?.and_then(Raw::text).ok_or(Reason::WrongShape)?;
                Ok(Era::Legacy(Version::of(&version)))
            }
            (Method::Discover, Ok(_)) if self.era == Era::Undecided => Ok(Era::Modern),
            // Only these errors say that the server is modern; any other one that it does not know the question.
            (Method::Discover, Err(error)) if self.era == Era::Undecided => {
                let code = error.field("code")?.and_then(Raw::integer);
                let modern = matches!(code, Some(-32_022..=-32_020));
                Ok(if modern { Era::Modern } else { Era::Undecided })
            }
            _ => Ok(self.era),
        }
    }
}

/// What is read of `params._meta` to keep track.
#[derive(Default)]
struct Meta<'a> {
    modern: bool,
    progress: Option<Id<'static>>,
    subscription: Option<Id<'a>>,
}

impl<'a> Meta<'a> {
    fn of(params: Option<Raw<'a>>, limits: &Limits) -> Result<Self, Reason> {
        let meta = params.map(|params| params.field("_meta")).transpose()?.flatten();
        let Some(meta) = meta else { return Ok(Self::default()) };
        let [version, token, subscription] = meta.fields([
            "io.modelcontextprotocol/protocolVersion",
            "progressToken",
            "io.modelcontextprotocol/subscriptionId",
        ])?;
        Ok(Self {
            modern: version.and_then(Raw::text).is_some_and(|version| is_modern(&version)),
            progress: token.map(|token| Id::of(token, limits).map(Id::into_owned)).transpose()?,
            subscription: subscription.map(|id| Id::of(id, limits)).transpose()?,
        })
    }
}
