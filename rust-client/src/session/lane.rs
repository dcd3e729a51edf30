//! Actions in order: one after the other, or joined while one is in flight.

mod batch;

use std::{fmt, ops::Deref, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use super::Session;
use crate::{Call, Error, Pending, Receipt};

use batch::Job;

/// Actions of a session that are executed in the order in which they are played. Clones are the same lane; a session may have
/// many, which do not wait for each other.
///
/// While a transaction of the lane is in flight, actions that come in wait; then as many as [`Session::joining_lane`] allows
/// leave together in one transaction. Each gets an outcome of its own: when one of them fails, those before it and those after
/// it are played without it.
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
/// # let terms = Terms::lasting(Duration::from_secs(600), Grant::actions([0]));
/// # let account = valet.account(owner.address());
/// # let (session, _) = account.onboard(&owner, SessionKey::generate()?, Onboarding::new(terms).with_call(join)).await?;
/// let step = |direction: u8| valet.call("arena", "step").dapp().storage().arg(&direction).clock();
///
/// // Nothing waits here: the order is that of these lines, and the last two leave together.
/// let lane = session.joining_lane(16);
/// let (east, south, nowhere) = (lane.play(&step(1)), lane.play(&step(2)), lane.play(&step(9)));
/// let (east, south, nowhere) = tokio::join!(east, south, nowhere);
/// println!("{} and {}", east?.digest(), south?.digest());
/// assert!(nowhere.is_err()); // there is no such direction, which is no concern of the others
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Lane {
    session: Session,
    jobs: mpsc::Sender<Job>,
}

/// What an action of a lane did: the receipt of the transaction that carried it, and its place among the actions there.
#[derive(Clone, Debug)]
pub struct Played {
    receipt: Arc<Receipt>,
    position: usize,
    joined: usize,
}

impl Played {
    /// The transaction's receipt, which it shares with the actions that it was joined with.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Its place among the actions of the transaction, from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// How many actions the transaction carried.
    #[must_use]
    pub fn joined(&self) -> usize {
        self.joined
    }
}

impl Deref for Played {
    type Target = Receipt;

    fn deref(&self) -> &Receipt {
        &self.receipt
    }
}

impl Session {
    /// A lane: actions one after the other, each in a transaction of its own.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.joining_lane(1)
    }

    /// A lane that joins up to `most` waiting actions into one transaction.
    #[must_use]
    pub fn joining_lane(&self, most: usize) -> Lane {
        let (jobs, queue) = mpsc::channel(self.inner.options.max_waiting);
        // It ends when the last clone of the lane is dropped and what was played is done.
        tokio::spawn(batch::work(self.clone(), queue, most.max(1)));
        Lane {
            session: self.clone(),
            jobs,
        }
    }

    /// Plays actions that do not depend on each other, as many in flight as the session allows; the outcomes are in the order of
    /// the calls, whatever the order of execution.
    pub async fn play_each(&self, calls: &[Call]) -> Vec<Result<Receipt, Error>> {
        futures::future::join_all(calls.iter().map(|call| self.play(call))).await
    }
}

impl Lane {
    /// The session whose actions these are.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Plays an action after those that were played before it. It is queued when this is called, not when the answer is awaited;
    /// dropping the answer does not take it back.
    ///
    /// # Errors
    /// As [`Session::play`]. [`Error::LaneBlocked`] when the outcome of an earlier transaction of the lane is unknown: this
    /// action was not sent then, so that the order stays what it is. [`Error::LaneFull`] when as many actions wait as
    /// [`SessionOptions::with_max_waiting`](crate::SessionOptions::with_max_waiting) allows.
    pub fn play(&self, call: &Call) -> impl Future<Output = Result<Played, Error>> + Send + use<> {
        self.play_all(std::slice::from_ref(call))
    }

    /// Plays several calls as one action: all of them or none.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    pub fn play_all(
        &self,
        calls: &[Call],
    ) -> impl Future<Output = Result<Played, Error>> + Send + use<> {
        let (answer, outcome) = oneshot::channel();
        let job = Job {
            calls: calls.to_vec(),
            answer,
        };
        let queued = self.jobs.try_send(job);
        let waiting = self.jobs.max_capacity();
        async move {
            match queued {
                Err(mpsc::error::TrySendError::Full(_)) => Err(Error::LaneFull { waiting }),
                // The lane's worker lives as long as the lane, unless the runtime shuts down.
                Err(mpsc::error::TrySendError::Closed(_)) => Err(Error::LaneClosed),
                Ok(()) => outcome.await.unwrap_or(Err(Error::LaneClosed)),
            }
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// What a lane waits for before it goes on.
#[derive(Debug, Default)]
struct Block(Option<Pending>);
