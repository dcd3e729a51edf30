//! `std::hash`, `sui::hash` and `sui::hmac`.

use super::crypto::digests;
use super::support::{BASE, PER_BYTE, exactly, length, returns};
use crate::vm::{NativeContext, NativeResult, Type, Value, VmStatus};

/// The block sizes that gas is counted by.
const BLAKE2B_BLOCK: u64 = 128;
const SHA3_BLOCK: u64 = 136;
/// What `sui::hash` costs before it looks at its argument.
const SUI_HASH_BASE: u64 = 10;

pub(super) fn sha2_256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    owned(context, arguments, digests::sha2_256)
}

pub(super) fn sha3_256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    owned(context, arguments, digests::sha3_256)
}

pub(super) fn blake2b256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    borrowed(context, arguments, BLAKE2B_BLOCK, digests::blake2b256)
}

pub(super) fn keccak256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    borrowed(context, arguments, SHA3_BLOCK, digests::keccak256)
}

pub(super) fn hmac_sha3_256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [key, message] = exactly(arguments)?;
    let inputs = length(context.heap.bytes(key)?) + length(context.heap.bytes(message)?);
    // Key and message are rounded up to blocks together, with one block more for the key's own.
    let blocks = (inputs + 2 * SHA3_BLOCK - 2) / SHA3_BLOCK;
    context.charge(PER_BYTE * inputs + PER_BYTE * blocks)?;
    let mac = digests::hmac_sha3_256(context.heap.bytes(key)?, context.heap.bytes(message)?)
        .ok_or(VmStatus::InvariantViolation("HMAC refused a key"))?;
    returns(context.heap.vector_u8(mac)?)
}

/// A hash of the standard library, which takes its input by value.
fn owned(
    context: &mut NativeContext<'_, '_>,
    arguments: &[Value],
    hash: fn(&[u8]) -> Vec<u8>,
) -> NativeResult {
    let [data] = exactly(arguments)?;
    let size = length(context.heap.bytes(data)?);
    context.charge(BASE + PER_BYTE * size.max(1))?;
    let digest = hash(context.heap.bytes(data)?);
    context.heap.destroy(data)?;
    returns(context.heap.vector_u8(digest)?)
}

/// A hash of the Sui framework, which takes its input by reference.
fn borrowed(
    context: &mut NativeContext<'_, '_>,
    arguments: &[Value],
    block: u64,
    hash: fn(&[u8]) -> Vec<u8>,
) -> NativeResult {
    let [data] = exactly(arguments)?;
    let size = length(context.heap.bytes(data)?);
    context.charge(SUI_HASH_BASE + PER_BYTE * size + PER_BYTE * size.div_ceil(block))?;
    let digest = hash(context.heap.bytes(data)?);
    returns(context.heap.vector_u8(digest)?)
}
