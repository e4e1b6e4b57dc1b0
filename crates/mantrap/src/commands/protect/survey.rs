//! What there is: every server of every config, and what can be done with it.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use mantrap_clients::discover::{Home, Target, folder, machine};
use mantrap_clients::edit::{Wanted, rewrite};
use mantrap_clients::{Config, Problem, Scope, Server, Switch, Transport};
use mantrap_launch::{Digest, ServerName};
use mantrap_scan::advisory::Database;
use mantrap_scan::audit::judge;
use mantrap_scan::files::TargetFiles;
use mantrap_scan::redaction::Redaction;
use mantrap_scan::rules::Context;
use mantrap_scan::rules::unmanaged_server::is_managed;
use mantrap_scan::{Finding, Location, Persona, Severity};

use super::source::{Derived, Here, Variable, derive};
use super::{no_home, this_program};
use crate::Failure;
use crate::environment::{Environment, this_system};

/// Everything that was found.
pub(super) struct Survey {
    pub(super) configs: Vec<Config>,
    /// Every different launch.
    pub(super) jobs: Vec<Job>,
    /// Servers that stay as they are.
    pub(super) left: Vec<Left>,
    /// Configs that could not be read.
    pub(super) problems: Vec<Problem>,
    /// The home or the folder, as it is named.
    pub(super) named: PathBuf,
    /// The same without links: files that may be rewritten are in it.
    pub(super) within: PathBuf,
    /// mantrap as files name it: the first for the user's own, the second for those that others share.
    pub(super) program: [String; 2],
}

/// A server of a config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) config: usize,
    pub(super) server: usize,
}

/// One launch, in however many files.
pub(super) struct Job {
    pub(super) derived: Derived,
    /// What an audit says of it: the rule and its message.
    pub(super) marks: Vec<(&'static str, String)>,
    /// Where, and what became of it there.
    pub(super) spots: Vec<(Spot, Written)>,
    /// The entry's name, once it has one.
    pub(super) name: Option<ServerName>,
    /// The digest of what is to be agreed to, or was.
    pub(super) digest: Option<Digest>,
    pub(super) fate: Fate,
}

/// What became of a launch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing yet.
    Open,
    /// It is in the lock and waits for somebody.
    Pending,
    /// Somebody said no.
    Declined,
    /// It cannot be: why.
    Refused(String),
    /// Somebody agreed, and then it did not speak MCP: what it did instead.
    Failed(String),
    /// Somebody agreed.
    Agreed,
}

/// What became of one place of a launch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    Not,
    Done,
    Failed(String),
}

/// A server that stays as it is.
pub(super) struct Left {
    pub(super) spot: Spot,
    pub(super) why: String,
    /// Whether that is as it should be: nothing unprotected starts.
    pub(super) is_fine: bool,
}

impl Survey {
    /// Looks at this user's clients, or at a folder.
    pub(super) fn take(
        path: Option<&Path>,
        clients: &[String],
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let home = environment.home().ok_or_else(no_home)?;
        let real = |path: &Path| {
            let real = path.canonicalize().with_context(|| format!("cannot look at `{}`", path.display()));
            real.map_err(Failure::Usage)
        };
        let (found, named, within) = match path {
            Some(path) => {
                let path = real(path)?;
                if !path.is_dir() {
                    return Err(Failure::Usage(anyhow!(
                        "`{}` is no folder; name the one it is in",
                        path.display()
                    )));
                }
                (folder(&path, this_system(), &|_, _| false), path.clone(), path)
            }
            None => {
                let homes = vec![Home { path: home.clone(), account: None, current: true }];
                let target =
                    Target { os: this_system(), root: None, homes, environment: environment.relocations() };
                (machine(&target), home.clone(), real(&home)?)
            }
        };
        let is_asked = |config: &Config| {
            let mut readers = std::iter::once(config.client).chain(config.also_read_by.iter().copied());
            clients.is_empty() || readers.any(|client| clients.contains(&client.id))
        };
        // Whose file it is that cannot be read is not known.
        let problems = if clients.is_empty() { found.problems } else { Vec::new() };
        let mut configs: Vec<Config> = found.configs.into_iter().filter(is_asked).collect();
        // One file under two names is edited once.
        let mut seen = HashSet::new();
        configs.retain(|config| {
            let path = &config.origin().path;
            config.origin().member.is_some()
                || seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone()))
        });
        let program = [this_program()?, "mantrap".to_owned()];
        let target = Target {
            os: this_system(),
            root: None,
            homes: Vec::new(),
            environment: environment.relocations(),
        };
        let context = Context {
            fleet: &configs,
            os: this_system(),
            advisories: Database::embedded(),
            files: &TargetFiles::new(&target),
        };
        let findings = judge(&context);
        let mut survey =
            Survey { configs, jobs: Vec::new(), left: Vec::new(), problems, named, within, program };
        let search = environment.search();
        survey.sort(&Here { search: &search, home: &home }, path.is_some(), &findings);
        Ok(survey)
    }

    /// Says of every server which launch it is, or why it stays.
    fn sort(&mut self, here: &Here<'_>, is_project: bool, findings: &[Finding]) {
        let redaction = Redaction::of(&self.configs);
        for (number, config) in self.configs.iter().enumerate() {
            for (index, server) in config.servers.iter().enumerate() {
                let spot = Spot { config: number, server: index };
                let about = findings.iter().filter(|finding| is_about(finding, config, server));
                let marks: Vec<(&'static str, String)> = about
                    .map(|finding| (finding.rule.id, redaction.text(&finding.message).into_owned()))
                    .collect();
                let judged = judged(config, index, server, here, is_project);
                let judged =
                    judged.and_then(|derived| match marks.iter().find(|(rule, _)| NEVER.contains(rule)) {
                        Some((rule, message)) => {
                            Err((format!("{message}; `mantrap explain {rule}` says more"), false))
                        }
                        None => Ok(derived),
                    });
                match judged {
                    Err((why, is_fine)) => self.left.push(Left { spot, why, is_fine }),
                    Ok(derived) => match self.jobs.iter_mut().find(|job| job.derived == derived) {
                        Some(job) => {
                            job.spots.push((spot, Written::Not));
                            job.marks.extend(marks);
                        }
                        None => self.jobs.push(Job {
                            derived,
                            marks,
                            spots: vec![(spot, Written::Not)],
                            name: None,
                            digest: None,
                            fate: Fate::Open,
                        }),
                    },
                }
            }
        }
    }

    /// The config and the server of a spot.
    pub(super) fn at(&self, spot: Spot) -> Option<(&Config, &Server)> {
        let config = self.configs.get(spot.config)?;
        Some((config, config.servers.get(spot.server)?))
    }

    /// The program as the file of this config names it.
    pub(super) fn program(&self, config: &Config) -> &str {
        let [own, shared] = &self.program;
        if config.scope.is_foreign() { shared } else { own }
    }

    /// Whether everything starts through mantrap now, or has nothing to start.
    pub(super) fn is_complete(&self) -> bool {
        self.problems.is_empty()
            && self.left.iter().all(|left| left.is_fine)
            && self.jobs.iter().flat_map(|job| &job.spots).all(|(_, written)| *written == Written::Done)
    }

    /// Whether a file could not be written.
    pub(super) fn has_failed(&self) -> bool {
        self.jobs.iter().flat_map(|job| &job.spots).any(|(_, written)| matches!(written, Written::Failed(_)))
    }
}

/// What an audit says of a server under one of these rules is no launch of a server at all, or of one that is known to
/// be hostile: nobody is asked.
const NEVER: [&str; 5] =
    ["malicious-server", "indirect-execution", "inline-code", "shell-command", "disguised-program"];

/// Whether a finding is worth a look before somebody agrees, and about this server.
fn is_about(finding: &Finding, config: &Config, server: &Server) -> bool {
    let is_inside = |location: &Location| {
        location.place.as_ref().is_some_and(|(source, span)| {
            source.origin == config.source.origin
                && server.span.start <= span.start
                && span.end <= server.span.end
        })
    };
    finding.persona == Persona::Regular
        && finding.severity >= Severity::Medium
        && finding.server.as_deref() == Some(server.name.value.as_str())
        && finding.primary().is_some_and(is_inside)
        && !SOLVED.contains(&finding.rule.id)
}

/// What is over once the server is in the lock.
const SOLVED: [&str; 3] = ["unpinned-package", "secret-in-config", "repository-config"];

/// The launch of a server; or why it stays as it is, and whether that is as it should be.
fn judged(
    config: &Config,
    index: usize,
    server: &Server,
    here: &Here<'_>,
    is_project: bool,
) -> Result<Derived, (String, bool)> {
    if is_managed(server) {
        return Err(("it starts through mantrap already".into(), true));
    }
    match server.transport {
        Transport::Stdio => {}
        Transport::Unknown if server.command.is_none() => return Err(("it starts nothing".into(), true)),
        _ => return Err(("it is elsewhere: nothing is started for it".into(), true)),
    }
    match server.switch {
        Switch::On => {}
        Switch::Off => return Err(("it is switched off; switch it on first".into(), true)),
        Switch::NotLoaded => return Err(("another file takes its place".into(), true)),
    }
    let is_ours = match config.scope {
        Scope::User | Scope::Profile => true,
        Scope::Project | Scope::Workspace => is_project,
        _ => false,
    };
    if !is_ours {
        let why = match config.scope {
            Scope::Managed => {
                "the administrator's file starts it; `mantrap export` prints one that starts mantrap"
            }
            Scope::Plugin | Scope::Extension => {
                "a plugin brings it, whose next version would bring it again; add the server with `mantrap add`, and switch this one off"
            }
            Scope::Package => "the file describes it for others to install",
            _ => "it belongs to a project; `mantrap protect FOLDER` looks at that",
        };
        return Err((why.into(), false));
    }
    let derived = derive(config, server, here).map_err(|why| (why, false))?;
    // Whether the file can be edited at all is known before anybody is asked.
    let wanted = wanted("/usr/bin/mantrap", "name", &derived);
    match rewrite(config, index, &wanted) {
        Ok(_) => Ok(derived),
        Err(error) => {
            Err((format!("{error}; write `mantrap run NAME` there by hand, after `mantrap add`"), false))
        }
    }
}

/// What the file is to say.
pub(super) fn wanted(program: &str, name: &str, derived: &Derived) -> Wanted {
    let gone = derived.variables.iter().filter(|variable| !matches!(variable, Variable::Stays(_)));
    let without: BTreeSet<String> = gone.map(|variable| variable.name().to_owned()).collect();
    Wanted { command: program.to_owned(), args: vec!["run".to_owned(), name.to_owned()], without }
}
