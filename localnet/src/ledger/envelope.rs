//! A transaction on its way in: encoded once, and hashed as its sender and the chain hash it.

use sui_crypto::{UserSignatureVerifier, Verifier};
use sui_sdk_types::{
    Digest, Intent, IntentAppId, IntentScope, IntentVersion, Transaction, UserSignature,
};

use super::checks;
use super::protocol::ProtocolConfig;
use super::rejection::Rejection;
use super::signatures;
use crate::canonical;

/// What the digest of a transaction is salted with.
const SALT: &str = "TransactionData::";
/// What a signature of a transaction says that it is for.
const INTENT: Intent = Intent {
    scope: IntentScope::TransactionData,
    version: IntentVersion::V0,
    app_id: IntentAppId::Sui,
};

/// The bytes of a transaction. They are hashed twice, and writing them out takes as long as hashing them.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    transaction: &'a Transaction,
    bytes: Vec<u8>,
}

impl<'a> Envelope<'a> {
    /// Encodes a transaction of a size and a kind that users may send.
    pub(crate) fn new(
        transaction: &'a Transaction,
        protocol: &ProtocolConfig,
    ) -> Result<Self, Rejection> {
        let bytes = bcs::to_bytes(transaction).map_err(|error| Rejection::Unencodable {
            reason: error.to_string(),
        })?;
        checks::check_size(bytes.len(), protocol)?;
        checks::programmable(transaction)?;
        Ok(Self { transaction, bytes })
    }

    /// The transaction's digest.
    pub(crate) fn digest(&self) -> Digest {
        Digest::new(self.hashed(SALT.as_bytes()))
    }

    /// Checks that everybody signed it who has to.
    pub(crate) fn check_signatures(&self, given: &[UserSignature]) -> Result<(), Rejection> {
        let message = self.hashed(&INTENT.to_bytes());
        let verifier = UserSignatureVerifier::new();
        signatures::check(self.transaction, given, |signature| {
            verifier.verify(&message, signature)
        })
    }

    fn hashed(&self, prefix: &[u8]) -> [u8; 32] {
        canonical::salted_hash(prefix, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sui_sdk_types::{
        Address, GasPayment, ProgrammableTransaction, TransactionExpiration, TransactionKind,
    };

    #[test]
    fn it_is_hashed_as_the_sdk_hashes_it() {
        let sender = Address::new([7; 32]);
        let transaction = Transaction {
            kind: TransactionKind::ProgrammableTransaction(ProgrammableTransaction {
                inputs: Vec::new(),
                commands: Vec::new(),
            }),
            sender,
            gas_payment: GasPayment {
                objects: Vec::new(),
                owner: sender,
                price: 1_000,
                budget: 5_000_000,
            },
            expiration: TransactionExpiration::None,
        };
        let envelope = Envelope::new(&transaction, &ProtocolConfig::default()).expect("small");
        assert_eq!(envelope.digest(), transaction.digest());
        assert_eq!(
            envelope.hashed(&INTENT.to_bytes()),
            transaction.signing_digest()
        );
    }
}
