//! An empty network: a namespace in which loopback is up and nothing else is. Nothing takes the kernel as long in the
//! building of a jail, so it can be made beside other steps.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, FromRawFd, IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{Setter, ioctl};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

/// Makes one for this process.
pub(crate) fn enter_new() -> Result<(), Errno> {
    // SAFETY: only the network namespace is replaced: no descriptor goes out of anybody's sight.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }?;
    loopback_up()
}

/// One that a helper makes while this process goes on. Dropping it waits for the helper.
#[derive(Debug)]
pub(crate) struct Beside {
    helper: Option<Pid>,
    /// The namespace's descriptor once the helper has ended; less than nothing is its error.
    made: Box<AtomicI32>,
    /// What the helper runs on.
    _stack: Vec<MaybeUninit<u128>>,
}

impl Beside {
    /// Starts the helper, a process that shares memory and descriptors with this one.
    pub(crate) fn start() -> io::Result<Self> {
        /// More than a few system calls need, of 16 bytes each, for the alignment that the ABI wants of a stack.
        const STACK: usize = (32 << 10) / 16;
        let made = Box::new(AtomicI32::new(-libc::ECHILD));
        let mut stack: Vec<MaybeUninit<u128>> = Vec::with_capacity(STACK);
        let top = stack.spare_capacity_mut().as_mut_ptr_range().end;
        let flags = libc::CLONE_VM | libc::CLONE_FILES | libc::SIGCHLD;
        // SAFETY: the helper has a stack of its own, which outlives it, as does `made`: neither moves with the struct, and
        // both are freed only after it was waited for. `make` uses nothing else of this memory, so it may run beside us.
        let result = unsafe { libc::clone(make, top.cast(), flags, (&raw const *made).cast_mut().cast()) };
        if result <= 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { helper: Pid::from_raw(result), made, _stack: stack })
    }

    /// Waits for the helper and moves this process into what it made.
    pub(crate) fn enter(mut self) -> io::Result<()> {
        self.finish();
        match self.made.swap(-libc::ECHILD, Ordering::Acquire) {
            descriptor @ 0.. => {
                // SAFETY: the helper opened it in the table of descriptors that we share, and gave it to us only.
                let namespace = unsafe { OwnedFd::from_raw_fd(descriptor) };
                Ok(move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?)
            }
            errno => Err(io::Error::from_raw_os_error(errno.saturating_neg())),
        }
    }

    fn finish(&mut self) {
        while let Some(helper) = self.helper {
            // Whatever the answer but an interruption, the helper is not there any more.
            if !matches!(waitpid(Some(helper), WaitOptions::empty()), Err(Errno::INTR)) {
                self.helper = None;
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.finish();
    }
}

/// What the helper does. INVARIANT: it shares the memory of a process that runs meanwhile, so it allocates nothing and
/// touches no variable of a thread, not even `errno`: rustix makes these calls without the C library.
extern "C" fn make(made: *mut libc::c_void) -> i32 {
    // SAFETY: `Beside::start` passes an `AtomicI32`, which is kept until this process is done.
    let made = unsafe { &*made.cast::<AtomicI32>() };
    let done = enter_new().and_then(|()| {
        rustix::fs::open(c"/proc/thread-self/ns/net", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    });
    made.store(done.map_or_else(|errno| -errno.raw_os_error(), IntoRawFd::into_raw_fd), Ordering::Release);
    0
}

/// `ip link set lo up` (netdevice(7), `SIOCSIFFLAGS`).
pub(crate) fn loopback_up() -> Result<(), Errno> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    // SAFETY: the structure is bytes and numbers, for which zeros are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, letter) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        *place = libc::c_char::from_ne_bytes([*letter]);
    }
    request.ifr_ifru.ifru_flags = FLAGS;
    /// Up, and nothing else.
    const FLAGS: libc::c_short = 1;
    const SET_FLAGS: rustix::ioctl::Opcode = libc::SIOCSIFFLAGS as rustix::ioctl::Opcode;
    // SAFETY: this request reads one `ifreq`.
    let setter = unsafe { Setter::<SET_FLAGS, libc::ifreq>::new(request) };
    // SAFETY: as above; the kernel writes nowhere.
    unsafe { ioctl(&socket, setter) }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::egress::testing::in_own_namespaces;

    #[test]
    fn what_is_made_beside_is_entered_later_and_holds_loopback_only() {
        in_own_namespaces(
            "sys::network::tests::what_is_made_beside_is_entered_later_and_holds_loopback_only",
            || {
                let own = || std::fs::read_link("/proc/thread-self/ns/net").unwrap();
                // Namespaces of networks are a thread's own.
                let entered = std::thread::spawn(move || {
                    let before = own();
                    let beside = Beside::start().unwrap();
                    assert_eq!(own(), before);
                    beside.enter().unwrap();
                    assert_ne!(own(), before);
                    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                    drop(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
                    let error = TcpStream::connect("203.0.113.7:443").unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(Errno::NETUNREACH.raw_os_error()));
                });
                entered.join().unwrap();
            },
        );
    }

    #[test]
    fn what_is_not_entered_leaves_nothing() {
        in_own_namespaces("sys::network::tests::what_is_not_entered_leaves_nothing", || {
            let beside = Beside::start().unwrap();
            let helper = beside.helper.unwrap();
            drop(beside);
            assert!(matches!(waitpid(Some(helper), WaitOptions::empty()), Err(Errno::CHILD)));
        });
    }
}
