//! What may stand on the command line, and its help.

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use mantrap_clients::discover::Os;
use mantrap_scan::Persona;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
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

const JAIL_EXAMPLES: &str = "\
Examples:
  mantrap jail --read . -- node server.js                   this folder, nothing else, no network
  mantrap jail --write . --net api.example.com:443 -- python3 -m my_server
  mantrap jail --explain --profile weather.jail -- node server.js       what would be there
  mantrap jail --profile weather.jail --report report.json -- node server.js
  mantrap jail --learn --write . -- node server.js > weather.jail       propose a profile

A profile file holds one grant per line, written as above without the dashes (read ., net api.example.com:443,
memory 512M); # begins a comment line. Relative paths begin at the file, ~ is your home. docs/jail.md says more.";

const JAIL_EXIT_CODES: &str = "\
Exit codes:
  the command's own; 128 and the signal's number when a signal ended it; and from mantrap
    2  the command line, a profile or a grant cannot be used
  123  a guarantee is missing here and was not waived
  124  the time limit ended it
  125  the jail could not be built or watched
  126  the command cannot be executed
  127  the command does not exist";

const DOCTOR_EXIT_CODES: &str = "\
Exit codes:
    0  everything that a jail needs by default holds here
  123  something of it is missing";

const SERVER_EXIT_CODES: &str = "\
Exit codes:
    0  done; nothing changed; everything may be launched
    2  the command line cannot be used
  121  not what was approved, or a lock or approval that does not count";

const JOURNAL_EXIT_CODES: &str = "\
Exit codes:
   0  done; with verify: everything holds
   1  the journal could not be read, or the answer not be written
   2  the command line, or a file it names, cannot be used
   3  there is no journal
  10  something does not hold: a record was changed, or is gone";

const AUDIT_EXAMPLES: &str = "\
Examples:
  mantrap audit                              this user on this machine
  mantrap audit .                            this repository, as a client would open it
  mantrap audit server.mcpb                  one file, before it is installed
  wl-paste | mantrap audit -                 a config that a page wants you to paste
  mantrap audit --all-users --processes      every account, and what is running
  mantrap audit --root /mnt/disk --os windows    a mounted disk of another system
  mantrap audit . --format sarif --output mantrap.sarif --no-exit-codes    for code scanning
  mantrap audit --format html --output report.html    one file to send to somebody
  mantrap audit . --format json > seen.json; mantrap audit . --baseline seen.json    only what is new";

/// Two locked doors between an MCP configuration and the operating system
///
/// An MCP client starts whatever command its configuration names, with your whole authority, before one byte of MCP
/// is exchanged. mantrap finds every such command and says which ones to worry about.
#[derive(Debug, Parser)]
#[command(name = "mantrap", version, styles = STYLES, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find every MCP server that a machine, a repository or a product would start, and triage it
    ///
    /// Nothing that is found is executed, no variable is expanded by a shell, and no network is used. The only file
    /// that is written is the one that --output names.
    ///
    /// Without PATH the clients of this user on this machine are looked at: about a hundred of them, in every place
    /// where they keep servers. With PATH a folder is walked as a repository, and a file is
    /// looked at before it is installed: a config of any client, a bundle (.mcpb, .dxt), a lock file, a container image
    /// archive. With - a config is read from standard input. Installed and locked packages are
    /// compared with the advisories that are compiled in.
    #[command(after_help = EXIT_CODES, after_long_help = const_format_help())]
    Audit(Box<Audit>),
    /// Run a command in a room of its own: only what is granted is there
    ///
    /// Nothing is there unless granted: no file of yours, no other process, no network, no socket, no device but null,
    /// zero, full and urandom. The operating system's programs and libraries can be read and executed; /tmp and the
    /// home are private, empty and gone at the end. What the command tries beyond its grants fails and can be reported.
    ///
    /// If this machine lacks something that a guarantee needs, nothing is started. `mantrap doctor` says what and how to
    /// mend it; --waive goes without it, by name, and says so at every start.
    #[command(after_help = JAIL_EXIT_CODES, after_long_help = jail_help())]
    Jail(Box<Jail>),
    /// Say which guarantees of the jail hold on this machine, and how to mend the others
    ///
    /// Tries forbidden acts in a throwaway jail. Nothing outside is changed.
    #[command(after_help = DOCTOR_EXIT_CODES)]
    Doctor {
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// List the servers of every lock, and whether they may be launched
    List {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Show all of one server: what it executes, with which rights, and what to look at twice
    Show {
        /// The server's name
        name: String,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Show everything that changed since a server was approved
    #[command(after_help = SERVER_EXIT_CODES)]
    Diff {
        /// The server's name
        name: String,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Put a program or script of this machine into your lock, to be approved
    ///
    /// Nothing is started. The server is pending until somebody approves exactly this; with --format json what is
    /// printed holds the digest that `mantrap approve NAME --digest D` takes.
    #[command(override_usage = "mantrap add [OPTIONS] <NAME> <SOURCE> [-- ARGUMENTS...]")]
    Add(Box<Add>),
    /// Approve a server as it is now, after everything was shown
    ///
    /// An approval is good for exactly this: any change of the entry, of a file that it names, of its runtime or of a
    /// value means that it is not launched until it is approved again.
    #[command(after_help = SERVER_EXIT_CODES)]
    Approve(Approve),
    /// Measure a server anew and write what is there into its lock, to be approved again
    Update {
        /// The server's name
        name: String,
    },
    /// Take an approval back, also one by a signature or by the system
    Revoke {
        /// The server's name
        name: String,
    },
    /// Remove a server from its lock
    Remove {
        /// The server's name
        name: String,
    },
    /// Look after the locks themselves
    Lock {
        #[command(subcommand)]
        command: Lock,
    },
    /// Read, verify and prove what mantrap has recorded
    ///
    /// Every launch is recorded before it happens and again when it is over, in a transparency log of this user's own: a
    /// record that was changed is found by verify, and a record that is gone is found against a checkpoint that was kept
    /// elsewhere. docs/journal.md says more.
    #[command(after_help = JOURNAL_EXIT_CODES)]
    Journal {
        #[command(subcommand)]
        command: Journal,
    },
    /// Say why a rule speaks, how it judges, and what to do
    Explain {
        /// A rule, as findings name it; `mantrap rules` lists them
        rule: String,
    },
    /// List the rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// List the advisories, or fetch newer ones
    Advisories {
        #[command(subcommand)]
        command: Advisories,
    },
    /// Print the completion script of a shell
    ///
    /// For example: mantrap completions bash > ~/.local/share/bash-completion/completions/mantrap
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory
    #[command(hide = true)]
    Man {
        /// An existing directory
        directory: PathBuf,
    },
}

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

#[derive(Debug, Args)]
#[command(override_usage = "mantrap jail [GRANTS] [OPTIONS] -- COMMAND [ARGUMENTS]...")]
pub(crate) struct Jail {
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
    /// Also grant what this file holds; limits on the command line count instead of its own
    #[arg(long, value_name = "FILE", help_heading = "Grants", value_hint = ValueHint::FilePath)]
    pub(crate) profile: Vec<PathBuf>,

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

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What to call it: lower-case letters, digits, `.`, `_` and `-`
    pub(crate) name: String,
    /// bin:PATH, a program, or script:PATH, a script
    pub(crate) source: String,
    /// By what a script is run: the program itself, not a launcher of it
    #[arg(long, value_name = "PATH", value_hint = ValueHint::ExecutablePath)]
    pub(crate) runtime: Option<PathBuf>,
    /// A file or folder whose contents are part of the server; any change of them needs a new approval
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) file: Vec<PathBuf>,
    /// A right, in the words of `mantrap jail`: "read /home/me/notes", "net api.example.com:443"
    #[arg(long, value_name = "GRANT")]
    pub(crate) grant: Vec<String>,
    /// The directory it starts in [default: its private, empty home]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
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
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// Measure every server of every lock, and fail when one may not be launched
    #[command(after_help = SERVER_EXIT_CODES)]
    Verify {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// Show the last records, or one of them in full
    Show {
        /// A record's number, for all that it says
        index: Option<u64>,
        /// How many of the last records
        #[arg(long, value_name = "COUNT", default_value_t = 20, conflicts_with_all = ["index", "all"])]
        last: u64,
        /// Every record
        #[arg(long, conflicts_with = "index")]
        all: bool,
        /// Only records of this kind: intent, outcome, verdict, note
        #[arg(long, value_name = "KIND", conflicts_with = "index")]
        kind: Vec<String>,
        /// The record's bytes as they were written, which is what a proof is of
        #[arg(long, requires = "index", conflicts_with = "format")]
        raw: bool,
        /// How to print them; json is one object per line
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
        #[command(flatten)]
        place: Place,
    },
    /// Show records as they are written
    Follow {
        /// Begin with this record, instead of the next one
        #[arg(long, value_name = "INDEX")]
        from: Option<u64>,
        /// End after so many records
        #[arg(long, value_name = "COUNT")]
        count: Option<u64>,
        /// How to print them; json is one object per line
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
        #[command(flatten)]
        place: Place,
    },
    /// Check every record, or a proof of one
    ///
    /// The journal is checked against the public key that lies beside it. Whoever could change the journal could change
    /// that too: --key and --checkpoint, from another place, are what makes it certain that nothing is gone.
    #[command(after_help = JOURNAL_EXIT_CODES)]
    Verify {
        /// A checkpoint that was kept elsewhere, as `mantrap journal prove` printed it
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        checkpoint: Vec<PathBuf>,
        /// The public key of the journal, or a file that holds it
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Check only this proof of one record; no journal is needed
        #[arg(long, value_name = "FILE", requires_all = ["record", "key"], conflicts_with = "checkpoint", value_hint = ValueHint::FilePath)]
        proof: Option<PathBuf>,
        /// The record's bytes, as `mantrap journal show INDEX --raw` printed them
        #[arg(long, value_name = "FILE", requires = "proof", value_hint = ValueHint::FilePath)]
        record: Option<PathBuf>,
        /// How to print what was found
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
        #[command(flatten)]
        place: Place,
    },
    /// Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it
    ///
    /// A proof convinces whoever has the public key (the file vkey beside the journal) and nothing else of it. A checkpoint
    /// that is kept elsewhere shows later that nothing is gone.
    Prove {
        /// A record's number
        index: Option<u64>,
        #[command(flatten)]
        place: Place,
    },
    /// Write a copy that others can serve and verify (c2sp.org/tlog-tiles)
    Export {
        /// A directory that is new or empty
        #[arg(value_hint = ValueHint::DirPath)]
        into: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

/// Which journal.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The journal's directory [default: mantrap/journal in your state directory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) journal: Option<PathBuf>,
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
pub(crate) enum ListFormat {
    /// For a terminal
    Text,
    /// For programs
    Json,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn jail_help() -> String {
    format!("{JAIL_EXAMPLES}\n\n{JAIL_EXIT_CODES}")
}

fn const_format_help() -> String {
    format!("{AUDIT_EXAMPLES}\n\n{EXIT_CODES}")
}
