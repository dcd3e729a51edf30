//! What is in flight, written down before it leaves.

mod book;
mod file;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sui_sdk_types::{Digest, Transaction, UserSignature};

use crate::Error;

pub(crate) use book::Book;
pub use book::{InFlight, Settled};
pub use file::Durability;
pub(crate) use file::FileJournal;

/// Where a session writes down what it sends, so that a kill at any moment loses and doubles nothing.
///
/// A session without a journal (the default) writes nothing down, and pays nothing for it. [`Vault`](crate::Vault) keeps an encrypted one on disk;
/// [`MemoryJournal`] is for those who keep their own books.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Notes a signed transaction. It is sent only after this returned.
    ///
    /// # Errors
    /// Whatever keeps it from being noted. It is not sent then.
    fn begin(
        &self,
        label: &str,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<(), Error>;

    /// Notes that a transaction's outcome is certain. One that was never noted as begun is ignored.
    ///
    /// # Errors
    /// Whatever keeps it from being noted. The outcome is certain nevertheless, and is asked for again after a restart.
    fn end(&self, digest: Digest, outcome: Outcome) -> Result<(), Error>;
}

/// How a transaction ended, once that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It was executed and succeeded.
    Succeeded,
    /// It was executed and failed: nothing changed but the gas.
    Failed,
    /// The network refused it, or it never left: nothing changed.
    NotExecuted,
}

impl Outcome {
    /// What an answer says for certain; `None` while the transaction may still be executed.
    pub(crate) fn of<T>(answer: &Result<T, Error>) -> Option<Self> {
        match answer {
            Ok(_) => Some(Self::Succeeded),
            Err(error) => Self::of_error(error),
        }
    }

    /// As [`of`](Self::of), for an answer that is an error.
    pub(crate) fn of_error(error: &Error) -> Option<Self> {
        match error {
            error if error.failure().is_some() => Some(Self::Failed),
            Error::Rejected { .. } | Error::InsufficientGas { .. } | Error::Unreachable { .. } => {
                Some(Self::NotExecuted)
            }
            // Unknown, or the node's word for it cannot be believed.
            _ => None,
        }
    }
}

/// Notes what an answer says for certain. That it could not be noted takes nothing away from the answer.
pub(crate) fn note_answer<T>(
    journal: Option<&dyn Journal>,
    digest: Digest,
    answer: &Result<T, Error>,
) {
    if let (Some(journal), Some(outcome)) = (journal, Outcome::of(answer)) {
        note(journal, digest, outcome);
    }
}

/// Notes an outcome, or says in the log that it could not be noted.
pub(crate) fn note(journal: &dyn Journal, digest: Digest, outcome: Outcome) {
    if let Err(error) = journal.end(digest, outcome) {
        tracing::warn!(%digest, %error, "an outcome was not noted; it will be asked for again");
    }
}

/// A journal in memory: which transactions are in flight, and how the latest ended.
///
/// ```
/// use std::sync::Arc;
/// use valet_client::{MemoryJournal, SessionOptions};
///
/// let journal = Arc::new(MemoryJournal::default());
/// let options = SessionOptions::new().with_journal(journal.clone());
/// // … play with these options, then look:
/// assert!(journal.in_flight().is_empty());
/// # drop(options);
/// ```
#[derive(Debug, Default)]
pub struct MemoryJournal {
    book: Mutex<Book>,
}

impl MemoryJournal {
    /// The transactions whose outcome is not certain, in the order in which they were sent.
    #[must_use]
    pub fn in_flight(&self) -> Vec<InFlight> {
        self.lock().in_flight()
    }

    /// How the latest transactions ended, the oldest first: the last 1,024 of them.
    #[must_use]
    pub fn settled(&self) -> Vec<Settled> {
        self.lock().settled()
    }

    /// The book is valid whatever panicked beside it.
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn begin(
        &self,
        label: &str,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<(), Error> {
        self.lock()
            .begin(InFlight::new(label, transaction, signatures));
        Ok(())
    }

    fn end(&self, digest: Digest, outcome: Outcome) -> Result<(), Error> {
        self.lock().end(digest, outcome);
        Ok(())
    }
}
