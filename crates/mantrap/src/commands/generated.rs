//! What packagers install: completion scripts and manual pages, made from the command line's own description.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;

use crate::Failure;
use crate::cli::Cli;
use crate::destination;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mantrap", &mut script);
    destination::print(&script)?;
    Ok(0)
}

/// Writes `mantrap.1`, `mantrap-audit.1` and so on into `directory`.
pub(crate) fn man(directory: &Path) -> Result<u8, Failure> {
    let mut command = Cli::command();
    command.build();
    clap_mangen::generate_to(command, directory)
        .with_context(|| format!("cannot write the manual pages into `{}`", directory.display()))?;
    Ok(0)
}
