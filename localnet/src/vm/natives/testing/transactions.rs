//! `sui::tx_context` and `sui::test_scenario`: from one transaction of a unit test to the next.

use sui_sdk_types::{Address, Digest, Owner};

use super::super::support::{BASE, exactly, returns};
use super::inventories::pack_ids;
use crate::vm::object_runtime::EndedTransaction;
use crate::vm::{
    NativeContext, NativeError, NativeResult, TxContext, Type, Value, VectorKind, VmStatus,
};

/// `ENoIDsCreated`
const NO_IDS_CREATED: u64 = 1;

/// Ends the transaction and tells what it did, as a `TransactionEffects`.
pub(in super::super) fn end(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let types = context.types;
    let ended = context.runtime.end_test_transaction(context.heap, types)?;
    returns(pack_effects(context, &ended)?)
}

fn pack_effects(
    context: &mut NativeContext<'_, '_>,
    ended: &EndedTransaction,
) -> Result<Value, VmStatus> {
    let mut to_accounts = Vec::new();
    let mut to_objects = Vec::new();
    let (mut shared, mut frozen) = (Vec::new(), Vec::new());
    for (id, owner) in &ended.transferred {
        match owner {
            Owner::Address(owner) | Owner::ConsensusAddress { owner, .. } => {
                to_accounts.push((*id, Value::from(*owner)));
            }
            Owner::Object(owner) => {
                let owner = context.heap.pack(&[(*owner).into()])?;
                to_objects.push((*id, owner));
            }
            Owner::Shared(_) => shared.push(*id),
            _ => frozen.push(*id),
        }
    }
    let fields = [
        pack_ids(context, &ended.created)?,
        pack_ids(context, &ended.written)?,
        pack_ids(context, &ended.deleted)?,
        pack_map(context, &to_accounts)?,
        pack_map(context, &to_objects)?,
        pack_ids(context, &shared)?,
        pack_ids(context, &frozen)?,
        (ended.events as u64).into(),
    ];
    context.heap.pack(&fields)
}

/// A `VecMap` with ids as keys.
fn pack_map(
    context: &mut NativeContext<'_, '_>,
    entries: &[(Address, Value)],
) -> Result<Value, VmStatus> {
    let mut packed = Vec::new();
    for (id, value) in entries {
        let id = context.heap.pack(&[(*id).into()])?;
        packed.push(context.heap.pack(&[id, *value])?);
    }
    let contents = context.heap.vector(VectorKind::Values, &packed)?;
    context.heap.pack(&[contents])
}

/// Replaces everything that Move code can learn about the transaction.
pub(in super::super) fn replace_context(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [
        sender,
        digest,
        epoch,
        epoch_timestamp_ms,
        ids_created,
        reference_gas_price,
        gas_price,
        gas_budget,
        sponsor,
    ] = exactly(arguments)?;
    let bytes = Digest::from_bytes(context.heap.bytes(digest)?)
        .map_err(|_| VmStatus::InvariantViolation("a transaction digest that is not 32 bytes"))?;
    let sponsors = context.heap.elements(sponsor)?;
    let replaced = TxContext {
        sender: sender.as_address()?,
        digest: bytes,
        epoch: epoch.as_u64()?,
        epoch_timestamp_ms: epoch_timestamp_ms.as_u64()?,
        reference_gas_price: reference_gas_price.as_u64()?,
        gas_price: gas_price.as_u64()?,
        gas_budget: gas_budget.as_u64()?,
        sponsor: sponsors
            .first()
            .map(|sponsor| sponsor.as_address())
            .transpose()?,
    };
    context.heap.destroy(digest)?;
    context.heap.destroy(sponsor)?;
    context
        .runtime
        .replace_context(replaced, ids_created.as_u64()?);
    Ok(None)
}

pub(in super::super) fn last_created_id(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    match context.runtime.last_created_id()? {
        Some(id) => returns(id),
        None => Err(NativeError::Abort(NO_IDS_CREATED)),
    }
}
