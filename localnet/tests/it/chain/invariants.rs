//! What holds for every user transaction whatever it does.

use std::collections::BTreeMap;
use std::sync::Arc;

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, Address, Object, ObjectData, ObjectIn, ObjectOut,
    StructTag, TransactionEffectsV2, TypeTag,
};
use valet_localnet::ledger::ExecutedTransaction;
use valet_localnet::vm::Vm;

use super::supply;

/// MIST for each byte of an object.
const DEPOSIT_PER_BYTE: u64 = 7_600;

/// Check digests, versions, deposits and the conservation of SUI.
pub(crate) fn check(vm: &Vm, executed: &ExecutedTransaction) {
    let effects = executed.effects_v2().expect("effects are V2");
    assert_eq!(executed.transaction.digest(), executed.digest);
    assert_eq!(effects.transaction_digest, executed.digest);
    assert_eq!(executed.effects.digest(), executed.effects_digest);
    assert_eq!(
        executed.events.as_ref().map(|events| events.digest()),
        effects.events_digest
    );
    written_objects(executed, effects);
    sui(vm, executed, effects);
}

fn written_objects(executed: &ExecutedTransaction, effects: &TransactionEffectsV2) {
    let outputs: BTreeMap<_, _> = executed
        .output_objects
        .iter()
        .map(|object| (object.object_id(), object))
        .collect();
    let ids: Vec<_> = effects
        .changed_objects
        .iter()
        .map(|changed| changed.object_id)
        .collect();
    assert!(ids.is_sorted(), "changed objects are sorted");
    for changed in &effects.changed_objects {
        match &changed.output_state {
            ObjectOut::ObjectWrite { digest, owner } => {
                let object = outputs[&changed.object_id];
                assert_eq!(object.digest(), *digest);
                assert_eq!(object.owner(), owner);
                assert_eq!(object.version(), effects.lamport_version);
                assert_eq!(object.previous_transaction(), executed.digest);
            }
            ObjectOut::PackageWrite { version, digest } => {
                let object = outputs[&changed.object_id];
                assert_eq!((object.version(), object.digest()), (*version, *digest));
            }
            _ => assert!(!outputs.contains_key(&changed.object_id)),
        }
        if let ObjectIn::Exist { version, .. } = changed.input_state {
            assert!(
                version < effects.lamport_version || version == 1,
                "versions grow"
            );
        }
    }
    let cost = effects.gas_used.storage_cost;
    if cost > 0 {
        // The bytes say what each object costs, and that is what it carries.
        for object in outputs.values() {
            assert_eq!(
                object.storage_rebate(),
                size(object) * DEPOSIT_PER_BYTE,
                "the deposit of {object:?}"
            );
        }
        let deposits: u64 = outputs.values().map(|object| object.storage_rebate()).sum();
        assert_eq!(cost, deposits, "every written object carries its deposit");
    }
}

/// How many bytes an object is charged for: its type in the short form that coins have, the transfer flag, the version and the
/// contents, or what a package is made of; and 80 for owner, digest and deposit.
fn size(object: &Object) -> u64 {
    let bytes = match object.data() {
        ObjectData::Struct(data) => {
            let tag = data.object_type();
            let tag = match tag.is_coin() {
                Some(coin) if *coin == TypeTag::from(StructTag::sui()) => 0,
                Some(coin) => encoded(coin),
                None => encoded(tag),
            };
            1 + tag + 1 + 8 + data.contents().len()
        }
        ObjectData::Package(package) => {
            let modules = package
                .modules
                .iter()
                .map(|(name, code)| name.as_str().len() + code.len());
            let origins = package.type_origin_table.iter().map(|origin| {
                origin.module_name.as_str().len()
                    + origin.struct_name.as_str().len()
                    + Address::LENGTH
            });
            let linkage = package.linkage_table.len() * (2 * Address::LENGTH + 8);
            8 + modules.sum::<usize>() + origins.sum::<usize>() + linkage
        }
    };
    bytes as u64 + 80
}

fn encoded(tag: &impl serde::Serialize) -> usize {
    bcs::to_bytes(tag).expect("a type encodes").len()
}

fn sui(vm: &Vm, executed: &ExecutedTransaction, effects: &TransactionEffectsV2) {
    let held = |objects: &[Arc<Object>], only: Option<&[Address]>| -> i128 {
        objects
            .iter()
            .filter(|object| only.is_none_or(|ids| ids.contains(&object.object_id())))
            .map(|object| i128::from(supply::held_by(vm, object)))
            .sum()
    };
    let changed: Vec<_> = effects
        .changed_objects
        .iter()
        .map(|changed| changed.object_id)
        .collect();
    let before = held(&executed.input_objects, Some(&changed));
    let after = held(&executed.output_objects, None);
    let sui_balance: TypeTag = "0x2::balance::Balance<0x2::sui::SUI>"
        .parse()
        .expect("a type");
    let balances: i128 = effects
        .changed_objects
        .iter()
        .filter_map(|changed| match &changed.output_state {
            ObjectOut::AccumulatorWrite(write) if *write.accumulator_type() == sui_balance => {
                let AccumulatorValue::Integer(amount) = *write.value() else {
                    return None;
                };
                Some(match write.operation() {
                    AccumulatorOperation::Split => -i128::from(amount),
                    _ => i128::from(amount),
                })
            }
            _ => None,
        })
        .sum();
    let gas = &effects.gas_used;
    assert_eq!(
        before,
        after + balances + i128::from(gas.computation_cost) + i128::from(gas.storage_cost)
            - i128::from(gas.storage_rebate),
        "SUI before and after: {effects:#?}"
    );
    // What was deposited for changed objects is given back, kept as a fee, or still deposited.
    let released: u64 = executed
        .input_objects
        .iter()
        .filter(|object| changed.contains(&object.object_id()))
        .map(|object| object.storage_rebate())
        .sum();
    let kept: u64 = executed
        .output_objects
        .iter()
        .map(|object| object.storage_rebate())
        .sum();
    assert_eq!(
        released + gas.storage_cost,
        kept + gas.storage_rebate + gas.non_refundable_storage_fee,
        "storage deposits before and after: {effects:#?}"
    );
}
