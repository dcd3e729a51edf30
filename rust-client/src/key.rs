//! The key that plays.

use std::fmt;

use rand_core::{OsRng, RngCore};
use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{Address, Transaction, UserSignature};
use zeroize::Zeroizing;

use crate::{Error, SponsorRequest};

/// An ephemeral Ed25519 key that signs silently. It lives in memory only, is wiped when dropped, cannot be cloned, and
/// shows nothing but its address.
///
/// ```
/// use valet_client::SessionKey;
///
/// let key = SessionKey::generate()?;
/// assert_eq!(format!("{key:?}"), format!("SessionKey({})", key.address()));
/// # Ok::<(), valet_client::Error>(())
/// ```
pub struct SessionKey {
    key: Ed25519PrivateKey,
    address: Address,
}

impl SessionKey {
    /// Generates a key from the operating system's randomness.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the operating system gives none.
    pub fn generate() -> Result<Self, Error> {
        generate().map(Self::from_key)
    }

    /// The key of a 32-byte seed. The caller's copy of the seed stays the caller's to wipe.
    #[must_use]
    pub fn from_seed(seed: &Zeroizing<[u8; Ed25519PrivateKey::LENGTH]>) -> Self {
        Self::from_key(Ed25519PrivateKey::new(**seed))
    }

    /// The address that this key signs for: what the owner authorizes.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    fn from_key(key: Ed25519PrivateKey) -> Self {
        let address = key.public_key().derive_address();
        Self { key, address }
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
    let mut seed = Zeroizing::new([0; Ed25519PrivateKey::LENGTH]);
    OsRng
        .try_fill_bytes(seed.as_mut())
        .map_err(|error| Error::Entropy {
            reason: error.to_string(),
        })?;
    Ok(Ed25519PrivateKey::new(*seed))
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.address)
    }
}
