/// Gold: a coin that is not SUI, for the client's tests.
module shop::gold;

use sui::balance::{Self, Supply};

// === Structs ===

/// The one-time witness, and the coin's type.
public struct GOLD has drop {}

/// Keeps the supply, which nobody can change.
public struct Mint has key {
    id: UID,
    supply: Supply<GOLD>,
}

// === Init ===

fun init(otw: GOLD, ctx: &mut TxContext) {
    let mut supply = balance::create_supply(otw);
    let coin = supply.increase_supply(1_000).into_coin(ctx);
    transfer::public_transfer(coin, ctx.sender());
    transfer::freeze_object(Mint { id: object::new(ctx), supply });
}
