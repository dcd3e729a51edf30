//! What a session remembers of its money.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::Session;
use crate::Gas;

/// The float, followed from effects: what is there, what an action costs on average, and when money was last sent.
#[derive(Debug)]
pub(super) struct Float {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In MIST. None while nobody told.
    held: Option<i128>,
    /// MIST per action, over the last few; none before the first.
    average: Option<i128>,
    funded: Option<Instant>,
}

impl Float {
    /// How much of a new price the average takes over: a few dozen actions forget an old one.
    const WEIGHT: i128 = 16;

    pub(super) fn new(held: Option<u64>) -> Self {
        Self {
            state: Mutex::new(State {
                held: held.map(i128::from),
                ..State::default()
            }),
        }
    }

    /// What is there, as far as it is known.
    pub(super) fn held(&self) -> Option<u64> {
        self.lock()
            .held
            .map(|held| u64::try_from(held.max(0)).unwrap_or(u64::MAX))
    }

    /// A transaction was paid from it.
    pub(super) fn paid(&self, gas: Gas) {
        let net = gas.net();
        let mut state = self.lock();
        state.held = state.held.map(|held| held - net);
        state.average = Some(match state.average {
            None => net,
            Some(average) => average + (net - average) / Self::WEIGHT,
        });
    }

    /// Money was sent to it just now.
    pub(super) fn funded(&self, mist: u64) {
        let mut state = self.lock();
        state.held = state.held.map(|held| held + i128::from(mist));
        state.funded = Some(Instant::now());
    }

    /// The ledger was asked.
    pub(super) fn correct(&self, held: u64) {
        self.lock().held = Some(i128::from(held));
    }

    /// For how many more actions it lasts, each with this budget. Before the first action each is taken to cost all of its
    /// budget, so that the answer is never too high.
    pub(super) fn runway(&self, budget: u64) -> Option<u64> {
        let state = self.lock();
        let held = state.held?;
        let budget = i128::from(budget);
        // The last action must still find its whole budget, though it will not use it up.
        let Some(spare) = held.checked_sub(budget).filter(|spare| *spare >= 0) else {
            return Some(0);
        };
        let price = state.average.unwrap_or(budget).max(1);
        Some(u64::try_from(spare / price + 1).unwrap_or(u64::MAX))
    }

    pub(super) fn last_funded(&self) -> Option<Instant> {
        self.lock().funded
    }

    /// The state is a few numbers, valid whatever panicked beside them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// What the session holds for its gas, in MIST, followed from effects and never read. `None` when nobody told: a session
    /// that was resumed asks once.
    #[must_use]
    pub fn float(&self) -> Option<u64> {
        self.inner.float.held()
    }

    /// For how many more actions the float lasts, at what actions cost lately. Before the first action each is taken to cost
    /// its whole budget, so the answer errs on the low side. `None` when the float is not known or somebody else pays.
    #[must_use]
    pub fn runway(&self) -> Option<u64> {
        if self.inner.options.gas.is_sponsored() {
            return None;
        }
        self.inner.float.runway(self.inner.options.limits.budget())
    }

    /// Whether the float lasts for fewer actions than [`SessionOptions::with_low_runway`](super::SessionOptions) says: time for
    /// [`Account::top_up`](crate::Account::top_up).
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.runway()
            .is_some_and(|actions| actions < self.inner.options.low_runway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gas(net: u64) -> Gas {
        Gas {
            computation: net,
            ..Gas::default()
        }
    }

    #[test]
    fn d4_the_runway_counts_actions_whose_budget_is_still_there() {
        let float = Float::new(Some(1_000));
        // Nothing is known of prices: each costs its budget.
        assert_eq!(float.runway(100), Some(10));
        assert_eq!(float.runway(1_000), Some(1));
        assert_eq!(float.runway(1_001), Some(0));
        float.paid(gas(50));
        // 950 left: one needs 100, and (950 - 100) / 50 = 17 before it.
        assert_eq!((float.held(), float.runway(100)), (Some(950), Some(18)));
        float.funded(50);
        assert_eq!((float.held(), float.runway(100)), (Some(1_000), Some(19)));
        float.paid(gas(950));
        assert_eq!((float.held(), float.runway(100)), (Some(50), Some(0)));
        float.correct(100);
        assert_eq!(float.runway(100), Some(1));
    }

    #[test]
    fn d4_the_average_follows_the_price() {
        let float = Float::new(Some(u64::MAX));
        float.paid(gas(1_000));
        for _ in 0..200 {
            float.paid(gas(2_000));
        }
        let spare = float.held().expect("known") - 100;
        let runway = float.runway(100).expect("known");
        assert!((1_950..=2_000).contains(&(spare / runway)), "{runway}");
    }

    #[test]
    fn d4_no_number_makes_it_panic() {
        let rebate = Gas {
            rebate: u64::MAX,
            ..Gas::default()
        };
        for held in [None, Some(0), Some(u64::MAX)] {
            let float = Float::new(held);
            for budget in [0, 1, u64::MAX] {
                float.paid(gas(u64::MAX));
                let _ = float.runway(budget);
                float.paid(rebate);
                float.funded(u64::MAX);
                let _ = (float.runway(budget), float.held());
            }
        }
    }
}
