//! Claims: every refusal is its own typed error, says what to do, and leaves the account as it was. (D7, B15; threats 1, 2, 16.)

use std::time::Duration;

use async_trait::async_trait;
use sui_sdk_types::{Address, ExecutionError, Transaction, UserSignature};
use valet_client::{
    Call, Error, Foresight, GasLimits, KeyOwner, Onboarding, Owner, Refusal, Rejection, Session,
    SessionKey, SessionOptions, Status, Terms, ptb,
};

use super::{NOW_MS, STEP, Stage, granted, hour, only};

/// Plays an action that must be refused for this reason, and checks that nothing changed.
async fn assert_refused(stage: &Stage, session: &Session, call: &Call, expected: Refusal) {
    let before = status(stage).await;
    let error = session.play(call).await.expect_err("refused");
    assert_eq!(error.refusal(), Some(expected), "{error}");
    assert!(error.to_string().contains(expected.remedy()), "{error}");
    let failure = error.failure().expect("it was executed");
    assert!(!failure.receipt().is_success() && failure.receipt().gas().computation > 0);
    let clever = failure
        .abort()
        .and_then(|abort| abort.clever())
        .expect("a clever code");
    assert!(clever.line > 0 && clever.code.is_some());
    assert_eq!(status(stage).await, before);
}

async fn status(stage: &Stage) -> Status {
    stage.account().status().await.expect("an account")
}

#[tokio::test]
async fn b2_a_deactivated_session_is_refused_at_once() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    stage
        .account()
        .deactivate(&stage.player)
        .await
        .expect("ended");
    assert_refused(&stage, &session, &stage.step(1), Refusal::SessionRevoked).await;
    let error = stage
        .account()
        .deactivate(&stage.player)
        .await
        .expect_err("ended before");
    assert_eq!(error.refusal(), Some(Refusal::NoSession));
}

#[tokio::test]
async fn a_session_ends_itself() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.deactivate().await.expect("ended");
    assert!(
        session
            .play(&stage.step(0))
            .await
            .expect_err("ended")
            .refusal()
            .is_some()
    );
    assert_eq!(status(&stage).await.session, None);
}

#[tokio::test]
async fn t2_a_replaced_session_is_refused_and_the_new_one_plays() {
    let stage = Stage::set().await;
    let old = stage.session().await;
    let new = stage.activate(hour()).await;
    assert_refused(&stage, &old, &stage.step(0), Refusal::SessionReplaced).await;
    new.play(&stage.step(0)).await.expect("a move");
}

#[tokio::test]
async fn t1_a_session_plays_until_its_last_millisecond() {
    let stage = Stage::set().await;
    let terms = Terms::lasting(
        Duration::from_secs(60),
        valet_client::Grant::all_session_actions(),
    );
    // The chain is asked each time.
    let options = SessionOptions::new().with_foresight(Foresight::None);
    let (session, _) = stage
        .onboard(stage.joining(terms).with_options(options))
        .await;
    let ledger = stage.localnet.ledger();
    assert_eq!(session.expires_at_ms(), NOW_MS + 60_000);
    ledger
        .set_clock_ms(session.expires_at_ms() - 1)
        .expect("later");
    session.play(&stage.step(0)).await.expect("a move");
    for late in [0, 1] {
        ledger
            .set_clock_ms(session.expires_at_ms() + late)
            .expect("later");
        assert_refused(&stage, &session, &stage.step(1), Refusal::SessionExpired).await;
    }
    // Anyone may clean up now; the key is still told why.
    stage
        .account()
        .deactivate(&stage.developer)
        .await
        .expect("cleaned up");
    assert_refused(&stage, &session, &stage.step(1), Refusal::SessionExpired).await;
}

#[tokio::test]
async fn b6_an_action_outside_the_grant_is_refused() {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(stage.joining(only(&[STEP]))).await;
    session.play(&stage.step(0)).await.expect("a move");
    assert_refused(&stage, &session, &stage.rest(), Refusal::ActionNotGranted).await;
}

#[tokio::test]
async fn b10_an_owner_only_action_is_the_owners() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let rename = stage.call("rename").storage().arg("Ada");
    assert_refused(&stage, &session, &rename, Refusal::OwnerOnlyAction).await;
    stage
        .account()
        .play_as_owner(&stage.player, &[rename])
        .await
        .expect("renamed");
}

#[tokio::test]
async fn a_session_without_debt_left_is_refused() {
    let stage = Stage::set().await;
    let terms = granted(valet_client::Grant::all_session_actions().with_max_debt(1));
    let (session, _) = stage.onboard(stage.joining(terms)).await;
    assert_refused(
        &stage,
        &session,
        &stage.step(0),
        Refusal::SessionDebtCeiling,
    )
    .await;
}

#[tokio::test]
async fn t16_a_session_cannot_play_for_another_account() {
    let stage = Stage::set().await;
    let victim = stage.session().await;
    let attacker = KeyOwner::generate().expect("randomness");
    stage
        .localnet
        .ledger()
        .fund(attacker.address(), &[10_000_000_000])
        .expect("money");
    let account = stage.valet.account(attacker.address());
    let (session, receipt) = account
        .onboard(
            &attacker,
            SessionKey::generate().expect("randomness"),
            stage.joining(hour()),
        )
        .await
        .expect("onboarded");
    assert!(receipt.shared(account.storage_id()).is_some());

    let id = victim.account().storage_id();
    let object = stage
        .valet
        .network()
        .object(id)
        .await
        .expect("a read")
        .expect("an object");
    let storage = object.as_shared().expect("shared");
    let forged = ptb::calls(stage.valet.deployment(), storage, &[stage.step(0)]).expect("a PTB");
    let before = status(&stage).await;
    let error = session.play_ptb(forged).await.expect_err("not its account");
    assert_eq!(error.refusal(), Some(Refusal::WrongSender));
    let ending = ptb::deactivate(stage.valet.deployment(), storage).expect("a PTB");
    let error = session.play_ptb(ending).await.expect_err("not its session");
    assert_eq!(error.refusal(), Some(Refusal::SessionStillLive));
    assert_eq!(status(&stage).await, before);

    // And with no session registered at all.
    stage
        .account()
        .deactivate(&stage.player)
        .await
        .expect("ended");
    let forged = ptb::calls(stage.valet.deployment(), storage, &[stage.step(0)]).expect("a PTB");
    let error = session.play_ptb(forged).await.expect_err("not its account");
    assert_eq!(error.refusal(), Some(Refusal::NotRegistered));
}

/// Claims one address and signs with another's key.
struct Impostor {
    address: Address,
    key: KeyOwner,
}

#[async_trait]
impl Owner for Impostor {
    fn address(&self) -> Address {
        self.address
    }

    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        self.key.sign_transaction(transaction).await
    }
}

#[tokio::test]
async fn a_signature_by_the_wrong_key_is_rejected() {
    let stage = Stage::set().await;
    stage.session().await;
    let before = status(&stage).await;
    let impostor = Impostor {
        address: stage.player.address(),
        key: KeyOwner::generate().expect("randomness"),
    };
    let error = stage
        .account()
        .deactivate(&impostor)
        .await
        .expect_err("not the owner's key");
    assert!(
        matches!(
            error,
            Error::Rejected {
                rejection: Rejection::Signature,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(status(&stage).await, before);
}

#[tokio::test]
async fn a_session_without_gas_says_so_and_plays_on_after_a_top_up() {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(stage.joining(hour()).with_float(0)).await;
    let before = status(&stage).await;
    let error = session.play(&stage.step(0)).await.expect_err("no gas");
    assert!(
        matches!(error, Error::InsufficientGas { payer, .. } if payer == session.address()),
        "{error}"
    );
    assert_eq!(status(&stage).await, before);
    let account = stage.account();
    account
        .top_up(&stage.developer, &session, 1_000_000_000)
        .await
        .expect("topped up");
    session.play(&stage.step(0)).await.expect("a move");
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_a_failure_that_names_the_budget() {
    let stage = Stage::set().await;
    // Enough for the computation, not for the deposit of a new record.
    let limits = GasLimits::with_budget(1_100_000);
    let options = SessionOptions::new().with_limits(limits);
    let onboarding = stage.joining(hour()).with_options(options);
    let (session, _) = stage.onboard(onboarding).await;
    session
        .play(&stage.step(0))
        .await
        .expect("a step replaces a record of the same size");
    let valet = stage.valet.clone().with_owner_limits(limits);
    let account = valet.account(stage.player.address());
    let rename = stage.call("rename").storage().arg("Ada");
    let error = account
        .play_as_owner(&stage.player, &[rename])
        .await
        .expect_err("too little");
    let failure = error.failure().expect("executed");
    assert_eq!(*failure.execution_error(), ExecutionError::InsufficientGas);
    assert!(error.to_string().contains("budget"), "{error}");
}

#[tokio::test]
async fn calls_that_do_not_exist_or_do_not_fit_are_told_apart() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let before = status(&stage).await;
    let failed = async |call: Call| match session.play(&call).await.expect_err("malformed") {
        Error::Failed(failure) => failure.execution_error().clone(),
        other => panic!("{other}"),
    };
    assert_eq!(
        failed(stage.call("fly")).await,
        ExecutionError::FunctionNotFound
    );
    assert_eq!(
        failed(stage.call("step").storage()).await,
        ExecutionError::ArityMismatch
    );
    let swapped = stage.call("step").storage().clock().arg(&1u8);
    assert!(matches!(
        failed(swapped).await,
        ExecutionError::CommandArgumentError { .. }
    ));
    let nowhere = Call::new(Address::from_static("0xdead"), "m", "f");
    let error = session.play(&nowhere).await.expect_err("no such package");
    assert!(
        matches!(
            error,
            Error::Rejected {
                rejection: Rejection::Object,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(status(&stage).await, before);
}

#[tokio::test]
async fn the_games_own_refusals_speak_its_own_words() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let before = status(&stage).await;
    // The hero starts at (8, 8), where there is no ore.
    let mine = stage.call("mine").storage().clock();
    for _ in 0..2 {
        let error = session.play(&mine).await.expect_err("no ore");
        let Error::Aborted(failure) = &error else {
            panic!("{error}");
        };
        let abort = failure.abort().expect("an abort");
        assert_eq!((abort.module(), abort.code()), ("arena", Some(5)));
        assert_eq!(abort.name(), Some("ENoOre"));
        let message = "There is no ore on this tile; step to one that has some.";
        assert_eq!(abort.message(), Some(message));
        assert!(error.to_string().contains("There is no ore"), "{error}");
    }
    assert_eq!(status(&stage).await, before);
}

#[tokio::test]
async fn a_ledger_that_stops_is_an_error_and_never_a_hang() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    let step = stage.step(1);
    stage.localnet.shutdown().await;
    let error = tokio::time::timeout(Duration::from_secs(40), session.play(&step))
        .await
        .expect("in time")
        .expect_err("nobody there");
    assert!(
        matches!(error, Error::Unreachable { .. } | Error::Unconfirmed(_)),
        "{error}"
    );
}

#[tokio::test]
async fn a8_a_paused_dapp_refuses_play_and_lets_the_owner_out() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    stage.pause().await;
    assert_refused(&stage, &session, &stage.step(0), Refusal::Paused).await;
    stage
        .account()
        .settle(&stage.player)
        .await
        .expect("settled");
    stage
        .account()
        .deactivate(&stage.player)
        .await
        .expect("ended");
    let key = SessionKey::generate().expect("randomness");
    stage
        .account()
        .activate(&stage.player, key, Onboarding::new(hour()))
        .await
        .expect("activation asks no dApp");
}
