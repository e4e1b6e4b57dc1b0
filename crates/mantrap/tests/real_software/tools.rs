//! Programs that run once and end: over a granted name, with a registry, with a browser. A name of the test's own leads
//! to its web server because the program runs in a mount namespace with another `/etc/hosts`.

use std::net::{IpAddr, ToSocketAddrs};
use std::process::Command;

use crate::jail;
use crate::learned::SCREENFUL;
use crate::scratch::{Place, User};

/// One program. Its texts have the placeholders of the servers' cases.
struct Tool {
    name: &'static str,
    command: &'static [&'static str],
    /// As `KIND WHAT`; without the last of them it must not work.
    grants: &'static [&'static str],
    /// What it prints when it works, which it also has to say by its exit status.
    says: &'static str,
    /// What it prints when the last grant is missing.
    lacks: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "curl",
        command: &[
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            "20",
            "http://mirror.mantrap.test:{port}/page.txt",
        ],
        grants: &["net mirror.mantrap.test:{port} in 127.0.0.0/8"],
        says: "a page from loopback",
        lacks: "mirror.mantrap.test",
    },
    Tool {
        name: "git clone",
        command: &["git", "clone", "http://mirror.mantrap.test:{port}/repo/.git", "{work}/out"],
        grants: &["write {work}/out", "net mirror.mantrap.test:{port} in 127.0.0.0/8"],
        says: "Cloning into",
        lacks: "mirror.mantrap.test",
    },
    Tool {
        name: "headless Chromium",
        command: &[
            "{browser}",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--virtual-time-budget=2000",
            "--user-data-dir={work}/out",
            "--dump-dom",
            "file://{work}/page.html",
        ],
        // Debian's browser is a script that reads its flags.
        grants: &["write {work}/out", "read {browser-flags}", "read {work}/page.html"],
        says: "built by a script",
        lacks: "ERR_FILE_NOT_FOUND",
    },
];

/// The program with the test's own names, ended after two minutes; `before` stands in front of it.
pub(crate) fn run(before: &[String], command: &[String], place: &Place) -> (bool, String) {
    // Root of a namespace of its own may mount; the outer root may anyway, and keeps its identity.
    let kind: &[&str] =
        if User::is_root() { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    let done = Command::new("unshare")
        .args(kind)
        .args(["sh", "-c", r#"mount --bind "$0" /etc/hosts && exec timeout 120 "$@""#])
        .arg(place.fill("{work}/hosts"))
        .args(place.user.words())
        .args(before)
        .args(command)
        .env("HOME", place.fill("{work}/home"))
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.success(), said)
}

fn filled(words: &[&str], place: &Place) -> Vec<String> {
    words.iter().map(|word| place.fill(word)).collect()
}

fn must_work(says: &str, (worked, said): (bool, String)) -> Result<(), String> {
    if worked && said.contains(says) { Ok(()) } else { Err(format!("no `{says}` in {said}")) }
}

/// Every tool as every user, with all that failed named at once.
fn for_each_tool(check: impl Fn(&Tool, &[String], &Place) -> Result<(), String>) {
    let failures: Vec<String> = User::all()
        .into_iter()
        .flat_map(|user| TOOLS.iter().map(move |tool| (user, tool)))
        .filter_map(|(user, tool)| {
            let place = Place::new(user);
            let grants: Vec<String> = tool.grants.iter().map(|grant| place.fill(grant)).collect();
            let failure = check(tool, &grants, &place).err();
            failure.map(|error| format!("{} as {user:?}: {error}", tool.name))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_tool_works_without_the_jail() {
    for_each_tool(|tool, _, place| must_work(tool.says, run(&[], &filled(tool.command, place), place)));
}

#[test]
fn every_tool_works_in_the_jail_with_its_grants() {
    for_each_tool(|tool, grants, place| {
        must_work(tool.says, run(&jail(grants), &filled(tool.command, place), place))
    });
}

#[test]
fn a_learned_profile_is_enough_for_every_tool() {
    for_each_tool(|tool, grants, place| {
        let learned = place.fill("{work}/home/learned");
        // What it may write and reach a person has to say; what it writes while it learns goes to a copy.
        let asked = |grant: &&String| grant.starts_with("write ") || grant.starts_with("net ");
        let mut words = jail(&grants.iter().filter(asked).cloned().collect::<Vec<_>>());
        words.splice(2..2, ["--learn", "--profile-out", &learned].map(str::to_owned));
        let command = filled(tool.command, place);
        must_work(tool.says, run(&words, &command, place)).map_err(|error| format!("learning: {error}"))?;
        let profile = std::fs::read_to_string(&learned).map_err(|error| format!("no profile: {error}"))?;
        if profile.lines().count() > SCREENFUL {
            return Err(format!("too long: {profile}"));
        }
        let again = run(&jail(&[format!("profile {learned}")]), &command, place);
        must_work(tool.says, again).map_err(|error| format!("{error}\nwith\n{profile}"))
    });
}

#[test]
fn without_its_last_grant_every_tool_fails_and_the_words_name_what_is_missing() {
    for_each_tool(|tool, grants, place| {
        let (_, fewer) = grants.split_last().unwrap();
        let (worked, said) = run(&jail(fewer), &filled(tool.command, place), place);
        match (worked && said.contains(tool.says), said.contains(tool.lacks)) {
            (true, _) => Err(format!("it worked: {said}")),
            (false, false) => Err(format!("nothing names `{}` in {said}", tool.lacks)),
            (false, true) => Ok(()),
        }
    });
}

/// One small pinned package from whatever registry pip is configured for.
const DOWNLOAD: &[&str] = &[
    "{tools}/python/bin/pip",
    "download",
    "--no-deps",
    "--no-cache-dir",
    "--retries",
    "1",
    "--only-binary",
    ":all:",
    "--dest",
    "{work}/out",
    "six==1.17.0",
];

/// The registry and nothing else. A mirror inside a company has a private address, which the grant has to name.
fn registry_grants(place: &Place) -> Vec<String> {
    let index = Command::new(place.fill("{tools}/python/bin/pip"))
        .args(["config", "get", "global.index-url"])
        .output();
    let index =
        index.ok().filter(|done| done.status.success()).map(|done| String::from_utf8(done.stdout).unwrap());
    let hosts = match index.as_deref().and_then(|url| url.split("://").nth(1)?.split('/').next()) {
        Some(host) => vec![host.trim().rsplit('@').next().unwrap_or_default().to_owned()],
        None => vec!["pypi.org".to_owned(), "files.pythonhosted.org".to_owned()],
    };
    let mut grants = vec![place.fill("exec {tools}/python"), place.fill("write {work}/out")];
    // Where the registry's certificate comes from an authority of the machine's own.
    grants.extend(std::env::var_os("PIP_CERT").map(|_| "env PIP_CERT".to_owned()));
    for host in hosts {
        let peer = if host.contains(':') { host } else { format!("{host}:443") };
        let range = peer.to_socket_addrs().unwrap().find_map(|address| match address.ip() {
            IpAddr::V4(ip) if ip.is_private() || ip.is_loopback() || ip.is_documentation() => {
                Some(format!(" in {ip}/32"))
            }
            _ => None,
        });
        grants.push(format!("net {peer}{}", range.unwrap_or_default()));
    }
    grants
}

#[test]
fn pip_downloads_without_the_jail() {
    for user in User::all() {
        let place = Place::new(user);
        must_work("six-1.17.0", run(&[], &filled(DOWNLOAD, &place), &place)).unwrap();
    }
}

#[test]
fn pip_downloads_in_the_jail_with_its_registry_granted_and_not_without() {
    for user in User::all() {
        let place = Place::new(user);
        let mut grants = registry_grants(&place);
        must_work("six-1.17.0", run(&jail(&grants), &filled(DOWNLOAD, &place), &place)).unwrap();

        let place = Place::new(user);
        grants = registry_grants(&place);
        grants.retain(|grant| !grant.starts_with("net "));
        let (worked, said) = run(&jail(&grants), &filled(DOWNLOAD, &place), &place);
        assert!(!worked && said.contains("/simple/six/"), "{said}");
    }
}
