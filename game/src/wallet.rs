//! The player's wallet.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use async_trait::async_trait;
use sui_crypto::ed25519::Ed25519PrivateKey;
use sui_sdk_types::{Address, Transaction, UserSignature};
use valet_client::{Error, KeyOwner, Owner};

/// The variable that may hold a funded key, `suiprivkey1…`. A variable, because arguments show in every process list.
const FUNDER: &str = "VALET_FUNDER_KEY";

/// A wallet that counts how often it is asked to sign: each time would be a prompt to the player.
pub(crate) struct CountingWallet<'a> {
    key: &'a KeyOwner,
    signatures: AtomicU64,
}

impl<'a> CountingWallet<'a> {
    pub(crate) fn new(key: &'a KeyOwner) -> Self {
        Self {
            key,
            signatures: AtomicU64::new(0),
        }
    }

    /// How often it signed.
    pub(crate) fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Owner for CountingWallet<'_> {
    fn address(&self) -> Address {
        self.key.address()
    }

    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        let signature = self.key.sign_transaction(transaction).await?;
        self.signatures.fetch_add(1, Ordering::Relaxed);
        Ok(signature)
    }
}

/// The funded key from the environment, if one is there.
pub(crate) fn from_environment() -> Result<Option<Ed25519PrivateKey>> {
    let Ok(text) = std::env::var(FUNDER) else {
        return Ok(None);
    };
    Ed25519PrivateKey::from_suiprivkey(text.trim())
        .map(Some)
        // The error is not shown: it may quote the key.
        .map_err(|_| ())
        .ok()
        .context("VALET_FUNDER_KEY is not an Ed25519 key of the form suiprivkey1...")
}
