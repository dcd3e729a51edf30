//! Claims: a session knows its state from the answers to what it sends, on the chain's time; it refuses beforehand what the chain
//! would refuse, and nothing else; when it is over it goes on as its policy says. (D6, D7, D8; threats 22, 33.)

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use sui_sdk_types::{Address, Digest, SignedTransaction, Transaction, UserSignature};
use valet_client::{
    Ask, Error, FallbackPolicy, Foresight, GasPolicy, Grant, Journal, KeyOwner, KeyRotation,
    Outcome, Owner, Phase, RateLimit, Refusal, RenewalPolicy, SessionKey, SessionOptions, Terms,
};
use valet_localnet::ledger::Rejection;

use super::{NOW_MS, REST, STEP, SUI, Stage, granted, hour};

const MINUTE: Duration = Duration::from_secs(60);

fn key() -> SessionKey {
    SessionKey::generate().expect("randomness")
}

/// An owner whose key is at hand, as the policies take it.
struct Home {
    stage: Stage,
    owner: Arc<KeyOwner>,
}

impl Home {
    async fn build() -> Self {
        let stage = Stage::set().await;
        let owner = Arc::new(KeyOwner::generate().expect("randomness"));
        let ledger = stage.localnet.ledger();
        ledger.fund(owner.address(), &[100 * SUI]).expect("money");
        Self { stage, owner }
    }

    async fn session(&self, terms: Terms, options: SessionOptions) -> valet_client::Session {
        let onboarding = self.stage.joining(terms).with_options(options);
        let account = self.stage.valet.account(self.owner.address());
        let onboarded = account
            .onboard(self.owner.as_ref(), key(), onboarding)
            .await;
        onboarded.expect("onboarded").0
    }
}

#[tokio::test]
async fn d6_a_session_is_watched_from_its_creation_to_its_end() {
    let stage = Stage::set().await;
    let grant = Grant::actions([STEP, REST]).with_max_calls(3);
    let mut onboarding = stage.joining(granted(grant));
    let mut watch = onboarding.watch();
    assert_eq!(watch.borrow_and_update().phase, Phase::Created);
    let (session, _) = stage.onboard(onboarding).await;
    {
        let state = watch.borrow_and_update();
        assert_eq!(state.phase, Phase::Active);
        assert_eq!(state.address, Some(session.address()));
        assert_eq!((state.max_calls, state.remaining_calls), (Some(3), Some(3)));
        assert_eq!(state.float, Some(5 * SUI));
        let left = state.expires_in().expect("known");
        assert!(left <= Duration::from_secs(3_600) && left > Duration::from_secs(3_500));
    }

    // Each action tells, and nothing is read for it.
    let requests = stage.localnet.request_counts().total();
    for left in [2, 1] {
        session.play(&stage.step(left)).await.expect("a move");
        assert!(watch.has_changed().expect("live"));
        let state = watch.borrow_and_update();
        assert_eq!(
            (state.phase, state.remaining_calls),
            (Phase::Active, Some(u64::try_from(left).expect("small")))
        );
    }
    session.play(&stage.step(0)).await.expect("the last");
    assert_eq!(watch.borrow_and_update().phase, Phase::Exhausted);
    assert_eq!(stage.localnet.request_counts().total() - requests, 3);

    stage
        .account()
        .deactivate(&stage.player)
        .await
        .expect("revoked");
    session.play(&stage.step(0)).await.expect_err("revoked");
    assert_eq!(watch.borrow_and_update().phase, Phase::Revoked);
}

#[tokio::test]
async fn d6_low_lost_and_expired_are_seen() {
    let stage = Stage::set().await;
    let onboarding = stage.joining(hour()).with_float(50_000_000);
    let (first, _) = stage.onboard(onboarding).await;
    assert_eq!(first.state().phase, Phase::Low);
    stage
        .account()
        .top_up(&stage.developer, &first, SUI)
        .await
        .expect("topped up");
    assert_eq!(first.state().phase, Phase::Active);

    let second = stage.activate(hour()).await;
    first.refresh().await.expect("read");
    assert_eq!(first.state().phase, Phase::Lost);

    // Time alone ends it: the chain's, which is shown by any answer.
    let mut watch = second.watch();
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 3_600_000).expect("later");
    stage
        .valet
        .recharge(&stage.developer, 1)
        .await
        .expect("any transaction");
    let expired = watch.wait_for(|state| state.phase == Phase::Expired);
    let seen = tokio::time::timeout(Duration::from_secs(5), expired).await;
    assert!(seen.expect("in time").is_ok());
}

#[tokio::test]
async fn d7_what_is_certain_to_be_refused_costs_nothing() {
    let stage = Stage::set().await;
    let (session, _) = stage
        .onboard(stage.joining(granted(Grant::actions([STEP]).with_max_calls(1))))
        .await;
    session.play(&stage.step(0)).await.expect("the only one");
    let float = session.float();
    let requests = stage.localnet.request_counts();
    let error = session.play(&stage.step(1)).await.expect_err("used up");
    assert!(matches!(error, Error::Foreseen { .. }), "{error}");
    assert_eq!(error.refusal(), Some(Refusal::CallBudgetExhausted));
    assert_eq!(
        error.state().and_then(|state| state.remaining_calls),
        Some(0)
    );
    assert!(error.to_string().contains("Account::activate"), "{error}");
    assert_eq!(session.float(), float);
    let sent = stage.localnet.request_counts().total() - requests.total();
    assert_eq!(sent, 1, "asked, not sent");
}

#[tokio::test]
async fn d7_what_the_chain_would_accept_is_never_refused() {
    let stage = Stage::set().await;
    let seed = zeroize::Zeroizing::new([7; 32]);
    let onboarding = || stage.joining(granted(Grant::actions([STEP]).with_max_calls(1)));
    let account = stage.account();
    let (session, _) = account
        .onboard(&stage.player, SessionKey::from_seed(&seed), onboarding())
        .await
        .expect("onboarded");
    session.play(&stage.step(0)).await.expect("the only one");
    session.play(&stage.step(1)).await.expect_err("used up");
    // The owner grants the same key again, and this session is not told.
    let again = valet_client::Onboarding::new(granted(Grant::actions([STEP]).with_max_calls(1)));
    account
        .activate(&stage.player, SessionKey::from_seed(&seed), again)
        .await
        .expect("activated");
    session.play(&stage.step(1)).await.expect("it asked first");
}

#[tokio::test]
async fn d7_the_verdict_is_the_chains() {
    let limit = RateLimit::new(2, 1, Duration::from_secs(10));
    for grant in [
        Grant::actions([STEP]),
        Grant::actions([REST]),
        Grant::actions([STEP, REST]).with_max_calls(2),
        Grant::actions([STEP]).with_max_calls(1),
        Grant::actions([STEP]).with_rate_limit(limit),
        Grant::actions([STEP])
            .with_max_calls(3)
            .with_rate_limit(limit),
    ] {
        let stage = Stage::set().await;
        let options = SessionOptions::new()
            .with_foresight(Foresight::None)
            .with_max_failures(100);
        let terms = Terms::lasting(MINUTE, grant.clone());
        let (session, _) = stage
            .onboard(stage.joining(terms).with_options(options))
            .await;
        let ledger = stage.localnet.ledger();
        for later_ms in [0, 9_999, 10_000, 30_000, 59_999, 60_000] {
            ledger.set_clock_ms(NOW_MS + later_ms).expect("later");
            for calls in [1_usize, 2, 3] {
                let status = stage.account().status().await.expect("an account");
                let registered = status.session.expect("a session");
                let asks = vec![Ask::new().of_action(STEP); calls];
                let foreseen = registered.verdict(NOW_MS + later_ms, &asks).err();
                let steps: Vec<_> = (0..calls).map(|turn| stage.step(turn)).collect();
                let chain = session.play_all(&steps).await.err();
                if let Some(error) = &chain {
                    assert!(error.failure().is_some(), "sent: {error}");
                }
                // The hero's strength is not the session's concern.
                let chain = chain.and_then(|error| error.refusal());
                assert_eq!(
                    foreseen, chain,
                    "{grant}, {calls} calls after {later_ms} ms"
                );
            }
        }
    }
}

#[tokio::test]
async fn d8_the_owner_plays_when_the_session_is_over() {
    let home = Home::build().await;
    let options =
        SessionOptions::new().with_fallback(FallbackPolicy::OwnerPlays(home.owner.clone()));
    let session = home.session(hour(), options).await;
    let account = session.account().clone();
    session.play(&home.stage.step(0)).await.expect("silently");
    account
        .deactivate(home.owner.as_ref())
        .await
        .expect("revoked");
    let before = account.status().await.expect("an account").write_count;
    session
        .play(&home.stage.step(1))
        .await
        .expect("by the owner");
    let after = account.status().await.expect("an account");
    assert_eq!((after.write_count - before, after.session), (1, None));
}

#[tokio::test]
async fn d8_the_owner_lets_it_begin_again_when_it_ran_out_and_only_then() {
    let home = Home::build().await;
    let terms = granted(Grant::actions([STEP]).with_max_calls(2));
    let policy = FallbackPolicy::Reactivate(home.owner.clone(), terms.clone());
    let session = home
        .session(terms, SessionOptions::new().with_fallback(policy))
        .await;
    for turn in 0..5 {
        session.play(&home.stage.step(turn)).await.expect("a move");
    }
    let account = session.account().clone();
    let status = account.status().await.expect("an account");
    assert_eq!(status.session_count, 3, "two calls each");
    assert_eq!(
        status.session.map(|session| session.wallet),
        Some(session.address())
    );

    account
        .deactivate(home.owner.as_ref())
        .await
        .expect("revoked");
    let error = session
        .play(&home.stage.step(0))
        .await
        .expect_err("on purpose");
    assert_eq!(error.refusal(), Some(Refusal::SessionRevoked));
}

#[tokio::test]
async fn d8_a_session_renews_itself_before_it_expires() {
    let home = Home::build().await;
    let grant = Grant::actions([STEP]).with_renewals(2, NOW_MS + 1_000_000);
    let options = SessionOptions::new().with_renewal(RenewalPolicy::new(MINUTE / 2, MINUTE));
    let session = home.session(Terms::lasting(MINUTE, grant), options).await;
    let ledger = home.stage.localnet.ledger();
    session.play(&home.stage.step(0)).await.expect("a move");
    assert_eq!(session.expires_at_ms(), NOW_MS + 60_000);
    for (later_ms, expires_ms) in [(40_000, 100_000), (80_000, 140_000)] {
        ledger.set_clock_ms(NOW_MS + later_ms).expect("later");
        // This answer shows the time, the next action renews.
        session.play(&home.stage.step(1)).await.expect("a move");
        session.play(&home.stage.step(0)).await.expect("a move");
        assert_eq!(session.expires_at_ms(), NOW_MS + expires_ms);
    }
    assert_eq!(session.state().remaining_renewals, Some(0));
}

/// Keeps the keys' addresses in the order in which they were made and used.
#[derive(Default)]
struct Safe {
    made: Mutex<Vec<Address>>,
    used: Mutex<Vec<Address>>,
}

#[async_trait]
impl KeyRotation for Safe {
    async fn next_key(&self, _: Address) -> Result<SessionKey, Error> {
        let key = key();
        self.made.lock().expect("no panic").push(key.address());
        Ok(key)
    }

    async fn rotated(&self, current: Address) -> Result<(), Error> {
        self.used.lock().expect("no panic").push(current);
        Ok(())
    }
}

#[tokio::test]
async fn d8_a_renewal_changes_the_key_and_takes_the_float_along() {
    for gas in [GasPolicy::AddressBalance, GasPolicy::coins()] {
        let home = Home::build().await;
        let safe = Arc::new(Safe::default());
        let grant = Grant::actions([STEP]).with_renewals(1, NOW_MS + 1_000_000);
        let renewal = RenewalPolicy::new(MINUTE / 2, MINUTE).with_rotation(safe.clone());
        let options = SessionOptions::new()
            .with_gas_policy(gas)
            .with_renewal(renewal);
        let session = home.session(Terms::lasting(MINUTE, grant), options).await;
        let first = session.address();
        let ledger = home.stage.localnet.ledger();
        ledger.set_clock_ms(NOW_MS + 40_000).expect("later");
        session.play(&home.stage.step(0)).await.expect("a move");
        let clone = session.clone();
        session.play(&home.stage.step(1)).await.expect("a move");
        assert_ne!(session.address(), first);
        assert_eq!(clone.address(), session.address());
        assert_eq!(*safe.made.lock().expect("no panic"), [session.address()]);
        assert_eq!(*safe.used.lock().expect("no panic"), [session.address()]);
        clone.play(&home.stage.step(0)).await.expect("a move");
        assert_eq!(session.state().phase, Phase::Active);
        let network = home.stage.valet.network();
        let left = network.wealth(first).await.expect("a balance");
        assert!(left.coins + left.address_balance < 20_000_000, "{left:?}");
    }
}

/// A thief that keeps what is signed and lets nothing leave.
#[derive(Debug, Default)]
struct Thief {
    kept: Mutex<Vec<SignedTransaction>>,
}

impl Journal for Thief {
    fn begin(
        &self,
        _: &str,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<(), Error> {
        self.kept.lock().expect("no panic").push(SignedTransaction {
            transaction: transaction.clone(),
            signatures: signatures.to_vec(),
        });
        Err(Error::Signing {
            reason: "withheld".to_owned(),
        })
    }

    fn end(&self, _: Digest, _: Outcome) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test]
async fn t22_a_withheld_transaction_lapses_with_the_next_epoch() {
    for gas in [GasPolicy::AddressBalance, GasPolicy::coins()] {
        let stage = Stage::set().await;
        let thief = Arc::new(Thief::default());
        let options = SessionOptions::new()
            .with_gas_policy(gas)
            .with_journal(thief.clone());
        let (session, _) = stage
            .onboard(stage.joining(hour()).with_options(options))
            .await;
        session.play(&stage.step(0)).await.expect_err("withheld");
        let kept = thief.kept.lock().expect("no panic").remove(0);
        let before = stage.account().status().await.expect("an account");
        let ledger = stage.localnet.ledger();
        for _ in 0..2 {
            ledger.advance_epoch().expect("an epoch");
        }
        let refused = ledger.execute(&kept.transaction, &kept.signatures);
        assert!(
            matches!(refused, Err(Rejection::Expired { .. })),
            "{refused:?}"
        );
        assert_eq!(stage.account().status().await.expect("an account"), before);
    }
}

#[tokio::test]
async fn t22_a_withheld_transaction_is_refused_once_the_session_has_expired() {
    let stage = Stage::set().await;
    let thief = Arc::new(Thief::default());
    let options = SessionOptions::new().with_journal(thief.clone());
    let (session, _) = stage
        .onboard(stage.joining(hour()).with_options(options))
        .await;
    session.play(&stage.step(0)).await.expect_err("withheld");
    let kept = thief.kept.lock().expect("no panic").remove(0);
    let before = stage.account().status().await.expect("an account");
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 3_600_000).expect("later");
    let executed = ledger
        .execute(&kept.transaction, &kept.signatures)
        .expect("in the same epoch it is executed, and aborts");
    let status = executed.effects.status();
    assert!(
        matches!(status, sui_sdk_types::ExecutionStatus::Failure { .. }),
        "{status:?}"
    );
    assert_eq!(stage.account().status().await.expect("an account"), before);
}

#[tokio::test]
async fn t33_only_the_chains_time_decides() {
    // The ledger's clock stands in November 2023, years before this device's. An hour's session is not over for that.
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    assert_eq!(session.state().phase, Phase::Active);
    // And it is over when the chain's hour is, though for this device no time has passed.
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 3_600_000).expect("later");
    let error = session.play(&stage.step(1)).await.expect_err("expired");
    assert_eq!(error.refusal(), Some(Refusal::SessionExpired));
    assert_eq!(session.state().phase, Phase::Expired);
}

#[test]
fn t33_nothing_in_the_client_looks_at_the_devices_clock() {
    fn look(directory: &Path) {
        for entry in fs::read_dir(directory).expect("the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                look(&path);
                continue;
            }
            let source = fs::read_to_string(&path).expect("a source");
            for word in ["SystemTime", "UNIX_EPOCH", "chrono::"] {
                // A vault's files are about this device, and about no session's time.
                assert!(!source.contains(word), "{} in {}", word, path.display());
            }
        }
    }
    for part in ["session", "network", "account"] {
        look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(part));
    }
}
