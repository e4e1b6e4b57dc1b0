//! `mantrap guard`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::Grants;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  the host's own; 128 and the signal's number when a signal ended it; and from mantrap
    2  the command line or the profile cannot be used
  121  a profile that was not approved as it is
  122  the journal cannot be written
  123  something that the guard rests on is missing here
  125  the host could not be watched
  126  the command cannot be executed
  127  the command does not exist";

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "mantrap guard [OPTIONS] -- COMMAND [ARGUMENTS]...\n       mantrap guard learn --profile FILE -- COMMAND [ARGUMENTS]...\n       mantrap guard profile show|approve|diff [FILE]"
)]
pub(crate) struct Guard {
    #[command(subcommand)]
    pub(crate) action: Option<GuardCommand>,
    /// What the host may start; without it guard.json of your configuration directory, or of /etc/mantrap
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) profile: Option<PathBuf>,
    /// Refuse nothing, and record what would be refused
    #[arg(long)]
    pub(crate) observe: bool,
    /// Go without the kernel's own list of programs, on a kernel without Landlock
    #[arg(long)]
    pub(crate) waive_landlock: bool,
    #[command(flatten)]
    pub(crate) grants: Grants,
    /// In a jail, let others connect to this port of the host: PORT for this machine alone, `0.0.0.0:PORT` or `[::]:PORT` for all
    #[arg(long, value_name = "[ADDRESS:]PORT", help_heading = "Grants")]
    pub(crate) listen: Vec<String>,
    /// The host and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuardCommand {
    /// Run the host, refuse nothing, and write what it started as a profile, to be read and approved
    Learn {
        /// The profile; what is in it already stays
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        profile: PathBuf,
        /// The host and its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Look after guard profiles
    Profile {
        #[command(subcommand)]
        command: GuardProfile,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuardProfile {
    /// Show all of a profile
    Show {
        /// The profile
        #[arg(value_hint = ValueHint::FilePath)]
        profile: Option<PathBuf>,
    },
    /// Approve a profile as it is now, after all of it was shown
    Approve {
        /// The profile
        #[arg(value_hint = ValueHint::FilePath)]
        profile: Option<PathBuf>,
        /// Approve without a terminal exactly what has this digest
        #[arg(long)]
        digest: Option<String>,
    },
    /// Show what changed since a profile was approved
    Diff {
        /// The profile
        #[arg(value_hint = ValueHint::FilePath)]
        profile: Option<PathBuf>,
    },
}
