//! What a host hears when nothing is launched: it shows errors of the protocol, and rarely what a server prints.

use std::time::{Duration, Instant};

use mantrap_mcp::reply::{self, Code};
use mantrap_mcp::{Batches, Envelope, Framing, Limits, Lines, Message, Scanner};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// How long the first request is waited for. Hosts ask at once.
const FIRST: Duration = Duration::from_secs(5);
/// How long another one is waited for: a client that asks for the era begins again when it gets an error.
const ANOTHER: Duration = Duration::from_secs(1);
/// Requests that are answered.
const MOST: usize = 16;

/// Answers the requests that come with this refusal, until none comes any more.
pub(super) fn answer(message: &str) {
    let limits = Limits::default();
    let mut lines = Lines::new(&limits);
    let mut scanner = Scanner::new(limits);
    let mut answered = 0;
    let mut until = Instant::now() + FIRST;
    while answered < MOST && is_ready(PollFlags::IN, until) {
        match rustix::io::read(std::io::stdin(), lines.space()) {
            Ok(0) => return,
            Ok(count) => lines.filled(count),
            Err(Errno::INTR) => continue,
            Err(_) => return,
        }
        while let Some(line) = lines.next() {
            let read = line.ok().and_then(|line| scanner.read(line, Batches::Refuse).ok());
            let Some(Message::Single(Envelope::Request { id, .. })) = read else { continue };
            let error = reply::error(Some(&id), Code::Denied, message) + "\n";
            if !is_ready(PollFlags::OUT, until)
                || rustix::io::write(std::io::stdout(), error.as_bytes()).is_err()
            {
                return;
            }
            answered += 1;
            until = Instant::now() + ANOTHER;
        }
    }
}

/// Whether standard input or output is ready in time.
fn is_ready(flags: PollFlags, until: Instant) -> bool {
    let (input, output) = (std::io::stdin(), std::io::stdout());
    let mut wanted = match flags {
        PollFlags::IN => [PollFd::new(&input, flags)],
        _ => [PollFd::new(&output, flags)],
    };
    loop {
        let left = Timespec::try_from(until.saturating_duration_since(Instant::now())).unwrap_or_default();
        match poll(&mut wanted, Some(&left)) {
            Ok(ready) => return ready > 0,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
