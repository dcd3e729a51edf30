/// In the syntax of before 2024, at an address of its own.
module odd_base::base {
    use sui::object::{Self, UID};
    use sui::transfer;
    use sui::tx_context::{Self, TxContext};

    const EOdd: u64 = 77;

    struct Thing has key, store { id: UID, size: u64 }

    public fun make(size: u64, ctx: &mut TxContext): Thing { Thing { id: object::new(ctx), size } }

    public fun size(thing: &Thing): u64 { thing.size }

    public fun refuse_odd(x: u64) { assert!(x % 2 == 0, EOdd) }

    public fun send(thing: Thing, ctx: &TxContext) { transfer::public_transfer(thing, tx_context::sender(ctx)) }

    public fun unmake(thing: Thing): u64 {
        let Thing { id, size } = thing;
        object::delete(id);
        size
    }

    #[test_only]
    public fun sized_for_testing(ctx: &mut TxContext): Thing { make(3, ctx) }

    #[test]
    #[expected_failure(abort_code = 77)]
    fun tests_of_dependencies_are_not_run() { refuse_odd(1) }
}
