//! `mantrap export`.

use crate::Failure;
use crate::cli::Export;
use crate::environment::Environment;

/// Prints a policy.
pub(crate) fn run(_: &Export, _: &Environment) -> Result<u8, Failure> {
    Ok(0)
}
