//! The resolver of the jail: answers for granted names, from the host's own resolver, and forwards nothing.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;
use std::sync::{PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

use super::broker::{Broker, Shared};
use super::dns::{self, Code, Kind, Question};
use super::pace::Pace;
use super::world::{Reach, Unresolved, World};
use crate::grant::{BadName, Name};
use crate::report::Act;
use crate::sys::net::Envelope;

/// Seconds that an answer may be kept, by us and by who asked.
const FRESH: u32 = 30;
/// How long "no" is kept.
const STALE: Duration = Duration::from_secs(3);
/// How long a question waits for the host's resolver. Clients ask again after 5 s, so it is a little less.
const PATIENCE: Duration = Duration::from_millis(4500);
/// At most this many names are asked at once; the host's resolver cannot be interrupted.
const ASKING: usize = 4;
/// At most this many names wait to be asked.
const QUEUED: usize = 64;
/// At most this many questions wait for one name.
const WAITING: usize = 64;
/// At most this many names are remembered.
const CACHED: usize = 1024;
/// At most this many connections carry questions.
const STREAMS: usize = 32;
/// How long such a connection may be idle.
const IDLE: Duration = Duration::from_secs(10);
/// Bytes of the stack of a thread that asks. Resolver modules of the C library use more than a little.
const STACK: usize = 256 << 10;

/// The state of the resolver.
#[derive(Debug)]
pub(super) struct Stub {
    cache: HashMap<Name, Known>,
    pending: HashMap<Name, Pending>,
    queue: VecDeque<Name>,
    asking: usize,
    /// Names asked of the host, and questions answered.
    names: Pace,
    questions: Pace,
    pub(super) streams: HashMap<u64, Stream>,
}

#[derive(Debug)]
struct Known {
    addresses: Vec<IpAddr>,
    code: Code,
    until: Instant,
}

#[derive(Debug)]
struct Pending {
    waiters: Vec<(Question, Asker)>,
    deadline: Instant,
}

/// Who gets the answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker {
    Datagram(Envelope),
    Stream(u64),
}

/// A connection that carries questions, each behind its length in two bytes.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) socket: OwnedFd,
    unread: Vec<u8>,
    until: Instant,
}

impl Stub {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            cache: HashMap::new(),
            pending: HashMap::new(),
            queue: VecDeque::new(),
            asking: 0,
            names: Pace::new(100, 20, now),
            questions: Pace::new(1000, 1000, now),
            streams: HashMap::new(),
        }
    }

    /// Whether something will be due without an event.
    pub(super) fn is_waiting(&self) -> bool {
        !self.pending.is_empty() || !self.streams.is_empty()
    }

    /// Takes in a connection, if there is room.
    pub(super) fn admit(&mut self, id: u64, socket: OwnedFd, now: Instant) {
        if self.streams.len() < STREAMS {
            self.streams.insert(id, Stream { socket, unread: Vec::new(), until: now + IDLE });
        }
    }

    /// Whether one more question is answered now.
    pub(super) fn listens(&mut self, now: Instant) -> bool {
        self.questions.allows(now)
    }
}

impl Broker {
    /// Reads what a connection has; closes it when it ends or makes no sense.
    pub(super) fn read_stream(&mut self, id: u64, now: Instant) {
        let mut buffer = [0; 2048];
        loop {
            let Some(stream) = self.stub.streams.get_mut(&id) else { return };
            match rustix::net::recv(&stream.socket, &mut buffer, RecvFlags::DONTWAIT) {
                Ok((_, count)) if count > 0 => stream.unread.extend(buffer.get(..count).unwrap_or_default()),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return,
                _ => {
                    self.stub.streams.remove(&id);
                    return;
                }
            }
            while let Some(message) = self.next_message(id) {
                if message.len() > dns::QUESTION || !self.stub.listens(now) {
                    self.stub.streams.remove(&id);
                    return;
                }
                if let Some(stream) = self.stub.streams.get_mut(&id) {
                    stream.until = now + IDLE;
                }
                self.asked(&message, Asker::Stream(id), now);
            }
            if self.stub.streams.get(&id).is_some_and(|stream| stream.unread.len() > 2 + dns::QUESTION) {
                self.stub.streams.remove(&id);
            }
        }
    }

    fn next_message(&mut self, id: u64) -> Option<Vec<u8>> {
        let stream = self.stub.streams.get_mut(&id)?;
        let (length, rest) = stream.unread.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let message = rest.get(..length)?.to_vec();
        stream.unread.drain(..length.saturating_add(2));
        Some(message)
    }

    /// Answers a message, now or when the host's resolver has.
    pub(super) fn asked(&mut self, message: &[u8], asker: Asker, now: Instant) {
        match dns::question(message) {
            Ok(question) => {
                if let Some((code, addresses)) = self.judge(&question, asker, now) {
                    self.reply(&question, code, &addresses, asker);
                }
            }
            Err(Some(answer)) => self.deliver(&answer, asker),
            Err(None) => {}
        }
    }

    /// The answer, unless it must wait.
    fn judge(&mut self, question: &Question, asker: Asker, now: Instant) -> Option<(Code, Vec<IpAddr>)> {
        let name = match &question.name {
            Ok(name) => name,
            Err(why) => return Some(self.no_name(question, *why)),
        };
        if name.as_str() == "localhost" {
            return Some((Code::Fine, vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]));
        }
        if !self.rules.grants_name(name) {
            self.attempts.note(Act::Resolve, name.as_str(), "dns", "the name is not granted");
            return Some((Code::NoName, Vec::new()));
        }
        if self.is_holding() {
            self.attempts.note(Act::Resolve, name.as_str(), "dns", "held back during probation");
            return Some((Code::Failure, Vec::new()));
        }
        if question.kind == Kind::Other || (question.kind == Kind::Aaaa && !self.v6) {
            return Some((Code::Fine, Vec::new()));
        }
        if let Some(known) = self.stub.cache.get(name).filter(|known| known.until > now) {
            let (code, addresses) = (known.code, known.addresses.clone());
            // The connection that follows is admitted by this answer, however old the first one is.
            addresses.iter().for_each(|&address| self.rules.answered(name, address, now));
            return Some((code, addresses));
        }
        if let Some(pending) = self.stub.pending.get_mut(name) {
            if pending.waiters.len() < WAITING {
                pending.waiters.push((question.clone(), asker));
            }
            return None;
        }
        if self.stub.queue.len() >= QUEUED || !self.stub.names.allows(now) {
            self.attempts.note(Act::Resolve, name.as_str(), "dns", "too many names at once");
            return Some((Code::Failure, Vec::new()));
        }
        let waiters = vec![(question.clone(), asker)];
        self.stub.pending.insert(name.clone(), Pending { waiters, deadline: now + PATIENCE });
        self.ask(name.clone());
        None
    }

    fn no_name(&self, question: &Question, why: BadName) -> (Code, Vec<IpAddr>) {
        // Programs look up the root and addresses of their own accord; only the rest is worth a report.
        if !question.written.is_empty() {
            self.attempts.note(Act::Resolve, &question.written, "dns", &why.to_string());
        }
        (Code::NoName, Vec::new())
    }

    /// Has a thread ask the host's resolver.
    fn ask(&mut self, name: Name) {
        if self.stub.asking >= ASKING {
            self.stub.queue.push_back(name);
            return;
        }
        let (world, broker) = (self.world.clone(), self.me.clone());
        let first = name.clone();
        let thread = thread::Builder::new()
            .name("mantrap-names".to_owned())
            .stack_size(STACK)
            .spawn(move || ask_in_turn(first, &*world, &broker));
        match thread {
            // It ends by itself: when the queue is empty or the broker is gone.
            Ok(_) => self.stub.asking = self.stub.asking.saturating_add(1),
            Err(_) => self.resolved(&name, Err(Unresolved::TryAgain), Instant::now()),
        }
    }

    /// Takes what the host's resolver said and answers who waits for it.
    fn resolved(&mut self, name: &Name, found: Result<Vec<(IpAddr, Reach)>, Unresolved>, now: Instant) {
        let mut known = match found {
            Ok(found) => Known {
                addresses: self.admitted(name, &found),
                code: Code::Fine,
                until: now + Duration::from_secs(FRESH.into()),
            },
            Err(Unresolved::NoName) => {
                Known { addresses: Vec::new(), code: Code::NoName, until: now + STALE }
            }
            Err(Unresolved::TryAgain) => Known { addresses: Vec::new(), code: Code::Failure, until: now },
        };
        if known.code == Code::Fine && known.addresses.is_empty() {
            known.until = now + STALE;
        }
        if self.is_holding() {
            known = Known { addresses: Vec::new(), code: Code::Failure, until: now };
        }
        for &address in &known.addresses {
            self.rules.answered(name, address, now);
        }
        for (question, asker) in
            self.stub.pending.remove(name).map(|pending| pending.waiters).unwrap_or_default()
        {
            self.reply(&question, known.code, &known.addresses, asker);
        }
        if self.stub.cache.len() >= CACHED {
            self.stub.cache.retain(|_, known| known.until > now);
        }
        if self.stub.cache.len() >= CACHED {
            self.stub.cache.clear();
        }
        self.stub.cache.insert(name.clone(), known);
    }

    /// The addresses that a grant of the name admits. The others are reported.
    fn admitted(&self, name: &Name, found: &[(IpAddr, Reach)]) -> Vec<IpAddr> {
        let mut admitted = Vec::new();
        for &(address, reach) in found {
            if reach == Reach::None || admitted.contains(&address) {
                continue;
            }
            match self.rules.admits_name(name, address, reach) {
                Ok(()) => admitted.push(address),
                Err(why) => {
                    let reason = format!("leads to {address}, {why}");
                    self.attempts.note(Act::Resolve, name.as_str(), "dns", &reason);
                }
            }
        }
        admitted
    }

    fn reply(&mut self, question: &Question, code: Code, addresses: &[IpAddr], asker: Asker) {
        let answer = dns::answer(question, code, addresses, FRESH);
        self.deliver(&answer, asker);
    }

    /// Sends an answer. One that cannot be sent is lost, as datagrams are; the client asks again.
    fn deliver(&mut self, answer: &[u8], asker: Asker) {
        match asker {
            Asker::Datagram(envelope) => {
                if let Some(socket) = self.names_socket() {
                    let _ = crate::sys::net::answer(socket, answer, envelope);
                }
            }
            Asker::Stream(id) => {
                let Some(stream) = self.stub.streams.get(&id) else { return };
                let length = u16::try_from(answer.len()).unwrap_or_default().to_be_bytes();
                let framed = [&length[..], answer].concat();
                let sent =
                    rustix::net::send(&stream.socket, &framed, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
                if sent != Ok(framed.len()) {
                    self.stub.streams.remove(&id);
                }
            }
        }
    }

    /// Gives up on what is overdue.
    pub(super) fn sweep_names(&mut self, now: Instant) {
        self.stub.streams.retain(|_, stream| stream.until > now);
        let mut late = Vec::new();
        for pending in self.stub.pending.values_mut().filter(|pending| pending.deadline <= now) {
            // The name stays pending so that it is not asked twice; it is still being asked.
            late.append(&mut pending.waiters);
        }
        for (question, asker) in late {
            self.reply(&question, Code::Failure, &[], asker);
        }
        let queued: Vec<Name> = self
            .stub
            .pending
            .iter()
            .filter(|(_, p)| p.deadline + 10 * PATIENCE <= now)
            .map(|(name, _)| name.clone())
            .collect();
        for name in queued {
            self.stub.pending.remove(&name);
        }
    }

    /// The next name for a thread that has finished one, or none and the thread ends.
    fn next_name(&mut self) -> Option<Name> {
        let next = self.stub.queue.pop_front();
        if next.is_none() {
            self.stub.asking = self.stub.asking.saturating_sub(1);
        }
        next
    }
}

/// A thread's life: one name after the other, until there is none or the broker is gone.
fn ask_in_turn(mut name: Name, world: &dyn World, broker: &Weak<Shared>) {
    loop {
        let found = world.resolve(&name).map(|addresses| {
            let reach = |address: IpAddr| (address, world.reach(address));
            addresses.into_iter().take(32).map(reach).collect()
        });
        let Some(shared) = broker.upgrade() else { return };
        let mut broker = shared.broker.lock().unwrap_or_else(PoisonError::into_inner);
        broker.resolved(&name, found, Instant::now());
        match broker.next_name() {
            Some(next) => name = next,
            None => return,
        }
    }
}
