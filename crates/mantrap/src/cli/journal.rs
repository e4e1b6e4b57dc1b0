//! `mantrap journal`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::ListFormat;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
   0  done; with verify: everything holds
   1  the journal could not be read, or the answer not be written
   2  the command line, or a file it names, cannot be used
   3  there is no journal
  10  something does not hold: a record was changed, or is gone";

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
    #[command(after_help = EXIT_CODES)]
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
