//! From the claim "this client reads this file" to a [`Config`]: each real file is read and parsed once, whoever
//! claims it and under whatever name.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, Place};
use crate::catalog::{Client, Dialect, Evidence, FileSpec};
use crate::config::{Config, Scope};
use crate::format::{Document, Format};
use crate::lower;
use crate::package;
use crate::paths::{Style, is_in_wsl, is_on_the_network};
use crate::source::{MAX_CONFIG_BYTES, Origin, Problem, ProblemKind, Source};
use crate::work;

/// A client reads a file.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) place: Place,
    pub(super) client: &'static Client,
    pub(super) spec: &'static FileSpec,
    /// The folder that the file belongs to: a project, or the folder that is walked.
    pub(super) fence: Option<Place>,
    pub(super) project: Option<PathBuf>,
    pub(super) home: Option<String>,
    /// Whether a manifest named the file. Then `spec` is the manifest's, and only its scope counts.
    pub(super) is_referenced: bool,
}

/// Config files of one audit, at most.
const MAX_CONFIGS: usize = 50_000;
/// Bytes of config files that are read in one audit, at most (256 MiB). A machine full of them has a few.
const MAX_TOTAL_BYTES: u64 = 256 * 1024 * 1024;

/// The largest script of an extension that is read, in bytes.
pub(super) const MAX_SCRIPT_BYTES: u64 = crate::format::extension_js::MAX_EXTENSION_BYTES;

/// The catch-all entry of the catalogue: files that belong to no client in particular.
pub(super) const SWEEP: &str = "repository";

/// What came of claims, in order of the first claim on each file.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    pub(super) configs: Vec<Config>,
    pub(super) problems: Vec<Problem>,
    /// Files that a manifest names, as claims of the manifest's client.
    references: Vec<Claim>,
}

impl Lowered {
    pub(super) fn absorb(&mut self, other: Lowered) {
        self.configs.extend(other.configs);
        self.problems.extend(other.problems);
        self.references.extend(other.references);
    }
}

/// Manifests that name manifests that name files: no client goes further.
const REFERENCE_ROUNDS: usize = 2;

/// Reads every claimed file once, and the files that those name.
pub(super) fn read_all(disk: &Disk, claims: Vec<Claim>) -> Lowered {
    let mut all = Lowered::default();
    let mut read_already: HashSet<PathBuf> = HashSet::new();
    let mut budget = Budget::default();
    let mut claims = claims;
    for _ in 0..=REFERENCE_ROUNDS {
        let mut groups = by_real_file(disk, claims);
        groups.retain(|group| read_already.insert(group.real.clone()));
        let (groups, cut) = budget.afford(groups);
        all.problems.extend(cut);
        for one in work::on_each(groups, |group| read(disk, &group)) {
            all.absorb(one);
        }
        claims = std::mem::take(&mut all.references);
        if claims.is_empty() {
            break;
        }
    }
    all
}

/// Claims on one real file, the strongest first.
#[derive(Debug)]
struct Group {
    real: PathBuf,
    bytes: u64,
    claims: Vec<Claim>,
}

fn by_real_file(disk: &Disk, claims: Vec<Claim>) -> Vec<Group> {
    let mut indices: HashMap<PathBuf, usize> = HashMap::with_capacity(claims.len());
    let mut groups: Vec<Group> = Vec::with_capacity(claims.len());
    for claim in claims {
        let (real, bytes) = real_path(disk, &claim.place.real);
        let at = *indices.entry(real.clone()).or_insert_with(|| {
            groups.push(Group { real, bytes, claims: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.claims.push(claim);
        }
    }
    for group in &mut groups {
        group.claims.sort_by_key(strength);
    }
    groups
}

/// What is left to read: a repository may hold any number of files that are each within the limit.
#[derive(Debug)]
struct Budget {
    files: usize,
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { files: MAX_CONFIGS, bytes: MAX_TOTAL_BYTES }
    }
}

impl Budget {
    /// The groups that are read, and what is said about the rest.
    fn afford(&mut self, mut groups: Vec<Group>) -> (Vec<Group>, Option<Problem>) {
        let mut fits = 0;
        for group in &groups {
            // A file that is too large on its own is refused by itself and costs nothing.
            let cost = if group.bytes > MAX_CONFIG_BYTES { 0 } else { group.bytes };
            let (Some(files), Some(bytes)) = (self.files.checked_sub(1), self.bytes.checked_sub(cost)) else {
                break;
            };
            self.files = files;
            self.bytes = bytes;
            fits += 1;
        }
        let rest = groups.split_off(fits);
        let problem = rest.first().and_then(|group| group.claims.first()).map(|first| {
            let message = format!(
                "{} more config files; {MAX_CONFIGS} files or {MAX_TOTAL_BYTES} bytes are read in one audit",
                rest.len()
            );
            Problem::new(Origin::file(&first.place.named), ProblemKind::Cut, message)
        });
        (groups, problem)
    }
}

/// A specific client before the sweep, the file's own owner before somebody who finds it in a project, what is
/// known before what is claimed, servers before policies.
fn strength(claim: &Claim) -> impl Ord + use<> {
    (
        claim.client.id == SWEEP,
        claim.spec.scope.is_foreign(),
        claim.spec.evidence == Evidence::Inferred,
        claim.spec.dialect == Dialect::Opaque,
        Reverse(claim.spec.dialect == Dialect::Servers),
        evidence_rank(claim.spec.evidence),
        claim.client.id.as_str(),
        claim.place.named.clone(),
    )
}

fn evidence_rank(evidence: Evidence) -> u8 {
    match evidence {
        Evidence::Code | Evidence::Run => 0,
        Evidence::Record => 1,
        Evidence::Reported => 2,
        Evidence::Inferred => 3,
    }
}

/// The path with every link followed, and the file's size.
fn real_path(disk: &Disk, path: &Path) -> (PathBuf, u64) {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return (path.to_path_buf(), 0);
    };
    let folder = disk.resolved(parent).unwrap_or_else(|_| parent.to_path_buf());
    let path = folder.join(name);
    match std::fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_symlink() => {
            let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            (std::fs::canonicalize(&path).unwrap_or(path), bytes)
        }
        metadata => (path, metadata.map_or(0, |metadata| metadata.len())),
    }
}

fn read(disk: &Disk, group: &Group) -> Lowered {
    let Some(first) = group.claims.first() else {
        return Lowered::default();
    };
    let spec = merged(group);
    let mut read = match read_as(disk, first, &spec) {
        Ok(read) => read,
        Err(None) => return Lowered::default(),
        Err(Some(problem)) => {
            return Lowered { problems: vec![problem], ..Lowered::default() };
        }
    };
    for config in &mut read.configs {
        config.also_read_by = others(group);
        config.link = link(disk, group, first);
    }
    let problems = &read.problems;
    read.configs.retain(|config| counts(config, problems));
    if first.client.id == SWEEP && read.configs.is_empty() {
        read.problems.clear();
    }
    read
}

/// `Err(None)` is a file that says nothing about servers and nothing about itself.
fn read_as(disk: &Disk, claim: &Claim, spec: &FileSpec) -> Result<Lowered, Option<Problem>> {
    let origin = Origin::file(&claim.place.named);
    let real = &claim.place.real;
    if spec.dialect == Dialect::Opaque {
        let message = format!("{} keeps servers here in a form that is not read", claim.client.name);
        return Err(Some(Problem::new(origin, ProblemKind::Opaque, message)));
    }
    if spec.format == Format::Bundle {
        let (source, document) = crate::format::bundle::read(real, origin)?;
        return Ok(lowered_document(disk, &source, document, claim, spec));
    }
    let source = Source::open(real, origin, MAX_CONFIG_BYTES).map_err(|problem| {
        // A link to nowhere, or a file that has just gone: there is nothing that a client could read.
        let is_there = std::fs::metadata(real).is_ok() || problem.kind == ProblemKind::Link;
        is_there.then_some(problem)
    })?;
    let read = match spec.dialect {
        Dialect::Extension => super::extension::registered(disk, &source, claim, spec),
        _ => lowered(disk, &source, claim, spec),
    };
    read.map_err(|problem| is_worth_reporting(claim, &source).then_some(problem))
}

/// The strongest claim's description, with every place where any of the clients would look for servers.
fn merged(group: &Group) -> FileSpec {
    let mut specs = group.claims.iter().map(|claim| claim.spec);
    let Some(mut merged) = specs.next().cloned() else {
        unreachable!("INVARIANT: a group is born with a claim");
    };
    if group.claims.first().is_some_and(|claim| claim.is_referenced) {
        merged.format = Format::Json;
        merged.dialect = Dialect::Servers;
        merged.keys = ["/mcpServers", "/mcp_servers", "/"].map(String::from).into();
    }
    for other in specs {
        if merged.dialect == Dialect::Policy && other.dialect == Dialect::Servers {
            merged.dialect = Dialect::Servers;
            merged.keys.clear();
        } else if other.dialect != merged.dialect {
            continue;
        }
        for key in &other.keys {
            if !merged.keys.contains(key) {
                merged.keys.push(key.clone());
            }
        }
    }
    merged
}

fn others(group: &Group) -> Vec<&'static Client> {
    let mut others: BTreeMap<&str, &'static Client> = BTreeMap::new();
    let own = group.claims.first().map(|claim| claim.client.id.as_str());
    for claim in &group.claims {
        let id = claim.client.id.as_str();
        if Some(id) != own && id != SWEEP {
            others.insert(id, claim.client);
        }
    }
    others.into_values().collect()
}

/// Where the file really is, when a link leads out of the folder it belongs to.
fn link(disk: &Disk, group: &Group, claim: &Claim) -> Option<PathBuf> {
    let fence = claim.fence.as_ref()?;
    let fence = disk.resolved(&fence.real).ok()?;
    (!group.real.starts_with(fence)).then(|| disk.name_of(&group.real))
}

/// Parses a source and finds its servers.
pub(super) fn lowered(
    disk: &Disk,
    source: &Arc<Source>,
    claim: &Claim,
    spec: &FileSpec,
) -> Result<Lowered, Problem> {
    let document = crate::format::parse(source, spec.format)?;
    Ok(lowered_document(disk, source, document, claim, spec))
}

fn lowered_document(
    disk: &Disk,
    source: &Arc<Source>,
    document: Document,
    claim: &Claim,
    spec: &FileSpec,
) -> Lowered {
    let (config, problems, references) = lower::config(Arc::clone(source), document, claim.client, spec);
    let mut lowered = Lowered {
        configs: vec![Config { project: claim.project.clone(), home: claim.home.clone(), ..config }],
        problems,
        references: Vec::new(),
    };
    for path in references {
        match reference(disk, claim, &path) {
            Ok(claim) => lowered.references.extend(claim),
            Err(problem) => lowered.problems.push(problem),
        }
    }
    lowered
}

/// A file that a manifest names, if there is one. What a repository names is its own.
fn reference(disk: &Disk, claim: &Claim, path: &Path) -> Result<Option<Claim>, Problem> {
    let style = disk.style();
    // Manifests spell paths with either slash.
    let named = match style {
        Style::Windows => style.names(path).iter().fold(start_of(path), |path, name| style.join(&path, name)),
        Style::Unix => path.to_path_buf(),
    };
    if style == Style::Windows && is_on_the_network(path) {
        let message = "a plugin on another machine; an audit opens no network folder";
        return Err(Problem::new(Origin::file(path), ProblemKind::Opaque, message));
    }
    let fence = claim.project.as_ref().and(claim.fence.as_ref());
    if fence.is_some_and(|fence| !style.names(&named).starts_with(&style.names(&fence.named))) {
        let message = "a manifest names this file, which is outside of the folder; it was not read";
        return Err(Problem::new(Origin::file(path), ProblemKind::Link, message));
    }
    let place = disk.locate(&named).filter(|place| place.real.is_file());
    Ok(place.map(|place| Claim { place, is_referenced: true, ..claim.clone() }))
}

/// The drive of a Windows path, or what stands before a WSL distribution.
fn start_of(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        _ if is_in_wsl(path) => "\\\\".into(),
        (Some(drive), Some(':')) => format!("{drive}:\\").into(),
        _ => "C:\\".into(),
    }
}

/// Whether a broken file is a broken config. A `server.json` or `plugin.json` may be anybody's.
fn is_worth_reporting(claim: &Claim, source: &Source) -> bool {
    claim.client.id != SWEEP || source.text.to_ascii_lowercase().contains("mcp")
}

/// Whether what was read is a config at all: the sweep's names are common.
fn counts(config: &Config, problems: &[Problem]) -> bool {
    let is_announced = ["mcpServers", "mcp_servers"].iter().any(|key| config.tree.member(key).is_some());
    match config.client.id.as_str() {
        SWEEP => {
            let looks = |server: &crate::config::Server| {
                lower::looks_like_server(&server.node) || config.scope == Scope::Package
            };
            // A `services` map is a compose file's.
            let hosts = || config.scope == Scope::Package && package::compose::runs_a_host(&config.tree);
            is_announced || !problems.is_empty() || config.servers.iter().any(looks) || hosts()
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_budget_is_one_problem() {
        let group = |name: &str, bytes| {
            let client = crate::catalog::client("cursor").unwrap();
            let place = Place { named: name.into(), real: name.into() };
            let claim = Claim {
                place,
                client,
                spec: &client.files[0],
                fence: None,
                project: None,
                home: None,
                is_referenced: false,
            };
            Group { real: name.into(), bytes, claims: vec![claim] }
        };
        let mut budget = Budget { files: 3, bytes: 100 };
        let groups = vec![group("a", 60), group("huge", u64::MAX), group("b", 50), group("c", 1)];
        let (read, cut) = budget.afford(groups);
        assert_eq!(read.len(), 2);
        let cut = cut.unwrap();
        assert_eq!((cut.kind, cut.origin.path), (ProblemKind::Cut, PathBuf::from("b")));
        let (read, cut) = budget.afford(vec![group("d", 40), group("e", 0)]);
        assert_eq!((read.len(), cut.is_some()), (1, true));
    }
}
