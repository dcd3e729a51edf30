/// An object whose id is called otherwise when one letter of its name changes.
module hostile::thing;

public struct Thing has key { id: UID }

public fun give(ctx: &mut TxContext) {
    transfer::transfer(Thing { id: object::new(ctx) }, ctx.sender())
}
