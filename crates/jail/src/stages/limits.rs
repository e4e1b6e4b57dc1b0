//! What one process may use, as resource limits. They need no privilege and cannot be raised inside.

use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};
use rustix::system::uname;

use super::groups::Memory;
use super::root::{self, Built};
use super::step::Step;
use super::{During, Failed};
use crate::profile::{DEFAULT_DATA, DEFAULT_PIDS, FILE_BYTES, OPEN_FILES, Profile};

/// Limits counted per process.
pub(crate) fn set(profile: &Profile, memory: &Memory) -> Result<(), Failed> {
    // One byte and not none: for a core that is piped to a helper of the host, only that value means no core (core(5)).
    lower(Resource::Core, 1)?;
    lower(Resource::Nofile, OPEN_FILES)?;
    lower(Resource::Fsize, FILE_BYTES)?;
    lower(Resource::Msgqueue, 0)?;
    lower(Resource::Memlock, 8 << 20)?;
    let asked = profile.limits.memory.unwrap_or(DEFAULT_DATA);
    // Address space is not memory: runtimes ask for more than they touch. Where the kernel counts what is touched, a
    // limit on it would only break them.
    let data = if matches!(memory, Memory::Kernel(_)) { asked.max(DEFAULT_DATA) } else { asked };
    lower(Resource::Data, data)
}

/// The limit on processes is counted per user *namespace* (Linux 5.14), so it is set after that exists: what the user
/// runs outside does not count against it.
pub(crate) fn set_processes(profile: &Profile) -> Result<(), Failed> {
    lower(Resource::Nproc, u64::from(profile.limits.pids.unwrap_or(DEFAULT_PIDS)))
}

/// The root user is exempt from that limit. For it the pid namespace runs out of numbers instead (Linux 6.14).
pub(crate) fn cap_process_numbers(profile: &Profile, built: &Built) -> Result<(), Failed> {
    /// The kernel reserves the first 300 numbers once they have wrapped around (`RESERVED_PIDS`).
    const RESERVED: u32 = 300;
    // INVARIANT: before, there is one such number for the whole machine, and the root user may write it even from here.
    if !geteuid().is_root() || !has_own_process_numbers(&uname().release().to_string_lossy()) {
        return Ok(());
    }
    let highest = profile.limits.pids.unwrap_or(DEFAULT_PIDS).saturating_add(RESERVED);
    root::write_own_sysctl(built, "kernel/pid_max", &highest.to_string())
        .at(Step::Limit, "/proc/sys/kernel/pid_max")
}

/// Whether a kernel of this release has a highest process number for each pid namespace.
fn has_own_process_numbers(release: &str) -> bool {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= (6, 14))
}

/// Lowers a limit to at most `most`; never raises one.
fn lower(resource: Resource, most: u64) -> Result<(), Failed> {
    let maximum = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
    setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) }).during(Step::Limit)
}

#[cfg(test)]
mod tests {
    use super::has_own_process_numbers;

    #[test]
    fn only_a_kernel_that_is_new_enough_has_process_numbers_of_its_own() {
        for release in ["6.14.0", "6.14-rc1", "6.18.44", "7.0", "10.2.3-generic"] {
            assert!(has_own_process_numbers(release), "{release}");
        }
        for release in ["6.13.9", "5.15.0-1-amd64", "4.18.0-553.el8", "6", "", "linux", "6.x"] {
            assert!(!has_own_process_numbers(release), "{release}");
        }
    }
}
