//! Claims: a session renews itself within the envelope that its owner signed, and no further. (B11; threat 2.)

use std::time::Duration;

use valet_client::{GasPolicy, Grant, Refusal, SessionKey, SessionOptions, Terms, ValetEvent};

use super::{NOW_MS, SUI, Stage};

const MINUTE: Duration = Duration::from_secs(60);

fn key() -> SessionKey {
    SessionKey::generate().expect("randomness")
}

fn renewable() -> Terms {
    let grant = Grant::all_session_actions()
        .with_max_calls(10)
        .with_renewals(2, NOW_MS + 150_000);
    Terms::lasting(MINUTE, grant)
}

#[tokio::test]
async fn b11_a_session_renews_itself_with_and_without_a_new_key() {
    let stage = Stage::set().await;
    let (first, _) = stage.onboard(stage.joining(renewable())).await;
    first.play(&stage.step(0)).await.expect("a move");
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 50_000).expect("later");
    first.extend(MINUTE).await.expect("extended");
    assert_eq!(first.expires_at_ms(), NOW_MS + 110_000);
    let before = stage.valet.network();
    let held = before.wealth(first.address()).await.expect("a balance");

    let (second, receipt) = first.renew(key(), MINUTE).await.expect("renewed");
    assert_eq!(stage.player.signatures(), 1, "nobody was asked");
    let renewed = receipt.valet_events().iter().find_map(|event| match event {
        ValetEvent::SessionRenewed(renewed) => Some(renewed.clone()),
        _ => None,
    });
    let renewed = renewed.expect("an event");
    assert_eq!(renewed.previous_wallet, first.address());
    assert_eq!(renewed.wallet, second.address());
    assert_eq!((renewed.generation, renewed.remaining_renewals), (1, 0));

    // The old key is dead, the new one plays on with the float and what was left of the budget.
    let account = stage.account();
    account
        .top_up(&stage.developer, &first, SUI)
        .await
        .expect("topped up");
    let error = first.play(&stage.step(1)).await.expect_err("dead");
    assert_eq!(error.refusal(), Some(Refusal::SessionReplaced));
    let float = before.wealth(second.address()).await.expect("a balance");
    assert!(float.address_balance + 20_000_000 >= held.address_balance);
    second.play(&stage.step(1)).await.expect("a move");
    let status = account.status().await.expect("an account");
    let session = status.session.expect("a session");
    assert_eq!(session.remaining_calls, Some(8));
    assert_eq!((session.generation, status.session_count), (1, 1));
    let error = second.extend(MINUTE).await.expect_err("used up");
    assert_eq!(error.refusal(), Some(Refusal::NoRenewalLeft));
}

#[tokio::test]
async fn b11_nothing_lasts_beyond_the_envelope() {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(stage.joining(renewable())).await;
    let error = session
        .extend(Duration::from_millis(150_001))
        .await
        .expect_err("too long");
    assert_eq!(error.refusal(), Some(Refusal::BeyondEnvelope));
    session
        .extend(Duration::from_millis(150_000))
        .await
        .expect("just as long");
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 150_000).expect("later");
    let error = session.extend(MINUTE).await.expect_err("expired");
    assert_eq!(error.refusal(), Some(Refusal::SessionExpired));

    // And a session that was granted no renewals gets none.
    let plain = stage.activate(super::hour()).await;
    let error = plain.extend(MINUTE).await.expect_err("not granted");
    assert_eq!(error.refusal(), Some(Refusal::RenewalNotGranted));
}

#[tokio::test]
async fn b11_a_coin_goes_along_whole() {
    let stage = Stage::set().await;
    let options = SessionOptions::new().with_gas_policy(GasPolicy::coins());
    let onboarding = stage.joining(renewable()).with_options(options);
    let (first, _) = stage.onboard(onboarding).await;
    let (second, _) = first.renew(key(), MINUTE).await.expect("renewed");
    let network = stage.valet.network();
    let left = network.wealth(first.address()).await.expect("a balance");
    let moved = network.wealth(second.address()).await.expect("a balance");
    assert_eq!(left.coins, 0);
    assert!(moved.coins > 4 * SUI, "{moved:?}");
    second.play(&stage.step(0)).await.expect("a move");
}
