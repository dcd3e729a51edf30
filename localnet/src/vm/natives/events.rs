//! `sui::event`.

use super::names::struct_tag_size;
use super::support::{BASE, PER_BYTE, exactly};
use crate::vm::object_runtime::{
    AccumulatorAction, AccumulatorAmount, AccumulatorEvent, RuntimeEvent,
};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

/// What a unit of an event's type tag costs.
const PER_TAG_UNIT: u64 = 5;
/// What a unit of the whole event costs.
const PER_OUTPUT_UNIT: u64 = 10;
/// What an authenticated event aborts with where streams are switched off.
const NOT_SUPPORTED: u64 = 0;

pub(super) fn emit(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let ([type_], [event]) = (exactly(types)?, exactly(arguments)?);
    record(context, type_, event)?;
    Ok(None)
}

/// Emits an event and adds it to the stream of its type.
pub(super) fn emit_authenticated(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    if !context.runtime.config().authenticated_event_streams {
        context.charge(BASE)?;
        return Err(NativeError::Abort(NOT_SUPPORTED));
    }
    context.charge(BASE)?;
    let [stream_type, type_] = exactly(types)?;
    let [object_id, stream, event] = exactly(arguments)?;
    let number = record(context, type_, event)?;
    context.runtime.record_accumulator_event(AccumulatorEvent {
        object_id: object_id.as_address()?,
        owner: stream.as_address()?,
        type_tag: context.types.tag(stream_type)?.clone(),
        action: AccumulatorAction::Merge,
        amount: AccumulatorAmount::Event(number),
    })?;
    Ok(None)
}

/// Records an event and returns its number in the transaction.
fn record(context: &mut NativeContext<'_, '_>, type_: Type, event: Value) -> Result<u64, VmStatus> {
    context.charge(BASE)?;
    let value_size = context.heap.size(event)?;
    context.charge(PER_BYTE.saturating_mul(value_size))?;
    let tag_size = struct_tag_size(context.types, type_)?;
    context.charge(PER_TAG_UNIT.saturating_mul(tag_size))?;
    let size = tag_size.saturating_add(value_size);
    context.runtime.check_event_size(size)?;
    context.charge(PER_OUTPUT_UNIT.saturating_mul(size))?;
    let mut contents = context.serialize(type_, event)?;
    // It is kept as long as the ledger lives.
    contents.shrink_to_fit();
    context.heap.destroy(event)?;
    context.runtime.emit(
        RuntimeEvent {
            type_tag: context.types.struct_tag(type_)?.clone(),
            contents,
        },
        size,
    )
}
