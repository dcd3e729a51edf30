//! Kills at every point where the client waits.

use std::collections::BTreeMap;

use valet_client::{
    Error, Fate, Owner, Resumed, SessionOptions, Standing, Vault, VaultError, VaultState,
};

use super::{Player, active, killed_after, open, resume, vault_error};
use crate::ledger::Stage;

/// More points than any of these futures waits at.
const MOST: usize = 500;

async fn writes(stage: &Stage, player: &Player) -> u64 {
    let account = stage.valet.account(player.owner.address());
    account.status().await.expect("an account").write_count
}

/// Whether an action came through, by all that a restarted client can know: `None` when it was never sent.
fn came_through(vault: &Vault, resumed: &Resumed, label: &str) -> Option<bool> {
    let mut known: BTreeMap<_, _> = vault
        .settled()
        .into_iter()
        .map(|settled| {
            (
                settled.label,
                settled.outcome == valet_client::Outcome::Succeeded,
            )
        })
        .collect();
    for action in &resumed.actions {
        assert!(
            !matches!(action.fate, Fate::Unknown(_)),
            "{:?}",
            action.fate
        );
        let executed = matches!(action.fate, Fate::Executed(_));
        assert_eq!(known.insert(action.label.clone(), executed), Some(executed));
    }
    known.get(label).copied()
}

#[tokio::test]
async fn t31_a_kill_between_creating_a_key_and_granting_it_is_recovered() {
    let stage = Stage::set().await;
    let (mut pending, mut carried_through) = (0, 0);
    for polls in 1..MOST {
        let player = Player::new(&stage);
        let vault = player.create(&stage);
        let address = vault.address();
        let start = vault.start(&stage.valet, &player.owner, Player::joining(&stage));
        let is_finished = killed_after(polls, start).await.is_some();
        drop(vault);

        let vault = open(&player.folder());
        assert_eq!(
            vault.address(),
            address,
            "the key was sealed before anything else"
        );
        let resumed = resume(&vault, &stage).await;
        let session = match resumed.standing {
            Standing::Pending => {
                pending += 1;
                assert_eq!(vault.state(), VaultState::Pending);
                let start = vault.start(&stage.valet, &player.owner, Player::joining(&stage));
                start.await.expect("started").0
            }
            Standing::Active(session) => {
                carried_through += usize::from(!is_finished);
                session
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(session.address(), address);
        session.play(&stage.step(0)).await.expect("a move");
        let account = stage.valet.account(player.owner.address());
        let status = account.status().await.expect("an account");
        assert_eq!(status.session_count, 1, "activated once");
        if is_finished {
            assert!(
                pending > 0 && carried_through > 0,
                "{pending}, {carried_through}"
            );
            return;
        }
    }
    panic!("it waits at more points than {MOST}");
}

#[tokio::test]
async fn t23_a_kill_at_any_point_of_a_move_loses_and_doubles_nothing() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let before = writes(&stage, &player).await;
    session.play(&stage.step(0)).await.expect("a move");
    let one = writes(&stage, &player).await - before;
    drop((vault, session));
    let (mut unsent, mut executed) = (0, 0);
    for polls in 1..MOST {
        let label = format!("move {polls}");
        let vault = open(&player.folder());
        let session = active(resume(&vault, &stage).await);
        let before = writes(&stage, &player).await;
        let played = session.labelled(label.as_str());
        let step = stage.step(polls);
        let is_finished = killed_after(polls, played.play(&step)).await.is_some();
        drop((vault, session, played));

        let vault = open(&player.folder());
        let resumed = resume(&vault, &stage).await;
        let written = writes(&stage, &player).await - before;
        match came_through(&vault, &resumed, &label) {
            None => {
                unsent += 1;
                assert_eq!(written, 0, "{label} was never sent");
            }
            Some(true) => {
                executed += usize::from(!is_finished);
                assert_eq!(written, one, "{label} came through once");
            }
            Some(false) => assert_eq!(written, 0, "{label} did not come through"),
        }
        assert!(vault.in_flight().is_empty());
        if is_finished {
            assert!(executed > 0, "{unsent} unsent, {executed} executed");
            return;
        }
    }
    panic!("it waits at more points than {MOST}");
}

#[tokio::test]
async fn t31_a_kill_during_a_renewal_loses_no_key() {
    let stage = Stage::set().await;
    let hour = std::time::Duration::from_secs(3_600);
    for polls in 1..MOST {
        let player = Player::new(&stage);
        let vault = player.create(&stage);
        let grant = valet_client::Grant::all_session_actions()
            .with_renewals(3, crate::ledger::NOW_MS + 7_200_000);
        let terms = crate::ledger::granted(grant);
        let onboarding = stage.joining(terms).with_float(crate::ledger::SUI);
        let started = vault.start(&stage.valet, &player.owner, onboarding).await;
        let (session, _) = started.expect("started");
        let is_finished = killed_after(polls, vault.renew(&session, hour))
            .await
            .is_some();
        drop((vault, session));

        let vault = open(&player.folder());
        let session = active(resume(&vault, &stage).await);
        assert_eq!(vault.state(), VaultState::Active);
        assert_eq!(vault.address(), session.address());
        session.play(&stage.step(0)).await.expect("a move");
        if is_finished {
            return;
        }
    }
    panic!("it waits at more points than {MOST}");
}

#[tokio::test]
async fn t23_what_cannot_be_learned_stays_in_flight() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let label = "lost on the way";
    let before = writes(&stage, &player).await;
    let mut polls = 1;
    while vault.in_flight().is_empty() {
        // Until one was written down, and not answered.
        let step = stage.step(0);
        killed_after(polls, session.labelled(label).play(&step)).await;
        polls += 1;
        assert!(polls < MOST);
    }
    drop((vault, session));

    // The network is gone: the vault opens, and says that it knows nothing.
    let Stage {
        localnet, valet, ..
    } = stage;
    drop(localnet);
    let gone = async {
        while valet.network().now_ms().await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let wait = std::time::Duration::from_secs(30);
    tokio::time::timeout(wait, gone).await.expect("it stops");
    let vault = open(&player.folder());
    let gone = vault.resume(&valet, SessionOptions::new()).await;
    let error = gone.expect_err("nobody answers");
    assert!(!matches!(error, Error::Vault(_)), "{error}");
    let open: Vec<_> = vault
        .in_flight()
        .iter()
        .map(|entry| entry.label().to_owned())
        .collect();
    assert_eq!(open, [label], "still in the journal");
    let refused = vault.start(
        &valet,
        &player.owner,
        valet_client::Onboarding::new(crate::ledger::hour()),
    );
    let error = vault_error(refused.await.expect_err("active"));
    assert!(matches!(error, VaultError::WrongState { .. }));
    assert!(before > 0);
}
