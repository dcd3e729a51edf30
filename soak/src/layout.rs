//! What the ledger holds, field for field, as BCS has it. The model and the replica speak of the same values, so that all
//! three are compared as they are.

use std::collections::BTreeMap;

use serde::Deserialize;
use sui_sdk_types::Address;

/// `valet::user_storage::UserStorage`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: Address,
    pub(crate) canonical_owner: Address,
    pub(crate) session: Option<Session>,
    pub(crate) ended_session: Option<EndedSession>,
    pub(crate) session_count: u64,
    pub(crate) write_count: u64,
    pub(crate) byte_count: u64,
    pub(crate) unsettled_writes: u64,
    pub(crate) debt: u64,
}

/// `valet::grant::Session`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Session {
    pub(crate) wallet: Address,
    pub(crate) generation: u64,
    pub(crate) expires_at_ms: u64,
    pub(crate) grant: Grant,
    pub(crate) debt: u64,
    pub(crate) remaining_calls: Option<u64>,
    pub(crate) bucket: Option<Bucket>,
    pub(crate) remainders: Vec<Remainder>,
    pub(crate) remaining_renewals: Option<u64>,
}

/// `valet::grant::Grant`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Grant {
    pub(crate) actions: Actions,
    pub(crate) max_debt: Option<u64>,
    pub(crate) max_calls: Option<u64>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) allowances: Vec<CoinAllowance>,
    pub(crate) envelope: Option<Envelope>,
}

/// `valet::grant::Actions`; the set is a 256-bit mask in little-endian order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Actions {
    All,
    Only([u8; 32]),
}

/// `valet::rate_limit::RateLimit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct RateLimit {
    pub(crate) capacity: u64,
    pub(crate) refill: u64,
    pub(crate) interval_ms: u64,
}

/// `valet::rate_limit::Bucket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) tokens: u64,
    pub(crate) interval_start_ms: u64,
}

/// `valet::allowance::CoinAllowance`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct CoinAllowance {
    pub(crate) coin_type: String,
    pub(crate) allowance: Allowance,
}

/// `valet::allowance::Allowance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Allowance {
    pub(crate) total: u64,
    pub(crate) max_per_call: Option<u64>,
    pub(crate) window: Option<RateLimit>,
}

/// `valet::allowance::Remainder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Remainder {
    pub(crate) total: u64,
    pub(crate) window: Option<Bucket>,
}

/// `valet::envelope::Envelope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) max_renewals: u64,
    pub(crate) ends_at_ms: u64,
}

/// `valet::ended_session::EndedSession`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct EndedSession {
    pub(crate) wallet: Address,
    pub(crate) generation: u64,
    pub(crate) reason: EndReason,
}

/// `valet::ended_session::EndReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum EndReason {
    Revoked,
    Relinquished,
    Expired,
    Replaced,
}

/// `valet::dapp_storage::DappStorage`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct DappStorage {
    pub(crate) id: Address,
    pub(crate) version: u64,
    pub(crate) credit: Credit,
    pub(crate) write_count: u64,
    pub(crate) byte_count: u64,
}

/// `valet::credit::Credit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Credit {
    pub(crate) held: u64,
    pub(crate) settled: u64,
    pub(crate) free: Option<FreeCredit>,
    pub(crate) reserve: Option<u64>,
    pub(crate) totals: Totals,
}

/// `valet::credit::FreeCredit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct FreeCredit {
    pub(crate) amount: u64,
    pub(crate) expires_at_ms: u64,
}

/// `valet::credit::Totals`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Totals {
    pub(crate) recharged: u128,
    pub(crate) settled: u128,
    pub(crate) refunded: u128,
    pub(crate) paid_by_users: u128,
}

/// What hangs on an account as dynamic fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// By the name of the key's type and the key's bytes.
    pub(crate) records: BTreeMap<(String, Vec<u8>), Vec<u8>>,
    /// By coin type; what is empty is not there.
    pub(crate) purse: BTreeMap<String, u64>,
}

/// How many bytes a record's key has: only items are numbered.
pub(crate) fn key_size(key_type: &str) -> usize {
    if key_type == "ItemKey" { 8 } else { 1 }
}

impl Session {
    /// A session that begins, with nothing used: what an activation means.
    pub(crate) fn begin(
        wallet: Address,
        generation: u64,
        now_ms: u64,
        expires_at_ms: u64,
        grant: Grant,
    ) -> Self {
        let full = |limit: RateLimit| Bucket {
            tokens: limit.capacity,
            interval_start_ms: now_ms,
        };
        Self {
            wallet,
            generation,
            expires_at_ms,
            debt: 0,
            remaining_calls: grant.max_calls,
            bucket: grant.rate_limit.map(full),
            remainders: grant
                .allowances
                .iter()
                .map(|coin| Remainder {
                    total: coin.allowance.total,
                    window: coin.allowance.window.map(full),
                })
                .collect(),
            remaining_renewals: grant.envelope.map(|envelope| envelope.max_renewals),
            grant,
        }
    }
}
