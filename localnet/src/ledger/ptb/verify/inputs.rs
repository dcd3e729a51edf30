//! Bytes are values of the types they are used at, and objects are used as their owner allows.

use sui_sdk_types::{Address, CommandArgumentError};

use crate::vm::{Type, TypeKind, Vm, VmStatus};

use super::super::super::effects::Failure;
use super::super::super::inputs::Access;
use super::super::errors;
use super::super::program::{Argument, CommandKind, InputKind, Place, Program, Usage};

/// The standard library.
const STD: Address = Address::from_static("0x1");

/// Check bytes in the order of the inputs, then the arguments of every command.
pub(super) fn verify(vm: &Vm, program: &Program<'_>) -> Result<(), Failure> {
    for (input, kind) in program.inputs.iter().enumerate() {
        for used in program.bytes.iter().filter(|used| used.input == input) {
            let checked = match kind {
                InputKind::Pure(bytes) => pure(vm, used.ty, bytes),
                _ => receiving(vm, used.ty),
            };
            checked
                .map_err(errors::status)?
                .map_err(|kind| errors::argument(used.command, used.argument, kind))?;
        }
    }
    for (index, command) in program.commands.iter().enumerate() {
        for argument in command.kind.arguments() {
            access(program, argument)
                .map_err(|kind| errors::argument(index, argument.index, kind))?;
        }
        // Only TransferObjects may take the gas coin itself: it is charged at the end, wherever it is.
        if !matches!(command.kind, CommandKind::TransferObjects { .. })
            && let Some(argument) = command
                .kind
                .arguments()
                .find(|a| a.place == Place::Gas && a.usage == Usage::Move)
        {
            return Err(errors::argument(
                index,
                argument.index,
                CommandArgumentError::InvalidGasCoinUsage,
            ));
        }
    }
    Ok(())
}

fn access(program: &Program<'_>, argument: &Argument) -> Result<(), CommandArgumentError> {
    let Place::Input(input) = argument.place else {
        return Ok(());
    };
    let Some(InputKind::Object { access, .. }) = program.inputs.get(input) else {
        return Ok(());
    };
    match (access, argument.usage) {
        (Access::Owned | Access::SharedWrite, _) | (_, Usage::Borrow | Usage::Copy) => Ok(()),
        (_, Usage::BorrowMut) => Err(CommandArgumentError::InvalidObjectByMutRef),
        (_, Usage::Move) => Err(CommandArgumentError::InvalidObjectByValue),
    }
}

fn receiving(vm: &Vm, ty: Type) -> Result<Result<(), CommandArgumentError>, VmStatus> {
    let valid = match datatype(vm, ty)? {
        Some((Address::TWO, "transfer", "Receiving", [object])) => {
            vm.types().abilities(*object)?.has_key()
        }
        _ => false,
    };
    Ok(if valid {
        Ok(())
    } else {
        Err(CommandArgumentError::TypeMismatch)
    })
}

fn pure(vm: &Vm, ty: Type, bytes: &[u8]) -> Result<Result<(), CommandArgumentError>, VmStatus> {
    let Some(shape) = Shape::of(vm, ty)? else {
        return Ok(Err(CommandArgumentError::InvalidUsageOfPureArgument));
    };
    let mut rest = bytes;
    let valid = shape.skip(&mut rest).is_some() && rest.is_empty();
    Ok(if valid {
        Ok(())
    } else {
        Err(CommandArgumentError::InvalidBcsBytes)
    })
}

/// How the bytes of a type that pure inputs may have are laid out.
#[derive(Debug)]
enum Shape {
    Bool,
    Fixed(usize),
    Ascii,
    Utf8,
    Option(Box<Shape>),
    Vector(Box<Shape>),
}

impl Shape {
    fn of(vm: &Vm, ty: Type) -> Result<Option<Self>, VmStatus> {
        Ok(match vm.types().kind(ty)? {
            TypeKind::Bool => Some(Self::Bool),
            TypeKind::U8 => Some(Self::Fixed(1)),
            TypeKind::U16 => Some(Self::Fixed(2)),
            TypeKind::U32 => Some(Self::Fixed(4)),
            TypeKind::U64 => Some(Self::Fixed(8)),
            TypeKind::U128 => Some(Self::Fixed(16)),
            TypeKind::U256 | TypeKind::Address => Some(Self::Fixed(32)),
            TypeKind::Vector(element) => {
                Self::of(vm, *element)?.map(|shape| Self::Vector(Box::new(shape)))
            }
            TypeKind::Datatype(..) => match datatype(vm, ty)? {
                Some((Address::TWO, "object", "ID", [])) => Some(Self::Fixed(32)),
                Some((STD, "ascii", "String", [])) => Some(Self::Ascii),
                Some((STD, "string", "String", [])) => Some(Self::Utf8),
                Some((STD, "option", "Option", [inner])) => {
                    Self::of(vm, *inner)?.map(|shape| Self::Option(Box::new(shape)))
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// Consume one value from the front; none if there is not exactly such a value.
    fn skip(&self, bytes: &mut &[u8]) -> Option<()> {
        match self {
            Self::Bool => (take(bytes, 1)?.first()? <= &1).then_some(()),
            Self::Fixed(size) => take(bytes, *size).map(|_| ()),
            Self::Ascii => take_sequence(bytes)?.is_ascii().then_some(()),
            Self::Utf8 => std::str::from_utf8(take_sequence(bytes)?)
                .is_ok()
                .then_some(()),
            Self::Option(inner) => match take_length(bytes)? {
                0 => Some(()),
                1 => inner.skip(bytes),
                _ => None,
            },
            // Every element is at least one byte, so a long vector of nothing ends at once.
            Self::Vector(element) => (0..take_length(bytes)?).try_for_each(|_| element.skip(bytes)),
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn take_sequence<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = take_length(bytes)?;
    take(bytes, length)
}

/// A canonical ULEB128 number of at most 31 bits, which is what BCS allows for lengths.
fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let byte = *take(bytes, 1)?.first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let canonical = byte != 0 || shift == 0;
            let in_range = value <= u64::from(i32::MAX.unsigned_abs());
            return (canonical && in_range)
                .then(|| usize::try_from(value).ok())
                .flatten();
        }
    }
    None
}

/// A datatype by original package, module and name, with its type arguments.
pub(in super::super) type Named<'v> = (Address, &'v str, &'v str, &'v [Type]);

/// The name of a type, if it is a datatype.
pub(in super::super) fn datatype(vm: &Vm, ty: Type) -> Result<Option<Named<'_>>, VmStatus> {
    let TypeKind::Datatype(id, arguments) = vm.types().kind(ty)? else {
        return Ok(None);
    };
    let info = vm.types().datatype_info(*id)?;
    Ok(Some((
        info.original_id,
        info.module.as_str(),
        info.name.as_str(),
        arguments,
    )))
}
