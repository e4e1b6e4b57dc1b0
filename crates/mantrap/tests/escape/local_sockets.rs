//! Services of the same machine.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

use crate::peers::{Heard, unix, unix_datagrams};
use crate::place::{Place, Programs, everyone, finish};

/// A socket that everybody may connect to.
fn listen(path: &str) -> Heard {
    let listener = UnixListener::bind(path).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    unix(listener)
}

fn is_not_heard(place: &Place, grants: &[&str], words: &[&str], heard: &Heard) {
    place.raw(words).succeeded();
    assert_ne!(heard.take(), "", "the twin was not heard");
    place.jailed(grants, words).was_refused();
    assert_eq!(heard.take(), "", "AN ESCAPE: {words:?} was heard");
}

/// a Unix socket by its path
#[test]
fn a_unix_socket_of_the_host_is_not_there() {
    everyone(|place| {
        let path = place.path("mine/socket");
        let heard = listen(&path);
        is_not_heard(place, &[], &["unix-stream", &path], &heard);
    });
}

/// a Unix socket by a descriptor of its directory
#[test]
fn a_unix_socket_is_not_reached_through_a_descriptor() {
    everyone(|place| {
        let heard = listen(&place.path("readable/socket"));
        let readable = place.path("readable");
        is_not_heard(place, &["--read", &readable], &["unix-fd", &readable, "socket"], &heard);
    });
}

/// a Unix socket that lies in a directory that may be read
#[test]
fn a_unix_socket_inside_a_read_grant_cannot_be_reached() {
    everyone(|place| {
        let path = place.path("readable/socket");
        let heard = listen(&path);
        is_not_heard(place, &["--read", &place.path("readable")], &["unix-stream", &path], &heard);
    });
}

/// a Unix socket that lies in a directory that may be written
#[test]
fn a_unix_socket_inside_a_write_grant_cannot_be_reached() {
    everyone(|place| {
        let path = place.path("writable/socket");
        let heard = listen(&path);
        is_not_heard(place, &["--write", &place.path("writable")], &["unix-stream", &path], &heard);
    });
}

/// a link of the attacker's own to a Unix socket in a granted directory
#[test]
fn a_link_does_not_lead_to_a_socket_in_a_grant() {
    everyone(|place| {
        let path = place.path("writable/linked");
        let heard = listen(&path);
        let link = place.path("writable/link");
        let grants = ["--write", &place.path("writable")];
        is_not_heard(place, &grants, &["unix-link", &link, &path], &heard);
        is_not_heard(place, &grants, &["unix-link", &format!("/tmp/link-{}", place.token), &path], &heard);
    });
}

/// the address of a connection that changes while it is judged
#[test]
fn a_path_that_is_exchanged_does_not_lead_to_a_socket_in_a_grant() {
    everyone(|place| {
        let path = place.path("readable/raced");
        let heard = listen(&path);
        let own = format!("/tmp/own-{}", place.token);
        is_not_heard(
            place,
            &["--read", &place.path("readable")],
            &["flip-socket", &own, &path, "1500"],
            &heard,
        );
    });
}

/// the socket beneath a descriptor that is exchanged while it is judged
#[test]
fn a_socket_that_is_exchanged_does_not_reach_the_host() {
    everyone(|place| {
        let path = place.path("readable/exchanged");
        let heard = listen(&path);
        is_not_heard(
            place,
            &["--read", &place.path("readable")],
            &["exchange-socket", &path, "1500"],
            &heard,
        );
    });
}

/// a Unix socket beside a granted one
#[test]
fn a_granted_socket_opens_no_other() {
    everyone(|place| {
        let (granted, other) = (place.path("readable/granted"), place.path("readable/other"));
        let (heard, not_heard) = (listen(&granted), listen(&other));
        let grants = ["--read", &place.path("readable"), "--socket", &granted];
        is_not_heard(place, &grants, &["unix-stream", &other], &not_heard);
        place.jailed(&grants, &["unix-stream", &granted]).succeeded();
        assert!(heard.take().contains("beacon"));
    });
}

/// a granted Unix socket, before the jail is released from probation
#[test]
fn a_granted_socket_is_not_reached_in_probation() {
    everyone(|place| {
        let path = place.path("mine/held");
        let heard = listen(&path);
        let grants = ["--socket", &path, "--probation", "60s"];
        is_not_heard(place, &grants, &["unix-stream", &path], &heard);
        place.jailed(&grants, &["unix-own", "/tmp/own"]).got("hello");
    });
}

/// a datagram socket in a granted directory (nono issue 1096)
#[test]
fn a_unix_datagram_inside_a_grant_is_not_sent() {
    everyone(|place| {
        let path = place.path("writable/datagrams");
        let heard = unix_datagrams(UnixDatagram::bind(&path).unwrap());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        for technique in ["unix-dgram", "unix-pair", "unix-pair-again"] {
            is_not_heard(place, &["--write", &place.path("writable")], &[technique, &path], &heard);
        }
    });
}

/// an abstract Unix socket
#[test]
fn an_abstract_socket_of_the_host_is_not_there() {
    everyone(|place| {
        let name = format!("escape-{}", place.token);
        let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let heard = unix(listener);
        is_not_heard(place, &[], &["unix-stream", &format!("@{name}")], &heard);
    });
}

/// a datagram to an abstract Unix socket
#[test]
fn an_abstract_datagram_is_not_sent() {
    everyone(|place| {
        let name = format!("escape-d-{}", place.token);
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let heard = unix_datagrams(socket);
        is_not_heard(place, &[], &["unix-dgram", &format!("@{name}")], &heard);
        is_not_heard(place, &[], &["unix-pair", &format!("@{name}")], &heard);
    });
}

/// D-Bus, by path and by abstract name (nono GHSA-27vp-2mmc-vmh3)
#[test]
fn there_is_no_message_bus() {
    everyone(|place| {
        let path = place.path("mine/bus");
        let heard = listen(&path);
        is_not_heard(place, &[], &["dbus", &path], &heard);
        let name = format!("dbus-{}", place.token);
        let heard = unix(UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap());
        is_not_heard(place, &[], &["dbus", &format!("@{name}")], &heard);
        for path in
            ["/run/dbus/system_bus_socket", "/run/user/0/bus", "/run/user/65534/bus", "/run/WSL/1_interop"]
        {
            place.inside(&["dbus", path]).was_refused();
        }
    });
}

/// the socket of a container engine
#[test]
fn there_is_no_container_engine() {
    everyone(|place| {
        let folder = place.folder("mine/run");
        let path = format!("{folder}/docker.sock");
        let heard = listen(&path);
        is_not_heard(place, &[], &["docker", &path], &heard);
        for path in [
            "/run/docker.sock",
            "/var/run/docker.sock",
            "/run/podman/podman.sock",
            "/run/containerd/containerd.sock",
        ] {
            place.inside(&["docker", path]).was_refused();
        }
    });
}

/// the agent that holds the user's keys, named by the environment
#[test]
fn there_is_no_key_agent() {
    everyone(|place| {
        let path = place.path("mine/agent");
        let heard = listen(&path);
        let mut raw = place.raw_command(&["ssh-agent", &path]);
        raw.env("SSH_AUTH_SOCK", &path);
        finish(raw).succeeded();
        assert_ne!(heard.take(), "");
        let program = Programs::get().path("probe");
        let mut jail = place.jail_command(&[], &[&program, "ssh-agent", &path]);
        jail.env("SSH_AUTH_SOCK", &path);
        finish(jail).was_refused();
        assert_eq!(heard.take(), "", "AN ESCAPE");
    });
}

/// System V shared memory, POSIX shared memory and message queues
#[test]
fn no_memory_or_queue_is_shared_with_the_host() {
    everyone(|place| {
        let key = u32::from_str_radix(place.token.get(7..14).unwrap(), 16).unwrap().to_string();
        let name = format!("/escape-{}", place.token);
        place.raw(&["plant-ipc", &key, &name, &place.token, "put"]).succeeded();
        let mut results = Vec::new();
        for words in [["sysv-shm", &key], ["shm", &name], ["mqueue", &name]] {
            results.push((place.inside(&words), place.raw(&words)));
        }
        place.raw(&["plant-ipc", &key, &name, "", "remove"]).succeeded();
        for (inside, raw) in results {
            raw.got(&place.token);
            inside.was_refused_without(&place.token);
        }
    });
}

/// allowed: what was granted can be reached: the refusals above are not those of a jail that refuses everything.
#[test]
fn a_granted_socket_can_be_reached() {
    everyone(|place| {
        let path = place.path("mine/socket");
        let heard = listen(&path);
        place.jailed(&["--socket", &path], &["unix-stream", &path]).succeeded();
        assert!(heard.take().contains("beacon"));
    });
}

/// allowed: a program may talk to itself, whatever else was granted.
#[test]
fn sockets_of_its_own_can_be_reached() {
    everyone(|place| {
        let readable = place.path("readable");
        for grants in [&[][..], &["--read", &readable][..]] {
            for name in ["/tmp/own", "@own"] {
                place.jailed(grants, &["unix-own", name]).got("hello");
            }
        }
    });
}
