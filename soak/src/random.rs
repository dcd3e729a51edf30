//! Randomness from a seed: the same numbers on every machine, for ever.

/// SplitMix64: small, fast, and good enough to choose test steps. Never for keys.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// The sequence of a seed and a number within it: an episode's own randomness.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self {
            state: seed ^ stream.wrapping_mul(0xa076_1d64_78bd_642f),
        };
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A byte below `bound`.
    pub(crate) fn byte(&mut self, bound: u8) -> u8 {
        u8::try_from(self.below(bound.into())).unwrap_or(0)
    }

    /// Whether something with a chance of `percent` in a hundred happens.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the choices; the default when there are none.
    pub(crate) fn pick<T: Clone + Default>(&mut self, choices: &[T]) -> T {
        let length = u64::try_from(choices.len()).unwrap_or(0);
        let index = usize::try_from(self.below(length)).unwrap_or(0);
        choices.get(index).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again_and_streams_differ() {
        let numbers = |stream| {
            let mut random = Random::new(1, stream);
            [
                random.below(1_000),
                random.below(1_000),
                random.below(1_000),
            ]
        };
        assert_eq!(numbers(0), numbers(0));
        assert_ne!(numbers(0), numbers(1));
    }
}
