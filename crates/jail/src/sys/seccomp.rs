//! `seccomp(2)`.

use std::io;

use crate::seccomp::Instruction;

/// Installs a filter for this thread, for good. Needs `no_new_privs`.
pub(crate) fn install(program: &[Instruction]) -> io::Result<()> {
    let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
    // `Instruction` has the layout of `struct sock_filter`; the kernel only reads through the pointer.
    let filter = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut().cast() };
    // SAFETY: `filter` describes `program`, which outlives the call.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const filter) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
