//! The `mantrap` program: arguments in, an exit code out. The only crate that knows everyone.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod destination;
mod environment;
#[cfg(target_os = "linux")]
mod homes;
mod output;
#[cfg(unix)]
mod progress;
#[cfg(target_os = "linux")]
mod session;

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use cli::{Cli, Command, Lock};
use environment::Environment;

/// A failed write, or anything else that is nobody's mistake on the command line.
const FAILED: u8 = 1;
/// The command line, or a file that it names, cannot be used.
const USAGE: u8 = 2;

/// Why a command ended without a report.
#[derive(Debug)]
enum Failure {
    /// The reader can mend the command line or a file that it names.
    Usage(anyhow::Error),
    /// Something else went wrong.
    Other(anyhow::Error),
    /// A refusal with an exit code of its own.
    Refused(u8, anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Other(error)
    }
}

impl Failure {
    /// Says it on standard error, and what the exit code is.
    fn tell(&self) -> u8 {
        eprintln!("error: {}", mantrap_scan::excerpt::visible_lines(&self.to_string()));
        match self {
            Failure::Usage(_) => USAGE,
            Failure::Other(_) => FAILED,
            Failure::Refused(code, _) => *code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Failure::Usage(error) | Failure::Other(error) | Failure::Refused(_, error)) = self;
        write!(formatter, "{error:#}")
    }
}

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if let Some(code) =
        mantrap_jail::enter_if_asked().or_else(mantrap_jail::guard::stand_in_if_asked).or_else(prepare_jail)
    {
        return code;
    }
    let cli = match Cli::read(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell when this fails.
            let _ = error.print();
            #[cfg(target_os = "linux")]
            if error.use_stderr() && std::env::args_os().nth(1).is_some_and(|word| word == "run") {
                commands::run::refuse_words(&error);
            }
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let environment = Environment::read();
    match on_a_known_stack(|| carry_out(cli.command, cli.color, environment)) {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has seen enough (`mantrap rules | head`).
        Err(Failure::Other(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.tell()),
    }
}

/// Does what one of the commands asks.
fn carry_out(command: Command, color: cli::When, environment: Environment) -> Result<u8, Failure> {
    match command {
        Command::Audit(options) => commands::audit::run(&options, color, &environment),
        Command::Jail(options) => commands::jail::run(&options, color, &environment),
        Command::Journal { command } => commands::journal::run(&command, color, &environment),
        Command::Policy { command } => commands::policy::run(&command, &environment),
        Command::Approvals { list, watch } => commands::approvals::run(list, watch, &environment),
        Command::Doctor { format } => commands::doctor::run(format, color, &environment),
        #[cfg(target_os = "linux")]
        Command::Run { name } => commands::run::run(&name, &environment.of_a_launch()),
        #[cfg(not(target_os = "linux"))]
        Command::Run { name } => commands::run::run(&name, &environment),
        Command::Guard(options) => commands::guard::run(&options, &environment),
        Command::List { format } => commands::server::list(format, color, &environment),
        Command::Show { name, format } => commands::server::show(&name, format, color, &environment),
        Command::Diff { name, format } => commands::server::diff(&name, format, color, &environment),
        Command::Add(options) => commands::server::add(&options, &environment),
        Command::Approve(options) => commands::server::approve(&options, color, &environment),
        Command::Update(options) => commands::server::update(&options, color, &environment),
        Command::Revoke { name } => commands::server::revoke(&name, &environment),
        Command::Remove { name } => commands::server::remove(&name, &environment),
        Command::Lock { command: Lock::Verify { format } } => {
            commands::server::verify(format, color, &environment)
        }
        Command::Catalogue { command } => commands::catalogue::run(&command, color, &environment),
        Command::Protect(options) => commands::protect::protect(&options, color, &environment),
        Command::Unprotect(options) => commands::protect::unprotect(&options, &environment),
        Command::Export(options) => commands::export::run(&options, &environment),
        Command::Store { command } => commands::store::run(&command, &environment),
        Command::Explain { rule } => commands::rules::explain(&rule, color, &environment),
        Command::Rules { format } => commands::rules::list(format, color, &environment),
        Command::Advisories { command } => commands::advisories::run(&command, color, &environment),
        Command::Completions { shell } => commands::generated::completions(shell),
        Command::Man { directory } => commands::generated::man(&directory),
    }
}

/// Musl tells no more of the first thread's stack than is mapped at the moment, and Cedar refuses to evaluate on so little:
/// there the work is done on a stack whose size is known. It stays the work of this thread, which signals belong to.
#[cfg(target_env = "musl")]
fn on_a_known_stack<T>(work: impl FnOnce() -> T) -> T {
    /// What the first thread has elsewhere. Pages that nothing touches take no memory.
    const STACK: usize = 8 << 20;
    stacker::grow(STACK, work)
}

#[cfg(not(target_env = "musl"))]
fn on_a_known_stack<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// A jail is most likely about to be asked for: part of it is built while the arguments are read.
#[cfg(target_os = "linux")]
fn prepare_jail() -> Option<ExitCode> {
    let word = std::env::args_os().nth(1)?;
    if word == "jail" || word == "run" { mantrap_jail::prepare() } else { None }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(ErrorKind::BrokenPipe)
}
