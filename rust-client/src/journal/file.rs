//! The journal on disk: encrypted, append-only, and rewritten when it grows; `format` has the bytes.
//!
//! Every opening rewrites the journal under a fresh id. No nonce is ever used twice, whatever a crash left behind.

mod format;

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chacha20poly1305::{XChaCha20Poly1305, aead::KeyInit as _};
use sui_sdk_types::{Digest, Transaction, UserSignature};
use zeroize::Zeroizing;

use self::format::{HEADER, RecordRef, begun, code};
use super::{Book, InFlight, Journal, Outcome, Settled};
use crate::{
    Error, VaultError,
    key::{file, seal},
    vault::Lock,
};

/// Hundreds of the largest transactions in flight at once.
const MOST_BYTES: usize = 64 * 1_024 * 1_024;
/// A journal below this is not rewritten for its size.
const SMALL: usize = 1_024 * 1_024;

/// How much a journal's notes survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, however it ends. Costs microseconds for each action.
    #[default]
    Process,
    /// A power failure too. Each action waits for the disk twice.
    Power,
}

/// A journal in a file.
pub(crate) struct FileJournal {
    path: PathBuf,
    cipher: XChaCha20Poly1305,
    marks: Zeroizing<[u8; 32]>,
    durability: Durability,
    state: Mutex<State>,
    /// Held as long as anybody can write.
    _lock: Arc<Lock>,
}

struct State {
    book: Book,
    /// None after a failed write and once it is closed.
    page: Option<Page>,
    is_closed: bool,
    rewrite_at: usize,
}

/// The file under its present id.
struct Page {
    file: File,
    header: [u8; HEADER],
    records: u64,
    bytes: usize,
}

impl FileJournal {
    /// An empty journal in the place of whatever is there.
    pub(crate) fn create(
        path: PathBuf,
        key: &[u8; 32],
        durability: Durability,
        lock: Arc<Lock>,
    ) -> Result<Self, Error> {
        let journal = Self::new(path, key, durability, lock)?;
        journal.rewrite(&mut journal.lock())?;
        Ok(journal)
    }

    /// The journal that is there.
    pub(crate) fn open(
        path: PathBuf,
        key: &[u8; 32],
        durability: Durability,
        lock: Arc<Lock>,
    ) -> Result<Self, Error> {
        let journal = Self::new(path, key, durability, lock)?;
        let bytes = match file::read(&journal.path, MOST_BYTES) {
            Err(VaultError::Missing { .. }) => return Err(journal.damaged(0, "it is missing")),
            other => other?,
        };
        let mut state = journal.lock();
        state.book = journal.read(&bytes)?;
        journal.rewrite(&mut state)?;
        drop(state);
        Ok(journal)
    }

    fn new(
        path: PathBuf,
        key: &[u8; 32],
        durability: Durability,
        lock: Arc<Lock>,
    ) -> Result<Self, Error> {
        Ok(Self {
            path,
            cipher: XChaCha20Poly1305::new((&*seal::subkey(key, "valet journal records")?).into()),
            marks: seal::subkey(key, "valet journal marks")?,
            durability,
            state: Mutex::new(State {
                book: Book::default(),
                page: None,
                is_closed: false,
                rewrite_at: SMALL,
            }),
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn in_flight(&self) -> Vec<InFlight> {
        self.lock().book.in_flight()
    }

    pub(crate) fn settled(&self) -> Vec<Settled> {
        self.lock().book.settled()
    }

    /// Notes nothing new from now on: what is not noted is not sent. Outcomes are still taken in.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Writes nothing at all from now on: the file is about to go.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.page = None;
    }

    /// The state is whole whatever panicked beside it: what is not on the disk is not in the book.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what the book has into a new file, and puts that in the old one's place.
    fn rewrite(&self, state: &mut State) -> Result<(), Error> {
        let header = self.header()?;
        let mut bytes = header.to_vec();
        let mut records = 0;
        for Settled {
            label,
            digest,
            outcome,
        } in state.book.settled()
        {
            let record = RecordRef::Kept {
                label: &label,
                digest,
                outcome: code(outcome),
            };
            self.append(&mut bytes, &header, records, &record)?;
            records += 1;
        }
        for entry in state.book.in_flight() {
            self.append(&mut bytes, &header, records, &begun(&entry))?;
            records += 1;
        }
        file::replace(&self.path, &bytes)?;
        let file = file::options()
            .append(true)
            .open(&self.path)
            .map_err(file::failed(&self.path, "open"))?;
        state.rewrite_at = SMALL.max(2 * bytes.len());
        state.page = Some(Page {
            file,
            header,
            records,
            bytes: bytes.len(),
        });
        Ok(())
    }

    /// Adds a record at the end.
    fn write(&self, state: &mut State, record: &RecordRef<'_>) -> Result<(), Error> {
        if state.page.is_none() {
            self.rewrite(state)?;
        }
        let Some(page) = &mut state.page else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        self.append(&mut bytes, &page.header, page.records, record)?;
        let mut written = page.file.write_all(&bytes);
        if written.is_ok() && self.durability == Durability::Power {
            written = page.file.sync_data();
        }
        if let Err(error) = written {
            // What was not noted is not sent: it must not be found in the journal either. If this fails too, the next write
            // starts a new file.
            let _ = page.file.set_len(page.bytes as u64);
            state.page = None;
            return Err(file::failed(&self.path, "write")(error).into());
        }
        page.bytes += bytes.len();
        page.records += 1;
        Ok(())
    }

    fn rewrite_if_large(&self, state: &mut State) {
        let is_large = state
            .page
            .as_ref()
            .is_some_and(|page| page.bytes >= state.rewrite_at);
        if is_large && let Err(error) = self.rewrite(state) {
            // The file is as it was. Try again when it has grown as much again.
            tracing::warn!(%error, "the journal was not compacted");
            state.rewrite_at = state.rewrite_at.saturating_mul(2);
        }
    }
}

impl Journal for FileJournal {
    fn begin(
        &self,
        label: &str,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<(), Error> {
        let entry = InFlight::new(label, transaction, signatures);
        let mut state = self.lock();
        if state.is_closed {
            return Err(VaultError::LoggedOut {
                path: self.path.clone(),
            }
            .into());
        }
        if state.book.is_in_flight(entry.digest()) {
            return Ok(());
        }
        self.rewrite_if_large(&mut state);
        self.write(&mut state, &begun(&entry))?;
        state.book.begin(entry);
        Ok(())
    }

    fn end(&self, digest: Digest, outcome: Outcome) -> Result<(), Error> {
        let mut state = self.lock();
        if !state.book.end(digest, outcome) || (state.is_closed && state.page.is_none()) {
            return Ok(());
        }
        let record = RecordRef::Ended {
            digest,
            outcome: code(outcome),
        };
        self.write(&mut state, &record)
    }
}

impl std::fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileJournal")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
