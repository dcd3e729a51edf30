//! The tiered gas meter.
//!
//! Every instruction costs `I + S x pushed size + H x pushes` internal units. I grows with the number of instructions
//! executed, S with the size pushed so far and H with the height of the stack, each in steps (*tiers*).

use super::VmStatus;
use super::loader::RunCost;

/// Start of each tier and the multiplier that holds from there on.
type Tiers = &'static [(u64, u64)];

const INSTRUCTION_TIERS: Tiers = &[
    (0, 1),
    (20_000, 2),
    (50_000, 10),
    (100_000, 50),
    (200_000, 100),
    (10_000_000, 1_000),
];
const HEIGHT_TIERS: Tiers = &[(0, 1), (1_000, 2), (10_000, 10)];
const SIZE_TIERS: Tiers = &[
    (0, 1),
    (100_000, 2),
    (500_000, 5),
    (1_000_000, 100),
    (100_000_000, 1_000),
];

/// Calls of natives after which their cost counts as instructions.
const NATIVE_CALLS: u64 = 700;

/// A running total with the multiplier of the tier it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tiered {
    tiers: Tiers,
    total: u64,
    multiplier: u64,
    /// First total at which the multiplier differs from the current one.
    next: u64,
}

impl Tiered {
    fn new(tiers: Tiers) -> Self {
        let mut tiered = Self {
            tiers,
            total: 0,
            multiplier: 1,
            next: 0,
        };
        tiered.enter();
        tiered
    }

    #[inline]
    fn add(&mut self, amount: u64) {
        self.total = self.total.saturating_add(amount);
        if self.total > self.next {
            self.enter();
        }
    }

    /// Lowers the total. The multiplier stays: as on the network, a tier once reached is left only upwards.
    #[inline]
    fn subtract(&mut self, amount: u64) {
        self.total = self.total.saturating_sub(amount);
    }

    #[cold]
    fn enter(&mut self) {
        self.next = u64::MAX;
        for (start, multiplier) in self.tiers {
            // A tier begins above its start, so that exactly 20,000 instructions are still of the first.
            if *start == 0 || self.total > *start {
                self.multiplier = *multiplier;
            } else {
                self.next = *start;
                break;
            }
        }
    }
}

/// Counts what a transaction's computation costs, in internal units (a thousandth of a computation unit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasMeter {
    budget: u64,
    remaining: u64,
    instructions: Tiered,
    height: Tiered,
    size: Tiered,
    native_calls: u64,
    metered: bool,
}

impl GasMeter {
    /// A meter that stops with [`VmStatus::OutOfGas`] after this many internal units.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget,
            remaining: budget,
            instructions: Tiered::new(INSTRUCTION_TIERS),
            height: Tiered::new(HEIGHT_TIERS),
            size: Tiered::new(SIZE_TIERS),
            native_calls: 0,
            metered: true,
        }
    }

    /// A meter that never stops: for genesis and system transactions.
    #[must_use]
    pub fn unmetered() -> Self {
        Self {
            metered: false,
            ..Self::new(u64::MAX)
        }
    }

    /// Internal units used so far.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.budget - self.remaining
    }

    /// Internal units left.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Instructions executed so far.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.instructions.total
    }

    /// Charges for `instructions` that pop, then push values of total size `size`.
    ///
    /// # Errors
    /// [`VmStatus::OutOfGas`]; nothing is left then.
    // Every instruction passes constants here; inlined, most of this folds away.
    #[inline(always)]
    pub fn charge(
        &mut self,
        instructions: u64,
        pushes: u64,
        pops: u64,
        size: u64,
    ) -> Result<(), VmStatus> {
        self.instructions.add(instructions);
        if pushes != 0 {
            self.height.add(pushes);
        }
        if size != 0 {
            self.size.add(size);
        }
        let cost = instructions
            .saturating_mul(self.instructions.multiplier)
            .saturating_add(size.saturating_mul(self.size.multiplier))
            .saturating_add(pushes.saturating_mul(self.height.multiplier));
        if pops != 0 {
            self.height.subtract(pops);
        }
        self.charge_units(cost)
    }

    /// Charges a run of instructions at once, if that is what charging them one by one comes to: no tier begins in it, and
    /// there is enough left for all of it. Otherwise nothing is charged.
    #[inline]
    pub(super) fn prepay(&mut self, cost: &RunCost) -> bool {
        let instructions = self
            .instructions
            .total
            .saturating_add(cost.instructions.into());
        let size = self.size.total.saturating_add(cost.size.into());
        let height = self.height.total;
        if cost.instructions == 0
            || instructions > self.instructions.next
            || size > self.size.next
            || height.saturating_add(cost.peak.into()) > self.height.next
            || height < u64::from(cost.dip)
        {
            return false;
        }
        let Some(remaining) = self.remaining.checked_sub(self.price(cost)) else {
            return false;
        };
        self.remaining = remaining;
        self.instructions.total = instructions;
        self.size.total = size;
        self.height.total = height + u64::from(cost.pushes) - u64::from(cost.pops);
        true
    }

    /// Takes back what was prepaid for the rest of a run.
    #[cold]
    pub(super) fn refund(&mut self, cost: &RunCost) {
        self.remaining = self.remaining.saturating_add(self.price(cost));
        let instructions = &mut self.instructions.total;
        *instructions = instructions.saturating_sub(cost.instructions.into());
        self.size.total = self.size.total.saturating_sub(cost.size.into());
        let height = self.height.total.saturating_add(cost.pops.into());
        self.height.total = height.saturating_sub(cost.pushes.into());
    }

    /// Charges for the size of a value that a prepaid instruction pushes, if no tier begins and enough is left.
    #[inline]
    pub(super) fn prepay_size(&mut self, size: u64) -> bool {
        let total = self.size.total.saturating_add(size);
        let cost = size.saturating_mul(self.size.multiplier);
        match self.remaining.checked_sub(cost) {
            Some(remaining) if total <= self.size.next => {
                self.remaining = remaining;
                self.size.total = total;
                true
            }
            _ => false,
        }
    }

    /// Says that values left the stack, for a function to take.
    #[inline]
    pub(super) fn pass_on(&mut self, values: usize) {
        self.height.subtract(values as u64);
    }

    /// What a run costs in the current tiers. Counts of a run are far below 2^32 and multipliers at most 1,000.
    #[inline]
    fn price(&self, cost: &RunCost) -> u64 {
        u64::from(cost.instructions) * self.instructions.multiplier
            + u64::from(cost.size) * self.size.multiplier
            + u64::from(cost.pushes) * self.height.multiplier
    }

    /// Charges internal units that no tier multiplies.
    ///
    /// # Errors
    /// [`VmStatus::OutOfGas`]; nothing is left then.
    #[inline(always)]
    pub fn charge_units(&mut self, units: u64) -> Result<(), VmStatus> {
        if let Some(remaining) = self.remaining.checked_sub(units) {
            self.remaining = remaining;
            return Ok(());
        }
        self.run_out()
    }

    #[cold]
    fn run_out(&mut self) -> Result<(), VmStatus> {
        if self.metered {
            self.remaining = 0;
            return Err(VmStatus::OutOfGas);
        }
        Ok(())
    }

    /// Fails as [`GasMeter::charge_units`] would, without charging.
    pub(super) fn check_units(&self, units: u64) -> Result<(), VmStatus> {
        if self.metered && units > self.remaining {
            Err(VmStatus::OutOfGas)
        } else {
            Ok(())
        }
    }

    /// Charges a native that cost `units` and pushed `pushes` values of total size `size`.
    pub(super) fn charge_native(
        &mut self,
        units: u64,
        pushes: u64,
        size: u64,
    ) -> Result<(), VmStatus> {
        self.native_calls += 1;
        if self.native_calls > NATIVE_CALLS {
            return self.charge(units, pushes, 0, size);
        }
        self.charge_units(units)?;
        self.charge(0, pushes, 0, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_costs_by_count_size_and_height() {
        let mut meter = GasMeter::new(100);
        assert_eq!(meter.charge(1, 1, 0, 8), Ok(()));
        assert_eq!(meter.used(), 10);
        assert_eq!(meter.charge(1, 0, 1, 0), Ok(()));
        assert_eq!(meter.used(), 11);
    }

    #[test]
    fn the_instruction_multiplier_rises_above_each_boundary() {
        let mut meter = GasMeter::new(u64::MAX);
        for _ in 0..20_000 {
            assert_eq!(meter.charge(1, 0, 0, 0), Ok(()));
        }
        assert_eq!(meter.used(), 20_000);
        assert_eq!(meter.charge(1, 0, 0, 0), Ok(()));
        assert_eq!(meter.used(), 20_002);
        assert_eq!(meter.charge(30_000, 0, 0, 0), Ok(()));
        assert_eq!(
            meter.used(),
            20_002 + 300_000,
            "the whole charge is of the tier it reaches"
        );
    }

    #[test]
    fn the_height_multiplier_is_not_lowered_by_pops() {
        let mut meter = GasMeter::new(u64::MAX);
        assert_eq!(meter.charge(0, 1_001, 1_001, 0), Ok(()));
        let before = meter.used();
        assert_eq!(meter.charge(0, 1, 0, 0), Ok(()));
        assert_eq!(meter.used() - before, 2);
    }

    #[test]
    fn size_is_charged_by_all_that_was_pushed() {
        let mut meter = GasMeter::new(u64::MAX);
        assert_eq!(meter.charge(0, 0, 0, 100_000), Ok(()));
        assert_eq!(meter.used(), 100_000);
        assert_eq!(meter.charge(0, 0, 0, 10), Ok(()));
        assert_eq!(meter.used(), 100_020);
    }

    #[test]
    fn natives_count_as_instructions_after_many_calls() {
        let mut meter = GasMeter::new(u64::MAX);
        for _ in 0..NATIVE_CALLS {
            assert_eq!(meter.charge_native(52, 0, 0), Ok(()));
        }
        assert_eq!(meter.instructions(), 0);
        assert_eq!(meter.charge_native(52, 0, 0), Ok(()));
        assert_eq!(meter.instructions(), 52);
    }

    #[test]
    fn running_out_leaves_nothing_unless_unmetered() {
        let mut meter = GasMeter::new(5);
        assert_eq!(meter.check_units(6), Err(VmStatus::OutOfGas));
        assert_eq!(meter.charge_units(6), Err(VmStatus::OutOfGas));
        assert_eq!(meter.remaining(), 0);
        assert_eq!(
            GasMeter::unmetered().charge(1, u64::MAX, 0, u64::MAX),
            Ok(())
        );
    }
}
