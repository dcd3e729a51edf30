//! An owner whose signature is written down before it is used.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use sui_sdk_types::{Address, Digest, Transaction, UserSignature};

use crate::{
    Error, Owner,
    journal::{self, Journal, Outcome},
};

/// Notes what an owner signs, as if it were sent with the signature: from then on it may be.
pub(super) struct Noting<'a> {
    owner: &'a dyn Owner,
    journal: &'a dyn Journal,
    label: &'static str,
    signed: Mutex<Option<Digest>>,
}

impl<'a> Noting<'a> {
    pub(super) fn new(owner: &'a dyn Owner, journal: &'a dyn Journal, label: &'static str) -> Self {
        Self {
            owner,
            journal,
            label,
            signed: Mutex::new(None),
        }
    }

    /// Notes what became of it, if that is certain.
    pub(super) fn note<T>(&self, outcome: &Result<T, Error>) {
        let signed = *self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(digest), Some(outcome)) = (signed, Outcome::of(outcome)) {
            journal::note(self.journal, digest, outcome);
        }
    }
}

#[async_trait]
impl Owner for Noting<'_> {
    fn address(&self) -> Address {
        self.owner.address()
    }

    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        let signature = self.owner.sign_transaction(transaction).await?;
        self.journal
            .begin(self.label, transaction, std::slice::from_ref(&signature))?;
        *self.signed.lock().unwrap_or_else(PoisonError::into_inner) = Some(transaction.digest());
        Ok(signature)
    }
}
