//! A session that outlives its process.

mod contents;
mod error;
mod leftovers;
mod lock;
mod logout;
mod open;
mod owner;
mod resume;
mod rotation;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use sui_sdk_types::Address;

use crate::{
    Account, Deployment, Error, InFlight, Onboarding, Owner, Receipt, Session, SessionKey, Settled,
    Valet,
    journal::FileJournal,
    key::{
        file,
        seal::{Kind, Sealer},
    },
};

pub use contents::VaultState;
use contents::{Contents, Phase, Step};
pub use error::VaultError;
pub use leftovers::OtherCoin;
pub(crate) use lock::Lock;
pub use logout::{LoggedOut, LogoutStep, Revocation};
pub use open::VaultOptions;
pub use resume::{Fate, Recovered, Resumed, Standing};

/// A folder with one session: its key, sealed under a PIN, what it takes to go on with it, and a journal of what is in flight.
/// One process has it open at a time.
///
/// Whenever the process is killed, [`resume`](Self::resume) goes on from there: nothing that was sent is lost, and nothing is done
/// twice. The key is sealed before its owner signs for it, so no activation is ever lost either.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/arena.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let localnet = valet_localnet::Localnet::builder().without_faucet().start().await?;
/// # let url = localnet.rpc_url();
/// # let owner = valet_client::KeyOwner::generate()?;
/// # localnet.ledger().fund(valet_client::Owner::address(&owner), &[100_000_000_000])?;
/// # let network = valet_client::Network::connect(&url).await?;
/// # let (_, deployment) = deploy(&network, &owner).await;
/// # let home = tempfile::tempdir()?;
/// # let folder = home.path().join("arena");
/// use std::time::Duration;
/// use valet_client::{Grant, Onboarding, Owner, Pin, SessionOptions, Standing, Terms, Valet, Vault};
///
/// let valet = Valet::connect(&url, deployment).await?;
/// let pin = Pin::new("1984");
/// {
///     let vault = Vault::create(&folder, &pin, &valet.account(owner.address()))?;
///     let join = valet.call("arena", "join").dapp().storage();
///     let onboarding = Onboarding::new(Terms::lasting(Duration::from_secs(600), Grant::actions([0]))).with_call(join);
///     let (session, _) = vault.start(&valet, &owner, onboarding).await?;
///     let step = valet.call("arena", "step").dapp().storage().arg(&1u8).clock();
///     session.labelled("the first step").play(&step).await?;
/// } // … the process ends, or is killed …
///
/// let vault = Vault::open(&folder, &pin)?;
/// let resumed = vault.resume(&valet, SessionOptions::new()).await?;
/// assert!(resumed.actions.is_empty(), "nothing was in flight");
/// assert!(vault.settled().iter().any(|action| action.label == "the first step"));
/// let Standing::Active(session) = resumed.standing else { panic!("the session lives on") };
/// session.play(&valet.call("arena", "step").dapp().storage().arg(&3u8).clock()).await?;
///
/// // Ends the session, sends what is left of its float to the owner, and wipes the key.
/// let over = vault.logout(&valet, None).await?;
/// assert!(over.swept > 0);
/// assert!(!Vault::exists(&folder));
/// # Ok(()) }
/// ```
pub struct Vault {
    folder: PathBuf,
    sealer: Sealer,
    contents: Mutex<Option<Contents>>,
    address: Mutex<Address>,
    deployment: Deployment,
    owner: Address,
    journal: Arc<FileJournal>,
    /// Whoever holds it changes the vault's state.
    turn: tokio::sync::Mutex<()>,
    /// Whether a session of this process may be about to be handed to the key that is sealed beside the present one.
    is_handing_over: AtomicBool,
}

impl Vault {
    const FILE: &str = "vault";
    const JOURNAL: &str = "journal";

    /// Whether there is a vault in a folder.
    #[must_use]
    pub fn exists(folder: impl AsRef<Path>) -> bool {
        fs::symlink_metadata(folder.as_ref().join(Self::FILE)).is_ok()
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its session is in its life, as far as was noted; [`resume`](Self::resume) asks the chain.
    #[must_use]
    pub fn state(&self) -> VaultState {
        self.lock()
            .as_ref()
            .map_or(VaultState::Ending, |contents| contents.record.phase.state())
    }

    /// The address of its key: what the owner authorizes.
    #[must_use]
    pub fn address(&self) -> Address {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The owner of the account that it plays for.
    #[must_use]
    pub fn owner(&self) -> Address {
        self.owner
    }

    /// The dApp and the network that it plays on.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// What was sent and whose outcome is not certain.
    #[must_use]
    pub fn in_flight(&self) -> Vec<InFlight> {
        self.journal.in_flight()
    }

    /// How the latest transactions ended, the oldest first: the last 1,024 of them, with their labels. After a kill, look here and
    /// in [`Resumed::actions`] for what you had not taken note of; an action that is in neither was never sent.
    #[must_use]
    pub fn settled(&self) -> Vec<Settled> {
        self.journal.settled()
    }

    /// Lets the owner activate the vault's key: creates the account if there is none, activates the session, makes the dApp's
    /// calls and funds the session. One transaction, one signature.
    ///
    /// What the owner signed is in the journal before it is sent: after a kill, [`resume`](Self::resume) carries it through.
    ///
    /// # Errors
    /// [`VaultError::WrongState`] when it was activated before, or an activation is in flight; otherwise as
    /// [`Account::onboard`] and [`Account::activate`].
    pub async fn start(
        &self,
        valet: &Valet,
        owner: &dyn Owner,
        onboarding: Onboarding,
    ) -> Result<(Session, Receipt), Error> {
        let _turn = self.turn.lock().await;
        let account = self.account(valet)?;
        let key = self.expect(VaultState::Pending, "resume it with `Vault::resume`")?;
        if !self.journal.in_flight().is_empty() {
            return Err(self.wrong_state(
                "an activation is in flight: learn what became of it with `Vault::resume`",
            ));
        }
        let onboarding = onboarding.journalled(self.journal());
        let noting = owner::Noting::new(owner, &*self.journal, "valet: activate");
        let outcome = match account.status().await {
            Err(Error::NotOnboarded { .. }) => account.onboard(&noting, key, onboarding).await,
            Ok(_) => account.activate(&noting, key, onboarding).await,
            Err(error) => Err(error),
        };
        noting.note(&outcome);
        let (session, receipt) = outcome?;
        let generation = receipt
            .valet_events()
            .iter()
            .find_map(|event| match event {
                crate::ValetEvent::SessionActivated(activated) => Some(activated.generation),
                _ => None,
            })
            .unwrap_or_default();
        self.change(|contents| contents.record.phase = Phase::Active { generation })?;
        Ok((session, receipt))
    }

    /// Overwrites and removes the key and the journal, without asking the chain. What is left of the float is lost with the key, and
    /// the session lives until it expires or its owner ends it; [`logout`](Self::logout) takes care of both. A disk may keep
    /// what was overwritten; it is sealed.
    ///
    /// # Errors
    /// [`VaultError::Io`] inside [`Error::Vault`].
    pub fn wipe(self) -> Result<(), Error> {
        self.erase()
    }

    fn of(folder: PathBuf, sealer: Sealer, contents: Contents, journal: FileJournal) -> Self {
        Self {
            folder,
            sealer,
            address: Mutex::new(contents.key().address()),
            deployment: contents.record.deployment.clone(),
            owner: contents.record.owner,
            contents: Mutex::new(Some(contents)),
            journal: Arc::new(journal),
            turn: tokio::sync::Mutex::new(()),
            is_handing_over: AtomicBool::new(false),
        }
    }

    fn journal(&self) -> Arc<FileJournal> {
        Arc::clone(&self.journal)
    }

    /// The account on a connection, which must be the one that the vault was made for.
    fn account(&self, valet: &Valet) -> Result<Account, Error> {
        let given = valet.deployment();
        let name = |deployment: &Deployment| {
            format!("{} on chain {}", deployment.dapp_type, deployment.chain_id)
        };
        // An upgraded package is another address for the same accounts.
        let is_same = given.chain_id == self.deployment.chain_id
            && given.storage_id(self.owner) == self.deployment.storage_id(self.owner);
        if !is_same {
            return Err(VaultError::OtherAccount {
                path: self.folder.clone(),
                expected: name(given).into(),
                found: name(&self.deployment).into(),
            }
            .into());
        }
        Ok(valet.account(self.owner))
    }

    /// The key, in a state that it must be in.
    fn expect(&self, state: VaultState, remedy: &'static str) -> Result<SessionKey, Error> {
        let key = self
            .lock()
            .as_ref()
            .filter(|contents| contents.record.phase.state() == state)
            .map(Contents::key);
        // Only now: the error asks for the state, which takes the lock again.
        key.ok_or_else(|| self.wrong_state(remedy))
    }

    fn wrong_state(&self, remedy: &'static str) -> Error {
        VaultError::WrongState {
            path: self.folder.clone(),
            state: self.state(),
            remedy,
        }
        .into()
    }

    /// Changes what the vault keeps, on the disk first.
    fn change(&self, change: impl FnOnce(&mut Contents)) -> Result<(), Error> {
        let mut held = self.lock();
        let Some(contents) = held.as_mut() else {
            return Ok(());
        };
        let before = contents.copy();
        change(contents);
        let saved = contents
            .encode()
            .and_then(|plain| self.sealer.seal(Kind::Vault, &plain))
            .and_then(|sealed| file::replace(&self.folder.join(Self::FILE), &sealed));
        if saved.is_err() {
            *contents = before;
        }
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = contents.key().address();
        saved
    }

    fn step(&self) -> Option<Step> {
        match self.lock().as_ref()?.record.phase {
            Phase::Ending(step) => Some(step),
            _ => None,
        }
    }

    fn erase(&self) -> Result<(), Error> {
        self.journal.abandon();
        // The key first: without it the journal is noise.
        file::wipe(&self.folder.join(Self::FILE))?;
        *self.lock() = None;
        file::wipe(self.journal.path())?;
        tracing::info!(folder = %self.folder.display(), "wiped a vault");
        Ok(())
    }

    /// What it keeps is whole whatever panicked beside it.
    fn lock(&self) -> MutexGuard<'_, Option<Contents>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("folder", &self.folder)
            .field("address", &self.address())
            .field("owner", &self.owner)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
