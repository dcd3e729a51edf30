//! Grants and what limits them.

use crate::{
    layout::{
        Actions, Allowance, Bucket, CoinAllowance, Envelope, Grant, RateLimit, Remainder, Session,
    },
    refusal::Refusal,
    script::Terms,
};

impl Grant {
    /// Every action that the dApp lets sessions take, and no coin.
    pub(crate) fn plain() -> Self {
        Self {
            actions: Actions::All,
            max_debt: None,
            max_calls: None,
            rate_limit: None,
            allowances: Vec::new(),
            envelope: None,
        }
    }

    fn allows(&self, action: u8) -> bool {
        match &self.actions {
            Actions::All => true,
            Actions::Only(mask) => contains(mask, action),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.actions, Actions::Only(mask) if mask == [0; 32])
    }
}

/// A set of actions as a mask.
pub(crate) fn mask(actions: &[u8]) -> [u8; 32] {
    let mut mask = [0; 32];
    for action in actions {
        if let Some(byte) = mask.get_mut(usize::from(action / 8)) {
            *byte |= 1 << (action % 8);
        }
    }
    mask
}

/// Whether the mask has an action.
pub(crate) fn contains(mask: &[u8; 32], action: u8) -> bool {
    mask.get(usize::from(action / 8))
        .is_some_and(|byte| byte >> (action % 8) & 1 == 1)
}

/// What the terms mean; a limit of nothing is a mistake.
pub(crate) fn compose(terms: &Terms, coin_types: &[String]) -> Result<Grant, Refusal> {
    let mut grant = Grant::plain();
    if let Some(actions) = &terms.actions {
        grant.actions = Actions::Only(mask(actions));
    }
    grant.max_debt = terms.max_debt;
    if terms.max_calls == Some(0) {
        return Err(Refusal::ZERO_CALLS);
    }
    grant.max_calls = terms.max_calls;
    if let Some((capacity, refill, interval_ms)) = terms.rate_limit {
        for (number, refusal) in [
            (capacity, Refusal::ZERO_CAPACITY),
            (refill, Refusal::ZERO_REFILL),
            (interval_ms, Refusal::ZERO_INTERVAL),
        ] {
            if number == 0 {
                return Err(refusal);
            }
        }
        grant.rate_limit = Some(RateLimit {
            capacity,
            refill,
            interval_ms,
        });
    }
    for coin in &terms.coins {
        if coin.total == 0 || coin.max_per_call == Some(0) {
            return Err(Refusal::ZERO_ALLOWANCE);
        }
        let window = match coin.window {
            Some((0, _)) => return Err(Refusal::ZERO_ALLOWANCE),
            Some((_, 0)) => return Err(Refusal::ZERO_INTERVAL),
            Some((amount, interval_ms)) => Some(RateLimit {
                capacity: amount,
                refill: amount,
                interval_ms,
            }),
            None => None,
        };
        let coin_type = coin_types.get(usize::from(coin.coin)).cloned();
        let coin_type = coin_type.unwrap_or_default();
        if grant
            .allowances
            .iter()
            .any(|known| known.coin_type == coin_type)
        {
            return Err(Refusal::COIN_ALREADY_ALLOWED);
        }
        grant.allowances.push(CoinAllowance {
            coin_type,
            allowance: Allowance {
                total: coin.total,
                max_per_call: coin.max_per_call,
                window,
            },
        });
    }
    if let Some((max_renewals, ends_at_ms)) = terms.envelope {
        if max_renewals == 0 {
            return Err(Refusal::ZERO_RENEWALS);
        }
        grant.envelope = Some(Envelope {
            max_renewals,
            ends_at_ms,
        });
    }
    Ok(grant)
}

impl RateLimit {
    /// The bucket at a later moment: after each whole interval, what comes back comes back, up to the capacity.
    pub(crate) fn at(&self, bucket: Bucket, now_ms: u64) -> Bucket {
        let elapsed = now_ms.saturating_sub(bucket.interval_start_ms);
        let intervals = elapsed.checked_div(self.interval_ms).unwrap_or(0);
        let back = u128::from(intervals) * u128::from(self.refill);
        let full = u128::from(self.capacity);
        let tokens = (u128::from(bucket.tokens) + back).min(full);
        Bucket {
            tokens: u64::try_from(tokens).unwrap_or(self.capacity),
            interval_start_ms: bucket.interval_start_ms + intervals * self.interval_ms,
        }
    }

    fn take(&self, bucket: Bucket, amount: u64, now_ms: u64) -> Option<Bucket> {
        let mut bucket = self.at(bucket, now_ms);
        bucket.tokens = bucket.tokens.checked_sub(amount)?;
        Some(bucket)
    }
}

impl Session {
    pub(crate) fn is_expired(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_at_ms
    }

    /// One authorization of an action.
    pub(super) fn authorize(
        &mut self,
        action: u8,
        session_actions: &[u8; 32],
        now_ms: u64,
    ) -> Result<(), Refusal> {
        if !contains(session_actions, action) {
            return Err(Refusal::OWNER_ONLY);
        }
        if !self.grant.allows(action) {
            return Err(Refusal::ACTION_NOT_GRANTED);
        }
        if let Some(calls) = &mut self.remaining_calls {
            *calls = calls.checked_sub(1).ok_or(Refusal::CALL_BUDGET)?;
        }
        if let (Some(limit), Some(bucket)) = (self.grant.rate_limit, self.bucket) {
            let left = limit.take(bucket, 1, now_ms);
            self.bucket = Some(left.ok_or(Refusal::RATE_LIMITED)?);
        }
        Ok(())
    }

    /// One draw of an authorization that drew `drawn` of the coin before.
    pub(super) fn draw(
        &mut self,
        coin_type: &str,
        amount: u64,
        drawn: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let coins = self.grant.allowances.iter().zip(&mut self.remainders);
        let mut coins = coins.filter(|(coin, _)| coin.coin_type == coin_type);
        let (coin, left) = coins.next().ok_or(Refusal::COIN_NOT_GRANTED)?;
        let call = u128::from(drawn) + u128::from(amount);
        if coin
            .allowance
            .max_per_call
            .is_some_and(|max| call > u128::from(max))
        {
            return Err(Refusal::PER_CALL);
        }
        let total = left.total.checked_sub(amount).ok_or(Refusal::TOTAL)?;
        let window = match (coin.allowance.window, left.window) {
            (Some(limit), Some(bucket)) => {
                let bucket = limit.take(bucket, amount, now_ms);
                Some(bucket.ok_or(Refusal::WINDOW)?)
            }
            _ => None,
        };
        *left = Remainder { total, window };
        Ok(())
    }

    /// What a write adds to the session's debt.
    pub(super) fn owe(&mut self, charge: u64) -> Result<(), Refusal> {
        let debt = self.debt + charge;
        if self.grant.max_debt.is_some_and(|max| debt > max) {
            return Err(Refusal::SESSION_DEBT);
        }
        self.debt = debt;
        Ok(())
    }
}
