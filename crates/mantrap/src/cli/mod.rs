//! What may stand on the command line, and its help: a file for each group of commands.

mod audit;
mod guard;
mod jail;
mod journal;
mod policy;
mod protect;
mod run;
mod server;
mod store;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use audit::{Advisories, Audit, Format};
pub(crate) use guard::{Guard, GuardCommand, GuardProfile};
pub(crate) use jail::{Grants, Jail};
pub(crate) use journal::{Journal, Place};
pub(crate) use policy::Policy;
pub(crate) use protect::{Export, Product, Protect, Unprotect};
pub(crate) use server::{Add, Approve, Catalogue, Lock, Update};
pub(crate) use store::Store;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

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

impl Cli {
    /// Reads the command line. `mantrap run NAME` is what every client starts, and a jail is there in a few milliseconds:
    /// of these two only their own arguments are built, since building everybody's takes a good part of that. Whatever
    /// the small readers cannot make sense of goes to the whole one, which knows what to say.
    pub(crate) fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let alone = match arguments {
            [_, word, name] if word == "run" => {
                let name = name.to_str().filter(|name| !name.starts_with('-'));
                name.map(|name| Self { command: Command::Run { name: name.to_owned() }, color: When::Auto })
            }
            [_, word, ..] if word == "jail" => {
                let alone = JailAlone::try_parse_from(arguments.iter().skip(1)).ok();
                alone.map(|JailAlone { jail, color }| Self { command: Command::Jail(Box::new(jail)), color })
            }
            _ => None,
        };
        alone.map_or_else(|| Self::try_parse_from(arguments), Ok)
    }
}

/// What may stand behind `mantrap jail`.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true)]
struct JailAlone {
    #[command(flatten)]
    jail: Jail,
    #[arg(long, default_value = "auto")]
    color: When,
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
    #[command(after_help = audit::EXIT_CODES, after_long_help = audit::help())]
    Audit(Box<Audit>),
    /// Run a command in a room of its own: only what is granted is there
    ///
    /// Nothing is there unless granted: no file of yours, no other process, no network, no socket, no device but null,
    /// zero, full and urandom. The operating system's programs and libraries can be read and executed; /tmp and the
    /// home are private, empty and gone at the end. What the command tries beyond its grants fails and can be reported.
    ///
    /// If this machine lacks something that a guarantee needs, nothing is started. `mantrap doctor` says what and how to
    /// mend it; --waive goes without it, by name, and says so at every start.
    #[command(after_help = jail::EXIT_CODES, after_long_help = jail::help())]
    Jail(Box<Jail>),
    /// Say which guarantees of the jail hold on this machine, and how to mend the others
    ///
    /// Tries forbidden acts in a throwaway jail. Nothing outside is changed.
    #[command(after_help = jail::DOCTOR_EXIT_CODES)]
    Doctor {
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Run a server as it was approved: the command of every client
    ///
    /// What is executed, with which rights, stands in the lock and nowhere else: no option, variable or message changes it.
    /// Nothing runs unless exactly this was approved and the launch is on record. Until the server has shown that it
    /// speaks MCP its rights are held back and nothing that it prints reaches the client.
    #[command(after_help = run::EXIT_CODES)]
    Run {
        /// The server's name
        name: String,
    },
    /// Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved
    ///
    /// Every attempt to execute a program, by whatever process of the host and in whatever way, is decided before its first
    /// instruction: exactly what an approved profile names; a server of the lock, which then runs outside the host, in
    /// its own jail, as with `mantrap run`; or nothing. docs/guard.md says what each layer stops and what none does.
    #[command(after_help = guard::EXIT_CODES)]
    Guard(Box<Guard>),
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
    #[command(after_help = server::EXIT_CODES)]
    Diff {
        /// The server's name
        name: String,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine
    ///
    /// A server that the catalogue knows brings its rights with it: mantrap add filesystem --set directory=/home/me/notes
    ///
    /// A package is fetched by npm, or by uv or pip, in a jail that reaches your configured registries and nothing else, with
    /// every script off; it is hashed and kept in the store. Without a version the newest one is taken, and pinned.
    /// Then it is started once, in a throwaway jail with no network and canaries in place of data, to list its tools and what
    /// it tried. The server is pending until somebody approves exactly this; with --format json what is
    /// printed holds the digest that `mantrap approve NAME --digest D` takes.
    #[command(override_usage = "mantrap add [OPTIONS] <NAME> [SOURCE] [-- ARGUMENTS...]")]
    Add(Box<Add>),
    /// Approve a server as it is now, after everything was shown
    ///
    /// An approval is good for exactly this: any change of the entry, of a file that it names, of its runtime or of a
    /// value means that it is not launched until it is approved again.
    #[command(after_help = server::EXIT_CODES)]
    Approve(Approve),
    /// Bring a server up to date in its lock, to be approved again, after the difference was shown
    ///
    /// A package gets its newest version, or the one that is named, and the old one stays in the store until `mantrap store
    /// gc`. Without a terminal nothing is replaced unless --yes says so. Everything else is measured anew, after an
    /// update of its runtime, for example.
    #[command(after_help = server::EXIT_CODES)]
    Update(Update),
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
    /// The servers that mantrap knows, and what each of them needs
    Catalogue {
        #[command(subcommand)]
        command: Catalogue,
    },
    /// Have this user's clients start every server through mantrap
    ///
    /// Every server that a client would start itself becomes an entry of your lock. You see all of each and are asked once;
    /// then the clients' files start `mantrap run NAME` instead. Everything else in them stays, byte for byte, and
    /// `mantrap unprotect` gives them their old bytes back. Without a terminal nobody is asked: entries are left pending
    /// and their digests are printed, for --yes-to. docs/protect.md says more.
    #[command(after_help = protect::EXIT_CODES)]
    Protect(Protect),
    /// Give clients' files back what they started before
    #[command(after_help = protect::EXIT_CODES)]
    Unprotect(Unprotect),
    /// Print the policy of a product that lets only approved servers start, and only through mantrap
    ///
    /// docs/export.md says where each product looks for it, and what it cannot enforce.
    Export(Export),
    /// Check, test and explain the policies that judge every message
    ///
    /// Policies are files of Cedar (cedarpolicy.com) in mantrap/policy/ of your configuration directory, and of the system
    /// in /etc/mantrap/policy; limits and labels stand in policy.toml beside them. Without any, a built-in policy
    /// counts: docs/policy.md.
    Policy {
        #[command(subcommand)]
        command: Policy,
    },
    /// Answer what running servers ask of you
    ///
    /// What a policy asks about waits here for a short while; silence is a no. An answer is typed at a terminal, so that
    /// nothing that an agent can call gives it.
    Approvals {
        /// Show what waits and answer nothing
        #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "text")]
        list: Option<ListFormat>,
        /// Wait for questions until interrupted
        #[arg(long, conflicts_with = "list")]
        watch: bool,
    },
    /// List, verify, clear out and carry away what is installed
    ///
    /// Packages and bundles lie in a store of your own, each tree under the digest of all that is in it, read-only.
    /// docs/store.md says more.
    #[command(after_help = store::EXIT_CODES)]
    Store {
        #[command(subcommand)]
        command: Store,
    },
    /// Read, verify and prove what mantrap has recorded
    ///
    /// Every launch is recorded before it happens and again when it is over, in a transparency log of this user's own: a
    /// record that was changed is found by verify, and a record that is gone is found against a checkpoint that was kept
    /// elsewhere. docs/journal.md says more.
    #[command(after_help = journal::EXIT_CODES)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For a terminal
    Text,
    /// For programs
    Json,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_alone_is_read_as_among_all_commands() {
        for line in [
            "mantrap jail -- true",
            "mantrap jail --read . --write=a --write b --net a.example:443 --color never -- sh -c --help",
            "mantrap jail --color=always --report - --format json --waive gate --probation 5s -- true --version",
            "mantrap jail --learn --profile-out x --memory 1G --no-system -- jail jail",
            "mantrap jail",
            "mantrap jail true",
            "mantrap jail --help",
            "mantrap jail -h -- true",
            "mantrap jail --version -- true",
            "mantrap jail --learn --report x -- true",
            "mantrap jail --colour never -- true",
            "mantrap jail --memory 1G --memory 2G -- true",
            "mantrap --color never jail -- true",
            "mantrap run weather",
            "mantrap run ",
            "mantrap run --help",
            "mantrap run -- weather",
            "mantrap run --color never weather",
            "mantrap run",
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let said = |read: Result<Cli, clap::Error>| {
                read.map(|cli| format!("{cli:?}")).map_err(|error| error.to_string())
            };
            assert_eq!(said(Cli::read(&arguments)), said(Cli::try_parse_from(&arguments)), "{line}");
        }
    }
}
