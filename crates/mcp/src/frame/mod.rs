//! Framing: where one message ends and the next begins. Nothing here knows what a message says.
//!
//! Behind a trait, because newlines will not stay the only way: HTTP over stdio is on the protocol's roadmap.

mod lines;

pub use lines::Lines;

use crate::refusal::Reason;

/// Cuts a stream of bytes into messages, without copying them again.
///
/// The one who reads asks for space, reads into it, says how much came, and takes messages until there is none.
pub trait Framing {
    /// Where the next bytes of the stream go; never empty.
    fn space(&mut self) -> &mut [u8];

    /// So many bytes of [`Framing::space`] were filled.
    fn filled(&mut self, bytes: usize);

    /// The next message, or why what stood in its place is none; nothing until more bytes come.
    fn next(&mut self) -> Option<Result<&str, Reason>>;

    /// The stream has ended: why what is left is no message, if anything is left.
    fn end(&mut self) -> Option<Reason>;

    /// Appends to `out` a message as this framing writes it.
    fn write(&self, message: &str, out: &mut Vec<u8>);
}
