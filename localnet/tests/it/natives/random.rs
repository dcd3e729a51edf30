//! Long random runs of dynamic-field operations against a plain map.

use std::collections::{BTreeMap, BTreeSet};

use sui_sdk_types::{Address, TypeTag};
use valet_localnet::vm::{Value, VmError};

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
