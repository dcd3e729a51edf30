//! What holds for every user transaction whatever it does.

use std::collections::BTreeMap;

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, Address, ObjectIn, ObjectOut, StructTag,
    TransactionEffectsV2, TypeTag, framework::Coin,
};
use valet_localnet::ledger::ExecutedTransaction;

/// Check digests, versions, deposits and the conservation of SUI.
pub(crate) fn check(executed: &ExecutedTransaction) {
    let effects = executed.effects_v2().expect("effects are V2");
    assert_eq!(executed.transaction.digest(), executed.digest);
    assert_eq!(effects.transaction_digest, executed.digest);
    assert_eq!(executed.effects.digest(), executed.effects_digest);
    assert_eq!(
        executed.events.as_ref().map(|events| events.digest()),
        effects.events_digest
    );
    written_objects(executed, effects);
    sui(executed, effects);
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
    let mut deposits = 0;
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
        deposits += outputs
            .get(&changed.object_id)
            .map_or(0, |object| object.storage_rebate());
    }
    if effects.gas_used.storage_cost > 0 {
        assert_eq!(
            effects.gas_used.storage_cost, deposits,
            "every written object carries its deposit"
        );
    }
}

fn sui(executed: &ExecutedTransaction, effects: &TransactionEffectsV2) {
    let coins =
        |objects: &[std::sync::Arc<sui_sdk_types::Object>], only: Option<&[Address]>| -> i128 {
            objects
                .iter()
                .filter(|object| only.is_none_or(|ids| ids.contains(&object.object_id())))
                .filter_map(|object| Coin::try_from_object(object))
                .filter(|coin| *coin.coin_type() == TypeTag::from(StructTag::sui()))
                .map(|coin| i128::from(coin.balance()))
                .sum()
        };
    let changed: Vec<_> = effects
        .changed_objects
        .iter()
        .map(|changed| changed.object_id)
        .collect();
    let before = coins(&executed.input_objects, Some(&changed));
    let after = coins(&executed.output_objects, None);
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
