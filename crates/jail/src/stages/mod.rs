//! The inside: one process with one thread that confines itself and becomes the program.
//!
//! Owns the order of the steps. Never decides what is granted, and never goes on after a step that failed.

pub(crate) mod confine;
pub(crate) mod groups;
pub(crate) mod image;
pub(crate) mod init;
pub(crate) mod landlock;
pub(crate) mod limits;
pub(crate) mod memory;
pub(crate) mod namespaces;
pub(crate) mod network;
pub(crate) mod release;
pub(crate) mod root;
pub(crate) mod sockets;
pub(crate) mod step;
pub(crate) mod system;
pub(crate) mod trial;

use std::fs::File;
use std::io::Read;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::profile::Profile;
use crate::sys::network::Beside;
use crate::sys::process::{self, Forked};
use crate::wire::{Channel, Failure, Message, Opening};
use groups::Memory;
use namespaces::Identity;
use root::Base;
use step::Step;

/// The name that the confining process is started by.
pub(crate) const CALLED: &str = "mantrap-jail";

/// A step that failed, on its way out.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) step: Step,
    pub(crate) path: Option<PathBuf>,
    pub(crate) error: std::io::Error,
}

/// Says which step, and where, a failure belongs to.
pub(crate) trait During<T> {
    fn during(self, step: Step) -> Result<T, Failed>;
    fn at(self, step: Step, path: impl Into<PathBuf>) -> Result<T, Failed>;
}

impl<T, E: Into<std::io::Error>> During<T> for Result<T, E> {
    fn during(self, step: Step) -> Result<T, Failed> {
        self.map_err(|error| Failed { step, path: None, error: error.into() })
    }

    fn at(self, step: Step, path: impl Into<PathBuf>) -> Result<T, Failed> {
        self.map_err(|error| Failed { step, path: Some(path.into()), error: error.into() })
    }
}

/// Confines this process if it was started to, and answers `None` if it was not. The first line of `main`.
#[must_use]
pub fn enter_if_asked() -> Option<ExitCode> {
    let called = std::env::args_os().next()?;
    let act = if called == CALLED {
        |control: &Channel| enter(control, Start::Executed)
    } else if called == release::CALLED {
        release::release
    } else {
        return None;
    };
    serve(act)
}

/// The same for a process that was made before its parent had read anything: it stands now as if it had been executed.
pub(crate) fn enter_prepared(control: &Channel, identity: Identity) -> ExitCode {
    let stand = || -> std::io::Result<()> {
        let null = File::options().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdin(control)?;
        rustix::stdio::dup2_stdout(&null)?;
        Ok(rustix::stdio::dup2_stderr(&null)?)
    };
    if stand().is_err() {
        return ExitCode::from(OUT_OF_PLACE);
    }
    serve(|control| {
        // First, because everything else waits for it in the end; and never before the descriptors are closed, which it shares.
        let network = Beside::start().during(Step::Namespaces)?;
        process::forget_arguments_and_environment().during(Step::Detach)?;
        rustix::thread::set_name(c"mantrap-jail").during(Step::Detach)?;
        enter(control, Start::Prepared(identity, network))
    })
}

/// Does what the supervisor at the other end of standard input wants, tells it if that fails, and ends: there is nothing to
/// flush, and the supervisor waits.
fn serve(act: impl FnOnce(&Channel) -> Result<(), Failed>) -> ! {
    // Whatever the supervisor's process had open without closing it on exec ends here, before anything of ours is open.
    if process::close_from(3).is_err() {
        process::end_now(OUT_OF_PLACE.into());
    }
    let Ok(control) = std::io::stdin().as_fd().try_clone_to_owned() else {
        process::end_now(OUT_OF_PLACE.into());
    };
    let control = Channel::from_descriptor(control);
    match act(&control) {
        Ok(()) => process::end_now(0),
        Err(failed) => {
            tell(&control, failed);
            process::end_now(OUT_OF_PLACE.into())
        }
    }
}

fn tell(control: &Channel, failed: Failed) {
    let errno = failed.error.raw_os_error().unwrap_or(libc::EIO);
    let failure = Failure { step: failed.step, path: failed.path, errno };
    // With nobody to tell, the status alone says that nothing was executed.
    let _ = control.send(&Message::Failed(failure), &[]);
}

/// How the confining process came to be.
#[derive(Debug)]
pub(crate) enum Start {
    /// Executed for one profile.
    Executed,
    /// Made before there was one, in its user and pid namespace, by whoever this is outside. Its network is being made.
    Prepared(Identity, Beside),
}

/// The status of a confining process that confined nothing.
const OUT_OF_PLACE: u8 = 125;

/// What the supervisor handed over.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) standard: [OwnedFd; 3],
    pub(crate) profile: Profile,
    /// The program, open as it was measured; without one, whatever is at its path.
    pub(crate) program: Option<OwnedFd>,
    /// Closes when the program has been executed, or this process has ended: never before a failure has been told.
    pub(crate) executed: ManuallyDrop<OwnedFd>,
}

/// The steps, in order. Each is one line, so that taking one out can be shown to break a test.
fn enter(control: &Channel, start: Start) -> Result<(), Failed> {
    // 1. No session, no terminal of the supervisor's.
    namespaces::leave_session()?;
    let (told, identity, network) = match start {
        // 2. What to do. Nothing of it matters to the steps that a prepared process takes without knowing.
        Start::Executed => (Some(hear(control)?), Identity::own(), None),
        Start::Prepared(identity, network) => (None, identity, Some(network)),
    };
    // 4. Namespaces: user, mount, pid, network, ipc, uts, cgroup; in them one is oneself, and no other id is mapped.
    namespaces::unshare(network.is_some())?;
    // 5. Be that one.
    namespaces::map(identity)?;
    let (handover, memory, base) = match told {
        Some((handover, memory)) => (handover, memory, None),
        None => {
            // The supervisor still reads its arguments, and a helper makes the network.
            let base = root::lay(true)?;
            namespaces::enter_network(network)?;
            let (handover, memory) = hear(control)?;
            (handover, memory, Some(base))
        }
    };
    // 6. Limits on each process from here on, and those that are counted within the user namespace.
    limits::set(&handover.profile, &memory)?;
    limits::set_processes(&handover.profile)?;
    // 7. The first process of the pid namespace, a child of the supervisor's; this one's work is done. A prepared process
    // is that one already.
    if let Some(base) = base {
        return first(control, handover, &memory, base);
    }
    match process::clone(libc::CLONE_PARENT).during(Step::Init)? {
        Forked::Parent(pidfd) => control.send(&Message::Init, &[pidfd.as_fd()]).during(Step::Init),
        Forked::Child => {
            let base = root::lay(handover.profile.system)?;
            first(control, handover, &memory, base)
        }
    }
}

/// The first process of the pid namespace: builds the room, starts the program in it, and stays to reap and to die.
fn first(control: &Channel, handover: Handover, memory: &Memory, base: Base) -> Result<(), Failed> {
    let Handover { standard, profile, program, executed } = handover;
    // 8. The network: loopback, and where granted the sockets through which the supervisor brokers.
    let door = prepare_network(control, &profile)?;
    // 9. A name of its own.
    namespaces::name_host()?;
    // 10. A root made of grants, and nothing behind it.
    let built = root::furnish(base, &profile)?;
    root::announce_held(control, &built)?;
    // 11. The cap on processes that only the root user needs.
    limits::cap_process_numbers(&profile, &built)?;
    root::enter(&built)?;
    // 12. No capability, none to be had, and no privilege by executing: before there is a program that could find one here.
    confine::irrevocably_drop_capabilities()?;
    confine::gain_nothing()?;
    let become_program = || confine::become_program(control, &profile, &standard, program.as_ref(), &built);
    let started = process::start(|| match become_program() {
        Ok(()) => 0,
        Err(failed) => {
            tell(control, failed);
            OUT_OF_PLACE.into()
        }
    });
    let started = started.during(Step::Fork)?;
    drop((standard, program, ManuallyDrop::into_inner(executed), built));
    init::stay(control, door, &profile, started, memory)
}

/// Receives the profile, and goes on in the control groups that its limits need.
fn hear(control: &Channel) -> Result<(Handover, Memory), Failed> {
    let handover = open(control)?;
    // 3. Limits of the whole tree.
    let memory = groups::enter(control, &handover.profile)?;
    Ok((handover, memory))
}

/// Opens the sockets of the jail's network and hands them out. Where somebody is let in, the init's end of the way in.
fn prepare_network(control: &Channel, profile: &Profile) -> Result<Option<Channel>, Failed> {
    let open = || network::open(&network::Wish::of(&profile.net)?.with_guests(&profile.listen));
    let sockets = open().map_err(|error| error.errno()).during(Step::Network)?;
    let door = if profile.listen.is_empty() {
        None
    } else {
        let (door, theirs) = Channel::pair().during(Step::Network)?;
        control.send(&Message::Door, &[theirs.as_fd()]).during(Step::Network)?;
        Some(door)
    };
    if sockets.is_empty() {
        return Ok(door);
    }
    let (roles, descriptors): (Vec<_>, Vec<_>) = sockets.into_iter().unzip();
    let descriptors: Vec<_> = descriptors.iter().map(OwnedFd::as_fd).collect();
    control.send(&Message::Sockets(roles), &descriptors).during(Step::Network)?;
    Ok(door)
}

/// Receives the supervisor's first message.
fn open(control: &Channel) -> Result<Handover, Failed> {
    let invalid = || std::io::Error::from_raw_os_error(libc::EPROTO);
    let (Opening {}, descriptors) =
        control.receive().during(Step::Opening)?.ok_or_else(invalid).during(Step::Opening)?;
    let mut descriptors = descriptors.into_iter();
    let [Some(input), Some(output), Some(error), Some(profile), Some(executed), program] =
        std::array::from_fn(|_| descriptors.next())
    else {
        return Err(invalid()).during(Step::Opening);
    };
    let mut text = Vec::new();
    rustix::fs::seek(&profile, rustix::fs::SeekFrom::Start(0)).during(Step::Opening)?;
    File::from(profile).read_to_end(&mut text).during(Step::Opening)?;
    let profile = serde_json::from_slice(&text).map_err(|_| invalid()).during(Step::Opening)?;
    let executed = ManuallyDrop::new(executed);
    Ok(Handover { standard: [input, output, error], profile, program, executed })
}
