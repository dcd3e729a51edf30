//! `sui::test_scenario`: what addresses own, what is shared and what is immutable.

use sui_sdk_types::Address;

use super::super::support::{BASE, exactly, returns};
use crate::vm::object_runtime::Inventory;
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VectorKind, VmStatus};

pub(in super::super) fn take_from_address(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [_scenario, account, id] = exactly(arguments)?;
    take(
        context,
        types,
        Inventory::Address(account.as_address()?),
        id,
    )
}

pub(in super::super) fn take_immutable(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [_scenario, id] = exactly(arguments)?;
    take(context, types, Inventory::Immutable, id)
}

pub(in super::super) fn take_shared(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [_scenario, id] = exactly(arguments)?;
    take(context, types, Inventory::Shared, id)
}

pub(in super::super) fn ids_for_address(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let ([type_], [account]) = (exactly(types)?, exactly(arguments)?);
    let inventory = Inventory::Address(account.as_address()?);
    let ids = context.runtime.test_ids(inventory, type_)?;
    returns(pack_ids(context, &ids)?)
}

pub(in super::super) fn most_recent_for_address(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [account] = exactly(arguments)?;
    most_recent(context, types, Inventory::Address(account.as_address()?))
}

pub(in super::super) fn most_recent_immutable(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    most_recent(context, types, Inventory::Immutable)
}

pub(in super::super) fn most_recent_shared(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    most_recent(context, types, Inventory::Shared)
}

pub(in super::super) fn was_taken_from_address(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [account, id] = exactly(arguments)?;
    was_taken(context, Inventory::Address(account.as_address()?), id)
}

pub(in super::super) fn was_taken_immutable(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [id] = exactly(arguments)?;
    was_taken(context, Inventory::Immutable, id)
}

pub(in super::super) fn was_taken_shared(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [id] = exactly(arguments)?;
    was_taken(context, Inventory::Shared, id)
}

fn take(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    inventory: Inventory,
    id: Value,
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    let id = unpack_id(context, id)?;
    let heap = &mut *context.heap;
    returns::<NativeError>(
        context
            .runtime
            .take_test_object(heap, inventory, type_, id)?,
    )
}

fn most_recent(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    inventory: Inventory,
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    let id = context.runtime.most_recent_test_id(inventory, type_)?;
    // Option<ID> { vec }
    let some = pack_ids(context, id.as_slice())?;
    returns(context.heap.pack(&[some])?)
}

fn was_taken(context: &mut NativeContext<'_, '_>, inventory: Inventory, id: Value) -> NativeResult {
    context.charge(BASE)?;
    let id = unpack_id(context, id)?;
    returns(context.runtime.was_taken(inventory, id)?)
}

/// The address in an `ID`, which is used up.
pub(super) fn unpack_id(
    context: &mut NativeContext<'_, '_>,
    id: Value,
) -> Result<Address, VmStatus> {
    let address = context.heap.field(id, 0)?.as_address()?;
    context.heap.destroy(id)?;
    Ok(address)
}

/// A `vector<ID>`.
pub(super) fn pack_ids(
    context: &mut NativeContext<'_, '_>,
    ids: &[Address],
) -> Result<Value, VmStatus> {
    let ids = ids
        .iter()
        .map(|id| context.heap.pack(&[(*id).into()]))
        .collect::<Result<Vec<_>, _>>()?;
    context.heap.vector(VectorKind::Values, &ids)
}
