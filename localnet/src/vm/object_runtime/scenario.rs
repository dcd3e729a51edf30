//! The transactions that a Move unit test plays: what `sui::test_scenario` keeps from one to the next.
//!
//! Only a runtime made with [`ObjectRuntime::with_test_scenario`] has this state; on the ledger there is none, and the natives
//! behind `test_scenario` do not exist there. One [`ObjectRuntime`] serves the whole test: ending a transaction files away what
//! it wrote and starts afresh, while children stay where they are.

mod end;
mod wrapped;

use std::collections::BTreeMap;

use sui_sdk_types::{Address, Digest, Owner};

use super::ObjectRuntime;
use crate::vm::{Heap, NativeError, Type, Value, VmStatus};

pub(crate) use self::end::EndedTransaction;

/// `EObjectNotFound`
const OBJECT_NOT_FOUND: u64 = 4;
/// `EUnableToAllocateReceivingTicket`
const UNABLE_TO_ALLOCATE_TICKET: u64 = 5;
/// `EReceivingTicketAlreadyAllocated`
const TICKET_ALREADY_ALLOCATED: u64 = 6;
/// `EUnableToDeallocateReceivingTicket`
const UNABLE_TO_DEALLOCATE_TICKET: u64 = 7;

const NOT_A_TEST: VmStatus =
    VmStatus::InvariantViolation("a test's native called outside of a unit test");

/// Ids in the order in which they came, by type.
type ByType = BTreeMap<Type, Vec<Address>>;

/// Objects between the transactions of a test, and what the running one has taken of them.
#[derive(Debug, Default)]
pub(super) struct Scenario {
    by_address: BTreeMap<Address, ByType>,
    shared: ByType,
    immutable: ByType,
    /// The objects themselves; a taken one stays here until the transaction that took it ends.
    objects: BTreeMap<Address, Stored>,
    taken: BTreeMap<Address, Owner>,
    /// Immutable objects as they were when they were taken.
    immutable_values: BTreeMap<(Type, Address), Value>,
    tickets: BTreeMap<Address, Ticket>,
    /// Settings of `sui::config` as the last transaction left them, by configuration and setting.
    settings: BTreeMap<(Address, Address), (Type, Value)>,
    /// Ids in the order in which the running transaction deleted them.
    deletions: Vec<Address>,
    /// Seeds handed out so far.
    seeds: u64,
}

/// An object that nobody holds.
#[derive(Clone, Copy, Debug)]
struct Stored {
    type_: Type,
    value: Value,
}

/// An object that waits to be received.
#[derive(Debug)]
struct Ticket {
    owner: Address,
    object: Stored,
    /// Whether the running transaction has received it.
    received: bool,
}

/// Which objects a test asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inventory {
    /// Those of an address.
    Address(Address),
    /// Shared ones.
    Shared,
    /// Immutable ones.
    Immutable,
}

impl Inventory {
    fn owner(self) -> Owner {
        match self {
            Self::Address(address) => Owner::Address(address),
            Self::Shared => Owner::Shared(0),
            Self::Immutable => Owner::Immutable,
        }
    }
}

impl Scenario {
    fn ids(&self, inventory: Inventory, type_: Type) -> &[Address] {
        let ids = match inventory {
            Inventory::Address(address) => self
                .by_address
                .get(&address)
                .and_then(|types| types.get(&type_)),
            Inventory::Shared => self.shared.get(&type_),
            Inventory::Immutable => self.immutable.get(&type_),
        };
        ids.map_or(&[], Vec::as_slice)
    }

    /// What is new about a deletion is only its place in the order.
    pub(super) fn deleted(&mut self, id: Address) {
        self.deletions.push(id);
    }

    /// Takes a ticket's object for `parent`; `None` if there is none that it may receive.
    pub(super) fn receive(
        &mut self,
        heap: &mut Heap,
        parent: Address,
        id: Address,
        version: u64,
        type_: Type,
    ) -> Result<Option<super::Lookup<Value>>, VmStatus> {
        let ticket = self.tickets.get_mut(&id);
        let Some(ticket) =
            ticket.filter(|ticket| ticket.owner == parent && version == 0 && !ticket.received)
        else {
            return Ok(None);
        };
        if ticket.object.type_ != type_ {
            return Ok(Some(super::Lookup::WrongType));
        }
        ticket.received = true;
        let value = heap.copy(ticket.object.value)?;
        Ok(Some(super::Lookup::Found(value, super::Access::Object)))
    }
}

impl ObjectRuntime<'_> {
    /// The same runtime, ready for the natives of `sui::test_scenario`: for unit tests alone.
    #[must_use]
    pub fn with_test_scenario(mut self) -> Self {
        self.scenario = Some(Box::default());
        self
    }

    fn scenario(&mut self) -> Result<&mut Scenario, VmStatus> {
        self.scenario.as_deref_mut().ok_or(NOT_A_TEST)
    }

    /// Replaces what the transaction is told about itself.
    pub(crate) fn replace_context(&mut self, context: super::TxContext, ids_created: u64) {
        self.context = context;
        self.ids_created = ids_created;
    }

    /// The id that was made last; `None` before the first.
    pub(crate) fn last_created_id(&mut self) -> Result<Option<Address>, VmStatus> {
        let Some(last) = self.ids_created.checked_sub(1) else {
            return Ok(None);
        };
        let id = Address::derive_id(self.context.digest, last);
        self.record_new_id(id)?;
        Ok(Some(id))
    }

    /// The events since the transaction began.
    pub(crate) fn pending_events(&self) -> &[super::RuntimeEvent] {
        &self.events
    }

    /// The ids of these objects, oldest first.
    pub(crate) fn test_ids(
        &mut self,
        inventory: Inventory,
        type_: Type,
    ) -> Result<Vec<Address>, VmStatus> {
        Ok(self.scenario()?.ids(inventory, type_).to_vec())
    }

    /// The newest of these objects that was not taken.
    pub(crate) fn most_recent_test_id(
        &mut self,
        inventory: Inventory,
        type_: Type,
    ) -> Result<Option<Address>, VmStatus> {
        let scenario = self.scenario()?;
        let ids = scenario.ids(inventory, type_).iter().rev();
        Ok(ids.copied().find(|id| !scenario.taken.contains_key(id)))
    }

    /// Whether the transaction has taken the object from there.
    pub(crate) fn was_taken(
        &mut self,
        inventory: Inventory,
        id: Address,
    ) -> Result<bool, VmStatus> {
        let owner = self.scenario()?.taken.get(&id).copied();
        Ok(owner == Some(inventory.owner()))
    }

    /// Takes an object, which becomes an input of the running transaction.
    pub(crate) fn take_test_object(
        &mut self,
        heap: &mut Heap,
        inventory: Inventory,
        type_: Type,
        id: Address,
    ) -> Result<Value, NativeError> {
        let scenario = self.scenario()?;
        let available =
            !scenario.taken.contains_key(&id) && scenario.ids(inventory, type_).contains(&id);
        let object = scenario.objects.get(&id).copied();
        let Some(object) = object.filter(|_| available) else {
            return Err(NativeError::Abort(OBJECT_NOT_FOUND));
        };
        scenario.taken.insert(id, inventory.owner());
        if inventory == Inventory::Immutable {
            let before = heap.copy(object.value)?;
            scenario.immutable_values.insert((type_, id), before);
        }
        self.add_input(id, inventory.owner(), super::InputAccess::Mutable);
        Ok(heap.copy(object.value)?)
    }

    /// Makes an object receivable, and returns the version that its ticket names.
    pub(crate) fn allocate_ticket(&mut self, type_: Type, id: Address) -> Result<u64, NativeError> {
        const VERSION: u64 = 0;
        let scenario = self.scenario()?;
        if scenario.tickets.contains_key(&id) {
            return Err(NativeError::Abort(TICKET_ALREADY_ALLOCATED));
        }
        let Some(object) = scenario.objects.remove(&id) else {
            return Err(VmStatus::InvariantViolation("a ticket for an object nobody sent").into());
        };
        if object.type_ != type_ {
            return Err(NativeError::Abort(UNABLE_TO_ALLOCATE_TICKET));
        }
        let owner = scenario
            .by_address
            .iter()
            .find(|(_, types)| types.values().any(|ids| ids.contains(&id)));
        let Some((&owner, _)) = owner else {
            return Err(NativeError::Abort(OBJECT_NOT_FOUND));
        };
        let ticket = Ticket {
            owner,
            object,
            received: false,
        };
        scenario.tickets.insert(id, ticket);
        Ok(VERSION)
    }

    /// Takes a ticket back.
    pub(crate) fn deallocate_ticket(&mut self, id: Address) -> Result<(), NativeError> {
        let scenario = self.scenario()?;
        let Some(ticket) = scenario.tickets.remove(&id) else {
            return Err(NativeError::Abort(UNABLE_TO_DEALLOCATE_TICKET));
        };
        scenario.objects.insert(id, ticket.object);
        Ok(())
    }

    /// A setting as the last transaction of the test left it.
    pub(crate) fn test_setting(&self, config: Address, id: Address, type_: Type) -> Option<Value> {
        let (found, value) = self.scenario.as_ref()?.settings.get(&(config, id))?;
        (*found == type_).then_some(*value)
    }

    /// Bytes no two calls of one test agree on.
    pub(crate) fn test_seed(&mut self) -> Result<[u8; 32], VmStatus> {
        let scenario = self.scenario()?;
        let number = scenario.seeds;
        scenario.seeds = number.wrapping_add(1);
        let mut name = [0xA5; 32];
        name[..8].copy_from_slice(&number.to_le_bytes());
        Ok(Address::derive_id(Digest::new(name), number).into_inner())
    }
}
