//! Claims: a session acts within its call budget and its rate limit, and what fails uses up nothing. (B7, B8; threats 1, 9, 14.)

use std::time::Duration;

use valet_client::{Error, Grant, RateLimit, Refusal, Session, SessionStatus, ValetEvent};

use super::{NOW_MS, Stage, granted};

async fn limited(grant: Grant) -> (Stage, Session) {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(stage.joining(granted(grant))).await;
    (stage, session)
}

async fn registered(stage: &Stage) -> SessionStatus {
    let status = stage.account().status().await.expect("an account");
    status.session.expect("a session")
}

async fn refusal(stage: &Stage, session: &Session) -> Option<Refusal> {
    let before = stage.account().status().await.expect("an account");
    let error = session.play(&stage.step(0)).await.expect_err("refused");
    let after = stage.account().status().await.expect("an account");
    assert_eq!(after, before);
    error.refusal()
}

#[tokio::test]
async fn b7_t9_a_call_budget_counts_successes_only() {
    let (stage, session) = limited(Grant::all_session_actions().with_max_calls(2)).await;
    assert_eq!(registered(&stage).await.remaining_calls, Some(2));
    let receipt = session.play(&stage.step(0)).await.expect("a move");
    let counted = receipt.valet_events().iter().find_map(|event| match event {
        ValetEvent::CallCounted(counted) => Some(counted.clone()),
        _ => None,
    });
    let counted = counted.expect("an event");
    assert_eq!((counted.generation, counted.action), (1, super::STEP));
    assert_eq!((counted.remaining_calls, counted.bucket), (Some(1), None));

    // An action that the game refuses consumes nothing, however often.
    let mine = stage.call("mine").storage().clock();
    for _ in 0..3 {
        let error = session.play(&mine).await.expect_err("no ore");
        assert!(matches!(error, Error::Aborted(_)), "{error}");
    }
    assert_eq!(registered(&stage).await.remaining_calls, Some(1));

    // Two calls in one transaction are two.
    let error = session
        .play_all(&[stage.step(1), stage.step(0)])
        .await
        .expect_err("one too many");
    assert_eq!(error.refusal(), Some(Refusal::CallBudgetExhausted));
    session.play(&stage.step(1)).await.expect("the last one");
    let refused = refusal(&stage, &session).await;
    assert_eq!(refused, Some(Refusal::CallBudgetExhausted));
}

#[tokio::test]
async fn b8_a_rate_limit_refills_on_the_chains_clock() {
    let limit = RateLimit::new(2, 1, Duration::from_secs(1));
    let (stage, session) = limited(Grant::all_session_actions().with_rate_limit(limit)).await;
    for turn in 0..2 {
        session.play(&stage.step(turn)).await.expect("a move");
    }
    let status = registered(&stage).await;
    assert_eq!(status.calls_now(NOW_MS), Some(0));
    let refused = refusal(&stage, &session).await;
    assert_eq!(refused, Some(Refusal::RateLimited));

    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 999).expect("later");
    assert_eq!(status.calls_now(NOW_MS + 999), Some(0));
    let refused = refusal(&stage, &session).await;
    assert_eq!(refused, Some(Refusal::RateLimited));
    ledger.set_clock_ms(NOW_MS + 1_000).expect("later");
    assert_eq!(status.calls_now(NOW_MS + 1_000), Some(1));
    session.play(&stage.step(0)).await.expect("a move");
    let refused = refusal(&stage, &session).await;
    assert_eq!(refused, Some(Refusal::RateLimited));
}

#[tokio::test]
async fn b7_a_session_without_limits_announces_no_count() {
    let (stage, session) = limited(Grant::all_session_actions()).await;
    let receipt = session.play(&stage.step(0)).await.expect("a move");
    assert_eq!(receipt.valet_events().len(), 1, "the record and no more");
}
