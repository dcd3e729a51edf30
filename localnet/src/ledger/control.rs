//! What only tests and the faucet may do: fund, set the clock, end the epoch.

use std::sync::{Arc, PoisonError};

use sui_sdk_types::{Address, EndOfEpochData, StructTag};

use super::Ledger;
use super::config;
use super::outcome::{EpochInfo, ExecutedTransaction};
use super::rejection::{LedgerError, Rejection};
use super::system_transactions;

impl Ledger {
    /// The address the faucet pays from.
    #[must_use]
    pub fn faucet_address(&self) -> Address {
        self.faucet.address()
    }

    /// Send coins of these amounts of MIST to `recipient`, by a transaction that the faucet's key signs.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Faucet`] if the faucet has too little left.
    pub fn fund(
        &self,
        recipient: Address,
        amounts: &[u64],
    ) -> Result<Arc<ExecutedTransaction>, LedgerError> {
        loop {
            let (coins, price) = {
                let state = self.read();
                let gas_coin = Some(StructTag::gas_coin());
                let owner = self.faucet.address();
                let coins = state
                    .objects
                    .owned_by(&owner, gas_coin.as_ref(), None, usize::MAX);
                (coins, state.epoch().reference_gas_price)
            };
            let coins = coins.iter().map(AsRef::as_ref);
            let (transaction, signature) = self.faucet.payment(coins, price, recipient, amounts)?;
            match self.execute(&transaction, &[signature]) {
                // Another payment took the coin between looking and paying: look again.
                Err(Rejection::ObjectVersionMismatch { .. }) => {}
                other => return other.map_err(LedgerError::from),
            }
        }
    }

    /// The present as the next transaction will see it, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.time.now_ms().max(self.read().clock_ms)
    }

    /// Move the `Clock` object to exactly `ms`; a running time source goes on from there.
    ///
    /// # Errors
    ///
    /// [`LedgerError::ClockBackwards`] if the clock is past `ms`.
    pub fn set_clock_ms(&self, ms: u64) -> Result<(), LedgerError> {
        let _writer = self.write_guard();
        self.move_clock(ms)
    }

    /// Move the `Clock` object forward and return the new present.
    ///
    /// # Errors
    ///
    /// As [`Ledger::set_clock_ms`].
    pub fn advance_clock_ms(&self, ms: u64) -> Result<u64, LedgerError> {
        let _writer = self.write_guard();
        let now = self.now_ms().saturating_add(ms);
        self.move_clock(now)?;
        Ok(now)
    }

    /// End the epoch and begin the next one at the present time.
    ///
    /// # Errors
    ///
    /// [`LedgerError::System`] if the system transaction fails.
    pub fn advance_epoch(&self) -> Result<EpochInfo, LedgerError> {
        self.advance_epoch_at_price(self.epoch().reference_gas_price)
    }

    /// End the epoch and begin the next one with this reference gas price.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Config`] if the price is zero or above the protocol's maximum.
    pub fn advance_epoch_at_price(
        &self,
        reference_gas_price: u64,
    ) -> Result<EpochInfo, LedgerError> {
        config::check_price(reference_gas_price, &self.protocol)?;
        let _writer = self.write_guard();
        let version = self.protocol.protocol_version;
        let (now_ms, prologue, change) = {
            let state = self.read();
            let now_ms = self.time.now_ms().max(state.clock_ms);
            let gas = &state
                .latest_checkpoint()
                .summary
                .epoch_rolling_gas_cost_summary;
            let prologue = self
                .prologue(&state, now_ms)
                .map_err(system_transactions::system_error)?;
            let change = system_transactions::change_epoch(
                &state.objects,
                state.epoch(),
                gas,
                version,
                now_ms,
            )
            .map_err(system_transactions::system_error)?;
            (now_ms, prologue, change)
        };
        let end = EndOfEpochData {
            next_epoch_committee: Vec::new(),
            next_epoch_protocol_version: version,
            epoch_commitments: Vec::new(),
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let (checkpoint, _) = state.commit(prologue, change, now_ms, Some(end));
        state.begin_epoch(version, reference_gas_price, now_ms);
        let begun = state.epoch().clone();
        drop(state);
        self.announce(checkpoint);
        Ok(begun)
    }

    /// Move the clock by a checkpoint of its own; the writer's lock is held.
    fn move_clock(&self, ms: u64) -> Result<(), LedgerError> {
        let prologue = {
            let state = self.read();
            if ms < state.clock_ms {
                return Err(LedgerError::ClockBackwards {
                    now_ms: state.clock_ms,
                    requested_ms: ms,
                });
            }
            self.prologue(&state, ms)
                .map_err(system_transactions::system_error)?
        };
        self.time.set_ms(ms);
        if let Some(prologue) = prologue {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let (checkpoint, _) = state.commit(None, prologue, ms, None);
            drop(state);
            self.announce(checkpoint);
        }
        Ok(())
    }
}
