//! The flaw, before and after, on the official SDKs: hosts that take a server from data start whatever the data says, and with mantrap
//! nothing of it. `scripts/hosts` builds the hosts, `vectors.toml` has the data.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and starts the software under test"
)]

mod guarded;
mod held;
mod home;
mod raw;
mod scratch;
mod sdk;
mod sessions;
mod table;
mod vectors;
