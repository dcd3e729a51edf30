//! Which fault happens to which call.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tonic::Status;

use super::Method;

/// Which calls a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Calls {
    /// Every call of Sui's services. Reflection and health are left alone.
    All,
    /// The calls of one method.
    Of(Method),
}

impl From<Method> for Calls {
    fn from(method: Method) -> Self {
        Self::Of(method)
    }
}

impl Calls {
    fn include(self, method: Method) -> bool {
        match self {
            Self::All => true,
            Self::Of(only) => only == method,
        }
    }
}

/// What happens to a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Action {
    /// It is answered with this status and never handled.
    Fail(Status),
    /// It is handled and answered with this status instead of its result.
    FailAfter(Status),
    /// It is handled later.
    Delay(Duration),
    /// It is broken off without being handled: an HTTP/2 stream reset, or a closed HTTP/1.1 connection.
    DropRequest,
    /// It is handled and then broken off without an answer.
    DropResponse,
    /// It is handled twice, one after the other, and answered with the second result.
    Duplicate,
    /// It waits, unhandled, until it is released.
    Stall,
    /// Its answer ends with `UNAVAILABLE` after so many messages; for streams, mostly.
    CutStream {
        /// How many messages still arrive.
        after: u64,
    },
}

/// A fault: to which calls, from which on, how often, and what.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    /// Which calls it is for.
    pub calls: Calls,
    /// What happens to them.
    pub action: Action,
    /// How many of them are let pass before.
    pub skip: u64,
    /// To how many it happens; none for all.
    pub times: Option<u64>,
}

impl Fault {
    /// A fault that happens to every such call.
    pub fn new(calls: impl Into<Calls>, action: Action) -> Self {
        Self {
            calls: calls.into(),
            action,
            skip: 0,
            times: None,
        }
    }

    /// Let so many calls pass before.
    pub fn after(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// Happen to so many calls, then no more.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Happen to one call.
    pub fn once(self) -> Self {
        self.times(1)
    }
}

/// Names a fault that was injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultId(u64);

impl FaultId {
    /// The number in it, for protocols that carry numbers.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The fault of a number that [`FaultId::number`] gave.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// A fault that is in force.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FaultReport {
    /// Its name.
    pub id: FaultId,
    /// What was injected.
    pub fault: Fault,
    /// How often it happened.
    pub hits: u64,
}

/// What a call has to go through.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) delay: Duration,
    pub(super) action: Option<Action>,
}

/// Every fault there is, and was.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Whether there is any, so that calls need no lock when there is none.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    active: BTreeMap<FaultId, Active>,
    /// How often those happened that are used up or removed.
    past: BTreeMap<FaultId, u64>,
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    skipped: u64,
    hits: u64,
}

impl Active {
    /// Count a call that fits, and say whether the fault happens to it.
    fn count(&mut self) -> bool {
        if self.skipped < self.fault.skip {
            self.skipped += 1;
            return false;
        }
        self.hits += 1;
        true
    }

    fn is_used_up(&self) -> bool {
        self.fault.times.is_some_and(|times| self.hits >= times)
    }
}

impl Rules {
    pub(super) fn add(&self, fault: Fault) -> FaultId {
        let mut state = self.state();
        let id = FaultId(state.next);
        state.next += 1;
        let active = Active {
            fault,
            skipped: 0,
            hits: 0,
        };
        if active.is_used_up() {
            state.past.insert(id, 0);
        } else {
            state.active.insert(id, active);
        }
        self.any.store(!state.active.is_empty(), Ordering::SeqCst);
        id
    }

    pub(super) fn remove(&self, id: FaultId) -> Option<Fault> {
        let mut state = self.state();
        let removed = state.active.remove(&id)?;
        state.past.insert(id, removed.hits);
        self.any.store(!state.active.is_empty(), Ordering::SeqCst);
        Some(removed.fault)
    }

    pub(super) fn clear(&self) {
        let mut state = self.state();
        let active = std::mem::take(&mut state.active);
        state
            .past
            .extend(active.into_iter().map(|(id, active)| (id, active.hits)));
        self.any.store(false, Ordering::SeqCst);
    }

    pub(super) fn active(&self) -> Vec<FaultReport> {
        self.state()
            .active
            .iter()
            .map(|(id, active)| FaultReport {
                id: *id,
                fault: active.fault.clone(),
                hits: active.hits,
            })
            .collect()
    }

    pub(super) fn hits(&self, id: FaultId) -> u64 {
        let state = self.state();
        match state.active.get(&id) {
            Some(active) => active.hits,
            None => state.past.get(&id).copied().unwrap_or(0),
        }
    }

    /// What happens to a call of this method that comes in now. Each fault that fits counts it, except those behind the
    /// one that happens.
    pub(super) fn judge(&self, method: Method) -> Verdict {
        let mut verdict = Verdict::default();
        if !self.any.load(Ordering::SeqCst) {
            return verdict;
        }
        let mut state = self.state();
        let mut used_up = Vec::new();
        for (id, active) in &mut state.active {
            if !active.fault.calls.include(method) {
                continue;
            }
            match &active.fault.action {
                Action::Delay(by) => {
                    let by = *by;
                    if active.count() {
                        verdict.delay = verdict.delay.saturating_add(by);
                    }
                }
                _ if verdict.action.is_some() => continue,
                action => {
                    let action = action.clone();
                    if active.count() {
                        verdict.action = Some(action);
                    }
                }
            }
            if active.is_used_up() {
                used_up.push(*id);
            }
        }
        for id in used_up {
            if let Some(active) = state.active.remove(&id) {
                state.past.insert(id, active.hits);
            }
        }
        self.any.store(!state.active.is_empty(), Ordering::SeqCst);
        verdict
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happens(rules: &Rules, method: Method) -> bool {
        rules.judge(method).action.is_some()
    }

    #[test]
    fn a_fault_skips_happens_and_is_used_up() {
        let rules = Rules::default();
        let fault = Fault::new(Method::GetObject, Action::DropRequest);
        let id = rules.add(fault.after(2).times(3));
        let seen: Vec<_> = (0..7).map(|_| happens(&rules, Method::GetObject)).collect();
        assert_eq!(seen, [false, false, true, true, true, false, false]);
        assert_eq!(rules.hits(id), 3);
        assert!(rules.active().is_empty() && rules.remove(id).is_none());
    }

    #[test]
    fn a_fault_is_for_its_method_or_for_all() {
        let rules = Rules::default();
        rules.add(Fault::new(Method::GetObject, Action::Stall));
        assert!(!happens(&rules, Method::GetEpoch));
        assert!(happens(&rules, Method::GetObject));
        let all = rules.add(Fault::new(Calls::All, Action::Stall));
        assert!(happens(&rules, Method::GetEpoch));
        assert!(rules.remove(all).is_some());
        assert!(!happens(&rules, Method::GetEpoch));
        rules.clear();
        assert!(!happens(&rules, Method::GetObject));
        assert_eq!(rules.hits(all), 1);
    }

    #[test]
    fn delays_add_up_and_the_oldest_of_the_others_happens() {
        let rules = Rules::default();
        let ms = Duration::from_millis;
        rules.add(Fault::new(Calls::All, Action::Delay(ms(5))));
        rules.add(Fault::new(Calls::All, Action::DropRequest).once());
        let later = rules.add(Fault::new(Calls::All, Action::DropResponse).once());
        rules.add(Fault::new(Calls::All, Action::Delay(ms(7))).once());
        let first = rules.judge(Method::GetObject);
        assert_eq!(first.delay, ms(12));
        assert!(matches!(first.action, Some(Action::DropRequest)));
        assert_eq!(rules.hits(later), 0, "the later one waits for its turn");
        let second = rules.judge(Method::GetObject);
        assert_eq!(second.delay, ms(5));
        assert!(matches!(second.action, Some(Action::DropResponse)));
        assert!(rules.judge(Method::GetObject).action.is_none());
    }

    #[test]
    fn a_fault_for_no_call_is_none() {
        let rules = Rules::default();
        rules.add(Fault::new(Calls::All, Action::Stall).times(0));
        assert!(rules.active().is_empty());
        assert!(!happens(&rules, Method::GetObject));
    }
}
