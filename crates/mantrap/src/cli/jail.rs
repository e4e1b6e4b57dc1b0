//! `mantrap jail` and `mantrap doctor`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::ListFormat;

pub(super) const EXAMPLES: &str = "\
Examples:
  mantrap jail --read . -- node server.js                   this folder, nothing else, no network
  mantrap jail --write . --net api.example.com:443 -- python3 -m my_server
  mantrap jail --explain --profile weather.jail -- node server.js       what would be there
  mantrap jail --profile weather.jail --report report.json -- node server.js
  mantrap jail --learn --write . -- node server.js > weather.jail       propose a profile

A profile file holds one grant per line, written as above without the dashes (read ., net api.example.com:443,
memory 512M); # begins a comment line. Relative paths begin at the file, ~ is your home. docs/jail.md says more.";

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  the command's own; 128 and the signal's number when a signal ended it; and from mantrap
    2  the command line, a profile or a grant cannot be used
  123  a guarantee is missing here and was not waived
  124  the time limit ended it
  125  the jail could not be built or watched
  126  the command cannot be executed
  127  the command does not exist";

pub(super) const DOCTOR_EXIT_CODES: &str = "\
Exit codes:
    0  everything that a jail needs by default holds here
  123  something of it is missing";

/// What a program may do, in words that more than one command has.
#[derive(Debug, Args)]
pub(crate) struct Grants {
    /// Let it read this file or folder
    #[arg(long, value_name = "PATH", help_heading = "Grants", value_hint = ValueHint::AnyPath)]
    pub(crate) read: Vec<PathBuf>,
    /// Let it read, change, create and remove here; nothing in it can be executed
    #[arg(long, value_name = "PATH", help_heading = "Grants", value_hint = ValueHint::AnyPath)]
    pub(crate) write: Vec<PathBuf>,
    /// Let it read and execute here; the command itself is granted already
    #[arg(long, value_name = "PATH", help_heading = "Grants", value_hint = ValueHint::AnyPath)]
    pub(crate) exec: Vec<PathBuf>,
    /// Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows
    /// private addresses
    #[arg(long, value_name = "PEER", help_heading = "Grants", value_hint = ValueHint::Hostname)]
    pub(crate) net: Vec<String>,
    /// Let it connect to this Unix socket
    #[arg(long, value_name = "PATH", help_heading = "Grants", value_hint = ValueHint::FilePath)]
    pub(crate) socket: Vec<PathBuf>,
    /// Set a variable, or pass one on by its name
    #[arg(long, value_name = "NAME[=VALUE]", help_heading = "Grants")]
    pub(crate) env: Vec<std::ffi::OsString>,
    /// Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path
    /// the variable NAME holds it
    #[arg(long, value_name = "SECRET", help_heading = "Grants")]
    pub(crate) secret: Vec<String>,
    /// Leave out the operating system's own programs and libraries
    #[arg(long, help_heading = "Grants")]
    pub(crate) no_system: bool,

    /// Memory of all its processes together, such as 512M or 2G (powers of 1024)
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(crate) memory: Option<String>,
    /// Processes and threads together [default: 512]
    #[arg(long, value_name = "COUNT", help_heading = "Limits")]
    pub(crate) pids: Option<String>,
    /// Processor time; 100% is one processor
    #[arg(long, value_name = "PERCENT", help_heading = "Limits")]
    pub(crate) cpu: Option<String>,
    /// How long it may run, such as 30s or 5m
    #[arg(long, value_name = "TIME", help_heading = "Limits")]
    pub(crate) time: Option<String>,
}

#[derive(Debug, Args)]
#[command(override_usage = "mantrap jail [GRANTS] [OPTIONS] -- COMMAND [ARGUMENTS]...")]
pub(crate) struct Jail {
    #[command(flatten)]
    pub(crate) grants: Grants,
    /// Also grant what this file holds; limits on the command line count instead of its own
    #[arg(long, value_name = "FILE", help_heading = "Grants", value_hint = ValueHint::FilePath)]
    pub(crate) profile: Vec<PathBuf>,

    /// Hold rights back for this long: no connection, no writing to granted files, no further program
    #[arg(long, value_name = "TIME", help_heading = "Limits")]
    pub(crate) probation: Option<String>,
    /// Go without this guarantee if it is missing here; `mantrap doctor` names them
    #[arg(long, value_name = "GUARANTEE", help_heading = "Limits")]
    pub(crate) waive: Vec<String>,

    /// Report what was tried and refused: JSON to a file, readable by you only, or text to standard error with -
    #[arg(long, value_name = "FILE", help_heading = "What to say", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// Say what would be there, and start nothing
    #[arg(long, help_heading = "What to say", conflicts_with_all = ["report", "learn"])]
    pub(crate) explain: bool,
    /// Run with nothing real at stake and propose a profile
    ///
    /// Your files can be read, but not the sensitive ones; what is written goes to a copy that is thrown away; there is
    /// no network but what --net grants.
    #[arg(long, help_heading = "What to say", conflicts_with = "report")]
    pub(crate) learn: bool,
    /// Write the proposed profile to this file instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "What to say", requires = "learn", value_hint = ValueHint::FilePath)]
    pub(crate) profile_out: Option<PathBuf>,
    /// How to print what --explain and --report - say
    #[arg(long, value_enum, default_value = "text", help_heading = "What to say")]
    pub(crate) format: ListFormat,

    /// The command and its arguments, behind --
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<std::ffi::OsString>,
}

pub(super) fn help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_CODES}")
}
