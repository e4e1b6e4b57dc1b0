//! Systems on which no file is rewritten and no policy made yet: without a lock there is nothing to start instead.

use anyhow::anyhow;

use crate::Failure;
use crate::cli::{Export, Protect, Unprotect, When};
use crate::environment::Environment;

fn refuse() -> Result<u8, Failure> {
    Err(Failure::Refused(
        121,
        anyhow!(
            "mantrap starts no server on this system yet, so no client can be made to start it; use Linux, or WSL2 on Windows"
        ),
    ))
}

pub(crate) mod protect {
    use super::{Environment, Failure, Protect, Unprotect, When, refuse};

    /// `mantrap protect`.
    pub(crate) fn protect(_: &Protect, _: When, _: &Environment) -> Result<u8, Failure> {
        refuse()
    }

    /// `mantrap unprotect`.
    pub(crate) fn unprotect(_: &Unprotect, _: &Environment) -> Result<u8, Failure> {
        refuse()
    }
}

pub(crate) mod export {
    use super::{Environment, Export, Failure, refuse};

    /// `mantrap export`.
    pub(crate) fn run(_: &Export, _: &Environment) -> Result<u8, Failure> {
        refuse()
    }
}
