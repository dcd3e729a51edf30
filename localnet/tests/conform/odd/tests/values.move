/// Values of every kind, and tests with arguments.
#[test_only]
module odd::values;

use odd_fixtures::fixtures;
use odd_lib::lib;
use std::unit_test::assert_eq;

public struct Pair<A, B> has copy, drop, store { a: A, b: B }

public enum Tree has copy, drop {
    Leaf(u64),
    Node { left: u64, right: vector<u64> },
}

fun weight(tree: &Tree): u64 {
    match (tree) {
        Tree::Leaf(weight) => *weight,
        Tree::Node { left, right } => *left + (*right).fold!(0, |sum, weight| sum + weight),
    }
}

#[test]
fun enums() {
    let trees = vector[Tree::Leaf(2), Tree::Node { left: 3, right: vector[4, 5] }];
    assert_eq!(lib::sum_of!(&trees, |tree| weight(tree)), 14);
    assert_eq!(lib::rectangle(3, 4).area(), 12);
    assert_eq!(std::bcs::to_bytes(&lib::line(5)), x"010500000000000000");
}

#[test]
fun macros() {
    let mut count = 0;
    fixtures::twice!(|| count = count + 1);
    assert_eq!(count, 2);
    assert_eq!(lib::sum_of!(&vector[1, 2, 3], |x| *x * 2), 12);
    let squares = vector::tabulate!(5, |i| i * i);
    assert_eq!(squares.filter!(|x| *x % 2 == 0), vector[0, 4, 16]);
}

#[test]
fun generics() {
    let pair = Pair { a: Pair { a: 1u8, b: b"x" }, b: vector[option::some(true)] };
    let copied = pair;
    assert_eq!(copied, pair);
    let name = std::type_name::with_defining_ids<Pair<u8, vector<bool>>>();
    assert!(name.as_string().length() > 64);
}

#[random_test]
fun arithmetic_wraps_nowhere(a: u64, b: u64) {
    let sum = (a as u128) + (b as u128);
    assert_eq!((sum - (b as u128)) as u64, a);
    // fails for large numbers, with the same arguments in both machines
    let _ = a + b;
}

#[random_test]
fun vectors_of_anything(v: vector<vector<u8>>, address: address, flag: bool, big: u256) {
    let bytes = std::bcs::to_bytes(&v);
    assert!(bytes.length() >= v.length());
    let _ = if (flag) big / 2 else address.to_u256();
    abort (bytes.length() % 256)
}

#[test]
fun numbers_of_every_width() {
    let x = 0x1234_5678_9abc_def0u64;
    assert_eq!((x >> 32) as u32, 0x1234_5678);
    assert_eq!((x & 0xffff) as u16, 0xdef0);
    assert_eq!(((x as u256) << 128 >> 120) as u128, (x as u128) << 8);
    assert_eq!(18446744073709551615u64.divide_and_round_up(2), 9223372036854775808);
    assert_eq!(std::u64::pow(3, 20), 3486784401);
    assert_eq!(15241578750190521u128.sqrt(), 123456789);
}
