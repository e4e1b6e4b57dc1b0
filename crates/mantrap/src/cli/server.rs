//! The launch lock: add, approve, list, show and the like.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use mantrap_jail::Guarantee;
use mantrap_launch::lock::Deadline;

use super::ListFormat;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  done; nothing changed; everything may be launched
    2  the command line cannot be used
  121  not what was approved, or a lock or approval that does not count";

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What to call it: lower-case letters, digits, `.`, `_` and `-`
    pub(crate) name: String,
    /// `npm:PACKAGE@VERSION`, `pypi:PACKAGE@VERSION` (the newest without a version), mcpb:FILE, oci:FILE, bin:PATH,
    /// script:PATH, or a name of the catalogue, which is NAME unless it is said
    pub(crate) source: Option<String>,
    /// By what it is run, instead of the first Node.js or Python in PATH: the program itself, not a launcher of it
    #[arg(long, value_name = "PATH", value_hint = ValueHint::ExecutablePath)]
    pub(crate) runtime: Option<PathBuf>,
    /// Which of the package's programs, where it has several
    #[arg(long, value_name = "NAME")]
    pub(crate) program: Option<String>,
    /// A file or folder whose contents are part of the server; any change of them needs a new approval
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) file: Vec<PathBuf>,
    /// A right, in the words of `mantrap jail`: "read /home/me/notes", "net api.example.com:443"
    #[arg(long, value_name = "GRANT")]
    pub(crate) grant: Vec<String>,
    /// Choose a value that the catalogue leaves open: "directory=/home/me/notes"
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Do not start it once, without rights, to see its tools
    #[arg(long)]
    pub(crate) no_probe: bool,
    /// Let code of the package run to install it, in a jail without a network: a source distribution of PyPI that has no
    /// wheel, install scripts of npm
    #[arg(long)]
    pub(crate) allow_build: bool,
    /// The directory it starts in [default: its private, empty home]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
    /// How long it may take to its first answer, from 1s to 600s, where 60 seconds are not enough or too many
    #[arg(long, value_name = "SECONDS")]
    pub(crate) deadline: Option<Deadline>,
    /// A guarantee of the jail that may be missing where it is launched (`mantrap doctor` lists them)
    #[arg(long, value_name = "GUARANTEE")]
    pub(crate) waive: Vec<Guarantee>,
    /// How to print what was added
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ListFormat,
    /// Its arguments, behind --
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The server's name
    pub(crate) name: String,
    /// Choose a value that the lock leaves open
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Approve without a terminal: the digest of exactly what somebody looked at
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: Option<String>,
    /// Sign it too, with an SSH key: a private key, or the public half of one that the agent or a security key has
    #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath, requires = "signer")]
    pub(crate) sign: Option<PathBuf>,
    /// Who signs, as allowed_signers names you: me@example.com
    #[arg(long = "as", value_name = "PRINCIPAL", requires = "sign")]
    pub(crate) signer: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The server's name
    pub(crate) name: String,
    /// The version to get [default: the newest]
    pub(crate) version: Option<String>,
    /// Which of the package's programs, where it has several
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) program: Option<String>,
    /// Let code of the package run to install it, in a jail without a network
    #[arg(long)]
    pub(crate) allow_build: bool,
    /// Replace it without asking; it still has to be approved
    #[arg(long)]
    pub(crate) yes: bool,
    /// How to print the difference
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// Measure every server of every lock, and fail when one may not be launched
    #[command(after_help = EXIT_CODES)]
    Verify {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Catalogue {
    /// List the servers that mantrap knows
    List {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Show what one of them needs
    Show {
        /// Its name, as the list has it
        name: String,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
}
