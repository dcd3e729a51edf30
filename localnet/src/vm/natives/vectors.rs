//! `std::vector` and `std::debug`.
//!
//! The compiler turns vector functions into instructions, so these natives run only when a transaction calls them itself.

use super::support::{BASE, PER_BYTE, exactly, returns};
use crate::vm::{NativeContext, NativeResult, Type, Value};

pub(super) fn empty(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [element] = exactly(types)?;
    let kind = context.types.vector_kind(element)?;
    returns(context.heap.vector(kind, &[])?)
}

pub(super) fn length(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [vector] = exactly(arguments)?;
    returns(context.heap.vector_len(vector.as_reference()?)?)
}

pub(super) fn borrow(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [vector, index] = exactly(arguments)?;
    returns(
        context
            .heap
            .vector_borrow(vector.as_reference()?, index.as_u64()?)?,
    )
}

pub(super) fn push_back(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [vector, element] = exactly(arguments)?;
    context.charge(PER_BYTE * context.heap.size(element)?)?;
    context.heap.vector_push(vector.as_reference()?, element)?;
    Ok(None)
}

pub(super) fn pop_back(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [vector] = exactly(arguments)?;
    returns(context.heap.vector_pop(vector.as_reference()?)?)
}

pub(super) fn destroy_empty(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [vector] = exactly(arguments)?;
    context.heap.vector_unpack(vector, 0, &mut Vec::new())?;
    Ok(None)
}

pub(super) fn swap(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [vector, first, second] = exactly(arguments)?;
    context
        .heap
        .vector_swap(vector.as_reference()?, first.as_u64()?, second.as_u64()?)?;
    Ok(None)
}

/// Debug output goes nowhere, as on a validator.
pub(super) fn print(context: &mut NativeContext<'_, '_>, _: &[Type], _: &[Value]) -> NativeResult {
    context.charge(BASE)?;
    Ok(None)
}
