/* #[test] fun commented() {} /* nested */ #[test_only] */
/// `#[test]` in a comment, and `#[test_only]`, and an unbalanced ( bracket.
module odd::odd;

use odd_lib::lib::{Self, Shelf};
#[test_only]
use odd_fixtures::fixtures;
#[test_only]
use std::unit_test::{assert_eq, destroy};

const EPlain: u64 = 5;

public struct ODD has drop {}

public struct Counter has key {
    id: UID,
    count: u64,
}

public fun text(): vector<u8> { b"#[test] fun in_a_string() { \" }" }

fun init(_: ODD, ctx: &mut TxContext) { transfer::transfer(Counter { id: object::new(ctx), count: 0 }, ctx.sender()) }

public fun fail(code: u64) { abort code }

#[test]
fun inline_test() { assert_eq!(fixtures::answer(), 42) }

#[
    test,
    expected_failure(
        // the module's own constant
        abort_code = EPlain,
        location = odd::odd
    )
]
fun spread_over_lines() { fail(EPlain) }

#[test]
#[allow(unused_variable)]
#[expected_failure(abort_code = 5)]
fun several_attributes() { let x = 1; fail(5) }

#[test]
fun witness_and_initializer() {
    let mut scenario = sui::test_scenario::begin(@0xa);
    init(ODD {}, scenario.ctx());
    scenario.next_tx(@0xa);
    let counter = scenario.take_from_sender<Counter>();
    assert_eq!(counter.count, 0);
    scenario.return_to_sender(counter);
    scenario.end();
}

#[test, expected_failure(abort_code = odd_lib::lib::ETooBig)]
fun error_constant_of_another_module() { lib::line(1001).area(); }

#[test_only]
public fun open(shelf: Shelf<ODD, u64>) { destroy(shelf) }

#[mode(test, spec)]
fun helper(): u64 { 1 }

#[test]
fun uses_a_moded_helper() { assert_eq!(helper(), 1) }
