#[allow(all)]
module generated::shared;

public fun both(a: bool, b: bool): bool { a == b }
public fun either(a: bool, b: bool): bool { a != b }
public fun flipped(_a: bool, b: bool): bool { !b }
public fun chosen(a: u64, b: u64, first: bool): u64 { if (first) a else b }

public fun same<T>(it: T): T { it }
public fun max(a: u64, b: u64): u64 { if (a > b) a else b }
public fun peek<T: copy>(it: &T): T { *it }
public fun depth(n: u16): u64 { if (n == 0) 0 else 1 + depth(n - 1) }
public fun lower(a: u8, b: u8): u8 { assert!(a >= b, 0x5eed); a - b }
public fun hash(bytes: vector<u8>): u64 {
    let hash = std::hash::sha2_256(bytes);
    let (mut i, mut sum) = (0, 0u64);
    while (i < 7) { sum = sum << 8 | (hash[i] as u64); i = i + 1 };
    sum
}
