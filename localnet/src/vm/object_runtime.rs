//! What a transaction does to objects: the state behind the `object`, `transfer`, `dynamic_field`, `event` and accumulator
//! natives.
//!
//! One [`ObjectRuntime`] serves one transaction. The ledger tells it the inputs, natives and the ledger's own commands change
//! it, and [`ObjectRuntime::finish`] turns it into [`RuntimeResults`], from which the ledger builds effects.
//!
//! Invariants:
//! * An id is created or deleted at most once in the results; created and deleted in one transaction leaves no trace.
//! * A child is read from the store at most once, so a transaction sees one state of it.
//! * A child whose encoding, type and parent are what they were is not written, however it was borrowed.
//!
//! A real network also tracks the ids inside every loaded object, so as to bound the versions at which children are looked
//! up. Here the store holds one current version of everything, and the only parents whose children are out of reach are
//! those created by the transaction itself, so that bookkeeping has no observable counterpart.

mod accumulators;
mod children;
mod config;
mod fields;
mod finish;
mod ids;
mod ownership;
mod results;
mod scenario;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use sui_sdk_types::{Address, Object, Owner};

use self::accumulators::Accumulators;
use self::children::{Children, Source};
use self::fields::NamedField;
use self::ids::Ids;
use self::scenario::Scenario;
use super::{Heap, ObjectStore, Reference, TxContext, Type, Types, Value, VmStatus};

pub use self::accumulators::{
    ACCUMULATOR_ROOT, AccumulatorAction, AccumulatorAmount, AccumulatorEvent, accumulator_object_id,
};
pub(crate) use self::children::{Access, Lookup, Memory, Mutable};
pub use self::config::{FieldHash, RuntimeConfig};
pub use self::ownership::TransferKind;
pub use self::results::{LoadedObject, RuntimeEvent, RuntimeResults, WriteKind, WrittenObject};
pub(crate) use self::scenario::{EndedTransaction, Inventory};

/// An object the transaction names as an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Input {
    owner: Owner,
    access: InputAccess,
}

/// What a transaction may do with an input object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputAccess {
    /// Everything its owner may do; the transaction writes it even if nothing changes.
    Mutable,
    /// Only look at it: an immutable object, or a shared one taken read-only.
    ReadOnly,
}

#[derive(Debug)]
struct Transfer {
    /// Position among all transfers; an object transferred again keeps its place.
    order: usize,
    owner: Owner,
    type_: Type,
    value: Value,
}

/// The object side of one transaction.
pub struct ObjectRuntime<'a> {
    store: &'a dyn ObjectStore,
    config: RuntimeConfig,
    context: TxContext,
    ids_created: u64,
    inputs: BTreeMap<Address, Input>,
    ids: Ids,
    transfers: BTreeMap<Address, Transfer>,
    received: BTreeMap<Address, Arc<Object>>,
    children: Children,
    events: Vec<RuntimeEvent>,
    events_emitted: u64,
    event_size: u64,
    accumulators: Accumulators,
    /// The id of the field that was named last: whoever asks whether a field exists names it again to use it.
    last_field: Option<NamedField>,
    /// What a unit test keeps between its transactions; none on the ledger.
    scenario: Option<Box<Scenario>>,
}

impl std::fmt::Debug for ObjectRuntime<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectRuntime")
            .field("context", &self.context)
            .field("ids", &self.ids)
            .field("transfers", &self.transfers)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

impl<'a> ObjectRuntime<'a> {
    /// The runtime of a transaction that has done nothing yet, under the limits of the modelled protocol.
    #[must_use]
    pub fn new(store: &'a dyn ObjectStore, context: TxContext) -> Self {
        Self {
            store,
            config: RuntimeConfig::default(),
            context,
            ids_created: 0,
            inputs: BTreeMap::new(),
            ids: Ids::default(),
            transfers: BTreeMap::new(),
            received: BTreeMap::new(),
            children: Children::default(),
            events: Vec::new(),
            events_emitted: 0,
            event_size: 0,
            accumulators: Accumulators::default(),
            last_field: None,
            scenario: None,
        }
    }

    /// The same runtime under other limits and switches.
    #[must_use]
    pub fn with_config(mut self, config: RuntimeConfig) -> Self {
        self.config = config;
        self
    }

    /// Declares an input object; gas coins are inputs too.
    pub fn add_input(&mut self, id: Address, owner: Owner, access: InputAccess) {
        self.inputs.insert(id, Input { owner, access });
    }

    /// What the transaction is told about itself.
    #[must_use]
    pub fn context(&self) -> &TxContext {
        &self.context
    }

    /// The limits and switches in force.
    #[must_use]
    pub fn config(&self) -> &RuntimeConfig {
        &self.config
    }

    /// How many fresh ids were made so far.
    #[must_use]
    pub fn ids_created(&self) -> u64 {
        self.ids_created
    }

    /// The next fresh id, without making it an object's: the id of a package.
    ///
    /// # Errors
    /// An invariant violation after 2^64 ids.
    pub fn fresh_package_id(&mut self) -> Result<Address, VmStatus> {
        let id = Address::derive_id(self.context.digest, self.ids_created);
        self.ids_created = self
            .ids_created
            .checked_add(1)
            .ok_or(VmStatus::InvariantViolation("the id counter overflowed"))?;
        Ok(id)
    }

    /// The next fresh id, recorded as created.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] beyond the limit of new ids.
    pub fn fresh_id(&mut self) -> Result<Address, VmStatus> {
        let id = self.fresh_package_id()?;
        self.record_new_id(id)?;
        Ok(id)
    }

    /// Records an id as created.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] beyond the limit of new ids.
    pub fn record_new_id(&mut self, id: Address) -> Result<(), VmStatus> {
        self.ids.create(id, &self.config)
    }

    /// Records an id as deleted.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] beyond the limit of deleted ids.
    pub fn delete_id(&mut self, id: Address) -> Result<(), VmStatus> {
        if let Some(scenario) = &mut self.scenario {
            scenario.deleted(id);
        }
        self.ids.delete(id, &self.config)
    }

    /// Gives an object, which the runtime takes over, to an owner.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] beyond the limit of transfers, an invariant violation if the value is not an object.
    pub fn transfer(
        &mut self,
        heap: &Heap,
        owner: Owner,
        type_: Type,
        value: Value,
    ) -> Result<TransferKind, VmStatus> {
        let id = object_id(heap, value)?;
        let kind = self.classify(id, &owner)?;
        if self.transfers.len() >= self.config.max_transfers && !ownership::is_system_object(&id) {
            return Err(VmStatus::MemoryLimitExceeded("objects transferred"));
        }
        self.record_transfer(id, owner, type_, value);
        Ok(kind)
    }

    /// Gives an input that the transaction did not use up back to its owner.
    ///
    /// # Errors
    /// An invariant violation if the value is not a mutable input.
    pub fn keep(&mut self, heap: &Heap, type_: Type, value: Value) -> Result<(), VmStatus> {
        let id = object_id(heap, value)?;
        let Some(Input {
            owner,
            access: InputAccess::Mutable,
        }) = self.inputs.get(&id).copied()
        else {
            return Err(VmStatus::InvariantViolation(
                "an object kept that is not a mutable input",
            ));
        };
        self.record_transfer(id, owner, type_, value);
        Ok(())
    }

    fn record_transfer(&mut self, id: Address, owner: Owner, type_: Type, value: Value) {
        let order = self.transfers.len();
        let transfer = self.transfers.entry(id).or_insert(Transfer {
            order,
            owner,
            type_,
            value,
        });
        (transfer.owner, transfer.type_, transfer.value) = (owner, type_, value);
    }

    fn classify(&mut self, id: Address, owner: &Owner) -> Result<TransferKind, VmStatus> {
        if self.ids.is_created(&id) {
            return Ok(TransferKind::New);
        }
        if let Some(input) = self.inputs.get(&id) {
            return Ok(if ownership::same_owner(owner, &input.owner) {
                TransferKind::SameOwner
            } else {
                TransferKind::OwnerChanged
            });
        }
        if ownership::is_system_object(&id) {
            self.record_new_id(id)?;
            return Ok(TransferKind::New);
        }
        Ok(TransferKind::OwnerChanged)
    }

    /// Takes an object that was sent to another object's address out of the store.
    ///
    /// Missing and of another owner are the same answer, so that nothing can be learnt about objects of others.
    pub(crate) fn receive(
        &mut self,
        memory: &mut Memory<'_>,
        parent: Address,
        (id, version): (Address, u64),
        type_: Type,
    ) -> Result<Lookup<Value>, VmStatus> {
        let access = Access::Object;
        if let Some(scenario) = &mut self.scenario {
            let found = scenario.receive(memory.heap, parent, id, version, type_)?;
            return Ok(found.unwrap_or(Lookup::Missing(access)));
        }
        if self.received.contains_key(&id) {
            return Ok(Lookup::Missing(access));
        }
        let Some(object) = self.store.receive(parent, id, version) else {
            return Ok(Lookup::Missing(access));
        };
        if !children::has_type(&object, memory.types.struct_tag(type_)?) {
            return Ok(Lookup::WrongType);
        }
        let value = children::decode(memory, type_, &object)?;
        self.received.insert(id, object);
        Ok(Lookup::Found(value, access))
    }

    /// Whether `parent` has a child with this id.
    pub(crate) fn child_exists(
        &mut self,
        heap: &Heap,
        parent: Address,
        id: Address,
    ) -> Result<(bool, Access), VmStatus> {
        let (source, children) = self.source(parent);
        children.exists(&source, heap, parent, id)
    }

    /// Whether `parent` has a child with this id and type.
    pub(crate) fn child_exists_with_type(
        &mut self,
        heap: &Heap,
        types: &Types,
        parent: Address,
        id: Address,
        type_: Type,
    ) -> Result<(bool, Access), VmStatus> {
        let (source, children) = self.source(parent);
        children.exists_with_type(&source, heap, types, parent, id, type_)
    }

    /// A reference to a child of `parent`.
    pub(crate) fn borrow_child(
        &mut self,
        memory: &mut Memory<'_>,
        parent: Address,
        id: Address,
        type_: Type,
        mutable: Mutable,
    ) -> Result<Lookup<Reference>, VmStatus> {
        let (source, children) = self.source(parent);
        children.borrow(&source, memory, parent, id, type_, mutable)
    }

    /// Takes a child away from `parent`.
    pub(crate) fn remove_child(
        &mut self,
        memory: &mut Memory<'_>,
        parent: Address,
        id: Address,
        type_: Type,
    ) -> Result<Lookup<Value>, VmStatus> {
        let (source, children) = self.source(parent);
        children.remove(&source, memory, parent, id, type_)
    }

    /// Makes an object a child of `parent`.
    pub(crate) fn add_child(
        &mut self,
        heap: &mut Heap,
        parent: Address,
        type_: Type,
        value: Value,
    ) -> Result<(), VmStatus> {
        let id = object_id(heap, value)?;
        self.children
            .add(&self.config, heap, parent, id, type_, value)
    }

    fn source(&mut self, parent: Address) -> (Source<'_>, &mut Children) {
        let source = Source {
            store: self.store,
            config: &self.config,
            parent_is_new: self.ids.is_generated(&parent),
        };
        (source, &mut self.children)
    }

    /// A child that is read outside of the transaction's own view, as configuration is.
    pub(crate) fn stored_child(&self, parent: Address, id: Address) -> Option<Arc<Object>> {
        self.store.child(parent, id)
    }

    /// Whether an event of so many abstract units, type tag included, may still be emitted.
    pub(crate) fn check_event_size(&self, size: u64) -> Result<(), VmStatus> {
        if size > self.config.max_event_size {
            return Err(VmStatus::MemoryLimitExceeded("size of an event"));
        }
        if self.event_size.saturating_add(size) > self.config.max_total_event_size {
            return Err(VmStatus::MemoryLimitExceeded("size of all events"));
        }
        Ok(())
    }

    /// Records an event that was checked to be small enough, and returns its number in the transaction.
    pub(crate) fn emit(&mut self, event: RuntimeEvent, size: u64) -> Result<u64, VmStatus> {
        let number = self.events_emitted;
        if number >= self.config.max_events as u64 {
            return Err(VmStatus::MemoryLimitExceeded("number of events"));
        }
        self.event_size = self.event_size.saturating_add(size);
        self.events_emitted = number.saturating_add(1);
        self.events.push(event);
        Ok(number)
    }

    /// The events emitted since the last call; the ledger asks after every command and stamps them with its module.
    pub fn take_events(&mut self) -> Vec<RuntimeEvent> {
        std::mem::take(&mut self.events)
    }

    /// Records a deposit to or a withdrawal from an accumulator.
    ///
    /// # Errors
    /// [`VmStatus::ArithmeticError`] when the deposits to, or the withdrawals from, one accumulator exceed 64 bits.
    pub fn record_accumulator_event(&mut self, event: AccumulatorEvent) -> Result<(), VmStatus> {
        self.accumulators.record(event)
    }

    /// The accumulator events so far.
    #[must_use]
    pub fn accumulator_events(&self) -> &[AccumulatorEvent] {
        self.accumulators.events()
    }
}

/// The id of an object: the address in the first field of its first field of its first field.
pub(crate) fn object_id(heap: &Heap, object: Value) -> Result<Address, VmStatus> {
    uid_address(heap, heap.field(object, 0)?)
}

/// The address in a `UID`.
pub(crate) fn uid_address(heap: &Heap, uid: Value) -> Result<Address, VmStatus> {
    heap.field(heap.field(uid, 0)?, 0)?.as_address()
}
