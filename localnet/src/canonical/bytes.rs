//! The primitives of the encoding.

use serde::Serialize;
use sui_sdk_types::Digest;

/// A length or the number of a variant, in base 128.
pub(super) fn length(out: &mut Vec<u8>, value: usize) {
    let mut value = value as u64;
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// How many bytes [`length`] writes.
pub(super) fn length_size(mut value: usize) -> usize {
    let mut size = 1;
    while value >= 0x80 {
        value >>= 7;
        size += 1;
    }
    size
}

/// Bytes behind their length.
pub(super) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend_from_slice(bytes);
}

pub(super) fn u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// A digest, which for historical reasons has a length.
pub(super) fn digest(out: &mut Vec<u8>, digest: &Digest) {
    bytes(out, digest.as_bytes());
}

pub(super) fn option<T>(
    out: &mut Vec<u8>,
    value: Option<&T>,
    write: impl FnOnce(&mut Vec<u8>, &T),
) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        write(out, value);
    }
}

/// What is too rare to be written by hand.
pub(super) fn other(out: &mut Vec<u8>, value: &impl Serialize) {
    // Only what is nested hundreds of levels deep or longer than 2^31 has no encoding; no part of a transaction is.
    let _ = bcs::serialize_into(out, value);
}
