//! Who is connected to the host while it asks: most likely one of them sent the request that led to it.
//!
//! Looks at `/proc` alone (proc_pid_net(5)). What is looked at belongs to the host, who may lie about it as about everything else
//! that he does; nothing is decided by it.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mantrap_journal::Process;
use serde_json::{Value, json};

/// Bytes of a table of connections that are read, descriptors of a process that are looked at, and peers that are recorded.
const TABLE: u64 = 4 << 20;
const DESCRIPTORS: usize = 4096;
const PEERS: usize = 16;
/// A look may take this share of the time: one in ten.
const SHARE: u32 = 10;
/// States of a connection (linux/tcp_states.h).
const ESTABLISHED: &str = "01";
const LISTENS: &str = "0A";

/// The last look, which does for a while: thousands of refusals a second do not wait for thousands of looks.
#[derive(Debug, Default)]
pub(super) struct Peers {
    last: Option<(Instant, Duration, Value)>,
}

impl Peers {
    /// Connections to ports that the asker, or a process of the host above it, serves: who, and at which address. The asker comes
    /// first in `ancestry`.
    pub(super) fn of(&mut self, ancestry: &[Process]) -> Value {
        let begun = Instant::now();
        if let Some((at, took, seen)) = &self.last
            && begun.duration_since(*at) < *took * SHARE
        {
            return seen.clone();
        }
        let seen = look(ancestry);
        self.last = Some((begun, begun.elapsed(), seen.clone()));
        seen
    }
}

fn look(ancestry: &[Process]) -> Value {
    let own = std::process::id();
    let host: Vec<u32> = ancestry.iter().map(|process| process.pid).take_while(|pid| *pid != own).collect();
    let Some(asker) = host.first() else { return Value::Array(Vec::new()) };
    let mut table = Vec::new();
    for name in ["tcp", "tcp6"] {
        let mut text = Vec::new();
        if let Ok(file) = File::open(format!("/proc/{asker}/net/{name}"))
            && file.take(TABLE).read_to_end(&mut text).is_ok()
        {
            table.extend(String::from_utf8_lossy(&text).lines().skip(1).filter_map(Line::of));
        }
    }
    let served: HashSet<u16> =
        table.iter().filter(|line| line.listens).map(|line| line.local.port()).collect();
    table.retain(|line| !line.listens && served.contains(&line.local.port()));
    if table.is_empty() {
        return Value::Array(Vec::new());
    }
    let held: HashSet<u64> = host.iter().flat_map(|pid| sockets(*pid)).collect();
    let of_host = table.iter().filter(|line| held.contains(&line.inode));
    let peers: BTreeSet<(SocketAddr, SocketAddr)> = of_host.map(|line| (line.peer, line.local)).collect();
    let shown = |(peer, local): (SocketAddr, SocketAddr)| json!({ "peer": peer.to_string(), "at": local.to_string() });
    peers.into_iter().take(PEERS).map(shown).collect()
}

/// The numbers of the sockets that a process has open.
fn sockets(pid: u32) -> Vec<u64> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten().take(DESCRIPTORS);
    let number =
        |path: std::path::PathBuf| path.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok();
    entries.filter_map(|entry| number(fs::read_link(entry.path()).ok()?)).collect()
}

/// One line of the table.
struct Line {
    local: SocketAddr,
    peer: SocketAddr,
    listens: bool,
    inode: u64,
}

impl Line {
    fn of(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, peer, state) = (address(words.next()?)?, address(words.next()?)?, words.next()?);
        let inode = words.nth(5)?.parse().ok()?;
        let listens = state == LISTENS;
        (listens || state == ESTABLISHED).then_some(Self { local, peer, listens, inode })
    }
}

/// `0100007F:1F90`: words of the machine's own byte order, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |place: usize| {
        let word = address.get(place * 8..(place + 1) * 8)?;
        Some(u32::from_str_radix(word, 16).ok()?.to_ne_bytes())
    };
    let address: IpAddr = if address.len() == 8 {
        Ipv4Addr::from(word(0)?).into()
    } else {
        let mut bytes = [0; 16];
        for (place, four) in bytes.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *four = word(place)?;
        }
        Ipv6Addr::from(bytes).to_canonical()
    };
    Some((address, port).into())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn addresses_are_read_as_the_kernel_writes_them() {
        for (text, read) in [
            ("0100007F:1F90", "127.0.0.1:8080"),
            ("00000000000000000000000001000000:0016", "[::1]:22"),
            ("0000000000000000FFFF00000100007F:0050", "127.0.0.1:80"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), read);
        }
        for bad in ["", ":", "0100007F", "0100007F:XX", "01:50", "é100007F:0050"] {
            assert!(address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn who_is_connected_to_a_served_port_is_seen_and_whom_one_connected_to_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = listener.local_addr().unwrap();
        let guest = TcpStream::connect(near).unwrap();
        let _held = listener.accept().unwrap();
        // This process is the supervisor for `look`, so another of its numbers stands for the host's.
        let host =
            Process { pid: rustix::thread::gettid().as_raw_pid().unsigned_abs(), ..Process::default() };
        let seen = look(&[host]);
        let expected = json!({ "peer": guest.local_addr().unwrap().to_string(), "at": near.to_string() });
        assert!(seen.as_array().unwrap().contains(&expected), "{seen}");
    }
}
