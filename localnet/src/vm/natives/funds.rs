//! `sui::funds_accumulator`, `sui::accumulator` and `sui::accumulator_settlement`: address balances.

use super::support::{BASE, exactly, returns};
use crate::vm::object_runtime::{AccumulatorAction, AccumulatorAmount, AccumulatorEvent};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

/// `EOverflow`
const OVERFLOW: u64 = 0;
/// What a deposit aborts with where address balances are switched off.
const NOT_ENABLED: u64 = 1;

/// Puts a balance-like struct of one `u64` into an accumulator.
pub(super) fn add(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [object_id, owner, funds] = exactly(arguments)?;
    let [amount] = exactly(context.heap.fields(funds)?)?;
    let amount = amount.as_u64()?;
    if !context.runtime.config().accumulators {
        return Err(NativeError::Abort(NOT_ENABLED));
    }
    context.heap.destroy(funds)?;
    record(
        context,
        types,
        AccumulatorAction::Merge,
        [object_id, owner],
        amount,
    )?;
    Ok(None)
}

/// Takes a balance-like struct of one `u64` out of an accumulator. Whether the accumulator holds that much, the ledger
/// checks when the transaction is over.
pub(super) fn withdraw(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [object_id, owner, amount] = exactly(arguments)?;
    let amount = u64::try_from(amount.as_u256()?).map_err(|_| NativeError::Abort(OVERFLOW))?;
    record(
        context,
        types,
        AccumulatorAction::Split,
        [object_id, owner],
        amount,
    )?;
    returns(context.heap.pack(&[amount.into()])?)
}

pub(super) fn emit_deposit(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    emit(context, types, arguments, AccumulatorAction::Merge)
}

pub(super) fn emit_withdraw(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    emit(context, types, arguments, AccumulatorAction::Split)
}

/// Takes note of what a settlement moved. Nothing checks the sums here, as the ledger settles each transaction itself.
pub(super) fn record_settlement(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(0)?;
    let [input, output] = exactly(arguments)?;
    input.as_u64()?;
    output.as_u64()?;
    Ok(None)
}

fn emit(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
    action: AccumulatorAction,
) -> NativeResult {
    context.charge(BASE)?;
    let [object_id, owner, amount] = exactly(arguments)?;
    record(context, types, action, [object_id, owner], amount.as_u64()?)?;
    Ok(None)
}

fn record(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    action: AccumulatorAction,
    [object_id, owner]: [Value; 2],
    amount: u64,
) -> Result<(), VmStatus> {
    let [type_] = exactly(types)?;
    context.runtime.record_accumulator_event(AccumulatorEvent {
        object_id: object_id.as_address()?,
        owner: owner.as_address()?,
        type_tag: context.types.tag(type_)?.clone(),
        action,
        amount: AccumulatorAmount::Integer(amount),
    })
}
