//! The escape suite: one test for each technique by which a jailed process might get out.
//!
//! Every test has a positive twin: the same probe commits the same act without the jail, as the same user, and
//! succeeds. Then it tries inside, is refused, and the canary, the marker or the listener outside shows nothing. Run
//! by root, every test runs twice: as root, and as an ordinary user.
//!
//! `docs/known-attacks.md` lists the techniques; the first line above each test is its row there.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own output, and starts what it tests"
)]

mod ambient;
mod copying;
mod executing;
mod exhaustion;
mod files;
mod inet;
mod kernel;
mod litter;
mod local_sockets;
mod mounting;
mod names;
mod page;
mod peers;
mod place;
mod processes;
mod supervisor;
mod writing;
