//! Why a localnet does not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::ledger::LedgerError;

/// Why a [`Localnet`](crate::Localnet) did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalnetError {
    /// Another program listens where a service should.
    #[error(
        "the {service} port {} on {} is in use: stop the program that listens there, or choose another port \
         (0 takes any free one)",
        address.port(),
        address.ip()
    )]
    PortInUse {
        /// Whose port it is: `gRPC`, `faucet` or `admin`.
        service: &'static str,
        /// The address that is taken.
        address: SocketAddr,
    },
    /// A service cannot listen for another reason.
    #[error("cannot listen on {address} for the {service} service: {source}")]
    Listen {
        /// Whose address it is: `gRPC`, `faucet` or `admin`.
        service: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The Move framework cannot be built: a tool is missing or its cache is broken.
    #[error(transparent)]
    Toolchain(#[from] valet_toolchain::Error),
    /// A file with a snapshot cannot be read or written.
    #[error("the snapshot {} cannot be {doing}: {source}", path.display())]
    SnapshotFile {
        /// The file.
        path: PathBuf,
        /// What was tried: `read` or `written`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The ledger cannot be made of the framework and the configuration, or of the snapshot.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The work was cut off, because the runtime is shutting down.
    #[error("starting was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}
