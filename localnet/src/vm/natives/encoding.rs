//! `std::bcs` and `sui::address`.

use ruint::aliases::U256;
use sui_sdk_types::Address;

use super::support::{BASE, PER_BYTE, exactly, length, returns};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

/// What a failed serialisation aborts with.
const SERIALIZATION_FAILURE: u64 = 0x1c5;
/// `EAddressParseError`
const ADDRESS_PARSE_ERROR: u64 = 0;

pub(super) fn to_bytes(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let ([type_], [value]) = (exactly(types)?, exactly(arguments)?);
    let bytes = match context.serialize(type_, value) {
        Ok(bytes) => bytes,
        Err(VmStatus::ValueDepthExceeded) => {
            context.charge(BASE)?;
            return Err(NativeError::Abort(SERIALIZATION_FAILURE));
        }
        Err(status) => return Err(status.into()),
    };
    context.charge(PER_BYTE * length(&bytes).max(1))?;
    returns(context.heap.vector_u8(bytes)?)
}

pub(super) fn address_from_bytes(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [bytes] = exactly(arguments)?;
    let address = Address::from_bytes(context.heap.bytes(bytes)?);
    context.heap.destroy(bytes)?;
    returns(address.map_err(|_| NativeError::Abort(ADDRESS_PARSE_ERROR))?)
}

pub(super) fn address_to_u256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [address] = exactly(arguments)?;
    returns(U256::from_be_bytes(address.as_address()?.into_inner()))
}

pub(super) fn address_from_u256(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [number] = exactly(arguments)?;
    returns(Address::new(number.as_u256()?.to_be_bytes()))
}
