//! `mantrap audit` and what belongs to it: rules, advisories.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use mantrap_clients::discover::Os;
use mantrap_scan::Persona;

use super::ListFormat;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
   0  nothing found
   2  the command line, or a file it names, cannot be used
   3  nothing to look at: no client config and no known package
   4  something could not be analysed, and nothing worse was found
  11  the worst finding is low
  12  the worst finding is medium
  13  the worst finding is high
  14  the worst finding is critical
  --no-exit-codes turns 3 to 14 into 0. A failed write is 1.";

pub(super) const EXAMPLES: &str = "\
Examples:
  mantrap audit                              this user on this machine
  mantrap audit .                            this repository, as a client would open it
  mantrap audit server.mcpb                  one file, before it is installed
  wl-paste | mantrap audit -                 a config that a page wants you to paste
  mantrap audit --all-users --processes      every account, and what is running
  mantrap audit --root /mnt/disk --os windows    a mounted disk of another system
  mantrap audit . --format sarif --output mantrap.sarif --no-exit-codes    for code scanning
  mantrap audit --format html --output report.html    one file to send to somebody
  mantrap audit . --format json > seen.json; mantrap audit . --baseline seen.json    only what is new
  mantrap audit . --cache ~/.cache/mantrap   a large repository, again and again
  mantrap audit . --diff origin/main         only what this branch brings in";

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// A repository, folder or file, or - for standard input; without it, this user on this machine
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) path: Option<PathBuf>,

    /// The home directory to look into, instead of this user's
    #[arg(long, value_name = "DIR", help_heading = "What to look at", conflicts_with_all = ["path", "all_users"])]
    pub(crate) home: Option<PathBuf>,
    /// A mounted disk or unpacked container to look into; links are followed inside it
    #[arg(long, value_name = "DIR", help_heading = "What to look at", conflicts_with = "path")]
    pub(crate) root: Option<PathBuf>,
    /// The system whose paths are looked at [default: this one]
    #[arg(long, value_enum, help_heading = "What to look at")]
    pub(crate) os: Option<System>,
    /// Look into every account's home that can be read
    #[arg(long, help_heading = "What to look at", conflicts_with = "path")]
    pub(crate) all_users: bool,
    /// Also look at running processes, reading only
    #[arg(long, help_heading = "What to look at")]
    pub(crate) processes: bool,
    /// Use the advisories of this directory instead of the compiled-in ones
    #[arg(long, value_name = "DIR", help_heading = "What to look at", value_hint = ValueHint::DirPath)]
    pub(crate) advisories: Option<PathBuf>,
    /// Keep what is read of source code in this folder of yours, outside of PATH, and read only what changed the next time
    #[arg(long, value_name = "DIR", help_heading = "What to look at", requires = "path", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,

    /// How to print the report
    #[arg(long, value_enum, default_value = "text", help_heading = "What to say")]
    pub(crate) format: Format,
    /// Write the report to this file, in one step and readable by you only
    #[arg(long, short, value_name = "FILE", help_heading = "What to say", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Who reads the report: each persona also sees what the ones before it see
    #[arg(long, value_enum, default_value = "regular", help_heading = "What to say")]
    pub(crate) persona: Reader,
    /// Also list every server and every place that was looked at
    #[arg(long, short, help_heading = "What to say")]
    pub(crate) verbose: bool,

    /// Leave out what this earlier JSON report already holds
    #[arg(long, value_name = "FILE", help_heading = "What to leave out", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Leave out what was there before the change on top of this branch, tag or commit: for pull requests
    #[arg(long, value_name = "BASE", help_heading = "What to leave out", requires = "path")]
    pub(crate) diff: Option<String>,
    /// The file of exceptions [default: PATH/mantrap.toml, or mantrap/mantrap.toml in your config directory]
    #[arg(long, value_name = "FILE", help_heading = "What to leave out", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Count no exceptions: neither mantrap.toml nor comments beside entries. For files that are not yours
    #[arg(long, help_heading = "What to leave out", conflicts_with = "config")]
    pub(crate) no_ignores: bool,
    /// Exit with 0 whatever is found
    #[arg(long, help_heading = "What to leave out")]
    pub(crate) no_exit_codes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Advisories {
    /// List what the audit knows
    List {
        /// A directory of advisories, instead of the compiled-in ones
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        advisories: Option<PathBuf>,
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Fetch newer advisories from an OSV-compatible API into a directory
    ///
    /// This is the only command that uses a network. It asks about the known products and nothing else, and says
    /// nothing about this machine. Malformed or truncated data changes nothing. Use the result with
    /// `mantrap audit --advisories DIR`.
    Update {
        /// Where to keep them
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        into: PathBuf,
        /// The API
        #[arg(long, value_name = "URL", default_value = "https://api.osv.dev")]
        url: String,
        /// Give up on a request after this many seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
        timeout: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For programs: schema mantrap-audit/1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// One self-contained page
    Html,
    /// Markdown, for pull requests and job summaries
    Md,
    /// CycloneDX 1.6 JSON, the inventory
    Cyclonedx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// Linux
    Linux,
    /// macOS
    Macos,
    /// Windows
    Windows,
}

impl From<System> for Os {
    fn from(system: System) -> Os {
        match system {
            System::Linux => Os::Linux,
            System::Macos => Os::Macos,
            System::Windows => Os::Windows,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    /// Everybody: few findings, and worth acting on
    Regular,
    /// Who wants a clean configuration
    Pedantic,
    /// Who is paid to look at everything
    Auditor,
}

impl From<Reader> for Persona {
    fn from(reader: Reader) -> Persona {
        match reader {
            Reader::Regular => Persona::Regular,
            Reader::Pedantic => Persona::Pedantic,
            Reader::Auditor => Persona::Auditor,
        }
    }
}

pub(super) fn help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_CODES}")
}
