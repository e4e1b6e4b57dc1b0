//! What watches a running jail from outside: the gate, the broker and the way in, held back together and released together.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::Error;
use super::gate::{Gate, Learned};
use crate::egress::Egress;
use crate::grant::NetGrant;
use crate::ingress::Ingress;
use crate::profile::Profile;
use crate::report::{Attempts, NetUse};
use crate::stages::network::Sockets;
use crate::stages::sockets::Sockets as UnixSockets;

/// The gate and the broker of one jail, where it has them.
pub(crate) struct Watch {
    attempts: Arc<Attempts>,
    holding: Arc<AtomicBool>,
    egress: Option<Egress>,
    ingress: Option<Ingress>,
    gate: Option<Gate>,
    learned: Arc<Learned>,
}

impl Watch {
    pub(crate) fn new(profile: &Profile, attempts: &Arc<Attempts>) -> Self {
        let holding = Arc::new(AtomicBool::new(profile.probation));
        Self {
            attempts: attempts.clone(),
            holding,
            egress: None,
            ingress: None,
            gate: None,
            learned: Arc::default(),
        }
    }

    /// Starts brokering on the sockets of the jail's network.
    pub(crate) fn broker(&mut self, sockets: Sockets, profile: &Profile) -> Result<(), Error> {
        if self.egress.is_some() {
            return Err(Error::OutOfTurn("sockets"));
        }
        let egress = Egress::start(sockets, &profile.net, self.attempts.clone(), self.holding.clone());
        self.egress = Some(egress.map_err(Error::Spawn)?);
        Ok(())
    }

    /// Starts listening for the jail.
    pub(crate) fn admit(&mut self, door: OwnedFd, profile: &Profile) -> Result<(), Error> {
        if self.ingress.is_some() {
            return Err(Error::OutOfTurn("door"));
        }
        self.ingress = Some(Ingress::start(door, &profile.listen)?);
        Ok(())
    }

    /// Starts answering on the gate's listener.
    pub(crate) fn listen(
        &mut self,
        listener: OwnedFd,
        unix: UnixSockets,
        profile: &Profile,
    ) -> Result<(), Error> {
        if self.gate.is_some() {
            return Err(Error::OutOfTurn("listener"));
        }
        let learned = profile.learn.then(|| Arc::clone(&self.learned));
        let gate = Gate::start(listener, unix, profile, self.attempts.clone(), self.holding.clone(), learned);
        self.gate = Some(gate.map_err(Error::Spawn)?);
        Ok(())
    }

    /// Waits until everything that was asked is accounted for, which happens after the answer. For when the jail has ended:
    /// nobody asks any more.
    pub(crate) fn settle(&mut self) {
        self.gate = None;
    }

    /// What was tried, where the profile asked to learn, and how many more there were.
    pub(crate) fn touched(&self) -> (Vec<(crate::Act, std::path::PathBuf)>, u64) {
        self.learned.collected()
    }

    /// Ends probation.
    pub(crate) fn release(&self) {
        self.holding.store(false, Ordering::SeqCst);
    }

    /// Takes a grant back. Whether it was there to take.
    pub(crate) fn revoke(&self, grant: &NetGrant) -> bool {
        self.egress.as_ref().is_some_and(|egress| egress.revoke(grant))
    }

    /// What passed over the network.
    pub(crate) fn net(&self) -> Vec<NetUse> {
        self.egress.as_ref().map(Egress::usage).unwrap_or_default()
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Watch").field("holding", &self.holding).finish_non_exhaustive()
    }
}
