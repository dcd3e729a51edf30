//! `std::unit_test`, `sui::test_utils`, `sui::event` and `sui::random` in tests: values from nothing, and into it.

use super::super::support::{BASE, exactly, returns};
use super::super::type_names::has_witness_form;
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

/// What asking for the witness of another type aborts with.
const NOT_A_WITNESS: u64 = 1;

/// Destroys any value; the ids in it are not deleted.
pub(in super::super) fn destroy(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [value] = exactly(arguments)?;
    context.heap.destroy(value)?;
    Ok(None)
}

/// Keeps test code from being published; where tests run it does nothing.
pub(in super::super) fn poison(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    Ok(None)
}

pub(in super::super) fn one_time_witness(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    if !has_witness_form(context.types, type_)? {
        return Err(NativeError::Abort(NOT_A_WITNESS));
    }
    returns(context.heap.pack(&[true.into()])?)
}

pub(in super::super) fn num_events(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let count = u32::try_from(context.runtime.pending_events().len())
        .map_err(|_| VmStatus::MemoryLimitExceeded("number of events"))?;
    returns(count)
}

pub(in super::super) fn events_by_type(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    let tag = context.types.struct_tag(type_)?;
    let contents: Vec<Vec<u8>> = context
        .runtime
        .pending_events()
        .iter()
        .filter(|event| event.type_tag == *tag)
        .map(|event| event.contents.clone())
        .collect();
    let events = contents
        .iter()
        .map(|contents| context.deserialize(type_, contents))
        .collect::<Result<Vec<_>, _>>()?;
    let kind = context.types.vector_kind(type_)?;
    returns(context.heap.vector(kind, &events)?)
}

/// 32 bytes that nothing should depend on; the same in every run, so that runs can be repeated.
pub(in super::super) fn random_seed(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let seed = context.runtime.test_seed()?;
    returns(context.heap.vector_u8(seed.to_vec())?)
}
