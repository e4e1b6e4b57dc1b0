//! Watching one thread replace its program (ptrace(2)): seized when it asks, let go when the new image was looked at.
//!
//! A tracer is a thread, not a process: all calls for one tracee come from the thread that seized it.

use std::io;
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// `PTRACE_EVENT_STOP` of a seized thread.
const EVENT_STOP: i32 = 128;
/// Set in the signal of a stop at a system call.
const AT_CALL: i32 = 0x80;

/// Why a traced thread stands still, or that it is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It has a new image, of which nothing was executed. The number is that of its process.
    Executed(i32),
    /// It was asked to stop and did, on its way back to user mode.
    Interrupted(i32),
    /// At the entry or the exit of a system call.
    AtCall(i32),
    /// A signal is about to be delivered to it.
    Signal(i32, i32),
    /// It ended.
    Gone,
}

/// Begins to trace a thread that runs on. It is killed if this process ends before it lets go.
///
/// # Errors
/// `EPERM` where it may not be traced, or somebody else traces it; `ESRCH` where it ended.
pub(crate) fn seize(thread: i32) -> io::Result<()> {
    let options = libc::PTRACE_O_TRACEEXEC | libc::PTRACE_O_EXITKILL | libc::PTRACE_O_TRACESYSGOOD;
    request(libc::PTRACE_SEIZE, thread, options.unsigned_abs() as usize)
}

/// Asks a seized thread to stop on its way back to user mode.
pub(crate) fn interrupt(thread: i32) -> io::Result<()> {
    request(libc::PTRACE_INTERRUPT, thread, 0)
}

/// Lets a stopped thread go on up to its next system call.
pub(crate) fn to_next_call(thread: i32) -> io::Result<()> {
    request(libc::PTRACE_SYSCALL, thread, 0)
}

/// Lets a stopped thread go for good; a signal that was about to be delivered is delivered (0 for none).
pub(crate) fn let_go(thread: i32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_DETACH, thread, signal.unsigned_abs() as usize)
}

/// C libraries disagree about the type of a request.
#[cfg(target_env = "musl")]
type Request = libc::c_int;
#[cfg(not(target_env = "musl"))]
type Request = libc::c_uint;

fn request(request: Request, thread: i32, data: usize) -> io::Result<()> {
    let address = null_mut::<libc::c_void>();
    // SAFETY: none of these requests reads or writes memory of this process: the data is a number.
    let result = unsafe { libc::ptrace(request, thread, address, data) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What the next traced thread of this thread has come to, if one has.
///
/// # Errors
/// `ECHILD` when this thread traces none.
pub(crate) fn next() -> io::Result<Option<Stop>> {
    /// `__WNOTHREAD`: tracees and children of this thread alone.
    const THIS_THREAD: i32 = 0x2000_0000;
    let mut status = 0;
    let options = libc::WNOHANG | libc::__WALL | THIS_THREAD;
    // SAFETY: `status` outlives the call.
    let thread = unsafe { libc::waitpid(-1, &raw mut status, options) };
    match thread {
        0 => Ok(None),
        1.. => Ok(Some(stop(thread, status))),
        _ => Err(io::Error::last_os_error()),
    }
}

fn stop(thread: i32, status: i32) -> Stop {
    if !libc::WIFSTOPPED(status) {
        return Stop::Gone;
    }
    match (libc::WSTOPSIG(status), status >> 16) {
        (_, libc::PTRACE_EVENT_EXEC) => Stop::Executed(thread),
        (_, EVENT_STOP) => Stop::Interrupted(thread),
        (signal, _) if signal == libc::SIGTRAP | AT_CALL => Stop::AtCall(thread),
        (signal, _) => Stop::Signal(thread, signal),
    }
}

/// Has a thread, stopped after a system call, make `execveat(program, "", NULL, NULL, AT_EMPTY_PATH)` in its place: the
/// program behind the thread's own descriptor `program`, without arguments and variables. `empty` is where the thread
/// has a zero byte.
///
/// # Errors
/// When its registers cannot be read or set.
pub(crate) fn execute_instead(thread: i32, program: i32, empty: u64) -> io::Result<()> {
    let mut registers = read_registers(thread)?;
    let program = u64::from(program.unsigned_abs());
    let flags = u64::from(libc::AT_EMPTY_PATH.unsigned_abs());
    #[cfg(target_arch = "x86_64")]
    {
        /// Bytes of the instruction `syscall`.
        const CALL: u64 = 2;
        registers.rip = registers.rip.wrapping_sub(CALL);
        registers.rax = libc::SYS_execveat.unsigned_abs();
        registers.orig_rax = u64::MAX;
        registers.rdi = program;
        registers.rsi = empty;
        registers.rdx = 0;
        registers.r10 = 0;
        registers.r8 = flags;
    }
    #[cfg(target_arch = "aarch64")]
    {
        /// Bytes of the instruction `svc`.
        const CALL: u64 = 4;
        registers.pc = registers.pc.wrapping_sub(CALL);
        let values = [program, empty, 0, 0, flags];
        for (register, value) in registers.regs.iter_mut().zip(values) {
            *register = value;
        }
        if let Some(number) = registers.regs.get_mut(8) {
            *number = libc::SYS_execveat.unsigned_abs();
        }
    }
    write_registers(thread, &mut registers)
}

/// `NT_PRSTATUS` of elf(5): the general registers.
const GENERAL: usize = 1;

fn read_registers(thread: i32) -> io::Result<libc::user_regs_struct> {
    let mut registers = MaybeUninit::<libc::user_regs_struct>::zeroed();
    let mut room =
        libc::iovec { iov_base: registers.as_mut_ptr().cast(), iov_len: size_of::<libc::user_regs_struct>() };
    // SAFETY: `room` describes `registers`, which is writable and outlives the call.
    let result = unsafe { libc::ptrace(libc::PTRACE_GETREGSET, thread, GENERAL, &raw mut room) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the structure is integers only; it was zeroed and then filled by the kernel.
    Ok(unsafe { registers.assume_init() })
}

fn write_registers(thread: i32, registers: &mut libc::user_regs_struct) -> io::Result<()> {
    let mut room = libc::iovec {
        iov_base: std::ptr::from_mut(registers).cast(),
        iov_len: size_of::<libc::user_regs_struct>(),
    };
    // SAFETY: `room` describes `registers`, which outlives the call and is only read.
    let result = unsafe { libc::ptrace(libc::PTRACE_SETREGSET, thread, GENERAL, &raw mut room) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
