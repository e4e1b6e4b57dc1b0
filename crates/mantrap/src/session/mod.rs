//! A conversation between a client and a server that runs: [`Session`] says what becomes of every message, and here is what that
//! needs of the world: descriptors, the clock, people, and the journal.

pub(crate) mod complaints;
pub(crate) mod policed;
pub(crate) mod pump;
#[cfg(test)]
mod tests;

pub(crate) use mantrap_mcp::session::{Session, UNSPOKEN};
