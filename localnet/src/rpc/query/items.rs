//! The three kinds of items that queries list.

use sui_rpc::field::FieldMaskTree;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_sdk_types::Digest;

use super::super::render::Render;
use super::filter::{EventMatcher, TransactionMatcher};
use super::position::{Cursors, Position};
use crate::ledger::{Checkpoint, Ledger};

/// What a query lists: where the items of a checkpoint are, and how one looks.
pub(in super::super) trait Items: Send + Sync + Unpin + 'static {
    /// An item as a message.
    type Message: Send + 'static;

    /// What cursors call the kind.
    const KIND: &'static str;

    /// Whether there is a filter.
    fn filtered(&self) -> bool;

    /// The items of a checkpoint that are asked for, in their order.
    fn find(&self, checkpoint: &Checkpoint) -> Vec<Position>;

    /// One of those items.
    fn render(
        &self,
        ledger: &Ledger,
        checkpoint: &Checkpoint,
        position: Position,
    ) -> Option<Self::Message>;

    /// The cursors of the kind on this chain.
    fn cursors(chain: Digest) -> Cursors {
        Cursors::new(Self::KIND, chain)
    }
}

/// Checkpoints with a transaction that matches.
#[derive(Debug)]
pub(in super::super) struct CheckpointItems {
    pub(in super::super) filter: Option<TransactionMatcher>,
    pub(in super::super) mask: FieldMaskTree,
}

impl Items for CheckpointItems {
    type Message = proto::Checkpoint;

    const KIND: &'static str = "checkpoints";

    fn filtered(&self) -> bool {
        self.filter.is_some()
    }

    fn find(&self, checkpoint: &Checkpoint) -> Vec<Position> {
        let found = self.filter.as_ref().is_none_or(|filter| {
            checkpoint
                .transactions
                .iter()
                .any(|transaction| filter.matches(transaction))
        });
        let position = Position::start_of(checkpoint.sequence_number());
        found.then_some(position).into_iter().collect()
    }

    fn render(
        &self,
        ledger: &Ledger,
        checkpoint: &Checkpoint,
        _: Position,
    ) -> Option<Self::Message> {
        Some(Render::new(ledger).checkpoint(checkpoint, &self.mask))
    }
}

/// Transactions that match.
#[derive(Debug)]
pub(in super::super) struct TransactionItems {
    pub(in super::super) filter: Option<TransactionMatcher>,
    pub(in super::super) mask: FieldMaskTree,
}

impl Items for TransactionItems {
    type Message = proto::ExecutedTransaction;

    const KIND: &'static str = "transactions";

    fn filtered(&self) -> bool {
        self.filter.is_some()
    }

    fn find(&self, checkpoint: &Checkpoint) -> Vec<Position> {
        let number = checkpoint.sequence_number();
        checkpoint
            .transactions
            .iter()
            .enumerate()
            .filter(|(_, transaction)| {
                self.filter
                    .as_ref()
                    .is_none_or(|filter| filter.matches(transaction))
            })
            .map(|(index, _)| Position::new(number, index, 0))
            .collect()
    }

    fn render(
        &self,
        ledger: &Ledger,
        checkpoint: &Checkpoint,
        position: Position,
    ) -> Option<Self::Message> {
        let executed = checkpoint.transactions.get(position.transaction_index())?;
        Some(Render::new(ledger).executed(executed, &self.mask))
    }
}

/// Events that match.
#[derive(Debug)]
pub(in super::super) struct EventItems {
    pub(in super::super) filter: Option<EventMatcher>,
    pub(in super::super) mask: FieldMaskTree,
}

impl Items for EventItems {
    type Message = proto::Event;

    const KIND: &'static str = "events";

    fn filtered(&self) -> bool {
        self.filter.is_some()
    }

    fn find(&self, checkpoint: &Checkpoint) -> Vec<Position> {
        let number = checkpoint.sequence_number();
        let mut found = Vec::new();
        for (transaction, executed) in checkpoint.transactions.iter().enumerate() {
            let events = executed.events.iter().flat_map(|events| &events.0);
            for (index, event) in events.enumerate() {
                if self
                    .filter
                    .as_ref()
                    .is_none_or(|filter| filter.matches(event))
                {
                    found.push(Position::new(number, transaction, index));
                }
            }
        }
        found
    }

    fn render(
        &self,
        ledger: &Ledger,
        checkpoint: &Checkpoint,
        position: Position,
    ) -> Option<Self::Message> {
        let executed = checkpoint.transactions.get(position.transaction_index())?;
        let event = executed.events.as_ref()?.0.get(position.event_index())?;
        let mask = &self.mask;
        let mut message = Render::new(ledger).event(event, mask);
        if mask.contains("checkpoint") {
            message.checkpoint = Some(position.checkpoint);
        }
        if mask.contains("transaction_digest") {
            message.transaction_digest = Some(executed.digest.to_string());
        }
        if mask.contains("transaction_index") {
            message.transaction_index = Some(position.transaction.into());
        }
        if mask.contains("event_index") {
            message.event_index = Some(position.event);
        }
        Some(message)
    }
}
