//! Rules for calls that are allowed with some arguments only. Constants are those of the kernel's `uapi` headers.

use libc::{
    EAFNOSUPPORT, EBUSY, EINVAL, ENOPROTOOPT, ENOSYS, ENOTTY, EOPNOTSUPP, EPERM, EPROTONOSUPPORT,
    ESOCKTNOSUPPORT,
};

use super::rule::Outcome::{Allow, Quietly, Refuse};
use super::rule::Rule::Cases;
use super::rule::Test::{AnyBit, AtMost, Low, Null};
use super::rule::{Case, Rule};

const ALL: u32 = u32::MAX;

/// `clone` makes threads and processes, never namespaces: a nested user namespace would give back capabilities.
pub(super) const CLONE: Rule = Cases(&[Case(&[AnyBit(0, NEW_NAMESPACES)], Refuse(EPERM))], Allow);
// NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. (NEWTIME is a bit of the exit signal here.)
const NEW_NAMESPACES: u32 = 0x7e02_0000;

/// Unix, TCP and UDP sockets, and the netlink family that lists interfaces and routes.
pub(super) const SOCKET: Rule = socket(&[
    Case(&[Low(0, ALL, &[UNIX]), Low(1, KIND, &[STREAM, DGRAM, SEQPACKET])], Allow),
    TCP_SOCKET,
    UDP_SOCKET,
    MPTCP_SOCKET,
    OTHER_STREAM,
    OTHER_DATAGRAM,
    ROUTES,
    OTHER_NETLINK,
    OTHER_UNIX,
]);
/// As [`SOCKET`], where a Unix datagram could reach a socket of the host.
pub(super) const SOCKET_WITHOUT_UNIX_DATAGRAMS: Rule = socket(&[
    Case(&[Low(0, ALL, &[UNIX]), Low(1, KIND, &[STREAM, SEQPACKET])], Allow),
    TCP_SOCKET,
    UDP_SOCKET,
    MPTCP_SOCKET,
    OTHER_STREAM,
    OTHER_DATAGRAM,
    ROUTES,
    OTHER_NETLINK,
    OTHER_UNIX,
]);
/// As [`SOCKET`], where any Unix socket could.
pub(super) const SOCKET_WITHOUT_UNIX: Rule =
    socket(&[TCP_SOCKET, UDP_SOCKET, MPTCP_SOCKET, OTHER_STREAM, OTHER_DATAGRAM, ROUTES, OTHER_NETLINK]);
const fn socket(cases: &'static [Case]) -> Rule {
    Cases(cases, Refuse(EAFNOSUPPORT))
}
const TCP_SOCKET: Case =
    Case(&[Low(0, ALL, &[INET, INET6]), Low(1, KIND, &[STREAM]), Low(2, ALL, &[0, TCP])], Allow);
const UDP_SOCKET: Case =
    Case(&[Low(0, ALL, &[INET, INET6]), Low(1, KIND, &[DGRAM]), Low(2, ALL, &[0, UDP])], Allow);
/// Go listens with it by default and falls back on this answer.
const MPTCP_SOCKET: Case = Case(
    &[Low(0, ALL, &[INET, INET6]), Low(1, KIND, &[STREAM]), Low(2, ALL, &[MPTCP])],
    Quietly(EPROTONOSUPPORT),
);
const OTHER_STREAM: Case =
    Case(&[Low(0, ALL, &[INET, INET6]), Low(1, KIND, &[STREAM, SEQPACKET])], Refuse(EPROTONOSUPPORT));
/// Raw sockets, and datagrams of another protocol, such as ICMP.
const OTHER_DATAGRAM: Case = Case(&[Low(0, ALL, &[INET, INET6])], Refuse(EPERM));
const ROUTES: Case = Case(&[Low(0, ALL, &[NETLINK]), Low(2, ALL, &[NETLINK_ROUTE])], Allow);
const OTHER_NETLINK: Case = Case(&[Low(0, ALL, &[NETLINK])], Refuse(EPROTONOSUPPORT));
const OTHER_UNIX: Case = Case(&[Low(0, ALL, &[UNIX])], Refuse(ESOCKTNOSUPPORT));
/// Pairs are Unix sockets; nothing else makes sense, and TIPC has been an attack surface.
pub(super) const SOCKETPAIR: Rule = Cases(
    &[Case(&[Low(0, ALL, &[UNIX]), Low(1, KIND, &[STREAM, DGRAM, SEQPACKET])], Allow)],
    Refuse(EAFNOSUPPORT),
);
/// As [`SOCKETPAIR`]: one of a pair of datagram sockets can send to any path.
pub(super) const SOCKETPAIR_WITHOUT_DATAGRAMS: Rule =
    Cases(&[Case(&[Low(0, ALL, &[UNIX]), Low(1, KIND, &[STREAM, SEQPACKET])], Allow)], Refuse(EAFNOSUPPORT));
const UNIX: u32 = 1;
const INET: u32 = 2;
const INET6: u32 = 10;
const NETLINK: u32 = 16;
const NETLINK_ROUTE: u32 = 0;
/// The kind of a socket without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`.
const KIND: u32 = !(0o4000 | 0o2_000_000);
const STREAM: u32 = 1;
const DGRAM: u32 = 2;
const SEQPACKET: u32 = 5;
const TCP: u32 = 6;
const UDP: u32 = 17;
const MPTCP: u32 = 262;

/// `sendto` without an address stays: CPython wakes its event loop with it. Fast open connects past Landlock.
pub(super) const SENDTO: Rule = Cases(&[Case(&[AnyBit(3, FAST_OPEN)], Refuse(EOPNOTSUPP))], Allow);
/// As [`SENDTO`].
pub(super) const SENDMSG: Rule = Cases(&[Case(&[AnyBit(2, FAST_OPEN)], Refuse(EOPNOTSUPP))], Allow);
/// As [`SENDTO`].
pub(super) const SENDMMSG: Rule = SENDTO;
const FAST_OPEN: u32 = 0x2000_0000;

/// Options of sockets that load code into the kernel or hand the stream to another protocol are refused.
pub(super) const SETSOCKOPT: Rule = Cases(
    &[
        // SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF
        Case(&[Low(1, ALL, &[1]), Low(2, ALL, &[26, 50, 51, 52])], Refuse(EPERM)),
        // TCP_ULP: TLS libraries try it and do without.
        Case(&[Low(1, ALL, &[6]), Low(2, ALL, &[31])], Quietly(ENOPROTOOPT)),
        // TCP_FASTOPEN_CONNECT
        Case(&[Low(1, ALL, &[6]), Low(2, ALL, &[30])], Refuse(ENOPROTOOPT)),
        // IPT_SO_SET_REPLACE to ARPT_SO_SET_ADD_COUNTERS, for IPv4 and IPv6
        Case(&[Low(1, ALL, &[0, 41]), Low(2, ALL, &[64, 65, 96, 97])], Refuse(EPERM)),
    ],
    Allow,
);

/// Requests of terminals, pipes, sockets and files. Everything else is a driver's, and drivers are where the bugs are.
pub(super) const IOCTL: Rule = Cases(
    &[Case(&[Low(1, ALL, REQUESTS)], Allow), Case(&[Low(1, ALL, HOSTILE_REQUESTS)], Refuse(EPERM))],
    // What a file that has no such request answers; `isatty` and its like rely on it.
    Quietly(ENOTTY),
);
const REQUESTS: &[u32] = &[
    0x5401,
    0x5402,
    0x5403,
    0x5404, // TCGETS, TCSETS, TCSETSW, TCSETSF: every `isatty`, raw mode of shells
    0x802c_542a,
    0x402c_542b,
    0x402c_542c,
    0x402c_542d, // TCGETS2 and its setters: the same from glibc 2.42
    0x5409,
    0x540a,
    0x540b, // TCSBRK, TCXONC, TCFLSH: tcdrain, tcflow, tcflush
    0x540f,
    0x5410,
    0x5429, // TIOCGPGRP, TIOCSPGRP, TIOCGSID: job control
    0x5413,
    0x5414, // TIOCGWINSZ, TIOCSWINSZ
    0x5411,
    0x541b,
    0x8905, // TIOCOUTQ, FIONREAD, SIOCATMARK: how much is queued
    0x5421,
    0x5450,
    0x5451,
    0x5452, // FIONBIO, FIONCLEX, FIOCLEX, FIOASYNC: Node and CPython set them so
    0x8910,
    0x8912,
    0x8913,
    0x8915,
    0x8917,
    0x8919,
    0x891b,
    0x8921,
    0x8927,
    0x8933, // SIOCGIF*: listing interfaces
    0x4004_9409,
    0x4020_940d, // FICLONE, FICLONERANGE: cp, Node's copyFile
];
const HOSTILE_REQUESTS: &[u32] = &[
    0x5412,
    0x541c, // TIOCSTI, TIOCLINUX: typing into the terminal
    0x540e,
    0x541d,
    0x5423, // TIOCSCTTY, TIOCCONS, TIOCSETD: taking it over
    0x8914,
    0x8916,
    0x891c,
    0x8922,
    0x8924,
    0x890b,
    0x890c, // SIOCSIF*, SIOCADDRT, SIOCDELRT: changing the network
    0x89a0,
    0x89a1,
    0x89a2,
    0x89a3, // SIOCBR*: bridges
    0x4004_6602,
    0x4008_6602,
    0x401c_5820, // FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR: immutable files in a granted directory
    0xb701,
    0xb702, // NS_GET_USERNS, NS_GET_PARENT: handles of outer namespaces
];

/// Descriptor flags, locks, seals. Owners and leases send signals on the say of another process.
pub(super) const FCNTL: Rule = Cases(
    &[
        // DUPFD, GETFD, SETFD, GETFL, SETFL, GETLK, SETLK, SETLKW, GETOWN, OFD_GETLK, OFD_SETLK, OFD_SETLKW
        Case(&[Low(1, ALL, &[0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38])], Allow),
        // DUPFD_CLOEXEC, GETPIPE_SZ, ADD_SEALS, GET_SEALS, GET_RW_HINT to SET_FILE_RW_HINT, GETLEASE
        Case(&[Low(1, ALL, &[1030, 1032, 1033, 1034, 1035, 1036, 1037, 1038, 1025])], Allow),
        // SETPIPE_SZ: memory of pipes counts against the user, outside as well, so none is made larger than it comes.
        Case(&[Low(1, ALL, &[1031]), AtMost(2, 65_536)], Allow),
        Case(&[Low(1, ALL, &[1031])], Quietly(EPERM)),
        // SETOWN, SETSIG, SETOWN_EX, SETLEASE, NOTIFY
        Case(&[Low(1, ALL, &[8, 10, 15, 1024, 1026])], Refuse(EPERM)),
    ],
    Quietly(EINVAL),
);

/// A file in memory that could be executed is beyond the mount view and beyond Landlock, so it must be sealed against it.
pub(super) const MEMFD_CREATE: Rule = Cases(
    // MFD_NOEXEC_SEAL set, MFD_EXEC clear
    &[Case(&[Low(1, 0x18, &[0x8])], Allow)],
    Refuse(ENOSYS),
);

/// Names, signals at a parent's death, promises about oneself. What is unknown answers as on a kernel that lacks it.
pub(super) const PRCTL: Rule = Cases(
    &[
        Case(&[Low(0, ALL, OPTIONS)], Allow),
        // SET_MM, SET_IO_FLUSHER, SET_SYSCALL_USER_DISPATCH, SCHED_CORE, SET_MEMORY_MERGE
        Case(&[Low(0, ALL, &[35, 57, 59, 62, 67])], Refuse(EPERM)),
    ],
    Quietly(EINVAL),
);
const OPTIONS: &[u32] = &[
    1,
    2, // SET_PDEATHSIG, GET_PDEATHSIG: children that end with their parent
    3,
    4, // GET_DUMPABLE, SET_DUMPABLE
    7,
    8, // GET_KEEPCAPS, SET_KEEPCAPS
    15,
    16, // SET_NAME, GET_NAME: every runtime names its threads
    21,
    22, // GET_SECCOMP, SET_SECCOMP: programs that confine themselves further
    23,
    24,
    27, // CAPBSET_READ, CAPBSET_DROP, GET_SECUREBITS: the same
    25, // GET_TSC
    29,
    30, // SET_TIMERSLACK, GET_TIMERSLACK
    36,
    37, // SET_CHILD_SUBREAPER, GET_CHILD_SUBREAPER
    38,
    39, // SET_NO_NEW_PRIVS, GET_NO_NEW_PRIVS
    40,
    41,
    42, // GET_TID_ADDRESS, SET_THP_DISABLE, GET_THP_DISABLE
    47, // CAP_AMBIENT: there is nothing to raise
    50,
    51,
    54,
    55,
    56,
    60,
    61,
    63,
    64, // SVE, PAC, tagged addresses, SME: start-up on aarch64
    52,
    53, // GET_SPECULATION_CTRL, SET_SPECULATION_CTRL
    65,
    66, // SET_MDWE, GET_MDWE
    74,
    75,
    76,          // shadow stack
    0x4155_5856, // GET_AUXV
    0x5356_4d41, // SET_VMA: allocators and Go name their mappings
    0x5961_6d61, // SET_PTRACER: crash reporters; tracing itself is refused
];

/// The thread pointer, shadow stacks and wide registers of the calling thread.
#[cfg(target_arch = "x86_64")]
pub(super) const ARCH_PRCTL: Rule = Cases(
    &[Case(
        &[Low(
            0,
            ALL,
            &[
                0x1001, 0x1002, 0x1003, 0x1004, // SET_GS, SET_FS, GET_FS, GET_GS: thread start
                0x1021, 0x1022, 0x1023, 0x1024, 0x1025, // XCOMP: numeric libraries ask for AMX
                0x3001, 0x5001, 0x5002, 0x5003, 0x5004, 0x5005, // CET_STATUS, SHSTK_*: glibc start-up
            ],
        )],
        Allow,
    )],
    Quietly(EINVAL),
);

/// Linux as it comes, or the question which it is.
pub(super) const PERSONALITY: Rule = Cases(&[Case(&[Low(0, ALL, &[0, ALL])], Allow)], Refuse(EPERM));

/// Limits are read from anyone here, set for oneself: the first process of the jail has the same user.
pub(super) const PRLIMIT64: Rule =
    Cases(&[Case(&[Null(2)], Allow), Case(&[Low(0, ALL, &[0])], Allow)], Refuse(EPERM));

/// Opening, but no new file that runs as its owner: it could be left in a granted directory for other users.
#[cfg(target_arch = "x86_64")]
pub(super) const OPEN: Rule = Cases(&[Case(&[AnyBit(1, CREATES), AnyBit(2, SET_ID)], Refuse(EPERM))], Allow);
/// As `open`.
pub(super) const OPENAT: Rule =
    Cases(&[Case(&[AnyBit(2, CREATES), AnyBit(3, SET_ID)], Refuse(EPERM))], Allow);
/// `O_CREAT`, and the bit of `O_TMPFILE` that is its own.
const CREATES: u32 = 0o100 | 0o20_000_000;
const SET_ID: u32 = 0o6000;
/// As `open`.
#[cfg(target_arch = "x86_64")]
pub(super) const CREAT: Rule = MODE_IN_1;
/// No file may come to run as its owner or group.
pub(super) const MODE_IN_1: Rule = Cases(&[Case(&[AnyBit(1, SET_ID)], Refuse(EPERM))], Allow);
/// As [`MODE_IN_1`].
pub(super) const MODE_IN_2: Rule = Cases(&[Case(&[AnyBit(2, SET_ID)], Refuse(EPERM))], Allow);

/// Files, pipes and sockets; no devices.
#[cfg(target_arch = "x86_64")]
pub(super) const MKNOD: Rule =
    Cases(&[Case(&[AnyBit(1, SET_ID)], Refuse(EPERM)), Case(&[Low(1, FORMAT, NODES)], Allow)], Refuse(EPERM));
/// As `mknod`.
pub(super) const MKNODAT: Rule =
    Cases(&[Case(&[AnyBit(2, SET_ID)], Refuse(EPERM)), Case(&[Low(2, FORMAT, NODES)], Allow)], Refuse(EPERM));
const FORMAT: u32 = 0o170_000;
const NODES: &[u32] = &[0, 0o100_000, 0o010_000, 0o140_000];

/// A filter of one's own may only take away. A listener could not: it would be the second, and sees only what is left.
pub(super) const SECCOMP: Rule =
    Cases(&[Case(&[Low(0, ALL, &[1]), AnyBit(1, 1 << 3)], Refuse(EBUSY))], Allow);
