//! What a server prints to its error stream: one line at a time, labelled, harmless for a terminal, and no more than somebody
//! would read.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Bytes of the longest line that is shown; the rest of it is not.
const LONGEST: usize = 4096;
/// Bytes that are shown at once, and how many more each second.
const BURST: u64 = 256 << 10;
const EACH_SECOND: u64 = 16 << 10;

/// A server's error stream.
pub(crate) struct Complaints {
    label: String,
    line: Vec<u8>,
    allowance: u64,
    since: Instant,
    /// Bytes that were not shown.
    dropped: u64,
}

impl Complaints {
    /// Of the server with this name.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            label: format!("[{name}] "),
            line: Vec::new(),
            allowance: BURST,
            since: Instant::now(),
            dropped: 0,
        }
    }

    /// Takes what there is. Whether there may be more.
    pub(crate) fn take(&mut self, from: &mut Option<OwnedFd>) -> io::Result<bool> {
        let Some(stream) = from else { return Ok(false) };
        let mut space = [0; 4096];
        let count = match rustix::io::read(&*stream, &mut space) {
            Ok(0) => {
                if !self.line.is_empty() {
                    self.end_line();
                }
                return Ok(false);
            }
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return Ok(true),
            Err(errno) => return Err(errno.into()),
        };
        for byte in space.get(..count).unwrap_or_default() {
            match byte {
                b'\n' => self.end_line(),
                _ if self.line.len() < LONGEST => self.line.push(*byte),
                _ => self.dropped += 1,
            }
        }
        Ok(true)
    }

    /// It is over: says how much was not shown.
    pub(crate) fn end(&self) {
        if self.dropped > 0 && is_writable() {
            eprintln!("{}mantrap does not show {} bytes of its error stream", self.label, self.dropped);
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let shown =
            format!("{}{}\n", self.label, mantrap_scan::excerpt::visible(&String::from_utf8_lossy(line)));
        let passed = self.since.elapsed();
        if passed > Duration::from_secs(1) {
            self.since = Instant::now();
            self.allowance = BURST.min(self.allowance + EACH_SECOND.saturating_mul(passed.as_secs()));
        }
        let size = shown.len() as u64;
        if self.allowance < size || !is_writable() {
            self.dropped += line.len() as u64;
            return;
        }
        self.allowance -= size;
        // With nobody to read it, it is lost.
        let _ = rustix::io::write(io::stderr(), shown.as_bytes());
    }
}

/// Whether standard error takes a line without waiting: a host that does not read it must not stop the session.
fn is_writable() -> bool {
    let stderr = io::stderr();
    let mut wanted = [PollFd::new(&stderr, PollFlags::OUT)];
    poll(&mut wanted, Some(&Timespec::default())).is_ok()
        && wanted.iter().all(|fd| fd.revents().contains(PollFlags::OUT))
}
