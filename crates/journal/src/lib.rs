//! Turns records into chained, provable bytes: an append-only journal in the C2SP tlog-tiles form, so that others can
//! verify it too.
//!
//! Owns the format, the durability and the proofs. Never decides what is worth recording, never edits or removes a record,
//! and never says `Ok` before the disk did. A record that was acknowledged survives any kill; a byte that changed is found by
//! [`verify()`]; records that are gone are found against a checkpoint that was kept elsewhere.
//!
//! [`Journal`] writes, [`Reader`] reads, [`verify()`] checks everything, [`Proof`] convinces somebody else.
#![forbid(unsafe_code)]

mod begin;
mod checkpoint;
mod disk;
mod error;
mod export;
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod hurt;
mod journal;
mod merkle;
mod note;
mod proof;
mod reader;
mod record;
mod store;
mod tail;
mod tile;
mod verify;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use export::export;
pub use journal::{Journal, Receipt};
pub use merkle::Hash;
pub use note::{BadKey, BadNote, Verifier};
pub use proof::{BadProof, Proof, extends, includes};
pub use reader::{Entry, Reader};
pub use record::{Intent, Note, Outcome, Process, Record, Says, Usage, Verdict, Who};
pub use tile::LARGEST_ENTRY;
pub use verify::{Account, Problem, Trust, verify};
