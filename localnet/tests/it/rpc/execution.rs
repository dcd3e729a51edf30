//! `TransactionExecutionService` and `SubscriptionService`: executing, simulating, watching.

use std::time::Duration;

use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::execution_error::ExecutionErrorKind;
use sui_rpc::proto::sui::rpc::v2::simulate_transaction_request::TransactionChecks;
use sui_rpc::proto::sui::rpc::v2::{SimulateTransactionRequest, SubscribeCheckpointsRequest};
use sui_sdk_types::{Address, Input, SharedInput, Transaction, TransactionExpiration};
use tokio_stream::StreamExt;
use tonic::Code;

use crate::support::{
    BUDGET, Program, Wallet, client, execute_request, localnet, mask, payment, sui,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_transfer_is_executed_and_final() {
    let localnet = localnet().await;
    let (wallet, friend) = (Wallet::new(1), Wallet::new(2));
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let mut client = client(&localnet);
    let request = wallet.request(payment(5_000, friend.address), gas);
    let answer = client
        .execution_client()
        .execute_transaction(request.clone())
        .await
        .expect("executes")
        .into_inner();
    let executed = answer.transaction();
    assert!(executed.effects().status().success());
    assert!(
        localnet
            .ledger()
            .checkpoint(executed.checkpoint())
            .is_some()
    );
    let gas_used = executed.effects().gas_used();
    let fee = gas_used.computation_cost() + gas_used.storage_cost() - gas_used.storage_rebate();
    let mut changes: Vec<_> = executed
        .balance_changes
        .iter()
        .map(|change| (change.address(), change.amount().to_owned()))
        .collect();
    let (from, to) = (wallet.address.to_string(), friend.address.to_string());
    let mut expected = vec![
        (from.as_str(), format!("-{}", 5_000 + fee)),
        (to.as_str(), "5000".to_owned()),
    ];
    changes.sort();
    expected.sort();
    assert_eq!(changes, expected);
    assert_eq!(
        localnet.ledger().balances(&friend.address)[0].coin_balance,
        5_000
    );

    // The same bytes again give the same answer and execute nothing.
    let again = client
        .execution_client()
        .execute_transaction(request)
        .await
        .expect("known")
        .into_inner();
    assert_eq!(again, answer);
    assert_eq!(
        localnet.ledger().balances(&friend.address)[0].coin_balance,
        5_000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_mask_of_an_execution_is_status_and_checkpoint() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let mut request = wallet.request(payment(1, Address::TWO), gas);
    request.read_mask = None;
    let answer = client(&localnet)
        .execution_client()
        .execute_transaction(request)
        .await
        .expect("executes");
    let executed = answer.into_inner().transaction.expect("a transaction");
    assert!(executed.effects().status().success() && executed.checkpoint.is_some());
    assert!(
        executed.digest.is_none()
            && executed.transaction.is_none()
            && executed.effects().gas_used.is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_is_an_answer_that_costs_gas() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let mut program = Program::default();
    let coins = program.split_gas(&[5]);
    program.call("coin::destroy_zero", &[sui()], &coins);
    let answer = client(&localnet)
        .execution_client()
        .execute_transaction(wallet.request(program, gas))
        .await
        .expect("answers");
    let executed = answer.into_inner().transaction.expect("a transaction");
    let status = executed.effects().status();
    assert!(!status.success());
    let error = status.error();
    assert_eq!(
        (error.kind(), error.command()),
        (ExecutionErrorKind::MoveAbort, 1)
    );
    let abort = error.abort();
    assert_eq!(
        (abort.abort_code(), abort.location().module()),
        (0, "balance")
    );
    assert_eq!(abort.location().function_name(), "destroy_zero");
    assert!(executed.effects().gas_used().computation_cost() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_with_an_error_constant_is_explained() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let state = "0x2::address_alias::AddressAliasState"
        .parse()
        .expect("a type");
    let state = localnet.ledger().objects_of_type(&state);
    let id = state.first().expect("a system object").object_id();
    let mut program = Program::default();
    let state = program.input(Input::Shared(SharedInput::new(id, 1, true)));
    // Nobody enables aliases twice.
    program.call("address_alias::enable", &[], &[state]);
    program.call("address_alias::enable", &[], &[state]);
    let answer = client(&localnet)
        .execution_client()
        .execute_transaction(wallet.request(program, gas))
        .await
        .expect("answers");
    let executed = answer.into_inner().transaction.expect("a transaction");
    let error = executed.effects().status().error();
    assert_eq!(error.kind(), ExecutionErrorKind::MoveAbort, "{error:?}");
    let explained = error.abort().clever_error();
    assert_eq!(explained.error_code(), 2);
    assert_eq!(explained.constant_name(), "EAliasAlreadyExists");
    assert_eq!(explained.constant_type(), "vector<u8>");
    assert_eq!(explained.rendered(), "Alias already exists.");
    assert!(explained.line_number() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_transaction_is_an_error_that_says_what_to_do() {
    let localnet = localnet().await;
    let (wallet, thief) = (Wallet::new(1), Wallet::new(2));
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let height = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    let transaction = payment(1, thief.address).transaction(wallet.address, vec![gas.clone()]);
    let expired = Transaction {
        expiration: TransactionExpiration::Epoch(0),
        ..transaction.clone()
    };
    let mut cheap = transaction.clone();
    cheap.gas_payment.budget = 1;
    let missing = payment(1, thief.address).transaction(wallet.address, Vec::new());
    let mut client = client(&localnet);
    let mut execution = client.execution_client();

    localnet.ledger().advance_epoch().expect("the epoch ends");
    let height_now = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    assert!(height_now > height);
    for (request, words) in [
        (
            execute_request(&transaction, &[thief.sign(&transaction)]),
            "sign",
        ),
        (execute_request(&transaction, &[]), "signature"),
        (
            execute_request(&expired, &[wallet.sign(&expired)]),
            "expired",
        ),
        (execute_request(&cheap, &[wallet.sign(&cheap)]), "budget"),
        (execute_request(&missing, &[wallet.sign(&missing)]), "gas"),
    ] {
        let refused = execution
            .execute_transaction(request)
            .await
            .expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert!(
            refused.message().contains(words),
            "{words}: {}",
            refused.message()
        );
    }
    let after = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    assert_eq!(after, height_now, "nothing was committed");
    let fine = execute_request(&transaction, &[wallet.sign(&transaction)]);
    execution
        .execute_transaction(fine)
        .await
        .expect("the same transaction, signed by its sender, executes");
}

fn simulate(transaction: impl Into<proto::Transaction>) -> SimulateTransactionRequest {
    SimulateTransactionRequest::new(transaction.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_shows_the_outcome_and_changes_nothing() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let before = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    let mut program = Program::default();
    let clock = program.clock();
    program.call("clock::timestamp_ms", &[], &[clock]);
    let transaction = program.transaction(wallet.address, vec![gas.clone()]);
    let mut client = client(&localnet);
    let answer = client
        .execution_client()
        .simulate_transaction(simulate(transaction.clone()))
        .await
        .expect("simulates");
    let answer = answer.into_inner();
    assert!(answer.transaction().effects().status().success());
    let [command] = &answer.command_outputs[..] else {
        panic!("one command: {answer:?}")
    };
    let [value] = &command.return_values[..] else {
        panic!("one value: {command:?}")
    };
    assert_eq!(value.value().name(), "u64");
    assert_eq!(
        value.value().value(),
        crate::support::START_MS.to_le_bytes()
    );
    assert_eq!(
        value.json.as_deref(),
        Some(&prost_types::Value::from(
            crate::support::START_MS.to_string()
        ))
    );
    let after = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    assert_eq!(after, before);

    let narrow = simulate(transaction).with_read_mask(mask("transaction.effects.gas_used"));
    let narrow = client
        .execution_client()
        .simulate_transaction(narrow)
        .await
        .expect("simulates")
        .into_inner();
    assert!(narrow.command_outputs.is_empty() && narrow.transaction().effects().status.is_none());
    assert!(narrow.transaction().effects().gas_used().computation_cost() > 0);
}

/// What a node makes of literals that `commands` take, one input each; or its refusal.
async fn encoded(
    localnet: &valet_localnet::Localnet,
    literals: Vec<prost_types::Value>,
    commands: impl FnOnce(&mut Program, &[sui_sdk_types::Argument]),
) -> Result<Vec<Input>, tonic::Status> {
    let wallet = Wallet::new(1);
    wallet.fund(localnet, [1_000_000_000]);
    let mut program = Program::default();
    let arguments: Vec<_> = literals.iter().map(|_| program.pure(&0_u8)).collect();
    commands(&mut program, &arguments);
    let mut message = proto::Transaction::from(program.transaction(wallet.address, Vec::new()));
    message.bcs = None;
    message.gas_payment = None;
    let inputs = &mut message.kind_mut().programmable_transaction_mut().inputs;
    for (input, literal) in inputs.iter_mut().zip(literals) {
        *input = proto::Input::default().with_literal(literal);
    }
    let request = simulate(message).with_do_gas_selection(true);
    let answer = client(localnet)
        .execution_client()
        .simulate_transaction(request)
        .await?
        .into_inner();
    let resolved = Transaction::try_from(answer.transaction().transaction());
    match resolved.expect("a whole transaction").kind {
        sui_sdk_types::TransactionKind::ProgrammableTransaction(program) => Ok(program.inputs),
        other => panic!("not a program: {other:?}"),
    }
}

fn list(values: impl IntoIterator<Item = prost_types::Value>) -> prost_types::Value {
    let values = prost_types::ListValue {
        values: values.into_iter().collect(),
    };
    prost_types::value::Kind::ListValue(values).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn literals_are_encoded_as_the_type_that_commands_take() {
    use sui_sdk_types::{Argument, Command, MakeMoveVector, SplitCoins};
    let localnet = localnet().await;
    let null = || prost_types::Value::from(prost_types::value::Kind::NullValue(0));
    let text = |text: &str| prost_types::Value::from(text);
    let number = |number: f64| prost_types::Value::from(number);
    // Each as an element of a vector of its type.
    let cases: Vec<(&str, prost_types::Value, Vec<u8>)> = vec![
        ("bool", prost_types::Value::from(true), vec![1]),
        ("bool", text("false"), vec![0]),
        ("u8", number(255.0), vec![255]),
        ("u8", text("7"), vec![7]),
        ("u16", number(258.0), vec![2, 1]),
        ("u32", text("65536"), vec![0, 0, 1, 0]),
        ("u64", text("18446744073709551615"), vec![255; 8]),
        ("u128", text("256"), [vec![0, 1], vec![0; 14]].concat()),
        ("u256", number(3.0), [vec![3], vec![0; 31]].concat()),
        (
            "u256",
            text("115792089237316195423570985008687907853269984665640564039457584007913129639935"),
            vec![255; 32],
        ),
        ("address", text("0x2"), [vec![0; 31], vec![2]].concat()),
        ("address", text(&"ab".repeat(32)), vec![0xab; 32]),
        (
            "0x1::string::String",
            text("h\u{e9}"),
            vec![3, b'h', 0xc3, 0xa9],
        ),
        (
            "0x1::ascii::String",
            text(&"a".repeat(200)),
            [vec![0xc8, 1], vec![b'a'; 200]].concat(),
        ),
        ("0x1::option::Option<u16>", null(), vec![0]),
        ("0x1::option::Option<u16>", number(5.0), vec![1, 5, 0]),
        ("vector<u8>", list([number(1.0), text("2")]), vec![2, 1, 2]),
        (
            "vector<0x1::option::Option<vector<bool>>>",
            list([null(), list([text("true")])]),
            vec![2, 0, 1, 1, 1],
        ),
    ];
    let literals = cases.iter().map(|(_, literal, _)| literal.clone());
    let inputs = encoded(&localnet, literals.collect(), |program, arguments| {
        for ((type_, ..), argument) in cases.iter().zip(arguments) {
            program.command(Command::MakeMoveVector(MakeMoveVector {
                type_: Some(type_.parse().expect("a type")),
                elements: vec![*argument],
            }));
        }
    });
    let expected = cases.iter().map(|(.., bytes)| Input::Pure(bytes.clone()));
    assert_eq!(inputs.await.expect("encoded"), expected.collect::<Vec<_>>());

    // As amounts, recipients and arguments; one of several commands that agree.
    let inputs = encoded(
        &localnet,
        vec![number(5.0), text("0x2")],
        |program, arguments| {
            let coins = program.command(Command::SplitCoins(SplitCoins {
                coin: Argument::Gas,
                amounts: vec![arguments[0]],
            }));
            program.command(Command::TransferObjects(sui_sdk_types::TransferObjects {
                objects: vec![coins],
                address: arguments[1],
            }));
            program.call_of(
                Address::from_static("0x1"),
                "u64::max",
                &[],
                &[arguments[0], arguments[0]],
            );
        },
    );
    let five = Input::Pure(5_u64.to_le_bytes().to_vec());
    let two = Input::Pure(Address::TWO.as_bytes().to_vec());
    assert_eq!(inputs.await.expect("encoded"), [five, two]);
}

#[tokio::test(flavor = "multi_thread")]
async fn literals_that_no_type_fits_are_refused() {
    use sui_sdk_types::{Argument, Command, MakeMoveVector, MergeCoins};
    let localnet = localnet().await;
    let number = |number: f64| prost_types::Value::from(number);
    for (type_, literal) in [
        ("u8", number(256.0)),
        ("u8", prost_types::Value::from("-1")),
        ("u8", prost_types::Value::from("0x1")),
        ("u64", prost_types::Value::from("")),
        ("u256", prost_types::Value::from(&*"9".repeat(78))),
        ("bool", number(1.0)),
        ("bool", prost_types::Value::from("True")),
        ("address", prost_types::Value::from("2")),
        ("address", number(2.0)),
        ("vector<u8>", prost_types::Value::from("text")),
        ("0x1::string::String", list([number(1.0)])),
        ("0x2::object::ID", prost_types::Value::from("0x2")),
        (
            "0x1::option::Option<u8>",
            prost_types::value::Kind::StructValue(prost_types::Struct::default()).into(),
        ),
        ("u8", prost_types::Value { kind: None }),
    ] {
        let refused = encoded(&localnet, vec![literal.clone()], |program, arguments| {
            program.command(Command::MakeMoveVector(MakeMoveVector {
                type_: Some(type_.parse().expect("a type")),
                elements: arguments.to_vec(),
            }));
        });
        let refused = refused.await.expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument, "{type_} {literal:?}");
        assert!(
            refused.message().contains("inputs[0].literal"),
            "{refused:?}"
        );
    }
    // Not used, of two types, of no named type, and an object.
    let commands: [fn(&mut Program, Argument); 4] = [
        |program, _| {
            program.call("tx_context::epoch", &[], &[]);
        },
        |program, literal| {
            program.call_of(Address::from_static("0x1"), "u64::sqrt", &[], &[literal]);
            program.call_of(Address::from_static("0x1"), "u8::sqrt", &[], &[literal]);
        },
        |program, literal| {
            program.command(Command::MakeMoveVector(MakeMoveVector {
                type_: None,
                elements: vec![literal],
            }));
        },
        |program, literal| {
            program.command(Command::MergeCoins(MergeCoins {
                coin: Argument::Gas,
                coins_to_merge: vec![literal],
            }));
        },
    ];
    for (index, commands) in commands.into_iter().enumerate() {
        let refused = encoded(&localnet, vec![number(1.0)], |program, arguments| {
            commands(program, arguments[0]);
        });
        let refused = refused.await.expect_err("refused");
        assert_eq!(
            refused.code(),
            Code::InvalidArgument,
            "{index}: {refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_in_parts_is_completed_with_gas_and_versions() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    wallet.fund(&localnet, [1_000_000_000, 2_000_000_000]);
    let [coin] = wallet.fund(&localnet, [77]);
    // What a client sends that knows nothing but ids.
    let mut program = Program::default();
    let object = program.pure(&0_u8);
    let clock = program.pure(&0_u8);
    program.transfer(vec![object], Address::TWO);
    program.call("clock::timestamp_ms", &[], &[clock]);
    let whole = program.transaction(wallet.address, Vec::new());
    let mut message = proto::Transaction::from(whole);
    message.bcs = None;
    message.gas_payment = None;
    message.expiration = None;
    let inputs = &mut message.kind_mut().programmable_transaction_mut().inputs;
    inputs[0] = proto::Input::default().with_object_id(coin.object_id().to_string());
    inputs[1] = proto::Input::default().with_object_id("0x6");

    let mut client = client(&localnet);
    let request = simulate(message).with_do_gas_selection(true);
    let answer = client
        .execution_client()
        .simulate_transaction(request)
        .await
        .expect("resolves")
        .into_inner();
    assert!(
        answer.transaction().effects().status().success(),
        "{:?}",
        answer.transaction().effects().status()
    );
    let resolved =
        Transaction::try_from(answer.transaction().transaction()).expect("a whole transaction");
    assert_eq!(
        (resolved.sender, resolved.gas_payment.owner),
        (wallet.address, wallet.address)
    );
    assert_eq!(resolved.gas_payment.price, 1_000);
    assert!(
        resolved.gas_payment.budget < BUDGET,
        "estimated: {}",
        resolved.gas_payment.budget
    );
    assert!(
        !resolved
            .gas_payment
            .objects
            .iter()
            .any(|object| object.object_id() == coin.object_id())
    );
    let sui_sdk_types::TransactionKind::ProgrammableTransaction(program) = &resolved.kind else {
        panic!("a program")
    };
    let shared = sui_sdk_types::SharedInput::new(Address::from_static("0x6"), 1, false);
    assert_eq!(
        program.inputs[0],
        sui_sdk_types::Input::ImmutableOrOwned(coin)
    );
    assert_eq!(program.inputs[1], sui_sdk_types::Input::Shared(shared));

    // And it can be signed and sent as it is.
    let request = execute_request(&resolved, &[wallet.sign(&resolved)]);
    let executed = client
        .execution_client()
        .execute_transaction(request)
        .await
        .expect("executes")
        .into_inner();
    assert!(executed.transaction().effects().status().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_is_selected_from_the_address_balance_when_it_can_pay() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [2_000_000_000]);
    let mut client = client(&localnet);
    let mut program = Program::default();
    let coins = program.split_gas(&[1_000_000_000]);
    let recipient = program.pure(&wallet.address);
    program.call("coin::send_funds", &[sui()], &[coins[0], recipient]);
    client
        .execution_client()
        .execute_transaction(wallet.request(program, gas))
        .await
        .expect("executes");

    let mut program = Program::default();
    let clock = program.clock();
    program.call("clock::timestamp_ms", &[], &[clock]);
    let mut message = proto::Transaction::from(program.transaction(wallet.address, Vec::new()));
    message.bcs = None;
    message.gas_payment = None;
    message.expiration = None;
    let request = simulate(message).with_do_gas_selection(true);
    let answer = client
        .execution_client()
        .simulate_transaction(request)
        .await
        .expect("resolves")
        .into_inner();
    let resolved =
        Transaction::try_from(answer.transaction().transaction()).expect("a whole transaction");
    assert!(resolved.gas_payment.objects.is_empty());
    assert!(
        matches!(
            resolved.expiration,
            TransactionExpiration::ValidDuring { .. }
        ),
        "{:?}",
        resolved.expiration
    );
    let request = execute_request(&resolved, &[wallet.sign(&resolved)]);
    let executed = client
        .execution_client()
        .execute_transaction(request)
        .await
        .expect("executes")
        .into_inner();
    assert!(executed.transaction().effects().status().success());
    let balance = &localnet.ledger().balances(&wallet.address)[0];
    assert!(balance.address_balance < 1_000_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_needs_no_gas_but_the_sender_s_own_objects() {
    let localnet = localnet().await;
    let (wallet, nobody) = (Wallet::new(1), Wallet::new(9));
    let [coin] = wallet.fund(&localnet, [77]);
    let mut client = client(&localnet);
    let mut execution = client.execution_client();
    let give = |sender: Address| {
        let mut program = Program::default();
        let coin = program.input(Input::ImmutableOrOwned(coin.clone()));
        program.transfer(vec![coin], Address::TWO);
        simulate(program.transaction(sender, Vec::new()))
    };
    let (own, foreign) = (give(wallet.address), give(nobody.address));
    let answer = execution
        .simulate_transaction(own)
        .await
        .expect("simulates")
        .into_inner();
    assert!(answer.transaction().effects().status().success());
    let refused = execution
        .simulate_transaction(foreign)
        .await
        .expect_err("not its owner");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_is_every_coin_when_commands_use_the_gas_coin() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    wallet.fund(&localnet, [1_000_000_000, 1_100_000_000]);
    let mut message = proto::Transaction::from(
        payment(2_000_000_000, Address::TWO).transaction(wallet.address, Vec::new()),
    );
    message.bcs = None;
    message.gas_payment = None;
    let request = simulate(message).with_do_gas_selection(true);
    let answer = client(&localnet)
        .execution_client()
        .simulate_transaction(request)
        .await;
    let answer = answer.expect("resolves").into_inner();
    assert!(answer.transaction().effects().status().success());
    assert_eq!(
        answer
            .transaction()
            .transaction()
            .gas_payment()
            .objects
            .len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_checks_anybody_may_call_a_view_function() {
    let localnet = localnet().await;
    let nobody = Wallet::new(9);
    let mut program = Program::default();
    let clock = program.clock();
    program.call("clock::timestamp_ms", &[], &[clock]);
    let transaction = program.transaction(nobody.address, Vec::new());
    let request = simulate(transaction).with_checks(TransactionChecks::Disabled);
    let answer = client(&localnet)
        .execution_client()
        .simulate_transaction(request)
        .await
        .expect("simulates");
    assert_eq!(
        answer.into_inner().command_outputs[0].return_values.len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_without_means_says_what_is_missing() {
    let localnet = localnet().await;
    let poor = Wallet::new(9);
    let transaction = payment(1, Address::TWO).transaction(poor.address, Vec::new());
    let request = simulate(transaction).with_do_gas_selection(true);
    let refused = client(&localnet)
        .execution_client()
        .simulate_transaction(request)
        .await
        .expect_err("no money");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().contains(&poor.address.to_string()),
        "{}",
        refused.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_arrive_in_order_and_without_gaps() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let request = SubscribeCheckpointsRequest::default()
        .with_read_mask(mask("sequence_number,transactions.digest"));
    let mut stream = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await
        .expect("a stream")
        .into_inner();
    let height = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    let digests: Vec<_> = (1..=5)
        .map(|amount| {
            localnet
                .ledger()
                .fund(Address::TWO, &[amount])
                .expect("the faucet pays")
                .digest
                .to_string()
        })
        .collect();
    for (index, digest) in (1..).zip(&digests) {
        let frame = tokio::time::timeout(Duration::from_secs(10), stream.next())
            .await
            .expect("in time");
        let frame = frame.expect("a frame").expect("no error");
        assert_eq!(
            (frame.cursor(), frame.checkpoint().sequence_number()),
            (height + index, height + index)
        );
        assert!(
            frame
                .checkpoint()
                .transactions
                .iter()
                .any(|executed| executed.digest() == digest)
        );
        assert!(frame.checkpoint().digest.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_executes_and_waits_for_the_checkpoint() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let request = wallet.request(payment(1, Address::TWO), gas);
    let answer = client(&localnet)
        .execute_transaction_and_wait_for_checkpoint(request, Duration::from_secs(10))
        .await
        .expect("executed and seen")
        .into_inner();
    assert!(answer.transaction().checkpoint.is_some());
}
