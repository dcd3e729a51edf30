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
    /// The client cannot do what is to be measured.
    #[error(transparent)]
    Client(Box<valet_client::Error>),
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
    /// Something happened that must not, in a run that only prepares something else.
    #[error("the run found a violation: {what}; `cargo xtask soak` shortens it")]
    Violation {
        /// What happened.
        what: String,
    },
    /// A package that was named cannot be read.
    #[error(
        "the package at {path} cannot be read: {reason}; name a folder with a Move.toml and sources"
    )]
    Package {
        /// Its folder.
        path: String,
        /// Why.
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

impl From<valet_client::Error> for Error {
    fn from(error: valet_client::Error) -> Self {
        Self::Client(Box::new(error))
    }
}

impl Error {
    /// Whether it is the packages that do not do what every run begins with, and not a tool or a file that is missing.
    #[must_use]
    pub fn is_misbehaviour(&self) -> bool {
        matches!(
            self,
            Self::Rejected(_) | Self::Setup { .. } | Self::Violation { .. }
        )
    }

    pub(crate) fn setup(what: &'static str, reason: impl ToString) -> Self {
        Self::Setup {
            what,
            reason: reason.to_string(),
        }
    }
}
