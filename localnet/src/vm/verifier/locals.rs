//! Locals: what is read is there, and what cannot be dropped is not lost.

use super::super::AbilitySet;
use super::super::bytecode::{Code, Op};
use super::error::{Broken, Rule};
use super::fixpoint::{self, Analysis};
use super::flow::Flow;
use super::meter::Meter;
use std::ops::Range;

/// A set of locals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LocalSet([u64; 4]);

impl LocalSet {
    pub(super) fn contains(&self, local: u8) -> bool {
        let word = self.0.get(usize::from(local / 64)).copied().unwrap_or(0);
        word >> (local % 64) & 1 == 1
    }

    pub(super) fn set(&mut self, local: u8, present: bool) {
        if let Some(word) = self.0.get_mut(usize::from(local / 64)) {
            let bit = 1 << (local % 64);
            *word = if present { *word | bit } else { *word & !bit };
        }
    }

    pub(super) fn union(self, other: Self) -> Self {
        self.merge(other, |left, right| left | right)
    }

    pub(super) fn intersection(self, other: Self) -> Self {
        self.merge(other, |left, right| left & right)
    }

    fn without(self, other: Self) -> Self {
        self.merge(other, |left, right| left & !right)
    }

    fn merge(mut self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        for (left, right) in self.0.iter_mut().zip(other.0) {
            *left = with(*left, right);
        }
        self
    }
}

/// Which locals certainly hold a value, and which may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    certain: LocalSet,
    possible: LocalSet,
}

struct Locals<'c> {
    code: &'c Code,
    droppable: LocalSet,
}

/// Checks one function, whose locals, parameters first, have these abilities.
pub(super) fn check(
    code: &Code,
    flow: &Flow,
    parameters: usize,
    abilities: &[AbilitySet],
    meter: &mut Meter,
) -> Result<(), Broken> {
    let mut droppable = LocalSet::default();
    let mut initial = LocalSet::default();
    for (local, abilities) in (0u8..=u8::MAX).zip(abilities) {
        droppable.set(local, abilities.has_drop());
        initial.set(local, usize::from(local) < parameters);
    }
    let initial = State {
        certain: initial,
        possible: initial,
    };
    fixpoint::run(&mut Locals { code, droppable }, flow, initial, meter)
}

impl Locals<'_> {
    fn step(&self, state: &mut State, op: &Op) -> Result<(), Rule> {
        let here = |local: u8, rule| {
            if state.certain.contains(local) {
                Ok(())
            } else {
                Err(rule)
            }
        };
        match op {
            Op::StLoc(local) => {
                if state.possible.contains(*local) && !self.droppable.contains(*local) {
                    return Err(Rule::StoreOverValue);
                }
                state.certain.set(*local, true);
                state.possible.set(*local, true);
            }
            Op::MoveLoc(local) => {
                here(*local, Rule::MoveUnavailable)?;
                state.certain.set(*local, false);
                state.possible.set(*local, false);
            }
            Op::CopyLoc(local) => here(*local, Rule::CopyUnavailable)?,
            Op::BorrowLoc(_, local) => here(*local, Rule::BorrowUnavailable)?,
            Op::Ret if state.possible.without(self.droppable) != LocalSet::default() => {
                return Err(Rule::ReturnWithValue);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Analysis for Locals<'_> {
    type State = State;

    fn block(
        &mut self,
        state: &mut State,
        code: Range<usize>,
        _: &mut Meter,
    ) -> Result<(), Broken> {
        for at in code {
            let op = self.code.ops.get(at).ok_or(Rule::OutOfBounds)?;
            self.step(state, op)
                .map_err(|rule| Broken::from(rule).at(at))?;
        }
        Ok(())
    }

    fn join(&mut self, known: &mut State, other: &State, _: &mut Meter) -> Result<bool, Rule> {
        let joined = State {
            certain: known.certain.intersection(other.certain),
            possible: known.possible.union(other.possible),
        };
        Ok(std::mem::replace(known, joined) != joined)
    }
}
