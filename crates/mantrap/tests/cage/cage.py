#!/usr/bin/env python3
"""Runs one program in a cage that kills it for anything but looking.

    cage.py [--writable DIR] -- PROGRAM [ARGUMENT...]

The cage is a seccomp filter and an allow-list: what a program needs in order to read files and to write to the
descriptors it was given is allowed, everything else kills the whole process with SIGSYS. So these die:

  - execve and execveat, except for the one that starts PROGRAM,
  - fork, vfork, and clone of anything but a thread,
  - every socket call (connect, bind, sendto, even socket itself),
  - opening with any flag that writes, creates, truncates or appends,
  - unlink, rename, link, mkdir, chmod, chown, truncate, setxattr, mknod, utime and the rest of their families,
  - ptrace, kill, mount, unshare, bpf, io_uring, keyctl, and every call that this file does not name.

`--writable DIR` is for `--output FILE`: opening for writing and renaming are then allowed, and Landlock refuses
both (EACCES, no kill) everywhere but under DIR. Give DIR nothing but the report, and look at it afterwards.

A child that dies of SIGSYS is how a test sees the difference, so this file never catches it. The kernel log names the
system call (`dmesg | grep type=1326`), and `strace -f` in place of the cage shows where it comes from.

Python's standard library only; Linux on x86_64 and aarch64. Exit status: PROGRAM's own; 125 when the cage could not
be built (and then nothing was started); 126 when Landlock is missing and DIR was asked for; 127 when PROGRAM
could not be executed. Sources: seccomp(2), landlock(7), linux/audit.h, asm/unistd_64.h, asm-generic/unistd.h.
"""

import ctypes
import os
import platform
import resource
import struct
import sys

CANNOT_CAGE, NO_LANDLOCK, CANNOT_EXEC = 125, 126, 127

# Calls that change nothing outside the process: x86_64 number, aarch64 number (None: the call does not exist there).
LOOKING = {
    # files, by descriptors and names that exist
    "read": (0, 63), "readv": (19, 65), "pread64": (17, 67), "preadv": (295, 69), "preadv2": (327, 286),
    "lseek": (8, 62), "fstat": (5, 80), "newfstatat": (262, 79), "stat": (4, None), "lstat": (6, None),
    "statx": (332, 291), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17),
    "statfs": (137, 43), "fstatfs": (138, 44), "fadvise64": (221, 223),
    "close": (3, 57), "close_range": (436, 436), "dup": (32, 23), "dup3": (292, 24),
    # only descriptors that were opened before the cage, or without a writing flag
    "write": (1, 64), "writev": (20, 66),
    # waiting; the descriptors are its own
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72), "pipe2": (293, 59),
    "eventfd2": (290, 19), "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "membarrier": (324, 283), "mincore": (27, 232),
    # threads of this process
    "futex": (202, 98), "set_robust_list": (273, 99), "get_robust_list": (274, 100), "set_tid_address": (218, 96),
    "rseq": (334, 293), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "getcpu": (309, 168), "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    # facts about the process and the machine
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148), "getresgid": (120, 150),
    "getpgrp": (111, None), "getpgid": (121, 155), "getgroups": (115, 158), "getrusage": (98, 165),
    "getrlimit": (97, 163), "uname": (63, 160), "sysinfo": (99, 179), "times": (100, 153),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "time": (201, None), "getrandom": (318, 278), "arch_prctl": (158, None),
    "exit": (60, 93), "exit_group": (231, 94),
}

# What a report written to a file needs besides; only with --writable, where Landlock confines the names.
REPORTING = {
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "unlink": (87, None), "unlinkat": (263, 35),
    "ftruncate": (77, 46), "fsync": (74, 82), "fdatasync": (75, 83), "fchmod": (91, 52), "pwrite64": (18, 68),
    "umask": (95, 166),
}

# Calls that are judged by their arguments.
EXECVE, CLONE, IOCTL = (59, 221), (56, 220), (16, 29)
OPEN, OPENAT, FCNTL, PRCTL = (2, None), (257, 56), (72, 25), (157, 167)
PRLIMIT64, TGKILL = (302, 261), (234, 131)
# "Not on this kernel": glibc falls back to clone and openat, whose flags a filter can read.
CLONE3, OPENAT2 = (435, 435), (437, 437)

WRITING_FLAGS = 0o3 | 0o100 | 0o1000 | 0o2000 | 0o20000000  # access mode, CREAT, TRUNC, APPEND, TMPFILE
CLONE_THREAD = 0x00010000
HARMLESS_QUESTIONS = [0x5401, 0x5413, 0x540F, 0x5451]  # TCGETS, TIOCGWINSZ, TIOCGPGRP, FIOCLEX
DESCRIPTOR_FLAGS = [0, 1, 2, 3, 4, 1030]  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
OWN_NAMES = [15, 16, 0x53564D41]  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA

SECCOMP = {"x86_64": 317, "aarch64": 277}
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same number on every architecture
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

KILL, ALLOW, ENOSYS = 0x80000000, 0x7FFF0000, 0x00050000 | 38
LD, JEQ, JSET, RET = 0x20, 0x15, 0x45, 0x06
NUMBER, ARCH = 0, 4

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class CannotCage(Exception):
    """The cage could not be built; nothing was started."""


def main(arguments):
    writable = None
    if arguments[:1] == ["--writable"]:
        writable, arguments = arguments[1], arguments[2:]
    if arguments[:1] != ["--"] or len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return CANNOT_CAGE
    machine = platform.machine()
    if machine not in AUDIT_ARCH:
        print(f"cage: no filter for `{machine}`; use x86_64 or aarch64", file=sys.stderr)
        return CANNOT_CAGE

    # These three live until the exec, and their addresses are what the filter lets pass.
    path = ctypes.create_string_buffer(os.fsencode(arguments[1]))
    argv = strings(arguments[1:])
    envp = strings([f"{name}={value}" for name, value in os.environ.items()])
    addresses = [ctypes.addressof(path), ctypes.addressof(argv), ctypes.addressof(envp)]

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.flush()
    os.closerange(3, 65536)
    no_new_privileges()
    if writable is not None and not confine_writing(writable):
        print("cage: this kernel has no Landlock, so writing cannot be confined to one folder", file=sys.stderr)
        return NO_LANDLOCK
    install(program(machine, addresses, writable is not None))
    libc.execve(path, argv, envp)
    print(f"cage: cannot execute `{arguments[1]}`: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
    return CANNOT_EXEC


def strings(values):
    return (ctypes.c_char_p * (len(values) + 1))(*[os.fsencode(value) for value in values], None)


def program(machine, exec_addresses, may_write):
    """The filter as a list of (code, jump if true, jump if false, operand)."""
    column = {"x86_64": 0, "aarch64": 1}[machine]
    code = [(LD, 0, 0, ARCH), (JEQ, 1, 0, AUDIT_ARCH[machine]), (RET, 0, 0, KILL), (LD, 0, 0, NUMBER)]

    def on(numbers, block):
        if numbers[column] is not None:
            code.append((JEQ, 0, len(block), numbers[column]))
            code.extend(block)

    for numbers in {**LOOKING, **(REPORTING if may_write else {})}.values():
        on(numbers, [(RET, 0, 0, ALLOW)])
    if may_write:
        on(OPEN, [(RET, 0, 0, ALLOW)])
        on(OPENAT, [(RET, 0, 0, ALLOW)])
    else:
        on(OPEN, no_bits(1, WRITING_FLAGS))
        on(OPENAT, no_bits(2, WRITING_FLAGS))
    on(EXECVE, equal([(index, address) for index, address in enumerate(exec_addresses)]))
    on(CLONE, [(LD, 0, 0, low(0)), (JSET, 0, 1, CLONE_THREAD), (RET, 0, 0, ALLOW), (RET, 0, 0, KILL)])
    on(IOCTL, one_of(1, HARMLESS_QUESTIONS))
    on(FCNTL, one_of(1, DESCRIPTOR_FLAGS))
    on(PRCTL, one_of(0, OWN_NAMES))
    on(PRLIMIT64, equal([(0, 0), (2, 0)]))  # reading its own limits
    on(TGKILL, equal([(0, os.getpid())]))  # abort(3); the process id survives exec
    on(CLONE3, [(RET, 0, 0, ENOSYS)])
    on(OPENAT2, [(RET, 0, 0, ENOSYS)])
    code.append((RET, 0, 0, KILL))
    return code


def low(argument):
    return 16 + 8 * argument


def equal(pairs):
    """Allows when every argument equals its 64-bit value, else kills."""
    tests = []
    for argument, value in pairs:
        tests += [(low(argument), value & 0xFFFFFFFF), (low(argument) + 4, value >> 32)]
    block = []
    for done, (offset, word) in enumerate(tests):
        left = len(tests) - done - 1
        block += [(LD, 0, 0, offset), (JEQ, 0, 2 * left + 1, word)]
    return block + [(RET, 0, 0, ALLOW), (RET, 0, 0, KILL)]


def one_of(argument, values):
    """Allows when the low word of the argument is in the list, else kills."""
    block = [(LD, 0, 0, low(argument))]
    for done, value in enumerate(values):
        block.append((JEQ, len(values) - done, 0, value))
    return block + [(RET, 0, 0, KILL), (RET, 0, 0, ALLOW)]


def no_bits(argument, mask):
    """Kills when the argument has any bit of the mask, else allows."""
    return [(LD, 0, 0, low(argument)), (JSET, 0, 1, mask), (RET, 0, 0, KILL), (RET, 0, 0, ALLOW)]


def no_new_privileges():
    if libc.prctl(38, 1, 0, 0, 0) != 0:
        raise CannotCage("prctl(PR_SET_NO_NEW_PRIVS)")


def install(code):
    raw = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
    filters = ctypes.create_string_buffer(raw, len(raw))
    head = struct.pack("@HP", len(code), ctypes.addressof(filters))
    if libc.syscall(ctypes.c_long(SECCOMP[platform.machine()]), ctypes.c_long(1), ctypes.c_long(0), head) != 0:
        raise CannotCage(f"seccomp: {os.strerror(ctypes.get_errno())}")


def confine_writing(folder):
    """Landlock: what writes, creates or removes is refused but under `folder`. False if the kernel lacks it."""
    version = libc.syscall(ctypes.c_long(LANDLOCK_CREATE), None, ctypes.c_long(0), ctypes.c_long(1))
    if version < 1:
        return False
    write_file, remove_dir, remove_file, make_reg, refer, truncate = 1 << 1, 1 << 4, 1 << 5, 1 << 8, 1 << 13, 1 << 14
    handled = write_file | remove_dir | remove_file | sum(1 << bit for bit in range(6, 13))
    handled |= refer if version >= 2 else 0
    handled |= truncate if version >= 3 else 0
    allowed = handled & (write_file | remove_file | make_reg | truncate)
    attribute = struct.pack("=Q", handled)
    ruleset = libc.syscall(ctypes.c_long(LANDLOCK_CREATE), attribute, ctypes.c_long(len(attribute)), ctypes.c_long(0))
    if ruleset < 0:
        raise CannotCage(f"landlock_create_ruleset: {os.strerror(ctypes.get_errno())}")
    parent = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    rule = struct.pack("=Qi", allowed, parent)
    add = [ctypes.c_long(LANDLOCK_ADD), ctypes.c_long(ruleset), ctypes.c_long(1), rule, ctypes.c_long(0)]
    if libc.syscall(*add) != 0:
        raise CannotCage(f"landlock_add_rule: {os.strerror(ctypes.get_errno())}")
    if libc.syscall(ctypes.c_long(LANDLOCK_RESTRICT), ctypes.c_long(ruleset), ctypes.c_long(0)) != 0:
        raise CannotCage(f"landlock_restrict_self: {os.strerror(ctypes.get_errno())}")
    os.close(parent)
    os.close(ruleset)
    return True


if __name__ == "__main__":
    try:
        # _exit: the interpreter's own farewell may need calls that the cage refuses.
        status = main(sys.argv[1:])
    except (CannotCage, OSError) as error:
        print(f"cage: {error}", file=sys.stderr)
        status = CANNOT_CAGE
    sys.stderr.flush()
    os._exit(status)
