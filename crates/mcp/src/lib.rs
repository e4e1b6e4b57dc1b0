//! Turns bytes of MCP into meaning, and makes the few bytes that are our own.
//!
//! The way of a message: [`Framing`] cuts it out of the stream, [`Scanner`] checks every byte of it once and borrows its
//! [`Envelope`], [`Connection`] knows whether its sender may send it now and what it answers, and [`meaning::walk`]
//! shows what is in it. [`Relay`] is the first three in a row. What is passed on afterwards is the line as it
//! came, or the line without some of its parts ([`edit`]), or an error of our own ([`reply`]).
//!
//! Never does I/O, has no clock, and judges no content: that is policy's. Every refusal has an id, and
//! `docs/wire.md` says for each whom the bytes would have split.
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
pub mod session;
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
