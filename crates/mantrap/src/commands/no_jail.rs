//! Systems without a jail of their own: refuse, in one sentence.

use anyhow::anyhow;

use crate::Failure;

/// The documented code for a missing guarantee: here all of them are.
const MISSING: u8 = 123;

fn refuse() -> Result<u8, Failure> {
    Err(Failure::Refused(
        MISSING,
        anyhow!(
            "mantrap has no jail for this system yet, and starts nothing without one; use Linux, or WSL2 on Windows"
        ),
    ))
}

pub(crate) mod jail {
    use crate::Failure;
    use crate::cli::{Jail, When};
    use crate::environment::Environment;

    /// `mantrap jail`.
    pub(crate) fn run(_: &Jail, _: When, _: &Environment) -> Result<u8, Failure> {
        super::refuse()
    }
}

pub(crate) mod guard {
    use crate::Failure;
    use crate::cli::Guard;
    use crate::environment::Environment;

    /// `mantrap guard`.
    pub(crate) fn run(_: &Guard, _: &Environment) -> Result<u8, Failure> {
        super::refuse()
    }
}

pub(crate) mod doctor {
    use crate::Failure;
    use crate::cli::{ListFormat, When};
    use crate::environment::Environment;

    /// `mantrap doctor`.
    pub(crate) fn run(_: ListFormat, _: When, _: &Environment) -> Result<u8, Failure> {
        super::refuse()
    }
}

pub(crate) mod run {
    use crate::Failure;
    use crate::environment::Environment;

    /// `mantrap run`.
    pub(crate) fn run(_: &str, _: &Environment) -> Result<u8, Failure> {
        super::refuse()
    }
}

pub(crate) mod policy {
    use crate::Failure;
    use crate::cli::Policy;
    use crate::environment::Environment;

    /// `mantrap policy`.
    pub(crate) fn run(_: &Policy, _: &Environment) -> Result<u8, Failure> {
        super::refuse()
    }
}

pub(crate) mod approvals {
    use crate::Failure;
    use crate::cli::ListFormat;
    use crate::environment::Environment;

    /// `mantrap approvals`.
    pub(crate) fn run(_: Option<ListFormat>, _: bool, _: &Environment) -> Result<u8, Failure> {
        super::refuse()
    }
}
