/// The framework itself: its version, what new dApps pay, and where settled fees go.
///
/// There is one `DappHub`. No user's write takes it, so it is never contended; it is read when a
/// session is activated and written when a dApp registers.
module valet::dapp_hub;

use sui::event;
use valet::fees::{Self, Fees};

// === Errors ===

/// The hub belongs to another version of this package.
#[error(code = 0)]
const EWrongVersion: vector<u8> =
    b"The hub is on another version of the valet package; call the package of that version.";

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
    treasury: address,
}

/// Administration of the framework.
public struct HubAdminCap has key, store {
    id: UID,
    hub_id: ID,
}

// === Events ===

/// Emitted by `init`.
public struct HubCreated has copy, drop {
    hub_id: ID,
    default_fees: Fees,
    treasury: address,
}

/// Emitted by `set_default_fees`.
public struct DefaultFeesChanged has copy, drop {
    hub_id: ID,
    previous: Fees,
    fees: Fees,
}

fun init(ctx: &mut TxContext) {
    let treasury = ctx.sender();
    let hub = DappHub {
        id: object::new(ctx),
        version: VERSION,
        default_fees: fees::new(DEFAULT_FEE_PER_WRITE, DEFAULT_FEE_PER_BYTE),
        treasury,
    };
    let hub_id = hub.id.to_inner();
    event::emit(HubCreated { hub_id, default_fees: hub.default_fees, treasury });
    transfer::transfer(HubAdminCap { id: object::new(ctx), hub_id }, treasury);
    transfer::share_object(hub);
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

/// Where settled fees go.
public fun treasury(self: &DappHub): address {
    self.treasury
}

/// The hub that the capability administers.
public fun hub_id(cap: &HubAdminCap): ID {
    cap.hub_id
}

// === Admin functions ===

/// Sets what dApps pay that register from now on; registered ones keep their price. Needed by the
/// framework's administration.
///
/// #### Aborts
/// - `EWrongVersion` if the hub is on another version.
public fun set_default_fees(self: &mut DappHub, _: &HubAdminCap, fees: Fees) {
    self.assert_version();
    let previous = self.default_fees;
    self.default_fees = fees;
    event::emit(DefaultFeesChanged { hub_id: self.id.to_inner(), previous, fees });
}

// === Package functions ===

public(package) fun package_version(): u64 {
    VERSION
}

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

// === Test functions ===

#[test_only]
public fun hub_created_for_testing(hub_id: ID, default_fees: Fees, treasury: address): HubCreated {
    HubCreated { hub_id, default_fees, treasury }
}

#[test_only]
public fun default_fees_changed_for_testing(
    hub_id: ID,
    previous: Fees,
    fees: Fees,
): DefaultFeesChanged {
    DefaultFeesChanged { hub_id, previous, fees }
}

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) {
    init(ctx)
}

#[test_only]
public fun set_version_for_testing(self: &mut DappHub, version: u64) {
    self.version = version;
}
