//! Gives every argument a place and a type.

use std::collections::BTreeSet;

use sui_sdk_types::{
    Argument as SdkArgument, Command as SdkCommand, CommandArgumentError, ExecutionError,
    Identifier, MoveCall, ProgrammableTransaction, StructTag, TypeArgumentError, TypeTag,
};

use crate::vm::{AbilitySet, Type, TypeKind, Vm, VmStatus};

use super::super::accumulators;
use super::super::effects::Failure;
use super::super::inputs::LoadedInput;
use super::errors;
use super::program::{Argument, BytesUse, Command, CommandKind, InputKind, Place, Program, Usage};
use super::verify::datatype;

/// Type a transaction, command by command.
pub(super) fn transaction<'t>(
    vm: &Vm,
    programmable: &'t ProgrammableTransaction,
    inputs: &[LoadedInput],
) -> Result<Program<'t>, Failure> {
    let inputs = inputs
        .iter()
        .map(|input| input_kind(vm, input))
        .collect::<Result<_, _>>()
        .map_err(errors::status)?;
    let mut typing = Typing {
        vm,
        program: Program {
            inputs,
            bytes: Vec::new(),
            commands: Vec::new(),
        },
    };
    for (index, command) in programmable.commands.iter().enumerate() {
        let (kind, results) = typing
            .command(index, command)
            .map_err(|error| match error {
                TypingError::Argument(argument, kind) => errors::argument(index, argument, kind),
                TypingError::Command(error) => errors::command(index, *error),
                TypingError::Vm(status) => errors::command(index, errors::vm_error(status.into())),
            })?;
        let unused = vec![true; results.len()];
        typing.program.commands.push(Command {
            kind,
            results,
            unused,
        });
    }
    let mut program = typing.program;
    let used: BTreeSet<Place> = program
        .commands
        .iter()
        .flat_map(|command| command.kind.arguments())
        .map(|argument| argument.place)
        .collect();
    for (index, command) in program.commands.iter_mut().enumerate() {
        for (position, unused) in command.unused.iter_mut().enumerate() {
            *unused = !used.contains(&Place::Result(index, position));
        }
    }
    Ok(program)
}

fn input_kind(vm: &Vm, input: &LoadedInput) -> Result<InputKind, VmStatus> {
    Ok(match input {
        LoadedInput::Pure(bytes) => InputKind::Pure(bytes.clone()),
        LoadedInput::Receiving(_) => InputKind::Receiving,
        LoadedInput::Object { object, access } => {
            let Some(data) = object.as_struct() else {
                return Err(VmStatus::InvariantViolation("a package as an object input"));
            };
            InputKind::Object {
                ty: vm.types().resolve_struct(data.object_type())?,
                access: *access,
                shared: matches!(object.owner(), sui_sdk_types::Owner::Shared(_)),
            }
        }
        LoadedInput::Withdrawal { coin_type, .. } => {
            let withdrawal = StructTag::new(
                sui_sdk_types::Address::TWO,
                Identifier::from_static("funds_accumulator"),
                Identifier::from_static("Withdrawal"),
                vec![accumulators::balance_type(coin_type.clone())],
            );
            InputKind::Withdrawal {
                ty: vm.types().resolve_struct(&withdrawal)?,
                coin_type: coin_type.clone(),
            }
        }
    })
}

/// Why a command cannot be typed.
#[derive(Debug)]
enum TypingError {
    Argument(usize, CommandArgumentError),
    Command(Box<ExecutionError>),
    Vm(VmStatus),
}

impl From<ExecutionError> for TypingError {
    fn from(error: ExecutionError) -> Self {
        Self::Command(Box::new(error))
    }
}

impl From<VmStatus> for TypingError {
    fn from(status: VmStatus) -> Self {
        Self::Vm(status)
    }
}

/// The place an argument names before a use gives it a type.
#[derive(Clone, Copy, Debug)]
enum Located {
    /// A place with a type of its own.
    Typed(Place, Type),
    /// A pure or receiving input.
    Bytes(usize),
}

#[derive(Debug)]
struct Typing<'v, 't> {
    vm: &'v Vm,
    program: Program<'t>,
}

impl<'t> Typing<'_, 't> {
    fn command(
        &mut self,
        index: usize,
        command: &'t SdkCommand,
    ) -> Result<(CommandKind<'t>, Vec<Type>), TypingError> {
        Ok(match command {
            SdkCommand::MoveCall(call) => self.move_call(index, call)?,
            SdkCommand::TransferObjects(transfer) => {
                let objects = self.locate_all(0, &transfer.objects)?;
                let recipient = self.locate(objects.len(), transfer.address)?;
                let transferable = AbilitySet::KEY.union(AbilitySet::STORE);
                let objects = objects
                    .into_iter()
                    .enumerate()
                    .map(|(position, located)| {
                        self.constrained(
                            position,
                            located,
                            transferable,
                            CommandArgumentError::InvalidTransferObject,
                        )
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                let recipient = self.argument(index, objects.len(), recipient, Type::ADDRESS)?;
                (
                    CommandKind::TransferObjects { objects, recipient },
                    Vec::new(),
                )
            }
            SdkCommand::SplitCoins(split) => {
                let coin = self.locate(0, split.coin)?;
                let amounts = self.locate_all(1, &split.amounts)?;
                let coin = self.coin(coin)?;
                let amounts = self.arguments(index, 1, amounts, Type::U64)?;
                let results = vec![coin.ty; amounts.len()];
                (CommandKind::SplitCoins { coin, amounts }, results)
            }
            SdkCommand::MergeCoins(merge) => {
                let target = self.locate(0, merge.coin)?;
                let coins = self.locate_all(1, &merge.coins_to_merge)?;
                let target = self.coin(target)?;
                let coins = self.arguments(index, 1, coins, target.ty)?;
                (CommandKind::MergeCoins { target, coins }, Vec::new())
            }
            SdkCommand::MakeMoveVector(vector) => {
                let (element, elements) = match &vector.type_ {
                    Some(tag) => {
                        let element = self.type_argument(0, tag)?;
                        let located = self.locate_all(0, &vector.elements)?;
                        (element, self.arguments(index, 0, located, element)?)
                    }
                    None => {
                        let located = self.locate_all(0, &vector.elements)?;
                        let mut located = located.into_iter();
                        let first = located
                            .next()
                            .ok_or(VmStatus::InvariantViolation("an empty vector without type"))?;
                        let no_object = CommandArgumentError::InvalidMakeMoveVecNonObjectArgument;
                        let first = self.constrained(0, first, AbilitySet::KEY, no_object)?;
                        let mut elements = vec![first];
                        elements.extend(self.arguments(index, 1, located.collect(), first.ty)?);
                        (first.ty, elements)
                    }
                };
                let result = self.vm.types().vector(element)?;
                (
                    CommandKind::MakeMoveVector { element, elements },
                    vec![result],
                )
            }
            SdkCommand::Publish(publish) => {
                let cap = self.package_type("UpgradeCap")?;
                (CommandKind::Publish(publish), vec![cap])
            }
            SdkCommand::Upgrade(upgrade) => {
                let ticket = self.locate(0, upgrade.ticket)?;
                let ticket_type = self.package_type("UpgradeTicket")?;
                let ticket = self.argument(index, 0, ticket, ticket_type)?;
                let receipt = self.package_type("UpgradeReceipt")?;
                (CommandKind::Upgrade { upgrade, ticket }, vec![receipt])
            }
            _ => return Err(ExecutionError::FeatureNotYetSupported.into()),
        })
    }

    /// A type of `0x2::package`.
    fn package_type(&self, name: &'static str) -> Result<Type, VmStatus> {
        let tag = StructTag::new(
            sui_sdk_types::Address::TWO,
            Identifier::from_static("package"),
            Identifier::from_static(name),
            Vec::new(),
        );
        self.vm.types().resolve(&tag.into())
    }

    fn move_call(
        &mut self,
        index: usize,
        call: &'t MoveCall,
    ) -> Result<(CommandKind<'t>, Vec<Type>), TypingError> {
        let type_arguments = call
            .type_arguments
            .iter()
            .enumerate()
            .map(|(position, tag)| self.type_argument(position, tag))
            .collect::<Result<Vec<_>, _>>()?;
        let function = self
            .vm
            .resolve_function(call.package, call.module.as_str(), call.function.as_str())
            .map_err(|_| ExecutionError::FunctionNotFound)?;
        self.vm
            .types()
            .check_arguments(function.type_parameters().iter().copied(), &type_arguments)
            .map_err(|status| match status {
                VmStatus::TypeArity { .. } => ExecutionError::TypeArityMismatch.into(),
                VmStatus::ConstraintNotSatisfied { argument } => {
                    TypingError::from(ExecutionError::TypeArgumentError {
                        type_argument: errors::index(argument),
                        kind: TypeArgumentError::ConstraintNotSatisfied,
                    })
                }
                other => other.into(),
            })?;
        let substitute = |types: &[Type]| {
            types
                .iter()
                .map(|ty| self.vm.types().substitute(*ty, &type_arguments))
                .collect::<Result<Vec<_>, _>>()
        };
        let parameters = substitute(function.parameters())?;
        let results = substitute(function.returns())?;
        let located = self.locate_all(0, &call.arguments)?;
        let contexts = parameters
            .iter()
            .map(|ty| self.context(*ty))
            .collect::<Result<Vec<_>, _>>()?;
        if located.len() != contexts.iter().filter(|context| context.is_none()).count() {
            return Err(ExecutionError::ArityMismatch.into());
        }
        let mut located = located.into_iter().enumerate();
        let mut arguments = Vec::with_capacity(parameters.len());
        for (parameter, context) in parameters.iter().zip(contexts) {
            arguments.push(match context {
                // The transaction context is passed by the ledger, never by the sender.
                Some((usage, ty)) => Argument {
                    index: located.len(),
                    place: Place::Context,
                    usage,
                    ty,
                },
                None => {
                    let (position, place) = located.next().ok_or(VmStatus::InvariantViolation(
                        "fewer arguments than parameters",
                    ))?;
                    self.argument(index, position, place, *parameter)?
                }
            });
        }
        Ok((
            CommandKind::MoveCall {
                function,
                type_arguments,
                arguments,
            },
            results,
        ))
    }

    /// Whether a parameter is the transaction context, and how it is borrowed.
    fn context(&self, parameter: Type) -> Result<Option<(Usage, Type)>, VmStatus> {
        let (usage, inner) = match self.vm.types().kind(parameter)? {
            TypeKind::Reference(inner) => (Usage::Borrow, *inner),
            TypeKind::MutReference(inner) => (Usage::BorrowMut, *inner),
            _ => return Ok(None),
        };
        let is_context = matches!(
            datatype(self.vm, inner)?,
            Some((sui_sdk_types::Address::TWO, "tx_context", "TxContext", []))
        );
        Ok(is_context.then_some((usage, inner)))
    }

    fn type_argument(&self, position: usize, tag: &TypeTag) -> Result<Type, TypingError> {
        self.vm.types().resolve(tag).map_err(|status| {
            let kind = match status {
                VmStatus::Linker(_) => TypeArgumentError::TypeNotFound,
                VmStatus::ConstraintNotSatisfied { .. } => {
                    TypeArgumentError::ConstraintNotSatisfied
                }
                VmStatus::TypeArity { .. } => return ExecutionError::TypeArityMismatch.into(),
                other => return other.into(),
            };
            ExecutionError::TypeArgumentError {
                type_argument: errors::index(position),
                kind,
            }
            .into()
        })
    }

    fn locate_all(
        &self,
        start: usize,
        arguments: &[SdkArgument],
    ) -> Result<Vec<Located>, TypingError> {
        arguments
            .iter()
            .enumerate()
            .map(|(position, argument)| self.locate(start + position, *argument))
            .collect()
    }

    fn locate(&self, position: usize, argument: SdkArgument) -> Result<Located, TypingError> {
        let located = match argument {
            SdkArgument::Gas => {
                let ty = self.vm.types().resolve(&StructTag::gas_coin().into())?;
                return Ok(Located::Typed(Place::Gas, ty));
            }
            SdkArgument::Input(index) => self.locate_input(index),
            SdkArgument::Result(command) => self.locate_result(command, None),
            SdkArgument::NestedResult(command, result) => self.locate_result(command, Some(result)),
        };
        located.map_err(|kind| TypingError::Argument(position, kind))
    }

    fn locate_input(&self, index: u16) -> Result<Located, CommandArgumentError> {
        let input = usize::from(index);
        match self.program.inputs.get(input) {
            None => Err(CommandArgumentError::IndexOutOfBounds { index }),
            Some(InputKind::Pure(_) | InputKind::Receiving) => Ok(Located::Bytes(input)),
            Some(InputKind::Object { ty, .. } | InputKind::Withdrawal { ty, .. }) => {
                Ok(Located::Typed(Place::Input(input), *ty))
            }
        }
    }

    fn locate_result(
        &self,
        command: u16,
        result: Option<u16>,
    ) -> Result<Located, CommandArgumentError> {
        let results = self
            .program
            .commands
            .get(usize::from(command))
            .map(|command| command.results.as_slice())
            .ok_or(CommandArgumentError::IndexOutOfBounds { index: command })?;
        let (position, ty) = match (result, results) {
            (None, [only]) => (0, *only),
            (None, _) => return Err(CommandArgumentError::InvalidResultArity { result: command }),
            (Some(subresult), results) => {
                let position = usize::from(subresult);
                let ty = results.get(position).ok_or(
                    CommandArgumentError::SecondaryIndexOutOfBounds {
                        result: command,
                        subresult,
                    },
                )?;
                (position, *ty)
            }
        };
        Ok(Located::Typed(
            Place::Result(usize::from(command), position),
            ty,
        ))
    }

    fn arguments(
        &mut self,
        command: usize,
        start: usize,
        located: Vec<Located>,
        ty: Type,
    ) -> Result<Vec<Argument>, TypingError> {
        located
            .into_iter()
            .enumerate()
            .map(|(position, located)| self.argument(command, start + position, located, ty))
            .collect()
    }

    /// Use a place as a parameter of type `expected`.
    fn argument(
        &mut self,
        command: usize,
        index: usize,
        located: Located,
        expected: Type,
    ) -> Result<Argument, TypingError> {
        let types = self.vm.types();
        let mismatch = || TypingError::Argument(index, CommandArgumentError::TypeMismatch);
        let (borrow, inner) = match types.kind(expected)? {
            TypeKind::Reference(inner) => (Some(Usage::Borrow), *inner),
            TypeKind::MutReference(inner) => (Some(Usage::BorrowMut), *inner),
            _ => (None, expected),
        };
        let by_value = if types.abilities(inner)?.has_copy() {
            Usage::Copy
        } else {
            Usage::Move
        };
        let (place, usage) = match located {
            Located::Bytes(input) => (
                self.bytes(command, index, input, inner),
                borrow.unwrap_or(by_value),
            ),
            Located::Typed(place, ty) => match types.kind(ty)? {
                // A result that is a reference: allowed here, and refused when functions are verified.
                TypeKind::Reference(referent) | TypeKind::MutReference(referent) => {
                    let mutable = matches!(types.kind(ty)?, TypeKind::MutReference(_));
                    let too_strong = borrow == Some(Usage::BorrowMut) && !mutable;
                    let not_readable = borrow.is_none() && by_value == Usage::Move;
                    if *referent != inner || too_strong || not_readable {
                        return Err(mismatch());
                    }
                    (place, Usage::Copy)
                }
                _ if ty == inner => (place, borrow.unwrap_or(by_value)),
                _ => return Err(mismatch()),
            },
        };
        Ok(Argument {
            index,
            place,
            usage,
            ty: inner,
        })
    }

    /// Take a value whose type has these abilities.
    fn constrained(
        &self,
        index: usize,
        located: Located,
        abilities: AbilitySet,
        kind: CommandArgumentError,
    ) -> Result<Argument, TypingError> {
        match located {
            Located::Typed(place, ty) if abilities.is_subset_of(self.vm.types().abilities(ty)?) => {
                // Nothing with `key` can be copied, so this is always a move.
                Ok(Argument {
                    index,
                    place,
                    usage: Usage::Move,
                    ty,
                })
            }
            _ => Err(TypingError::Argument(index, kind)),
        }
    }

    /// Borrow a coin mutably.
    fn coin(&self, located: Located) -> Result<Argument, TypingError> {
        let mismatch = Err(TypingError::Argument(0, CommandArgumentError::TypeMismatch));
        let Located::Typed(place, ty) = located else {
            return mismatch;
        };
        let (ty, usage) = match self.vm.types().kind(ty)? {
            TypeKind::MutReference(coin) => (*coin, Usage::Copy),
            _ => (ty, Usage::BorrowMut),
        };
        match datatype(self.vm, ty)? {
            Some((sui_sdk_types::Address::TWO, "coin", "Coin", [_])) => Ok(Argument {
                index: 0,
                place,
                usage,
                ty,
            }),
            _ => mismatch,
        }
    }

    /// The place of a pure or receiving input at a type.
    fn bytes(&mut self, command: usize, argument: usize, input: usize, ty: Type) -> Place {
        let known = self
            .program
            .bytes
            .iter()
            .position(|used| used.input == input && used.ty == ty);
        Place::Bytes(known.unwrap_or_else(|| {
            self.program.bytes.push(BytesUse {
                input,
                ty,
                command,
                argument,
            });
            self.program.bytes.len() - 1
        }))
    }
}
