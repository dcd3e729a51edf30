//! Bytes sealed under a PIN.
//!
//! ```text
//! offset  bytes
//!      0      8  "VALETKEY"
//!      8      1  version, 1
//!      9      1  what is inside: 1 a session key, 2 a vault
//!     10     12  Argon2id: memory in KiB, passes, lanes, each u32 little-endian
//!     22     32  salt
//!     54     16  PIN check: tells a wrong PIN from a damaged body
//!     70     24  nonce
//!     94      4  length of the body, u32 little-endian
//!     98      n  body: XChaCha20-Poly1305, with everything before it as associated data
//!   98+n     16  checksum of everything before it: BLAKE2b, no key
//! ```
//!
//! The checksum tells accidents from wrong PINs. It keeps no attacker out: who changes salt, costs or PIN check, and makes the
//! checksum anew, gets "wrong PIN", because then nobody can tell which of the two was changed. Whatever is changed, nothing
//! opens that was not sealed.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use blake2::{
    Blake2b, Blake2bMac, Digest as _,
    digest::{FixedOutput as _, Mac as _, consts::U16},
};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{AeadInOut as _, KeyInit as _},
};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use super::{Pin, SealCost};
use crate::Error;

const MAGIC: &[u8; 8] = b"VALETKEY";
const VERSION: u8 = 1;
const SALT: usize = 22;
const CHECK: usize = 54;
const NONCE: usize = 70;
const LENGTH: usize = 94;
const BODY: usize = 98;
const CHECKSUM: usize = 16;
const TAG: usize = 16;
/// No sealed thing of ours is nearly as large.
pub(crate) const MOST_BYTES: usize = 64 * 1_024;

/// What is wrong with sealed bytes. Nothing was changed or given away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The PIN is not the one it was sealed with; or an attacker changed what tells, and made the checksum fit.
    #[error("the PIN is wrong; try again")]
    WrongPin,
    /// Bytes were changed since it was sealed.
    #[error("it is damaged ({what}); restore it from a copy, or let the owner activate a new key")]
    Damaged {
        /// What does not fit.
        what: &'static str,
    },
    /// It is not all there.
    #[error(
        "it ends after {found} bytes; restore it from a copy, or let the owner activate a new key"
    )]
    Truncated {
        /// How many bytes there are.
        found: usize,
    },
    /// It is something else.
    #[error("it is not a sealed session key; name a file that this client wrote")]
    NotAKey,
    /// It was sealed by another version of this client.
    #[error(
        "it has format version {found}, this client reads version {VERSION}; open it with the client that wrote it"
    )]
    UnknownVersion {
        /// Its version.
        found: u8,
    },
    /// A session key was expected and a vault found, or the other way round.
    #[error("it holds {found}, not {expected}; name the right file")]
    OtherContents {
        /// What was asked for.
        expected: &'static str,
        /// What is inside.
        found: &'static str,
    },
    /// It is larger than any sealed key.
    #[error("it is larger than {MOST_BYTES} bytes; name a file that this client wrote")]
    TooLarge,
    /// It asks for more memory or work than opening a key may cost.
    #[error(
        "it asks for {memory_kib} KiB of memory, {passes} passes and {lanes} lanes, which no key may; it was not written by this client"
    )]
    Excessive {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// The machine has not the memory that the PIN's check takes.
    #[error(
        "{memory_kib} KiB of memory are needed to check the PIN; close something and try again"
    )]
    OutOfMemory {
        /// Memory in KiB.
        memory_kib: u32,
    },
    /// An empty PIN protects nothing.
    #[error("the PIN is empty; choose one, or keep the key in memory only")]
    EmptyPin,
    /// What is to be sealed is too large.
    #[error("{size} bytes are too many to seal")]
    TooMuch {
        /// How many.
        size: usize,
    },
}

/// What is inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Key = 1,
    Vault = 2,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "a session key",
            Self::Vault => "a vault",
        }
    }

    fn read(byte: u8) -> Option<Self> {
        [Self::Key, Self::Vault]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// What a PIN comes to: seals and opens without working through Argon2 again. Wiped when dropped.
pub(crate) struct Sealer {
    cost: SealCost,
    salt: [u8; 32],
    check: [u8; 16],
    key: Zeroizing<[u8; 32]>,
}

impl Sealer {
    /// With a fresh salt.
    pub(crate) fn new(pin: &Pin, cost: SealCost) -> Result<Self, Error> {
        let mut salt = [0; 32];
        fill(&mut salt)?;
        Ok(Self::derive(pin, cost, salt)?)
    }

    fn derive(pin: &Pin, cost: SealCost, salt: [u8; 32]) -> Result<Self, SealError> {
        if pin.as_bytes().is_empty() {
            return Err(SealError::EmptyPin);
        }
        let excessive = SealError::Excessive {
            memory_kib: cost.memory_kib(),
            passes: cost.passes(),
            lanes: cost.lanes(),
        };
        if !cost.is_bearable() {
            return Err(excessive);
        }
        let params = Params::new(cost.memory_kib(), cost.passes(), cost.lanes(), Some(48))
            .map_err(|_| excessive.clone())?;
        let mut memory = Vec::new();
        let blocks = params.block_count();
        memory
            .try_reserve_exact(blocks)
            .map_err(|_| SealError::OutOfMemory {
                memory_kib: cost.memory_kib(),
            })?;
        memory.resize(blocks, Block::default());
        let mut memory = Zeroizing::new(memory);
        let mut derived = Zeroizing::new([0; 48]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                pin.as_bytes(),
                &salt,
                derived.as_mut_slice(),
                memory.as_mut_slice(),
            )
            .map_err(|_| excessive)?;
        let mut key = Zeroizing::new([0; 32]);
        let mut check = [0; 16];
        key.copy_from_slice(&derived[..32]);
        check.copy_from_slice(&derived[32..]);
        Ok(Self {
            cost,
            salt,
            check,
            key,
        })
    }

    /// Seals. Each call takes a fresh nonce.
    pub(crate) fn seal(&self, kind: Kind, contents: &[u8]) -> Result<Vec<u8>, Error> {
        let length = u32::try_from(contents.len() + TAG)
            .ok()
            .filter(|_| BODY + contents.len() + TAG + CHECKSUM <= MOST_BYTES)
            .ok_or(SealError::TooMuch {
                size: contents.len(),
            })?;
        let mut nonce = [0; 24];
        fill(&mut nonce)?;
        let mut sealed = Vec::with_capacity(BODY + contents.len() + TAG + CHECKSUM);
        sealed.extend(MAGIC);
        sealed.extend([VERSION, kind as u8]);
        for number in [
            self.cost.memory_kib(),
            self.cost.passes(),
            self.cost.lanes(),
        ] {
            sealed.extend(number.to_le_bytes());
        }
        sealed.extend(self.salt);
        sealed.extend(self.check);
        sealed.extend(nonce);
        sealed.extend(length.to_le_bytes());
        // Room for the tag beforehand, so that no copy of the plain text is left behind by growing.
        let mut body = Zeroizing::new(Vec::with_capacity(contents.len() + TAG));
        body.extend_from_slice(contents);
        self.cipher()
            .encrypt_in_place(&XNonce::from(nonce), &sealed, &mut *body)
            .map_err(|_| SealError::TooMuch {
                size: contents.len(),
            })?;
        sealed.extend_from_slice(&body);
        let checksum = checksum(&sealed);
        sealed.extend(checksum);
        Ok(sealed)
    }

    fn open(&self, parts: &Parts<'_>) -> Result<Zeroizing<Vec<u8>>, SealError> {
        // Not secret once the file is in hand: it says no more about the PIN than the body's tag does.
        if self.check != parts.check {
            return Err(SealError::WrongPin);
        }
        let mut body = Zeroizing::new(parts.body.to_vec());
        self.cipher()
            .decrypt_in_place(&XNonce::from(parts.nonce), parts.header, &mut *body)
            .map_err(|_| SealError::Damaged {
                what: "the PIN is right, but the contents were changed",
            })?;
        Ok(body)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

/// Opens sealed bytes, and keeps what the PIN came to.
pub(crate) fn unseal(
    kind: Kind,
    sealed: &[u8],
    pin: &Pin,
) -> Result<(Sealer, Zeroizing<Vec<u8>>), SealError> {
    let parts = Parts::read(kind, sealed)?;
    let sealer = Sealer::derive(pin, parts.cost, parts.salt)?;
    let contents = sealer.open(&parts)?;
    Ok((sealer, contents))
}

/// Sealed bytes, read but not opened.
struct Parts<'a> {
    header: &'a [u8],
    cost: SealCost,
    salt: [u8; 32],
    check: [u8; 16],
    nonce: [u8; 24],
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Checks everything that can be checked without the PIN, before anything is paid for.
    fn read(kind: Kind, sealed: &'a [u8]) -> Result<Self, SealError> {
        if sealed.len() > MOST_BYTES {
            return Err(SealError::TooLarge);
        }
        let found = sealed.len();
        let start = found.min(MAGIC.len());
        if sealed[..start] != MAGIC[..start] {
            return Err(SealError::NotAKey);
        }
        match sealed.get(MAGIC.len()) {
            None => return Err(SealError::Truncated { found }),
            Some(&VERSION) => {}
            Some(&found) => return Err(SealError::UnknownVersion { found }),
        }
        let header = sealed.get(..BODY).ok_or(SealError::Truncated { found })?;
        let length = usize::try_from(number(header, LENGTH)).unwrap_or(usize::MAX);
        let end = BODY.saturating_add(length);
        let whole = end.saturating_add(CHECKSUM);
        if whole > MOST_BYTES {
            return Err(SealError::Damaged {
                what: "the length is impossible",
            });
        }
        if found < whole {
            return Err(SealError::Truncated { found });
        }
        if found > whole {
            return Err(SealError::Damaged {
                what: "there is something after its end",
            });
        }
        let (signed, sum) = sealed.split_at(end);
        if checksum(signed) != sum {
            return Err(SealError::Damaged {
                what: "the checksum does not fit",
            });
        }
        let inside = Kind::read(header[9]).ok_or(SealError::NotAKey)?;
        if inside != kind {
            return Err(SealError::OtherContents {
                expected: kind.name(),
                found: inside.name(),
            });
        }
        Ok(Self {
            cost: SealCost::read(number(header, 10), number(header, 14), number(header, 18)),
            salt: array(header, SALT),
            check: array(header, CHECK),
            nonce: array(header, NONCE),
            header,
            body: &signed[BODY..],
        })
    }
}

/// The bytes at an offset that lies within the header.
fn array<const N: usize>(header: &[u8], offset: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&header[offset..offset + N]);
    bytes
}

fn number(header: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(array(header, offset))
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    Blake2b::<U16>::digest(bytes).into()
}

/// A key for one purpose out of a key for many.
pub(crate) fn subkey(key: &[u8; 32], purpose: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut mac = Blake2bMac::<blake2::digest::consts::U32>::new_from_slice(key)
        .map_err(|_| Error::from(SealError::TooMuch { size: key.len() }))?;
    mac.update(purpose.as_bytes());
    let mut derived = Zeroizing::new([0; 32]);
    mac.finalize_into(derived.as_mut_slice().into());
    Ok(derived)
}

/// Fills with the operating system's randomness.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    OsRng.try_fill_bytes(bytes).map_err(|error| Error::Entropy {
        reason: error.to_string(),
    })
}
