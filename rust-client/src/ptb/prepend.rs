//! Putting commands in front of a finished transaction.

use sui_sdk_types::{Argument, Command, ProgrammableTransaction};

use super::{PtbBuilder, PtbError};

/// Puts the commands of `prefix` before those of `ptb`, as one transaction.
///
/// Every `Result` of `ptb` is shifted by the number of prefix commands; its inputs are renumbered; an object both sides
/// name becomes one input, mutable if either takes it mutably. Pure inputs are kept apart.
///
/// ```
/// use sui_sdk_types::{Address, Argument, Command};
/// use valet_client::ptb::{PtbBuilder, prepend};
///
/// let mut prefix = PtbBuilder::new();
/// prefix.move_call(Address::TWO, "clock", "tick", vec![], vec![])?;
/// let mut ptb = PtbBuilder::new();
/// let made = ptb.move_call(Address::TWO, "thing", "make", vec![], vec![])?;
/// ptb.move_call(Address::TWO, "thing", "use_it", vec![], vec![made])?;
///
/// let joined = prepend(prefix.finish(), ptb.finish())?;
/// let Command::MoveCall(last) = &joined.commands[2] else { unreachable!() };
/// assert_eq!(last.arguments, [Argument::Result(1)]);
/// # Ok::<(), valet_client::ptb::PtbError>(())
/// ```
///
/// # Errors
/// When the two name one object with different versions or kinds, when the result passes the protocol's limits, or when
/// an argument of `ptb` names an input that it does not have.
pub fn prepend(
    prefix: ProgrammableTransaction,
    ptb: ProgrammableTransaction,
) -> Result<ProgrammableTransaction, PtbError> {
    let shift = u16::try_from(prefix.commands.len()).map_err(|_| PtbError::TooManyCommands)?;
    let mut joined = PtbBuilder::new();
    append(&mut joined, prefix, 0)?;
    append(&mut joined, ptb, shift)?;
    Ok(joined.finish())
}

fn append(
    target: &mut PtbBuilder,
    ptb: ProgrammableTransaction,
    shift: u16,
) -> Result<(), PtbError> {
    let inputs = ptb
        .inputs
        .into_iter()
        .map(|input| target.any_input(input))
        .collect::<Result<Vec<_>, _>>()?;
    for mut command in ptb.commands {
        for argument in arguments_mut(&mut command)? {
            *argument = remap(*argument, &inputs, shift)?;
        }
        target.command(command)?;
    }
    Ok(())
}

fn remap(argument: Argument, inputs: &[Argument], shift: u16) -> Result<Argument, PtbError> {
    let shifted = |index: u16| index.checked_add(shift).ok_or(PtbError::TooManyCommands);
    Ok(match argument {
        Argument::Gas => Argument::Gas,
        Argument::Input(index) => *inputs
            .get(usize::from(index))
            .ok_or(PtbError::UnknownInput { index })?,
        Argument::Result(index) => Argument::Result(shifted(index)?),
        Argument::NestedResult(index, nested) => Argument::NestedResult(shifted(index)?, nested),
    })
}

fn arguments_mut(command: &mut Command) -> Result<Vec<&mut Argument>, PtbError> {
    Ok(match command {
        Command::MoveCall(call) => call.arguments.iter_mut().collect(),
        Command::TransferObjects(transfer) => transfer
            .objects
            .iter_mut()
            .chain(std::iter::once(&mut transfer.address))
            .collect(),
        Command::SplitCoins(split) => std::iter::once(&mut split.coin)
            .chain(&mut split.amounts)
            .collect(),
        Command::MergeCoins(merge) => std::iter::once(&mut merge.coin)
            .chain(&mut merge.coins_to_merge)
            .collect(),
        Command::MakeMoveVector(vector) => vector.elements.iter_mut().collect(),
        Command::Upgrade(upgrade) => vec![&mut upgrade.ticket],
        Command::Publish(_) => Vec::new(),
        // A command of a later protocol: renumbering what cannot be seen would corrupt it.
        _ => return Err(PtbError::Unsupported),
    })
}
