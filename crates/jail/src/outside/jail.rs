//! One running jail, from the supervisor's side.

use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::process::{Signal, WaitId, WaitIdOptions, pidfd_send_signal, waitid};

use super::confining::Confining;
use super::diagnosis::World;
use super::error::Error;
use super::release;
use super::watch::Watch;
use crate::give_back;
use crate::grant::NetGrant;
use crate::guarantee::Guarantee;
use crate::profile::Profile;
use crate::report::{Attempts, Exit, Missing, Report, Usage};
use crate::wire::{Channel, Message, Opening, Order};

/// What runs longer than this is not over in a moment.
const A_WHILE: Duration = Duration::from_secs(1);

/// A program running in a jail. Dropping it ends the whole tree.
#[derive(Debug)]
pub struct Jail {
    control: Channel,
    confining: Confining,
    /// The jail's init, a child of this process or of the confining one.
    init: OwnedFd,
    started: Instant,
    missing: Vec<Missing>,
    attempts: Arc<Attempts>,
    /// Mounts that are read-only until released.
    held: Mutex<Vec<OwnedFd>>,
    /// The gate and the broker.
    watch: Watch,
    /// How the program ended, once that is known.
    ended: Option<(Exit, Usage)>,
    reaped: bool,
}

impl Jail {
    /// Starts the profile's program with these three descriptors as its standard input, output and error. Returns when
    /// the program has been executed.
    ///
    /// # Errors
    /// Whatever the error, nothing was executed and nothing is left.
    pub fn start(profile: &Profile, standard: [OwnedFd; 3]) -> Result<Self, Error> {
        Self::begin(profile, standard, None)
    }

    /// The same, for a program that was opened and measured: if another file is at the profile's path by now, nothing is
    /// executed.
    ///
    /// # Errors
    /// As [`Self::start`]; [`Error::Execute`] with `ESTALE` where the file was replaced.
    pub fn start_measured(
        profile: &Profile,
        standard: [OwnedFd; 3],
        program: BorrowedFd<'_>,
    ) -> Result<Self, Error> {
        Self::begin(profile, standard, Some(program))
    }

    fn begin(
        profile: &Profile,
        standard: [OwnedFd; 3],
        program: Option<BorrowedFd<'_>>,
    ) -> Result<Self, Error> {
        let started = Instant::now();
        let attempts = Arc::new(Attempts::since(started));
        let (control, init, mut confining) = Confining::start(profile).map_err(Error::Spawn)?;
        let (executed, signal) = Channel::pair().map_err(Error::Spawn)?;
        let mut starting = Starting {
            init,
            missing: Vec::new(),
            ended: None,
            held: Vec::new(),
            watch: Watch::new(profile, &attempts),
        };
        let begun = hand_over(&control, profile, standard, signal, program)
            .and_then(|()| starting.follow(&control, &executed, profile));
        let init = match (begun, starting.init) {
            (Ok(()), Some(init)) => init,
            (begun, init) => {
                drop(control);
                if let Some(init) = init {
                    end(&init);
                }
                confining.failed();
                return Err(begun.err().unwrap_or(Error::Vanished));
            }
        };
        confining.begun();
        Ok(Self {
            control,
            confining,
            init,
            started,
            missing: starting.missing,
            attempts,
            held: Mutex::new(starting.held),
            watch: starting.watch,
            ended: starting.ended,
            reaped: false,
        })
    }

    /// Guarantees that are missing here and had been waived, and the gate if none is to be had.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Ends probation: what is granted for writing becomes writable. Does nothing a second time.
    ///
    /// # Errors
    /// When the jail has ended, or the kernel refuses; then everything stays held back.
    pub fn release(&self) -> Result<(), Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.is_empty() {
            release::release(&self.init, &held)?;
            held.clear();
        }
        self.watch.release();
        Ok(())
    }

    /// Takes a network grant back: its connections end, and no new ones are made. Whether it was there to take.
    pub fn revoke(&self, grant: &NetGrant) -> bool {
        self.watch.revoke(grant)
    }

    /// Sends a signal to the program.
    ///
    /// # Errors
    /// [`Error::Over`] when the jail has ended.
    pub fn signal(&self, signal: i32) -> Result<(), Error> {
        self.control.send(&Order::Signal(signal), &[]).map_err(|_| Error::Over)
    }

    /// Ends the whole tree at once.
    pub fn kill(&self) {
        let _ = pidfd_send_signal(&self.init, Signal::KILL); // It may have ended just now.
    }

    /// Waits until the program has ended or `also` is readable; says whether the program has ended. When that takes longer,
    /// this process gives back memory that it needed to start ([`crate::give_back`]).
    ///
    /// # Errors
    /// When the kernel refuses to wait.
    pub fn wait_or(&self, also: impl AsFd) -> Result<bool, Error> {
        if self.ended.is_some() {
            return Ok(true);
        }
        let also = also.as_fd();
        let mut patience = Timespec::try_from(A_WHILE).ok();
        loop {
            let mut watched =
                [PollFd::new(&self.control, PollFlags::IN), PollFd::from_borrowed_fd(also, PollFlags::IN)];
            match poll(&mut watched, patience.as_ref()) {
                Ok(0) => {
                    patience = None;
                    give_back();
                }
                Ok(_) => return Ok(watched.first().is_some_and(|control| !control.revents().is_empty())),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Error::Spawn(errno.into())),
            }
        }
    }

    /// Waits for the end and gives the account.
    ///
    /// # Errors
    /// Never because of what the program did.
    pub fn wait(mut self) -> Result<Report, Error> {
        let (exit, usage) = match self.ended.take() {
            Some(ended) => ended,
            None => self.hear_the_end(),
        };
        reap(&self.init);
        self.confining.over();
        self.reaped = true;
        self.watch.settle();
        let (attempts, more_attempts) = self.attempts.collected();
        let (touched, more_touched) = self.watch.touched();
        Ok(Report {
            exit,
            wall: self.started.elapsed(),
            usage,
            missing: std::mem::take(&mut self.missing),
            attempts,
            more_attempts,
            net: self.watch.net(),
            touched,
            more_touched,
        })
    }
}

impl Jail {
    fn hear_the_end(&self) -> (Exit, Usage) {
        match self.control.receive::<Message>() {
            Ok(Some((Message::Ended { exit, usage }, _))) => (exit, usage),
            Ok(Some(_)) | Err(_) => {
                self.kill();
                (Exit::Killed, Usage::default())
            }
            Ok(None) => (Exit::Killed, Usage::default()),
        }
    }
}

/// Readable when the program has ended.
impl AsFd for Jail {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.control.as_fd()
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        if !self.reaped {
            end(&self.init);
            self.confining.over();
        }
    }
}

/// What is known of a jail that is still being built.
struct Starting {
    init: Option<OwnedFd>,
    missing: Vec<Missing>,
    ended: Option<(Exit, Usage)>,
    held: Vec<OwnedFd>,
    watch: Watch,
}

impl Starting {
    /// Follows the steps until the program has been executed.
    fn follow(&mut self, control: &Channel, executed: &Channel, profile: &Profile) -> Result<(), Error> {
        loop {
            let mut watched = [PollFd::new(control, PollFlags::IN), PollFd::new(executed, PollFlags::IN)];
            match poll(&mut watched, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(Error::Spawn(errno.into())),
            }
            let [said, done] = &watched;
            if self.ended.is_some() {
                return Ok(());
            }
            // What was said before the program was executed, or instead of it, comes first.
            if said.revents().contains(PollFlags::IN) {
                let Some((message, descriptors)) = control.receive().map_err(Error::Spawn)? else {
                    return Err(Error::Vanished);
                };
                self.hear(message, descriptors, profile)?;
            } else if !said.revents().is_empty() {
                return Err(Error::Vanished);
            } else if !done.revents().is_empty() {
                return if self.init.is_some() { Ok(()) } else { Err(Error::Vanished) };
            }
        }
    }

    fn hear(&mut self, message: Message, descriptors: Vec<OwnedFd>, profile: &Profile) -> Result<(), Error> {
        let mut descriptors = descriptors.into_iter();
        match message {
            Message::Init if self.init.is_none() => {
                self.init = Some(descriptors.next().ok_or(Error::OutOfTurn("init without a descriptor"))?);
                Ok(())
            }
            Message::Held if self.held.is_empty() => {
                self.held = descriptors.collect();
                Ok(())
            }
            Message::Sockets(roles) if roles.len() == descriptors.len() => {
                self.watch.broker(roles.into_iter().zip(descriptors).collect(), profile)
            }
            Message::Listener(sockets) => {
                let listener = descriptors.next().ok_or(Error::OutOfTurn("listener without a descriptor"))?;
                self.watch.listen(listener, sockets, profile)
            }
            // Nothing rests on the gate, so it may be missing without a waiver.
            Message::Missing(missing) => {
                // From inside nothing of this system can be seen.
                let missing = World::here().explained(missing);
                if missing.guarantee != Guarantee::Gate && !profile.waives(missing.guarantee) {
                    return Err(missing.into());
                }
                self.missing.push(missing);
                Ok(())
            }
            Message::Failed(failure) => Err(failure.into()),
            // A program can end as soon as it has begun.
            Message::Ended { exit, usage } if self.init.is_some() => {
                self.ended = Some((exit, usage));
                Ok(())
            }
            _ => Err(Error::OutOfTurn("unexpected message")),
        }
    }
}

/// Sends the first message.
fn hand_over(
    control: &Channel,
    profile: &Profile,
    standard: [OwnedFd; 3],
    executed: Channel,
    program: Option<BorrowedFd<'_>>,
) -> Result<(), Error> {
    let send = || -> io::Result<()> {
        let memory = memfd_create("profile", MemfdFlags::CLOEXEC)?;
        let mut file = std::fs::File::from(memory);
        file.write_all(&serde_json::to_vec(profile)?)?;
        let [input, output, error] = &standard;
        let mut descriptors =
            vec![input.as_fd(), output.as_fd(), error.as_fd(), file.as_fd(), executed.as_fd()];
        descriptors.extend(program);
        control.send(&Opening {}, &descriptors)
    };
    match send() {
        // It has ended already: what it said before is still to be heard.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::Spawn),
    }
}

/// Ends a tree and waits until it is gone.
pub(super) fn end(init: &OwnedFd) {
    let _ = pidfd_send_signal(init, Signal::KILL); // It may have ended just now.
    reap(init);
}

/// Waits for the end, and for the status where that is this process's to take.
fn reap(init: &OwnedFd) {
    while matches!(poll(&mut [PollFd::new(init, PollFlags::IN)], None), Err(Errno::INTR)) {}
    while matches!(waitid(WaitId::PidFd(init.as_fd()), WaitIdOptions::EXITED), Err(Errno::INTR)) {}
}
