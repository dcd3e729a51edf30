//! The arena that owns every struct, enum and vector of one transaction.

mod body;
mod deep;
mod open;
mod packed;
mod pool;
mod vector;

use self::body::Body;
pub(super) use self::open::Open;
pub(super) use self::pool::Heaps;
use super::{Handle, Reference, Value, VmStatus};

pub use self::vector::VectorKind;

const STALE: VmStatus = VmStatus::InvariantViolation("use of a value that no longer exists");
const NO_SLOT: VmStatus = VmStatus::InvariantViolation("reference to a slot that does not exist");
const WRONG_BODY: VmStatus = VmStatus::InvariantViolation("container of an unexpected kind");

/// Freed field buffers larger than this give their memory back.
const KEPT_CAPACITY: usize = 64;

#[derive(Debug)]
struct Entry {
    generation: u32,
    body: Body,
}

impl Entry {
    /// Forgets the content, and keeps its buffer for the next.
    #[inline]
    fn free(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        match &mut self.body {
            Body::Struct(fields) if fields.capacity() <= KEPT_CAPACITY => fields.clear(),
            Body::Variant(_, fields) | Body::Values(fields)
                if fields.capacity() <= KEPT_CAPACITY =>
            {
                let mut buffer = std::mem::take(fields);
                buffer.clear();
                self.body = Body::Struct(buffer);
            }
            body => *body = Body::Struct(Vec::new()),
        }
    }
}

/// All containers and all live local variables of one transaction.
///
/// A container has exactly one owner: a local, an operand, a field, an element or a cell. Moving is copying the handle and
/// forgetting the original, destroying puts the entry on a free list that keeps its buffer, so that a loop which packs and
/// unpacks structs does not allocate.
#[derive(Debug, Default)]
pub struct Heap {
    entries: Vec<Entry>,
    /// Released entries, whose body is an empty `Struct` with a buffer worth keeping.
    free: Vec<u32>,
    /// How many entries this execution has used; those after them are left by an earlier one, and free as well.
    touched: u32,
    /// Locals of all running frames; a frame owns a range at the end.
    pub(super) locals: Vec<Value>,
}

impl Heap {
    /// An empty heap.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a struct of these fields, in declaration order.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] when no handle is left.
    pub fn pack(&mut self, fields: &[Value]) -> Result<Value, VmStatus> {
        let mut open = self.open(fields.len());
        open.extend(fields);
        self.close_struct(open)
    }

    /// Makes an enum value: the variant number `tag` with these fields.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] when no handle is left.
    pub fn pack_variant(&mut self, tag: u16, fields: &[Value]) -> Result<Value, VmStatus> {
        let mut open = self.open(fields.len());
        open.extend(fields);
        self.close_variant(tag, open)
    }

    /// Moves the `count` topmost operands into a struct, or into variant `tag`.
    #[inline]
    pub(super) fn pack_top(
        &mut self,
        stack: &mut Vec<Value>,
        count: usize,
        tag: Option<u16>,
    ) -> Result<Value, VmStatus> {
        let Some(start) = stack.len().checked_sub(count) else {
            return Err(VmStatus::InvariantViolation("operand stack underflow"));
        };
        let mut open = self.open(count);
        for value in stack.iter().skip(start) {
            open.push(value.moved());
        }
        stack.truncate(start);
        match tag {
            None => self.close_struct(open),
            Some(tag) => self.close_variant(tag, open),
        }
    }

    /// Takes a struct apart, pushing its fields in declaration order.
    ///
    /// # Errors
    /// An invariant violation if `value` is not a struct of this heap.
    #[inline]
    pub fn unpack(&mut self, value: Value, onto: &mut Vec<Value>) -> Result<(), VmStatus> {
        let handle = value.as_container()?;
        match self.body_mut(handle)? {
            Body::Struct(fields) => {
                for value in fields.iter() {
                    onto.push(value.moved());
                }
                fields.clear();
            }
            _ => return Err(WRONG_BODY),
        }
        self.release(handle);
        Ok(())
    }

    /// Takes an enum value apart, pushing the fields of its variant.
    ///
    /// # Errors
    /// An invariant violation if `value` is not an enum of this heap; the given variant number is checked by the caller's
    /// `VariantSwitch`, so another variant is one as well.
    pub fn unpack_variant(
        &mut self,
        value: Value,
        tag: u16,
        onto: &mut Vec<Value>,
    ) -> Result<(), VmStatus> {
        let handle = value.as_container()?;
        match self.body_mut(handle)? {
            Body::Variant(actual, fields) if *actual == tag => onto.append(fields),
            _ => return Err(WRONG_BODY),
        }
        self.release(handle);
        Ok(())
    }

    /// The fields of a struct or of an enum's variant, without taking it apart.
    ///
    /// # Errors
    /// An invariant violation if `value` is neither.
    pub fn fields(&self, value: Value) -> Result<&[Value], VmStatus> {
        match self.body(value.as_container()?)? {
            Body::Struct(fields) | Body::Variant(_, fields) => Ok(fields),
            _ => Err(WRONG_BODY),
        }
    }

    /// Field `index` of a struct, still owned by it.
    ///
    /// # Errors
    /// An invariant violation if `value` is not a struct or has no such field.
    pub fn field(&self, value: Value, index: usize) -> Result<Value, VmStatus> {
        match self.fields(value)?.get(index) {
            Some(field) => Ok(*field),
            None => Err(NO_SLOT),
        }
    }

    /// The variant number of an enum value.
    ///
    /// # Errors
    /// An invariant violation if `value` is not an enum.
    #[inline]
    pub fn variant_tag(&self, value: Value) -> Result<u16, VmStatus> {
        match self.body(value.as_container()?)? {
            Body::Variant(tag, _) => Ok(*tag),
            _ => Err(WRONG_BODY),
        }
    }

    /// What a reference refers to, still owned by its place.
    ///
    /// # Errors
    /// An invariant violation if the referent no longer exists.
    #[inline]
    pub fn peek(&self, reference: Reference) -> Result<Value, VmStatus> {
        let value = match reference {
            Reference::Local(index) => self.locals.get(index as usize).copied(),
            Reference::Slot { container, index } => self.body(container)?.get(index as usize),
        };
        match value {
            Some(value) => Ok(value),
            None => Err(NO_SLOT),
        }
    }

    /// An independent copy of what a reference refers to.
    ///
    /// # Errors
    /// As [`Heap::peek`] and [`Heap::copy`].
    #[inline]
    pub fn read(&mut self, reference: Reference) -> Result<Value, VmStatus> {
        let value = self.peek(reference)?;
        self.copy(value)
    }

    /// Replaces the referent, destroying what was there.
    ///
    /// # Errors
    /// An invariant violation if the slot does not exist or holds values of another kind.
    #[inline]
    pub fn write(&mut self, reference: Reference, value: Value) -> Result<(), VmStatus> {
        let old = self.swap(reference, value)?;
        self.destroy(old)
    }

    /// Puts `value` into the slot and returns what was there.
    ///
    /// # Errors
    /// As [`Heap::write`].
    #[inline]
    pub fn swap(&mut self, reference: Reference, value: Value) -> Result<Value, VmStatus> {
        match reference {
            Reference::Local(index) => {
                let Some(slot) = self.locals.get_mut(index as usize) else {
                    return Err(NO_SLOT);
                };
                Ok(std::mem::replace(slot, value))
            }
            Reference::Slot { container, index } => {
                self.body_mut(container)?.replace(index as usize, value)
            }
        }
    }

    /// The slot a reference refers to, if it is there and no element of a packed vector.
    #[inline]
    pub(super) fn slot(&self, reference: Reference) -> Option<&Value> {
        match reference {
            Reference::Local(index) => self.locals.get(index as usize),
            Reference::Slot { container, index } => {
                let entry = self.entries.get(container.index as usize)?;
                if entry.generation != container.generation {
                    return None;
                }
                entry.body.children().get(index as usize)
            }
        }
    }

    /// The same, to change what owns nothing.
    #[inline]
    pub(super) fn slot_mut(&mut self, reference: Reference) -> Option<&mut Value> {
        match reference {
            Reference::Local(index) => self.locals.get_mut(index as usize),
            Reference::Slot { container, index } => {
                let entry = self.entries.get_mut(container.index as usize)?;
                if entry.generation != container.generation {
                    return None;
                }
                entry.body.children_mut().get_mut(index as usize)
            }
        }
    }

    /// The container in a slot.
    #[inline]
    fn container_at(&self, reference: Reference) -> Result<Handle, VmStatus> {
        match self.slot(reference) {
            Some(Value::Container(handle)) => Ok(*handle),
            _ => Err(self.no_container_at(reference)),
        }
    }

    /// Why there is no container in a slot.
    #[cold]
    fn no_container_at(&self, reference: Reference) -> VmStatus {
        match self.peek(reference) {
            Ok(_) => WRONG_BODY,
            Err(status) => status,
        }
    }

    /// A reference to field `index` of the struct that `reference` refers to.
    ///
    /// # Errors
    /// An invariant violation if the referent is not a struct with that field.
    #[inline]
    pub fn borrow_field(&self, reference: Reference, index: u32) -> Result<Reference, VmStatus> {
        let container = self.container_at(reference)?;
        match self.body(container)? {
            Body::Struct(fields) | Body::Variant(_, fields) if (index as usize) < fields.len() => {
                Ok(Reference::Slot { container, index })
            }
            _ => Err(WRONG_BODY),
        }
    }

    /// Makes a one-slot container: the home of a transaction argument or of a loaded object.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] when no handle is left.
    pub fn new_cell(&mut self, value: Value) -> Result<Handle, VmStatus> {
        self.insert(Body::Cell(value))?.as_container()
    }

    /// A reference to the content of a cell.
    #[must_use]
    pub fn cell_reference(cell: Handle) -> Reference {
        Reference::Slot {
            container: cell,
            index: 0,
        }
    }

    #[inline]
    fn body(&self, handle: Handle) -> Result<&Body, VmStatus> {
        match self.entries.get(handle.index as usize) {
            Some(entry) if entry.generation == handle.generation => Ok(&entry.body),
            _ => Err(STALE),
        }
    }

    #[inline]
    fn body_mut(&mut self, handle: Handle) -> Result<&mut Body, VmStatus> {
        match self.entries.get_mut(handle.index as usize) {
            Some(entry) if entry.generation == handle.generation => Ok(&mut entry.body),
            _ => Err(STALE),
        }
    }

    #[inline]
    fn insert(&mut self, body: Body) -> Result<Value, VmStatus> {
        let entry = self.next_entry();
        self.fill(entry, body)
    }

    /// An entry that nothing is in, if there is one.
    #[inline]
    fn next_entry(&mut self) -> Option<u32> {
        if let Some(index) = self.free.pop() {
            return Some(index);
        }
        let index = self.touched;
        if (index as usize) < self.entries.len() {
            self.touched += 1;
            return Some(index);
        }
        None
    }

    /// Puts a body into such an entry, or into a new one.
    #[inline]
    fn fill(&mut self, entry: Option<u32>, body: Body) -> Result<Value, VmStatus> {
        if let Some(index) = entry
            && let Some(entry) = self.entries.get_mut(index as usize)
        {
            entry.body = body;
            return Ok(Value::Container(Handle {
                index,
                generation: entry.generation,
            }));
        }
        let Ok(index) = u32::try_from(self.entries.len()) else {
            return Err(VmStatus::MemoryLimitExceeded("containers"));
        };
        self.entries.push(Entry {
            generation: 0,
            body,
        });
        self.touched = index.saturating_add(1);
        Ok(Value::Container(Handle {
            index,
            generation: 0,
        }))
    }

    /// Puts an entry on the free list; its content has been moved out or is dropped here.
    #[inline]
    fn release(&mut self, handle: Handle) {
        if let Some(entry) = self.entries.get_mut(handle.index as usize) {
            entry.free();
            self.free.push(handle.index);
        }
    }
}

#[cfg(test)]
mod tests;
