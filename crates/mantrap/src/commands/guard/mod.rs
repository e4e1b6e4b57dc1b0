//! `mantrap guard`: a host that nobody changed, out of which no process comes but what the profile names exactly and what
//! the lock approves.

mod decide;
mod learn;
mod manage;
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
use mantrap_jail::guard::{Asked, Event, Guard, Host, Launched, Layer, Program, Stood};
use mantrap_jail::{Exit, Signals};
use mantrap_launch::Digest;
use mantrap_launch::room::program::{NoProgram, find};
use rustix::process::Signal;
use serde_json::{Map, json};

use super::jail::{MISSING, NOT_BUILT, status};
use super::server::usage;
use crate::Failure;
use crate::cli::{Guard as Options, GuardCommand};
use crate::environment::Environment;
use decide::{Judge, Verdict};
use learn::Learned;
use profile::Profile;
use record::{Notes, Recorder};

/// What is about to happen could not be recorded.
const NOT_RECORDED: u8 = 122;
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
    Decide(Box<Judge>),
    /// Nothing is refused; what would be is recorded.
    Observe(Box<Judge>),
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
    let variables = bytes(&host.environment);
    let judge = Box::new(Judge::new(whole.profile.clone(), variables, &own));
    let mut files: Vec<PathBuf> = whole.profile.files.keys().filter(|file| file.exists()).cloned().collect();
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
    });
    let waived = if options.waive_landlock { vec!["landlock".to_owned()] } else { Vec::new() };
    attend(Host { layer, ..host }, mode, plan, (Some(whole.digest), waived), environment)
        .map(|(code, _)| code)
}

fn learn(path: &Path, command: &[OsString], environment: &Environment) -> Result<u8, Failure> {
    let before = manage::read_if_there(path)?.map(|whole| whole.profile).unwrap_or_else(Profile::new);
    let host = Host { layer: Layer::Observed, ..host(command, environment)? };
    let learned = Learned::new(before, bytes(&host.environment), &own_program()?);
    let plan = json!({ "learns": path.display().to_string() });
    let (code, mode) = attend(host, Mode::Learn(Box::new(learned)), plan, (None, Vec::new()), environment)?;
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
    host: Host,
    mut mode: Mode,
    plan: serde_json::Value,
    (digest, waived): (Option<Digest>, Vec<String>),
    environment: &Environment,
) -> Result<(u8, Mode), Failure> {
    let failed = |error: anyhow::Error| Failure::Refused(NOT_BUILT, error);
    let own = own_program()?.path;
    let mut recorder = Recorder::open(plan, digest, waived, environment)?;
    // Before the first thread and the first child: every thread blocks them and only the descriptor hears of them.
    let handed_on = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2];
    let signals = Signals::block(&handed_on.map(Signal::as_raw));
    let signals = signals.context("signals cannot be received").map_err(failed)?;
    let guard = match Guard::start(&host) {
        Ok(guard) => guard,
        Err(error) => {
            let _ = recorder.finish(Exit::Killed); // The error is told anyway.
            let remedy =
                "; Landlock (Linux 5.13) and Linux 5.19 are needed, --waive-landlock goes without the first";
            return Err(Failure::Refused(MISSING, anyhow!("{error}{remedy}")));
        }
    };
    recorder.begin().context("no thread can be started").map_err(failed)?;
    let serving = Serving { variables: host.environment, count: AtomicUsize::new(0), own };
    let serving = Arc::new(serving);
    let exit = loop {
        match guard.next(&signals).context("the host cannot be watched").map_err(failed)? {
            Event::Ended(exit) => break exit,
            Event::Other => {
                while let Ok(Some(signal)) = signals.next() {
                    // The terminal sends its own to the whole group.
                    if signal != Signal::INT.as_raw() || !environment.stdin_is_terminal {
                        guard.signal(signal);
                    }
                }
            }
            Event::Asked(asked) => answer(*asked, &mut mode, &mut recorder, &serving),
        }
    };
    // Their stand-ins are gone.
    let begun = Instant::now();
    while serving.count.load(Ordering::Acquire) > 0 && begun.elapsed() < FAREWELL {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(guard);
    recorder.finish(exit)?;
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
}

fn answer(asked: Asked, mode: &mut Mode, recorder: &mut Recorder, serving: &Arc<Serving>) {
    let (Some(notes), false) = (recorder.notes(), recorder.has_lost()) else { return asked.refuse(EACCES) };
    let verdict = match mode {
        Mode::Learn(learned) => match learned.server(&asked) {
            Some(name) => Verdict::Serve(name),
            None => {
                learned.see(&asked);
                return asked.let_through();
            }
        },
        Mode::Decide(judge) | Mode::Observe(judge) => judge.judge(&asked),
    };
    let observed = matches!(mode, Mode::Observe(_));
    match verdict {
        Verdict::Serve(name) => match Program::at(&serving.own) {
            Ok(stand_in) => {
                let serving = Arc::clone(serving);
                asked.replace(stand_in, move |stood| match stood {
                    Ok(stood) => serving.serve(&name, stood, notes),
                    Err(launched) => tell(&notes, &format!("the stand-in for {name}"), &launched),
                });
            }
            Err(_) => {
                recorder.refused("guard-refused", &asked, "mantrap's own program cannot be opened");
                asked.refuse(EACCES);
            }
        },
        Verdict::Launch(_) if observed => {
            recorder.launched();
            asked.let_through();
        }
        Verdict::Refuse(reason) if observed => {
            recorder.refused("guard-would-refuse", &asked, reason);
            asked.let_through();
        }
        Verdict::Launch(image) => {
            recorder.launched();
            let shown = asked.shown_path().display().to_string();
            asked.launch(image, move |launched| tell(&notes, &shown, &launched));
        }
        Verdict::NotThere => asked.refuse(ENOENT),
        Verdict::Refuse(reason) => {
            recorder.refused("guard-refused", &asked, reason);
            asked.refuse(EACCES);
        }
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

fn bytes(environment: &[(OsString, OsString)]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let bytes = |text: &OsString| text.as_bytes().to_vec();
    environment.iter().map(|(name, value)| (bytes(name), bytes(value))).collect()
}
