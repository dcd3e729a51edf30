//! Operands and locals.
//!
//! Nearly everything that moves here is a `u64`, a `bool` or a reference, and is moved as that: see [`Value::moved`].

use super::super::loader::{Code, ConstantValue};
use super::super::{Value, VmStatus};
use super::{
    Frame, Machine, NO_LOCAL, OPERAND_STACK_LIMIT, UNDERFLOW, arithmetic, charge::Prepaid,
};
use std::cmp::Ordering;

/// The size of a `u64` in the gas model.
const U64_SIZE: u64 = 8;

impl<'a> Machine<'_, 'a> {
    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Result<(), VmStatus> {
        if self.stack.len() >= OPERAND_STACK_LIMIT {
            return Err(VmStatus::ExecutionStackOverflow);
        }
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Result<Value, VmStatus> {
        match self.stack.pop() {
            Some(value) => Ok(value),
            None => Err(UNDERFLOW),
        }
    }

    #[inline]
    pub(super) fn pop_bool(&mut self) -> Result<bool, VmStatus> {
        if let [.., Value::Bool(value)] = self.stack[..] {
            self.stack.truncate(self.stack.len().saturating_sub(1));
            return Ok(value);
        }
        self.pop()?.as_bool()
    }

    /// The topmost operand, which stays.
    #[inline]
    pub(super) fn top(&self) -> Result<&Value, VmStatus> {
        match self.stack.last() {
            Some(value) => Ok(value),
            None => Err(UNDERFLOW),
        }
    }

    #[inline]
    pub(super) fn replace_top(&mut self, value: Value) {
        if let Some(top) = self.stack.last_mut() {
            *top = value.moved();
        }
    }

    // In what every instruction goes through, errors are made where they happen: `ok_or` makes, and drops, one each time.
    #[inline]
    pub(super) fn local(&self, frame: &Frame<'a>, local: u8) -> Result<Value, VmStatus> {
        match self.heap.locals.get(frame.locals + usize::from(local)) {
            Some(value) => Ok(*value),
            None => Err(NO_LOCAL),
        }
    }

    #[inline]
    pub(super) fn copy_local(&mut self, frame: &Frame<'a>, local: u8) -> Result<(), VmStatus> {
        match self.heap.locals.get(frame.locals + usize::from(local)) {
            Some(Value::Container(_) | Value::Empty) => self.copy_owned(frame, local),
            Some(value) => {
                let value = value.moved();
                self.push(value)
            }
            None => Err(NO_LOCAL),
        }
    }

    /// A copy of what has to be copied as a whole, or is not there.
    #[cold]
    fn copy_owned(&mut self, frame: &Frame<'a>, local: u8) -> Result<(), VmStatus> {
        let value = self.local(frame, local)?;
        let value = self.heap.copy(value)?;
        self.push(value)
    }

    #[inline]
    pub(super) fn move_local(&mut self, frame: &Frame<'a>, local: u8) -> Result<(), VmStatus> {
        let Some(slot) = self.heap.locals.get_mut(frame.locals + usize::from(local)) else {
            return Err(NO_LOCAL);
        };
        if let Value::Empty = slot {
            return Err(VmStatus::InvariantViolation(
                "move of a value that was moved",
            ));
        }
        let value = slot.moved();
        *slot = Value::Empty;
        self.push(value)
    }

    #[inline]
    pub(super) fn store_local(&mut self, frame: &Frame<'a>, local: u8) -> Result<(), VmStatus> {
        let Some(slot) = self.heap.locals.get_mut(frame.locals + usize::from(local)) else {
            return Err(NO_LOCAL);
        };
        let Some(value) = self.stack.last() else {
            return Err(UNDERFLOW);
        };
        let old = match slot {
            Value::Container(handle) => Some(*handle),
            _ => None,
        };
        *slot = value.moved();
        self.stack.truncate(self.stack.len().saturating_sub(1));
        match old {
            Some(old) => self.heap.destroy(Value::Container(old)),
            None => Ok(()),
        }
    }

    pub(super) fn constant(
        &self,
        frame: &Frame<'a>,
        index: u16,
    ) -> Result<&'a ConstantValue, VmStatus> {
        let module = self.vm.module(frame.instance.module)?;
        let constant = module.constants.get(usize::from(index));
        constant.ok_or(VmStatus::InvariantViolation("constant out of range"))
    }

    /// Replaces the reference on top by a copy of what it refers to.
    #[inline]
    pub(super) fn read(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
    ) -> Result<(), VmStatus> {
        if let [.., Value::Reference(reference)] = &self.stack[..]
            && let Some(Value::U64(value)) = self.heap.slot(*reference)
        {
            let value = *value;
            self.charge_size(code, next, prepaid, U64_SIZE)?;
            if let Some(top) = self.stack.last_mut() {
                *top = Value::U64(value);
            }
            return Ok(());
        }
        self.read_any(code, next, prepaid)
    }

    fn read_any(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
    ) -> Result<(), VmStatus> {
        let reference = self.top()?.as_reference()?;
        let value = self.heap.peek(reference)?;
        let size = self.heap.size_with_referent(value)?;
        self.charge_size(code, next, prepaid, size)?;
        let value = self.heap.copy(value)?;
        self.replace_top(value);
        Ok(())
    }

    /// Puts the second value from the top where the reference on top refers to.
    #[inline]
    pub(super) fn write(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
    ) -> Result<(), VmStatus> {
        if let [.., Value::U64(value), Value::Reference(reference)] = &self.stack[..]
            && let Some(Value::U64(_)) = self.heap.slot(*reference)
        {
            let (value, reference) = (*value, *reference);
            self.charge_size(code, next, prepaid, U64_SIZE)?;
            if let Some(Value::U64(place)) = self.heap.slot_mut(reference) {
                *place = value;
            }
            self.stack.truncate(self.stack.len().saturating_sub(2));
            return Ok(());
        }
        self.write_any(code, next, prepaid)
    }

    fn write_any(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
    ) -> Result<(), VmStatus> {
        let reference = self.pop()?.as_reference()?;
        let value = self.pop()?;
        let size = self.heap.size(value)?;
        self.charge_size(code, next, prepaid, size)?;
        self.heap.write(reference, value)
    }

    /// A checked operation on two `u64`, or on two other integers of one type.
    #[inline]
    pub(super) fn calculate(
        &mut self,
        common: impl Fn(u64, u64) -> Option<u64>,
        any: impl Fn(Value, Value) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        if let [.., Value::U64(left), Value::U64(right)] = &mut self.stack[..] {
            let Some(result) = common(*left, *right) else {
                return Err(VmStatus::ArithmeticError);
            };
            *left = result;
            self.stack.truncate(self.stack.len().saturating_sub(1));
            return Ok(());
        }
        self.binary(any)
    }

    #[inline]
    pub(super) fn compare(&mut self, test: impl Fn(Ordering) -> bool) -> Result<(), VmStatus> {
        if let [.., place @ Value::U64(_), Value::U64(right)] = &mut self.stack[..]
            && let Value::U64(left) = *place
        {
            *place = Value::Bool(test(left.cmp(right)));
            self.stack.truncate(self.stack.len().saturating_sub(1));
            return Ok(());
        }
        self.binary(|left, right| Ok(test(arithmetic::compare(left, right)?).into()))
    }

    pub(super) fn binary(
        &mut self,
        operation: impl Fn(Value, Value) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        let right = self.pop()?;
        let Some(left) = self.stack.last_mut() else {
            return Err(UNDERFLOW);
        };
        *left = operation(*left, right)?;
        Ok(())
    }

    #[inline]
    pub(super) fn unary(
        &mut self,
        operation: impl Fn(Value) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        let Some(value) = self.stack.last_mut() else {
            return Err(UNDERFLOW);
        };
        *value = operation(*value)?;
        Ok(())
    }

    pub(super) fn shift(
        &mut self,
        operation: impl Fn(Value, u8) -> Result<Value, VmStatus>,
    ) -> Result<(), VmStatus> {
        self.binary(|value, amount| operation(value, amount.as_u8()?))
    }

    /// Consumes two operands and says whether they are equal.
    #[inline]
    pub(super) fn equal(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
    ) -> Result<bool, VmStatus> {
        if let [.., Value::U64(left), Value::U64(right)] = self.stack[..] {
            self.charge_size(code, next, prepaid, 2 * U64_SIZE)?;
            self.stack.truncate(self.stack.len().saturating_sub(2));
            return Ok(left == right);
        }
        self.equal_values(code, next, prepaid)
    }

    fn equal_values(
        &mut self,
        code: &Code,
        next: usize,
        prepaid: &mut Prepaid,
    ) -> Result<bool, VmStatus> {
        let right = self.pop()?;
        let left = self.pop()?;
        let size = self
            .heap
            .size_with_referent(left)?
            .saturating_add(self.heap.size_with_referent(right)?);
        self.charge_size(code, next, prepaid, size)?;
        let equal = self.heap.equal(left, right)?;
        self.heap.destroy(left)?;
        self.heap.destroy(right)?;
        Ok(equal)
    }
}
