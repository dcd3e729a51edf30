/// A coin that anybody can mint: what the property test puts into purses beside SUI.
module workload::pebble;

use sui::{balance::{Self, Supply}, coin::Coin};

// === Structs ===

/// The coin's type.
public struct Pebble() has drop;

/// Mints. Shared.
public struct Quarry has key {
    id: UID,
    supply: Supply<Pebble>,
}

fun init(ctx: &mut TxContext) {
    let supply = balance::create_supply(Pebble());
    transfer::share_object(Quarry { id: object::new(ctx), supply });
}

// === Public functions ===

/// A coin of `value`.
public fun mint(self: &mut Quarry, value: u64, ctx: &mut TxContext): Coin<Pebble> {
    self.supply.increase_supply(value).into_coin(ctx)
}
