//! `sui::ed25519`, `sui::ecdsa_k1` and `sui::ecdsa_r1`.

use super::crypto::signatures::{self, MessageHash, RecoverError};
use super::support::{BASE, PER_BYTE, exactly, length, returns};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

/// `EFailToRecoverPubKey`
const FAIL_TO_RECOVER: u64 = 0;
/// `EInvalidSignature`
const INVALID_SIGNATURE: u64 = 1;
/// `EInvalidPubKey`
const INVALID_PUBLIC_KEY: u64 = 2;

/// What a call with an unknown hash function costs.
const INVALID_ARGUMENTS: u64 = 100;
const ED25519_VERIFY: u64 = 1802;
const ED25519_BLOCK: u64 = 128;
const SECP256K1_VERIFY: u64 = 1470;
const SECP256K1_RECOVER: u64 = 500;
const SECP256R1_VERIFY: u64 = 4225;
const SECP256R1_RECOVER: u64 = 1173;

type Verify = fn(&[u8], &[u8], &[u8], MessageHash) -> bool;
type Recover = fn(&[u8], &[u8], MessageHash) -> Result<Vec<u8>, RecoverError>;

pub(super) fn ed25519_verify(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(ED25519_VERIFY)?;
    let [signature, public_key, message] = exactly(arguments)?;
    let size = length(context.heap.bytes(message)?);
    context.charge(PER_BYTE * size + PER_BYTE * size.div_ceil(ED25519_BLOCK))?;
    let heap = &context.heap;
    returns(signatures::ed25519_verify(
        heap.bytes(signature)?,
        heap.bytes(public_key)?,
        heap.bytes(message)?,
    ))
}

pub(super) fn secp256k1_verify(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    verify(
        context,
        arguments,
        SECP256K1_VERIFY,
        signatures::secp256k1_verify,
    )
}

pub(super) fn secp256r1_verify(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    verify(
        context,
        arguments,
        SECP256R1_VERIFY,
        signatures::secp256r1_verify,
    )
}

pub(super) fn secp256k1_recover(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    recover(
        context,
        arguments,
        SECP256K1_RECOVER,
        signatures::secp256k1_recover,
    )
}

pub(super) fn secp256r1_recover(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    recover(
        context,
        arguments,
        SECP256R1_RECOVER,
        signatures::secp256r1_recover,
    )
}

pub(super) fn secp256k1_decompress(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [public_key] = exactly(arguments)?;
    let key = signatures::secp256k1_decompress(context.heap.bytes(public_key)?)
        .ok_or(NativeError::Abort(INVALID_PUBLIC_KEY))?;
    returns(context.heap.vector_u8(key)?)
}

fn verify(
    context: &mut NativeContext<'_, '_>,
    arguments: &[Value],
    base: u64,
    check: Verify,
) -> NativeResult {
    let [signature, public_key, message, hash] = exactly(arguments)?;
    let Some(hash) = MessageHash::from_number(hash.as_u8()?) else {
        context.charge(INVALID_ARGUMENTS)?;
        return returns(false);
    };
    charge_message(context, base, message, hash)?;
    let heap = &context.heap;
    returns(check(
        heap.bytes(signature)?,
        heap.bytes(public_key)?,
        heap.bytes(message)?,
        hash,
    ))
}

fn recover(
    context: &mut NativeContext<'_, '_>,
    arguments: &[Value],
    base: u64,
    recover: Recover,
) -> NativeResult {
    let [signature, message, hash] = exactly(arguments)?;
    let Some(hash) = MessageHash::from_number(hash.as_u8()?) else {
        context.charge(INVALID_ARGUMENTS)?;
        return Err(NativeError::Abort(FAIL_TO_RECOVER));
    };
    charge_message(context, base, message, hash)?;
    let key = recover(
        context.heap.bytes(signature)?,
        context.heap.bytes(message)?,
        hash,
    )
    .map_err(|error| {
        NativeError::Abort(match error {
            RecoverError::Signature => INVALID_SIGNATURE,
            RecoverError::PublicKey => FAIL_TO_RECOVER,
        })
    })?;
    returns(context.heap.vector_u8(key)?)
}

fn charge_message(
    context: &mut NativeContext<'_, '_>,
    base: u64,
    message: Value,
    hash: MessageHash,
) -> Result<(), VmStatus> {
    let size = length(context.heap.bytes(message)?);
    context.charge(base + PER_BYTE * size + PER_BYTE * size.div_ceil(hash.block_size()))
}
