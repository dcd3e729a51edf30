//! A journal's bytes.
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

use blake2::{
    Blake2bMac,
    digest::{FixedOutput as _, Mac as _, consts::U8},
};
use chacha20poly1305::{XNonce, aead::AeadInOut as _};
use serde::{Deserialize, Serialize};
use sui_sdk_types::{Digest, SignedTransaction};

use super::FileJournal;
use crate::{
    Error, VaultError,
    journal::{Book, InFlight, Outcome, Settled},
    key::seal,
};

const MAGIC: &[u8; 8] = b"VALETJNL";
const VERSION: u8 = 1;
const ID: usize = 16;
const MARK: usize = 8;
pub(super) const HEADER: usize = 8 + 1 + ID + MARK;
const FRAME: usize = 4 + MARK;
const TAG: usize = 16;
/// The largest transaction, its signatures and a label of some kilobytes.
const MOST_RECORD: usize = 160 * 1_024;

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
pub(super) enum RecordRef<'a> {
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

impl FileJournal {
    pub(super) fn append(
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

    pub(super) fn read(&self, bytes: &[u8]) -> Result<Book, Error> {
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

    pub(super) fn header(&self) -> Result<[u8; HEADER], Error> {
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

    pub(super) fn damaged(&self, record: u64, what: &'static str) -> Error {
        VaultError::JournalDamaged {
            path: self.path.clone(),
            record,
            what,
        }
        .into()
    }
}

pub(super) fn begun(entry: &InFlight) -> RecordRef<'_> {
    RecordRef::Begun {
        label: entry.label(),
        signed: entry.signed_transaction(),
    }
}

pub(super) fn code(outcome: Outcome) -> u8 {
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
