//! `sui::test_scenario`: tickets for objects that were sent to objects.

use super::super::support::{BASE, exactly, returns};
use super::inventories::unpack_id;
use crate::vm::{NativeContext, NativeResult, Type, Value};

pub(in super::super) fn allocate(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let ([type_], [id]) = (exactly(types)?, exactly(arguments)?);
    let id = unpack_id(context, id)?;
    returns(context.runtime.allocate_ticket(type_, id)?)
}

pub(in super::super) fn deallocate(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [id] = exactly(arguments)?;
    let id = unpack_id(context, id)?;
    context.runtime.deallocate_ticket(id)?;
    Ok(None)
}
