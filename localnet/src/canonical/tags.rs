//! Type tags, and the ids that derive from them.

use sui_sdk_types::{Address, StructTag, TypeTag};

use super::bytes::{bytes, length, length_size};
use super::hash;

/// What the ids of dynamic fields are hashed behind.
const CHILD_ID: u8 = 0xf0;

/// The variants of a type tag that are not of one byte.
const VECTOR: u8 = 6;
const STRUCT: u8 = 7;

/// The bytes of a type tag.
pub(crate) fn type_tag(out: &mut Vec<u8>, tag: &TypeTag) {
    match tag {
        TypeTag::Vector(element) => {
            out.push(VECTOR);
            type_tag(out, element);
        }
        TypeTag::Struct(tag) => {
            out.push(STRUCT);
            struct_tag(out, tag);
        }
        primitive => out.push(primitive_number(primitive)),
    }
}

fn primitive_number(tag: &TypeTag) -> u8 {
    match tag {
        TypeTag::Bool => 0,
        TypeTag::U8 => 1,
        TypeTag::U64 => 2,
        TypeTag::U128 => 3,
        TypeTag::Address => 4,
        TypeTag::Signer => 5,
        TypeTag::Vector(_) => VECTOR,
        TypeTag::Struct(_) => STRUCT,
        TypeTag::U16 => 8,
        TypeTag::U32 => 9,
        TypeTag::U256 => 10,
    }
}

/// The bytes of a struct tag.
pub(super) fn struct_tag(out: &mut Vec<u8>, tag: &StructTag) {
    struct_head(
        out,
        tag.address(),
        tag.module().as_str(),
        tag.name().as_str(),
    );
    length(out, tag.type_params().len());
    for parameter in tag.type_params() {
        type_tag(out, parameter);
    }
}

fn struct_head(out: &mut Vec<u8>, address: &Address, module: &str, name: &str) {
    out.extend_from_slice(address.inner());
    bytes(out, module.as_bytes());
    bytes(out, name.as_bytes());
}

/// How many bytes [`type_tag`] writes.
pub(super) fn type_tag_size(tag: &TypeTag) -> usize {
    1 + match tag {
        TypeTag::Vector(element) => type_tag_size(element),
        TypeTag::Struct(tag) => struct_tag_size(tag),
        _ => 0,
    }
}

/// How many bytes [`struct_tag`] writes.
pub(super) fn struct_tag_size(tag: &StructTag) -> usize {
    let name = |name: &str| length_size(name.len()) + name.len();
    let parameters = tag.type_params();
    Address::LENGTH
        + name(tag.module().as_str())
        + name(tag.name().as_str())
        + length_size(parameters.len())
        + parameters.iter().map(type_tag_size).sum::<usize>()
}

/// The bytes of `0x2::accumulator::Key<0x2::balance::Balance<T>>`, the type of the keys that lead to address balances.
pub(crate) fn balance_key_type(coin_type: &TypeTag) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    for (module, name) in [("accumulator", "Key"), ("balance", "Balance")] {
        out.push(STRUCT);
        struct_head(&mut out, &Address::TWO, module, name);
        length(&mut out, 1);
    }
    type_tag(&mut out, coin_type);
    out
}

/// The id of the dynamic field that `parent` has under a key, given the bytes of the key's type.
pub(crate) fn child_id(parent: Address, key_type: &[u8], key: &[u8]) -> Address {
    let mut out = Vec::with_capacity(1 + 32 + 8 + key.len() + key_type.len());
    out.push(CHILD_ID);
    out.extend_from_slice(parent.inner());
    out.extend_from_slice(&(key.len() as u64).to_le_bytes());
    out.extend_from_slice(key);
    out.extend_from_slice(key_type);
    Address::new(hash(&out))
}
