//! The end of a transaction in a unit test.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use sui_sdk_types::{Address, Owner};

use super::super::{Accumulators, InputAccess, ObjectRuntime, Transfer, ownership};
use super::wrapped::{is_setting, wrapped_ids};
use super::{Scenario, Stored};
use crate::vm::{Heap, NativeError, Types, VmStatus};

/// `ECouldNotGenerateEffects`
const NO_EFFECTS: NativeError = NativeError::Abort(0);
/// `EInvalidSharedOrImmutableUsage`
const INVALID_USAGE: NativeError = NativeError::Abort(1);

/// What `test_scenario` reports about a transaction.
#[derive(Debug, Default)]
pub(crate) struct EndedTransaction {
    pub(crate) created: Vec<Address>,
    pub(crate) written: Vec<Address>,
    /// Deleted objects, then wrapped ones.
    pub(crate) deleted: Vec<Address>,
    /// New owners, in the order of the transfers.
    pub(crate) transferred: Vec<(Address, Owner)>,
    pub(crate) events: usize,
}

impl ObjectRuntime<'_> {
    /// Ends the running transaction of a unit test and begins the next.
    pub(crate) fn end_test_transaction(
        &mut self,
        heap: &mut Heap,
        types: &Types,
    ) -> Result<EndedTransaction, NativeError> {
        let mut scenario = self.scenario.take().ok_or(super::NOT_A_TEST)?;
        let ended = self.end(&mut scenario, heap, types);
        self.scenario = Some(scenario);
        ended
    }

    fn end(
        &mut self,
        scenario: &mut Scenario,
        heap: &mut Heap,
        types: &Types,
    ) -> Result<EndedTransaction, NativeError> {
        // A shared or immutable object has to end as what it was; a shared one may also be deleted.
        let fixed: BTreeMap<Address, Owner> = scenario
            .taken
            .iter()
            .filter(|(_, owner)| matches!(owner, Owner::Shared(_) | Owner::Immutable))
            .map(|(id, owner)| (*id, *owner))
            .collect();
        scenario.return_tickets(heap)?;

        let (new_ids, deleted) = mem::take(&mut self.ids).into_sets();
        let mut writes: Vec<_> = mem::take(&mut self.transfers).into_iter().collect();
        writes.sort_by_key(|(_, transfer)| transfer.order);
        let owners = writes.iter().map(|(id, transfer)| (id, &transfer.owner));
        if ownership::find_cycle(owners).is_some() {
            return Err(NO_EFFECTS);
        }
        let mut ended = EndedTransaction {
            deleted: scenario.in_order(deleted),
            events: mem::take(&mut self.events).len(),
            ..EndedTransaction::default()
        };
        self.received.clear();
        (self.events_emitted, self.event_size) = (0, 0);
        self.accumulators = Accumulators::default();

        let children = self.children.all(heap)?;
        let live: BTreeSet<Address> = children
            .iter()
            .filter(|child| !child.value.is_empty())
            .map(|child| child.id)
            .collect();
        let written = writes.iter().map(|(id, _)| id);
        for id in ended.deleted.iter().chain(written).chain(&live) {
            scenario.forget(id);
        }

        let mut invalid = false;
        for (id, Transfer { owner, type_, .. }) in &writes {
            ended.transferred.push((*id, *owner));
            invalid |= fixed.get(id).is_some_and(|before| before != owner);
            if new_ids.contains(id) {
                ended.created.push(*id);
            } else {
                ended.written.push(*id);
            }
            scenario.file(*id, *owner, *type_);
        }
        invalid |= ended
            .deleted
            .iter()
            .any(|id| fixed.get(id) == Some(&Owner::Immutable));

        let mut wrapped = BTreeSet::new();
        for (_, write) in &writes {
            wrapped_ids(heap, types, write.type_, write.value, &mut wrapped)?;
        }
        for child in children.iter().filter(|child| !child.value.is_empty()) {
            wrapped_ids(heap, types, child.type_, child.value, &mut wrapped)?;
        }
        invalid |= fixed
            .keys()
            .any(|id| wrapped.contains(id) || live.contains(id));
        if invalid {
            return Err(INVALID_USAGE);
        }
        ended.deleted.extend(wrapped);

        for child in children {
            if is_setting(types, child.type_)? {
                let key = (child.parent, child.id);
                let copy = match child.value.is_empty() {
                    true => None,
                    false => Some((child.type_, heap.copy(child.value)?)),
                };
                let before = match copy {
                    Some(copy) => scenario.settings.insert(key, copy),
                    None => scenario.settings.remove(&key),
                };
                discard(heap, before.map(|(_, value)| value))?;
            }
        }

        self.inputs.clear();
        for (id, owner) in &scenario.taken {
            self.add_input(*id, *owner, InputAccess::Mutable);
        }
        for (id, Transfer { type_, value, .. }) in writes {
            let before = scenario.immutable_values.get(&(type_, id)).copied();
            if let Some(before) = before
                && !heap.equal(value, before)?
            {
                return Err(INVALID_USAGE);
            }
            let before = scenario.objects.insert(id, Stored { type_, value });
            discard(heap, before.map(|object| object.value))?;
        }
        for id in ended.deleted.iter().chain(&live) {
            let gone = scenario.objects.remove(id);
            discard(heap, gone.map(|object| object.value))?;
        }
        Ok(ended)
    }
}

fn discard(heap: &mut Heap, value: Option<crate::vm::Value>) -> Result<(), VmStatus> {
    value.map_or(Ok(()), |value| heap.destroy(value))
}

impl Scenario {
    /// What was not received goes back to whoever it was sent to.
    fn return_tickets(&mut self, heap: &mut Heap) -> Result<(), VmStatus> {
        for (id, ticket) in mem::take(&mut self.tickets) {
            if ticket.received {
                heap.destroy(ticket.object.value)?;
            } else {
                self.objects.insert(id, ticket.object);
            }
        }
        Ok(())
    }

    /// These ids in the order in which they were deleted.
    fn in_order(&mut self, ids: BTreeSet<Address>) -> Vec<Address> {
        let places: BTreeMap<Address, usize> = mem::take(&mut self.deletions)
            .into_iter()
            .enumerate()
            .map(|(place, id)| (id, place))
            .collect();
        let mut ids: Vec<Address> = ids.into_iter().collect();
        ids.sort_by_key(|id| places.get(id).copied());
        ids
    }

    /// Takes an id out of every inventory.
    fn forget(&mut self, id: &Address) {
        let by_address = self.by_address.values_mut();
        let inventories = by_address.chain([&mut self.shared, &mut self.immutable]);
        for ids in inventories.flat_map(BTreeMap::values_mut) {
            ids.retain(|other| other != id);
        }
        self.taken.remove(id);
    }

    /// Puts an id into its owner's inventory.
    fn file(&mut self, id: Address, owner: Owner, type_: super::Type) {
        let inventory = match owner {
            Owner::Address(owner) | Owner::ConsensusAddress { owner, .. } => {
                self.by_address.entry(owner).or_default()
            }
            Owner::Shared(_) => &mut self.shared,
            Owner::Immutable => &mut self.immutable,
            _ => return,
        };
        inventory.entry(type_).or_default().push(id);
    }
}
