//! What a transaction did to objects, as the ledger needs it for effects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sui_sdk_types::{Address, Object, Owner, StructTag};

use super::AccumulatorEvent;

/// An event, not yet stamped with the module whose function the sender called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeEvent {
    /// The event's type, by defining ids.
    pub type_tag: StructTag,
    /// The event as BCS.
    pub contents: Vec<u8>,
}

/// How a written object relates to what was there before the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// Its id was created by this transaction.
    Created,
    /// It was an input, or was loaded or received.
    Mutated,
    /// It existed inside another object.
    Unwrapped,
}

/// An object as the transaction leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenObject {
    /// The new owner. Versions inside it are 0 where only the commit knows them: those of an object newly shared or newly
    /// given to a consensus address. An object that keeps such an owner keeps its version.
    pub owner: Owner,
    /// The object's type, by defining ids.
    pub type_tag: StructTag,
    /// Whether the type has `store`, so that anyone may transfer the object.
    pub has_public_transfer: bool,
    /// The object as BCS.
    pub contents: Vec<u8>,
    /// How it relates to what was there before.
    pub kind: WriteKind,
}

/// An object that was not an input but was read from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedObject {
    /// The object as it was.
    pub object: Arc<Object>,
    /// Whether the transaction changed, moved, wrapped or deleted it, so that effects show its previous state.
    pub modified: bool,
    /// Whether it was received, rather than reached as a child.
    pub received: bool,
}

/// Everything a successful transaction did, apart from packages.
///
/// An id of [`created`](Self::created) that is not [`written`](Self::written) was created and wrapped; an id of
/// [`deleted`](Self::deleted) that was neither an input nor [`loaded`](Self::loaded) was unwrapped and deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeResults {
    /// Objects that exist at top level or as children afterwards and were written by this transaction.
    pub written: BTreeMap<Address, WrittenObject>,
    /// Ids that this transaction created and did not delete again.
    pub created: BTreeSet<Address>,
    /// Ids that existed before and do not any more.
    pub deleted: BTreeSet<Address>,
    /// Inputs and loaded objects that now live inside other objects.
    pub wrapped: BTreeSet<Address>,
    /// Objects read during execution.
    pub loaded: BTreeMap<Address, LoadedObject>,
    /// Events that were emitted after the ledger last asked for them.
    pub events: Vec<RuntimeEvent>,
    /// Deposits to and withdrawals from accumulators, in order.
    pub accumulator_events: Vec<AccumulatorEvent>,
    /// How many fresh ids the transaction used.
    pub ids_created: u64,
}
