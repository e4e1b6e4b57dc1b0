//! What one process may do, complete and resolved: nothing here is looked up again by the process that confines.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::grant::NetGrant;
use crate::guarantee::Guarantee;

/// The grants of one process and the command they are for. It travels to the confining process as the first message on
/// a socket, never in arguments or the environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// The program: absolute, without symbolic links.
    #[serde(with = "as_os")]
    pub program: PathBuf,
    /// Its arguments, the name it is called by (`argv[0]`) first.
    pub arguments: Vec<OsString>,
    /// The working directory, as seen inside. Where it is not there, the process starts in [`home`](Self::home).
    #[serde(with = "as_os")]
    pub directory: PathBuf,
    /// The whole environment, secrets excepted.
    pub environment: Vec<(OsString, OsString)>,
    /// Values that appear nowhere but where they are delivered.
    pub secrets: Vec<Secret>,
    /// Files and directories of the host that are there, at the same path.
    pub view: Vec<View>,
    /// Symbolic links made in the new root: where, and to what. For paths that the user knows by another name.
    pub links: Vec<Link>,
    /// Whether the operating system's own programs and libraries (`/usr`, `/lib`, a few files of `/etc`) are there.
    pub system: bool,
    /// A directory of the host whose files are there in place of the operating system's, each at its place beneath `/`, for
    /// reading and executing: an image. Absolute, without symbolic links. [`system`](Self::system) is then false.
    pub image: Option<PathBuf>,
    /// The private, empty, writable home. The host's own home is not behind it.
    #[serde(with = "as_os")]
    pub home: PathBuf,
    /// Where TCP may go.
    pub net: Vec<NetGrant>,
    /// Addresses of the host at which the supervisor listens for the jailed process: who connects there arrives at the same
    /// port of the jail's own loopback.
    pub listen: Vec<SocketAddr>,
    /// What the tree may use.
    pub limits: Limits,
    /// What is reported to the supervisor.
    pub gate: Gate,
    /// Start with rights held back: no connection leaves, granted directories are read-only until released.
    pub probation: bool,
    /// Remember what is tried and allowed, for [`Report::touched`](crate::Report::touched). Needs [`Gate::Acts`].
    pub learn: bool,
    /// Guarantees that may be missing.
    pub waived: Vec<Guarantee>,
    /// Ask about every execution, in place of the gate: there is one listener.
    #[cfg(target_os = "linux")]
    pub(crate) guard: Option<crate::guard::Layer>,
    /// Instead of executing the program, try forbidden acts.
    #[cfg(target_os = "linux")]
    pub(crate) trial: Option<crate::stages::trial::Trial>,
}

impl Profile {
    /// A profile that grants the system's programs and nothing else, for the given program.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, arguments: Vec<OsString>, home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self {
            program: program.into(),
            arguments,
            directory: home.clone(),
            environment: Vec::new(),
            secrets: Vec::new(),
            view: Vec::new(),
            links: Vec::new(),
            system: true,
            image: None,
            home,
            net: Vec::new(),
            listen: Vec::new(),
            limits: Limits::default(),
            gate: Gate::Refusals,
            probation: false,
            learn: false,
            waived: Vec::new(),
            #[cfg(target_os = "linux")]
            guard: None,
            #[cfg(target_os = "linux")]
            trial: None,
        }
    }

    /// Whether the user agreed to go without this guarantee.
    #[must_use]
    pub fn waives(&self, guarantee: Guarantee) -> bool {
        self.waived.contains(&guarantee)
    }
}

/// One path of the host that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Absolute, without symbolic links or `..`; the same inside and outside.
    #[serde(with = "as_os")]
    pub path: PathBuf,
    /// What may be done with it and all beneath it.
    pub right: Right,
}

/// What may be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Read files, list directories.
    Read,
    /// Read, and execute.
    Exec,
    /// Read, write, create, rename, remove; never execute.
    Write,
    /// Connect to this Unix socket.
    Socket,
    /// Read, and write to a copy that is thrown away at the end. For learning.
    Copy,
    /// Write, and execute what was written. For building, in a place that is nothing but the build's; no grant gives it.
    Build,
}

/// A symbolic link in the new root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it is.
    #[serde(with = "as_os")]
    pub at: PathBuf,
    /// What it points to.
    #[serde(with = "as_os")]
    pub to: PathBuf,
}

/// How a secret reaches the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// As an environment variable.
    Env,
    /// As the file `/run/secrets/NAME`, readable by its owner, in memory.
    File,
}

/// A value that is delivered and never shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret {
    /// Its name, which is the name of the variable or the file.
    pub name: String,
    /// How it is delivered.
    pub delivery: Delivery,
    /// The value itself.
    pub value: OsString,
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the tree of processes may use. `None` is the default of the jail, said at each field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory of the whole tree. Default: each process is capped at [`DEFAULT_DATA`], the tree is not.
    pub memory: Option<u64>,
    /// Processes and threads of the whole tree. Default: [`DEFAULT_PIDS`].
    pub pids: Option<u32>,
    /// Hundredths of one processor (150 is one and a half). Default: no cap.
    pub cpu: Option<u32>,
    /// Time on the clock from start to end. Default: no cap.
    pub time: Option<Duration>,
}

/// Processes and threads of a tree that asks for no other number.
pub const DEFAULT_PIDS: u32 = 512;
/// Bytes of private writable memory of one process of a tree that asks for no other number.
pub const DEFAULT_DATA: u64 = 4 << 30;
/// Bytes of the private writable file systems (`/tmp`, `/dev/shm` and the home together).
pub const PRIVATE_BYTES: u64 = 512 << 20;
/// Files and directories in the private writable file systems.
pub const PRIVATE_INODES: u64 = 100_000;
/// Open descriptors of one process.
pub const OPEN_FILES: u64 = 4096;
/// Bytes of the largest file that one process may write.
pub const FILE_BYTES: u64 = 8 << 30;

/// What the gate reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// No listener is asked for.
    Off,
    /// System calls outside the allow-list. Costs nothing on any other call.
    Refusals,
    /// Also opening, executing, connecting, renaming and the like, as they are tried. Costs some microseconds on each.
    Acts,
}

/// Paths as bytes: a path of Linux need not be UTF-8.
mod as_os {
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        OsString::deserialize(deserializer).map(PathBuf::from)
    }
}
