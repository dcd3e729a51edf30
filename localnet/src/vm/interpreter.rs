//! The interpreter: frames, the operand stack, and the loop that runs instructions.

mod arithmetic;
mod calls;
mod charge;
mod execute;
mod operands;

use super::loader::{Code, Instance};
use super::{GasMeter, Heap, Location, ObjectRuntime, Value, Vm, VmError, VmStatus};

/// Callers that may wait for a call to return.
const CALL_STACK_LIMIT: usize = 1024;
/// Operands that all frames together may hold.
const OPERAND_STACK_LIMIT: usize = 1024;

/// What most calls need, so that the buffers do not grow step by step.
const USUAL_STACK: usize = 64;
const USUAL_FRAMES: usize = 16;

const UNDERFLOW: VmStatus = VmStatus::InvariantViolation("operand stack underflow");
const NO_LOCAL: VmStatus = VmStatus::InvariantViolation("local out of range");

/// The buffers of an execution's calls; they keep their memory from one call to the next.
#[derive(Debug, Default)]
pub(super) struct Interpreter<'a> {
    stack: Vec<Value>,
    frames: Vec<Frame<'a>>,
}

/// A function being run.
#[derive(Clone, Copy, Debug)]
struct Frame<'a> {
    instance: &'a Instance,
    code: &'a Code,
    /// Index of the next instruction.
    next: usize,
    /// Where its locals begin.
    locals: usize,
}

/// Everything the loop works on.
struct Machine<'m, 'a> {
    vm: &'a Vm,
    heap: &'m mut Heap,
    runtime: &'m mut ObjectRuntime<'a>,
    meter: &'m mut GasMeter,
    stack: &'m mut Vec<Value>,
    frames: &'m mut Vec<Frame<'a>>,
    /// The callee an error belongs to before any of its instructions: a native, or a function there was no frame left for.
    failed_callee: Option<&'a Instance>,
}

impl<'a> Interpreter<'a> {
    /// Runs `instance` to its end.
    pub(super) fn call(
        &mut self,
        vm: &'a Vm,
        heap: &mut Heap,
        runtime: &mut ObjectRuntime<'a>,
        meter: &mut GasMeter,
        instance: &'a Instance,
        arguments: &[Value],
    ) -> Result<Vec<Value>, VmError> {
        self.stack.clear();
        self.frames.clear();
        heap.locals.clear();
        self.stack.reserve(USUAL_STACK);
        self.frames.reserve(USUAL_FRAMES);
        if arguments.len() != instance.info.parameters.len() {
            return Err(
                VmStatus::InvariantViolation("call with another number of arguments").into(),
            );
        }
        self.stack.extend_from_slice(arguments);
        let mut machine = Machine {
            vm,
            heap,
            runtime,
            meter,
            stack: &mut self.stack,
            frames: &mut self.frames,
            failed_callee: None,
        };
        let outcome = machine.run(instance);
        outcome.map_err(|status| VmError {
            status,
            location: machine.location(vm),
        })?;
        if self.stack.len() != instance.info.returns.len() {
            return Err(
                VmStatus::InvariantViolation("another number of results than declared").into(),
            );
        }
        Ok(self.stack.drain(..).collect())
    }
}

impl<'a> Machine<'_, 'a> {
    fn run(&mut self, instance: &'a Instance) -> Result<(), VmStatus> {
        let Some(code) = &instance.info.code else {
            return self.call_native(instance);
        };
        let mut frame = self.enter(instance, code)?;
        let outcome = self.execute(&mut frame);
        if outcome.is_err() {
            // The failing frame joins the others, so that the location can be told.
            self.frames.push(frame);
        }
        outcome
    }

    /// The instruction that failed: the last one that the topmost frame began.
    fn location(&self, vm: &Vm) -> Option<Box<Location>> {
        let (instance, instruction) = match (self.failed_callee, self.frames.last()) {
            (Some(callee), _) => (callee, 0),
            (None, Some(frame)) => (frame.instance, frame.next.saturating_sub(1)),
            (None, None) => return None,
        };
        let module = vm.module(instance.module).ok()?;
        Some(Box::new(Location {
            package: module.package,
            module: module.name.clone(),
            function: instance.function,
            instruction: u16::try_from(instruction).unwrap_or(u16::MAX),
            function_name: instance.info.name.clone(),
        }))
    }
}
