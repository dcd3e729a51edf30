//! The book: what a sponsor has signed, and what it has spent.

mod sqlite;

use std::fmt::Debug;

use sui_sdk_types::{Address, Digest, Transaction, UserSignature};
use valet_client::{SponsorRefusal, Sponsored};

use crate::Limits;

pub use sqlite::SqliteBook;

/// A transaction that the sponsor has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The digest of the request.
    pub request: Digest,
    /// Who sends the transaction.
    pub sender: Address,
    /// Whether the request was proven to be the sender's.
    pub proven: bool,
    /// When it was signed, by the chain's clock, in milliseconds.
    pub at_ms: u64,
    /// The last epoch in which it can be executed.
    pub max_epoch: u64,
    /// The coin that pays, when it is not the address balance.
    pub coin: Option<Address>,
    /// What the sponsor answered.
    pub sponsored: Sponsored,
}

impl Entry {
    /// The digest of the transaction.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.sponsored.transaction.digest()
    }

    /// The most that it can cost, in MIST.
    #[must_use]
    pub fn budget(&self) -> u64 {
        self.sponsored.transaction.gas_payment.budget
    }

    fn parts(&self) -> (&Transaction, &UserSignature) {
        (&self.sponsored.transaction, &self.sponsored.signature)
    }
}

/// What a book says to a new entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is in the book now, with its whole budget.
    Entered,
    /// The request was answered before, with this.
    Before(Box<Sponsored>),
    /// The coin pays for another transaction.
    CoinTaken,
    /// A limit is used up. Nothing was entered.
    Refused(SponsorRefusal),
}

/// A transaction whose outcome the book does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its digest.
    pub transaction: Digest,
    /// The last epoch in which it can be executed.
    pub max_epoch: u64,
    /// The coin that pays.
    pub coin: Option<Address>,
}

/// What was used, with open transactions at their whole budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// In MIST.
    pub mist: u64,
    /// In transactions.
    pub transactions: u64,
}

/// How much of the limits is used at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// By the sender in the last seven days.
    pub sender: Used,
    /// Today, by those who prove their requests.
    pub day: Used,
    /// Today, by all others.
    pub unproven_day: Used,
}

/// Remembers what was signed. What it has said to be entered is on the disk, and counts after a restart.
///
/// Its methods block; the service calls them where that is allowed.
pub trait Book: Send + Sync + Debug {
    /// What the request was answered with, if it was.
    ///
    /// # Errors
    /// [`BookError`].
    fn find(&self, request: Digest) -> Result<Option<Sponsored>, BookError>;

    /// Compares an entry with the limits and enters it, in one step that no other call can come between.
    ///
    /// # Errors
    /// [`BookError`]. Nothing was entered then.
    fn reserve(&self, entry: &Entry, limits: &Limits) -> Result<Reserved, BookError>;

    /// Notes what an open transaction cost, in MIST, in place of its budget.
    ///
    /// # Errors
    /// [`BookError`].
    fn settle(&self, transaction: Digest, cost: u64) -> Result<(), BookError>;

    /// Gives back what was reserved for an open transaction that can no longer be executed.
    ///
    /// # Errors
    /// [`BookError`].
    fn release(&self, transaction: Digest) -> Result<(), BookError>;

    /// The transactions whose outcome is not known.
    ///
    /// # Errors
    /// [`BookError`].
    fn open(&self) -> Result<Vec<Open>, BookError>;

    /// How much is used.
    ///
    /// # Errors
    /// [`BookError`].
    fn usage(&self, sender: Address, now_ms: u64) -> Result<Usage, BookError>;
}

/// Why a book cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// The file cannot be used.
    #[error(
        "the sponsor's book cannot be used ({0}); check the file and the disk, or name another"
    )]
    Sqlite(#[from] rusqlite::Error),
    /// It was written by another version.
    #[error(
        "the sponsor's book has layout {found}, this version reads {expected}; name another file"
    )]
    Layout {
        /// The layout of the file.
        found: i64,
        /// What this version reads.
        expected: i64,
    },
    /// Another sponsor uses it.
    #[error("another sponsor writes to this book; stop it, or name another file")]
    InUse,
    /// An entry cannot be read or written.
    #[error("an entry of the sponsor's book is not readable ({reason}); name another file")]
    Entry {
        /// Why.
        reason: String,
    },
}
