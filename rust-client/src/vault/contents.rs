//! What a vault keeps.

use std::fmt;

use serde::{Deserialize, Serialize};
use sui_sdk_types::Address;
use zeroize::Zeroizing;

use crate::{Deployment, Error, SealError, SessionKey, key::Seed};

/// Where a vault's session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VaultState {
    /// The key is sealed; its owner has not been seen to activate it.
    Pending,
    /// The owner activated it.
    Active,
    /// The session is being handed to a fresh key, which is sealed beside the present one.
    Renewing,
    /// A logout began. It can only be finished.
    Ending,
}

impl fmt::Display for VaultState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "waiting for its owner to activate the key",
            Self::Active => "active",
            Self::Renewing => "in the middle of a renewal",
            Self::Ending => "in the middle of a logout",
        })
    }
}

/// The same, with what there is to know about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Pending,
    Active { generation: u64 },
    Renewing { generation: u64 },
    Ending(Step),
}

/// What a logout does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Step {
    Revoke,
    Sweep,
    Wipe,
}

impl Phase {
    pub(super) fn state(self) -> VaultState {
        match self {
            Self::Pending => VaultState::Pending,
            Self::Active { .. } => VaultState::Active,
            Self::Renewing { .. } => VaultState::Renewing,
            Self::Ending(_) => VaultState::Ending,
        }
    }
}

/// What is no secret, and must not be changed by others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) deployment: Deployment,
    pub(super) owner: Address,
    pub(super) phase: Phase,
}

/// All of it. Wiped when dropped.
pub(super) struct Contents {
    pub(super) seed: Seed,
    /// The key that the session is being handed to.
    pub(super) next: Option<Seed>,
    pub(super) journal_key: Zeroizing<[u8; 32]>,
    pub(super) record: Record,
}

/// The key, the journal's key, whether there is a next key, the next key.
const SECRETS: usize = 32 + 32 + 1 + 32;

impl Contents {
    pub(super) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let record = bcs::to_bytes(&self.record).map_err(|error| Error::Malformed {
            what: "the vault",
            reason: error.to_string(),
        })?;
        // As large as needed from the start, so that growing leaves no copies of keys behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(SECRETS + record.len()));
        bytes.extend_from_slice(self.seed.as_slice());
        bytes.extend_from_slice(self.journal_key.as_slice());
        bytes.push(u8::from(self.next.is_some()));
        match &self.next {
            Some(next) => bytes.extend_from_slice(next.as_slice()),
            None => bytes.extend_from_slice(&[0; 32]),
        }
        bytes.extend_from_slice(&record);
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let damaged = SealError::Damaged {
            what: "its contents are those of another version",
        };
        let (secrets, record) = bytes.split_at_checked(SECRETS).ok_or(damaged.clone())?;
        let record = bcs::from_bytes(record).map_err(|_| damaged)?;
        let secret = |at: usize| {
            let mut secret = Seed::default();
            secret.copy_from_slice(&secrets[at..at + 32]);
            secret
        };
        Ok(Self {
            seed: secret(0),
            journal_key: secret(32),
            next: (secrets[64] == 1).then(|| secret(65)),
            record,
        })
    }

    /// To go back to, should the disk refuse a change.
    pub(super) fn copy(&self) -> Self {
        Self {
            seed: self.seed.clone(),
            next: self.next.clone(),
            journal_key: self.journal_key.clone(),
            record: self.record.clone(),
        }
    }

    pub(super) fn key(&self) -> SessionKey {
        SessionKey::from_seed(&self.seed)
    }

    /// The key that the session is being handed to.
    pub(super) fn next_key(&self) -> Option<SessionKey> {
        self.next.as_ref().map(SessionKey::from_seed)
    }
}
