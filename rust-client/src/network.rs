//! A connection to a Sui full node.

mod classify;
mod read;
mod submit;
mod time;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use rand_core::{OsRng, RngCore};
use sui_rpc::Client;
use sui_sdk_types::Digest;
use tokio::sync::Mutex;

use crate::{Endpoint, Error};

pub(crate) use read::decode;
pub use read::{LedgerObject, Wealth};
pub(crate) use submit::Executed;
pub use submit::Pending;
use time::{ChainClock, time_in};

/// How long to wait for a node.
#[derive(Clone, Debug)]
#[must_use]
pub struct NetworkOptions {
    request_timeout: Duration,
    deadline: Duration,
}

impl NetworkOptions {
    /// Ten seconds for one request, thirty for a transaction with all its attempts.
    pub fn new() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
        }
    }

    /// Limits one request.
    pub fn with_request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Limits the submission of one transaction, all attempts together.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The epoch and its gas price, as far as the client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EpochGas {
    pub(crate) epoch: u64,
    pub(crate) price: u64,
}

/// A Sui network, reached through one full node over gRPC. Cheap to clone; clones share the connection.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let localnet = valet_localnet::Localnet::builder().without_faucet().start().await?;
/// # let url = localnet.rpc_url();
/// use valet_client::Network;
///
/// let network = Network::connect(&url).await?;
/// println!("chain {}, epoch {}", network.chain_id(), network.epoch().await);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    url: String,
    options: NetworkOptions,
    chain_id: Digest,
    epoch: Mutex<KnownEpoch>,
    clock: ChainClock,
    /// Counts up from a random start: two transactions of this connection never share a nonce, so that two equal moves
    /// are two transactions.
    nonce: AtomicU32,
    calls: Arc<AtomicU64>,
}

struct KnownEpoch {
    gas: EpochGas,
    /// The latest epoch seen in effects; when it is ahead of `gas`, the price may have changed.
    seen: u64,
}

impl Network {
    /// Connects to a full node with default options: by URL, or by its network's name, see [`Endpoint`].
    ///
    /// # Errors
    /// As [`connect_with`](Self::connect_with).
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, NetworkOptions::new()).await
    }

    /// Connects to a full node, and learns its chain, epoch and gas price.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`], [`Error::Unreachable`], [`Error::NotSui`], or [`Error::Timeout`].
    pub async fn connect_with(url: &str, options: NetworkOptions) -> Result<Self, Error> {
        // The names of Sui's networks are taken wherever a URL is.
        let endpoint = Endpoint::from(url);
        let url = endpoint.url();
        let invalid = |reason: String| Error::InvalidUrl {
            url: url.to_owned(),
            reason,
        };
        // A URL without a scheme parses, and would fail only at the first call with an obscure message.
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(invalid("it has no scheme".to_owned()));
        }
        let calls = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&calls);
        let client = Client::new(url)
            .map_err(|status| invalid(status.message().to_owned()))?
            .request_layer(tower::util::MapRequestLayer::new(
                move |request: http::Request<tonic::body::Body>| {
                    counter.fetch_add(1, Ordering::Relaxed);
                    request
                },
            ));
        let read::Greeting {
            chain_id,
            gas,
            clock,
        } = read::greet(&client, url, &options).await?;
        let mut nonce = [0; 4];
        OsRng
            .try_fill_bytes(&mut nonce)
            .map_err(|error| Error::Entropy {
                reason: error.to_string(),
            })?;
        tracing::debug!(url, %chain_id, epoch = gas.epoch, price = gas.price, "connected");
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                url: url.to_owned(),
                options,
                chain_id,
                epoch: Mutex::new(KnownEpoch {
                    gas,
                    seen: gas.epoch,
                }),
                clock,
                nonce: AtomicU32::new(u32::from_le_bytes(nonce)),
                calls,
            }),
        })
    }

    /// The node's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// The digest of the network's genesis checkpoint.
    #[must_use]
    pub fn chain_id(&self) -> Digest {
        self.inner.chain_id
    }

    /// The epoch, as of the last answer of the node.
    pub async fn epoch(&self) -> u64 {
        self.inner.epoch.lock().await.seen
    }

    /// The reference gas price in MIST, as of the last answer of the node.
    pub async fn gas_price(&self) -> u64 {
        self.inner.epoch.lock().await.gas.price
    }

    /// The chain's time in milliseconds, estimated without asking: what the node's last answer said, and what has passed
    /// since by a clock that only counts up. The device's own time of day plays no part. `None` before a node said any time;
    /// [`now_ms`](Self::now_ms) asks.
    #[must_use]
    pub fn estimated_time_ms(&self) -> Option<u64> {
        self.inner.clock.estimate()
    }

    /// The latest time that the node has shown: the chain's next transaction sees this time or a later one.
    pub(crate) fn shown_time_ms(&self) -> Option<u64> {
        self.inner.clock.shown()
    }

    fn saw_time_of<T>(&self, answer: &Result<tonic::Response<T>, tonic::Status>) {
        let headers = match answer {
            Ok(response) => response.metadata(),
            Err(status) => status.metadata(),
        };
        if let Some(now_ms) = time_in(headers) {
            self.inner.clock.saw(now_ms);
        }
    }

    /// How many requests this connection has sent, counted where they leave for the wire.
    #[must_use]
    pub fn rpc_calls(&self) -> u64 {
        self.inner.calls.load(Ordering::Relaxed)
    }

    /// The epoch and gas price to build a transaction with: from memory, unless an answer showed a new epoch.
    pub(crate) async fn epoch_gas(&self) -> Result<EpochGas, Error> {
        let mut known = self.inner.epoch.lock().await;
        if known.seen > known.gas.epoch {
            known.gas = self.read_epoch_gas().await?;
            known.seen = known.seen.max(known.gas.epoch);
        }
        Ok(known.gas)
    }

    /// Asks the node for the epoch and gas price.
    pub(crate) async fn fresh_epoch_gas(&self) -> Result<EpochGas, Error> {
        let now = self.read_epoch_gas().await?;
        let mut known = self.inner.epoch.lock().await;
        known.gas = now;
        known.seen = known.seen.max(now.epoch);
        Ok(now)
    }

    pub(crate) async fn saw_epoch(&self, epoch: u64) {
        let mut known = self.inner.epoch.lock().await;
        known.seen = known.seen.max(epoch);
    }

    pub(crate) fn next_nonce(&self) -> u32 {
        self.inner.nonce.fetch_add(1, Ordering::Relaxed)
    }

    fn client(&self) -> Client {
        self.inner.client.clone()
    }

    fn options(&self) -> &NetworkOptions {
        &self.inner.options
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("url", &self.inner.url)
            .field("chain_id", &self.inner.chain_id)
            .finish_non_exhaustive()
    }
}
