//! Who owns an account and signs for it.

use std::fmt;

use async_trait::async_trait;
use sui_crypto::{SuiSigner, simple::SimpleKeypair};
use sui_sdk_types::{Address, PersonalMessage, Transaction, UserSignature};

use zeroize::Zeroizing;

use crate::{Error, VaultError};

/// The account's owner: a wallet, a hardware key, or a key at hand ([`KeyOwner`]).
///
/// The client calls [`sign_transaction`](Owner::sign_transaction) once per owner operation and never for play.
#[async_trait]
pub trait Owner: Send + Sync {
    /// The address that owns the account.
    fn address(&self) -> Address;

    /// Shows the transaction to the owner and signs it.
    ///
    /// # Errors
    /// [`Error::Signing`] when the owner declines or the wallet fails. Nothing has been sent then.
    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error>;

    /// Signs a personal message, to prove to a [`Sponsor`](crate::Sponsor) that asks for it who wants its gas. `None`, which
    /// is what this does unless it is implemented: the owner does not sign messages.
    ///
    /// # Errors
    /// [`Error::Signing`] when the owner declines or the wallet fails.
    async fn sign_message(
        &self,
        _message: &PersonalMessage<'_>,
    ) -> Result<Option<UserSignature>, Error> {
        Ok(None)
    }
}

/// An owner whose key is at hand: for tests, servers and command lines.
///
/// ```
/// use valet_client::{KeyOwner, Owner};
///
/// let owner = KeyOwner::generate()?;
/// assert_ne!(owner.address(), KeyOwner::generate()?.address());
/// # Ok::<(), valet_client::Error>(())
/// ```
pub struct KeyOwner {
    key: SimpleKeypair,
    address: Address,
}

impl KeyOwner {
    /// The owner of a key of any of Sui's simple schemes.
    #[must_use]
    pub fn new(key: impl Into<SimpleKeypair>) -> Self {
        let key = key.into();
        let address = key.verifying_key().derive_address();
        Self { key, address }
    }

    /// The owner of a new Ed25519 key from the operating system's randomness.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the operating system gives none.
    pub fn generate() -> Result<Self, Error> {
        crate::key::generate().map(Self::new)
    }

    /// The owner of a key in the text form of Sui's tools, `suiprivkey1…`, of any of their simple schemes.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] inside [`Error::Vault`]; it does not repeat the text.
    pub fn from_suiprivkey(text: &str) -> Result<Self, Error> {
        let key =
            crate::keystore::parse_suiprivkey(text).ok_or_else(|| VaultError::Unreadable {
                what: "the text of the key".into(),
                reason: "it is no Ed25519, Secp256k1 or Secp256r1 key in the form suiprivkey1…"
                    .into(),
            })?;
        Ok(Self::new(key))
    }

    /// The key as a text that Sui's tools read, `suiprivkey1…`. **Whoever sees it is the owner.**
    ///
    /// # Errors
    /// [`Error::Signing`] when the key cannot be written.
    pub fn to_suiprivkey(&self) -> Result<Zeroizing<String>, Error> {
        let text = self.key.to_suiprivkey();
        text.map(Zeroizing::new).map_err(|error| Error::Signing {
            reason: error.to_string(),
        })
    }

    /// The address, and the key as a keystore has it.
    pub(crate) fn to_keystore(&self) -> (Address, Zeroizing<String>) {
        (self.address, Zeroizing::new(self.key.to_base64()))
    }
}

#[async_trait]
impl Owner for KeyOwner {
    fn address(&self) -> Address {
        self.address
    }

    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        self.key
            .sign_transaction(transaction)
            .map_err(|error| Error::Signing {
                reason: error.to_string(),
            })
    }

    async fn sign_message(
        &self,
        message: &PersonalMessage<'_>,
    ) -> Result<Option<UserSignature>, Error> {
        self.key
            .sign_personal_message(message)
            .map(Some)
            .map_err(|error| Error::Signing {
                reason: error.to_string(),
            })
    }
}

impl fmt::Debug for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyOwner({})", self.address)
    }
}
