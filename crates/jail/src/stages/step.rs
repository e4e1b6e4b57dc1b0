//! The steps that can fail, one per act on the kernel, and what each failure means to the person who meets it.

use serde::{Deserialize, Serialize};

use crate::guarantee::Guarantee;

/// One act on the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Reading the profile.
    Opening,
    /// Closing what was inherited and leaving the session.
    Detach,
    /// Setting a resource limit.
    Limit,
    /// Entering control groups.
    Group,
    /// `unshare` of the namespaces.
    Namespaces,
    /// Mapping the user's own id.
    Identity,
    /// Making the first process.
    Init,
    /// Loopback, routes and sockets.
    Network,
    /// Naming the machine.
    HostName,
    /// Opening a granted path.
    Source,
    /// Making mounts private.
    Propagation,
    /// The file system of the new root.
    Root,
    /// A private writable file system.
    Private,
    /// A file or directory of the new root.
    Skeleton,
    /// Attaching a granted path.
    Bind,
    /// A copy-on-write directory.
    Copy,
    /// The process file system.
    Proc,
    /// `pivot_root` and letting the old root go.
    Pivot,
    /// Making the program's process.
    Fork,
    /// Standard input, output and error.
    Standard,
    /// The working directory.
    Directory,
    /// Dropping capabilities.
    Capabilities,
    /// `no_new_privs`.
    NoNewPrivileges,
    /// Landlock.
    Landlock,
    /// The system call filter.
    Seccomp,
    /// Trying forbidden acts before the program may.
    SelfCheck,
    /// `execve` of the program.
    Execute,
    /// Making held mounts writable.
    Release,
}

impl Step {
    /// What was being done, to follow "cannot".
    pub(crate) const fn doing(self) -> &'static str {
        match self {
            Self::Opening => "read the profile",
            Self::Detach => "let go of what was inherited",
            Self::Limit => "set a resource limit",
            Self::Group => "enter a control group",
            Self::Namespaces => "make namespaces",
            Self::Identity => "map the user into its namespace",
            Self::Init => "start the first process of the jail",
            Self::Network => "set up the network of the jail",
            Self::HostName => "name the jail's machine",
            Self::Source => "open a granted path",
            Self::Propagation => "make mounts private",
            Self::Root => "make the jail's root",
            Self::Private => "make a private file system",
            Self::Skeleton => "make a file or directory of the jail's root",
            Self::Bind => "attach a granted path",
            Self::Copy => "lay a copy over a granted path",
            Self::Proc => "mount the jail's /proc",
            Self::Pivot => "leave the host's root",
            Self::Fork => "start the program's process",
            Self::Standard => "hand over standard input, output and error",
            Self::Directory => "enter the working directory",
            Self::Capabilities => "drop capabilities",
            Self::NoNewPrivileges => "forbid new privileges",
            Self::Landlock => "lock files with Landlock",
            Self::Seccomp => "install the system call filter",
            Self::SelfCheck => "prove the jail from inside",
            Self::Execute => "execute the program",
            Self::Release => "release what was held back",
        }
    }

    /// The guarantee that falls with this step. `None` where the jail cannot be had at all without it.
    pub(crate) const fn guarantee(self) -> Option<Guarantee> {
        match self {
            Self::Landlock => Some(Guarantee::Landlock),
            _ => None,
        }
    }
}
