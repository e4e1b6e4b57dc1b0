//! How much one connection may make us hold. Every bound has a reason of its own, and reaching one refuses.

/// The bounds of one connection. All of them hold for each direction by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line without its end. The smallest cap of an official SDK is 4 MiB; larger ones never see it.
    pub line: usize,
    /// Objects and arrays inside each other, the message itself included. `serde_json` stops at 127.
    pub depth: usize,
    /// Members of the objects that are open at one place of a message, which is what has to be remembered to find
    /// a duplicate.
    pub members: usize,
    /// Bytes of an id, a method or a progress token. They are kept for as long as a request is in flight.
    pub name: usize,
    /// Messages of one batch. Only revision 2025-03-26 has batches.
    pub batch: usize,
    /// Requests without an answer, for each side.
    pub in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 4 << 20, depth: 100, members: 65_536, name: 256, batch: 64, in_flight: 1024 }
    }
}
