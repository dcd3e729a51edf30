//! Packed vectors to and from their serialised elements.

use super::super::{Value, VmStatus};
use super::body::{Body, on_vector};
use super::{Heap, VectorKind, WRONG_BODY};
use ruint::aliases::U256;
use sui_sdk_types::Address;

impl VectorKind {
    /// Bytes of a serialised element; 0 for elements of no fixed size.
    pub(in crate::vm) fn width(self) -> usize {
        match self {
            Self::Values => 0,
            Self::Bool | Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
            Self::U64 => 8,
            Self::U128 => 16,
            Self::U256 | Self::Address => 32,
        }
    }
}

impl Heap {
    /// The length of a vector.
    pub(in crate::vm) fn container_len(&self, vector: Value) -> Result<u64, VmStatus> {
        Ok(self.length(vector.as_container()?)? as u64)
    }

    /// The elements of a vector that is not packed.
    pub(in crate::vm) fn values(&self, vector: Value) -> Result<&[Value], VmStatus> {
        match self.body(vector.as_container()?)? {
            Body::Values(items) => Ok(items),
            _ => Err(WRONG_BODY),
        }
    }

    /// Appends the serialised elements of a packed vector of this kind.
    pub(in crate::vm) fn write_packed(
        &self,
        vector: Value,
        kind: VectorKind,
        out: &mut Vec<u8>,
    ) -> Result<(), VmStatus> {
        let body = self.body(vector.as_container()?)?;
        if body.kind() != Some(kind) {
            return Err(WRONG_BODY);
        }
        out.reserve(on_vector!(body, items => items.len(), else 0).saturating_mul(kind.width()));
        match body {
            Body::Bool(items) => out.extend(items.iter().map(|item| u8::from(*item))),
            Body::U8(items) => out.extend_from_slice(items),
            Body::U16(items) => items.iter().for_each(|item| out.extend(item.to_le_bytes())),
            Body::U32(items) => items.iter().for_each(|item| out.extend(item.to_le_bytes())),
            Body::U64(items) => items.iter().for_each(|item| out.extend(item.to_le_bytes())),
            Body::U128(items) => items.iter().for_each(|item| out.extend(item.to_le_bytes())),
            Body::U256(items) => items
                .iter()
                .for_each(|item| out.extend(item.to_le_bytes::<32>())),
            Body::Address(items) => items.iter().for_each(|item| out.extend(item.as_bytes())),
            _ => return Err(WRONG_BODY),
        }
        Ok(())
    }

    /// Makes a packed vector of the elements that `bytes`, a whole number of them, are.
    pub(in crate::vm) fn read_packed(
        &mut self,
        kind: VectorKind,
        bytes: &[u8],
    ) -> Result<Value, VmStatus> {
        let body = match kind {
            VectorKind::Values => return Err(WRONG_BODY),
            VectorKind::Bool => {
                if bytes.iter().any(|byte| *byte > 1) {
                    return Err(VmStatus::InvalidValue("a bool is 0 or 1"));
                }
                Body::Bool(bytes.iter().map(|byte| *byte == 1).collect())
            }
            VectorKind::U8 => Body::U8(bytes.to_vec()),
            VectorKind::U16 => Body::U16(chunks(bytes, u16::from_le_bytes)),
            VectorKind::U32 => Body::U32(chunks(bytes, u32::from_le_bytes)),
            VectorKind::U64 => Body::U64(chunks(bytes, u64::from_le_bytes)),
            VectorKind::U128 => Body::U128(chunks(bytes, u128::from_le_bytes)),
            VectorKind::U256 => Body::U256(chunks(bytes, U256::from_le_bytes::<32>)),
            VectorKind::Address => Body::Address(chunks(bytes, Address::new)),
        };
        self.insert(body)
    }
}

fn chunks<T, const N: usize>(bytes: &[u8], from: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| from(*chunk)).collect()
}
