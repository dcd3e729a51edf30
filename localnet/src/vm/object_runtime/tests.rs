//! What these tests prove: every way an object can go through a transaction ends up in the right place of the results, and
//! every limit stops where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use sui_sdk_types::{Address, Digest, Identifier, MoveStruct, Object, ObjectData, Owner};

use super::*;
use crate::vm::{AbilitySet, Datatype, DatatypeBody, Field};

const ALICE: Address = Address::from_static("0xa11ce");
const BOB: Address = Address::from_static("0xb0b");
const PARENT: Address = Address::from_static("0x9a1");
const CHILD: Address = Address::from_static("0xc1");
const OTHER: Address = Address::from_static("0xc2");
const FRAMEWORK: Address = Address::TWO;

/// Objects as a ledger would hold them.
#[derive(Debug, Default)]
struct Store(BTreeMap<Address, Arc<Object>>);

impl ObjectStore for Store {
    fn child(&self, parent: Address, child: Address) -> Option<Arc<Object>> {
        self.0
            .get(&child)
            .filter(|object| *object.owner() == Owner::Object(parent))
            .cloned()
    }

    fn receive(&self, parent: Address, id: Address, version: u64) -> Option<Arc<Object>> {
        self.0
            .get(&id)
            .filter(|object| {
                *object.owner() == Owner::Address(parent) && object.version() == version
            })
            .cloned()
    }
}

/// `UID`, and two objects `Thing` and `Other` of the same layout `{ id: UID, value: u64 }`; only `Thing` has `store`.
struct World {
    types: Types,
    thing: Type,
    other: Type,
    store: Store,
}

impl World {
    fn new() -> Self {
        let types = Types::default();
        let id = declare(&types, "object", "ID", AbilitySet::STORE, &[Type::ADDRESS]);
        let uid = declare(&types, "object", "UID", AbilitySet::STORE, &[id]);
        let object = AbilitySet::KEY.union(AbilitySet::STORE);
        let thing = declare(&types, "things", "Thing", object, &[uid, Type::U64]);
        let other = declare(
            &types,
            "things",
            "Other",
            AbilitySet::KEY,
            &[uid, Type::U64],
        );
        Self {
            types,
            thing,
            other,
            store: Store::default(),
        }
    }

    /// Puts an object into the store.
    fn with(mut self, id: Address, owner: Owner, type_: Type, value: u64) -> Self {
        let tag = self.types.struct_tag(type_).expect("a struct");
        let data =
            MoveStruct::new(tag.clone(), true, 5, contents(id, value)).expect("starts with an id");
        let object = Object::new(ObjectData::Struct(data), owner, Digest::ZERO, 0);
        self.store.0.insert(id, Arc::new(object));
        self
    }

    fn run<T>(&self, script: impl FnOnce(&mut Transaction<'_>) -> T) -> (T, RuntimeResults) {
        let mut transaction = Transaction {
            world: self,
            heap: Heap::new(),
            runtime: ObjectRuntime::new(&self.store, context()),
        };
        let returned = script(&mut transaction);
        let results = transaction
            .runtime
            .finish(&transaction.heap, &self.types)
            .expect("finishes");
        (returned, results)
    }
}

struct Transaction<'a> {
    world: &'a World,
    heap: Heap,
    runtime: ObjectRuntime<'a>,
}

impl Transaction<'_> {
    /// A value of `Thing` or `Other`.
    fn object(&mut self, id: Address, value: u64) -> Value {
        let id = self.heap.pack(&[id.into()]).expect("fits");
        let uid = self.heap.pack(&[id]).expect("fits");
        self.heap.pack(&[uid, value.into()]).expect("fits")
    }

    fn create(&mut self, value: u64) -> (Address, Value) {
        let id = self.runtime.fresh_id().expect("within limits");
        (id, self.object(id, value))
    }

    fn transfer(&mut self, owner: Owner, value: Value) -> TransferKind {
        self.runtime
            .transfer(&self.heap, owner, self.world.thing, value)
            .expect("within limits")
    }

    fn borrow(&mut self, parent: Address, id: Address, mutable: Mutable) -> Lookup<Reference> {
        let mut memory = Memory {
            heap: &mut self.heap,
            types: &self.world.types,
        };
        self.runtime
            .borrow_child(&mut memory, parent, id, self.world.thing, mutable)
            .expect("no limit")
    }

    fn set(&mut self, parent: Address, id: Address, value: u64) {
        let Lookup::Found(child, _) = self.borrow(parent, id, Mutable::Yes) else {
            panic!("the child exists");
        };
        let field = self.heap.borrow_field(child, 1).expect("two fields");
        self.heap.write(field, value.into()).expect("a u64");
    }

    fn remove(&mut self, parent: Address, id: Address, type_: Type) -> Lookup<Value> {
        let mut memory = Memory {
            heap: &mut self.heap,
            types: &self.world.types,
        };
        self.runtime
            .remove_child(&mut memory, parent, id, type_)
            .expect("no limit")
    }

    fn take(&mut self, parent: Address, id: Address) -> Value {
        match self.remove(parent, id, self.world.thing) {
            Lookup::Found(value, _) => value,
            other => panic!("the child exists, got {other:?}"),
        }
    }

    fn add(&mut self, parent: Address, value: Value) {
        self.runtime
            .add_child(&mut self.heap, parent, self.world.thing, value)
            .expect("no limit");
    }

    fn receive(
        &mut self,
        parent: Address,
        id: Address,
        version: u64,
        type_: Type,
    ) -> Lookup<Value> {
        let mut memory = Memory {
            heap: &mut self.heap,
            types: &self.world.types,
        };
        self.runtime
            .receive(&mut memory, parent, (id, version), type_)
            .expect("decodes")
    }
}

fn declare(
    types: &Types,
    module: &str,
    name: &str,
    abilities: AbilitySet,
    fields: &[Type],
) -> Type {
    let identifier = |text: &str| Identifier::new(text).expect("an identifier");
    let fields = fields
        .iter()
        .map(|ty| Field {
            name: identifier("field"),
            ty: *ty,
        })
        .collect();
    let body = OnceLock::new();
    assert!(body.set(DatatypeBody::Struct(fields)).is_ok());
    let datatype = Datatype {
        defining_id: FRAMEWORK,
        original_id: FRAMEWORK,
        module: identifier(module),
        name: identifier(name),
        abilities,
        type_parameters: Box::default(),
        body,
    };
    let id = types
        .declare_datatype(datatype)
        .expect("room for a datatype");
    types.datatype(id, &[]).expect("no type parameters")
}

fn context() -> TxContext {
    TxContext {
        sender: ALICE,
        digest: Digest::new([7; 32]),
        epoch: 3,
        epoch_timestamp_ms: 4,
        reference_gas_price: 1000,
        gas_price: 1001,
        gas_budget: 5_000_000,
        sponsor: None,
    }
}

fn contents(id: Address, value: u64) -> Vec<u8> {
    [id.as_bytes(), &value.to_le_bytes()].concat()
}

fn ids<T>(map: &BTreeMap<Address, T>) -> Vec<Address> {
    map.keys().copied().collect()
}

#[test]
fn fresh_ids_are_the_ones_the_sdk_derives() {
    let (created, results) = World::new().run(|tx| {
        let package = tx.runtime.fresh_package_id().expect("the first id");
        [package, tx.create(1).0]
    });
    assert_eq!(
        created,
        [0, 1].map(|count| Address::derive_id(Digest::new([7; 32]), count))
    );
    // Nobody wrote the object, so it must have been wrapped; the package is none of the runtime's business.
    assert_eq!(results.created, [created[1]].into());
    assert!(results.written.is_empty());
    assert_eq!(results.ids_created, 2);
}

#[test]
fn a_created_object_is_written_for_its_recipient() {
    let world = World::new();
    let (id, results) = world.run(|tx| {
        let (id, value) = tx.create(1);
        assert_eq!(tx.transfer(Owner::Address(BOB), value), TransferKind::New);
        id
    });
    let expected = WrittenObject {
        owner: Owner::Address(BOB),
        type_tag: "0x2::things::Thing".parse().expect("a struct tag"),
        has_public_transfer: true,
        contents: contents(id, 1),
        kind: WriteKind::Created,
    };
    assert_eq!(results.written, BTreeMap::from([(id, expected)]));
    assert_eq!(results.created, [id].into());
}

#[test]
fn inputs_are_kept_moved_wrapped_or_deleted() {
    let (kept, moved, wrapped, deleted, frozen) = (CHILD, OTHER, PARENT, ALICE, BOB);
    let ((), results) = World::new().run(|tx| {
        for id in [kept, moved, wrapped, deleted] {
            tx.runtime
                .add_input(id, Owner::Address(ALICE), InputAccess::Mutable);
        }
        tx.runtime
            .add_input(frozen, Owner::Immutable, InputAccess::ReadOnly);
        let value = tx.object(kept, 1);
        tx.runtime
            .keep(&tx.heap, tx.world.thing, value)
            .expect("a mutable input");
        let value = tx.object(moved, 2);
        assert_eq!(
            tx.transfer(Owner::Address(BOB), value),
            TransferKind::OwnerChanged
        );
        tx.runtime.delete_id(deleted).expect("within limits");
        let value = tx.object(frozen, 3);
        assert!(tx.runtime.keep(&tx.heap, tx.world.thing, value).is_err());
    });
    assert_eq!(
        ids(&results.written),
        [moved, kept]
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    assert!(
        results
            .written
            .values()
            .all(|object| object.kind == WriteKind::Mutated)
    );
    assert_eq!(results.deleted, [deleted].into());
    assert_eq!(results.wrapped, [wrapped].into());
}

#[test]
fn transfers_are_classified_by_what_was_there_before() {
    World::new().run(|tx| {
        let shared = Owner::Shared(3);
        tx.runtime.add_input(CHILD, shared, InputAccess::Mutable);
        tx.runtime
            .add_input(OTHER, Owner::Address(ALICE), InputAccess::Mutable);
        let value = tx.object(CHILD, 1);
        assert_eq!(
            tx.transfer(Owner::Shared(0), value),
            TransferKind::SameOwner
        );
        let value = tx.object(OTHER, 1);
        assert_eq!(
            tx.transfer(Owner::Shared(0), value),
            TransferKind::OwnerChanged
        );
        let value = tx.object(OTHER, 1);
        assert_eq!(
            tx.transfer(Owner::Address(ALICE), value),
            TransferKind::SameOwner
        );
        let unwrapped = tx.object(PARENT, 1);
        assert_eq!(
            tx.transfer(Owner::Address(ALICE), unwrapped),
            TransferKind::OwnerChanged
        );
        let clock = tx.object(Address::from_static("0x6"), 1);
        assert_eq!(tx.transfer(Owner::Shared(0), clock), TransferKind::New);
    });
}

#[test]
fn a_shared_input_that_is_shared_again_keeps_its_version() {
    let ((), results) = World::new().run(|tx| {
        tx.runtime
            .add_input(CHILD, Owner::Shared(3), InputAccess::Mutable);
        let value = tx.object(CHILD, 1);
        tx.transfer(Owner::Shared(0), value);
    });
    assert_eq!(results.written[&CHILD].owner, Owner::Shared(3));
}

#[test]
fn an_object_out_of_nowhere_was_unwrapped() {
    let ((), results) = World::new().run(|tx| {
        let value = tx.object(CHILD, 1);
        tx.transfer(Owner::Address(ALICE), value);
        tx.runtime.delete_id(OTHER).expect("within limits");
    });
    assert_eq!(results.written[&CHILD].kind, WriteKind::Unwrapped);
    assert_eq!(results.deleted, [OTHER].into());
}

#[test]
fn a_child_is_written_only_if_it_changed() {
    let world = World::new();
    let thing = world.thing;
    let world = world.with(CHILD, Owner::Object(PARENT), thing, 1).with(
        OTHER,
        Owner::Object(PARENT),
        thing,
        2,
    );

    let ((), results) = world.run(|tx| {
        assert!(matches!(
            tx.borrow(PARENT, CHILD, Mutable::No),
            Lookup::Found(_, Access::Loaded(40))
        ));
        assert!(matches!(
            tx.borrow(PARENT, CHILD, Mutable::Yes),
            Lookup::Found(_, Access::Value)
        ));
        tx.set(PARENT, OTHER, 9);
        tx.set(PARENT, OTHER, 2);
    });
    assert!(results.written.is_empty() && results.wrapped.is_empty());
    assert_eq!(ids(&results.loaded), [CHILD, OTHER]);
    assert!(
        results
            .loaded
            .values()
            .all(|loaded| !loaded.modified && !loaded.received)
    );

    let ((), results) = world.run(|tx| tx.set(PARENT, CHILD, 7));
    assert_eq!(results.written[&CHILD].contents, contents(CHILD, 7));
    assert_eq!(results.written[&CHILD].owner, Owner::Object(PARENT));
    assert_eq!(results.written[&CHILD].kind, WriteKind::Mutated);
    assert!(results.loaded[&CHILD].modified);
}

#[test]
fn a_child_put_back_as_it_was_is_untouched_and_under_another_parent_it_is_written() {
    let world = World::new();
    let thing = world.thing;
    let world = world.with(CHILD, Owner::Object(PARENT), thing, 1);
    let ((), results) = world.run(|tx| {
        let value = tx.take(PARENT, CHILD);
        assert_eq!(
            tx.borrow(PARENT, CHILD, Mutable::No),
            Lookup::Missing(Access::Value)
        );
        tx.add(PARENT, value);
    });
    assert!(results.written.is_empty() && !results.loaded[&CHILD].modified);

    let ((), results) = world.run(|tx| {
        let value = tx.take(PARENT, CHILD);
        tx.add(BOB, value);
        assert!(matches!(
            tx.borrow(BOB, CHILD, Mutable::No),
            Lookup::Found(..)
        ));
    });
    assert_eq!(results.written[&CHILD].owner, Owner::Object(BOB));
    assert!(results.loaded[&CHILD].modified);
}

#[test]
fn a_removed_child_is_moved_deleted_or_wrapped() {
    let world = World::new();
    let thing = world.thing;
    let world = world.with(CHILD, Owner::Object(PARENT), thing, 1);

    let ((), moved) = world.run(|tx| {
        let value = tx.take(PARENT, CHILD);
        assert_eq!(
            tx.transfer(Owner::Address(BOB), value),
            TransferKind::OwnerChanged
        );
    });
    assert_eq!(moved.written[&CHILD].kind, WriteKind::Mutated);
    assert!(moved.loaded[&CHILD].modified && moved.wrapped.is_empty());

    let ((), deleted) = world.run(|tx| {
        tx.take(PARENT, CHILD);
        tx.runtime.delete_id(CHILD).expect("within limits");
    });
    assert!(deleted.written.is_empty() && deleted.wrapped.is_empty());
    assert!(deleted.loaded[&CHILD].modified);
    assert_eq!(deleted.deleted, [CHILD].into());

    let ((), wrapped) = world.run(|tx| {
        tx.take(PARENT, CHILD);
    });
    assert_eq!(wrapped.wrapped, [CHILD].into());
    assert!(wrapped.loaded[&CHILD].modified);
}

#[test]
fn a_new_child_is_created_and_a_child_of_another_type_is_told_apart() {
    let world = World::new();
    let other = world.other;
    let world = world.with(CHILD, Owner::Object(PARENT), other, 1);
    let (id, results) = world.run(|tx| {
        assert_eq!(tx.borrow(PARENT, CHILD, Mutable::No), Lookup::WrongType);
        assert_eq!(tx.remove(PARENT, CHILD, tx.world.thing), Lookup::WrongType);
        let types = &tx.world.types;
        let exists = tx
            .runtime
            .child_exists(&tx.heap, PARENT, CHILD)
            .expect("no limit");
        assert_eq!(exists, (true, Access::Object));
        for (type_, expected) in [(tx.world.thing, false), (tx.world.other, true)] {
            let exists = tx
                .runtime
                .child_exists_with_type(&tx.heap, types, PARENT, CHILD, type_);
            assert_eq!(exists, Ok((expected, Access::Object)));
        }
        assert!(matches!(
            tx.remove(PARENT, CHILD, tx.world.other),
            Lookup::Found(..)
        ));
        tx.runtime.delete_id(CHILD).expect("within limits");

        let (id, value) = tx.create(5);
        tx.add(PARENT, value);
        let again = tx.object(id, 6);
        let added = tx
            .runtime
            .add_child(&mut tx.heap, PARENT, tx.world.thing, again);
        assert!(matches!(added, Err(VmStatus::InvariantViolation(_))));
        id
    });
    assert_eq!(results.written[&id].kind, WriteKind::Created);
    assert_eq!(results.written[&id].owner, Owner::Object(PARENT));
}

#[test]
fn a_parent_made_by_the_transaction_has_no_children_in_the_store() {
    let parent = Address::derive_id(Digest::new([7; 32]), 0);
    let world = World::new();
    let thing = world.thing;
    let world = world.with(CHILD, Owner::Object(parent), thing, 1);
    world.run(|tx| {
        assert_eq!(tx.create(1).0, parent);
        assert_eq!(
            tx.borrow(parent, CHILD, Mutable::No),
            Lookup::Missing(Access::Loaded(0))
        );
        assert_eq!(
            tx.runtime.child_exists(&tx.heap, parent, CHILD),
            Ok((false, Access::Object))
        );
    });
    // Deleted and made again, it is the old parent, whose children are still there.
    world.run(|tx| {
        tx.runtime.delete_id(parent).expect("within limits");
        tx.runtime.record_new_id(parent).expect("within limits");
        assert!(matches!(
            tx.borrow(parent, CHILD, Mutable::No),
            Lookup::Found(..)
        ));
    });
}

#[test]
fn objects_are_received_once_at_their_version_and_type() {
    let world = World::new();
    let thing = world.thing;
    let world = world.with(CHILD, Owner::Address(PARENT), thing, 1);
    let ((), results) = world.run(|tx| {
        let missing = Lookup::Missing(Access::Object);
        assert_eq!(tx.receive(PARENT, CHILD, 4, tx.world.thing), missing);
        assert_eq!(tx.receive(BOB, CHILD, 5, tx.world.thing), missing);
        assert_eq!(tx.receive(PARENT, OTHER, 5, tx.world.thing), missing);
        assert_eq!(
            tx.receive(PARENT, CHILD, 5, tx.world.other),
            Lookup::WrongType
        );
        let Lookup::Found(value, _) = tx.receive(PARENT, CHILD, 5, tx.world.thing) else {
            panic!("the object was sent to the parent");
        };
        assert_eq!(tx.receive(PARENT, CHILD, 5, tx.world.thing), missing);
        tx.transfer(Owner::Address(ALICE), value);
    });
    assert_eq!(results.written[&CHILD].kind, WriteKind::Mutated);
    assert!(results.loaded[&CHILD].modified && results.loaded[&CHILD].received);

    let ((), results) = world.run(|tx| {
        tx.receive(PARENT, CHILD, 5, tx.world.thing);
    });
    assert_eq!(results.wrapped, [CHILD].into());
}

#[test]
fn objects_cannot_own_themselves() {
    let world = World::new();
    let mut heap = Heap::new();
    let mut runtime = ObjectRuntime::new(&world.store, context());
    let id = runtime.fresh_id().expect("within limits");
    let fields = heap
        .pack(&[id.into()])
        .and_then(|id| heap.pack(&[id]))
        .expect("fits");
    let value = heap.pack(&[fields, 1u64.into()]).expect("fits");
    runtime
        .add_child(&mut heap, id, world.thing, value)
        .expect("no limit");
    assert_eq!(
        runtime.finish(&heap, &world.types),
        Err(VmStatus::CircularOwnership(id))
    );
}

#[test]
fn events_keep_their_order_and_stay_within_limits() {
    let world = World::new();
    let config = RuntimeConfig {
        max_events: 2,
        max_event_size: 10,
        max_total_event_size: 15,
        ..RuntimeConfig::default()
    };
    let mut runtime = ObjectRuntime::new(&world.store, context()).with_config(config);
    let event = |value: u8| RuntimeEvent {
        type_tag: "0x2::things::Happened".parse().expect("a struct tag"),
        contents: vec![value],
    };
    assert!(runtime.check_event_size(11).is_err());
    assert_eq!(runtime.check_event_size(10), Ok(()));
    assert_eq!(runtime.emit(event(0), 10), Ok(0));
    assert!(runtime.check_event_size(6).is_err());
    assert_eq!(runtime.take_events(), [event(0)]);
    assert_eq!(runtime.emit(event(1), 5), Ok(1));
    assert_eq!(
        runtime.emit(event(2), 0),
        Err(VmStatus::MemoryLimitExceeded("number of events"))
    );
    let results = runtime
        .finish(&Heap::new(), &world.types)
        .expect("finishes");
    assert_eq!(results.events, [event(1)]);
}

#[test]
fn lookups_entries_and_transfers_stay_within_limits() {
    let world = World::new();
    let config = RuntimeConfig {
        max_cached_objects: 1,
        max_store_entries: 1,
        max_transfers: 1,
        ..RuntimeConfig::default()
    };
    let mut tx = Transaction {
        world: &world,
        heap: Heap::new(),
        runtime: ObjectRuntime::new(&world.store, context()).with_config(config),
    };
    assert!(tx.runtime.child_exists(&tx.heap, PARENT, CHILD).is_ok());
    assert!(tx.runtime.child_exists(&tx.heap, PARENT, CHILD).is_ok());
    assert!(tx.runtime.child_exists(&tx.heap, PARENT, OTHER).is_err());
    let value = tx.object(CHILD, 1);
    tx.add(PARENT, value);
    let value = tx.object(OTHER, 1);
    assert!(
        tx.runtime
            .add_child(&mut tx.heap, PARENT, world.thing, value)
            .is_err()
    );
    let value = tx.object(ALICE, 1);
    tx.transfer(Owner::Address(BOB), value);
    let value = tx.object(BOB, 1);
    assert!(
        tx.runtime
            .transfer(&tx.heap, Owner::Immutable, world.thing, value)
            .is_err()
    );
}
