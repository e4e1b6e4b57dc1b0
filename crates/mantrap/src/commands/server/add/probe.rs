//! What a server is like before anybody approved it: it is started once in a throwaway jail, with canaries in place of
//! data and no right that could reach anything of the user's, and asked for its tools. What it says and what it tried is
//! shown to whoever decides; nothing of it is believed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use mantrap_jail::{Act, Attempt, Exit, Gate, Grant, Jail, Report};
use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::{LockedGrant, Type};
use mantrap_launch::room::{self, Asked, Outside, Program, Wish};
use mantrap_launch::{Digest, Entry, Located, Plan, Store, Values, visible};
use mantrap_mcp::{Batches, Envelope, Limits, Message, Raw, Scanner};
use mantrap_policy::read;
use serde_json::{Value, json};

use crate::commands::server::tools;
use crate::session::policed::shown::Definitions;

/// What a server may take from its start to the list of its tools.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of one message, and of all that it prints.
const LONGEST: u64 = 8 << 20;
/// Attempts that are kept.
const MOST: usize = 200;
/// Attempts that are told to a person.
const TOLD: usize = 8;
/// Pages of a list of tools.
const PAGES: u64 = 50;
/// Characters of a description; all of it is pinned and shown when a session lists it.
const BRIEF: usize = 120;
/// What stands in for a value.
const CANARY: &str = "mantrap-canary";
/// How the directory of a canary is called.
const PLACE: &str = "mantrap-probe-";
/// Places that every program looks into, and that nobody grants.
const USUAL: [&str; 11] =
    ["/proc", "/sys", "/dev", "/usr", "/lib", "/lib64", "/bin", "/etc", "/run", "/tmp", "/var/tmp"];

/// What a server showed of itself.
#[derive(Debug, Default)]
pub(super) struct Probed {
    /// Name and first line of the description, as it says.
    tools: Vec<(String, String)>,
    /// All of it, by name.
    pub(super) definitions: Definitions,
    /// Why there are no tools.
    silent: Option<String>,
    attempts: Vec<Attempt>,
    /// Whether it changed the canary, which nobody asked it to.
    touched: bool,
}

impl Probed {
    /// Starts the server and asks. The lock and the approvals are as they were.
    pub(super) fn of(located: &Located, store: &dyn Store, outside: &Outside<'_>) -> anyhow::Result<Self> {
        let canary = Canary::place()?;
        let entry = harmless(&located.entry, &canary.0)?;
        let located = Located { entry, ..located.clone() };
        let plan = Plan::resolve(located, &Values::new(), store, &mut Known::default())?;
        let grants = plan.grants().iter().map(|grant| Asked { grant: grant.clone(), base: "/".into() });
        // A name that exists nowhere (RFC 2606): only where there is a grant does anybody hear which names are asked for.
        let nowhere = Asked { grant: "net nowhere.invalid:443".parse()?, base: "/".into() };
        let wish = Wish {
            grants: grants.chain([nowhere]).collect(),
            program: Program::Measured(&plan),
            directory: plan.directory().map(Into::into),
            waived: plan.located().entry.waivers.iter().copied().collect(),
            gate: Gate::Acts,
            probation: false,
        };
        let mut profile = room::compose(&wish, outside)?.profile;
        profile.limits.time = Some(profile.limits.time.map_or(PATIENCE, |time| time.min(PATIENCE)));
        let (input, to_server) = io::pipe()?;
        let (from_server, output) = io::pipe()?;
        let (complaints, errors) = io::pipe()?;
        let standard: [OwnedFd; 3] = [input.into(), output.into(), errors.into()];
        let jail = Jail::start_measured(&profile, standard, plan.program().as_fd())
            .map_err(|error| anyhow::anyhow!("{}", error.chain()))?;
        let (answer, last) = thread::scope(|scope| {
            let last = scope.spawn(|| last_words(complaints));
            let answer = ask(to_server, from_server);
            jail.kill();
            (answer, last.join().unwrap_or_default())
        });
        let report = jail.wait().context("the jail could not be watched")?;
        let mut probed = Self { touched: canary.is_changed(), ..Self::default() };
        match answer {
            Ok(definitions) => {
                probed.tools = definitions.iter().map(brief).collect();
                probed.definitions = definitions;
            }
            Err(why) => probed.silent = Some(silence(&report, &why, &last)),
        }
        probed.attempts = report.attempts;
        probed.attempts.truncate(MOST);
        Ok(probed)
    }

    pub(super) fn as_json(&self) -> Value {
        let tool = |(name, about): &(String, String)| json!({ "name": name, "about": about });
        json!({
            "tools": self.tools.iter().map(tool).collect::<Vec<_>>(),
            "silent": self.silent,
            "attempts": self.attempts,
            "changed_canary": self.touched,
        })
    }

    /// The pins of its tools.
    ///
    /// # Errors
    /// Why they cannot be pinned: in a session they would be others.
    pub(super) fn pins(&self) -> Result<BTreeMap<String, Digest>, String> {
        let varies = |(_, json): &(&String, &String)| json.contains(CANARY) || json.contains(PLACE);
        match self.definitions.iter().find(varies) {
            Some((name, _)) => Err(format!(
                "`{}` says what was granted, and in a session that is something else",
                visible(name)
            )),
            None => tools::pins(&self.definitions),
        }
    }

    /// In sentences, what it tried and might need last.
    pub(super) fn notes(&self, outside: &Outside<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        match &self.silent {
            Some(why) => notes.push(format!("started once without rights, it did not list its tools: {why}")),
            None => notes.push(format!("started once without rights, it lists {} tools:", self.tools.len())),
        }
        notes.extend(self.tools.iter().map(|(name, about)| format!("  {name}  {about}")));
        if self.touched {
            notes.push("it changed files in its directory without being asked".into());
        }
        let reached =
            self.attempts.iter().filter(|attempt| matches!(attempt.act, Act::Resolve | Act::Connect));
        notes.extend(reached.take(TOLD).map(|attempt| {
            let name = attempt.target.split_once(':').map_or(attempt.target.as_str(), |(name, _)| name);
            format!("it wanted to reach `{}`; if it should: `--grant \"net {name}:443\"`", attempt.target)
        }));
        let looked = self.attempts.iter().filter(|attempt| self.is_telling(attempt, outside));
        notes.extend(looked.take(TOLD).map(|attempt| {
            let word = if attempt.act == Act::Write { "write" } else { "read" };
            format!(
                "it wanted to {word} `{target}`; if it should: `--grant \"{word} {target}\"`",
                target = attempt.target
            )
        }));
        notes
    }

    fn is_telling(&self, attempt: &Attempt, outside: &Outside<'_>) -> bool {
        let path = Path::new(&attempt.target);
        matches!(attempt.act, Act::Read | Act::Write)
            && path.is_absolute()
            && path.exists()
            && path.components().count() > 2
            && !USUAL.iter().any(|place| path.starts_with(place))
            && outside.territory.sensitive_at(path).is_none()
    }
}

/// The entry with a canary for each directory, secret and inherited variable, and with no right to a file of the user's or
/// to a network. What its runtime needs, and limits, stay.
fn harmless(entry: &Entry, canary: &Path) -> anyhow::Result<Entry> {
    let canary = canary.to_str().context("the place for temporary files is not UTF-8")?;
    let mut entry = entry.clone();
    for parameter in entry.parameters.values_mut() {
        parameter.value = Some(match &parameter.of {
            Type::Directory => canary.to_owned(),
            Type::Port => "1".to_owned(),
            Type::Word(words) => {
                parameter.value.take().or_else(|| words.first().cloned()).unwrap_or_default()
            }
        });
    }
    let mut grants = std::collections::BTreeSet::new();
    for grant in &entry.grants {
        let filled = grant.fill(|name| entry.parameters.get(name)?.value.as_deref())?;
        let stand_in = |name: &str| -> anyhow::Result<LockedGrant> {
            Ok(LockedGrant::parse(&format!("env {name}={CANARY}"), |_| None)?.0)
        };
        let kept = match &filled {
            Grant::Read(path) | Grant::Write(path) if path.starts_with(canary) => Some(grant.clone()),
            Grant::Read(_) | Grant::Write(_) | Grant::Socket(_) | Grant::Net(_) => None,
            Grant::Env(variable) if variable.value.is_none() => Some(stand_in(&variable.name)?),
            Grant::Secret(secret) => Some(stand_in(&secret.name)?),
            _ => Some(grant.clone()),
        };
        grants.extend(kept);
    }
    entry.grants = grants;
    let is_data = |place: &mantrap_launch::lock::Template| place.names().next().is_some();
    entry.directory = entry.directory.filter(is_data);
    Ok(entry)
}

/// A directory with a file in it. Gone when it is over.
struct Canary(PathBuf);

impl Canary {
    fn place() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().canonicalize()?.join(format!("{PLACE}{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder).context("no place for a canary")?;
        let canary = Self(folder);
        fs::write(canary.0.join("canary.txt"), CANARY)?;
        Ok(canary)
    }

    fn is_changed(&self) -> bool {
        let count = fs::read_dir(&self.0).map_or(0, Iterator::count);
        let mut text = String::new();
        let read =
            File::open(self.0.join("canary.txt")).and_then(|file| file.take(64).read_to_string(&mut text));
        count != 1 || read.is_err() || text != CANARY
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        // A directory of one name and one file; what the server put there goes with it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The first line of a description.
fn brief((name, json): (&String, &String)) -> (String, String) {
    let about =
        read(json, |tool| tool.field("description").ok().flatten().and_then(Raw::text).map(Cow::into_owned));
    let about = about.flatten().unwrap_or_default();
    let line = about.lines().next().unwrap_or_default();
    let cut = if line.chars().count() > BRIEF || line.len() < about.len() { "…" } else { "" };
    (name.clone(), line.chars().take(BRIEF).chain(cut.chars()).collect())
}

/// Initialises and asks for the tools. Ends by itself: the jail's time limit closes the pipes.
fn ask(server: impl Write, answers: impl Read) -> anyhow::Result<Definitions> {
    let mut talk = Talk { server, answers: BufReader::new(answers.take(LONGEST)), asked: 0 };
    // As much as a client can do: some servers offer more tools to whoever can do more, and what is pinned is all of them.
    let capabilities = json!({ "roots": {}, "sampling": {}, "elicitation": {} });
    let hello = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": capabilities,
        "clientInfo": { "name": "mantrap", "version": env!("CARGO_PKG_VERSION") },
    });
    let first = talk.ask("initialize", &hello)?;
    let Some(has_tools) =
        result(&first, |result| Some(field(field(result, "capabilities")?, "tools").is_some()))
    else {
        bail!("its answer to `initialize` is none");
    };
    talk.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
    let mut definitions = Definitions::new();
    let mut page = has_tools.then(|| json!({}));
    while let Some(wanted) = page.take() {
        let listed = talk.ask("tools/list", &wanted)?;
        let next = result(&listed, |result| {
            for tool in field(result, "tools")?.elements() {
                let name = field(tool, "name").and_then(Raw::text).unwrap_or_default();
                definitions.insert(name.into_owned(), tool.json().to_owned());
            }
            Some(field(result, "nextCursor").and_then(Raw::text).map(Cow::into_owned))
        });
        let next = next.context("its list of tools is none")?;
        page = next.filter(|_| talk.asked < PAGES).map(|cursor| json!({ "cursor": cursor }));
    }
    Ok(definitions)
}

fn field<'a>(value: Raw<'a>, name: &str) -> Option<Raw<'a>> {
    value.field(name).ok().flatten()
}

/// What `with` makes of the result in a line.
fn result<T>(line: &str, with: impl FnOnce(Raw<'_>) -> Option<T>) -> Option<T> {
    match Scanner::new(Limits::default()).read(line, Batches::Refuse).ok()? {
        Message::Single(Envelope::Result { result, .. }) => with(result),
        _ => None,
    }
}

/// Both ways to the server.
struct Talk<W, R> {
    server: W,
    answers: R,
    asked: u64,
}

impl<W: Write, R: BufRead> Talk<W, R> {
    fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        writeln!(self.server, "{message}").context("it closed its input")
    }

    /// The line that answers. What it asks itself meanwhile is refused; whatever else it says is passed over.
    fn ask(&mut self, method: &str, params: &Value) -> anyhow::Result<String> {
        self.asked += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": params }))?;
        loop {
            let mut line = String::new();
            let read = self.answers.read_line(&mut line).context("it prints what is no text")?;
            if read == 0 {
                bail!("it ended, or took longer than {} s", PATIENCE.as_secs());
            }
            let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
            match (message.get("id"), message.get("method")) {
                (Some(id), Some(_)) => {
                    let error = json!({ "code": -32601, "message": "not here" });
                    self.say(&json!({ "jsonrpc": "2.0", "id": id, "error": error }))?;
                }
                (Some(id), None) if id.as_u64() == Some(self.asked) => {
                    return Ok(line.trim_end_matches(['\n', '\r']).to_owned());
                }
                _ => {}
            }
        }
    }
}

/// The last line that it printed as an error.
fn last_words(complaints: impl Read) -> String {
    let mut kept = Vec::new();
    let mut complaints = complaints;
    let _ = complaints.by_ref().take(64 << 10).read_to_end(&mut kept);
    let _ = io::copy(&mut complaints, &mut io::sink());
    let text = String::from_utf8_lossy(&kept);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.unwrap_or_default().chars().take(300).collect()
}

fn silence(report: &Report, why: &anyhow::Error, last: &str) -> String {
    let how = match report.exit {
        Exit::Code(code) => format!("it ended with exit code {code}"),
        Exit::TimedOut => format!("it took longer than {} s", PATIENCE.as_secs()),
        _ => why.to_string(),
    };
    if last.is_empty() { how } else { format!("{how}; its last words were `{last}`") }
}
