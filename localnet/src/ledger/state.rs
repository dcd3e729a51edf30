//! Everything a ledger remembers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sui_sdk_types::{Address, Digest, StructTag, TypeTag, framework::Coin};

use super::object_store::ObjectStore;
use super::outcome::{Balance, Checkpoint, EpochInfo, ExecutedTransaction};

/// Objects, transactions, checkpoints and epochs, as of the last commit.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) objects: ObjectStore,
    pub(crate) transactions: HashMap<Digest, Arc<ExecutedTransaction>>,
    checkpoints: Vec<Arc<Checkpoint>>,
    checkpoint_numbers: HashMap<Digest, usize>,
    epochs: Vec<EpochInfo>,
}

impl State {
    pub(crate) fn checkpoint(&self, sequence_number: u64) -> Option<Arc<Checkpoint>> {
        self.checkpoints
            .get(usize::try_from(sequence_number).ok()?)
            .cloned()
    }

    pub(crate) fn checkpoint_by_digest(&self, digest: &Digest) -> Option<Arc<Checkpoint>> {
        self.checkpoints
            .get(*self.checkpoint_numbers.get(digest)?)
            .cloned()
    }

    pub(crate) fn latest_checkpoint(&self) -> Option<Arc<Checkpoint>> {
        self.checkpoints.last().cloned()
    }

    /// The current epoch; before the first one begins, an empty one.
    pub(crate) fn epoch(&self) -> EpochInfo {
        self.epochs.last().cloned().unwrap_or(EpochInfo {
            epoch: 0,
            protocol_version: 0,
            reference_gas_price: 0,
            start_timestamp_ms: 0,
            end_timestamp_ms: None,
            first_checkpoint: 0,
            last_checkpoint: None,
        })
    }

    pub(crate) fn epoch_at(&self, epoch: u64) -> Option<EpochInfo> {
        self.epochs.get(usize::try_from(epoch).ok()?).cloned()
    }

    pub(crate) fn balances(&self, owner: &Address) -> Vec<Balance> {
        let mut sums: BTreeMap<StructTag, (u64, u64)> = BTreeMap::new();
        let coins = StructTag::coin(TypeTag::Bool);
        let any_coin = StructTag::new(
            *coins.address(),
            coins.module().clone(),
            coins.name().clone(),
            Vec::new(),
        );
        for object in self
            .objects
            .owned_by(owner, Some(&any_coin), None, usize::MAX)
        {
            if let Some(coin) = Coin::try_from_object(&object)
                && let TypeTag::Struct(coin_type) = coin.coin_type()
            {
                let sum = sums.entry((**coin_type).clone()).or_default();
                sum.0 = sum.0.saturating_add(coin.balance());
            }
        }
        for (coin_type, amount) in self.objects.balances(owner) {
            if let TypeTag::Struct(coin_type) = coin_type {
                sums.entry((**coin_type).clone()).or_default().1 = amount;
            }
        }
        sums.into_iter()
            .map(|(coin_type, (coin_balance, address_balance))| Balance {
                coin_type,
                coin_balance,
                address_balance,
            })
            .collect()
    }
}
