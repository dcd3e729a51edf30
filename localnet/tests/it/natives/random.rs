//! Long random runs against plain maps: dynamic fields, and objects that are wrapped and unwrapped.

use std::collections::{BTreeMap, BTreeSet};

use sui_sdk_types::{Address, TypeTag};
use valet_localnet::vm::{Cell, Value, VmError, WriteKind};

use super::world::{ALICE, Transaction, World};

const TRANSACTIONS: usize = 300;
const KEYS: u64 = 6;

/// A small deterministic generator, so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Does something to one key of a parent and of the map that models its fields.
fn operate(
    tx: &mut Transaction<'_>,
    random: &mut Random,
    parent: Value,
    model: &mut BTreeMap<u64, u64>,
) -> Result<(), VmError> {
    let key = random.below(KEYS);
    let name = |function| format!("fields::{function}");
    let exists = tx.value(&name("exists_"), &[parent, key.into()])?;
    assert_eq!(exists, model.contains_key(&key).into());
    let Some(&current) = model.get(&key) else {
        let value = random.below(3);
        tx.call(&name("add"), &[parent, key.into(), value.into()])?;
        model.insert(key, value);
        return Ok(());
    };
    match random.below(5) {
        0 => {
            assert_eq!(
                tx.value(&name("remove"), &[parent, key.into()])?,
                current.into()
            );
            model.remove(&key);
        }
        1 => tx.call(&name("touch"), &[parent, key.into()])?,
        2 => assert_eq!(
            tx.value(&name("read"), &[parent, key.into()])?,
            current.into()
        ),
        3 => {
            let value = random.below(3);
            assert_eq!(
                tx.value(&name("readd"), &[parent, key.into(), value.into()])?,
                current.into()
            );
            model.insert(key, value);
        }
        _ => {
            let value = random.below(3);
            tx.call(&name("write"), &[parent, key.into(), value.into()])?;
            model.insert(key, value);
        }
    }
    Ok(())
}

/// Whatever happens within transactions, afterwards the fields are those of the map, exactly the keys that differ are
/// written or deleted, and what was added and removed at once leaves no trace.
#[test]
fn fields_behave_like_a_map_and_only_differences_are_written() {
    let mut world = World::default();
    let (parent, _) = world.run(|tx| {
        let context = tx.context();
        let parent = tx.value("fields::new", &[context])?;
        let id = tx.id(parent);
        tx.give("objects::fields::Parent", parent, ALICE);
        Ok(id)
    });
    let field = |key: u64| parent.derive_dynamic_child_id(&TypeTag::U64, &key.to_le_bytes());
    let mut random = Random(0x5eed);
    let mut before = BTreeMap::new();
    for _ in 0..TRANSACTIONS {
        let (after, results) = world.run(|tx| {
            let cell = tx.input(parent);
            let reference = tx.borrow(cell);
            let mut model = before.clone();
            for _ in 0..=random.below(8) {
                operate(tx, &mut random, reference, &mut model)?;
            }
            Ok(model)
        });
        let keys = |pick: &dyn Fn(Option<&u64>, Option<&u64>) -> bool| -> BTreeSet<Address> {
            (0..KEYS)
                .filter(|key| pick(before.get(key), after.get(key)))
                .map(field)
                .collect()
        };
        let mut written: BTreeSet<_> = results.written.keys().copied().collect();
        assert!(written.remove(&parent), "a mutable input is always written");
        assert_eq!(written, keys(&|old, new| new.is_some() && new != old));
        assert_eq!(
            results.created,
            keys(&|old, new| old.is_none() && new.is_some())
        );
        assert_eq!(
            results.deleted,
            keys(&|old, new| old.is_some() && new.is_none())
        );
        assert!(results.wrapped.is_empty());
        let modified = results
            .loaded
            .iter()
            .filter(|(_, loaded)| loaded.modified)
            .map(|(id, _)| *id);
        assert_eq!(
            modified.collect::<BTreeSet<_>>(),
            keys(&|old, new| old.is_some() && new != old)
        );
        before = after;
    }
}

const THING: &str = "objects::things::Thing";
const BOX: &str = "objects::things::Box";

/// Every object alive, at top level or inside another.
#[derive(Clone, Debug, Default)]
struct Objects {
    /// What each thing's value is.
    things: BTreeMap<Address, u64>,
    /// What each box holds.
    boxes: BTreeMap<Address, Option<Address>>,
}

impl Objects {
    fn alive(&self) -> BTreeSet<Address> {
        self.things
            .keys()
            .chain(self.boxes.keys())
            .copied()
            .collect()
    }

    fn inside(&self) -> BTreeSet<Address> {
        self.boxes.values().flatten().copied().collect()
    }

    fn top_level(&self) -> BTreeSet<Address> {
        self.alive().difference(&self.inside()).copied().collect()
    }

    fn contents(&self, id: &Address) -> Vec<u8> {
        let thing = |id: &Address| [id.as_bytes(), &self.things[id].to_le_bytes()].concat();
        match self.boxes.get(id) {
            None => thing(id),
            Some(None) => [id.as_bytes(), &[0]].concat(),
            Some(Some(inner)) => [id.as_bytes(), &[1], &thing(inner)].concat(),
        }
    }
}

/// What a transaction holds between its calls.
#[derive(Default)]
struct Hands {
    things: Vec<(Address, Value)>,
    boxes: Vec<(Address, Cell)>,
}

/// Creates, deletes, wraps, unwraps or changes something.
fn juggle(
    tx: &mut Transaction<'_>,
    random: &mut Random,
    hands: &mut Hands,
    model: &mut Objects,
) -> Result<(), VmError> {
    let context = tx.context();
    let pick = |length: usize, random: &mut Random| {
        usize::try_from(random.below(length as u64)).expect("small")
    };
    match random.below(6) {
        0 => {
            let value = random.below(100);
            let thing = tx.value("things::new", &[value.into(), context])?;
            model.things.insert(tx.id(thing), value);
            hands.things.push((tx.id(thing), thing));
        }
        1 if !hands.things.is_empty() => {
            let (id, thing) = hands.things.swap_remove(pick(hands.things.len(), random));
            assert_eq!(
                Some(tx.value("things::delete", &[thing])?),
                model.things.remove(&id).map(Value::from)
            );
        }
        2 if !hands.things.is_empty() => {
            let (inner, thing) = hands.things.swap_remove(pick(hands.things.len(), random));
            let full = tx.value("things::wrap", &[thing, context])?;
            let id = tx.id(full);
            hands.boxes.push((id, tx.cell(full)));
            model.boxes.insert(id, Some(inner));
        }
        3 if !hands.things.is_empty() => {
            let (id, thing) = hands.things.swap_remove(pick(hands.things.len(), random));
            let cell = tx.cell(thing);
            let (reference, value) = (tx.borrow(cell), random.below(100));
            tx.call("things::set", &[reference, value.into()])?;
            model.things.insert(id, value);
            hands.things.push((id, tx.take(cell)));
        }
        choice @ (4 | 5) if !hands.boxes.is_empty() => {
            let (id, cell) = hands.boxes[pick(hands.boxes.len(), random)];
            let reference = tx.borrow(cell);
            match model.boxes.insert(id, None).flatten() {
                Some(inner) if choice == 4 => {
                    let thing = tx.value("things::unwrap", &[reference])?;
                    hands.things.push((inner, thing));
                }
                Some(inner) => {
                    let value = tx.value("things::unwrap_and_delete", &[reference])?;
                    assert_eq!(Some(value), model.things.remove(&inner).map(Value::from));
                }
                None => {
                    if let Some((inner, thing)) = hands.things.pop() {
                        tx.call("things::fill", &[reference, thing])?;
                        model.boxes.insert(id, Some(inner));
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whatever is done to objects within transactions, the results say exactly which ids came, went, were wrapped and
/// unwrapped, and what every object at top level is.
#[test]
fn objects_come_and_go_as_the_results_say() {
    let mut world = World::default();
    let mut random = Random(0xb0b);
    let mut before = Objects::default();
    for _ in 0..TRANSACTIONS {
        let (after, results) = world.run(|tx| {
            let mut hands = Hands::default();
            for id in before.top_level() {
                let cell = tx.input(id);
                if before.boxes.contains_key(&id) {
                    hands.boxes.push((id, cell));
                } else {
                    hands.things.push((id, tx.take(cell)));
                }
            }
            let mut model = before.clone();
            for _ in 0..=random.below(8) {
                juggle(tx, &mut random, &mut hands, &mut model)?;
            }
            for (_, thing) in hands.things {
                tx.give(THING, thing, ALICE);
            }
            // Boxes that were inputs are kept by the end of the transaction; new ones need an owner.
            for (id, cell) in hands.boxes {
                if !before.boxes.contains_key(&id) {
                    let full = tx.take(cell);
                    tx.give(BOX, full, ALICE);
                }
            }
            Ok(model)
        });
        let (old, new) = (before.alive(), after.alive());
        assert_eq!(results.created, new.difference(&old).copied().collect());
        assert_eq!(results.deleted, old.difference(&new).copied().collect());
        let wrapped = before
            .top_level()
            .intersection(&after.inside())
            .copied()
            .collect();
        assert_eq!(results.wrapped, wrapped);
        assert_eq!(
            results.written.keys().copied().collect::<BTreeSet<_>>(),
            after.top_level()
        );
        for (id, written) in &results.written {
            assert_eq!(written.contents, after.contents(id));
            let expected = match (old.contains(id), before.inside().contains(id)) {
                (false, _) => WriteKind::Created,
                (true, false) => WriteKind::Mutated,
                (true, true) => WriteKind::Unwrapped,
            };
            assert_eq!(written.kind, expected);
        }
        before = after;
    }
}
