//! `mantrap run NAME`: a name goes in, and what was approved under it runs, in a jail, on record; or nothing does.

pub(super) mod ancestry;
mod crashes;
mod record;
mod refusal;
mod running;

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use anyhow::{Context, anyhow};
use mantrap_jail::{Error, Exit, Missing, Report, Signals, give_back};
use mantrap_launch::lock::Deadline;
use mantrap_launch::scope::Places;
use mantrap_launch::{Denial, Entered, NotEntered, Plan, Policy, Refusal, admit, enter};
use mantrap_mcp::reply::Code;
use mantrap_policy::cedar::Who;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use super::jail::{MISSING, NOT_BUILT, outside, refused, status};
use super::server::Desk;
use crate::Failure;
use crate::environment::Environment;
use crate::session::complaints::Complaints;
use crate::session::policed::shown::Shown;
use crate::session::policed::{self, Policed};
use crate::session::pump::{Ends, Over, Pump};
use crate::session::{Session, UNSPOKEN};
use crashes::{Before, Crashes};
use record::Recorder;
pub(crate) use running::{Ended, end_all, trees};

/// It ended by itself too often.
const CRASHES: u8 = 119;
/// It ran and never showed that it speaks MCP.
const NEVER_SPOKE: u8 = 120;
/// What is about to happen could not be recorded.
const NOT_RECORDED: u8 = 122;
/// Bytes that a pipe to or from the server holds.
const PIPE: usize = 256 << 10;
/// A server that ran for longer does not crash in a loop.
const LOOP: Duration = Duration::from_secs(60);

/// Runs the server of this name for whoever is at the other end of standard input and output.
pub(crate) fn run(name: &str, environment: &Environment) -> Result<u8, Failure> {
    let failure = match launch(name, environment) {
        Err(failure) if !environment.stdin_is_terminal => failure,
        done => return done,
    };
    // A person reads it now; a host asks first and shows what it is answered.
    let code = failure.tell();
    refusal::answer(&format!("mantrap does not run `{name}`: {failure}"));
    Ok(code)
}

/// Refuses a command line that begins as one of ours and is none, for whoever asks at the other end of standard input.
pub(crate) fn refuse_words(error: &clap::Error) {
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        refusal::answer(&format!(
            "mantrap does not run this: {first}; write `mantrap run NAME` and nothing else"
        ));
    }
}

fn launch(name: &str, environment: &Environment) -> Result<u8, Failure> {
    // Before the first thread, so that every thread blocks them and only the descriptor hears of them.
    let signals = Signals::block(&[Signal::TERM, Signal::INT, Signal::HUP].map(Signal::as_raw));
    let signals = signals.context("signals cannot be received").map_err(not_built)?;
    let mut desk = Desk::open(environment)?;
    let places = desk.places.clone();
    let located = desk.find(name)?;
    let state = environment.state().ok_or_else(super::server::no_home)?;
    let crashes = Crashes::of(&located.name, &state, environment.now);
    hold_back(&crashes, &signals)?;
    let values = desk.values(&located);
    let plan = desk.plan(&located, &values).map_err(super::server::refused)?;
    let recorder = Recorder::open(environment)?;
    let verdicts = recorder.of_session();
    let judge = Policed::open(&located, policing(&places, &recorder, environment)?, &verdicts);
    let mut judge = judge.map_err(super::server::refused)?;
    let deadline = located.entry.deadline.unwrap_or(Deadline::USUAL);
    let permit = admit(plan, &desk.approvals, &Approved, &recorder).map_err(not_admitted)?;
    let intent = permit.admission().intent;
    // Whoever revoked it before the intent was on record could not have seen this launch.
    if let Err(failure) = desk.still_approves(permit.plan(), environment) {
        recorder.not_entered(intent, &failure);
        return Err(failure);
    }
    drop(desk);
    let (standard, ends) = pipes().context("no pipes can be made").map_err(not_built)?;
    let entered = match enter(permit, &outside(environment)?, standard) {
        Ok(entered) => entered,
        Err(error) => {
            let failure = not_entered(error);
            recorder.not_entered(intent, &failure);
            return Err(failure);
        }
    };
    verdicts.belong_to(intent);
    // The server needs longer than this to say its first word.
    give_back();
    let launched = Launched { name, deadline, entered, ends };
    let done = attend(launched, &signals, &recorder, &crashes, &mut judge);
    judge.close();
    done
}

/// Where the session's judge finds and leaves things.
fn policing<'a>(
    places: &'a Places,
    recorder: &Recorder,
    environment: &Environment,
) -> Result<policed::Desk<'a>, Failure> {
    let (queue, consents) =
        environment.questions().zip(environment.consents()).ok_or_else(super::server::no_home)?;
    let shown = Shown::beneath(&environment.state().ok_or_else(super::server::no_home)?);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let who = Who {
        user: text(recorder.user()),
        client: text(recorder.program()),
        session: std::process::id().to_string(),
    };
    Ok(policed::Desk { places, queue, consents, shown, who, now: environment.now })
}

/// A server that runs, and has said nothing yet.
struct Launched<'a> {
    name: &'a str,
    deadline: Deadline,
    entered: Entered,
    ends: Ends,
}

/// Relays until it is over, and records what it came to.
fn attend(
    Launched { name, deadline, entered, ends }: Launched<'_>,
    signals: &Signals,
    recorder: &Recorder,
    crashes: &Crashes,
    judge: &mut Policed<'_>,
) -> Result<u8, Failure> {
    let Entered { jail, admission, warnings } = entered;
    for warning in warnings {
        eprintln!("mantrap: warning: {}", mantrap_scan::excerpt::visible(&warning));
    }
    for Missing { guarantee, why, .. } in jail.missing() {
        eprintln!("mantrap: warning: `{name}` runs without `{guarantee}`, as was approved: {why}");
    }
    let mut session = Session::new(judge);
    let complaints = Complaints::of(name);
    let mut pump = Pump::new(&mut session, ends, signals, complaints, deadline.span());
    let over = pump.run(&jail);
    if over.is_err() {
        jail.kill();
    }
    let report = jail.wait().context("the jail could not be watched").map_err(not_built)?;
    let over = over.context("the session could not be relayed").map_err(not_built)?;
    let told = ended(name, over, &report, deadline);
    let code = if matches!(over, Over::NeverSpoke | Over::Babbled) { Code::TimedOut } else { Code::Gone };
    let flushed = pump.finish(code, &told);
    remember(crashes, over, &report, pump.session.is_trusted());
    let recorded =
        recorder.outcome(&record::Course { admission, report: &report, over, deadline, session: &session });
    if !session.is_trusted() || over == Over::NotReleased {
        eprintln!("mantrap: {told}");
    }
    flushed.context("the last answers could not be written").map_err(Failure::Other)?;
    recorded?;
    Ok(match over {
        Over::Server => status(report.exit),
        Over::Client => 0,
        Over::NeverSpoke | Over::Babbled => NEVER_SPOKE,
        Over::NeverAsked | Over::NotReleased => NOT_BUILT,
    })
}

/// Counts a crash, or forgets the earlier ones after a session that was none. A server that ran for long is in no loop.
fn remember(crashes: &Crashes, over: Over, report: &Report, is_trusted: bool) {
    let done = match over {
        Over::Client if is_trusted => crashes.forget(),
        Over::Client | Over::NeverAsked | Over::NotReleased => Ok(()),
        Over::Server if is_trusted && (report.exit == Exit::Code(0) || report.wall > LOOP) => {
            crashes.forget()
        }
        Over::Server | Over::NeverSpoke | Over::Babbled => crashes.add(crate::environment::now()),
    };
    if let Err(error) = done {
        let path = crashes.path().display();
        eprintln!("mantrap: warning: `{path}` cannot be changed, so a crash loop is not noticed: {error}");
    }
}

/// The end in one sentence, for whoever still waits for an answer.
fn ended(name: &str, over: Over, report: &Report, deadline: Deadline) -> String {
    let how = match report.exit {
        Exit::Code(code) => format!("ended with exit code {code}"),
        Exit::Signal(signal) => format!("was ended by signal {signal}"),
        Exit::TimedOut => "was ended by its time limit".to_owned(),
        Exit::OutOfMemory => "was ended by its memory limit".to_owned(),
        Exit::Killed => "was ended".to_owned(),
    };
    match over {
        Over::NeverSpoke => {
            let used = report.usage.user.saturating_add(report.usage.system).as_secs_f64();
            format!(
                "`{name}` ran and did not speak MCP within {} s (it used {used:.1} s of processor time), so it was ended; \
                 where it needs longer, `deadline` of its entry says so",
                deadline.span().as_secs()
            )
        }
        Over::Babbled => {
            format!("`{name}` ran and wrote {} MiB that are no MCP, so it was ended", UNSPOKEN >> 20)
        }
        Over::NeverAsked => format!("nobody asked `{name}` anything, so it was ended"),
        Over::NotReleased => format!("the rights of `{name}` could not be released, so it was ended"),
        Over::Server | Over::Client => format!("`{name}` {how}"),
    }
}

/// A start after crashes waits, or is refused for a while.
fn hold_back(crashes: &Crashes, signals: &Signals) -> Result<(), Failure> {
    match crashes.before() {
        Before::Wait(Duration::ZERO) => Ok(()),
        Before::Wait(wait) => {
            let count = crashes.count();
            eprintln!("mantrap: note: it ended by itself {count} times within minutes; starting in {wait:?}");
            let wait = Timespec::try_from(wait).unwrap_or_default();
            match poll(&mut [PollFd::new(signals, PollFlags::IN)], Some(&wait)) {
                Ok(0) | Err(_) => Ok(()),
                Ok(_) => Err(not_built(anyhow!("mantrap was told to end before it started anything"))),
            }
        }
        Before::Refuse(seconds) => Err(Failure::Refused(
            CRASHES,
            anyhow!(
                "it ended by itself {} times within ten minutes, so it is started again in {seconds} seconds; to start it \
                 now, remove `{}`",
                crashes.count(),
                crashes.path().display()
            ),
        )),
    }
}

/// Standard input, output and error of the server, and our ends of them.
fn pipes() -> std::io::Result<([OwnedFd; 3], Ends)> {
    let (input, server_in) = std::io::pipe()?;
    let (server_out, output) = std::io::pipe()?;
    let (server_err, error) = std::io::pipe()?;
    // Large results come and go in fewer pieces. Where the user has too many pipes already, they stay small.
    for end in [&server_in.as_fd(), &server_out.as_fd()] {
        let _ = rustix::pipe::fcntl_setpipe_size(end, PIPE);
    }
    let ends = Ends {
        server_in: Some(server_in.into()),
        server_out: Some(server_out.into()),
        server_err: Some(server_err.into()),
    };
    Ok(([input.into(), output.into(), error.into()], ends))
}

/// What was approved may run: the lock is the only policy so far.
struct Approved;

impl Policy for Approved {
    fn judge(&self, _: &Plan) -> Result<Vec<String>, Denial> {
        Ok(vec!["approved".to_owned()])
    }
}

fn not_admitted(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NotRecorded(_) => Failure::Refused(NOT_RECORDED, refusal.into()),
        _ => super::server::refused(refusal),
    }
}

fn not_entered(error: NotEntered) -> Failure {
    match error {
        // What helps elsewhere, an option of `mantrap jail`, is none here.
        NotEntered::Jail(Error::Lacking(missing)) => {
            let Missing { guarantee, why, remedy } = missing;
            let text = format!(
                "this system cannot give the guarantee `{guarantee}`: {why}; {remedy}, or have its entry waive it \
                 (`waivers`) and approve that"
            );
            Failure::Refused(MISSING, anyhow!(text))
        }
        NotEntered::Jail(error) => refused(error),
        NotEntered::Room(error) => Failure::Refused(super::server::NOT_APPROVED, anyhow!("{error}")),
    }
}

fn not_built(error: anyhow::Error) -> Failure {
    Failure::Refused(NOT_BUILT, error)
}
