//! The filter of a guarded tree. Its rules look at numbers alone: nothing of them depends on memory.

use crate::seccomp::{FilterAnswer as Answer, Instruction, table};

/// What is asked about, and what is refused, each with its reason.
const DECIDED: &[(libc::c_long, Answer)] = &[
    // Every way to become another program.
    (libc::SYS_execve, Answer::Ask),
    (libc::SYS_execveat, Answer::Ask),
    // A thread that is traced by somebody else cannot be looked at while it becomes another program; and who writes into
    // another process of the tree would make it ask for what it did not want.
    (libc::SYS_ptrace, Answer::Errno(libc::EPERM)),
    (libc::SYS_process_vm_writev, Answer::Errno(libc::EPERM)),
    // Memory that answers only when its owner likes would stop the supervisor while it reads arguments.
    (libc::SYS_userfaultfd, Answer::Errno(libc::EPERM)),
    // What goes through a ring is not seen by a filter. Today no operation of it executes; a kernel's next one may.
    (libc::SYS_io_uring_setup, Answer::Errno(libc::ENOSYS)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_uselib, Answer::Errno(libc::ENOSYS)),
];

/// Asks about every program, and refuses what would get round the answer.
pub(super) fn deciding() -> Vec<Instruction> {
    table(DECIDED)
}

/// Asks about every program and refuses nothing.
pub(super) fn observing() -> Vec<Instruction> {
    table(&[(libc::SYS_execve, Answer::Ask), (libc::SYS_execveat, Answer::Ask)])
}
