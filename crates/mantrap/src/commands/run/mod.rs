//! `mantrap run NAME`: a name goes in, and what was approved under it runs, in a jail, on record; or nothing does.

mod ancestry;
mod record;
mod refusal;

use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::{Context, anyhow};
use mantrap_jail::{Exit, Report, Signals};
use mantrap_launch::{Denial, Entered, NotEntered, Plan, Policy, Refusal, admit, enter};
use mantrap_mcp::reply::Code;
use rustix::process::Signal;

use super::jail::{NOT_BUILT, outside, refused, status};
use super::server::Desk;
use crate::Failure;
use crate::environment::Environment;
use crate::session::complaints::Complaints;
use crate::session::pump::{Ends, Over, Pump};
use crate::session::{Session, Transparent};
use record::Recorder;

/// It ran and never showed that it speaks MCP.
const NEVER_SPOKE: u8 = 120;
/// What is about to happen could not be recorded.
const NOT_RECORDED: u8 = 122;
/// How long a server has to show that it speaks MCP.
const PROBATION: Duration = Duration::from_secs(30);

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

fn launch(name: &str, environment: &Environment) -> Result<u8, Failure> {
    // Before the first thread, so that every thread blocks them and only the descriptor hears of them.
    let signals = Signals::block(&[Signal::TERM, Signal::INT, Signal::HUP].map(Signal::as_raw));
    let signals = signals.context("signals cannot be received").map_err(not_built)?;
    let mut desk = Desk::open(environment)?;
    let located = desk.find(name)?;
    let values = desk.values(&located);
    let plan = desk.plan(&located, &values).map_err(super::server::refused)?;
    let recorder = Recorder::open(environment)?;
    let permit = admit(plan, &desk.approvals, &Approved, &recorder).map_err(not_admitted)?;
    drop(desk);

    let intent = permit.admission().intent;
    let (standard, ends) = pipes().context("no pipes can be made").map_err(not_built)?;
    let entered = match enter(permit, &outside(environment)?, Vec::new(), standard) {
        Ok(entered) => entered,
        Err(error) => {
            let failure = not_entered(error);
            recorder.not_entered(intent, &failure);
            return Err(failure);
        }
    };
    attend(name, entered, ends, &signals, &recorder)
}

/// Relays until it is over, and records what it came to.
fn attend(
    name: &str,
    entered: Entered,
    ends: Ends,
    signals: &Signals,
    recorder: &Recorder,
) -> Result<u8, Failure> {
    let Entered { jail, admission, warnings } = entered;
    for warning in warnings {
        eprintln!("mantrap: warning: {}", mantrap_scan::excerpt::visible(&warning));
    }
    let mut judge = Transparent;
    let mut session = Session::new(&mut judge);
    let complaints = Complaints::of(name);
    let mut pump = Pump { session: &mut session, ends, signals, complaints, probation: PROBATION };
    let over = pump.run(&jail);
    if over.is_err() {
        jail.kill();
    }
    let report = jail.wait().context("the jail could not be watched").map_err(not_built)?;
    let over = over.context("the session could not be relayed").map_err(not_built)?;
    let told = ended(name, over, &report);
    let flushed = pump.finish(if over == Over::NeverSpoke { Code::TimedOut } else { Code::Gone }, &told);
    let recorded = recorder.outcome(&record::Course { admission, report: &report, over, session: &session });
    if matches!(over, Over::NeverSpoke | Over::NeverAsked | Over::NotReleased) || !session.is_trusted() {
        eprintln!("mantrap: {told}");
    }
    flushed.context("the last answers could not be written").map_err(Failure::Other)?;
    recorded?;
    Ok(match over {
        Over::Server => status(report.exit),
        Over::Client => 0,
        Over::NeverSpoke => NEVER_SPOKE,
        Over::NeverAsked | Over::NotReleased => NOT_BUILT,
    })
}

/// The end in one sentence, for whoever still waits for an answer.
fn ended(name: &str, over: Over, report: &Report) -> String {
    let how = match report.exit {
        Exit::Code(code) => format!("ended with exit code {code}"),
        Exit::Signal(signal) => format!("was ended by signal {signal}"),
        Exit::TimedOut => "was ended by its time limit".to_owned(),
        Exit::OutOfMemory => "was ended by its memory limit".to_owned(),
        Exit::Killed => "was ended".to_owned(),
    };
    match over {
        Over::NeverSpoke => format!("`{name}` ran and never spoke MCP, so it was ended"),
        Over::NeverAsked => format!("nobody asked `{name}` anything, so it was ended"),
        Over::NotReleased => format!("the rights of `{name}` could not be released, so it was ended"),
        Over::Server | Over::Client => format!("`{name}` {how}"),
    }
}

/// Standard input, output and error of the server, and our ends of them.
fn pipes() -> std::io::Result<([OwnedFd; 3], Ends)> {
    let (input, server_in) = std::io::pipe()?;
    let (server_out, output) = std::io::pipe()?;
    let (server_err, error) = std::io::pipe()?;
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
        NotEntered::Jail(error) => refused(error),
        NotEntered::Room(error) => Failure::Refused(super::server::NOT_APPROVED, anyhow!("{error}")),
    }
}

fn not_built(error: anyhow::Error) -> Failure {
    Failure::Refused(NOT_BUILT, error)
}
