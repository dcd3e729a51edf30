//! The instruction loop.

use super::super::loader::Instr;
use super::super::{Reference, Value, VmStatus};
use super::arithmetic;
use super::{Flow, Frame, Machine, NO_LOCAL, UNDERFLOW};
use std::cmp::Ordering;

/// Sizes the gas table gives to what an instruction pushes.
const WORD: u64 = 1;
const REFERENCE: u64 = 8;
const STRUCT: u64 = 2;
const VECTOR: u64 = 8;
const MOVED: u64 = 8;

impl<'a> Machine<'_, 'a> {
    /// Runs a frame from instruction `next` until it calls, returns or fails. `next` is left after the last instruction begun.
    pub(super) fn execute(
        &mut self,
        frame: &Frame<'a>,
        next: &mut usize,
    ) -> Result<Flow<'a>, VmStatus> {
        let code = frame.code;
        loop {
            let Some(instruction) = code.instructions.get(*next).copied() else {
                return Err(VmStatus::InvariantViolation(
                    "ran past the end of a function",
                ));
            };
            *next += 1;
            match instruction {
                Instr::Nop => self.meter.charge(1, 0, 0, 0)?,
                Instr::Ret => {
                    self.meter.charge(1, 0, 0, 0)?;
                    return Ok(Flow::Return);
                }
                Instr::Branch(target) => {
                    self.meter.charge(1, 0, 0, 0)?;
                    *next = target.into();
                }
                Instr::BrTrue(target) => {
                    self.meter.charge(1, 0, 1, 0)?;
                    if self.pop()?.as_bool()? {
                        *next = target.into();
                    }
                }
                Instr::BrFalse(target) => {
                    self.meter.charge(1, 0, 1, 0)?;
                    if !self.pop()?.as_bool()? {
                        *next = target.into();
                    }
                }
                Instr::VariantSwitch(table) => {
                    self.meter.charge(1, 0, 1, 0)?;
                    let reference = self.pop()?.as_reference()?;
                    let tag = self.heap.variant_tag(self.heap.peek(reference)?)?;
                    let targets = code.jump_tables.get(usize::from(table));
                    let target = targets.and_then(|targets| targets.get(usize::from(tag)));
                    *next = usize::from(
                        *target.ok_or(VmStatus::InvariantViolation("variant without a target"))?,
                    );
                }
                Instr::Call(callee) => {
                    let callee = self.vm.callee(frame.instance, callee)?;
                    self.meter
                        .charge(1, 0, callee.info.parameters.len() as u64, 0)?;
                    return Ok(Flow::Call(callee));
                }
                Instr::Abort => {
                    self.meter.charge(1, 0, 1, 0)?;
                    return Err(VmStatus::Aborted(self.pop()?.as_u64()?));
                }

                Instr::LdBool(value) => self.load(value.into())?,
                Instr::LdU8(value) => self.load(value.into())?,
                Instr::LdU16(value) => self.load(value.into())?,
                Instr::LdU32(value) => self.load(value.into())?,
                Instr::LdU64(value) => self.load(value.into())?,
                Instr::LdWide(index) => {
                    let value = code.wide.get(usize::from(index)).copied();
                    self.load(value.ok_or(VmStatus::InvariantViolation("integer out of range"))?)?;
                }
                Instr::LdConst(index) => self.load_constant(frame, index)?,

                Instr::CopyLoc(local) => {
                    let value = self.local(frame, local)?;
                    self.meter.charge(1, 1, 0, self.heap.size(value)?)?;
                    let value = self.heap.copy(value)?;
                    self.push(value)?;
                }
                Instr::MoveLoc(local) => {
                    self.meter.charge(1, 1, 0, MOVED)?;
                    let value = self.replace_local(frame, local, Value::Empty)?;
                    if value.is_empty() {
                        return Err(VmStatus::InvariantViolation(
                            "move of a value that was moved",
                        ));
                    }
                    self.push(value)?;
                }
                Instr::StLoc(local) => {
                    self.meter.charge(1, 0, 1, 0)?;
                    let value = self.pop()?;
                    let old = self.replace_local(frame, local, value)?;
                    self.heap.destroy(old)?;
                }
                Instr::BorrowLoc(local) => {
                    self.meter.charge(1, 1, 0, REFERENCE)?;
                    let index =
                        u32::try_from(frame.locals + usize::from(local)).map_err(|_| NO_LOCAL)?;
                    self.push(Reference::Local(index).into())?;
                }
                Instr::BorrowField(field) => {
                    self.meter.charge(1, 1, 1, REFERENCE)?;
                    let reference = self.pop()?.as_reference()?;
                    let field = self.heap.borrow_field(reference, field.into())?;
                    self.push(field.into())?;
                }
                Instr::ReadRef => {
                    let reference = self.pop()?.as_reference()?;
                    let value = self.heap.peek(reference)?;
                    self.meter
                        .charge(1, 1, 1, self.heap.size_with_referent(value)?)?;
                    let value = self.heap.copy(value)?;
                    self.push(value)?;
                }
                Instr::WriteRef => {
                    let reference = self.pop()?.as_reference()?;
                    let value = self.pop()?;
                    self.meter.charge(1, 0, 2, self.heap.size(value)?)?;
                    self.heap.write(reference, value)?;
                }
                Instr::FreezeRef => {
                    self.meter.charge(1, 1, 1, REFERENCE)?;
                    let reference = self.pop()?.as_reference()?;
                    self.push(reference.into())?;
                }
                Instr::Pop => {
                    self.meter.charge(1, 0, 1, 0)?;
                    let value = self.pop()?;
                    self.heap.destroy(value)?;
                }

                Instr::Pack(fields) => {
                    self.meter.charge(1, 1, fields.into(), STRUCT)?;
                    let value = self.heap.pack_top(self.stack, fields.into(), None)?;
                    self.push(value)?;
                }
                Instr::PackVariant { tag, fields } => {
                    self.meter.charge(1, 1, fields.into(), STRUCT)?;
                    let value = self.heap.pack_top(self.stack, fields.into(), Some(tag))?;
                    self.push(value)?;
                }
                Instr::Unpack(fields) => {
                    self.meter.charge(1, fields.into(), 1, 0)?;
                    let value = self.pop()?;
                    self.heap.unpack(value, self.stack)?;
                    self.check_height()?;
                }
                Instr::UnpackVariant { tag, fields } => {
                    self.meter.charge(1, fields.into(), 1, 0)?;
                    let value = self.pop()?;
                    self.heap.unpack_variant(value, tag, self.stack)?;
                    self.check_height()?;
                }
                Instr::UnpackVariantRef { tag, fields } => {
                    self.meter.charge(1, fields.into(), 1, 0)?;
                    let reference = self.pop()?.as_reference()?;
                    self.borrow_variant(reference, tag, fields)?;
                }

                Instr::Add => self.binary(arithmetic::add)?,
                Instr::Sub => self.binary(arithmetic::sub)?,
                Instr::Mul => self.binary(arithmetic::mul)?,
                Instr::Mod => self.binary(arithmetic::rem)?,
                Instr::Div => self.binary(arithmetic::div)?,
                Instr::BitOr => self.binary(arithmetic::bit_or)?,
                Instr::BitAnd => self.binary(arithmetic::bit_and)?,
                Instr::Xor => self.binary(arithmetic::bit_xor)?,
                Instr::Shl => self.shift(arithmetic::shl)?,
                Instr::Shr => self.shift(arithmetic::shr)?,
                Instr::Lt => self.compare(Ordering::is_lt)?,
                Instr::Gt => self.compare(Ordering::is_gt)?,
                Instr::Le => self.compare(Ordering::is_le)?,
                Instr::Ge => self.compare(Ordering::is_ge)?,
                Instr::And => {
                    self.binary(|left, right| Ok((left.as_bool()? & right.as_bool()?).into()))?
                }
                Instr::Or => {
                    self.binary(|left, right| Ok((left.as_bool()? | right.as_bool()?).into()))?
                }
                Instr::Not => self.unary(|value| Ok((!value.as_bool()?).into()))?,
                Instr::CastU8 => self.unary(arithmetic::cast_u8)?,
                Instr::CastU16 => self.unary(arithmetic::cast_u16)?,
                Instr::CastU32 => self.unary(arithmetic::cast_u32)?,
                Instr::CastU64 => self.unary(arithmetic::cast_u64)?,
                Instr::CastU128 => self.unary(arithmetic::cast_u128)?,
                Instr::CastU256 => self.unary(arithmetic::cast_u256)?,
                Instr::Eq => {
                    let equal = self.equal()?;
                    self.push(equal.into())?;
                }
                Instr::Neq => {
                    let equal = self.equal()?;
                    self.push((!equal).into())?;
                }

                Instr::VecPack { element, count } => {
                    self.meter.charge(1, 1, count.into(), VECTOR)?;
                    self.pack_vector(frame, element, count)?;
                }
                Instr::VecLen => {
                    self.meter.charge(1, 1, 1, WORD)?;
                    let reference = self.pop()?.as_reference()?;
                    let length = self.heap.vector_len(reference)?;
                    self.push(length.into())?;
                }
                Instr::VecBorrow => {
                    self.meter.charge(1, 1, 2, REFERENCE)?;
                    let index = self.pop()?.as_u64()?;
                    let reference = self.pop()?.as_reference()?;
                    let element = self.heap.vector_borrow(reference, index)?;
                    self.push(element.into())?;
                }
                Instr::VecPushBack => {
                    self.meter.charge(1, 0, 2, 0)?;
                    let value = self.pop()?;
                    let reference = self.pop()?.as_reference()?;
                    self.heap.vector_push(reference, value)?;
                }
                Instr::VecPopBack => {
                    self.meter.charge(1, 1, 1, 0)?;
                    let reference = self.pop()?.as_reference()?;
                    let value = self.heap.vector_pop(reference)?;
                    self.push(value)?;
                }
                Instr::VecUnpack(count) => {
                    self.meter.charge(1, count.into(), 1, 0)?;
                    let value = self.pop()?;
                    self.heap.vector_unpack(value, count.into(), self.stack)?;
                    self.check_height()?;
                }
                Instr::VecSwap => {
                    self.meter.charge(1, 0, 3, 0)?;
                    let second = self.pop()?.as_u64()?;
                    let first = self.pop()?.as_u64()?;
                    let reference = self.pop()?.as_reference()?;
                    self.heap.vector_swap(reference, first, second)?;
                }
            }
        }
    }

    #[inline]
    fn load(&mut self, value: Value) -> Result<(), VmStatus> {
        self.meter.charge(1, 1, 0, WORD)?;
        self.push(value)
    }

    fn load_constant(&mut self, frame: &Frame<'a>, index: u16) -> Result<(), VmStatus> {
        let module = self.vm.module(frame.instance.module)?;
        let constant = module.constants.get(usize::from(index));
        let constant = constant.ok_or(VmStatus::InvariantViolation("constant out of range"))?;
        self.meter.charge(1, 1, 0, constant.size)?;
        let value = constant.load(self.heap)?;
        self.push(value)
    }

    // In what every instruction goes through, errors are made where they happen: `ok_or` makes, and drops, one each time.
    #[inline]
    fn local(&self, frame: &Frame<'a>, local: u8) -> Result<Value, VmStatus> {
        match self.heap.locals.get(frame.locals + usize::from(local)) {
            Some(value) => Ok(*value),
            None => Err(NO_LOCAL),
        }
    }

    #[inline]
    fn replace_local(
        &mut self,
        frame: &Frame<'a>,
        local: u8,
        value: Value,
    ) -> Result<Value, VmStatus> {
        match self.heap.locals.get_mut(frame.locals + usize::from(local)) {
            Some(slot) => Ok(std::mem::replace(slot, value)),
            None => Err(NO_LOCAL),
        }
    }

    #[inline]
    fn binary(
        &mut self,
        operation: impl Fn(Value, Value) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        self.meter.charge(1, 1, 2, WORD)?;
        let right = self.pop()?;
        let Some(left) = self.stack.last_mut() else {
            return Err(UNDERFLOW);
        };
        *left = operation(*left, right)?;
        Ok(())
    }

    #[inline]
    fn unary(
        &mut self,
        operation: impl Fn(Value) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        self.meter.charge(1, 1, 1, WORD)?;
        let Some(value) = self.stack.last_mut() else {
            return Err(UNDERFLOW);
        };
        *value = operation(*value)?;
        Ok(())
    }

    #[inline]
    fn shift(
        &mut self,
        operation: impl Fn(Value, u8) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        self.binary(|value, amount| operation(value, amount.as_u8()?))
    }

    #[inline]
    fn compare(&mut self, test: impl Fn(Ordering) -> bool) -> Result<(), VmStatus> {
        self.binary(|left, right| Ok(test(arithmetic::compare(left, right)?).into()))
    }

    /// Consumes two operands and says whether they are equal.
    fn equal(&mut self) -> Result<bool, VmStatus> {
        let right = self.pop()?;
        let left = self.pop()?;
        let size = self
            .heap
            .size_with_referent(left)?
            .saturating_add(self.heap.size_with_referent(right)?);
        self.meter.charge(1, 1, 2, WORD.saturating_add(size))?;
        let equal = self.heap.equal(left, right)?;
        self.heap.destroy(left)?;
        self.heap.destroy(right)?;
        Ok(equal)
    }

    fn borrow_variant(
        &mut self,
        reference: Reference,
        tag: u16,
        fields: u16,
    ) -> Result<(), VmStatus> {
        let value = self.heap.peek(reference)?;
        if self.heap.variant_tag(value)? != tag {
            return Err(VmStatus::InvariantViolation("enum of another variant"));
        }
        let container = value.as_container()?;
        for index in 0..u32::from(fields) {
            self.push(Reference::Slot { container, index }.into())?;
        }
        Ok(())
    }

    fn pack_vector(&mut self, frame: &Frame<'a>, element: u16, count: u32) -> Result<(), VmStatus> {
        let kind = frame
            .instance
            .vector_kinds
            .get(usize::from(element))
            .copied();
        let kind = kind.ok_or(VmStatus::InvariantViolation("element type out of range"))?;
        let start = self
            .stack
            .len()
            .checked_sub(count as usize)
            .ok_or(UNDERFLOW)?;
        let value = self
            .heap
            .vector(kind, self.stack.get(start..).ok_or(UNDERFLOW)?)?;
        self.stack.truncate(start);
        self.push(value)
    }

    /// After several values were pushed at once.
    #[inline]
    fn check_height(&self) -> Result<(), VmStatus> {
        if self.stack.len() > super::OPERAND_STACK_LIMIT {
            Err(VmStatus::ExecutionStackOverflow)
        } else {
            Ok(())
        }
    }
}
