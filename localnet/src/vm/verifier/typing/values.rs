//! Operands of instructions on vectors and on numbers.

use super::super::super::AbilitySet;
use super::super::super::bytecode::Op;
use super::super::super::types::Mutability;
use super::super::error::Rule;
use super::super::types::Ty;
use super::Typing;

impl Typing<'_, '_, '_, '_> {
    pub(super) fn vector_step(&mut self, op: &Op) -> Result<(), Rule> {
        match op {
            Op::VecPack(signature, count) => {
                let element = self.shapes.element(*signature)?;
                for _ in 0..*count {
                    self.pop_is(element, Rule::VectorType)?;
                }
                let ty = self.shapes.types.vector(element, self.meter)?;
                self.push(ty)
            }
            Op::VecUnpack(signature, count) => {
                let element = self.shapes.element(*signature)?;
                let ty = self.shapes.types.vector(element, self.meter)?;
                self.pop_is(ty, Rule::VectorType)?;
                (0..*count).try_for_each(|_| self.push(element))
            }
            Op::VecLen(signature) => {
                self.pop_vector(*signature, Mutability::Shared)?;
                self.push(Ty::U64)
            }
            Op::VecBorrow(mutability, signature) => {
                self.pop_is(Ty::U64, Rule::VectorType)?;
                let element = self.pop_vector(*signature, *mutability)?;
                self.push_reference(*mutability, element)
            }
            Op::VecPushBack(signature) => {
                let element = self.shapes.element(*signature)?;
                self.pop_is(element, Rule::VectorType)?;
                self.pop_vector(*signature, Mutability::Mutable).map(|_| ())
            }
            Op::VecPopBack(signature) => {
                let element = self.pop_vector(*signature, Mutability::Mutable)?;
                self.push(element)
            }
            Op::VecSwap(signature) => {
                self.pop_is(Ty::U64, Rule::VectorType)?;
                self.pop_is(Ty::U64, Rule::VectorType)?;
                self.pop_vector(*signature, Mutability::Mutable).map(|_| ())
            }
            _ => Err(Rule::OutOfBounds),
        }
    }

    /// Takes a reference to a vector, which is mutable if it must be; returns the element type.
    fn pop_vector(&mut self, signature: u16, needed: Mutability) -> Result<Ty, Rule> {
        let element = self.shapes.element(signature)?;
        let reference = self.pop()?;
        let vector = self.shapes.types.vector(element, self.meter)?;
        match self.shapes.types.referent(reference)? {
            Some((given, ty))
                if ty == vector
                    && (given == Mutability::Mutable || needed == Mutability::Shared) =>
            {
                Ok(element)
            }
            _ => Err(Rule::VectorType),
        }
    }

    pub(super) fn arithmetic_step(&mut self, op: &Op) -> Result<(), Rule> {
        match op {
            Op::Add | Op::Sub | Op::Mul | Op::Mod | Op::Div | Op::BitOr | Op::BitAnd | Op::Xor => {
                let ty = self.pop_integers()?;
                self.push(ty)
            }
            Op::Lt | Op::Gt | Op::Le | Op::Ge => {
                self.pop_integers()?;
                self.push(Ty::BOOL)
            }
            Op::Shl | Op::Shr => {
                self.pop_is(Ty::U8, Rule::IntegerType)?;
                let ty = self.pop_integer()?;
                self.push(ty)
            }
            Op::Or | Op::And => {
                self.pop_is(Ty::BOOL, Rule::BooleanType)?;
                self.pop_is(Ty::BOOL, Rule::BooleanType)?;
                self.push(Ty::BOOL)
            }
            Op::Not => {
                self.pop_is(Ty::BOOL, Rule::BooleanType)?;
                self.push(Ty::BOOL)
            }
            Op::Eq | Op::Neq => {
                let ty = self.pop()?;
                self.pop_is(ty, Rule::EqualityType)?;
                self.require(ty, AbilitySet::DROP, Rule::EqualityType)?;
                self.push(Ty::BOOL)
            }
            Op::CastU8 => self.cast(Ty::U8),
            Op::CastU16 => self.cast(Ty::U16),
            Op::CastU32 => self.cast(Ty::U32),
            Op::CastU64 => self.cast(Ty::U64),
            Op::CastU128 => self.cast(Ty::U128),
            Op::CastU256 => self.cast(Ty::U256),
            // Every other instruction has been dealt with.
            _ => Err(Rule::OutOfBounds),
        }
    }

    fn cast(&mut self, to: Ty) -> Result<(), Rule> {
        self.pop_integer()?;
        self.push(to)
    }

    fn pop_integer(&mut self) -> Result<Ty, Rule> {
        let ty = self.pop()?;
        if ty.is_integer() {
            Ok(ty)
        } else {
            Err(Rule::IntegerType)
        }
    }

    fn pop_integers(&mut self) -> Result<Ty, Rule> {
        let ty = self.pop_integer()?;
        self.pop_is(ty, Rule::IntegerType)?;
        Ok(ty)
    }
}
