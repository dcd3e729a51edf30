/// Every way in which a test can say that it fails, and tests that fail.
#[test_only]
module odd::failures;

use odd::odd;
use odd_base::base;
use odd_lib::lib;

const EMine: u64 = 12;
#[error]
const EClever: vector<u8> = b"clever";

#[test, expected_failure]
fun anything() { odd::fail(1) }

#[test, expected_failure(abort_code = 12)]
fun literal() { abort 12 }

#[test, expected_failure(abort_code = EMine)]
fun constant() { abort EMine }

#[test, expected_failure(abort_code = ::odd_base::base::EOdd, location = odd_base::base)]
fun constant_elsewhere() { base::refuse_odd(1) }

#[test, expected_failure(abort_code = EClever)]
fun clever() { abort EClever }

#[test, expected_failure(abort_code = lib::ENameless)]
fun clever_elsewhere() {
    let mut ctx = tx_context::dummy();
    let thing = base::make(10, &mut ctx);
    lib::check(&thing);
    abort 0
}

#[test, expected_failure(arithmetic_error, location = Self)]
fun overflow() { 255u8 + (odd::text().length() as u8); let x = 0u64; x - 1; }

#[test, expected_failure(arithmetic_error, location = odd_lib::lib)]
fun cast_elsewhere() { lib::wrong_sum(); }

#[test, expected_failure(vector_error, minor_status = 1, location = Self)]
fun out_of_bounds() { let v = vector[1u64]; let _ = v[odd::text().length()]; }

#[test, expected_failure(vector_error, minor_status = 2, location = Self)]
fun pop_of_nothing() { let mut v: vector<u8> = vector[]; v.pop_back(); }

#[test, expected_failure(major_status = 4016, minor_status = 3, location = Self)]
fun by_number() { abort 3 }

#[test, expected_failure(out_of_gas, location = Self)]
fun asserted_without_a_code() { assert!(odd::text().is_empty()) }

#[test]
fun fails_unexpectedly() { abort 9 }

#[test, expected_failure(abort_code = 1)]
fun fails_otherwise_than_expected() { abort 2 }

#[test, expected_failure]
fun passes_unexpectedly() {}

#[test]
fun abort_without_a_code() { abort }

#[test]
fun abort_with_the_largest_plain_code() { abort 0x7FFF_FFFF_FFFF_FFFF }

#[test]
fun too_deep() { assert!(down(0) > 0) }

fun down(x: u64): u64 { down(x + 1) + 1 }

#[test]
fun too_deep_a_shift() { let by = odd::text().length() as u8; let _ = 1u8 << (by + 8); }

#[test]
fun missing_field() {
    let mut ctx = tx_context::dummy();
    let id = object::new(&mut ctx);
    let _: &u64 = sui::dynamic_field::borrow(&id, b"nothing");
    abort 1
}

#[test]
fun field_of_another_type() {
    let mut ctx = tx_context::dummy();
    let mut id = object::new(&mut ctx);
    sui::dynamic_field::add(&mut id, 1u8, true);
    let _: &u64 = sui::dynamic_field::borrow(&id, 1u8);
    abort 1
}

#[test]
fun nothing_to_take() {
    let scenario = sui::test_scenario::begin(@0xb);
    let thing = scenario.take_from_sender<base::Thing>();
    base::unmake(thing);
    scenario.end();
}

#[test]
fun all_bits_are_no_error_constant() { abort 0xFFFF_FFFF_FFFF_FFFF }

#[test]
fun the_highest_bit_alone_is_one() { abort 0x80FF_0001_FFFF_FFFF }
