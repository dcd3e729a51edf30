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

use sui::{clock::Clock, coin::Coin, event, sui::SUI};
use valet::{dapp_storage::DappStorage, purse, user_storage::UserStorage};

// === Errors ===

/// The sender is not the owner.
#[error(code = 0)]
const ENotOwner: vector<u8> = b"Only the owner of the storage can settle from its purse.";

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

/// What was paid of a debt, in MIST.
public struct Payment has drop {
    due: u64,
    free_credit_paid: u64,
    credit_paid: u64,
    coin_paid: u64,
    purse_paid: u64,
}

// === Events ===

/// Emitted by `settle_writes`, `settle_writes_with_coin` and `settle_writes_with_purse`.
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
    /// MIST taken from the sender's coin.
    coin_paid: u64,
    /// MIST taken from the storage's purse.
    purse_paid: u64,
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
    dapp_storage.pay_from_credit(storage, clock).finish(storage, ctx)
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
    let mut payment = dapp_storage.pay_from_credit(storage, clock);
    payment.coin_paid = payment.unpaid().min(coin.value());
    dapp_storage.pay_by_user(coin.balance_mut().split(payment.coin_paid));
    payment.finish(storage, ctx);
    coin
}

/// Pays as much of the storage's debt as the dApp's credit allows, and what is left from the
/// storage's purse, as far as it goes. Needed by clients whose owner keeps SUI in the purse; no
/// session and no stranger spends it on settling.
///
/// #### Aborts
/// - `ENotOwner` if the sender is not the owner.
public fun settle_writes_with_purse<D>(
    dapp_storage: &mut DappStorage<D>,
    storage: &mut UserStorage<D>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    assert!(ctx.sender() == storage.canonical_owner(), ENotOwner);
    let mut payment = dapp_storage.pay_from_credit(storage, clock);
    payment.purse_paid = payment.unpaid().min(purse::value<D, SUI>(storage));
    dapp_storage.pay_by_user(purse::take(storage, payment.purse_paid));
    payment.finish(storage, ctx)
}

// === Private functions ===

use fun pay_from_credit as DappStorage.pay_from_credit;

/// Pays what the dApp's credit can, free credit first.
fun pay_from_credit<D>(
    dapp_storage: &mut DappStorage<D>,
    storage: &UserStorage<D>,
    clock: &Clock,
): Payment {
    let due = storage.unsettled_charge();
    let (free_credit_paid, credit_paid) = dapp_storage.pay(due, clock.timestamp_ms());
    Payment { due, free_credit_paid, credit_paid, coin_paid: 0, purse_paid: 0 }
}

fun paid(self: &Payment): u64 {
    self.free_credit_paid + self.credit_paid + self.coin_paid + self.purse_paid
}

fun unpaid(self: &Payment): u64 {
    self.due - self.paid()
}

/// Takes what was paid off the debt.
fun finish<D>(self: Payment, storage: &mut UserStorage<D>, ctx: &TxContext) {
    let outcome = if (self.paid() == 0) {
        Outcome::Skipped
    } else if (self.unpaid() > 0) {
        Outcome::Partial
    } else {
        Outcome::Full
    };
    let settled_writes = storage.reduce_debt(self.paid());
    let Payment { due, free_credit_paid, credit_paid, coin_paid, purse_paid } = self;
    event::emit(WritesSettled<D> {
        storage_id: object::id(storage),
        owner: storage.canonical_owner(),
        actor: ctx.sender(),
        outcome,
        due,
        free_credit_paid,
        credit_paid,
        coin_paid,
        purse_paid,
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
    coin_paid: u64,
    purse_paid: u64,
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
        coin_paid,
        purse_paid,
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
