//! The rules a typed transaction must follow, all checked before any command runs.

mod drops;
mod entry;
mod functions;
mod inputs;
mod memory;

pub(super) use self::inputs::datatype;

use crate::vm::Vm;

use super::super::effects::Failure;
use super::program::Program;

/// Check a transaction, rule by rule in the order the protocol does.
///
/// Uses of a value that turn out to be its last become moves.
pub(super) fn verify(vm: &Vm, program: &mut Program<'_>) -> Result<(), Failure> {
    inputs::verify(vm, program)?;
    functions::verify(vm, program)?;
    let borrowed = memory::verify(program)?;
    drops::refine(program, &borrowed);
    drops::verify(vm, program)?;
    entry::verify(vm, program)
}
