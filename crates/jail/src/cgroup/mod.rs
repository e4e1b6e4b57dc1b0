//! Control groups: caps that the kernel keeps on a whole tree of processes.
//!
//! Made only beneath the group that this process itself is in, and only where it may write there: what was not
//! delegated is not touched. Each group is one directory, whose name says which process removes it.

mod delegated;
mod group;
mod place;
mod sweep;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::guarantee::Guarantee;
use crate::report::Missing;

pub(crate) use group::{Groups, has_killed};
pub(crate) use place::Version;
pub(crate) use sweep::sweep;

/// What is capped, with the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cap {
    /// Bytes, swap included.
    Memory(u64),
    /// Processes and threads.
    Pids(u32),
    /// Hundredths of one processor.
    Cpu(u32),
}

impl Cap {
    pub(crate) const fn controller(self) -> Controller {
        match self {
            Self::Memory(_) => Controller::Memory,
            Self::Pids(_) => Controller::Pids,
            Self::Cpu(_) => Controller::Cpu,
        }
    }
}

/// The kernel's part that keeps a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    Memory,
    Pids,
    Cpu,
}

impl Controller {
    const ALL: [Self; 3] = [Self::Memory, Self::Pids, Self::Cpu];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Pids => "pids",
            Self::Cpu => "cpu",
        }
    }

    pub(crate) const fn guarantee(self) -> Guarantee {
        match self {
            Self::Memory => Guarantee::Memory,
            Self::Pids => Guarantee::Pids,
            Self::Cpu => Guarantee::Cpu,
        }
    }
}

/// Why a cap cannot be kept here.
#[derive(Debug)]
pub(crate) struct Lack {
    controller: Controller,
    why: String,
    remedy: &'static str,
}

impl Lack {
    pub(crate) fn into_missing(self) -> Missing {
        Missing { guarantee: self.controller.guarantee(), why: self.why, remedy: self.remedy.to_owned() }
    }
}

/// What brings a control group of one's own, without root.
const DELEGATE: &str = "start it as `systemd-run --user --scope -p Delegate=yes mantrap jail …` (as root without \
                        `--user`), in a service with `Delegate=yes`, or in a container that may write its control group";

/// A file of the kernel's. Names of mounts and processes in it may be anything: what is no UTF-8 is replaced.
pub(crate) fn kernel_text(path: impl AsRef<Path>) -> io::Result<String> {
    /// Bytes; a machine with thousands of mounts stays far below.
    const MOST: u64 = 8 << 20;
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
