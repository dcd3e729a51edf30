//! Canonical bytes and digests of what every transaction makes: type tags, objects, effects, events and checkpoints.
//!
//! The SDK's types serialise themselves through serde, an address and a digest byte by byte, and hash as they go. Here the
//! same bytes are written straight into a buffer, which is hashed at once. The tests compare every kind with the SDK.

mod bytes;
mod checkpoints;
mod effects;
mod objects;
mod tags;
#[cfg(test)]
mod tests;

pub(crate) use self::checkpoints::{contents_digest, summary_digest};
pub(crate) use self::effects::{effects_digest, events_digest};
pub(crate) use self::objects::{move_type_size, object_digest};
pub(crate) use self::tags::{balance_key_type, child_id, type_tag};

/// The BLAKE2b-256 hash of some bytes.
fn hash(bytes: &[u8]) -> [u8; 32] {
    salted_hash(&[], bytes)
}

/// The BLAKE2b-256 hash of a salt and of the bytes that follow it.
pub(crate) fn salted_hash(salt: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    let hashed = blake2b_simd::Params::new()
        .hash_length(hash.len())
        .to_state()
        .update(salt)
        .update(bytes)
        .finalize();
    for (to, from) in hash.iter_mut().zip(hashed.as_bytes()) {
        *to = *from;
    }
    hash
}
