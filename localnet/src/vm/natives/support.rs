//! What every native needs: taking arguments apart and common costs.

use crate::vm::{Value, VmStatus};

/// What most natives cost before they look at their arguments.
pub(super) const BASE: u64 = 52;
/// What reading a property of the transaction costs.
pub(super) const CONTEXT_GETTER: u64 = 30;
/// What a byte costs where bytes are counted.
pub(super) const PER_BYTE: u64 = 2;

const WRONG_ARITY: VmStatus =
    VmStatus::InvariantViolation("a native called with another number of arguments");

/// The arguments, or type arguments, of a native that takes exactly `N`.
pub(super) fn exactly<T: Copy, const N: usize>(arguments: &[T]) -> Result<[T; N], VmStatus> {
    <[T; N]>::try_from(arguments).map_err(|_| WRONG_ARITY)
}

/// The length of something in memory as the gas table counts it.
pub(super) fn length(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

/// A native's only result.
pub(super) fn returns<E>(value: impl Into<Value>) -> Result<Option<Value>, E> {
    Ok(Some(value.into()))
}
