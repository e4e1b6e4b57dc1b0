//! Systems on which mantrap cannot tell yet who may change a file: no lock counts there.

use anyhow::anyhow;

use crate::Failure;
use crate::cli::{Add, Approve, ListFormat, Store, Update, When};
use crate::environment::Environment;

fn refuse() -> Result<u8, Failure> {
    Err(Failure::Refused(
        121,
        anyhow!("mantrap keeps no lock on this system yet; use Linux, or WSL2 on Windows"),
    ))
}

pub(crate) fn list(_: ListFormat, _: When, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn verify(_: ListFormat, _: When, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn show(_: &str, _: ListFormat, _: When, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn diff(_: &str, _: ListFormat, _: When, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn add(_: &Add, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn approve(_: &Approve, _: When, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn update(_: &Update, _: When, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn revoke(_: &str, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn remove(_: &str, _: &Environment) -> Result<u8, Failure> {
    refuse()
}

pub(crate) fn run(_: &Store, _: &Environment) -> Result<u8, Failure> {
    refuse()
}
