//! `mantrap list`, `show`, `diff`, `approve`, `revoke`, `remove`, `add`, `update` and `lock verify`: what a person does
//! with the servers of the locks. Nothing here starts one.

mod add;
mod approve;
mod change;
mod list;
mod marks;
mod record;
mod show;
mod sign;
#[cfg(target_os = "linux")]
mod tools;
mod update;

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use mantrap_launch::approval::{Approvals, NotApproved, Word};
use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::{self, ScopeName};
use mantrap_launch::scope::{self, Places, Whose};
use mantrap_launch::store::DiskStore;
use mantrap_launch::{Document, Located, Lock, Plan, ServerName, Source, Unresolved, Values};

use crate::Failure;
use crate::environment::Environment;

pub(crate) use add::{add, pending, prepare, put};
pub(crate) use approve::{approve, approve_exactly, is_agreed};
#[cfg(target_os = "linux")]
pub(crate) use change::pin;
pub(crate) use change::{remove, revoke};
pub(crate) use list::{list, verify};
pub(crate) use record::record_edit;
pub(crate) use show::{diff, show, text as consent};
pub(crate) use update::{own_arguments, update};

/// Something is not approved as it is.
pub(crate) const NOT_APPROVED: u8 = 121;

/// Where locks are, what was approved, and what is installed.
pub(crate) struct Desk {
    pub(crate) places: Places,
    pub(crate) approvals: Approvals,
    known: Known,
    pub(super) store: Option<DiskStore>,
    /// Where it is kept what servers showed of themselves.
    #[cfg(target_os = "linux")]
    state_home: Option<PathBuf>,
}

/// Whether a server may run, or why not.
pub(crate) enum State {
    /// Somebody's word is good for what is there.
    Approved(Word),
    /// A server elsewhere: nothing is launched for it.
    Remote,
    /// Nobody's word.
    Unapproved(NotApproved),
    /// What is there is not what the lock says, or cannot be run.
    Unresolved(Unresolved),
}

impl State {
    /// One word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Approved(_) => "approved",
            Self::Remote => "remote",
            Self::Unapproved(NotApproved::Never { .. }) => "pending",
            Self::Unapproved(NotApproved::Revoked(_)) => "revoked",
            Self::Unapproved(NotApproved::Unsigned { .. }) => "unsigned",
            Self::Unapproved(_) | Self::Unresolved(Unresolved::Drift(_)) => "changed",
            Self::Unresolved(Unresolved::Open(_)) => "pending",
            Self::Unresolved(_) => "broken",
        }
    }

    /// One sentence without its stop.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Approved(Word::Person { at }) => format!("approved by you, {at}"),
            Self::Approved(Word::Signer { by, key }) => format!("approved by the signature of {by} ({key})"),
            Self::Approved(Word::Root) => "approved by root, who wrote the system's lock".to_owned(),
            Self::Remote => "a server elsewhere; nothing is launched for it".to_owned(),
            Self::Unapproved(why) => why.to_string(),
            Self::Unresolved(why) => why.to_string(),
        }
    }
}

impl Desk {
    pub(crate) fn open(environment: &Environment) -> Result<Self, Failure> {
        let user = environment.user_config().and_then(|file| Some(file.parent()?.to_path_buf()));
        let here = std::env::current_dir().and_then(|directory| directory.canonicalize());
        let project =
            Some(here.context("the current directory cannot be looked at").map_err(Failure::Usage)?);
        let places = Places { system: (PathBuf::from("/etc/mantrap"), Whose::Root), user, project };
        let approvals = places.approvals(environment.now).map_err(refused)?;
        let known = places.trust().map(|trust| trust.known()).unwrap_or_default();
        let store =
            environment.store().map_or(Ok(None), |root| DiskStore::existing(&root)).map_err(refused)?;
        Ok(Self {
            places,
            approvals,
            known,
            store,
            #[cfg(target_os = "linux")]
            state_home: environment.state(),
        })
    }

    /// Whether the approvals, as they are by now, speak for a plan.
    #[cfg(target_os = "linux")]
    pub(super) fn still_approves(&self, plan: &Plan, environment: &Environment) -> Result<(), Failure> {
        let approvals = self.places.approvals(environment.now).map_err(refused)?;
        approvals.judge(plan).map(drop).map_err(refused)
    }

    pub(crate) fn find(&self, name: &str) -> Result<Located, Failure> {
        let name: ServerName = name.parse().map_err(usage)?;
        self.places.find(&name).map_err(refused)
    }

    /// Every lock that is known of: the system's, the user's, the project's here, and those of which something was approved.
    pub(super) fn locks(&self) -> Result<Vec<(PathBuf, Lock)>, Failure> {
        let mut locks = Vec::new();
        for scope in SCOPES {
            locks.extend(self.places.read(scope).map_err(refused)?.map(|scope| (scope.path, scope.lock)));
        }
        for path in self.approvals.given.iter().map(|given| &given.lock) {
            if locks.iter().any(|(known, _)| known == path) {
                continue;
            }
            let bytes = scope::open::read(path, Whose::User, lock::MOST_BYTES).map_err(refused)?;
            if let Some(bytes) = bytes {
                let lock =
                    Lock::parse(&bytes).with_context(|| format!("`{}`", path.display())).map_err(refused)?;
                locks.push((path.clone(), lock));
            }
        }
        Ok(locks)
    }

    /// What a person chose for the parameters of an entry when it was approved.
    pub(super) fn values(&self, located: &Located) -> Values {
        self.approvals
            .given(&located.lock, &located.name)
            .map(|given| given.values.clone())
            .unwrap_or_default()
    }

    /// What was said of its tree when it was made: nothing rests on it.
    pub(super) fn notes(&self, located: &Located) -> Vec<String> {
        let record =
            self.store.as_ref().zip(located.entry.tree).and_then(|(store, tree)| store.record(&tree));
        record.map(|record| record.sentences()).unwrap_or_default()
    }

    pub(crate) fn plan(&mut self, located: &Located, values: &Values) -> Result<Plan, Unresolved> {
        let plan = Plan::resolve(located.clone(), values, &self.store, &mut self.known);
        if let Some(trust) = self.places.trust() {
            trust.remember(&self.known);
        }
        plan
    }

    pub(crate) fn state(&mut self, located: &Located) -> State {
        if matches!(located.entry.source, Source::Remote(_)) {
            return State::Remote;
        }
        let values = self.values(located);
        match self.plan(located, &values) {
            Err(why) => State::Unresolved(why),
            Ok(plan) => match self.approvals.judge(&plan) {
                Ok(word) => State::Approved(word),
                Err(why) => State::Unapproved(why),
            },
        }
    }
}

/// The document of an entry as its lock has it, with every parameter that it leaves open left open.
fn signed(located: &Located) -> Document {
    Document::of(&located.name, &located.entry, &Values::new())
}

/// The scopes, in the order in which they count.
pub(crate) const SCOPES: [ScopeName; 3] = [ScopeName::System, ScopeName::User, ScopeName::Project];

pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Usage(error.into())
}

pub(crate) fn refused(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Refused(NOT_APPROVED, error.into())
}

pub(crate) fn no_home() -> Failure {
    Failure::Usage(anyhow!("this account has no home; set HOME or XDG_CONFIG_HOME"))
}
