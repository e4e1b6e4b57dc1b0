//! Packages of every kind of evidence in one list: what the product grid is made from.

use std::path::{Path, PathBuf};

use mantrap_clients::Config;
use mantrap_clients::discover::Target;
use mantrap_clients::source::Problem;
use rayon::prelude::*;

use crate::command;
use crate::inventory;
use crate::report::{Package, PackageEvidence};

/// What is installed, locked, deployed and launched on a target.
#[derive(Debug, Default)]
pub struct Stock {
    /// Every package, each once per place, in order.
    pub packages: Vec<Package>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Stock {
    /// Reads the files that a walk of a folder collected for [`inventory::wants`].
    pub fn of_files(files: &[PathBuf]) -> Self {
        // One of them may be an image of gigabytes: two are reason enough for threads.
        let read: Vec<_> = match files {
            [] | [_] => files.iter().map(|path| inventory::read(path, path)).collect(),
            _ => files.par_iter().map(|path| inventory::read(path, path)).collect(),
        };
        let mut stock = Stock::default();
        read.into_iter().for_each(|found| stock.add(found));
        stock
    }

    /// Reads the well-known environments of a machine and the lock files at the top of its projects.
    pub fn of_machine(target: &Target, projects: &[PathBuf]) -> Self {
        let mut stock = Stock::default();
        stock.add(inventory::machine(target));
        if target.root.is_none() {
            let files: Vec<PathBuf> = projects.iter().flat_map(|project| top_files(project)).collect();
            let of_projects = Stock::of_files(&files);
            stock.add((of_projects.packages, of_projects.problems));
        }
        stock
    }

    /// Reads running processes from a `/proc`.
    pub fn add_processes(&mut self, proc_root: &Path) {
        self.add(inventory::processes(proc_root));
    }

    /// Takes in what the servers of `configs` would start at an exact version.
    pub fn add_launches(&mut self, configs: &[Config], target: &Target) {
        for config in configs {
            for server in &config.servers {
                let launch = command::read(server, target.os);
                let exact = launch.packages().iter().filter_map(|package| {
                    Some(Package {
                        ecosystem: package.ecosystem.as_str().to_owned(),
                        name: package.name.clone(),
                        version: package.version.as_ref()?.as_str().to_owned(),
                        place: config.origin().to_string(),
                        evidence: PackageEvidence::Launched,
                    })
                });
                self.packages.extend(exact);
            }
        }
    }

    /// Sorts, and drops what was read twice.
    pub fn settle(&mut self) {
        self.packages.sort();
        self.packages.dedup();
    }

    fn add(&mut self, (packages, problems): (Vec<Package>, Vec<Problem>)) {
        self.packages.extend(packages);
        self.problems.extend(problems);
    }
}

/// The files right in `project` that the inventory wants. A project that is gone has none.
fn top_files(project: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(project) else {
        return Vec::new();
    };
    let wanted = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| inventory::wants(name, Path::new(name)))
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(wanted).collect();
    files.sort();
    files
}
