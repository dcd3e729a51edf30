//! A call of the dApp, described before anything is known about versions or gas.

use serde::Serialize;
use sui_sdk_types::{Address, Argument, TypeTag};

use crate::{
    Ask, Deployment, SharedObject,
    ptb::{ObjectInput, PtbBuilder, PtbError},
};

/// One Move call of a dApp: what a session plays.
///
/// The account's storage, the dApp and the clock are named by what they are; the client fills in their ids and versions.
/// Arguments stand in the order of the Move function.
///
/// ```
/// use sui_sdk_types::Address;
/// use valet_client::Call;
///
/// // public fun step(dapp: &Dapp<Arena>, storage: &mut UserStorage<Arena>, dir: u8, clock: &Clock, ctx: &TxContext)
/// let package = Address::from_static("0xa0");
/// let step = Call::new(package, "arena", "step").dapp().storage().arg(&2u8).clock();
/// assert_eq!(step.function(), "step");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Call {
    package: Address,
    module: String,
    function: String,
    type_arguments: Vec<TypeTag>,
    arguments: Vec<CallArgument>,
    ask: Option<Ask>,
}

#[derive(Clone, Debug)]
enum CallArgument {
    Dapp,
    DappStorage,
    Hub,
    Clock,
    Storage { mutable: bool },
    Object(ObjectInput),
    Pure(Vec<u8>),
    Unserializable(String),
}

impl Call {
    /// A call of `package::module::function`, with no arguments yet.
    pub fn new(package: Address, module: impl Into<String>, function: impl Into<String>) -> Self {
        Self {
            package,
            module: module.into(),
            function: function.into(),
            type_arguments: Vec::new(),
            arguments: Vec::new(),
            ask: None,
        }
    }

    /// Adds a type argument.
    pub fn type_argument(mut self, tag: impl Into<TypeTag>) -> Self {
        self.type_arguments.push(tag.into());
        self
    }

    /// Passes the dApp's configuration, `&Dapp<D>`.
    pub fn dapp(self) -> Self {
        self.with(CallArgument::Dapp)
    }

    /// Passes the account's storage, `&mut UserStorage<D>`.
    pub fn storage(self) -> Self {
        self.with(CallArgument::Storage { mutable: true })
    }

    /// Passes the account's storage, `&UserStorage<D>`.
    pub fn storage_ref(self) -> Self {
        self.with(CallArgument::Storage { mutable: false })
    }

    /// Passes the dApp's shared storage, `&mut DappStorage<D>`. Actions that need it wait for each other.
    pub fn dapp_storage(self) -> Self {
        self.with(CallArgument::DappStorage)
    }

    /// Passes the framework's hub, `&DappHub`.
    pub fn hub(self) -> Self {
        self.with(CallArgument::Hub)
    }

    /// Passes the clock, `&Clock`.
    pub fn clock(self) -> Self {
        self.with(CallArgument::Clock)
    }

    /// Passes any other object.
    pub fn object(self, object: ObjectInput) -> Self {
        self.with(CallArgument::Object(object))
    }

    /// Passes a value, serialized with BCS as the Move parameter's type requires (`&2u8` for a `u8`).
    ///
    /// A value that BCS cannot express is reported when the call is built.
    pub fn arg<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let argument = match bcs::to_bytes(value) {
            Ok(bytes) => CallArgument::Pure(bytes),
            Err(error) => CallArgument::Unserializable(error.to_string()),
        };
        self.with(argument)
    }

    /// Says what the call asks of a session's grant, so that the session can tell what the chain will refuse, before anything is
    /// sent and any gas is paid.
    ///
    /// ```
    /// use sui_sdk_types::Address;
    /// use valet_client::{Ask, Call};
    ///
    /// let package = Address::from_static("0xa0");
    /// let buy = Call::new(package, "shop", "buy").dapp().storage().clock();
    /// let buy = buy.asking(Ask::new().of_action(4).drawing("0x2::sui::SUI".parse()?, 1_000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn asking(mut self, ask: Ask) -> Self {
        self.ask = Some(ask);
        self
    }

    /// What it asks of a session's grant: what was said, or one authorization if it takes what an authorization takes.
    pub(crate) fn ask(&self) -> Option<Ask> {
        let passes = |wanted: fn(&CallArgument) -> bool| self.arguments.iter().any(wanted);
        let authorizes = passes(|argument| matches!(argument, CallArgument::Dapp))
            && passes(|argument| matches!(argument, CallArgument::Storage { mutable: true }));
        self.ask.clone().or_else(|| authorizes.then(Ask::new))
    }

    /// The module that is called.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The function that is called.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    fn with(mut self, argument: CallArgument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// Adds this call to a transaction in which the storage is `storage`.
    pub(crate) fn append_to(
        &self,
        ptb: &mut PtbBuilder,
        deployment: &Deployment,
        storage: StorageInput,
    ) -> Result<Argument, PtbError> {
        let arguments = self
            .arguments
            .iter()
            .map(|argument| match argument {
                CallArgument::Dapp => ptb.object(deployment.dapp.immutable()),
                CallArgument::DappStorage => ptb.object(deployment.dapp_storage.mutable()),
                CallArgument::Hub => ptb.object(deployment.hub.immutable()),
                CallArgument::Clock => ptb.object(SharedObject::CLOCK.immutable()),
                CallArgument::Storage { mutable } => match storage {
                    StorageInput::Created(argument) => Ok(argument),
                    StorageInput::Shared(shared) if *mutable => ptb.object(shared.mutable()),
                    StorageInput::Shared(shared) => ptb.object(shared.immutable()),
                },
                CallArgument::Object(object) => ptb.object(*object),
                CallArgument::Pure(bytes) => ptb.pure_bytes(bytes.clone()),
                CallArgument::Unserializable(reason) => Err(PtbError::Unserializable {
                    reason: reason.clone(),
                }),
            })
            .collect::<Result<Vec<_>, _>>()?;
        ptb.move_call(
            self.package,
            &self.module,
            &self.function,
            self.type_arguments.clone(),
            arguments,
        )
    }
}

/// Where a transaction finds the account's storage.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StorageInput {
    /// On the ledger.
    Shared(SharedObject),
    /// Made by an earlier command of the same transaction, and not shared yet.
    Created(Argument),
}
