//! A session as the ledger has it: what it can still do and what it can still cost.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, TypeTag};

use crate::{Bucket, Grant, RateLimit, Remainder, SessionActivated, grant::MoveGrant};

/// A registered session, live or expired: its grant and what is left of it. Its methods answer as Move's
/// `valet::session_status` does, from the account's bytes and a moment of the chain's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// The address of the session key.
    pub wallet: Address,
    /// Which session of the account this is, from 1; a renewal keeps it.
    pub generation: u64,
    /// The first millisecond at which it is refused.
    pub expires_at_ms: u64,
    /// What it may do.
    pub grant: Grant,
    /// Debt that it caused so far, in MIST.
    pub debt: u64,
    /// Authorizations left; there iff the grant has a call budget.
    pub remaining_calls: Option<u64>,
    /// What its rate limit held at the last authorization; there iff the grant has one.
    pub bucket: Option<Bucket>,
    /// What is left of each allowance of the grant, in its order.
    pub remainders: Vec<Remainder>,
    /// Renewals left; there iff the grant has any.
    pub remaining_renewals: Option<u64>,
}

/// What a session may still draw of one coin, in the coin's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowanceStatus {
    /// The coin's type.
    pub coin_type: TypeTag,
    /// Over all its life.
    pub remaining: u64,
    /// With one call at this moment.
    pub available: u64,
}

/// The most that a session can still cost its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxLoss {
    /// For each coin that it was granted; of every other coin it can cost nothing. What the purse holds is left out, since
    /// anyone may add to it.
    pub coins: Vec<CoinLoss>,
    /// Debt, in MIST. None when the session has no debt ceiling: then only the dApp's own ceiling on unsettled writes stands
    /// between it and any debt.
    pub debt: Option<u64>,
}

/// The most that a session can still cost of one coin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinLoss {
    /// The coin's type.
    pub coin_type: TypeTag,
    /// How much, in the coin's smallest unit.
    pub amount: u64,
}

impl SessionStatus {
    /// A session at the moment of its activation, with nothing used.
    pub(crate) fn activated(activated: &SessionActivated) -> Self {
        let (grant, now_ms) = (activated.grant.clone(), activated.activated_at_ms);
        let full = |limit: RateLimit| Bucket {
            tokens: limit.capacity(),
            interval_start_ms: now_ms,
        };
        Self {
            wallet: activated.wallet,
            generation: activated.generation,
            expires_at_ms: activated.expires_at_ms,
            debt: 0,
            remaining_calls: grant.max_calls(),
            bucket: grant.rate_limit().map(full),
            remainders: grant
                .allowances()
                .iter()
                .map(|coin| Remainder {
                    total: coin.allowance.total(),
                    window: coin.allowance.window().map(full),
                })
                .collect(),
            remaining_renewals: grant.renewals().map(|renewals| renewals.max_renewals),
            grant,
        }
    }

    /// The longest session, in milliseconds: seven days.
    const MAX_DURATION_MS: u64 = 604_800_000;

    /// Whether it is valid at `now_ms`. It may have used up its budgets all the same.
    #[must_use]
    pub fn is_active(&self, now_ms: u64) -> bool {
        now_ms < self.expires_at_ms
    }

    /// Authorizations that its rate limit lets through at `now_ms`, if it has one.
    #[must_use]
    pub fn calls_now(&self, now_ms: u64) -> Option<u64> {
        self.grant
            .rate_limit()
            .zip(self.bucket)
            .map(|(limit, bucket)| limit.available(&bucket, now_ms))
    }

    /// What it may still draw, for each coin that it was granted.
    #[must_use]
    pub fn allowances(&self, now_ms: u64) -> Vec<AllowanceStatus> {
        self.grant
            .allowances()
            .iter()
            .zip(&self.remainders)
            .map(|(coin, remainder)| AllowanceStatus {
                coin_type: coin.coin_type.clone(),
                remaining: remainder.total,
                available: coin.allowance.available(remainder, now_ms),
            })
            .collect()
    }

    /// Debt that it may still cause, in MIST, if it has a ceiling.
    #[must_use]
    pub fn remaining_debt(&self) -> Option<u64> {
        self.grant
            .max_debt()
            .map(|max| max.saturating_sub(self.debt))
    }

    /// The most that a live session can still cost.
    pub(crate) fn max_loss(&self, now_ms: u64) -> MaxLoss {
        let end_ms = self.last_expiry_ms();
        let by_rate = self
            .grant
            .rate_limit()
            .zip(self.bucket)
            .map(|(limit, bucket)| limit.most_until(&bucket, now_ms, end_ms));
        let max_calls = [self.remaining_calls.map(u128::from), by_rate]
            .into_iter()
            .flatten()
            .min();
        let coins = self.grant.allowances().iter().zip(&self.remainders);
        MaxLoss {
            coins: coins
                .map(|(coin, remainder)| CoinLoss {
                    coin_type: coin.coin_type.clone(),
                    amount: coin
                        .allowance
                        .most_until(remainder, max_calls, now_ms, end_ms),
                })
                .collect(),
            debt: self.remaining_debt(),
        }
    }

    /// The first millisecond at which it is refused even if it uses every renewal, each as late and as long as can be.
    fn last_expiry_ms(&self) -> u64 {
        let Some((renewals, left)) = self.grant.renewals().zip(self.remaining_renewals) else {
            return self.expires_at_ms;
        };
        left.saturating_mul(Self::MAX_DURATION_MS)
            .saturating_add(self.expires_at_ms)
            .min(renewals.ends_at_ms)
    }
}

/// A session that ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct EndedSession {
    /// The address of the session key.
    pub wallet: Address,
    /// Which session of the account it was.
    pub generation: u64,
    /// Why it ended.
    pub reason: EndReason,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
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

/// The Move struct `valet::grant::Session`, field for field.
#[derive(Debug, Deserialize)]
pub(crate) struct MoveSession {
    wallet: Address,
    generation: u64,
    expires_at_ms: u64,
    grant: MoveGrant,
    debt: u64,
    remaining_calls: Option<u64>,
    bucket: Option<Bucket>,
    remainders: Vec<Remainder>,
    remaining_renewals: Option<u64>,
}

impl From<MoveSession> for SessionStatus {
    fn from(session: MoveSession) -> Self {
        Self {
            wallet: session.wallet,
            generation: session.generation,
            expires_at_ms: session.expires_at_ms,
            grant: session.grant.into(),
            debt: session.debt,
            remaining_calls: session.remaining_calls,
            bucket: session.bucket,
            remainders: session.remainders,
            remaining_renewals: session.remaining_renewals,
        }
    }
}
