//! Abstract interpretation: what holds at the beginning of every block, whichever way led there.

use super::error::{Broken, Rule};
use super::flow::Flow;
use super::meter::Meter;
use std::collections::BTreeSet;
use std::ops::Range;

/// What runs over a function's blocks.
pub(super) trait Analysis {
    /// What is known between two instructions.
    type State: Clone;

    /// Takes the state through a block, whose operand stack is empty before and after.
    fn block(
        &mut self,
        state: &mut Self::State,
        code: Range<usize>,
        meter: &mut Meter,
    ) -> Result<(), Broken>;

    /// Makes `known` true of another way to the same place as well; returns whether that changed it.
    fn join(
        &mut self,
        known: &mut Self::State,
        other: &Self::State,
        meter: &mut Meter,
    ) -> Result<bool, Rule>;
}

/// Runs blocks until nothing new is learned of any of them.
pub(super) fn run<A: Analysis>(
    analysis: &mut A,
    flow: &Flow,
    initial: A::State,
    meter: &mut Meter,
) -> Result<(), Broken> {
    let mut known: Vec<Option<A::State>> = vec![None; flow.order.len()];
    if let Some(first) = known.first_mut() {
        *first = Some(initial);
    }
    let mut pending = BTreeSet::from([0usize]);
    while let Some(place) = pending.pop_first() {
        let block = flow
            .order
            .get(place)
            .and_then(|block| flow.blocks.get(*block));
        let state = known.get(place).cloned().flatten();
        let (Some(block), Some(mut state)) = (block, state) else {
            continue;
        };
        meter.charge(1 + block.code.len())?;
        analysis.block(&mut state, block.code.clone(), meter)?;
        for next in &block.next {
            let Some(next) = flow.rank.get(*next).copied().flatten() else {
                continue;
            };
            let Some(slot) = known.get_mut(next) else {
                continue;
            };
            let changed = match slot {
                None => {
                    *slot = Some(state.clone());
                    true
                }
                Some(known) => analysis.join(known, &state, meter)?,
            };
            if changed {
                pending.insert(next);
            }
        }
    }
    Ok(())
}
