//! Dynamic fields: the objects owned by other objects, loaded when Move code first asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sui_sdk_types::{Address, Object, Owner, StructTag};

use super::RuntimeConfig;
use crate::vm::{Handle, Heap, ObjectStore, Reference, Type, Types, Value, VmStatus, bcs};

/// How a child was reached, which decides what the access costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The value was already in memory.
    Value,
    /// The object was already read from the store, but not yet decoded.
    Object,
    /// The store was asked; it returned an object of so many bytes, or none (0).
    Loaded(usize),
}

/// The answer to a question about a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup<T> {
    /// There is no such child.
    Missing(Access),
    /// There is one of another type.
    WrongType,
    /// There is one of the type asked for.
    Found(T, Access),
}

/// A child whose value is, or was, in memory.
#[derive(Debug)]
struct Entry {
    parent: Address,
    type_: Type,
    /// Holds the value; empty once it was removed.
    cell: Handle,
    /// Whether the value may differ from what was loaded, so that it has to be compared at the end.
    touched: bool,
}

/// A child as it is now, its value empty if it was removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub(super) id: Address,
    pub(super) parent: Address,
    pub(super) type_: Type,
    pub(super) value: Value,
}

/// A child as the transaction leaves it.
#[derive(Debug)]
pub(super) struct WrittenChild {
    pub(super) parent: Address,
    pub(super) type_: Type,
    pub(super) tag: StructTag,
    pub(super) contents: Vec<u8>,
}

/// What became of the children a transaction looked at.
#[derive(Debug, Default)]
pub(super) struct ChildEffects {
    /// Children that are new or not what they were.
    pub(super) written: BTreeMap<Address, WrittenChild>,
    /// Children that were taken away from their parents.
    pub(super) removed: Vec<Address>,
    /// Everything that was read from the store.
    pub(super) loaded: BTreeMap<Address, Arc<Object>>,
}

/// The children a transaction has looked at.
#[derive(Debug, Default)]
pub(super) struct Children {
    /// What the store answered, by child id; `None` for "no such child".
    loaded: BTreeMap<Address, Option<Arc<Object>>>,
    entries: BTreeMap<Address, Entry>,
}

impl Children {
    /// Whether a child of any type exists.
    pub(super) fn exists(
        &mut self,
        source: &Source<'_>,
        heap: &Heap,
        parent: Address,
        id: Address,
    ) -> Result<(bool, Access), VmStatus> {
        if let Some(entry) = self.entries.get(&id) {
            return Ok((entry.is_live(heap)?, Access::Value));
        }
        let (object, access) = self.load(source, parent, id)?;
        Ok((object.is_some(), access))
    }

    /// Whether a child of exactly this type exists.
    pub(super) fn exists_with_type(
        &mut self,
        source: &Source<'_>,
        heap: &Heap,
        types: &Types,
        parent: Address,
        id: Address,
        type_: Type,
    ) -> Result<(bool, Access), VmStatus> {
        if let Some(entry) = self.entries.get(&id) {
            return Ok((entry.is_live(heap)? && entry.type_ == type_, Access::Value));
        }
        let (object, access) = self.load(source, parent, id)?;
        let found = match object {
            Some(object) => has_type(object, types.struct_tag(type_)?),
            None => false,
        };
        Ok((found, access))
    }

    /// A reference to the child's value.
    pub(super) fn borrow(
        &mut self,
        source: &Source<'_>,
        memory: &mut Memory<'_>,
        parent: Address,
        id: Address,
        type_: Type,
        mutable: Mutable,
    ) -> Result<Lookup<Reference>, VmStatus> {
        let found = self.entry(source, memory, parent, id, type_)?;
        let (entry, access) = match found {
            Lookup::Found(entry, access) => (entry, access),
            Lookup::Missing(access) => return Ok(Lookup::Missing(access)),
            Lookup::WrongType => return Ok(Lookup::WrongType),
        };
        entry.touched |= mutable == Mutable::Yes;
        Ok(Lookup::Found(Heap::cell_reference(entry.cell), access))
    }

    /// Takes the child's value out.
    pub(super) fn remove(
        &mut self,
        source: &Source<'_>,
        memory: &mut Memory<'_>,
        parent: Address,
        id: Address,
        type_: Type,
    ) -> Result<Lookup<Value>, VmStatus> {
        let found = self.entry(source, memory, parent, id, type_)?;
        let (cell, access) = match found {
            Lookup::Found(entry, access) => {
                entry.touched = true;
                (entry.cell, access)
            }
            Lookup::Missing(access) => return Ok(Lookup::Missing(access)),
            Lookup::WrongType => return Ok(Lookup::WrongType),
        };
        let value = memory.heap.swap(Heap::cell_reference(cell), Value::Empty)?;
        Ok(Lookup::Found(value, access))
    }

    /// Puts a value in as a child.
    pub(super) fn add(
        &mut self,
        config: &RuntimeConfig,
        heap: &mut Heap,
        parent: Address,
        id: Address,
        type_: Type,
        value: Value,
    ) -> Result<(), VmStatus> {
        if let Some(entry) = self.entries.get_mut(&id) {
            // Move code asks whether the field exists before it adds one.
            if entry.is_live(heap)? {
                return Err(VmStatus::InvariantViolation("two children with one id"));
            }
            heap.swap(Heap::cell_reference(entry.cell), value)?;
            (entry.parent, entry.type_, entry.touched) = (parent, type_, true);
            return Ok(());
        }
        self.check_entry_limit(config)?;
        let cell = heap.new_cell(value)?;
        self.entries.insert(
            id,
            Entry {
                parent,
                type_,
                cell,
                touched: true,
            },
        );
        Ok(())
    }

    /// Every child looked at so far, in the order of their ids.
    pub(super) fn all(&self, heap: &Heap) -> Result<Vec<Child>, VmStatus> {
        let entries = self.entries.iter();
        entries
            .map(|(id, entry)| {
                Ok(Child {
                    id: *id,
                    parent: entry.parent,
                    type_: entry.type_,
                    value: heap.peek(Heap::cell_reference(entry.cell))?,
                })
            })
            .collect()
    }

    /// What became of them all.
    pub(super) fn finish(self, heap: &Heap, types: &Types) -> Result<ChildEffects, VmStatus> {
        let mut effects = ChildEffects::default();
        for (id, entry) in self.entries {
            if !entry.touched {
                continue;
            }
            let before = self.loaded.get(&id).and_then(Option::as_ref);
            let value = heap.peek(Heap::cell_reference(entry.cell))?;
            if value.is_empty() {
                effects.removed.extend(before.map(|_| id));
                continue;
            }
            let child = WrittenChild {
                parent: entry.parent,
                type_: entry.type_,
                tag: types.struct_tag(entry.type_)?.clone(),
                contents: bcs::serialize(types, heap, entry.type_, value)?,
            };
            if !before.is_some_and(|object| child.is_as_stored(object)) {
                effects.written.insert(id, child);
            }
        }
        let loaded = self.loaded.into_iter();
        effects.loaded = loaded
            .filter_map(|(id, object)| Some((id, object?)))
            .collect();
        Ok(effects)
    }

    /// The entry of a child, decoding its value on first use.
    fn entry(
        &mut self,
        source: &Source<'_>,
        memory: &mut Memory<'_>,
        parent: Address,
        id: Address,
        type_: Type,
    ) -> Result<Lookup<&mut Entry>, VmStatus> {
        let mut access = Access::Value;
        if !self.entries.contains_key(&id) {
            let (object, how) = self.load(source, parent, id)?;
            access = how;
            let Some(object) = object else {
                return Ok(Lookup::Missing(access));
            };
            if !has_type(object, memory.types.struct_tag(type_)?) {
                return Ok(Lookup::WrongType);
            }
            let object = Arc::clone(object);
            self.check_entry_limit(source.config)?;
            let value = decode(memory, type_, &object)?;
            let cell = memory.heap.new_cell(value)?;
            self.entries.insert(
                id,
                Entry {
                    parent,
                    type_,
                    cell,
                    touched: false,
                },
            );
        }
        let Some(entry) = self.entries.get_mut(&id) else {
            return Err(VmStatus::InvariantViolation(
                "a child vanished while it was looked up",
            ));
        };
        // A removed child leaves its type behind until another takes its place.
        if entry.type_ != type_ {
            return Ok(Lookup::WrongType);
        }
        if !entry.is_live(memory.heap)? {
            return Ok(Lookup::Missing(access));
        }
        Ok(Lookup::Found(entry, access))
    }

    /// The child as the store has it, asking the store only once.
    fn load(
        &mut self,
        source: &Source<'_>,
        parent: Address,
        id: Address,
    ) -> Result<(Option<&Arc<Object>>, Access), VmStatus> {
        let mut access = Access::Object;
        if !self.loaded.contains_key(&id) {
            if self.loaded.len() >= source.config.max_cached_objects {
                return Err(VmStatus::MemoryLimitExceeded("children looked up"));
            }
            // A parent that this transaction created cannot have children yet, even if an object of the same id had some
            // before: what a deleted parent left behind is out of reach for its successor.
            let object = if source.parent_is_new {
                None
            } else {
                source.store.child(parent, id)
            };
            let size = object
                .as_ref()
                .and_then(|object| object.as_struct())
                .map_or(0, |data| data.contents().len());
            access = Access::Loaded(size);
            self.loaded.insert(id, object);
        }
        Ok((self.loaded.get(&id).and_then(Option::as_ref), access))
    }

    fn check_entry_limit(&self, config: &RuntimeConfig) -> Result<(), VmStatus> {
        if self.entries.len() >= config.max_store_entries {
            return Err(VmStatus::MemoryLimitExceeded("children read or changed"));
        }
        Ok(())
    }
}

impl WrittenChild {
    fn is_as_stored(&self, object: &Object) -> bool {
        let same_contents = object
            .as_struct()
            .is_some_and(|data| data.contents() == self.contents);
        same_contents
            && has_type(object, &self.tag)
            && *object.owner() == Owner::Object(self.parent)
    }
}

impl Entry {
    fn is_live(&self, heap: &Heap) -> Result<bool, VmStatus> {
        Ok(!heap.peek(Heap::cell_reference(self.cell))?.is_empty())
    }
}

/// Whether the borrower may change the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutable {
    /// A `&mut` borrow.
    Yes,
    /// A `&` borrow.
    No,
}

/// Where children come from.
pub(super) struct Source<'a> {
    pub(super) store: &'a dyn ObjectStore,
    pub(super) config: &'a RuntimeConfig,
    /// Whether the parent asked about was created by this transaction.
    pub(super) parent_is_new: bool,
}

/// Where values live and how they are typed.
pub(crate) struct Memory<'a> {
    /// The transaction's values.
    pub(crate) heap: &'a mut Heap,
    /// All types.
    pub(crate) types: &'a Types,
}

/// The value of a stored object, whose type has been checked.
pub(super) fn decode(
    memory: &mut Memory<'_>,
    type_: Type,
    object: &Object,
) -> Result<Value, VmStatus> {
    let Some(data) = object.as_struct() else {
        return Err(VmStatus::InvariantViolation(
            "a package where an object was expected",
        ));
    };
    bcs::deserialize(memory.types, memory.heap, type_, data.contents())
}

/// Whether a stored object has exactly this type.
pub(super) fn has_type(object: &Object, tag: &StructTag) -> bool {
    object
        .as_struct()
        .is_some_and(|data| data.object_type() == tag)
}
