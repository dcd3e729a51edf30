//! `sui::ecdsa_k1` in tests: keys and signatures.

use super::super::crypto::signatures::{MessageHash, secp256k1_key, secp256k1_sign as sign};
use super::super::support::{BASE, exactly, returns};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value};

/// `EInvalidPrivKey`
const INVALID_PRIVATE_KEY: u64 = 3;
/// `EInvalidHashFunction`
const INVALID_HASH_FUNCTION: u64 = 4;
/// `EInvalidSeed`
const INVALID_SEED: u64 = 5;

/// The signature `r || s`, or with the recovery id behind it.
pub(in super::super) fn secp256k1_sign(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [key, message, hash, recoverable] = exactly(arguments)?;
    let hash =
        MessageHash::from_number(hash.as_u8()?).ok_or(NativeError::Abort(INVALID_HASH_FUNCTION))?;
    let mut signature = sign(context.heap.bytes(key)?, context.heap.bytes(message)?, hash)
        .ok_or(NativeError::Abort(INVALID_PRIVATE_KEY))?
        .to_vec();
    if !recoverable.as_bool()? {
        signature.pop();
    }
    returns(context.heap.vector_u8(signature)?)
}

/// A `KeyPair { private_key, public_key }`, made from 32 bytes.
pub(in super::super) fn secp256k1_keypair_from_seed(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [seed] = exactly(arguments)?;
    let (private, public) =
        secp256k1_key(context.heap.bytes(seed)?).ok_or(NativeError::Abort(INVALID_SEED))?;
    let pair = [
        context.heap.vector_u8(private)?,
        context.heap.vector_u8(public)?,
    ];
    returns(context.heap.pack(&pair)?)
}
