//! The names that Sui's command line gives to the keys of a keystore, in a file beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sui_crypto::simple::SimpleKeypair;
use sui_sdk_types::MultisigMemberPublicKey;

use crate::{Error, key::file};

/// What `sui.aliases` says. That tool lists only keys that have a name, once the file is there.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// None when there is no such file, or not one that can be read: then it is left alone.
    known: Option<Vec<Alias>>,
    path: PathBuf,
}

/// As that tool writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Alias {
    alias: String,
    public_key_base64: String,
}

impl Aliases {
    /// Those beside a keystore.
    pub(super) fn beside(keystore: &Path) -> Self {
        let path = keystore.with_extension("aliases");
        let known = fs::read(&path).ok().and_then(|text| {
            serde_json::from_slice(&text)
                .inspect_err(|error| tracing::warn!(%error, path = %path.display(), "no aliases"))
                .ok()
        });
        Self { known, path }
    }

    /// The name of a key.
    pub(super) fn of(&self, key: &SimpleKeypair) -> Option<&str> {
        let text = encoded(key);
        let known = self.known.iter().flatten();
        known
            .into_iter()
            .find(|alias| alias.public_key_base64 == text)
            .map(|alias| alias.alias.as_str())
    }

    /// Names the keys that have no name, if keys here have names, and writes the file when that changes it.
    ///
    /// # Errors
    /// [`VaultError::Io`](crate::VaultError::Io) inside [`Error::Vault`].
    pub(super) fn complete(
        &mut self,
        keys: impl Iterator<Item = SimpleKeypair>,
    ) -> Result<(), Error> {
        let Some(known) = &mut self.known else {
            return Ok(());
        };
        let before = known.len();
        for key in keys {
            let text = encoded(&key);
            if known.iter().any(|alias| alias.public_key_base64 == text) {
                continue;
            }
            let alias = free_name(known);
            known.push(Alias {
                alias,
                public_key_base64: text,
            });
        }
        if known.len() == before {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(known).map_err(|error| Error::Malformed {
            what: "the aliases",
            reason: error.to_string(),
        })?;
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        file::replace(&path, &text)
    }
}

/// `valet`, `valet-2`, and so on.
fn free_name(known: &[Alias]) -> String {
    let mut name = "valet".to_owned();
    let mut number = 1_u64;
    while known.iter().any(|alias| alias.alias == name) {
        number += 1;
        name = format!("valet-{number}");
    }
    name
}

/// A public key as that tool writes it: Base64 of its scheme's flag and its bytes.
fn encoded(key: &SimpleKeypair) -> String {
    let mut bytes = vec![key.scheme().to_u8()];
    match key.public_key() {
        MultisigMemberPublicKey::Ed25519(key) => bytes.extend_from_slice(key.as_bytes()),
        MultisigMemberPublicKey::Secp256k1(key) => bytes.extend_from_slice(key.as_bytes()),
        MultisigMemberPublicKey::Secp256r1(key) => bytes.extend_from_slice(key.as_bytes()),
        _ => {}
    }
    STANDARD.encode(bytes)
}
