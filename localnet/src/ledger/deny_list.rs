//! The deny list of regulated coins, at `0x403`: which coin types an address may neither use nor receive.
//!
//! What a sender may use is decided when a transaction is accepted, by the settings as they are then; who may receive is
//! decided at the end of its execution, by the settings that the epoch began with, so that all transactions of an epoch
//! agree. Issuers change the list through `0x2::coin`: `deny_list_v2_…` keeps a `0x2::config::Config` for each coin type,
//! the older `deny_list_…` a table of addresses, which only senders are held to.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use sui_sdk_types::{Address, ExecutionError, Identifier, Owner, StructTag, TypeTag};

use super::inputs::{LoadedInput, LoadedInputs};
use super::reader::Objects;
use super::rejection::Rejection;
use super::system::{self, DENY_LIST};
use super::writes::{NewData, Writes};
use crate::vm::canonical_name;

/// What reading the settings of one recipient counts for, in bytes read, whether or not there are any: a protocol constant
/// (1,000) times the price of a borrowed field's byte (10).
const BYTES_PER_RECIPIENT: u64 = 10_000;
/// Where coins are among the types that a deny list may be about.
const COIN_INDEX: u64 = 0;

/// Checks that the sender may use the coins, other than SUI, that its transaction names.
pub(super) fn check_sender(
    store: Objects<'_>,
    sender: Address,
    inputs: &LoadedInputs,
) -> Result<(), Rejection> {
    let used = used(store, inputs);
    for coin_type in &used {
        if denied_by_the_old_list(store, sender, coin_type).unwrap_or(false) {
            return Err(denied(sender, coin_type));
        }
    }
    for coin_type in &used {
        let Some(config) = Config::of(store, coin_type) else {
            continue;
        };
        if config.is_paused(store, When::Now) {
            return Err(Rejection::CoinTypeGlobalPause {
                coin_type: coin_type.clone(),
            });
        }
        if config.denies(store, sender, When::Now) {
            return Err(denied(sender, coin_type));
        }
    }
    Ok(())
}

fn denied(address: Address, coin_type: &str) -> Rejection {
    Rejection::AddressDeniedForCoin {
        address,
        coin_type: coin_type.to_owned(),
    }
}

/// The coin types of input objects, of objects to receive and of withdrawals.
fn used(store: Objects<'_>, inputs: &LoadedInputs) -> BTreeSet<String> {
    let inputs = inputs.inputs.iter();
    let types = inputs.filter_map(|input| match input {
        LoadedInput::Pure(_) => None,
        LoadedInput::Object { object, .. } => object.as_struct()?.object_type().is_coin(),
        LoadedInput::Receiving(reference) => {
            let object = store.get(reference.object_id())?;
            object.as_struct()?.object_type().is_coin()
        }
        LoadedInput::Withdrawal { coin_type, .. } => Some(coin_type),
    });
    types.filter_map(regulated).collect()
}

/// Who gets coins or balances of types other than SUI by a transaction, by the names of the types.
#[derive(Debug)]
pub(super) struct Recipients(BTreeMap<String, BTreeSet<Address>>);

impl Recipients {
    /// The recipients of what was written. An address counts also where a balance was taken from it, and an object where a coin
    /// became its child, as on a network.
    pub(super) fn of(writes: &Writes) -> Self {
        let mut recipients: BTreeMap<String, BTreeSet<Address>> = BTreeMap::new();
        let mut add = |coin_type: &TypeTag, owner: Address| {
            if let Some(name) = regulated(coin_type) {
                recipients.entry(name).or_default().insert(owner);
            }
        };
        for event in &writes.balance_events {
            add(&event.coin_type, event.owner);
        }
        for object in writes.written.values() {
            let NewData::Struct { type_, .. } = &object.data else {
                continue;
            };
            let owner = match object.owner {
                Owner::Address(owner)
                | Owner::Object(owner)
                | Owner::ConsensusAddress { owner, .. } => owner,
                _ => continue,
            };
            if let Some(coin_type) = type_.is_coin() {
                add(coin_type, owner);
            }
        }
        Self(recipients)
    }

    /// Whether nobody gets anything that could be regulated, so that the list is not looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes the check counts for. It does not depend on what the list says, since that may change within an epoch.
    pub(super) fn bytes_read(&self) -> u64 {
        let recipients: usize = self.0.values().map(BTreeSet::len).sum();
        BYTES_PER_RECIPIENT.saturating_mul(recipients as u64)
    }

    /// Checks that all of them may have what they get, in an epoch.
    pub(super) fn check(&self, store: Objects<'_>, epoch: u64) -> Result<(), ExecutionError> {
        for (coin_type, owners) in &self.0 {
            let Some(config) = Config::of(store, coin_type) else {
                continue;
            };
            if config.is_paused(store, When::Epoch(epoch)) {
                return Err(ExecutionError::CoinTypeGlobalPause {
                    coin_type: coin_type.clone(),
                });
            }
            let mut owners = owners.iter();
            if let Some(address) =
                owners.find(|owner| config.denies(store, **owner, When::Epoch(epoch)))
            {
                return Err(ExecutionError::AddressDeniedForCoin {
                    address: *address,
                    coin_type: coin_type.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The name of a coin type in the list, unless it is SUI, which nobody regulates.
fn regulated(coin_type: &TypeTag) -> Option<String> {
    (*coin_type != system::sui()).then(|| canonical_name(coin_type))
}

/// Which value of a setting counts.
#[derive(Clone, Copy, Debug)]
enum When {
    /// The newest.
    Now,
    /// The one that was set before this epoch.
    Epoch(u64),
}

/// The settings of a coin type: a `0x2::config::Config`.
#[derive(Clone, Copy, Debug)]
struct Config(Address);

impl Config {
    /// The settings of a coin type, if there ever were any.
    fn of(store: Objects<'_>, coin_type: &str) -> Option<Self> {
        let key = bcs::to_bytes(&(COIN_INDEX, coin_type.as_bytes())).ok()?;
        let wrapper = framework("dynamic_object_field", "Wrapper", vec![named("ConfigKey")]);
        let field: (Address, (u64, Vec<u8>), Address) = field(store, DENY_LIST, &wrapper, &key)?;
        Some(Self(field.2))
    }

    fn is_paused(self, store: Objects<'_>, when: When) -> bool {
        // A struct without fields is one byte.
        self.setting(store, "GlobalPauseKey", &[0], when)
    }

    fn denies(self, store: Objects<'_>, address: Address, when: When) -> bool {
        self.setting(store, "AddressKey", address.inner(), when)
    }

    /// The value of a `0x2::config::Setting<bool>`; what is not set is off.
    fn setting(self, store: Objects<'_>, name: &'static str, key: &[u8], when: When) -> bool {
        let found = || {
            let object = child(store, self.0, &named(name), key)?;
            let setting = object.get(Address::LENGTH + key.len()..)?;
            let data: Option<(u64, Option<bool>, Option<bool>)> = bcs::from_bytes(setting).ok()?;
            let (since, newer, older) = data?;
            match when {
                When::Epoch(epoch) if epoch <= since => older,
                _ => newer,
            }
        };
        found().unwrap_or(false)
    }
}

/// Whether the list of the first version has an address under a coin type.
fn denied_by_the_old_list(store: Objects<'_>, address: Address, coin_type: &str) -> Option<bool> {
    let list = store.get(&DENY_LIST)?.as_struct()?;
    let (_, (bag, _)): (Address, (Address, u64)) = bcs::from_bytes(list.contents()).ok()?;
    let key = bcs::to_bytes(&COIN_INDEX).ok()?;
    type Table = (Address, u64);
    let coins: (Address, u64, (Address, Table, Table)) = field(store, bag, &TypeTag::U64, &key)?;
    let (_, (counts, _), (lists, _)) = coins.2;
    // An address that no list has is not looked for in each.
    child(store, counts, &TypeTag::Address, address.inner())?;
    let key = bcs::to_bytes(coin_type.as_bytes()).ok()?;
    let bytes = TypeTag::Vector(Box::new(TypeTag::U8));
    let denied: (Address, Vec<u8>, Vec<Address>) = field(store, lists, &bytes, &key)?;
    Some(denied.2.contains(&address))
}

/// A dynamic field of an object: its id, key and value.
fn field<T: DeserializeOwned>(
    store: Objects<'_>,
    parent: Address,
    key_type: &TypeTag,
    key: &[u8],
) -> Option<T> {
    bcs::from_bytes(child(store, parent, key_type, key)?).ok()
}

/// The bytes of a dynamic field.
fn child<'a>(
    store: Objects<'a>,
    parent: Address,
    key_type: &TypeTag,
    key: &[u8],
) -> Option<&'a [u8]> {
    let id = parent.derive_dynamic_child_id(key_type, key);
    Some(store.child(&parent, &id)?.as_struct()?.contents())
}

/// A type of `0x2::deny_list`.
fn named(name: &'static str) -> TypeTag {
    framework("deny_list", name, Vec::new())
}

fn framework(module: &'static str, name: &'static str, parameters: Vec<TypeTag>) -> TypeTag {
    let (module, name) = (
        Identifier::from_static(module),
        Identifier::from_static(name),
    );
    StructTag::new(Address::TWO, module, name, parameters).into()
}
