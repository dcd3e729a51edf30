//! Entering and leaving functions.

use super::super::loader::{Code, Instance};
use super::super::{NativeContext, Value, VmStatus};
use super::{Frame, Machine, OPERAND_STACK_LIMIT, UNDERFLOW};

impl<'a> Machine<'_, 'a> {
    /// Moves the arguments from the operand stack into a new frame.
    #[inline]
    pub(super) fn enter(
        &mut self,
        instance: &'a Instance,
        code: &'a Code,
    ) -> Result<Frame<'a>, VmStatus> {
        let locals = self.heap.locals.len();
        let Some(arguments) = self.stack.len().checked_sub(instance.info.parameters.len()) else {
            return Err(UNDERFLOW);
        };
        self.heap.locals.reserve(usize::from(code.locals));
        for argument in self.stack.iter().skip(arguments) {
            self.heap.locals.push(argument.moved());
        }
        self.stack.truncate(arguments);
        while self.heap.locals.len() < locals + usize::from(code.locals) {
            self.heap.locals.push(Value::Empty);
        }
        Ok(Frame {
            instance,
            code,
            next: 0,
            locals,
        })
    }

    /// Drops the locals of a frame that returns; the results stay on the operand stack.
    #[inline]
    pub(super) fn leave(&mut self, frame: &Frame<'a>) -> Result<(), VmStatus> {
        while self.heap.locals.len() > frame.locals {
            let owned = match self.heap.locals.last() {
                Some(Value::Container(handle)) => Some(*handle),
                _ => None,
            };
            self.heap
                .locals
                .truncate(self.heap.locals.len().saturating_sub(1));
            if let Some(handle) = owned {
                self.heap.destroy(Value::Container(handle))?;
            }
        }
        Ok(())
    }

    pub(super) fn call_native(&mut self, instance: &'a Instance) -> Result<(), VmStatus> {
        let outcome = self.run_native(instance);
        if outcome.is_err() {
            self.failed_callee = Some(instance);
        }
        outcome
    }

    fn run_native(&mut self, instance: &'a Instance) -> Result<(), VmStatus> {
        let info = &instance.info;
        let native = instance.native.ok_or_else(|| {
            VmStatus::UnsupportedNative(format!("{}::{}", info.module, info.name).into())
        })?;
        let count = info.parameters.len();
        self.meter.charge(1, 0, count as u64, 0)?;
        let Some(start) = self.stack.len().checked_sub(count) else {
            return Err(UNDERFLOW);
        };
        let Some(arguments) = self.stack.get(start..) else {
            return Err(UNDERFLOW);
        };
        let mut context = NativeContext::new(self.heap, self.runtime, &self.vm.types, self.meter);
        let result = native(&mut context, &instance.type_arguments, arguments);
        let cost = context.cost();
        self.stack.truncate(start);
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                // What the native did before it stopped is paid for; if that is not possible, that is the error.
                self.meter.charge_native(cost, 0, 0)?;
                return Err(error.into());
            }
        };
        if result.is_some() != (info.returns.len() == 1) {
            return Err(VmStatus::InvariantViolation(
                "native returned another number of values than declared",
            ));
        }
        let size = result.map_or(Ok(0), |value| self.heap.size(value))?;
        self.meter
            .charge_native(cost, u64::from(result.is_some()), size)?;
        if let Some(value) = result {
            if self.stack.len() >= OPERAND_STACK_LIMIT {
                return Err(VmStatus::ExecutionStackOverflow);
            }
            self.stack.push(value);
        }
        Ok(())
    }
}
