//! Claims: a logout ends the session, sends the float back and wipes the key, and whatever interrupts it, the next try finishes
//! it. (Row D9.)

use std::panic::AssertUnwindSafe;

use sui_sdk_types::{Address, StructTag, TypeTag};
use valet_client::{
    Error, GasPolicy, KeyOwner, LogoutStep, Owner, Pin, Refusal, Revocation, SessionOptions,
    Standing, Valet, Vault, VaultError, VaultState, Wealth,
    ptb::{ObjectInput, PtbBuilder},
};

use super::{Player, cheap, killed_after, open, pin, resume, vault_error};
use crate::ledger::{SUI, Stage};

/// What moving an address balance costs: the cheapest transaction, twice.
const DUST: u64 = 2_000_000;

async fn wealth(stage: &Stage, address: Address) -> Wealth {
    stage.valet.network().wealth(address).await.expect("money")
}

async fn assert_over(stage: &Stage, player: &Player, key: Address) {
    let account = stage.valet.account(player.owner.address());
    let status = account.status().await.expect("an account");
    assert_eq!(status.session, None, "the session is over");
    let left = wealth(stage, key).await;
    assert!(
        left.coins + left.address_balance <= DUST,
        "{left:?} left behind"
    );
    assert!(!Vault::exists(player.folder()), "the key is wiped");
    assert!(!player.folder().join("journal").exists());
}

#[tokio::test]
async fn d9_logout_revokes_sweeps_and_wipes() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    session.play(&stage.step(0)).await.expect("a move");
    let float = wealth(&stage, session.address()).await.address_balance;
    let before = wealth(&stage, player.owner.address()).await;
    let mut steps = Vec::new();
    let over = vault
        .logout_with(&stage.valet, None, |step| steps.push(step))
        .await
        .expect("logged out");
    assert_eq!(
        steps,
        [
            LogoutStep::Revoking,
            LogoutStep::Revoked,
            LogoutStep::Sweeping,
            LogoutStep::Swept,
            LogoutStep::Wiping,
            LogoutStep::Wiped
        ]
    );
    assert_eq!(over.revocation, Revocation::BySession);
    assert_over(&stage, &player, session.address()).await;
    let after = wealth(&stage, player.owner.address()).await;
    let gained = after.coins + after.address_balance - before.coins - before.address_balance;
    assert_eq!(gained, over.swept, "without a signature of the owner's");
    let left = wealth(&stage, session.address()).await;
    assert_eq!(left.coins + left.address_balance, over.left);
    assert!(
        over.swept + over.left + 4_000_000 > float,
        "two cheap transactions: {over:?}"
    );

    // Again, on what is left of it.
    let again = vault
        .logout(&stage.valet, None)
        .await
        .expect("nothing to do");
    assert_eq!(
        (again.revocation, again.swept),
        (Revocation::AlreadyOver, 0)
    );
    let error = vault_error(session.play(&stage.step(1)).await.expect_err("closed"));
    assert!(matches!(error, VaultError::LoggedOut { .. }), "{error}");
    drop((vault, session));
    let error = vault_error(Vault::open(player.folder(), &pin()).expect_err("wiped"));
    assert!(matches!(error, VaultError::Missing { .. }), "{error}");
    // The folder can be used again.
    player.create(&stage);
}

#[tokio::test]
async fn d9_coins_are_swept_to_the_last_mist() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let vault = player.create(&stage);
    let options = SessionOptions::new().with_gas_policy(GasPolicy::coins());
    let onboarding = Player::joining(&stage).with_options(options);
    let started = vault.start(&stage.valet, &player.owner, onboarding).await;
    let (session, _) = started.expect("started");
    // Money in both pockets, and in more than one coin.
    let ledger = stage.localnet.ledger();
    ledger
        .fund(session.address(), &[1_000, SUI])
        .expect("money");
    session.play(&stage.step(0)).await.expect("a move");
    let over = vault.logout(&stage.valet, None).await.expect("logged out");
    assert_eq!(over.left, 0);
    assert_eq!(wealth(&stage, session.address()).await, Wealth::default());
    assert_over(&stage, &player, session.address()).await;
}

#[tokio::test]
async fn d9_a_session_without_gas_is_ended_by_its_owner() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let vault = player.create(&stage);
    let onboarding = Player::joining(&stage).with_float(0);
    let started = vault.start(&stage.valet, &player.owner, onboarding).await;
    let (session, _) = started.expect("started");
    let error = vault.logout(&stage.valet, None).await.expect_err("no gas");
    assert!(matches!(error, Error::InsufficientGas { .. }), "{error}");
    assert_eq!(vault.state(), VaultState::Ending);
    assert!(
        Vault::exists(player.folder()),
        "the key stays until the session is over"
    );
    let over = vault
        .logout(&stage.valet, Some(&player.owner))
        .await
        .expect("logged out");
    assert_eq!((over.revocation, over.swept), (Revocation::ByOwner, 0));
    assert_over(&stage, &player, session.address()).await;
}

#[tokio::test]
async fn d9_a_session_that_is_over_still_gives_its_float_back() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let account = stage.valet.account(player.owner.address());
    account.deactivate(&player.owner).await.expect("revoked");
    let refused = session.play(&stage.step(0)).await.expect_err("revoked");
    assert_eq!(refused.refusal(), Some(Refusal::SessionRevoked));
    drop((vault, session));
    let vault = open(&player.folder());
    let standing = resume(&vault, &stage).await.standing;
    assert!(
        matches!(
            standing,
            Standing::Over(Some(valet_client::EndReason::Revoked))
        ),
        "{standing:?}"
    );
    let key = vault.address();
    let over = vault.logout(&stage.valet, None).await.expect("logged out");
    assert_eq!(over.revocation, Revocation::AlreadyOver);
    assert!(over.swept > SUI / 2);
    assert_over(&stage, &player, key).await;
}

#[tokio::test]
async fn d6_d9_a_session_that_expired_meanwhile_is_told_from_a_live_one_and_gives_its_float_back() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let expires_at_ms = session.expires_at_ms();
    drop((vault, session));
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(expires_at_ms - 1).expect("a clock");
    let vault = open(&player.folder());
    let standing = resume(&vault, &stage).await.standing;
    assert!(matches!(standing, Standing::Active(_)), "{standing:?}");
    drop((vault, standing));
    ledger.set_clock_ms(expires_at_ms).expect("a clock");
    let vault = open(&player.folder());
    let standing = resume(&vault, &stage).await.standing;
    let Standing::Expired(session) = standing else {
        panic!("{standing:?}")
    };
    assert_eq!(session.state().phase, valet_client::Phase::Expired);
    let refused = session.play(&stage.step(0)).await.expect_err("expired");
    assert_eq!(refused.refusal(), Some(Refusal::SessionExpired));
    let key = vault.address();
    let over = vault.logout(&stage.valet, Some(&player.owner)).await;
    assert!(over.expect("logged out").swept > SUI / 2);
    assert_over(&stage, &player, key).await;
}

#[tokio::test]
async fn d9_another_session_of_the_account_is_left_alone() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, old) = player.start(&stage).await;
    let account = stage.valet.account(player.owner.address());
    let key = valet_client::SessionKey::generate().expect("randomness");
    let terms = valet_client::Onboarding::new(crate::ledger::hour());
    let activated = account.activate(&player.owner, key, terms).await;
    let (new, _) = activated.expect("activated");
    let over = vault.logout(&stage.valet, Some(&player.owner)).await;
    assert_eq!(
        over.expect("logged out").revocation,
        Revocation::AlreadyOver
    );
    assert!(!Vault::exists(player.folder()));
    let left = wealth(&stage, old.address()).await;
    assert!(left.coins + left.address_balance <= DUST, "{left:?}");
    new.play(&stage.step(0)).await.expect("the other plays on");
}

#[tokio::test]
async fn d9_a_key_that_was_never_granted_is_just_wiped() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let vault = player.create(&stage);
    let over = vault.logout(&stage.valet, None).await.expect("logged out");
    assert_eq!((over.revocation, over.swept), (Revocation::AlreadyOver, 0));
    assert!(!Vault::exists(player.folder()));
}

#[tokio::test]
async fn d9_a_kill_at_any_point_of_a_logout_is_resumed() {
    let stage = Stage::set().await;
    for polls in 1..500 {
        let player = Player::new(&stage);
        let (vault, session) = player.start(&stage).await;
        let key = session.address();
        let is_finished = killed_after(polls, vault.logout(&stage.valet, None))
            .await
            .is_some();
        drop((vault, session));
        if Vault::exists(player.folder()) {
            let vault = open(&player.folder());
            let standing = resume(&vault, &stage).await.standing;
            assert!(
                matches!(standing, Standing::Ending | Standing::Active(_)),
                "{standing:?}"
            );
            if let Standing::Ending = standing {
                assert_eq!(vault.state(), VaultState::Ending);
            }
            drop(standing);
            let owner: Option<&dyn Owner> = Some(&player.owner);
            vault.logout(&stage.valet, owner).await.expect("finished");
        }
        assert_over(&stage, &player, key).await;
        let account = stage.valet.account(player.owner.address());
        let status = account.status().await.expect("an account");
        let ended = status.ended_session.expect("a session that ended");
        assert_eq!(ended.wallet, key);
        assert_eq!(
            ended.reason,
            valet_client::EndReason::Relinquished,
            "ended once, by itself"
        );
        if is_finished {
            return;
        }
    }
    panic!("it waits at more points than that");
}

#[tokio::test]
async fn d9_a_crash_before_or_after_each_step_of_a_logout_is_resumed() {
    let stage = Stage::set().await;
    let steps = [
        LogoutStep::Revoking,
        LogoutStep::Revoked,
        LogoutStep::Sweeping,
        LogoutStep::Swept,
        LogoutStep::Wiping,
        LogoutStep::Wiped,
    ];
    for last in steps {
        let player = Player::new(&stage);
        let (vault, session) = player.start(&stage).await;
        let key = session.address();
        let crash = vault.logout_with(&stage.valet, None, |step| {
            assert_ne!(step, last, "a crash");
        });
        let crash = futures::FutureExt::catch_unwind(AssertUnwindSafe(crash)).await;
        crash.expect_err("it crashed");
        drop((vault, session));
        if last == LogoutStep::Wiped {
            assert!(!Vault::exists(player.folder()));
        } else {
            let vault = open(&player.folder());
            let standing = resume(&vault, &stage).await.standing;
            assert!(
                matches!(standing, Standing::Ending),
                "{last:?}: {standing:?}"
            );
            vault.logout(&stage.valet, None).await.expect("finished");
        }
        assert_over(&stage, &player, key).await;
    }
}

#[tokio::test]
async fn d9_a_crash_between_wiping_key_and_journal_leaves_nothing_that_matters() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    drop(player.start(&stage).await);
    std::fs::remove_file(player.folder().join("vault")).expect("the first of the two");
    let error = vault_error(Vault::open(player.folder(), &pin()).expect_err("wiped"));
    assert!(matches!(error, VaultError::Missing { .. }), "{error}");
    // The next vault in the folder is not disturbed by it.
    let other = KeyOwner::generate().expect("randomness");
    let account = stage.valet.account(other.address());
    let vault = Vault::create_with(player.folder(), &Pin::new("new"), &account, cheap());
    assert!(vault.expect("a vault").settled().is_empty());
}

#[tokio::test]
async fn d9_what_was_in_flight_when_a_logout_began_is_accounted_for() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let mut polls = 1;
    while vault.in_flight().is_empty() {
        let step = stage.step(0);
        killed_after(polls, session.labelled("late").play(&step)).await;
        polls += 1;
    }
    let written = |status: valet_client::Status| status.write_count;
    let account = stage.valet.account(player.owner.address());
    let over = vault.logout(&stage.valet, None).await.expect("logged out");
    let [action] = &over.actions[..] else {
        panic!("{:?}", over.actions);
    };
    assert_eq!(action.label, "late");
    assert!(!matches!(action.fate, valet_client::Fate::Unknown(_)));
    let writes = written(account.status().await.expect("an account"));
    assert!(writes > 0);
    assert_over(&stage, &player, session.address()).await;
}

/// Sends gold to an address: 600 in a coin, and 400 in its address balance.
async fn send_gold(stage: &Stage, shop: &Valet, recipient: Address) -> TypeTag {
    let package = shop.deployment().dapp_package;
    let gold: TypeTag = format!("{package}::gold::GOLD").parse().expect("a type");
    let coin = StructTag::coin(gold.clone());
    let of_type = stage.localnet.ledger().objects_of_type(&coin);
    let [all] = &of_type[..] else {
        panic!("the developer has all of it in one coin");
    };
    let all = ObjectInput::Owned {
        id: all.object_id(),
        version: all.version(),
        digest: all.digest(),
    };
    let sent = shop.execute(&stage.developer, 0, |_| {
        let mut ptb = PtbBuilder::new();
        let all = ptb.object(all)?;
        let part = ptb.split_coin(all, 400)?;
        let to = ptb.pure(&recipient)?;
        let (types, arguments) = (vec![gold.clone()], vec![part, to]);
        ptb.move_call(Address::TWO, "coin", "send_funds", types, arguments)?;
        ptb.transfer(vec![all], recipient)?;
        Ok(ptb.finish())
    });
    sent.await.expect("sent");
    gold
}

#[tokio::test]
async fn d9_other_coins_at_the_sessions_address_go_to_the_owner_too() {
    let stage = Stage::set().await;
    let shop = stage.open_shop().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let gold = send_gold(&stage, &shop, session.address()).await;
    let over = vault.logout(&stage.valet, None).await.expect("logged out");
    let [other] = &over.others[..] else {
        panic!("{over:?}");
    };
    assert_eq!(
        (&other.coin_type, other.amount, other.is_swept),
        (&gold, 1_000, true)
    );
    let network = stage.valet.network();
    let arrived = network.wealth_in(player.owner.address(), &gold).await;
    let expected = Wealth {
        coins: 600,
        address_balance: 400,
    };
    assert_eq!(arrived.expect("a balance"), expected);
    assert_over(&stage, &player, session.address()).await;
}

#[tokio::test]
async fn d9_coins_that_a_session_cannot_pay_for_are_told() {
    let stage = Stage::set().await;
    let shop = stage.open_shop().await;
    let player = Player::new(&stage);
    let vault = player.create(&stage);
    // Less than the cheapest transaction costs.
    let onboarding = Player::joining(&stage).with_float(900_000);
    let started = vault.start(&stage.valet, &player.owner, onboarding).await;
    let (session, _) = started.expect("started");
    let gold = send_gold(&stage, &shop, session.address()).await;
    let ended = vault.logout(&stage.valet, Some(&player.owner)).await;
    let over = ended.expect("logged out");
    let [other] = &over.others[..] else {
        panic!("{over:?}");
    };
    assert_eq!((other.amount, other.is_swept), (1_000, false));
    let network = stage.valet.network();
    let left = network.wealth_in(session.address(), &gold).await;
    assert_eq!(left.expect("a balance").coins, 600);
    assert_over(&stage, &player, session.address()).await;
}
