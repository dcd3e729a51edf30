//! What a session remembers of its account's debt.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sui_sdk_types::Address;

use crate::ValetEvent;

/// The number of unsettled writes, followed from events, and when to settle next.
///
/// It is a prediction: answers may arrive in another order than the ledger executed, and others may write or settle. Every
/// settlement states the truth again, and the chain's ceiling is handled when it is reached early.
#[derive(Debug)]
pub(super) struct DebtState {
    threshold: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    unsettled: u64,
    settle_at: u64,
    /// Whether an action in flight carries a settlement already.
    is_settling: bool,
}

impl DebtState {
    pub(super) fn new(threshold: u64, unsettled: u64) -> Self {
        let threshold = threshold.max(1);
        Self {
            threshold,
            state: Mutex::new(State {
                unsettled,
                settle_at: threshold,
                is_settling: false,
            }),
        }
    }

    pub(super) fn unsettled(&self) -> u64 {
        self.lock().unsettled
    }

    /// The turn to settle, when a settlement is due and nobody else has it.
    pub(super) fn settlement_due(&self) -> Option<Turn<'_>> {
        let mut state = self.lock();
        let is_due = state.unsettled >= state.settle_at && !state.is_settling;
        state.is_settling |= is_due;
        // Lazily: a turn that is dropped gives itself back.
        is_due.then(|| Turn { debt: self })
    }

    /// Follows the writes and settlements of one transaction, in their order.
    pub(super) fn learn(&self, storage: Address, events: &[ValetEvent]) {
        let mut state = self.lock();
        for event in events {
            match event {
                // Writes that cost nothing are not owed for.
                ValetEvent::RecordWritten(record)
                    if record.storage == storage && record.charge > 0 =>
                {
                    state.unsettled = state.unsettled.saturating_add(1);
                }
                ValetEvent::WritesSettled(settled) if settled.storage == storage => {
                    state.unsettled = settled.unsettled_writes;
                    state.settle_at = self.next_turn(settled.unsettled_writes);
                }
                _ => {}
            }
        }
    }

    /// A settlement that leaves much unpaid would be due again at once, and burden every action: wait for new debt.
    fn next_turn(&self, unsettled: u64) -> u64 {
        if unsettled < self.threshold {
            self.threshold
        } else {
            unsettled.saturating_add(self.threshold.div_ceil(2))
        }
    }

    /// The state is a few numbers, valid whatever panicked beside them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to settle. Given back when dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    debt: &'a DebtState,
}

impl Turn<'_> {
    /// Settles later: this settlement failed.
    pub(super) fn postpone(self) {
        let mut state = self.debt.lock();
        state.settle_at = state
            .unsettled
            .saturating_add(self.debt.threshold.div_ceil(2));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.debt.lock().is_settling = false;
    }
}
