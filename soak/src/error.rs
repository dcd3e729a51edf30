//! Why a run could not be made.

use valet_client::ptb::PtbError;
use valet_localnet::ledger::{LedgerError, Rejection};

/// Why a run could not be made. What a run finds is not an error but a [`Violation`](crate::Violation).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Move packages do not compile, or a tool is missing.
    #[error(transparent)]
    Toolchain(#[from] valet_toolchain::Error),
    /// The ledger does not start or its faucet does not pay.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger refuses a transaction that prepares a run.
    #[error("a transaction that prepares the run was refused: {0}")]
    Rejected(#[from] Rejection),
    /// A transaction cannot be built.
    #[error(transparent)]
    Ptb(#[from] PtbError),
    /// A transaction that prepares a run fails.
    #[error("preparing the run failed at {what}: {reason}")]
    Setup {
        /// What was being done.
        what: &'static str,
        /// What was found.
        reason: String,
    },
    /// A script cannot be read.
    #[error("the script {path} cannot be read: {reason}")]
    Script {
        /// Its file.
        path: String,
        /// Why.
        reason: String,
    },
}

impl Error {
    pub(crate) fn setup(what: &'static str, reason: impl ToString) -> Self {
        Self::Setup {
            what,
            reason: reason.to_string(),
        }
    }
}
