//! What a journal knows, wherever it keeps it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
};

use sui_sdk_types::{Digest, SignedTransaction, Transaction, UserSignature};

use super::Outcome;

/// A transaction that was signed to be sent, and whose outcome is not certain.
#[derive(Clone, PartialEq, Eq)]
pub struct InFlight {
    label: String,
    digest: Digest,
    signed: SignedTransaction,
}

impl InFlight {
    pub(crate) fn new(
        label: &str,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Self {
        let signed = SignedTransaction {
            transaction: transaction.clone(),
            signatures: signatures.to_vec(),
        };
        Self::of_signed(label.to_owned(), signed)
    }

    pub(crate) fn of_signed(label: String, signed: SignedTransaction) -> Self {
        Self {
            label,
            digest: signed.transaction.digest(),
            signed,
        }
    }

    /// What its sender called it, with [`Session::labelled`](crate::Session::labelled); else empty.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The transaction with its signatures.
    #[must_use]
    pub fn signed_transaction(&self) -> &SignedTransaction {
        &self.signed
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight")
            .field("label", &self.label)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// A transaction whose outcome is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// What its sender called it.
    pub label: String,
    /// Its digest.
    pub digest: Digest,
    /// How it ended.
    pub outcome: Outcome,
}

/// The transactions in flight, and how the latest others ended.
#[derive(Debug, Default)]
pub(crate) struct Book {
    next: u64,
    in_flight: BTreeMap<u64, InFlight>,
    places: HashMap<Digest, u64>,
    settled: VecDeque<Settled>,
}

impl Book {
    /// How many outcomes are kept.
    const KEPT: usize = 1_024;

    pub(crate) fn begin(&mut self, entry: InFlight) {
        // The same bytes sent twice are one transaction.
        if self.places.contains_key(&entry.digest) {
            return;
        }
        self.places.insert(entry.digest, self.next);
        self.in_flight.insert(self.next, entry);
        self.next += 1;
    }

    /// Whether it was in flight.
    pub(crate) fn end(&mut self, digest: Digest, outcome: Outcome) -> bool {
        let Some(entry) = self
            .places
            .remove(&digest)
            .and_then(|place| self.in_flight.remove(&place))
        else {
            return false;
        };
        self.keep(Settled {
            label: entry.label,
            digest,
            outcome,
        });
        true
    }

    pub(crate) fn keep(&mut self, settled: Settled) {
        if self.settled.len() == Self::KEPT {
            self.settled.pop_front();
        }
        self.settled.push_back(settled);
    }

    pub(crate) fn is_in_flight(&self, digest: Digest) -> bool {
        self.places.contains_key(&digest)
    }

    pub(crate) fn in_flight(&self) -> Vec<InFlight> {
        self.in_flight.values().cloned().collect()
    }

    pub(crate) fn settled(&self) -> Vec<Settled> {
        self.settled.iter().cloned().collect()
    }
}
