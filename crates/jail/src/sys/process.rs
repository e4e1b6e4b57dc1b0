//! Making, replacing and reaping processes.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::Pid;

/// Which process this is after one became two.
#[derive(Debug)]
pub(crate) enum Forked<T> {
    /// The process that went on.
    Parent(T),
    /// The new process.
    Child,
}

/// Makes a child in new namespaces (`CLONE_NEW*`), or of this process's own *parent* (`CLONE_PARENT`). The descriptor is
/// its pidfd.
///
/// For a process with one thread only, which the confining process is.
pub(crate) fn clone(flags: i32) -> io::Result<Forked<OwnedFd>> {
    let mut pidfd: RawFd = -1;
    let flags = flags | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: CLONE_VM is never passed, so the child has its own copy of memory and needs no stack; `pidfd` outlives the
    // call. The caller has one thread, so no lock is held by a thread that the child lacks.
    let result = unsafe { libc::syscall(libc::SYS_clone, flags, 0, &raw mut pidfd, 0, 0) };
    match result {
        0 => Ok(Forked::Child),
        // SAFETY: the kernel has just made this descriptor for us, and nothing else owns it.
        1.. => Ok(Forked::Parent(unsafe { OwnedFd::from_raw_fd(pidfd) })),
        _ => Err(io::Error::last_os_error()),
    }
}

/// `fork(2)`, for a process with one thread.
pub(crate) fn fork() -> io::Result<Forked<Pid>> {
    // SAFETY: the caller has one thread, so no lock is held by a thread that the child lacks.
    let result = unsafe { libc::fork() };
    forked(result.into())
}

/// `fork(2)` of a process with one thread, whose child is born in a control group of version 2: nothing has to be moved.
/// `Unsupported` where the kernel cannot, or may not; then nothing was made.
pub(crate) fn fork_into(group: BorrowedFd<'_>) -> io::Result<Forked<Pid>> {
    /// The flag of `clone3(2)`, wider than an `int`.
    const CLONE_INTO_CGROUP: u64 = 1 << 33;
    // SAFETY: all fields are numbers, for which zero bytes are valid.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = u64::from(libc::SIGCHLD.unsigned_abs());
    arguments.cgroup = u64::from(group.as_raw_fd().unsigned_abs());
    // SAFETY: without CLONE_VM the child has its own copy of memory and needs no stack; `arguments` outlives the call.
    // The caller has one thread, so no lock is held by a thread that the child lacks.
    let result =
        unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) };
    forked(result)
}

/// What the kernel answered: nothing in the child, its number in the parent, less than nothing in case of an error.
fn forked(result: i64) -> io::Result<Forked<Pid>> {
    match i32::try_from(result) {
        Ok(0) => Ok(Forked::Child),
        Ok(number @ 1..) => {
            Pid::from_raw(number).map(Forked::Parent).ok_or_else(|| io::ErrorKind::InvalidData.into())
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes a child that runs `body` and ends with its status, or becomes another program in it; returns when it has done
/// either. Until then the child uses this process's memory: nothing is copied, and what it leaves there stays.
///
/// For a process with one thread. A panic in `body` aborts.
pub(crate) fn start<F: FnOnce() -> i32>(body: F) -> io::Result<Pid> {
    /// More than any step needs.
    const STACK: usize = 1 << 20;
    extern "C" fn begin<F: FnOnce() -> i32>(body: *mut libc::c_void) -> i32 {
        let body = body.cast::<Option<F>>();
        // SAFETY: `start` passes its own `Option<F>`, and stays suspended, not using it, until this process is done.
        let body = unsafe { &mut *body };
        body.take().map_or(0, |body| body())
    }
    let mut body = Some(body);
    // Of 16 bytes each, for the alignment that the ABI wants of a stack.
    let mut stack: Vec<MaybeUninit<u128>> = Vec::with_capacity(STACK / 16);
    let top = stack.spare_capacity_mut().as_mut_ptr_range().end;
    // SAFETY: CLONE_VFORK suspends this process, whose only thread this is, until the child has left this memory, so two
    // never use it at once; the child has a stack of its own, which outlives it, as does `body`.
    let result = unsafe {
        libc::clone(
            begin::<F>,
            top.cast(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            (&raw mut body).cast(),
        )
    };
    if result <= 0 {
        return Err(io::Error::last_os_error());
    }
    Pid::from_raw(result).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Whether this process has one thread only. False where that cannot be told.
pub(crate) fn has_one_thread() -> bool {
    /// A directory's links: itself, its parent's entry, and one for each thread (proc_pid_task(5)).
    const LINKS: u64 = 3;
    std::fs::metadata("/proc/self/task")
        .is_ok_and(|tasks| std::os::unix::fs::MetadataExt::nlink(&tasks) == LINKS)
}

/// Overwrites the arguments and the environment that this process was started with: others may read them in `/proc`.
/// From here on it has none.
///
/// For a process with one thread that holds no pointer into them; strings of Rust are copies.
pub(crate) fn forget_arguments_and_environment() -> io::Result<()> {
    unsafe extern "C" {
        static environ: *const *const c_char;
        /// Where `argv[0]` is (program_invocation_name(3)).
        static program_invocation_name: *mut c_char;
    }
    // SAFETY: the C library has set it before `main`, and nobody has changed it.
    let start = unsafe { program_invocation_name };
    // The kernel lays all strings out in one piece, each with its zero byte, the environment after the arguments.
    let mut end = std::env::args_os().fold(start.addr(), |end, text| end.saturating_add(text.len() + 1));
    // SAFETY: as above.
    let mut variable = unsafe { environ };
    loop {
        // SAFETY: it walks an array of pointers that ends in a null pointer, one by one.
        let text = unsafe { *variable };
        if text.is_null() {
            break;
        }
        if text.addr() != end {
            return Err(io::ErrorKind::InvalidData.into());
        }
        // SAFETY: every variable is a string that ends in a zero byte.
        end = end.saturating_add(unsafe { CStr::from_ptr(text) }.count_bytes() + 1);
        // SAFETY: the null pointer, where the array ends, was not reached.
        variable = unsafe { variable.add(1) };
    }
    // SAFETY: the strings lie in one piece, as was just seen, writable, and are nobody else's: the caller holds no pointer
    // into them, and no other thread exists.
    unsafe { start.write_bytes(0, end.saturating_sub(start.addr())) };
    Ok(())
}

/// Makes new namespaces for this process (`CLONE_NEW*` flags).
pub(crate) fn unshare(flags: i32) -> io::Result<()> {
    // SAFETY: CLONE_FILES and CLONE_FS are never passed, so no other thread's view of descriptors changes.
    let result = unsafe { libc::unshare(flags) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: the confining process calls this before it owns any descriptor numbered `first` or above.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Marks every descriptor from `first` on to be closed by a successful `execve`.
pub(crate) fn close_on_exec_from(first: u32) -> io::Result<()> {
    // SAFETY: sets a flag on descriptors; none is closed or changes its owner.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A descriptor that this process was started with; `None` when it is not open.
///
/// For a process that has just begun and owns none of that number yet.
pub(crate) fn inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: asks for a flag of the descriptor, whatever it is.
    if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
        return None;
    }
    // SAFETY: it is open, and the caller sees to it that nothing in this process owns it.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Closes every descriptor but this one, standard ones included.
pub(crate) fn close_all_but(kept: BorrowedFd<'_>) -> io::Result<()> {
    let kept = kept.as_raw_fd().unsigned_abs();
    let ranges = [(0, kept.checked_sub(1)), (kept.saturating_add(1), Some(u32::MAX))];
    for (first, last) in ranges {
        let Some(last) = last else { continue };
        // SAFETY: the stand-in calls this when it owns no descriptor but the one that is kept.
        if unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Becomes the program at this path. Returns only if that failed.
pub(crate) fn execute(
    program: &Path,
    arguments: &[OsString],
    environment: &[(OsString, OsString)],
) -> io::Error {
    become_another(AT_NOTHING, program.as_os_str(), 0, arguments, environment)
}

/// Becomes the program behind this descriptor. Returns only if that failed.
pub(crate) fn execute_open(
    program: &OwnedFd,
    arguments: &[OsString],
    environment: &[(OsString, OsString)],
) -> io::Error {
    become_another(program.as_raw_fd(), OsStr::new(""), libc::AT_EMPTY_PATH, arguments, environment)
}

/// No directory: what is relative to it is nowhere.
const AT_NOTHING: i32 = -1;

fn become_another(
    at: i32,
    path: &OsStr,
    flags: i32,
    arguments: &[OsString],
    environment: &[(OsString, OsString)],
) -> io::Error {
    let strings = || -> io::Result<(CString, Vec<CString>, Vec<CString>)> {
        let path = CString::new(path.to_owned().into_vec())?;
        let arguments = arguments
            .iter()
            .map(|argument| CString::new(argument.clone().into_vec()))
            .collect::<Result<_, _>>()?;
        let environment = environment
            .iter()
            .map(|(name, value)| {
                CString::new([name.clone().into_vec(), value.clone().into_vec()].join(&b'='))
            })
            .collect::<Result<_, _>>()?;
        Ok((path, arguments, environment))
    };
    let (path, arguments, environment) = match strings() {
        Ok(strings) => strings,
        Err(error) => return error,
    };
    let pointers = |strings: &[CString]| {
        strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect::<Vec<_>>()
    };
    let (arguments, environment) = (pointers(&arguments), pointers(&environment));
    // SAFETY: both arrays end in a null pointer, and every string they point to is NUL-terminated and still alive.
    unsafe {
        libc::syscall(libc::SYS_execveat, at, path.as_ptr(), arguments.as_ptr(), environment.as_ptr(), flags)
    };
    io::Error::last_os_error()
}

/// A child that ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reaped {
    pub(crate) pid: i32,
    /// The raw status of `wait(2)`.
    pub(crate) status: i32,
}

/// Reaps one child that has ended, if one has. `Err(ECHILD)` when there are no children at all.
pub(crate) fn reap() -> io::Result<Option<Reaped>> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
    match pid {
        0 => Ok(None),
        1.. => Ok(Some(Reaped { pid, status })),
        _ => Err(io::Error::last_os_error()),
    }
}

/// What the reaped children of this process used.
pub(crate) fn usage_of_children() -> crate::report::Usage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is valid for a write of its own type, and outlives the call.
    let result = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) };
    if result != 0 {
        return crate::report::Usage::default();
    }
    // SAFETY: all zero bytes are a valid `rusage`, and the kernel has filled it.
    let usage = unsafe { usage.assume_init() };
    let time = |value: libc::timeval| {
        Duration::from_secs(u64::try_from(value.tv_sec).unwrap_or(0))
            .saturating_add(Duration::from_micros(u64::try_from(value.tv_usec).unwrap_or(0)))
    };
    crate::report::Usage {
        user: time(usage.ru_utime),
        system: time(usage.ru_stime),
        peak_resident: u64::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(1024),
    }
}

/// Drops every capability from the bounding set, so that no executed file can bring one back.
pub(crate) fn drop_bounding_set() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: PR_CAPBSET_DROP takes a number and touches no memory of ours.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } != 0 {
            let error = io::Error::last_os_error();
            // The first number that the kernel does not know ends the list.
            return if error.raw_os_error() == Some(libc::EINVAL) { Ok(()) } else { Err(error) };
        }
    }
    Ok(())
}

/// Ends this process without running anything more.
pub(crate) fn end_now(code: i32) -> ! {
    // SAFETY: `_exit` takes a number, touches no memory and does not return.
    unsafe { libc::_exit(code) }
}

/// Waits until every child has ended, and reaps them.
pub(crate) fn wait_for_all() {
    loop {
        // SAFETY: a null pointer asks for no status.
        if unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) } < 0
            && io::Error::last_os_error().raw_os_error() != Some(libc::EINTR)
        {
            return;
        }
    }
}

/// Waits for one child; its raw status of `wait(2)`.
pub(crate) fn wait_for(pid: Pid) -> io::Result<i32> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let result = unsafe { libc::waitpid(pid.as_raw_nonzero().get(), &raw mut status, 0) };
    if result > 0 { Ok(status) } else { Err(io::Error::last_os_error()) }
}
