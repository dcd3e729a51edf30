//! What an execution leaves behind, before it is priced and versioned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sui_sdk_types::{
    Address, Event, MovePackage, MoveStruct, Object, ObjectData, Owner, StructTag,
};

use super::accumulators::BalanceEvent;
use super::inputs::{LoadedInputs, Payer};
use super::rejection::Rejection;

/// Everything a transaction writes, deletes and emits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    /// Objects that exist afterwards.
    pub(crate) written: BTreeMap<Address, NewObject>,
    /// Ids that were created and not deleted again, whether or not an object of that id exists at top level.
    pub(crate) created: BTreeSet<Address>,
    /// Ids that existed and were deleted.
    pub(crate) deleted: BTreeSet<Address>,
    /// Objects that existed at top level and do not any more: deleted or wrapped.
    pub(crate) removed: BTreeSet<Address>,
    /// Objects that were received.
    pub(crate) received: BTreeSet<Address>,
    /// Events in the order they were emitted.
    pub(crate) events: Vec<Event>,
    /// Deposits to and withdrawals from address balances, in order.
    pub(crate) balance_events: Vec<BalanceEvent>,
    /// What storing each written object costs, once the bill is made.
    pub(crate) deposits: BTreeMap<Address, u64>,
}

/// An object without what only the end of the transaction decides: version, digest and rebate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewObject {
    pub(crate) data: NewData,
    pub(crate) owner: Owner,
}

/// The content of an object to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NewData {
    /// A Move object.
    Struct {
        /// Its type.
        type_: StructTag,
        /// Whether its type has `store`.
        has_public_transfer: bool,
        /// Its BCS, beginning with the id.
        contents: Vec<u8>,
    },
    /// A package.
    Package(Box<MovePackage>),
}

impl NewObject {
    /// The same object with nothing changed but the version to come.
    pub(crate) fn touched(object: &Object) -> Self {
        let data = match object.data() {
            ObjectData::Struct(data) => NewData::Struct {
                type_: data.object_type().clone(),
                has_public_transfer: data.has_public_transfer(),
                contents: data.contents().to_vec(),
            },
            ObjectData::Package(package) => NewData::Package(Box::new(package.clone())),
        };
        Self {
            data,
            owner: *object.owner(),
        }
    }

    /// The data with its version.
    pub(crate) fn into_data(self, version: u64) -> Option<ObjectData> {
        match self.data {
            NewData::Struct {
                type_,
                has_public_transfer,
                contents,
            } => MoveStruct::new(type_, has_public_transfer, version, contents)
                .map(ObjectData::Struct),
            NewData::Package(package) => Some(ObjectData::Package(*package)),
        }
    }

    /// The balance, if this is a coin.
    pub(crate) fn coin_balance_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.data {
            NewData::Struct {
                type_, contents, ..
            } if type_.is_coin().is_some() => contents.get_mut(32..40),
            _ => None,
        }
    }
}

impl Writes {
    /// What a failed transaction writes: its mutable inputs unchanged, and the gas coins made one.
    pub(crate) fn of_failure(inputs: &LoadedInputs) -> Result<Self, Rejection> {
        let mut writes = Self::default();
        for (object, access) in inputs.objects() {
            if access.is_mutable() {
                writes
                    .written
                    .insert(object.object_id(), NewObject::touched(object));
            }
        }
        writes.smash(&inputs.payer)?;
        Ok(writes)
    }

    /// Make the gas coins one: the first takes in the others, which are deleted.
    fn smash(&mut self, payer: &Payer) -> Result<(), Rejection> {
        let Payer::Coins { coins, total } = payer else {
            return Ok(());
        };
        for (index, coin) in coins.iter().enumerate() {
            if index == 0 {
                self.set_coin_balance(&coin.object_id(), *total)?;
            } else {
                self.delete_smashed(coin);
            }
        }
        Ok(())
    }

    /// Delete a gas coin whose balance went into the first.
    pub(crate) fn delete_smashed(&mut self, coin: &Arc<Object>) {
        let id = coin.object_id();
        self.written.remove(&id);
        self.deleted.insert(id);
        self.removed.insert(id);
    }

    /// Overwrite the balance of a coin that is written.
    pub(crate) fn set_coin_balance(&mut self, id: &Address, balance: u64) -> Result<(), Rejection> {
        let bytes = self
            .written
            .get_mut(id)
            .and_then(NewObject::coin_balance_mut)
            .ok_or_else(|| Rejection::Internal {
                reason: "the gas coin is not written".to_owned(),
            })?;
        bytes.copy_from_slice(&balance.to_le_bytes());
        Ok(())
    }

    /// The balance of a coin that is written.
    pub(crate) fn coin_balance(&mut self, id: &Address) -> Option<u64> {
        let bytes = self.written.get_mut(id)?.coin_balance_mut()?;
        Some(u64::from_le_bytes(<[u8; 8]>::try_from(&*bytes).ok()?))
    }
}
