//! What one process may use, as resource limits. They need no privilege and cannot be raised inside.

use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};

use super::groups::Memory;
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
pub(crate) fn cap_process_numbers(profile: &Profile) -> Result<(), Failed> {
    /// The kernel reserves the first 300 numbers once they have wrapped around (`RESERVED_PIDS`).
    const RESERVED: u32 = 300;
    if !geteuid().is_root() {
        return Ok(());
    }
    let highest = profile.limits.pids.unwrap_or(DEFAULT_PIDS).saturating_add(RESERVED);
    let path = "/proc/sys/kernel/pid_max";
    match super::root::write_own_sysctl("kernel/pid_max", &highest.to_string()) {
        // Older kernels have one number for the whole machine; it is not ours to change, and the write is refused.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EACCES | libc::EPERM | libc::EROFS)) => {
            Ok(())
        }
        other => other.at(Step::Limit, path),
    }
}

/// Lowers a limit to at most `most`; never raises one.
fn lower(resource: Resource, most: u64) -> Result<(), Failed> {
    let maximum = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
    setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) }).during(Step::Limit)
}
