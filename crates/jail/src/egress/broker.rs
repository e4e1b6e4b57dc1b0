//! One thread that waits for all sockets of a jail: accepts, judges, dials and relays.
//!
//! Owns every connection. Never blocks but in one place, waiting for events; never trusts a word from inside.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, sockopt};

use super::connection::{self, Connection, Next};
use super::dns;
use super::pace::Pace;
use super::relay::{self, Middle};
use super::rules::Rules;
use super::stub::{Asker, Stub};
use super::world::{Reach, World};
use crate::grant::NetGrant;
use crate::report::{Act, Attempts, NetUse};
use crate::stages::network::{Role, Sockets};

/// At most this many connections at once, each with two descriptors; more wait for one of them to end.
pub(super) const CONNECTIONS: usize = 512;
/// How often deadlines are looked at while there are any.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// Events taken at once.
const EVENTS: usize = 128;
/// The token of the socket that wakes the thread.
const WAKE: u64 = u64::MAX;
/// Tokens below are listeners, by place.
const FIRST: u64 = 1024;

/// What the thread shares with its owner and with the threads that look names up.
pub(super) struct Shared {
    pub(super) broker: Mutex<Broker>,
    epoll: OwnedFd,
    /// How many others want the broker; a busy loop lets them.
    waiting: AtomicUsize,
}

/// The state behind the loop.
pub(super) struct Broker {
    pub(super) me: Weak<Shared>,
    pub(super) world: Arc<dyn World>,
    pub(super) rules: Rules,
    pub(super) attempts: Arc<Attempts>,
    pub(super) stub: Stub,
    /// Whether IPv6 works inside.
    pub(super) v6: bool,
    holding: Arc<AtomicBool>,
    sockets: Sockets,
    connections: HashMap<u64, Connection>,
    pub(super) middle: Middle,
    accepts: Pace,
    next: u64,
    /// Connections that could go on at once.
    turns: Vec<u64>,
    /// Listeners were left with something to take.
    paused: bool,
    stopped: bool,
}

impl Shared {
    pub(super) fn new(
        sockets: Sockets,
        grants: &[NetGrant],
        attempts: Arc<Attempts>,
        holding: Arc<AtomicBool>,
        world: Arc<dyn World>,
    ) -> Result<Arc<Self>, Errno> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut v6 = false;
        for (place, (role, socket)) in (0_u64..FIRST).zip(&sockets) {
            if *role == Role::Names {
                crate::sys::net::tell_destination(socket)?;
                v6 = sockopt::socket_domain(socket)? == AddressFamily::INET6;
            }
            if let Role::Port(_) = role {
                relay::is_near(socket);
            }
            epoll::add(&epoll, socket, EventData::new_u64(place), EventFlags::IN | EventFlags::ET)?;
        }
        let now = Instant::now();
        let rules = Rules::new(grants);
        Ok(Arc::new_cyclic(|me| Self {
            broker: Mutex::new(Broker {
                me: me.clone(),
                world,
                rules,
                attempts,
                stub: Stub::new(now),
                v6,
                holding,
                sockets,
                connections: HashMap::new(),
                middle: Middle::default(),
                accepts: Pace::new(1000, 2000, now),
                next: FIRST,
                turns: Vec::new(),
                paused: true,
                stopped: false,
            }),
            epoll,
            waiting: AtomicUsize::new(0),
        }))
    }

    /// The broker, for anyone but the loop.
    pub(super) fn borrow(&self) -> MutexGuard<'_, Broker> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let broker = self.broker.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        broker
    }

    /// The life of the thread: until the broker is stopped.
    pub(super) fn run(&self, wake: BorrowedFd<'_>) {
        let added = epoll::add(&self.epoll, wake, EventData::new_u64(WAKE), EventFlags::IN);
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
        let mut patience = Some(Timespec { tv_sec: 0, tv_nsec: 0 });
        while added.is_ok() {
            events.clear();
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), patience.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => break,
            }
            while self.waiting.load(Ordering::SeqCst) > 0 {
                std::thread::yield_now();
            }
            let mut broker = self.broker.lock().unwrap_or_else(PoisonError::into_inner);
            if broker.stopped {
                break;
            }
            let now = Instant::now();
            for event in &events {
                broker.event(event.data.u64(), event.flags, now);
            }
            patience = broker.settle(now);
        }
        // Nothing is relayed or accepted by nobody.
        self.borrow().stop();
    }
}

impl Broker {
    pub(super) fn is_holding(&self) -> bool {
        self.holding.load(Ordering::SeqCst)
    }

    /// Takes a grant back and resets what lives by it; whether there was such a grant.
    pub(super) fn revoke(&mut self, grant: &NetGrant) -> bool {
        let found = self.rules.revoke(grant);
        let mut lost = Vec::new();
        for (&id, connection) in &mut self.connections {
            match connection.chosen.and_then(|place| connection.candidates.get(place)) {
                Some(candidate) if self.rules.is_live(candidate.rule) => {}
                Some(_) => lost.push(id),
                None => {
                    connection.candidates.retain(|candidate| self.rules.is_live(candidate.rule));
                    if connection.candidates.is_empty() {
                        lost.push(id);
                    }
                }
            }
        }
        lost.into_iter().for_each(|id| self.reset(id));
        found
    }

    /// Resets every connection.
    pub(super) fn reset_all(&mut self) {
        let ids: Vec<u64> = self.connections.keys().copied().collect();
        ids.into_iter().for_each(|id| self.reset(id));
    }

    pub(super) fn stop(&mut self) {
        self.stopped = true;
        self.reset_all();
        self.stub.streams.clear();
        self.sockets.clear();
    }

    /// What passed, live connections included.
    pub(super) fn usage(&mut self) -> Vec<NetUse> {
        let ids: Vec<u64> = self.connections.keys().copied().collect();
        ids.into_iter().for_each(|id| self.count(id));
        self.rules.usage()
    }

    pub(super) fn names_socket(&self) -> Option<&OwnedFd> {
        self.sockets.iter().find(|(role, _)| *role == Role::Names).map(|(_, socket)| socket)
    }

    fn event(&mut self, token: u64, flags: EventFlags, now: Instant) {
        if token == WAKE {
            return;
        }
        if token < FIRST {
            self.serve(usize::try_from(token).unwrap_or(usize::MAX), now);
            return;
        }
        let (id, outside) = (token >> 1, token & 1 == 1);
        if self.stub.streams.contains_key(&id) {
            self.read_stream(id, now);
        } else {
            self.advance(id, if outside { flags } else { EventFlags::empty() }, now);
        }
    }

    /// What is due without an event; how long to wait for the next.
    pub(super) fn settle(&mut self, now: Instant) -> Option<Timespec> {
        for id in std::mem::take(&mut self.turns) {
            self.advance(id, EventFlags::empty(), now);
        }
        if std::mem::take(&mut self.paused) {
            (0..self.sockets.len()).for_each(|place| self.serve(place, now));
        }
        let mut deadlines = false;
        let mut late = Vec::new();
        for (&id, connection) in &self.connections {
            if let Some(deadline) = connection.deadline {
                deadlines = true;
                if deadline <= now {
                    late.push(id);
                }
            }
        }
        late.into_iter().for_each(|id| self.reset(id));
        self.sweep_names(now);
        if !self.turns.is_empty() {
            Some(Timespec { tv_sec: 0, tv_nsec: 0 })
        } else {
            (deadlines || self.paused || self.stub.is_waiting()).then_some(TICK)
        }
    }

    /// Takes what one of the jail's sockets has.
    fn serve(&mut self, place: usize, now: Instant) {
        let Some(&(role, _)) = self.sockets.get(place) else { return };
        if role == Role::Names {
            return self.serve_datagrams(place, now);
        }
        loop {
            // What ended just now makes room for what waits: in the backlog, not refused.
            let full = matches!(role, Role::Port(_)) && self.connections.len() >= CONNECTIONS;
            if full || !self.accepts.allows(now) {
                self.paused = true;
                return;
            }
            let Some((_, listener)) = self.sockets.get(place) else { return };
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            match rustix::net::accept_with(listener, flags) {
                Ok(inside) if role == Role::NamesStream => self.accept_stream(inside, now),
                Ok(inside) => self.accept(inside, now),
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(_) => {
                    // Out of descriptors or memory. It waits in the backlog until there are some.
                    self.paused = true;
                    return;
                }
            }
        }
    }

    fn serve_datagrams(&mut self, place: usize, now: Instant) {
        let mut buffer = [0; dns::QUESTION];
        loop {
            if !self.stub.listens(now) {
                self.paused = true;
                return;
            }
            let Some((_, socket)) = self.sockets.get(place) else { return };
            match crate::sys::net::receive(socket, &mut buffer) {
                Ok((length, Some(envelope))) => {
                    let message = buffer.get(..length).unwrap_or_default().to_vec();
                    self.asked(&message, Asker::Datagram(envelope), now);
                }
                Ok((_, None)) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // A pending error of an earlier answer, told once.
                Err(Errno::CONNREFUSED | Errno::HOSTUNREACH | Errno::NETUNREACH) => {}
                Err(_) => {
                    self.paused = true;
                    return;
                }
            }
        }
    }

    fn accept_stream(&mut self, socket: OwnedFd, now: Instant) {
        let id = self.number();
        if self.watch(&socket, id, false).is_ok() {
            self.stub.admit(id, socket, now);
        }
    }

    /// Judges where a new connection wants to go, and dials.
    fn accept(&mut self, inside: OwnedFd, now: Instant) {
        let refuse = |inside: OwnedFd, target: &str, why: &str| {
            self.attempts.note(Act::Connect, target, "tcp", why);
            connection::reset(&inside);
        };
        let Some(target) = connection::wanted(&inside) else { return connection::reset(&inside) };
        let written = target.to_string();
        if self.is_holding() {
            return refuse(inside, &written, "held back during probation");
        }
        let reach = if target.ip().is_loopback() { Reach::Own } else { self.world.reach(target.ip()) };
        let candidates = match self.rules.candidates(target.ip(), target.port(), reach, now) {
            Ok(candidates) => candidates,
            Err(why) => return refuse(inside, &written, why),
        };
        let to_loopback = candidates.iter().any(|candidate| self.rules.is_loopback(candidate.rule));
        let mut fallback = to_loopback.then(|| other_loopback(target));
        let dialled = connection::dial(target, reach).or_else(|errno| match fallback.take() {
            Some(other) => connection::dial(other, Reach::Own),
            None => Err(errno),
        });
        let Ok(outside) = dialled else { return connection::reset(&inside) };
        let _ = sockopt::set_tcp_nodelay(&inside, true);
        let id = self.number();
        if self.watch(&inside, id, false).and_then(|()| self.watch(&outside, id, true)).is_err() {
            return connection::reset(&inside);
        }
        let connection = Connection::new(inside, outside, (target, fallback), candidates, &self.middle, now);
        self.connections.insert(id, connection);
    }

    fn number(&mut self) -> u64 {
        self.next = self.next.wrapping_add(1) & (u64::MAX >> 2);
        self.next
    }

    fn watch(&self, socket: &OwnedFd, id: u64, outside: bool) -> Result<(), Errno> {
        let shared = self.me.upgrade().ok_or(Errno::CANCELED)?;
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(&shared.epoll, socket, EventData::new_u64(id << 1 | u64::from(outside)), flags)
    }

    /// Lets a connection go on.
    fn advance(&mut self, id: u64, outside: EventFlags, now: Instant) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let before = connection.counted();
        let next = connection.advance(outside, &mut self.middle, now);
        if let Some((rule, peer)) = connection.account().filter(|_| !before && connection.counted()) {
            self.rules.connected(rule, &peer);
        }
        match next {
            Next::Wait => {}
            Next::Turn => self.turns.push(id),
            Next::Redialled => {
                let watched =
                    self.connections.get(&id).map(|connection| self.watch(&connection.outside, id, true));
                if watched.is_some_and(|watched| watched.is_err()) {
                    self.reset(id);
                }
            }
            Next::Finished => {
                self.count(id);
                self.connections.remove(&id);
            }
            Next::Broken => self.reset(id),
            Next::Refused(target, through, why) => {
                self.attempts.note(Act::Connect, &target, through, &why);
                self.reset(id);
            }
        }
    }

    fn reset(&mut self, id: u64) {
        self.count(id);
        if let Some(connection) = self.connections.remove(&id) {
            connection.reset();
        }
    }

    /// Books what passed since the last time.
    fn count(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let (sent, received) = connection.take_bytes();
        if let Some((rule, peer)) = connection.account().filter(|_| connection.counted()) {
            self.rules.passed(rule, &peer, sent, received);
        }
    }
}

/// A service on the host's loopback may listen on one family only.
fn other_loopback(target: SocketAddr) -> SocketAddr {
    let address: IpAddr =
        if target.is_ipv4() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    (address, target.port()).into()
}
