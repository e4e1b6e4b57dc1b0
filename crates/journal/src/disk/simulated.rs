//! A disk in memory that can be killed at any byte, lose its power, and be full or broken.
//!
//! What it models: a write lands byte by byte in memory that outlives the process; it is durable after a flush of the file,
//! and until then a power cut leaves any of its sectors as they were, zeroed or new, and the file short or long. A new
//! name is durable after a flush of the directory; until then a power cut leaves the names at any earlier moment.
//! Directories themselves are always there.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::{Disk, Held, Lock};

const SECTOR: usize = 512;

/// The smallest things that happen to a disk.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A new, empty file has this name.
    Create(String, usize),
    Write(usize, usize, Vec<u8>),
    Truncate(usize, usize),
    Flush(usize),
    Rename(String, String),
    FlushNames,
    /// Not of the disk: so many entries have been acknowledged.
    Acknowledged(usize),
}

/// A file: what is seen, what is durable, and what was done in between.
#[derive(Clone, Debug, Default)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Step>,
}

/// Everything on the disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platter {
    inodes: BTreeMap<usize, Inode>,
    names: BTreeMap<String, usize>,
    /// The names at each moment since they were last durable, that one first.
    names_before: Vec<BTreeMap<String, usize>>,
}

impl Platter {
    /// Lets one step happen.
    pub(crate) fn step(&mut self, step: &Step) {
        match step {
            Step::Create(name, inode) => {
                self.remember_names();
                self.inodes.insert(*inode, Inode::default());
                self.names.insert(name.clone(), *inode);
            }
            Step::Write(inode, ..) | Step::Truncate(inode, _) => {
                let inode = self.inodes.get_mut(inode).unwrap();
                apply(&mut inode.seen, step);
                inode.pending.push(step.clone());
            }
            Step::Flush(inode) => {
                let inode = self.inodes.get_mut(inode).unwrap();
                inode.durable.clone_from(&inode.seen);
                inode.pending.clear();
            }
            Step::Rename(from, to) => {
                self.remember_names();
                let inode = self.names.remove(from).unwrap();
                self.names.insert(to.clone(), inode);
            }
            Step::FlushNames => {
                self.names_before.clear();
                let named: Vec<usize> = self.names.values().copied().collect();
                self.inodes.retain(|inode, _| named.contains(inode));
            }
            Step::Acknowledged(_) => {}
        }
    }

    fn remember_names(&mut self) {
        self.names_before.push(self.names.clone());
    }

    /// What is left when the power goes: `chance` decides about everything that was not flushed.
    pub(crate) fn without_power(&self, chance: &mut Chance) -> Self {
        let moments = self.names_before.len() as u64 + 1;
        let moment = usize::try_from(chance.below(moments)).unwrap();
        let names = self.names_before.get(moment).unwrap_or(&self.names).clone();
        let mut inodes = self.inodes.clone();
        for inode in inodes.values_mut() {
            let mut bytes = std::mem::take(&mut inode.durable);
            for step in std::mem::take(&mut inode.pending) {
                match &step {
                    Step::Write(_, at, new) => lose_some(&mut bytes, *at, new, chance),
                    _ if chance.below(2) == 0 => apply(&mut bytes, &step),
                    _ => {}
                }
            }
            inode.seen.clone_from(&bytes);
            inode.durable = bytes;
        }
        Self { inodes, names, names_before: Vec::new() }
    }
}

fn apply(bytes: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Write(_, at, new) => {
            if bytes.len() < at + new.len() {
                bytes.resize(at + new.len(), 0);
            }
            bytes[*at..at + new.len()].copy_from_slice(new);
        }
        Step::Truncate(_, size) => bytes.resize(*size, 0),
        _ => unreachable!(),
    }
}

fn lose_some(bytes: &mut Vec<u8>, at: usize, new: &[u8], chance: &mut Chance) {
    let all = chance.below(4);
    if all == 0 {
        return;
    }
    for (nth, sector) in new.chunks(SECTOR).enumerate() {
        let at = at + nth * SECTOR;
        match if all == 1 { 0 } else { chance.below(3) } {
            0 => apply(bytes, &Step::Write(0, at, sector.to_vec())),
            1 => apply(bytes, &Step::Write(0, at, vec![0; sector.len()])),
            _ => {}
        }
    }
}

/// Numbers that are the same at every run (xorshift64*).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

/// What goes wrong next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// Calls that still go well.
    pub(crate) after: usize,
    /// How long it goes wrong, in calls.
    pub(crate) calls: usize,
    pub(crate) kind: ErrorKind,
    /// Bytes that a write still writes.
    pub(crate) bytes: usize,
}

#[derive(Default)]
struct Inside {
    platter: Platter,
    steps: Vec<Step>,
    is_recording: bool,
    next: usize,
    fault: Option<Fault>,
}

/// The disk. A clone is the same one.
#[derive(Clone, Default)]
pub(crate) struct Simulated(Arc<Mutex<Inside>>);

impl Simulated {
    /// One that remembers its steps.
    pub(crate) fn recording() -> Self {
        let disk = Self::default();
        disk.inside().is_recording = true;
        disk
    }

    pub(crate) fn of(platter: Platter) -> Self {
        let next = platter.inodes.keys().max().map_or(0, |inode| inode + 1);
        Self(Arc::new(Mutex::new(Inside { platter, next, ..Inside::default() })))
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        self.inside().steps.clone()
    }

    pub(crate) fn acknowledge(&self, count: usize) {
        self.inside().step(Step::Acknowledged(count));
    }

    pub(crate) fn break_with(&self, fault: Option<Fault>) {
        self.inside().fault = fault;
    }

    /// Files by name, as they are seen.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let inside = self.inside();
        inside
            .platter
            .names
            .iter()
            .map(|(name, inode)| (name.clone(), inside.platter.inodes[inode].seen.clone()))
            .collect()
    }

    /// Puts a file there, or takes it away.
    pub(crate) fn put(&self, name: &str, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.create(name, bytes).unwrap(),
            None => drop(self.inside().platter.names.remove(name)),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }
}

impl Inside {
    fn step(&mut self, step: Step) {
        self.platter.step(&step);
        if self.is_recording {
            self.steps.push(step);
        }
    }

    fn inode(&self, path: &str) -> io::Result<usize> {
        self.platter.names.get(path).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn write(&mut self, inode: usize, at: usize, bytes: &[u8]) -> io::Result<()> {
        let fault = self.fault();
        let written = fault.map_or(bytes, |fault| &bytes[..fault.bytes.min(bytes.len())]);
        if !written.is_empty() {
            self.step(Step::Write(inode, at, written.to_vec()));
        }
        fault.map_or(Ok(()), |fault| Err(fault.kind.into()))
    }

    fn may_fail(&mut self) -> io::Result<()> {
        self.fault().map_or(Ok(()), |fault| Err(fault.kind.into()))
    }

    fn fault(&mut self) -> Option<Fault> {
        let fault = self.fault.as_mut()?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.calls = fault.calls.checked_sub(1)?;
        Some(*fault)
    }
}

impl Disk for Simulated {
    fn lock(&self, _: Lock, _: Duration) -> io::Result<Held> {
        Ok(Held(None))
    }

    fn read(&self, path: &str, from: u64, at_most: usize) -> io::Result<Vec<u8>> {
        let inside = self.inside();
        let seen = &inside.platter.inodes[&inside.inode(path)?].seen;
        let rest = seen.get(usize::try_from(from).unwrap()..).unwrap_or_default();
        Ok(rest[..rest.len().min(at_most)].to_vec())
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let inside = self.inside();
        Ok(inside.platter.inodes[&inside.inode(path)?].seen.len() as u64)
    }

    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inside = self.inside();
        let inode = inside.inode(path)?;
        inside.write(inode, usize::try_from(at).unwrap(), bytes)?;
        inside.may_fail()?;
        inside.step(Step::Flush(inode));
        Ok(())
    }

    fn truncate(&self, path: &str, size: u64) -> io::Result<()> {
        let mut inside = self.inside();
        let inode = inside.inode(path)?;
        inside.may_fail()?;
        inside.step(Step::Truncate(inode, usize::try_from(size).unwrap()));
        inside.step(Step::Flush(inode));
        Ok(())
    }

    fn create(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut inside = self.inside();
        inside.may_fail()?;
        // A file of this name is truncated and used again: to a reader of it the same as a new one.
        let inode = inside.next;
        inside.next += 1;
        inside.step(Step::Create(path.to_owned(), inode));
        inside.write(inode, 0, bytes)?;
        inside.may_fail()?;
        inside.step(Step::Flush(inode));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inside = self.inside();
        inside.inode(from)?;
        inside.may_fail()?;
        inside.step(Step::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn make_directory(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_directory(&self, _: &str) -> io::Result<()> {
        let mut inside = self.inside();
        inside.may_fail()?;
        inside.step(Step::FlushNames);
        Ok(())
    }
}
