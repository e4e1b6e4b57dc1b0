//! What the profile grants, as far as a report needs to know: the mounts and Landlock decide, this only explains.

use std::path::{Component, Path, PathBuf};

use crate::profile::{Profile, Right};
use crate::report::Act;
use crate::stages::system;

/// What a profile grants and every jail has, for explaining. It decides nothing: the mounts and Landlock do.
#[derive(Debug)]
pub struct Granted {
    places: Vec<(PathBuf, Right)>,
    links: Vec<(PathBuf, PathBuf)>,
    ports: Vec<u16>,
    home: PathBuf,
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
        let of = |paths: &[&str], right: Right| -> Vec<_> {
            paths.iter().map(|path| (PathBuf::from(path), right)).collect()
        };
        let mut places = of(PRIVATE, Right::Write);
        places.extend(of(DEVICES, Right::Write));
        places.extend(of(MADE_UP, Right::Read));
        places.extend(system::PROC.iter().map(|name| (Path::new("/proc").join(name), Right::Read)));
        places.push((profile.home.clone(), Right::Write));
        places.push((profile.program.clone(), Right::Exec));
        if profile.system {
            places.extend(of(system::PROGRAMS, Right::Exec));
            places.extend(of(system::SETTINGS, Right::Read));
        }
        places.extend(profile.view.iter().map(|view| (view.path.clone(), view.right)));
        let links = profile.links.iter().map(|link| (link.at.clone(), link.to.clone())).collect();
        let ports = profile.net.iter().map(|grant| grant.port).collect();
        Self { places, links, ports, home: profile.home.clone() }
    }

    /// Whether the act on this path, absolute and without `.` and `..`, is within the grants, or is one that every runtime
    /// tries at its start and does without.
    #[must_use]
    pub fn covers(&self, act: Act, path: &Path) -> bool {
        let link =
            self.links.iter().find_map(|(at, to)| path.strip_prefix(at).ok().map(|rest| to.join(rest)));
        let mut path = link.unwrap_or_else(|| path.to_owned());
        // The root of a process is the root of the jail, however often one goes through it.
        while let Some(own) = own_process(&path) {
            match own {
                OwnProcess::Root(rest) => path = rest,
                OwnProcess::Descriptors | OwnProcess::Tuning => return act != Act::Execute,
                // The program that runs may run again: it was granted, or it would not.
                OwnProcess::Program => return act != Act::Write,
                OwnProcess::Other => return act == Act::Read,
            }
        }
        // Reading there, or asking a daemon there.
        let looks = matches!(act, Act::Read | Act::Connect);
        if looks && LOOKED_FOR.iter().any(|place| path.starts_with(place)) {
            return true;
        }
        // A right beneath a place stands for all beneath it, the longest match first: `read` inside `write` is read.
        let over = || self.places.iter().filter(|(place, _)| path.starts_with(place));
        let nearest = over().map(|(place, _)| place.as_os_str().len()).max();
        let rights = |wanted: &[Right]| {
            over().any(|(place, right)| Some(place.as_os_str().len()) == nearest && wanted.contains(right))
        };
        match (act, nearest) {
            // The way to a granted place can be looked at.
            (Act::Read, None) => self.places.iter().any(|(place, _)| place.starts_with(&path)),
            (_, None) => false,
            (Act::Write, _) => rights(&[Right::Write, Right::Copy]),
            (Act::Execute, _) => rights(&[Right::Exec]),
            (Act::Connect, _) => rights(&[Right::Socket, Right::Write, Right::Copy]),
            (_, Some(_)) => true,
        }
    }

    /// Whether this is where the jail has something of its own in place of the host's: a private place that is empty at
    /// first, or another process.
    pub(super) fn may_be_absent(&self, path: &Path) -> bool {
        let over = self.places.iter().filter(|(place, _)| path.starts_with(place));
        let nearest = over.max_by_key(|(place, _)| place.as_os_str().len());
        own_process(path).is_some()
            || nearest.is_some_and(|(place, _)| {
                *place == self.home || PRIVATE.iter().any(|private| place == Path::new(private))
            })
    }

    /// Whether TCP may go to this port of some name.
    pub(super) fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }
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
