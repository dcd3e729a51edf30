//! Claims: a session pays with an address balance or with coins, many at a time; it knows how long its float lasts, and gives
//! back what is left. (D4, D5; threat 22.)

use std::collections::BTreeSet;

use futures::future::join_all;
use sui_sdk_types::{Address, ObjectIn};
use valet_client::{CoinLanes, GasPolicy, Owner as _, Receipt, SessionOptions, Wealth};

use super::{SUI, Stage, hour};

fn lanes(lanes: usize) -> SessionOptions {
    SessionOptions::new().with_gas_policy(GasPolicy::Coins(CoinLanes::new().with_lanes(lanes)))
}

/// The coin that paid, and at which version.
fn payer(receipt: &Receipt) -> (Address, u64) {
    let effects = receipt.effects();
    let index = usize::try_from(effects.gas_object_index.expect("a coin")).expect("small");
    let change = &effects.changed_objects[index];
    match change.input_state {
        ObjectIn::Exist { version, .. } => (change.object_id, version),
        _ => panic!("the coin was not there"),
    }
}

#[tokio::test]
async fn d4_d5_coins_pay_in_parallel_each_for_one_at_a_time() {
    const ACTIONS: usize = 18;
    let stage = Stage::set().await;
    let onboarding = stage.joining(hour()).with_options(lanes(4));
    let (session, _) = stage.onboard(onboarding).await;
    let calls: Vec<_> = (0..ACTIONS).map(|turn| stage.step(turn)).collect();
    let receipts: Vec<_> = join_all(calls.iter().map(|call| session.play(call)))
        .await
        .into_iter()
        .map(|receipt| receipt.expect("a move"))
        .collect();
    let payments: BTreeSet<_> = receipts.iter().map(payer).collect();
    assert_eq!(payments.len(), ACTIONS, "no version paid twice");
    let coins: BTreeSet<_> = payments.iter().map(|(coin, _)| coin).collect();
    assert_eq!(coins.len(), 4);

    // In the steady state nothing is read, and what the session thinks it holds is what it holds.
    let network = stage.valet.network();
    let before = network.rpc_calls();
    for _ in 0..5 {
        session.play(&stage.rest()).await.expect("a move");
        session.play(&stage.step(0)).await.expect("a move");
        session.play(&stage.step(1)).await.expect("a move");
    }
    assert_eq!(network.rpc_calls() - before, 15);
    let held = network.wealth(session.address()).await.expect("a balance");
    assert_eq!(session.float(), Some(held.coins));
}

#[tokio::test]
async fn d4_dust_is_merged_and_pays_together() {
    let stage = Stage::set().await;
    let onboarding = stage.joining(hour()).with_options(lanes(3)).with_float(0);
    let (session, _) = stage.onboard(onboarding).await;
    // None of these covers a budget of 20,000,000 by itself.
    let dust = [6_000_000; 5];
    stage
        .localnet
        .ledger()
        .fund(session.address(), &dust)
        .expect("money");
    session.play(&stage.step(0)).await.expect("a move");
    let coins = stage
        .localnet
        .ledger()
        .owned_objects(&session.address(), None, None, 50);
    assert_eq!(coins.len(), 1, "merged into one");
    session.play(&stage.step(1)).await.expect("another");
}

#[tokio::test]
async fn d4_the_float_is_followed_and_its_end_is_seen_coming() {
    let stage = Stage::set().await;
    let options = SessionOptions::new().with_low_runway(30);
    let onboarding = stage
        .joining(hour())
        .with_options(options)
        .with_float(60_000_000);
    let (session, _) = stage.onboard(onboarding).await;
    assert_eq!(session.float(), Some(60_000_000));
    assert_eq!(
        session.runway(),
        Some(3),
        "at the full budget each, for now"
    );

    let mut runways = Vec::new();
    let played = loop {
        let turn = runways.len();
        if turn > 200 || session.play(&stage.turn(turn)).await.is_err() {
            break turn;
        }
        runways.push(session.runway().expect("known"));
    };
    let network = stage.valet.network();
    let held = network.wealth(session.address()).await.expect("a balance");
    assert_eq!(session.float(), Some(held.address_balance), "never read");
    assert_eq!(session.runway(), Some(0));
    assert!(session.is_low());
    // What it said after ten actions came true.
    let said = usize::try_from(runways[9]).expect("small");
    assert!(
        (9..=11).contains(&(10 + said + 10 - played)),
        "{said} after 10 of {played}"
    );

    let account = stage.account();
    account
        .top_up(&stage.developer, &session, SUI)
        .await
        .expect("topped up");
    assert!(!session.is_low());
    session.play(&stage.turn(played)).await.expect("a move");
}

#[tokio::test]
async fn d4_a_sweep_returns_the_float_to_the_owner() {
    let stage = Stage::set().await;
    let network = stage.valet.network();
    let owner = stage.player.address();

    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    let before = network.wealth(owner).await.expect("a balance");
    let held = session.float().expect("known");
    let receipt = session.sweep().await.expect("swept").expect("something");
    let after = network.wealth(owner).await.expect("a balance");
    let left = network.wealth(session.address()).await.expect("a balance");
    let moved = after.address_balance - before.address_balance;
    let gas = u64::try_from(receipt.gas().net()).expect("positive");
    assert_eq!(moved + gas + left.address_balance, held, "to one MIST");
    assert!(left.address_balance < 6_000_000, "{left:?}");
    assert_eq!(session.float(), Some(left.address_balance));
    assert!(session.sweep().await.expect("nothing to do").is_none());

    // With coins nothing stays behind, and what came into the address balance goes along.
    let onboarding = valet_client::Onboarding::new(hour())
        .with_options(lanes(3))
        .with_float(SUI);
    let key = valet_client::SessionKey::generate().expect("randomness");
    let (session, _) = stage
        .account()
        .activate(&stage.player, key, onboarding)
        .await
        .expect("activated");
    join_all((0..4).map(|_| async { session.play(&stage.step(0)).await.expect("a move") })).await;
    stage
        .account()
        .deactivate(&stage.player)
        .await
        .expect("revoked");
    session.sweep().await.expect("swept").expect("something");
    let left = network.wealth(session.address()).await.expect("a balance");
    assert_eq!(left, Wealth::default());
}
