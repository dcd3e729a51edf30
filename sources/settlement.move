/// Settlement: paying what a storage owes, out of the dApp's credit or by the user.
///
/// A write never waits for money: it adds to its storage's debt, and settling pays the debt later.
/// Anyone may settle any storage at any time. It never fails for lack of credit, so a client can
/// put it before a move without putting the move at risk, and it can only ever make a debt smaller.
/// Where the dApp's credit is gone, a user may pay what it left; the payment goes where settled
/// credit goes.
///
/// Nothing here asks for the dApp's state or version: settling is part of the owner's way out.
module valet::settlement;

use sui::{balance::{Self, Balance}, clock::Clock, coin::Coin, event, sui::SUI};
use valet::{dapp_storage::DappStorage, user_storage::UserStorage};

// === Structs ===

/// How much of a debt a settlement paid.
public enum Outcome has copy, drop, store {
    /// All of it.
    Full,
    /// Some of it: there was not enough to pay with.
    Partial,
    /// None of it: nothing was owed, or there was nothing to pay with.
    Skipped,
}

// === Events ===

/// Emitted by `settle_writes` and `settle_writes_with_coin`.
public struct WritesSettled<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
    actor: address,
    outcome: Outcome,
    /// MIST owed before.
    due: u64,
    /// MIST taken from the dApp's free credit.
    free_credit_paid: u64,
    /// MIST taken from the dApp's credit.
    credit_paid: u64,
    /// MIST that the user paid.
    user_paid: u64,
    /// MIST still owed.
    unsettled_charge: u64,
    /// Writes no longer owed for.
    settled_writes: u64,
    /// Writes still owed for.
    unsettled_writes: u64,
}

// === Public functions ===

/// Pays as much of the storage's debt as the dApp's credit allows, free credit first. Anyone may
/// call it, whatever the dApp's state or version; needed by clients before the dApp's ceiling on
/// unsettled writes.
public fun settle_writes<D>(
    dapp_storage: &mut DappStorage<D>,
    storage: &mut UserStorage<D>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let mut nothing = balance::zero();
    settle(dapp_storage, storage, &mut nothing, clock, ctx);
    nothing.destroy_zero();
}

/// Pays as much of the storage's debt as the dApp's credit allows, and what is left from `coin`;
/// returns the change, which is an empty coin when all of it was needed. A coin never pays what
/// credit could, and an empty one pays nothing. Anyone may call it; needed by clients when the dApp's
/// credit is gone.
public fun settle_writes_with_coin<D>(
    dapp_storage: &mut DappStorage<D>,
    storage: &mut UserStorage<D>,
    mut coin: Coin<SUI>,
    clock: &Clock,
    ctx: &mut TxContext,
): Coin<SUI> {
    settle(dapp_storage, storage, coin.balance_mut(), clock, ctx);
    coin
}

// === Private functions ===

/// Pays from free credit, then credit, then `funds`.
fun settle<D>(
    dapp_storage: &mut DappStorage<D>,
    storage: &mut UserStorage<D>,
    funds: &mut Balance<SUI>,
    clock: &Clock,
    ctx: &TxContext,
) {
    let due = storage.unsettled_charge();
    let (free_credit_paid, credit_paid) = dapp_storage.pay(due, clock.timestamp_ms());
    let user_paid = (due - free_credit_paid - credit_paid).min(funds.value());
    dapp_storage.pay_by_user(funds.split(user_paid));
    let paid = free_credit_paid + credit_paid + user_paid;
    let settled_writes = storage.reduce_debt(paid);
    let outcome = if (paid == 0) {
        Outcome::Skipped
    } else if (paid < due) {
        Outcome::Partial
    } else {
        Outcome::Full
    };
    event::emit(WritesSettled<D> {
        storage_id: object::id(storage),
        owner: storage.canonical_owner(),
        actor: ctx.sender(),
        outcome,
        due,
        free_credit_paid,
        credit_paid,
        user_paid,
        unsettled_charge: storage.unsettled_charge(),
        settled_writes,
        unsettled_writes: storage.unsettled_writes(),
    });
}

// === Test functions ===

#[test_only]
public fun writes_settled_for_testing<D>(
    storage_id: ID,
    owner: address,
    actor: address,
    outcome: Outcome,
    due: u64,
    free_credit_paid: u64,
    credit_paid: u64,
    user_paid: u64,
    unsettled_charge: u64,
    settled_writes: u64,
    unsettled_writes: u64,
): WritesSettled<D> {
    WritesSettled {
        storage_id,
        owner,
        actor,
        outcome,
        due,
        free_credit_paid,
        credit_paid,
        user_paid,
        unsettled_charge,
        settled_writes,
        unsettled_writes,
    }
}

#[test_only]
public fun full_for_testing(): Outcome {
    Outcome::Full
}

#[test_only]
public fun partial_for_testing(): Outcome {
    Outcome::Partial
}

#[test_only]
public fun skipped_for_testing(): Outcome {
    Outcome::Skipped
}
