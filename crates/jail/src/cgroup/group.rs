//! The groups of one jail: made, entered, removed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::place::{Place, Version, find};
use super::sweep::{own_name, sweep_beneath, texts};
use super::{Cap, DELEGATE, Lack, delegated};

/// After the last process of a group has ended, the kernel may still need a moment to let go of it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Directories of the kernel's, one for each hierarchy. [`remove`](Self::remove) takes them away; dropping does not,
/// because the processes inside hold a copy of this.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    made: Vec<Made>,
    /// Counts the processes that the cap on memory has ended.
    pub(crate) memory: Option<File>,
}

#[derive(Debug)]
struct Made {
    version: Version,
    directory: PathBuf,
    /// The directory itself, for a process to be born in.
    opened: File,
    /// Its `cgroup.procs`, for a process to enter.
    entrance: File,
}

impl Groups {
    /// Makes groups that keep as many of the caps as can be kept here, and says why each other one cannot.
    pub(crate) fn make(caps: &[Cap]) -> (Self, Vec<Lack>) {
        let (mut groups, mut lacks) = (Self::default(), Vec::new());
        let (standing, mounts) = texts();
        let mut places: Vec<(Place, Vec<Cap>)> = Vec::new();
        for &cap in caps {
            let controller = cap.controller();
            match find(controller, &standing, &mounts) {
                None => lacks.push(Lack {
                    controller,
                    why: format!(
                        "no control group with the `{}` controller can be seen from here",
                        controller.word()
                    ),
                    remedy: "mount the control groups at /sys/fs/cgroup: in a container, let it see its own",
                }),
                Some(place) => match places.iter_mut().find(|(other, _)| *other == place) {
                    Some((_, caps)) => caps.push(cap),
                    None => places.push((place, vec![cap])),
                },
            }
        }
        for (place, mut caps) in places {
            let parent = match place.version {
                Version::One => place.directory,
                Version::Two => {
                    let controllers: Vec<_> = caps.iter().map(|cap| cap.controller()).collect();
                    let (parent, unavailable) = delegated::prepare(&place.directory, &controllers);
                    caps.retain(|cap| unavailable.iter().all(|lack| lack.controller != cap.controller()));
                    lacks.extend(unavailable);
                    parent
                }
            };
            lacks.extend(groups.make_beneath(&parent, place.version, &caps));
        }
        (groups, lacks)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.made.is_empty()
    }

    fn make_beneath(&mut self, parent: &Path, version: Version, caps: &[Cap]) -> Vec<Lack> {
        let all = |why: String, remedy| {
            let lack = move |cap: &Cap| Lack { controller: cap.controller(), why: why.clone(), remedy };
            caps.iter().map(lack).collect()
        };
        if caps.is_empty() {
            return Vec::new();
        }
        let Some(name) = own_name() else { return all("/proc cannot be read".into(), "mount /proc") };
        sweep_beneath(parent);
        let made = match make_one(parent.join(name), version) {
            Ok(made) => made,
            Err(error) => {
                let remedy = match version {
                    Version::One => {
                        "run it as root, or use control groups of version 2 and have one delegated"
                    }
                    Version::Two => DELEGATE,
                };
                return all(
                    format!("the control group `{}` is not ours to divide: {error}", parent.display()),
                    remedy,
                );
            }
        };
        let mut lacks = Vec::new();
        for &cap in caps {
            match set(&made.directory, version, cap) {
                Ok(memory) => self.memory = memory.or(self.memory.take()),
                Err(error) => {
                    let why = format!("the kernel does not take the cap: {error}");
                    let remedy = "raise what the control group above allows, or lower the limit";
                    lacks.push(Lack { controller: cap.controller(), why, remedy });
                }
            }
        }
        self.made.push(made);
        lacks
    }

    /// The group of version 2 that a process can be born in.
    pub(crate) fn birthplace(&self) -> Option<BorrowedFd<'_>> {
        self.made.iter().find(|made| made.version == Version::Two).map(|made| made.opened.as_fd())
    }

    /// Moves this process, which has one thread, into those that it was not born in.
    pub(crate) fn enter(&self, born: Option<Version>) -> io::Result<()> {
        for made in self.made.iter().filter(|made| Some(made.version) != born) {
            // Zero is the writer.
            (&made.entrance).write_all(b"0")?;
        }
        Ok(())
    }

    /// Takes them away, once their processes have ended.
    pub(crate) fn remove(&self) {
        let deadline = Instant::now() + PATIENCE;
        for made in &self.made {
            while matches!(rustix::fs::rmdir(&made.directory), Err(Errno::BUSY | Errno::INTR))
                && Instant::now() < deadline
            {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

fn make_one(directory: PathBuf, version: Version) -> io::Result<Made> {
    fs::create_dir(&directory)?;
    let open = || -> io::Result<(File, File)> {
        Ok((File::open(&directory)?, File::options().write(true).open(directory.join("cgroup.procs"))?))
    };
    match open() {
        Ok((opened, entrance)) => Ok(Made { version, directory, opened, entrance }),
        Err(error) => {
            let _ = fs::remove_dir(&directory); // Made just now, and empty.
            Err(error)
        }
    }
}

/// Sets one cap. For memory, what counts the processes that it has ended.
fn set(directory: &Path, version: Version, cap: Cap) -> io::Result<Option<File>> {
    let write = |name: &str, value: String| fs::write(directory.join(name), value);
    // Files that are there only where swap is accounted for; without them there is none to limit.
    let write_if_there = |name: &str, value: String| match write(name, value) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    /// Microseconds in which a share of the processor is counted.
    const PERIOD: u64 = 100_000;
    let quota = |percent: u32| u64::from(percent) * (PERIOD / 100);
    match (cap, version) {
        (Cap::Memory(bytes), Version::One) => {
            write("memory.limit_in_bytes", bytes.to_string())?;
            write_if_there("memory.memsw.limit_in_bytes", bytes.to_string())?;
            File::open(directory.join("memory.oom_control")).map(Some)
        }
        (Cap::Memory(bytes), Version::Two) => {
            write("memory.max", bytes.to_string())?;
            write_if_there("memory.swap.max", "0".to_owned())?;
            File::open(directory.join("memory.events")).map(Some)
        }
        (Cap::Pids(count), _) => write("pids.max", count.to_string()).map(|()| None),
        (Cap::Cpu(percent), Version::One) => {
            write("cpu.cfs_period_us", PERIOD.to_string())?;
            write("cpu.cfs_quota_us", quota(percent).to_string()).map(|()| None)
        }
        (Cap::Cpu(percent), Version::Two) => {
            write("cpu.max", format!("{} {PERIOD}", quota(percent))).map(|()| None)
        }
    }
}

/// Whether the cap on memory has ended a process; from the file that [`Groups::memory`] is.
pub(crate) fn has_killed(counter: &File) -> bool {
    let mut text = [0; 1024];
    let length = rustix::io::pread(counter, &mut text, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(text.get(..length).unwrap_or_default());
    text.lines().filter_map(|line| line.strip_prefix("oom_kill ")).any(|count| count.trim() != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_count_kills_in_the_same_words() {
        let path = std::env::temp_dir().join(format!("mantrap-oom-{}", std::process::id()));
        let counted = |text: &str| {
            fs::write(&path, text).unwrap();
            has_killed(&File::open(&path).unwrap())
        };
        let seen = [
            counted("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
            counted("low 0\nhigh 0\nmax 31\noom 1\noom_kill 1\noom_group_kill 0\n"),
            counted("oom_kill_disable 1\nunder_oom 1\noom_kill 0\n"),
            counted(""),
        ];
        fs::remove_file(&path).unwrap();
        assert_eq!(seen, [true, true, false, false]);
    }
}
