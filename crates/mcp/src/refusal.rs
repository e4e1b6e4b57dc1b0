//! Why a line is not passed on. Every reason has an id, which is its row in `docs/wire.md`, its word in the journal
//! and its case in `tests/refused.rs`.

use std::fmt;

use crate::envelope::Id;

/// One row per reason: the variant, its id, and what is wrong, to be read after "refused: ".
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $id:literal $message:literal)*) => {
        /// One reason to refuse. `docs/wire.md` says for each which readers the line would have split.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in the order of `docs/wire.md`.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word for it: lower case, with hyphens, stable.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What is wrong, for people: lower case, no full stop.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

reasons! {
    // Framing.
    /// The line is longer than [`Limits::line`](crate::Limits).
    LongLine "long-line" "the line is longer than allowed"
    /// The line is not UTF-8.
    NotUtf8 "not-utf8" "the line is not UTF-8"
    /// The line begins with a byte order mark.
    ByteOrderMark "byte-order-mark" "the line begins with a byte order mark"
    /// Nothing, or nothing but blanks.
    BlankLine "blank-line" "the line is blank"
    /// The stream ended inside a line.
    PartialLine "partial-line" "the stream ended inside a line"
    // No JSON, or JSON that is read differently.
    /// Not JSON: what server programs print by mistake, mostly.
    NotJson "not-json" "this is not JSON"
    /// A carriage return that is not the end of a line together with a line feed.
    CarriageReturn "carriage-return" "a carriage return stands inside the line"
    /// A NUL byte.
    Nul "nul" "a NUL byte stands in the line"
    /// A control character inside a string.
    ControlCharacter "control-character" "a control character stands in a string without an escape"
    /// An escape that JSON does not know.
    BadEscape "bad-escape" "a string holds an escape that JSON does not know"
    /// Half of a surrogate pair, which UTF-8 cannot say.
    LoneSurrogate "lone-surrogate" "a string holds half of a surrogate pair"
    /// A number that JSON does not know: leading zeros, a missing digit, a plus sign.
    BadNumber "bad-number" "a number is not written as JSON writes them"
    /// A number of 1e308 or more: infinite for some, an error for others.
    HugeNumber "huge-number" "a number is too large for a double"
    /// More after the end of the value.
    SecondValue "second-value" "something follows the message on its line"
    /// The same member twice in an object, at any depth.
    DuplicateMember "duplicate-member" "an object has the same member twice"
    /// Deeper than [`Limits::depth`](crate::Limits).
    TooDeep "too-deep" "the message is nested deeper than allowed"
    /// More open members than [`Limits::members`](crate::Limits).
    TooManyMembers "too-many-members" "an object has more members than allowed"
    // JSON, but no message.
    /// Neither an object nor an array.
    NotAnObject "not-an-object" "the message is no object"
    /// A batch where the negotiated revision has none.
    Batch "batch" "this revision of the protocol has no batches"
    /// An empty batch, one inside another, or more messages than [`Limits::batch`](crate::Limits).
    BadBatch "bad-batch" "the batch is empty, nested or too long"
    /// A name that differs only in case from one that the protocol reads.
    CaseVariant "case-variant" "a member differs from one of the protocol only in case"
    /// No `jsonrpc`, or another version than `2.0`.
    BadVersion "bad-version" "`jsonrpc` is not `2.0`"
    /// An id that is neither a string nor an integer of 64 bits.
    BadId "bad-id" "`id` is neither a string nor an integer of 64 bits"
    /// A method that is no string, or an empty one.
    BadMethod "bad-method" "`method` is no name"
    /// An id, a method or a token longer than [`Limits::name`](crate::Limits).
    LongName "long-name" "an id, a method or a token is longer than allowed"
    /// `params` that is neither an object nor null.
    BadParams "bad-params" "`params` is no object"
    /// `result` that is no object.
    BadResult "bad-result" "`result` is no object"
    /// `error` without an integer `code` and a string `message`.
    BadError "bad-error" "`error` lacks an integer `code` or a string `message`"
    /// Members of different kinds of message together, as `result` with `error`.
    MixedKinds "mixed-kinds" "the message is of two kinds at once"
    /// Neither a method nor an outcome, or a result without an id.
    NoKind "no-kind" "the message is neither request, notification nor response"
    // A message, but not now.
    /// A request from a server of the modern era, or before a legacy version was agreed on.
    ServerRequest "server-request" "a server may not send requests now"
    /// A response from a client of the modern era.
    ClientResponse "client-response" "a client may not send responses now"
    /// A method that this side may not send, or not in this era.
    WrongSide "wrong-side" "this side may not send this method now"
    /// A request of the protocol without an id, or a notification with one.
    WrongForm "wrong-form" "this request lacks an id, or this notification has one"
    /// An id of a request that is still in flight.
    DuplicateId "duplicate-id" "a request with this id is still in flight"
    /// A response to nothing that was asked.
    UnknownId "unknown-id" "no request with this id is in flight"
    /// A notification on a subscription that nobody opened.
    UnknownSubscription "unknown-subscription" "no subscription with this id is open"
    /// More requests without an answer than [`Limits::in_flight`](crate::Limits).
    TooManyInFlight "too-many-in-flight" "too many requests are without an answer"
    // Now, but without a meaning.
    /// A field that has to be judged is missing or of another kind.
    WrongShape "wrong-shape" "a field that has to be judged is missing or of another kind"
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.message())
    }
}

/// A message that is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}, at byte {at}")]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// Where in the message it was noticed, in bytes from its start.
    pub at: usize,
    /// The id, when the message is a request and got as far as saying so: to answer the asker.
    pub id: Option<Id<'static>>,
}

impl Refusal {
    pub(crate) const fn new(reason: Reason, at: usize) -> Self {
        Self { reason, at, id: None }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason, 0)
    }
}
