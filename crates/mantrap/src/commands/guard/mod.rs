//! `mantrap guard`: a host that nobody changed, out of which no process comes but what the profile names exactly and what
//! the lock approves.

mod confine;
mod decide;
mod learn;
mod manage;
mod peers;
mod profile;
mod record;
mod serve;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use mantrap_jail::guard::{Asked, Error, Event, Guard, Host, Launched, Layer, Program, Stood};
use mantrap_jail::{Delivery, Exit, Profile, Signals};
use mantrap_launch::Digest;
use mantrap_launch::room::program::{NoProgram, find};
use rustix::process::Signal;
use serde_json::{Map, json};

use super::jail::{MISSING, NOT_BUILT, refused, standard, status};
use super::server::usage;
use crate::Failure;
use crate::cli::{Guard as Options, GuardCommand};
use crate::environment::Environment;
use decide::{Judge, Verdict};
use learn::Learned;
use profile::Profile as Launches;
use record::{Notes, Recorder};

/// What is about to happen could not be recorded.
const NOT_RECORDED: u8 = 122;
/// Launches that are looked at at once: more wait for a file system that does not answer.
const LOOKS: usize = 256;
/// How long servers have to end when the host has.
const FAREWELL: Duration = Duration::from_secs(8);

pub(crate) fn run(options: &Options, environment: &Environment) -> Result<u8, Failure> {
    match &options.action {
        None => guard(options, environment),
        Some(GuardCommand::Learn { profile, command }) => learn(profile, command, environment),
        Some(GuardCommand::Profile { command }) => manage::run(command, environment),
    }
}

/// What becomes of wishes.
enum Mode {
    Decide(Arc<Judge>),
    /// Nothing is refused; what would be is recorded.
    Observe(Arc<Judge>),
    Learn(Box<Learned>),
}

fn guard(options: &Options, environment: &Environment) -> Result<u8, Failure> {
    let path = manage::place(options.profile.as_deref(), environment)?;
    let whole = manage::read(&path)?;
    if !options.observe {
        whole.must_be_approved(environment)?;
    }
    let own = own_program()?;
    let host = host(&options.command, environment)?;
    let jail = confine::profile(options, &own.path, environment)?;
    let variables = bytes(&jail.as_ref().map_or_else(|| host.environment.clone(), variables));
    let judge = Arc::new(Judge::new(whole.profile.clone(), variables, &own));
    let mut files: Vec<PathBuf> = whole.profile.files.keys().cloned().collect();
    files.extend([own.path.clone()].into_iter().chain(learn::loader(&own)));
    let layer = match (options.observe, options.waive_landlock) {
        (true, _) => Layer::Observed,
        (false, true) => Layer::Absent,
        (false, false) => Layer::Listed(files),
    };
    let mode = if options.observe { Mode::Observe(judge) } else { Mode::Decide(judge) };
    let plan = json!({
        "profile": path.display().to_string(),
        "command": options.command.iter().map(|text| text.to_string_lossy().into_owned()).collect::<Vec<_>>(),
        "observe": options.observe,
        "jail": jail.as_ref().map(|jail| crate::output::jail::explain::json(jail, &[], &[])),
    });
    let waived = if options.waive_landlock { vec!["landlock".to_owned()] } else { Vec::new() };
    let host = Host { layer, ..host };
    attend(&host, jail.as_ref(), mode, plan, (Some(whole.digest), waived), environment).map(|(code, _)| code)
}

fn learn(path: &Path, command: &[OsString], environment: &Environment) -> Result<u8, Failure> {
    let before = manage::read_if_there(path)?.map(|whole| whole.profile).unwrap_or_else(Launches::new);
    let host = Host { layer: Layer::Observed, ..host(command, environment)? };
    let learned = Learned::new(before, bytes(&host.environment), &own_program()?);
    let plan = json!({ "learns": path.display().to_string() });
    let (code, mode) =
        attend(&host, None, Mode::Learn(Box::new(learned)), plan, (None, Vec::new()), environment)?;
    if let Mode::Learn(learned) = mode {
        for warning in &learned.warnings {
            eprintln!("mantrap: warning: {}", mantrap_launch::visible(warning));
        }
        manage::write(path, &learned.into_profile())?;
        eprintln!(
            "mantrap: `{}` holds what was seen; read it, then `mantrap guard profile approve {}`",
            path.display(),
            path.display()
        );
    }
    Ok(code)
}

/// Starts the host and answers until nothing of it is left.
fn attend(
    host: &Host,
    jail: Option<&Profile>,
    mut mode: Mode,
    plan: serde_json::Value,
    (digest, waived): (Option<Digest>, Vec<String>),
    environment: &Environment,
) -> Result<(u8, Mode), Failure> {
    let failed = |error: anyhow::Error| Failure::Refused(NOT_BUILT, error);
    let own = own_program()?.path;
    let recorder = Recorder::open(plan, digest, waived, environment)?;
    // Before the first thread and the first child: every thread blocks them and only the descriptor hears of them.
    let handed_on = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2];
    let signals = Signals::block(&handed_on.map(Signal::as_raw));
    let signals = signals.context("signals cannot be received").map_err(failed)?;
    let started = match jail {
        Some(jail) => {
            let standard =
                standard().context("standard input and output cannot be handed on").map_err(failed)?;
            Guard::start_jailed(jail, host.layer.clone(), standard)
        }
        None => Guard::start(host),
    };
    let mut guard = match started {
        Ok(guard) => guard,
        Err(error) => {
            let _ = recorder.finish(Exit::Killed); // The error is told anyway.
            let error = match error {
                Error::Jail(error) => return Err(refused(error)),
                other => other,
            };
            let remedy =
                "; Landlock (Linux 5.13) and Linux 5.19 are needed, --waive-landlock goes without the first";
            return Err(Failure::Refused(MISSING, anyhow!("{error}{remedy}")));
        }
    };
    recorder.begin().context("no thread can be started").map_err(failed)?;
    let variables = host.environment.clone();
    let (count, looks) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let serving = Arc::new(Serving { variables, count, own, recorder, looks });
    let exit = loop {
        match guard.next(&signals).context("the host cannot be watched").map_err(failed)? {
            Event::Ended(exit) => break exit,
            Event::Other => {
                while let Ok(Some(signal)) = signals.next() {
                    // The terminal sends its own to the whole group, which a jail is not of.
                    if jail.is_some() || signal != Signal::INT.as_raw() || !environment.stdin_is_terminal {
                        guard.signal(signal);
                    }
                }
            }
            Event::Asked(asked) => answer(*asked, &mut mode, &serving),
        }
    };
    // Their stand-ins are gone.
    let begun = Instant::now();
    while serving.count.load(Ordering::Acquire) > 0 && begun.elapsed() < FAREWELL {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(guard);
    serving.recorder.finish(exit)?;
    Ok((status(exit), mode))
}

/// What serving a server needs.
struct Serving {
    /// The supervisor's own variables.
    variables: Vec<(OsString, OsString)>,
    /// Servers that run.
    count: AtomicUsize,
    /// This program.
    own: PathBuf,
    recorder: Recorder,
    /// Wishes that are being looked at.
    looks: AtomicUsize,
}

fn answer(asked: Asked, mode: &mut Mode, serving: &Arc<Serving>) {
    if serving.recorder.has_lost() {
        return asked.refuse(EACCES);
    }
    let (judge, observed) = match mode {
        Mode::Learn(learned) => match learned.server(&asked) {
            Some(name) => return serving.stand_in(asked, name),
            None => {
                learned.see(&asked);
                return asked.let_through();
            }
        },
        Mode::Decide(judge) => (judge, false),
        Mode::Observe(judge) => (judge, true),
    };
    if let Some(reason) = judge.glance(&asked) {
        return serving.refuse(asked, observed, reason);
    }
    if serving.looks.fetch_add(1, Ordering::AcqRel) >= LOOKS {
        serving.looks.fetch_sub(1, Ordering::AcqRel);
        return serving.refuse(asked, observed, "too many launches are being looked at");
    }
    let (judge, here) = (Arc::clone(judge), Arc::clone(serving));
    let look = move || {
        let verdict = judge.judge(&asked);
        here.looks.fetch_sub(1, Ordering::AcqRel);
        here.act(asked, verdict, observed);
    };
    // Where no thread can be had the wish is dropped with it, and so refused.
    if std::thread::Builder::new().name("judge".into()).spawn(look).is_err() {
        serving.looks.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Serving {
    fn act(self: &Arc<Self>, asked: Asked, verdict: Verdict, observed: bool) {
        match verdict {
            Verdict::Serve(name) => self.stand_in(asked, name),
            Verdict::Launch(_) if observed => {
                self.recorder.launched();
                asked.let_through();
            }
            Verdict::Launch(image) => {
                let Some(notes) = self.recorder.notes() else { return };
                self.recorder.launched();
                let shown = asked.shown_path().display().to_string();
                asked.launch(image, move |launched| tell(&notes, &shown, &launched));
            }
            Verdict::NotThere => asked.refuse(ENOENT),
            Verdict::Refuse(reason) => self.refuse(asked, observed, reason),
        }
    }

    fn refuse(&self, asked: Asked, observed: bool, reason: &str) {
        if observed {
            self.recorder.refused("guard-would-refuse", &asked, reason);
            asked.let_through();
        } else {
            self.recorder.refused("guard-refused", &asked, reason);
            asked.refuse(EACCES);
        }
    }

    fn stand_in(self: &Arc<Self>, asked: Asked, name: String) {
        let Ok(stand_in) = Program::at(&self.own) else {
            return self.refuse(asked, false, "mantrap's own program cannot be opened");
        };
        let Some(notes) = self.recorder.notes() else { return };
        let here = Arc::clone(self);
        asked.replace(stand_in, move |stood| match stood {
            Ok(stood) => here.serve(&name, stood, notes),
            Err(launched) => tell(&notes, &format!("the stand-in for {name}"), &launched),
        });
    }
}

const EACCES: i32 = rustix::io::Errno::ACCESS.raw_os_error();
const ENOENT: i32 = rustix::io::Errno::NOENT.raw_os_error();

impl Serving {
    fn serve(&self, name: &str, stood: Stood, notes: Notes) {
        let mut more = Map::new();
        more.insert("entry".into(), name.into());
        more.insert("process".into(), stood.process.into());
        notes.note("guard-served", &format!("a process of the host stands in for `{name}`"), more);
        drop(notes);
        self.count.fetch_add(1, Ordering::AcqRel);
        serve::serve(name, stood, &self.variables);
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Records what became of a launch, where that is worth a record.
fn tell(notes: &Notes, shown: &str, launched: &Launched) {
    match launched {
        Launched::Replaced => {
            let text = format!(
                "something else than `{shown}` was about to be executed, and was killed before it began"
            );
            notes.note("guard-replaced", &text, Map::new());
        }
        Launched::NotSeen(error) => {
            notes.note("guard-unseen", &format!("`{shown}` was not executed: {error}"), Map::new());
        }
        Launched::Runs | Launched::Failed | Launched::Gone => {}
    }
}

/// This program's file.
fn own_program() -> Result<Program, Failure> {
    let own = Program::at(Path::new("/proc/self/exe")).context("mantrap's own program cannot be opened");
    own.map_err(|error| Failure::Refused(NOT_BUILT, error))
}

/// The command, looked up as a shell would.
fn host(command: &[OsString], environment: &Environment) -> Result<Host, Failure> {
    let name = command.first().ok_or_else(|| usage(anyhow!("name the host's command behind `--`")))?;
    let here = std::env::current_dir()
        .context("the current directory cannot be looked at")
        .map_err(Failure::Usage)?;
    let program = find(name, &here, Some(&environment.search())).map_err(|error| match error {
        NoProgram::Missing => Failure::Refused(127, anyhow!("`{}` does not exist", name.display())),
        NoProgram::NotExecutable(path) => {
            Failure::Refused(126, anyhow!("`{}` cannot be executed", path.display()))
        }
    })?;
    let environment =
        environment.variables().iter().map(|(name, value)| (name.into(), value.clone())).collect();
    Ok(Host { program, arguments: command.to_vec(), environment, layer: Layer::Absent })
}

/// What the host has in its jail.
fn variables(jail: &Profile) -> Vec<(OsString, OsString)> {
    let secrets = jail.secrets.iter().filter(|secret| secret.delivery == Delivery::Env);
    let secrets = secrets.map(|secret| (OsString::from(&secret.name), secret.value.clone()));
    jail.environment.iter().cloned().chain(secrets).collect()
}

fn bytes(environment: &[(OsString, OsString)]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let bytes = |text: &OsString| text.as_bytes().to_vec();
    environment.iter().map(|(name, value)| (bytes(name), bytes(value))).collect()
}
