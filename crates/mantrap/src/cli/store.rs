//! The package store.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

use super::ListFormat;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  done; with verify: every byte is what it was
    1  it could not be read or written
    2  the command line, or a file it names, cannot be used
  121  a tree was changed, or a bundle is none";

#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// List what is installed, and which servers need it
    List {
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Read every byte of what is installed
    #[command(after_help = EXIT_CODES)]
    Verify {
        /// A tree's digest, or a server's name [default: everything]
        what: Vec<String>,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Remove what no lock names
    ///
    /// The locks are the system's, yours, the one of the project you are in, and every lock of which you approved
    /// something. What is removed can be installed again, or imported.
    Gc {
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Write what is installed into one file, for a machine without a network
    ///
    /// There, `mantrap store import FILE` verifies everything; the lock, which names the digests, is copied beside it.
    Export {
        /// A tree's digest, or a server's name [default: everything]
        what: Vec<String>,
        /// The file to write; - is standard output
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: PathBuf,
    },
    /// Install what another machine exported; everything is verified
    #[command(after_help = EXIT_CODES)]
    Import {
        /// The file to read; - is standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// How to print what was imported
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
}
