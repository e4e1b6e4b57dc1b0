//! One wish, one verdict: what the profile names exactly, what means a server of the lock, or nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use mantrap_jail::guard::{Asked, Identity, Image, Program};
use mantrap_launch::digest::known::Known;
use mantrap_launch::digest::measure;
use rustix::io::Errno;

use super::profile::Profile;

const NOT_WHOLE: &str = "it is larger than what is looked at, or cannot be read";

/// What is done with a wish.
pub(super) enum Verdict {
    /// Exactly this.
    Launch(Image),
    /// The server of this name, outside.
    Serve(String),
    /// Nothing is there; a host that looks through its `PATH` goes on.
    NotThere,
    /// Refused, with the reason in words.
    Refuse(&'static str),
}

/// What decides.
pub(super) struct Judge {
    profile: Profile,
    /// The host's own variables.
    host: BTreeMap<Vec<u8>, Vec<u8>>,
    /// This program.
    own: Identity,
    /// What was hashed, in the state in which it was.
    hashed: Mutex<Known>,
}

impl Judge {
    pub(super) fn new(profile: Profile, host: BTreeMap<Vec<u8>, Vec<u8>>, own: &Program) -> Self {
        Self { profile, host, own: own.identity, hashed: Mutex::default() }
    }

    /// Why this is refused, where that is seen without opening a file. What is opened may be slow, or never answer (a file system
    /// that nobody serves), so [`judge`](Self::judge) is for a thread of its own.
    pub(super) fn glance(&self, asked: &Asked) -> Option<&'static str> {
        if !asked.whole {
            return Some(NOT_WHOLE);
        }
        let may_be =
            self.profile.may_serve(asked) || self.profile.allowing(asked, &self.host).next().is_some();
        (!may_be).then(|| self.why(asked))
    }

    pub(super) fn judge(&self, asked: &Asked) -> Verdict {
        if !asked.whole {
            return Verdict::Refuse(NOT_WHOLE);
        }
        if let Some(name) = self.profile.server(asked, self.own) {
            return Verdict::Serve(name);
        }
        // Nothing is opened for what cannot be allowed.
        let mut files: Vec<&Path> =
            self.profile.allowing(asked, &self.host).map(|program| program.file.as_path()).collect();
        files.dedup();
        if files.is_empty() {
            return Verdict::Refuse(self.why(asked));
        }
        let program = match asked.program() {
            Ok(program) => program,
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
                return Verdict::NotThere;
            }
            Err(_) => return Verdict::Refuse("the program cannot be opened"),
        };
        if !files.contains(&program.path.as_path()) {
            return Verdict::Refuse("these arguments are allowed for another program");
        }
        let (profile, hashed) = (&self.profile, &self.hashed);
        if !is_known(profile, hashed, &program) {
            return Verdict::Refuse("the program is not what was approved");
        }
        let image = Image::of(asked, &program, |interpreter| {
            if is_known(profile, hashed, interpreter) { Ok(()) } else { Err(Errno::ACCESS.into()) }
        });
        image.map_or(Verdict::Refuse("its interpreter is not what was approved"), Verdict::Launch)
    }

    /// Which part of it is not allowed.
    fn why(&self, asked: &Asked) -> &'static str {
        let names = |program: &super::profile::Program| {
            program.arguments.iter().map(String::as_bytes).eq(&asked.arguments)
        };
        if self.profile.programs.iter().any(names) {
            "this program with these arguments is allowed, but not with these variables or in this directory"
        } else {
            "neither the profile nor the lock has it"
        }
    }
}

fn is_known(profile: &Profile, hashed: &Mutex<Known>, program: &Program) -> bool {
    let approved = profile.files.get(&program.path);
    let digest = || {
        let shared = || hashed.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody waits for the lock while a file is read: its file system may never answer.
        let mut known = shared().clone();
        let digest = measure::hash(&program.file, &program.path, &mut known).ok();
        shared().add(known);
        digest
    };
    approved.is_some_and(|approved| digest().is_some_and(|digest| digest.to_string() == *approved))
}
