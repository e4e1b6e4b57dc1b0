//! Every config of every client of every account on a machine, and the project files of the folders that the
//! clients remember.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::claim::{Claim, SWEEP, read_all};
use super::disk::Disk;
use super::{Found, Home, Os, Target, displace, projects, settle, switch};
use crate::catalog::{Client, FileSpec, clients};
use crate::config::{Config, Scope};
use crate::paths::{Bases, Probe, Step, is_in_wsl};
use crate::source::Problem;

/// Folders above a project root that are looked into as well: clients read the files of parent folders.
const ANCESTORS: usize = 8;

/// Reads every config of every client on `target`.
pub fn machine(target: &Target) -> Found {
    let disk = Disk::new(target.os, target.root.as_deref());
    let mut found = Found::default();
    let mut claims = Vec::new();
    let accounts: Vec<Option<&Home>> = [None].into_iter().chain(target.homes.iter().map(Some)).collect();
    for home in &accounts {
        let account = Account::new(target, &disk, *home);
        for client in clients() {
            for spec in &client.files {
                account.claim(client, spec, &mut claims, &mut found);
            }
        }
    }
    let read = read_all(&disk, claims);
    found.configs = read.configs;
    found.problems.extend(read.problems);

    let mut remembered = BTreeMap::new();
    for home in &accounts {
        let account = Account::new(target, &disk, *home);
        projects::remembered(&account, &mut remembered, &mut found);
    }
    let claims = in_projects(&disk, &remembered, &mut found);
    // A file that an account owns is not a project's file as well, although its home may be above a project.
    let known: HashSet<PathBuf> = found.configs.iter().map(|config| config.origin().path.clone()).collect();
    let (again, new): (Vec<Claim>, Vec<Claim>) =
        claims.into_iter().partition(|claim| known.contains(&claim.place.named));
    for claim in again {
        note_reader(&mut found.configs, &claim);
    }
    let read = read_all(&disk, new);
    found.configs.extend(read.configs);
    found.problems.extend(read.problems);
    found.projects = remembered.into_keys().collect();
    switch::settle(&mut found.configs);
    settle_exclusive_policy(&mut found.configs);
    settle_packaged_desktop(&mut found.configs);
    settle(&mut found);
    found
}

/// One account, or the machine itself.
pub(super) struct Account<'a> {
    pub(super) disk: &'a Disk,
    pub(super) bases: Bases<'a>,
    pub(super) home: Option<&'a Home>,
}

impl<'a> Account<'a> {
    fn new(target: &'a Target, disk: &'a Disk, home: Option<&'a Home>) -> Self {
        let in_wsl = home.is_some_and(|home| target.os == Os::Windows && is_in_wsl(&home.path));
        let own_variables = home.is_some_and(|home| home.current);
        // Windows' own folders of the machine are variables too; on a foreign disk they have their usual places.
        let machine_variables = home.is_none() && cfg!(windows) && target.root.is_none();
        Account {
            disk,
            bases: Bases {
                os: if in_wsl { Os::Linux } else { target.os },
                style: disk.style(),
                home: home.map(|home| home.path.as_path()),
                environment: (own_variables || machine_variables).then_some(&target.environment),
            },
            home,
        }
    }

    /// Where the patterns of one system lead for this account.
    pub(super) fn probes(&self, patterns: &[String]) -> Vec<Probe> {
        patterns.iter().flat_map(|pattern| self.bases.probes(pattern)).collect()
    }

    fn claim(
        &self,
        client: &'static Client,
        spec: &'static FileSpec,
        claims: &mut Vec<Claim>,
        found: &mut Found,
    ) {
        for probe in self.probes(spec.paths(self.bases.os)) {
            found.probed.push(shown(self.disk, &probe));
            let fence = self.home.and_then(|home| self.disk.locate(&home.path));
            for place in self.disk.find(&probe, &mut found.problems) {
                claims.push(Claim {
                    place,
                    client,
                    spec,
                    fence: fence.clone(),
                    project: None,
                    home: self.home.and_then(|home| home.account.clone()),
                    is_referenced: false,
                });
            }
        }
    }
}

/// The probe as the target would spell it.
pub(super) fn shown(disk: &Disk, probe: &Probe) -> String {
    let name = |step: &Step| match step {
        Step::Name(name) | Step::Glob(name) => name.clone(),
        Step::Deep => "**".to_owned(),
    };
    let join = |path: PathBuf, step: &Step| disk.style().join(&path, name(step).as_ref());
    let path = probe.steps.iter().fold(probe.base.clone(), join);
    path.display().to_string()
}

/// Project files of every remembered root and of the folders above it.
fn in_projects(disk: &Disk, roots: &BTreeMap<PathBuf, Option<String>>, found: &mut Found) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut seen: HashSet<PathBuf> = HashSet::new();
    for (root, home) in roots {
        let mut next = Some(root.clone());
        for level in 0..=ANCESTORS {
            let Some(folder) = next else { break };
            next = disk.style().parent(&folder);
            // A folder can be a root and above another one: as a root it has more claimants.
            if level > 0 && roots.contains_key(&folder) || !seen.insert(folder.clone()) {
                continue;
            }
            in_project(disk, &folder, home.as_deref(), level == 0, &mut claims, &mut found.problems);
        }
    }
    claims
}

fn in_project(
    disk: &Disk,
    folder: &Path,
    home: Option<&str>,
    is_root: bool,
    claims: &mut Vec<Claim>,
    problems: &mut Vec<Problem>,
) {
    let Some(place) = disk.locate(folder) else { return };
    let Ok(listing) = disk.listing(&place.real) else {
        return;
    };
    for client in clients().iter().filter(|client| is_root || client.id != SWEEP) {
        for spec in &client.files {
            for pattern in &spec.project {
                for pattern in crate::paths::alternatives(pattern) {
                    let steps = crate::paths::steps(&pattern, crate::paths::Style::Unix);
                    // One look at the folder's names spares a hundred questions for files that are not there.
                    if !steps.first().is_some_and(|step| listing.has(step, disk.fold())) {
                        continue;
                    }
                    let probe = Probe { base: folder.to_path_buf(), steps };
                    claims.extend(disk.find(&probe, problems).into_iter().map(|found| Claim {
                        place: found,
                        client,
                        spec,
                        fence: Some(place.clone()),
                        project: Some(folder.to_path_buf()),
                        home: home.map(str::to_owned),
                        is_referenced: false,
                    }));
                }
            }
        }
    }
}

/// A client that finds an account's own file through a project reads it as well.
fn note_reader(configs: &mut [Config], claim: &Claim) {
    let path = &claim.place.named;
    for config in configs.iter_mut().filter(|config| config.origin().path == *path) {
        let is_new = config.client.id != claim.client.id
            && claim.client.id != SWEEP
            && config.also_read_by.iter().all(|other| other.id != claim.client.id);
        if is_new {
            config.also_read_by.push(claim.client);
            config.also_read_by.sort_by(|a, b| a.id.cmp(&b.id));
        }
    }
}

/// Claude Code loads nothing but `managed-mcp.json` where there is one. A file that another client of this machine
/// reads too is still live through that client.
fn settle_exclusive_policy(configs: &mut [Config]) {
    let is_exclusive = |config: &Config| {
        config.client.id == "claude-code"
            && config.scope == Scope::Managed
            && config.origin().path.to_string_lossy().ends_with("managed-mcp.json")
    };
    if !configs.iter().any(is_exclusive) {
        return;
    }
    let installed: HashSet<&str> = configs
        .iter()
        .filter(|config| !config.scope.is_foreign() && config.confirmed)
        .map(|config| config.client.id.as_str())
        .collect();
    for config in configs.iter_mut() {
        let live_elsewhere = config.also_read_by.iter().any(|other| installed.contains(other.id.as_str()));
        if config.client.id == "claude-code" && !is_exclusive(config) && !live_elsewhere {
            displace(config);
        }
    }
}

/// The packaged Claude Desktop reads its own copy of the roaming folder, and the plain file no longer.
fn settle_packaged_desktop(configs: &mut [Config]) {
    const FILE: &str = "\\claude\\claude_desktop_config.json";
    let text = |config: &Config| config.origin().path.to_string_lossy().replace('/', "\\").to_lowercase();
    let packaged: Vec<String> = configs
        .iter()
        .filter(|config| config.client.id == "claude-desktop")
        .map(text)
        .filter_map(|path| {
            let (local, rest) = path.split_once("\\local\\packages\\claude_")?;
            rest.ends_with(FILE).then(|| format!("{local}\\roaming{FILE}"))
        })
        .collect();
    for config in configs.iter_mut().filter(|config| config.client.id == "claude-desktop") {
        if packaged.contains(&text(config)) {
            displace(config);
        }
    }
}
