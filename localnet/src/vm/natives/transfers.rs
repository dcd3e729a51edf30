//! `sui::transfer`: who owns an object.

use sui_sdk_types::Owner;

use super::support::{BASE, PER_BYTE, exactly, returns};
use crate::vm::object_runtime::{Lookup, Memory, TransferKind};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

/// `ESharedNonNewObject`
const SHARED_NON_NEW_OBJECT: u64 = 0;
/// `EReceivingObjectTypeMismatch`
const RECEIVING_TYPE_MISMATCH: u64 = 2;
/// `EUnableToReceiveObject`
const UNABLE_TO_RECEIVE: u64 = 3;
/// `ENotSupported`
const NOT_SUPPORTED: u64 = 5;

/// All permissions a party member can have.
const ALL_PERMISSIONS: u64 = 0b1111;

pub(super) fn transfer(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [object, recipient] = exactly(arguments)?;
    give(
        context,
        types,
        object,
        Owner::Address(recipient.as_address()?),
    )?;
    Ok(None)
}

pub(super) fn freeze(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [object] = exactly(arguments)?;
    give(context, types, object, Owner::Immutable)?;
    Ok(None)
}

/// Shares an object that is new or was shared before.
pub(super) fn share(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [object] = exactly(arguments)?;
    match give(context, types, object, Owner::Shared(0))? {
        TransferKind::New | TransferKind::SameOwner => Ok(None),
        TransferKind::OwnerChanged => Err(NativeError::Abort(SHARED_NON_NEW_OBJECT)),
    }
}

/// Gives an object to a party, which has to be one address with all permissions.
pub(super) fn party_transfer(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    const ONE_OWNER: VmStatus =
        VmStatus::InvariantViolation("a party that is not one owner with all permissions");
    if !context.runtime.config().party_transfer {
        return Err(NativeError::Abort(NOT_SUPPORTED));
    }
    context.charge(BASE)?;
    let [object, default_permissions, addresses, permissions] = exactly(arguments)?;
    let [address] = exactly(&context.heap.elements(addresses)?).map_err(|_| ONE_OWNER)?;
    let [permission] = exactly(&context.heap.elements(permissions)?).map_err(|_| ONE_OWNER)?;
    if permission.as_u64()? != ALL_PERMISSIONS || default_permissions.as_u64()? != 0 {
        return Err(ONE_OWNER.into());
    }
    context.heap.destroy(addresses)?;
    context.heap.destroy(permissions)?;
    let owner = Owner::ConsensusAddress {
        start_version: 0,
        owner: address.as_address()?,
    };
    give(context, types, object, owner)?;
    Ok(None)
}

/// Takes an object that was transferred to an object's address, given the parent's id and the ticket's id and version.
pub(super) fn receive(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    context.charge(PER_BYTE * context.types.node_count(type_)?)?;
    let [parent, ticket, version] = exactly(arguments)?;
    let id = context.heap.field(ticket, 0)?.as_address()?;
    context.heap.destroy(ticket)?;
    let mut memory = Memory {
        heap: context.heap,
        types: context.types,
    };
    let ticket = (id, version.as_u64()?);
    match context
        .runtime
        .receive(&mut memory, parent.as_address()?, ticket, type_)?
    {
        Lookup::Missing(_) => Err(NativeError::Abort(UNABLE_TO_RECEIVE)),
        Lookup::WrongType => Err(NativeError::Abort(RECEIVING_TYPE_MISMATCH)),
        Lookup::Found(object, _) => {
            context.charge(context.heap.size(object)?)?;
            returns(object)
        }
    }
}

fn give(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    object: Value,
    owner: Owner,
) -> Result<TransferKind, VmStatus> {
    let [type_] = exactly(types)?;
    context.runtime.transfer(context.heap, owner, type_, object)
}
