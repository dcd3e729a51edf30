//! Checkpoints, as far as an index looks at them.

use sui_sdk_types::{Digest, Event};

use crate::Scope;

/// A checkpoint with the events of its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its position in the chain of checkpoints.
    pub sequence_number: u64,
    /// Its digest.
    pub digest: Digest,
    /// The digest of the one before; none in the first.
    pub previous_digest: Option<Digest>,
    /// When it was made, by the chain's clock.
    pub timestamp_ms: u64,
    /// Its transactions in order; those without events may be left out.
    pub transactions: Vec<TransactionEvents>,
}

/// The events of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionEvents {
    /// The transaction.
    pub transaction: Digest,
    /// Its events in order.
    pub events: Vec<Event>,
}

impl Checkpoint {
    /// Drops what is not about the index's dApps, so that what waits to be taken in is small.
    pub(crate) fn narrow(mut self, scope: &Scope) -> Self {
        for transaction in &mut self.transactions {
            transaction
                .events
                .retain(|event| scope.dapp_of(&event.type_).is_some());
        }
        self.transactions
            .retain(|transaction| !transaction.events.is_empty());
        self
    }
}
