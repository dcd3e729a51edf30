//! Where valet and a dApp live on a network.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, Digest, Identifier, StructTag, TypeTag};

use crate::ptb::ObjectInput;

/// A shared object: its id and the version at which it was shared, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SharedObject {
    /// The object's id.
    pub id: Address,
    /// The version at which the object became shared.
    pub initial_version: u64,
}

impl SharedObject {
    /// The clock, `0x6`, the same on every network.
    pub const CLOCK: Self = Self {
        id: Address::from_static("0x6"),
        initial_version: 1,
    };

    /// This object as a transaction's input that the transaction may write.
    #[must_use]
    pub fn mutable(self) -> ObjectInput {
        self.input(true)
    }

    /// This object as a transaction's input that the transaction only reads.
    #[must_use]
    pub fn immutable(self) -> ObjectInput {
        self.input(false)
    }

    fn input(self, mutable: bool) -> ObjectInput {
        ObjectInput::Shared {
            id: self.id,
            initial_version: self.initial_version,
            mutable,
        }
    }
}

/// A dApp and the valet package it uses, on one network. Save it with `serde` once the dApp is published;
/// [`deploy`](crate::deploy) produces one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The digest of the network's genesis checkpoint. A client connected to another network refuses to start.
    pub chain_id: Digest,
    /// The valet package that is called.
    pub valet_package: Address,
    /// The valet package that defines the types: the first published version.
    pub valet_types: Address,
    /// The framework's `DappHub`.
    pub hub: SharedObject,
    /// The dApp's package, whose functions a session calls.
    pub dapp_package: Address,
    /// The dApp's marker type, `D`.
    pub dapp_type: StructTag,
    /// The dApp's `Dapp<D>`.
    pub dapp: SharedObject,
    /// The dApp's `DappStorage<D>`.
    pub dapp_storage: SharedObject,
}

impl Deployment {
    /// The id of an owner's `UserStorage` in this dApp: derived, so that no index is needed and no second can exist.
    #[must_use]
    pub fn storage_id(&self, owner: Address) -> Address {
        let key = self.valet_type("dapp_storage", "StorageKey", Vec::new());
        self.dapp_storage
            .id
            .derive_object_id(&TypeTag::from(key), owner.as_bytes())
    }

    /// The type of an owner's storage in this dApp, `UserStorage<D>`.
    #[must_use]
    pub fn storage_type(&self) -> StructTag {
        self.valet_type("user_storage", "UserStorage", vec![self.marker()])
    }

    /// The type of the dApp's storage, `DappStorage<D>`.
    pub(crate) fn dapp_storage_type(&self) -> StructTag {
        self.valet_type("dapp_storage", "DappStorage", vec![self.marker()])
    }

    /// The id of the object that holds a storage's record, whether the record exists or not. `key` is the key in BCS; a Move
    /// struct without fields is one zero byte.
    #[must_use]
    pub fn record_id(&self, storage: Address, key_type: &TypeTag, key: &[u8]) -> Address {
        storage.derive_dynamic_child_id(&self.record_key(key_type), key)
    }

    /// The type of the object that holds a record, `Field<RecordKey<K>, V>`.
    pub(crate) fn record_type(&self, key_type: &TypeTag, value_type: &TypeTag) -> StructTag {
        field(self.record_key(key_type), value_type.clone())
    }

    /// The id of the object that holds a storage's coins of one type, whether it holds any or not.
    #[must_use]
    pub fn purse_id(&self, storage: Address, coin_type: &TypeTag) -> Address {
        // A Move struct without fields is one zero byte.
        storage.derive_dynamic_child_id(&self.purse_key(coin_type), &[0])
    }

    /// The type of the object that holds coins, `Field<PurseKey<T>, Balance<T>>`.
    pub(crate) fn purse_type(&self, coin_type: &TypeTag) -> StructTag {
        let balance = StructTag::new(
            Address::TWO,
            Identifier::from_static("balance"),
            Identifier::from_static("Balance"),
            vec![coin_type.clone()],
        );
        field(self.purse_key(coin_type), TypeTag::from(balance))
    }

    fn purse_key(&self, coin_type: &TypeTag) -> TypeTag {
        TypeTag::from(self.valet_type("purse", "PurseKey", vec![coin_type.clone()]))
    }

    /// The name of a record's dynamic field: a wrapped key, so that no key of a dApp's meets a field of valet's.
    fn record_key(&self, key_type: &TypeTag) -> TypeTag {
        TypeTag::from(self.valet_type("record", "RecordKey", vec![key_type.clone()]))
    }

    /// The dApp's marker type as a type argument.
    #[must_use]
    pub fn marker(&self) -> TypeTag {
        TypeTag::from(self.dapp_type.clone())
    }

    pub(crate) fn valet_type(
        &self,
        module: &'static str,
        name: &'static str,
        type_params: Vec<TypeTag>,
    ) -> StructTag {
        StructTag::new(
            self.valet_types,
            Identifier::from_static(module),
            Identifier::from_static(name),
            type_params,
        )
    }
}

/// The type of a dynamic field's object.
fn field(name: TypeTag, value: TypeTag) -> StructTag {
    StructTag::new(
        Address::TWO,
        Identifier::from_static("dynamic_field"),
        Identifier::from_static("Field"),
        vec![name, value],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_saved_and_loaded() {
        let shared = |id| SharedObject {
            id,
            initial_version: u64::MAX,
        };
        let deployment = Deployment {
            chain_id: Digest::new([7; 32]),
            valet_package: Address::TWO,
            valet_types: Address::TWO,
            hub: shared(Address::TWO),
            dapp_package: Address::THREE,
            dapp_type: "0x3::arena::Arena<u8>".parse().expect("a type"),
            dapp: shared(Address::ZERO),
            dapp_storage: shared(Address::THREE),
        };
        let saved = serde_json::to_string(&deployment).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Deployment>(&saved).expect("a deployment"),
            deployment
        );
        assert!(saved.contains("::arena::Arena"), "readable: {saved}");
    }
}
