//! Balances: the objects that hold them, and what a transaction changed of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sui_sdk_types::{Address, BalanceChange, Object, ObjectData, Owner, TypeTag, framework::Coin};

use super::super::accumulators::{self, Net};
use super::super::object_store::StoreChanges;
use super::super::rejection::Rejection;
use super::super::system::ACCUMULATOR_ROOT;
use super::{Assembly, Output, sized};

impl Assembly<'_> {
    /// The objects under `0xacc` that hold the touched balances, as they are afterwards.
    ///
    /// A real network writes them by a settlement transaction after this one; here they change at once.
    pub(super) fn balance_objects(
        &self,
        nets: &BTreeMap<Address, (Address, TypeTag, Net)>,
        lamport_version: u64,
    ) -> Result<StoreChanges, Rejection> {
        let mut changes = StoreChanges::default();
        for (id, (owner, coin_type, net)) in nets {
            let before = self.store.balance(owner, coin_type);
            let after = i128::from(before) + net.delta();
            let after = u64::try_from(after).map_err(|_| Rejection::Internal {
                reason: format!("address balance of {owner} out of range"),
            })?;
            if after == 0 {
                if self.store.get(id).is_some() {
                    changes.removed.push(*id);
                }
                continue;
            }
            // A balance that was emptied comes back with a version it never had.
            let version = self
                .store
                .newest_version(id)
                .unwrap_or(0)
                .saturating_add(1)
                .max(lamport_version);
            let data = accumulators::balance_object(*id, *owner, coin_type, after, version)
                .map(ObjectData::Struct);
            let object = Object::new(
                sized(data)?,
                Owner::Object(ACCUMULATOR_ROOT),
                self.digest,
                0,
            );
            changes.written.push(Arc::new(object));
        }
        Ok(changes)
    }
}

/// What every address gained or lost of every coin type.
pub(super) fn changes(
    modified: &[&Arc<Object>],
    outputs: &[Output],
    nets: &BTreeMap<Address, (Address, TypeTag, Net)>,
) -> Vec<BalanceChange> {
    let mut sums: BTreeMap<(Address, TypeTag), i128> = BTreeMap::new();
    let mut add = |object: &Object, sign: i128| {
        let owner = match object.owner() {
            Owner::Address(owner)
            | Owner::Object(owner)
            | Owner::ConsensusAddress { owner, .. } => *owner,
            _ => return,
        };
        if let Some(coin) = Coin::try_from_object(object) {
            *sums.entry((owner, coin.coin_type().clone())).or_default() +=
                sign * i128::from(coin.balance());
        }
    };
    modified.iter().for_each(|object| add(object, -1));
    outputs.iter().for_each(|output| add(&output.object, 1));
    for (owner, coin_type, net) in nets.values() {
        *sums.entry((*owner, coin_type.clone())).or_default() += net.delta();
    }
    sums.into_iter()
        .filter(|(_, amount)| *amount != 0)
        .map(|((address, coin_type), amount)| BalanceChange {
            address,
            coin_type,
            amount,
        })
        .collect()
}
