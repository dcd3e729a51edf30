//! A ledger with its services on loopback ports: what a test or a command starts and stops.

mod builder;
mod error;
mod files;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::builder::LocalnetBuilder;
pub use self::error::LocalnetError;

use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::rpc::{Counters, RequestCounts};

/// How long [`Localnet::shutdown`] waits for open calls.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Where the ledger's time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that starts at this many milliseconds since the Unix epoch and moves only when told to, by
    /// [`Ledger::set_clock_ms`] and [`Ledger::advance_clock_ms`].
    Manual(u64),
}

/// A running ledger with its services. Stops when dropped.
///
/// ```no_run
/// use valet_localnet::{Clock, Localnet};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let localnet = Localnet::builder().with_clock(Clock::Manual(1_000)).start().await?;
/// println!("gRPC on {}, faucet on {:?}", localnet.rpc_url(), localnet.faucet_url());
/// localnet.ledger().advance_clock_ms(500)?;
/// localnet.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Localnet {
    ledger: Arc<Ledger>,
    rpc_address: SocketAddr,
    faucet_address: Option<SocketAddr>,
    admin_address: Option<SocketAddr>,
    counters: Counters,
    faults: Faults,
    boot_time: Duration,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Localnet {
    /// A localnet on 127.0.0.1 with free ports, a faucet and the machine's clock.
    pub fn builder() -> LocalnetBuilder {
        LocalnetBuilder::new()
    }

    /// Where gRPC and gRPC-Web are served, such as `http://127.0.0.1:9000`.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        format!("http://{}", self.rpc_address)
    }

    /// The address gRPC and gRPC-Web are served on.
    #[must_use]
    pub fn rpc_address(&self) -> SocketAddr {
        self.rpc_address
    }

    /// Where the faucet is served, if it is.
    #[must_use]
    pub fn faucet_url(&self) -> Option<String> {
        self.faucet_address
            .map(|address| format!("http://{address}"))
    }

    /// Where the admin service is, if it is on.
    #[must_use]
    pub fn admin_url(&self) -> Option<String> {
        self.admin_address
            .map(|address| format!("http://{address}"))
    }

    /// The ledger, to fund addresses, to control its clock and epochs, and to return to snapshots.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Write a snapshot of the ledger to a file, replacing it as a whole.
    ///
    /// [`LocalnetBuilder::with_snapshot_file`] goes on from there.
    ///
    /// # Errors
    ///
    /// [`LocalnetError::SnapshotFile`] if the file cannot be written.
    pub async fn save(&self, path: impl Into<PathBuf>) -> Result<(), LocalnetError> {
        let (ledger, path) = (Arc::clone(&self.ledger), path.into());
        let write = move || files::write(&path, &ledger.snapshot().to_bytes()?);
        tokio::task::spawn_blocking(write).await?
    }

    /// How long it took to start.
    #[must_use]
    pub fn boot_time(&self) -> Duration {
        self.boot_time
    }

    /// How many requests came in over the network so far, by method.
    #[must_use]
    pub fn request_counts(&self) -> RequestCounts {
        self.counters.snapshot()
    }

    /// What the services do wrong on purpose: nothing, unless told to.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Stop serving: open calls get a moment to end, then connections are closed.
    pub async fn shutdown(mut self) {
        // Calls that are held back on purpose would be waited for.
        self.faults.clear();
        self.stop.send_replace(true);
        for mut task in self.tasks.drain(..) {
            if tokio::time::timeout(SHUTDOWN_GRACE, &mut task)
                .await
                .is_err()
            {
                task.abort();
            }
        }
    }
}

impl Drop for Localnet {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
