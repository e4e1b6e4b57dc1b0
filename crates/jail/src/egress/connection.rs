//! One connection: accepted inside, dialled outside, judged by its first bytes, then relayed.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, sockopt};

use super::relay::{Flow, Middle, Paused, is_near};
use super::rules::{Candidate, decide};
use super::sni::{self, Hello};
use super::world::Reach;

/// How long the peer may take to accept.
const DIAL: Duration = Duration::from_secs(15);
/// How long the first bytes of TLS may take from the first to the last.
const HELLO: Duration = Duration::from_secs(15);

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) inside: OwnedFd,
    pub(super) outside: OwnedFd,
    /// The place that was wanted.
    pub(super) target: SocketAddr,
    /// Where on the host's loopback to try next if nobody answers.
    fallback: Option<SocketAddr>,
    connected: bool,
    pub(super) candidates: Vec<Candidate>,
    pub(super) chosen: Option<usize>,
    /// When it is given up, unless something happens first.
    pub(super) deadline: Option<Instant>,
    /// It keeps the first bytes from inside until they are judged.
    up: Flow,
    down: Flow,
}

/// What becomes of a connection.
#[derive(Debug)]
pub(super) enum Next {
    /// It waits for an event.
    Wait,
    /// It could go on at once; others first.
    Turn,
    /// The outside socket was replaced and must be watched.
    Redialled,
    /// Both sides are through.
    Finished,
    /// Something broke.
    Broken,
    /// It is refused: what was wanted, how that was seen, and why.
    Refused(String, &'static str, String),
}

/// Begins a connection outside.
pub(super) fn dial(address: SocketAddr, reach: Reach) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    sockopt::set_socket_keepalive(&socket, true)?;
    if reach == Reach::Own {
        is_near(&socket);
    }
    match rustix::net::connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(errno) => Err(errno),
    }
}

impl Connection {
    pub(super) fn new(
        inside: OwnedFd,
        outside: OwnedFd,
        (target, fallback): (SocketAddr, Option<SocketAddr>),
        candidates: Vec<Candidate>,
        middle: &Middle,
        now: Instant,
    ) -> Self {
        // Where only an address was granted there is no name to check.
        let chosen = candidates.iter().all(|candidate| candidate.name.is_none()).then_some(0);
        Self {
            inside,
            outside,
            target,
            fallback,
            connected: false,
            candidates,
            chosen,
            deadline: now.checked_add(DIAL),
            up: Flow::new(middle),
            down: Flow::new(middle),
        }
    }

    /// The grant and the peer it counts under: what was chosen, or the likeliest as long as nothing was.
    pub(super) fn account(&self) -> Option<(usize, String)> {
        let candidate = self.candidates.get(self.chosen.unwrap_or_default())?;
        let peer = candidate.name.as_ref().map_or_else(|| self.target.ip().to_string(), ToString::to_string);
        Some((candidate.rule, peer))
    }

    /// Whether the peer answered, which is what counts as a connection.
    pub(super) fn counted(&self) -> bool {
        self.connected
    }

    /// Bytes from inside and to it, since this was asked last.
    pub(super) fn take_bytes(&mut self) -> (u64, u64) {
        (std::mem::take(&mut self.up.bytes), std::mem::take(&mut self.down.bytes))
    }

    /// Goes as far as it goes. `outside` are the events of the outside socket, if it has any.
    pub(super) fn advance(&mut self, outside: EventFlags, middle: &mut Middle, now: Instant) -> Next {
        if !self.connected {
            match self.dialled(outside, now) {
                None => {}
                Some(next) => return next,
            }
        }
        match self.forward(middle, now) {
            Ok(next) => next,
            Err(_) => Next::Broken,
        }
    }

    /// Whether the peer answered: `None` is yes.
    fn dialled(&mut self, events: EventFlags, now: Instant) -> Option<Next> {
        let answered = events.intersects(EventFlags::OUT | EventFlags::ERR | EventFlags::HUP);
        if !answered {
            return Some(Next::Wait);
        }
        match sockopt::socket_error(&self.outside) {
            Ok(Ok(())) if !events.intersects(EventFlags::ERR | EventFlags::HUP) => {
                self.connected = true;
                self.deadline = None;
                return None;
            }
            _ => {}
        }
        let Some(next) = self.fallback.take() else { return Some(Next::Broken) };
        let Ok(socket) = dial(next, Reach::Own) else { return Some(Next::Broken) };
        self.outside = socket;
        self.deadline = now.checked_add(DIAL);
        Some(Next::Redialled)
    }

    fn forward(&mut self, middle: &mut Middle, now: Instant) -> Result<Next, Errno> {
        if self.chosen.is_none() {
            let (hello, ended) = self.listen()?;
            let hello =
                if ended && hello == Hello::More && self.up.kept().is_empty() { Hello::Plain } else { hello };
            if hello != Hello::More || ended {
                match decide(&self.candidates, &hello) {
                    Ok(place) => {
                        self.chosen = Some(place);
                        self.deadline = None;
                    }
                    Err(why) => return Ok(self.refused(&hello, why)),
                }
            } else if !self.up.kept().is_empty() && self.deadline.is_none() {
                self.deadline = now.checked_add(HELLO);
            }
        }
        let down = self.down.pump(&self.outside, &self.inside, middle)?;
        let up = if self.chosen.is_some() {
            self.up.pump(&self.inside, &self.outside, middle)?
        } else {
            Paused::Waiting
        };
        Ok(if self.up.done && self.down.done {
            Next::Finished
        } else if up == Paused::Turn || down == Paused::Turn {
            Next::Turn
        } else {
            Next::Wait
        })
    }

    /// Reads first bytes until they tell something; whether the sender ended there.
    fn listen(&mut self) -> Result<(Hello, bool), Errno> {
        let mut buffer = [0; 8192];
        loop {
            match rustix::net::recv(&self.inside, &mut buffer, RecvFlags::DONTWAIT) {
                Ok((_, 0)) => return Ok((sni::hello(self.up.kept()), true)),
                Ok((_, count)) => {
                    self.up.keep(buffer.get(..count).unwrap_or_default());
                    let hello = sni::hello(self.up.kept());
                    if hello != Hello::More {
                        return Ok((hello, false));
                    }
                }
                Err(Errno::AGAIN) => return Ok((Hello::More, false)),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    fn refused(&self, hello: &Hello, why: String) -> Next {
        let port = self.target.port();
        match hello {
            Hello::Name(name) => Next::Refused(format!("{name}:{port}"), "tls", why),
            Hello::BadName(name) => Next::Refused(format!("{name}:{port}"), "tls", why),
            Hello::Plain => Next::Refused(self.target.to_string(), "tcp", why),
            _ => Next::Refused(self.target.to_string(), "tls", why),
        }
    }

    /// Closes both sides so that the peers see a reset, not an end.
    pub(super) fn reset(self) {
        reset(&self.inside);
        reset(&self.outside);
    }
}

/// Makes the coming close of a connection a reset.
pub(super) fn reset(socket: &OwnedFd) {
    // Without it the peer sees an orderly end, which is no danger.
    let _ = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
}

/// The address that a connection accepted inside was going to.
pub(super) fn wanted(inside: &OwnedFd) -> Option<SocketAddr> {
    let address = SocketAddr::try_from(rustix::net::getsockname(inside).ok()?).ok()?;
    let ip: IpAddr = address.ip().to_canonical();
    Some((ip, address.port()).into())
}
