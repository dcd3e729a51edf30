//! The memory of ended executions, for the next ones.

use std::sync::{Mutex, PoisonError};

use super::Heap;

/// How many heaps wait at most; more than threads execute at once.
const MOST_HEAPS: usize = 16;
/// How many entries and locals a waiting heap keeps: many times what usual transactions need.
const KEPT_ENTRIES: usize = 1_024;
const KEPT_LOCALS: usize = 4_096;

/// Heaps without values, whose buffers are the size that earlier transactions needed.
#[derive(Debug, Default)]
pub(in crate::vm) struct Heaps(Mutex<Vec<Heap>>);

impl Heaps {
    /// A heap without values.
    pub(in crate::vm) fn take(&self) -> Heap {
        let mut heaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heaps.pop().unwrap_or_default()
    }

    /// Forgets all values of a heap and keeps its memory, if it is not too much.
    pub(in crate::vm) fn give_back(&self, mut heap: Heap) {
        heap.clear();
        let mut heaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heaps.len() < MOST_HEAPS {
            heaps.push(heap);
        }
    }
}

impl Heap {
    fn clear(&mut self) {
        self.locals.clear();
        self.locals.shrink_to(KEPT_LOCALS);
        self.free.clear();
        self.free.shrink_to(KEPT_ENTRIES);
        self.entries.truncate(KEPT_ENTRIES);
        self.entries.shrink_to(KEPT_ENTRIES);
        for entry in self.entries.iter_mut().take(self.touched as usize) {
            entry.free();
        }
        self.touched = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::VmStatus;
    use super::*;

    #[test]
    fn a_heap_that_is_used_again_has_no_value_of_before() {
        let heaps = Heaps::default();
        let mut heap = heaps.take();
        let inner = heap.pack(&[1u64.into()]).expect("a struct");
        let old = heap.pack(&[inner]).expect("a struct");
        heap.locals.push(old);
        heaps.give_back(heap);
        let mut heap = heaps.take();
        assert!(heap.locals.is_empty());
        assert_eq!((heap.entries.len(), heap.touched), (2, 0));
        assert!(matches!(
            heap.field(old, 0),
            Err(VmStatus::InvariantViolation(_))
        ));
        let new = heap.pack(&[2u64.into()]).expect("a struct");
        assert_eq!(heap.fields(new), Ok(&[2u64.into()][..]));
        assert_eq!(heap.entries.len(), 2, "an entry of before is used");
    }

    #[test]
    fn a_large_heap_gives_its_memory_back() {
        let heaps = Heaps::default();
        let mut heap = heaps.take();
        for number in 0..100_000u64 {
            heap.pack(&[number.into()]).expect("a struct");
        }
        heaps.give_back(heap);
        let heap = heaps.take();
        assert_eq!(heap.entries.capacity(), KEPT_ENTRIES);
        assert_eq!(heap.entries.len(), KEPT_ENTRIES);
    }
}
