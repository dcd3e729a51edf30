//! What the virtual machine asks of the ledger.

use std::fmt;
use std::sync::Arc;

use sui_sdk_types::{Address, Digest, Object};

/// The ledger's objects as they were before the transaction, for those it reaches besides its inputs.
pub trait ObjectStore: fmt::Debug {
    /// The object `child`, if it is owned by the object (or field) `parent`.
    fn child(&self, parent: Address, child: Address) -> Option<Arc<Object>>;

    /// The object `id` at exactly `version`, if it is owned by the address of `parent` and can still be received.
    fn receive(&self, parent: Address, id: Address, version: u64) -> Option<Arc<Object>>;
}

/// What `sui::tx_context` tells Move code about the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxContext {
    /// Who sent it.
    pub sender: Address,
    /// Its digest, from which new ids are derived.
    pub digest: Digest,
    /// Current epoch.
    pub epoch: u64,
    /// When that epoch began.
    pub epoch_timestamp_ms: u64,
    /// Reference gas price of the epoch.
    pub reference_gas_price: u64,
    /// Gas price the transaction pays.
    pub gas_price: u64,
    /// Gas budget of the transaction.
    pub gas_budget: u64,
    /// Who pays for gas, if not the sender.
    pub sponsor: Option<Address>,
}
