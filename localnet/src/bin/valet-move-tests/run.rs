//! One test.

use std::sync::Arc;

use sui_sdk_types::{Address, Digest, Object};
use valet_localnet::vm::{
    Execution, GasMeter, ObjectRuntime, ObjectStore, RuntimeConfig, RuntimeResults, TxContext,
    VmError, VmStatus,
};

use super::load::Program;
use super::{Failure, Outcome, Place, Test};

/// Internal gas units after which a test counts as endless: some hundred million instructions.
const BUDGET: u64 = 10_000_000_000_000;

/// What an abort code with its highest bit set holds: an index of the constant with the error's name, or none.
const NO_CONSTANT: u16 = u16::MAX;
const CONSTANT_SHIFT: u32 = 16;
/// The highest byte of such a code: the highest bit, and the one below it since codes hold an error's number as well.
const CLEVER: [u8; 2] = [0x80, 0xC0];

/// A test begins with no object at all.
#[derive(Debug)]
struct NoObjects;

impl ObjectStore for NoObjects {
    fn child(&self, _: Address, _: Address) -> Option<Arc<Object>> {
        None
    }

    fn receive(&self, _: Address, _: Address, _: u64) -> Option<Arc<Object>> {
        None
    }
}

/// Runs one test in a state of its own.
///
/// # Errors
/// The digest of its transaction is none.
pub(crate) fn run(program: &Program, test: &Test) -> Result<Outcome, String> {
    let digest = test.digest.as_deref().map(digest).transpose()?;
    let context = TxContext {
        sender: Address::ZERO,
        digest: digest.unwrap_or(Digest::ZERO),
        epoch: 0,
        epoch_timestamp_ms: 0,
        reference_gas_price: 0,
        gas_price: 0,
        gas_budget: 0,
        sponsor: None,
    };
    let runtime = ObjectRuntime::new(&NoObjects, context);
    let runtime = match digest {
        Some(_) => runtime.with_config(RuntimeConfig::default()),
        None => runtime
            .with_config(RuntimeConfig::unit_test())
            .with_test_scenario(),
    };
    let mut execution = Execution::new(&program.vm, runtime, GasMeter::new(BUDGET));
    let outcome = call(program, &mut execution, test).and_then(|values| {
        let (heap, runtime, _) = execution.into_parts();
        let fields = match digest {
            Some(_) => fields(runtime.finish(&heap, program.vm.types())?),
            None => Vec::new(),
        };
        Ok((values, fields))
    });
    Ok(match outcome {
        Ok((values, fields)) => Outcome::Passed { values, fields },
        Err(error) => failed(program, &error),
    })
}

fn digest(text: &str) -> Result<Digest, String> {
    let bytes = hex::decode(text).map_err(|error| format!("not a digest: {error}"))?;
    Digest::from_bytes(bytes).map_err(|error| format!("not a digest: {error}"))
}

/// The bytes of what a function returns; it is given the context of the transaction, if there is one.
fn call(
    program: &Program,
    execution: &mut Execution<'_>,
    test: &Test,
) -> Result<Vec<String>, VmError> {
    let function = program
        .vm
        .resolve_function(test.address, &test.module, &test.function)?;
    let arguments = match test.digest {
        Some(_) => {
            let context = execution.transaction_context()?;
            let cell = execution.new_cell(context)?;
            vec![execution.borrow(cell)]
        }
        None => Vec::new(),
    };
    let values = execution.call(&function, &[], &arguments)?;
    let results = function.returns().iter().zip(values);
    results
        .map(|(ty, value)| Ok(hex::encode(execution.serialize(*ty, value)?)))
        .collect()
}

/// The ids of all dynamic fields that exist afterwards, in order.
fn fields(results: RuntimeResults) -> Vec<String> {
    let written = results.written.iter();
    written
        .filter(|(_, object)| {
            let tag = &object.type_tag;
            *tag.address() == Address::TWO && tag.module().as_str() == "dynamic_field"
        })
        .map(|(id, _)| id.to_string())
        .collect()
}

fn failed(program: &Program, error: &VmError) -> Outcome {
    let status = |name: &str| Failure::Status(name.to_owned());
    let failure = match &error.status {
        VmStatus::OutOfGas => return Outcome::Endless,
        VmStatus::UnsupportedNative(native) => {
            return Outcome::Unsupported {
                native: native.to_string(),
            };
        }
        VmStatus::Aborted(code) => abort(program, error, *code),
        VmStatus::ArithmeticError => Failure::Arithmetic,
        VmStatus::VectorOperation(kind) => Failure::Vector(*kind as u64),
        VmStatus::CallStackOverflow => status("CALL_STACK_OVERFLOW"),
        VmStatus::ExecutionStackOverflow => status("EXECUTION_STACK_OVERFLOW"),
        VmStatus::MemoryLimitExceeded(_) => status("MEMORY_LIMIT_EXCEEDED"),
        VmStatus::ValueDepthExceeded => status("VM_MAX_VALUE_DEPTH_REACHED"),
        VmStatus::TypeLimitExceeded(_) => status("VM_MAX_TYPE_DEPTH_REACHED"),
        VmStatus::InvariantViolation(_) => status("UNKNOWN_INVARIANT_VIOLATION_ERROR"),
        other => Failure::Status(other.to_string()),
    };
    Outcome::Failed {
        failure,
        module: error.location.as_ref().map(|at| at.module.to_string()),
        detail: error.to_string(),
        place: error.location.as_ref().map(|at| Place {
            function: at.function,
            instruction: at.instruction,
            code: match &error.status {
                VmStatus::Aborted(code) => Some(*code),
                VmStatus::VectorOperation(kind) => Some(*kind as u64),
                _ => None,
            },
        }),
    }
}

/// Tells an error constant from a number.
fn abort(program: &Program, error: &VmError, code: u64) -> Failure {
    let [highest, ..] = code.to_be_bytes();
    if !CLEVER.contains(&highest) {
        return Failure::Code(code);
    }
    let index = (code >> CONSTANT_SHIFT) & u64::from(u16::MAX);
    let index = u16::try_from(index).unwrap_or(NO_CONSTANT);
    if index == NO_CONSTANT {
        return Failure::Abort;
    }
    let name = error
        .location
        .as_ref()
        .and_then(|at| program.text(at.package, &at.module, index));
    name.map_or(Failure::Code(code), Failure::Constant)
}
