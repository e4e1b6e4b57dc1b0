//! Landlock, under the mount view: if a mount were ever wrong, the file would still be locked.

use std::os::fd::AsFd;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::root::{Allowed, Built};
use super::step::Step;
use super::{During, Failed};

/// The newest version whose rights are asked for; what an older kernel lacks of them it does not enforce.
const NEWEST: ABI = ABI::V6;

/// Restricts this process, for good. `Ok(false)` when the kernel has no Landlock.
pub(crate) fn restrict(built: &Built) -> Result<bool, Failed> {
    match rules(built) {
        Ok(restricted) => Ok(restricted),
        Err(error) => Err(std::io::Error::other(error)).during(Step::Landlock),
    }
}

fn rules(built: &Built) -> Result<bool, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    if let Ok(root) = openat(CWD, "/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
        ruleset = ruleset.add_rule(PathBeneath::new(root, AccessFs::ReadFile | AccessFs::ReadDir))?;
    }
    for part in &built.parts {
        let rights = rights(part.allowed);
        let rights = if part.directory { rights } else { rights & AccessFs::from_file(NEWEST) };
        ruleset = ruleset.add_rule(PathBeneath::new(part.mount.as_fd(), rights))?;
    }
    let status = ruleset.restrict_self()?;
    Ok(status.ruleset != landlock::RulesetStatus::NotEnforced)
}

fn rights(allowed: Allowed) -> BitFlags<AccessFs> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    match allowed {
        Allowed::Read => read,
        Allowed::Execute => read | AccessFs::Execute,
        Allowed::Device => AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev,
        Allowed::Write => rights(Allowed::Build) & !AccessFs::Execute,
        Allowed::Build => AccessFs::from_all(NEWEST) & !(AccessFs::MakeChar | AccessFs::MakeBlock),
    }
}
