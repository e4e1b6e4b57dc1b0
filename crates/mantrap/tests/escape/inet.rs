//! Bytes out of the jail by way of a network.

use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::peers::{Heard, tcp, udp, udp_on};
use crate::place::{Place, everyone, finish, root_has_the_twin};

/// The listener hears the raw probe and not the jailed one: neither without any network grant nor with one for
/// something else.
fn is_not_heard(place: &Place, words: &[&str], heard: &Heard) {
    place.raw(words).succeeded();
    assert!(heard.take().contains("beacon"), "the twin was not heard");
    for grants in [&[][..], &["--net", "elsewhere.invalid:9"]] {
        place.jailed(grants, words).was_refused();
        assert_eq!(heard.take(), "", "AN ESCAPE: {words:?} with {grants:?} was heard");
    }
}

fn tcp_is_not_heard(technique: &str, host: &str) {
    everyone(|place| {
        let (address, heard) = tcp(&format!("{host}:0"));
        is_not_heard(place, &[technique, &address.ip().to_string(), &address.port().to_string()], &heard);
    });
}

fn udp_is_not_heard(technique: &str, host: &str) {
    everyone(|place| {
        let (address, heard) = udp(&format!("{host}:0"));
        is_not_heard(place, &[technique, &address.ip().to_string(), &address.port().to_string()], &heard);
    });
}

/// TCP over IPv4 to the host's loopback
#[test]
fn tcp_does_not_leave() {
    tcp_is_not_heard("tcp", "127.0.0.1");
}

/// TCP over IPv6
#[test]
fn tcp_over_ipv6_does_not_leave() {
    tcp_is_not_heard("tcp", "[::1]");
}

/// an IPv4 address written as an IPv6 one
#[test]
fn a_mapped_address_does_not_leave() {
    tcp_is_not_heard("tcp-mapped", "127.0.0.1");
}

/// 0.0.0.0, which is this host
#[test]
fn the_unspecified_address_does_not_leave() {
    everyone(|place| {
        let (address, heard) = tcp("127.0.0.1:0");
        is_not_heard(place, &["tcp", "0.0.0.0", &address.port().to_string()], &heard);
    });
}

/// Multipath TCP, which Landlock's rules do not see
#[test]
fn multipath_tcp_does_not_leave() {
    tcp_is_not_heard("mptcp", "127.0.0.1");
}

/// TCP fast open by sendto, which is no connect
#[test]
fn fast_open_by_sendto_does_not_leave() {
    tcp_is_not_heard("tfo-sendto", "127.0.0.1");
}

/// TCP fast open by sendmsg
#[test]
fn fast_open_by_sendmsg_does_not_leave() {
    tcp_is_not_heard("tfo-sendmsg", "127.0.0.1");
}

/// TCP fast open by sendmmsg
#[test]
fn fast_open_by_sendmmsg_does_not_leave() {
    tcp_is_not_heard("tfo-sendmmsg", "127.0.0.1");
}

/// `TCP_FASTOPEN_CONNECT`
#[test]
fn fast_open_by_connect_does_not_leave() {
    tcp_is_not_heard("tfo-connect", "127.0.0.1");
}

/// TCP fast open over IPv6
#[test]
fn fast_open_over_ipv6_does_not_leave() {
    tcp_is_not_heard("tfo-sendto", "[::1]");
}

/// UDP by sendto
#[test]
fn udp_does_not_leave() {
    udp_is_not_heard("udp", "127.0.0.1");
}

/// UDP over IPv6
#[test]
fn udp_over_ipv6_does_not_leave() {
    udp_is_not_heard("udp", "[::1]");
}

/// UDP by connect and send
#[test]
fn connected_udp_does_not_leave() {
    udp_is_not_heard("udp-connected", "127.0.0.1");
}

/// UDP by sendmmsg (untrapped in another supervisor)
#[test]
fn udp_by_sendmmsg_does_not_leave() {
    udp_is_not_heard("udp-sendmmsg", "127.0.0.1");
}

/// a multicast group
#[test]
fn multicast_does_not_leave() {
    everyone(|place| {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        socket.join_multicast_v4(&Ipv4Addr::new(239, 7, 7, 7), &Ipv4Addr::LOCALHOST).unwrap();
        let (address, heard) = udp_on(socket);
        is_not_heard(place, &["multicast", "239.7.7.7", &address.port().to_string()], &heard);
    });
}

/// UDP-Lite, SCTP, DCCP, L2TP and Multipath TCP sockets
#[test]
fn no_other_protocol_has_a_socket() {
    everyone(|place| {
        place.raw(&["protocols"]).succeeded();
        place.inside(&["protocols"]).was_refused();
    });
}

/// a service inside that somebody outside connects to
#[test]
fn nothing_outside_reaches_a_listener_inside() {
    everyone(|place| {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let port = free.to_string();
        let visit = move || {
            let until = Instant::now() + Duration::from_millis(900);
            while Instant::now() < until {
                if let Ok(stream) = TcpStream::connect(("127.0.0.1", free)) {
                    drop(stream);
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        let visitor = std::thread::spawn(visit);
        place.raw(&["listen", "127.0.0.1", &port, "1200"]).got("somebody came");
        visitor.join().unwrap();
        let visitor = std::thread::spawn(visit);
        place.inside(&["listen", "127.0.0.1", &port, "600"]).was_refused();
        visitor.join().unwrap();
    });
}

/// ICMP by a datagram socket
#[test]
fn no_ping_is_sent_by_a_datagram_socket() {
    everyone(|place| {
        place.private(&["ping", "127.0.0.1"]).succeeded();
        place.inside(&["ping", "127.0.0.1"]).was_refused();
        place.inside(&["ping", "::1"]).was_refused();
    });
}

/// ICMP by a raw socket
#[test]
fn no_ping_is_sent_by_a_raw_socket() {
    everyone(|place| {
        place.private(&["ping-raw", "127.0.0.1"]).succeeded();
        place.inside(&["ping-raw", "127.0.0.1"]).was_refused();
        place.inside(&["ping-raw", "::1"]).was_refused();
    });
}

/// a raw IP socket
#[test]
fn there_is_no_raw_socket() {
    everyone(|place| {
        place.private(&["raw"]).succeeded();
        place.inside(&["raw"]).was_refused();
    });
}

/// a packet socket: frames past every rule
#[test]
fn there_is_no_packet_socket() {
    everyone(|place| {
        place.private(&["packet"]).succeeded();
        place.inside(&["packet"]).was_refused();
    });
}

/// sockets of every family that the kernel has
#[test]
fn no_other_family_has_a_socket() {
    everyone(|place| {
        place.private(&["families"]).succeeded();
        place.inside(&["families"]).was_refused();
    });
}

/// vsock to the host of a virtual machine, and to WSL's interop
#[test]
fn there_is_no_vsock() {
    everyone(|place| {
        let any = place.raw(&["vsock", "1", "9999"]);
        if any.code != Some(0) {
            // Without vsock in this kernel the other families' twin shows that the probe asks rightly.
            println!("this kernel has no vsock ({}); the twin of `families` stands in", any.out.trim());
        }
        for cid in ["0", "1", "2", "4294967295"] {
            place.inside(&["vsock", cid, "9999"]).was_refused();
        }
    });
}

/// netlink protocols: audit, uevents, netfilter, generic, crypto
#[test]
fn no_netlink_but_routes_is_answered() {
    everyone(|place| {
        place.raw(&["netlink", "15", "1"]).succeeded(); // uevents
        for protocol in
            ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "15", "16", "18", "19", "20", "21"]
        {
            place.inside(&["netlink", protocol, "0"]).was_refused();
        }
    });
}

/// SOCK_DIAG, which lists everybody's connections
#[test]
fn the_sockets_of_others_are_not_listed() {
    everyone(|place| {
        place.raw(&["sock-diag"]).succeeded();
        place.inside(&["sock-diag"]).was_refused();
    });
}

/// a route of one's own
#[test]
fn no_route_is_added() {
    everyone(|place| {
        place.private(&["route-add"]).succeeded();
        place.inside(&["route-add"]).was_refused();
    });
}

/// SIOCSIFFLAGS
#[test]
fn no_device_is_changed() {
    everyone(|place| {
        place.private(&["device-up"]).succeeded();
        place.inside(&["device-up"]).was_refused();
    });
}

/// a network device other than loopback
#[test]
fn there_is_no_device_but_loopback() {
    everyone(|place| {
        // Where the machine itself has none but loopback, there is nothing to find.
        let raw = place.raw(&["interfaces"]);
        if raw.code != Some(0) {
            println!("this machine has no network device ({}); `tcp` stands in", raw.out.trim());
        }
        place.inside(&["interfaces"]).was_refused();
    });
}

/// connect whose address another thread exchanges while it is judged (sandlock issue 27)
#[test]
fn an_address_that_changes_while_it_is_judged_gains_nothing() {
    everyone(|place| {
        let (granted, _) = tcp("127.0.0.1:0");
        let port = granted.port();
        let Ok(listener) = std::net::TcpListener::bind(("127.0.0.2", port)) else { return };
        let (_, heard) = crate::peers::tcp_on(listener);
        let port = port.to_string();
        let words = ["flip-address", "127.0.0.1", "127.0.0.2", &port, "600", "heard"];
        place.raw(&words).succeeded();
        heard.take();
        let grant = format!("loopback:{port}");
        let report = place.path("report.json");
        let outcome = place.jailed(&["--net", &grant, "--report", &report], &words);
        // The granted address answers `heard` too: what counts is that the other one was never reached.
        assert!(outcome.code == Some(0) || outcome.code == Some(3), "{outcome:?}");
        assert_eq!(heard.take(), "", "AN ESCAPE");
    });
}

/// allowed: what was granted can be reached: the refusals above are not those of a jail that refuses everything.
#[test]
fn what_was_granted_can_be_reached() {
    root_has_the_twin(|place| {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let (address, heard) = tcp(host);
            let grant = format!("loopback:{}", address.port());
            let words = ["tcp", &address.ip().to_string(), &address.port().to_string()];
            finish(place.jail_command(
                &["--net", &grant],
                &[&[crate::place::Programs::get().path("probe").as_str()], &words[..]].concat(),
            ))
            .succeeded();
            assert!(heard.take().contains("beacon"));
            // Another port of the same host is another matter.
            let (other, deaf) = tcp(host);
            place
                .jailed(&["--net", &grant], &["tcp", &other.ip().to_string(), &other.port().to_string()])
                .was_refused();
            assert_eq!(deaf.take(), "", "AN ESCAPE");
        }
    });
}
