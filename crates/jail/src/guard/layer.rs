//! The kernel's own list of what may be executed: Landlock, which reads no memory of anybody and asks nobody.

use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::fs::{CWD, Mode, OFlags, openat};

/// Restricts this process, for good: only these files may be executed, by whatever path and as whatever interpreter; no
/// process outside the tree can be traced or written into; and where the kernel knows how (Linux 6.12), none can be
/// sent a signal. A file of the list that is not there is one that cannot be executed either.
///
/// # Errors
/// When the kernel has no Landlock.
pub(crate) fn restrict(programs: &[PathBuf]) -> io::Result<()> {
    let mut opened = Vec::new();
    for program in programs {
        match open(program) {
            Ok(found) => opened.push(found),
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            }
            Err(error) => return Err(error),
        }
    }
    let root = open(Path::new("/"))?;
    let rules = || -> Result<(), RulesetError> {
        // Moving files from directory to directory is refused by every ruleset that does not allow it.
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::Execute)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::Refer)?
            .scope(BitFlags::from(Scope::Signal) & Scope::from_all(ABI::V6))?
            .create()?
            .add_rule(PathBeneath::new(root, AccessFs::Refer))?;
        for program in opened {
            rules = rules.add_rule(PathBeneath::new(program, AccessFs::Execute))?;
        }
        rules.restrict_self().map(drop)
    };
    rules().map_err(io::Error::other)
}

fn open(path: &Path) -> io::Result<std::os::fd::OwnedFd> {
    openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| io::Error::new(errno.kind(), format!("`{}`: {errno}", path.display())))
}
