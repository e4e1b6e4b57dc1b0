//! What a jail promises, one word per promise. A jail that would lack one does not start unless it is waived by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One promise of the jail. The mechanism that keeps it on this machine is `mantrap doctor`'s to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarantee {
    /// Only granted files can be read, only those granted for writing can be changed.
    Files,
    /// Only granted programs can be executed; nothing that the process wrote itself can.
    Exec,
    /// Nothing leaves over a network but TCP to granted names and ports.
    Net,
    /// No socket, bus, shared memory or message queue of the host can be reached.
    Ipc,
    /// No process outside can be seen, signalled, traced or read.
    Processes,
    /// Only the system calls of the allow-list reach the kernel.
    Syscalls,
    /// No capability is held and none can be gained.
    Privileges,
    /// A second, independent lock on files: Landlock, under the mount view.
    Landlock,
    /// The whole tree dies with its supervisor, however that dies.
    Death,
    /// The memory of the whole tree is capped by the kernel.
    Memory,
    /// The number of processes of the whole tree is capped by the kernel.
    Pids,
    /// The processor time per second of the whole tree is capped by the kernel.
    Cpu,
    /// Refused attempts are reported, and probation can hold rights back.
    Gate,
}

impl Guarantee {
    /// Every guarantee, in the order in which they are explained and printed.
    pub const ALL: [Self; 13] = [
        Self::Files,
        Self::Exec,
        Self::Net,
        Self::Ipc,
        Self::Processes,
        Self::Syscalls,
        Self::Privileges,
        Self::Landlock,
        Self::Death,
        Self::Memory,
        Self::Pids,
        Self::Cpu,
        Self::Gate,
    ];

    /// The word for it, as typed after `--waive` and printed by `mantrap doctor`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Exec => "exec",
            Self::Net => "net",
            Self::Ipc => "ipc",
            Self::Processes => "processes",
            Self::Syscalls => "syscalls",
            Self::Privileges => "privileges",
            Self::Landlock => "landlock",
            Self::Death => "death",
            Self::Memory => "memory",
            Self::Pids => "pids",
            Self::Cpu => "cpu",
            Self::Gate => "gate",
        }
    }

    /// What is lost without it, as one sentence for people.
    #[must_use]
    pub const fn promise(self) -> &'static str {
        match self {
            Self::Files => "only granted files can be read, only those granted for writing can be changed",
            Self::Exec => "only granted programs can be executed, and nothing that was written inside",
            Self::Net => "nothing leaves over a network but TCP to granted names and ports",
            Self::Ipc => "no socket, bus or shared memory of the host can be reached",
            Self::Processes => "no process outside can be seen, signalled, traced or read",
            Self::Syscalls => "only system calls of the allow-list reach the kernel",
            Self::Privileges => "no capability is held and none can be gained",
            Self::Landlock => "a second, independent lock on files under the mount view",
            Self::Death => "the whole tree dies with its supervisor, however that dies",
            Self::Memory => "the memory of the whole tree is capped by the kernel",
            Self::Pids => "the number of processes of the whole tree is capped by the kernel",
            Self::Cpu => "the processor time of the whole tree is capped by the kernel",
            Self::Gate => "refused attempts are reported, and probation can hold rights back",
        }
    }
}

impl fmt::Display for Guarantee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// The word is none of [`Guarantee::ALL`].
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a guarantee; they are files, exec, net, ipc, processes, syscalls, privileges, landlock, death, memory, pids, cpu and gate"
)]
pub struct UnknownGuarantee(String);

impl FromStr for Guarantee {
    type Err = UnknownGuarantee;

    fn from_str(word: &str) -> Result<Self, UnknownGuarantee> {
        Self::ALL
            .into_iter()
            .find(|guarantee| guarantee.word() == word)
            .ok_or_else(|| UnknownGuarantee(word.to_owned()))
    }
}
