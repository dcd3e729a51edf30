//! Literals: arguments that a client sends as JSON values and leaves to the node to encode, for the type that commands take them
//! as. What is accepted is what Sui's node accepts.

use std::str::FromStr;

use prost_types::Value;
use prost_types::value::Kind;
use ruint::aliases::U256;
use sui_sdk_types::{Address, Argument, Command};
use tonic::Status;

use super::Uses;
use crate::rpc::status;
use crate::vm::{Type, TypeKind, Types};

const STD: Address = Address::from_static("0x1");
/// A list's length is encoded seven bits at a time.
const GROUP: u8 = 0x80;

/// The bytes that the literal of an input stands for.
pub(super) fn encode(
    field: &str,
    uses: &Uses<'_>,
    input: usize,
    value: &Value,
) -> Result<Vec<u8>, Status> {
    let ty = wanted(field, uses, input)?;
    let types = uses.types.vm().types();
    let mut bytes = Vec::new();
    write(types, ty, value, &mut bytes)
        .map_err(|why| status::invalid(&format!("{field}.literal"), why))?;
    Ok(bytes)
}

/// The one type that all commands take an input as.
fn wanted(field: &str, uses: &Uses<'_>, input: usize) -> Result<Type, Status> {
    let refuse = |why: &str| status::invalid(&format!("{field}.literal"), why);
    let mut found: Option<Type> = None;
    for command in uses.commands {
        let ty = match taken_as(uses, command, input)? {
            Taken::Not => continue,
            Taken::As(ty) => ty,
            Taken::Object => {
                return Err(refuse(
                    "a command takes it as an object, which no literal is",
                ));
            }
            Taken::Untold => {
                return Err(refuse(
                    "a vector of it is made without a type: set element_type",
                ));
            }
        };
        if found.is_some_and(|known| known != ty) {
            return Err(refuse(
                "commands take it as different types: use an input for each",
            ));
        }
        found = Some(ty);
    }
    found.ok_or_else(|| refuse("no command takes it, so that it has no type: leave it out"))
}

/// How a command takes an input.
enum Taken {
    Not,
    As(Type),
    /// As something that is no plain value.
    Object,
    /// As the element of a vector of no named type.
    Untold,
}

fn taken_as(uses: &Uses<'_>, command: &Command, input: usize) -> Result<Taken, Status> {
    let is_it = |argument: &Argument| matches!(argument, Argument::Input(index) if usize::from(*index) == input);
    Ok(match command {
        Command::MoveCall(call) => match call.arguments.iter().position(is_it) {
            Some(index) => Taken::As(uses.parameter(call, index)?),
            None => Taken::Not,
        },
        Command::TransferObjects(command) if is_it(&command.address) => Taken::As(Type::ADDRESS),
        Command::TransferObjects(command) if command.objects.iter().any(is_it) => Taken::Object,
        Command::SplitCoins(command) if is_it(&command.coin) => Taken::Object,
        Command::SplitCoins(command) if command.amounts.iter().any(is_it) => Taken::As(Type::U64),
        Command::MergeCoins(command)
            if is_it(&command.coin) || command.coins_to_merge.iter().any(is_it) =>
        {
            Taken::Object
        }
        Command::MakeMoveVector(command) if command.elements.iter().any(is_it) => {
            match &command.type_ {
                Some(tag) => Taken::As(uses.types.vm().resolve_type(tag).map_err(|error| {
                    status::invalid("transaction.kind", format_args!("type {tag}: {error}"))
                })?),
                None => Taken::Untold,
            }
        }
        Command::Upgrade(command) if is_it(&command.ticket) => Taken::Object,
        _ => Taken::Not,
    })
}

/// Appends the BCS bytes of a value. Types end, so this does.
fn write(types: &Types, ty: Type, value: &Value, bytes: &mut Vec<u8>) -> Result<(), String> {
    let refused = || {
        let name = types
            .tag(ty)
            .map_or_else(|_| "what is taken".to_owned(), ToString::to_string);
        format!("it cannot be read as {name}: send the BCS bytes as pure")
    };
    let kind = types.kind(ty).map_err(|error| error.to_string())?;
    match (kind, &value.kind) {
        (TypeKind::Bool, Some(Kind::BoolValue(value))) => bytes.push((*value).into()),
        (TypeKind::Bool, Some(Kind::StringValue(text))) => {
            bytes.push(text.parse::<bool>().map_err(|_| refused())?.into());
        }
        (TypeKind::U8, Some(kind)) => {
            bytes.extend(number::<u8>(kind).ok_or_else(refused)?.to_le_bytes());
        }
        (TypeKind::U16, Some(kind)) => {
            bytes.extend(number::<u16>(kind).ok_or_else(refused)?.to_le_bytes());
        }
        (TypeKind::U32, Some(kind)) => {
            bytes.extend(number::<u32>(kind).ok_or_else(refused)?.to_le_bytes());
        }
        (TypeKind::U64, Some(kind)) => {
            bytes.extend(number::<u64>(kind).ok_or_else(refused)?.to_le_bytes());
        }
        (TypeKind::U128, Some(kind)) => {
            bytes.extend(number::<u128>(kind).ok_or_else(refused)?.to_le_bytes());
        }
        (TypeKind::U256, Some(kind)) => {
            let number = number::<U256>(kind).ok_or_else(refused)?;
            bytes.extend(number.to_le_bytes::<32>());
        }
        (TypeKind::Address, Some(Kind::StringValue(text))) => {
            bytes.extend(address(text).ok_or_else(refused)?.into_inner());
        }
        (TypeKind::Vector(element), Some(Kind::ListValue(list))) => {
            write_length(list.values.len(), bytes);
            for value in &list.values {
                write(types, *element, value, bytes)?;
            }
        }
        (TypeKind::Datatype(id, arguments), Some(kind)) => {
            let datatype = types
                .datatype_info(*id)
                .map_err(|error| error.to_string())?;
            let name = (datatype.module.as_str(), datatype.name.as_str());
            match (datatype.original_id, name, arguments.as_ref(), kind) {
                (STD, ("string" | "ascii", "String"), _, Kind::StringValue(text)) => {
                    write_length(text.len(), bytes);
                    bytes.extend(text.as_bytes());
                }
                (STD, ("option", "Option"), [_], Kind::NullValue(_)) => bytes.push(0),
                (STD, ("option", "Option"), [inner], kind)
                    if !matches!(kind, Kind::StructValue(_)) =>
                {
                    bytes.push(1);
                    write(types, *inner, value, bytes)?;
                }
                _ => return Err(refused()),
            }
        }
        _ => return Err(refused()),
    }
    Ok(())
}

/// A number, in digits or as JSON has it: cut off at its point and at the ends of `u64`, as a node does.
fn number<N: FromStr + TryFrom<u64>>(kind: &Kind) -> Option<N> {
    match kind {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the conversion saturates, which is the rule"
        )]
        Kind::NumberValue(number) => N::try_from(*number as u64).ok(),
        Kind::StringValue(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()
        }
        _ => None,
    }
}

/// An address: all its 64 digits, or as many as it needs behind `0x`.
fn address(text: &str) -> Option<Address> {
    match text.strip_prefix("0x") {
        Some(_) => text.parse().ok(),
        None if text.len() == 2 * Address::LENGTH => format!("0x{text}").parse().ok(),
        None => None,
    }
}

fn write_length(mut length: usize, bytes: &mut Vec<u8>) {
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            bytes.push(low & !GROUP);
            return;
        }
        bytes.push(low | GROUP);
    }
}
