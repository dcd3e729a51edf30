//! The journal on disk: encrypted, append-only, and rewritten when it grows.
//!
//! ```text
//! header   "VALETJNL", version 1, a random id of 16 bytes, a tag of 8
//! record   length u32 little-endian, a tag of 8, XChaCha20-Poly1305 with 16 more bytes than the record
//! ```
//!
//! A record's nonce is the journal's id and the record's number, its associated data the header: records can be neither moved,
//! repeated, left out in the middle nor taken from another journal. The tags are keyed too, so that a length that was changed is
//! told from a record that a crash cut short. That one is dropped; everything else that does not fit is an error. Whoever can
//! write to the folder can still cut the journal at its end, or put an older copy of it in place; the chain has the truth.
//!
//! Every opening rewrites the journal under a fresh id. No nonce is ever used twice, whatever a crash left behind.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use blake2::{
    Blake2bMac,
    digest::{FixedOutput as _, Mac as _, consts::U8},
};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{AeadInOut as _, KeyInit as _},
};
use serde::{Deserialize, Serialize};
use sui_sdk_types::{Digest, SignedTransaction, Transaction, UserSignature};
use zeroize::Zeroizing;

use super::{Book, InFlight, Journal, Outcome, Settled};
use crate::{
    Error, VaultError,
    key::{file, seal},
    vault::Lock,
};

const MAGIC: &[u8; 8] = b"VALETJNL";
const VERSION: u8 = 1;
const ID: usize = 16;
const MARK: usize = 8;
const HEADER: usize = 8 + 1 + ID + MARK;
const FRAME: usize = 4 + MARK;
const TAG: usize = 16;
/// The largest transaction, its signatures and a label of some kilobytes.
const MOST_RECORD: usize = 160 * 1_024;
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

#[derive(Deserialize)]
enum Record {
    Begun {
        label: String,
        signed: Box<SignedTransaction>,
    },
    Ended {
        digest: Digest,
        outcome: u8,
    },
    /// How a transaction ended that is not in the journal any more.
    Kept {
        label: String,
        digest: Digest,
        outcome: u8,
    },
}

/// [`Record`], borrowed.
#[derive(Serialize)]
enum RecordRef<'a> {
    Begun {
        label: &'a str,
        signed: &'a SignedTransaction,
    },
    Ended {
        digest: Digest,
        outcome: u8,
    },
    Kept {
        label: &'a str,
        digest: Digest,
        outcome: u8,
    },
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

    fn append(
        &self,
        bytes: &mut Vec<u8>,
        header: &[u8; HEADER],
        number: u64,
        record: &RecordRef<'_>,
    ) -> Result<(), Error> {
        let mut body = bcs::to_bytes(record).map_err(|error| Error::Malformed {
            what: "the journal",
            reason: error.to_string(),
        })?;
        let size = body.len();
        let too_large = || VaultError::RecordTooLarge { size };
        if size > MOST_RECORD {
            return Err(too_large().into());
        }
        self.cipher
            .encrypt_in_place(&nonce(header, number), header, &mut body)
            .map_err(|_| too_large())?;
        let length = u32::try_from(body.len()).map_err(|_| too_large())?;
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.mark(&[id(header), &number.to_le_bytes(), &length.to_le_bytes()])?);
        bytes.extend(body);
        Ok(())
    }

    fn read(&self, bytes: &[u8]) -> Result<Book, Error> {
        let header = self.read_header(bytes)?;
        let mut book = Book::default();
        let mut rest = &bytes[HEADER..];
        let mut number = 0;
        while let Some((record, after)) = self.read_record(&header, number, rest)? {
            match record {
                Record::Begun { label, signed } => {
                    book.begin(InFlight::of_signed(label, *signed));
                }
                Record::Ended { digest, outcome } => {
                    book.end(digest, self.outcome(number, outcome)?);
                }
                Record::Kept {
                    label,
                    digest,
                    outcome,
                } => book.keep(Settled {
                    label,
                    digest,
                    outcome: self.outcome(number, outcome)?,
                }),
            }
            rest = after;
            number += 1;
        }
        Ok(book)
    }

    fn read_header(&self, bytes: &[u8]) -> Result<[u8; HEADER], Error> {
        let header: [u8; HEADER] = bytes
            .get(..HEADER)
            .and_then(|header| header.try_into().ok())
            .ok_or_else(|| self.damaged(0, "its beginning is missing"))?;
        if &header[..8] != MAGIC {
            return Err(self.damaged(0, "it is not a journal"));
        }
        if header[8] != VERSION {
            return Err(self.damaged(0, "it has an unknown version"));
        }
        let (start, mark) = header.split_at(HEADER - MARK);
        if self.mark(&[start])? != mark {
            return Err(self.damaged(0, "it is another vault's, or its beginning was changed"));
        }
        Ok(header)
    }

    /// The next record and what comes after it; `None` at the end, or at a record that a crash cut short.
    fn read_record<'a>(
        &self,
        header: &[u8; HEADER],
        number: u64,
        rest: &'a [u8],
    ) -> Result<Option<(Record, &'a [u8])>, Error> {
        // A power failure may leave the length of what was written, and zeros in its place.
        let is_blank = rest.iter().all(|byte| *byte == 0);
        let Some((frame, rest)) = rest.split_at_checked(FRAME).filter(|_| !is_blank) else {
            return Ok(None);
        };
        let (length, mark) = frame.split_at(4);
        if self.mark(&[id(header), &number.to_le_bytes(), length])? != mark {
            return Err(self.damaged(number, "its length was changed, or it is out of place"));
        }
        let length = length
            .try_into()
            .map(u32::from_le_bytes)
            .unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((body, after)) = rest.split_at_checked(length) else {
            return Ok(None);
        };
        let mut plain = body.to_vec();
        if self
            .cipher
            .decrypt_in_place(&nonce(header, number), header, &mut plain)
            .is_err()
        {
            let is_cut_short = after.is_empty() && body.ends_with(&[0; TAG]);
            if is_cut_short {
                return Ok(None);
            }
            return Err(self.damaged(number, "its contents were changed"));
        }
        let record = bcs::from_bytes(&plain)
            .map_err(|_| self.damaged(number, "it is of an unknown kind"))?;
        Ok(Some((record, after)))
    }

    fn header(&self) -> Result<[u8; HEADER], Error> {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8] = VERSION;
        seal::fill(&mut header[9..9 + ID])?;
        let mark = self.mark(&[&header[..HEADER - MARK]])?;
        header[HEADER - MARK..].copy_from_slice(&mark);
        Ok(header)
    }

    fn mark(&self, parts: &[&[u8]]) -> Result<[u8; MARK], Error> {
        let mut mac = Blake2bMac::<U8>::new_from_slice(self.marks.as_slice())
            .map_err(|_| self.damaged(0, "its key is unusable"))?;
        for part in parts {
            mac.update(part);
        }
        Ok(mac.finalize_fixed().into())
    }

    fn outcome(&self, record: u64, code: u8) -> Result<Outcome, Error> {
        match code {
            0 => Ok(Outcome::Succeeded),
            1 => Ok(Outcome::Failed),
            2 => Ok(Outcome::NotExecuted),
            _ => Err(self.damaged(record, "it has an unknown outcome")),
        }
    }

    fn damaged(&self, record: u64, what: &'static str) -> Error {
        VaultError::JournalDamaged {
            path: self.path.clone(),
            record,
            what,
        }
        .into()
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

fn begun(entry: &InFlight) -> RecordRef<'_> {
    RecordRef::Begun {
        label: entry.label(),
        signed: entry.signed_transaction(),
    }
}

fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Succeeded => 0,
        Outcome::Failed => 1,
        Outcome::NotExecuted => 2,
    }
}

fn id(header: &[u8; HEADER]) -> &[u8] {
    &header[9..9 + ID]
}

/// Never used twice: an id is used for one file, a number for one record of it.
fn nonce(header: &[u8; HEADER], number: u64) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..ID].copy_from_slice(id(header));
    nonce[ID..].copy_from_slice(&number.to_le_bytes());
    XNonce::from(nonce)
}
