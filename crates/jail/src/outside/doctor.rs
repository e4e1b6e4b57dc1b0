//! What holds on this machine, found by trying.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, pipe_with};

use super::error::Error;
use super::jail::Jail;
use crate::guarantee::Guarantee;
use crate::profile::{Limits, Profile};
use crate::stages::trial::{self, Escape, Trial};

/// One guarantee on this machine.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Standing {
    /// Which.
    pub guarantee: Guarantee,
    /// Whether it holds here.
    pub holds: bool,
    /// What keeps it, as one clause.
    pub how: String,
    /// Why it does not hold.
    pub why: Option<String>,
    /// What would bring it, as one sentence.
    pub remedy: Option<String>,
}

/// Builds a throwaway jail and tries forbidden acts in it. Never infers from version numbers.
#[must_use]
pub fn examine() -> Vec<Standing> {
    let tried = attempt();
    Guarantee::ALL.into_iter().map(|guarantee| standing(guarantee, &tried)).collect()
}

fn attempt() -> Result<(Vec<Escape>, Vec<crate::Missing>), Error> {
    let outsider = i32::try_from(std::process::id()).unwrap_or(1);
    let canary = std::fs::read_link("/proc/self/exe").unwrap_or_else(|_| "/etc/passwd-".into());
    // A canary beneath /usr would be granted with the system; the user's own file is then its own settings file.
    let canary = if canary.starts_with("/usr") { "/etc/passwd-".into() } else { canary };
    let mut profile = Profile::new("/", vec!["trial".into()], "/tmp/home");
    profile.trial = Some(Trial { outsider, canary });
    // Limits are asked for, so that it shows which can be kept; what is missing is no reason to try nothing else.
    let cpu = Some(100);
    profile.limits = Limits { memory: Some(256 << 20), pids: Some(trial::PIDS), cpu, time: None };
    profile.waived = vec![Guarantee::Landlock, Guarantee::Memory, Guarantee::Pids, Guarantee::Cpu];
    let io = |errno: rustix::io::Errno| Error::Spawn(errno.into());
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(io)?;
    let null =
        || File::options().read(true).write(true).open("/dev/null").map(OwnedFd::from).map_err(Error::Spawn);
    let jail = Jail::start(&profile, [null()?, write, null()?])?;
    let missing = jail.missing().to_vec();
    let mut text = Vec::new();
    File::from(read).take(64 << 10).read_to_end(&mut text).map_err(Error::Spawn)?;
    jail.wait()?;
    let escapes = serde_json::from_slice(&text).map_err(|_| Error::OutOfTurn("trial"))?;
    Ok((escapes, missing))
}

fn standing(guarantee: Guarantee, tried: &Result<(Vec<Escape>, Vec<crate::Missing>), Error>) -> Standing {
    let how = how(guarantee).to_owned();
    let lacks = |why: String, remedy: Option<String>| Standing {
        guarantee,
        holds: false,
        how: how.clone(),
        why: Some(why),
        remedy,
    };
    match tried {
        Err(error) => lacks(error.chain(), error.remedy()),
        Ok((escapes, missing)) => {
            if let Some(missing) = missing.iter().find(|missing| missing.guarantee == guarantee) {
                return lacks(missing.why.clone(), Some(missing.remedy.clone()));
            }
            match escapes.iter().find(|escape| escape.guarantee == guarantee) {
                Some(escape) => lacks(format!("inside a jail it was possible to {}", escape.act), None),
                None => Standing { guarantee, holds: true, how, why: None, remedy: None },
            }
        }
    }
}

fn how(guarantee: Guarantee) -> &'static str {
    match guarantee {
        Guarantee::Files => "mount namespace, pivot_root into a read-only root made of grants",
        Guarantee::Exec => "noexec mounts, memfd_create restricted",
        Guarantee::Net => "empty network namespace",
        Guarantee::Ipc => "ipc and network namespaces, no host socket in the view",
        Guarantee::Processes => "pid namespace, fresh /proc",
        Guarantee::Syscalls => "seccomp allow-list",
        Guarantee::Privileges => "capabilities dropped, no_new_privs",
        Guarantee::Landlock => "Landlock",
        Guarantee::Death => "pid namespace whose init dies with the supervisor",
        Guarantee::Memory | Guarantee::Cpu => "control group",
        Guarantee::Pids if rustix::process::geteuid().is_root() => "control group",
        Guarantee::Pids => "RLIMIT_NPROC, counted in the user namespace",
        Guarantee::Gate => "seccomp user notification",
    }
}
