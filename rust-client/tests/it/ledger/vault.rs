//! Claims: whenever a process with a vault is killed, the next one goes on: nothing that was sent is lost, nothing is done twice,
//! and no activation is forgotten. One process has a vault at a time. (Rows D3, D9; threats 23, 31, 36.)

mod crash;
mod journal;
mod logout;
mod rotation;
mod second_process;

use std::{future::Future, path::Path, task::Poll, time::Duration};

use tempfile::TempDir;
use valet_client::{
    Durability, Error, KeyOwner, Onboarding, Owner, Pin, Resumed, SealCost, SealError, Session,
    SessionOptions, Standing, Vault, VaultError, VaultOptions, VaultState,
};

use super::{SUI, Stage, hour};

fn pin() -> Pin {
    Pin::new("2580")
}

fn cheap() -> VaultOptions {
    VaultOptions::new().with_cost(SealCost::INSECURE)
}

fn open(folder: &Path) -> Vault {
    Vault::open(folder, &pin()).expect("a vault")
}

fn vault_error(error: Error) -> VaultError {
    match error {
        Error::Vault(error) => *error,
        other => panic!("{other}"),
    }
}

fn active(resumed: Resumed) -> Session {
    match resumed.standing {
        Standing::Active(session) => session,
        other => panic!("{other:?}"),
    }
}

async fn resume(vault: &Vault, stage: &Stage) -> Resumed {
    vault
        .resume(&stage.valet, SessionOptions::new())
        .await
        .expect("resumed")
}

/// Lets a future go on at most so many times, and drops it then: what a kill leaves behind, at every point where it waits.
async fn killed_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// A player with money and a vault in a folder of its own.
struct Player {
    owner: KeyOwner,
    home: TempDir,
}

impl Player {
    fn new(stage: &Stage) -> Self {
        let owner = KeyOwner::generate().expect("randomness");
        stage
            .localnet
            .ledger()
            .fund(owner.address(), &[20 * SUI])
            .expect("money");
        Self {
            owner,
            home: tempfile::tempdir().expect("a folder"),
        }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("vault")
    }

    fn create(&self, stage: &Stage) -> Vault {
        let account = stage.valet.account(self.owner.address());
        Vault::create_with(self.folder(), &pin(), &account, cheap()).expect("a vault")
    }

    fn joining(stage: &Stage) -> Onboarding {
        stage.joining(hour()).with_float(SUI)
    }

    async fn start(&self, stage: &Stage) -> (Vault, Session) {
        let vault = self.create(stage);
        let started = vault.start(&stage.valet, &self.owner, Self::joining(stage));
        let (session, _) = started.await.expect("started");
        (vault, session)
    }
}

#[tokio::test]
async fn d3_a_session_goes_on_after_a_restart() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let vault = player.create(&stage);
    assert_eq!(vault.state(), VaultState::Pending);
    let address = vault.address();
    let started = vault.start(&stage.valet, &player.owner, Player::joining(&stage));
    let (session, _) = started.await.expect("started");
    assert_eq!(
        (vault.state(), session.address()),
        (VaultState::Active, address)
    );
    session.play(&stage.step(0)).await.expect("a move");
    drop((vault, session));

    let vault = open(&player.folder());
    assert_eq!(
        (vault.state(), vault.address()),
        (VaultState::Active, address)
    );
    assert_eq!(vault.owner(), player.owner.address());
    assert_eq!(vault.deployment(), stage.valet.deployment());
    let again = vault.start(&stage.valet, &player.owner, Player::joining(&stage));
    let error = vault_error(again.await.expect_err("active"));
    assert!(
        matches!(
            error,
            VaultError::WrongState {
                state: VaultState::Active,
                ..
            }
        ),
        "{error}"
    );
    let session = active(resume(&vault, &stage).await);
    session.play(&stage.step(1)).await.expect("a move");
}

#[tokio::test]
async fn d3_a_vault_is_one_accounts_alone() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, _) = player.start(&stage).await;
    let shop = stage.open_shop().await;
    let resumed = vault.resume(&shop, SessionOptions::new()).await;
    let error = vault_error(resumed.expect_err("another dApp"));
    assert!(matches!(error, VaultError::OtherAccount { .. }), "{error}");
    let again = Vault::create_with(
        player.home.path().join("vault"),
        &pin(),
        &shop.account(player.owner.address()),
        cheap(),
    );
    drop(vault);
    assert!(matches!(
        vault_error(again.expect_err("in use")),
        VaultError::InUse { .. }
    ));
    let again = Vault::create_with(
        player.folder(),
        &pin(),
        &shop.account(player.owner.address()),
        cheap(),
    );
    assert!(matches!(
        vault_error(again.expect_err("there")),
        VaultError::Exists { .. }
    ));
}

#[tokio::test]
async fn d3_a_fresh_key_is_sealed_before_the_session_is_handed_to_it() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let grant =
        valet_client::Grant::all_session_actions().with_renewals(3, super::NOW_MS + 7_200_000);
    let onboarding = stage.joining(super::granted(grant)).with_float(SUI);
    let vault = player.create(&stage);
    let started = vault.start(&stage.valet, &player.owner, onboarding).await;
    let (first, _) = started.expect("started");
    let hour = Duration::from_secs(3_600);
    let (second, _) = vault.renew(&first, hour).await.expect("renewed");
    assert_eq!(vault.address(), second.address());
    assert_ne!(first.address(), second.address());
    let error = vault_error(vault.renew(&first, hour).await.expect_err("the old key"));
    assert!(matches!(error, VaultError::OtherKey { .. }), "{error}");
    drop((vault, first, second));
    let vault = open(&player.folder());
    let session = active(resume(&vault, &stage).await);
    session.play(&stage.step(0)).await.expect("a move");
    // A renewal that is refused leaves the key that was.
    let beyond = vault.renew(&session, 100 * hour).await;
    beyond.expect_err("beyond what the owner granted");
    assert_eq!(
        (vault.address(), vault.state()),
        (session.address(), VaultState::Active)
    );
    session.play(&stage.step(1)).await.expect("a move");
}

#[tokio::test]
async fn t36_a_vault_that_does_not_open_is_as_it_was() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    session.play(&stage.step(0)).await.expect("a move");
    drop((vault, session));
    let path = player.folder().join("vault");
    let whole = std::fs::read(&path).expect("a file");
    let journal = std::fs::read(player.folder().join("journal")).expect("a file");
    let refused = |bytes: &[u8], pin: &Pin| {
        std::fs::write(&path, bytes).expect("written");
        let error = vault_error(Vault::open(player.folder(), pin).expect_err("refused"));
        assert_eq!(std::fs::read(&path).expect("a file"), bytes);
        let now = std::fs::read(player.folder().join("journal")).expect("a file");
        assert_eq!(now, journal, "the journal is as it was");
        match error {
            VaultError::Sealed { reason, .. } => reason,
            other => panic!("{other}"),
        }
    };
    assert_eq!(refused(&whole, &Pin::new("2581")), SealError::WrongPin);
    for length in 0..whole.len() {
        let reason = refused(&whole[..length], &pin());
        assert_eq!(reason, SealError::Truncated { found: length });
    }
    for place in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 0x10;
        let reason = refused(&flipped, &pin());
        assert_ne!(reason, SealError::WrongPin, "byte {place}");
    }
    std::fs::write(&path, &whole).expect("written");
    active(resume(&open(&player.folder()), &stage).await);
}

#[tokio::test]
async fn t31_another_vaults_file_in_its_place_does_not_open_with_this_pin() {
    let stage = Stage::set().await;
    let (mine, theirs) = (Player::new(&stage), Player::new(&stage));
    drop(mine.start(&stage).await);
    let account = stage.valet.account(theirs.owner.address());
    let other = Pin::new("0852");
    drop(Vault::create_with(theirs.folder(), &other, &account, cheap()).expect("a vault"));
    std::fs::rename(theirs.folder().join("vault"), mine.folder().join("vault")).expect("swapped");
    let error = vault_error(Vault::open(mine.folder(), &pin()).expect_err("swapped"));
    assert!(
        matches!(
            error,
            VaultError::Sealed {
                reason: SealError::WrongPin,
                ..
            }
        ),
        "{error}"
    );
    // And with the same PIN, the journal tells.
    let error = vault_error(Vault::open(mine.folder(), &other).expect_err("swapped"));
    assert!(
        matches!(error, VaultError::JournalDamaged { record: 0, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn t31_what_a_dead_writer_left_is_cleared_away() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    drop(player.start(&stage).await);
    let left = player.folder().join(".vault.0123456789abcdef.tmp");
    let strange = player.folder().join("notes.tmp");
    std::fs::write(&left, "half").expect("written");
    std::fs::write(&strange, "mine").expect("written");
    open(&player.folder());
    assert!(!left.exists() && strange.exists());
}

#[tokio::test]
async fn d3_notes_outlive_a_power_failure_where_that_is_asked_for() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let account = stage.valet.account(player.owner.address());
    let options = cheap().with_durability(Durability::Power);
    let vault = Vault::create_with(player.folder(), &pin(), &account, options).expect("a vault");
    let started = vault.start(&stage.valet, &player.owner, Player::joining(&stage));
    let (session, _) = started.await.expect("started");
    session
        .labelled("one")
        .play(&stage.step(0))
        .await
        .expect("a move");
    drop((vault, session));
    let labels: Vec<_> = open(&player.folder())
        .settled()
        .into_iter()
        .map(|settled| settled.label)
        .collect();
    assert_eq!(labels, ["valet: activate", "one"]);
}
