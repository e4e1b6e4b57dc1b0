//! The grants as they stand, which names stand behind which addresses, and what that allows.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use super::ranges;
use super::sni::Hello;
use super::world::Reach;
use crate::grant::{Host, Name, NetGrant};
use crate::report::NetUse;

/// How long a connection may follow an answer that was given. Many programs keep addresses far longer than they are told.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// At most this many addresses are remembered, and names for each.
const ADDRESSES: usize = 4096;
const NAMES: usize = 32;
/// At most this many peers are counted apart under one grant.
const PEERS: usize = 256;

/// The grants and what passed under them.
#[derive(Debug)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// Names that were answered with an address, the latest last.
    answered: HashMap<IpAddr, Vec<(Name, Instant)>>,
}

#[derive(Debug)]
struct Rule {
    grant: NetGrant,
    revoked: bool,
    uses: BTreeMap<String, Use>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Use {
    connections: u64,
    sent: u64,
    received: u64,
}

/// One grant that a connection may fall under, and the name that was looked up for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The place of the grant.
    pub(super) rule: usize,
    /// The name. An address or the loopback was granted without one.
    pub(super) name: Option<Name>,
}

impl Rules {
    pub(super) fn new(grants: &[NetGrant]) -> Self {
        let rule = |grant: &NetGrant| Rule { grant: grant.clone(), revoked: false, uses: BTreeMap::new() };
        Self { rules: grants.iter().map(rule).collect(), answered: HashMap::new() }
    }

    /// Takes a grant back; whether there was one.
    pub(super) fn revoke(&mut self, grant: &NetGrant) -> bool {
        let mut found = false;
        for rule in self.rules.iter_mut().filter(|rule| rule.grant == *grant && !rule.revoked) {
            rule.revoked = true;
            found = true;
        }
        found
    }

    pub(super) fn is_live(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|rule| !rule.revoked)
    }

    pub(super) fn is_loopback(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|rule| rule.grant.host == Host::Loopback)
    }

    /// Whether any port of this name is granted.
    pub(super) fn grants_name(&self, name: &Name) -> bool {
        self.named(name).next().is_some()
    }

    /// Whether some grant of this name admits the address; if none does, why.
    pub(super) fn admits_name(&self, name: &Name, address: IpAddr, reach: Reach) -> Result<(), &'static str> {
        let mut answer = Err("an address of a name that is not granted");
        for (_, rule) in self.named(name) {
            answer = rule.admits(address, reach);
            if answer.is_ok() {
                break;
            }
        }
        answer
    }

    fn named(&self, name: &Name) -> impl Iterator<Item = (usize, &Rule)> {
        self.rules.iter().enumerate().filter(move |(_, rule)| {
            !rule.revoked && matches!(&rule.grant.host, Host::Name(pattern) if pattern.matches(name))
        })
    }

    /// Remembers that the name was answered with this address.
    pub(super) fn answered(&mut self, name: &Name, address: IpAddr, now: Instant) {
        if self.answered.len() >= ADDRESSES && !self.answered.contains_key(&address) {
            let latest = |names: &Vec<(Name, Instant)>| names.last().map(|(_, when)| *when);
            let oldest =
                self.answered.iter().min_by_key(|(_, names)| latest(names)).map(|(address, _)| *address);
            oldest.map(|address| self.answered.remove(&address));
        }
        let names = self.answered.entry(address).or_default();
        names.retain(|(known, when)| known != name && now.duration_since(*when) < REMEMBERED);
        if names.len() >= NAMES {
            names.remove(0);
        }
        names.push((name.clone(), now));
    }

    /// What a connection to this place may be, the likeliest first. Empty: the reason why it may not be.
    pub(super) fn candidates(
        &self,
        address: IpAddr,
        port: u16,
        reach: Reach,
        now: Instant,
    ) -> Result<Vec<Candidate>, &'static str> {
        let mut why = "no granted name was looked up that has this address";
        let mut found: Vec<Candidate> = Vec::new();
        let names = self.answered.get(&address).map(Vec::as_slice).unwrap_or_default();
        for (name, when) in names.iter().rev() {
            if now.duration_since(*when) >= REMEMBERED {
                continue;
            }
            let mut on_port = self.named(name).filter(|(_, rule)| rule.grant.port == port).peekable();
            if on_port.peek().is_none() {
                why = "the name that has this address is not granted on this port";
            }
            let admitted = on_port.find(|(_, rule)| match rule.admits(address, reach) {
                Ok(()) => true,
                Err(reason) => {
                    why = reason;
                    false
                }
            });
            found.extend(admitted.map(|(rule, _)| Candidate { rule, name: Some(name.clone()) }));
        }
        let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&address);
        let literal = self.rules.iter().position(|rule| {
            !rule.revoked
                && rule.grant.port == port
                && match rule.grant.host {
                    Host::Address(granted) => granted == address,
                    Host::Loopback => here,
                    Host::Name(_) => false,
                }
        });
        found.extend(literal.map(|rule| Candidate { rule, name: None }));
        if found.is_empty() { Err(why) } else { Ok(found) }
    }

    /// Counts a connection.
    pub(super) fn connected(&mut self, rule: usize, peer: &str) {
        self.count(rule, peer, |used| used.connections = used.connections.saturating_add(1));
    }

    /// Counts bytes, those from the process and those to it.
    pub(super) fn passed(&mut self, rule: usize, peer: &str, sent: u64, received: u64) {
        self.count(rule, peer, |used| {
            used.sent = used.sent.saturating_add(sent);
            used.received = used.received.saturating_add(received);
        });
    }

    fn count(&mut self, rule: usize, peer: &str, change: impl FnOnce(&mut Use)) {
        let Some(rule) = self.rules.get_mut(rule) else { return };
        let room = rule.uses.len() < PEERS || rule.uses.contains_key(peer);
        change(rule.uses.entry(if room { peer } else { "others" }.to_owned()).or_default());
    }

    pub(super) fn usage(&self) -> Vec<NetUse> {
        let of_rule = |rule: &Rule| {
            let grant = rule.grant.to_string();
            let line = move |(peer, used): (&String, &Use)| NetUse {
                grant: grant.clone(),
                peer: peer.clone(),
                connections: used.connections,
                sent: used.sent,
                received: used.received,
            };
            rule.uses.iter().map(line).collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of_rule).collect()
    }
}

impl Rule {
    /// Whether a name may lie at this address.
    fn admits(&self, address: IpAddr, reach: Reach) -> Result<(), &'static str> {
        if ranges::never(address) {
            return Err("an address that nobody has");
        }
        if !self.grant.within.is_empty() {
            let inside = self.grant.within.iter().any(|range| range.contains(address));
            return if inside {
                Ok(())
            } else {
                Err("an address outside the range that is granted with the name")
            };
        }
        match ranges::special(address) {
            Some(why) => Err(why),
            None if reach == Reach::Own => Err("an address of this host"),
            None => Ok(()),
        }
    }
}

/// Which candidate a connection is, by its first bytes; or why it is none.
pub(super) fn decide(candidates: &[Candidate], hello: &Hello) -> Result<usize, String> {
    let literal = candidates.iter().position(|candidate| candidate.name.is_none());
    let otherwise = |why: &str| literal.ok_or_else(|| why.to_owned());
    match hello {
        Hello::Name(name) => {
            let asked = candidates.iter().position(|candidate| candidate.name.as_ref() == Some(name));
            asked.map_or_else(
                || otherwise(&format!("the TLS server name `{name}` is not the name that was looked up")),
                Ok,
            )
        }
        Hello::BadName(name) => otherwise(&format!("the TLS server name `{name}` is no name")),
        Hello::Nameless => otherwise("TLS without a server name"),
        Hello::Malformed => otherwise("the connection begins like TLS and is not"),
        Hello::More => otherwise("the connection ended before TLS named its server"),
        Hello::Plain => match (literal, candidates) {
            (Some(place), _) => Ok(place),
            (None, [first, rest @ ..]) if rest.iter().all(|other| other.rule == first.rule) => Ok(0),
            _ => Err("several granted names have this address, and only TLS tells which is meant".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text.as_bytes()).unwrap()
    }

    fn rules(grants: &[&str]) -> Rules {
        Rules::new(&grants.iter().map(|grant| grant.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn an_address_leads_only_to_names_that_were_answered_with_it_and_are_granted_on_the_port() {
        let now = Instant::now();
        let mut rules = rules(&["a.example:443", "b.example:443", "c.example:80"]);
        let address: IpAddr = "8.8.8.8".parse().unwrap();
        assert!(rules.candidates(address, 443, Reach::Away, now).is_err());
        for granted in ["a.example", "b.example", "c.example"] {
            rules.answered(&name(granted), address, now);
        }
        let found = rules.candidates(address, 443, Reach::Away, now).unwrap();
        assert_eq!(
            found.iter().map(|found| found.name.as_ref().unwrap().as_str()).collect::<Vec<_>>(),
            ["b.example", "a.example"]
        );
        assert!(rules.candidates(address, 22, Reach::Away, now).is_err());
        assert!(rules.candidates(address, 443, Reach::Own, now).is_err());
        assert!(rules.candidates(address, 443, Reach::Away, now + REMEMBERED).is_err());
        assert!(rules.revoke(&"b.example:443".parse().unwrap()));
        assert_eq!(rules.candidates(address, 443, Reach::Away, now).unwrap().len(), 1);
    }

    #[test]
    fn a_private_address_needs_a_range_and_a_range_keeps_to_itself() {
        let rules = rules(&["a.example:443", "m.corp:443 in 10.0.0.0/8,127.0.0.0/8"]);
        let admits = |granted: &str, address: &str| {
            rules.admits_name(&name(granted), address.parse().unwrap(), Reach::Away).is_ok()
        };
        assert!(
            admits("a.example", "8.8.8.8") && admits("m.corp", "10.1.2.3") && admits("m.corp", "127.0.0.1")
        );
        for (granted, address) in [
            ("a.example", "10.1.2.3"),
            ("a.example", "169.254.169.254"),
            ("m.corp", "8.8.8.8"),
            ("m.corp", "192.168.0.1"),
            ("x.example", "8.8.8.8"),
        ] {
            assert!(!admits(granted, address), "{granted} at {address}");
        }
    }

    #[test]
    fn the_first_bytes_decide_between_names() {
        let named = |rule: usize, text: &str| Candidate { rule, name: Some(name(text)) };
        let two = [named(0, "a.example"), named(1, "b.example")];
        assert_eq!(decide(&two, &Hello::Name(name("b.example"))), Ok(1));
        for hello in [
            Hello::Name(name("c.example")),
            Hello::Plain,
            Hello::Nameless,
            Hello::Malformed,
            Hello::More,
            Hello::BadName(String::new()),
        ] {
            assert!(decide(&two, &hello).is_err(), "{hello:?}");
        }
        assert_eq!(decide(&two[..1], &Hello::Plain), Ok(0));
        assert!(decide(&two[..1], &Hello::Nameless).is_err());
        assert_eq!(decide(&[named(0, "a.example"), named(0, "b.example")], &Hello::Plain), Ok(0));
        let address = [Candidate { rule: 0, name: None }];
        assert_eq!(decide(&address, &Hello::Nameless), Ok(0));
    }
}
