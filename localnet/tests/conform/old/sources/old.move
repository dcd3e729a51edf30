/// As Move was written before: legacy syntax, `friend`, `spec`, addresses by number, and modules of one name.
module old::m {
    use std::vector;
    use sui::object::{Self, UID};
    use sui::tx_context::TxContext;

    friend old::n;

    struct Thing has key, store { id: UID, numbers: vector<u64> }

    spec module { pragma verify = false; }

    public fun new(ctx: &mut TxContext): Thing { Thing { id: object::new(ctx), numbers: vector::empty() } }

    public fun eat(thing: Thing): u64 {
        let Thing { id, numbers } = thing;
        object::delete(id);
        vector::length(&numbers)
    }

    public(friend) fun secret(): u64 { 5 }

    #[test]
    fun same_name() { assert!(eat(new(&mut sui::tx_context::dummy())) == 0, 1); abort 1 }

    #[test]
    #[expected_failure(abort_code = 1)]
    fun aborts() { assert!(eat(new(&mut sui::tx_context::dummy())) == 1, 1); }

    #[test(a = @admin, b = @0x5)]
    fun with_arguments(a: address, b: address) { assert!(a != b, 2); }
}

module old::n {
    public fun secret(): u64 { old::m::secret() }
}

module other::m {
    #[test_only]
    use oldtest::helpers;

    #[test]
    fun same_name() { abort 2 }

    #[test]
    fun of_a_dependency_for_tests() { assert!(helpers::two() == 2, 0); }

    #[test]
    fun a_substituted_address() { assert!(oldlib::lib::external() == @0xabc, 0); }

    #[test]
    fun test_code_of_a_dependency() { assert!(oldlib::lib::secret() == 99, 7); abort old::n::secret() }
}

module 0xcafe::m {
    #[test]
    fun same_name() { abort 3 }
}
