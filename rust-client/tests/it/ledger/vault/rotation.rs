//! A vault keeps the keys of a session that renews itself. (Rows D3, D8; threat 31.)

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sui_sdk_types::Address;
use valet_client::{
    Error, Grant, KeyRotation, Outcome, Owner as _, Refusal, RenewalPolicy, Session, SessionKey,
    SessionOptions, Vault, VaultError, VaultState,
};

use super::{Player, active, killed_after, open, resume, vault_error};
use crate::ledger::{NOW_MS, SUI, Stage, granted};

/// More points than a rotation waits at.
const MOST: usize = 500;
const HOUR: Duration = Duration::from_secs(3_600);

/// A session of an hour that may be renewed three times, until two hours from the beginning.
async fn start(stage: &Stage, player: &Player) -> (Arc<Vault>, Session) {
    let vault = player.create(stage);
    let grant = Grant::all_session_actions().with_renewals(3, NOW_MS + 7_200_000);
    let onboarding = stage.joining(granted(grant)).with_float(SUI);
    let started = vault.start(&stage.valet, &player.owner, onboarding).await;
    let (session, _) = started.expect("started");
    (Arc::new(vault), session)
}

#[tokio::test]
async fn d8_a_session_of_a_vault_renews_itself_under_fresh_sealed_keys() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = start(&stage, &player).await;
    let first = session.address();
    drop(session);
    let renewal = RenewalPolicy::new(HOUR / 2, HOUR).with_rotation(vault.clone());
    let options = SessionOptions::new().with_renewal(renewal);
    let resumed = vault.resume(&stage.valet, options).await.expect("resumed");
    let session = active(resumed);
    stage
        .localnet
        .ledger()
        .set_clock_ms(NOW_MS + 2_400_000)
        .expect("later");
    // This answer shows the time, the next action renews.
    for (turn, label) in ["one", "two", "three"].into_iter().enumerate() {
        let played = session.labelled(label).play(&stage.step(turn)).await;
        played.expect("a move");
    }
    assert_ne!(session.address(), first);
    assert_eq!(session.expires_at_ms(), NOW_MS + 6_000_000);
    assert_eq!(
        (vault.address(), vault.state()),
        (session.address(), VaultState::Active)
    );
    let current = session.address();
    drop((vault, session));

    let vault = open(&player.folder());
    assert_eq!(vault.address(), current);
    let session = active(resume(&vault, &stage).await);
    session.play(&stage.step(0)).await.expect("a move");
    // A renewal is no action of the caller's, whatever that was called.
    let noted: Vec<_> = vault
        .settled()
        .into_iter()
        .map(|settled| (settled.label, settled.outcome))
        .collect();
    let labels: Vec<_> = noted.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(
        labels[..5],
        ["valet: activate", "one", "valet: renew", "two", "three"]
    );
    let all_came_through = noted
        .iter()
        .all(|(_, outcome)| *outcome == Outcome::Succeeded);
    assert!(all_came_through, "{noted:?}");
}

#[tokio::test]
async fn t31_a_kill_at_any_point_of_a_rotation_loses_no_key() {
    let stage = Stage::set().await;
    let (mut kept, mut handed_over) = (0, 0);
    for polls in 1..MOST {
        let player = Player::new(&stage);
        let (vault, session) = start(&stage, &player).await;
        let first = session.address();
        let rotation = session.rotate(vault.as_ref(), HOUR);
        let is_finished = killed_after(polls, rotation).await.is_some();
        drop((vault, session));

        let vault = open(&player.folder());
        let session = active(resume(&vault, &stage).await);
        assert_eq!(vault.state(), VaultState::Active);
        assert_eq!(vault.address(), session.address());
        assert!(vault.in_flight().is_empty());
        session.play(&stage.step(0)).await.expect("a move");
        let is_kept = session.address() == first;
        kept += usize::from(is_kept);
        handed_over += usize::from(!is_kept && !is_finished);
        if is_finished {
            assert!(!is_kept);
            assert!(kept > 0 && handed_over > 0, "{kept}, {handed_over}");
            return;
        }
    }
    panic!("it waits at more points than {MOST}");
}

#[tokio::test]
async fn d8_a_rotation_that_is_refused_leaves_the_vault_as_it_was() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = start(&stage, &player).await;
    let first = session.address();
    let beyond = session.rotate(vault.as_ref(), 100 * HOUR).await;
    let error = beyond.expect_err("beyond what the owner granted");
    assert_eq!(error.refusal(), Some(Refusal::BeyondEnvelope));
    assert_eq!((vault.address(), session.address()), (first, first));
    assert_eq!(vault.state(), VaultState::Active);
    session.play(&stage.step(0)).await.expect("a move");
    let (renewed, _) = vault.renew(&session, HOUR).await.expect("renewed");
    assert_eq!(vault.address(), renewed.address());
}

#[tokio::test]
async fn t31_a_key_that_may_have_the_session_is_given_out_again() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let pending = player.create(&stage);
    let early = pending.next_key(pending.address()).await;
    assert!(matches!(
        vault_error(early.expect_err("not activated")),
        VaultError::WrongState {
            state: VaultState::Pending,
            ..
        }
    ));
    drop(pending);
    std::fs::remove_dir_all(player.folder()).expect("removed");

    let (vault, session) = start(&stage, &player).await;
    let current = session.address();
    let next = vault.next_key(current).await.expect("a key").address();
    assert_eq!(vault.state(), VaultState::Renewing);
    // Somebody looks how things are, just before the renewal is sent.
    active(resume(&vault, &stage).await);
    let again = vault.next_key(current).await.expect("a key").address();
    assert_eq!(next, again);
    let other = vault.next_key(Address::TWO).await;
    assert!(matches!(
        vault_error(other.expect_err("not its session")),
        VaultError::OtherKey { .. }
    ));
    drop((vault, session));

    // The process ended before it was sent: it never will be.
    let vault = open(&player.folder());
    assert_eq!(vault.state(), VaultState::Renewing);
    let session = active(resume(&vault, &stage).await);
    assert_eq!(
        (vault.state(), session.address()),
        (VaultState::Active, current)
    );
    let fresh = vault.next_key(current).await.expect("a key").address();
    assert_ne!(fresh, next);
}

/// A vault on a disk that fails when it is told that a rotation came through.
struct Deaf<'a>(&'a Vault);

#[async_trait]
impl KeyRotation for Deaf<'_> {
    async fn next_key(&self, current: Address) -> Result<SessionKey, Error> {
        self.0.next_key(current).await
    }

    async fn rotated(&self, _: Address) -> Result<(), Error> {
        Err(Error::Signing {
            reason: "the disk is full".to_owned(),
        })
    }
}

#[tokio::test]
async fn t31_a_rotation_that_could_not_be_noted_is_found_by_the_next() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = start(&stage, &player).await;
    let first = session.address();
    session.rotate(&Deaf(&vault), HOUR).await.expect("rotated");
    let second = session.address();
    assert_eq!(
        (vault.address(), vault.state()),
        (first, VaultState::Renewing)
    );
    session
        .rotate(vault.as_ref(), HOUR)
        .await
        .expect("rotated again");
    let third = session.address();
    assert!(first != second && second != third && first != third);
    assert_eq!(
        (vault.address(), vault.state()),
        (third, VaultState::Active)
    );

    // And by a logout.
    session.rotate(&Deaf(&vault), HOUR).await.expect("rotated");
    let fourth = session.address();
    drop((vault, session));
    let vault = open(&player.folder());
    vault.logout(&stage.valet, None).await.expect("over");
    let network = stage.valet.network();
    for key in [first, second, third, fourth] {
        let left = network.wealth(key).await.expect("a balance");
        assert!(left.coins + left.address_balance < 21_000_000, "{left:?}");
    }
    let account = stage.valet.account(player.owner.address());
    assert_eq!(account.status().await.expect("an account").session, None);
}
