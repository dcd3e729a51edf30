//! What instructions cost, run by run where that comes to the same as one by one.

use super::super::VmStatus;
use super::super::loader::{Code, Instr};
use super::Machine;

/// Whether the run of instructions that is being executed was charged when it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prepaid {
    Yes,
    No,
}

impl Machine<'_, '_> {
    /// Charges the run that begins at an instruction, if that can be done at once.
    #[inline]
    pub(super) fn prepay(&mut self, code: &Code, at: usize) -> Prepaid {
        match code.costs.get(at) {
            Some(cost) if self.meter.prepay(cost) => Prepaid::Yes,
            _ => Prepaid::No,
        }
    }

    /// Charges one instruction of a run that was not prepaid, unless its size is charged by [`Self::charge_size`].
    #[cold]
    pub(super) fn charge(&mut self, instruction: Instr) -> Result<(), VmStatus> {
        if instruction.has_size_of_its_own() {
            return Ok(());
        }
        let price = instruction.price();
        self.meter
            .charge(1, price.pushes.into(), price.pops.into(), price.size.into())
    }

    /// Charges the instruction before `next`, whose size is known only now; of a prepaid one, only the size.
    #[inline]
    pub(super) fn charge_size(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
        size: u64,
    ) -> Result<(), VmStatus> {
        if *prepaid == Prepaid::Yes && self.meter.prepay_size(size) {
            return Ok(());
        }
        self.charge_size_alone(code, next, prepaid, size)
    }

    /// The rest of the run is charged one by one, from this instruction on.
    #[cold]
    fn charge_size_alone(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
        size: u64,
    ) -> Result<(), VmStatus> {
        let at = next.wrapping_sub(1);
        if *prepaid == Prepaid::Yes
            && let Some(cost) = code.costs.get(at)
        {
            self.meter.refund(cost);
        }
        *prepaid = Prepaid::No;
        let price = code
            .instructions
            .get(at)
            .map(|at| at.price())
            .unwrap_or_default();
        let size = size.saturating_add(price.size.into());
        self.meter
            .charge(1, price.pushes.into(), price.pops.into(), size)
    }

    /// Takes back what was prepaid for the instructions after one that failed.
    #[cold]
    pub(super) fn refund_after(&mut self, code: &Code, next: usize, prepaid: Prepaid) {
        let failed = code.instructions.get(next.wrapping_sub(1));
        if prepaid == Prepaid::Yes
            && failed.is_some_and(|instruction| !instruction.ends_run())
            && let Some(rest) = code.costs.get(next)
        {
            self.meter.refund(rest);
        }
    }
}
