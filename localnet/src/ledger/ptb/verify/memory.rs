//! Nothing is used after it was moved, and no mutable borrow has company.
//!
//! Borrows last for one command: functions that return references are refused, so nothing outlives its command.

use std::collections::BTreeSet;

use sui_sdk_types::CommandArgumentError;

use super::super::super::effects::Failure;
use super::super::errors;
use super::super::program::{Argument, CommandKind, Place, Program, Usage};

/// The copies, by command and argument position, whose place was borrowed when they were made.
pub(super) type BorrowedCopies = BTreeSet<(usize, usize)>;

/// Check every command in order.
pub(super) fn verify(program: &Program<'_>) -> Result<BorrowedCopies, Failure> {
    let mut moved = BTreeSet::new();
    let mut borrowed_copies = BTreeSet::new();
    for (index, command) in program.commands.iter().enumerate() {
        let mut borrows: Vec<(usize, Place, bool)> = Vec::new();
        for (position, argument) in command.kind.arguments().enumerate() {
            check(argument, &mut moved, &borrows)
                .map_err(|kind| errors::argument(index, argument.index, kind))?;
            match argument.usage {
                Usage::Borrow => borrows.push((position, argument.place, false)),
                Usage::BorrowMut => borrows.push((position, argument.place, true)),
                Usage::Copy if is_borrowed(argument.place, &borrows) => {
                    borrowed_copies.insert((index, position));
                }
                Usage::Copy | Usage::Move => {}
            }
        }
        if matches!(command.kind, CommandKind::MoveCall { .. })
            && let Some(argument) = conflict(&borrows)
        {
            return Err(errors::argument(
                index,
                argument,
                CommandArgumentError::InvalidReferenceArgument,
            ));
        }
    }
    Ok(borrowed_copies)
}

fn check(
    argument: &Argument,
    moved: &mut BTreeSet<Place>,
    borrows: &[(usize, Place, bool)],
) -> Result<(), CommandArgumentError> {
    if moved.contains(&argument.place) {
        return Err(CommandArgumentError::ArgumentWithoutValue);
    }
    if argument.usage == Usage::Move {
        if is_borrowed(argument.place, borrows) {
            return Err(CommandArgumentError::CannotMoveBorrowedValue);
        }
        moved.insert(argument.place);
    }
    Ok(())
}

fn is_borrowed(place: Place, borrows: &[(usize, Place, bool)]) -> bool {
    borrows.iter().any(|(_, borrowed, _)| *borrowed == place)
}

/// The first mutable borrow that shares its place with another one, by its position among the parameters, the context counted.
fn conflict(borrows: &[(usize, Place, bool)]) -> Option<usize> {
    borrows.iter().find_map(|(position, place, mutable)| {
        let others = || {
            let same = borrows.iter().filter(move |(_, other, _)| other == place);
            same.filter(move |(other, ..)| other != position)
        };
        match mutable {
            true => others().next().map(|_| *position),
            false => others()
                .find(|(_, _, mutable)| *mutable)
                .map(|(position, ..)| *position),
        }
    })
}
