#[test_only]
extend module extended::own;

use std::unit_test::assert_eq;

public fun peek(self: &Secret): u64 { self.number }

#[test]
fun passes_in_an_extension() { assert_eq!(new(4).number, 4); assert_eq!(hidden(), 8) }

#[test]
fun fails_in_an_extension() { abort hidden() }
