//! From statuses of the virtual machine to the errors that effects carry.

use sui_sdk_types::{CommandArgumentError, ExecutionError, MoveLocation};

use crate::vm::{Location, StatusClass, VmError, VmStatus};

use super::super::effects::Failure;

/// An error of a command.
pub(super) fn command(command: usize, error: ExecutionError) -> Failure {
    Failure {
        error: Box::new(error),
        command: Some(command),
    }
}

/// An error of an argument of a command.
pub(super) fn argument(index: usize, argument: usize, kind: CommandArgumentError) -> Failure {
    command(
        index,
        ExecutionError::CommandArgumentError {
            argument: self::index(argument),
            kind,
        },
    )
}

/// A status that no command is to blame for.
pub(super) fn status(status: VmStatus) -> Failure {
    Failure::new(vm_error(VmError::from(status)))
}

/// An index as effects carry it; the limits of the protocol keep all of them small.
pub(super) fn index(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// What the sender is told about an error of the virtual machine.
pub(super) fn vm_error(error: VmError) -> ExecutionError {
    let location = error.location.map(|location| move_location(*location));
    match (error.status.class(), error.status) {
        (StatusClass::Abort, VmStatus::Aborted(code)) => match location {
            Some(location) => ExecutionError::MoveAbort { location, code },
            None => ExecutionError::VmInvariantViolation,
        },
        (StatusClass::OutOfGas, _) => ExecutionError::InsufficientGas,
        (StatusClass::Execution, _) => ExecutionError::MovePrimitiveRuntimeError { location },
        (StatusClass::Rejected, _) => ExecutionError::VmVerificationOrDeserializationError,
        _ => ExecutionError::VmInvariantViolation,
    }
}

fn move_location(location: Location) -> MoveLocation {
    MoveLocation {
        package: location.package,
        module: location.module,
        function: location.function,
        instruction: location.instruction,
        function_name: Some(location.function_name),
    }
}
