//! A small, checked builder of programmable transactions.

use std::collections::HashMap;

use serde::Serialize;
use sui_sdk_types::{
    Address, Argument, Command, FundsWithdrawal, Identifier, Input, MoveCall, Mutability,
    ObjectReference, ProgrammableTransaction, Publish, SharedInput, SplitCoins, StructTag,
    TransferObjects, TypeTag, Upgrade, WithdrawFrom,
};

use super::{MAX_ARGUMENTS, MAX_COMMANDS, MAX_INPUTS, MAX_PURE_BYTES, PtbError};

/// An object as a transaction's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectInput {
    /// A shared object: its id, the version at which it was shared, and whether the transaction may write it.
    Shared {
        /// The object's id.
        id: Address,
        /// The version at which the object became shared; it never changes.
        initial_version: u64,
        /// Whether the transaction takes it mutably.
        mutable: bool,
    },
    /// An object owned by the sender, or immutable, at an exact version.
    Owned {
        /// The object's id.
        id: Address,
        /// Its current version.
        version: u64,
        /// Its digest at that version.
        digest: sui_sdk_types::Digest,
    },
}

impl From<ObjectReference> for ObjectInput {
    fn from(reference: ObjectReference) -> Self {
        Self::Owned {
            id: *reference.object_id(),
            version: reference.version(),
            digest: *reference.digest(),
        }
    }
}

/// Builds a [`ProgrammableTransaction`] command by command.
///
/// An object named twice becomes one input, mutable if either use is mutable; naming it with two different
/// versions is refused. Nothing here reads a network.
///
/// ```
/// use sui_sdk_types::Address;
/// use valet_client::ptb::{ObjectInput, PtbBuilder};
///
/// let mut ptb = PtbBuilder::new();
/// let clock = ptb.object(ObjectInput::Shared {
///     id: Address::from_static("0x6"),
///     initial_version: 1,
///     mutable: false,
/// })?;
/// ptb.move_call(Address::TWO, "clock", "timestamp_ms", vec![], vec![clock])?;
/// let finished = ptb.finish();
/// assert_eq!((finished.inputs.len(), finished.commands.len()), (1, 1));
/// # Ok::<(), valet_client::ptb::PtbError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PtbBuilder {
    inputs: Vec<Input>,
    commands: Vec<Command>,
    objects: HashMap<Address, u16>,
}

impl PtbBuilder {
    /// An empty transaction.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value serialized with BCS.
    ///
    /// # Errors
    /// When BCS cannot express the value, when it is larger than the protocol's 16 KiB, or when there are too many inputs.
    pub fn pure<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Argument, PtbError> {
        let bytes = bcs::to_bytes(value).map_err(|error| PtbError::Unserializable {
            reason: error.to_string(),
        })?;
        self.pure_bytes(bytes)
    }

    /// Adds a value that is BCS already.
    ///
    /// # Errors
    /// When it is larger than the protocol's 16 KiB, or when there are too many inputs.
    pub fn pure_bytes(&mut self, bytes: Vec<u8>) -> Result<Argument, PtbError> {
        if bytes.len() > MAX_PURE_BYTES {
            return Err(PtbError::PureTooLarge { size: bytes.len() });
        }
        // Equal values are not shared: a pure input may be borrowed mutably, and then two uses would see each other.
        self.push_input(Input::Pure(bytes)).map(Argument::Input)
    }

    /// Adds an object, or finds it among the inputs.
    ///
    /// # Errors
    /// When the object is there already with another version or kind, or when there are too many inputs.
    pub fn object(&mut self, object: ObjectInput) -> Result<Argument, PtbError> {
        self.object_input(match object {
            ObjectInput::Shared {
                id,
                initial_version,
                mutable,
            } => Input::Shared(SharedInput::new(id, initial_version, mutable)),
            ObjectInput::Owned {
                id,
                version,
                digest,
            } => Input::ImmutableOrOwned(ObjectReference::new(id, version, digest)),
        })
    }

    /// Adds a withdrawal of `amount` of `coin_type` from the sender's address balance.
    ///
    /// # Errors
    /// When there are too many inputs.
    pub fn withdrawal(&mut self, amount: u64, coin_type: TypeTag) -> Result<Argument, PtbError> {
        let withdrawal = FundsWithdrawal::new(amount, coin_type, WithdrawFrom::Sender);
        self.push_input(Input::FundsWithdrawal(withdrawal))
            .map(Argument::Input)
    }

    /// Adds a call and returns its result.
    ///
    /// # Errors
    /// When a name is not a Move identifier, or when there are too many arguments or commands.
    pub fn move_call(
        &mut self,
        package: Address,
        module: &str,
        function: &str,
        type_arguments: Vec<TypeTag>,
        arguments: Vec<Argument>,
    ) -> Result<Argument, PtbError> {
        if arguments.len() > MAX_ARGUMENTS {
            return Err(PtbError::TooManyArguments);
        }
        let call = MoveCall {
            package,
            module: identifier(module)?,
            function: identifier(function)?,
            type_arguments,
            arguments,
        };
        self.command(Command::MoveCall(call))
    }

    /// Splits one coin of `amount` off `coin`.
    ///
    /// # Errors
    /// When there are too many inputs or commands.
    pub fn split_coin(&mut self, coin: Argument, amount: u64) -> Result<Argument, PtbError> {
        let amounts = vec![self.pure(&amount)?];
        let result = self.command(Command::SplitCoins(SplitCoins { coin, amounts }))?;
        Ok(result.nested(0).unwrap_or(result))
    }

    /// Transfers objects to an address.
    ///
    /// # Errors
    /// When there are too many inputs or commands.
    pub fn transfer(&mut self, objects: Vec<Argument>, recipient: Address) -> Result<(), PtbError> {
        let address = self.pure(&recipient)?;
        self.command(Command::TransferObjects(TransferObjects {
            objects,
            address,
        }))?;
        Ok(())
    }

    /// Publishes a package and returns its upgrade capability.
    ///
    /// # Errors
    /// When there are too many commands.
    pub fn publish(
        &mut self,
        modules: Vec<Vec<u8>>,
        dependencies: Vec<Address>,
    ) -> Result<Argument, PtbError> {
        self.command(Command::Publish(Publish {
            modules,
            dependencies,
        }))
    }

    /// Makes the next version of `package` and returns the upgrade's receipt; `ticket` comes from `0x2::package`.
    ///
    /// # Errors
    /// When there are too many commands.
    pub fn upgrade(
        &mut self,
        modules: Vec<Vec<u8>>,
        dependencies: Vec<Address>,
        package: Address,
        ticket: Argument,
    ) -> Result<Argument, PtbError> {
        self.command(Command::Upgrade(Upgrade {
            modules,
            dependencies,
            package,
            ticket,
        }))
    }

    /// The finished transaction.
    #[must_use]
    pub fn finish(self) -> ProgrammableTransaction {
        ProgrammableTransaction {
            inputs: self.inputs,
            commands: self.commands,
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Result<Argument, PtbError> {
        if self.commands.len() >= MAX_COMMANDS {
            return Err(PtbError::TooManyCommands);
        }
        let index = u16::try_from(self.commands.len()).map_err(|_| PtbError::TooManyCommands)?;
        self.commands.push(command);
        Ok(Argument::Result(index))
    }

    /// Adds any input of a finished transaction, merging objects with those already here.
    pub(super) fn any_input(&mut self, input: Input) -> Result<Argument, PtbError> {
        match input {
            Input::Shared(_) | Input::ImmutableOrOwned(_) | Input::Receiving(_) => {
                self.object_input(input)
            }
            Input::Pure(bytes) => self.pure_bytes(bytes),
            other => self.push_input(other).map(Argument::Input),
        }
    }

    fn object_input(&mut self, input: Input) -> Result<Argument, PtbError> {
        let id = match &input {
            Input::Shared(shared) => shared.object_id(),
            Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => {
                *reference.object_id()
            }
            _ => return Err(PtbError::Unsupported),
        };
        if let Some(&index) = self.objects.get(&id) {
            let known = self
                .inputs
                .get_mut(usize::from(index))
                .ok_or(PtbError::Unsupported)?;
            *known = merge(id, known, &input)?;
            return Ok(Argument::Input(index));
        }
        let index = self.push_input(input)?;
        self.objects.insert(id, index);
        Ok(Argument::Input(index))
    }

    fn push_input(&mut self, input: Input) -> Result<u16, PtbError> {
        if self.inputs.len() >= MAX_INPUTS {
            return Err(PtbError::TooManyInputs);
        }
        let index = u16::try_from(self.inputs.len()).map_err(|_| PtbError::TooManyInputs)?;
        self.inputs.push(input);
        Ok(index)
    }
}

/// One input that serves both uses of an object.
fn merge(id: Address, known: &Input, other: &Input) -> Result<Input, PtbError> {
    match (known, other) {
        (Input::Shared(a), Input::Shared(b)) if a.version() == b.version() => {
            let mutability = match (a.mutability(), b.mutability()) {
                (x, y) if x == y => x,
                (Mutability::Mutable, _) | (_, Mutability::Mutable) => Mutability::Mutable,
                _ => return Err(PtbError::ObjectConflict { id }),
            };
            Ok(Input::Shared(SharedInput::new(id, a.version(), mutability)))
        }
        (a, b) if a == b => Ok(a.clone()),
        _ => Err(PtbError::ObjectConflict { id }),
    }
}

pub(crate) fn identifier(name: &str) -> Result<Identifier, PtbError> {
    Identifier::new(name).map_err(|_| PtbError::InvalidIdentifier {
        name: name.to_owned(),
    })
}

/// The type of SUI, `0x2::sui::SUI`.
pub(crate) fn sui() -> TypeTag {
    TypeTag::from(StructTag::sui())
}
