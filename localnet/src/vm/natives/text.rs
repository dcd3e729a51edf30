//! `std::string`: the parts of UTF-8 handling that Move leaves to the machine.

use std::str;

use super::support::{BASE, PER_BYTE, exactly, length, returns};
use crate::vm::{NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

const NOT_UTF8: VmStatus = VmStatus::InvariantViolation("a string that is not UTF-8");
/// What a slice whose end precedes its start aborts with; `std::string` rules it out before asking.
const INVERTED_RANGE: u64 = 1;

pub(super) fn check_utf8(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [bytes] = exactly(arguments)?;
    let size = length(context.heap.bytes(bytes)?);
    context.charge(BASE + PER_BYTE * size)?;
    returns(str::from_utf8(context.heap.bytes(bytes)?).is_ok())
}

pub(super) fn is_char_boundary(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [text, index] = exactly(arguments)?;
    let text = utf8(context, text)?;
    let index = usize::try_from(index.as_u64()?);
    returns(index.is_ok_and(|index| text.is_char_boundary(index)))
}

pub(super) fn sub_string(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [text, start, end] = exactly(arguments)?;
    let (start, end) = (start.as_u64()?, end.as_u64()?);
    let size = end
        .checked_sub(start)
        .ok_or(NativeError::Abort(INVERTED_RANGE))?;
    context.charge(PER_BYTE.saturating_mul(size))?;
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let slice = range
        .and_then(|(start, end)| utf8(context, text).ok()?.get(start..end))
        .ok_or(VmStatus::InvariantViolation(
            "a slice of a string outside of it",
        ))?
        .as_bytes()
        .to_vec();
    returns(context.heap.vector_u8(slice)?)
}

pub(super) fn index_of(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [text, pattern] = exactly(arguments)?;
    let sizes = length(context.heap.bytes(text)?) + length(context.heap.bytes(pattern)?);
    context.charge(BASE + PER_BYTE * sizes)?;
    let (text, pattern) = (utf8(context, text)?, utf8(context, pattern)?);
    // Move says "not found" by the length of the text.
    returns(text.find(pattern).unwrap_or(text.len()) as u64)
}

fn utf8<'a>(context: &'a NativeContext<'_, '_>, bytes: Value) -> Result<&'a str, VmStatus> {
    str::from_utf8(context.heap.bytes(bytes)?).map_err(|_| NOT_UTF8)
}
