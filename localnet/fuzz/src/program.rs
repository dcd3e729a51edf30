//! Random but plausible programs, executed and taken back.

use std::sync::LazyLock;

use arbitrary::Unstructured;

use crate::random::program;
use crate::random::world::paid;
use crate::trial::Trial;

/// In MIST: enough for a publication, for most programs, for a few instructions, and for hardly anything. More would be spent in
/// loops, ten thousand times as long as it takes to find out what a program does.
const BUDGETS: [u64; 4] = [60_000_000, 15_000_000, 3_000_000, 1_000_000];

static TRIAL: LazyLock<Trial> = LazyLock::new(Trial::new);

/// One input: the first byte says who pays and how much, the others are the program's choices.
pub fn run(data: &[u8]) {
    let Some((first, choices)) = data.split_first() else {
        return;
    };
    let world = &TRIAL.world;
    let program = program::write(world, &mut Unstructured::new(choices));
    let budget = BUDGETS[usize::from(first >> 6)];
    TRIAL.try_out(&paid(world, program, first % 5, budget, 7));
}
