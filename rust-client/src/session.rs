//! Silent play.

mod debt;
mod renewal;

use std::{
    fmt,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sui_sdk_types::{Address, ExecutionError, ObjectOut, ObjectReference, ProgrammableTransaction};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    Account, Call, Error, GasLimits, GasPolicy, Journal, Pending, Receipt, Refusal, Rejection,
    SessionKey, SharedObject, ValetEvent,
    gas::{self, Payment},
    journal, ptb,
};

use debt::DebtState;

/// How a session plays.
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionOptions {
    gas: GasPolicy,
    limits: GasLimits,
    settle_threshold: Option<u64>,
    journal: Option<Arc<dyn Journal>>,
}

impl SessionOptions {
    /// 0.02 SUI: twenty times what a plain action costs at mainnet's price.
    const BUDGET: u64 = 20_000_000;

    /// Gas from the address balance, at most 0.02 SUI a transaction, settled when half of the dApp's ceiling is reached.
    pub fn new() -> Self {
        Self {
            gas: GasPolicy::default(),
            limits: GasLimits::with_budget(Self::BUDGET),
            settle_threshold: None,
            journal: None,
        }
    }

    /// Sets what the session pays its gas with.
    pub fn with_gas_policy(mut self, gas: GasPolicy) -> Self {
        self.gas = gas;
        self
    }

    /// Limits what an action may cost.
    pub fn with_limits(mut self, limits: GasLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Settles with the next action once the account owes for this many writes.
    pub fn with_settle_threshold(mut self, writes: u64) -> Self {
        self.settle_threshold = Some(writes);
        self
    }

    /// Writes down what the session sends, before it leaves.
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// What the session pays its gas with.
    #[must_use]
    pub fn gas_policy(&self) -> GasPolicy {
        self.gas
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self::new()
    }
}

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
/// # use valet_client::{Onboarding, Owner, SessionKey, Terms, Valet};
/// # let valet = Valet::connect(&url, deployment).await?;
/// # let join = valet.call("arena", "join").dapp().storage();
/// # let onboarding = Onboarding::new(Terms::lasting(Duration::from_secs(600))).with_call(join);
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

struct Inner {
    account: Account,
    storage: SharedObject,
    key: SessionKey,
    options: SessionOptions,
    /// Moved by renewals.
    expires_at_ms: AtomicU64,
    debt: DebtState,
    /// When money was last sent to the session.
    funded: std::sync::Mutex<Option<Instant>>,
    /// The coin that pays, in coin mode: whoever holds the lock is the one transaction in flight.
    coin: Mutex<Option<ObjectReference>>,
}

impl Session {
    /// How often an action is sent anew because its objects were congested.
    const CONGESTION_ATTEMPTS: u32 = 4;
    const CONGESTION_PAUSE: Duration = Duration::from_millis(100);
    /// How long money that was sent may take to be seen: a network credits address balances between transactions, and a
    /// node may know of it a little later.
    const FUNDING_GRACE: Duration = Duration::from_secs(5);
    const FUNDING_PAUSE: Duration = Duration::from_millis(250);

    pub(crate) fn new(
        account: Account,
        storage: SharedObject,
        key: SessionKey,
        options: SessionOptions,
        expires_at_ms: u64,
        unsettled_writes: u64,
    ) -> Self {
        let threshold = options
            .settle_threshold
            .unwrap_or_else(|| account.valet().unsettled_ceiling() / 2);
        Self {
            inner: Arc::new(Inner {
                account,
                storage,
                key,
                options,
                expires_at_ms: AtomicU64::new(expires_at_ms),
                debt: DebtState::new(threshold, unsettled_writes),
                funded: std::sync::Mutex::new(None),
                coin: Mutex::new(None),
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
        self.inner.key.address()
    }

    /// The account that it plays for.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.inner.account
    }

    /// The first millisecond, by the chain's clock, at which the session is refused, unless it is renewed or ended before.
    #[must_use]
    pub fn expires_at_ms(&self) -> u64 {
        self.inner.expires_at_ms.load(Ordering::Relaxed)
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
    /// [`Error::InsufficientGas`] when the float is used up; [`Error::Unconfirmed`] when the outcome cannot be learned in
    /// time. Nothing but gas is ever spent on an error.
    pub async fn play(&self, call: &Call) -> Result<Receipt, Error> {
        self.play_all(std::slice::from_ref(call)).await
    }

    /// Plays several actions as one transaction: all of them or none.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    pub async fn play_all(&self, calls: &[Call]) -> Result<Receipt, Error> {
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
        let mut dropped = None;
        if let Some(turn) = self.inner.debt.settlement_due() {
            match self.play_settling(&ptb).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) if is_about_the_settlement(&error) => {
                    tracing::warn!(%error, "the settlement failed, playing without it");
                    dropped = error.failure().map(|failure| failure.receipt().digest());
                    turn.postpone();
                }
                Err(error) => return Err(error),
            }
        }
        let receipt = match self.execute(&ptb).await {
            // The account owes more than the session knew: somebody else wrote, or the ceiling was lowered.
            Err(error)
                if error.refusal() == Some(Refusal::UnsettledCeiling) && dropped.is_none() =>
            {
                tracing::warn!("the ceiling on unsettled writes is reached, settling first");
                self.play_settling(&ptb).await?
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
        let deployment = self.inner.account.valet().deployment();
        self.execute(&ptb::deactivate(deployment, self.inner.storage)?)
            .await
    }

    /// Learns what became of an action whose outcome is unknown: sends the same bytes again, which never doubles it.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] when it still cannot be learned, otherwise as [`play`](Self::play).
    pub async fn resolve(&self, pending: &Pending) -> Result<Receipt, Error> {
        let answer = self.inner.account.valet().resolve(pending).await;
        journal::note_answer(self.journal(), pending.digest(), &answer);
        let receipt = answer?;
        self.learn(&receipt);
        Ok(receipt)
    }

    /// Takes in what a transaction says about the account.
    pub(crate) fn learn(&self, receipt: &Receipt) {
        let events = receipt.valet_events();
        self.inner.debt.learn(self.inner.storage.id, events);
        for event in events {
            if let ValetEvent::SessionRenewed(renewed) = event
                && renewed.wallet == self.address()
            {
                self.inner
                    .expires_at_ms
                    .store(renewed.expires_at_ms, Ordering::Relaxed);
            }
        }
    }

    /// Takes note that money was sent to the session just now.
    pub(crate) fn note_funded(&self) {
        *self
            .inner
            .funded
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn awaits_funds(&self) -> bool {
        self.inner
            .funded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|funded| funded.elapsed() < Self::FUNDING_GRACE)
    }

    async fn play_settling(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let deployment = self.inner.account.valet().deployment();
        let joined = ptb::prepend_settlement(deployment, self.inner.storage, ptb.clone())?;
        let receipt = self.execute(&joined).await?;
        Ok(receipt.with_play(None, self.unsettled_writes()))
    }

    /// Executes a transaction of the session's, again while its objects are congested or its money is on the way.
    async fn execute(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let mut attempt = 1;
        loop {
            let outcome = match self.inner.options.gas {
                GasPolicy::AddressBalance => self.execute_from_balance(ptb).await,
                GasPolicy::Coin => self.execute_from_coin(ptb).await,
            };
            match outcome {
                Err(error) if is_congestion(&error) && attempt < Self::CONGESTION_ATTEMPTS => {
                    tracing::warn!(attempt, "congested, trying again");
                    tokio::time::sleep(Self::CONGESTION_PAUSE * attempt).await;
                    attempt += 1;
                }
                Err(Error::InsufficientGas { .. }) if self.awaits_funds() => {
                    tracing::debug!("the float has not arrived yet, trying again");
                    tokio::time::sleep(Self::FUNDING_PAUSE).await;
                }
                other => {
                    let receipt = other?;
                    self.learn(&receipt);
                    return Ok(receipt);
                }
            }
        }
    }

    async fn execute_from_balance(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let network = self.inner.account.valet().network();
        let used = network.epoch_gas().await?;
        match self.send(ptb, Payment::AddressBalance, used).await {
            // Refused before execution: if the epoch or the price moved on, that is why, and a new transaction is due.
            Err(error @ Error::Rejected { .. }) => {
                let now = network.fresh_epoch_gas().await?;
                if now == used {
                    return Err(error);
                }
                tracing::debug!(epoch = now.epoch, price = now.price, "the epoch changed");
                self.send(ptb, Payment::AddressBalance, now).await
            }
            other => other,
        }
    }

    async fn execute_from_coin(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let network = self.inner.account.valet().network();
        let mut coin = self.inner.coin.lock().await;
        let remembered = coin.take();
        let reference = match remembered.clone() {
            Some(reference) => reference,
            None => self.find_coin().await?,
        };
        let used = network.epoch_gas().await?;
        let first = self.pay_with(ptb, reference, used, &mut coin).await;
        match first {
            // What was remembered of the coin or the epoch is out of date; nothing was executed.
            Err(Error::Rejected {
                rejection: Rejection::Object | Rejection::GasPrice | Rejection::Expired,
                ..
            }) if remembered.is_some() => {
                let now = network.fresh_epoch_gas().await?;
                let reference = self.find_coin().await?;
                self.pay_with(ptb, reference, now, &mut coin).await
            }
            other => other,
        }
    }

    /// Sends with a coin, and remembers the coin's new version whatever became of the transaction.
    async fn pay_with(
        &self,
        ptb: &ProgrammableTransaction,
        reference: ObjectReference,
        gas: crate::network::EpochGas,
        coin: &mut Option<ObjectReference>,
    ) -> Result<Receipt, Error> {
        let outcome = self.send(ptb, Payment::Coins(vec![reference]), gas).await;
        let receipt = match &outcome {
            Ok(receipt) => Some(receipt),
            Err(error) => error.failure().map(|failure| failure.receipt()),
        };
        *coin = receipt.and_then(gas_coin_after);
        outcome
    }

    /// A coin of the session's that covers the budget.
    async fn find_coin(&self) -> Result<ObjectReference, Error> {
        let needed = self.inner.options.limits.budget();
        let network = self.inner.account.valet().network();
        let coins = network.coins(self.address(), &ptb::sui(), u64::MAX).await?;
        let richest = coins.into_iter().max_by_key(|(_, balance)| *balance);
        match richest {
            Some((reference, balance)) if balance >= needed => Ok(reference),
            other => Err(Error::InsufficientGas {
                payer: self.address(),
                needed,
                message: format!(
                    "its largest coin holds {} MIST",
                    other.map_or(0, |(_, balance)| balance)
                ),
            }),
        }
    }

    async fn send(
        &self,
        ptb: &ProgrammableTransaction,
        payment: Payment,
        gas: crate::network::EpochGas,
    ) -> Result<Receipt, Error> {
        let valet = self.inner.account.valet();
        let transaction = gas::assemble(
            valet.network(),
            ptb.clone(),
            self.address(),
            payment,
            self.inner.options.limits,
            gas,
        )?;
        let signature = self.inner.key.sign(&transaction)?;
        let label = self.label.as_deref().unwrap_or_default();
        journal::submit(valet, self.journal(), label, &transaction, signature).await
    }

    fn journal(&self) -> Option<&dyn Journal> {
        self.inner.options.journal.as_deref()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("key", &self.inner.key)
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

fn is_congestion(error: &Error) -> bool {
    matches!(
        error.failure().map(|failure| failure.execution_error()),
        Some(ExecutionError::ExecutionCanceledDueToConsensusObjectCongestion { .. })
    )
}

/// The gas coin as the transaction left it.
fn gas_coin_after(receipt: &Receipt) -> Option<ObjectReference> {
    let effects = receipt.effects();
    let index = usize::try_from(effects.gas_object_index?).ok()?;
    let change = effects.changed_objects.get(index)?;
    match change.output_state {
        ObjectOut::ObjectWrite { digest, .. } => Some(ObjectReference::new(
            change.object_id,
            effects.lamport_version,
            digest,
        )),
        _ => None,
    }
}
