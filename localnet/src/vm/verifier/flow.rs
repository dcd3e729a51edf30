//! Control flow: basic blocks, and loops that have one entrance and are not nested too deep.

use super::super::bytecode::{Code, Op};
use super::error::{Broken, Rule};
use super::meter::Meter;
use std::ops::Range;

const MAX_BLOCKS: usize = 1_024;
const MAX_BACK_EDGES: usize = 10_000;
const MAX_LOOP_DEPTH: usize = 5;

/// Instructions that run one after the other, and where the last of them goes.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) code: Range<usize>,
    /// Blocks, by number.
    pub(super) next: Vec<usize>,
}

/// The blocks of a function. Block 0 is its beginning.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) blocks: Vec<Block>,
    /// Every block that can be reached, each before those it leads to except on the way back in a loop.
    pub(super) order: Vec<usize>,
    /// The place of each block in `order`.
    pub(super) rank: Vec<Option<usize>>,
}

impl Flow {
    pub(super) fn new(code: &Code, meter: &mut Meter) -> Result<Self, Broken> {
        let blocks = blocks(code, meter)?;
        if blocks.len() > MAX_BLOCKS {
            return Err(Rule::TooManyBlocks.into());
        }
        let order = order(&blocks);
        let mut rank = vec![None; blocks.len()];
        for (place, block) in order.iter().enumerate() {
            if let Some(rank) = rank.get_mut(*block) {
                *rank = Some(place);
            }
        }
        let flow = Self {
            blocks,
            order,
            rank,
        };
        flow.check_loops(meter)?;
        Ok(flow)
    }

    /// The blocks that block number `place` of `order` leads to, by their places.
    fn onward(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        let block = self
            .order
            .get(place)
            .and_then(|block| self.blocks.get(*block));
        let next = block.into_iter().flat_map(|block| &block.next);
        next.filter_map(|block| self.rank.get(*block).copied().flatten())
    }

    /// Every jump back goes to a block that all ways into the loop lead through.
    fn check_loops(&self, meter: &mut Meter) -> Result<(), Broken> {
        let count = self.order.len();
        let mut before = vec![Vec::new(); count];
        let mut back = Vec::new();
        for place in 0..count {
            for next in self.onward(place) {
                meter.charge(1)?;
                if let Some(before) = before.get_mut(next) {
                    before.push(place);
                }
                if next <= place {
                    back.push((place, next));
                }
            }
        }
        if back.len() > MAX_BACK_EDGES {
            return Err(Rule::TooManyBackEdges.into());
        }
        if back.is_empty() {
            return Ok(());
        }
        let dominators = dominators(&before, meter)?;
        let dominates = |head: usize, mut place: usize| {
            while place > head {
                place = dominators.get(place).copied().unwrap_or(0);
            }
            place == head
        };
        let at = |place: usize| {
            let block = self
                .order
                .get(place)
                .and_then(|block| self.blocks.get(*block));
            block.map_or(0, |block| block.code.start)
        };
        for (place, head) in &back {
            if !dominates(*head, *place) {
                return Err(Broken::from(Rule::IrreducibleLoop).at(at(*place)));
            }
        }
        // How many loops each block is in. Loops with the same head are one.
        let mut depth = vec![0usize; count];
        let mut heads: Vec<usize> = back.iter().map(|(_, head)| *head).collect();
        heads.sort_unstable();
        heads.dedup();
        for head in heads {
            let mut inside = vec![false; count];
            let mut pending: Vec<usize> = back
                .iter()
                .filter(|(_, to)| *to == head)
                .map(|(from, _)| *from)
                .collect();
            pending.push(head);
            while let Some(place) = pending.pop() {
                let Some(seen) = inside.get_mut(place) else {
                    continue;
                };
                if std::mem::replace(seen, true) {
                    continue;
                }
                if let Some(depth) = depth.get_mut(place) {
                    *depth += 1;
                }
                if place != head {
                    let before = before.get(place).map_or(&[][..], Vec::as_slice);
                    meter.charge(1 + before.len())?;
                    pending.extend(before);
                }
            }
            if depth.get(head).is_some_and(|depth| *depth > MAX_LOOP_DEPTH) {
                return Err(Broken::from(Rule::LoopTooDeep).at(at(head)));
            }
        }
        Ok(())
    }
}

/// Where an instruction goes, besides to the next one, and whether it goes there as well.
fn targets<'c>(code: &'c Code, op: &'c Op) -> Result<(&'c [u16], bool), Rule> {
    Ok(match op {
        Op::Branch(target) => (std::slice::from_ref(target), false),
        Op::BrTrue(target) | Op::BrFalse(target) => (std::slice::from_ref(target), true),
        Op::VariantSwitch(table) => {
            let table = code.jump_tables.get(usize::from(*table));
            (&table.ok_or(Rule::OutOfBounds)?.targets, false)
        }
        Op::Ret | Op::Abort => (&[], false),
        _ => (&[], true),
    })
}

fn ends_block(op: &Op) -> bool {
    matches!(
        op,
        Op::Branch(_) | Op::BrTrue(_) | Op::BrFalse(_) | Op::VariantSwitch(_) | Op::Ret | Op::Abort
    )
}

fn blocks(code: &Code, meter: &mut Meter) -> Result<Vec<Block>, Broken> {
    let ops = &code.ops;
    match ops.last() {
        None => return Err(Rule::EmptyCode.into()),
        Some(Op::Ret | Op::Abort | Op::Branch(_) | Op::VariantSwitch(_)) => {}
        Some(_) => return Err(Broken::from(Rule::FallThrough).at(ops.len() - 1)),
    }
    let mut used = vec![false; code.jump_tables.len()];
    let mut begins = vec![false; ops.len()];
    let mut begin = |at: usize| {
        let slot = begins.get_mut(at).ok_or(Rule::OutOfBounds)?;
        *slot = true;
        Ok::<_, Rule>(())
    };
    begin(0)?;
    for (at, op) in ops.iter().enumerate() {
        meter.charge(1)?;
        if let Op::VariantSwitch(table) = op
            && let Some(used) = used.get_mut(usize::from(*table))
        {
            *used = true;
        }
        if ends_block(op) {
            for target in targets(code, op)?.0 {
                begin(usize::from(*target))?;
            }
            if at + 1 < ops.len() {
                begin(at + 1)?;
            }
        }
    }
    if used.contains(&false) {
        return Err(Rule::UnusedJumpTable.into());
    }
    let starts: Vec<usize> = (0..ops.len())
        .filter(|at| begins.get(*at) == Some(&true))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([ops.len()]);
    let mut blocks = Vec::new();
    for (number, (start, end)) in starts.iter().zip(ends).enumerate() {
        let last = ops.get(end - 1).ok_or(Rule::OutOfBounds)?;
        let (targets, falls) = targets(code, last)?;
        let mut next = if falls { vec![number + 1] } else { Vec::new() };
        for target in targets {
            let block = starts.binary_search(&usize::from(*target));
            next.push(block.map_err(|_| Rule::OutOfBounds)?);
        }
        next.sort_unstable();
        next.dedup();
        meter.charge(next.len())?;
        blocks.push(Block {
            code: *start..end,
            next,
        });
    }
    Ok(blocks)
}

/// Reverse postorder of the blocks that can be reached.
fn order(blocks: &[Block]) -> Vec<usize> {
    let next = |block: usize, number: usize| {
        blocks
            .get(block)
            .and_then(|block| block.next.get(number))
            .copied()
    };
    let mut seen = vec![false; blocks.len()];
    let mut order = Vec::new();
    let mut stack = vec![(0usize, 0usize)];
    if let Some(first) = seen.first_mut() {
        *first = true;
    }
    while let Some((block, number)) = stack.pop() {
        let Some(child) = next(block, number) else {
            order.push(block);
            continue;
        };
        stack.push((block, number + 1));
        if let Some(seen) = seen.get_mut(child)
            && !std::mem::replace(seen, true)
        {
            stack.push((child, 0));
        }
    }
    order.reverse();
    order
}

/// The closest block that every way to a block leads through, by places in the order; that of the first is itself.
fn dominators(before: &[Vec<usize>], meter: &mut Meter) -> Result<Vec<usize>, Rule> {
    let mut closest: Vec<Option<usize>> = vec![None; before.len()];
    if let Some(first) = closest.first_mut() {
        *first = Some(0);
    }
    let mut changed = true;
    while changed {
        changed = false;
        for (place, before) in before.iter().enumerate().skip(1) {
            let mut found: Option<usize> = None;
            for place in before {
                if closest.get(*place).copied().flatten().is_none() {
                    continue;
                }
                found = Some(match found {
                    None => *place,
                    Some(other) => meet(&closest, *place, other, meter)?,
                });
            }
            if let Some(slot) = closest.get_mut(place)
                && *slot != found
            {
                *slot = found;
                changed = true;
            }
        }
    }
    Ok(closest
        .into_iter()
        .map(|place| place.unwrap_or(0))
        .collect())
}

fn meet(
    closest: &[Option<usize>],
    mut left: usize,
    mut right: usize,
    meter: &mut Meter,
) -> Result<usize, Rule> {
    while left != right {
        meter.charge(1)?;
        let up = |place: usize| closest.get(place).copied().flatten().unwrap_or(0);
        if left > right {
            left = up(left);
        } else {
            right = up(right);
        }
    }
    Ok(left)
}
