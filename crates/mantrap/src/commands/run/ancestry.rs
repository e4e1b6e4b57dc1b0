//! Who asked: the account, and the processes above this one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mantrap_journal::{Process, Who};

use crate::environment::Environment;

/// Processes above each other that are recorded.
const HIGHEST: usize = 16;
/// Bytes of `/proc/PID/stat` (proc_pid_stat(5)): 52 numbers and a name of 16 bytes.
const STAT: u64 = 2048;

/// This user, and the ancestors of this process, nearest first. What cannot be read is left out.
pub(in crate::commands) fn who(environment: &Environment) -> Who {
    let account = rustix::process::getuid().as_raw();
    let named = ["USER", "LOGNAME"].iter().find_map(|name| environment.variables().get(*name)?.to_str());
    // The name is the caller's word, the number the kernel's.
    let user = named.map_or_else(|| account.to_string(), |name| format!("{name} ({account})"));
    let parent = rustix::process::getppid().map(|parent| parent.as_raw_pid().unsigned_abs());
    let ancestry = parent.map(above).unwrap_or_default();
    Who { user: Some(user.chars().take(100).collect()), client: None, ancestry, ..Who::default() }
}

/// A process and those above it, nearest first.
pub(in crate::commands) fn above(pid: u32) -> Vec<Process> {
    let mut ancestry = Vec::new();
    let mut next = Some(pid);
    while let Some(pid) = next.filter(|pid| *pid > 0 && ancestry.len() < HIGHEST) {
        let Some((name, parent)) = look(pid) else { break };
        let executable = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
        let executable = executable.map(|path| shown(&path));
        ancestry.push(Process { pid, name, executable, ..Process::default() });
        next = Some(parent);
    }
    ancestry
}

/// The name and the parent of a process.
fn look(pid: u32) -> Option<(String, u32)> {
    let mut stat = Vec::new();
    File::open(format!("/proc/{pid}/stat")).ok()?.take(STAT).read_to_end(&mut stat).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name may hold anything, so its end is the last parenthesis.
    let (start, rest) = stat.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let parent = rest.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some((name.to_owned(), parent))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().chars().take(1024).collect()
}
