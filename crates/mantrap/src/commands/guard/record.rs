//! What a guard leaves in the journal: an intent when the host starts, a note for every kind of refused launch, how often it
//! was repeated, and the outcome. Notes are written by a thread of their own, many with one flush, so that whoever is
//! refused does not wait; a full queue makes it wait rather than lose one.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;
use mantrap_jail::Exit;
use mantrap_jail::guard::Asked;
use mantrap_journal::{Intent, Journal, Note, Outcome, Process, Record, Says};
use mantrap_launch::Digest;
use serde_json::{Map, Value, json};

use super::NOT_RECORDED;
use super::peers::Peers;
use super::profile::name_of;
use crate::Failure;
use crate::commands::run::ancestry;
use crate::environment::Environment;

/// Notes that wait to be written.
const QUEUE: usize = 16_384;
/// How long repeats are only counted.
const COUNTED_FOR: Duration = Duration::from_secs(10);
/// Kinds of launches that are counted at one time.
const KINDS: usize = 4096;
/// Bytes of a command that one record holds; a longer one follows in parts.
const LONGEST: usize = 24 << 10;
/// Words of a longer one in the first record.
const FIRST_WORDS: usize = 64;

/// Something for the journal.
enum Item {
    Note(Box<Record>),
    Repeat(Digest),
}

/// The journal, and the thread that writes notes.
pub(super) struct Recorder {
    journal: Arc<Journal>,
    intent: u64,
    lost: Arc<AtomicBool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: Option<SyncSender<Item>>,
    writer: Option<JoinHandle<()>>,
    /// Kinds of refusals that are on record, and since when.
    seen: HashMap<Digest, Instant>,
    peers: Peers,
    refused: u64,
    launched: u64,
}

impl Recorder {
    /// Opens the journal and puts on record that the host is about to start.
    pub(super) fn open(
        plan: Value,
        digest: Option<Digest>,
        waivers: Vec<String>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let failed = |error| Failure::Refused(NOT_RECORDED, error);
        let directory = environment.journal().ok_or_else(super::super::server::no_home)?;
        let journal = Journal::open(&directory);
        let journal =
            journal.context("the journal cannot be written, so nothing is launched").map_err(failed)?;
        let intent = Intent {
            act: "guard".to_owned(),
            who: ancestry::who(environment),
            plan,
            digest: digest.map(|digest| digest.to_string()),
            waivers,
            ..Intent::default()
        };
        let receipt = journal.append(&Record::now(Says::Intent(Box::new(intent))));
        let receipt = receipt.context("what is about to start cannot be recorded").map_err(failed)?;
        Ok(Self {
            journal: Arc::new(journal),
            intent: receipt.index,
            lost: Arc::default(),
            state: Mutex::default(),
        })
    }

    /// Starts the thread that writes.
    pub(super) fn begin(&self) -> std::io::Result<()> {
        let (queue, items) = sync_channel(QUEUE);
        let (journal, lost) = (Arc::clone(&self.journal), Arc::clone(&self.lost));
        let writer = std::thread::Builder::new().name("journal".into());
        let mut state = self.state();
        state.writer = Some(writer.spawn(move || write(&items, &journal, &lost))?);
        state.queue = Some(queue);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something could not be written. Then nothing is allowed any more.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// One more launch by the profile.
    pub(super) fn launched(&self) {
        let mut state = self.state();
        state.launched = state.launched.saturating_add(1);
    }

    /// A wish that was refused, or would have been: one record for each kind, and a count of its repeats.
    pub(super) fn refused(&self, about: &str, asked: &Asked, reason: &str) {
        let mut state = self.state();
        state.refused = state.refused.saturating_add(1);
        let Some(notes) = self.notes_of(&state) else { return };
        let kind = kind(asked);
        let now = Instant::now();
        let is_fresh = state.seen.get(&kind).is_some_and(|since| now.duration_since(*since) < COUNTED_FOR);
        if is_fresh {
            return notes.queue(Item::Repeat(kind));
        }
        if state.seen.len() >= KINDS {
            state.seen.retain(|_, since| now.duration_since(*since) < COUNTED_FOR);
        }
        if state.seen.len() < KINDS {
            state.seen.insert(kind, now);
        }
        let text = format!("`{}` was not executed: {reason}", asked.shown_path().display());
        let (described, rest) = described(asked, &kind, &mut state.peers);
        notes.note(about, &text, described);
        let parts = rest.len();
        for (part, text) in rest.into_iter().enumerate() {
            let about_part = format!("part {} of {parts} of a command", part + 1);
            let more = json!({ "wish": kind.to_string(), "part": part + 1, "parts": parts, "json": text });
            notes.note("guard-command", &about_part, more.as_object().cloned().unwrap_or_default());
        }
    }

    /// A place for notes of other threads. None when nothing is written any more.
    pub(super) fn notes(&self) -> Option<Notes> {
        self.notes_of(&self.state())
    }

    fn notes_of(&self, state: &State) -> Option<Notes> {
        let queue = state.queue.clone();
        if queue.is_none() {
            self.lost.store(true, Ordering::Relaxed);
        }
        Some(Notes { queue: queue?, intent: self.intent, lost: Arc::clone(&self.lost) })
    }

    /// Writes what waits, and the outcome.
    pub(super) fn finish(&self, exit: Exit) -> Result<(), Failure> {
        let (writer, refused, launched) = {
            let mut state = self.state();
            drop(state.queue.take());
            (state.writer.take(), state.refused, state.launched)
        };
        if let Some(writer) = writer {
            let _ = writer.join(); // It does not panic; if it did, the message has been printed.
        }
        let (ended, status, signal) = match exit {
            Exit::Code(code) => (format!("exit {code}"), Some(code), None),
            Exit::Signal(signal) => (format!("signal {signal}"), None, Some(signal)),
            other => (format!("{other:?}").to_lowercase(), None, None),
        };
        let mut more = Map::new();
        more.insert("refused".into(), refused.into());
        more.insert("launched".into(), launched.into());
        let outcome = Outcome { intent: self.intent, ended, status, signal, more, ..Outcome::default() };
        let written = self.journal.append(&Record::now(Says::Outcome(Box::new(outcome))));
        written
            .context("what came of it could not be recorded")
            .map_err(|error| Failure::Refused(NOT_RECORDED, error))?;
        if self.lost.load(Ordering::Relaxed) {
            return Err(Failure::Refused(
                NOT_RECORDED,
                anyhow::anyhow!("refused launches could not be recorded"),
            ));
        }
        Ok(())
    }
}

/// Where any thread leaves a note.
#[derive(Clone)]
pub(super) struct Notes {
    queue: SyncSender<Item>,
    intent: u64,
    lost: Arc<AtomicBool>,
}

impl Notes {
    /// A note that belongs to this guard.
    pub(super) fn note(&self, about: &str, text: &str, more: Map<String, Value>) {
        self.queue(self.item(about, text, more));
    }

    fn item(&self, about: &str, text: &str, mut more: Map<String, Value>) -> Item {
        more.insert("intent".into(), self.intent.into());
        let text = mantrap_launch::visible(text).chars().take(2000).collect();
        let note = Note { about: about.to_owned(), text, more };
        Item::Note(Box::new(Record::now(Says::Note(note))))
    }

    fn queue(&self, item: Item) {
        if self.queue.send(item).is_err() {
            self.lost.store(true, Ordering::Relaxed);
        }
    }
}

/// Who asks for what from where: the processes above it stay the same between repeats, their numbers do not.
fn kind(asked: &Asked) -> Digest {
    let mut bytes = name_of(&asked.shown_path()).into_bytes();
    for text in &asked.arguments {
        bytes.push(0);
        bytes.extend_from_slice(text);
    }
    bytes.extend_from_slice(b"\0\0");
    bytes.extend_from_slice(asked.directory.as_os_str().as_bytes());
    Digest::of(&bytes)
}

/// Everything about a wish that helps to find where it came from; and where the command is too long for one record, all of it
/// as JSON, in parts.
fn described(asked: &Asked, kind: &Digest, peers: &mut Peers) -> (Map<String, Value>, Vec<String>) {
    let pid = asked.process.unsigned_abs();
    let ancestry: Vec<Process> = ancestry::above(pid);
    let shown = |text: &Vec<u8>| mantrap_launch::visible(&String::from_utf8_lossy(text)).to_string();
    let mut command: Vec<String> = asked.arguments.iter().map(shown).collect();
    let mut rest = Vec::new();
    if command.iter().map(String::len).sum::<usize>() > LONGEST {
        let whole: Vec<char> = Value::from(command.clone()).to_string().chars().collect();
        rest = whole.chunks(LONGEST / 4).map(|part| part.iter().collect()).collect();
        let mut left = LONGEST / 4;
        for text in &mut command {
            *text = text.chars().take(left).collect();
            left = left.saturating_sub(text.len());
        }
        command.truncate(FIRST_WORDS);
    }
    let value = json!({
        "program": mantrap_launch::visible(&asked.shown_path().to_string_lossy()).to_string(),
        "command": command,
        "whole": asked.whole && rest.is_empty(),
        "parts": rest.len(),
        "directory": asked.directory.to_string_lossy(),
        "variables": asked.environment.len(),
        "process": pid,
        "thread": asked.thread(),
        "peers": peers.of(&ancestry),
        "ancestry": ancestry,
        "wish": kind.to_string(),
    });
    match value {
        Value::Object(map) => (map, rest),
        _ => (Map::new(), rest),
    }
}

/// Writes until nobody is left who adds something. What is repeated is counted, and the counts are written when the kind
/// is looked at anew, and at the end.
fn write(items: &Receiver<Item>, journal: &Journal, lost: &AtomicBool) {
    let mut counts: HashMap<Digest, u64> = HashMap::new();
    let mut due = Instant::now() + COUNTED_FOR;
    let mut is_over = false;
    while !is_over {
        let mut records = Vec::new();
        let mut take = |item| match item {
            Item::Note(record) => records.push(*record),
            Item::Repeat(kind) => {
                let count = counts.entry(kind).or_default();
                *count = count.saturating_add(1);
            }
        };
        match items.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(item) => {
                take(item);
                items.try_iter().take(1024).for_each(&mut take);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => is_over = true,
        }
        if is_over || Instant::now() >= due {
            records.extend(counts.drain().map(|(kind, count)| repeats(&kind, count)));
            due = Instant::now() + COUNTED_FOR;
        }
        if !records.is_empty() && journal.append_all(&records).is_err() {
            lost.store(true, Ordering::Relaxed);
        }
    }
}

fn repeats(kind: &Digest, count: u64) -> Record {
    let mut more = Map::new();
    more.insert("wish".into(), kind.to_string().into());
    more.insert("count".into(), count.into());
    let text = format!("a refused launch was tried {count} more times");
    Record::now(Says::Note(Note { about: "guard-repeated".into(), text, more }))
}
