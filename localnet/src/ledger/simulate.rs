//! Simulation: execution without signatures whose result is thrown away, and choosing gas for a transaction.

use std::sync::Arc;

use sui_sdk_types::{
    Address, Argument, GasCostSummary, Input, Object, ObjectReference, StructTag, Transaction,
    TransactionExpiration, TypeTag, framework::Coin,
};

use super::checks;
use super::envelope::Envelope;
use super::executor::{self, Mode, Pending, View};
use super::inputs::{self, MissingPayment, Ownership};
use super::outcome::{SimulateOptions, Simulation, SimulationChecks};
use super::rejection::Rejection;

/// Units of computation that a chosen budget has to spare.
const SPARE_UNITS: u64 = 1_000;

/// Simulate a transaction as part of checkpoint `checkpoint`.
pub(crate) fn simulate(
    view: &View<'_>,
    transaction: &Transaction,
    options: &SimulateOptions,
    checkpoint: u64,
    timestamp_ms: u64,
) -> Result<Simulation, Rejection> {
    Envelope::new(transaction, view.protocol)?;
    let mut transaction = transaction.clone();
    let ownership = match options.checks {
        SimulationChecks::Enabled => Ownership::Checked,
        SimulationChecks::Disabled => Ownership::Ignored,
    };
    if options.select_gas {
        select_gas(view, &mut transaction, ownership, options.nonce)?;
    } else if ownership == Ownership::Ignored {
        fill_in(view, &mut transaction);
    }
    // What was selected must pay for itself; what nobody selected need not.
    let missing_payment = if ownership == Ownership::Checked
        && (options.select_gas || pays_from_balance(view, &transaction)?)
    {
        MissingPayment::FromBalance
    } else {
        MissingPayment::PlayMoney
    };
    let mode = Mode {
        ownership,
        missing_payment,
        trace: true,
    };
    let digest = transaction.digest();
    let (outcome, commands) = executor::run(view, &transaction, digest, mode)?;
    let pending = Pending {
        transaction,
        signatures: Vec::new(),
        digest,
        outcome,
    };
    let (_, executed) = pending.commit(checkpoint, timestamp_ms);
    Ok(Simulation { executed, commands })
}

/// Give a transaction that cannot pay a price and a budget to run with.
fn fill_in(view: &View<'_>, transaction: &mut Transaction) {
    let payment = &mut transaction.gas_payment;
    payment.price = payment.price.max(view.epoch.reference_gas_price);
    if payment.budget == 0 {
        payment.budget = view.protocol.max_tx_gas;
    }
}

/// Choose price, budget and payment: run once with play money, then pay for what that cost.
fn select_gas(
    view: &View<'_>,
    transaction: &mut Transaction,
    ownership: Ownership,
    nonce: u32,
) -> Result<(), Rejection> {
    let mut trial = transaction.clone();
    trial.gas_payment.objects.clear();
    trial.gas_payment.budget = view.protocol.max_tx_gas;
    trial.gas_payment.price = trial.gas_payment.price.max(view.epoch.reference_gas_price);
    let (outcome, _) = executor::run(
        view,
        &trial,
        trial.digest(),
        Mode {
            ownership: Ownership::Ignored,
            missing_payment: MissingPayment::PlayMoney,
            trace: false,
        },
    )?;
    let payment = &mut transaction.gas_payment;
    payment.price = trial.gas_payment.price;
    if payment.budget == 0 {
        payment.budget =
            budget(outcome.effects.gas_summary(), payment.price).min(view.protocol.max_tx_gas);
    }
    if payment.objects.is_empty() && ownership == Ownership::Checked {
        choose_payment(view, transaction, nonce)?;
    }
    Ok(())
}

/// A budget that covers what a run cost, with computation to spare.
fn budget(gas: &GasCostSummary, price: u64) -> u64 {
    let spare = SPARE_UNITS.saturating_mul(price);
    let storage = gas.storage_cost.saturating_sub(gas.storage_rebate);
    gas.computation_cost
        .saturating_add(storage)
        .saturating_add(spare)
}

/// Pay from the address balance of the gas owner, or else with their coins, as Sui's node chooses.
fn choose_payment(
    view: &View<'_>,
    transaction: &mut Transaction,
    nonce: u32,
) -> Result<(), Rejection> {
    let owner = transaction.gas_payment.owner;
    let needed = transaction.gas_payment.budget;
    let uses_coin = uses_gas_coin(transaction)?;
    let available = balance_for_gas(view, transaction)?;
    if available >= needed && !uses_coin && view.protocol.address_balances {
        if transaction.expiration == TransactionExpiration::None {
            transaction.expiration = TransactionExpiration::ValidDuring {
                min_epoch: Some(view.epoch.epoch),
                max_epoch: Some(view.epoch.epoch.saturating_add(1)),
                min_timestamp: None,
                max_timestamp: None,
                chain: view.chain_id,
                nonce,
            };
        }
        return Ok(());
    }
    let inputs: Vec<Address> = checks::programmable(transaction)?
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => {
                Some(*reference.object_id())
            }
            _ => None,
        })
        .collect();
    let mut coins: Vec<(u64, Arc<Object>)> = view
        .objects
        .unnoted()
        .owned_by(&owner, Some(&StructTag::gas_coin()), None, usize::MAX)
        .into_iter()
        .filter(|object| !inputs.contains(&object.object_id()))
        .filter_map(|object| Some((Coin::try_from_object(&object)?.balance(), object)))
        .collect();
    coins.sort_by_key(|(balance, object)| (std::cmp::Reverse(*balance), object.object_id()));
    let mut total = 0u64;
    let mut chosen = Vec::new();
    for (balance, coin) in coins
        .into_iter()
        .take(view.protocol.max_gas_payment_objects)
    {
        // Commands that use the gas coin may need more than gas: they get everything there is.
        if total >= needed && !uses_coin {
            break;
        }
        total = total.saturating_add(balance);
        chosen.push(ObjectReference::new(
            coin.object_id(),
            coin.version(),
            coin.digest(),
        ));
    }
    if total < needed {
        return Err(Rejection::NoGas {
            owner,
            needed,
            available: total.max(available),
        });
    }
    transaction.gas_payment.objects = chosen;
    Ok(())
}

/// Whether a transaction, as it is, could pay from the address balance of the gas owner.
fn pays_from_balance(view: &View<'_>, transaction: &Transaction) -> Result<bool, Rejection> {
    let lasting = matches!(
        transaction.expiration,
        TransactionExpiration::ValidDuring { .. } | TransactionExpiration::Validity { .. }
    );
    Ok(lasting
        && transaction.gas_payment.objects.is_empty()
        && view.protocol.address_balances
        && !uses_gas_coin(transaction)?
        && balance_for_gas(view, transaction)? >= transaction.gas_payment.budget)
}

fn uses_gas_coin(transaction: &Transaction) -> Result<bool, Rejection> {
    let commands = &checks::programmable(transaction)?.commands;
    Ok(commands
        .iter()
        .flat_map(checks::arguments)
        .any(|argument| argument == Argument::Gas))
}

/// What the address balance of the gas owner holds beyond what the transaction itself may withdraw.
fn balance_for_gas(view: &View<'_>, transaction: &Transaction) -> Result<u64, Rejection> {
    let owner = transaction.gas_payment.owner;
    let sui = TypeTag::from(StructTag::sui());
    let held = view.objects.balance(&owner, &sui);
    let loaded = inputs::load(
        view.objects,
        transaction,
        Ownership::Ignored,
        MissingPayment::PlayMoney,
    )?;
    let reserved = loaded.reservations(0).remove(&(owner, sui)).unwrap_or(0);
    Ok(held.saturating_sub(reserved))
}
