//! Turns bytes of MCP into meaning, and makes the few bytes that are our own.
#![forbid(unsafe_code)]

mod connection;
pub mod edit;
mod envelope;
mod frame;
mod json;
mod limits;
pub mod meaning;
mod method;
mod refusal;
mod relay;
pub mod reply;
mod version;

pub use connection::{About, Connection, Pending, Turn};
pub use envelope::{Batches, Envelope, Id, Message, Scanner};
pub use frame::{Framing, Lines};
pub use json::{Elements, Kind, Members, Raw, Strings, Text};
pub use limits::Limits;
pub use method::{Method, Side};
pub use refusal::{Reason, Refusal};
pub use relay::{Passed, Relay, Turns};
pub use version::{Era, Version};
