//! Stopping a session whose actions fail again and again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Error, Receipt};

/// Counts executed failures in a row. The calls they made were rolled back, the gas was not.
#[derive(Debug)]
pub(super) struct Guard {
    limit: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// MIST that they cost.
    gas: i128,
    last: String,
}

impl Guard {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit,
            state: Mutex::new(State::default()),
        }
    }

    /// Whether anything may still be sent.
    pub(super) fn check(&self) -> Result<(), Error> {
        let state = self.lock();
        if state.failures < self.limit {
            return Ok(());
        }
        Err(Error::Stopped {
            failures: state.failures,
            gas: u64::try_from(state.gas.max(0)).unwrap_or(u64::MAX),
            last: state.last.clone(),
        })
    }

    /// Takes in what became of an action. What was not executed cost nothing and does not count.
    pub(super) fn note(&self, outcome: &Result<Receipt, Error>) {
        match outcome {
            Ok(_) => self.clear(),
            Err(error) => {
                if let Some(failure) = error.failure() {
                    let mut state = self.lock();
                    state.failures = state.failures.saturating_add(1);
                    state.gas += failure.receipt().gas().net();
                    state.last = error.to_string();
                }
            }
        }
    }

    pub(super) fn clear(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
