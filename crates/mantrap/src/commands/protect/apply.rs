//! Rewrites the files of what was agreed to: the journal first, then the book, then the file, in one step.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mantrap_clients::Config;
use mantrap_clients::edit::{encode, rewrite};

use super::book::{Book, Generation, Protected, Record, digest};
use super::file::{self, NotReplaced};
use super::survey::{Fate, Spot, Survey, Written, wanted};
use crate::Failure;
use crate::commands::server::record_edit;
use crate::environment::Environment;

/// Rewrites every file that has something to rewrite; what becomes of one says nothing of the next.
pub(super) fn apply(survey: &mut Survey, book: &Book, environment: &Environment) -> Result<(), Failure> {
    let agreed = survey.jobs.iter().filter(|job| job.fate == Fate::Agreed);
    let files: BTreeSet<usize> = agreed.flat_map(|job| &job.spots).map(|(spot, _)| spot.config).collect();
    for file in files {
        let written = rewritten(survey, file, book, environment)?.err();
        let agreed = survey.jobs.iter_mut().filter(|job| job.fate == Fate::Agreed);
        for (_, state) in agreed.flat_map(|job| &mut job.spots).filter(|(spot, _)| spot.config == file) {
            *state = written.as_ref().map_or(Written::Done, |why| Written::Failed(why.clone()));
        }
    }
    Ok(())
}

/// Rewrites one file, or says why not.
fn rewritten(
    survey: &Survey,
    file: usize,
    book: &Book,
    environment: &Environment,
) -> Result<Result<(), String>, Failure> {
    let Some(config) = survey.configs.get(file) else { return Ok(Ok(())) };
    let opened = match file::open(&config.origin().path, &within(survey, config)) {
        Ok(opened) => opened,
        Err(why) => return Ok(Err(why)),
    };
    if opened.bytes != encode(&config.source) {
        return Ok(Err(NotReplaced::Changed.to_string()));
    }
    let (bytes, servers) = match edited(survey, file, config) {
        Ok(edited) => edited,
        Err(why) => return Ok(Err(why)),
    };
    let generation =
        Generation { at: environment.time(), before: digest(&opened.bytes), after: digest(&bytes), servers };
    let record = book.record(&Record::of(config, &opened.real)).map_err(Failure::Other)?;
    let mut record = record.unwrap_or_else(|| Record::of(config, &opened.real));
    // A generation that did not come to be: something ended between the book and the file.
    record.generations.retain(|earlier| earlier.before != generation.before);
    journaled(&opened.real, &generation, environment)?;
    record.generations.push(generation);
    book.keep(&record, &opened.bytes).map_err(Failure::Other)?;
    Ok(opened.replace(&bytes).map_err(|error| error.to_string()))
}

/// Where the file has to be: in the home or the project; one that a variable of the user's has moved elsewhere, in the
/// folder that it is moved to. A link that leads out of the home is no such variable.
fn within(survey: &Survey, config: &Config) -> PathBuf {
    let path = &config.origin().path;
    let moved = path.parent().filter(|_| !path.starts_with(&survey.named));
    moved.and_then(|folder| folder.canonicalize().ok()).unwrap_or_else(|| survey.within.clone())
}

fn journaled(path: &Path, generation: &Generation, environment: &Environment) -> Result<(), Failure> {
    let entries: Vec<String> = generation.servers.iter().map(|server| server.entry.clone()).collect();
    record_edit("protect", path, [&generation.before, &generation.after], &entries, environment)
}

/// The bytes of a file in which everything that was agreed to is edited, and what undoes that.
fn edited(survey: &Survey, file: usize, config: &Config) -> Result<(Vec<u8>, Vec<Protected>), String> {
    let mut now = config.clone();
    let mut servers = Vec::new();
    for job in survey.jobs.iter().filter(|job| job.fate == Fate::Agreed) {
        let Some(name) = &job.name else { continue };
        let spots = job.spots.iter().map(|(spot, _)| *spot).filter(|spot| spot.config == file);
        for Spot { server, .. } in spots {
            let wanted = wanted(survey.program(config), name.as_str(), &job.derived);
            let edited = rewrite(&now, server, &wanted).map_err(|error| error.to_string())?;
            servers.push(Protected { entry: name.to_string(), undo: edited.undo });
            now = edited.config;
        }
    }
    Ok((encode(&now.source), servers))
}
