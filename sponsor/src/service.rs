//! The sponsor itself.

mod gas;
mod sign;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, Digest, StructTag};
use tokio::{sync::Mutex, time::Instant};
use valet_client::{Network, Owner, Sponsor, SponsorError, SponsorRequest, Sponsored};

use crate::{Book, BookError, Limits, ObjectTypes, Policy, ServiceError, Used, chain::Chain};

/// What the sponsor pays gas with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GasSource {
    /// Its address balance: any number of transactions at once.
    #[default]
    AddressBalance,
    /// Its coins, each for one transaction at a time, for networks without address balances.
    Coins,
}

/// What a sponsor would pay for a transaction. Nothing is reserved by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The gas price, in MIST.
    pub price: u64,
    /// What it would cost, in MIST, as a dry run says.
    pub cost: u64,
    /// The gas budget that it would get, in MIST: the most that it can cost.
    pub budget: u64,
    /// What the sponsor still pays for this sender, in MIST.
    pub left_for_sender: u64,
    /// What the sponsor still pays today for requests like this one, in MIST.
    pub left_today: u64,
}

/// Who sponsors, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The sponsor's address: the gas owner.
    pub address: Address,
    /// The chain that it is on.
    pub chain_id: Digest,
    /// What it pays gas with.
    pub gas: GasSource,
    /// What it pays for.
    pub policy: Policy,
    /// How much it pays.
    pub limits: Limits,
}

/// What became of open transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Executed: they count with what they cost now.
    pub settled: usize,
    /// Too late to be executed: they count no more.
    pub released: usize,
    /// Still open.
    pub open: usize,
}

/// A sponsor: checks, counts and signs. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    chain: Chain,
    signer: Box<dyn Owner>,
    policy: Policy,
    limits: Limits,
    gas: GasSource,
    book: Arc<dyn Book>,
    /// An object's type never changes.
    types: std::sync::Mutex<HashMap<Address, StructTag>>,
    /// When open transactions were last looked up; held meanwhile.
    reconciled: Mutex<Option<Instant>>,
}

impl Service {
    /// How many object types are remembered.
    const KNOWN_TYPES: usize = 10_000;
    /// How many transactions are looked up in one request.
    const BATCH: usize = 50;
    /// How long nothing is looked up again because of a refusal: refusals are free to whoever asks for them.
    const RECONCILE_PAUSE: Duration = Duration::from_millis(500);

    /// A sponsor that signs with `signer` and pays from its address balance or coins.
    ///
    /// # Errors
    /// [`ServiceError::Node`] when the network's address cannot be used.
    pub fn new(
        network: Network,
        signer: impl Owner + 'static,
        gas: GasSource,
        policy: Policy,
        limits: Limits,
        book: impl Book + 'static,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            inner: Arc::new(Inner {
                chain: Chain::new(network)?,
                signer: Box::new(signer),
                policy,
                limits,
                gas,
                book: Arc::new(book),
                types: std::sync::Mutex::default(),
                reconciled: Mutex::default(),
            }),
        })
    }

    /// Who sponsors, and what.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            address: self.address(),
            chain_id: self.inner.chain.network.chain_id(),
            gas: self.inner.gas,
            policy: self.inner.policy.clone(),
            limits: self.inner.limits,
        }
    }

    /// What the sponsor would pay for a transaction, and how much it has left. The proof decides which purse is meant; a
    /// request without one is quoted, too.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] when it would not pay for this at all.
    pub async fn quote(&self, request: &SponsorRequest) -> Result<Quote, ServiceError> {
        let proven = request.is_proven();
        let (estimate, _) = self.examine(request).await?;
        let sender = request.sender;
        let now_ms = estimate.now_ms;
        let usage = self.book(move |book| book.usage(sender, now_ms)).await?;
        let limits = self.inner.limits;
        let (day, used_today) = if proven {
            (limits.per_day, usage.day)
        } else {
            (limits.unproven_per_day, usage.unproven_day)
        };
        let left = |mist: u64, used: Used| mist.saturating_sub(used.mist);
        Ok(Quote {
            price: estimate.price,
            cost: estimate.cost,
            budget: estimate.budget,
            left_for_sender: left(limits.per_sender.mist, usage.sender),
            left_today: left(day.mist, used_today),
        })
    }

    /// Learns what became of the transactions that are open: what they cost, or that they will never be executed.
    ///
    /// # Errors
    /// [`ServiceError::Node`] or [`ServiceError::Book`]. What was learned until then is in the book.
    pub async fn reconcile(&self) -> Result<Reconciled, ServiceError> {
        let mut last = self.inner.reconciled.lock().await;
        let told = self.look_up().await;
        *last = Some(Instant::now());
        told
    }

    /// [`reconcile`](Self::reconcile), unless that was done a moment ago; whether it was done now.
    async fn reconcile_now_and_then(&self) -> Result<bool, ServiceError> {
        let mut last = self.inner.reconciled.lock().await;
        if last.is_some_and(|last| last.elapsed() < Self::RECONCILE_PAUSE) {
            return Ok(false);
        }
        self.look_up().await?;
        *last = Some(Instant::now());
        Ok(true)
    }

    async fn look_up(&self) -> Result<Reconciled, ServiceError> {
        // Before the transactions: none of an epoch that is over here is executed any more.
        let epoch = self.inner.chain.epoch().await?.epoch;
        let open = self.book(|book| book.open()).await?;
        let mut told = Reconciled::default();
        for batch in open.chunks(Self::BATCH) {
            let digests: Vec<_> = batch.iter().map(|open| open.transaction).collect();
            let costs = self.inner.chain.costs(&digests).await?;
            for (open, cost) in batch.iter().zip(costs) {
                let digest = open.transaction;
                match cost {
                    Some(cost) => {
                        self.book(move |book| book.settle(digest, cost)).await?;
                        told.settled += 1;
                    }
                    None if epoch > open.max_epoch => {
                        self.book(move |book| book.release(digest)).await?;
                        told.released += 1;
                    }
                    None => told.open += 1,
                }
            }
        }
        tracing::debug!(?told, "reconciled");
        Ok(told)
    }

    /// Uses the book where blocking is allowed.
    async fn book<T: Send + 'static>(
        &self,
        use_it: impl FnOnce(&dyn Book) -> Result<T, BookError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let book = Arc::clone(&self.inner.book);
        let used = tokio::task::spawn_blocking(move || use_it(book.as_ref())).await;
        used.map_err(|error| ServiceError::Internal {
            reason: error.to_string(),
        })?
        .map_err(ServiceError::from)
    }

    /// The types of the objects that the policy wants to know; one that does not exist has none.
    async fn types(&self, request: &SponsorRequest) -> Result<ObjectTypes, ServiceError> {
        let wanted = self.inner.policy.wanted_types(&request.ptb);
        let mut types = ObjectTypes::new();
        for id in wanted {
            let known = self.known_types().get(&id).cloned();
            let tag = match known {
                Some(tag) => Some(tag),
                None => {
                    let object = self.inner.chain.network.object(id).await?;
                    object.and_then(|object| object.object_type)
                }
            };
            let Some(tag) = tag else { continue };
            let mut known = self.known_types();
            if known.len() >= Self::KNOWN_TYPES {
                known.clear();
            }
            known.insert(id, tag.clone());
            types.insert(id, tag);
        }
        Ok(types)
    }

    fn known_types(&self) -> std::sync::MutexGuard<'_, HashMap<Address, StructTag>> {
        self.inner
            .types
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sponsor for Service {
    fn address(&self) -> Address {
        self.inner.signer.address()
    }

    async fn sponsor(&self, request: &SponsorRequest) -> Result<Sponsored, SponsorError> {
        Ok(self.sign(request).await?)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("address", &self.address())
            .field("network", &self.inner.chain)
            .finish_non_exhaustive()
    }
}
