//! `mantrap policy` and `mantrap approvals`.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  done; nothing speaks against it; nothing would differ
    1  an example says otherwise, or a verdict would differ
    2  the command line, or a file that it names, cannot be used
  121  a policy that does not count or cannot be used, so that nothing is launched";

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Check every policy that counts: who may change it, its syntax, what it speaks of, its examples
    #[command(after_help = EXIT_CODES)]
    Check,
    /// Run the examples of policy files, and show what each comes to
    ///
    /// Without FILE those of every policy that counts.
    #[command(after_help = EXIT_CODES)]
    Test {
        /// Files to be read as if they were this user's only policies
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
    /// Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions
    ///
    /// Shows everything that is new or changed since it was pinned. Nothing else is shown to a client from then
    /// on. The server has to be approved again.
    #[command(after_help = EXIT_CODES)]
    Pin {
        /// The server's name
        name: String,
        /// Pin without a terminal: the digest of exactly what somebody looked at
        #[arg(long, value_name = "DIGEST")]
        digest: Option<String>,
    },
    /// Say what the policies decide about a question, by which rules, and how those read
    ///
    /// For example: mantrap policy explain 'tools/call mail/send {"labels": ["sends-out"], "seen": ["reads-untrusted"]}'
    #[command(after_help = EXIT_CODES)]
    Explain {
        /// A method, server/name, and what else matters, as in the examples of policy files; or a built-in rule
        question: String,
    },
    /// Put every question of the journal to changed policies, and show what would differ
    ///
    /// The journal keeps no values of arguments, so a policy that looks at them is said to be undecided.
    #[command(after_help = EXIT_CODES)]
    Simulate {
        /// A journal [default: this user's]
        #[arg(value_name = "JOURNAL", value_hint = ValueHint::DirPath)]
        journal: Option<PathBuf>,
        /// Files to be read as if they were this user's only policies [default: the policies that count]
        #[arg(long = "policy", value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
}
