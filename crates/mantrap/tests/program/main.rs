//! The real program, started on throwaway trees in an empty environment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own tree, and starts what it tests"
)]

mod advisories;
mod browser;
mod cli;
#[cfg(unix)]
mod diff;
#[cfg(target_os = "linux")]
mod doctor;
mod files;
#[cfg(target_os = "linux")]
mod jail;
mod journal;
#[cfg(target_os = "linux")]
mod protect;
#[cfg(unix)]
mod server;
#[cfg(target_os = "linux")]
mod shelf;
mod support;
