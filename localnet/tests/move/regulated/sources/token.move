/// A coin whose issuer may deny it to addresses and pause it.
module regulated::token;

use sui::coin;

public struct TOKEN has drop {}

#[allow(deprecated_usage)]
fun init(witness: TOKEN, ctx: &mut TxContext) {
    let (mut treasury, deny_cap, metadata) = coin::create_regulated_currency_v2(
        witness,
        0,
        b"TOKEN",
        b"",
        b"",
        option::none(),
        true,
        ctx,
    );
    transfer::public_transfer(treasury.mint(1_000, ctx), ctx.sender());
    transfer::public_transfer(treasury, ctx.sender());
    transfer::public_transfer(deny_cap, ctx.sender());
    transfer::public_freeze_object(metadata);
}
