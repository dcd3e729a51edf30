//! An account as the ledger has it.

use serde::Deserialize;
use sui_sdk_types::Address;

use crate::{EndedSession, MaxLoss, SessionStatus, session_status::MoveSession};

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
                .is_some_and(|session| session.wallet == sender && session.is_active(now_ms))
    }

    /// Whether `session` is the key of a live session that stands for `claimed_principal`, and for no other. An owner is no
    /// session of its own. The same answer as Move's `session::is_valid_for`.
    #[must_use]
    pub fn is_valid_for(&self, session: Address, claimed_principal: Address, now_ms: u64) -> bool {
        session != claimed_principal
            && claimed_principal == self.owner
            && self.is_write_authorized(session, now_ms)
    }

    /// The most that the session can still cost from `now_ms` on, however it and the dApp behave, renewals and other keys
    /// included: nothing when there is no live one. The same answer as Move's `session_status::max_loss`.
    #[must_use]
    pub fn max_loss(&self, now_ms: u64) -> MaxLoss {
        match &self.session {
            Some(session) if session.is_active(now_ms) => session.max_loss(now_ms),
            _ => MaxLoss {
                coins: Vec::new(),
                debt: Some(0),
            },
        }
    }
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
            session: storage.session.map(SessionStatus::from),
            ended_session: storage.ended_session,
            session_count: storage.session_count,
            write_count: storage.write_count,
            byte_count: storage.byte_count,
            unsettled_writes: storage.unsettled_writes,
            debt: storage.debt,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Allowance, Bucket, EndReason, Grant, RateLimit, Remainder, ptb::sui};

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
        bytes.push(1); // max_calls: some
        bytes.extend(40_u64.to_le_bytes());
        bytes.push(1); // rate_limit: some
        for number in [10_u64, 2, 1_000] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(1); // allowances: one
        let name = format!("{}2::sui::SUI", "0".repeat(63));
        bytes.push(u8::try_from(name.len()).expect("short"));
        bytes.extend(name.as_bytes());
        bytes.extend(500_u64.to_le_bytes()); // total
        bytes.push(1); // max_per_call: some
        bytes.extend(50_u64.to_le_bytes());
        bytes.push(1); // window: some
        for number in [100_u64, 100, 60_000] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(1); // envelope: some
        for number in [3_u64, 12_345] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(5_u64.to_le_bytes()); // debt of the session
        bytes.push(1); // remaining_calls: some
        bytes.extend(39_u64.to_le_bytes());
        bytes.push(1); // bucket: some
        for number in [9_u64, 80] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(1); // remainders: one
        bytes.extend(450_u64.to_le_bytes());
        bytes.push(1); // window: some
        for number in [60_u64, 81] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(1); // remaining_renewals: some
        bytes.extend(2_u64.to_le_bytes());
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
                    grant: Grant::actions([0, 2, 255])
                        .with_max_debt(7)
                        .with_max_calls(40)
                        .with_rate_limit(RateLimit::new(10, 2, Duration::from_secs(1)))
                        .allow_coin(
                            sui(),
                            Allowance::new(500)
                                .with_max_per_call(50)
                                .with_window(100, Duration::from_secs(60)),
                        )
                        .with_renewals(3, 12_345),
                    debt: 5,
                    remaining_calls: Some(39),
                    bucket: Some(Bucket {
                        tokens: 9,
                        interval_start_ms: 80,
                    }),
                    remainders: vec![Remainder {
                        total: 450,
                        window: Some(Bucket {
                            tokens: 60,
                            interval_start_ms: 81,
                        }),
                    }],
                    remaining_renewals: Some(2),
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
        assert!(status.is_valid_for(wallet, owner, 98));
        for (session, principal, now_ms) in [
            (wallet, owner, 99),
            (wallet, wallet, 0),
            (owner, owner, 0),
            (owner, wallet, 0),
            (Address::new([0x44; 32]), owner, 0),
        ] {
            assert!(!status.is_valid_for(session, principal, now_ms));
        }
        for length in 0..bytes.len() {
            assert!(Status::decode(&bytes[..length]).is_err(), "{length}");
        }
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
