//! The one way from a permit to a process.

use std::os::fd::{AsFd, OwnedFd};

use mantrap_jail::{Error, Gate, Jail};

use crate::admit::{Admission, Permit};
use crate::room::{self, Asked, Composed, Outside, Program, Refusal, Wish};

/// A process that was admitted and runs.
#[derive(Debug)]
pub struct Entered {
    /// The room that it runs in, its rights held back until [`Jail::release`].
    pub jail: Jail,
    /// On whose word, and under which record.
    pub admission: Admission,
    /// What a person should be told about its rights: one sentence each, without its stop.
    pub warnings: Vec<String>,
}

/// Why an admitted plan does not run. Nothing was executed.
#[derive(Debug, thiserror::Error)]
pub enum NotEntered {
    /// A right that cannot be given here.
    #[error(transparent)]
    Room(#[from] Refusal),
    /// The jail.
    #[error("{}", .0.chain())]
    Jail(#[from] Error),
}

/// Starts what was admitted: the very file that was measured, with the rights of the plan and no others. A permit is good
/// for one start.
///
/// # Errors
/// [`NotEntered`]; the permit is spent.
pub fn enter(permit: Permit, outside: &Outside<'_>, standard: [OwnedFd; 3]) -> Result<Entered, NotEntered> {
    let (plan, admission) = permit.into_parts();
    let grants = plan.grants().iter().map(|grant| Asked { grant: grant.clone(), base: "/".into() });
    let wish = Wish {
        grants: grants.collect(),
        program: Program::Measured(&plan),
        directory: plan.directory().map(Into::into),
        waived: plan.located().entry.waivers.iter().copied().collect(),
        gate: Gate::Refusals,
        probation: true,
    };
    let Composed { profile, warnings, .. } = room::compose(&wish, outside)?;
    let jail = Jail::start_measured(&profile, standard, plan.program().as_fd())?;
    Ok(Entered { jail, admission, warnings })
}
