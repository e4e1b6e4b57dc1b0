//! `mantrap protect` and `unprotect`: what clients start becomes `mantrap run NAME`, and what it was before.
//!
//! In this order: every config is read as an audit reads it; each server becomes a source that a lock can pin, or is left
//! with a reason; what is the same launch becomes one entry; a person agrees to each; it is tried in its jail; and only
//! then is a file rewritten, after the journal and the book have it. What a config names is never started as it is named.

mod apply;
mod book;
mod file;
mod report;
mod settle;
mod source;
mod survey;
mod trial;
mod undo;

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use mantrap_clients::catalog::client;

use super::server::{NOT_APPROVED, no_home};
use crate::Failure;
use crate::cli::{Protect, When};
use crate::environment::Environment;
use book::Book;
use survey::Survey;

pub(crate) use undo::unprotect;

/// A file could not be written.
const FAILED: u8 = 1;

/// Puts everything that the clients start under the lock, one agreement per server.
pub(crate) fn protect(options: &Protect, color: When, environment: &Environment) -> Result<u8, Failure> {
    known(&options.client)?;
    let mut survey = Survey::take(options.path.as_deref(), &options.client, environment)?;
    if options.dry_run {
        settle::name_all(&mut survey, environment)?;
        report::print(&survey, options, color, environment)?;
        return Ok(0);
    }
    let book = Book::open(&environment.protected().ok_or_else(no_home)?)?;
    settle::settle_all(&mut survey, options, color, environment)?;
    apply::apply(&mut survey, &book, environment)?;
    report::print(&survey, options, color, environment)?;
    Ok(match (survey.has_failed(), survey.is_complete()) {
        (true, _) => FAILED,
        (false, true) => 0,
        (false, false) => NOT_APPROVED,
    })
}

/// Whether every client that was named is one.
fn known(clients: &[String]) -> Result<(), Failure> {
    match clients.iter().find(|id| client(id).is_none()) {
        None => Ok(()),
        Some(id) => {
            let text = format!(
                "no client is called `{id}`; `mantrap audit --format json` and docs/clients.md name them"
            );
            Err(Failure::Usage(anyhow!(text)))
        }
    }
}

/// The program as a client's file names it: absolute, because a client may have another `PATH`.
fn this_program() -> Result<String, Failure> {
    let program =
        std::env::current_exe().context("where mantrap is cannot be told").map_err(Failure::Other)?;
    let text = |path: PathBuf| path.into_os_string().into_string();
    text(program)
        .map_err(|path| Failure::Usage(anyhow!("mantrap is at `{}`, which is not UTF-8", path.display())))
}
