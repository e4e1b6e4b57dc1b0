//! System calls that are refused by name, with the answer that does the least harm to an honest caller. What is in no
//! list is refused with `ENOSYS`, as by a kernel that has not heard of it.

use libc::{ENOSYS, EPERM};

use super::numbers;
use super::rule::{Outcome, Row, Rule};

macro_rules! row {
    ($symbol:ident) => {
        (numbers::$symbol, stringify!($symbol))
    };
}

/// Refused, on every architecture.
pub(super) const REFUSED: &[Row] = &[
    // Other processes: reading, steering and tracing them.
    refuse(row!(SYS_ptrace), EPERM, "reads and steers another process"),
    refuse(row!(SYS_process_vm_readv), EPERM, "reads another process"),
    refuse(row!(SYS_process_vm_writev), EPERM, "writes into another process"),
    refuse(row!(SYS_process_madvise), EPERM, "acts on the memory of another process"),
    refuse(row!(SYS_process_mrelease), EPERM, "acts on the memory of another process"),
    refuse(row!(SYS_pidfd_getfd), EPERM, "takes a descriptor out of another process"),
    refuse(row!(SYS_kcmp), EPERM, "compares kernel addresses of processes"),
    refuse(row!(SYS_migrate_pages), EPERM, "moves the memory of another process"),
    refuse(row!(SYS_move_pages), EPERM, "moves the memory of another process"),
    // Namespaces and mounts: the walls.
    refuse(row!(SYS_unshare), EPERM, "new namespaces give back capabilities"),
    refuse(row!(SYS_setns), EPERM, "enters another namespace"),
    quietly(
        row!(SYS_clone3),
        ENOSYS,
        "its flags are in memory, out of a filter's sight; libraries fall back on clone",
    ),
    refuse(row!(SYS_mount), EPERM, "changes the view"),
    refuse(row!(SYS_umount2), EPERM, "changes the view"),
    refuse(row!(SYS_pivot_root), EPERM, "changes the view"),
    refuse(row!(SYS_chroot), EPERM, "changes the view"),
    refuse(row!(SYS_open_tree), EPERM, "changes the view"),
    refuse(row!(SYS_open_tree_attr), EPERM, "changes the view"),
    refuse(row!(SYS_move_mount), EPERM, "changes the view"),
    refuse(row!(SYS_fsopen), EPERM, "mounts a file system"),
    refuse(row!(SYS_fsconfig), EPERM, "mounts a file system"),
    refuse(row!(SYS_fsmount), EPERM, "mounts a file system"),
    refuse(row!(SYS_fspick), EPERM, "reconfigures a mount"),
    refuse(row!(SYS_mount_setattr), EPERM, "changes the view"),
    refuse(row!(SYS_statmount), EPERM, "lists mounts"),
    refuse(row!(SYS_listmount), EPERM, "lists mounts"),
    refuse(row!(SYS_listns), EPERM, "lists namespaces"),
    refuse(row!(SYS_name_to_handle_at), EPERM, "names files by handle"),
    refuse(row!(SYS_open_by_handle_at), EPERM, "opens files past the view"),
    quietly(
        row!(SYS_openat2),
        ENOSYS,
        "its mode and flags are in memory, out of a filter's sight; libraries fall back on openat",
    ),
    // Large surfaces of the kernel.
    refuse(row!(SYS_io_uring_setup), ENOSYS, "acts past the filter"),
    refuse(row!(SYS_io_uring_enter), ENOSYS, "acts past the filter"),
    refuse(row!(SYS_io_uring_register), ENOSYS, "acts past the filter"),
    refuse(row!(SYS_bpf), EPERM, "loads code into the kernel"),
    refuse(row!(SYS_perf_event_open), EPERM, "samples the machine"),
    refuse(row!(SYS_userfaultfd), EPERM, "holds the kernel in the middle of an act"),
    refuse(row!(SYS_add_key), EPERM, "keyrings are not part of any namespace of ours"),
    refuse(row!(SYS_request_key), EPERM, "keyrings are not part of any namespace of ours"),
    refuse(row!(SYS_keyctl), EPERM, "keyrings are not part of any namespace of ours"),
    refuse(row!(SYS_fanotify_init), EPERM, "watches whole file systems"),
    refuse(row!(SYS_fanotify_mark), EPERM, "watches whole file systems"),
    refuse(row!(SYS_memfd_secret), ENOSYS, "memory that nobody else can account for"),
    // The machine.
    refuse(row!(SYS_init_module), EPERM, "loads code into the kernel"),
    refuse(row!(SYS_finit_module), EPERM, "loads code into the kernel"),
    refuse(row!(SYS_delete_module), EPERM, "unloads code of the kernel"),
    refuse(row!(SYS_kexec_load), EPERM, "replaces the kernel"),
    refuse(row!(SYS_kexec_file_load), EPERM, "replaces the kernel"),
    refuse(row!(SYS_reboot), EPERM, "stops the machine"),
    refuse(row!(SYS_swapon), EPERM, "machine's memory"),
    refuse(row!(SYS_swapoff), EPERM, "machine's memory"),
    refuse(row!(SYS_acct), EPERM, "accounts every process"),
    refuse(row!(SYS_quotactl), EPERM, "quotas of users"),
    refuse(row!(SYS_quotactl_fd), EPERM, "quotas of users"),
    refuse(row!(SYS_sethostname), EPERM, "the name of the machine"),
    refuse(row!(SYS_setdomainname), EPERM, "the name of the machine"),
    refuse(row!(SYS_settimeofday), EPERM, "the clock"),
    refuse(row!(SYS_clock_settime), EPERM, "the clock"),
    refuse(row!(SYS_adjtimex), EPERM, "the clock"),
    refuse(row!(SYS_clock_adjtime), EPERM, "the clock"),
    refuse(row!(SYS_syslog), EPERM, "the kernel's log"),
    refuse(row!(SYS_vhangup), EPERM, "the terminal"),
    quietly(
        row!(SYS_sync),
        EPERM,
        "flushes the disks of the whole machine; it cannot fail, so nobody notices",
    ),
    quietly(row!(SYS_syncfs), ENOSYS, "flushes more than what was granted"),
    refuse(row!(SYS_nfsservctl), ENOSYS, "gone from the kernel"),
    // Not needed by any server we know: refused as on a kernel without them, so that callers fall back.
    quietly(row!(SYS_mbind), EPERM, "placement on large machines; libraries do without in every container"),
    quietly(row!(SYS_set_mempolicy), EPERM, "as mbind"),
    quietly(row!(SYS_get_mempolicy), EPERM, "as mbind"),
    quietly(row!(SYS_set_mempolicy_home_node), EPERM, "as mbind"),
    quietly(row!(SYS_ioprio_set), EPERM, "priority at the disks"),
    quietly(row!(SYS_ioprio_get), EPERM, "priority at the disks"),
    refuse(row!(SYS_shmget), ENOSYS, "System V memory outlives its processes and escapes their limits"),
    refuse(row!(SYS_shmat), ENOSYS, "as shmget"),
    refuse(row!(SYS_shmctl), ENOSYS, "as shmget"),
    refuse(row!(SYS_shmdt), ENOSYS, "as shmget"),
    refuse(row!(SYS_semget), ENOSYS, "System V semaphores"),
    refuse(row!(SYS_semop), ENOSYS, "System V semaphores"),
    refuse(row!(SYS_semctl), ENOSYS, "System V semaphores"),
    refuse(row!(SYS_semtimedop), ENOSYS, "System V semaphores"),
    refuse(row!(SYS_msgget), ENOSYS, "System V messages"),
    refuse(row!(SYS_msgsnd), ENOSYS, "System V messages"),
    refuse(row!(SYS_msgrcv), ENOSYS, "System V messages"),
    refuse(row!(SYS_msgctl), ENOSYS, "System V messages"),
    refuse(row!(SYS_mq_open), ENOSYS, "POSIX messages"),
    refuse(row!(SYS_mq_unlink), ENOSYS, "POSIX messages"),
    refuse(row!(SYS_mq_timedsend), ENOSYS, "POSIX messages"),
    refuse(row!(SYS_mq_timedreceive), ENOSYS, "POSIX messages"),
    refuse(row!(SYS_mq_notify), ENOSYS, "POSIX messages"),
    refuse(row!(SYS_mq_getsetattr), ENOSYS, "POSIX messages"),
    refuse(row!(SYS_io_setup), ENOSYS, "Linux AIO"),
    refuse(row!(SYS_io_destroy), ENOSYS, "Linux AIO"),
    refuse(row!(SYS_io_getevents), ENOSYS, "Linux AIO"),
    refuse(row!(SYS_io_submit), ENOSYS, "Linux AIO"),
    refuse(row!(SYS_io_cancel), ENOSYS, "Linux AIO"),
    refuse(row!(SYS_vmsplice), ENOSYS, "gives pages away"),
    refuse(row!(SYS_tee), ENOSYS, "duplicates pages"),
    refuse(row!(SYS_remap_file_pages), ENOSYS, "out of use"),
    refuse(row!(SYS_lookup_dcookie), ENOSYS, "out of use"),
    refuse(row!(SYS_get_robust_list), ENOSYS, "reads another process"),
    quietly(row!(SYS_cachestat), ENOSYS, "asks what others have read"),
    quietly(row!(SYS_futex_wake), ENOSYS, "futex does it"),
    quietly(row!(SYS_futex_wait), ENOSYS, "futex does it"),
    quietly(row!(SYS_futex_requeue), ENOSYS, "futex does it"),
    quietly(row!(SYS_lsm_get_self_attr), ENOSYS, "asks about the security modules"),
    quietly(row!(SYS_lsm_set_self_attr), ENOSYS, "asks about the security modules"),
    quietly(row!(SYS_lsm_list_modules), ENOSYS, "asks about the security modules"),
    quietly(row!(SYS_setxattrat), ENOSYS, "setxattr does it"),
    quietly(row!(SYS_getxattrat), ENOSYS, "getxattr does it"),
    quietly(row!(SYS_listxattrat), ENOSYS, "listxattr does it"),
    quietly(row!(SYS_removexattrat), ENOSYS, "removexattr does it"),
    quietly(row!(SYS_file_getattr), ENOSYS, "immutable and append-only flags"),
    quietly(row!(SYS_file_setattr), ENOSYS, "immutable and append-only flags"),
    quietly(row!(SYS_rseq_slice_yield), ENOSYS, "too new to be needed"),
];
/// The same, for calls that only older architectures have.
#[cfg(target_arch = "x86_64")]
pub(super) const REFUSED_LEGACY: &[Row] = &[
    refuse(row!(SYS_modify_ldt), EPERM, "segments of 16-bit programs"),
    refuse(row!(SYS_iopl), EPERM, "ports of the processor"),
    refuse(row!(SYS_ioperm), EPERM, "ports of the processor"),
    refuse(row!(SYS_uselib), ENOSYS, "out of use"),
    refuse(row!(SYS_ustat), ENOSYS, "out of use"),
    refuse(row!(SYS_sysfs), ENOSYS, "out of use"),
    refuse(row!(SYS__sysctl), ENOSYS, "out of use"),
];

const fn refuse((number, symbol): (libc::c_long, &'static str), errno: i32, why: &'static str) -> Row {
    Row { number, symbol, rule: Rule::Always(Outcome::Refuse(errno)), act: false, why }
}

/// Never reported: libraries try it as a matter of course, and have another way.
const fn quietly((number, symbol): (libc::c_long, &'static str), errno: i32, why: &'static str) -> Row {
    Row { number, symbol, rule: Rule::Always(Outcome::Quietly(errno)), act: false, why }
}
