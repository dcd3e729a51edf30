//! Integer and boolean operations on operands of equal type.

use super::super::{Value, VmStatus};
use ruint::aliases::U256;

const MISMATCH: VmStatus =
    VmStatus::InvariantViolation("operands of different or unexpected types");

/// Defines a checked binary operation: `None` is an arithmetic error.
macro_rules! checked {
    ($name:ident, $method:ident) => {
        #[inline]
        pub(super) fn $name(left: Value, right: Value) -> Result<Value, VmStatus> {
            let result = match (left, right) {
                (Value::U64(left), Value::U64(right)) => left.$method(right).map(Value::from),
                (Value::U8(left), Value::U8(right)) => left.$method(right).map(Value::from),
                (Value::U16(left), Value::U16(right)) => left.$method(right).map(Value::from),
                (Value::U32(left), Value::U32(right)) => left.$method(right).map(Value::from),
                (Value::U128(left), Value::U128(right)) => {
                    u128::from(left).$method(u128::from(right)).map(Value::from)
                }
                (Value::U256(left), Value::U256(right)) => left.$method(right).map(Value::from),
                _ => return Err(MISMATCH),
            };
            match result {
                Some(value) => Ok(value),
                None => Err(VmStatus::ArithmeticError),
            }
        }
    };
}

checked!(add, checked_add);
checked!(sub, checked_sub);
checked!(mul, checked_mul);
checked!(div, checked_div);
checked!(rem, checked_rem);

/// Defines a bitwise operation.
macro_rules! bitwise {
    ($name:ident, $operator:tt) => {
        #[inline]
        pub(super) fn $name(left: Value, right: Value) -> Result<Value, VmStatus> {
            Ok(match (left, right) {
                (Value::U64(left), Value::U64(right)) => (left $operator right).into(),
                (Value::U8(left), Value::U8(right)) => (left $operator right).into(),
                (Value::U16(left), Value::U16(right)) => (left $operator right).into(),
                (Value::U32(left), Value::U32(right)) => (left $operator right).into(),
                (Value::U128(left), Value::U128(right)) => {
                    (u128::from(left) $operator u128::from(right)).into()
                }
                (Value::U256(left), Value::U256(right)) => (left $operator right).into(),
                _ => return Err(MISMATCH),
            })
        }
    };
}

bitwise!(bit_or, |);
bitwise!(bit_and, &);
bitwise!(bit_xor, ^);

/// `value << amount`; bits that leave the integer are lost, an amount of the bit width or more is an error.
#[inline]
pub(super) fn shl(value: Value, amount: u8) -> Result<Value, VmStatus> {
    let bits = u32::from(amount);
    let result = match value {
        Value::U64(value) => value.checked_shl(bits).map(Value::from),
        Value::U8(value) => value.checked_shl(bits).map(Value::from),
        Value::U16(value) => value.checked_shl(bits).map(Value::from),
        Value::U32(value) => value.checked_shl(bits).map(Value::from),
        Value::U128(value) => u128::from(value).checked_shl(bits).map(Value::from),
        // Every amount a byte can hold is below 256.
        Value::U256(value) => Some((value << usize::from(amount)).into()),
        _ => return Err(MISMATCH),
    };
    result.ok_or(VmStatus::ArithmeticError)
}

/// `value >> amount`; an amount of the bit width or more is an error.
#[inline]
pub(super) fn shr(value: Value, amount: u8) -> Result<Value, VmStatus> {
    let bits = u32::from(amount);
    let result = match value {
        Value::U64(value) => value.checked_shr(bits).map(Value::from),
        Value::U8(value) => value.checked_shr(bits).map(Value::from),
        Value::U16(value) => value.checked_shr(bits).map(Value::from),
        Value::U32(value) => value.checked_shr(bits).map(Value::from),
        Value::U128(value) => u128::from(value).checked_shr(bits).map(Value::from),
        Value::U256(value) => Some((value >> usize::from(amount)).into()),
        _ => return Err(MISMATCH),
    };
    result.ok_or(VmStatus::ArithmeticError)
}

/// Orders two integers of the same width.
#[inline]
pub(super) fn compare(left: Value, right: Value) -> Result<std::cmp::Ordering, VmStatus> {
    Ok(match (left, right) {
        (Value::U64(left), Value::U64(right)) => left.cmp(&right),
        (Value::U8(left), Value::U8(right)) => left.cmp(&right),
        (Value::U16(left), Value::U16(right)) => left.cmp(&right),
        (Value::U32(left), Value::U32(right)) => left.cmp(&right),
        (Value::U128(left), Value::U128(right)) => u128::from(left).cmp(&u128::from(right)),
        (Value::U256(left), Value::U256(right)) => left.cmp(&right),
        _ => return Err(MISMATCH),
    })
}

/// Defines a cast; a value that does not fit is an arithmetic error.
macro_rules! cast {
    ($name:ident, $target:ty) => {
        pub(super) fn $name(value: Value) -> Result<Value, VmStatus> {
            let result = match value {
                Value::U8(value) => <$target>::try_from(value).ok(),
                Value::U16(value) => <$target>::try_from(value).ok(),
                Value::U32(value) => <$target>::try_from(value).ok(),
                Value::U64(value) => <$target>::try_from(value).ok(),
                Value::U128(value) => <$target>::try_from(u128::from(value)).ok(),
                Value::U256(value) => <$target>::try_from(value).ok(),
                _ => return Err(MISMATCH),
            };
            result.map(Value::from).ok_or(VmStatus::ArithmeticError)
        }
    };
}

cast!(cast_u8, u8);
cast!(cast_u16, u16);
cast!(cast_u32, u32);
cast!(cast_u64, u64);
cast!(cast_u128, u128);
cast!(cast_u256, U256);

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: Result<Value, VmStatus> = Err(VmStatus::ArithmeticError);

    #[test]
    fn every_width_overflows_at_its_own_limit() {
        let max: [Value; 6] = [
            u8::MAX.into(),
            u16::MAX.into(),
            u32::MAX.into(),
            u64::MAX.into(),
            u128::MAX.into(),
            U256::MAX.into(),
        ];
        let one: [Value; 6] = [
            1u8.into(),
            1u16.into(),
            1u32.into(),
            1u64.into(),
            1u128.into(),
            U256::ONE.into(),
        ];
        let zero: [Value; 6] = [
            0u8.into(),
            0u16.into(),
            0u32.into(),
            0u64.into(),
            0u128.into(),
            U256::ZERO.into(),
        ];
        for ((max, one), zero) in max.into_iter().zip(one).zip(zero) {
            assert_eq!(add(max, one), ERROR);
            assert_eq!(add(max, zero), Ok(max));
            assert_eq!(sub(zero, one), ERROR);
            assert_eq!(sub(max, max), Ok(zero));
            assert_eq!(mul(max, max), ERROR);
            assert_eq!(mul(max, one), Ok(max));
            assert_eq!(div(max, zero), ERROR);
            assert_eq!(div(max, max), Ok(one));
            assert_eq!(rem(max, zero), ERROR);
            assert_eq!(rem(max, max), Ok(zero));
            assert_eq!(bit_xor(max, max), Ok(zero));
            assert_eq!(bit_and(max, one), Ok(one));
            assert_eq!(bit_or(zero, one), Ok(one));
            assert_eq!(compare(zero, max), Ok(std::cmp::Ordering::Less));
            assert_eq!(cast_u256(one), Ok(U256::ONE.into()));
            assert_eq!(cast_u8(one), Ok(1u8.into()));
        }
    }

    #[test]
    fn shifts_lose_bits_and_refuse_the_bit_width() {
        assert_eq!(shl(0xffu8.into(), 4), Ok(0xf0u8.into()));
        assert_eq!(shl(1u8.into(), 8), ERROR);
        assert_eq!(shr(1u16.into(), 16), ERROR);
        assert_eq!(shl(1u32.into(), 31), Ok((1u32 << 31).into()));
        assert_eq!(shl(1u64.into(), 64), ERROR);
        assert_eq!(shr(u128::MAX.into(), 127), Ok(1u128.into()));
        assert_eq!(shl(1u128.into(), 128), ERROR);
        assert_eq!(
            shl(U256::ONE.into(), 255),
            Ok((U256::ONE << 255usize).into())
        );
        assert_eq!(shr(U256::MAX.into(), 255), Ok(U256::ONE.into()));
    }

    #[test]
    fn casts_keep_the_value_or_fail() {
        assert_eq!(cast_u8(255u64.into()), Ok(255u8.into()));
        assert_eq!(cast_u8(256u64.into()), ERROR);
        assert_eq!(cast_u16(U256::from(65_536u64).into()), ERROR);
        assert_eq!(cast_u32(u32::MAX.into()), Ok(u32::MAX.into()));
        assert_eq!(cast_u64((u128::from(u64::MAX) + 1).into()), ERROR);
        assert_eq!(
            cast_u128(U256::from(u128::MAX).into()),
            Ok(u128::MAX.into())
        );
        assert_eq!(cast_u128((U256::from(u128::MAX) + U256::ONE).into()), ERROR);
    }

    #[test]
    fn operands_of_different_types_are_an_invariant_violation() {
        assert_eq!(add(1u8.into(), 1u64.into()), Err(MISMATCH));
        assert_eq!(compare(true.into(), false.into()), Err(MISMATCH));
        assert_eq!(shl(true.into(), 1), Err(MISMATCH));
        assert_eq!(cast_u8(false.into()), Err(MISMATCH));
    }
}
