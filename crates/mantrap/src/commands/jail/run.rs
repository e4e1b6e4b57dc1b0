//! One run: start, hand on signals, end probation, wait, and turn the end into a status.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use mantrap_jail::{Act, Attempt, Exit, Jail, Missing, Report, Right, Signals, Span};
use mantrap_launch::room::{Composed, SYSTEM};
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};

use super::NOT_EXECUTABLE;
use crate::cli::{self, ListFormat, When};
use crate::environment::Environment;
use crate::output::jail::report as rendered;
use crate::output::json_bytes;
use crate::output::text::Paint;
use crate::{Failure, destination};

/// A guarantee is missing and not waived.
pub(in crate::commands) const MISSING: u8 = 123;
/// The time limit ended it (as with timeout(1)).
const TIMED_OUT: u8 = 124;
/// The jail could not be built or watched.
pub(in crate::commands) const NOT_BUILT: u8 = 125;
/// What a shell adds to the number of a signal.
const BY_SIGNAL: i32 = 128;
/// The signal by which the kernel and mantrap end what must end (signal(7)).
const SIGKILL: i32 = 9;

/// What is handed on to the command (signal(7); WINCH has no other meaning to mantrap).
const HANDED_ON: [i32; 7] = [
    rustix::process::Signal::HUP.as_raw(),
    rustix::process::Signal::INT.as_raw(),
    rustix::process::Signal::QUIT.as_raw(),
    rustix::process::Signal::TERM.as_raw(),
    rustix::process::Signal::USR1.as_raw(),
    rustix::process::Signal::USR2.as_raw(),
    rustix::process::Signal::WINCH.as_raw(),
];

/// A run that is over.
pub(super) struct Ended {
    pub(super) report: Report,
    /// mantrap's own exit code.
    pub(super) code: u8,
    pub(super) profile: mantrap_jail::Profile,
}

/// Runs what was composed to its end.
pub(super) fn run(
    composed: Composed,
    probation: Option<Span>,
    color: When,
    environment: &Environment,
) -> Result<Ended, Failure> {
    let paint = paint(color, environment);
    for warning in &composed.warnings {
        say(paint, "warning", warning);
    }
    let failed = |error: anyhow::Error| Failure::Refused(NOT_BUILT, error);
    // Before the first thread, so that every thread blocks them and only the descriptor hears of them.
    let signals = Signals::block(&HANDED_ON).context("signals cannot be received").map_err(failed)?;
    let stdio = standard().context("standard input and output cannot be handed on").map_err(failed)?;
    let profile = composed.profile;
    let jail = Jail::start(&profile, stdio).map_err(refused)?;
    for Missing { guarantee, why, remedy } in jail.missing() {
        say(
            paint,
            "waived",
            &format!("{guarantee}: {} does not hold here, because {why}; {remedy}", guarantee.promise()),
        );
    }
    let report =
        attend(jail, &signals, probation).context("the jail could not be watched").map_err(failed)?;
    let code = status(report.exit);
    Ok(Ended { report, code, profile })
}

/// Hands on signals and ends probation while the command runs.
fn attend(jail: Jail, signals: &Signals, probation: Option<Span>) -> anyhow::Result<Report> {
    let watched = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&watched, signals, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
    let mut over = probation.map(|span| after(span.0)).transpose()?;
    if let Some(over) = &over {
        epoll::add(&watched, over, epoll::EventData::new_u64(1), epoll::EventFlags::IN)?;
    }
    while !jail.wait_or(&watched)? {
        while let Some(signal) = signals.next()? {
            // The command may have ended just now.
            let _ = jail.signal(signal);
        }
        let mut ready = [PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN); 1].to_vec();
        ready.extend(over.as_ref().map(|over| PollFd::new(over, PollFlags::IN)));
        poll(&mut ready, Some(&Timespec::default()))?;
        if ready.get(1).is_some_and(|over| !over.revents().is_empty()) {
            let _ = jail.release();
            // Closing it takes it out of what is watched.
            over = None;
        }
    }
    Ok(jail.wait()?)
}

/// A descriptor that is readable after this time.
fn after(span: Duration) -> std::io::Result<std::io::PipeReader> {
    let (over, open) = std::io::pipe()?;
    thread::Builder::new().stack_size(64 * 1024).spawn(move || {
        thread::sleep(span);
        drop(open);
    })?;
    Ok(over)
}

/// Standard input, output and error of this process.
pub(in crate::commands) fn standard() -> std::io::Result<[OwnedFd; 3]> {
    Ok([
        std::io::stdin().as_fd().try_clone_to_owned()?,
        std::io::stdout().as_fd().try_clone_to_owned()?,
        std::io::stderr().as_fd().try_clone_to_owned()?,
    ])
}

/// Why nothing was started, what to do about it, and the documented code.
pub(in crate::commands) fn refused(error: mantrap_jail::Error) -> Failure {
    let code = match &error {
        mantrap_jail::Error::Lacking(_) => MISSING,
        mantrap_jail::Error::Execute { .. } => NOT_EXECUTABLE,
        _ => NOT_BUILT,
    };
    let remedy = error.remedy();
    let error = match remedy {
        Some(remedy) => anyhow::anyhow!("{}; {remedy}", error.chain()),
        None => anyhow::Error::from(error),
    };
    Failure::Refused(code, error)
}

/// The documented exit code of an end.
pub(in crate::commands) fn status(exit: Exit) -> u8 {
    let number = match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => BY_SIGNAL + signal,
        Exit::TimedOut => i32::from(TIMED_OUT),
        Exit::OutOfMemory | Exit::Killed => BY_SIGNAL + SIGKILL,
    };
    u8::try_from(number & 0xff).unwrap_or(u8::MAX)
}

/// Writes the report that was asked for; without one, only an end that nobody else explains is told.
pub(super) fn report(
    ended: &Ended,
    options: &cli::Jail,
    color: When,
    environment: &Environment,
) -> Result<(), Failure> {
    let paint = paint(color, environment);
    let name = ended.profile.program.file_name().unwrap_or_default().to_string_lossy();
    match options.report.as_deref() {
        Some(path) if path != Path::new("-") => {
            destination::write(path, &json_bytes(&rendered::json(&ended.report, &ended.profile)))?;
        }
        Some(_) if options.format == ListFormat::Json => {
            eprint!(
                "{}",
                String::from_utf8_lossy(&json_bytes(&rendered::json(&ended.report, &ended.profile)))
            );
        }
        Some(_) => eprint!("{}", rendered::text(&ended.report, &name, paint, environment.width)),
        None => {}
    }
    match ended.report.exit {
        Exit::TimedOut => say(paint, "ended", "the time limit ended it"),
        Exit::OutOfMemory => say(paint, "ended", "the memory limit ended it; --memory raises it"),
        Exit::Code(code) if code != 0 && options.report.is_none() => hint(ended, paint),
        _ => {}
    }
    Ok(())
}

/// A command that failed for want of a grant rarely says so.
fn hint(ended: &Ended, paint: Paint) {
    let here = std::env::current_dir().unwrap_or_default();
    let is_there = |real: &Path| {
        ended.profile.view.iter().any(|view| real.starts_with(&view.path))
            || SYSTEM.iter().any(|place| real.starts_with(place))
    };
    let words = ended.profile.arguments.iter().skip(1);
    for path in words.flat_map(|word| super::learn::named(word, &here)) {
        let Ok(real) = path.canonicalize() else { continue };
        if !is_there(&real) && real != Path::new("/") && real != here {
            say(paint, "hint", &format!("`{}` is not granted; --read would grant it", path.display()));
            return;
        }
    }
    let attempts = &ended.report.attempts;
    let unknown = |attempt: &&Attempt| attempt.act == Act::Resolve && attempt.reason.contains("not granted");
    if let Some(name) = attempts.iter().find(unknown) {
        let name = name.target.split(':').next().unwrap_or_default();
        say(paint, "hint", &format!("`{name}` is not granted; --net {name}:PORT would grant it"));
    } else if !attempts.is_empty() {
        let count = attempts.len();
        say(paint, "hint", &format!("{count} kinds of attempts were refused; --report - lists them"));
    }
}

/// The writable grant that `path` lies in: a report there could be redirected by what it is about.
pub(super) fn writable_inside<'a>(path: &Path, composed: &'a Composed) -> Option<&'a Path> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = parent.canonicalize().ok()?;
    let views = composed.profile.view.iter().filter(|view| view.right == Right::Write);
    views.map(|view| view.path.as_path()).find(|view| parent.starts_with(view))
}

fn paint(color: When, environment: &Environment) -> Paint {
    Paint(match color {
        When::Always => true,
        When::Never => false,
        When::Auto => environment.stderr_is_terminal && environment.may_color(),
    })
}

/// One line on standard error, which the command uses too.
fn say(paint: Paint, word: &str, text: &str) {
    let lead = paint.bold(&format!("mantrap: {word}:"));
    eprintln!("{lead} {}", mantrap_scan::excerpt::visible(text));
}
