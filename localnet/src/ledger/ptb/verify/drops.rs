//! Every result is used up, or may be dropped.

use std::collections::BTreeSet;

use sui_sdk_types::ExecutionError;

use crate::vm::Vm;

use super::super::super::effects::Failure;
use super::super::errors;
use super::super::program::{Place, Program, Usage};
use super::memory::BorrowedCopies;

/// Turn the last use of a value from a copy into a move, unless the value was borrowed at that point.
pub(super) fn refine(program: &mut Program<'_>, borrowed: &BorrowedCopies) {
    let mut used = BTreeSet::new();
    for (index, command) in program.commands.iter_mut().enumerate().rev() {
        let count = command.kind.arguments().count();
        for (from_end, argument) in command.kind.arguments_mut().rev().enumerate() {
            let last = used.insert(argument.place);
            if last
                && argument.usage == Usage::Copy
                && !borrowed.contains(&(index, count - 1 - from_end))
            {
                argument.usage = Usage::Move;
            }
        }
    }
}

/// Check that no result without `drop` is left at the end.
pub(super) fn verify(vm: &Vm, program: &Program<'_>) -> Result<(), Failure> {
    let moved: BTreeSet<Place> = program
        .commands
        .iter()
        .flat_map(|command| command.kind.arguments())
        .filter(|argument| argument.usage == Usage::Move)
        .map(|argument| argument.place)
        .collect();
    for (index, command) in program.commands.iter().enumerate() {
        for (position, ty) in command.results.iter().enumerate() {
            let left = !moved.contains(&Place::Result(index, position));
            if left
                && !vm
                    .types()
                    .abilities(*ty)
                    .map_err(errors::status)?
                    .has_drop()
            {
                return Err(Failure::new(ExecutionError::UnusedValueWithoutDrop {
                    result: errors::index(index),
                    subresult: errors::index(position),
                }));
            }
        }
    }
    Ok(())
}
