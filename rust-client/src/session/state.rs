//! A session's state, live.

use std::{fmt, sync::Weak, time::Duration};

use sui_sdk_types::Address;
use tokio::{sync::watch, time::Instant};

use super::{Inner, Session, memory::Known};
use crate::{AllowanceStatus, EndReason, EndedSession, Refusal, SessionStatus};

/// Where a session is in its life, by the chain's time. [`SessionStatus::phase`] tells it from what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Its key is there; nothing was sent.
    Created,
    /// Its activation was sent; the outcome is not known yet.
    Pending,
    /// It plays.
    Active,
    /// It plays, and its float lasts for a few more actions only.
    Low,
    /// Its time is over.
    Expired,
    /// It used up its calls or its debt.
    Exhausted,
    /// Its owner, or the session itself, ended it.
    Revoked,
    /// The account names another key, or none.
    Lost,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Low => "low",
            Self::Expired => "expired",
            Self::Exhausted => "exhausted",
            Self::Revoked => "revoked",
            Self::Lost => "lost",
        })
    }
}

/// A session's state at a moment: what it can still do, as far as the session knows without asking.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionState {
    /// Where it is in its life.
    pub phase: Phase,
    /// The address of its key; none while there is no session.
    pub address: Option<Address>,
    /// The first millisecond, by the chain's clock, at which it is refused.
    pub expires_at_ms: u64,
    /// The chain's time when this was written, estimated.
    pub chain_time_ms: Option<u64>,
    /// The call budget that it began with, if it has one.
    pub max_calls: Option<u64>,
    /// Authorizations left of it.
    pub remaining_calls: Option<u64>,
    /// Authorizations that its rate limit let through when this was written, if it has one.
    pub calls_now: Option<u64>,
    /// What it may still draw, for each coin that it was granted.
    pub allowances: Vec<AllowanceStatus>,
    /// Debt that it caused, in MIST.
    pub debt: u64,
    /// Debt that it may still cause, in MIST, if it has a ceiling.
    pub remaining_debt: Option<u64>,
    /// Renewals left, if it was granted any.
    pub remaining_renewals: Option<u64>,
    /// How many writes the account owes for.
    pub unsettled_writes: u64,
    /// What the session holds for its gas, in MIST.
    pub float: Option<u64>,
    /// For how many more actions that lasts.
    pub runway: Option<u64>,
    /// How many transactions are in flight.
    pub in_flight: usize,
    written: Instant,
}

impl SessionState {
    /// The state of a session that is not there yet.
    pub(crate) fn before(phase: Phase) -> Self {
        Self {
            phase,
            address: None,
            expires_at_ms: 0,
            chain_time_ms: None,
            max_calls: None,
            remaining_calls: None,
            calls_now: None,
            allowances: Vec::new(),
            debt: 0,
            remaining_debt: None,
            remaining_renewals: None,
            unsettled_writes: 0,
            float: None,
            runway: None,
            in_flight: 0,
            written: Instant::now(),
        }
    }

    /// How long it still lasts, now and not when this was written; zero when it is over. `None` when no node said any time.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        let left = Duration::from_millis(self.expires_at_ms.saturating_sub(self.chain_time_ms?));
        Some(left.saturating_sub(self.written.elapsed()))
    }
}

impl Session {
    /// The session's state now, without asking.
    #[must_use]
    pub fn state(&self) -> SessionState {
        self.inner.state()
    }

    /// The session's state, live: the receiver is told of everything that the session learns from the answers to what it sends,
    /// and of its expiry when that comes. Nothing is read for it.
    ///
    /// ```no_run
    /// # async fn run(session: valet_client::Session) {
    /// let mut watch = session.watch();
    /// while watch.changed().await.is_ok() {
    ///     let state = watch.borrow_and_update().clone();
    ///     println!("{}: {:?} calls, {:?} left", state.phase, state.remaining_calls, state.expires_in());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<SessionState> {
        let feed = &self.inner.feed;
        feed.send_replace(self.state());
        let is_first = feed.receiver_count() == 0;
        let receiver = feed.subscribe();
        if is_first {
            // Nobody's answer tells of an expiry: time does.
            tokio::spawn(tick(std::sync::Arc::downgrade(&self.inner)));
        }
        receiver
    }

    /// Tells whoever watched the session's onboarding that it is there.
    pub(crate) fn announce(&self) {
        if self.inner.feed.receiver_count() > 0 {
            self.inner.feed.send_replace(self.state());
            tokio::spawn(tick(std::sync::Arc::downgrade(&self.inner)));
        }
    }

    /// Tells whoever watches.
    pub(super) fn publish(&self) {
        if self.inner.feed.receiver_count() > 0 {
            self.inner.feed.send_replace(self.state());
        }
    }
}

impl Inner {
    fn state(&self) -> SessionState {
        let known = self.memory.known();
        let network = self.account.valet().network();
        let now_ms = network.estimated_time_ms();
        let runway = if self.options.gas.is_sponsored() {
            None
        } else {
            self.float.runway(self.options.limits.budget())
        };
        let phase = phase(&known, now_ms, runway, self.options.low_runway);
        let session = known.session;
        let at = now_ms.unwrap_or_default();
        SessionState {
            phase,
            address: Some(self.key().address()),
            expires_at_ms: session.expires_at_ms,
            chain_time_ms: now_ms,
            max_calls: session.grant.max_calls(),
            remaining_calls: session.remaining_calls,
            calls_now: session.calls_now(at),
            allowances: session.allowances(at),
            debt: session.debt,
            remaining_debt: session.remaining_debt(),
            remaining_renewals: session.remaining_renewals,
            unsettled_writes: self.debt.unsettled(),
            float: self.float.held(),
            runway,
            in_flight: self
                .options
                .max_in_flight
                .saturating_sub(self.in_flight.available_permits()),
            written: Instant::now(),
        }
    }
}

fn phase(known: &Known, now_ms: Option<u64>, runway: Option<u64>, low: u64) -> Phase {
    match known.over {
        Some(Refusal::SessionRevoked) => Phase::Revoked,
        Some(Refusal::SessionExpired) => Phase::Expired,
        Some(_) => Phase::Lost,
        None => {
            let is_low = runway.is_some_and(|runway| runway < low);
            known.session.phase(now_ms.unwrap_or_default(), is_low)
        }
    }
}

impl SessionStatus {
    /// Where a session that is registered is in its life at a time: active, low if its float is, exhausted or expired.
    #[must_use]
    pub fn phase(&self, now_ms: u64, is_float_low: bool) -> Phase {
        // A ceiling of zero lets through writes that cost nothing.
        let debt_is_used_up = self.debt > 0 && self.remaining_debt() == Some(0);
        if !self.is_active(now_ms) {
            Phase::Expired
        } else if self.remaining_calls == Some(0) || debt_is_used_up {
            Phase::Exhausted
        } else if is_float_low {
            Phase::Low
        } else {
            Phase::Active
        }
    }
}

impl EndedSession {
    /// Where a session that ended is in its life.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.reason {
            EndReason::Revoked | EndReason::Relinquished => Phase::Revoked,
            EndReason::Expired => Phase::Expired,
            EndReason::Replaced => Phase::Lost,
        }
    }
}

/// Tells of what time alone changes, while somebody watches.
async fn tick(session: Weak<Inner>) {
    const EVERY: Duration = Duration::from_millis(500);
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(inner) = session.upgrade() else {
            return;
        };
        if inner.feed.receiver_count() == 0 {
            return;
        }
        let state = inner.state();
        inner.feed.send_if_modified(|last| {
            let is_new = last.phase != state.phase || last.calls_now != state.calls_now;
            if is_new {
                *last = state;
            }
            is_new
        });
    }
}
