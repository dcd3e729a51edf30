//! What a session remembers of itself on the chain: its grant, what is left of it, and whether it is over.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sui_sdk_types::Address;

use crate::{Bucket, EndReason, Refusal, SessionStatus, Status, ValetEvent};

/// The session as the last answers show it. Answers may come in another order than the ledger executed; what is left of a budget
/// only shrinks, so the least that was seen is the latest.
#[derive(Debug)]
pub(super) struct Memory {
    state: Mutex<Known>,
}

/// What is known of a session.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) session: SessionStatus,
    /// Why the chain refuses its key altogether.
    pub(super) over: Option<Refusal>,
}

impl Memory {
    pub(super) fn new(session: SessionStatus) -> Self {
        Self {
            state: Mutex::new(Known {
                session,
                over: None,
            }),
        }
    }

    pub(super) fn known(&self) -> Known {
        self.lock().clone()
    }

    pub(super) fn expires_at_ms(&self) -> u64 {
        self.lock().session.expires_at_ms
    }

    /// Takes in what a transaction announced.
    pub(super) fn learn(&self, storage: Address, key: Address, events: &[ValetEvent]) {
        let mut known = self.lock();
        let generation = known.session.generation;
        for event in events {
            match event {
                ValetEvent::CallCounted(counted)
                    if counted.storage == storage && counted.generation == generation =>
                {
                    let session = &mut known.session;
                    session.remaining_calls =
                        least(session.remaining_calls, counted.remaining_calls);
                    session.bucket = latest(session.bucket, counted.bucket);
                }
                ValetEvent::PurseDrawn(drawn) if drawn.storage == storage => {
                    let session = &mut known.session;
                    let index = session
                        .grant
                        .allowances()
                        .iter()
                        .position(|coin| coin.coin_type == drawn.coin_type);
                    if let Some((left, now)) = index
                        .and_then(|index| session.remainders.get_mut(index))
                        .zip(drawn.remainder)
                    {
                        left.total = left.total.min(now.total);
                        left.window = latest(left.window, now.window);
                    }
                }
                ValetEvent::RecordWritten(record)
                    if record.storage == storage && record.by_session =>
                {
                    known.session.debt = known.session.debt.saturating_add(record.charge);
                }
                ValetEvent::SessionRenewed(renewed)
                    if renewed.storage == storage && renewed.generation == generation =>
                {
                    known.session.expires_at_ms = renewed.expires_at_ms;
                    if renewed.wallet != key {
                        known.over = Some(Refusal::SessionReplaced);
                    }
                    known.session.remaining_renewals = least(
                        known.session.remaining_renewals,
                        Some(renewed.remaining_renewals),
                    );
                }
                ValetEvent::SessionDeactivated(ended)
                    if ended.storage == storage && ended.generation == generation =>
                {
                    known.over = Some(match ended.reason {
                        EndReason::Revoked | EndReason::Relinquished => Refusal::SessionRevoked,
                        EndReason::Replaced => Refusal::SessionReplaced,
                        EndReason::Expired => Refusal::SessionExpired,
                    });
                }
                ValetEvent::SessionActivated(activated)
                    if activated.storage == storage
                        && activated.wallet == key
                        && activated.generation > generation =>
                {
                    *known = Known {
                        session: SessionStatus::activated(activated),
                        over: None,
                    };
                }
                _ => {}
            }
        }
    }

    /// The session is with another key of ours now.
    pub(super) fn handed_over(&self, key: Address) {
        let mut known = self.lock();
        known.session.wallet = key;
        known.over = None;
    }

    /// Takes in why the chain refused.
    pub(super) fn refused(&self, refusal: Refusal) {
        let mut known = self.lock();
        if is_over(refusal) {
            known.over = Some(refusal);
        } else if refusal == Refusal::CallBudgetExhausted {
            known.session.remaining_calls = known.session.remaining_calls.map(|_| 0);
        }
    }

    /// Takes in the account as it was read.
    pub(super) fn correct(&self, key: Address, status: &Status) {
        let mut known = self.lock();
        match &status.session {
            Some(session) if session.wallet == key => {
                *known = Known {
                    session: session.clone(),
                    over: None,
                };
            }
            current => {
                let ended = status
                    .ended_session
                    .as_ref()
                    .filter(|ended| ended.wallet == key);
                known.over = Some(match (ended.map(|ended| ended.reason), current) {
                    (Some(EndReason::Revoked | EndReason::Relinquished), _) => {
                        Refusal::SessionRevoked
                    }
                    (Some(EndReason::Replaced), _) => Refusal::SessionReplaced,
                    (Some(EndReason::Expired), _) => Refusal::SessionExpired,
                    (None, Some(_)) => Refusal::WrongSender,
                    (None, None) => Refusal::NotRegistered,
                });
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the chain refuses everything that the key sends.
pub(super) fn is_over(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::SessionExpired
            | Refusal::SessionRevoked
            | Refusal::SessionReplaced
            | Refusal::NotRegistered
            | Refusal::WrongSender
    )
}

fn least(known: Option<u64>, seen: Option<u64>) -> Option<u64> {
    match (known, seen) {
        (Some(known), Some(seen)) => Some(known.min(seen)),
        (known, seen) => known.or(seen),
    }
}

fn latest(known: Option<Bucket>, seen: Option<Bucket>) -> Option<Bucket> {
    match (known, seen) {
        (Some(known), Some(seen)) => {
            let is_later = (seen.interval_start_ms, u64::MAX - seen.tokens)
                >= (known.interval_start_ms, u64::MAX - known.tokens);
            Some(if is_later { seen } else { known })
        }
        (known, seen) => known.or(seen),
    }
}
