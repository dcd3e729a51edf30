//! Following a node.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use valet_client::Network;

use crate::{Checkpoint, Cursor, Index, IndexError, source::Source};

/// Requests for old checkpoints in flight.
const PREFETCH: usize = 8;
/// Checkpoints that wait to be taken in at most, besides those in flight.
const WAITING: usize = 128;
/// How long a subscription may be silent before the node is asked whether it has missed something.
const SILENCE: Duration = Duration::from_secs(10);
/// The first and the longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

impl Index {
    /// Takes in everything up to the node's latest checkpoint of this moment, and returns how far that is.
    ///
    /// # Errors
    /// [`IndexError::WrongNetwork`], [`IndexError::Pruned`], [`IndexError::Unreachable`], [`IndexError::Malformed`], or what
    /// [`ingest`](Self::ingest) gives. What was taken in before stays.
    pub async fn catch_up(&self, network: &Network) -> Result<Cursor, IndexError> {
        let source = Source::new(network.url())?;
        self.fetch(&source, u64::MAX).await?;
        self.cursor()
    }

    /// Takes in everything up to this checkpoint, or to the node's latest if that is earlier.
    ///
    /// # Errors
    /// As [`catch_up`](Self::catch_up).
    pub async fn catch_up_to(
        &self,
        network: &Network,
        checkpoint: u64,
    ) -> Result<Cursor, IndexError> {
        let source = Source::new(network.url())?;
        self.fetch(&source, checkpoint).await?;
        self.cursor()
    }

    /// Takes in everything there is and everything that happens, until `stop` resolves. A lost connection is made again, what
    /// was missed meanwhile is fetched, and what comes twice counts once. Dropping the future stops it as well: the store is
    /// always after a whole checkpoint.
    ///
    /// ```no_run
    /// # async fn run(index: valet_index::Index, network: valet_client::Network) -> Result<(), Box<dyn std::error::Error>> {
    /// index.follow(&network, async { drop(tokio::signal::ctrl_c().await) }).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What waiting does not cure: as [`catch_up`](Self::catch_up), except [`IndexError::Unreachable`].
    pub async fn follow(
        &self,
        network: &Network,
        stop: impl Future<Output = ()>,
    ) -> Result<(), IndexError> {
        let source = Source::new(network.url())?;
        let mut stop = pin!(stop);
        let mut pause = PAUSES.0;
        loop {
            let before = self.cursor()?.next_checkpoint;
            let ended = tokio::select! {
                () = &mut stop => return Ok(()),
                ended = self.follow_once(&source) => ended,
            };
            match ended {
                Ok(()) => tracing::debug!("the subscription ended"),
                Err(error) if error.is_transient() => tracing::warn!(%error, "connecting again"),
                Err(error) => return Err(error),
            }
            let is_better = self.cursor()?.next_checkpoint > before;
            pause = if is_better {
                PAUSES.0
            } else {
                PAUSES.1.min(pause.saturating_mul(2))
            };
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Follows until the subscription ends.
    async fn follow_once(&self, source: &Source) -> Result<(), IndexError> {
        // Asked first: a stream of another network must not get as far as its first checkpoint.
        source.extent(self.scope().chain_id()).await?;
        // Subscribed before catching up: what is made meanwhile waits in the stream.
        let frames = source.subscribe(self.scope().clone()).await?;
        self.fetch(source, u64::MAX).await?;
        let mut frames = pin!(frames.try_ready_chunks(WAITING));
        loop {
            match tokio::time::timeout(SILENCE, frames.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(checkpoints))) => self.take(source, checkpoints).await?,
                Ok(Some(Err(broken))) => {
                    // What came before it broke is good.
                    self.take(source, broken.0).await?;
                    return Err(broken.1);
                }
                Err(_) => {
                    let extent = source.extent(self.scope().chain_id()).await?;
                    if extent.highest >= self.cursor()?.next_checkpoint {
                        tracing::warn!("the subscription is silent, and the node is ahead");
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes in what a subscription brought, and fetches what it left out.
    async fn take(&self, source: &Source, checkpoints: Vec<Checkpoint>) -> Result<(), IndexError> {
        let checkpoints = Arc::new(checkpoints);
        loop {
            match self.ingest_aside(Arc::clone(&checkpoints)).await {
                Err(IndexError::Gap { expected, found }) => {
                    tracing::info!(expected, found, "fetching what the subscription left out");
                    self.fetch(source, found.saturating_sub(1)).await?;
                    if self.cursor()?.next_checkpoint < found {
                        // The node does not have what it says comes before. Later, maybe.
                        return Err(IndexError::Unreachable {
                            url: source.url().to_owned(),
                            reason: format!("it does not have checkpoint {expected} yet"),
                        });
                    }
                }
                other => return other.map(drop),
            }
        }
    }

    /// Fetches and takes in what comes next, up to `last` or the node's latest.
    async fn fetch(&self, source: &Source, last: u64) -> Result<(), IndexError> {
        let extent = source.extent(self.scope().chain_id()).await?;
        let next = self.cursor()?.next_checkpoint;
        let last = last.min(extent.highest);
        if next > last {
            return Ok(());
        }
        if next < extent.lowest {
            return Err(IndexError::Pruned {
                wanted: next,
                lowest: extent.lowest,
            });
        }
        let scope = self.scope();
        let fetched = stream::iter(next..=last)
            .map(|number| source.checkpoint(number, scope))
            .buffered(PREFETCH);
        let mut chunks = pin!(fetched.try_ready_chunks(WAITING));
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(checkpoints) => {
                    self.ingest_aside(Arc::new(checkpoints)).await?;
                }
                Err(broken) => {
                    self.ingest_aside(Arc::new(broken.0)).await?;
                    return Err(broken.1);
                }
            }
        }
        Ok(())
    }

    /// [`ingest`](Self::ingest) where it may take its time with the disk.
    async fn ingest_aside(&self, checkpoints: Arc<Vec<Checkpoint>>) -> Result<u64, IndexError> {
        let index = self.clone();
        let ingested = tokio::task::spawn_blocking(move || index.ingest(&checkpoints));
        ingested.await.map_err(|_| IndexError::Interrupted)?
    }
}
