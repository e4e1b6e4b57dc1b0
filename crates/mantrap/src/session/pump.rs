//! Moves the bytes of a session, on one thread, until one of the three is gone: the client, the server, or patience.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use mantrap_jail::{Jail, Signals, give_back};
use mantrap_mcp::Side;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};
use rustix::process::Signal;

use super::Session;
use super::complaints::Complaints;

/// What may wait for a side before nothing more is read from the other one.
const FULL: usize = 256 << 10;
/// What a pipe takes at once without blocking when it takes anything (pipe(7), `PIPE_BUF`).
const AT_ONCE: usize = 4096;
/// How long a server may take to end by itself when its input has ended. Hosts wait as long (lifecycle, "Shutdown").
const LEAVE: Duration = Duration::from_secs(2);
/// The same while it still has requests to answer.
const FINISH: Duration = Duration::from_secs(30);
/// How long it may take to end when it was told to. Shorter than what hosts wait before they kill mantrap.
const END: Duration = Duration::from_millis(1500);
/// How long after probation a session has settled: what it needed to begin is given back, and again after so long of traffic.
const SETTLES: Duration = Duration::from_millis(1500);
const THRIFT: Duration = Duration::from_secs(60);
/// How long a client that reads nothing is waited for at the end.
const FLUSH: Duration = Duration::from_secs(5);

/// This side's ends of all pipes.
pub(crate) struct Ends {
    /// What the server reads. Nothing once it is closed.
    pub(crate) server_in: Option<OwnedFd>,
    pub(crate) server_out: Option<OwnedFd>,
    pub(crate) server_err: Option<OwnedFd>,
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The server ended by itself.
    Server,
    /// The client left, or told mantrap to end.
    Client,
    /// The server did not show in time that it speaks MCP.
    NeverSpoke,
    /// It printed [`UNSPOKEN`](super::UNSPOKEN) bytes of something else.
    Babbled,
    /// In all that time nobody asked it to.
    NeverAsked,
    /// The end of probation failed.
    NotReleased,
}

/// One conversation and everything that it runs on.
pub(crate) struct Pump<'a, 'j> {
    pub(crate) session: &'a mut Session<'j>,
    pub(crate) ends: Ends,
    pub(crate) signals: &'a Signals,
    pub(crate) complaints: Complaints,
    /// How long the server has to show that it speaks MCP, and the client to ask it to.
    pub(crate) probation: Duration,
    /// Nobody reads what is written for the client.
    is_deserted: bool,
    /// Whether the client's end can be written to without waiting.
    takes_at_once: bool,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    NotYet,
    /// Its input is closed.
    Closed(Instant),
    /// It was told to end.
    Told(Instant),
    Killed,
}

/// What a round of waiting found.
struct Ready {
    client: bool,
    to_client: bool,
    server: bool,
    to_server: bool,
    complaint: bool,
    signal: bool,
    ended: bool,
}

impl<'a, 'j> Pump<'a, 'j> {
    pub(crate) fn new(
        session: &'a mut Session<'j>,
        ends: Ends,
        signals: &'a Signals,
        complaints: Complaints,
        probation: Duration,
    ) -> Self {
        Self { session, ends, signals, complaints, probation, is_deserted: false, takes_at_once: true }
    }

    /// Runs until the server has ended, and says why it did. What it printed last is still to be taken: [`Self::finish`].
    pub(crate) fn run(&mut self, jail: &Jail) -> io::Result<Over> {
        if let Some(input) = &self.ends.server_in {
            let flags = rustix::fs::fcntl_getfl(input)?;
            rustix::fs::fcntl_setfl(input, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        let mut over = None;
        let mut client_is_there = true;
        let mut ending = Ending::NotYet;
        let mut patience = Instant::now() + self.probation;
        let mut was_asked = false;
        let mut is_released = false;
        let mut settled: Option<Instant> = None;
        let mut is_settled = false;
        loop {
            let now = Instant::now();
            if settled.is_some_and(|at| now >= at) {
                give_back();
                is_settled = true;
                settled = Some(now + THRIFT);
            }
            ending = self.go_on(jail, ending, client_is_there, now);
            let mut until = match ending {
                Ending::Closed(at) | Ending::Told(at) => Some(at),
                Ending::NotYet | Ending::Killed => None,
            };
            if !is_released && over.is_none() {
                over = match (self.session.is_babbling(), now >= patience) {
                    (true, _) => Some(Over::Babbled),
                    (_, true) if was_asked => Some(Over::NeverSpoke),
                    (_, true) => Some(Over::NeverAsked),
                    _ => None,
                };
                if over.is_some() {
                    jail.kill();
                    ending = Ending::Killed;
                } else {
                    until = Some(until.map_or(patience, |until| until.min(patience)));
                }
            }
            self.session.tick();
            // Nobody is woken for what an idle session could give back the second time.
            let until =
                until.into_iter().chain(self.session.next()).chain(settled.filter(|_| !is_settled)).min();
            let ready = self.wait(jail, client_is_there, until)?;
            if ready.client {
                client_is_there = self.read(Side::Client)?;
                if !was_asked && self.session.in_flight() > 0 {
                    was_asked = true;
                    patience = Instant::now() + self.probation;
                }
            }
            if ready.server {
                let is_open = self.read(Side::Server)?;
                if !is_open {
                    self.ends.server_out = None;
                }
                if !is_released && self.session.is_trusted() {
                    is_released = true;
                    settled = Some(Instant::now() + SETTLES);
                    if jail.release().is_err() {
                        over = Some(Over::NotReleased);
                        jail.kill();
                    }
                }
            }
            if ready.complaint && !self.complaints.take(&mut self.ends.server_err)? {
                self.ends.server_err = None;
            }
            // What came is written without another round where that needs no waiting.
            if ready.to_server || ready.client && !self.session.out(Side::Server).is_empty() {
                self.write_to_server();
            }
            let has_come = ready.server && self.takes_at_once && !self.session.out(Side::Client).is_empty();
            if (ready.to_client || has_come) && !self.write_to_client(ready.to_client)? {
                client_is_there = false;
                self.is_deserted = true;
                self.session.out(Side::Client).clear();
            }
            if ready.signal && self.signals.next()?.is_some() {
                client_is_there = false;
                ending = match ending {
                    Ending::Told(_) | Ending::Killed => Ending::Told(Instant::now()),
                    Ending::NotYet | Ending::Closed(_) => self.tell(jail, Instant::now()),
                };
            }
            if ready.ended {
                let by_client = if client_is_there { Over::Server } else { Over::Client };
                return Ok(over.unwrap_or(by_client));
            }
        }
    }

    /// Takes what the server printed before it ended, answers whoever still waits, and gets it all to the client.
    pub(crate) fn finish(&mut self, code: mantrap_mcp::reply::Code, message: &str) -> io::Result<()> {
        // The whole tree is gone, so both end.
        while self.ends.server_out.is_some() {
            if !self.read(Side::Server)? {
                self.ends.server_out = None;
            }
            self.flush()?;
        }
        while self.complaints.take(&mut self.ends.server_err)? {}
        self.complaints.end();
        self.session.give_up(code, message);
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let out = io::stdout();
        let patience = Timespec::try_from(FLUSH).unwrap_or_default();
        while !self.session.out(Side::Client).is_empty() {
            let mut wanted = [PollFd::new(&out, PollFlags::OUT)];
            match poll(&mut wanted, Some(&patience)) {
                Ok(0) => self.session.out(Side::Client).clear(),
                Ok(_) if !self.write_to_client(true)? => self.session.out(Side::Client).clear(),
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// The ladder that MCP hosts use: the end of input, then SIGTERM, then SIGKILL for the whole tree.
    fn go_on(&mut self, jail: &Jail, ending: Ending, client_is_there: bool, now: Instant) -> Ending {
        match ending {
            Ending::NotYet if client_is_there => ending,
            Ending::NotYet if self.session.out(Side::Server).is_empty() || self.ends.server_in.is_none() => {
                self.ends.server_in = None;
                Ending::Closed(now + if self.is_awaited() { FINISH } else { LEAVE })
            }
            Ending::Closed(at) if !self.is_awaited() && at > now + LEAVE => Ending::Closed(now + LEAVE),
            Ending::Closed(at) if now >= at => self.tell(jail, now),
            Ending::Told(at) if now >= at => {
                jail.kill();
                Ending::Killed
            }
            Ending::NotYet | Ending::Closed(_) | Ending::Told(_) | Ending::Killed => ending,
        }
    }

    /// Whether somebody still waits for an answer.
    fn is_awaited(&self) -> bool {
        self.session.in_flight() > 0 && !self.is_deserted
    }

    fn tell(&mut self, jail: &Jail, now: Instant) -> Ending {
        self.ends.server_in = None;
        self.session.out(Side::Server).clear();
        // It may have ended just now.
        let _ = jail.signal(Signal::TERM.as_raw());
        Ending::Told(now + END)
    }

    fn wait(&mut self, jail: &Jail, client_is_there: bool, until: Option<Instant>) -> io::Result<Ready> {
        let (input, output) = (io::stdin(), io::stdout());
        let room_for_client = self.session.out(Side::Client).len() < FULL;
        let room_for_server = self.session.out(Side::Server).len() < FULL;
        let for_client = !self.session.out(Side::Client).is_empty();
        let for_server = !self.session.out(Side::Server).is_empty();
        let wanted: [Option<(BorrowedFd<'_>, PollFlags)>; 7] = [
            (client_is_there && room_for_server).then(|| (input.as_fd(), PollFlags::IN)),
            match for_client {
                true => Some((output.as_fd(), PollFlags::OUT)),
                // Of a client that has closed its end and may have gone: only that is told.
                false if !client_is_there && !self.is_deserted => Some((output.as_fd(), PollFlags::empty())),
                false => None,
            },
            self.ends.server_out.as_ref().filter(|_| room_for_client).map(|out| (out.as_fd(), PollFlags::IN)),
            self.ends.server_in.as_ref().filter(|_| for_server).map(|to| (to.as_fd(), PollFlags::OUT)),
            self.ends.server_err.as_ref().map(|out| (out.as_fd(), PollFlags::IN)),
            Some((self.signals.as_fd(), PollFlags::IN)),
            Some((jail.as_fd(), PollFlags::IN)),
        ];
        let mut polled: Vec<PollFd<'_>> =
            wanted.iter().flatten().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = left.map(|left| Timespec::try_from(left).unwrap_or_default());
        match poll(&mut polled, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut answers = polled.iter().map(|fd| !fd.revents().is_empty());
        let mut ready = wanted.iter().map(|wanted| wanted.is_some() && answers.next().unwrap_or(false));
        let mut next = || ready.next().unwrap_or(false);
        Ok(Ready {
            client: next(),
            to_client: next(),
            server: next(),
            to_server: next(),
            complaint: next(),
            signal: next(),
            ended: next(),
        })
    }

    /// Whether there may be more.
    fn read(&mut self, side: Side) -> io::Result<bool> {
        let input = io::stdin();
        let from = match (side, &self.ends.server_out) {
            (Side::Client, _) => input.as_fd(),
            (Side::Server, Some(out)) => out.as_fd(),
            (Side::Server, None) => return Ok(false),
        };
        match rustix::io::read(from, self.session.space(side)) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.session.came(side, count);
                Ok(true)
            }
            Err(Errno::INTR | Errno::AGAIN) => Ok(true),
            // A client that went away.
            Err(Errno::CONNRESET | Errno::IO) if side == Side::Client => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    fn write_to_server(&mut self) {
        let Some(to) = &self.ends.server_in else { return };
        let out = self.session.out(Side::Server);
        match rustix::io::write(to, out.waiting()) {
            Ok(count) => out.wrote(count),
            Err(Errno::INTR | Errno::AGAIN) => {}
            // It reads no more, and may still answer what it has read.
            Err(_) => {
                out.clear();
                self.ends.server_in = None;
            }
        }
    }

    /// Writes what waits. Whether the client is still there: woken with nothing to write, it is not.
    ///
    /// Its end is not ours alone, so it cannot be made non-blocking. Each write says for itself that it does not wait; where the
    /// kernel knows no such thing (pipes before Linux 6.4), no more is written than a pipe takes that takes anything, and
    /// only when it `is_ready`.
    fn write_to_client(&mut self, is_ready: bool) -> io::Result<bool> {
        let (to, out) = (io::stdout(), self.session.out(Side::Client));
        if out.is_empty() {
            return Ok(false);
        }
        let mut written = Err(Errno::AGAIN);
        if self.takes_at_once {
            // The offset of a file that has none, or the current one (pwritev2(2)).
            written = pwritev2(&to, &[IoSlice::new(out.waiting())], u64::MAX, ReadWriteFlags::NOWAIT);
            self.takes_at_once = !matches!(written, Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL));
        }
        if is_ready && (!self.takes_at_once || written == Err(Errno::AGAIN)) {
            written = rustix::io::write(&to, out.waiting().get(..AT_ONCE).unwrap_or(out.waiting()));
        }
        match written {
            Ok(count) => out.wrote(count),
            Err(_) if !is_ready => {}
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(Errno::PIPE | Errno::CONNRESET | Errno::IO) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
        Ok(true)
    }
}
