//! The instruction loop.

use super::super::loader::{Code, Instr};
use super::super::{Reference, Value, VmStatus};
use super::{Frame, Machine, NO_LOCAL};
use super::{arithmetic, charge::Prepaid};
use std::cmp::Ordering;

impl<'a> Machine<'_, 'a> {
    /// Runs a frame, and what it calls, to its end. If that fails, `frame` is the one that did, with its `next` after the last
    /// instruction begun, and its callers are in `self.frames`.
    pub(super) fn execute(&mut self, frame: &mut Frame<'a>) -> Result<(), VmStatus> {
        let mut next = frame.next;
        let mut prepaid = Prepaid::No;
        let outcome = self.execute_from(frame, &mut next, &mut prepaid);
        frame.next = next;
        if outcome.is_err() {
            self.refund_after(frame.code, next, prepaid);
        }
        outcome
    }

    fn execute_from(
        &mut self,
        frame: &mut Frame<'a>,
        next: &mut usize,
        prepaid: &mut Prepaid,
    ) -> Result<(), VmStatus> {
        'run: loop {
            let code = frame.code;
            *prepaid = self.prepay(code, *next);
            loop {
                let Some(instruction) = code.instructions.get(*next).copied() else {
                    return Err(VmStatus::InvariantViolation(
                        "ran past the end of a function",
                    ));
                };
                *next += 1;
                if *prepaid == Prepaid::No {
                    self.charge(instruction)?;
                }
                match instruction {
                    Instr::Nop => {}
                    Instr::Ret => {
                        self.leave(frame)?;
                        let Some(caller) = self.frames.pop() else {
                            return Ok(());
                        };
                        *frame = caller;
                        *next = caller.next;
                        continue 'run;
                    }
                    Instr::Branch(target) => {
                        *next = target.into();
                        continue 'run;
                    }
                    Instr::BrTrue(target) => {
                        if self.pop_bool()? {
                            *next = target.into();
                        }
                        continue 'run;
                    }
                    Instr::BrFalse(target) => {
                        if !self.pop_bool()? {
                            *next = target.into();
                        }
                        continue 'run;
                    }
                    Instr::VariantSwitch(table) => {
                        *next = self.switch(code, table)?;
                        continue 'run;
                    }
                    Instr::Call(callee) => {
                        let callee = self.vm.callee(frame.instance, callee)?;
                        self.meter.pass_on(callee.info.parameters.len());
                        self.call(frame, next, callee)?;
                        continue 'run;
                    }
                    Instr::Abort => return Err(VmStatus::Aborted(self.pop()?.as_u64()?)),

                    Instr::LdBool(value) => self.push(value.into())?,
                    Instr::LdU8(value) => self.push(value.into())?,
                    Instr::LdU16(value) => self.push(value.into())?,
                    Instr::LdU32(value) => self.push(value.into())?,
                    Instr::LdU64(value) => self.push(value.into())?,
                    Instr::LdWide(index) => self.load_wide(code, index)?,
                    Instr::LdConst(index) => {
                        let constant = self.constant(frame, index)?;
                        self.charge_size(code, *next, prepaid, constant.size)?;
                        let value = constant.load(self.heap)?;
                        self.push(value)?;
                    }

                    Instr::CopyLoc { local, .. } => self.copy_local(frame, local)?,
                    Instr::CopyValue(local) => {
                        let value = self.local(frame, local)?;
                        let size = self.heap.size(value)?;
                        self.charge_size(code, *next, prepaid, size)?;
                        let value = self.heap.copy(value)?;
                        self.push(value)?;
                    }
                    Instr::MoveLoc(local) => self.move_local(frame, local)?,
                    Instr::StLoc(local) => self.store_local(frame, local)?,
                    Instr::BorrowLoc(local) => {
                        let index = u32::try_from(frame.locals + usize::from(local))
                            .map_err(|_| NO_LOCAL)?;
                        self.push(Reference::Local(index).into())?;
                    }
                    Instr::BorrowField(field) => {
                        let heap = &*self.heap;
                        let reference = top_reference(self.stack)?;
                        *reference = heap.borrow_field(*reference, field.into())?;
                    }
                    Instr::ReadRef => self.read(code, *next, prepaid)?,
                    Instr::WriteRef => self.write(code, *next, prepaid)?,
                    Instr::FreezeRef => {
                        self.top()?.as_reference()?;
                    }
                    Instr::Pop => {
                        let value = self.pop()?;
                        self.heap.destroy(value)?;
                    }

                    Instr::Pack(fields) => {
                        let value = self.heap.pack_top(self.stack, fields.into(), None)?;
                        self.push(value)?;
                    }
                    Instr::PackVariant { tag, fields } => {
                        let value = self.heap.pack_top(self.stack, fields.into(), Some(tag))?;
                        self.push(value)?;
                    }
                    Instr::Unpack(_) => {
                        let value = self.pop()?;
                        self.heap.unpack(value, self.stack)?;
                        self.check_height()?;
                    }
                    Instr::UnpackVariant { tag, .. } => {
                        let value = self.pop()?;
                        self.heap.unpack_variant(value, tag, self.stack)?;
                        self.check_height()?;
                    }
                    Instr::UnpackVariantRef { tag, fields } => {
                        let reference = self.pop()?.as_reference()?;
                        self.borrow_variant(reference, tag, fields)?;
                    }

                    Instr::Add => self.calculate(u64::checked_add, arithmetic::add)?,
                    Instr::Sub => self.calculate(u64::checked_sub, arithmetic::sub)?,
                    Instr::Mul => self.calculate(u64::checked_mul, arithmetic::mul)?,
                    Instr::Mod => self.calculate(u64::checked_rem, arithmetic::rem)?,
                    Instr::Div => self.calculate(u64::checked_div, arithmetic::div)?,
                    Instr::BitOr => {
                        self.calculate(|left, right| Some(left | right), arithmetic::bit_or)?;
                    }
                    Instr::BitAnd => {
                        self.calculate(|left, right| Some(left & right), arithmetic::bit_and)?;
                    }
                    Instr::Xor => {
                        self.calculate(|left, right| Some(left ^ right), arithmetic::bit_xor)?;
                    }
                    Instr::Shl => self.shift(arithmetic::shl)?,
                    Instr::Shr => self.shift(arithmetic::shr)?,
                    Instr::Lt => self.compare(Ordering::is_lt)?,
                    Instr::Gt => self.compare(Ordering::is_gt)?,
                    Instr::Le => self.compare(Ordering::is_le)?,
                    Instr::Ge => self.compare(Ordering::is_ge)?,
                    Instr::And => {
                        self.binary(|left, right| Ok((left.as_bool()? & right.as_bool()?).into()))?;
                    }
                    Instr::Or => {
                        self.binary(|left, right| Ok((left.as_bool()? | right.as_bool()?).into()))?;
                    }
                    Instr::Not => self.unary(|value| Ok((!value.as_bool()?).into()))?,
                    Instr::CastU8 => self.unary(arithmetic::cast_u8)?,
                    Instr::CastU16 => self.unary(arithmetic::cast_u16)?,
                    Instr::CastU32 => self.unary(arithmetic::cast_u32)?,
                    Instr::CastU64 => self.unary(arithmetic::cast_u64)?,
                    Instr::CastU128 => self.unary(arithmetic::cast_u128)?,
                    Instr::CastU256 => self.unary(arithmetic::cast_u256)?,
                    Instr::Eq => {
                        let equal = self.equal(code, *next, prepaid)?;
                        self.push(equal.into())?;
                    }
                    Instr::Neq => {
                        let equal = self.equal(code, *next, prepaid)?;
                        self.push((!equal).into())?;
                    }

                    Instr::VecPack { element, count } => self.pack_vector(frame, element, count)?,
                    Instr::VecLen => {
                        let reference = self.top()?.as_reference()?;
                        let length = self.heap.vector_len(reference)?;
                        self.replace_top(length.into());
                    }
                    Instr::VecBorrow => {
                        let index = self.pop()?.as_u64()?;
                        let heap = &*self.heap;
                        let reference = top_reference(self.stack)?;
                        *reference = heap.vector_borrow(*reference, index)?;
                    }
                    Instr::VecPushBack => {
                        let value = self.pop()?;
                        let reference = self.pop()?.as_reference()?;
                        self.heap.vector_push(reference, value)?;
                    }
                    Instr::VecPopBack => {
                        let reference = self.top()?.as_reference()?;
                        let value = self.heap.vector_pop(reference)?;
                        self.replace_top(value);
                    }
                    Instr::VecUnpack(count) => {
                        let value = self.pop()?;
                        self.heap.vector_unpack(value, count.into(), self.stack)?;
                        self.check_height()?;
                    }
                    Instr::VecSwap => {
                        let second = self.pop()?.as_u64()?;
                        let first = self.pop()?.as_u64()?;
                        let reference = self.pop()?.as_reference()?;
                        self.heap.vector_swap(reference, first, second)?;
                    }
                }
            }
        }
    }

    fn switch(&mut self, code: &Code, table: u16) -> Result<usize, VmStatus> {
        let reference = self.pop()?.as_reference()?;
        let tag = self.heap.variant_tag(self.heap.peek(reference)?)?;
        let targets = code.jump_tables.get(usize::from(table));
        match targets.and_then(|targets| targets.get(usize::from(tag))) {
            Some(target) => Ok(usize::from(*target)),
            None => Err(VmStatus::InvariantViolation("variant without a target")),
        }
    }

    fn load_wide(&mut self, code: &Code, index: u16) -> Result<(), VmStatus> {
        match code.wide.get(usize::from(index)) {
            Some(value) => self.push(*value),
            None => Err(VmStatus::InvariantViolation("integer out of range")),
        }
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
            .ok_or(super::UNDERFLOW)?;
        let elements = self.stack.get(start..).ok_or(super::UNDERFLOW)?;
        let value = self.heap.vector(kind, elements)?;
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

/// The reference on top of the stack, to change in place.
#[inline]
fn top_reference(stack: &mut [Value]) -> Result<&mut Reference, VmStatus> {
    match stack {
        [.., Value::Reference(reference)] => Ok(reference),
        _ => Err(VmStatus::InvariantViolation(
            "operand of an unexpected type",
        )),
    }
}
