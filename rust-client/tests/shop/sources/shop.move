/// Shop: a dApp that takes coins out of its users' purses, for the client's tests.
module shop::shop;

use sui::{clock::Clock, package::{Self, Publisher}};
use valet::{
    action_set,
    dapp::{Self, Dapp, DappAdminCap},
    dapp_hub::DappHub,
    purse,
    session,
    user_storage::UserStorage
};

// === Constants ===

/// Buying, by the owner or a session.
const ACTION_BUY: u8 = 0;

/// Where the coins go.
const TILL: address = @0x7111;

// === Structs ===

/// The one-time witness.
public struct SHOP has drop {}

/// The dApp's type.
public struct Shop()

// === Init ===

fun init(otw: SHOP, ctx: &mut TxContext) {
    package::claim_and_keep(otw, ctx);
}

// === Public functions ===

/// Registers the shop with valet and shares its objects. Needed by the publisher, once.
///
/// #### Aborts
/// - As `dapp::register` does.
public fun setup(
    hub: &mut DappHub,
    publisher: &Publisher,
    ctx: &mut TxContext,
): DappAdminCap<Shop> {
    let (dapp, dapp_storage, cap) = dapp::register<Shop>(
        hub,
        publisher,
        b"Shop".to_string(),
        b"Takes coins.".to_string(),
        b"".to_string(),
        action_set::from_actions(vector[ACTION_BUY]),
        ctx,
    );
    dapp.share();
    dapp_storage.share();
    cap
}

/// Takes `amount` from the user's purse, in `parts` draws of one authority.
///
/// #### Aborts
/// - As `session::authorize` and `purse::draw` do.
public fun buy<T>(
    dapp: &Dapp<Shop>,
    storage: &mut UserStorage<Shop>,
    amount: u64,
    parts: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let mut auth = session::authorize(dapp, storage, internal::permit(), ACTION_BUY, clock, ctx);
    parts.do!(|_| {
        purse::draw<Shop, T>(storage, &mut auth, amount / parts).send_funds(TILL);
    });
}
