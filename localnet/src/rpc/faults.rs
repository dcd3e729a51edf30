//! Faults on purpose: what a network does to its clients at the worst moment, when a test asks for it.
//!
//! [`Faults`] are what a [`Localnet`](crate::Localnet) will do to calls that come in over the network. Each [`Fault`] says
//! to which calls, from which on, how often, and what. Nothing is random: faults count calls, in the order they come in.
//! Calls through the library, such as [`Ledger::execute`](crate::ledger::Ledger::execute), are never touched.
//!
//! ```no_run
//! use std::time::Duration;
//! use valet_localnet::Localnet;
//! use valet_localnet::faults::{Action, Fault, Method, Status};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let localnet = Localnet::builder().start().await?;
//! let faults = localnet.faults();
//! // The next transaction is executed, and nobody hears of it.
//! faults.drop_response(Method::ExecuteTransaction);
//! // After two reads of objects, the next three fail.
//! faults.inject(
//!     Fault::new(Method::GetObject, Action::Fail(Status::unavailable("not now"))).after(2).times(3),
//! );
//! faults.delay(Method::ListOwnedObjects, Duration::from_millis(50));
//! faults.clear();
//! # Ok(())
//! # }
//! ```

mod body;
mod connections;
mod layer;
mod method;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
pub use tonic::{Code, Status};

pub(crate) use self::connections::Connections;
pub(crate) use self::layer::FaultLayer;
pub use self::method::{Method, UnknownMethod};
pub use self::rules::{Action, Calls, Fault, FaultId, FaultReport};

use self::rules::Rules;

/// The faults of a running [`Localnet`](crate::Localnet). Clones are handles of the same.
#[derive(Clone, Debug)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    rules: Rules,
    connections: Connections,
    /// Grows when stalled calls are let go; a stalled call waits for it to pass what it saw.
    releases: watch::Sender<u64>,
    /// How many calls are stalled.
    stalled: watch::Sender<usize>,
}

impl Faults {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                rules: Rules::default(),
                connections: Connections::new(),
                releases: watch::Sender::new(0),
                stalled: watch::Sender::new(0),
            }),
        }
    }

    /// Do this from now on. Of several faults that fit a call, all delays are added up, and the oldest of the others that
    /// is not used up happens.
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.inner.rules.add(fault)
    }

    /// Take a fault back; false if it is not there any more. Calls that it stalls go on.
    pub fn remove(&self, id: FaultId) -> bool {
        let Some(fault) = self.inner.rules.remove(id) else {
            return false;
        };
        if matches!(fault.action, Action::Stall) {
            self.release();
        }
        true
    }

    /// Take every fault back, let stalled calls go on, and accept connections again.
    pub fn clear(&self) {
        self.inner.rules.clear();
        self.release();
        self.bring_up();
    }

    /// Every fault that is not used up, oldest first, with how often it happened.
    #[must_use]
    pub fn active(&self) -> Vec<FaultReport> {
        self.inner.rules.active()
    }

    /// How often a fault happened, also when it is used up or was removed since; 0 if there is no such fault.
    #[must_use]
    pub fn hits(&self, id: FaultId) -> u64 {
        self.inner.rules.hits(id)
    }

    /// Answer the next such call with this status; the ledger never sees it.
    pub fn fail_once(&self, calls: impl Into<Calls>, status: Status) -> FaultId {
        self.inject(Fault::new(calls, Action::Fail(status)).once())
    }

    /// Handle the next such call, then answer with this status instead of the result.
    pub fn fail_once_after(&self, calls: impl Into<Calls>, status: Status) -> FaultId {
        self.inject(Fault::new(calls, Action::FailAfter(status)).once())
    }

    /// Hold every such call back for this long before it is handled, until the fault is removed.
    pub fn delay(&self, calls: impl Into<Calls>, by: Duration) -> FaultId {
        self.inject(Fault::new(calls, Action::Delay(by)))
    }

    /// Handle the next such call, then break it off without an answer.
    pub fn drop_response(&self, calls: impl Into<Calls>) -> FaultId {
        self.inject(Fault::new(calls, Action::DropResponse).once())
    }

    /// Break the next such call off before it is handled.
    pub fn drop_request(&self, calls: impl Into<Calls>) -> FaultId {
        self.inject(Fault::new(calls, Action::DropRequest).once())
    }

    /// Handle the next such call twice, one after the other, and answer with the second result.
    pub fn duplicate(&self, calls: impl Into<Calls>) -> FaultId {
        self.inject(Fault::new(calls, Action::Duplicate).once())
    }

    /// Hold every such call, unhandled, until [`Faults::release`] or the removal of the fault.
    pub fn stall(&self, calls: impl Into<Calls>) -> FaultId {
        self.inject(Fault::new(calls, Action::Stall))
    }

    /// Let all calls go on that are stalled now.
    pub fn release(&self) {
        self.inner
            .releases
            .send_modify(|releases| *releases = releases.wrapping_add(1));
    }

    /// Wait until so many calls are stalled.
    pub async fn until_stalled(&self, calls: usize) {
        let mut stalled = self.inner.stalled.subscribe();
        // The sender lives as long as `self`.
        let _ = stalled.wait_for(|stalled| *stalled >= calls).await;
    }

    /// How many calls are stalled now.
    #[must_use]
    pub fn stalled(&self) -> usize {
        *self.inner.stalled.borrow()
    }

    /// End the next such stream with `UNAVAILABLE` after it sent so many messages.
    pub fn cut_stream(&self, calls: impl Into<Calls>, after: u64) -> FaultId {
        self.inject(Fault::new(calls, Action::CutStream { after }).once())
    }

    /// Reset every open connection, with all calls and streams on them. New ones are accepted.
    pub fn sever_connections(&self) {
        self.inner.connections.sever();
    }

    /// Reset every open connection, and each new one, until [`Faults::bring_up`].
    pub fn take_down(&self) {
        self.inner.connections.take_down();
    }

    /// Accept connections again.
    pub fn bring_up(&self) {
        self.inner.connections.bring_up();
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.inner.connections
    }
}
