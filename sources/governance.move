/// What the framework's administrator decides: prices, free credit and suspension.
///
/// A price falls at once. It rises only 48 hours after the increase was announced, and no further
/// than `fee_plan` allows; anyone applies it then. No price ever changes a debt: each write is owed
/// for at the price of its moment.
module valet::governance;

use sui::{clock::Clock, event};
use valet::{
    credit::FreeCredit,
    dapp::Dapp,
    dapp_hub::{DappHub, HubAdminCap},
    dapp_storage::DappStorage,
    fee_plan::FeeIncrease,
    fees::Fees
};

// === Errors ===

/// The dApp is not suspended.
#[error(code = 0)]
const ENotSuspended: vector<u8> = b"The dApp is not suspended.";
/// The suspension names no minimum credit.
#[error(code = 1)]
const ENoMinimumCredit: vector<u8> =
    b"No credit ends this suspension; the framework's administrator can.";
/// The credit is below the minimum.
#[error(code = 2)]
const ECreditBelowMinimum: vector<u8> =
    b"The dApp's credit is below the minimum to resume; recharge it first.";

// === Events ===

/// Emitted by `lower_default_fees` and `apply_default_fees`. No increase waits any longer.
public struct DefaultFeesChanged has copy, drop {
    hub_id: ID,
    previous: Fees,
    fees: Fees,
}

/// Emitted by `announce_default_fees`.
public struct DefaultFeesAnnounced has copy, drop {
    hub_id: ID,
    increase: FeeIncrease,
}

/// Emitted by `withdraw_default_fees`.
public struct DefaultFeesWithdrawn has copy, drop {
    hub_id: ID,
    increase: FeeIncrease,
}

/// Emitted by `lower_fees` and `apply_fees`. No increase waits any longer.
public struct FeesChanged<phantom D> has copy, drop {
    dapp_id: ID,
    previous: Fees,
    fees: Fees,
}

/// Emitted by `announce_fees`.
public struct FeesAnnounced<phantom D> has copy, drop {
    dapp_id: ID,
    increase: FeeIncrease,
}

/// Emitted by `withdraw_fees`.
public struct FeesWithdrawn<phantom D> has copy, drop {
    dapp_id: ID,
    increase: FeeIncrease,
}

/// Emitted by `suspend`, `unsuspend` and `resume`.
public struct SuspensionChanged<phantom D> has copy, drop {
    dapp_id: ID,
    is_suspended: bool,
    /// MIST of credit that end the suspension, and that refunds must leave from then on.
    min_credit: Option<u64>,
}

/// Emitted by `grant_free_credit`, `extend_free_credit` and `revoke_free_credit`.
public struct FreeCreditChanged<phantom D> has copy, drop {
    dapp_storage_id: ID,
    previous: Option<FreeCredit>,
    free_credit: Option<FreeCredit>,
}

// === Public functions ===

/// Puts the default fees that were announced into force. Anyone may.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `fee_plan::ENoIncrease` if no increase waits.
/// - `fee_plan::EIncreaseTooEarly` before 48 hours have passed.
public fun apply_default_fees(hub: &mut DappHub, clock: &Clock) {
    hub.assert_version();
    let (current, plan) = hub.default_fees_mut();
    let previous = plan.apply(current, clock.timestamp_ms());
    hub.emit_default_fees_changed(previous);
}

/// Puts the dApp's fees that were announced into force, for writes from now on. Anyone may.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
/// - `fee_plan::ENoIncrease` if no increase waits.
/// - `fee_plan::EIncreaseTooEarly` before 48 hours have passed.
public fun apply_fees<D>(dapp: &mut Dapp<D>, clock: &Clock) {
    dapp.assert_version();
    let (current, plan) = dapp.fees_mut();
    let previous = plan.apply(current, clock.timestamp_ms());
    dapp.emit_fees_changed(previous);
}

/// Ends a suspension that names a minimum credit, once the dApp has it. The minimum stays as a
/// reserve that refunds must leave, until the framework's administrator calls `unsuspend`. Anyone
/// may; needed by the dApp's administrator after a recharge.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
/// - `ENotSuspended` if the dApp is not suspended.
/// - `ENoMinimumCredit` if the framework's administrator alone ends the suspension.
/// - `ECreditBelowMinimum` if the dApp's credit is below the minimum.
public fun resume<D>(dapp: &mut Dapp<D>, dapp_storage: &DappStorage<D>) {
    dapp.assert_version();
    assert!(dapp.is_suspended(), ENotSuspended);
    let min_credit = dapp_storage.reserve();
    assert!(min_credit.is_some(), ENoMinimumCredit);
    assert!(dapp_storage.credit() >= *min_credit.borrow(), ECreditBelowMinimum);
    dapp.set_suspended(false);
    dapp.emit_suspension_changed(min_credit);
}

// === Admin functions ===

/// Lowers what dApps pay that register from now on; registered ones keep their price. Drops the
/// increase that waits. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `dapp_hub::EFeeIncrease` if either part of the price would rise.
public fun lower_default_fees(hub: &mut DappHub, _: &HubAdminCap, fees: Fees, clock: &Clock) {
    hub.assert_version();
    let previous = hub.lower_default_fees(fees, clock.timestamp_ms());
    hub.emit_default_fees_changed(previous);
}

/// Announces higher default fees, which can be applied in 48 hours. Needed by the framework's
/// administrator.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `fee_plan::EIncreaseAnnounced`, `fee_plan::ENotAnIncrease`, `fee_plan::EIncreaseTooLarge` if
///   the price cannot be announced.
public fun announce_default_fees(hub: &mut DappHub, _: &HubAdminCap, fees: Fees, clock: &Clock) {
    hub.assert_version();
    let (current, plan) = hub.default_fees_mut();
    let increase = plan.announce(current, fees, clock.timestamp_ms());
    event::emit(DefaultFeesAnnounced { hub_id: object::id(hub), increase });
}

/// Drops the default fees that wait. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `fee_plan::ENoIncrease` if no increase waits.
public fun withdraw_default_fees(hub: &mut DappHub, _: &HubAdminCap) {
    hub.assert_version();
    let (_, plan) = hub.default_fees_mut();
    let increase = plan.withdraw();
    event::emit(DefaultFeesWithdrawn { hub_id: object::id(hub), increase });
}

/// Lowers what the dApp's writes cost from now on; debt that accrued keeps its price. Drops the
/// increase that waits. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
/// - `dapp::EFeeIncrease` if either part of the price would rise.
public fun lower_fees<D>(dapp: &mut Dapp<D>, _: &HubAdminCap, fees: Fees, clock: &Clock) {
    dapp.assert_version();
    let previous = dapp.lower_fees(fees, clock.timestamp_ms());
    dapp.emit_fees_changed(previous);
}

/// Announces higher fees for the dApp, which can be applied in 48 hours. Needed by the framework's
/// administrator.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
/// - `fee_plan::EIncreaseAnnounced`, `fee_plan::ENotAnIncrease`, `fee_plan::EIncreaseTooLarge` if
///   the price cannot be announced.
public fun announce_fees<D>(dapp: &mut Dapp<D>, _: &HubAdminCap, fees: Fees, clock: &Clock) {
    dapp.assert_version();
    let (current, plan) = dapp.fees_mut();
    let increase = plan.announce(current, fees, clock.timestamp_ms());
    event::emit(FeesAnnounced<D> { dapp_id: object::id(dapp), increase });
}

/// Drops the dApp's fees that wait. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
/// - `fee_plan::ENoIncrease` if no increase waits.
public fun withdraw_fees<D>(dapp: &mut Dapp<D>, _: &HubAdminCap) {
    dapp.assert_version();
    let (_, plan) = dapp.fees_mut();
    let increase = plan.withdraw();
    event::emit(FeesWithdrawn<D> { dapp_id: object::id(dapp), increase });
}

/// Stops every write of the dApp; its own administrator cannot undo it. With `min_credit`, in MIST,
/// anyone may `resume` it once the dApp has that much credit; without, only `unsuspend` does. Called
/// again, it replaces the minimum. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
public fun suspend<D>(
    dapp: &mut Dapp<D>,
    _: &HubAdminCap,
    dapp_storage: &mut DappStorage<D>,
    min_credit: Option<u64>,
) {
    dapp.assert_version();
    dapp.set_suspended(true);
    dapp_storage.set_reserve(min_credit);
    dapp.emit_suspension_changed(min_credit);
}

/// Ends a suspension, and the reserve of one that ended. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp::EWrongVersion` if the dApp is on another version.
public fun unsuspend<D>(dapp: &mut Dapp<D>, _: &HubAdminCap, dapp_storage: &mut DappStorage<D>) {
    dapp.assert_version();
    dapp.set_suspended(false);
    dapp_storage.set_reserve(option::none());
    dapp.emit_suspension_changed(option::none());
}

/// Gives the dApp free credit, on top of what it has that has not expired; all of it expires at
/// `expires_at_ms`. Needed by the framework's administrator.
///
/// #### Aborts
/// - `dapp_storage::EWrongVersion` if the dApp is on another version.
/// - `dapp_storage::EZeroAmount` if the amount is zero.
/// - `dapp_storage::EFreeCreditTooLarge` if the free credit would exceed its cap.
/// - `credit::EExpiryTooEarly`, `credit::EExpiryTooLate` if the expiry is not in the next 366 days,
///   or earlier than that of the free credit there is.
public fun grant_free_credit<D>(
    dapp_storage: &mut DappStorage<D>,
    _: &HubAdminCap,
    amount: u64,
    expires_at_ms: u64,
    clock: &Clock,
) {
    let previous = dapp_storage.free_credit();
    dapp_storage.grant_free_credit(amount, expires_at_ms, clock.timestamp_ms());
    dapp_storage.emit_free_credit_changed(previous);
}

/// Moves the expiry of the dApp's free credit. What has expired cannot be revived. Needed by the
/// framework's administrator.
///
/// #### Aborts
/// - `dapp_storage::EWrongVersion` if the dApp is on another version.
/// - `credit::ENoFreeCredit` if there is none, or it has expired.
/// - `credit::EExpiryTooEarly`, `credit::EExpiryTooLate` if the expiry is not in the next 366 days,
///   or earlier than it was.
public fun extend_free_credit<D>(
    dapp_storage: &mut DappStorage<D>,
    _: &HubAdminCap,
    expires_at_ms: u64,
    clock: &Clock,
) {
    let previous = dapp_storage.free_credit();
    dapp_storage.extend_free_credit(expires_at_ms, clock.timestamp_ms());
    dapp_storage.emit_free_credit_changed(previous);
}

/// Takes the dApp's free credit away, all that was not used. Needed by the framework's
/// administrator.
///
/// #### Aborts
/// - `dapp_storage::EWrongVersion` if the dApp is on another version.
/// - `credit::ENoFreeCredit` if there is none.
public fun revoke_free_credit<D>(dapp_storage: &mut DappStorage<D>, _: &HubAdminCap) {
    let previous = dapp_storage.free_credit();
    dapp_storage.revoke_free_credit();
    dapp_storage.emit_free_credit_changed(previous);
}

/// Does what `dapp::migrate` does, for a dApp whose administrator does not. The dApp's package takes
/// no writes until it is upgraded too. Needed by the framework's administrator when an old version
/// must not go on.
///
/// #### Aborts
/// - As `dapp::migrate` does.
public fun migrate<D>(
    dapp: &mut Dapp<D>,
    _: &HubAdminCap,
    dapp_storage: &mut DappStorage<D>,
    hub: &DappHub,
) {
    dapp.migrate_to_package(dapp_storage, hub)
}

// === Private functions ===

use fun emit_default_fees_changed as DappHub.emit_default_fees_changed;

fun emit_default_fees_changed(hub: &DappHub, previous: Fees) {
    event::emit(DefaultFeesChanged {
        hub_id: object::id(hub),
        previous,
        fees: hub.default_fees(),
    });
}

use fun emit_fees_changed as Dapp.emit_fees_changed;

fun emit_fees_changed<D>(dapp: &Dapp<D>, previous: Fees) {
    event::emit(FeesChanged<D> { dapp_id: object::id(dapp), previous, fees: dapp.fees() });
}

use fun emit_suspension_changed as Dapp.emit_suspension_changed;

fun emit_suspension_changed<D>(dapp: &Dapp<D>, min_credit: Option<u64>) {
    event::emit(SuspensionChanged<D> {
        dapp_id: object::id(dapp),
        is_suspended: dapp.is_suspended(),
        min_credit,
    });
}

use fun emit_free_credit_changed as DappStorage.emit_free_credit_changed;

fun emit_free_credit_changed<D>(dapp_storage: &DappStorage<D>, previous: Option<FreeCredit>) {
    event::emit(FreeCreditChanged<D> {
        dapp_storage_id: object::id(dapp_storage),
        previous,
        free_credit: dapp_storage.free_credit(),
    });
}

// === Test functions ===

#[test_only]
public fun default_fees_changed_for_testing(
    hub_id: ID,
    previous: Fees,
    fees: Fees,
): DefaultFeesChanged {
    DefaultFeesChanged { hub_id, previous, fees }
}

#[test_only]
public fun default_fees_announced_for_testing(
    hub_id: ID,
    increase: FeeIncrease,
): DefaultFeesAnnounced {
    DefaultFeesAnnounced { hub_id, increase }
}

#[test_only]
public fun default_fees_withdrawn_for_testing(
    hub_id: ID,
    increase: FeeIncrease,
): DefaultFeesWithdrawn {
    DefaultFeesWithdrawn { hub_id, increase }
}

#[test_only]
public fun fees_changed_for_testing<D>(dapp_id: ID, previous: Fees, fees: Fees): FeesChanged<D> {
    FeesChanged { dapp_id, previous, fees }
}

#[test_only]
public fun fees_announced_for_testing<D>(dapp_id: ID, increase: FeeIncrease): FeesAnnounced<D> {
    FeesAnnounced { dapp_id, increase }
}

#[test_only]
public fun fees_withdrawn_for_testing<D>(dapp_id: ID, increase: FeeIncrease): FeesWithdrawn<D> {
    FeesWithdrawn { dapp_id, increase }
}

#[test_only]
public fun suspension_changed_for_testing<D>(
    dapp_id: ID,
    is_suspended: bool,
    min_credit: Option<u64>,
): SuspensionChanged<D> {
    SuspensionChanged { dapp_id, is_suspended, min_credit }
}

#[test_only]
public fun free_credit_changed_for_testing<D>(
    dapp_storage_id: ID,
    previous: Option<FreeCredit>,
    free_credit: Option<FreeCredit>,
): FreeCreditChanged<D> {
    FreeCreditChanged { dapp_storage_id, previous, free_credit }
}
