//! Questions to a person, as files: a session writes one, `mantrap approvals` writes the answer beside it.
//!
//! Owns the directory, which is this user's alone. Nothing that an agent can call writes there: a jailed server does not
//! see it, and no message and no API leads to it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mantrap_launch::scope::{Whose, open, replace};
use mantrap_policy::Digest;
use mantrap_policy::judge::Question;
use serde::{Deserialize, Serialize};

/// Bytes of a question, an answer, and of all consents.
const MOST_BYTES: u64 = 1 << 20;
/// Questions that are read.
const MOST: usize = 256;

/// A question that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// By which its answer is known.
    pub(crate) id: String,
    /// The process that asks.
    pub(crate) pid: u32,
    /// Until when, seconds since 1970.
    pub(crate) until: u64,
    /// [`Question::digest`].
    pub(crate) digest: String,
    pub(crate) server: String,
    pub(crate) method: String,
    pub(crate) name: Option<String>,
    pub(crate) reason: String,
    pub(crate) arguments: String,
}

/// What a person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Word {
    /// Not this.
    No,
    /// This once.
    Once,
    /// This tool with arguments of this shape, from now on.
    Always,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: String,
    digest: String,
    word: Word,
}

/// A consent that is remembered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    pub(crate) digest: String,
    pub(crate) server: String,
    pub(crate) name: String,
    /// RFC 3339, in UTC.
    pub(crate) at: String,
}

/// The directory of questions.
#[derive(Clone, Debug)]
pub(crate) struct Queue(PathBuf);

impl Queue {
    pub(crate) const fn at(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Puts a question.
    pub(super) fn ask(&self, question: &Question, id: &str, until: u64) -> std::io::Result<()> {
        let asked = Asked {
            id: id.to_owned(),
            pid: std::process::id(),
            until,
            digest: question.digest.to_string(),
            server: question.server.clone(),
            method: question.method.clone(),
            name: question.name.clone(),
            reason: question.reason.clone(),
            arguments: question.arguments.clone(),
        };
        replace(&self.question(id), &serde_json::to_vec(&asked)?, 0o600)
    }

    /// The answer to a question, if there is one that is for it. An answer that cannot be read is a no.
    pub(super) fn answer(&self, id: &str, digest: Digest) -> Option<Word> {
        let path = real(&self.0).join(format!("{id}.answer"));
        let bytes = open::read(&path, Whose::User, MOST_BYTES).ok()??;
        let Ok(answer) = serde_json::from_slice::<Answer>(&bytes) else { return Some(Word::No) };
        let fits = answer.id == id && answer.digest == digest.to_string();
        Some(if fits { answer.word } else { Word::No })
    }

    /// Takes a question back, answered or not.
    pub(super) fn forget(&self, id: &str) {
        for path in [self.question(id), self.0.join(format!("{id}.answer"))] {
            // What is left over is out of date by itself.
            let _ = fs::remove_file(path);
        }
    }

    /// The questions that wait at `now`. What is out of date, or was left by a session that is gone, is removed.
    pub(crate) fn waiting(&self, now: u64) -> Vec<Asked> {
        let listed = fs::read_dir(&self.0).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let questions =
            listed.filter(|path| path.extension().is_some_and(|extension| extension == "question"));
        let mut waiting: Vec<Asked> = questions
            .take(MOST)
            .filter_map(|path| {
                let path = real(&self.0).join(path.file_name()?);
                let bytes = open::read(&path, Whose::User, MOST_BYTES).ok()??;
                let asked: Asked = serde_json::from_slice(&bytes).ok()?;
                if path.file_stem().is_none_or(|stem| stem != asked.id.as_str()) || !is_id(&asked.id) {
                    return None;
                }
                let is_there = Path::new("/proc").join(asked.pid.to_string()).exists();
                if asked.until < now || !is_there {
                    self.forget(&asked.id);
                    return None;
                }
                let answered = self.0.join(format!("{}.answer", asked.id)).exists();
                (!answered).then_some(asked)
            })
            .collect();
        waiting.sort_by(|one, other| (one.until, &one.id).cmp(&(other.until, &other.id)));
        waiting
    }

    /// Answers a question.
    pub(crate) fn say(&self, asked: &Asked, word: Word) -> std::io::Result<()> {
        let answer = Answer { id: asked.id.clone(), digest: asked.digest.clone(), word };
        replace(&self.0.join(format!("{}.answer", asked.id)), &serde_json::to_vec(&answer)?, 0o600)
    }

    fn question(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.question"))
    }
}

/// Ids are ours, and become the names of files.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The consents that are remembered, in this file. One that cannot be used says nothing.
pub(crate) fn consents(path: &Path) -> Vec<Consent> {
    let directory = path.parent().map(real).unwrap_or_default();
    let path = directory.join(path.file_name().unwrap_or_default());
    let bytes = open::read(&path, Whose::User, MOST_BYTES).ok().flatten();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Their digests.
pub(super) fn remembered(path: &Path) -> BTreeSet<Digest> {
    consents(path).iter().filter_map(|consent| consent.digest.parse().ok()).collect()
}

fn real(directory: &Path) -> PathBuf {
    directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf())
}
