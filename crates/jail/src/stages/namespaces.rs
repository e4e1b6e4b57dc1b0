//! Namespaces, and who one is in them.

use rustix::io::Errno;
use rustix::process::{getegid, geteuid, setsid};

use super::step::Step;
use super::{During, Failed};
use crate::sys::network::{self, Beside};
use crate::sys::process;

/// Leaves the supervisor's session, and with it its controlling terminal. What this process inherited beyond the
/// standard three is closed on exec, and only its own.
pub(crate) fn leave_session() -> Result<(), Failed> {
    match setsid() {
        // A leader already: then there is no terminal to lose by forking, and the clone below is no leader of it.
        Ok(_) | Err(Errno::PERM) => Ok(()),
        Err(errno) => Err(errno).during(Step::Detach),
    }
}

/// Every namespace but the network's.
const ALL: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;
/// Those of them that a prepared process is born in.
pub(crate) const BORN_IN: i32 = ALL & (libc::CLONE_NEWUSER + libc::CLONE_NEWPID);

/// Makes every namespace that this process is not in yet. A prepared one is in some, and its network is made beside it, to be
/// entered with [`enter_network`].
pub(crate) fn unshare(prepared: bool) -> Result<(), Failed> {
    let make = || -> std::io::Result<()> {
        if prepared {
            process::unshare(ALL & !BORN_IN)?;
        } else {
            process::unshare(ALL)?;
            network::enter_new()?;
        }
        Ok(())
    };
    make().during(Step::Namespaces)
}

/// Enters the network that was made beside this process.
pub(crate) fn enter_network(network: Option<Beside>) -> Result<(), Failed> {
    network.map_or(Ok(()), Beside::enter).during(Step::Namespaces)
}

/// Who this process is outside, read before the namespaces hide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    user: u32,
    group: u32,
}

impl Identity {
    pub(crate) fn own() -> Self {
        Self { user: geteuid().as_raw(), group: getegid().as_raw() }
    }
}

/// Maps this user and group onto themselves, and nobody else. `setgroups` must be given up first (user_namespaces(7)).
pub(crate) fn map(Identity { user, group }: Identity) -> Result<(), Failed> {
    for (path, text) in [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ] {
        std::fs::write(path, text).at(Step::Identity, path)?;
    }
    Ok(())
}

/// The machine's name inside.
pub(crate) const HOST_NAME: &str = "jail";

/// Names the machine, so that the host's name is not there.
pub(crate) fn name_host() -> Result<(), Failed> {
    rustix::system::sethostname(HOST_NAME.as_bytes()).during(Step::HostName)
}
