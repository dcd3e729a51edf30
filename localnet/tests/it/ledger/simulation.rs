//! Simulating changes nothing, says what commands return, and can choose gas.

use sui_sdk_types::{
    Address, Argument, Command, ExecutionStatus, Identifier, MakeMoveVector,
    ProgrammableTransaction, Publish, StructTag, Transaction, TransactionExpiration, TypeTag,
};
use valet_localnet::ledger::{Rejection, SimulateOptions, SimulationChecks};

use crate::chain::{Account, Builder, Chain, PRICE, reference, succeeded};

#[test]
fn a_simulation_does_what_execution_then_does() {
    let chain = Chain::new();
    let mut b = Builder::default();
    let amount = b.pure(&5u64);
    let coin = b.split(Argument::Gas, vec![amount]);
    let to = b.pure(&Address::from_static("0xcafe"));
    b.transfer(vec![coin], to);
    let transaction = chain.transaction(b.finish());
    let latest = chain.ledger.latest_checkpoint();
    let simulation = chain
        .ledger
        .simulate(&transaction, &SimulateOptions::default())
        .expect("accepted");
    assert_eq!(chain.ledger.latest_checkpoint(), latest);
    assert_eq!(chain.ledger.transaction(&transaction.digest()), None);
    let executed = chain.execute(&transaction).expect("accepted");
    assert_eq!(simulation.executed.effects, executed.effects);
    assert_eq!(simulation.executed.checkpoint, executed.checkpoint);
}

#[test]
fn commands_return_values_and_change_arguments() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    let mut b = Builder::default();
    let number = b.pure(&41u64);
    b.call((package, "calls", "bump_u64"), vec![], vec![number]);
    let transaction = chain.transaction(b.finish());
    let simulation = chain
        .ledger
        .simulate(&transaction, &SimulateOptions::default())
        .expect("accepted");
    let [command] = simulation.commands.as_slice() else {
        panic!("one command")
    };
    let [value] = command.return_values.as_slice() else {
        panic!("one result")
    };
    assert_eq!(
        (&value.type_, value.bytes.as_slice()),
        (&TypeTag::U64, &42u64.to_le_bytes()[..])
    );
    let [(argument, changed)] = command.mutated_by_ref.as_slice() else {
        panic!("one change")
    };
    assert_eq!(
        (argument, changed.bytes.as_slice()),
        (&number, &42u64.to_le_bytes()[..])
    );
}

#[test]
fn checks_hold_unless_they_are_switched_off() {
    let chain = Chain::new();
    let stranger = Account::new(50);
    let coin = chain.coins(chain.account.address)[0].clone();
    let mut b = Builder::default();
    let coin = b.object(&coin);
    let sui = sui_sdk_types::StructTag::sui().into();
    b.call((Address::TWO, "coin", "value"), vec![sui], vec![coin]);
    let mut transaction = chain.transaction(b.finish());
    transaction.sender = stranger.address;
    transaction.gas_payment.owner = stranger.address;
    transaction.gas_payment.objects.clear();
    transaction.gas_payment.budget = 0;
    transaction.gas_payment.price = 0;
    let enabled = SimulateOptions::default();
    assert!(matches!(
        chain.ledger.simulate(&transaction, &enabled),
        Err(Rejection::GasPriceTooLow { .. })
    ));
    let disabled = enabled.with_checks(SimulationChecks::Disabled);
    let simulation = chain
        .ledger
        .simulate(&transaction, &disabled)
        .expect("anybody may look");
    succeeded(&simulation.executed);
    assert_eq!(
        simulation.commands[0].return_values[0].bytes,
        10_000_000_000u64.to_le_bytes()
    );
}

#[test]
fn gas_is_chosen_from_coins() {
    let chain = Chain::new();
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.gas_payment.objects.clear();
    transaction.gas_payment.budget = 0;
    transaction.gas_payment.price = 0;
    let options = SimulateOptions::default().with_gas_selection();
    let simulation = chain
        .ledger
        .simulate(&transaction, &options)
        .expect("accepted");
    let payment = &simulation.executed.transaction.gas_payment;
    assert_eq!(payment.price, PRICE);
    assert_eq!(
        payment.objects,
        [reference(&chain.coins(chain.account.address)[0])]
    );
    // What came out can be signed and executed.
    let executed = chain
        .execute(&simulation.executed.transaction)
        .expect("accepted");
    succeeded(&executed);
    assert!(executed.effects.gas_summary().gas_used() <= payment.budget);
}

#[test]
fn gas_is_chosen_from_the_balance_of_who_has_no_coin() {
    let chain = Chain::new();
    let player = Account::new(51);
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.sender = player.address;
    transaction.gas_payment.owner = player.address;
    transaction.gas_payment.objects.clear();
    transaction.gas_payment.budget = 0;
    let options = SimulateOptions::default().with_gas_selection();
    assert!(matches!(
        chain.ledger.simulate(&transaction, &options),
        Err(Rejection::NoGas { available: 0, .. })
    ));
    let mut b = Builder::default();
    let amount = b.pure(&1_000_000_000u64);
    let coin = b.split(Argument::Gas, vec![amount]);
    let to = b.pure(&player.address);
    let sui = sui_sdk_types::StructTag::sui().into();
    b.call(
        (Address::TWO, "coin", "send_funds"),
        vec![sui],
        vec![coin, to],
    );
    succeeded(&chain.run(b.finish()));
    let simulation = chain
        .ledger
        .simulate(&transaction, &options)
        .expect("accepted");
    let chosen = &simulation.executed.transaction;
    assert!(chosen.gas_payment.objects.is_empty());
    assert!(matches!(
        chosen.expiration,
        TransactionExpiration::ValidDuring { .. }
    ));
    let executed = chain
        .ledger
        .execute(chosen, &[player.sign(chosen)])
        .expect("accepted");
    succeeded(&executed);
}

#[test]
fn a_failing_simulation_says_how() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    let mut b = Builder::default();
    let code = b.pure(&9u64);
    b.call((package, "calls", "nothing"), vec![], vec![]);
    b.call((package, "calls", "abort_with"), vec![], vec![code]);
    let simulation = chain
        .ledger
        .simulate(&chain.transaction(b.finish()), &SimulateOptions::default())
        .expect("accepted");
    assert!(matches!(
        simulation.executed.effects.status(),
        ExecutionStatus::Failure {
            command: Some(1),
            ..
        }
    ));
    assert_eq!(simulation.commands.len(), 1, "what ran before the failure");
}

#[test]
fn a_simulated_package_leaves_nothing_behind() {
    let chain = Chain::new();
    let publication = |call: Option<Address>| {
        let compiled = crate::chain::compile("ptb");
        let mut b = Builder::default();
        let cap = b.command(Command::Publish(Publish {
            modules: compiled.modules,
            dependencies: compiled.dependencies,
        }));
        let me = b.pure(&chain.account.address);
        b.transfer(vec![cap], me);
        if let Some(package) = call {
            b.call((package, "calls", "pinned"), vec![], vec![]);
        }
        chain.transaction(b.finish())
    };
    let simulate = |transaction: &Transaction| {
        let options = SimulateOptions::default();
        chain.ledger.simulate(transaction, &options)
    };
    let transaction = publication(None);
    let simulation = simulate(&transaction).expect("accepted");
    succeeded(&simulation.executed);
    let package = Address::derive_id(transaction.digest(), 0);
    assert!(chain.ledger.vm().package(package).is_none());
    // Neither for itself nor for others.
    let again = simulate(&transaction).expect("accepted");
    assert_eq!(again.executed.effects, simulation.executed.effects);
    let refused = simulate(&publication(Some(package))).expect_err("there is no such package");
    assert_eq!(refused, Rejection::PackageNotFound { package });
    let executed = chain.execute(&transaction).expect("accepted");
    assert_eq!(executed.effects, simulation.executed.effects);
    assert!(chain.ledger.vm().package(package).is_some());
}

/// A type that has eight parts no type of another number has.
fn type_number(number: u64) -> TypeTag {
    let parts = [
        TypeTag::U8,
        TypeTag::U16,
        TypeTag::U32,
        TypeTag::U64,
        TypeTag::U128,
        TypeTag::U256,
        TypeTag::Bool,
        TypeTag::Address,
    ];
    (0..7).fold(TypeTag::U8, |inner, level| {
        let digit = usize::try_from((number >> (3 * level)) % 8).expect("a digit");
        let map = StructTag::new(
            Address::TWO,
            Identifier::from_static("vec_map"),
            Identifier::from_static("VecMap"),
            vec![parts[digit].clone(), inner],
        );
        map.into()
    })
}

#[test]
fn t37_simulations_do_not_fill_the_machine_without_end() {
    let chain = Chain::new();
    let types = || chain.ledger.vm().types().count();
    let mut number = 0;
    let mut simulate = || {
        let commands = (0..320).map(|_| {
            number += 1;
            // The lowest digit is the innermost, so that everything around it is new.
            Command::MakeMoveVector(MakeMoveVector {
                type_: Some(type_number(number)),
                elements: Vec::new(),
            })
        });
        let program = ProgrammableTransaction {
            inputs: Vec::new(),
            commands: commands.collect(),
        };
        let mut transaction = chain.transaction(program);
        transaction.gas_payment.objects.clear();
        let simulation = chain
            .ledger
            .simulate(&transaction, &SimulateOptions::default());
        succeeded(&simulation.expect("it can be simulated").executed);
    };
    simulate();
    assert!(
        types() > 1_000,
        "{} types: each simulation adds many",
        types()
    );
    let mut rounds = 0;
    while types() <= 100_000 {
        simulate();
        rounds += 1;
        assert!(rounds < 200, "{} types", types());
    }
    let full = types();
    for _ in 0..2 {
        simulate();
    }
    assert_eq!(types(), full, "what is simulated now leaves nothing behind");
    // Who pays is served as ever.
    succeeded(&chain.run(Builder::default().finish()));
}
