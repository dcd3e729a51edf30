//! Claims: a player is onboarded by one transaction and one owner signature, or not at all. (D1, A1, C3, C5.)

use sui_sdk_types::{Address, ExecutionError};
use valet_client::{
    Error, GasPolicy, Grant, Network, Onboarding, Owner, Refusal, SessionKey, SessionOptions,
    SettlementOutcome, Valet, ValetEvent, Wealth,
    ptb::{self, Float, FloatKind},
};

use super::{NOW_MS, REST, STEP, SUI, Stage, Wallet, granted, hour, only};

#[tokio::test]
async fn d1_onboarding_takes_exactly_one_owner_signature() {
    let stage = Stage::set().await;
    let terms = granted(Grant::actions([STEP, REST]).with_max_debt(77));
    let (session, receipt) = stage.onboard(stage.joining(terms)).await;

    assert_eq!(stage.player.signatures(), 1);
    let status = stage.account().status().await.expect("an account");
    assert_eq!(status.owner, stage.player.address());
    assert_eq!(status.storage, stage.account().storage_id());
    assert_eq!(status.session_count, 1);
    assert!(status.write_count > 0, "the game's join took place");
    assert_eq!(
        Some(status.unsettled_writes),
        Some(session.unsettled_writes())
    );
    let registered = status.session.expect("a session");
    assert_eq!(registered.wallet, session.address());
    assert_eq!((registered.generation, registered.debt), (1, 0));
    assert_eq!(registered.expires_at_ms, NOW_MS + 3_600_000);
    assert_eq!(
        registered.grant,
        Grant::actions([STEP, REST]).with_max_debt(77)
    );
    assert_eq!(session.expires_at_ms(), NOW_MS + 3_600_000);
    let float = stage
        .valet
        .network()
        .wealth(session.address())
        .await
        .expect("a balance");
    assert_eq!(
        float,
        Wealth {
            coins: 0,
            address_balance: 5 * SUI
        }
    );

    // The events say the same, whole.
    let activated = receipt.valet_events().iter().find_map(|event| match event {
        ValetEvent::SessionActivated(activated) => Some(activated.clone()),
        _ => None,
    });
    let activated = activated.expect("an event");
    assert_eq!(activated.activated_at_ms, NOW_MS);
    assert_eq!(activated.grant, registered.grant);
    assert!(
        receipt
            .valet_events()
            .contains(&ValetEvent::StorageCreated {
                storage: stage.account().storage_id(),
                owner: stage.player.address(),
            })
    );
}

#[tokio::test]
async fn an_owner_is_onboarded_once() {
    let stage = Stage::set().await;
    stage.session().await;
    let key = SessionKey::generate().expect("randomness");
    let error = stage
        .account()
        .onboard(&stage.player, key, stage.joining(hour()))
        .await
        .expect_err("the account exists");
    assert!(matches!(error, Error::AlreadyOnboarded { .. }), "{error}");
    assert_eq!(stage.player.signatures(), 1, "nobody was asked to sign");
}

#[tokio::test]
async fn an_onboarding_that_fails_leaves_nothing() {
    let stage = Stage::set().await;
    let twice = stage
        .joining(hour())
        .with_call(stage.call("join").storage());
    let key = SessionKey::generate().expect("randomness");
    let address = key.address();
    let error = stage
        .account()
        .onboard(&stage.player, key, twice)
        .await
        .expect_err("one cannot join twice");
    let Error::Aborted(failure) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        failure
            .abort()
            .map(|abort| abort.module().to_owned())
            .as_deref(),
        Some("arena")
    );
    let error = stage.account().status().await.expect_err("no account");
    assert!(matches!(error, Error::NotOnboarded { .. }), "{error}");
    let float = stage
        .valet
        .network()
        .wealth(address)
        .await
        .expect("a balance");
    assert_eq!(float, Wealth::default());
}

#[tokio::test]
async fn an_owner_without_money_is_told_before_signing() {
    let stage = Stage::set().await;
    let poor = Wallet::new();
    let error = stage
        .valet
        .account(poor.address())
        .onboard(
            &poor,
            SessionKey::generate().expect("randomness"),
            stage.joining(hour()),
        )
        .await
        .expect_err("no money");
    assert!(
        matches!(error, Error::InsufficientGas { payer, .. } if payer == poor.address()),
        "{error}"
    );
    assert_eq!(poor.signatures(), 0);
}

#[tokio::test]
async fn an_owner_pays_from_the_address_balance_when_there_are_no_coins() {
    let stage = Stage::set().await;
    let owner = Wallet::new();
    let float = |source| Float {
        mist: 10 * SUI,
        source,
        kind: FloatKind::AddressBalance,
    };
    let funded = stage
        .valet
        .execute(&stage.developer, 10 * SUI, |source| {
            ptb::fund(owner.address(), float(source))
        })
        .await;
    funded.expect("funded");
    let account = stage.valet.account(owner.address());
    let key = SessionKey::generate().expect("randomness");
    let (session, _) = account
        .onboard(&owner, key, stage.joining(hour()))
        .await
        .expect("onboarded");
    session.play(&stage.step(0)).await.expect("a move");
    assert_eq!(owner.signatures(), 1);
}

#[tokio::test]
async fn only_the_owner_onboards_and_activates() {
    let stage = Stage::set().await;
    let key = || SessionKey::generate().expect("randomness");
    let error = stage
        .account()
        .onboard(&stage.developer, key(), Onboarding::new(hour()))
        .await;
    assert!(matches!(
        error.expect_err("not theirs"),
        Error::NotTheOwner { .. }
    ));
    stage.session().await;
    let error = stage
        .account()
        .activate(&stage.developer, key(), Onboarding::new(hour()))
        .await;
    assert!(matches!(
        error.expect_err("not theirs"),
        Error::NotTheOwner { .. }
    ));
}

#[tokio::test]
async fn the_chain_refuses_terms_out_of_bounds() {
    let stage = Stage::set().await;
    stage.session().await;
    let lasting = |ms| {
        valet_client::Terms::lasting(std::time::Duration::from_millis(ms), Grant::actions([STEP]))
    };
    for (terms, refusal) in [
        (lasting(59_999), Refusal::DurationTooShort),
        (lasting(604_800_001), Refusal::DurationTooLong),
        (only(&[]), Refusal::EmptyGrant),
    ] {
        let key = SessionKey::generate().expect("randomness");
        let activated = stage
            .account()
            .activate(&stage.player, key, Onboarding::new(terms))
            .await;
        assert_eq!(
            activated.expect_err("out of bounds").refusal(),
            Some(refusal)
        );
    }
    let before = stage.account().status().await.expect("an account");
    assert_eq!(before.session_count, 1);
}

#[tokio::test]
async fn a_session_is_resumed_by_its_key_alone() {
    let stage = Stage::set().await;
    let seed = zeroize::Zeroizing::new([3; 32]);
    let account = stage.account();
    account
        .onboard(
            &stage.player,
            SessionKey::from_seed(&seed),
            stage.joining(hour()),
        )
        .await
        .expect("onboarded");

    // Another process: nothing but the URL, the deployment, the owner's address and the key.
    let valet = Valet::connect(&stage.localnet.rpc_url(), stage.valet.deployment().clone())
        .await
        .expect("a connection");
    let account = valet.account(stage.player.address());
    let session = account
        .resume(SessionKey::from_seed(&seed), SessionOptions::new())
        .await
        .expect("resumed");
    session.play(&stage.step(0)).await.expect("a move");

    let stranger = SessionKey::generate().expect("randomness");
    let error = account
        .resume(stranger, SessionOptions::new())
        .await
        .expect_err("not its key");
    assert!(matches!(error, Error::NotTheSession { .. }), "{error}");
    let nobody = valet.account(Address::TWO);
    let key = SessionKey::generate().expect("randomness");
    let error = nobody
        .resume(key, SessionOptions::new())
        .await
        .expect_err("no account");
    assert!(matches!(error, Error::NotOnboarded { .. }), "{error}");
}

#[tokio::test]
async fn c3_recharged_credit_settles_what_is_owed() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    let before = stage.account().status().await.expect("an account");
    assert!(before.debt > 0 && before.unsettled_writes > 0);

    // Without credit a settlement is skipped, and no error.
    let receipt = stage
        .account()
        .settle(&stage.developer)
        .await
        .expect("skipped");
    let settled = receipt.settlement().expect("an event");
    assert_eq!(
        (settled.outcome, settled.unsettled_charge),
        (SettlementOutcome::Skipped, before.debt)
    );

    stage
        .valet
        .recharge(&stage.developer, 1)
        .await
        .expect("recharged");
    let receipt = session.settle().await.expect("partial");
    let settled = receipt.settlement().expect("an event");
    assert_eq!(
        (settled.outcome, settled.credit_paid),
        (SettlementOutcome::Partial, 1)
    );

    stage
        .valet
        .recharge(&stage.developer, SUI)
        .await
        .expect("recharged");
    let receipt = stage
        .account()
        .settle(&stage.developer)
        .await
        .expect("settled");
    let settled = receipt.settlement().expect("an event");
    assert_eq!(
        (settled.outcome, settled.credit_paid),
        (SettlementOutcome::Full, before.debt - 1)
    );
    let after = stage.account().status().await.expect("an account");
    assert_eq!((after.debt, after.unsettled_writes), (0, 0));

    let error = stage
        .valet
        .recharge(&stage.developer, 0)
        .await
        .expect_err("nothing");
    assert_eq!(error.refusal(), Some(Refusal::ZeroAmount));
}

#[tokio::test]
async fn a_package_that_does_not_load_is_refused() {
    let stage = Stage::set().await;
    let network = Network::connect(&stage.localnet.rpc_url())
        .await
        .expect("a connection");
    let deployer = valet_client::deploy::Deployer::new(&network, &stage.developer);
    let error = deployer
        .publish(vec![vec![0xa1, 0x1c, 0xeb]], vec![])
        .await
        .expect_err("truncated");
    let Error::Failed(failure) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        *failure.execution_error(),
        ExecutionError::VmVerificationOrDeserializationError
    );
}

#[tokio::test]
async fn a_session_can_pay_with_a_coin() {
    let stage = Stage::set().await;
    let options = SessionOptions::new().with_gas_policy(GasPolicy::coins());
    let (session, _) = stage
        .onboard(stage.joining(hour()).with_options(options))
        .await;
    let network = stage.valet.network();
    let float = network.wealth(session.address()).await.expect("a balance");
    assert_eq!(
        float,
        Wealth {
            coins: 5 * SUI,
            address_balance: 0
        }
    );
    session.play(&stage.turn(0)).await.expect("a move");
    let before = network.rpc_calls();
    for turn in 1..20 {
        session.play(&stage.turn(turn)).await.expect("a move");
    }
    assert_eq!(
        network.rpc_calls() - before,
        19,
        "the coin's version is followed from effects"
    );
}
