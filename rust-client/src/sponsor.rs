//! Somebody else who pays for gas.
//!
//! A sponsor answers a [`SponsorRequest`] with the whole transaction and its signature as the gas owner. Nothing of that
//! answer is trusted: [`Sponsored::verify`] compares it with the request before anybody signs it for the sender.

mod check;
mod execute;
mod refusal;
mod request;

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use sui_sdk_types::Address;

pub use check::{Mismatch, Sponsored};
pub(crate) use execute::run_sponsored;
pub use refusal::{SponsorRefusal, Violation};
pub use request::SponsorRequest;

/// Pays for the gas of transactions that it agrees with.
///
/// ```
/// use async_trait::async_trait;
/// use sui_sdk_types::{Address, GasPayment, Transaction, TransactionKind};
/// use valet_client::{KeyOwner, Owner, Sponsor, SponsorError, SponsorRequest, Sponsored};
///
/// /// Pays for anything: for a test network.
/// #[derive(Debug)]
/// struct Generous(KeyOwner);
///
/// #[async_trait]
/// impl Sponsor for Generous {
///     fn address(&self) -> Address {
///         self.0.address()
///     }
///
///     async fn sponsor(&self, request: &SponsorRequest) -> Result<Sponsored, SponsorError> {
///         let transaction = Transaction {
///             kind: TransactionKind::ProgrammableTransaction(request.ptb.clone()),
///             sender: request.sender,
///             gas_payment: GasPayment {
///                 objects: Vec::new(),
///                 owner: self.address(),
///                 price: request.max_price,
///                 budget: request.max_budget,
///             },
///             expiration: request.expiration(request.max_epoch.saturating_sub(1)),
///         };
///         let signature = self.0.sign_transaction(&transaction).await;
///         let signature = signature.map_err(|error| SponsorError::Failed { reason: error.to_string() })?;
///         Ok(Sponsored { transaction, signature })
///     }
/// }
/// ```
#[async_trait]
pub trait Sponsor: Send + Sync + Debug {
    /// The address that pays.
    fn address(&self) -> Address;

    /// Agrees to pay for a transaction: completes it with gas and an expiration, and signs it as the gas owner. The same
    /// request again gets the same answer, and counts once.
    ///
    /// # Errors
    /// [`SponsorError::Refused`] when the sponsor does not pay for this; otherwise why it could not be asked. Nothing has
    /// been sent to the network then.
    async fn sponsor(&self, request: &SponsorRequest) -> Result<Sponsored, SponsorError>;
}

/// Why a transaction has no sponsor. Nothing was sent to the network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SponsorError {
    /// The sponsor does not pay for this.
    #[error("the sponsor refuses: {0}; {remedy}", remedy = .0.remedy())]
    Refused(SponsorRefusal),
    /// The sponsor answered with something else than what was asked for. Nothing was signed for the sender.
    #[error(
        "the sponsor's answer is not what was asked for ({0}); nothing was signed, use another sponsor"
    )]
    Mismatch(Mismatch),
    /// Nobody answers at the sponsor's address.
    #[error("no sponsor answers at {url} ({reason}); check the address and that it is running")]
    Unreachable {
        /// The sponsor's address.
        url: String,
        /// What the connection attempt said.
        reason: String,
    },
    /// The sponsor did not answer in time. Asking again with the same request is safe.
    #[error("the sponsor did not answer within {after:?}; ask again with the same request")]
    Timeout {
        /// The time-out.
        after: Duration,
    },
    /// The sponsor's answer cannot be read.
    #[error(
        "the sponsor's answer cannot be read ({reason}); check that this is a sponsor's address"
    )]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The sponsor failed. Asking again with the same request is safe.
    #[error(
        "the sponsor failed ({reason}); ask again with the same request, or use another sponsor"
    )]
    Failed {
        /// Why.
        reason: String,
    },
}
