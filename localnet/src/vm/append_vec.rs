//! A vector that only grows, whose elements can be read without a lock.

use std::sync::{Mutex, OnceLock, PoisonError};

const CHUNKS: usize = 32;
/// Size of the first chunk; each next chunk is twice as large as the one before.
const FIRST: usize = 64;

/// Elements never move once pushed, so `&self` hands out plain references that live as long as the vector. Readers take no
/// lock, which matters because the interpreter reads instances and types at every call.
#[derive(Debug)]
pub(crate) struct AppendVec<T> {
    chunks: [OnceLock<Box<[OnceLock<T>]>>; CHUNKS],
    len: Mutex<u32>,
}

impl<T> Default for AppendVec<T> {
    fn default() -> Self {
        Self {
            chunks: [const { OnceLock::new() }; CHUNKS],
            len: Mutex::new(0),
        }
    }
}

impl<T> AppendVec<T> {
    /// Adds an element and returns its index, or `None` when the index space is exhausted.
    pub(crate) fn push(&self, value: T) -> Option<u32> {
        let mut len = self.len.lock().unwrap_or_else(PoisonError::into_inner);
        let index = *len;
        let next = index.checked_add(1)?;
        let (chunk, offset) = position(index);
        let slots = self
            .chunks
            .get(chunk)?
            .get_or_init(|| (0..FIRST << chunk).map(|_| OnceLock::new()).collect());
        slots.get(offset)?.set(value).ok()?;
        *len = next;
        Some(index)
    }

    /// How many elements there are.
    pub(crate) fn len(&self) -> u32 {
        *self.len.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The element at `index`, if it has been pushed.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        let (chunk, offset) = position(index);
        self.chunks.get(chunk)?.get()?.get(offset)?.get()
    }
}

#[inline]
fn position(index: u32) -> (usize, usize) {
    let biased = index as usize + FIRST;
    let chunk = (biased.ilog2() - FIRST.ilog2()) as usize;
    (chunk, biased - (FIRST << chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_index_across_chunks() {
        let vector = AppendVec::default();
        let first = vector
            .push(0u32)
            .map(|index| (index, vector.get(index).copied()));
        assert_eq!(first, Some((0, Some(0))));
        for value in 1..1000 {
            assert_eq!(vector.push(value), Some(value));
        }
        for value in 0..1000 {
            assert_eq!(vector.get(value), Some(&value));
        }
        assert_eq!(vector.get(1000), None);
        assert_eq!(vector.len(), 1000);
    }
}
