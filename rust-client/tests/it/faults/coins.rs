//! Claims: a gas coin pays for one transaction at a time, at the version that effects say; when an outcome is unknown its coin
//! pays for nothing else. (D4; threats 22, 23.)

use sui_sdk_types::{Address, Digest, ObjectReference, TransactionExpiration};
use tonic::Status;
use valet_client::{CoinLanes, Error, GasPolicy, SessionOptions};

use super::{session, step};
use crate::node::Answer;

fn coin(id: &'static str, version: u64) -> ObjectReference {
    ObjectReference::new(Address::from_static(id), version, Digest::new([5; 32]))
}

fn one_lane() -> SessionOptions {
    SessionOptions::new().with_gas_policy(GasPolicy::Coins(CoinLanes::new().with_lanes(1)))
}

#[tokio::test]
async fn d4_the_richest_coin_pays_and_takes_the_dust_along() {
    let (node, session) = session(one_lane(), 0).await;
    node.state().coins = vec![(coin("0xc1", 1), 1), (coin("0xc0", 4), 100_000_000)];
    session.play(&step()).await.expect("a move");
    let sent = node.take_sent();
    assert_eq!(
        sent[0].gas_payment.objects,
        [coin("0xc0", 4), coin("0xc1", 1)]
    );
    assert_eq!(
        sent[0].expiration,
        TransactionExpiration::Epoch(5),
        "withheld, it lapses with the next epoch"
    );

    // From then on nothing is read: the effects say which version pays next. The dust is part of it.
    let network = session.account().valet().network();
    let before = network.rpc_calls();
    session.play(&step()).await.expect("a move");
    let expected = ObjectReference::new(Address::from_static("0xc0"), 10, Digest::new([6; 32]));
    assert_eq!(node.take_sent()[0].gas_payment.objects, [expected]);
    assert_eq!(network.rpc_calls() - before, 1);
}

#[tokio::test]
async fn d4_a_stale_coin_is_read_again_once() {
    let (node, session) = session(one_lane(), 0).await;
    node.state().coins = vec![(coin("0xc0", 4), 100_000_000)];
    node.script([Answer::Refuse(Status::invalid_argument(
        "object 0xc0 version mismatch: the transaction names version 4",
    ))]);
    session.play(&step()).await.expect("a move");
    assert_eq!(node.take_sent().len(), 2);

    // A node that refuses what it lists is not asked forever.
    node.state().coins = vec![(coin("0xc0", 10), 100_000_000)];
    node.script((0..5).map(|_| {
        Answer::Refuse(Status::invalid_argument(
            "object 0xc0 version mismatch: the transaction names version 4",
        ))
    }));
    let error = session.play(&step()).await.expect_err("refused twice");
    assert!(matches!(error, Error::Rejected { .. }), "{error}");
    assert_eq!(node.take_sent().len(), 2);
}

#[tokio::test]
async fn d4_t23_a_coin_whose_outcome_is_unknown_pays_for_nothing_else() {
    let (node, session) = session(one_lane(), 0).await;
    node.state().coins = vec![(coin("0xc0", 4), 100_000_000)];
    node.script((0..20).map(|_| Answer::Refuse(Status::unavailable("down"))));
    let error = session.play(&step()).await.expect_err("nobody knows");
    let Error::Unconfirmed(pending) = error else {
        panic!("{error}");
    };
    node.take_sent();
    node.state().answers.clear();

    // The node lists the coin as it was. It is not spent again.
    let error = session.play(&step()).await.expect_err("no other coin");
    assert!(
        error
            .to_string()
            .contains("1 transactions wait until their outcome is known"),
        "{error}"
    );
    assert!(node.take_sent().is_empty(), "no equivocation");

    // Its outcome, once known, says how the coin goes on.
    session.resolve(&pending).await.expect("the outcome");
    node.take_sent();
    session.play(&step()).await.expect("a move");
    assert_eq!(node.take_sent()[0].gas_payment.objects[0].version(), 10);
    assert_eq!(node.state().executed.len(), 2);
}

#[tokio::test]
async fn d4_t23_a_dropped_action_leaves_its_coin_aside_until_it_is_asked_for() {
    let (node, session) = session(one_lane(), 0).await;
    node.state().coins = vec![(coin("0xc0", 4), 100_000_000)];
    node.script([Answer::ExecuteAndHang]);
    let call = step();
    let play = session.play(&call);
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(150), play).await;
    assert!(dropped.is_err(), "the caller gave up waiting");
    assert_eq!(node.take_sent().len(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(550)).await;

    session.play(&step()).await.expect("the next move");
    assert!(node.state().lookups > 0, "asked by digest");
    let sent = node.take_sent();
    assert_eq!(sent[0].gas_payment.objects[0].version(), 10);
    assert_eq!(node.state().executed.len(), 2, "both, once each");
}

#[tokio::test]
async fn d4_a_coin_is_free_again_when_its_transaction_has_lapsed() {
    let (node, session) = session(one_lane(), 0).await;
    node.state().coins = vec![(coin("0xc0", 4), 100_000_000)];
    node.script((0..20).map(|_| Answer::Refuse(Status::unavailable("down"))));
    let error = session.play(&step()).await.expect_err("nobody knows");
    assert!(matches!(error, Error::Unconfirmed(_)), "{error}");
    node.state().answers.clear();
    node.take_sent();
    tokio::time::sleep(std::time::Duration::from_millis(550)).await;
    // Epoch 5 was the last in which it could have been executed.
    node.state().epoch = 6;
    session.play(&step()).await.expect("a move");
    assert_eq!(node.take_sent()[0].gas_payment.objects, [coin("0xc0", 4)]);
}

#[tokio::test]
async fn a_session_without_a_sufficient_coin_says_who_needs_money() {
    let (_, session) = session(one_lane(), 0).await;
    let error = session.play(&step()).await.expect_err("no coin");
    assert!(
        matches!(error, Error::InsufficientGas { payer, .. } if payer == session.address()),
        "{error}"
    );
}
