//! Why a step failed on this machine, and what mends it: told from the kernel's answer and from what the system says of
//! itself. A sentence is given only where something was seen that supports it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::guarantee::Guarantee;
use crate::report::Missing;
use crate::stages::step::Step;

/// A reason that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Why it failed, as one clause.
    pub why: String,
    /// What mends it, as one sentence.
    pub remedy: String,
}

/// What the system says of itself, below a root: `/`, or a fixture.
#[derive(Debug)]
pub(crate) struct World {
    root: PathBuf,
}

/// What a jail needs of a kernel, by the version that brought the last of it (`mount_setattr(2)`).
const LEAST_KERNEL: (u32, u32) = (5, 12);
/// The version that brought Landlock.
const LANDLOCK: (u32, u32) = (5, 13);
/// What gVisor's own kernel calls itself (`pkg/sentry/syscalls/linux`).
const GVISOR: &str = "#1 SMP Sun Jan 10 15:06:54 PST 2016";
/// The kinds of namespaces that a jail is made of, as `/proc/sys/user` counts them.
const KINDS: [&str; 7] = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];
const APPARMOR: &str = "/etc/apparmor.d/mantrap";

impl World {
    pub(crate) fn here() -> Self {
        Self { root: "/".into() }
    }

    /// Why `step` failed with `errno`; `None` where nothing explains it.
    pub(crate) fn explain(&self, step: Step, errno: i32) -> Option<Cause> {
        let denied = matches!(errno, libc::EPERM | libc::EACCES);
        let absent = matches!(errno, libc::ENOSYS | libc::EOPNOTSUPP | libc::EINVAL);
        self.foreign_kernel()
            .or_else(|| (errno == libc::ENOSPC && step == Step::Namespaces).then(|| self.used_up()).flatten())
            .or_else(|| (step == Step::Namespaces && denied).then(|| self.namespaces_off()).flatten())
            .or_else(|| (step == Step::Landlock).then(|| self.no_landlock()))
            .or_else(|| (step == Step::Seccomp && errno == libc::EBUSY).then(|| self.listener_taken()))
            .or_else(|| (step == Step::Proc && denied).then(|| self.masked_proc()).flatten())
            .or_else(|| (step == Step::Copy).then(|| no_copy(errno)))
            .or_else(|| denied.then(|| self.kept_from_capabilities()).flatten())
            .or_else(|| denied.then(|| self.filtered()).flatten())
            .or_else(|| absent.then(|| self.old_kernel()).flatten())
            .or_else(|| (step == Step::Namespaces && absent).then(|| self.built_without()).flatten())
    }

    /// The same, with the reason that this system gives.
    pub(crate) fn explained(&self, missing: Missing) -> Missing {
        let Cause { why, remedy } = match missing.guarantee {
            Guarantee::Landlock => self.no_landlock(),
            Guarantee::Gate => self.listener_taken(),
            _ => return missing,
        };
        Missing { why, remedy, ..missing }
    }

    /// A kernel that only looks like Linux.
    fn foreign_kernel(&self) -> Option<Cause> {
        if self.read("proc/version").contains(GVISOR) {
            return Some(cause(
                "this is gVisor, whose own kernel has none of what a jail is built of",
                "run mantrap on the host, or in a container of the ordinary runtime (`--runtime=runc`)",
            ));
        }
        let release = self.release();
        (release.contains("Microsoft") && !release.contains("WSL2")).then(|| {
            cause(
                "this is WSL 1, which has no Linux kernel",
                "turn it into WSL 2: `wsl --set-version DISTRIBUTION 2`",
            )
        })
    }

    /// `ENOSPC` of unshare(2): a count is at its limit.
    fn used_up(&self) -> Option<Cause> {
        let limit = |kind: &&str| self.read(&format!("proc/sys/user/max_{kind}_namespaces"));
        match KINDS.iter().find(|kind| limit(kind) == "0") {
            Some(kind) => Some(cause(
                format!("`user.max_{kind}_namespaces` is 0"),
                format!("`sudo sysctl user.max_{kind}_namespaces=15000`, and in /etc/sysctl.d to keep it"),
            )),
            None => Some(cause(
                "this user has as many namespaces as it may, or 32 of them are inside one another",
                "end sandboxes that are no longer needed, or raise the limits in /proc/sys/user",
            )),
        }
    }

    /// `EPERM` of unshare(2) itself.
    fn namespaces_off(&self) -> Option<Cause> {
        if self.read("proc/sys/kernel/unprivileged_userns_clone") == "0" {
            return Some(cause(
                "`kernel.unprivileged_userns_clone` is 0",
                "`sudo sysctl kernel.unprivileged_userns_clone=1`, and in /etc/sysctl.d to keep it",
            ));
        }
        let mounts = self.read("proc/self/mountinfo");
        let is_chroot = !mounts.is_empty() && !mounts.lines().any(|line| line.split(' ').nth(4) == Some("/"));
        is_chroot.then(|| {
            cause(
                "this process is in a chroot, where the kernel makes no user namespace",
                "run mantrap outside of it, or enter the directory with `pivot_root` or systemd-nspawn instead",
            )
        })
    }

    /// A namespace that was made and is worth nothing: AppArmor.
    fn kept_from_capabilities(&self) -> Option<Cause> {
        if self.read("proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" {
            let remedy = if self.root.join(inside(APPARMOR)).exists() {
                format!(
                    "{APPARMOR} is there: load it with `sudo apparmor_parser -r {APPARMOR}`, and see that it names the \
                     path of this mantrap"
                )
            } else {
                format!(
                    "`sudo install -m 644 packaging/apparmor/mantrap {APPARMOR} && sudo apparmor_parser -r {APPARMOR}`, \
                     with the path of this mantrap in it"
                )
            };
            let why = "AppArmor keeps user namespaces from programs without a profile \
                       (`kernel.apparmor_restrict_unprivileged_userns` is 1)";
            return Some(cause(why, remedy));
        }
        let label = [self.read("proc/self/attr/apparmor/current"), self.read("proc/self/attr/current")];
        let label = label.into_iter().find(|label| label.ends_with("(enforce)"))?;
        let remedy = match self.container() {
            Some("Docker") | Some("Podman") => {
                "run mantrap on the host, or the container with `--security-opt apparmor=unconfined \
                --security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
                    .to_owned()
            }
            _ => "start mantrap outside of that profile, or let the profile allow `userns` and `mount`"
                .to_owned(),
        };
        Some(cause(format!("this process is confined by AppArmor as `{label}`"), remedy))
    }

    /// A filter of system calls around this process.
    fn filtered(&self) -> Option<Cause> {
        let status = self.read("proc/self/status");
        let mode = status.lines().find_map(|line| line.strip_prefix("Seccomp:")).map(str::trim);
        if mode != Some("2") {
            return None;
        }
        Some(match self.container() {
            Some(kind) => cause(
                format!("the system call filter of this container ({kind}) refuses it"),
                "run mantrap on the host, or the container with `--security-opt seccomp=unconfined --security-opt \
                 systempaths=unconfined`",
            ),
            None => cause(
                "a system call filter around this process refuses it",
                "start mantrap outside of the sandbox that it is in",
            ),
        })
    }

    /// A fresh `/proc` would show what is masked in this one.
    fn masked_proc(&self) -> Option<Cause> {
        let mounts = self.read("proc/self/mountinfo");
        let masks = mounts.lines().filter_map(|line| line.split(' ').nth(4));
        let mask = masks.into_iter().find(|place| place.starts_with("/proc/"))?;
        let remedy = match self.container() {
            Some(_) => {
                "run mantrap on the host, or the container with `--security-opt systempaths=unconfined`"
            }
            None => "take what is mounted over parts of /proc off, or run mantrap where nothing is",
        };
        Some(cause(
            format!("parts of /proc are covered (`{mask}`), and the kernel gives no uncovered one"),
            remedy,
        ))
    }

    fn no_landlock(&self) -> Cause {
        let modules = self.read("sys/kernel/security/lsm");
        if self.older_than(LANDLOCK) {
            return cause(
                format!("this kernel ({}) is older than Landlock", self.release()),
                "use Linux 5.13 or newer; `--waive landlock` goes without the second lock, the mount view holds",
            );
        }
        if !modules.is_empty() && !modules.split(',').any(|module| module == "landlock") {
            return cause(
                format!("Landlock is not among the kernel's security modules ({modules})"),
                format!("boot with `lsm=landlock,{modules}` on the kernel's command line"),
            );
        }
        // The kernel has it, as far as one can see, and this process is not let.
        self.filtered().unwrap_or_else(|| cause(
            "this kernel has no Landlock",
            "use a kernel that is built with it, with `landlock` among the security modules (`lsm=` on the kernel's \
             command line)",
        ))
    }

    fn listener_taken(&self) -> Cause {
        if self.release().contains("WSL2") || self.release().contains("microsoft") {
            return cause(
                "WSL 2 has the only listener of the kernel for its mirrored network",
                "`networkingMode=nat` in .wslconfig, or do without: what is refused stays refused and the report is \
                 shorter; Unix sockets are refused beside a granted directory",
            );
        }
        cause(
            "a sandbox around this one has the only listener of the kernel",
            "none is needed: what is refused stays refused and the report is shorter; Unix sockets are refused beside a \
             granted directory",
        )
    }

    fn old_kernel(&self) -> Option<Cause> {
        self.older_than(LEAST_KERNEL).then(|| {
            let (major, minor) = LEAST_KERNEL;
            cause(
                format!("this kernel ({}) is too old", self.release()),
                format!("use Linux {major}.{minor} or newer; 5.13 brings Landlock, 6.6 attributes in memory"),
            )
        })
    }

    fn built_without(&self) -> Option<Cause> {
        let has = self.root.join("proc/self/ns/user").symlink_metadata().is_ok();
        let is_mounted = self.root.join("proc/self/ns").exists();
        (is_mounted && !has).then(|| {
            cause("this kernel is built without user namespaces", "use a kernel with CONFIG_USER_NS")
        })
    }

    /// What kind of container this is, where it says so.
    fn container(&self) -> Option<&'static str> {
        let kinds = [
            (".dockerenv", "Docker"),
            ("run/.containerenv", "Podman"),
            ("var/run/secrets/kubernetes.io", "Kubernetes"),
        ];
        kinds.into_iter().find(|(mark, _)| self.root.join(mark).exists()).map(|(_, kind)| kind)
    }

    fn older_than(&self, (major, minor): (u32, u32)) -> bool {
        let release = self.release();
        let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
        matches!((numbers.next(), numbers.next()), (Some(own), Some(lesser)) if (own, lesser) < (major, minor))
    }

    fn release(&self) -> String {
        self.read("proc/sys/kernel/osrelease")
    }

    /// What a file of the system says, blanks at its ends taken off; nothing where it does not exist.
    fn read(&self, path: &str) -> String {
        fs::read(self.root.join(path))
            .map(|text| String::from_utf8_lossy(&text).trim().to_owned())
            .unwrap_or_default()
    }
}

/// No copy of what was granted for writing.
fn no_copy(errno: i32) -> Cause {
    match errno {
        libc::EINVAL => cause(
            "something is mounted beneath it, or its file system bears no overlay",
            "grant what is needed beneath it",
        ),
        libc::ENOSPC => cause("it is larger than the memory for copies", "grant less of it"),
        libc::ENODEV => {
            cause("this kernel has no overlay file system", "`sudo modprobe overlay`, where it is a module")
        }
        _ => cause(
            "this kernel lays no overlay in a user namespace",
            "use Linux 5.11 or newer, or learn without `--write`",
        ),
    }
}

fn cause(why: impl Into<String>, remedy: impl Into<String>) -> Cause {
    Cause { why: why.into(), remedy: remedy.into() }
}

fn inside(path: &str) -> &Path {
    Path::new(path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests;
