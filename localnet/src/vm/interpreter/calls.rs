//! Entering and leaving functions.

use super::super::loader::{Code, Instance};
use super::super::{NativeContext, Value, VmStatus};
use super::{CALL_STACK_LIMIT, Frame, Machine, OPERAND_STACK_LIMIT, UNDERFLOW};

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
        let passed = self.stack.get(arguments..).unwrap_or_default();
        let count = usize::from(code.locals).max(passed.len());
        let all = &mut self.heap.locals;
        all.resize(locals.saturating_add(count), Value::Empty);
        for (local, argument) in all.iter_mut().skip(locals).zip(passed) {
            *local = argument.moved();
        }
        self.stack.truncate(arguments);
        Ok(Frame {
            instance,
            code,
            next: 0,
            locals,
        })
    }

    /// Calls a function: a native is run, any other gets a frame, which is the current one from then on.
    #[inline]
    pub(super) fn call(
        &mut self,
        frame: &mut Frame<'a>,
        next: &mut usize,
        callee: &'a Instance,
    ) -> Result<(), VmStatus> {
        let Some(code) = &callee.info.code else {
            return self.call_native(callee);
        };
        if self.frames.len() >= CALL_STACK_LIMIT {
            self.failed_callee = Some(callee);
            return Err(VmStatus::CallStackOverflow);
        }
        let entered = self.enter(callee, code)?;
        frame.next = *next;
        self.frames.push(*frame);
        *frame = entered;
        *next = 0;
        Ok(())
    }

    /// Drops the locals of a frame that returns; the results stay on the operand stack.
    #[inline]
    pub(super) fn leave(&mut self, frame: &Frame<'a>) -> Result<(), VmStatus> {
        let mut index = self.heap.locals.len();
        while index > frame.locals {
            index -= 1;
            if let Some(Value::Container(handle)) = self.heap.locals.get(index) {
                let handle = *handle;
                self.heap.destroy(Value::Container(handle))?;
            }
        }
        self.heap.locals.truncate(frame.locals);
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
