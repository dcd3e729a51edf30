//! Signatures: they must verify, and they must be of exactly those who have to sign.

use std::collections::BTreeSet;

use sui_crypto::SignatureError;
use sui_sdk_types::{Address, Transaction, UserSignature};

use super::rejection::Rejection;

/// Check that the sender, and the gas owner if it is somebody else, signed, and nobody else did.
///
/// `verify` only says that a signature of exactly this transaction fits its own public key; that the key belongs to a required
/// signer is checked here.
pub(crate) fn check(
    transaction: &Transaction,
    signatures: &[UserSignature],
    verify: impl Fn(&UserSignature) -> Result<(), SignatureError>,
) -> Result<(), Rejection> {
    let required = BTreeSet::from([transaction.sender, transaction.gas_payment.owner]);
    if signatures.len() != required.len() {
        return Err(Rejection::SignatureCount {
            expected: required.len(),
            found: signatures.len(),
        });
    }
    let mut signers = Vec::new();
    for signature in signatures {
        verify(signature).map_err(|error| Rejection::InvalidSignature {
            reason: causes(&error),
        })?;
        signers.extend(signature.derive_addresses());
    }
    match required.iter().find(|address| !signers.contains(address)) {
        None => Ok(()),
        Some(missing) => Err(Rejection::MissingSignature {
            required: *missing,
            signers,
        }),
    }
}

/// What the verifier said; its own message hides the cause behind `source`.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    reason
}

/// Whose signatures a transaction needs: the sender first.
pub(crate) fn sponsor(transaction: &Transaction) -> Option<Address> {
    (transaction.gas_payment.owner != transaction.sender).then_some(transaction.gas_payment.owner)
}
