//! `sui::object` and `sui::tx_context`.

use sui_sdk_types::{Address, Digest};

use super::support::{BASE, CONTEXT_GETTER, exactly, returns};
use crate::vm::{NativeContext, NativeResult, Type, Value, VectorKind, VmStatus};

pub(super) fn borrow_uid(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [object] = exactly(arguments)?;
    returns(context.heap.borrow_field(object.as_reference()?, 0)?)
}

pub(super) fn delete(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [id] = exactly(arguments)?;
    context.runtime.delete_id(id.as_address()?)?;
    Ok(None)
}

pub(super) fn record_new_uid(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [id] = exactly(arguments)?;
    context.runtime.record_new_id(id.as_address()?)?;
    Ok(None)
}

pub(super) fn fresh_id(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    returns(context.runtime.fresh_id()?)
}

pub(super) fn derive_id(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [digest, number] = exactly(arguments)?;
    let bytes = Digest::from_bytes(context.heap.bytes(digest)?)
        .map_err(|_| VmStatus::InvariantViolation("a transaction digest that is not 32 bytes"))?;
    context.heap.destroy(digest)?;
    let id = Address::derive_id(bytes, number.as_u64()?);
    context.runtime.record_new_id(id)?;
    returns(id)
}

pub(super) fn sender(context: &mut NativeContext<'_, '_>, _: &[Type], _: &[Value]) -> NativeResult {
    getter(context, |context| context.runtime.context().sender)
}

pub(super) fn epoch(context: &mut NativeContext<'_, '_>, _: &[Type], _: &[Value]) -> NativeResult {
    getter(context, |context| context.runtime.context().epoch)
}

pub(super) fn epoch_timestamp_ms(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    getter(context, |context| {
        context.runtime.context().epoch_timestamp_ms
    })
}

pub(super) fn reference_gas_price(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    getter(context, |context| {
        context.runtime.context().reference_gas_price
    })
}

pub(super) fn gas_price(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    getter(context, |context| context.runtime.context().gas_price)
}

pub(super) fn gas_budget(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    getter(context, |context| context.runtime.context().gas_budget)
}

pub(super) fn ids_created(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    getter(context, |context| context.runtime.ids_created())
}

/// The sponsor as a vector of at most one address.
pub(super) fn sponsor(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(CONTEXT_GETTER)?;
    let sponsor = context.runtime.context().sponsor.map(Value::from);
    returns(
        context
            .heap
            .vector(VectorKind::Address, sponsor.as_slice())?,
    )
}

fn getter<T: Into<Value>>(
    context: &mut NativeContext<'_, '_>,
    get: impl FnOnce(&NativeContext<'_, '_>) -> T,
) -> NativeResult {
    context.charge(CONTEXT_GETTER)?;
    returns(get(context))
}
