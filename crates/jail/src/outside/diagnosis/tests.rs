use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A system, as it describes itself in files.
struct Fixture(World);

impl Fixture {
    fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("mantrap-diagnosis-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().join(name);
        let every = [
            ("proc/sys/kernel/osrelease", "6.8.0-31-generic\n"),
            ("proc/self/ns/user", ""),
            ("proc/self/mountinfo", "25 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"),
        ];
        for (path, text) in every.iter().chain(files) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(World { root })
    }

    fn says(&self, step: Step, errno: i32) -> (String, String) {
        self.0.explain(step, errno).map(|cause| (cause.why, cause.remedy)).unwrap_or_default()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0.root);
    }
}

/// Files, what failed and how, and what the reason and the remedy hold.
type Case<'a> = (&'a [(&'a str, &'a str)], Step, i32, &'a str, &'a str);

const CONFINED: (&str, &str) = ("proc/self/status", "Name:\tmantrap\nSeccomp:\t2\nSeccomp_filters:\t1\n");
const RESTRICTED: (&str, &str) = ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");

#[test]
fn each_system_gets_its_own_reason_and_remedy() {
    let masked = "25 1 0:1 / / rw - overlay overlay rw\n40 25 0:5 / /proc/kcore rw - tmpfs tmpfs rw\n";
    let chroot = "40 25 0:5 / /proc rw - proc proc rw\n";
    let version = "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n";
    let cases: &[Case<'_>] = &[
        // Ubuntu 24.04: the namespace is made, and is worth nothing.
        (
            &[RESTRICTED],
            Step::Identity,
            libc::EPERM,
            "AppArmor keeps",
            "install -m 644 packaging/apparmor/mantrap",
        ),
        (&[RESTRICTED], Step::Propagation, libc::EACCES, "AppArmor keeps", "install -m 644"),
        (
            &[RESTRICTED, ("etc/apparmor.d/mantrap", "")],
            Step::Network,
            libc::EPERM,
            "AppArmor keeps",
            "load it with `sudo apparmor_parser -r",
        ),
        // Docker's and Podman's defaults.
        (&[CONFINED, (".dockerenv", "")], Step::Namespaces, libc::EPERM, "(Docker)", "seccomp=unconfined"),
        (
            &[CONFINED, ("run/.containerenv", "")],
            Step::Namespaces,
            libc::EPERM,
            "(Podman)",
            "seccomp=unconfined",
        ),
        (
            &[(".dockerenv", ""), ("proc/self/mountinfo", masked)],
            Step::Proc,
            libc::EPERM,
            "`/proc/kcore`",
            "systempaths=unconfined",
        ),
        (
            &[(".dockerenv", ""), ("proc/self/attr/current", "docker-default (enforce)\n")],
            Step::Propagation,
            libc::EACCES,
            "`docker-default (enforce)`",
            "apparmor=unconfined",
        ),
        (&[CONFINED], Step::Namespaces, libc::EPERM, "filter around", "outside of the sandbox"),
        // Settings of Debian, RHEL and hardened systems.
        (
            &[("proc/sys/kernel/unprivileged_userns_clone", "0\n")],
            Step::Namespaces,
            libc::EPERM,
            "`kernel.unprivileged_userns_clone` is 0",
            "sysctl kernel.unprivileged_userns_clone=1",
        ),
        (
            &[("proc/sys/user/max_user_namespaces", "0\n")],
            Step::Namespaces,
            libc::ENOSPC,
            "`user.max_user_namespaces` is 0",
            "sysctl user.max_user_namespaces=15000",
        ),
        (
            &[("proc/sys/user/max_user_namespaces", "9\n"), ("proc/sys/user/max_net_namespaces", "0\n")],
            Step::Namespaces,
            libc::ENOSPC,
            "`user.max_net_namespaces` is 0",
            "sysctl user.max_net_namespaces",
        ),
        (&[], Step::Namespaces, libc::ENOSPC, "as many namespaces as it may", "end sandboxes"),
        (&[("proc/self/mountinfo", chroot)], Step::Namespaces, libc::EPERM, "in a chroot", "outside of it"),
        // Other kernels.
        (&[("proc/version", version)], Step::Namespaces, libc::EPERM, "gVisor", "on the host"),
        (
            &[("proc/sys/kernel/osrelease", "4.4.0-22621-Microsoft\n")],
            Step::Namespaces,
            libc::EINVAL,
            "WSL 1",
            "--set-version",
        ),
        (
            &[("proc/sys/kernel/osrelease", "5.15.153.1-microsoft-standard-WSL2\n")],
            Step::Seccomp,
            libc::EBUSY,
            "WSL 2",
            "networkingMode=nat",
        ),
        (&[], Step::Seccomp, libc::EBUSY, "a sandbox around", "none is needed"),
        (
            &[("proc/sys/kernel/osrelease", "5.10.0-28-amd64\n")],
            Step::Bind,
            libc::ENOSYS,
            "(5.10.0-28-amd64) is too old",
            "Linux 5.12",
        ),
        // Landlock.
        (
            &[("proc/sys/kernel/osrelease", "5.12.1\n")],
            Step::Landlock,
            libc::ENOSYS,
            "older than Landlock",
            "--waive landlock",
        ),
        (
            &[("sys/kernel/security/lsm", "capability,yama,apparmor\n")],
            Step::Landlock,
            libc::ENOSYS,
            "not among",
            "lsm=landlock,capability,yama,apparmor",
        ),
        (
            &[("sys/kernel/security/lsm", "landlock,yama\n"), CONFINED],
            Step::Landlock,
            libc::EPERM,
            "filter around",
            "outside",
        ),
        (&[], Step::Copy, libc::EINVAL, "mounted beneath", "beneath it"),
    ];
    for (files, step, errno, why, remedy) in cases {
        let (said, mend) = Fixture::with(files).says(*step, *errno);
        assert!(said.contains(why) && mend.contains(remedy), "{step:?} {errno}: {said}; {mend}");
    }
}

#[test]
fn what_nothing_explains_is_not_explained() {
    for (step, errno) in [
        (Step::Namespaces, libc::EPERM),
        (Step::Identity, libc::EPERM),
        (Step::Proc, libc::EPERM),
        (Step::Bind, libc::EINVAL),
        (Step::Root, libc::ENOMEM),
    ] {
        assert_eq!(Fixture::with(&[]).0.explain(step, errno), None, "{step:?} {errno}");
    }
}

#[test]
fn an_old_kernel_is_told_by_both_its_numbers() {
    for (release, older) in
        [("5.11.22", true), ("5.12", false), ("6.1.0-rc1", false), ("4.19.0", true), ("x", false)]
    {
        let fixture = Fixture::with(&[("proc/sys/kernel/osrelease", release)]);
        assert_eq!(fixture.0.older_than(LEAST_KERNEL), older, "{release}");
    }
}
