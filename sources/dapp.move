/// A dApp's configuration: what a write needs to know about the dApp.
///
/// There is one `Dapp<D>` for each registered type `D`, at an address derived from the hub. Users'
/// writes take it read-only, so it holds only what they need; the metadata lives in a dynamic field
/// that no write loads.
///
/// Its administrator may pause it, the framework's administrator may suspend it (see `governance`);
/// both stop every write and nothing else: ending a session, settling and reading never ask a
/// `Dapp`.
///
/// A `Dapp` and its `DappStorage` are on one version of this package, whose code alone may change
/// them. The dApp's own package is linked to one version of this package too, so it is the dApp's
/// administrator who says when to `migrate`.
module valet::dapp;

use std::{internal::Permit, string::String, type_name};
use sui::{
    clock::Clock,
    coin::Coin,
    derived_object,
    dynamic_field as df,
    event,
    package::Publisher,
    sui::SUI
};
use valet::{
    action_set::ActionSet,
    auth::{Self, GlobalAuth},
    dapp_hub::{Self, DappHub},
    dapp_storage::{Self, DappStorage},
    fee_plan::{Self, FeePlan},
    fees::Fees,
    metadata::{Self, Metadata}
};

// === Errors ===

/// The publisher is not the one of the module that defines `D`.
#[error(code = 0)]
const EWrongPublisher: vector<u8> =
    b"Only the publisher of the module that defines the dApp's type can register it.";
/// `D` is registered.
#[error(code = 1)]
const EAlreadyRegistered: vector<u8> = b"This type is registered already; a dApp registers once.";
/// The dApp belongs to another version of this package.
#[error(code = 2)]
const EWrongVersion: vector<u8> =
    b"The dApp is on another version of the valet package; call the package of that version.";
/// The framework's administrator suspended the dApp.
#[error(code = 3)]
const ESuspended: vector<u8> =
    b"The dApp is suspended by the framework; nothing can be written until it resumes.";
/// The dApp's administrator paused it.
#[error(code = 4)]
const EPaused: vector<u8> =
    b"The dApp is paused by its administrator; nothing can be written until it resumes.";
/// The ceiling on unsettled writes is out of range.
#[error(code = 5)]
const EInvalidCeiling: vector<u8> = b"The ceiling on unsettled writes is between 1 and 1,000,000.";
/// A fee would rise.
#[error(code = 6)]
const EFeeIncrease: vector<u8> = b"Fees can only be lowered at once; announce an increase instead.";
/// The dApp is on this package's version, or a later one.
#[error(code = 7)]
const ENothingToMigrate: vector<u8> =
    b"The dApp is on the version of this package or a later one; there is nothing to migrate.";

// === Constants ===

const DEFAULT_MAX_UNSETTLED_WRITES: u64 = 1_000;
/// Keeps a storage's debt far inside a `u64`, whatever the fees: see `fees`.
const MAX_MAX_UNSETTLED_WRITES: u64 = 1_000_000;

// === Structs ===

/// The configuration of the dApp whose type is `D`.
public struct Dapp<phantom D> has key {
    id: UID,
    version: u64,
    /// What sessions may take at all; every other action is the owner's only.
    session_actions: ActionSet,
    is_paused: bool,
    is_suspended: bool,
    fees: Fees,
    /// How many priced writes a storage may owe.
    max_unsettled_writes: u64,
}

/// Administration of dApp `D`.
public struct DappAdminCap<phantom D> has key, store {
    id: UID,
    dapp_id: ID,
}

/// Derives the address of `Dapp<D>` from the hub's.
public struct DappKey<phantom D>() has copy, drop, store;

/// Names the dynamic field that holds the `Metadata`.
public struct MetadataKey() has copy, drop, store;

/// Names the dynamic field that holds the `FeePlan`.
public struct FeePlanKey() has copy, drop, store;

// === Events ===

/// Emitted by `register`.
public struct DappRegistered<phantom D> has copy, drop {
    dapp_id: ID,
    version: u64,
    dapp_storage_id: ID,
    admin_cap_id: ID,
    metadata: Metadata,
    session_actions: ActionSet,
    fees: Fees,
    max_unsettled_writes: u64,
}

/// Emitted by `set_metadata` and `add_package`.
public struct MetadataChanged<phantom D> has copy, drop {
    dapp_id: ID,
    metadata: Metadata,
}

/// Emitted by `set_session_actions`.
public struct SessionActionsChanged<phantom D> has copy, drop {
    dapp_id: ID,
    previous: ActionSet,
    session_actions: ActionSet,
}

/// Emitted by `set_max_unsettled_writes`.
public struct MaxUnsettledWritesChanged<phantom D> has copy, drop {
    dapp_id: ID,
    previous: u64,
    max_unsettled_writes: u64,
}

/// Emitted by `pause` and `unpause`.
public struct PauseChanged<phantom D> has copy, drop {
    dapp_id: ID,
    is_paused: bool,
}

/// Emitted by `migrate` and `governance::migrate`.
public struct DappMigrated<phantom D> has copy, drop {
    dapp_id: ID,
    previous: u64,
    version: u64,
}

// === Public functions ===

/// Registers the dApp whose type is `D` and returns its objects: share the first with `share`, the
/// second with `dapp_storage::share`, keep the third. Needed by a dApp's publisher, once.
///
/// Both shared objects have addresses derived from the hub, so any client finds them with no
/// indexer.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `EWrongPublisher` if `publisher` is not that of the module that defines `D`.
/// - `EAlreadyRegistered` if `D` is registered.
/// - `metadata::EInvalidName`, `metadata::EDescriptionTooLong`, `metadata::EWebsiteTooLong` if a
///   text is out of bounds.
public fun register<D>(
    hub: &mut DappHub,
    publisher: &Publisher,
    name: String,
    description: String,
    website: String,
    session_actions: ActionSet,
    ctx: &mut TxContext,
): (Dapp<D>, DappStorage<D>, DappAdminCap<D>) {
    hub.assert_version();
    assert!(publisher.from_module<D>(), EWrongPublisher);
    assert!(!is_registered<D>(hub), EAlreadyRegistered);

    let metadata = metadata::new(name, description, website, type_name::original_id<D>());
    let mut dapp = Dapp<D> {
        id: derived_object::claim(hub.uid_mut(), DappKey<D>()),
        version: dapp_hub::package_version(),
        session_actions,
        is_paused: false,
        is_suspended: false,
        fees: hub.default_fees(),
        max_unsettled_writes: DEFAULT_MAX_UNSETTLED_WRITES,
    };
    df::add(&mut dapp.id, MetadataKey(), metadata);
    df::add(&mut dapp.id, FeePlanKey(), fee_plan::new());
    let storage = dapp_storage::new<D>(hub);
    let cap = DappAdminCap<D> { id: object::new(ctx), dapp_id: dapp.id.to_inner() };

    event::emit(DappRegistered<D> {
        dapp_id: cap.dapp_id,
        version: dapp.version,
        dapp_storage_id: object::id(&storage),
        admin_cap_id: cap.id.to_inner(),
        metadata,
        session_actions,
        fees: dapp.fees,
        max_unsettled_writes: dapp.max_unsettled_writes,
    });
    (dapp, storage, cap)
}

/// Shares the dApp, so that its users can name it. Needed right after `register`.
public fun share<D>(self: Dapp<D>) {
    transfer::share_object(self)
}

/// Authority to write the dApp's global records in this transaction. Needed by the dApp's module,
/// which alone can make a `Permit<D>` and decides for whom it does.
///
/// #### Aborts
/// - `EWrongVersion`, `ESuspended`, `EPaused` if the dApp takes no writes.
public fun authorize_global<D>(
    self: &Dapp<D>,
    _: Permit<D>,
    clock: &Clock,
    ctx: &mut TxContext,
): GlobalAuth<D> {
    self.assert_writable();
    auth::new_global(ctx.sender(), self.fees, clock.timestamp_ms())
}

// === View functions ===

/// Whether `D` is registered.
public fun is_registered<D>(hub: &DappHub): bool {
    derived_object::exists(hub.uid(), DappKey<D>())
}

/// The address of `Dapp<D>`, registered or not. Needed by clients.
public fun derived_address<D>(hub: &DappHub): address {
    derived_object::derive_address(hub.uid().to_inner(), DappKey<D>())
}

/// The version of the valet package that may write for this dApp.
public fun version<D>(self: &Dapp<D>): u64 {
    self.version
}

/// What sessions may take at all.
public fun session_actions<D>(self: &Dapp<D>): ActionSet {
    self.session_actions
}

/// Whether the dApp's administrator paused it.
public fun is_paused<D>(self: &Dapp<D>): bool {
    self.is_paused
}

/// Whether the framework's administrator suspended it.
public fun is_suspended<D>(self: &Dapp<D>): bool {
    self.is_suspended
}

/// What a write costs now.
public fun fees<D>(self: &Dapp<D>): Fees {
    self.fees
}

/// The fees that wait, and those of the past.
public fun fee_plan<D>(self: &Dapp<D>): &FeePlan {
    df::borrow(&self.id, FeePlanKey())
}

/// How many priced writes a storage may owe.
public fun max_unsettled_writes<D>(self: &Dapp<D>): u64 {
    self.max_unsettled_writes
}

/// What the dApp says about itself.
public fun metadata<D>(self: &Dapp<D>): &Metadata {
    df::borrow(&self.id, MetadataKey())
}

/// The dApp that the capability administers.
public fun dapp_id<D>(cap: &DappAdminCap<D>): ID {
    cap.dapp_id
}

// === Admin functions ===

/// Replaces the texts. Needed by the dApp's administrator.
///
/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
/// - `metadata::EInvalidName`, `metadata::EDescriptionTooLong`, `metadata::EWebsiteTooLong` if a
///   text is out of bounds.
public fun set_metadata<D>(
    self: &mut Dapp<D>,
    _: &DappAdminCap<D>,
    name: String,
    description: String,
    website: String,
) {
    self.assert_version();
    let metadata = self.metadata_mut();
    *metadata = (*metadata).with_texts(name, description, website);
    self.emit_metadata_changed();
}

/// Lists one more package. Needed by the dApp's administrator after an upgrade.
///
/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
/// - `metadata::EPackageAlreadyListed` if it is listed.
/// - `metadata::ETooManyPackages` if the list is full.
public fun add_package<D>(self: &mut Dapp<D>, _: &DappAdminCap<D>, package: address) {
    self.assert_version();
    self.metadata_mut().add_package(package);
    self.emit_metadata_changed();
}

/// Says which actions sessions may take at all. It concerns live sessions at once: a session that
/// was granted all session actions follows it, one that was granted named actions only ever loses
/// by it. Needed by the dApp's administrator when an upgrade brings new actions.
///
/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
public fun set_session_actions<D>(
    self: &mut Dapp<D>,
    _: &DappAdminCap<D>,
    session_actions: ActionSet,
) {
    self.assert_version();
    let previous = self.session_actions;
    self.session_actions = session_actions;
    event::emit(SessionActionsChanged<D> {
        dapp_id: self.id.to_inner(),
        previous,
        session_actions,
    });
}

/// Sets how many priced writes a storage may owe. Needed by the dApp's administrator.
///
/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
/// - `EInvalidCeiling` if it is not between 1 and 1,000,000.
public fun set_max_unsettled_writes<D>(
    self: &mut Dapp<D>,
    _: &DappAdminCap<D>,
    max_unsettled_writes: u64,
) {
    self.assert_version();
    assert!(
        max_unsettled_writes > 0 && max_unsettled_writes <= MAX_MAX_UNSETTLED_WRITES,
        EInvalidCeiling,
    );
    let previous = self.max_unsettled_writes;
    self.max_unsettled_writes = max_unsettled_writes;
    event::emit(MaxUnsettledWritesChanged<D> {
        dapp_id: self.id.to_inner(),
        previous,
        max_unsettled_writes,
    });
}

/// Stops every write, by owners and sessions alike. Needed by the dApp's administrator; calling it
/// twice changes nothing.
///
/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
public fun pause<D>(self: &mut Dapp<D>, _: &DappAdminCap<D>) {
    self.set_paused(true)
}

/// Ends a pause. Needed by the dApp's administrator.
///
/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
public fun unpause<D>(self: &mut Dapp<D>, _: &DappAdminCap<D>) {
    self.set_paused(false)
}

/// Takes credit back that nothing was paid with yet. Needed by the dApp's administrator, at any
/// time: while the dApp is paused or suspended too. What users owe is not held back for them; it
/// waits for the next recharge, or they pay it themselves.
///
/// #### Aborts
/// - `dapp_storage::EWrongVersion` if the dApp is on another version.
/// - `dapp_storage::EZeroAmount` if the amount is zero.
/// - `credit::ERefundTooLarge` if there is not so much credit.
/// - `credit::EReserved` if less would remain than the framework requires.
public fun refund_credit<D>(
    _: &DappAdminCap<D>,
    dapp_storage: &mut DappStorage<D>,
    amount: u64,
    ctx: &mut TxContext,
): Coin<SUI> {
    dapp_storage.refund(amount, ctx)
}

/// Brings the dApp to the version of this package. From then on it takes no writes through earlier
/// packages, hence none by a package of the dApp that is linked to one. Needed by the dApp's
/// administrator, after the hub's migration and together with the upgrade of the dApp's package.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `ENothingToMigrate` if the dApp is on this version or a later one.
public fun migrate<D>(
    self: &mut Dapp<D>,
    _: &DappAdminCap<D>,
    dapp_storage: &mut DappStorage<D>,
    hub: &DappHub,
) {
    self.migrate_to_package(dapp_storage, hub)
}

// === Package functions ===

/// #### Aborts
/// - `EWrongVersion`, `ESuspended`, `EPaused` if the dApp takes no writes.
public(package) fun assert_writable<D>(self: &Dapp<D>) {
    self.assert_version();
    assert!(!self.is_suspended, ESuspended);
    assert!(!self.is_paused, EPaused);
}

/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
public(package) fun assert_version<D>(self: &Dapp<D>) {
    assert!(self.version == dapp_hub::package_version(), EWrongVersion);
}

/// #### Aborts
/// - As `migrate` does.
public(package) fun migrate_to_package<D>(
    self: &mut Dapp<D>,
    dapp_storage: &mut DappStorage<D>,
    hub: &DappHub,
) {
    hub.assert_version();
    let version = dapp_hub::package_version();
    assert!(self.version < version, ENothingToMigrate);
    let previous = self.version;
    self.version = version;
    dapp_storage.set_version(version);
    event::emit(DappMigrated<D> { dapp_id: self.id.to_inner(), previous, version });
}

public(package) fun set_suspended<D>(self: &mut Dapp<D>, is_suspended: bool) {
    self.is_suspended = is_suspended;
}

/// Lowers what writes cost from now on; returns what they did.
///
/// #### Aborts
/// - `EFeeIncrease` if either part of the price would rise.
public(package) fun lower_fees<D>(self: &mut Dapp<D>, fees: Fees, now_ms: u64): Fees {
    assert!(fees.is_at_most(&self.fees), EFeeIncrease);
    let (current, plan) = self.fees_mut();
    plan.replace(current, fees, now_ms)
}

/// The fees and their plan, for changes that wait.
public(package) fun fees_mut<D>(self: &mut Dapp<D>): (&mut Fees, &mut FeePlan) {
    (&mut self.fees, df::borrow_mut(&mut self.id, FeePlanKey()))
}

// === Private functions ===

fun metadata_mut<D>(self: &mut Dapp<D>): &mut Metadata {
    df::borrow_mut(&mut self.id, MetadataKey())
}

fun emit_metadata_changed<D>(self: &Dapp<D>) {
    event::emit(MetadataChanged<D> { dapp_id: self.id.to_inner(), metadata: *self.metadata() });
}

fun set_paused<D>(self: &mut Dapp<D>, is_paused: bool) {
    self.assert_version();
    self.is_paused = is_paused;
    event::emit(PauseChanged<D> { dapp_id: self.id.to_inner(), is_paused });
}

// === Test functions ===

#[test_only]
public fun dapp_registered_for_testing<D>(
    dapp_id: ID,
    version: u64,
    dapp_storage_id: ID,
    admin_cap_id: ID,
    metadata: Metadata,
    session_actions: ActionSet,
    fees: Fees,
    max_unsettled_writes: u64,
): DappRegistered<D> {
    DappRegistered {
        dapp_id,
        version,
        dapp_storage_id,
        admin_cap_id,
        metadata,
        session_actions,
        fees,
        max_unsettled_writes,
    }
}

#[test_only]
public fun metadata_changed_for_testing<D>(dapp_id: ID, metadata: Metadata): MetadataChanged<D> {
    MetadataChanged { dapp_id, metadata }
}

#[test_only]
public fun session_actions_changed_for_testing<D>(
    dapp_id: ID,
    previous: ActionSet,
    session_actions: ActionSet,
): SessionActionsChanged<D> {
    SessionActionsChanged { dapp_id, previous, session_actions }
}

#[test_only]
public fun max_unsettled_writes_changed_for_testing<D>(
    dapp_id: ID,
    previous: u64,
    max_unsettled_writes: u64,
): MaxUnsettledWritesChanged<D> {
    MaxUnsettledWritesChanged { dapp_id, previous, max_unsettled_writes }
}

#[test_only]
public fun pause_changed_for_testing<D>(dapp_id: ID, is_paused: bool): PauseChanged<D> {
    PauseChanged { dapp_id, is_paused }
}

#[test_only]
public fun dapp_migrated_for_testing<D>(dapp_id: ID, previous: u64, version: u64): DappMigrated<D> {
    DappMigrated { dapp_id, previous, version }
}

#[test_only]
public fun set_version_for_testing<D>(self: &mut Dapp<D>, version: u64) {
    self.version = version;
}
