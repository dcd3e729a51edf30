/// An initializer with a one-time witness.
module ptb::witness;

public struct WITNESS has drop {}

public struct Cap has key, store { id: UID }

public struct Initialized has copy, drop { by: address }

fun init(witness: WITNESS, ctx: &mut TxContext) {
    assert!(sui::types::is_one_time_witness(&witness), 0);
    sui::event::emit(Initialized { by: ctx.sender() });
    transfer::transfer(Cap { id: object::new(ctx) }, ctx.sender());
}
