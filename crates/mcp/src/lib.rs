//! Turns bytes of MCP into meaning, and makes the few bytes that are our own.
#![forbid(unsafe_code)]

mod envelope;
mod frame;
mod json;
mod limits;
mod refusal;

pub use envelope::{Batches, Envelope, Id, Message, Scanner};
pub use frame::{Framing, Lines};
pub use json::{Elements, Kind, Members, Name, Raw, Strings};
pub use limits::Limits;
pub use refusal::{Reason, Refusal};
