//! A thread that wants to become another program, and waits for the answer.
//!
//! What it asks is copied once, within bounds, and only the copy is judged. What is executed in the end is compared with
//! the copy again (see `launch`), so that nothing rests on memory that the asker can still change.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

use super::Desk;
use super::image::Program;
use crate::sys::memory;
use crate::sys::seccomp::{self, Answer, Notification};

/// `PATH_MAX`.
const PATH_BYTES: usize = 4096;
/// Bytes of one argument or variable that are read; the kernel takes 128 KiB.
const TEXT_BYTES: usize = 128 << 10;
/// Bytes of all arguments and variables together.
const ALL_BYTES: usize = 1 << 20;
/// Arguments, and variables.
const TEXTS: usize = 4096;

/// A wish to become another program. Unless it is answered it is refused when it is dropped.
#[derive(Debug)]
pub struct Asked {
    /// The process, as numbered here.
    pub process: i32,
    /// The path as it was written, and may be relative; empty where a descriptor alone says it.
    pub path: Vec<u8>,
    /// The arguments, the name first.
    pub arguments: Vec<Vec<u8>>,
    /// The variables, each `NAME=VALUE`.
    pub environment: Vec<Vec<u8>>,
    /// The current directory. What is there may change at any time.
    pub directory: PathBuf,
    /// Whether everything was copied: what is too long is not, and cannot be approved.
    pub whole: bool,
    /// The descriptor that `execveat(2)` begins at.
    at: Option<i32>,
    /// `AT_*` flags of `execveat(2)`.
    flags: i32,
    call: Notification,
    desk: Arc<Desk>,
    answered: bool,
}

impl Asked {
    /// Copies what is asked. `None` where the asker is gone.
    pub(super) fn copy(desk: &Arc<Desk>, call: Notification) -> Option<Self> {
        let by_descriptor = i64::from(call.number) == libc::SYS_execveat;
        let [first, second, third, fourth, fifth, _] = call.arguments;
        let (path, arguments, environment) =
            if by_descriptor { (second, third, fourth) } else { (first, second, third) };
        // The kernel takes an `int` from the low half of its register.
        let int = |register: u64| (register & u64::from(u32::MAX)).cast_signed() as i32;
        let mut copy = Copy { thread: call.thread, left: ALL_BYTES, whole: true };
        let asked = Self {
            process: process_of(call.thread).unwrap_or(0),
            path: copy.text(path, PATH_BYTES).unwrap_or_default(),
            arguments: copy.texts(arguments),
            environment: copy.texts(environment),
            directory: fs::read_link(format!("/proc/{}/cwd", call.thread)).unwrap_or_default(),
            whole: copy.whole,
            at: by_descriptor.then(|| int(first)).filter(|at| *at != libc::AT_FDCWD),
            flags: if by_descriptor { int(fifth) } else { 0 },
            call,
            desk: Arc::clone(desk),
            answered: false,
        };
        // The number may have passed to another process while it was copied.
        (asked.process != 0 && seccomp::waits(desk.listener.as_fd(), call.id)).then_some(asked)
    }

    /// The thread that asks.
    #[must_use]
    pub const fn thread(&self) -> i32 {
        self.call.thread
    }

    /// The path as a person would write it: absolute where the asker's directory is known.
    #[must_use]
    pub fn shown_path(&self) -> PathBuf {
        let path = Path::new(OsStr::from_bytes(&self.path));
        match self.at {
            Some(at) if !path.is_absolute() => {
                let place = format!("/proc/{}/fd/{at}", self.call.thread);
                let place = fs::read_link(&place).unwrap_or_else(|_| place.into());
                if path.as_os_str().is_empty() { place } else { place.join(path) }
            }
            _ => self.directory.join(path),
        }
    }

    /// Opens the program that is asked for, as the asker would reach it.
    ///
    /// # Errors
    /// The system's own; `EACCES` for what is no regular file, `EOPNOTSUPP` for a way to name it that is not followed.
    pub fn program(&self) -> io::Result<Program> {
        let path = Path::new(OsStr::from_bytes(&self.path));
        if self.flags & !(libc::AT_EMPTY_PATH | libc::AT_SYMLINK_NOFOLLOW) != 0 {
            return Err(Errno::OPNOTSUPP.into());
        }
        let opened = match self.at {
            None => self.open(path)?,
            Some(at) if path.as_os_str().is_empty() && self.flags & libc::AT_EMPTY_PATH != 0 => {
                own(&format!("/proc/{}/fd/{at}", self.call.thread))?
            }
            Some(_) if path.is_absolute() => self.open(path)?,
            Some(_) => return Err(Errno::OPNOTSUPP.into()),
        };
        let program = Program::read(&opened)?;
        self.still_waits()?;
        Ok(program)
    }

    /// Opens a path as the asker would: in its root, from its directory.
    pub(super) fn open(&self, path: &Path) -> io::Result<OwnedFd> {
        let bytes = path.as_os_str().as_bytes();
        // Links of `/proc` that mean the asker itself; every other one of that kind is not followed.
        if bytes == b"/proc/self/exe" {
            return own(&format!("/proc/{}/exe", self.process));
        }
        let number = [&b"/proc/self/fd/"[..], b"/dev/fd/"].iter().find_map(|of| bytes.strip_prefix(*of));
        if let Some(number) = number.and_then(|number| str::from_utf8(number).ok()?.parse::<u16>().ok()) {
            return own(&format!("/proc/{}/fd/{number}", self.call.thread));
        }
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let root = openat(CWD, format!("/proc/{}/root", self.call.thread), flags, Mode::empty())?;
        let path = self.directory.join(path);
        Ok(openat2(root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)?)
    }

    /// # Errors
    /// `ESRCH` when the asker is gone, and what was read may have been another's.
    pub(super) fn still_waits(&self) -> io::Result<()> {
        let waits = seccomp::waits(self.desk.listener.as_fd(), self.call.id);
        if waits { Ok(()) } else { Err(Errno::SRCH.into()) }
    }

    /// Refuses at once: the asker's call answers this errno.
    pub fn refuse(mut self, errno: i32) {
        self.say(Answer::Errno(errno));
    }

    /// Lets it happen, whatever it is by now: for observing only.
    pub fn let_through(mut self) {
        self.say(Answer::Continue);
    }

    pub(super) fn say(&mut self, answer: Answer) {
        self.answered = true;
        let _ = seccomp::answer(self.desk.listener.as_fd(), self.call.id, answer); // It fails when the asker is gone.
    }

    pub(super) fn give(&self, descriptor: impl AsFd) -> io::Result<i32> {
        seccomp::give(self.desk.listener.as_fd(), self.call.id, descriptor.as_fd())
    }

    pub(super) const fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Where the asker has a zero byte: the end of its path.
    pub(super) fn zero_byte(&self) -> u64 {
        let [first, second, ..] = self.call.arguments;
        let path = if i64::from(self.call.number) == libc::SYS_execveat { second } else { first };
        path.saturating_add(self.path.len() as u64)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.answered {
            self.say(Answer::Errno(libc::EACCES));
        }
    }
}

/// Follows one of the kernel's own links.
fn own(link: &str) -> io::Result<OwnedFd> {
    Ok(openat(CWD, link, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

/// The process of a thread (proc_pid_status(5)).
fn process_of(thread: i32) -> Option<i32> {
    let status = read_some(&format!("/proc/{thread}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
    line.trim().parse().ok()
}

fn read_some(path: &str) -> Option<String> {
    use std::io::Read as _;
    let mut text = Vec::new();
    File::open(path).ok()?.take(8192).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Reads texts within bounds.
struct Copy {
    thread: i32,
    left: usize,
    whole: bool,
}

impl Copy {
    fn text(&mut self, address: u64, most: usize) -> Option<Vec<u8>> {
        let most = most.min(self.left);
        let text = memory::read_string(self.thread, address, most).ok();
        let length = text.as_ref().map_or(0, Vec::len);
        // One that fills its room has no end.
        self.whole &= text.is_some() && length < most;
        self.left = self.left.saturating_sub(length.saturating_add(1));
        text
    }

    /// The texts of an array of addresses that ends in a zero.
    fn texts(&mut self, array: u64) -> Vec<Vec<u8>> {
        /// Addresses that are read at once.
        const CHUNK: usize = 64;
        let mut texts = Vec::new();
        if array == 0 {
            return texts;
        }
        let mut place = array;
        loop {
            let mut bytes = [0; CHUNK * 8];
            let read = memory::read(self.thread, place, &mut bytes).unwrap_or(0);
            let (addresses, _) = bytes.get(..read).unwrap_or_default().as_chunks::<8>();
            for address in addresses {
                let address = u64::from_ne_bytes(*address);
                if address == 0 {
                    return texts;
                }
                if texts.len() >= TEXTS || self.left == 0 {
                    self.whole = false;
                    return texts;
                }
                texts.extend(self.text(address, TEXT_BYTES));
            }
            if addresses.is_empty() {
                self.whole = false;
                return texts;
            }
            place = place.saturating_add(addresses.len() as u64 * 8);
        }
    }
}
