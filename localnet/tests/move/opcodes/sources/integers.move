/// Every integer instruction, at every width.
module opcodes::integers;

public fun u8_ops(a: u8, b: u8): vector<u8> { vector[a + b, a - b, a * b, a / b, a % b, a & b, a | b, a ^ b, a << 1, a >> 1] }

public fun u16_ops(a: u16, b: u16): vector<u16> { vector[a + b, a - b, a * b, a / b, a % b, a & b, a | b, a ^ b, a << 1, a >> 1] }

public fun u32_ops(a: u32, b: u32): vector<u32> { vector[a + b, a - b, a * b, a / b, a % b, a & b, a | b, a ^ b, a << 1, a >> 1] }

public fun u64_ops(a: u64, b: u64): vector<u64> { vector[a + b, a - b, a * b, a / b, a % b, a & b, a | b, a ^ b, a << 1, a >> 1] }

public fun u128_ops(a: u128, b: u128): vector<u128> { vector[a + b, a - b, a * b, a / b, a % b, a & b, a | b, a ^ b, a << 1, a >> 1] }

public fun u256_ops(a: u256, b: u256): vector<u256> { vector[a + b, a - b, a * b, a / b, a % b, a & b, a | b, a ^ b, a << 1, a >> 1] }

public fun compare(a: u64, b: u64): vector<bool> { vector[a < b, a > b, a <= b, a >= b, a == b, a != b, !(a == b)] }

public fun cast_down(a: u256): (u8, u16, u32, u64, u128) { (a as u8, a as u16, a as u32, a as u64, a as u128) }

public fun cast_up(a: u8): (u16, u32, u64, u128, u256) { (a as u16, a as u32, a as u64, a as u128, a as u256) }

public fun to_u8(a: u64): u8 { a as u8 }

public fun shift_left(a: u8, by: u8): u8 { a << by }

public fun wide(): (u128, u256) {
    (170141183460469231731687303715884105728, 0xff00000000000000000000000000000000000000000000000000000000000001)
}
