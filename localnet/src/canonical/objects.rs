//! Objects.

use sui_sdk_types::{Address, Digest, Object, ObjectData, Owner, StructTag, TypeTag};

use super::bytes::{bytes, digest, other, u64};
use super::hash;
use super::tags::{struct_tag, struct_tag_size, type_tag, type_tag_size};

/// What an object's bytes are hashed behind.
const SALT: &[u8] = b"Object::";

/// The digest of an object.
pub(crate) fn object_digest(object: &Object) -> Digest {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(SALT);
    match object.data() {
        ObjectData::Struct(data) => {
            out.push(0);
            move_type(&mut out, data.object_type());
            out.push(u8::from(data.has_public_transfer()));
            u64(&mut out, data.version());
            bytes(&mut out, data.contents());
        }
        package => other(&mut out, package),
    }
    owner(&mut out, object.owner());
    digest(&mut out, &object.previous_transaction());
    u64(&mut out, object.storage_rebate());
    Digest::new(hash(&out))
}

pub(super) fn owner(out: &mut Vec<u8>, owner: &Owner) {
    match owner {
        Owner::Address(address) => {
            out.push(0);
            out.extend_from_slice(address.inner());
        }
        Owner::Object(parent) => {
            out.push(1);
            out.extend_from_slice(parent.inner());
        }
        Owner::Shared(version) => {
            out.push(2);
            u64(out, *version);
        }
        Owner::Immutable => out.push(3),
        rare => other(out, rare),
    }
}

/// The type of an object in its compressed form: what is common takes a byte.
#[derive(Clone, Copy, Debug)]
enum Compressed<'a> {
    Other(&'a StructTag),
    GasCoin,
    StakedSui,
    Coin(&'a TypeTag),
    SuiBalance,
    Balance(&'a TypeTag),
}

impl<'a> Compressed<'a> {
    fn new(tag: &'a StructTag) -> Self {
        if let Some(coin_type) = tag.is_coin() {
            return if is_sui(coin_type) {
                Self::GasCoin
            } else {
                Self::Coin(coin_type)
            };
        }
        if is(tag, Address::THREE, "staking_pool", "StakedSui") && tag.type_params().is_empty() {
            return Self::StakedSui;
        }
        match balance(tag) {
            Some(coin_type) if is_sui(coin_type) => Self::SuiBalance,
            Some(coin_type) => Self::Balance(coin_type),
            None => Self::Other(tag),
        }
    }
}

fn is(tag: &StructTag, address: Address, module: &str, name: &str) -> bool {
    *tag.address() == address && tag.module().as_str() == module && tag.name().as_str() == name
}

fn is_sui(tag: &TypeTag) -> bool {
    matches!(tag, TypeTag::Struct(tag) if is(tag, Address::TWO, "sui", "SUI") && tag.type_params().is_empty())
}

/// The coin type, if this is the type of the objects that hold address balances.
fn balance(tag: &StructTag) -> Option<&TypeTag> {
    if !is(tag, Address::TWO, "dynamic_field", "Field") {
        return None;
    }
    let [TypeTag::Struct(key), TypeTag::Struct(value)] = tag.type_params() else {
        return None;
    };
    let [TypeTag::Struct(held)] = key.type_params() else {
        return None;
    };
    let [coin_type] = held.type_params() else {
        return None;
    };
    (is(value, Address::TWO, "accumulator", "U128")
        && value.type_params().is_empty()
        && is(key, Address::TWO, "accumulator", "Key")
        && is(held, Address::TWO, "balance", "Balance"))
    .then_some(coin_type)
}

fn move_type(out: &mut Vec<u8>, tag: &StructTag) {
    match Compressed::new(tag) {
        Compressed::Other(tag) => {
            out.push(0);
            struct_tag(out, tag);
        }
        Compressed::GasCoin => out.push(1),
        Compressed::StakedSui => out.push(2),
        Compressed::Coin(coin_type) => {
            out.push(3);
            type_tag(out, coin_type);
        }
        Compressed::SuiBalance => out.push(4),
        Compressed::Balance(coin_type) => {
            out.push(5);
            type_tag(out, coin_type);
        }
    }
}

/// How many bytes the type of an object takes in it.
pub(crate) fn move_type_size(tag: &StructTag) -> usize {
    1 + match Compressed::new(tag) {
        Compressed::Other(tag) => struct_tag_size(tag),
        Compressed::GasCoin | Compressed::StakedSui | Compressed::SuiBalance => 0,
        Compressed::Coin(coin_type) | Compressed::Balance(coin_type) => type_tag_size(coin_type),
    }
}
