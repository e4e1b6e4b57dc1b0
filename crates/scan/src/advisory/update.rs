//! Brings a directory of advisories up to date from an API that speaks OSV's HTTP interface
//! (<https://google.github.io/osv.dev/api/>). The HTTP itself is the caller's: see [`Fetch`].
//!
//! The new set is complete and checked before it takes the old one's place by a rename; whatever fails before that
//! leaves the old set as it was. Fetched records keep this project's judgement (product, quality of the fix) where
//! it has one, and its own records stay where the API has none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{Database, osv, products};
use crate::version::Ecosystem;

/// Packages per query; OSV takes at most 1000.
const QUERIES_PER_BATCH: usize = 500;
/// Pages of results that are followed for one package.
const MAX_PAGES: usize = 50;
/// The most records that one update takes.
const MAX_RECORDS: usize = 50_000;
/// The largest single response, in bytes (16 MiB).
const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// Sends one request to the API. `path` begins with a slash. A response that is not complete or not a success is
/// an error, in words for a person.
pub trait Fetch {
    /// `GET path`.
    fn get(&self, path: &str) -> Result<Vec<u8>, String>;
    /// `POST path` with a JSON body.
    fn post(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, String>;
}

/// Why an update did not happen. The old advisories are untouched.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// A request failed.
    #[error("`{path}` of the advisory API failed: {reason}; the old advisories are untouched")]
    Fetch {
        /// The path of the request.
        path: String,
        /// What the transport says.
        reason: String,
    },
    /// A response is malformed or truncated.
    #[error(
        "`{path}` of the advisory API answered something else than expected: {reason}; the old advisories are untouched"
    )]
    Malformed {
        /// The path of the request.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The directory holds other things than advisories.
    #[error("`{}` holds `{entry}`, which is no advisory; name a directory of its own", directory.display())]
    NotAdvisories {
        /// The directory.
        directory: PathBuf,
        /// The first thing in it that is not a JSON file.
        entry: String,
    },
    /// Writing failed.
    #[error("cannot write `{}`: {reason}; the old advisories are untouched", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

/// What an update did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Updated {
    /// Packages that were asked for.
    pub packages: usize,
    /// Records that were fetched and are not withdrawn.
    pub fetched: usize,
    /// Advisories in the new set.
    pub advisories: usize,
}

/// Fetches what the API knows about every package that `curated` or the product list names, and puts the merged
/// set into `directory`.
pub fn update(fetch: &dyn Fetch, directory: &Path) -> Result<Updated, UpdateError> {
    refuse_foreign(directory)?;
    let packages = packages(Database::embedded());
    let ids = query(fetch, &packages)?;
    let mut fetched = Vec::with_capacity(ids.len());
    for id in &ids {
        fetched.extend(vulnerability(fetch, id)?);
    }
    let count = fetched.len();
    let set = merge(Database::embedded_files(), fetched);
    replace(directory, &set)?;
    Ok(Updated { packages: packages.len(), fetched: count, advisories: set.len() })
}

/// The packages worth asking for: those that an advisory names and those of known products.
pub fn packages(curated: &Database) -> Vec<(Ecosystem, String)> {
    let named = curated.packages();
    let known = products::PRODUCTS.iter().flat_map(|known| known.packages.iter().copied());
    let all: BTreeSet<(Ecosystem, String)> = named
        .into_iter()
        .chain(known)
        .filter(|(ecosystem, _)| ecosystem.osv_name().is_some())
        .map(|(ecosystem, name)| (ecosystem, name.to_owned()))
        .collect();
    all.into_iter().collect()
}

/// The body of one `POST /v1/querybatch`: packages, each with the page to begin at.
pub fn query_body(packages: &[(Ecosystem, String, Option<String>)]) -> Vec<u8> {
    let queries: Vec<Value> = packages
        .iter()
        .filter_map(|(ecosystem, name, page)| {
            let mut query = json!({"package": {"ecosystem": ecosystem.osv_name()?, "name": name}});
            if let (Some(page), Some(query)) = (page, query.as_object_mut()) {
                query.insert("page_token".to_owned(), json!(page));
            }
            Some(query)
        })
        .collect();
    json!({ "queries": queries }).to_string().into_bytes()
}

/// Every id that the API knows for `packages`.
fn query(fetch: &dyn Fetch, packages: &[(Ecosystem, String)]) -> Result<BTreeSet<String>, UpdateError> {
    const PATH: &str = "/v1/querybatch";
    let malformed =
        |reason: &str| UpdateError::Malformed { path: PATH.to_owned(), reason: reason.to_owned() };
    let mut ids = BTreeSet::new();
    let mut open: Vec<(Ecosystem, String, Option<String>)> =
        packages.iter().map(|(ecosystem, name)| (*ecosystem, name.clone(), None)).collect();
    for _ in 0..MAX_PAGES {
        let mut next = Vec::new();
        for batch in open.chunks(QUERIES_PER_BATCH) {
            let response = fetch
                .post(PATH, &query_body(batch))
                .map_err(|reason| UpdateError::Fetch { path: PATH.to_owned(), reason })?;
            let response = object(PATH, &response)?;
            let Some(results) = response.get("results").and_then(Value::as_array) else {
                return Err(malformed("it has no `results`"));
            };
            if results.len() != batch.len() {
                return Err(malformed("it has not one result for every query"));
            }
            for (result, (ecosystem, name, _)) in results.iter().zip(batch) {
                for found in result.get("vulns").and_then(Value::as_array).into_iter().flatten() {
                    match found.get("id").and_then(Value::as_str) {
                        Some(id) if osv::is_id(id) => ids.insert(id.to_owned()),
                        _ => return Err(malformed("a result has no valid `id`")),
                    };
                }
                let page = result.get("next_page_token").and_then(Value::as_str);
                if let Some(page) = page.filter(|page| !page.is_empty()) {
                    next.push((*ecosystem, name.clone(), Some(page.to_owned())));
                }
            }
            if ids.len() > MAX_RECORDS {
                return Err(malformed("it names more records than an update takes"));
            }
        }
        if next.is_empty() {
            return Ok(ids);
        }
        open = next;
    }
    Err(malformed("its pages do not end"))
}

/// The record called `id`; nothing if it was withdrawn.
fn vulnerability(fetch: &dyn Fetch, id: &str) -> Result<Option<Value>, UpdateError> {
    let path = format!("/v1/vulns/{id}");
    let response = fetch.get(&path).map_err(|reason| UpdateError::Fetch { path: path.clone(), reason })?;
    let value = object(&path, &response)?;
    let malformed = |reason: String| UpdateError::Malformed { path: path.clone(), reason };
    let advisory = osv::parse(&response).map_err(malformed)?;
    match advisory {
        None => Ok(None),
        Some(advisory) if advisory.id == id => Ok(Some(Value::Object(value))),
        Some(advisory) => Err(malformed(format!("it is the record of `{}`", advisory.id))),
    }
}

fn object(path: &str, response: &[u8]) -> Result<Map<String, Value>, UpdateError> {
    let malformed = |reason: String| UpdateError::Malformed { path: path.to_owned(), reason };
    if response.len() > MAX_RESPONSE_BYTES {
        return Err(malformed(format!("it is longer than {MAX_RESPONSE_BYTES} bytes")));
    }
    serde_json::from_slice(response).map_err(|error| malformed(error.to_string()))
}

/// The fetched records with this project's judgement added, and its own records that none of them stands for.
///
/// A record stands for another when one's id is the other's id or alias. Ranges come from the fetched record;
/// packages that only the own record names are added.
pub fn merge(curated: &[(&str, &str)], fetched: Vec<Value>) -> BTreeMap<String, Value> {
    let mut own: Vec<(Value, bool)> =
        curated.iter().filter_map(|(_, text)| Some((serde_json::from_str(text).ok()?, false))).collect();
    let mut set = BTreeMap::new();
    for mut record in fetched {
        let names = names(&record);
        let twin = own.iter_mut().find(|(own, _)| {
            let own = self::names(own);
            let is_same = own.first().is_some_and(|id| names.contains(id));
            is_same || names.first().is_some_and(|id| own.contains(id))
        });
        if let Some((own, is_used)) = twin {
            // The records of one vulnerability in several databases all get the judgement.
            *is_used = true;
            judge(&mut record, own);
        }
        if let Some(id) = record.get("id").and_then(Value::as_str) {
            set.insert(id.to_owned(), record);
        }
    }
    for (record, _) in own.into_iter().filter(|(_, is_used)| !is_used) {
        if let Some(id) = record.get("id").and_then(Value::as_str) {
            set.insert(id.to_owned(), record);
        }
    }
    set
}

/// The id of a record, then its aliases.
fn names(record: &Value) -> Vec<String> {
    let id = record.get("id").and_then(Value::as_str);
    let aliases = record.get("aliases").and_then(Value::as_array).into_iter().flatten();
    id.into_iter().chain(aliases.filter_map(Value::as_str)).map(str::to_owned).collect()
}

fn judge(record: &mut Value, own: &Value) {
    let package = |affected: &Value| {
        affected
            .get("package")
            .map(|package| (package.get("ecosystem").cloned(), package.get("name").cloned()))
    };
    let Some(record) = record.as_object_mut() else {
        return;
    };
    if let Some(judgement) = own.get("database_specific") {
        record.insert("database_specific".to_owned(), judgement.clone());
    }
    if record.get("summary").and_then(Value::as_str).is_none_or(str::is_empty)
        && let Some(summary) = own.get("summary")
    {
        record.insert("summary".to_owned(), summary.clone());
    }
    let affected = record.entry("affected").or_insert_with(|| json!([]));
    let Some(affected) = affected.as_array_mut() else {
        return;
    };
    let present: Vec<_> = affected.iter().map(package).collect();
    let extra = own.get("affected").and_then(Value::as_array).into_iter().flatten();
    affected.extend(extra.filter(|one| !present.contains(&package(one))).cloned());
}

/// Nothing but JSON files may be in a directory that is going to be replaced.
fn refuse_foreign(directory: &Path) -> Result<(), UpdateError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(write_error(directory)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(write_error(directory))?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || entry.path().extension().is_none_or(|extension| extension != "json") {
            return Err(UpdateError::NotAdvisories {
                directory: directory.to_owned(),
                entry: entry.file_name().to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

fn write_error(path: &Path) -> impl Fn(std::io::Error) -> UpdateError + '_ {
    |error| UpdateError::Write { path: path.to_owned(), reason: error.to_string().to_lowercase() }
}

/// Writes `set` beside `directory`, reads it back strictly, and lets it take the place of what was there.
pub fn replace(directory: &Path, set: &BTreeMap<String, Value>) -> Result<(), UpdateError> {
    refuse_foreign(directory)?;
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or("advisories");
    let beside = |what: &str| directory.with_file_name(format!(".{name}.{what}-{}", std::process::id()));
    let (new, old) = (beside("new"), beside("old"));
    let outcome = write_set(&new, set).and_then(|()| swap(directory, &new, &old));
    if outcome.is_err() {
        // Best effort: what is left is hidden, and the next update uses another name.
        let _ = std::fs::remove_dir_all(&new);
    }
    outcome
}

fn write_set(new: &Path, set: &BTreeMap<String, Value>) -> Result<(), UpdateError> {
    std::fs::create_dir_all(new).map_err(write_error(new))?;
    for (id, record) in set {
        let path = new.join(format!("{id}.json"));
        let text = format!("{record:#}\n");
        std::fs::write(&path, text).map_err(write_error(&path))?;
        let file = std::fs::File::open(&path).map_err(write_error(&path))?;
        file.sync_all().map_err(write_error(&path))?;
    }
    Database::from_dir(new)
        .map(|_| ())
        .map_err(|error| UpdateError::Write { path: new.to_owned(), reason: error.to_string() })
}

fn swap(directory: &Path, new: &Path, old: &Path) -> Result<(), UpdateError> {
    let had_one = directory.symlink_metadata().is_ok();
    if had_one {
        std::fs::rename(directory, old).map_err(write_error(directory))?;
    }
    if let Err(error) = std::fs::rename(new, directory) {
        if had_one {
            std::fs::rename(old, directory).map_err(write_error(directory))?;
        }
        return Err(write_error(directory)(error));
    }
    if had_one {
        // The new set is in place; an old one that cannot be removed does no harm.
        let _ = std::fs::remove_dir_all(old);
    }
    Ok(())
}
