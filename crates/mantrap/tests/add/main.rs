//! `mantrap add` and `mantrap store` as a person and a script use them: from a registry on loopback, from files, and back.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own tree, and starts what it tests"
)]

#[path = "../../../launch/tests/install/archive.rs"]
#[allow(clippy::allow_attributes, dead_code, reason = "not every attack is repeated here")]
mod archive;
#[path = "../../../launch/tests/install/image.rs"]
#[allow(clippy::allow_attributes, dead_code, reason = "not every form is needed here")]
mod layers;
#[path = "../../../launch/tests/install/web.rs"]
#[allow(clippy::allow_attributes, dead_code, reason = "not every attack is repeated here")]
mod web;

mod catalogue;
mod image;
mod packages;
mod probe;
mod schemas;
mod store;
mod update;
mod world;
