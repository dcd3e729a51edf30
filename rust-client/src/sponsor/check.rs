//! What a sponsor answers, and whether it is what was asked for.

use sui_crypto::{SuiVerifier, UserSignatureVerifier};
use sui_sdk_types::{
    Address, Input, Transaction, TransactionExpiration, TransactionKind, UserSignature,
};

use super::{SponsorError, SponsorRequest};

/// A transaction that its sponsor has signed. It needs the sender's signature besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsored {
    /// The transaction, complete.
    pub transaction: Transaction,
    /// The sponsor's signature on it.
    pub signature: UserSignature,
}

/// How a sponsor's answer differs from what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The commands or inputs are others.
    #[error("it does something else")]
    Kind,
    /// Somebody else is to send it.
    #[error("its sender is {found}")]
    Sender {
        /// Who.
        found: Address,
    },
    /// Somebody else than the sponsor is to pay: the sender, perhaps.
    #[error("{found} is to pay for it")]
    GasOwner {
        /// Who.
        found: Address,
    },
    /// An object of the transaction is to pay for it.
    #[error("it pays with {object}, which it uses")]
    GasObject {
        /// The object.
        object: Address,
    },
    /// The gas price is above what the sender accepts.
    #[error("its gas price is {found} MIST, above {max}")]
    Price {
        /// The price.
        found: u64,
        /// The cap.
        max: u64,
    },
    /// The gas budget is above what the sender accepts.
    #[error("its gas budget is {found} MIST, above {max}")]
    Budget {
        /// The budget.
        found: u64,
        /// The cap.
        max: u64,
    },
    /// It is valid on another chain, for too long, or is not a new transaction.
    #[error("its validity is not within what was asked for")]
    Expiration,
    /// The sponsor's signature is wrong, or somebody else's.
    #[error("its signature is not the sponsor's")]
    Signature,
}

impl Sponsored {
    /// Checks that this is what was asked for, that `sponsor` pays for it and signed it, and that it ends in time. Sign a
    /// sponsor's transaction only after this.
    ///
    /// # Errors
    /// [`SponsorError::Mismatch`] with the first difference.
    pub fn verify(&self, request: &SponsorRequest, sponsor: Address) -> Result<(), SponsorError> {
        self.compare(request, sponsor)
            .map_err(SponsorError::Mismatch)
    }

    fn compare(&self, request: &SponsorRequest, sponsor: Address) -> Result<(), Mismatch> {
        let TransactionKind::ProgrammableTransaction(ptb) = &self.transaction.kind else {
            return Err(Mismatch::Kind);
        };
        if *ptb != request.ptb {
            return Err(Mismatch::Kind);
        }
        if self.transaction.sender != request.sender {
            return Err(Mismatch::Sender {
                found: self.transaction.sender,
            });
        }
        let gas = &self.transaction.gas_payment;
        if gas.owner != sponsor || gas.owner == request.sender {
            return Err(Mismatch::GasOwner { found: gas.owner });
        }
        let spent = gas.objects.iter().find(|paying| {
            ptb.inputs.iter().any(|input| match input {
                Input::ImmutableOrOwned(used) | Input::Receiving(used) => {
                    used.object_id() == paying.object_id()
                }
                _ => false,
            })
        });
        if let Some(object) = spent {
            return Err(Mismatch::GasObject {
                object: *object.object_id(),
            });
        }
        if gas.price > request.max_price {
            return Err(Mismatch::Price {
                found: gas.price,
                max: request.max_price,
            });
        }
        if gas.budget > request.max_budget {
            return Err(Mismatch::Budget {
                found: gas.budget,
                max: request.max_budget,
            });
        }
        if !ends_in_time(&self.transaction.expiration, request) {
            return Err(Mismatch::Expiration);
        }
        let signed = UserSignatureVerifier::new()
            .verify_transaction(&self.transaction, &self.signature)
            .is_ok();
        if signed && self.signature.derive_addresses().any(|by| by == sponsor) {
            return Ok(());
        }
        Err(Mismatch::Signature)
    }
}

/// Whether it is this request's transaction, on this chain, and over in time. Without the nonce a sponsor could hand out an
/// old transaction again, and the sender would take its outcome for the new one's.
fn ends_in_time(expiration: &TransactionExpiration, request: &SponsorRequest) -> bool {
    match expiration {
        TransactionExpiration::ValidDuring {
            min_epoch: Some(min),
            max_epoch: Some(max),
            min_timestamp: None,
            max_timestamp: None,
            chain,
            nonce,
        } => {
            *chain == request.chain_id
                && *nonce == request.nonce
                && min <= max
                && *max <= request.max_epoch
        }
        _ => false,
    }
}
