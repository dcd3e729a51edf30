//! The key that plays.

pub(crate) mod file;
mod pin;
pub(crate) mod seal;

use std::{fmt, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{Address, Transaction, UserSignature};
use zeroize::Zeroizing;

use crate::{Error, SponsorRequest, VaultError};

pub use pin::{Pin, SealCost};
pub use seal::SealError;
use seal::{Kind, Sealer};

/// The secret of a key: the 32 bytes that it grows from.
pub(crate) type Seed = Zeroizing<[u8; Ed25519PrivateKey::LENGTH]>;

/// An ephemeral Ed25519 key that signs silently. It is wiped when dropped, cannot be cloned, and shows nothing but its address.
///
/// It lives in memory only, unless it is sealed: then it is on disk too, encrypted under a PIN. A session that should outlive
/// its process is better kept in a [`Vault`](crate::Vault), which knows what else it takes to go on.
///
/// ```
/// use valet_client::{Pin, SealCost, SessionKey};
///
/// let key = SessionKey::generate()?;
/// assert_eq!(format!("{key:?}"), format!("SessionKey({})", key.address()));
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("session.key");
/// key.save(&path, &Pin::new("1984"), SealCost::STANDARD)?;
/// let same = SessionKey::load(&path, &Pin::new("1984"))?;
/// assert_eq!(same.address(), key.address());
///
/// let error = SessionKey::load(&path, &Pin::new("1985")).unwrap_err();
/// assert!(error.to_string().contains("the PIN is wrong"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionKey {
    key: Ed25519PrivateKey,
    /// Kept because the key does not give it back. On the heap, so that moving the key leaves no copies behind.
    seed: Box<Seed>,
    address: Address,
}

impl SessionKey {
    /// Generates a key from the operating system's randomness.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the operating system gives none.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Seed::default();
        seal::fill(seed.as_mut())?;
        Ok(Self::from_seed(&seed))
    }

    /// The key of a 32-byte seed. The caller's copy of the seed stays the caller's to wipe.
    #[must_use]
    pub fn from_seed(seed: &Zeroizing<[u8; Ed25519PrivateKey::LENGTH]>) -> Self {
        let key = Ed25519PrivateKey::new(**seed);
        let address = key.public_key().derive_address();
        let seed = Box::new(seed.clone());
        Self { key, seed, address }
    }

    /// The address that this key signs for: what the owner authorizes.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// The key in the text form of Sui's tools, `suiprivkey1…`. Keys of other schemes are refused: a session signs with Ed25519.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] inside [`Error::Vault`].
    pub fn from_suiprivkey(text: &str) -> Result<Self, Error> {
        let unreadable = || VaultError::Unreadable {
            what: "the text of the key".into(),
            reason: "it is no Ed25519 key in the form suiprivkey1…".into(),
        };
        let key = Ed25519PrivateKey::from_suiprivkey(text.trim()).map_err(|_| unreadable())?;
        // The key does not give its bytes back but as text: its scheme's flag, and then they.
        let text = Zeroizing::new(key.to_base64());
        let mut flagged = Zeroizing::new([0; 1 + Ed25519PrivateKey::LENGTH + 2]);
        let length = STANDARD
            .decode_slice(text.as_bytes(), flagged.as_mut_slice())
            .map_err(|_| unreadable())?;
        let mut seed = Seed::default();
        let bytes = flagged
            .get(1..length)
            .filter(|bytes| bytes.len() == seed.len());
        seed.copy_from_slice(bytes.ok_or_else(unreadable)?);
        Ok(Self::from_seed(&seed))
    }

    /// The key as a text that Sui's tools read, `suiprivkey1…`. **Whoever sees it has the key.**
    ///
    /// # Errors
    /// [`Error::Signing`] when the key cannot be written.
    pub fn to_suiprivkey(&self) -> Result<Zeroizing<String>, Error> {
        let text = self.key.to_suiprivkey();
        text.map(Zeroizing::new).map_err(|error| Error::Signing {
            reason: error.to_string(),
        })
    }

    /// Encrypts the key under a PIN. Takes as long as `cost` says: some tenths of a second by default.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the PIN is empty or there is too little memory; [`Error::Entropy`].
    pub fn seal(&self, pin: &Pin, cost: SealCost) -> Result<Vec<u8>, Error> {
        Sealer::new(pin, cost)?.seal(Kind::Key, self.seed.as_slice())
    }

    /// Decrypts what [`seal`](Self::seal) gave. Takes as long as it took to seal.
    ///
    /// # Errors
    /// [`Error::Sealed`] with the reason.
    pub fn unseal(sealed: &[u8], pin: &Pin) -> Result<Self, Error> {
        let (_, contents) = seal::unseal(Kind::Key, sealed, pin)?;
        let mut seed = Seed::default();
        if contents.len() != seed.len() {
            return Err(SealError::Damaged {
                what: "the key has another length",
            }
            .into());
        }
        seed.copy_from_slice(&contents);
        Ok(Self::from_seed(&seed))
    }

    /// Seals the key into a new file that only its owner may read. Nothing but sealed bytes ever reaches the disk, and the file
    /// is there whole or not at all.
    ///
    /// # Errors
    /// [`VaultError::Exists`] or [`VaultError::Io`] inside [`Error::Vault`]; otherwise as [`seal`](Self::seal).
    pub fn save(&self, path: impl AsRef<Path>, pin: &Pin, cost: SealCost) -> Result<(), Error> {
        file::create(path.as_ref(), &self.seal(pin, cost)?)
    }

    /// Opens a file that [`save`](Self::save) wrote. The file is not changed, whatever is wrong with it.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] with the reason, [`VaultError::Missing`], [`VaultError::NotAFile`], [`VaultError::Exposed`],
    /// [`VaultError::TooLarge`] or [`VaultError::Io`], inside [`Error::Vault`].
    pub fn load(path: impl AsRef<Path>, pin: &Pin) -> Result<Self, Error> {
        let path = path.as_ref();
        let sealed = file::read(path, seal::MOST_BYTES)?;
        Self::unseal(&sealed, pin).map_err(|error| match error {
            Error::Sealed(reason) => VaultError::Sealed {
                path: path.to_owned(),
                reason,
            }
            .into(),
            other => other,
        })
    }

    /// Overwrites a key file and removes it. No error when there is none. A disk may keep what was overwritten; it is sealed.
    ///
    /// # Errors
    /// [`VaultError::Io`] inside [`Error::Vault`].
    pub fn wipe(path: impl AsRef<Path>) -> Result<(), Error> {
        file::wipe(path.as_ref())?;
        Ok(())
    }

    /// Proves to a sponsor that a request is this key's: see [`SponsorRequest::proof`].
    ///
    /// # Errors
    /// [`Error::Signing`] when the key cannot sign.
    pub fn prove(&self, request: &mut SponsorRequest) -> Result<(), Error> {
        let proof = self.key.sign_personal_message(&request.message());
        request.proof = Some(proof.map_err(|error| Error::Signing {
            reason: error.to_string(),
        })?);
        Ok(())
    }

    pub(crate) fn seed(&self) -> &Seed {
        &self.seed
    }

    pub(crate) fn sign(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        self.key
            .sign_transaction(transaction)
            .map_err(|error| Error::Signing {
                reason: error.to_string(),
            })
    }
}

/// A new key. `Ed25519PrivateKey` wipes itself, but its own generator leaves the seed on the stack.
pub(crate) fn generate() -> Result<Ed25519PrivateKey, Error> {
    let mut seed = Seed::default();
    seal::fill(seed.as_mut())?;
    Ok(Ed25519PrivateKey::new(*seed))
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.address)
    }
}
