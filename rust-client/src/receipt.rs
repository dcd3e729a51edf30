//! What a transaction did.

use serde::de::DeserializeOwned;
use sui_sdk_types::{
    Address, ChangedObject, Digest, Event, ExecutionStatus, GasCostSummary, IdOperation, ObjectOut,
    Owner, StructTag, TransactionEffectsV2,
};

use crate::{SharedObject, ValetEvent, WritesSettled, network::Executed};

/// An executed transaction: its digest, what it cost, what it changed, and what it announced.
#[derive(Clone, Debug)]
pub struct Receipt {
    effects: TransactionEffectsV2,
    events: Vec<Event>,
    valet_events: Vec<ValetEvent>,
    dropped_settlement: Option<Digest>,
    unsettled_writes: Option<u64>,
}

impl Receipt {
    pub(crate) fn new(executed: Executed) -> Self {
        Self {
            effects: executed.effects,
            events: executed.events,
            valet_events: Vec::new(),
            dropped_settlement: None,
            unsettled_writes: None,
        }
    }

    pub(crate) fn with_valet_events(mut self, events: Vec<ValetEvent>) -> Self {
        self.valet_events = events;
        self
    }

    pub(crate) fn with_play(mut self, dropped: Option<Digest>, unsettled_writes: u64) -> Self {
        self.dropped_settlement = dropped;
        self.unsettled_writes = Some(unsettled_writes);
        self
    }

    /// The transaction's digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.effects.transaction_digest
    }

    /// Whether it succeeded. A receipt that a method returns did; one inside an [`Error`](crate::Error) did not.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.effects.status == ExecutionStatus::Success
    }

    /// What it cost.
    #[must_use]
    pub fn gas(&self) -> Gas {
        Gas::from(&self.effects.gas_used)
    }

    /// The network's own record of it.
    #[must_use]
    pub fn effects(&self) -> &TransactionEffectsV2 {
        &self.effects
    }

    /// Its events, as they came.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Valet's events, decoded.
    #[must_use]
    pub fn valet_events(&self) -> &[ValetEvent] {
        &self.valet_events
    }

    /// Its events of exactly this type, decoded from BCS. Events of another type, or that do not decode, are left out.
    pub fn events_of<T: DeserializeOwned>(&self, tag: &StructTag) -> Vec<T> {
        self.events
            .iter()
            .filter(|event| event.type_ == *tag)
            .filter_map(|event| bcs::from_bytes(&event.contents).ok())
            .collect()
    }

    /// The settlement that it carried.
    #[must_use]
    pub fn settlement(&self) -> Option<&WritesSettled> {
        self.valet_events.iter().find_map(|event| match event {
            ValetEvent::WritesSettled(settled) => Some(settled),
            _ => None,
        })
    }

    /// The digest of an earlier attempt that failed because of its settlement; this receipt is of the attempt without.
    #[must_use]
    pub fn dropped_settlement(&self) -> Option<Digest> {
        self.dropped_settlement
    }

    /// How many writes the account owes for after this, as far as the session knows. Only play tells.
    #[must_use]
    pub fn unsettled_writes(&self) -> Option<u64> {
        self.unsettled_writes
    }

    /// The ids of the objects it created, packages included.
    pub fn created(&self) -> impl Iterator<Item = Address> + '_ {
        self.changes_created().map(|change| change.object_id)
    }

    /// The package it published.
    #[must_use]
    pub fn published(&self) -> Option<Address> {
        self.changes_created()
            .find(|change| matches!(change.output_state, ObjectOut::PackageWrite { .. }))
            .map(|change| change.object_id)
    }

    /// The object with this id, when the transaction created and shared it.
    #[must_use]
    pub fn shared(&self, id: Address) -> Option<SharedObject> {
        self.changes_created()
            .find(|change| change.object_id == id)
            .and_then(|change| match change.output_state {
                ObjectOut::ObjectWrite {
                    owner: Owner::Shared(initial_version),
                    ..
                } => Some(SharedObject {
                    id,
                    initial_version,
                }),
                _ => None,
            })
    }

    fn changes_created(&self) -> impl Iterator<Item = &ChangedObject> {
        self.effects
            .changed_objects
            .iter()
            .filter(|change| change.id_operation == IdOperation::Created)
    }
}

/// What a transaction cost, in MIST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gas {
    /// For computation.
    pub computation: u64,
    /// For storage, deposited.
    pub storage: u64,
    /// Storage deposits that came back.
    pub rebate: u64,
    /// The part of the deposits that stays with the network.
    pub non_refundable: u64,
}

impl Gas {
    /// What the payer paid; negative when more deposits came back than were made.
    #[must_use]
    pub fn net(&self) -> i128 {
        i128::from(self.computation) + i128::from(self.storage) - i128::from(self.rebate)
    }
}

impl From<&GasCostSummary> for Gas {
    fn from(summary: &GasCostSummary) -> Self {
        Self {
            computation: summary.computation_cost,
            storage: summary.storage_cost,
            rebate: summary.storage_rebate,
            non_refundable: summary.non_refundable_storage_fee,
        }
    }
}
