//! The chain's verdict, told beforehand where it is certain.

use sui_sdk_types::TypeTag;

use super::{Session, memory::Known};
use crate::{Call, Error, Refusal, SessionStatus};

/// Whether a session tells by itself that the chain would refuse an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Foresight {
    /// What is certain to be refused is refused here, which costs one read and no gas.
    #[default]
    Certain,
    /// Everything is sent.
    None,
}

/// What an action asks of a session's grant, as far as the caller says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Ask {
    action: Option<u8>,
    draws: Vec<(TypeTag, u64)>,
    debt: u64,
}

impl Ask {
    /// One authorization, of an action that is not named.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the action.
    pub fn of_action(mut self, action: u8) -> Self {
        self.action = Some(action);
        self
    }

    /// Draws so much of a coin from the purse, in the coin's smallest unit.
    pub fn drawing(mut self, coin_type: TypeTag, amount: u64) -> Self {
        self.draws.push((coin_type, amount));
        self
    }

    /// Adds so much debt, in MIST.
    pub fn owing(mut self, mist: u64) -> Self {
        self.debt = mist;
        self
    }
}

impl SessionStatus {
    /// Whether the chain would let the session's key do all this in one transaction at `now_ms`, and if not, why: the same
    /// verdict as Move's `session::authorize`, the purse and the account's debt give, each `Ask` being one authorization. Whether
    /// the dApp opens an action to sessions, is paused or suspended is for the dApp to say.
    ///
    /// # Errors
    /// The first refusal.
    pub fn verdict(&self, now_ms: u64, asks: &[Ask]) -> Result<(), Refusal> {
        self.verdict_between(now_ms, now_ms, asks)
    }

    /// The verdict when the chain's time is between `earliest_ms` and `latest_ms`: a refusal holds for all of them.
    fn verdict_between(
        &self,
        earliest_ms: u64,
        latest_ms: u64,
        asks: &[Ask],
    ) -> Result<(), Refusal> {
        if asks.is_empty() {
            return Ok(());
        }
        // What expires later is not expired at the earliest; what refills has refilled most at the latest.
        if !self.is_active(earliest_ms) {
            return Err(Refusal::SessionExpired);
        }
        let mut calls = self.remaining_calls;
        let mut tokens = self.calls_now(latest_ms);
        let mut debt = self.remaining_debt();
        let mut left: Vec<_> = self
            .allowances(latest_ms)
            .into_iter()
            .zip(self.grant.allowances())
            .map(|(status, coin)| Left {
                total: status.remaining,
                window: coin.allowance.window().and_then(|window| {
                    let index = self
                        .grant
                        .allowances()
                        .iter()
                        .position(|other| other.coin_type == coin.coin_type)?;
                    let bucket = self.remainders.get(index)?.window?;
                    Some(window.available(&bucket, latest_ms))
                }),
            })
            .collect();
        for ask in asks {
            if let Some(action) = ask.action
                && !self.grant.allows(action)
            {
                return Err(Refusal::ActionNotGranted);
            }
            take(&mut calls, 1, Refusal::CallBudgetExhausted)?;
            take(&mut tokens, 1, Refusal::RateLimited)?;
            let mut drawn = vec![0_u64; left.len()];
            for (coin_type, amount) in &ask.draws {
                let coins = self.grant.allowances();
                let index = coins.iter().position(|coin| coin.coin_type == *coin_type);
                let Some(((coin, left), drawn)) = index.and_then(|index| {
                    Some((
                        (coins.get(index)?, left.get_mut(index)?),
                        drawn.get_mut(index)?,
                    ))
                }) else {
                    return Err(Refusal::CoinNotGranted);
                };
                *drawn = drawn.saturating_add(*amount);
                if coin
                    .allowance
                    .max_per_call()
                    .is_some_and(|max| *drawn > max)
                {
                    return Err(Refusal::MaxPerCallExceeded);
                }
                if *amount > left.total {
                    return Err(Refusal::AllowanceExhausted);
                }
                take(&mut left.window, *amount, Refusal::AllowanceWindowExceeded)?;
                left.total -= amount;
            }
            take(&mut debt, ask.debt, Refusal::SessionDebtCeiling)?;
        }
        Ok(())
    }
}

/// What is left of an allowance while asks are counted.
struct Left {
    total: u64,
    window: Option<u64>,
}

/// Takes from a budget, if there is such a limit.
fn take(budget: &mut Option<u64>, amount: u64, refusal: Refusal) -> Result<(), Refusal> {
    if let Some(left) = budget {
        *left = left.checked_sub(amount).ok_or(refusal)?;
    }
    Ok(())
}

impl Known {
    fn verdict(&self, earliest_ms: u64, latest_ms: u64, asks: &[Ask]) -> Result<(), Refusal> {
        match self.over {
            Some(refusal) if !asks.is_empty() => Err(refusal),
            _ => self.session.verdict_between(earliest_ms, latest_ms, asks),
        }
    }
}

impl Session {
    /// How far the chain's clock may be ahead of what is known of it when an action arrives.
    const CLOCK_MARGIN_MS: u64 = 5_000;

    /// Reads the session, its float and the chain's time: three requests. In the steady state none is needed, because every
    /// answer to an action says what it changed; it is for what others do, such as the owner ending or renewing the session.
    ///
    /// # Errors
    /// As [`Account::status`](crate::Account::status).
    pub async fn refresh(&self) -> Result<(), Error> {
        self.inner.account.valet().network().now_ms().await?;
        self.read_session().await?;
        if !self.inner.options.gas.is_sponsored() {
            self.read_float().await?;
        }
        self.publish();
        Ok(())
    }

    async fn read_session(&self) -> Result<(), Error> {
        let status = self.inner.account.status().await?;
        self.adopt_next_key(&status);
        self.inner.memory.correct(self.address(), &status);
        self.publish();
        Ok(())
    }

    /// Refuses what the chain is certain to refuse. What this session remembers may be out of date, so it asks before it says no:
    /// the owner may have activated the key again.
    pub(super) async fn foresee(&self, calls: &[Call]) -> Result<(), Error> {
        if self.inner.options.foresight == Foresight::None {
            return Ok(());
        }
        let asks: Vec<Ask> = calls.iter().filter_map(Call::ask).collect();
        if self.verdict(&asks).is_ok() {
            return Ok(());
        }
        if let Err(error) = self.read_session().await {
            tracing::debug!(%error, "the session could not be read, so the chain decides");
            return Ok(());
        }
        let Err(refusal) = self.verdict(&asks) else {
            return Ok(());
        };
        tracing::debug!(%refusal, "refused before sending");
        Err(Error::Foreseen {
            refusal,
            state: Box::new(self.state()),
        })
    }

    fn verdict(&self, asks: &[Ask]) -> Result<(), Refusal> {
        let network = self.inner.account.valet().network();
        // What no node said is not known: nothing has expired, and everything has refilled.
        let earliest_ms = network.shown_time_ms().unwrap_or(0);
        let latest_ms = network
            .estimated_time_ms()
            .map_or(u64::MAX, |now| now.saturating_add(Self::CLOCK_MARGIN_MS));
        self.inner
            .memory
            .known()
            .verdict(earliest_ms, latest_ms, asks)
    }
}
