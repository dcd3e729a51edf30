//! Containers while they are filled with what is made after them.

use super::super::{Value, VmStatus};
use super::Heap;
use super::body::Body;

/// A container whose content is not complete. Its entry is its own already, so that what goes into it takes others; one that
/// is never closed is lost until the heap is cleared.
#[derive(Debug)]
pub(in crate::vm) struct Open {
    entry: Option<u32>,
    content: Vec<Value>,
}

impl Open {
    /// Adds a field or an element.
    #[inline]
    pub(in crate::vm) fn push(&mut self, value: Value) {
        self.content.push(value);
    }

    /// Adds several at once.
    #[inline]
    pub(super) fn extend(&mut self, values: &[Value]) {
        self.content.extend_from_slice(values);
    }
}

impl Heap {
    /// Begins a container of at least so many values.
    #[inline]
    pub(in crate::vm) fn open(&mut self, count: usize) -> Open {
        let entry = self.next_entry();
        let place = entry.and_then(|index| self.entries.get_mut(index as usize));
        let mut content = match place.map(|entry| &mut entry.body) {
            Some(Body::Struct(buffer)) => std::mem::take(buffer),
            _ => Vec::new(),
        };
        content.reserve_exact(count);
        Open { entry, content }
    }

    /// Makes a struct of what was added.
    #[inline]
    pub(in crate::vm) fn close_struct(&mut self, open: Open) -> Result<Value, VmStatus> {
        self.fill(open.entry, Body::Struct(open.content))
    }

    /// Makes variant `tag` of what was added.
    pub(in crate::vm) fn close_variant(&mut self, tag: u16, open: Open) -> Result<Value, VmStatus> {
        self.fill(open.entry, Body::Variant(tag, open.content))
    }

    /// Makes a vector, of what is not packed, of what was added.
    pub(in crate::vm) fn close_vector(&mut self, open: Open) -> Result<Value, VmStatus> {
        self.fill(open.entry, Body::Values(open.content))
    }
}
