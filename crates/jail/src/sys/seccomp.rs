//! `seccomp(2)`: installing a filter, and answering the calls that it asks about (`seccomp_unotify(2)`).

#[cfg(test)]
mod tests;

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::seccomp::{Instruction, Listener};

/// Installs the filter for this thread and all it starts; it can never be taken off. `no_new_privs` must be set. With
/// [`Listener::Asked`] the result is the listener, close-on-exec.
///
/// # Errors
/// `EBUSY` when another filter of this process already has a listener: there is only one.
pub(crate) fn install(program: &[Instruction], listener: Listener) -> io::Result<Option<OwnedFd>> {
    let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
    // The kernel reads through the pointer only, though its C type is not `const`.
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut().cast() };
    if listener == Listener::Absent {
        return set_filter(&program, 0).map(|_| None);
    }
    // Without WAIT_KILLABLE_RECV (before Linux 5.19) a signal restarts a call that is being answered, which Go sends
    // often; that is slower, not wrong.
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    let made = match set_filter(&program, flags | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => set_filter(&program, flags),
        other => other,
    };
    // SAFETY: with NEW_LISTENER the result is a descriptor that the kernel made for us; nothing else owns it.
    made.map(|descriptor| Some(unsafe { OwnedFd::from_raw_fd(descriptor) }))
}

/// Installs a filter whose listener may rely on it that a call which it has received stays where it is: no signal but a
/// deadly one interrupts it. For good, like [`install`].
///
/// # Errors
/// As [`install`]; `EINVAL` on a kernel before 5.19.
pub(crate) fn install_steady(program: &[Instruction]) -> io::Result<OwnedFd> {
    let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
    // The kernel reads through the pointer only, though its C type is not `const`.
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut().cast() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    let descriptor = set_filter(&program, flags)?;
    // SAFETY: with NEW_LISTENER the result is a descriptor that the kernel made for us; nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

fn set_filter(program: &libc::sock_fprog, flags: libc::c_ulong) -> io::Result<i32> {
    // SAFETY: `program` points to `len` instructions with the layout of `sock_filter`, borrowed through the call.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, program) };
    match i32::try_from(result) {
        Ok(descriptor @ 0..) => Ok(descriptor),
        _ => Err(io::Error::last_os_error()),
    }
}

/// One call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notification {
    /// What the answer names.
    pub(crate) id: u64,
    /// The calling thread, as numbered in the pid namespace of the listener's holder; 0 if it is not visible there.
    pub(crate) thread: i32,
    pub(crate) number: u32,
    pub(crate) arguments: [u64; 6],
}

/// What the caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The kernel goes on with the call as if there were no filter. What its pointers name may have changed since.
    Continue,
    /// The call is not made and answers this.
    Errno(i32),
    /// The call is not made and answers 0: it was made in the caller's place.
    Done,
}

/// Takes the next call. Waits for one, so ask `poll(2)` first.
///
/// # Errors
/// `ENOENT` when the caller was killed meanwhile; `EINTR`.
pub(crate) fn receive(listener: BorrowedFd<'_>) -> io::Result<Notification> {
    let mut room = MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: the kernel wants zeroed room for one `seccomp_notif`, whose size is part of the request's number.
    let result =
        unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, room.as_mut_ptr()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the structure is integers only; it was zeroed and then filled by the kernel.
    let received = unsafe { room.assume_init() };
    Ok(Notification {
        id: received.id,
        thread: i32::try_from(received.pid).unwrap_or(0),
        number: received.data.nr.cast_unsigned(),
        arguments: received.data.args,
    })
}

/// Answers one call.
///
/// # Errors
/// `ENOENT` when the caller was killed meanwhile.
pub(crate) fn answer(listener: BorrowedFd<'_>, id: u64, answer: Answer) -> io::Result<()> {
    let (error, flags) = match answer {
        Answer::Continue => (0, 1), // SECCOMP_USER_NOTIF_FLAG_CONTINUE
        Answer::Errno(errno) => (-errno.abs(), 0),
        Answer::Done => (0, 0),
    };
    let mut response = libc::seccomp_notif_resp { id, val: 0, error, flags };
    // SAFETY: the kernel reads one `seccomp_notif_resp`, which outlives the call.
    let result =
        unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut response) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether the caller still waits. What was read by its thread number before this said yes was read from it, not from
/// another process that got the number.
pub(crate) fn waits(listener: BorrowedFd<'_>, id: u64) -> bool {
    let mut id = id;
    // SAFETY: the kernel reads one `u64`, which outlives the call.
    let result =
        unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw mut id) };
    result == 0
}

/// Gives the caller of a call that waits a descriptor of ours, under a number that is free there; the number.
///
/// # Errors
/// `ENOENT` when the caller was killed meanwhile; `EMFILE` when it has no number free.
pub(crate) fn give(listener: BorrowedFd<'_>, id: u64, descriptor: BorrowedFd<'_>) -> io::Result<i32> {
    let mut gift = libc::seccomp_notif_addfd {
        id,
        flags: 0,
        srcfd: descriptor.as_raw_fd().unsigned_abs(),
        newfd: 0,
        newfd_flags: 0,
    };
    // SAFETY: the kernel reads one `seccomp_notif_addfd`, which outlives the call.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ADDFD, &raw mut gift) };
    if result >= 0 { Ok(result) } else { Err(io::Error::last_os_error()) }
}

/// Asks the kernel to run the caller and the answerer in turn on one processor (Linux 6.6): about half the delay.
pub(crate) fn wake_in_turn(listener: BorrowedFd<'_>) {
    const SYNC_WAKE_UP: libc::c_ulong = 1;
    // SAFETY: the argument of this request is a number, not a pointer.
    let _ = unsafe {
        // An older kernel does not know the request, and nothing is lost.
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP)
    };
}

/// Any system call with any arguments, for tests that play the hostile process. The caller sees to it that the kernel
/// writes nowhere that Rust owns.
#[cfg(test)]
pub(crate) fn raw(number: libc::c_long, arguments: [u64; 6]) -> io::Result<i64> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the tests that call this pass addresses that are not mapped, or of memory that is only read.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
