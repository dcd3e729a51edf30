//! What can go wrong when a sponsor is asked.

use valet_client::{SponsorError, SponsorRefusal};

use crate::BookError;

/// Why a service did not sign. Whatever it is, asking again with the same request is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// It does not pay for this.
    #[error("{0}; {remedy}", remedy = .0.remedy())]
    Refused(SponsorRefusal),
    /// The book cannot be read or written. Nothing was given out.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The node does not answer as it should.
    #[error(transparent)]
    Network(#[from] valet_client::Error),
    /// The node refused a request.
    #[error("the node did not answer {what} ({reason}); try again, or use another node")]
    Node {
        /// The call.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// The configuration cannot be used.
    #[error("the sponsor's configuration cannot be used: {reason}")]
    Config {
        /// Why.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address} ({reason}); stop the program that does, or choose another port"
    )]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        reason: String,
    },
    /// A task of the service did not end as it should.
    #[error("the sponsor failed inside ({reason}); restart it")]
    Internal {
        /// How.
        reason: String,
    },
}

impl From<SponsorRefusal> for ServiceError {
    fn from(refusal: SponsorRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ServiceError> for SponsorError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Failed {
                reason: other.to_string(),
            },
        }
    }
}
