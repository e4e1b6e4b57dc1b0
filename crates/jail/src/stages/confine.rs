//! The last steps before the program: what is dropped here never comes back.

use std::os::fd::{AsFd, OwnedFd};

use rustix::process::DumpableBehavior;
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::root::Built;
use super::sockets::Sockets;
use super::step::Step;
use super::{During, Failed, landlock, trial};
use crate::guarantee::Guarantee;
use crate::guard::{Layer, layer};
use crate::profile::{Delivery, Gate, Profile};
use crate::report::Missing;
use crate::seccomp::{self, Listener};
use crate::sys::seccomp::{install, install_steady};
use crate::sys::{process, signals};
use crate::wire::{Channel, Message};

/// Confines this process for good and becomes the program. Returns only if a step failed.
pub(crate) fn become_program(
    control: &Channel,
    profile: &Profile,
    standard: &[OwnedFd; 3],
    program: Option<&OwnedFd>,
    built: &Built,
) -> Result<(), Failed> {
    // 13. A session of its own, so that no signal to it reaches the init.
    rustix::process::setsid().during(Step::Detach)?;
    // 14. The working directory; where that is not granted, home.
    enter_directory(profile)?;
    // 15. Landlock, while the mounts that its rules name are still open.
    lock_files(control, profile, built)?;
    // 16. Standard input, output and error; everything else closes when the program is executed.
    let program = program.map(|measured| found_again(profile, measured)).transpose()?;
    hand_over(standard)?;
    process::close_on_exec_from(3).during(Step::Standard)?;
    signals::reset();
    // 17. Prove from inside that the above holds. Before the filter, so that the gate reports no act of ours.
    self_check()?;
    // 18. The system call filter, last: the steps above need calls that it refuses.
    filter(control, profile, built)?;
    // 19. The trial of `mantrap doctor`, if this jail is for that.
    if let Some(trial) = &profile.trial {
        return trial::run(trial).during(Step::SelfCheck);
    }
    // 20. The program: the file that was measured, where one was, and not what is at its path by now.
    let environment = environment(profile);
    let error = match &program {
        Some(program) => process::execute_open(program, &profile.arguments, &environment),
        None => process::execute(&profile.program, &profile.arguments, &environment),
    };
    Err(error).at(Step::Execute, &profile.program)
}

/// Drops every capability, and the way back to any.
pub(super) fn irrevocably_drop_capabilities() -> Result<(), Failed> {
    process::drop_bounding_set().during(Step::Capabilities)?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::clear_ambient_capability_set().during(Step::Capabilities)?;
    rustix::thread::set_capabilities(None, none).during(Step::Capabilities)
}

/// Nothing executed from here on gains a privilege; and nobody looks into what is still this program.
pub(super) fn gain_nothing() -> Result<(), Failed> {
    rustix::thread::set_no_new_privs(true).during(Step::NoNewPrivileges)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).during(Step::NoNewPrivileges)
}

fn enter_directory(profile: &Profile) -> Result<(), Failed> {
    rustix::process::chdir(&profile.directory)
        .or_else(|_| rustix::process::chdir(&profile.home))
        .at(Step::Directory, &profile.home)
}

fn lock_files(control: &Channel, profile: &Profile, built: &Built) -> Result<(), Failed> {
    let error = match landlock::restrict(built) {
        Ok(true) => return Ok(()),
        Ok(false) => Failed {
            step: Step::Landlock,
            path: None,
            error: std::io::Error::from_raw_os_error(libc::ENOSYS),
        },
        Err(failed) => failed,
    };
    if !profile.waives(Guarantee::Landlock) {
        return Err(error);
    }
    let missing = Missing {
        guarantee: Guarantee::Landlock,
        why: "this kernel has no Landlock".to_owned(),
        remedy: "use Linux 5.13 or newer with `landlock` among the security modules (`lsm=` on the kernel's command line)"
            .to_owned(),
    };
    control.send(&Message::Missing(missing), &[]).during(Step::Landlock)
}

/// The program as it is in the view, if that is the file that was measured. That one is executed by its descriptor, so
/// that nothing of the host's own mounts is reached through the running program.
fn found_again(profile: &Profile, measured: &OwnedFd) -> Result<OwnedFd, Failed> {
    use rustix::fs::{Mode, OFlags, fstat, open};
    let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let find = || -> std::io::Result<OwnedFd> {
        let found = open(&profile.program, flags, Mode::empty())?;
        let (there, before) = (fstat(&found)?, fstat(measured)?);
        match (there.st_dev, there.st_ino) == (before.st_dev, before.st_ino) {
            true => Ok(found),
            false => Err(std::io::Error::from_raw_os_error(libc::ESTALE)),
        }
    };
    find().at(Step::Execute, &profile.program)
}

fn hand_over(standard: &[OwnedFd; 3]) -> Result<(), Failed> {
    let [input, output, error] = standard;
    rustix::stdio::dup2_stdin(input).during(Step::Standard)?;
    rustix::stdio::dup2_stdout(output).during(Step::Standard)?;
    rustix::stdio::dup2_stderr(error).during(Step::Standard)
}

fn filter(control: &Channel, profile: &Profile, built: &Built) -> Result<(), Failed> {
    let sockets = Sockets::of(profile, built).during(Step::Seccomp)?;
    if let Some(layer) = &profile.guard {
        return filter_and_ask(control, layer, &sockets);
    }
    let alone = || seccomp::program(Gate::Off, Listener::Absent, sockets.unix(Listener::Absent));
    if profile.gate == Gate::Off {
        return install(&alone(), Listener::Absent).map(drop).during(Step::Seccomp);
    }
    let program = seccomp::program(profile.gate, Listener::Asked, sockets.unix(Listener::Asked));
    match install(&program, Listener::Asked) {
        Ok(listener) => {
            let listener: Vec<_> = listener.iter().map(AsFd::as_fd).collect();
            control.send(&Message::Listener(sockets), &listener).during(Step::Seccomp)
        }
        // Something around this jail listens already, and there is one listener only. The boundary needs none.
        Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
            install(&alone(), Listener::Absent).during(Step::Seccomp)?;
            let missing = Missing {
                guarantee: Guarantee::Gate,
                why: "a sandbox around this one has the only listener of the kernel".to_owned(),
                remedy: "none is needed: what is refused stays refused and the report is shorter; Unix sockets are \
                         refused beside a granted directory"
                    .to_owned(),
            };
            control.send(&Message::Missing(missing), &[]).during(Step::Seccomp)
        }
        Err(error) => Err(error).during(Step::Seccomp),
    }
}

/// The filter of a guard beneath that of the jail: of two answers the kernel takes the stricter, and a refusal is stricter than
/// a question. Only one of them can have the listener, and the jail's needs none to hold.
fn filter_and_ask(control: &Channel, layer: &Layer, sockets: &Sockets) -> Result<(), Failed> {
    if let Layer::Listed(programs) = layer {
        layer::restrict(programs).during(Step::Landlock)?;
    }
    // The supervisor reads what this process asks for, which is the program.
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).during(Step::Seccomp)?;
    let listener = install_steady(&layer.filter()).during(Step::Seccomp)?;
    let unix = sockets.unix(Listener::Absent);
    install(&seccomp::program(Gate::Off, Listener::Absent, unix), Listener::Absent).during(Step::Seccomp)?;
    control.send(&Message::Guarded, &[listener.as_fd()]).during(Step::Seccomp)
}

/// Cheap, and enough to notice a step that was left out.
fn self_check() -> Result<(), Failed> {
    let refused =
        |held: bool| if held { Ok(()) } else { Err(std::io::Error::from_raw_os_error(libc::EPERM)) };
    refused(rustix::thread::no_new_privs().during(Step::SelfCheck)?).at(Step::SelfCheck, "no_new_privs")?;
    let sets = rustix::thread::capabilities(None).during(Step::SelfCheck)?;
    refused(sets.permitted.is_empty() && sets.effective.is_empty()).at(Step::SelfCheck, "capabilities")?;
    refused(std::fs::File::create("/mantrap").is_err()).at(Step::SelfCheck, "/")
}

fn environment(profile: &Profile) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let secrets = profile.secrets.iter().filter(|secret| secret.delivery == Delivery::Env);
    let secrets = secrets.map(|secret| (secret.name.clone().into(), secret.value.clone()));
    profile.environment.iter().cloned().chain(secrets).collect()
}
