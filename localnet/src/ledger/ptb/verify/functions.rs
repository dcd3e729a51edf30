//! Which functions a transaction may call.

use sui_sdk_types::{Address, ExecutionError};

use crate::vm::{Function, TypeKind, Visibility, Vm};

use super::super::super::effects::Failure;
use super::super::errors;
use super::super::program::{CommandKind, Program};

/// The standard library.
const STD: Address = Address::from_static("0x1");

/// Functions whose type argument only the module that declares it may supply, so that no transaction ever can.
const INTERNAL: &[(Address, &str, &[&str])] = &[
    (Address::TWO, "event", &["emit", "emit_authenticated"]),
    (
        Address::TWO,
        "transfer",
        &[
            "transfer",
            "freeze_object",
            "share_object",
            "receive",
            "party_transfer",
        ],
    ),
    (Address::TWO, "coin_registry", &["new_currency"]),
    (STD, "internal", &["permit"]),
];

/// Check every called function.
pub(super) fn verify(vm: &Vm, program: &Program<'_>) -> Result<(), Failure> {
    for (index, command) in program.commands.iter().enumerate() {
        if let CommandKind::MoveCall { function, .. } = &command.kind {
            check(vm, function).map_err(|error| errors::command(index, error))?;
        }
    }
    Ok(())
}

fn check(vm: &Vm, function: &Function) -> Result<(), ExecutionError> {
    for (index, ty) in function.returns().iter().enumerate() {
        let kind = vm
            .types()
            .kind(*ty)
            .map_err(|status| *errors::status(status).error)?;
        if matches!(kind, TypeKind::Reference(_) | TypeKind::MutReference(_)) {
            return Err(ExecutionError::InvalidPublicFunctionReturnType {
                index: errors::index(index),
            });
        }
    }
    let internal = INTERNAL.iter().any(|(package, module, names)| {
        function.package() == *package
            && function.module().as_str() == *module
            && names.contains(&function.name().as_str())
    });
    let callable = function.visibility() == Visibility::Public || function.is_entry();
    if internal || !callable {
        Err(ExecutionError::NonEntryFunctionInvoked)
    } else {
        Ok(())
    }
}
