//! Address balances: what a transaction did to them, as effects and as objects.

use std::collections::BTreeMap;

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, AccumulatorWrite, Address, Identifier, MoveStruct,
    StructTag, TypeTag,
};

use super::system::ACCUMULATOR_ROOT;
use crate::canonical;

/// A module and a name in it, checked when this is compiled.
macro_rules! names {
    ($module:literal, $name:literal) => {
        const {
            (
                Identifier::from_static($module),
                Identifier::from_static($name),
            )
        }
    };
}

/// One deposit or withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BalanceEvent {
    /// Whose balance: an account or an object.
    pub(crate) owner: Address,
    /// The coin type, not wrapped in `Balance`.
    pub(crate) coin_type: TypeTag,
    /// Deposit or withdrawal.
    pub(crate) operation: AccumulatorOperation,
    /// How much.
    pub(crate) amount: u64,
}

/// The sum of what a transaction did to one balance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Net {
    merged: u128,
    split: u128,
    /// The most that was missing at any point, in the order of the events.
    peak: u128,
}

impl Net {
    /// What the transaction added (positive) or took (negative).
    pub(crate) fn delta(&self) -> i128 {
        // Each side is a sum of fewer than 2^32 u64 values, so it fits.
        let signed = |value: u128| i128::try_from(value).unwrap_or(i128::MAX);
        signed(self.merged).saturating_sub(signed(self.split))
    }

    /// The most that the balance had to provide at any point.
    pub(crate) fn peak(&self) -> u128 {
        self.peak
    }

    fn add(&mut self, operation: AccumulatorOperation, amount: u64) {
        match operation {
            AccumulatorOperation::Split => self.split += u128::from(amount),
            _ => self.merged += u128::from(amount),
        }
        self.peak = self.peak.max(self.split.saturating_sub(self.merged));
    }
}

/// The balances a transaction touched with the sum for each, in the order of their ids.
pub(crate) fn net(events: &[BalanceEvent]) -> BTreeMap<Address, (Address, TypeTag, Net)> {
    let mut nets: BTreeMap<Address, (Address, TypeTag, Net)> = BTreeMap::new();
    for event in events {
        nets.entry(balance_id(event.owner, &event.coin_type))
            .or_insert_with(|| (event.owner, event.coin_type.clone(), Net::default()))
            .2
            .add(event.operation, event.amount);
    }
    nets
}

/// The entry that a net sum is in the effects.
pub(crate) fn write(owner: Address, coin_type: TypeTag, net: &Net) -> AccumulatorWrite {
    let (operation, amount) = if net.merged >= net.split {
        (AccumulatorOperation::Merge, net.merged - net.split)
    } else {
        (AccumulatorOperation::Split, net.split - net.merged)
    };
    let amount = u64::try_from(amount).unwrap_or(u64::MAX);
    AccumulatorWrite::new(
        owner,
        balance_type(coin_type),
        operation,
        AccumulatorValue::Integer(amount),
    )
}

/// The id of the object that holds an address balance.
pub(crate) fn balance_id(owner: Address, coin_type: &TypeTag) -> Address {
    let key_type = canonical::balance_key_type(coin_type);
    canonical::child_id(ACCUMULATOR_ROOT, &key_type, owner.inner())
}

/// The object `id` that holds an address balance.
pub(crate) fn balance_object(
    id: Address,
    owner: Address,
    coin_type: &TypeTag,
    amount: u64,
    version: u64,
) -> Option<MoveStruct> {
    let mut contents = Vec::with_capacity(32 + 32 + 16);
    contents.extend_from_slice(id.inner());
    contents.extend_from_slice(owner.inner());
    contents.extend_from_slice(&u128::from(amount).to_le_bytes());
    let value = struct_tag(names!("accumulator", "U128"), Vec::new());
    let tag = struct_tag(
        names!("dynamic_field", "Field"),
        vec![key_type(coin_type.clone()), value],
    );
    let TypeTag::Struct(tag) = tag else {
        return None;
    };
    MoveStruct::new(*tag, false, version, contents)
}

/// The owner, coin type and amount that such an object holds; none for any other object.
pub(crate) fn parse_balance_object(object: &MoveStruct) -> Option<(Address, &TypeTag, u64)> {
    let [TypeTag::Struct(key), TypeTag::Struct(value)] = object.object_type().type_params() else {
        return None;
    };
    let is = |tag: &StructTag, module: &str, name: &str| {
        *tag.address() == Address::TWO
            && tag.module().as_str() == module
            && tag.name().as_str() == name
    };
    if !is(object.object_type(), "dynamic_field", "Field")
        || !is(key, "accumulator", "Key")
        || !is(value, "accumulator", "U128")
    {
        return None;
    }
    let [TypeTag::Struct(balance)] = key.type_params() else {
        return None;
    };
    let [coin_type] = balance.type_params() else {
        return None;
    };
    let owner = Address::from_bytes(object.contents().get(32..64)?).ok()?;
    let amount = u128::from_le_bytes(object.contents().get(64..80)?.try_into().ok()?);
    is(balance, "balance", "Balance").then_some((owner, coin_type, u64::try_from(amount).ok()?))
}

/// `0x2::balance::Balance<T>`.
pub(crate) fn balance_type(coin_type: TypeTag) -> TypeTag {
    struct_tag(names!("balance", "Balance"), vec![coin_type])
}

fn key_type(coin_type: TypeTag) -> TypeTag {
    struct_tag(names!("accumulator", "Key"), vec![balance_type(coin_type)])
}

fn struct_tag((module, name): (Identifier, Identifier), type_params: Vec<TypeTag>) -> TypeTag {
    StructTag::new(Address::TWO, module, name, type_params).into()
}
