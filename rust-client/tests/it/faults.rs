//! Claims: whatever a node or the network between does, an action has exactly one effect or a typed error; nothing foreign is
//! believed, and nothing a node says is signed. (Threats 10, 17, 23, 24, 31; rows D2, D4, D7, D14.)

mod coins;
mod lanes;
mod sponsored;
mod stopping;

use std::time::Duration;

use sui_sdk_types::{
    Address, Command, Digest, Event, ExecutionError, ExecutionStatus, Identifier, MoveLocation,
    ObjectReference, Transaction, TransactionExpiration, TransactionKind,
};
use tonic::Status;
use valet_client::{
    Call, Deployment, Error, GasLimits, KeyOwner, Network, NetworkOptions, Refusal, Rejection,
    Session, SessionKey, SessionOptions, SharedObject, Valet,
};

use crate::node::{Answer, Node};

const OWNER: Address = Address::from_static("0x0ef");

fn deployment() -> Deployment {
    let shared = |id: &'static str| SharedObject {
        id: Address::from_static(id),
        initial_version: 3,
    };
    Deployment {
        chain_id: Digest::new([7; 32]),
        valet_package: Address::from_static("0xa1"),
        valet_types: Address::from_static("0xa0"),
        hub: shared("0xb0"),
        dapp_package: Address::from_static("0xd0"),
        dapp_type: "0xd0::arena::Arena".parse().expect("a type"),
        dapp: shared("0xd1"),
        dapp_storage: shared("0xd2"),
    }
}

/// The bytes of a storage whose session is `wallet`.
fn storage_bytes(id: Address, wallet: Address, unsettled: u64) -> Vec<u8> {
    let mut bytes = id.as_bytes().to_vec();
    bytes.extend(OWNER.as_bytes());
    bytes.push(1);
    bytes.extend(wallet.as_bytes());
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(1_000_u64.to_le_bytes());
    bytes.extend([0; 6]); // all actions, no limits, no coins, no renewals
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend([0; 4]); // nothing is left of limits that are not there
    bytes.push(0); // no ended session
    for number in [1, unsettled, 0, unsettled, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes
}

fn options() -> NetworkOptions {
    NetworkOptions::new()
        .with_request_timeout(Duration::from_millis(300))
        .with_deadline(Duration::from_millis(1_500))
}

/// A session on a scripted node.
async fn session(play: SessionOptions, unsettled: u64) -> (Node, Session) {
    let deployment = deployment();
    let (node, url) = Node::start(&deployment).await;
    let key = SessionKey::generate().expect("randomness");
    let storage = SharedObject {
        id: deployment.storage_id(OWNER),
        initial_version: 8,
    };
    let tag = deployment.storage_type().to_string();
    node.put_shared(
        storage,
        &tag,
        storage_bytes(storage.id, key.address(), unsettled),
    );
    let network = Network::connect_with(&url, options())
        .await
        .expect("a connection");
    let valet = Valet::new(network, deployment).await.expect("a deployment");
    let session = valet
        .account(OWNER)
        .resume(key, play)
        .await
        .expect("a session");
    (node, session)
}

fn step() -> Call {
    Call::new(Address::from_static("0xd0"), "arena", "step")
        .dapp()
        .storage()
        .clock()
}

fn valet_event(name: &str, mut contents: Vec<u8>, tail: &[u8]) -> Event {
    contents.extend(tail);
    let (module, _) = name.split_once("::").expect("module::Name");
    Event {
        package_id: Address::from_static("0xa1"),
        module: Identifier::new(module).expect("an identifier"),
        sender: OWNER,
        type_: format!("0xa0::{name}<0xd0::arena::Arena>")
            .parse()
            .expect("a type"),
        contents,
    }
}

fn ids(storage: Address) -> Vec<u8> {
    [storage.as_bytes(), OWNER.as_bytes()].concat()
}

/// `RecordSet` with a key of one byte and a charge.
fn write(storage: Address, charge: u64) -> Event {
    let mut event = valet_event("user_storage::RecordSet", ids(storage), &[9, 1]);
    event.contents.extend(charge.to_le_bytes());
    event
}

/// `WritesSettled` that leaves `unsettled` writes.
fn settled(storage: Address, unsettled: u64) -> Event {
    let mut event = valet_event("settlement::WritesSettled", ids(storage), OWNER.as_bytes());
    event.contents.push(0);
    for number in [0, 0, 0, 0, 0, 0, 0, unsettled] {
        event.contents.extend(number.to_le_bytes());
    }
    event
}

fn aborted(
    package: &'static str,
    module: &'static str,
    code: u64,
    command: u64,
) -> ExecutionStatus {
    let location = MoveLocation {
        package: Address::from_static(package),
        module: Identifier::from_static(module),
        function: 0,
        instruction: 0,
        function_name: None,
    };
    ExecutionStatus::Failure {
        error: ExecutionError::MoveAbort { location, code },
        command: Some(command),
    }
}

/// The functions that a transaction calls.
fn functions(transaction: &Transaction) -> Vec<String> {
    let TransactionKind::ProgrammableTransaction(ptb) = &transaction.kind else {
        panic!("not a programmable transaction");
    };
    let name = |command: &Command| match command {
        Command::MoveCall(call) => call.function.to_string(),
        other => format!("{other:?}"),
    };
    ptb.commands.iter().map(name).collect()
}

fn digests(transactions: &[Transaction]) -> Vec<Digest> {
    transactions.iter().map(Transaction::digest).collect()
}

#[tokio::test]
async fn d14_an_action_is_one_request() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let before = session.account().valet().network().rpc_calls();
    for _ in 0..50 {
        session.play(&step()).await.expect("a move");
    }
    assert_eq!(session.account().valet().network().rpc_calls() - before, 50);
    let sent = node.take_sent();
    let mut distinct = digests(&sent);
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 50, "equal moves are different transactions");
}

#[tokio::test]
async fn actions_are_paid_from_the_address_balance_within_the_budget() {
    let limits = GasLimits::with_budget(3_000_000);
    let (node, session) = session(SessionOptions::new().with_limits(limits), 0).await;
    session.play(&step()).await.expect("a move");
    let sent = node.take_sent();
    let payment = &sent[0].gas_payment;
    assert_eq!(
        (payment.objects.len(), payment.price, payment.budget),
        (0, 1_000, 3_000_000)
    );
    let TransactionExpiration::ValidDuring {
        min_epoch,
        max_epoch,
        chain,
        ..
    } = sent[0].expiration
    else {
        panic!("not bounded");
    };
    assert_eq!(
        (min_epoch, max_epoch, chain),
        (Some(4), Some(5), Digest::new([7; 32]))
    );
}

#[tokio::test]
async fn t23_a_lost_answer_is_asked_for_with_the_same_bytes() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let storage = session.account().storage_id();
    node.script([
        Answer::ExecuteAndLose(vec![write(storage, 1)]),
        Answer::ExecuteAndHang,
    ]);
    session
        .play(&step())
        .await
        .expect("the lost answer is found");
    session
        .play(&step())
        .await
        .expect("the late answer is found");
    let sent = digests(&node.take_sent());
    assert_eq!(sent.len(), 4);
    assert_eq!((sent[0], sent[2]), (sent[1], sent[3]));
    assert_eq!(node.state().executed.len(), 2);
    assert_eq!(session.unsettled_writes(), 1, "counted once");
}

#[tokio::test]
async fn t23_a_refusal_of_the_echo_is_not_believed_over_the_ledger() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    // The first attempt is executed and its answer lost; a node that forgot refuses the second.
    node.script([
        Answer::Refuse(Status::unavailable("try later")),
        Answer::Refuse(Status::invalid_argument("Transaction expired")),
    ]);
    let error = session
        .play(&step())
        .await
        .expect_err("nothing was executed");
    assert!(
        matches!(
            error,
            Error::Rejected {
                rejection: Rejection::Expired,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        node.state().lookups,
        3,
        "asked by digest before believing it"
    );
    assert_eq!(node.state().executed.len(), 0);
}

#[tokio::test]
async fn t23_an_unknown_outcome_is_an_error_that_can_be_resolved() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    node.script((0..20).map(|_| Answer::Refuse(Status::unavailable("down"))));
    let error = session.play(&step()).await.expect_err("nobody knows");
    let Error::Unconfirmed(pending) = error else {
        panic!("{error}");
    };
    let sent = digests(&node.take_sent());
    assert!(sent.len() > 2 && sent.iter().all(|digest| *digest == pending.digest()));
    node.state().answers.clear();
    let receipt = session.resolve(&pending).await.expect("the outcome");
    assert_eq!(receipt.digest(), pending.digest());
    assert_eq!(node.state().executed.len(), 1);
}

#[tokio::test]
async fn t24_an_answer_about_another_transaction_is_refused() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let other = Digest::new([1; 32]);
    for (effects, label) in [
        (Some(other), None),
        (None, Some(other)),
        (Some(other), Some(other)),
    ] {
        node.script([Answer::Foreign { effects, label }]);
        let error = session.play(&step()).await.expect_err("a lie");
        assert!(
            matches!(error, Error::ForeignAnswer { found, .. } if found == other),
            "{error}"
        );
    }
}

#[tokio::test]
async fn t24_forged_events_are_refused() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let storage = session.account().storage_id();
    node.script([Answer::ForgeEvents(vec![
        write(storage, 1),
        settled(storage, 0),
    ])]);
    let error = session.play(&step()).await.expect_err("a lie");
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert_eq!(session.unsettled_writes(), 0);
}

#[tokio::test]
async fn t17_look_alike_events_are_not_valets() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let storage = session.account().storage_id();
    let mut other_package = write(storage, 1);
    other_package.type_ = "0xbad::user_storage::RecordSet<0xd0::arena::Arena>"
        .parse()
        .expect("a type");
    let mut other_dapp = write(storage, 1);
    other_dapp.type_ = "0xa0::user_storage::RecordSet<0xd9::arena::Arena>"
        .parse()
        .expect("a type");
    let other_storage = write(OWNER, 1);
    let mut truncated = write(storage, 1);
    truncated.contents.truncate(70);
    let success = ExecutionStatus::Success;
    node.script([Answer::Execute(
        success,
        vec![other_package, other_dapp, other_storage, truncated],
    )]);
    session.play(&step()).await.expect("a move");
    assert_eq!(session.unsettled_writes(), 0);
}

#[tokio::test]
async fn t17_look_alike_objects_are_refused() {
    let deployment = deployment();
    let (node, url) = Node::start(&deployment).await;
    node.put_shared(
        deployment.dapp,
        "0xbad::dapp::Dapp<0xd0::arena::Arena>",
        vec![],
    );
    let error = Valet::connect(&url, deployment.clone())
        .await
        .expect_err("a look-alike");
    assert!(
        matches!(error, Error::WrongObject { object, .. } if object == deployment.dapp.id),
        "{error}"
    );
}

#[tokio::test]
async fn d2_a_failed_settlement_never_takes_the_move_down() {
    let (node, session) = session(SessionOptions::new().with_settle_threshold(10), 10).await;
    let storage = session.account().storage_id();
    let success = ExecutionStatus::Success;
    node.script([
        Answer::Execute(aborted("0xa1", "settlement", 1, 0), vec![]),
        Answer::Execute(success.clone(), vec![write(storage, 1)]),
    ]);
    let receipt = session.play(&step()).await.expect("the move");
    let sent = node.take_sent();
    assert_eq!(functions(&sent[0]), ["settle_writes", "step"]);
    assert_eq!(functions(&sent[1]), ["step"]);
    assert_eq!(receipt.dropped_settlement(), Some(sent[0].digest()));
    assert_eq!(receipt.unsettled_writes(), Some(11));

    // It is not tried again at once, but after half a threshold more.
    node.script((0..4).map(|_| Answer::Execute(success.clone(), vec![write(storage, 1)])));
    for _ in 0..4 {
        session.play(&step()).await.expect("a move");
    }
    node.script([Answer::Execute(
        success,
        vec![settled(storage, 0), write(storage, 1)],
    )]);
    let receipt = session.play(&step()).await.expect("a move");
    let sent = node.take_sent();
    assert!(
        sent[..4]
            .iter()
            .all(|transaction| functions(transaction) == ["step"])
    );
    assert_eq!(functions(&sent[4]), ["settle_writes", "step"]);
    assert_eq!(
        receipt.settlement().map(|settled| settled.unsettled_writes),
        Some(0)
    );
    assert_eq!(receipt.unsettled_writes(), Some(1));
}

#[tokio::test]
async fn d2_a_settlement_the_network_refuses_is_dropped_too() {
    let (node, session) = session(SessionOptions::new().with_settle_threshold(1), 5).await;
    node.script([Answer::Refuse(Status::invalid_argument(
        "object 0xd2 does not exist",
    ))]);
    session.play(&step()).await.expect("the move");
    assert_eq!(functions(&node.take_sent()[1]), ["step"]);
}

#[tokio::test]
async fn d2_a_refused_move_is_not_sent_twice_because_it_carried_a_settlement() {
    let (node, session) = session(SessionOptions::new().with_settle_threshold(1), 5).await;
    node.script([Answer::Execute(
        aborted("0xa1", "session", 9 << 48 | 1 << 63, 1),
        vec![],
    )]);
    let error = session.play(&step()).await.expect_err("expired");
    assert_eq!(error.refusal(), Some(Refusal::SessionExpired));
    assert_eq!(node.take_sent().len(), 1);
}

#[tokio::test]
async fn d2_reaching_the_ceiling_unexpectedly_settles_first() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let storage = session.account().storage_id();
    node.script([
        Answer::Execute(aborted("0xa1", "user_storage", 3, 0), vec![]),
        Answer::Execute(
            ExecutionStatus::Success,
            vec![settled(storage, 0), write(storage, 1)],
        ),
    ]);
    let receipt = session.play(&step()).await.expect("the move");
    assert_eq!(functions(&node.take_sent()[1]), ["settle_writes", "step"]);
    assert_eq!(receipt.unsettled_writes(), Some(1));
}

#[tokio::test]
async fn money_on_its_way_is_waited_for_and_no_longer() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let poor = || {
        Answer::Refuse(Status::invalid_argument(
            "insufficient address balance for gas",
        ))
    };
    node.script([poor()]);
    let error = session.play(&step()).await.expect_err("no money was sent");
    assert!(matches!(error, Error::InsufficientGas { .. }), "{error}");
    assert_eq!(node.take_sent().len(), 1);

    let coin = ObjectReference::new(Address::from_static("0xc0"), 1, Digest::ZERO);
    node.state().coins = vec![(coin, 1_000_000_000)];
    let payer = KeyOwner::generate().expect("randomness");
    let account = session.account().clone();
    account.top_up(&payer, &session, 5).await.expect("sent");
    node.take_sent();
    node.script([poor(), poor()]);
    session.play(&step()).await.expect("the money arrives");
    assert_eq!(node.take_sent().len(), 3);
}

#[tokio::test]
async fn an_epoch_change_is_corrected_from_the_rejection() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    {
        let mut state = node.state();
        state.epoch = 6;
        state.price = 1_500;
        state
            .answers
            .push_back(Answer::Refuse(Status::invalid_argument(
                "Transaction expired",
            )));
    }
    session
        .play(&step())
        .await
        .expect("a move in the new epoch");
    let sent = node.take_sent();
    assert_eq!(sent[1].gas_payment.price, 1_500);
    assert!(matches!(
        sent[1].expiration,
        TransactionExpiration::ValidDuring {
            min_epoch: Some(6),
            ..
        }
    ));
    assert_ne!(sent[0].digest(), sent[1].digest());
}

#[tokio::test]
async fn an_epoch_seen_in_effects_is_read_once() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    session.play(&step()).await.expect("a move");
    node.state().epoch = 5;
    let network = session.account().valet().network().clone();
    let before = network.rpc_calls();
    for _ in 0..10 {
        session.play(&step()).await.expect("a move");
    }
    assert_eq!(
        network.rpc_calls() - before,
        11,
        "ten actions, and one read of the new epoch's price"
    );
    assert_eq!(network.epoch().await, 5);
}

#[tokio::test]
async fn a_gas_price_above_the_cap_is_not_paid() {
    let limits = GasLimits::with_budget(3_000_000).with_max_price(999);
    let (node, session) = session(SessionOptions::new().with_limits(limits), 0).await;
    let error = session.play(&step()).await.expect_err("too dear");
    assert!(
        matches!(
            error,
            Error::GasPriceTooHigh {
                price: 1_000,
                cap: 999
            }
        ),
        "{error}"
    );
    assert!(node.take_sent().is_empty());
}

#[tokio::test]
async fn congestion_is_retried_and_bounded() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let congested = || {
        let error = ExecutionError::ExecutionCanceledDueToConsensusObjectCongestion {
            congested_objects: vec![],
        };
        Answer::Execute(
            ExecutionStatus::Failure {
                error,
                command: None,
            },
            vec![],
        )
    };
    node.script((0..2).map(|_| congested()));
    session.play(&step()).await.expect("a move");
    assert_eq!(node.take_sent().len(), 3);
    node.script((0..10).map(|_| congested()));
    let error = session.play(&step()).await.expect_err("congested");
    assert!(matches!(error, Error::Failed(_)), "{error}");
    assert_eq!(node.take_sent().len(), 4);
}

#[tokio::test]
async fn a_foreign_abort_keeps_its_place_and_code() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    node.script([Answer::Execute(aborted("0xd0", "session", 9, 0), vec![])]);
    let error = session.play(&step()).await.expect_err("aborted");
    let Error::Aborted(failure) = &error else {
        panic!("{error}");
    };
    let abort = failure.abort().expect("an abort");
    assert_eq!((abort.module(), abort.code()), ("session", Some(9)));
    assert_eq!(failure.receipt().gas().computation, 1_000_000);
    assert!(
        error.to_string().contains("::session aborted with code 9"),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_addresses_say_what_to_do() {
    for url in ["", "localhost:9000", "ftp://x", "http://", "http://a b"] {
        let error = Network::connect(url).await.expect_err(url);
        assert!(
            matches!(error, Error::InvalidUrl { .. }),
            "{url}: {error:?}"
        );
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let closed = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = Network::connect(&closed).await.expect_err("closed");
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("valet localnet"), "{error}");
}

#[tokio::test]
async fn another_kind_of_server_is_recognized() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 256];
            let _ = stream.read(&mut buffer).await;
            let _ = stream
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    let error = Network::connect_with(&url, options())
        .await
        .expect_err("not a node");
    assert!(
        matches!(error, Error::NotSui { .. } | Error::Unreachable { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn another_network_is_recognized() {
    let (_, url) = Node::start(&deployment()).await;
    let elsewhere = Deployment {
        chain_id: Digest::new([8; 32]),
        ..deployment()
    };
    let error = Valet::connect(&url, elsewhere)
        .await
        .expect_err("another chain");
    assert!(matches!(error, Error::WrongNetwork { .. }), "{error}");
}

#[tokio::test]
async fn t31_no_debug_shows_a_key() {
    let seed = zeroize::Zeroizing::new([0xab; 32]);
    let key = SessionKey::from_seed(&seed);
    let address = key.address().to_string();
    assert_eq!(format!("{key:?}"), format!("SessionKey({address})"));
    let (_, session) = session(SessionOptions::new(), 0).await;
    let shown = format!("{session:?} {:?}", session.account());
    assert!(
        shown.contains(&session.address().to_string()) && !shown.to_lowercase().contains("abab")
    );
}
