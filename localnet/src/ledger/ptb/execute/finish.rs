//! The end of a transaction: what it leaves behind, if it may.

use std::collections::BTreeSet;

use sui_sdk_types::{AccumulatorOperation, Address, ExecutionError, Owner, TypeTag};

use crate::vm::{
    AccumulatorAction, AccumulatorAmount, AccumulatorEvent, Heap, ObjectRuntime, VmStatus,
};

use super::super::super::accumulators::{self, BalanceEvent};
use super::super::super::effects::Failure;
use super::super::super::inputs::Payer;
use super::super::super::writes::{NewData, NewObject, Writes};
use super::super::errors;
use super::Environment;

/// Turn what the object runtime gathered into writes. `writes` holds the packages and events so far.
pub(super) fn gather(
    environment: &Environment<'_>,
    heap: Heap,
    runtime: ObjectRuntime<'_>,
    mut writes: Writes,
) -> Result<Writes, Failure> {
    let results = runtime
        .finish(&heap, environment.vm.types())
        .map_err(|status| match status {
            VmStatus::CircularOwnership(object) => {
                Failure::new(ExecutionError::CircularObjectOwnership { object })
            }
            other => errors::status(other),
        });
    environment.vm.give_back(heap);
    let results = results?;
    writes.created.extend(results.created);
    writes.removed.extend(
        results
            .wrapped
            .into_iter()
            .chain(results.deleted.iter().copied()),
    );
    writes.deleted.extend(results.deleted);
    writes.received.extend(
        results
            .loaded
            .iter()
            .filter(|(_, loaded)| loaded.received)
            .map(|(id, _)| *id),
    );
    for (id, object) in results.written {
        let data = NewData::Struct {
            type_: object.type_tag,
            has_public_transfer: object.has_public_transfer,
            contents: object.contents,
        };
        writes.written.insert(
            id,
            NewObject {
                data,
                owner: object.owner,
            },
        );
    }
    writes.balance_events = balance_events(results.accumulator_events)?;
    Ok(writes)
}

/// Add what no command touched, and check that all of it may be. `used` holds the inputs that were loaded.
pub(super) fn complete(
    environment: &Environment<'_>,
    writes: &mut Writes,
    used: &BTreeSet<Address>,
) -> Result<(), Failure> {
    touch_unused(environment, writes, used)?;
    check_sizes(environment, writes)?;
    check_balances(environment, writes)
}

/// A shared object that was taken by value must be shared again or deleted.
pub(super) fn check_shared(
    environment: &Environment<'_>,
    writes: &Writes,
    used: &BTreeSet<Address>,
) -> Result<(), Failure> {
    for (object, access) in environment.inputs.objects() {
        let id = object.object_id();
        if !access.is_mutable()
            || !matches!(object.owner(), Owner::Shared(_))
            || !used.contains(&id)
        {
            continue;
        }
        let shared = writes
            .written
            .get(&id)
            .is_some_and(|new| matches!(new.owner, Owner::Shared(_)));
        if !shared && !writes.deleted.contains(&id) {
            return Err(Failure::new(
                ExecutionError::ConsensusObjectOperationNotAllowed,
            ));
        }
    }
    Ok(())
}

/// Write the mutable inputs that no command used, and settle the gas coins.
fn touch_unused(
    environment: &Environment<'_>,
    writes: &mut Writes,
    used: &BTreeSet<Address>,
) -> Result<(), Failure> {
    let internal = |_| Failure::new(ExecutionError::InvariantViolation);
    for (object, access) in environment.inputs.objects() {
        let id = object.object_id();
        if access.is_mutable() && !used.contains(&id) {
            writes.written.insert(id, NewObject::touched(object));
        }
    }
    let Payer::Coins { coins, total } = &environment.inputs.payer else {
        return Ok(());
    };
    let mut coins = coins.iter();
    if let Some(first) = coins.next() {
        let id = first.object_id();
        let balance = if used.contains(&id) {
            // The budget was set aside while commands ran.
            writes
                .coin_balance(&id)
                .and_then(|balance| balance.checked_add(environment.context.gas_budget))
                .ok_or(Failure::new(ExecutionError::InvariantViolation))?
        } else {
            *total
        };
        writes.set_coin_balance(&id, balance).map_err(internal)?;
    }
    coins.for_each(|coin| writes.delete_smashed(coin));
    Ok(())
}

fn check_sizes(environment: &Environment<'_>, writes: &Writes) -> Result<(), Failure> {
    let max_object_size = environment.protocol.max_object_bytes;
    let mut total = 0u64;
    for object in writes.written.values() {
        if let NewData::Struct { contents, .. } = &object.data {
            let object_size = contents.len() as u64;
            if object_size > max_object_size {
                return Err(Failure::new(ExecutionError::ObjectTooBig {
                    object_size,
                    max_object_size,
                }));
            }
            total = total.saturating_add(object_size);
        }
    }
    let max = environment.protocol.max_written_objects_bytes;
    if total > max {
        return Err(Failure::new(ExecutionError::WrittenObjectsTooLarge {
            object_size: total,
            max_object_size: max,
        }));
    }
    Ok(())
}

/// No balance may be taken below zero, at any point in the order of the withdrawals.
fn check_balances(environment: &Environment<'_>, writes: &Writes) -> Result<(), Failure> {
    for (owner, coin_type, net) in accumulators::net(&writes.balance_events).values() {
        if net.peak() > u128::from(environment.store.balance(owner, coin_type)) {
            return Err(Failure::new(ExecutionError::InsufficientFundsForWithdraw));
        }
        let after = i128::from(environment.store.balance(owner, coin_type)) + net.delta();
        if u64::try_from(after).is_err() {
            return Err(Failure::new(ExecutionError::CoinBalanceOverflow));
        }
    }
    Ok(())
}

fn balance_events(events: Vec<AccumulatorEvent>) -> Result<Vec<BalanceEvent>, Failure> {
    events
        .into_iter()
        .map(|event| {
            let coin_type = match &event.type_tag {
                TypeTag::Struct(balance) => balance.type_params().first().cloned(),
                _ => None,
            };
            match (coin_type, event.amount) {
                (Some(coin_type), AccumulatorAmount::Integer(amount)) => Ok(BalanceEvent {
                    owner: event.owner,
                    coin_type,
                    operation: match event.action {
                        AccumulatorAction::Merge => AccumulatorOperation::Merge,
                        AccumulatorAction::Split => AccumulatorOperation::Split,
                    },
                    amount,
                }),
                // Authenticated event streams are not part of this protocol.
                _ => Err(Failure::new(ExecutionError::FeatureNotYetSupported)),
            }
        })
        .collect()
}
