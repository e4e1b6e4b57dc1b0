//! How a call that the table refuses is told to people.

use libc::c_long;

use crate::report::Act;
use crate::seccomp::low;

/// `PTRACE_TRACEME`, whose type C libraries disagree about.
const ITSELF: u32 = 0;

/// The kind of act, and its target as far as numbers tell it.
pub(super) fn described(number: u32, arguments: &[u64; 6]) -> (Act, String) {
    let [first, second, third, ..] = *arguments;
    let process = |number: u64| format!("process {}", low(number).cast_signed());
    let name = crate::seccomp::name(number);
    match c_long::from(number) {
        libc::SYS_ptrace if low(first) == ITSELF => (Act::Trace, "itself".to_owned()),
        libc::SYS_ptrace => (Act::Trace, process(second)),
        libc::SYS_process_vm_readv | libc::SYS_process_vm_writev | libc::SYS_kcmp => {
            (Act::Trace, process(first))
        }
        libc::SYS_pidfd_getfd | libc::SYS_process_madvise | libc::SYS_get_robust_list => {
            (Act::Trace, name.to_owned())
        }
        libc::SYS_socket | libc::SYS_socketpair => {
            let protocol = low(third).cast_signed();
            let kind = low(second).cast_signed() & 0xf;
            (Act::Connect, format!("{} socket, type {kind}, protocol {protocol}", family(low(first))))
        }
        libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg => {
            (Act::Connect, "TCP fast open".to_owned())
        }
        libc::SYS_setsockopt => {
            (Act::Call, format!("option {} of level {}", low(third).cast_signed(), low(second).cast_signed()))
        }
        libc::SYS_ioctl => (Act::Call, request(low(second))),
        libc::SYS_clone => (Act::Call, "new namespaces".to_owned()),
        libc::SYS_prctl => (Act::Call, format!("option {}", low(first))),
        libc::SYS_fcntl => (Act::Call, format!("command {}", low(second))),
        libc::SYS_prlimit64 => (Act::Call, process(first)),
        libc::SYS_bpf | libc::SYS_keyctl => (Act::Call, format!("command {}", low(first))),
        _ if name.starts_with("unknown") => (Act::Call, format!("system call {number}")),
        _ => (Act::Call, name.to_owned()),
    }
}

/// Where in the caller's memory the call names a path or the like.
pub(super) fn text(number: u32, arguments: &[u64; 6]) -> Option<u64> {
    let [first, second, ..] = *arguments;
    #[cfg(target_arch = "x86_64")]
    if c_long::from(number) == libc::SYS_chmod {
        return Some(first);
    }
    match c_long::from(number) {
        libc::SYS_chroot
        | libc::SYS_umount2
        | libc::SYS_pivot_root
        | libc::SYS_fsopen
        | libc::SYS_acct
        | libc::SYS_swapon
        | libc::SYS_swapoff
        | libc::SYS_memfd_create
        | libc::SYS_mq_open
        | libc::SYS_sethostname => Some(first),
        libc::SYS_mount
        | libc::SYS_open_tree
        | libc::SYS_fspick
        | libc::SYS_mount_setattr
        | libc::SYS_name_to_handle_at
        | libc::SYS_add_key
        | libc::SYS_request_key
        | libc::SYS_fchmodat => Some(second),
        _ => None,
    }
    .filter(|&address| address != 0)
}

fn family(number: u32) -> String {
    let name = match number.cast_signed() {
        libc::AF_UNIX => "Unix",
        libc::AF_INET => "IPv4",
        libc::AF_INET6 => "IPv6",
        libc::AF_NETLINK => "netlink",
        libc::AF_PACKET => "packet",
        libc::AF_ALG => "kernel crypto",
        libc::AF_VSOCK => "vsock",
        libc::AF_BLUETOOTH => "Bluetooth",
        libc::AF_CAN => "CAN",
        libc::AF_TIPC => "TIPC",
        libc::AF_XDP => "XDP",
        _ => return format!("family {number}"),
    };
    name.to_owned()
}

fn request(number: u32) -> String {
    // C libraries disagree about the type of these, the kernel has one.
    let name = match number {
        0x5412 => "TIOCSTI",
        0x541c => "TIOCLINUX",
        0x540e => "TIOCSCTTY",
        0x541d => "TIOCCONS",
        0x5423 => "TIOCSETD",
        _ => return format!("request {number:#x}"),
    };
    name.to_owned()
}
