//! What runs of instructions cost, worked out when code is decoded.
//!
//! A *run* begins where control can arrive and goes up to the next instruction that decides where to go on. All that is
//! known of its cost beforehand is charged when it is entered, if no limit or price step lies within; that gives the same
//! sums as charging one instruction at a time.

use super::super::{Type, TypeKind, Types, VmStatus};
use super::instruction::Instr;

/// Sizes the gas table gives to what an instruction pushes.
const WORD: u64 = 1;
const REFERENCE: u64 = 8;
const STRUCT: u64 = 2;
const VECTOR: u64 = 8;
const MOVED: u64 = 8;

/// What one instruction costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::vm) struct Price {
    /// Values pushed.
    pub(in crate::vm) pushes: u32,
    /// Values popped.
    pub(in crate::vm) pops: u32,
    /// Size of what is pushed, as far as the instruction alone tells; the rest is known when it runs.
    pub(in crate::vm) size: u32,
}

/// What the instructions from one to the end of its run cost together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::vm) struct RunCost {
    /// How many instructions; 0 if they have to be charged one by one.
    pub(in crate::vm) instructions: u32,
    /// Values pushed and popped.
    pub(in crate::vm) pushes: u32,
    pub(in crate::vm) pops: u32,
    /// Size of what is pushed.
    pub(in crate::vm) size: u32,
    /// How far the stack grows in between, just after a push.
    pub(in crate::vm) peak: u32,
    /// How far the stack shrinks below its height at the beginning.
    pub(in crate::vm) dip: u32,
}

/// More than any stack holds: such an instruction fails, and is charged by itself.
const TOO_MANY: u32 = 4_096;

impl Instr {
    /// What the instruction costs.
    pub(in crate::vm) fn price(self) -> Price {
        let price = |pushes: u32, pops: u32, size: u64| Price {
            pushes,
            pops,
            size: u32::try_from(size).unwrap_or(u32::MAX),
        };
        match self {
            Self::Nop | Self::Ret | Self::Branch(_) | Self::Call(_) => price(0, 0, 0),
            Self::BrTrue(_) | Self::BrFalse(_) | Self::VariantSwitch(_) | Self::Abort => {
                price(0, 1, 0)
            }
            Self::LdBool(_)
            | Self::LdU8(_)
            | Self::LdU16(_)
            | Self::LdU32(_)
            | Self::LdU64(_)
            | Self::LdWide(_) => price(1, 0, WORD),
            Self::LdConst(_) | Self::CopyValue(_) => price(1, 0, 0),
            Self::CopyLoc { size, .. } => price(1, 0, size.into()),
            Self::MoveLoc(_) => price(1, 0, MOVED),
            Self::StLoc(_) | Self::Pop => price(0, 1, 0),
            Self::BorrowLoc(_) => price(1, 0, REFERENCE),
            Self::BorrowField(_) | Self::FreezeRef => price(1, 1, REFERENCE),
            Self::ReadRef => price(1, 1, 0),
            Self::WriteRef => price(0, 2, 0),
            Self::Pack(fields) | Self::PackVariant { fields, .. } => {
                price(1, fields.into(), STRUCT)
            }
            Self::Unpack(fields)
            | Self::UnpackVariant { fields, .. }
            | Self::UnpackVariantRef { fields, .. } => price(fields.into(), 1, 0),
            Self::Add
            | Self::Sub
            | Self::Mul
            | Self::Mod
            | Self::Div
            | Self::BitOr
            | Self::BitAnd
            | Self::Xor
            | Self::Shl
            | Self::Shr
            | Self::Or
            | Self::And
            | Self::Lt
            | Self::Gt
            | Self::Le
            | Self::Ge
            | Self::Eq
            | Self::Neq => price(1, 2, WORD),
            Self::Not
            | Self::CastU8
            | Self::CastU16
            | Self::CastU32
            | Self::CastU64
            | Self::CastU128
            | Self::CastU256 => price(1, 1, WORD),
            Self::VecPack { count, .. } => price(1, count, VECTOR),
            Self::VecLen => price(1, 1, WORD),
            Self::VecBorrow => price(1, 2, REFERENCE),
            Self::VecPushBack => price(0, 2, 0),
            Self::VecPopBack => price(1, 1, 0),
            Self::VecUnpack(count) => price(count, 1, 0),
            Self::VecSwap => price(0, 3, 0),
        }
    }

    /// Whether the size of what the instruction moves is known, and charged, only when it runs.
    #[inline]
    pub(in crate::vm) fn has_size_of_its_own(self) -> bool {
        matches!(
            self,
            Self::LdConst(_)
                | Self::CopyValue(_)
                | Self::ReadRef
                | Self::WriteRef
                | Self::Eq
                | Self::Neq
        )
    }

    /// Whether the next instruction to run is not necessarily the one after this.
    pub(in crate::vm) fn ends_run(self) -> bool {
        matches!(
            self,
            Self::Ret
                | Self::Branch(_)
                | Self::BrTrue(_)
                | Self::BrFalse(_)
                | Self::VariantSwitch(_)
                | Self::Call(_)
                | Self::Abort
        )
    }
}

/// For each instruction, what it and the rest of its run cost.
pub(super) fn runs(instructions: &[Instr]) -> Box<[RunCost]> {
    let mut costs = vec![RunCost::default(); instructions.len()];
    let mut rest = Some(RunCost::default());
    for (instruction, cost) in instructions.iter().zip(&mut costs).rev() {
        if instruction.ends_run() {
            rest = Some(RunCost::default());
        }
        rest = rest.and_then(|rest| rest.after(instruction.price()));
        *cost = rest.unwrap_or_default();
    }
    costs.into()
}

impl RunCost {
    /// The cost of an instruction and what comes after it; `None` if it moves more values than can be.
    fn after(self, price: Price) -> Option<Self> {
        if price.pushes > TOO_MANY || price.pops > TOO_MANY {
            return None;
        }
        // How the height differs after the instruction, one way or the other.
        let (up, down) = (
            price.pushes.saturating_sub(price.pops),
            price.pops.saturating_sub(price.pushes),
        );
        Some(Self {
            instructions: self.instructions + 1,
            pushes: self.pushes + price.pushes,
            pops: self.pops + price.pops,
            size: self.size + price.size,
            peak: price.pushes.max((self.peak + up).saturating_sub(down)),
            dip: down.max((self.dip + down).saturating_sub(up)),
        })
    }
}

/// The size that values of a type have whatever they are, if there is one.
pub(super) fn fixed_size(types: &Types, ty: Type) -> Result<Option<u8>, VmStatus> {
    Ok(match types.kind(ty)? {
        TypeKind::Bool | TypeKind::U8 | TypeKind::U16 | TypeKind::U32 | TypeKind::U64 => Some(8),
        TypeKind::U128 => Some(16),
        TypeKind::U256 | TypeKind::Address => Some(32),
        TypeKind::Reference(_) | TypeKind::MutReference(_) => Some(8),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::GasMeter;

    #[test]
    fn a_run_ends_where_control_does() {
        let code = [
            Instr::LdU64(1),
            Instr::CopyLoc { local: 0, size: 8 },
            Instr::Add,
            Instr::BrTrue(0),
            Instr::Ret,
        ];
        let costs = runs(&code);
        let first = RunCost {
            instructions: 4,
            pushes: 3,
            pops: 3,
            size: 1 + 8 + 1,
            peak: 3,
            dip: 0,
        };
        assert_eq!(costs[0], first);
        let add = RunCost {
            instructions: 2,
            pushes: 1,
            pops: 3,
            size: 1,
            peak: 1,
            dip: 2,
        };
        assert_eq!(costs[2], add);
        assert_eq!(costs[4].instructions, 1);
    }

    #[test]
    fn a_run_with_more_values_than_can_be_is_charged_one_by_one() {
        let code = [
            Instr::Nop,
            Instr::VecUnpack(u32::MAX),
            Instr::Nop,
            Instr::Ret,
        ];
        let costs = runs(&code);
        let counts: Vec<_> = costs.iter().map(|cost| cost.instructions).collect();
        assert_eq!(counts, [0, 0, 2, 1]);
    }

    /// Numbers that are the same in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % bound
        }
    }

    /// Instructions with the size that each turns out to have when it runs.
    fn program(random: &mut Random) -> Vec<(Instr, u64)> {
        let choice = [
            Instr::LdU64(1),
            Instr::CopyLoc { local: 0, size: 8 },
            Instr::CopyValue(0),
            Instr::StLoc(0),
            Instr::Add,
            Instr::ReadRef,
            Instr::Eq,
            Instr::Pack(3),
            Instr::Unpack(40),
            Instr::VecPushBack,
            Instr::Nop,
        ];
        let length = 1 + random.below(20);
        let instructions = (0..length).map(|_| {
            let instruction = choice[usize::try_from(random.below(11)).expect("small")];
            let size = if instruction.has_size_of_its_own() {
                random.below(200)
            } else {
                0
            };
            (instruction, size)
        });
        instructions.collect()
    }

    fn one(meter: &mut GasMeter, (instruction, size): (Instr, u64)) -> Result<(), VmStatus> {
        let price = instruction.price();
        let size = size + u64::from(price.size);
        meter.charge(1, price.pushes.into(), price.pops.into(), size)
    }

    /// What the interpreter does, up to the instruction that fails, if one does.
    fn by_the_run(
        meter: &mut GasMeter,
        program: &[(Instr, u64)],
        fails: Option<usize>,
    ) -> (Result<(), VmStatus>, bool) {
        let instructions: Vec<_> = program
            .iter()
            .map(|(instruction, _)| *instruction)
            .collect();
        let costs = runs(&instructions);
        let entered = meter.prepay(&costs[0]);
        let mut prepaid = entered;
        for (index, (instruction, size)) in program.iter().enumerate() {
            let known = !instruction.has_size_of_its_own();
            if !(prepaid && (known || meter.prepay_size(*size))) {
                if prepaid {
                    meter.refund(&costs[index]);
                    prepaid = false;
                }
                if let Err(status) = one(meter, (*instruction, *size)) {
                    return (Err(status), entered);
                }
            }
            if fails == Some(index) {
                if prepaid && let Some(rest) = costs.get(index + 1) {
                    meter.refund(rest);
                }
                return (Ok(()), entered);
            }
        }
        (Ok(()), entered)
    }

    #[test]
    fn charging_by_the_run_is_charging_one_by_one() {
        let mut random = Random(7);
        let (mut at_once, mut alone, mut ran_out) = (0, 0, 0);
        for _ in 0..20_000 {
            let program = program(&mut random);
            // Often close to where a price step, or the end of the budget, is.
            let mut begun = GasMeter::new(100_000_000);
            let near = |random: &mut Random, step: u64| step.saturating_sub(random.below(60));
            let instructions = [0, near(&mut random, 20_000), near(&mut random, 50_000)];
            let sizes = [0, near(&mut random, 100_000), near(&mut random, 500_000)];
            let heights = [0, 5, near(&mut random, 1_000)];
            let pick = |random: &mut Random, from: [u64; 3]| {
                from[usize::try_from(random.below(3)).expect("small")]
            };
            let (count, size) = (pick(&mut random, instructions), pick(&mut random, sizes));
            let height = pick(&mut random, heights);
            let _ = begun.charge(count, height, 0, size);
            if random.below(4) == 0 {
                let rest = begun.remaining().saturating_sub(random.below(300));
                let _ = begun.charge_units(rest);
            }
            let end = random.below(program.len() as u64 + 1);
            let fails = usize::try_from(end).expect("small");
            let mut alone_meter = begun.clone();
            let mut outcome = Ok(());
            for instruction in program.iter().take(fails.saturating_add(1)) {
                outcome = one(&mut alone_meter, *instruction);
                if outcome.is_err() {
                    break;
                }
            }
            let mut run_meter = begun.clone();
            let (by_run, entered) = by_the_run(&mut run_meter, &program, Some(fails));
            assert_eq!(by_run, outcome, "{program:?} from {begun:?}");
            if outcome.is_ok() {
                assert_eq!(run_meter, alone_meter, "{program:?} from {begun:?}");
            } else {
                assert_eq!(run_meter.used(), alone_meter.used());
                ran_out += 1;
            }
            if entered {
                at_once += 1;
            } else {
                alone += 1;
            }
        }
        assert!(
            at_once > 1_000 && alone > 1_000 && ran_out > 100,
            "{at_once} {alone} {ran_out}"
        );
    }
}
