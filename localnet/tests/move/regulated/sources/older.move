/// A coin on the first version of the deny list, as those made before the second still are.
module regulated::older;

use sui::coin;

public struct OLDER has drop {}

#[allow(deprecated_usage)]
fun init(witness: OLDER, ctx: &mut TxContext) {
    let (mut treasury, deny_cap, metadata) = coin::create_regulated_currency(
        witness,
        0,
        b"OLDER",
        b"",
        b"",
        option::none(),
        ctx,
    );
    transfer::public_transfer(treasury.mint(1_000, ctx), ctx.sender());
    transfer::public_transfer(treasury, ctx.sender());
    transfer::public_transfer(deny_cap, ctx.sender());
    transfer::public_freeze_object(metadata);
}
