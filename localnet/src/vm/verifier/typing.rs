//! Operands: every instruction finds as many as it takes, of the types it takes, with the abilities it needs.
//!
//! No operand outlives its basic block, and locals have declared types, so each block is checked on its own.

mod values;

use super::super::AbilitySet;
use super::super::bytecode::{Code, Op};
use super::super::types::Mutability;
use super::error::{Broken, Rule};
use super::flow::Flow;
use super::meter::Meter;
use super::shapes::{Callee, Shape, Shapes, Types};
use super::types::{Abilities, Kind, Ty};

const MAX_STACK: usize = 1_024;
const MAX_PUSHES: usize = 10_000;

/// How many operands an instruction takes and gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) pops: usize,
    pub(super) pushes: usize,
}

struct Typing<'s, 'm, 'c, 'a> {
    shapes: &'s mut Shapes<'m>,
    abilities: &'a mut Abilities<'c>,
    code: &'m Code,
    locals: &'s [Ty],
    returns: Types,
    stack: Vec<Ty>,
    effect: Effect,
    meter: &'s mut Meter,
}

/// Checks one function; returns what each of its instructions does to the stack.
pub(super) fn check<'m>(
    shapes: &mut Shapes<'m>,
    abilities: &mut Abilities<'_>,
    code: &'m Code,
    flow: &Flow,
    (locals, returns): (&[Ty], Types),
    meter: &mut Meter,
) -> Result<Vec<Effect>, Broken> {
    let mut typing = Typing {
        shapes,
        abilities,
        code,
        locals,
        returns,
        stack: Vec::new(),
        effect: Effect::default(),
        meter,
    };
    let mut effects = vec![Effect::default(); code.ops.len()];
    for block in &flow.blocks {
        typing.stack.clear();
        let mut pushes = 0;
        for at in block.code.clone() {
            let op = code.ops.get(at).ok_or(Rule::OutOfBounds)?;
            let effect = typing.run(op).map_err(|rule| Broken::from(rule).at(at))?;
            pushes += effect.pushes;
            if pushes > MAX_PUSHES {
                return Err(Broken::from(Rule::TooManyPushes).at(at));
            }
            if let Some(slot) = effects.get_mut(at) {
                *slot = effect;
            }
        }
        if !typing.stack.is_empty() {
            return Err(Broken::from(Rule::StackNotEmpty).at(block.code.start));
        }
    }
    Ok(effects)
}

impl Typing<'_, '_, '_, '_> {
    fn run(&mut self, op: &Op) -> Result<Effect, Rule> {
        self.effect = Effect::default();
        self.step(op)?;
        self.meter
            .charge(1 + self.effect.pops + self.effect.pushes)?;
        Ok(self.effect)
    }

    fn pop(&mut self) -> Result<Ty, Rule> {
        self.effect.pops += 1;
        self.stack.pop().ok_or(Rule::StackUnderflow)
    }

    fn pop_is(&mut self, ty: Ty, or: Rule) -> Result<(), Rule> {
        if self.pop()? == ty { Ok(()) } else { Err(or) }
    }

    /// Takes values of these types, the last of which is on top.
    fn pop_all(&mut self, types: &[Ty], or: Rule) -> Result<(), Rule> {
        types.iter().rev().try_for_each(|ty| self.pop_is(*ty, or))
    }

    fn push(&mut self, ty: Ty) -> Result<(), Rule> {
        self.effect.pushes += 1;
        if self.stack.len() >= MAX_STACK {
            return Err(Rule::StackOverflow);
        }
        self.stack.push(ty);
        Ok(())
    }

    fn push_all(&mut self, types: &[Ty]) -> Result<(), Rule> {
        types.iter().try_for_each(|ty| self.push(*ty))
    }

    fn push_reference(&mut self, mutability: Mutability, referent: Ty) -> Result<(), Rule> {
        let ty = self
            .shapes
            .types
            .reference(mutability, referent, self.meter)?;
        self.push(ty)
    }

    fn local(&self, local: u8) -> Result<Ty, Rule> {
        let ty = self.locals.get(usize::from(local));
        ty.copied().ok_or(Rule::OutOfBounds)
    }

    fn abilities(&mut self, ty: Ty) -> Result<AbilitySet, Rule> {
        self.abilities.of(&mut self.shapes.types, ty, self.meter)
    }

    fn step(&mut self, op: &Op) -> Result<(), Rule> {
        match op {
            Op::Nop | Op::Branch(_) => Ok(()),
            Op::Pop => {
                let ty = self.pop()?;
                self.require(ty, AbilitySet::DROP, Rule::PopWithoutDrop)
            }
            Op::BrTrue(_) | Op::BrFalse(_) => self.pop_is(Ty::BOOL, Rule::BranchType),
            Op::Abort => self.pop_is(Ty::U64, Rule::AbortType),
            Op::Ret => {
                let returns = self.returns.clone();
                self.pop_all(&returns, Rule::ReturnType)
            }
            Op::LdU8(_) => self.push(Ty::U8),
            Op::LdU16(_) => self.push(Ty::U16),
            Op::LdU32(_) => self.push(Ty::U32),
            Op::LdU64(_) => self.push(Ty::U64),
            Op::LdU128(_) => self.push(Ty::U128),
            Op::LdU256(_) => self.push(Ty::U256),
            Op::LdTrue | Op::LdFalse => self.push(Ty::BOOL),
            Op::LdConst(index) => {
                let constant = self.shapes.module.constants.get(usize::from(*index));
                let token = &constant.ok_or(Rule::OutOfBounds)?.token;
                let ty = self.shapes.types.of_token(token, self.meter)?;
                self.push(ty)
            }
            Op::CopyLoc(_) | Op::MoveLoc(_) | Op::StLoc(_) | Op::BorrowLoc(..) => {
                self.local_step(op)
            }
            Op::ReadRef | Op::WriteRef | Op::FreezeRef => self.reference_step(op),
            Op::BorrowField(mutability, index) => {
                let field = self.shapes.field(*index)?;
                self.borrow_field(*mutability, field)
            }
            Op::BorrowFieldGeneric(mutability, index) => {
                let field = self.shapes.field_instantiation(*index, self.meter)?;
                self.borrow_field(*mutability, field)
            }
            Op::Call(index) => {
                let callee = self.shapes.callee(*index)?;
                self.call(&callee)
            }
            Op::CallGeneric(index) => {
                let callee = self.shapes.function_instantiation(*index, self.meter)?;
                self.call(&callee)
            }
            Op::Pack(index) => {
                let shape = self.shapes.structure(*index)?;
                self.pack(&shape)
            }
            Op::PackGeneric(index) => {
                let shape = self.shapes.struct_instantiation(*index, self.meter)?;
                self.pack(&shape)
            }
            Op::Unpack(index) => {
                let shape = self.shapes.structure(*index)?;
                self.unpack(&shape)
            }
            Op::UnpackGeneric(index) => {
                let shape = self.shapes.struct_instantiation(*index, self.meter)?;
                self.unpack(&shape)
            }
            Op::PackVariant(index) => {
                let shape = self.shapes.variant(*index)?;
                self.pack(&shape)
            }
            Op::PackVariantGeneric(index) => {
                let shape = self.shapes.variant_instantiation(*index, self.meter)?;
                self.pack(&shape)
            }
            Op::UnpackVariant(index) => {
                let shape = self.shapes.variant(*index)?;
                self.unpack(&shape)
            }
            Op::UnpackVariantGeneric(index) => {
                let shape = self.shapes.variant_instantiation(*index, self.meter)?;
                self.unpack(&shape)
            }
            Op::UnpackVariantRef(mutability, index) => {
                let shape = self.shapes.variant(*index)?;
                self.unpack_reference(*mutability, &shape)
            }
            Op::UnpackVariantGenericRef(mutability, index) => {
                let shape = self.shapes.variant_instantiation(*index, self.meter)?;
                self.unpack_reference(*mutability, &shape)
            }
            Op::VariantSwitch(table) => self.switch(*table),
            Op::VecPack(..)
            | Op::VecLen(_)
            | Op::VecBorrow(..)
            | Op::VecPushBack(_)
            | Op::VecPopBack(_)
            | Op::VecUnpack(..)
            | Op::VecSwap(_) => self.vector_step(op),
            _ => self.arithmetic_step(op),
        }
    }

    fn require(&mut self, ty: Ty, ability: AbilitySet, or: Rule) -> Result<(), Rule> {
        if ability.is_subset_of(self.abilities(ty)?) {
            Ok(())
        } else {
            Err(or)
        }
    }

    fn local_step(&mut self, op: &Op) -> Result<(), Rule> {
        match op {
            Op::CopyLoc(local) => {
                let ty = self.local(*local)?;
                self.require(ty, AbilitySet::COPY, Rule::CopyWithoutAbility)?;
                self.push(ty)
            }
            Op::MoveLoc(local) => {
                let ty = self.local(*local)?;
                self.push(ty)
            }
            Op::StLoc(local) => {
                let ty = self.local(*local)?;
                self.pop_is(ty, Rule::StoreType)
            }
            Op::BorrowLoc(mutability, local) => {
                let ty = self.local(*local)?;
                if self.shapes.types.referent(ty)?.is_some() {
                    return Err(Rule::BorrowLocalReference);
                }
                self.push_reference(*mutability, ty)
            }
            _ => Err(Rule::OutOfBounds),
        }
    }

    fn reference_step(&mut self, op: &Op) -> Result<(), Rule> {
        let reference = self.pop()?;
        let referent = self.shapes.types.referent(reference)?;
        match op {
            Op::ReadRef => {
                let (_, ty) = referent.ok_or(Rule::ReadType)?;
                self.require(ty, AbilitySet::COPY, Rule::ReadWithoutCopy)?;
                self.push(ty)
            }
            Op::FreezeRef => match referent {
                Some((Mutability::Mutable, ty)) => self.push_reference(Mutability::Shared, ty),
                _ => Err(Rule::FreezeType),
            },
            _ => {
                let value = self.pop()?;
                let Some((Mutability::Mutable, ty)) = referent else {
                    return Err(Rule::WriteReference);
                };
                self.require(ty, AbilitySet::DROP, Rule::WriteWithoutDrop)?;
                if value == ty {
                    Ok(())
                } else {
                    Err(Rule::WriteType)
                }
            }
        }
    }

    fn borrow_field(&mut self, mutability: Mutability, (owner, ty): (Ty, Ty)) -> Result<(), Rule> {
        let reference = self.pop()?;
        match self.shapes.types.referent(reference)? {
            // A mutable reference may be borrowed from immutably, never the reverse.
            Some((given, referent))
                if referent == owner
                    && (given == Mutability::Mutable || mutability == Mutability::Shared) =>
            {
                self.push_reference(mutability, ty)
            }
            _ => Err(Rule::BorrowFieldType),
        }
    }

    fn call(&mut self, callee: &Callee) -> Result<(), Rule> {
        self.pop_all(&callee.parameters, Rule::CallType)?;
        self.push_all(&callee.returns)
    }

    fn pack(&mut self, shape: &Shape) -> Result<(), Rule> {
        self.pop_all(&shape.fields, Rule::PackType)?;
        self.push(shape.ty)
    }

    fn unpack(&mut self, shape: &Shape) -> Result<(), Rule> {
        self.pop_is(shape.ty, Rule::UnpackType)?;
        self.push_all(&shape.fields)
    }

    fn unpack_reference(&mut self, mutability: Mutability, shape: &Shape) -> Result<(), Rule> {
        let reference = self.pop()?;
        if self.shapes.types.referent(reference)? != Some((mutability, shape.ty)) {
            return Err(Rule::UnpackType);
        }
        shape
            .fields
            .iter()
            .try_for_each(|ty| self.push_reference(mutability, *ty))
    }

    fn switch(&mut self, table: u16) -> Result<(), Rule> {
        let reference = self.pop()?;
        let table = self.code.jump_tables.get(usize::from(table));
        let table = table.ok_or(Rule::OutOfBounds)?;
        let definition = self.shapes.module.enumeration(table.enumeration);
        let (expected, _) = definition.map_err(|_| Rule::OutOfBounds)?;
        let Some((Mutability::Shared, ty)) = self.shapes.types.referent(reference)? else {
            return Err(Rule::SwitchType);
        };
        match self.shapes.types.kind(ty)? {
            Kind::Datatype(handle, _) if *handle == expected => Ok(()),
            _ => Err(Rule::SwitchType),
        }
    }
}
