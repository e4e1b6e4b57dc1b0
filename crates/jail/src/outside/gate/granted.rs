//! What the profile grants, as far as a report needs to know: the mounts and Landlock decide, this only explains.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use crate::profile::{Profile, Right};
use crate::report::Act;
use crate::stages::system;

/// What a profile grants and every jail has, for explaining. It decides nothing: the mounts and Landlock do.
#[derive(Debug)]
pub struct Granted {
    places: HashMap<Box<[u8]>, Rights>,
    /// The directories above them.
    ways: HashSet<Box<[u8]>>,
    links: Vec<(PathBuf, PathBuf)>,
    ports: Vec<u16>,
}

/// Private and writable in every jail.
const PRIVATE: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];
/// Made up for every jail, or empty in it.
const MADE_UP: &[&str] = &[
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/mtab",
    "/run/secrets",
];
/// Writable in every jail: devices, and the standard descriptors by name. `/dev/tty` opens nothing without a terminal.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/urandom",
    "/dev/random",
    "/dev/fd",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
];
/// Where every runtime looks at its start and does without: to try it tells nothing about a program.
const LOOKED_FOR: &[&str] = &[
    "/etc/debian_version",
    "/etc/gai.conf",
    "/etc/gitattributes",
    "/etc/gitconfig",
    "/etc/host.conf",
    "/etc/inputrc",
    "/etc/ld.so.preload",
    "/etc/ldap",
    "/etc/lsb-release",
    "/etc/mailname",
    "/etc/netsvc.conf",
    "/etc/os-release",
    "/etc/suid-debug",
    "/etc/svc.conf",
    "/proc/cgroups",
    "/proc/sys",
    "/run/nscd",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup",
    "/sys/kernel/mm",
    "/var/run/nscd",
];

impl Granted {
    /// What this profile grants.
    #[must_use]
    pub fn by(profile: &Profile) -> Self {
        let mut granted = Self {
            places: HashMap::new(),
            ways: HashSet::new(),
            links: profile.links.iter().map(|link| (link.at.clone(), link.to.clone())).collect(),
            ports: profile.net.iter().map(|grant| grant.port).collect(),
        };
        for place in PRIVATE {
            granted.add(place.as_ref(), Rights::PRIVATE);
        }
        granted.add(&profile.home, Rights::PRIVATE);
        for place in DEVICES {
            granted.add(place.as_ref(), Rights::of(Right::Write));
        }
        for place in MADE_UP {
            granted.add(place.as_ref(), Rights::of(Right::Read));
        }
        for place in LOOKED_FOR {
            granted.add(place.as_ref(), Rights::LOOKED_FOR);
        }
        for name in system::PROC {
            granted.add(&Path::new("/proc").join(name), Rights::of(Right::Read));
        }
        granted.add(&profile.program, Rights::of(Right::Exec));
        if profile.system {
            for place in system::PROGRAMS {
                granted.add(place.as_ref(), Rights::of(Right::Exec));
            }
            for place in system::SETTINGS {
                granted.add(place.as_ref(), Rights::of(Right::Read));
            }
        }
        // What an image has no place for is an attempt, as it is elsewhere.
        for entry in profile.image.iter().filter_map(|image| image.read_dir().ok()).flatten().flatten() {
            granted.add(&Path::new("/").join(entry.file_name()), Rights::of(Right::Exec));
        }
        for view in &profile.view {
            granted.add(&view.path, Rights::of(view.right));
        }
        granted
    }

    fn add(&mut self, place: &Path, rights: Rights) {
        let place = place.as_os_str().as_bytes();
        self.ways.extend(upwards(place).skip(1).map(Box::from));
        let entry = self.places.entry(place.into()).or_default();
        *entry = Rights(entry.0 | rights.0);
    }

    /// Whether the act on this path, absolute and without `.` and `..`, is within the grants, or is one that every runtime
    /// tries at its start and does without.
    #[must_use]
    pub fn covers(&self, act: Act, path: &Path) -> bool {
        let link =
            self.links.iter().find_map(|(at, to)| path.strip_prefix(at).ok().map(|rest| to.join(rest)));
        let mut path = link.map_or(Cow::Borrowed(path), Cow::Owned);
        // The root of a process is the root of the jail, however often one goes through it.
        while let Some(own) = own_process(&path) {
            match own {
                OwnProcess::Root(rest) => path = Cow::Owned(rest),
                OwnProcess::Descriptors | OwnProcess::Tuning => return act != Act::Execute,
                // The program that runs may run again: it was granted, or it would not.
                OwnProcess::Program => return act != Act::Write,
                OwnProcess::Other => return act == Act::Read,
            }
        }
        let wanted = match act {
            Act::Write => Rights::WRITE,
            Act::Execute => Rights::EXEC,
            Act::Connect => Rights::CONNECT,
            _ => Rights::READ,
        };
        match self.nearest(&path) {
            Some(rights) => rights.has(wanted),
            // The way to a granted place can be looked at.
            None => act == Act::Read && self.ways.contains(path.as_os_str().as_bytes()),
        }
    }

    /// Whether this is where the jail has something of its own in place of the host's: a private place that is empty at
    /// first, or another process.
    pub(super) fn may_be_absent(&self, path: &Path) -> bool {
        own_process(path).is_some()
            || self
                .nearest(path)
                .is_some_and(|rights| rights.has(Rights::ITS_OWN) && !rights.has(Rights::VIEWED))
    }

    /// What may be done at the nearest place that has a right of its own: `read` inside `write` is read.
    fn nearest(&self, path: &Path) -> Option<Rights> {
        upwards(path.as_os_str().as_bytes()).find_map(|place| self.places.get(place).copied())
    }

    /// Whether TCP may go to this port of some name.
    pub(super) fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }
}

/// What may be done at a place, as bits.
#[derive(Clone, Copy, Debug, Default)]
struct Rights(u8);

impl Rights {
    const READ: Self = Self(1);
    const EXEC: Self = Self(2);
    const WRITE: Self = Self(4);
    const CONNECT: Self = Self(8);
    /// The jail has a place of its own there, empty at first.
    const ITS_OWN: Self = Self(16);
    /// The host's place is there.
    const VIEWED: Self = Self(32);
    const PRIVATE: Self = Self(1 | 4 | 8 | 16);
    /// Reading there, or asking a daemon there.
    const LOOKED_FOR: Self = Self(1 | 8);

    const fn of(right: Right) -> Self {
        Self(
            Self::VIEWED.0
                | Self::READ.0
                | match right {
                    Right::Read => 0,
                    Right::Exec => Self::EXEC.0,
                    Right::Write | Right::Copy => Self::WRITE.0 | Self::CONNECT.0,
                    Right::Build => Self::WRITE.0 | Self::EXEC.0 | Self::CONNECT.0,
                    Right::Socket => Self::CONNECT.0,
                },
        )
    }

    const fn has(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }
}

/// A path, and every directory above it.
fn upwards(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| {
        let slash = path.iter().rposition(|&byte| byte == b'/')?;
        if path.len() > 1 { path.get(..slash.max(1)) } else { None }
    })
}

/// What a path beneath `/proc/NUMBER` is about.
enum OwnProcess {
    /// A path seen from the process's root.
    Root(PathBuf),
    /// Its open files.
    Descriptors,
    /// The program that it executes.
    Program,
    /// A name or a hint that runtimes write about themselves, and do without where it is read-only.
    Tuning,
    Other,
}

/// Takes a path in `/proc` of a process apart. There are no processes but the jail's.
fn own_process(path: &Path) -> Option<OwnProcess> {
    if !path.as_os_str().as_bytes().starts_with(b"/proc") {
        return None;
    }
    let rest = path.strip_prefix("/proc").ok()?;
    let mut parts = rest.components();
    let is_number = |part: Option<Component<'_>>| {
        part.is_some_and(|part| part.as_os_str().as_encoded_bytes().iter().all(u8::is_ascii_digit))
    };
    let Some(process) = parts.next() else { return Some(OwnProcess::Other) };
    let named = matches!(process.as_os_str().to_str(), Some("self" | "thread-self"));
    if !named && !is_number(Some(process)) {
        return None;
    }
    let mut rest = parts.as_path();
    let mut threads = parts.clone();
    if threads.next().is_some_and(|part| part.as_os_str() == "task") && is_number(threads.next()) {
        rest = threads.as_path();
    }
    if let Ok(seen) = rest.strip_prefix("root") {
        return Some(OwnProcess::Root(Path::new("/").join(seen)));
    }
    Some(match rest.to_str() {
        Some("exe") => OwnProcess::Program,
        Some("comm" | "coredump_filter" | "oom_score_adj" | "timerslack_ns") => OwnProcess::Tuning,
        _ if rest.starts_with("fd") => OwnProcess::Descriptors,
        _ => OwnProcess::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Link, View};

    fn granted() -> Granted {
        let mut profile = Profile::new("/opt/server/bin", Vec::new(), "/home/u");
        let view = |path: &str, right| View { path: path.into(), right };
        profile.view = vec![
            view("/srv/data", Right::Read),
            view("/srv/out", Right::Write),
            view("/srv/out/fixed", Right::Read),
            view("/run/db.sock", Right::Socket),
        ];
        profile.links = vec![Link { at: "/data".into(), to: "/srv/data".into() }];
        Granted::by(&profile)
    }

    #[test]
    fn each_right_is_its_own() {
        let granted = granted();
        let covers = |act, path: &str| granted.covers(act, Path::new(path));
        assert!(
            covers(Act::Read, "/srv/data/x") && covers(Act::Read, "/data/x") && covers(Act::Read, "/srv")
        );
        assert!(!covers(Act::Write, "/srv/data/x") && !covers(Act::Write, "/srv"));
        assert!(covers(Act::Write, "/srv/out/x") && !covers(Act::Write, "/srv/out/fixed/x"));
        assert!(!covers(Act::Execute, "/srv/out/x") && !covers(Act::Execute, "/tmp/x"));
        assert!(covers(Act::Execute, "/usr/bin/env") && covers(Act::Execute, "/opt/server/bin"));
        assert!(covers(Act::Connect, "/run/db.sock") && !covers(Act::Connect, "/run/docker.sock"));
    }

    #[test]
    fn what_is_not_granted_is_not_covered() {
        let granted = granted();
        for path in [
            "/etc/shadow",
            "/root/.ssh/id_ed25519",
            "/srv/database",
            "/home/v",
            "/proc/kcore",
            "/proc/1x",
            "/proc/1/root/etc/shadow",
            "/proc/self/task/7/root/etc/shadow",
        ] {
            assert!(!granted.covers(Act::Read, Path::new(path)), "{path}");
        }
        for path in ["/proc/self/maps", "/proc/1/cmdline", "/home/u/x", "/etc/resolv.conf", "/proc/meminfo"] {
            assert!(granted.covers(Act::Read, Path::new(path)), "{path}");
        }
    }
}
