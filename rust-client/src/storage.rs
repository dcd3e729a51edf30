//! An account as the ledger has it.

use serde::Deserialize;
use sui_sdk_types::Address;

use crate::Grant;

/// The state of an account in one dApp: its session, and what it owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The id of the account's storage.
    pub storage: Address,
    /// Who owns it.
    pub owner: Address,
    /// The session that is registered, live or expired.
    pub session: Option<SessionStatus>,
    /// The session that ended last.
    pub ended_session: Option<EndedSession>,
    /// How many sessions were ever activated.
    pub session_count: u64,
    /// Writes ever made.
    pub write_count: u64,
    /// Bytes ever written.
    pub byte_count: u64,
    /// Writes that are owed for.
    pub unsettled_writes: u64,
    /// What is owed, in MIST.
    pub debt: u64,
}

impl Status {
    /// Whether `sender` could write at `now_ms`: the owner, or the session's key while `now_ms < expires_at_ms`. The same
    /// answer as Move's `session::is_write_authorized`.
    #[must_use]
    pub fn is_write_authorized(&self, sender: Address, now_ms: u64) -> bool {
        sender == self.owner
            || self
                .session
                .as_ref()
                .is_some_and(|session| session.wallet == sender && now_ms < session.expires_at_ms)
    }
}

/// A registered session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// The address of the session key.
    pub wallet: Address,
    /// Which session of the account this is, from 1.
    pub generation: u64,
    /// The first millisecond at which it is refused.
    pub expires_at_ms: u64,
    /// What it may do.
    pub grant: Grant,
    /// Debt that it caused so far, in MIST.
    pub debt: u64,
}

/// A session that ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EndedSession {
    /// The address of the session key.
    pub wallet: Address,
    /// Which session of the account it was.
    pub generation: u64,
    /// Why it ended.
    pub reason: EndReason,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum EndReason {
    /// The owner ended it.
    Revoked,
    /// The session key ended itself.
    Relinquished,
    /// It had expired and was cleaned up.
    Expired,
    /// The owner activated another one while it was live.
    Replaced,
}

/// The Move struct `valet::user_storage::UserStorage`, field for field.
#[derive(Debug, Deserialize)]
struct MoveUserStorage {
    id: Address,
    canonical_owner: Address,
    session: Option<MoveSession>,
    ended_session: Option<EndedSession>,
    session_count: u64,
    write_count: u64,
    byte_count: u64,
    unsettled_writes: u64,
    debt: u64,
}

/// The Move struct `valet::grant::Session`.
#[derive(Debug, Deserialize)]
struct MoveSession {
    wallet: Address,
    generation: u64,
    expires_at_ms: u64,
    grant: MoveGrant,
    debt: u64,
}

/// The Move struct `valet::grant::Grant`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct MoveGrant {
    actions: MoveActions,
    max_debt: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
enum MoveActions {
    All,
    /// A 256-bit mask in little-endian order.
    Only([u8; 32]),
}

/// The Move struct `valet::dapp::Dapp`, field for field.
#[derive(Debug, Deserialize)]
pub(crate) struct MoveDapp {
    _id: Address,
    _version: u64,
    _session_actions: [u8; 32],
    _is_paused: bool,
    _is_suspended: bool,
    _fees: (u64, u64),
    pub(crate) max_unsettled_writes: u64,
}

impl Status {
    pub(crate) fn decode(contents: &[u8]) -> Result<Self, bcs::Error> {
        let storage: MoveUserStorage = bcs::from_bytes(contents)?;
        Ok(Self {
            storage: storage.id,
            owner: storage.canonical_owner,
            session: storage.session.map(|session| SessionStatus {
                wallet: session.wallet,
                generation: session.generation,
                expires_at_ms: session.expires_at_ms,
                grant: session.grant.into(),
                debt: session.debt,
            }),
            ended_session: storage.ended_session,
            session_count: storage.session_count,
            write_count: storage.write_count,
            byte_count: storage.byte_count,
            unsettled_writes: storage.unsettled_writes,
            debt: storage.debt,
        })
    }
}

impl From<MoveGrant> for Grant {
    fn from(grant: MoveGrant) -> Self {
        let composed = match grant.actions {
            MoveActions::All => Self::all_session_actions(),
            MoveActions::Only(mask) => Self::actions((0..=u8::MAX).filter(|action| {
                mask.get(usize::from(action / 8))
                    .is_some_and(|byte| byte >> (action % 8) & 1 == 1)
            })),
        };
        match grant.max_debt {
            Some(mist) => composed.with_max_debt(mist),
            None => composed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_with_a_session_is_decoded_field_for_field() {
        let mut bytes = vec![0x11; 32]; // id
        bytes.extend([0x22; 32]); // canonical_owner
        bytes.push(1); // session: some
        bytes.extend([0x33; 32]); // wallet
        bytes.extend(2_u64.to_le_bytes()); // generation
        bytes.extend(99_u64.to_le_bytes()); // expires_at_ms
        bytes.push(1); // Actions::Only
        let mut mask = [0; 32];
        mask[0] = 0b101;
        mask[31] = 0x80;
        bytes.extend(mask);
        bytes.push(1); // max_debt: some
        bytes.extend(7_u64.to_le_bytes());
        bytes.extend(5_u64.to_le_bytes()); // debt of the session
        bytes.push(1); // ended_session: some
        bytes.extend([0x44; 32]);
        bytes.extend(1_u64.to_le_bytes());
        bytes.push(3); // EndReason::Replaced
        for number in [2_u64, 10, 1_000, 4, 4_040] {
            bytes.extend(number.to_le_bytes());
        }

        let owner = Address::new([0x22; 32]);
        let wallet = Address::new([0x33; 32]);
        let status = Status::decode(&bytes).expect("a storage");
        assert_eq!(
            status,
            Status {
                storage: Address::new([0x11; 32]),
                owner,
                session: Some(SessionStatus {
                    wallet,
                    generation: 2,
                    expires_at_ms: 99,
                    grant: Grant::actions([0, 2, 255]).with_max_debt(7),
                    debt: 5,
                }),
                ended_session: Some(EndedSession {
                    wallet: Address::new([0x44; 32]),
                    generation: 1,
                    reason: EndReason::Replaced,
                }),
                session_count: 2,
                write_count: 10,
                byte_count: 1_000,
                unsettled_writes: 4,
                debt: 4_040,
            }
        );
        assert!(status.is_write_authorized(wallet, 98));
        assert!(!status.is_write_authorized(wallet, 99));
        assert!(status.is_write_authorized(owner, u64::MAX));
        assert!(!status.is_write_authorized(Address::new([0x44; 32]), 0));
    }

    #[test]
    fn truncated_storages_are_refused_at_every_length() {
        let bytes = [0; 32 + 32 + 1 + 1 + 5 * 8];
        assert!(Status::decode(&bytes).is_ok());
        for length in 0..bytes.len() {
            assert!(Status::decode(&bytes[..length]).is_err(), "{length}");
        }
    }
}
