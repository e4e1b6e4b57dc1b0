//! Control groups, where a limit needs one: nothing else caps a whole tree.
//!
//! This process makes them and stays outside to remove them; its child enters them and goes on. So nothing is left
//! even where the supervisor is killed, and one that is left by a remover's own death goes with the next start.

use std::fs::File;

use rustix::process::{Signal, geteuid, set_parent_process_death_signal};

use super::step::Step;
use super::{During, Failed};
use crate::cgroup::{Cap, Groups, Lack, Version};
use crate::guarantee::Guarantee;
use crate::profile::{Limits, Profile};
use crate::sys::process::{self, Forked};
use crate::wire::{Channel, Message};

/// Who keeps the limit on memory.
#[derive(Debug)]
pub(crate) enum Memory {
    /// Nobody: none was asked for.
    Unlimited,
    /// The kernel. The file counts the processes that it has ended for it.
    Kernel(File),
    /// The jail's init, by looking: agreed to by name, because it is weaker.
    Init { bytes: u64 },
}

/// The caps that no resource limit keeps. The root user is exempt from the one on processes (getrlimit(2)).
pub(crate) fn caps(limits: &Limits) -> Vec<Cap> {
    // The first process of the jail, and two more while the program is being started.
    const FEWEST: u32 = 3;
    let pids = limits.pids.filter(|_| geteuid().is_root()).map(|pids| Cap::Pids(pids.max(FEWEST)));
    [limits.memory.map(Cap::Memory), pids, limits.cpu.map(Cap::Cpu)].into_iter().flatten().collect()
}

/// Goes on in groups that keep the caps. Where there is one to keep, it is the child of this process that goes on.
pub(crate) fn enter(control: &Channel, profile: &Profile) -> Result<Memory, Failed> {
    let caps = caps(&profile.limits);
    if caps.is_empty() {
        return Ok(Memory::Unlimited);
    }
    let (mut groups, lacks) = Groups::make(&caps);
    if let Err(failed) = agreed(control, profile, lacks) {
        groups.remove();
        return Err(failed);
    }
    let memory = match (groups.memory.take(), profile.limits.memory) {
        (Some(counter), _) => Memory::Kernel(counter),
        (None, Some(bytes)) => Memory::Init { bytes },
        (None, None) => Memory::Unlimited,
    };
    if groups.is_empty() {
        return Ok(memory);
    }
    // Being born in a group costs less than moving there, where the kernel can do it.
    let (forked, born) = match groups.birthplace().map(process::fork_into) {
        Some(Ok(forked)) => (Ok(forked), Some(Version::Two)),
        _ => (process::fork(), None),
    };
    match forked.during(Step::Group) {
        Ok(Forked::Parent(_)) => keep(&groups),
        Ok(Forked::Child) => {
            // Until the jail's init exists, this one ends with the process that the supervisor knows.
            set_parent_process_death_signal(Some(Signal::KILL)).during(Step::Group)?;
            groups.enter(born).during(Step::Group)?;
            Ok(memory)
        }
        Err(failed) => {
            groups.remove();
            Err(failed)
        }
    }
}

/// Goes without what was waived, and nothing else.
fn agreed(control: &Channel, profile: &Profile, lacks: Vec<Lack>) -> Result<(), Failed> {
    for mut missing in lacks.into_iter().map(Lack::into_missing) {
        let waived = profile.waives(missing.guarantee);
        if waived && missing.guarantee == Guarantee::Memory {
            missing.why.push_str(" (it is looked at ten times a second instead, which a burst outruns)");
        }
        control.send(&Message::Missing(missing), &[]).during(Step::Group)?;
        if !waived {
            // The message before this one says why.
            return Err(std::io::Error::from_raw_os_error(libc::EOPNOTSUPP)).during(Step::Group);
        }
    }
    Ok(())
}

/// Waits for the end of the jail, whose init is a child of this process, and removes the groups.
fn keep(groups: &Groups) -> ! {
    // Every end of a pipe or socket that is held here would keep somebody waiting.
    let _ = process::close_from(0);
    process::wait_for_all();
    groups.remove();
    process::end_now(0)
}
