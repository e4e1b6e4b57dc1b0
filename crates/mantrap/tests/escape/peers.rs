//! Who is outside: a victim, and listeners that remember what they were told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::place::Place;

/// A process of the attacker's user, with a secret in its memory and the canary open.
pub(crate) struct Victim {
    child: Child,
    lines: BufReader<ChildStdout>,
    pub(crate) pid: String,
    pub(crate) address: String,
    pub(crate) descriptor: String,
}

impl Victim {
    pub(crate) fn of(place: &Place) -> Self {
        let mut command = place.raw_command(&["victim", &place.canary()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        lines.read_line(&mut said).unwrap();
        let words: Vec<_> = said.split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.first().map(String::as_str), Some("victim"), "{said}");
        Victim {
            child,
            lines,
            pid: words[1].clone(),
            address: words[2].clone(),
            descriptor: words[3].clone(),
        }
    }

    /// Asks it what it holds; also counts the signals that it got since the last time.
    pub(crate) fn asked(&mut self) -> (String, usize) {
        self.child.stdin.as_mut().unwrap().write_all(b"?\n").unwrap();
        let mut signals = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "the victim is dead");
            match line.trim() {
                "signalled" => signals += 1,
                other => return (other.trim_start_matches("holds ").to_owned(), signals),
            }
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a listener heard so far.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }

    /// Everything since the last time. Waits a little for what is under way.
    pub(crate) fn take(&self) -> String {
        std::thread::sleep(Duration::from_millis(20));
        String::from_utf8_lossy(&std::mem::take(&mut *self.0.lock().unwrap())).into_owned()
    }
}

/// Listens for TCP and answers every connection with `heard`.
pub(crate) fn tcp(address: &str) -> (SocketAddr, Heard) {
    tcp_on(TcpListener::bind(address).unwrap())
}

pub(crate) fn tcp_on(listener: TcpListener) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let address = listener.local_addr().unwrap();
    let ears = heard.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let ears = ears.clone();
            std::thread::spawn(move || answer(connection, &ears));
        }
    });
    (address, heard)
}

fn answer(mut connection: impl Read + Write, ears: &Heard) {
    let mut bytes = [0; 4096];
    ears.add(b"[connected]");
    if let Ok(length @ 1..) = connection.read(&mut bytes) {
        ears.add(&bytes[..length]);
        let _ = connection.write_all(b"heard\n");
    }
}

/// Listens for datagrams and answers each with `heard`.
pub(crate) fn udp(address: &str) -> (SocketAddr, Heard) {
    let socket = UdpSocket::bind(address).unwrap();
    udp_on(socket)
}

pub(crate) fn udp_on(socket: UdpSocket) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let address = socket.local_addr().unwrap();
    let ears = heard.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            ears.add(&bytes[..length]);
            let _ = socket.send_to(b"heard\n", from);
        }
    });
    (address, heard)
}

/// A name server that knows every name: it is at 127.0.0.1, and remembers the questions.
pub(crate) fn name_server() -> (SocketAddr, Heard) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let heard = Heard::default();
    let ears = heard.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            ears.add(&bytes[..length]);
            let mut reply = bytes[..length].to_vec();
            reply[2] = 0x81;
            reply[3] = 0x80;
            reply[7] = 1;
            reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            let _ = socket.send_to(&reply, from);
        }
    });
    (address, heard)
}

/// Listens at a Unix address and answers with `heard`.
pub(crate) fn unix(listener: UnixListener) -> Heard {
    let heard = Heard::default();
    let ears = heard.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            answer(connection, &ears);
        }
    });
    heard
}

pub(crate) fn unix_datagrams(socket: UnixDatagram) -> Heard {
    let heard = Heard::default();
    let ears = heard.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length) = socket.recv(&mut bytes) {
            ears.add(&bytes[..length]);
        }
    });
    heard
}
