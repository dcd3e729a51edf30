//! How a session plays.

use std::sync::Arc;

use super::{FallbackPolicy, Foresight, RenewalPolicy};
use crate::{GasLimits, GasPolicy, Journal};

/// How a session plays.
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionOptions {
    pub(super) gas: GasPolicy,
    pub(super) limits: GasLimits,
    pub(super) settle_threshold: Option<u64>,
    pub(super) max_in_flight: usize,
    pub(super) max_waiting: usize,
    pub(super) low_runway: u64,
    pub(super) max_failures: u32,
    pub(super) foresight: Foresight,
    pub(super) fallback: FallbackPolicy,
    pub(super) renewal: Option<RenewalPolicy>,
    pub(super) journal: Option<Arc<dyn Journal>>,
}

impl SessionOptions {
    /// 0.02 SUI: twenty times what a plain action costs at mainnet's price.
    const BUDGET: u64 = 20_000_000;
    /// More than a player's fingers and fewer than the streams that nodes let a connection have.
    const IN_FLIGHT: usize = 64;
    /// A minute of a busy game: whoever is further ahead of the network should slow down.
    const WAITING: usize = 1_024;
    const LOW_RUNWAY: u64 = 20;
    const FAILURES: u32 = 10;

    /// Gas from the address balance, at most 0.02 SUI a transaction, settled when half of the dApp's ceiling is reached; at most
    /// 64 actions in flight and 1,024 waiting in each lane; the float is low when it lasts for fewer than 20 actions; stopped after ten failures in a row.
    pub fn new() -> Self {
        Self {
            gas: GasPolicy::default(),
            limits: GasLimits::with_budget(Self::BUDGET),
            settle_threshold: None,
            max_in_flight: Self::IN_FLIGHT,
            max_waiting: Self::WAITING,
            low_runway: Self::LOW_RUNWAY,
            max_failures: Self::FAILURES,
            foresight: Foresight::default(),
            fallback: FallbackPolicy::default(),
            renewal: None,
            journal: None,
        }
    }

    /// Sets what the session pays its gas with.
    pub fn with_gas_policy(mut self, gas: GasPolicy) -> Self {
        self.gas = gas;
        self
    }

    /// Limits what an action may cost.
    pub fn with_limits(mut self, limits: GasLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Settles with the next action once the account owes for this many writes.
    pub fn with_settle_threshold(mut self, writes: u64) -> Self {
        self.settle_threshold = Some(writes);
        self
    }

    /// Limits how many transactions are in flight at once, at least 1; further ones wait for their turn, in the order in which
    /// they came.
    pub fn with_max_in_flight(mut self, transactions: usize) -> Self {
        // What a semaphore can count is far beyond what any node takes.
        self.max_in_flight = transactions.clamp(1, 1 << 20);
        self
    }

    /// Limits how many actions wait in a [`Lane`](crate::Lane), at least 1; further ones are refused at once with
    /// [`Error::LaneFull`](crate::Error::LaneFull), so that a game which plays faster than the network takes its actions notices.
    pub fn with_max_waiting(mut self, actions: usize) -> Self {
        // As above.
        self.max_waiting = actions.clamp(1, 1 << 20);
        self
    }

    /// Sets for how many more actions the float must last so as not to be called low.
    pub fn with_low_runway(mut self, actions: u64) -> Self {
        self.low_runway = actions;
        self
    }

    /// Stops after this many actions in a row that were executed and failed, at least 1. Each of them costs gas, so a loop
    /// that fails forever would burn the whole float; this and what is in flight at that moment is what it burns instead.
    pub fn with_max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures.max(1);
        self
    }

    /// Sets whether the session tells by itself what the chain would refuse. It takes a call that passes the dApp's configuration
    /// and the account's storage mutably for one authorization, unless [`Call::asking`](crate::Call::asking) says what it asks for.
    pub fn with_foresight(mut self, foresight: Foresight) -> Self {
        self.foresight = foresight;
        self
    }

    /// Sets what to do with an action when the session is over.
    pub fn with_fallback(mut self, fallback: FallbackPolicy) -> Self {
        self.fallback = fallback;
        self
    }

    /// Renews the session by itself before it expires, within what its owner granted with
    /// [`Grant::with_renewals`](crate::Grant::with_renewals).
    pub fn with_renewal(mut self, renewal: RenewalPolicy) -> Self {
        self.renewal = Some(renewal);
        self
    }

    /// Writes down what the session sends, before it leaves.
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// What the session pays its gas with.
    #[must_use]
    pub fn gas_policy(&self) -> &GasPolicy {
        &self.gas
    }

    /// What an action may cost.
    pub fn limits(&self) -> GasLimits {
        self.limits
    }

    /// How many transactions may be in flight at once.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.max_in_flight
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self::new()
    }
}
