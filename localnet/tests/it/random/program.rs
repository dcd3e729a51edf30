//! Programmable transactions that are random but plausible: every argument is looked for among the inputs and results of its
//! type.

use std::sync::Arc;

use arbitrary::{Result, Unstructured};
use sui_sdk_types::{
    Address, Argument, Command, FundsWithdrawal, Identifier, Input, MakeMoveVector, MergeCoins,
    MoveCall, Object, Owner, ProgrammableTransaction, Publish, SplitCoins, StructTag,
    TransferObjects, TypeTag, WithdrawFrom,
};
use valet_localnet::vm::{Function, Type, TypeKind, Vm};

use super::world::{World, clock, object_input};
use crate::chain::{Builder, reference};

/// Commands of one program.
const COMMANDS: usize = 8;

/// Functions that are looked at for one call.
const TRIES: usize = 8;

/// A program that these choices lead to. They never run out: behind the last byte they are all the likely ones.
pub(crate) fn write(world: &World, choices: &mut Unstructured<'_>) -> ProgrammableTransaction {
    // Only choosing from nothing can fail, and there is always something.
    Program::write(world, choices).unwrap_or_else(|_| Builder::default().finish())
}

/// A program while it is written.
struct Program<'s> {
    world: &'s World,
    b: Builder,
    /// Inputs and results with their types.
    known: Vec<(Type, Argument)>,
    used: Vec<Address>,
    commands: u16,
}

impl<'s> Program<'s> {
    fn write(world: &'s World, choices: &mut Unstructured<'_>) -> Result<ProgrammableTransaction> {
        let mut program = Self {
            world,
            b: Builder::default(),
            known: Vec::new(),
            used: Vec::new(),
            commands: 0,
        };
        let commands = choices.int_in_range(1..=COMMANDS)?;
        for _ in 0..commands {
            program.command(choices)?;
        }
        if choices.ratio(3, 4)? {
            program.tidy_up();
        }
        Ok(program.b.finish())
    }

    fn command(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let command = match choices.int_in_range(0..=15)? {
            0 => Command::SplitCoins(SplitCoins {
                coin: self.coin(choices)?,
                amounts: self.amounts(choices)?,
            }),
            1 => {
                let merged = self.coin(choices)?;
                if merged == Argument::Gas {
                    return self.call(choices);
                }
                self.is_gone(merged);
                let coin = self.coin(choices)?;
                Command::MergeCoins(MergeCoins {
                    coin,
                    coins_to_merge: vec![merged],
                })
            }
            2 => Command::TransferObjects(TransferObjects {
                objects: self.any(choices)?,
                address: self.of_type(Type::ADDRESS, choices)?,
            }),
            3 => {
                let (ty, tag) = choices.choose(&self.world.types)?;
                if !self.is_pure(*ty) && !self.known.iter().any(|(known, _)| known == ty) {
                    return self.call(choices);
                }
                let count = choices.int_in_range(0..=3)?;
                let elements = (0..count)
                    .map(|_| self.of_type(*ty, choices))
                    .collect::<Result<Vec<_>>>()?;
                elements.iter().for_each(|element| self.is_gone(*element));
                let type_ = choices.ratio(3, 4)?.then(|| tag.clone());
                Command::MakeMoveVector(MakeMoveVector { type_, elements })
            }
            // Bytes that are no module: what is one is for the other targets.
            4 if !choices.ratio(15, 16)? => Command::Publish(Publish {
                modules: vec![choices.bytes(4).unwrap_or_default().to_vec()],
                dependencies: vec![Address::TWO],
            }),
            _ => return self.call(choices),
        };
        let results = match &command {
            Command::SplitCoins(split) => split.amounts.len(),
            _ => 0,
        };
        let result = self.add(command);
        if let Some((coin, _)) = self.world.types.iter().find(|(_, tag)| is_sui_coin(tag)) {
            for index in 0..results {
                self.known.extend(
                    result
                        .nested(u16::try_from(index).expect("few results"))
                        .map(|argument| (*coin, argument)),
                );
            }
        }
        Ok(())
    }

    fn call(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let world = self.world;
        let (framework, own) = world.functions.split_at(world.of_framework);
        let often = choices.ratio(2, 3)?;
        let vm = world.chain.ledger.vm();
        // The first of a few that there is everything for; else one that there is not.
        let (mut function, mut types, mut tags) =
            self.choose_function(if often { own } else { framework }, choices)?;
        for _ in 0..TRIES {
            if self.has_everything(function, &types) {
                break;
            }
            (function, types, tags) =
                self.choose_function(if often { own } else { framework }, choices)?;
        }
        let mut arguments = Vec::new();
        for parameter in function.parameters() {
            let ty = vm
                .types()
                .substitute(*parameter, &types)
                .unwrap_or(*parameter);
            let (ty, by_value) = match vm.types().kind(ty) {
                Ok(TypeKind::Reference(inner) | TypeKind::MutReference(inner)) => (*inner, false),
                _ => (ty, true),
            };
            if is_context(vm, ty) {
                continue;
            }
            let argument = self.of_type(ty, choices)?;
            arguments.push(argument);
            if by_value
                && vm
                    .types()
                    .abilities(ty)
                    .is_ok_and(|abilities| !abilities.has_copy())
            {
                self.is_gone(argument);
            }
        }
        let returns: Vec<Type> = function
            .returns()
            .iter()
            .map(|ty| vm.types().substitute(*ty, &types).unwrap_or(*ty))
            .collect();
        let result = self.add(Command::MoveCall(MoveCall {
            package: function.package(),
            module: function.module().clone(),
            function: Identifier::new(function.name().as_str()).expect("a name"),
            type_arguments: tags,
            arguments,
        }));
        for (index, ty) in returns.iter().enumerate() {
            let argument = if returns.len() == 1 {
                Some(result)
            } else {
                result.nested(u16::try_from(index).expect("few results"))
            };
            self.known.extend(argument.map(|argument| (*ty, argument)));
        }
        Ok(())
    }

    /// A function and type arguments that have the abilities it asks for, if any do.
    fn choose_function<'f>(
        &self,
        from: &'f [Function],
        choices: &mut Unstructured<'_>,
    ) -> Result<(&'f Function, Vec<Type>, Vec<TypeTag>)> {
        let function = choices.choose(from)?;
        let known = self.world.chain.ledger.vm().types();
        let (mut types, mut tags) = (Vec::new(), Vec::new());
        for constraint in function.type_parameters() {
            let fits = |(ty, _): &&(Type, TypeTag)| {
                known
                    .abilities(*ty)
                    .is_ok_and(|abilities| constraint.is_subset_of(abilities))
            };
            let fitting: Vec<_> = self.world.types.iter().filter(fits).collect();
            let (ty, tag) = match choices.choose(&fitting) {
                Ok(chosen) => *chosen,
                Err(_) => choices.choose(&self.world.types)?,
            };
            types.push(*ty);
            tags.push(tag.clone());
        }
        Ok((function, types, tags))
    }

    /// Whether every parameter can be given a value: a result, an input, an object, or bytes.
    fn has_everything(&self, function: &Function, types: &[Type]) -> bool {
        let vm = self.world.chain.ledger.vm();
        function.parameters().iter().all(|parameter| {
            let ty = vm
                .types()
                .substitute(*parameter, types)
                .unwrap_or(*parameter);
            let ty = match vm.types().kind(ty) {
                Ok(TypeKind::Reference(inner) | TypeKind::MutReference(inner)) => *inner,
                _ => ty,
            };
            is_context(vm, ty)
                || self.known.iter().any(|(known, _)| *known == ty)
                || self
                    .world
                    .objects
                    .iter()
                    .any(|(known, object)| *known == ty && self.is_usable(object))
                || self.receiving(ty).is_some()
                || self.is_pure(ty)
        })
    }

    /// Whether values of a type can be given as bytes.
    fn is_pure(&self, ty: Type) -> bool {
        let types = self.world.chain.ledger.vm().types();
        match types.kind(ty) {
            Ok(TypeKind::Vector(element)) => self.is_pure(*element),
            Ok(TypeKind::Datatype(id, arguments)) => {
                let name = types.datatype_info(*id).map(|info| info.name.as_str());
                match name {
                    Ok("ID" | "String") => true,
                    Ok("Option") => arguments
                        .first()
                        .is_some_and(|element| self.is_pure(*element)),
                    _ => false,
                }
            }
            Ok(
                TypeKind::Signer
                | TypeKind::Reference(_)
                | TypeKind::MutReference(_)
                | TypeKind::Parameter(_),
            )
            | Err(_) => false,
            Ok(_) => true,
        }
    }

    /// Whether a transaction of ours may name the object as an input, and this one does not yet.
    fn is_usable(&self, object: &Object) -> bool {
        let ours = match object.owner() {
            Owner::Address(owner) | Owner::ConsensusAddress { owner, .. } => {
                *owner == self.world.chain.account.address
            }
            Owner::Shared(_) | Owner::Immutable => true,
            _ => false,
        };
        ours && !self.used.contains(&object.object_id())
    }

    /// What was moved cannot be used again.
    fn is_gone(&mut self, argument: Argument) {
        self.known.retain(|(_, known)| *known != argument);
    }

    fn add(&mut self, command: Command) -> Argument {
        self.commands += 1;
        self.b.command(command)
    }

    /// Mostly something of this type: a result, an input, an object of ours, or bytes; now and then anything at all.
    fn of_type(&mut self, ty: Type, choices: &mut Unstructured<'_>) -> Result<Argument> {
        if !choices.ratio(47, 48)? {
            return self.anything(choices);
        }
        let known: Vec<Argument> = self
            .known
            .iter()
            .filter(|(known, _)| *known == ty)
            .map(|(_, argument)| *argument)
            .collect();
        if !known.is_empty() && choices.ratio(3, 4)? {
            return Ok(*choices.choose(&known)?);
        }
        let world = self.world;
        let fresh = |(object_type, object): &&(Type, Arc<Object>)| {
            *object_type == ty && self.is_usable(object)
        };
        let objects: Vec<_> = world.objects.iter().filter(fresh).collect();
        if !objects.is_empty() {
            let (_, object) = choices.choose(&objects)?;
            let argument = self.object(object, choices)?;
            self.known.push((ty, argument));
            return Ok(argument);
        }
        if let Some(inner) = self.receiving(ty) {
            return self.ticket(inner, choices);
        }
        let bytes = self.bytes(ty, 0, choices)?;
        let argument = self.b.input(Input::Pure(bytes));
        self.known.push((ty, argument));
        Ok(argument)
    }

    fn object(&mut self, object: &Object, choices: &mut Unstructured<'_>) -> Result<Argument> {
        self.used.push(object.object_id());
        Ok(self.b.input(object_input(object, choices.ratio(3, 4)?)))
    }

    /// What `Receiving<T>` is a ticket for.
    fn receiving(&self, ty: Type) -> Option<Type> {
        let types = self.world.chain.ledger.vm().types();
        let TypeKind::Datatype(id, arguments) = types.kind(ty).ok()? else {
            return None;
        };
        let name = types.datatype_info(*id).ok()?.name.as_str() == "Receiving";
        arguments.first().copied().filter(|_| name)
    }

    fn ticket(&mut self, ty: Type, choices: &mut Unstructured<'_>) -> Result<Argument> {
        let world = self.world;
        let sent: Vec<_> = world
            .objects
            .iter()
            .filter(|(object_type, object)| {
                *object_type == ty && matches!(object.owner(), Owner::Address(_))
            })
            .filter(|(_, object)| !self.used.contains(&object.object_id()))
            .collect();
        if sent.is_empty() {
            return self.anything(choices);
        }
        let (_, object) = choices.choose(&sent)?;
        self.used.push(object.object_id());
        Ok(self.b.input(Input::Receiving(reference(object))))
    }

    /// The BCS of some value of a type, as far as it has one.
    fn bytes(&self, ty: Type, depth: u32, choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let types = self.world.chain.ledger.vm().types();
        let number = |width: usize, choices: &mut Unstructured<'_>| -> Result<Vec<u8>> {
            let mut bytes = vec![0; width];
            if choices.ratio(7, 8)? {
                bytes[0] = choices.int_in_range(0..=20)?;
            } else {
                choices.fill_buffer(&mut bytes)?;
            }
            Ok(bytes)
        };
        Ok(match types.kind(ty) {
            _ if depth > 4 => Vec::new(),
            Ok(TypeKind::Bool) => vec![choices.int_in_range(0..=1)?],
            Ok(TypeKind::U8) => number(1, choices)?,
            Ok(TypeKind::U16) => number(2, choices)?,
            Ok(TypeKind::U32) => number(4, choices)?,
            Ok(TypeKind::U64) => number(8, choices)?,
            Ok(TypeKind::U128) => number(16, choices)?,
            Ok(TypeKind::U256) => number(32, choices)?,
            Ok(TypeKind::Address) => self.address(choices)?.as_bytes().to_vec(),
            Ok(TypeKind::Vector(element)) => {
                let length = choices.int_in_range(0..=3u8)?;
                let mut bytes = vec![length];
                for _ in 0..length {
                    bytes.extend(self.bytes(*element, depth + 1, choices)?);
                }
                bytes
            }
            Ok(TypeKind::Datatype(id, arguments)) => match types
                .datatype_info(*id)
                .map(|info| info.name.as_str().to_owned())
                .as_deref()
            {
                Ok("ID") => self.address(choices)?.as_bytes().to_vec(),
                Ok("String") => {
                    let length = choices.int_in_range(0..=6u8)?;
                    std::iter::once(length)
                        .chain((0..length).map(|index| b'a' + index))
                        .collect()
                }
                Ok("Option") => {
                    let mut bytes = vec![choices.int_in_range(0..=1u8)?];
                    if let ([1], Some(element)) = (&bytes[..], arguments.first()) {
                        bytes.extend(self.bytes(*element, depth + 1, choices)?);
                    }
                    bytes
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        })
    }

    fn address(&self, choices: &mut Unstructured<'_>) -> Result<Address> {
        let world = self.world;
        if choices.ratio(1, 2)? {
            return Ok(world.chain.account.address);
        }
        Ok(match choices.choose(&world.objects) {
            Ok((_, object)) => object.object_id(),
            Err(_) => Address::ZERO,
        })
    }

    /// A coin that is there already, or the gas coin.
    fn coin(&self, choices: &mut Unstructured<'_>) -> Result<Argument> {
        let coin = self
            .world
            .types
            .iter()
            .find(|(_, tag)| is_sui_coin(tag))
            .map(|(coin, _)| *coin);
        let coins: Vec<_> = self
            .known
            .iter()
            .filter(|(ty, _)| Some(*ty) == coin)
            .map(|(_, argument)| *argument)
            .collect();
        if coins.is_empty() || !choices.ratio(2, 3)? {
            return Ok(Argument::Gas);
        }
        Ok(*choices.choose(&coins)?)
    }

    fn amounts(&mut self, choices: &mut Unstructured<'_>) -> Result<Vec<Argument>> {
        let count = choices.int_in_range(1..=3)?;
        (0..count)
            .map(|_| self.of_type(Type::U64, choices))
            .collect()
    }

    /// Objects to give away, or now and then what is none.
    fn any(&mut self, choices: &mut Unstructured<'_>) -> Result<Vec<Argument>> {
        let count = choices.int_in_range(1..=3)?;
        let types = self.world.chain.ledger.vm().types();
        let mut chosen = Vec::new();
        for _ in 0..count {
            let is_object = |(ty, _): &&(Type, Argument)| {
                types
                    .abilities(*ty)
                    .is_ok_and(|abilities| abilities.has_key())
            };
            let objects: Vec<_> = self
                .known
                .iter()
                .filter(is_object)
                .map(|(_, argument)| *argument)
                .collect();
            let argument = if objects.is_empty() || !choices.ratio(15, 16)? {
                self.anything(choices)?
            } else {
                *choices.choose(&objects)?
            };
            self.is_gone(argument);
            chosen.push(argument);
        }
        Ok(chosen)
    }

    fn anything(&mut self, choices: &mut Unstructured<'_>) -> Result<Argument> {
        let small = |choices: &mut Unstructured<'_>| choices.int_in_range(0..=9u16);
        Ok(match choices.int_in_range(0..=6)? {
            0 => Argument::Gas,
            1 => Argument::Input(small(choices)?),
            2 => Argument::Result(small(choices)?),
            3 => Argument::NestedResult(small(choices)?, small(choices)?),
            4 => {
                let amount = choices.int_in_range(0..=600_000_000)?;
                let sui = TypeTag::from(StructTag::sui());
                let coin = if choices.ratio(7, 8)? {
                    sui
                } else {
                    choices.choose(&self.world.types)?.1.clone()
                };
                let source = *choices.choose(&[WithdrawFrom::Sender, WithdrawFrom::Sponsor])?;
                self.b.input(Input::FundsWithdrawal(FundsWithdrawal::new(
                    amount, coin, source,
                )))
            }
            5 => {
                let (_, object) = choices.choose(&self.world.objects)?;
                self.object(object, choices)?
            }
            _ => clock(&mut self.b),
        })
    }

    /// Gives the last results to ourselves, so that not every program ends with a value that must not be dropped.
    fn tidy_up(&mut self) {
        let world = self.world;
        let types = world.chain.ledger.vm().types();
        let kept = |(ty, argument): &(Type, Argument)| {
            let abilities = types.abilities(*ty);
            let is_result = matches!(argument, Argument::Result(_) | Argument::NestedResult(..));
            (is_result && abilities.is_ok_and(|abilities| abilities.has_key())).then_some(*argument)
        };
        let kept: Vec<_> = self.known.iter().filter_map(kept).collect();
        if !kept.is_empty() {
            let to = self.b.pure(&world.chain.account.address);
            self.b.transfer(kept, to);
        }
    }
}

fn is_sui_coin(tag: &TypeTag) -> bool {
    matches!(tag, TypeTag::Struct(tag) if tag.is_coin().is_some())
}

fn is_context(vm: &Vm, ty: Type) -> bool {
    let Ok(TypeKind::Datatype(id, _)) = vm.types().kind(ty) else {
        return false;
    };
    vm.types()
        .datatype_info(*id)
        .is_ok_and(|info| info.name.as_str() == "TxContext")
}
