//! Versions, deposits, dependencies and fees.

use sui_sdk_types::{
    Address, Argument, ExecutionError, ExecutionStatus, GasCostSummary, IdOperation, ObjectChange,
    ObjectIn, Owner, StructTag, UnchangedConsensusKind,
};

use crate::chain::{Builder, Chain, PRICE, balance, reference, succeeded};

/// 130 bytes at 100 units of 76 MIST each.
const COIN_DEPOSIT: u64 = 988_000;

#[test]
fn a_transfer_costs_what_the_rules_say() {
    let chain = Chain::new();
    let recipient = Address::from_static("0xcafe");
    let gas = chain.coins(chain.account.address)[0].clone();
    let mut b = Builder::default();
    let amount = b.pure(&1_000u64);
    let to = b.pure(&recipient);
    let part = b.split(Argument::Gas, vec![amount]);
    b.transfer(vec![part], to);
    let executed = chain.run(b.finish());
    succeeded(&executed);
    let effects = executed.effects_v2().expect("V2");
    // Two coins are written; the deposit of one comes back, one percent of it is kept.
    let expected = GasCostSummary::new(1_000 * PRICE, 2 * COIN_DEPOSIT, 978_120, 9_880);
    assert_eq!(effects.gas_used, expected);
    assert_eq!(effects.lamport_version, gas.version() + 1);
    let changes: Vec<_> = executed.effects.object_changes().collect();
    assert_eq!(changes.len(), 2);
    let created = Address::derive_id(executed.digest, 0);
    let is_created = |change: &&ObjectChange<'_>| {
        matches!(change, ObjectChange::Created { object_id, output_owner, .. }
        if **object_id == created && **output_owner == Owner::Address(recipient))
    };
    assert_eq!(changes.iter().filter(is_created).count(), 1);
    assert_eq!(effects.dependencies, [gas.previous_transaction()]);
    let after = chain.ledger.object(&gas.object_id()).expect("still there");
    let net = u64::try_from(expected.net_gas_usage()).expect("a charge");
    assert_eq!(balance(&after), balance(&gas) - 1_000 - net);
    // Somebody's gain is somebody's loss.
    let change = |address: Address| {
        executed
            .balance_changes
            .iter()
            .find(|change| change.address == address)
            .map(|change| change.amount)
    };
    assert_eq!(change(recipient), Some(1_000));
    assert_eq!(
        change(chain.account.address),
        Some(-1_000 - i128::from(net))
    );
}

#[test]
fn coins_that_pay_together_become_one() {
    let chain = Chain::new();
    let coins = chain.coins(chain.account.address);
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.gas_payment.objects = coins[1..4].iter().map(|coin| reference(coin)).collect();
    let executed = chain.execute(&transaction).expect("accepted");
    succeeded(&executed);
    let effects = executed.effects_v2().expect("V2");
    let net = u64::try_from(effects.gas_used.net_gas_usage().max(0)).expect("not negative");
    let credit = u64::try_from((-effects.gas_used.net_gas_usage()).max(0)).expect("not negative");
    let first = chain
        .ledger
        .object(&coins[1].object_id())
        .expect("still there");
    assert_eq!(balance(&first), 30_000_000_000 - net + credit);
    for coin in &coins[2..4] {
        assert_eq!(chain.ledger.object(&coin.object_id()), None);
        let changed = effects
            .changed_objects
            .iter()
            .find(|c| c.object_id == coin.object_id())
            .expect("listed");
        assert_eq!(changed.id_operation, IdOperation::Deleted);
        // Its last version is still there to look at.
        assert!(
            chain
                .ledger
                .object_at(&coin.object_id(), coin.version())
                .is_some()
        );
    }
}

#[test]
fn a_failed_transaction_pays_and_touches_its_inputs_only() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    let coins = chain.coins(chain.account.address);
    let mut b = Builder::default();
    let coin = b.object(&coins[4]);
    let amount = b.pure(&1u64);
    let part = b.split(coin, vec![amount]);
    let me = b.pure(&chain.account.address);
    b.transfer(vec![part], me);
    let code = b.pure(&3u64);
    b.call((package, "calls", "emit"), vec![], vec![code]);
    b.call((package, "calls", "abort_with"), vec![], vec![code]);
    let mut transaction = chain.transaction(b.finish());
    transaction.gas_payment.objects = vec![reference(&coins[1]), reference(&coins[2])];
    let executed = chain.execute(&transaction).expect("accepted");
    let effects = executed.effects_v2().expect("V2");
    assert!(matches!(
        effects.status,
        ExecutionStatus::Failure {
            error: ExecutionError::MoveAbort { code: 3, .. },
            command: Some(3)
        }
    ));
    assert_eq!(executed.events, None);
    let mut expected = vec![
        coins[1].object_id(),
        coins[2].object_id(),
        coins[4].object_id(),
    ];
    expected.sort_unstable();
    let changed: Vec<_> = effects
        .changed_objects
        .iter()
        .map(|changed| changed.object_id)
        .collect();
    assert_eq!(changed, expected);
    let untouched = chain
        .ledger
        .object(&coins[4].object_id())
        .expect("still there");
    assert_eq!(
        (balance(&untouched), untouched.version()),
        (balance(&coins[4]), effects.lamport_version)
    );
    // Two coins are written again, three deposits come back.
    assert_eq!(effects.gas_used.computation_cost, 1_000 * PRICE);
    assert_eq!(effects.gas_used.storage_cost, 2 * COIN_DEPOSIT);
    assert_eq!(effects.gas_used.storage_rebate, 3 * 978_120);
    let paid = chain
        .ledger
        .object(&coins[1].object_id())
        .expect("still there");
    let net = effects.gas_used.net_gas_usage();
    assert_eq!(
        i128::from(balance(&paid)),
        i128::from(balance(&coins[1]) + balance(&coins[2])) - i128::from(net)
    );
}

#[test]
fn storage_that_the_budget_does_not_cover_fails_and_keeps_the_inputs() {
    let chain = Chain::new();
    let gas = chain.coins(chain.account.address)[0].clone();
    let split = |budget: u64| {
        let mut b = Builder::default();
        let amount = b.pure(&1u64);
        let me = b.pure(&chain.account.address);
        let part = b.split(Argument::Gas, vec![amount]);
        b.transfer(vec![part], me);
        let mut transaction = chain.transaction(b.finish());
        transaction.gas_payment.budget = budget;
        chain.execute(&transaction).expect("accepted")
    };
    let computation = 1_000 * PRICE;
    // Two deposits less the rebate of one.
    let storage = 2 * COIN_DEPOSIT - 978_120;
    let executed = split(computation + storage - 1);
    let failed = ExecutionStatus::Failure {
        error: ExecutionError::InsufficientGas,
        command: None,
    };
    assert_eq!(*executed.effects.status(), failed);
    assert_eq!(
        *executed.effects.gas_summary(),
        GasCostSummary::new(computation, COIN_DEPOSIT, 978_120, 9_880)
    );
    succeeded(&split(computation + storage));
    // Not even the input's deposit: everything goes to computation, and nothing changes its deposit.
    let executed = split(computation + 1);
    assert_eq!(*executed.effects.status(), failed);
    assert_eq!(
        *executed.effects.gas_summary(),
        GasCostSummary::new(computation + 1, 0, 0, 0)
    );
    let after = chain.ledger.object(&gas.object_id()).expect("still there");
    assert_eq!(after.storage_rebate(), COIN_DEPOSIT);
}

#[test]
fn computation_that_takes_the_whole_budget_is_out_of_gas() {
    let chain = Chain::new();
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.gas_payment.budget = 1_000 * PRICE;
    let executed = chain.execute(&transaction).expect("accepted");
    let failed = ExecutionStatus::Failure {
        error: ExecutionError::InsufficientGas,
        command: None,
    };
    assert_eq!(*executed.effects.status(), failed);
    assert_eq!(
        executed.effects.gas_summary().computation_cost,
        1_000 * PRICE
    );
}

#[test]
fn versions_and_dependencies_follow_all_inputs() {
    let chain = Chain::new();
    let (package, published) = chain.publish("ptb");
    let mut b = Builder::default();
    let number = b.pure(&1u64);
    b.call((package, "calls", "share"), vec![], vec![number]);
    let frozen = b.call((package, "calls", "new"), vec![], vec![number]);
    b.call((package, "calls", "freeze_thing"), vec![], vec![frozen]);
    let made = chain.run(b.finish());
    succeeded(&made);
    let find = |owner: fn(&Owner) -> bool| {
        made.output_objects
            .iter()
            .find(|object| {
                owner(object.owner())
                    && *object.as_struct().expect("an object").object_type()
                        != StructTag::gas_coin()
            })
            .expect("made")
            .clone()
    };
    let shared = find(|owner| matches!(owner, Owner::Shared(_)));
    let frozen = find(|owner| matches!(owner, Owner::Immutable));
    assert_eq!(
        *shared.owner(),
        Owner::Shared(shared.version()),
        "the initial version is the first"
    );

    let mut b = Builder::default();
    let reads = b.shared(&shared, false);
    let imm = b.object(&frozen);
    b.call((package, "calls", "imm_and_imm"), vec![], vec![reads, imm]);
    // A coin that has seen less than they have.
    let old = chain
        .coins(chain.account.address)
        .into_iter()
        .min_by_key(|coin| coin.version())
        .expect("coins");
    let mut transaction = chain.transaction(b.finish());
    transaction.gas_payment.objects = vec![reference(&old)];
    let executed = chain.execute(&transaction).expect("accepted");
    succeeded(&executed);
    let effects = executed.effects_v2().expect("V2");
    assert!(old.version() < shared.version());
    assert_eq!(
        effects.lamport_version,
        shared.version() + 1,
        "read-only inputs count"
    );
    let mut expected = vec![made.digest, old.previous_transaction(), published.digest];
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(effects.dependencies, expected);
    let [unchanged] = effects.unchanged_consensus_objects.as_slice() else {
        panic!("one read-only input")
    };
    assert_eq!(unchanged.object_id, shared.object_id());
    let expected = UnchangedConsensusKind::ReadOnlyRoot {
        version: shared.version(),
        digest: shared.digest(),
    };
    assert_eq!(unchanged.kind, expected);
    assert_eq!(
        chain.ledger.object(&shared.object_id()),
        Some(shared.clone())
    );

    // The same object mutably, untouched by the call, gets a new version.
    let mut b = Builder::default();
    b.shared(&shared, true);
    let executed = chain.run(b.finish());
    succeeded(&executed);
    let after = chain
        .ledger
        .object(&shared.object_id())
        .expect("still there");
    assert_eq!(
        after.version(),
        executed.effects_v2().expect("V2").lamport_version
    );
    assert_eq!(after.owner(), shared.owner());
}

#[test]
fn created_wrapped_and_deleted_objects_are_told_apart() {
    let chain = Chain::new();
    let (package, _) = chain.publish("objects");
    let call = |b: &mut Builder, name: &str, arguments| {
        b.call((package, "things", name), vec![], arguments)
    };
    let mut b = Builder::default();
    let number = b.pure(&1u64);
    let me = b.pure(&chain.account.address);
    let thing = call(&mut b, "new", vec![number]);
    b.transfer(vec![thing], me);
    let made = chain.run(b.finish());
    let thing = Address::derive_id(made.digest, 0);

    let mut b = Builder::default();
    let argument = b.object(&chain.ledger.object(&thing).expect("made"));
    let boxed = call(&mut b, "wrap", vec![argument]);
    let me = b.pure(&chain.account.address);
    b.transfer(vec![boxed], me);
    let wrapped = chain.run(b.finish());
    succeeded(&wrapped);
    let box_id = Address::derive_id(wrapped.digest, 0);
    let is = |executed: &valet_localnet::ledger::ExecutedTransaction, id: Address| {
        let effects = executed.effects_v2().expect("V2");
        let changed = effects
            .changed_objects
            .iter()
            .find(|changed| changed.object_id == id)
            .expect("listed");
        (
            matches!(changed.input_state, ObjectIn::Exist { .. }),
            executed
                .output_objects
                .iter()
                .any(|object| object.object_id() == id),
            changed.id_operation,
        )
    };
    assert_eq!(
        is(&wrapped, thing),
        (true, false, IdOperation::None),
        "wrapped"
    );
    assert_eq!(
        is(&wrapped, box_id),
        (false, true, IdOperation::Created),
        "created"
    );
    assert_eq!(chain.ledger.object(&thing), None);

    let mut b = Builder::default();
    let argument = b.object(&chain.ledger.object(&box_id).expect("made"));
    let inner = call(&mut b, "unwrap", vec![argument]);
    let me = b.pure(&chain.account.address);
    b.transfer(vec![inner], me);
    let unwrapped = chain.run(b.finish());
    succeeded(&unwrapped);
    assert_eq!(
        is(&unwrapped, thing),
        (false, true, IdOperation::None),
        "unwrapped"
    );

    let mut b = Builder::default();
    let argument = b.object(&chain.ledger.object(&thing).expect("unwrapped"));
    call(&mut b, "delete", vec![argument]);
    let deleted = chain.run(b.finish());
    succeeded(&deleted);
    assert_eq!(
        is(&deleted, thing),
        (true, false, IdOperation::Deleted),
        "deleted"
    );

    let mut b = Builder::default();
    call(&mut b, "create_and_delete", vec![]);
    let nothing = chain.run(b.finish());
    succeeded(&nothing);
    assert_eq!(
        nothing.effects_v2().expect("V2").changed_objects.len(),
        1,
        "only the gas coin"
    );
}
