//! Which launches still run, and their end. Nothing is kept for it but the journal: an intent names the process that made
//! it, and an outcome says that it is over.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use mantrap_journal::{Entry, Intent, Reader, Record, Says};
use mantrap_launch::{Digest, Located};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;

/// Records that are read at once, from the end backwards.
const CHUNK: u64 = 4096;
/// How long a launcher may take to end its server and to record that: more than the server is given.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds by which a clock may have been wrong when a record was made.
const SLACK: u64 = 2 * 86_400;

/// A launcher, so that nobody else is ever taken for it: a number means nothing without the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Launcher {
    pid: i32,
    /// When it started, in ticks since the system did (proc_pid_stat(5), field 22).
    started: u64,
    /// The system's run, by its random id.
    boot: String,
    /// The pid namespace that the number is of.
    namespace: u64,
}

/// What became of the launches of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// That were ended.
    pub(crate) ended: usize,
    /// That may run where this process cannot reach: in another container, or on another machine.
    pub(crate) elsewhere: usize,
}

impl Launcher {
    /// This process.
    pub(super) fn own() -> Option<Self> {
        let pid = rustix::process::getpid().as_raw_pid();
        Some(Self { pid, started: started(pid)?, boot: boot()?, namespace: namespace()? })
    }

    /// A handle on it, if it still runs.
    fn find(&self) -> Option<OwnedFd> {
        let pid = (self.pid > 0).then(|| Pid::from_raw(self.pid)).flatten()?;
        let handle = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        // Looked at after the handle was opened: whoever has the number now is who the handle is of.
        (started(self.pid)? == self.started).then_some(handle)
    }
}

/// Ends every launch of this server that has no outcome.
pub(crate) fn end_all(located: &Located, environment: &Environment) -> anyhow::Result<Ended> {
    let Some(directory) = environment.journal() else { return Ok(Ended::default()) };
    let (Some(boot), Some(namespace)) = (boot(), namespace()) else {
        anyhow::bail!("`/proc` does not say which system this is, so what runs cannot be found");
    };
    let mut said = Ended::default();
    let mut ending = Vec::new();
    let lock = located.lock.display().to_string();
    let is_this = |intent: &Intent| {
        intent.entry.as_deref() == Some(located.name.as_str())
            && intent.plan.get("lock").and_then(|lock| lock.as_str()) == Some(&lock)
    };
    for (launcher, _) in launchers(&Reader::open(&directory)?, is_this, environment)? {
        if launcher.boot != boot {
            continue;
        }
        if launcher.namespace != namespace {
            said.elsewhere += 1;
        } else if let Some(handle) = launcher.find() {
            // It may have ended just now.
            let _ = pidfd_send_signal(&handle, Signal::TERM);
            ending.push(handle);
        }
    }
    for handle in &ending {
        if !has_ended(handle) {
            // Its jail ends with it.
            let _ = pidfd_send_signal(handle, Signal::KILL);
            has_ended(handle);
        }
    }
    said.ended = ending.len();
    Ok(said)
}

/// The trees that something runs from which was launched and has recorded no outcome, or may run where this process cannot
/// look.
pub(crate) fn trees(environment: &Environment) -> anyhow::Result<BTreeSet<Digest>> {
    let directory = environment.journal().filter(|directory| directory.is_dir());
    let Some(directory) = directory else { return Ok(BTreeSet::new()) };
    let (boot, namespace) = (boot(), namespace());
    let runs = |launcher: &Launcher| {
        boot.as_ref().is_none_or(|boot| *boot == launcher.boot)
            && (namespace != Some(launcher.namespace) || launcher.find().is_some())
    };
    let all = launchers(&Reader::open(&directory)?, |_| true, environment)?;
    let running = all.into_iter().filter(|(launcher, _)| runs(launcher));
    let tree = |(_, intent): (Launcher, Intent)| intent.plan.pointer("/entry/tree")?.as_str()?.parse().ok();
    Ok(running.filter_map(tree).collect())
}

/// Who launched what, and has recorded no outcome, the latest first.
fn launchers(
    reader: &Reader,
    is_wanted: impl Fn(&Intent) -> bool,
    environment: &Environment,
) -> anyhow::Result<Vec<(Launcher, Intent)>> {
    let oldest = environment.date_before(uptime().unwrap_or(u64::MAX).saturating_add(SLACK));
    let mut over = BTreeSet::new();
    let mut found = Vec::new();
    let mut end = reader.len();
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let entries: Vec<Entry> = reader.entries(start..end).collect::<Result<_, _>>()?;
        for entry in entries.iter().rev() {
            let Ok(record) = serde_json::from_slice::<Record>(&entry.bytes) else { continue };
            if record.time.get(..oldest.len()).is_some_and(|day| day < oldest.as_str()) {
                return Ok(found);
            }
            match record.says {
                Says::Outcome(outcome) => drop(over.insert(outcome.intent)),
                Says::Intent(intent) if intent.act == "launch" && !over.contains(&entry.index) => {
                    let launcher = intent.more.get("launcher").cloned().filter(|_| is_wanted(&intent));
                    let launcher = launcher.map(serde_json::from_value).and_then(Result::ok);
                    found.extend(launcher.map(|launcher| (launcher, *intent)));
                }
                _ => {}
            }
        }
        end = start;
    }
    Ok(found)
}

fn has_ended(process: &OwnedFd) -> bool {
    let patience = Timespec::try_from(PATIENCE).unwrap_or_default();
    loop {
        match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&patience)) {
            Err(Errno::INTR) => {}
            answered => return answered.is_ok_and(|ready| ready > 0),
        }
    }
}

fn started(pid: i32) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The state, the first after the name, is field 3.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(22 - 3)?.parse().ok()
}

fn boot() -> Option<String> {
    let id = fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    Some(String::from_utf8(id).ok()?.trim().to_owned())
}

fn namespace() -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(Path::new("/proc/self/ns/pid")).ok().map(|metadata| metadata.ino())
}

/// Seconds since the system started.
fn uptime() -> Option<u64> {
    let text = fs::read("/proc/uptime").ok()?;
    String::from_utf8_lossy(&text).split(['.', ' ']).next()?.parse().ok()
}
