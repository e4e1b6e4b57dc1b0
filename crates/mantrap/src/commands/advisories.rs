//! `mantrap advisories`.

use crate::Failure;
use crate::cli::{Advisories, When};
use crate::environment::Environment;

/// Lists or updates.
pub(crate) fn run(_command: &Advisories, _color: When, _environment: &Environment) -> Result<u8, Failure> {
    Err(Failure::Other(anyhow::anyhow!("not available yet")))
}
