//! What the supervisor and the confining process say to each other: one small JSON message a packet, with descriptors.
//!
//! Both ends are ours until the program is executed; then only the jail's init holds its end. The supervisor still reads
//! as if an attacker wrote: bounded, strict, and a message out of turn ends the jail.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::report::{Exit, Missing, Usage};
use crate::stages::network::Role;
use crate::stages::sockets::Sockets;
use crate::stages::step::Step;

/// The longest message, in bytes.
const MESSAGE_BYTES: usize = 16 << 10;
/// The most descriptors of one message.
pub(crate) const MESSAGE_DESCRIPTORS: usize = 200;

/// The supervisor's first message. Its descriptors: standard input, output and error, the profile, and a socket that
/// closes when the program has been executed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Opening {}

/// What the jail says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The jail's init exists. Descriptor: its pidfd.
    Init,
    /// The sockets of the jail's network. Descriptors: one for each role, in order.
    Sockets(Vec<Role>),
    /// The way into the jail's network. Descriptor: a socket on which the init answers each [`Knock`].
    Door,
    /// Every execution is asked about from here on. Descriptor: the filter's listener.
    Guarded,
    /// Mounts that are read-only until released. Descriptors: the mounts.
    Held,
    /// The gate's listener, and the Unix sockets that may be reached. Descriptor: the listener.
    Listener(Sockets),
    /// A waived guarantee is missing, or the gate is.
    Missing(Missing),
    /// A step failed; nothing was executed.
    Failed(Failure),
    /// The program ended.
    Ended {
        /// How.
        exit: Exit,
        /// What its tree used.
        usage: Usage,
    },
}

/// What the supervisor orders a running jail's init to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Send this signal to the program.
    Signal(i32),
}

/// Asks the init for a new socket of the jail's network, and is what it answers: with the socket, or without where there is
/// none to be had. It makes no connection itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Knock {
    /// Whether it is to be of IPv6.
    pub(crate) v6: bool,
}

/// A step that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Which.
    pub(crate) step: Step,
    /// At which path, if at one.
    pub(crate) path: Option<PathBuf>,
    /// The kernel's answer.
    pub(crate) errno: i32,
}

/// One end of the conversation.
#[derive(Debug)]
pub(crate) struct Channel(OwnedFd);

impl Channel {
    /// Two connected ends, closed on exec.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (one, other) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self(one), Self(other)))
    }

    pub(crate) fn from_descriptor(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }

    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.0
    }

    /// Sends one message. Never raises SIGPIPE.
    pub(crate) fn send(&self, message: &impl Serialize, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let bytes = serde_json::to_vec(message)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MESSAGE_DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::Error::from(Errno::TOOMANYREFS));
        }
        loop {
            match sendmsg(&self.0, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Waits for one message; `None` when the other end is gone.
    pub(crate) fn receive<T: DeserializeOwned>(&self) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
        let mut bytes = [0; MESSAGE_BYTES];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MESSAGE_DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            match recvmsg(
                &self.0,
                &mut [IoSliceMut::new(&mut bytes)],
                &mut ancillary,
                RecvFlags::CMSG_CLOEXEC,
            ) {
                Ok(received) => break received,
                Err(Errno::INTR) => {}
                Err(Errno::CONNRESET) => return Ok(None),
                Err(errno) => return Err(errno.into()),
            }
        };
        let mut descriptors = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                descriptors.extend(rights);
            }
        }
        if received.bytes == 0 {
            return Ok(None);
        }
        if received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
            return Err(io::Error::from(Errno::MSGSIZE));
        }
        let text = bytes.get(..received.bytes).unwrap_or_default();
        Ok(Some((serde_json::from_slice(text)?, descriptors)))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_with_its_descriptors() {
        let (one, other) = Channel::pair().unwrap();
        one.send(&Order::Signal(15), &[one.as_fd(), one.as_fd()]).unwrap();
        let (order, descriptors) = other.receive::<Order>().unwrap().unwrap();
        assert!(matches!(order, Order::Signal(15)) && descriptors.len() == 2);
    }

    #[test]
    fn a_hung_up_peer_is_no_message() {
        let (one, other) = Channel::pair().unwrap();
        drop(one);
        assert!(other.receive::<Order>().unwrap().is_none());
    }

    #[test]
    fn what_is_no_message_is_an_error_and_not_a_panic() {
        let (one, other) = Channel::pair().unwrap();
        for hostile in [&b"{"[..], b"\xff\xfe", b"{\"Signal\":\"x\"}", &[b'['; MESSAGE_BYTES + 1]] {
            rustix::net::send(&one, hostile, SendFlags::empty()).unwrap();
            assert!(other.receive::<Order>().is_err());
        }
    }
}
