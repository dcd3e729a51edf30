/// The framework itself: its version, who administers it, what new dApps pay, and where settled fees
/// go.
///
/// There is one `DappHub`. No user's write takes it, so it is never contended; it is read when a
/// session is activated and written when a dApp registers.
///
/// Two capabilities exist, one of each: `HubAdminCap` administers the framework (see `governance`),
/// `TreasuryCap` stands for the treasury. Both are handed over in two steps: offering gives the
/// capability up, and the one it was offered to takes it in a transaction of its own, so it never
/// goes to an address that nobody holds. Until then the one who offered may withdraw the offer.
///
/// Each version of this package serves the objects of its own version only. After an upgrade the
/// framework's administrator migrates the hub; dApps follow, see `dapp::migrate`.
module valet::dapp_hub;

use sui::event;
use valet::{fee_plan::{Self, FeePlan}, fees::{Self, Fees}};

// === Errors ===

/// The hub belongs to another version of this package.
#[error(code = 0)]
const EWrongVersion: vector<u8> =
    b"The hub is on another version of the valet package; call the package of that version.";
/// The hub is on this package's version, or a later one.
#[error(code = 1)]
const ENothingToMigrate: vector<u8> =
    b"The hub is on the version of this package or a later one; there is nothing to migrate.";
/// Nothing was offered.
#[error(code = 2)]
const ENoOffer: vector<u8> = b"Nothing was offered, or the offer was taken or withdrawn.";
/// The offer is for somebody else.
#[error(code = 3)]
const ENotOffered: vector<u8> = b"This was offered to another address; only that one can accept.";
/// The offer is somebody else's.
#[error(code = 4)]
const ENotOfferer: vector<u8> = b"Another address made this offer; only that one can withdraw it.";
/// A default fee would rise.
#[error(code = 5)]
const EFeeIncrease: vector<u8> = b"Fees can only be lowered at once; announce an increase instead.";

// === Constants ===

/// The version of this package; every object that gates writes names the version that may touch it.
const VERSION: u64 = 1;
/// MIST per write that a dApp pays when it registers.
const DEFAULT_FEE_PER_WRITE: u64 = 1_000;
/// MIST per byte that a dApp pays when it registers.
const DEFAULT_FEE_PER_BYTE: u64 = 10;

// === Structs ===

/// The framework's one shared object.
public struct DappHub has key {
    id: UID,
    version: u64,
    default_fees: Fees,
    fee_plan: FeePlan,
    /// Where settled fees go: who accepted the `TreasuryCap` last.
    treasury: address,
    /// The administration, while it changes hands.
    admin_offer: Option<Offer>,
    /// The treasury, while it changes hands.
    treasury_offer: Option<Offer>,
}

/// Administration of the framework; there is one, or an offer of it.
public struct HubAdminCap has key {
    id: UID,
    hub_id: ID,
}

/// The treasury; there is one, or an offer of it.
public struct TreasuryCap has key {
    id: UID,
    hub_id: ID,
}

/// A capability that changes hands.
public struct Offer has copy, drop, store {
    from: address,
    to: address,
}

// === Events ===

/// Emitted by `init`.
public struct HubCreated has copy, drop {
    hub_id: ID,
    version: u64,
    admin_cap_id: ID,
    treasury_cap_id: ID,
    default_fees: Fees,
    /// Who published the package: the first administrator, and the first treasury.
    treasury: address,
}

/// Emitted by `migrate`.
public struct HubMigrated has copy, drop {
    hub_id: ID,
    previous: u64,
    version: u64,
}

/// Emitted by `offer_administration`.
public struct AdministrationOffered has copy, drop {
    hub_id: ID,
    from: address,
    to: address,
}

/// Emitted by `accept_administration`, and by `withdraw_administration_offer` with the one who
/// offered.
public struct AdministrationTaken has copy, drop {
    hub_id: ID,
    admin_cap_id: ID,
    admin: address,
}

/// Emitted by `offer_treasury`.
public struct TreasuryOffered has copy, drop {
    hub_id: ID,
    from: address,
    to: address,
}

/// Emitted by `accept_treasury`, and by `withdraw_treasury_offer` with the one who offered.
public struct TreasuryTaken has copy, drop {
    hub_id: ID,
    treasury_cap_id: ID,
    /// Where settled fees went before.
    previous: address,
    treasury: address,
}

fun init(ctx: &mut TxContext) {
    let treasury = ctx.sender();
    let hub = DappHub {
        id: object::new(ctx),
        version: VERSION,
        default_fees: fees::new(DEFAULT_FEE_PER_WRITE, DEFAULT_FEE_PER_BYTE),
        fee_plan: fee_plan::new(),
        treasury,
        admin_offer: option::none(),
        treasury_offer: option::none(),
    };
    let hub_id = hub.id.to_inner();
    event::emit(HubCreated {
        hub_id,
        version: VERSION,
        admin_cap_id: send_admin_cap(hub_id, treasury, ctx),
        treasury_cap_id: send_treasury_cap(hub_id, treasury, ctx),
        default_fees: hub.default_fees,
        treasury,
    });
    transfer::share_object(hub);
}

// === Public functions ===

/// Takes the administration of the framework that was offered to the sender. Needed by the next
/// administrator.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
/// - `ENoOffer` if nothing was offered.
/// - `ENotOffered` if it was offered to another address.
public fun accept_administration(self: &mut DappHub, ctx: &mut TxContext) {
    self.assert_version();
    let to = self.admin_offer.acceptable(ctx);
    self.take_administration(to, ctx)
}

/// Takes back the administration of the framework, which nobody accepted. Needed by the
/// administrator who offered it.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
/// - `ENoOffer` if nothing was offered.
/// - `ENotOfferer` if another address offered it.
public fun withdraw_administration_offer(self: &mut DappHub, ctx: &mut TxContext) {
    self.assert_version();
    let from = self.admin_offer.withdrawable(ctx);
    self.take_administration(from, ctx)
}

/// Becomes the treasury, which was offered to the sender: settled fees go there from now on. Needed
/// by the next treasury.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
/// - `ENoOffer` if nothing was offered.
/// - `ENotOffered` if it was offered to another address.
public fun accept_treasury(self: &mut DappHub, ctx: &mut TxContext) {
    self.assert_version();
    let to = self.treasury_offer.acceptable(ctx);
    self.take_treasury(to, ctx)
}

/// Takes back the treasury, which nobody accepted. Needed by the treasury that offered it.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
/// - `ENoOffer` if nothing was offered.
/// - `ENotOfferer` if another address offered it.
public fun withdraw_treasury_offer(self: &mut DappHub, ctx: &mut TxContext) {
    self.assert_version();
    let from = self.treasury_offer.withdrawable(ctx);
    self.take_treasury(from, ctx)
}

// === View functions ===

/// The version of the package that may use this hub.
public fun version(self: &DappHub): u64 {
    self.version
}

/// What a dApp pays that registers now.
public fun default_fees(self: &DappHub): Fees {
    self.default_fees
}

/// The default fees that wait, and those of the past.
public fun default_fee_plan(self: &DappHub): &FeePlan {
    &self.fee_plan
}

/// Where settled fees go.
public fun treasury(self: &DappHub): address {
    self.treasury
}

/// Who offered the administration, and to whom, while it changes hands.
public fun admin_offer(self: &DappHub): Option<Offer> {
    self.admin_offer
}

/// Who offered the treasury, and to whom, while it changes hands.
public fun treasury_offer(self: &DappHub): Option<Offer> {
    self.treasury_offer
}

/// Who offered.
public fun from(self: &Offer): address {
    self.from
}

/// Who may accept.
public fun to(self: &Offer): address {
    self.to
}

/// The hub that the capability administers.
public fun hub_id(cap: &HubAdminCap): ID {
    cap.hub_id
}

/// The hub whose treasury the capability stands for.
public fun treasury_hub_id(cap: &TreasuryCap): ID {
    cap.hub_id
}

/// The version of the package that answers.
public fun package_version(): u64 {
    VERSION
}

// === Admin functions ===

/// Brings the hub to the version of this package. From then on earlier packages refuse whatever
/// takes the hub. Needed by the framework's administrator after an upgrade.
///
/// #### Aborts
/// - `ENothingToMigrate` if the hub is on this version or a later one.
public fun migrate(self: &mut DappHub, _: &HubAdminCap) {
    assert!(self.version < VERSION, ENothingToMigrate);
    let previous = self.version;
    self.version = VERSION;
    event::emit(HubMigrated { hub_id: self.id.to_inner(), previous, version: VERSION });
}

/// Gives the administration of the framework up and offers it to `to`. Nobody administers the
/// framework until `to` accepts or the sender withdraws the offer. Needed by the administrator.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
public fun offer_administration(
    self: &mut DappHub,
    cap: HubAdminCap,
    to: address,
    ctx: &mut TxContext,
) {
    self.assert_version();
    let HubAdminCap { id, hub_id } = cap;
    id.delete();
    let from = ctx.sender();
    self.admin_offer = option::some(Offer { from, to });
    event::emit(AdministrationOffered { hub_id, from, to });
}

/// Gives the treasury up and offers it to `to`. Settled fees go where they went until `to` accepts.
/// Needed by the treasury.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
public fun offer_treasury(self: &mut DappHub, cap: TreasuryCap, to: address, ctx: &mut TxContext) {
    self.assert_version();
    let TreasuryCap { id, hub_id } = cap;
    id.delete();
    let from = ctx.sender();
    self.treasury_offer = option::some(Offer { from, to });
    event::emit(TreasuryOffered { hub_id, from, to });
}

// === Package functions ===

/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
public(package) fun assert_version(self: &DappHub) {
    assert!(self.version == VERSION, EWrongVersion);
}

public(package) fun uid(self: &DappHub): &UID {
    &self.id
}

/// For claiming derived addresses only.
public(package) fun uid_mut(self: &mut DappHub): &mut UID {
    &mut self.id
}

/// Lowers what dApps pay that register from now on; returns what it was.
///
/// #### Aborts
/// - `EFeeIncrease` if either part of the price would rise.
public(package) fun lower_default_fees(self: &mut DappHub, fees: Fees, now_ms: u64): Fees {
    assert!(fees.is_at_most(&self.default_fees), EFeeIncrease);
    self.fee_plan.replace(&mut self.default_fees, fees, now_ms)
}

/// The default fees and their plan, for changes that wait.
public(package) fun default_fees_mut(self: &mut DappHub): (&mut Fees, &mut FeePlan) {
    (&mut self.default_fees, &mut self.fee_plan)
}

// === Private functions ===

use fun acceptable as Option.acceptable;

/// Who may accept the offer, if it is the sender.
fun acceptable(offer: &Option<Offer>, ctx: &TxContext): address {
    assert!(offer.is_some(), ENoOffer);
    let to = offer.borrow().to;
    assert!(ctx.sender() == to, ENotOffered);
    to
}

use fun withdrawable as Option.withdrawable;

/// Who made the offer, if it is the sender.
fun withdrawable(offer: &Option<Offer>, ctx: &TxContext): address {
    assert!(offer.is_some(), ENoOffer);
    let from = offer.borrow().from;
    assert!(ctx.sender() == from, ENotOfferer);
    from
}

fun take_administration(self: &mut DappHub, admin: address, ctx: &mut TxContext) {
    self.admin_offer = option::none();
    let hub_id = self.id.to_inner();
    let admin_cap_id = send_admin_cap(hub_id, admin, ctx);
    event::emit(AdministrationTaken { hub_id, admin_cap_id, admin });
}

fun take_treasury(self: &mut DappHub, treasury: address, ctx: &mut TxContext) {
    let previous = self.treasury;
    self.treasury_offer = option::none();
    self.treasury = treasury;
    let hub_id = self.id.to_inner();
    let treasury_cap_id = send_treasury_cap(hub_id, treasury, ctx);
    event::emit(TreasuryTaken { hub_id, treasury_cap_id, previous, treasury });
}

fun send_admin_cap(hub_id: ID, to: address, ctx: &mut TxContext): ID {
    let cap = HubAdminCap { id: object::new(ctx), hub_id };
    let cap_id = cap.id.to_inner();
    transfer::transfer(cap, to);
    cap_id
}

fun send_treasury_cap(hub_id: ID, to: address, ctx: &mut TxContext): ID {
    let cap = TreasuryCap { id: object::new(ctx), hub_id };
    let cap_id = cap.id.to_inner();
    transfer::transfer(cap, to);
    cap_id
}

// === Test functions ===

#[test_only]
public fun hub_created_for_testing(
    hub_id: ID,
    version: u64,
    admin_cap_id: ID,
    treasury_cap_id: ID,
    default_fees: Fees,
    treasury: address,
): HubCreated {
    HubCreated { hub_id, version, admin_cap_id, treasury_cap_id, default_fees, treasury }
}

#[test_only]
public fun hub_migrated_for_testing(hub_id: ID, previous: u64, version: u64): HubMigrated {
    HubMigrated { hub_id, previous, version }
}

#[test_only]
public fun administration_offered_for_testing(
    hub_id: ID,
    from: address,
    to: address,
): AdministrationOffered {
    AdministrationOffered { hub_id, from, to }
}

#[test_only]
public fun administration_taken_for_testing(
    hub_id: ID,
    admin_cap_id: ID,
    admin: address,
): AdministrationTaken {
    AdministrationTaken { hub_id, admin_cap_id, admin }
}

#[test_only]
public fun treasury_offered_for_testing(hub_id: ID, from: address, to: address): TreasuryOffered {
    TreasuryOffered { hub_id, from, to }
}

#[test_only]
public fun treasury_taken_for_testing(
    hub_id: ID,
    treasury_cap_id: ID,
    previous: address,
    treasury: address,
): TreasuryTaken {
    TreasuryTaken { hub_id, treasury_cap_id, previous, treasury }
}

#[test_only]
public fun admin_cap_for_testing(self: &DappHub, ctx: &mut TxContext): HubAdminCap {
    HubAdminCap { id: object::new(ctx), hub_id: self.id.to_inner() }
}

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) {
    init(ctx)
}

#[test_only]
public fun set_version_for_testing(self: &mut DappHub, version: u64) {
    self.version = version;
}
