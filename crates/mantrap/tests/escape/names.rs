//! Names: what was granted by one cannot be had by another, nor by an address that the name should not have.
//!
//! The tests run in a world of their own: a network where one server answers at every address on one port and tells
//! which address was asked for, and a hosts file. In it public addresses are as harmless as loopback.

use std::fs;
use std::process::Command;

use crate::peers::name_server;
use crate::place::{Outcome, Place, Programs, everyone, finish, jail_words};

/// The port of the server that answers everywhere.
const PORT: &str = "8443";
const GRANTED: &str = "93.184.216.34";
const OTHER: &str = "93.184.216.35";

/// A world in which names have the given addresses.
struct World<'a> {
    place: &'a Place,
    hosts: String,
}

impl<'a> World<'a> {
    fn of(place: &'a Place, names: &[(&str, &str)]) -> Self {
        let hosts: String = names.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
        let hosts = place.file("mine/hosts", &format!("127.0.0.1 localhost\n{hosts}"));
        World { place, hosts }
    }

    fn log(&self) -> String {
        self.place.path("mine/heard")
    }

    fn command(&self, program: &[&str]) -> Command {
        let log = self.log();
        self.place.raw_command(&[&["world", &self.hosts, PORT, &log], program].concat())
    }

    /// The probe in this world, without the jail.
    fn raw(&self, words: &[&str]) -> Outcome {
        let probe = Programs::get().path("probe-named");
        finish(self.command(&[&[probe.as_str()], words].concat()))
    }

    fn jail(&self, grants: &[&str], words: &[&str]) -> Command {
        let (mantrap, probe) = (Programs::get().path("mantrap"), Programs::get().path("probe-named"));
        let jail = jail_words(grants);
        let jail: Vec<&str> = jail.iter().map(String::as_str).collect();
        self.command(&[&[mantrap.as_str()], &jail[..], &[probe.as_str()], words].concat())
    }

    fn jailed(&self, grants: &[&str], words: &[&str]) -> Outcome {
        finish(self.jail(grants, words))
    }

    /// What the server heard since the last time.
    fn heard(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let _ = fs::remove_file(self.log());
        text
    }

    /// Succeeds raw; inside it is refused, and the server hears no beacon.
    fn is_refused(&self, grants: &[&str], words: &[&str]) {
        self.raw(words).succeeded();
        assert_ne!(self.heard(), "", "the twin was not heard");
        self.is_refused_inside(grants, words);
    }

    fn is_refused_inside(&self, grants: &[&str], words: &[&str]) {
        self.jailed(grants, words).was_refused();
        let heard = self.heard();
        assert_eq!(heard, "", "AN ESCAPE: {words:?} with {grants:?} was heard");
    }
}

fn grant() -> [&'static str; 2] {
    ["--net", "granted.test:8443"]
}

/// allowed: what was granted can be reached, by a program that knows nothing of it.
#[test]
fn a_granted_name_can_be_reached() {
    everyone(|place| {
        for address in [GRANTED, "2606:2800:220:1::1"] {
            let world = World::of(place, &[("granted.test", address)]);
            let outcome = world.jailed(&grant(), &["fetch", "granted.test", PORT]);
            outcome.got(address);
            assert!(world.heard().contains("beacon"));
        }
        let world = World::of(place, &[("granted.test", GRANTED)]);
        world.jailed(&grant(), &["fetch", "GRANTED.Test.", PORT]).got(GRANTED);
    });
}

/// a name that was not granted
#[test]
fn a_name_that_was_not_granted_is_not_reached() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED), ("other.test", OTHER)]);
        world.is_refused(&grant(), &["fetch", "other.test", PORT]);
        world.is_refused(&[], &["fetch", "granted.test", PORT]);
    });
}

/// a name that ends, or begins, like the granted one
#[test]
fn a_name_is_compared_by_labels_not_by_letters() {
    everyone(|place| {
        for name in
            ["evilgranted.test", "granted.test.evil.test", "sub.granted.test", "granted.testx", "test"]
        {
            let world = World::of(place, &[(name, OTHER)]);
            world.is_refused(&grant(), &["fetch", name, PORT]);
        }
    });
}

/// a wildcard stands for one label
#[test]
fn a_wildcard_is_one_label() {
    everyone(|place| {
        let grant = ["--net", "*.granted.test:8443"];
        let world = World::of(place, &[("a.granted.test", GRANTED)]);
        world.jailed(&grant, &["fetch", "a.granted.test", PORT]).got(GRANTED);
        world.heard();
        for name in ["a.b.granted.test", "granted.test", "a.granted.test.evil.test"] {
            let world = World::of(place, &[(name, OTHER)]);
            world.is_refused(&grant, &["fetch", name, PORT]);
        }
    });
}

/// another port of a granted name
#[test]
fn another_port_of_a_granted_name_is_not_reached() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED)]);
        world.is_refused(&["--net", "granted.test:443"], &["fetch", "granted.test", PORT]);
    });
}

/// an address without a name
#[test]
fn an_address_that_nobody_named_is_not_reached() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED)]);
        for address in [OTHER, "127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1"] {
            world.is_refused(&grant(), &["tcp", address, PORT]);
        }
        for address in ["::1", "fe80::1", "fd00:ec2::254", "2606:4700::1111"] {
            world.is_refused_inside(&grant(), &["tcp", address, PORT]);
        }
    });
}

/// the granted address, but never asked for by its name
#[test]
fn a_granted_address_is_not_reached_without_asking_for_its_name() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED)]);
        world.is_refused(&grant(), &["tcp", GRANTED, PORT]);
    });
}

/// UDP to a granted name: QUIC
#[test]
fn udp_to_a_granted_name_does_not_leave() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED)]);
        for technique in ["udp", "udp-connected", "udp-sendmmsg"] {
            world.is_refused(&grant(), &[technique, GRANTED, PORT]);
        }
    });
}

/// rebinding: the granted name has a private, link-local, metadata or reserved address
#[test]
fn a_granted_name_with_a_private_address_is_not_reached() {
    everyone(|place| {
        let addresses = [
            "127.0.0.1",
            "127.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "192.0.0.192",
            "203.0.113.1",
            "240.0.0.1",
            "::1",
            "fd00:ec2::254",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2001:db8::1",
            "fec0::1",
            "168.63.129.16",
            "100.100.100.200",
            "::10.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b:1::10.0.0.1",
            "2001:0:a00:1::1",
            "2606:4700::5efe:10.0.0.1",
        ];
        for address in addresses {
            let world = World::of(place, &[("granted.test", address)]);
            if ["127.0.0.1", "169.254.169.254", "fd00:ec2::254"].contains(&address) {
                world.is_refused(&grant(), &["fetch", "granted.test", PORT]);
            } else {
                world.is_refused_inside(&grant(), &["fetch", "granted.test", PORT]);
            }
        }
    });
}

/// a granted name with a public and a private address: the private one by number, once the name was looked up
#[test]
fn a_private_address_beside_a_public_one_is_not_reached() {
    everyone(|place| {
        let private = "169.254.169.254";
        let world = World::of(place, &[("granted.test", GRANTED), ("granted.test", private)]);
        let probe = Programs::get().path("probe-named");
        let line = format!("{probe} fetch granted.test {PORT}; {probe} tcp {private} {PORT}");
        finish(world.command(&["/bin/sh", "-c", &line])).succeeded();
        assert!(world.heard().contains(private), "the twin was not heard");
        let outcome = shell_in(&world, &grant(), &line);
        assert!(outcome.out.contains(GRANTED) && outcome.out.contains("refused: "), "{outcome:?}");
        assert!(!world.heard().contains(private), "AN ESCAPE");
    });
}

/// a range that the grant names is reached, and no other
#[test]
fn a_range_that_was_granted_is_no_other() {
    everyone(|place| {
        let grant = ["--net", "granted.test:8443 in 10.0.0.0/8"];
        let world = World::of(place, &[("granted.test", "10.1.2.3")]);
        world.jailed(&grant, &["fetch", "granted.test", PORT]).got("10.1.2.3");
        world.heard();
        for address in ["192.168.0.1", "169.254.169.254", "11.0.0.1", "127.0.0.1"] {
            let world = World::of(place, &[("granted.test", address)]);
            world.is_refused_inside(&grant, &["fetch", "granted.test", PORT]);
        }
    });
}

/// rebinding while it runs: first a public address, then a private one
#[test]
fn a_name_that_changes_to_a_private_address_is_not_reached() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED)]);
        let hosts = world.hosts.clone();
        // In place: what is mounted over the hosts file is this inode.
        let rebind = || fs::write(&hosts, "169.254.169.254 granted.test\n").unwrap();
        let words = ["fetch-again", "granted.test", PORT, "2500", "169.254.169.254"];
        let probe = Programs::get().path("probe-named");
        place.meanwhile(world.command(&[&[probe.as_str()], &words[..]].concat()), rebind).succeeded();
        fs::write(&hosts, format!("{GRANTED} granted.test\n")).unwrap();
        world.heard();
        let outcome = place.meanwhile(world.jail(&grant(), &words), rebind);
        outcome.was_refused();
        assert!(!world.heard().contains("169.254"), "AN ESCAPE");
    });
}

/// TLS to another name than the granted one
#[test]
fn tls_to_another_name_is_not_passed_on() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED)]);
        let asked = |name: &str, how: &str| {
            // The address is remembered once the name was asked for: by the same program, as a shell line.
            let probe = Programs::get().path("probe-named");
            format!(
                "{probe} fetch granted.test {PORT} >/dev/null; {probe} tls {GRANTED} {PORT} '{name}' {how}"
            )
        };
        let cases = [
            ("other.test", "whole"),
            ("other.test", "bytes"),
            ("other.test", "records"),
            ("other.test", "version"),
            ("other.test", "alert"),
            ("", "whole"),
            ("granted.test", "none"),
            ("granted.test\\0.other.test", "whole"),
            ("other.test\\0granted.test", "whole"),
            ("granted.test..", "whole"),
            ("93.184.216.34", "whole"),
            ("granted.test%00", "whole"),
            (" granted.test", "whole"),
            ("evilgranted.test", "whole"),
            ("gr\\xc3\\xa4nted.test", "whole"),
        ];
        for (name, how) in cases {
            let line = asked(name, how);
            let raw = finish(world.command(&["/bin/sh", "-c", &line]));
            raw.succeeded();
            world.heard();
            let outcome = shell_in(&world, &grant(), &line);
            assert!(
                outcome.out.contains("refused: ") && !outcome.out.contains("done: "),
                "AN ESCAPE: {name} {how} {outcome:?}"
            );
            let heard = world.heard();
            assert_eq!(heard.matches("beacon").count(), 1, "AN ESCAPE: {name} {how}: {heard}");
        }
        for (name, how) in [
            ("granted.test", "whole"),
            ("GRANTED.test", "whole"),
            ("granted.test", "bytes"),
            ("granted.test", "records"),
        ] {
            shell_in(&world, &grant(), &asked(name, how)).got("heard");
        }
    });
}

/// fronting: two granted names share an address, and each has its port
#[test]
fn names_that_share_an_address_keep_their_ports() {
    everyone(|place| {
        let world = World::of(place, &[("granted.test", GRANTED), ("shared.test", GRANTED)]);
        let grants = ["--net", "granted.test:8443", "--net", "shared.test:443"];
        let probe = Programs::get().path("probe-named");
        let line = format!(
            "{probe} fetch shared.test 443 >/dev/null; {probe} fetch granted.test {PORT} >/dev/null; {probe} tls {GRANTED} {PORT} shared.test whole"
        );
        finish(world.command(&["/bin/sh", "-c", &line])).succeeded();
        world.heard();
        let outcome = shell_in(&world, &grants, &line);
        assert!(
            outcome.out.contains("refused: ") && !outcome.out.contains("done: "),
            "AN ESCAPE: {outcome:?}"
        );
        // A name that was never granted, at an address that was.
        let line = format!("{probe} fetch granted.test {PORT} >/dev/null; {probe} fetch shared.test {PORT}");
        let outcome = shell_in(&world, &["--net", "granted.test:8443"], &line);
        assert!(
            outcome.out.contains("refused: ") && !outcome.out.contains("done: "),
            "AN ESCAPE: {outcome:?}"
        );
    });
}

fn shell_in(world: &World<'_>, grants: &[&str], line: &str) -> Outcome {
    let (mantrap, folder) = (Programs::get().path("mantrap"), Programs::get().path(""));
    let grants = [&["--exec", folder.trim_end_matches('/')], grants].concat();
    let jail = jail_words(&grants);
    let jail: Vec<&str> = jail.iter().map(String::as_str).collect();
    finish(world.command(&[&[mantrap.as_str()], &jail[..], &["/bin/sh", "-c", line]].concat()))
}

/// The name server of the world outside is asked raw, and from inside never: neither at its own address nor through the
/// one inside.
fn never_asks(place: &Place, names: &[&str], kind: &str) {
    let (server, heard) = name_server();
    let port = server.port().to_string();
    for name in names {
        place.raw(&["dns", "127.0.0.1", &port, name, kind]).succeeded();
        assert_ne!(heard.take(), "", "the twin did not ask");
        is_not_answered(place, &grant(), &["dns", "127.0.0.53", "53", name, kind]);
    }
    // The other ways to the same two, and a jail with no network at all, with the first name only.
    let first = names[0];
    is_not_answered(place, &grant(), &["dns", "127.0.0.1", &port, first, kind]);
    for grants in [&[][..], &grant()] {
        for (technique, address) in
            [("dns", "8.8.8.8"), ("dns-tcp", "127.0.0.53"), ("dns", "::1"), ("dns", "2001:4860:4860::8888")]
        {
            is_not_answered(place, grants, &[technique, address, "53", first, kind]);
        }
    }
    assert_eq!(heard.take(), "", "AN ESCAPE");
}

fn is_not_answered(place: &Place, grants: &[&str], words: &[&str]) {
    let outcome = place.jailed(grants, words);
    assert!(outcome.code == Some(3) && !outcome.out.contains("done: "), "AN ESCAPE: {words:?} {outcome:?}");
}

/// DNS tunnelling: data in the labels of a question, answers in text records
#[test]
fn no_question_is_passed_on() {
    everyone(|place| {
        let data = format!("{}.{}.tunnel.test", "a".repeat(60), "b".repeat(60));
        never_asks(place, &[&data], "16");
        never_asks(place, &[&format!("{}.granted.test", "c".repeat(60))], "16");
    });
}

/// NUL within a name: one reader sees the granted name, the other another
#[test]
fn a_name_with_a_nul_is_no_name() {
    everyone(|place| {
        never_asks(place, &["granted\\0.test", "other.test\\0.granted.test", "granted.test\\0"], "1");
    });
}

/// control characters, dots, blanks, percent signs and slashes within a label
#[test]
fn a_name_with_odd_characters_is_no_name() {
    everyone(|place| {
        never_asks(
            place,
            &[
                "granted\\x2etest",
                "granted.test%00",
                " granted.test",
                "granted.test\\x0a",
                "granted/.test",
                "granted.\\xfftest",
            ],
            "1",
        );
    });
}

/// IDNA: letters that look, or fold, like those of the granted name
#[test]
fn a_name_in_other_letters_is_another_name() {
    everyone(|place| {
        // Cyrillic, full width, the Kelvin sign, and both in their ASCII form.
        never_asks(
            place,
            &[
                "gr\\xd0\\xb0nted.test",
                "\\xef\\xbd\\x87ranted.test",
                "\\xe2\\x84\\xaaranted.test",
                "xn--grnted-3ve.test",
                "xn--granted-.test",
            ],
            "1",
        );
    });
}

/// names of numbers: literals that a resolver would take for addresses
#[test]
fn an_address_is_no_name() {
    everyone(|place| {
        never_asks(
            place,
            &["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "1.0.0.127.in-addr.arpa"],
            "1",
        );
    });
}

/// zone transfers, ANY and other questions about granted names
#[test]
fn other_questions_about_a_granted_name_have_no_answer() {
    everyone(|place| {
        for kind in ["255", "252", "16", "15", "2", "12", "33", "65", "10"] {
            never_asks(place, &["granted.test"], kind);
        }
    });
}
