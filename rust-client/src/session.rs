//! Silent play.

mod coins;
mod debt;
mod execute;
mod fallback;
mod float;
mod guard;
mod lane;
mod memory;
mod options;
mod renewal;
mod state;
mod sweep;
mod verdict;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use sui_sdk_types::{Address, ExecutionError, ProgrammableTransaction};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit, watch};

use crate::{
    Account, Call, Error, GasPolicy, Journal, Pending, Receipt, Refusal, Rejection, SessionKey,
    SessionStatus, SharedObject, journal, ptb,
};

use coins::CoinPool;
use debt::DebtState;
use execute::is_congestion;
pub use fallback::FallbackPolicy;
use float::Float;
use guard::Guard;
pub use lane::{Lane, Played};
use memory::Memory;
pub use options::SessionOptions;
pub(crate) use renewal::RENEWAL_LABEL;
use renewal::Rotating;
pub use renewal::{KeyRotation, RenewalPolicy};
pub use state::{Phase, SessionState};
pub use verdict::{Ask, Foresight};

/// An active session: plays silently, signed by the session key alone. Cheap to clone; clones share the key.
///
/// In the steady state an action is built and signed locally and costs one request: versions never change, and the epoch,
/// the gas price and the debt are remembered and corrected by the network's answers.
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
/// # use std::time::Duration;
/// # use valet_client::{Grant, Onboarding, Owner, SessionKey, Terms, Valet};
/// # let valet = Valet::connect(&url, deployment).await?;
/// # let join = valet.call("arena", "join").dapp().storage();
/// # let onboarding = Onboarding::new(Terms::lasting(Duration::from_secs(600), Grant::actions([0]))).with_call(join);
/// # let account = valet.account(owner.address());
/// # let (session, _) = account.onboard(&owner, SessionKey::generate()?, onboarding).await?;
/// let step = |direction: u8| valet.call("arena", "step").dapp().storage().arg(&direction).clock();
///
/// let before = valet.network().rpc_calls();
/// session.play(&step(1)).await?;
/// assert_eq!(valet.network().rpc_calls() - before, 1);
///
/// // Several actions as one transaction: all of them or none.
/// session.play_all(&[step(1), step(1)]).await?;
///
/// // What the game refuses, it refuses in its own words.
/// let error = session.play(&step(9)).await.unwrap_err();
/// let abort = error.failure().and_then(|failure| failure.abort()).unwrap();
/// assert_eq!(abort.name(), Some("EUnknownDirection"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
    label: Option<Arc<str>>,
}

/// What a session knows when it begins.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) session: SessionStatus,
    pub(crate) unsettled_writes: u64,
    /// In MIST, if it is known.
    pub(crate) float: Option<u64>,
    /// Who watches already.
    pub(crate) feed: Option<watch::Sender<SessionState>>,
}

struct Inner {
    account: Account,
    storage: SharedObject,
    /// Changed by rotations, while nothing is in flight.
    key: RwLock<Arc<SessionKey>>,
    rotating: Rotating,
    options: SessionOptions,
    memory: Memory,
    feed: watch::Sender<SessionState>,
    debt: DebtState,
    float: Float,
    guard: Guard,
    /// There when the session pays with coins.
    coins: Option<Arc<CoinPool>>,
    in_flight: Semaphore,
    /// Held by whoever renews or reactivates.
    renewing: Mutex<()>,
}

impl Inner {
    fn key(&self) -> Arc<SessionKey> {
        Arc::clone(&self.key.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Session {
    pub(crate) fn new(
        account: Account,
        storage: SharedObject,
        key: SessionKey,
        options: SessionOptions,
        start: Start,
    ) -> Self {
        let threshold = options
            .settle_threshold
            .unwrap_or_else(|| account.valet().unsettled_ceiling() / 2);
        let coins = matches!(options.gas, GasPolicy::Coins(_)).then(Arc::default);
        Self {
            inner: Arc::new(Inner {
                account,
                storage,
                key: RwLock::new(Arc::new(key)),
                rotating: Rotating::default(),
                memory: Memory::new(start.session),
                feed: start
                    .feed
                    .unwrap_or_else(|| watch::Sender::new(SessionState::before(Phase::Active))),
                debt: DebtState::new(threshold, start.unsettled_writes),
                float: Float::new(start.float),
                guard: Guard::new(options.max_failures),
                coins,
                in_flight: Semaphore::new(options.max_in_flight),
                renewing: Mutex::new(()),
                options,
            }),
            label: None,
        }
    }

    /// This session, with a name for what it sends: the journal keeps it beside the transaction, so that after a restart one can
    /// tell which actions came through.
    #[must_use]
    pub fn labelled(&self, label: impl Into<Arc<str>>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            label: Some(label.into()),
        }
    }

    /// The address of the session key.
    #[must_use]
    pub fn address(&self) -> Address {
        self.inner.key().address()
    }

    /// The account that it plays for.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.inner.account
    }

    /// The first millisecond, by the chain's clock, at which the session is refused, unless it is renewed or ended before.
    #[must_use]
    pub fn expires_at_ms(&self) -> u64 {
        self.inner.memory.expires_at_ms()
    }

    /// How it plays.
    pub fn options(&self) -> &SessionOptions {
        &self.inner.options
    }

    /// How many writes the account owes for, as far as the session knows.
    #[must_use]
    pub fn unsettled_writes(&self) -> u64 {
        self.inner.debt.unsettled()
    }

    /// Plays one action silently.
    ///
    /// A settlement is put in front when the account owes for many writes; should it fail, the action is played without.
    ///
    /// # Errors
    /// [`Error::Refused`] with the typed reason when valet refuses; [`Error::Aborted`] when the dApp does;
    /// [`Error::InsufficientGas`] when the float is used up; [`Error::Stopped`] after many failures in a row;
    /// [`Error::Unconfirmed`] when the outcome cannot be learned in time. Nothing but gas is ever spent on an error.
    pub async fn play(&self, call: &Call) -> Result<Receipt, Error> {
        self.play_all(std::slice::from_ref(call)).await
    }

    /// Plays several actions as one transaction: all of them or none.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    pub async fn play_all(&self, calls: &[Call]) -> Result<Receipt, Error> {
        self.renew_if_due().await;
        match self.play_here(calls).await {
            Err(error) => self.fall_back(calls, error).await,
            played => played,
        }
    }

    /// Plays with the session's own key.
    async fn play_here(&self, calls: &[Call]) -> Result<Receipt, Error> {
        self.foresee(calls).await?;
        let deployment = self.inner.account.valet().deployment();
        self.play_ptb(ptb::calls(deployment, self.inner.storage, calls)?)
            .await
    }

    /// Plays a transaction of the caller's making.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    #[tracing::instrument(skip_all, fields(session = %self.address(), commands = ptb.commands.len()))]
    pub async fn play_ptb(&self, ptb: ProgrammableTransaction) -> Result<Receipt, Error> {
        let _slot = self.slot().await;
        self.inner.guard.check()?;
        let outcome = self.play_settled(&ptb).await;
        self.inner.guard.note(&outcome);
        outcome.map_err(|error| error.in_state(|| self.state()))
    }

    /// Goes on after [`Error::Stopped`]: failures are counted from zero again.
    pub fn go_on(&self) {
        self.inner.guard.clear();
    }

    /// Waits for a turn to have a transaction in flight. First come, first served.
    async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // An error would mean that the semaphore was closed, which nothing does.
        self.inner.in_flight.acquire().await.ok()
    }

    /// Waits until nothing is in flight, and keeps it so.
    async fn alone(&self) -> Option<SemaphorePermit<'_>> {
        let all = u32::try_from(self.inner.options.max_in_flight).unwrap_or(u32::MAX);
        self.inner.in_flight.acquire_many(all).await.ok()
    }

    async fn play_settled(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let mut dropped = None;
        if let Some(turn) = self.inner.debt.settlement_due() {
            match self.play_settling(ptb).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) if is_about_the_settlement(&error) => {
                    tracing::warn!(%error, "the settlement failed, playing without it");
                    dropped = error.failure().map(|failure| failure.receipt().digest());
                    turn.postpone();
                }
                Err(error) => return Err(error),
            }
        }
        let receipt = match self.execute(ptb).await {
            // The account owes more than the session knew: somebody else wrote, or the ceiling was lowered.
            Err(error)
                if error.refusal() == Some(Refusal::UnsettledCeiling) && dropped.is_none() =>
            {
                tracing::warn!("the ceiling on unsettled writes is reached, settling first");
                self.play_settling(ptb).await?
            }
            other => other?,
        };
        Ok(receipt.with_play(dropped, self.unsettled_writes()))
    }

    /// Settles what the account owes, from the dApp's credit.
    ///
    /// # Errors
    /// As [`play`](Self::play); never for lack of credit: see [`Receipt::settlement`] for how much was paid.
    pub async fn settle(&self) -> Result<Receipt, Error> {
        let _slot = self.slot().await;
        let deployment = self.inner.account.valet().deployment();
        self.execute(&ptb::settle(deployment, self.inner.storage)?)
            .await
    }

    /// Ends the session with its own key, without the owner.
    ///
    /// # Errors
    /// [`Refusal::NoSession`] or [`Refusal::SessionStillLive`] inside [`Error::Refused`] when it is not the active session
    /// any more.
    pub async fn deactivate(&self) -> Result<Receipt, Error> {
        let _slot = self.slot().await;
        let deployment = self.inner.account.valet().deployment();
        self.execute(&ptb::deactivate(deployment, self.inner.storage)?)
            .await
    }

    /// Learns what became of an action whose outcome is unknown: sends the same bytes again, which never doubles it.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] when it still cannot be learned, otherwise as [`play`](Self::play).
    pub async fn resolve(&self, pending: &Pending) -> Result<Receipt, Error> {
        let outcome = self.inner.account.valet().resolve(pending).await;
        journal::note_answer(self.journal(), pending.digest(), &outcome);
        if let (Some(pool), Some(receipt)) = (&self.inner.coins, execute::executed(&outcome)) {
            pool.learn(pending.digest(), receipt.effects());
        }
        self.observe(&outcome);
        outcome
    }

    /// Takes in what a transaction says about the account.
    pub(crate) fn learn(&self, receipt: &Receipt) {
        let (storage, events) = (self.inner.storage.id, receipt.valet_events());
        self.inner.debt.learn(storage, events);
        self.inner.memory.learn(storage, self.address(), events);
    }

    /// Takes note that money was sent to the session just now.
    pub(crate) fn note_funded(&self, mist: u64) {
        self.inner.float.funded(mist);
        if let Some(pool) = &self.inner.coins {
            pool.doubt_listing();
        }
        self.publish();
    }

    async fn play_settling(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let deployment = self.inner.account.valet().deployment();
        let joined = ptb::prepend_settlement(deployment, self.inner.storage, ptb.clone())?;
        let receipt = self
            .execute(&joined)
            .await
            .map_err(|error| error.behind_a_settlement())?;
        Ok(receipt.with_play(None, self.unsettled_writes()))
    }

    pub(super) fn journal(&self) -> Option<&dyn Journal> {
        self.inner.options.journal.as_deref()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("key", &self.inner.key())
            .field("owner", &self.inner.account.owner())
            .field("expires_at_ms", &self.expires_at_ms())
            .finish_non_exhaustive()
    }
}

/// Whether an action that carried a settlement may succeed without it. What the action itself is refused for stays.
fn is_about_the_settlement(error: &Error) -> bool {
    /// The settlement is the first command.
    const COMMAND: u64 = 0;
    match error {
        Error::Rejected { rejection, .. } => {
            matches!(rejection, Rejection::Object | Rejection::Other)
        }
        Error::Refused { failure, .. } | Error::Aborted(failure) => {
            failure.command() == Some(COMMAND)
        }
        Error::Failed(failure) => {
            failure.command() == Some(COMMAND)
                || *failure.execution_error() == ExecutionError::InsufficientGas
                || is_congestion(error)
        }
        _ => false,
    }
}
