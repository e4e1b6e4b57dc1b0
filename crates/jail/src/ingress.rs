//! The way into a jail's network: the supervisor accepts for a host that is jailed, and goes to the same port inside.
//!
//! Owns the listening sockets outside and every connection through them. A guest arrives under his own address, which the
//! jail's loopback takes for local, so that a host that trusts its own machine does not come to trust everyone. Inside,
//! sockets are made by the init and connected from here: nothing of this network namespace ever gets in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{SocketFlags, sockopt};

use crate::egress::have_descriptors;
use crate::egress::relay::{Flow, Middle, Paused, is_near};
use crate::outside::Error;
use crate::wire::{Channel, Knock};

/// At most this many connections at once, each with two descriptors; more wait for one of them to end.
const CONNECTIONS: usize = 1024;
/// How long the init may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon it is tried again where descriptors or memory ran out.
const AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// Events taken at once.
const EVENTS: usize = 128;
/// Bytes of the stack of the thread.
const STACK: usize = 256 << 10;
/// The token of the socket that ends the thread; those below [`FIRST`] are listeners, by place.
const END: u64 = u64::MAX;
const FIRST: u64 = 1024;

/// The way in. Dropping it resets every connection and ends its thread.
#[derive(Debug)]
pub(crate) struct Ingress {
    end: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Ingress {
    /// Listens at these addresses of the host.
    ///
    /// # Errors
    /// [`Error::Listen`]; [`Error::Spawn`] when the kernel has no descriptor or thread left.
    pub(crate) fn start(door: OwnedFd, addresses: &[SocketAddr]) -> Result<Self, Error> {
        let spawn = |errno: Errno| Error::Spawn(errno.into());
        have_descriptors();
        let mut listeners = Vec::new();
        for address in addresses {
            let listen = || {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Ok(listener)
            };
            let listener = listen().map_err(|source| Error::Listen { address: *address, source })?;
            listeners.push((address.port(), OwnedFd::from(listener)));
        }
        sockopt::set_socket_timeout(&door, sockopt::Timeout::Recv, Some(PATIENCE)).map_err(spawn)?;
        let end = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let end = Arc::new(end.map_err(spawn)?);
        let mut hall = Hall {
            epoll: epoll::create(CreateFlags::CLOEXEC).map_err(spawn)?,
            door: Channel::from_descriptor(door),
            listeners,
            connections: HashMap::new(),
            middle: Middle::default(),
            next: FIRST,
            turns: Vec::new(),
            paused: true,
        };
        hall.watch_listeners(end.as_fd()).map_err(spawn)?;
        let thread = std::thread::Builder::new().name("mantrap-ingress".to_owned()).stack_size(STACK);
        let thread = thread.spawn(move || hall.run()).map_err(Error::Spawn)?;
        Ok(Self { end, thread: Some(thread) })
    }
}

impl Drop for Ingress {
    fn drop(&mut self) {
        // Writing to an eventfd fails only where it is full, and then it wakes all the same.
        let _ = rustix::io::write(&*self.end, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // A panic there was reported by the panic hook.
        }
    }
}

/// What the thread has.
struct Hall {
    epoll: OwnedFd,
    door: Channel,
    /// And the port inside.
    listeners: Vec<(u16, OwnedFd)>,
    connections: HashMap<u64, Connection>,
    middle: Middle,
    next: u64,
    /// Connections that could go on at once.
    turns: Vec<u64>,
    /// Listeners were left with something to take.
    paused: bool,
}

struct Connection {
    outside: OwnedFd,
    inside: OwnedFd,
    inward: Flow,
    outward: Flow,
}

impl Hall {
    fn watch_listeners(&self, end: BorrowedFd<'_>) -> Result<(), Errno> {
        epoll::add(&self.epoll, end, EventData::new_u64(END), EventFlags::IN)?;
        for (place, (_, listener)) in (0..FIRST).zip(&self.listeners) {
            is_near(listener);
            epoll::add(&self.epoll, listener, EventData::new_u64(place), EventFlags::IN | EventFlags::ET)?;
        }
        Ok(())
    }

    fn run(&mut self) {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
        loop {
            events.clear();
            let patience = match (self.turns.is_empty(), self.paused) {
                (false, _) => Some(Timespec::default()),
                (true, true) => Some(AGAIN),
                (true, false) => None,
            };
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), patience.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return,
            }
            let turns = std::mem::take(&mut self.turns);
            for token in events.iter().map(|event| event.data.u64()).chain(turns) {
                match token {
                    END => return,
                    0..FIRST => self.paused = true,
                    _ => self.advance(token & !1),
                }
            }
            if std::mem::take(&mut self.paused) {
                for place in 0..self.listeners.len() {
                    self.accept(place);
                }
            }
        }
    }

    fn accept(&mut self, place: usize) {
        loop {
            if self.connections.len() >= CONNECTIONS {
                self.paused = true;
                return;
            }
            let Some((port, listener)) = self.listeners.get(place) else { return };
            let port = *port;
            match rustix::net::accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                // What cannot be let in is closed; whoever came sees a connection that ends.
                Ok(outside) => drop(self.let_in(outside, port)),
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(_) => {
                    self.paused = true;
                    return;
                }
            }
        }
    }

    fn let_in(&mut self, outside: OwnedFd, port: u16) -> Result<(), Errno> {
        let peer = rustix::net::getpeername(&outside)?.ok_or(Errno::NOTCONN)?;
        let guest = SocketAddr::try_from(peer)?.ip().to_canonical();
        let inside = self.knock(guest.is_ipv6())?;
        let own: IpAddr =
            if guest.is_ipv6() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        is_near(&inside);
        for socket in [&outside, &inside] {
            sockopt::set_tcp_nodelay(socket, true)?;
        }
        // Every address is the jail's own, so the host inside sees the guest's.
        rustix::net::bind(&inside, &SocketAddr::from((guest, 0)))?;
        match rustix::net::connect(&inside, &SocketAddr::from((own, port))) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(errno) => return Err(errno),
        }
        let id = self.next;
        self.next = self.next.saturating_add(2);
        let all = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(&self.epoll, &outside, EventData::new_u64(id), all)?;
        epoll::add(&self.epoll, &inside, EventData::new_u64(id | 1), all)?;
        let (inward, outward) = (Flow::new(&self.middle), Flow::new(&self.middle));
        self.connections.insert(id, Connection { outside, inside, inward, outward });
        Ok(())
    }

    /// A new socket of the jail's network.
    fn knock(&self, v6: bool) -> Result<OwnedFd, Errno> {
        let asked = self.door.send(&Knock { v6 }, &[]).and_then(|()| self.door.receive::<Knock>());
        let (_, sockets) = asked.ok().flatten().ok_or(Errno::PIPE)?;
        sockets.into_iter().next().ok_or(Errno::MFILE)
    }

    fn advance(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Connection { outside, inside, inward, outward } = connection;
        let inward_is = inward.pump(&*outside, &*inside, &mut self.middle);
        let outward_is = outward.pump(&*inside, &*outside, &mut self.middle);
        match (inward_is, outward_is) {
            (Ok(_), Ok(_)) if inward.done && outward.done => drop(self.connections.remove(&id)),
            (Ok(one), Ok(other)) => {
                if one == Paused::Turn || other == Paused::Turn {
                    self.turns.push(id);
                }
            }
            (Err(_), _) | (_, Err(_)) => drop(self.connections.remove(&id)),
        }
    }
}
