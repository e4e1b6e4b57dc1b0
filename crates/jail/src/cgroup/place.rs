//! Where this process stands: for each controller, the directory of its own control group (cgroups(7)).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use super::Controller;

/// The two interfaces of the kernel. A machine can have controllers on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    One,
    Two,
}

/// This process's own control group in the hierarchy of one controller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) version: Version,
    pub(crate) directory: PathBuf,
}

/// The place of `controller`, from the texts of `/proc/self/cgroup` and `/proc/self/mountinfo`. A controller that no
/// mounted hierarchy of version 1 has is looked for in version 2; whether it is to be had there, the directory tells.
pub(crate) fn find(controller: Controller, groups: &str, mounts: &str) -> Option<Place> {
    let lines = || groups.lines().filter_map(group);
    let one = lines().find(|(names, _)| names.split(',').any(|name| name == controller.word()));
    let (version, path) = match one {
        Some((_, path)) => (Version::One, path),
        None => (Version::Two, lines().find(|(names, _)| names.is_empty())?.1),
    };
    let mount = mounts.lines().filter_map(mount).find(|mount| match version {
        Version::One => mount.kind == "cgroup" && mount.options.split(',').any(|it| it == controller.word()),
        Version::Two => mount.kind == "cgroup2",
    })?;
    // A group outside the part that is mounted here cannot be reached, and `..` says that it lies outside a namespace.
    let below = path.strip_prefix(&mount.root).ok()?;
    let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
    // Joined in parts, because an empty one would leave a stroke at the end.
    plain.then(|| Place { version, directory: mount.at.iter().chain(below.iter()).collect() })
}

/// One line of `/proc/self/cgroup`: `4:memory:/a/b`, or `0::/a/b` in version 2.
fn group(line: &str) -> Option<(&str, &Path)> {
    let mut fields = line.splitn(3, ':');
    let (_, names, path) = (fields.next()?, fields.next()?, fields.next()?);
    Some((names, Path::new(path)))
}

/// One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct Mount<'a> {
    root: PathBuf,
    at: PathBuf,
    kind: &'a str,
    /// Those of the file system, which name the controllers in version 1.
    options: &'a str,
}

fn mount(line: &str) -> Option<Mount<'_>> {
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(3);
    let (root, at) = (unescaped(before.next()?), unescaped(before.next()?));
    let mut after = after.split(' ');
    let (kind, _, options) = (after.next()?, after.next()?, after.next()?);
    Some(Mount { root, at, kind, options })
}

/// Blanks, line breaks and backslashes are written as three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let octal = behind.get(..3).filter(|_| first == b'\\');
        let octal = octal.and_then(|digits| std::str::from_utf8(digits).ok());
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &str =
        "9:name=systemd:/\n4:memory:/a/b\n2:cpu,cpuacct:/\n1:pids:/elsewhere\n0::/user.slice/x.scope\n";
    const MOUNTS: &str = "\
31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu\\040mine rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /a /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
36 31 0:33 /docker/1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
";

    #[test]
    fn each_controller_is_found_where_it_is_mounted() {
        let at = |controller| find(controller, MIXED, MOUNTS).map(|place| (place.version, place.directory));
        assert_eq!(at(Controller::Memory), Some((Version::One, "/sys/fs/cgroup/memory/b".into())));
        assert_eq!(at(Controller::Cpu), Some((Version::One, "/sys/fs/cgroup/cpu mine".into())));
        assert_eq!(at(Controller::Pids), None, "its group lies outside what is mounted");
    }

    #[test]
    fn what_version_one_lacks_is_looked_for_in_version_two() {
        let place = find(Controller::Pids, "0::/user.slice/x.scope\n", MOUNTS).unwrap();
        assert_eq!(place.version, Version::Two);
        assert_eq!(place.directory, Path::new("/sys/fs/cgroup/unified/user.slice/x.scope"));
    }

    #[test]
    fn a_group_outside_the_namespace_is_no_place() {
        assert_eq!(find(Controller::Memory, "0::/../other\n", MOUNTS), None);
        assert_eq!(find(Controller::Memory, "0:\n\n::\n", MOUNTS), None);
        assert_eq!(find(Controller::Memory, MIXED, "nonsense\n1 2 3 - \n"), None);
    }

    #[test]
    fn escapes_that_are_none_stay_as_they_are() {
        assert_eq!(unescaped("/a\\040b\\134"), Path::new("/a b\\"));
        assert_eq!(unescaped("/a\\9\\04"), Path::new("/a\\9\\04"));
    }
}
