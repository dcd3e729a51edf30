//! A process of a client's: it opens its vault, finds out what became of what the last one left behind, and plays on.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use serde::{Deserialize, Serialize};
use sui_sdk_types::TypeTag;
use valet_client::{
    CoinLanes, Deployment, Error as Failure, GasPolicy, Grant, KeyOwner, Network, NetworkOptions,
    Onboarding, Outcome, Owner as _, Pin, RenewalPolicy, SealCost, Session, SessionOptions,
    Standing, Terms, Valet, Vault, VaultOptions,
};

use super::{
    book::{Book, Try},
    site::action,
    wire::lock,
};
use crate::chain::BEGIN_MS;

/// What a session gets for its gas, in MIST.
const FLOAT: u64 = 20_000_000_000;
/// How long a session lasts that ends by itself, at most once in a run.
const LONG: Duration = Duration::from_secs(86_400);
/// How long one lasts that renews itself, and how long before its end it does.
const SHORT: Duration = Duration::from_secs(2 * 3_600);
const RENEWAL: Duration = Duration::from_secs(3_600);
const RENEWALS: u64 = 100_000;
/// Sixty days from the beginning of the run.
const ENVELOPE_MS: u64 = 60 * 86_400_000;
const PIN: &str = "1984";
/// How often the caller asks anew for what could not be learned in time, before it starts its process anew.
const RESOLUTIONS: u32 = 2;
/// After so many certain failures on end, the caller starts its process anew.
const FAILURES: u32 = 6;

/// What a process is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Setting {
    pub(super) url: String,
    pub(super) deployment: Deployment,
    pub(super) types: Vec<TypeTag>,
    pub(super) folder: PathBuf,
    pub(super) patience_ms: u64,
    /// How many actions it has in flight.
    pub(super) width: usize,
    /// Pays with this many coins; with none, from the address balance.
    pub(super) coins: Option<usize>,
    pub(super) renewal: Renewal,
}

/// Whether sessions are short and renew themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Renewal {
    Never,
    WithSameKey,
    WithFreshKey,
}

/// How the caller of the client behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caller {
    /// As the client's documentation says.
    #[default]
    Careful,
    /// Plays an action anew, in a new transaction, whenever the answer is an error: what a naive caller does.
    PlaysAnew,
    /// Takes every action for done, whatever the answer.
    AssumesSuccess,
}

/// Why a process ended by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is nothing left to do.
    Done,
    /// What became of some actions is for the next process to find out.
    Open,
}

/// What the vault says about an action.
enum Fate {
    Open,
    Succeeded,
    NotExecuted { was_sent: bool },
}

impl Setting {
    async fn connect(&self) -> Result<Valet, Failure> {
        let patience = Duration::from_millis(self.patience_ms);
        let options = NetworkOptions::new()
            .with_request_timeout(patience)
            .with_deadline(patience * 3);
        let network = Network::connect_with(&self.url, options).await?;
        Valet::new(network, self.deployment.clone()).await
    }

    fn options(&self, vault: &Arc<Vault>) -> SessionOptions {
        let mut options = SessionOptions::new().with_settle_threshold(100);
        let renewal = RenewalPolicy::new(RENEWAL, SHORT);
        match self.renewal {
            Renewal::Never => {}
            Renewal::WithSameKey => options = options.with_renewal(renewal),
            Renewal::WithFreshKey => {
                options = options.with_renewal(renewal.with_rotation(vault.clone()));
            }
        }
        match self.coins {
            Some(lanes) => {
                options.with_gas_policy(GasPolicy::Coins(CoinLanes::new().with_lanes(lanes)))
            }
            None => options,
        }
    }

    fn vault(&self) -> &Path {
        &self.folder
    }

    fn open_vault(&self) -> Result<Arc<Vault>, Failure> {
        Vault::open_with(self.vault(), &Pin::new(PIN), vault_options()).map(Arc::new)
    }

    /// One process of a careful caller's, or of another.
    pub(super) async fn live(
        &self,
        owner: &KeyOwner,
        caller: Caller,
        book: &Mutex<Book>,
    ) -> Result<End, Failure> {
        let valet = self.connect().await?;
        let Some((vault, session)) = self.enter(&valet, owner, caller, book).await? else {
            return Ok(End::Open);
        };
        let play = |given: Try| self.play(&valet, &vault, &session, caller, book, given);
        let mut failures = 0;
        let mut playing = FuturesUnordered::new();
        loop {
            while playing.len() < self.width && failures < FAILURES {
                let Some(given) = lock(book).give() else {
                    break;
                };
                playing.push(play(given));
            }
            match playing.next().await {
                Some(Told::Done) => failures = 0,
                Some(Told::Failed) => failures += 1,
                Some(Told::Open) => return Ok(End::Open),
                None if failures == 0 || lock(book).is_done() => return Ok(End::Done),
                None => return Ok(End::Open),
            }
        }
    }

    /// One process that finds out what became of everything open, and plays nothing.
    pub(super) async fn settle(
        &self,
        owner: &KeyOwner,
        caller: Caller,
        book: &Mutex<Book>,
    ) -> Result<End, Failure> {
        let valet = self.connect().await?;
        self.enter(&valet, owner, caller, book).await?;
        Ok(End::Done)
    }

    /// Plays these actions whatever comes of them: what a process does that is going to be killed. Where the order counts, it waits
    /// for its end at the first that did not come through.
    pub(super) async fn play_blindly(&self, tries: &[Try]) -> Result<(), Failure> {
        let valet = self.connect().await?;
        let vault = self.open_vault()?;
        let resumed = vault.resume(&valet, self.options(&vault)).await?;
        let Standing::Active(session) = resumed.standing else {
            return Ok(());
        };
        let is_ordered = self.width == 1;
        for tries in tries.chunks(self.width.max(1)) {
            let playing = tries.iter().map(|given| {
                let (session, call) = (
                    session.labelled(given.label()),
                    action(&valet, &self.types, given.number),
                );
                async move { session.play(&call).await.map(drop) }
            });
            let outcomes = futures::future::join_all(playing).await;
            if is_ordered && outcomes.iter().any(Result::is_err) {
                return std::future::pending().await;
            }
            session.go_on();
        }
        Ok(())
    }

    /// Opens the vault, or makes one, and decides what became of everything that was open.
    async fn enter(
        &self,
        valet: &Valet,
        owner: &KeyOwner,
        caller: Caller,
        book: &Mutex<Book>,
    ) -> Result<Option<(Arc<Vault>, Session)>, Failure> {
        let account = valet.account(owner.address());
        if !Vault::exists(self.vault()) {
            let pin = Pin::new(PIN);
            let vault = Vault::create_with(self.vault(), &pin, &account, vault_options())?;
            let vault = Arc::new(vault);
            // A vault that never was had nothing to send.
            decide(&vault, caller, &mut lock(book));
            let (session, _) = vault.start(valet, owner, self.onboarding(&vault)).await?;
            return Ok(Some((vault, session)));
        }
        let vault = self.open_vault()?;
        let resumed = vault.resume(valet, self.options(&vault)).await?;
        if !matches!(resumed.standing, Standing::Ending) {
            decide(&vault, caller, &mut lock(book));
        }
        match resumed.standing {
            Standing::Active(session) => {
                // Going on beside what is open would be right, but for the order of the actions.
                let is_open = !lock(book).open().is_empty();
                Ok((!is_open).then_some((vault, session)))
            }
            Standing::Pending => {
                let (session, _) = vault.start(valet, owner, self.onboarding(&vault)).await?;
                Ok(Some((vault, session)))
            }
            // What is open is decided before the journal goes.
            Standing::Over(_) | Standing::Expired(_) if !lock(book).open().is_empty() => Ok(None),
            _ => {
                vault.logout(valet, Some(owner)).await?;
                Ok(None)
            }
        }
    }

    fn onboarding(&self, vault: &Arc<Vault>) -> Onboarding {
        let grant = Grant::all_session_actions();
        let terms = if self.renewal != Renewal::Never {
            Terms::lasting(SHORT, grant.with_renewals(RENEWALS, BEGIN_MS + ENVELOPE_MS))
        } else {
            Terms::lasting(LONG, grant)
        };
        Onboarding::new(terms)
            .with_float(FLOAT)
            .with_options(self.options(vault))
    }

    async fn play(
        &self,
        valet: &Valet,
        vault: &Vault,
        session: &Session,
        caller: Caller,
        book: &Mutex<Book>,
        given: Try,
    ) -> Told {
        let session = session.labelled(given.label());
        let call = action(valet, &self.types, given.number);
        let mut outcome = session.play(&call).await;
        if caller == Caller::Careful {
            for _ in 0..RESOLUTIONS {
                let Err(Failure::Unconfirmed(pending)) = &outcome else {
                    break;
                };
                lock(book).tally.unconfirmed += 1;
                outcome = session.resolve(pending).await;
            }
        }
        let mut book = lock(book);
        let Err(error) = outcome else {
            book.tally.confirmed += 1;
            book.done(given);
            return Told::Done;
        };
        book.last_failure = Some(error.to_string());
        if let Failure::Stopped { .. } = error {
            session.go_on();
        }
        match caller {
            Caller::Careful => careful(vault, &mut book, given, &error),
            Caller::PlaysAnew => {
                book.again(given);
                Told::Failed
            }
            Caller::AssumesSuccess => {
                book.done(given);
                Told::Done
            }
        }
    }
}

/// What the caller makes of an answer.
enum Told {
    Done,
    Failed,
    Open,
}

/// An error that says for certain that nothing happened is believed, and checked against the journal; any other is looked up there.
fn careful(vault: &Vault, book: &mut Book, given: Try, error: &Failure) -> Told {
    let is_executed = error.failure().is_some();
    let says_never = matches!(
        error,
        Failure::Rejected { .. } | Failure::InsufficientGas { .. } | Failure::Unreachable { .. }
    );
    match fate(vault, given) {
        Fate::Open if is_executed || says_never => {
            book.findings.push(format!(
                "{}: certainly failed ({error}), and still in the journal",
                given.label()
            ));
            Told::Open
        }
        Fate::Open => {
            book.tally.unbelievable += 1;
            Told::Open
        }
        Fate::Succeeded if is_executed || says_never => {
            // Whoever believes the error sends it again.
            book.findings.push(format!(
                "{}: certainly failed ({error}), and the journal says that it succeeded",
                given.label()
            ));
            book.again(given);
            Told::Failed
        }
        Fate::Succeeded => {
            book.tally.recovered += 1;
            book.done(given);
            Told::Done
        }
        Fate::NotExecuted { .. } => {
            if is_executed {
                book.tally.failed += 1;
            } else {
                book.tally.not_executed += 1;
            }
            book.again(given);
            Told::Failed
        }
    }
}

/// Decides what became of every open action, as far as the vault knows.
fn decide(vault: &Vault, caller: Caller, book: &mut Book) {
    for given in book.open() {
        match caller {
            Caller::PlaysAnew => {
                book.again(given);
                continue;
            }
            Caller::AssumesSuccess => {
                book.done(given);
                continue;
            }
            Caller::Careful => {}
        }
        match fate(vault, given) {
            Fate::Open => {}
            Fate::Succeeded => {
                book.tally.recovered += 1;
                book.done(given);
            }
            Fate::NotExecuted { was_sent } => {
                if was_sent {
                    book.tally.not_executed += 1;
                } else {
                    book.tally.never_sent += 1;
                }
                book.again(given);
            }
        }
    }
}

fn fate(vault: &Vault, given: Try) -> Fate {
    let label = given.label();
    if vault.in_flight().iter().any(|entry| entry.label() == label) {
        return Fate::Open;
    }
    // One action may have been several transactions, of which all but the last were refused.
    let settled = vault.settled();
    let mut mine = settled.iter().filter(|entry| entry.label == label);
    let mut was_sent = false;
    if mine.any(|entry| {
        was_sent = true;
        entry.outcome == Outcome::Succeeded
    }) {
        return Fate::Succeeded;
    }
    Fate::NotExecuted { was_sent }
}

fn vault_options() -> VaultOptions {
    // What is tried here is the journal, not the PIN.
    VaultOptions::new().with_cost(SealCost::INSECURE)
}
