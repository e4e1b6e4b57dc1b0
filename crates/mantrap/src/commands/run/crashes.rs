//! Servers that end again and again by themselves: a few times that is normal, then a start waits, and at last it is refused for
//! a while. The state is one small file per server, gone after the first good session. It locks nobody out: the refusal
//! says until when, and which file to remove.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mantrap_launch::ServerName;

/// Seconds for which a crash counts.
const COUNTS_FOR: u64 = 600;
/// Crashes after which a start waits.
const FREE: usize = 3;
/// Crashes after which it is refused.
const MOST: usize = 8;
/// Seconds for which it is refused after the last of them.
const REFUSED_FOR: u64 = 300;
/// The longest wait before a start. Hosts give up after 30 seconds or more.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// Bytes of the file that are read: it holds a number of ten digits for each crash.
const READ: u64 = 4096;

/// The crashes of one server.
#[derive(Debug)]
pub(super) struct Crashes {
    path: PathBuf,
    now: u64,
    /// Those that count, seconds since 1970.
    recent: Vec<u64>,
}

/// What is to be done before a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Wait for so long.
    Wait(Duration),
    /// Refuse, for so many seconds.
    Refuse(u64),
}

impl Crashes {
    /// Reads them. What cannot be read, or is no time of the last minutes, is no crash.
    pub(super) fn of(name: &ServerName, state: &Path, now: u64) -> Self {
        let path = state.join("crashes").join(name.as_str());
        let recent = read(&path).unwrap_or_default();
        let recent = recent.into_iter().filter(|at| (now.saturating_sub(COUNTS_FOR)..=now).contains(at));
        Self { recent: recent.collect(), path, now }
    }

    /// What the next start has to bear.
    pub(super) fn before(&self) -> Before {
        let count = self.recent.len();
        let since = self.now.saturating_sub(self.recent.iter().max().copied().unwrap_or(0));
        if count >= MOST && since < REFUSED_FOR {
            return Before::Refuse(REFUSED_FOR - since);
        }
        let doublings = u32::try_from(count.saturating_sub(FREE)).unwrap_or(u32::MAX);
        let wait = if doublings == 0 { 0 } else { 250_u64.saturating_mul(1 << doublings.min(16)) };
        Before::Wait(Duration::from_millis(wait).min(LONGEST_WAIT))
    }

    /// How many count.
    pub(super) fn count(&self) -> usize {
        self.recent.len()
    }

    /// The file that holds them.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// One more.
    pub(super) fn add(&self, now: u64) -> std::io::Result<()> {
        if let Some(directory) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        // Old ones go when they no longer matter; whoever writes at the same time loses nothing that counts.
        let keep = !self.recent.is_empty();
        let mut options = OpenOptions::new();
        options.write(true).create(true).append(keep).truncate(!keep).mode(0o600).custom_flags(FLAGS);
        let mut file = options.open(&self.path)?;
        // One write of a few bytes: lines of two launchers do not mix.
        file.write_all(format!("{now}\n").as_bytes())
    }

    /// It behaved.
    pub(super) fn forget(&self) -> std::io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A pipe or a device there is not waited for, and a link is not followed.
const FLAGS: i32 = (rustix::fs::OFlags::NOFOLLOW.bits() | rustix::fs::OFlags::NONBLOCK.bits()).cast_signed();

fn read(path: &Path) -> std::io::Result<Vec<u64>> {
    let file = File::options().read(true).custom_flags(FLAGS).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Vec::new());
    }
    let mut text = Vec::new();
    file.take(READ).read_to_end(&mut text)?;
    let lines = text.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| std::str::from_utf8(line).ok()?.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_219_200;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("mantrap-crashes-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    fn of(state: &Path, now: u64) -> Crashes {
        Crashes::of(&"notes".parse().unwrap(), state, now)
    }

    #[test]
    fn a_crash_loop_waits_longer_and_longer_and_is_refused_for_a_while() {
        let state = scratch("loop");
        let mut waits = Vec::new();
        for nth in 0..MOST as u64 {
            let crashes = of(&state, NOW + nth);
            match crashes.before() {
                Before::Wait(wait) => waits.push(wait.as_millis()),
                Before::Refuse(_) => panic!("refused after {nth}"),
            }
            crashes.add(NOW + nth).unwrap();
        }
        assert_eq!(waits, [0, 0, 0, 0, 500, 1000, 2000, 4000]);
        let last = NOW + MOST as u64 - 1;
        assert_eq!(of(&state, last + 10).before(), Before::Refuse(290));
        assert_eq!(of(&state, last + REFUSED_FOR).before(), Before::Wait(LONGEST_WAIT));
        assert_eq!(of(&state, last + COUNTS_FOR + 1).before(), Before::Wait(Duration::ZERO));
        of(&state, last).forget().unwrap();
        assert_eq!(of(&state, last).count(), 0);
        of(&state, last).forget().unwrap();
        std::fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn what_somebody_else_put_there_locks_nobody_out() {
        let state = scratch("hostile");
        let path = state.join("crashes/notes");
        std::fs::create_dir_all(state.join("crashes")).unwrap();
        let future = format!("{}\n", NOW + 1000).repeat(20);
        for text in [future.as_str(), "x\n\0\n-1\n99999999999999999999999\n", "", &"9".repeat(1 << 20)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(of(&state, NOW).before(), Before::Wait(Duration::ZERO), "{:.40}", text);
        }
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert_eq!(of(&state, NOW).count(), 0);
        assert!(of(&state, NOW).add(NOW).is_err());
        std::fs::remove_file(&path).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
            .unwrap();
        assert_eq!(of(&state, NOW).count(), 0, "a pipe is not waited for");
        std::fs::remove_dir_all(state).unwrap();
    }
}
