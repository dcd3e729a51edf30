//! What a sponsor is asked.

use serde::Serialize;
use sui_crypto::{SuiVerifier, UserSignatureVerifier};
use sui_sdk_types::{
    Address, Digest, PersonalMessage, ProgrammableTransaction, TransactionExpiration,
    UserSignature, hash::Hasher,
};

/// A transaction that needs a sponsor, and the most that its sender accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SponsorRequest {
    /// What is to be executed. It must not use the gas coin: that is the sponsor's.
    pub ptb: ProgrammableTransaction,
    /// Who sends it: a session key, or an owner.
    pub sender: Address,
    /// The digest of the network's genesis checkpoint.
    pub chain_id: Digest,
    /// The last epoch in which the sender lets it be executed.
    pub max_epoch: u64,
    /// Tells this transaction from every other of the sender's. The sender chooses it, so that a sponsor cannot pass off
    /// an old transaction as a new one.
    pub nonce: u32,
    /// The highest gas price that the sender accepts, in MIST.
    pub max_price: u64,
    /// The highest gas budget that the sender accepts, in MIST.
    pub max_budget: u64,
    /// The sender's signature on [`message`](Self::message): that the request is the sender's own. Sponsors give requests
    /// without one a purse of their own, or none, because anybody could make them.
    pub proof: Option<UserSignature>,
}

/// What the digest covers: everything but the proof.
#[derive(Serialize)]
struct Asked<'a> {
    ptb: &'a ProgrammableTransaction,
    sender: &'a Address,
    chain_id: &'a Digest,
    max_epoch: u64,
    nonce: u32,
    max_price: u64,
    max_budget: u64,
}

impl SponsorRequest {
    /// What the message to sign begins with, so that it is never mistaken for another.
    const DOMAIN: &'static [u8] = b"valet sponsor request v1\n";

    /// Identifies the request, whether it has a proof or not: the same request twice is one.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let asked = Asked {
            ptb: &self.ptb,
            sender: &self.sender,
            chain_id: &self.chain_id,
            max_epoch: self.max_epoch,
            nonce: self.nonce,
            max_price: self.max_price,
            max_budget: self.max_budget,
        };
        let mut hasher = Hasher::new();
        hasher.update(Self::DOMAIN);
        // Only a sequence of more than 2^31 entries has no encoding, and no memory holds one here.
        hasher.update(bcs::to_bytes(&asked).unwrap_or_default());
        hasher.finalize()
    }

    /// The personal message that proves the request to be the sender's.
    #[must_use]
    pub fn message(&self) -> PersonalMessage<'static> {
        let text = format!("valet sponsor request v1\n{}", self.digest());
        PersonalMessage(text.into_bytes().into())
    }

    /// Whether the proof is there and the sender's.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| {
            let verified =
                UserSignatureVerifier::new().verify_personal_message(&self.message(), proof);
            verified.is_ok() && proof.derive_addresses().any(|signer| signer == self.sender)
        })
    }

    /// The expiration that the transaction must have when `epoch` is the current one: it ends with the next epoch, or
    /// earlier if the sender says so.
    #[must_use]
    pub fn expiration(&self, epoch: u64) -> TransactionExpiration {
        TransactionExpiration::ValidDuring {
            min_epoch: Some(epoch),
            max_epoch: Some(epoch.saturating_add(1).min(self.max_epoch)),
            min_timestamp: None,
            max_timestamp: None,
            chain: self.chain_id,
            nonce: self.nonce,
        }
    }
}
