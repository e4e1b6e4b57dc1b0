//! What a call was about: read from the caller's memory while it waits, judged against the grants after it was
//! answered. Everything here is a stranger's word, for a report and nothing else.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::act::{self, Kind, Named};
use super::connection::Refused;
use super::decision::Decision;
use super::granted::Granted;
use super::host::Host;
use super::learned::Learned;
use super::path::{normal, shown};
use super::peer::Peer;
use super::refused;
use crate::report::{Act, Attempts};
use crate::sys::memory;
use crate::sys::seccomp::{self, Notification};

/// The longest path that the kernel takes (`PATH_MAX`).
const PATH_BYTES: usize = 4096;
/// At most this much is read of a table of sockets.
const TABLE_BYTES: u64 = 1 << 20;

/// Turns calls into entries of the report.
#[derive(Debug)]
pub(super) struct Observer {
    granted: Granted,
    host: Host,
    attempts: Arc<Attempts>,
    learned: Option<Arc<Learned>>,
}

/// What was seen of one call.
#[derive(Debug)]
pub(super) struct Seen {
    call: Notification,
    decision: Decision,
    paths: [Option<PathBuf>; 2],
    peer: Option<Peer>,
    /// A text that a refused call names.
    hint: Option<String>,
    /// A signal to a process that is not there.
    astray: bool,
    /// A path that the jail could have and has not.
    absent: Option<PathBuf>,
}

impl Observer {
    pub(super) fn new(granted: Granted, attempts: Arc<Attempts>, learned: Option<Arc<Learned>>) -> Self {
        Self { granted, host: Host::default(), attempts, learned }
    }

    /// Reads what the caller must be alive for.
    pub(super) fn look(&self, listener: BorrowedFd<'_>, call: &Notification, decision: Decision) -> Seen {
        let kind = act::kind(call.number, &call.arguments);
        let mut seen = Seen {
            call: *call,
            decision,
            paths: [None, None],
            peer: None,
            hint: None,
            astray: false,
            absent: None,
        };
        if call.thread <= 0 {
            return seen;
        }
        seen.paths =
            act::paths(call.number, &call.arguments).map(|named| named.and_then(|named| path(call, named)));
        match kind {
            Some(Kind::Connect) => seen.peer = peer(call),
            Some(Kind::Signal) => seen.astray = is_astray(call),
            _ => {}
        }
        let named = match &seen.peer {
            Some(Peer::Path(socket)) => Some(socket),
            _ => seen.paths.iter().flatten().next(),
        };
        seen.absent = named.filter(|path| self.granted.may_be_absent(path) && is_absent(call, path)).cloned();
        if let (Decision::Never(_), Some(address)) = (decision, refused::text(call.number, &call.arguments)) {
            seen.hint = memory::read_string(call.thread, address, PATH_BYTES).ok().map(|text| shown(&text));
        }
        // The thread number may have passed to another process while we read: then nothing was seen.
        if !seccomp::waits(listener, call.id) {
            (seen.paths, seen.peer, seen.hint, seen.astray) = ([None, None], None, None, false);
            seen.absent = None;
        }
        seen
    }

    /// Notes what came to nothing, and what there is to learn. The caller has gone on meanwhile.
    pub(super) fn account(&self, seen: Seen) {
        let name = crate::seccomp::name(seen.call.number);
        if let Decision::Never(_) = seen.decision {
            let (act, target) = refused::described(seen.call.number, &seen.call.arguments);
            let path = seen.paths.iter().flatten().next();
            let (act, target) = match (path, seen.hint) {
                (Some(path), _) => (Act::Write, shown(path.as_os_str().as_bytes())),
                (None, Some(hint)) if !hint.is_empty() => (act, hint),
                (None, _) => (act, target),
            };
            self.attempts.note(act, &target, name, crate::seccomp::why_refused(seen.call.number));
            return;
        }
        let held = seen.decision.refusal().map(|(_, reason)| reason);
        let act = match act::kind(seen.call.number, &seen.call.arguments) {
            Some(Kind::Read) => Act::Read,
            Some(Kind::Write) => Act::Write,
            Some(Kind::Execute) => Act::Execute,
            Some(Kind::NetworkSocket) => {
                if let Some(reason) = held {
                    self.attempts.note(Act::Connect, "network socket", name, reason);
                }
                return;
            }
            Some(Kind::Connect) => return self.account_connection(&seen, name, held),
            Some(Kind::Signal) => {
                if seen.astray {
                    let target = format!("process {}", crate::seccomp::low(first(&seen.call)).cast_signed());
                    self.attempts.note(Act::Signal, &target, name, "there is no such process in the jail");
                }
                return;
            }
            None => return,
        };
        let [first, second] = &seen.paths;
        // What a hard link leads to is there already; it is only shared.
        let first_act = if act::links(seen.call.number) { Act::Read } else { act };
        for (act, path) in [(first_act, first), (act, second)] {
            if let Some(path) = path {
                self.account_path(act, path, name, held);
            }
        }
        self.account_absent(act, &seen, name);
    }

    /// What is private in the jail and empty, while the host has something by that name: it was meant.
    fn account_absent(&self, act: Act, seen: &Seen, name: &str) {
        if let Some(path) = seen.absent.as_ref().filter(|path| self.host.has(path)) {
            let reason = "not granted: the jail has its own place here, and it is empty";
            self.attempts.note(act, &shown(path.as_os_str().as_bytes()), name, reason);
        }
    }

    fn account_path(&self, act: Act, path: &Path, name: &str, held: Option<&str>) {
        if let Some(learned) = &self.learned {
            learned.note(act, path);
        }
        let outside = !self.granted.covers(act, path);
        if outside || held.is_some() {
            let reason = if outside { "not granted" } else { held.unwrap_or_default() };
            self.attempts.note(act, &shown(path.as_os_str().as_bytes()), name, reason);
        }
    }

    /// Notes a connection that was not made in the caller's place.
    pub(super) fn account_brokered(&self, seen: &Seen, made: Result<(), Refused>) {
        let name = crate::seccomp::name(seen.call.number);
        match (&seen.peer, made) {
            (Some(Peer::Path(path)), Err(Refused::NotGranted)) => {
                let reason = "not granted: a Unix socket of the host";
                self.attempts.note(Act::Connect, &shown(path.as_os_str().as_bytes()), name, reason);
            }
            (Some(Peer::Path(_)), Ok(())) => {}
            _ => self.account_connection(seen, name, None),
        }
    }

    fn account_connection(&self, seen: &Seen, name: &str, held: Option<&str>) {
        let note = |target: &str| {
            self.attempts.note(Act::Connect, target, name, held.unwrap_or("not granted"));
        };
        match &seen.peer {
            None => {}
            Some(Peer::Path(path)) => {
                self.account_path(Act::Connect, path, name, held);
                self.account_absent(Act::Connect, seen, name);
            }
            // A name that some process of the jail has bound is the jail's own.
            Some(Peer::Abstract(socket)) if is_bound(&seen.call, socket) => {}
            Some(Peer::Abstract(socket)) => note(&format!("@{}", shown(socket))),
            // Port 0 and 53: name resolution sorts addresses and asks so.
            Some(Peer::Network(address))
                if matches!(address.port(), 0 | 53) || self.granted.has_port(address.port()) => {}
            // What listens in the jail is the jail's own: nothing of the host is there.
            Some(Peer::Network(address)) if listens(&seen.call, address.port()) => {}
            Some(Peer::Network(address)) => note(&address.to_string()),
        }
    }
}

fn first(call: &Notification) -> u64 {
    call.arguments.first().copied().unwrap_or(0)
}

/// The path that the caller names, absolute and plain.
fn path(call: &Notification, named: Named) -> Option<PathBuf> {
    let text = memory::read_string(call.thread, named.address, PATH_BYTES).ok()?;
    match text.first() {
        Some(b'/') => Some(normal(Path::new("/"), &text)),
        None if !named.may_be_empty => None,
        _ => Some(normal(&base(call, named.directory)?, &text)),
    }
}

/// Where a relative path starts, as the caller sees it.
pub(super) fn base(call: &Notification, directory: i32) -> Option<PathBuf> {
    let link = if directory == libc::AT_FDCWD {
        format!("/proc/{}/cwd", call.thread)
    } else {
        format!("/proc/{}/fd/{directory}", call.thread)
    };
    fs::read_link(link).ok()
}

fn peer(call: &Notification) -> Option<Peer> {
    let [_, address, length, ..] = call.arguments;
    let mut bytes = [0; 128];
    let length = usize::try_from(length & 0xffff_ffff).unwrap_or(usize::MAX);
    let wanted = bytes.get_mut(..length.min(128))?;
    let read = memory::read(call.thread, address, wanted).ok()?;
    Peer::parsed(bytes.get(..read)?, || base(call, libc::AT_FDCWD))
}

/// Whether a signal is for one process, and the jail has none of that number.
fn is_astray(call: &Notification) -> bool {
    let target = crate::seccomp::low(first(call)).cast_signed();
    target > 0
        && fs::symlink_metadata(format!("/proc/{}/root/proc/self", call.thread)).is_ok()
        && fs::symlink_metadata(format!("/proc/{}/root/proc/{target}", call.thread)).is_err()
}

/// Whether the jail has nothing at this path. Looked up in what is its own, without following a link out of it.
fn is_absent(call: &Notification, path: &Path) -> bool {
    let Ok(root) = File::open(format!("/proc/{}/root", call.thread)) else { return false };
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let found = openat2(&root, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve);
    matches!(found, Err(Errno::NOENT))
}

/// Whether a process of the jail has bound this abstract name.
fn is_bound(call: &Notification, name: &[u8]) -> bool {
    table(call, "unix").contains(&format!("@{}", String::from_utf8_lossy(name)))
}

/// Whether a process of the jail listens on this TCP port.
fn listens(call: &Notification, port: u16) -> bool {
    let port = format!(":{port:04X}");
    ["tcp", "tcp6"].into_iter().any(|kind| {
        table(call, kind).lines().any(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let (local, state) = (fields.next(), fields.nth(1));
            local.is_some_and(|local| local.ends_with(&port)) && state == Some("0A")
        })
    })
}

/// A table of the sockets of the jail's network namespace; empty when the caller is gone.
fn table(call: &Notification, kind: &str) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(format!("/proc/{}/net/{kind}", call.thread)) {
        let _ = file.take(TABLE_BYTES).read_to_end(&mut bytes); // What was read until then is a hint as well.
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
