//! Turns bytes of MCP into meaning, and makes the few bytes that are our own.
#![forbid(unsafe_code)]

mod envelope;
mod frame;
mod json;
mod limits;
mod method;
mod refusal;
mod version;

pub use envelope::{Batches, Envelope, Id, Message, Scanner};
pub use frame::{Framing, Lines};
pub use json::{Elements, Kind, Members, Name, Raw, Strings};
pub use limits::Limits;
pub use method::{Method, Side};
pub use refusal::{Reason, Refusal};
pub use version::{Era, Version};
