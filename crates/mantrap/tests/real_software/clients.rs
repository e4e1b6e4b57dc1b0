//! Programs that know no proxy, each with the TLS of its own runtime: they reach a granted name, count under it, and no
//! other. The names are the test's own, and so is the authority that certifies them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::jail;
use crate::scratch::{Place, User};
use crate::tools::run;

/// One client. `{url}` is what to fetch, `{clients}` where the programs are, `{ca}` the authority's certificate.
struct Client {
    name: &'static str,
    command: &'static [&'static str],
    grants: &'static [&'static str],
}

const CLIENTS: &[Client] = &[
    Client {
        name: "curl",
        command: &["curl", "--silent", "--show-error", "--max-time", "30", "--cacert", "{ca}", "{url}"],
        grants: &["read {ca}"],
    },
    Client {
        name: "Node's fetch",
        command: &["env", "NODE_EXTRA_CA_CERTS={ca}", "node", "{clients}/fetch.mjs", "{url}"],
        grants: &["read {ca}", "read {clients}"],
    },
    Client {
        name: "Python's urllib",
        command: &["/usr/bin/python3", "-B", "{clients}/fetch.py", "urllib", "{url}", "{ca}"],
        grants: &["read {ca}", "read {clients}"],
    },
    Client {
        name: "Python's asyncio",
        command: &["/usr/bin/python3", "-B", "{clients}/fetch.py", "asyncio", "{url}", "{ca}"],
        grants: &["read {ca}", "read {clients}"],
    },
    Client { name: "Go's net/http", command: &["{built}/fetch", "{url}", "{ca}"], grants: &["read {ca}"] },
    Client {
        name: "Java's HttpClient",
        command: &[
            "java",
            "-Djavax.net.ssl.trustStore={work}/tls/trust.p12",
            "-Djavax.net.ssl.trustStorePassword=changeit",
            "-cp",
            "{built}",
            "Fetch",
            "{url}",
        ],
        grants: &["read {work}/tls/trust.p12", "read {built}"],
    },
];

const NAMES: [&str; 3] = ["four.mantrap.test", "six.mantrap.test", "other.mantrap.test"];
const SAYS: &str = "a page behind TLS";

/// The server, which ends with its standard input.
struct Peer {
    child: Child,
    port: u16,
}

impl Peer {
    fn start(place: &Place) -> Self {
        let mut child = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(sources().join("peer.py"))
            .arg(place.fill("{work}/tls"))
            .args(NAMES)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().expect("openssl and keytool made the certificates") }
    }

    fn fill(&self, text: &str, name: &str, place: &Place) -> String {
        let text = text
            .replace("{url}", &format!("https://{name}:{}/page", self.port))
            .replace("{clients}", sources().to_str().unwrap())
            .replace("{built}", built().to_str().unwrap())
            .replace("{ca}", "{work}/tls/ca.pem")
            .replace("{tls}", &self.port.to_string());
        place.fill(&text)
    }

    /// The client fetches from this name inside, with its own grants and these. Whether it worked, its words, the report.
    fn jailed(&self, client: &Client, name: &str, net: &[&str], place: &Place) -> (bool, String, Value) {
        let report = place.fill("{work}/report.json");
        let _ = fs::remove_file(&report);
        let grants = client.grants.iter().chain(net).map(|grant| self.fill(grant, name, place));
        let grants: Vec<String> = grants.chain([format!("report {report}")]).collect();
        let (worked, said) = run(&jail(&grants), &self.command(client, name, place), place);
        let report = fs::read_to_string(&report).unwrap_or_else(|error| panic!("no report: {error}: {said}"));
        (worked && said.contains(SAYS), said, serde_json::from_str(&report).unwrap())
    }

    fn command(&self, client: &Client, name: &str, place: &Place) -> Vec<String> {
        client.command.iter().map(|word| self.fill(word, name, place)).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_software/clients")
}

/// Where the programs of the compiled languages are, once they are built.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
        fs::create_dir_all(&place).unwrap();
        let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
        run(Command::new("go")
            .args(["build", "-o"])
            .arg(place.join("fetch"))
            .arg(sources().join("fetch.go")));
        run(Command::new("javac").arg("-d").arg(&place).arg(sources().join("Fetch.java")));
        place
    })
}

/// Every client as every user, with all that failed named at once.
fn for_each_client(check: impl Fn(&Client, &Peer, &Place) -> Result<(), String>) {
    let mut failures = Vec::new();
    for user in User::all() {
        let place = Place::new(user);
        let peer = Peer::start(&place);
        for client in CLIENTS {
            if let Err(error) = check(client, &peer, &place) {
                failures.push(format!("{} as {user:?}: {error}", client.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Whether the report names a refused lookup of this name for this reason.
fn is_told(report: &Value, name: &str, reason: &str) -> bool {
    report["attempts"].as_array().is_some_and(|attempts| {
        attempts
            .iter()
            .any(|attempt| attempt["target"] == name && attempt["reason"].to_string().contains(reason))
    })
}

#[test]
fn every_client_fetches_without_the_jail() {
    for_each_client(|client, peer, place| {
        for name in NAMES {
            let (worked, said) = run(&[], &peer.command(client, name, place), place);
            if !worked || !said.contains(SAYS) {
                return Err(format!("{name}: {said}"));
            }
        }
        Ok(())
    });
}

#[test]
fn every_client_reaches_a_granted_name_over_either_protocol_and_its_bytes_are_counted() {
    for_each_client(|client, peer, place| {
        for (name, range) in [(NAMES[0], "127.0.0.1/32"), (NAMES[1], "::1/128")] {
            let grant = format!("net {name}:{{tls}} in {range}");
            let (worked, said, report) = peer.jailed(client, name, &[&grant], place);
            let used = &report["net"][0];
            let counted = used["peer"] == name
                && used["connections"].as_u64() >= Some(1)
                && used["sent"].as_u64() > Some(100)
                && used["received"].as_u64() > Some(100_000);
            if !worked || !counted {
                return Err(format!("{name}: {report:#}: {said}"));
            }
        }
        Ok(())
    });
}

#[test]
fn no_client_reaches_a_name_that_is_not_granted_or_lies_in_a_range_that_is_not() {
    for_each_client(|client, peer, place| {
        let granted = format!("net {}:{{tls}} in 127.0.0.1/32", NAMES[0]);
        let private = format!("net {}:{{tls}}", NAMES[1]);
        for (name, reason) in [(NAMES[2], "not granted"), (NAMES[1], "leads to ::1, a loopback address")] {
            let (worked, said, report) = peer.jailed(client, name, &[&granted, &private], place);
            if worked || !is_told(&report, name, reason) {
                return Err(format!("{name}: {report:#}: {said}"));
            }
        }
        Ok(())
    });
}

#[test]
fn another_server_name_at_a_granted_address_is_refused() {
    for user in User::all() {
        let place = Place::new(user);
        let peer = Peer::start(&place);
        let fetch = Client {
            name: "curl",
            command: &[
                "curl",
                "--silent",
                "--max-time",
                "30",
                "--cacert",
                "{ca}",
                "--resolve",
                "other.mantrap.test:{tls}:127.0.0.1",
                "{url}",
                "https://other.mantrap.test:{tls}/page",
            ],
            grants: &["read {ca}"],
        };
        let (worked, said) = run(&[], &peer.command(&fetch, NAMES[0], &place), &place);
        assert!(worked && said.matches(SAYS).count() == 2, "{said}");
        let grant = format!("net {}:{{tls}} in 127.0.0.1/32", NAMES[0]);
        let (_, said, report) = peer.jailed(&fetch, NAMES[0], &[&grant], &place);
        assert_eq!(said.matches(SAYS).count(), 1, "{said}");
        let target = format!("{}:{}", NAMES[2], peer.port);
        assert!(is_told(&report, &target, "not the name that was looked up"), "{report:#}");
    }
}
