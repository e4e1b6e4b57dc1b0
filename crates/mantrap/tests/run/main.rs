//! `mantrap run`, from the outside: what a client, a person and the journal see. Each promise has a positive twin, which
//! shows that the probe would have done it.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own output, and starts what it tests"
)]

mod desk;
mod ending;
mod homes;
mod probation;
mod real;
mod refusing;
mod relaying;
mod revoking;
