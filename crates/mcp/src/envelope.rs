//! The envelope of a message: its kind, id and method, and the rest as raw slices. JSON-RPC 2.0 as MCP narrows it.
//!
//! One pass checks the whole message, the depths that nobody looks at included, because all of it is passed on.

use std::borrow::Cow;
use std::fmt;

use crate::json::{Fault, Kind, Raw, Scan, Text, blanks, folds_to, unexpected};
use crate::limits::Limits;
use crate::refusal::{Reason, Refusal};

/// The id of a request: `1` and `"1"` are two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id<'a> {
    /// An integer of 64 bits.
    Integer(i64),
    /// A string, escapes resolved.
    Text(Cow<'a, str>),
}

impl Id<'_> {
    /// The same id, free of the message.
    #[must_use]
    pub fn into_owned(self) -> Id<'static> {
        match self {
            Self::Integer(integer) => Id::Integer(integer),
            Self::Text(text) => Id::Text(Cow::Owned(text.into_owned())),
        }
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => write!(out, "{integer}"),
            Self::Text(text) => write!(out, "{text:?}"),
        }
    }
}

impl<'a> Id<'a> {
    /// An id or a progress token, which are of the same kinds.
    ///
    /// # Errors
    /// [`Reason::BadId`] of another kind, [`Reason::LongName`] beyond the bound.
    pub fn of(raw: Raw<'a>, limits: &Limits) -> Result<Self, Reason> {
        if let Some(text) = raw.text() {
            return if text.len() <= limits.name { Ok(Self::Text(text)) } else { Err(Reason::LongName) };
        }
        raw.integer().map(Self::Integer).ok_or(Reason::BadId)
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Envelope<'a> {
    /// Wants an answer.
    Request {
        /// By which the answer is known.
        id: Id<'a>,
        /// What is asked, escapes resolved.
        method: Cow<'a, str>,
        /// An object. `null` counts as none.
        params: Option<Raw<'a>>,
    },
    /// Wants none.
    Notification {
        /// What is told, escapes resolved.
        method: Cow<'a, str>,
        /// An object. `null` counts as none.
        params: Option<Raw<'a>>,
    },
    /// What was asked for: an object.
    Result {
        /// Of the request.
        id: Id<'a>,
        /// An object.
        result: Raw<'a>,
    },
    /// Why there is none.
    Error {
        /// Of the request, or nothing when that could not be read.
        id: Option<Id<'a>>,
        /// An object with an integer `code` and a string `message`.
        error: Raw<'a>,
    },
}

/// One line: a message, or in revision 2025-03-26 several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// The usual.
    Single(Envelope<'a>),
    /// At least one message, at most [`Limits::batch`].
    Batch(Vec<Envelope<'a>>),
}

impl<'a> Message<'a> {
    /// The messages of the line.
    #[must_use]
    pub fn envelopes(&self) -> &[Envelope<'a>] {
        match self {
            Self::Single(envelope) => std::slice::from_ref(envelope),
            Self::Batch(envelopes) => envelopes,
        }
    }

    /// The id to answer to when this is not passed on: that of a single request.
    #[must_use]
    pub fn asker(&self) -> Option<Id<'static>> {
        match self {
            Self::Single(Envelope::Request { id, .. }) => Some(id.clone().into_owned()),
            _ => None,
        }
    }
}

/// Whether an array of messages is a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batches {
    /// Only where revision 2025-03-26 was agreed on.
    Allow,
    /// Everywhere else.
    Refuse,
}

/// Reads messages, one after the other, with memory that it keeps.
#[derive(Debug)]
pub struct Scanner {
    scan: Scan,
    limits: Limits,
}

impl Scanner {
    /// A scanner with these bounds.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { scan: Scan::new(limits.depth, limits.members), limits }
    }

    /// The message of a line, without the end of the line.
    ///
    /// # Errors
    /// Whatever is not one legal message with one meaning.
    pub fn read<'a>(&mut self, line: &'a str, batches: Batches) -> Result<Message<'a>, Refusal> {
        if line.len() > self.limits.line || u32::try_from(line.len()).is_err() {
            return Err(Reason::LongLine.into());
        }
        self.scan.begin();
        let read = self.message(line, batches);
        self.scan.shrink();
        read
    }

    fn message<'a>(&mut self, line: &'a str, batches: Batches) -> Result<Message<'a>, Refusal> {
        let bytes = line.as_bytes();
        let mut at = blanks(bytes, 0);
        let message = match bytes.get(at) {
            Some(b'{') => {
                let envelope;
                (envelope, at) = self.object(line, at, 1)?;
                Message::Single(envelope)
            }
            Some(b'[') if batches == Batches::Allow => {
                let envelopes;
                (envelopes, at) = self.batch(line, at)?;
                Message::Batch(envelopes)
            }
            Some(b'[') => {
                at = blanks(bytes, self.scan.value(line, at, 0)?);
                return Err(at_end(bytes, at).err().unwrap_or(Fault(Reason::Batch, 0)).into());
            }
            // What begins like a value is a log line more often than JSON: `2026-07-28 ready`.
            Some(b'\r' | 0) => return Err(unexpected(bytes, at).into()),
            Some(_) => {
                let value = self.scan.value(line, at, 0);
                let whole = value.is_ok_and(|end| blanks(bytes, end) == bytes.len());
                return Err(if whole { Reason::NotAnObject } else { Reason::NotJson }.into());
            }
            None => return Err(Reason::BlankLine.into()),
        };
        at_end(bytes, blanks(bytes, at))?;
        Ok(message)
    }

    fn batch<'a>(&mut self, line: &'a str, from: usize) -> Result<(Vec<Envelope<'a>>, usize), Refusal> {
        let bytes = line.as_bytes();
        let mut envelopes = Vec::new();
        let mut at = from + 1;
        loop {
            at = blanks(bytes, at);
            if envelopes.len() == self.limits.batch || matches!(bytes.get(at), Some(b']' | b'[')) {
                return Err(Fault(Reason::BadBatch, at).into());
            }
            let (envelope, behind) =
                self.object(line, at, 2).map_err(|refusal| Refusal { id: None, ..refusal })?;
            envelopes.push(envelope);
            at = blanks(bytes, behind);
            match bytes.get(at) {
                Some(b',') => at += 1,
                Some(b']') => return Ok((envelopes, at + 1)),
                _ => return Err(unexpected(bytes, at).into()),
            }
        }
    }

    /// The object at `from`, which has `depth` containers around its values.
    fn object<'a>(
        &mut self,
        line: &'a str,
        from: usize,
        depth: usize,
    ) -> Result<(Envelope<'a>, usize), Refusal> {
        let mut members = Members::default();
        let read = self.members(line, from, depth, &mut members);
        let id = members.asker(&self.limits);
        let with_id = |refusal: Refusal| Refusal { id: id.clone(), ..refusal };
        let end = read.map_err(|fault| with_id(fault.into()))?;
        let envelope =
            members.envelope(&self.limits).map_err(|reason| with_id(Refusal::new(reason, from)))?;
        Ok((envelope, end))
    }

    fn members<'a>(
        &mut self,
        line: &'a str,
        from: usize,
        depth: usize,
        members: &mut Members<'a>,
    ) -> Result<usize, Fault> {
        let bytes = line.as_bytes();
        let mark = self.scan.mark();
        let mut at = blanks(bytes, from + 1);
        if bytes.get(from) != Some(&b'{') {
            return Err(unexpected(bytes, from));
        }
        if bytes.get(at) == Some(&b'}') {
            return Ok(at + 1);
        }
        loop {
            let (name, behind) = self.scan.name(line, at)?;
            let start = blanks(bytes, behind);
            let end = self.scan.value(line, start, depth)?;
            let raw = Raw::of_scanned(line.get(start..end).unwrap_or_default(), self.scan.longest());
            let inside = line.get(name.start..name.end).unwrap_or_default();
            let known = if name.escaped {
                members.put(&Text::of_scanned(inside).said(), raw)
            } else {
                members.put(inside, raw)
            };
            known.map_err(|reason| Fault(reason, at))?;
            at = blanks(bytes, end);
            match bytes.get(at) {
                Some(b',') => at = blanks(bytes, at + 1),
                Some(b'}') => {
                    self.scan.close(line, mark, at)?;
                    return Ok(at + 1);
                }
                _ => return Err(unexpected(bytes, at)),
            }
        }
    }
}

fn at_end(bytes: &[u8], at: usize) -> Result<(), Fault> {
    match bytes.get(at) {
        None => Ok(()),
        Some(b'\r' | 0) => Err(unexpected(bytes, at)),
        Some(_) => Err(Fault(Reason::SecondValue, at)),
    }
}

/// The members that the protocol reads.
#[derive(Default)]
struct Members<'a> {
    jsonrpc: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    method: Option<Raw<'a>>,
    params: Option<Raw<'a>>,
    result: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
}

impl<'a> Members<'a> {
    fn put(&mut self, name: &str, raw: Raw<'a>) -> Result<(), Reason> {
        let member = match name {
            "jsonrpc" => &mut self.jsonrpc,
            "id" => &mut self.id,
            "method" => &mut self.method,
            "params" => &mut self.params,
            "result" => &mut self.result,
            "error" => &mut self.error,
            other => {
                let known = ["jsonrpc", "id", "method", "params", "result", "error"];
                let variant = known.iter().any(|wanted| folds_to(other, wanted));
                return if variant { Err(Reason::CaseVariant) } else { Ok(()) };
            }
        };
        // The scan finds duplicates of any name at the end of the object; this one it finds at once.
        if member.replace(raw).is_some() { Err(Reason::DuplicateMember) } else { Ok(()) }
    }

    /// The id of what is, as far as it was read, a request.
    fn asker(&self, limits: &Limits) -> Option<Id<'static>> {
        let request = self.result.is_none() && self.error.is_none();
        let id = self.id.filter(|_| request)?;
        Id::of(id, limits).ok().map(Id::into_owned)
    }

    fn envelope(self, limits: &Limits) -> Result<Envelope<'a>, Reason> {
        if self.jsonrpc.and_then(Raw::text).as_deref() != Some("2.0") {
            return Err(Reason::BadVersion);
        }
        let id = self.id.map(|id| Id::of(id, limits)).transpose()?;
        match (self.method, self.result, self.error) {
            (Some(method), None, None) => {
                let method = method.text().filter(|method| !method.is_empty()).ok_or(Reason::BadMethod)?;
                if method.len() > limits.name {
                    return Err(Reason::LongName);
                }
                let params = self.params.filter(|params| params.kind() != Kind::Null);
                if params.is_some_and(|params| params.kind() != Kind::Object) {
                    return Err(Reason::BadParams);
                }
                Ok(match id {
                    Some(id) => Envelope::Request { id, method, params },
                    None => Envelope::Notification { method, params },
                })
            }
            (None, Some(result), None) if self.params.is_none() => match id {
                Some(_) if result.kind() != Kind::Object => Err(Reason::BadResult),
                Some(id) => Ok(Envelope::Result { id, result }),
                None => Err(Reason::NoKind),
            },
            (None, None, Some(error)) if self.params.is_none() => {
                let [code, message] = error.fields(["code", "message"])?;
                let named = message.is_some_and(|message| message.kind() == Kind::String);
                if code.and_then(Raw::integer).is_none() || !named {
                    return Err(Reason::BadError);
                }
                Ok(Envelope::Error { id, error })
            }
            (None, None, None) => Err(Reason::NoKind),
            _ => Err(Reason::MixedKinds),
        }
    }
}
