//! Claims: a sponsor pays for a session, for a player's onboarding and for an owner's revocation, in real transactions with
//! two signatures; who it pays for needs no SUI. (D11; threat 4.)

use std::sync::Arc;

use valet_client::{Error, GasPolicy, Owner as _, Refusal, SessionOptions, Sponsor as _, ptb};
use valet_sponsor::SqliteBook;

use crate::stage::{Key, PLENTY, SUI, Stage};

#[tokio::test]
async fn d11_a_sponsor_pays_for_a_player_without_any_sui() {
    let stage = Stage::set().await;
    let sponsor = stage.sponsor();
    let (session, _) = stage.onboard(&sponsor).await;
    let before = stage.balance(sponsor.address()).await;
    let mut paid = 0;
    for turn in 0..6 {
        let step = stage.turn(turn).await;
        let played = stage
            .valet
            .execute_sponsored(&session, &sponsor, step)
            .await;
        let receipt = played.expect("a move");
        paid += receipt.gas().net();
    }
    let after = stage.balance(sponsor.address()).await;
    assert_eq!(
        i128::from(before - after),
        paid,
        "the sponsor paid all of it"
    );
    for address in [session.address(), stage.player.address()] {
        assert_eq!(stage.balance(address).await, 0);
    }
    let status = stage.account().status().await.expect("an account");
    assert_eq!(
        status.owner,
        stage.player.address(),
        "the writes are the owner's"
    );
}

#[tokio::test]
async fn d11_a_session_plays_silently_while_a_sponsor_pays() {
    let stage = Stage::set().await;
    let sponsor = stage.sponsor();
    let (_, key) = stage.onboard(&sponsor).await;
    let before = stage.balance(sponsor.address()).await;
    let policy = GasPolicy::Sponsor(Arc::new(sponsor.clone()));
    let options = SessionOptions::new().with_gas_policy(policy);
    let session = stage.account().resume(key, options).await;
    let session = session.expect("a session");
    let requests = stage.valet.network().rpc_calls();
    let mut paid = 0;
    for turn in 0_u8..8 {
        let direction = if turn % 2 == 0 { 1_u8 } else { 3 };
        let step = stage.valet.call("arena", "step").dapp().storage();
        let played = session.play(&step.arg(&direction).clock()).await;
        paid += played.expect("a move").gas().net();
    }
    // Each action is one request of the client's; what else there is, the sponsor asks to estimate.
    let asked = stage.valet.network().rpc_calls() - requests;
    assert!(asked <= 3 * 8, "{asked} requests for 8 actions");
    let after = stage.balance(sponsor.address()).await;
    assert_eq!(i128::from(before - after), paid, "the sponsor paid");
    assert_eq!(stage.balance(session.address()).await, 0);
    // What the sponsor does not have on its list comes back as its refusal, and the session plays on.
    let settle = session.settle().await.expect_err("not on the list");
    assert!(matches!(settle, Error::Sponsor { .. }), "{settle:?}");
    let rest = stage.valet.call("arena", "rest").dapp().storage().clock();
    session.play(&rest).await.expect("a move");
}

#[tokio::test]
async fn t4_an_owner_without_device_and_sui_ends_the_session() {
    let stage = Stage::set().await;
    let sponsor = stage.sponsor();
    let (lost, key) = stage.onboard(&sponsor).await;
    assert_eq!(stage.balance(stage.player.address()).await, 0);
    let unpaid = stage.account().deactivate(&stage.player).await;
    assert!(matches!(unpaid, Err(Error::InsufficientGas { .. })));

    let ended = stage
        .account()
        .deactivate_sponsored(&stage.player, &sponsor)
        .await;
    assert!(ended.expect("ended").is_success());
    assert!(
        stage
            .account()
            .status()
            .await
            .expect("an account")
            .session
            .is_none()
    );

    // Whoever found the device plays no more, with a sponsor or with SUI of their own.
    let step = stage.step(0).await;
    let found = stage.valet.execute_sponsored(&lost, &sponsor, step.clone());
    assert!(
        matches!(found.await, Err(Error::Sponsor(_))),
        "not even paid for"
    );
    stage.fill(lost.address(), SUI).await;
    let played = stage.valet.execute(&lost, 0, |_| Ok(step)).await;
    let refused = played.expect_err("refused").refusal();
    assert_eq!(refused, Some(Refusal::SessionRevoked));
    let resumed = stage.account().resume(key, SessionOptions::new()).await;
    assert!(matches!(resumed, Err(Error::NotTheSession { .. })));
}

#[tokio::test]
async fn t4_a_wallet_that_signs_no_messages_ends_the_session_too() {
    let stage = Stage::set().await;
    let limits = Stage::limits().with_unproven_per_day(PLENTY);
    let sponsor = stage.sponsor_with(limits);
    stage.onboard(&sponsor).await;
    let wallet = stage.player.clone().without_messages();
    let signed = wallet.signatures();
    let ended = stage
        .account()
        .deactivate_sponsored(&wallet, &sponsor)
        .await;
    ended.expect("ended");
    assert_eq!(
        wallet.signatures() - signed,
        1,
        "one signature, of the transaction"
    );
}

#[tokio::test]
async fn t4_only_the_owner_ends_a_session_through_a_sponsor() {
    let stage = Stage::set().await;
    let sponsor = stage.sponsor();
    stage.onboard(&sponsor).await;
    let stranger = Key::new();
    let end = ptb::deactivate(stage.deployment(), stage.storage().await).expect("a transaction");
    let tried = stage
        .valet
        .execute_sponsored(&stranger, &sponsor, end)
        .await;
    assert!(matches!(tried, Err(Error::Sponsor(_))), "{tried:?}");
    assert_eq!(stranger.signatures(), 0);
    assert!(
        stage
            .account()
            .status()
            .await
            .expect("an account")
            .session
            .is_some()
    );
}

#[tokio::test]
async fn d11_a_quote_says_what_it_will_cost() {
    let stage = Stage::set().await;
    let sponsor = stage.sponsor();
    let (session, _) = stage.onboard(&sponsor).await;
    sponsor.reconcile().await.expect("reconciled");
    let step = stage.step(0).await;
    let request = stage.request(&session, step.clone()).await;
    let quote = sponsor.quote(&request).await.expect("a quote");
    assert_eq!(
        sponsor.quote(&request).await.expect("a quote"),
        quote,
        "nothing is reserved"
    );
    assert!(quote.cost <= quote.budget && quote.budget <= request.max_budget);
    assert_eq!(
        quote.left_for_sender, PLENTY.mist,
        "the session has cost nothing yet"
    );
    let played = stage
        .valet
        .execute_sponsored(&session, &sponsor, step)
        .await;
    let net = played.expect("a move").gas().net();
    assert_eq!(i128::from(quote.cost), net.max(0));
    sponsor.reconcile().await.expect("reconciled");
    let again = sponsor.quote(&request).await.expect("a quote");
    assert_eq!(quote.left_today - again.left_today, quote.cost);
}

#[tokio::test]
async fn d11_the_same_request_gets_the_same_answer_and_counts_once() {
    let stage = Stage::set().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sponsor.db");
    let open = || {
        let book = SqliteBook::open(&path).expect("a book");
        let gas = valet_sponsor::GasSource::AddressBalance;
        stage.sponsor_of(gas, stage.policy(), Stage::limits(), book)
    };
    let sponsor = open();
    let (session, _) = stage.onboard(&sponsor).await;
    let request = stage.request(&session, stage.step(0).await).await;
    let left = |quote: valet_sponsor::Quote| quote.left_today;
    let first = sponsor.sponsor(&request).await.expect("signed");
    let spent = left(sponsor.quote(&request).await.expect("a quote"));
    assert_eq!(sponsor.sponsor(&request).await.expect("again"), first);
    drop(sponsor);
    let sponsor = open();
    assert_eq!(
        sponsor.sponsor(&request).await.expect("after a restart"),
        first
    );
    assert_eq!(left(sponsor.quote(&request).await.expect("a quote")), spent);
    // Another nonce is another transaction.
    let other = stage.request(&session, request.ptb.clone()).await;
    let second = sponsor.sponsor(&other).await.expect("signed");
    assert_ne!(second.transaction.digest(), first.transaction.digest());
}
