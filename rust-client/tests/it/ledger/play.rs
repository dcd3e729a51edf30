//! Claims: play is silent, one request an action in the steady state, settles by itself, and survives epochs. (D2, D14.)

use futures::future::join_all;
use valet_client::SettlementOutcome;

use super::{NOW_MS, SUI, Stage, hour, settling_at};

#[tokio::test]
async fn d2_hundreds_of_moves_are_silent_and_cost_one_request_each() {
    const MOVES: usize = 300;
    let stage = Stage::set().await;
    stage
        .valet
        .recharge(&stage.developer, 10 * SUI)
        .await
        .expect("recharged");
    let onboarding = stage.joining(hour()).with_options(settling_at(100));
    let (session, _) = stage.onboard(onboarding).await;

    let before = stage.account().status().await.expect("an account");
    let (requests, calls) = (
        stage.localnet.request_counts(),
        stage.valet.network().rpc_calls(),
    );
    let mut settlements = Vec::new();
    for turn in 0..MOVES {
        let receipt = session.play(&stage.turn(turn)).await.expect("a move");
        assert_eq!(receipt.dropped_settlement(), None);
        assert_eq!(receipt.unsettled_writes(), Some(session.unsettled_writes()));
        settlements.extend(receipt.settlement().cloned());
    }
    let moves = u64::try_from(MOVES).expect("small");
    assert_eq!(
        stage.localnet.request_counts().total() - requests.total(),
        moves
    );
    assert_eq!(stage.valet.network().rpc_calls() - calls, moves);
    assert_eq!(stage.player.signatures(), 1);

    assert!(settlements.len() >= 2, "{settlements:?}");
    for settled in &settlements {
        assert_eq!(
            (settled.outcome, settled.settled_writes),
            (SettlementOutcome::Full, 100)
        );
        assert_eq!(settled.actor, session.address());
    }
    let after = stage.account().status().await.expect("an account");
    assert_eq!(after.write_count - before.write_count, moves);
    assert_eq!(
        after.unsettled_writes,
        session.unsettled_writes(),
        "predicted, never read"
    );
}

#[tokio::test]
async fn d2_moves_go_on_when_the_dapp_has_no_credit() {
    let stage = Stage::set().await;
    let onboarding = stage.joining(hour()).with_options(settling_at(10));
    let (session, _) = stage.onboard(onboarding).await;
    let mut attempts = 0;
    for turn in 0..40 {
        let receipt = session.play(&stage.turn(turn)).await.expect("a move");
        if let Some(settled) = receipt.settlement() {
            assert_eq!(settled.outcome, SettlementOutcome::Skipped);
            attempts += 1;
        }
    }
    assert!(
        (2..=8).contains(&attempts),
        "tried now and then, not with every move: {attempts}"
    );
}

#[tokio::test]
async fn actions_in_flight_together_all_take_place() {
    const TOGETHER: usize = 18;
    let stage = Stage::set().await;
    let session = stage.session().await;
    let before = stage.account().status().await.expect("an account");
    // Eastwards and back: whatever the order, the hero stays on the map.
    let calls: Vec<_> = (0..TOGETHER).map(|turn| stage.step(turn)).collect();
    let receipts = join_all(calls.iter().map(|call| session.play(call))).await;
    let mut digests: Vec<_> = receipts
        .into_iter()
        .map(|receipt| receipt.expect("a move").digest())
        .collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), TOGETHER);
    let after = stage.account().status().await.expect("an account");
    assert_eq!(after.write_count - before.write_count, 18);
}

#[tokio::test]
async fn actions_joined_in_one_transaction_are_all_or_nothing() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let both = [stage.step(0), stage.step(1)];
    let receipt = session.play_all(&both).await.expect("both");
    assert_eq!(receipt.unsettled_writes(), Some(session.unsettled_writes()));
    let before = stage.account().status().await.expect("an account");
    let error = session
        .play_all(&[
            stage.step(0),
            stage.call("mine").storage().arg(&0u8).clock(),
        ])
        .await
        .expect_err("the second is malformed");
    assert_eq!(
        error.failure().and_then(|failure| failure.command()),
        Some(1)
    );
    assert_eq!(stage.account().status().await.expect("an account"), before);
}

#[tokio::test]
async fn play_survives_any_number_of_epochs() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    for epochs in 1..=3 {
        for _ in 0..epochs {
            stage.localnet.ledger().advance_epoch().expect("an epoch");
        }
        session
            .play(&stage.step(1))
            .await
            .expect("a move in a new epoch");
        session.play(&stage.step(0)).await.expect("and the next");
    }
    assert_eq!(
        stage.valet.network().epoch().await,
        stage.localnet.ledger().epoch().epoch
    );
}

#[tokio::test]
async fn a_higher_gas_price_is_followed() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let price = stage.valet.network().gas_price().await;
    stage
        .localnet
        .ledger()
        .advance_epoch_at_price(price + 500)
        .expect("an epoch");
    let receipt = session.play(&stage.step(0)).await.expect("a move");
    assert_eq!(receipt.gas().computation, 1_000 * (price + 500));
}

#[tokio::test]
async fn a_session_is_topped_up() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let account = stage.account();
    account
        .top_up(&stage.developer, &session, SUI)
        .await
        .expect("topped up");
    let float = stage
        .valet
        .network()
        .wealth(session.address())
        .await
        .expect("a balance");
    assert_eq!(float.address_balance, 6 * SUI);
}

#[tokio::test]
async fn the_chains_time_is_read_from_its_clock() {
    let stage = Stage::set().await;
    stage.localnet.ledger().advance_clock_ms(5).expect("later");
    stage
        .session()
        .await
        .play(&stage.step(0))
        .await
        .expect("a move");
    assert_eq!(
        stage.valet.network().now_ms().await.expect("the clock"),
        NOW_MS + 5
    );
}
