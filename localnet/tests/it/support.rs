//! What several tests need: a running localnet, keys, and programs to sign.

use serde::Serialize;
use sui_crypto::SuiSigner;
use sui_crypto::ed25519::Ed25519PrivateKey;
use sui_rpc::Client;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_sdk_types::{
    Address, Argument, Command, GasPayment, Identifier, Input, MoveCall, ObjectReference, Owner,
    ProgrammableTransaction, Publish, SharedInput, SplitCoins, StructTag, Transaction,
    TransactionExpiration, TransactionKind, TransferObjects, TypeTag, UserSignature,
    framework::Coin,
};
use valet_localnet::{Clock, Localnet};

/// The time every test ledger begins at.
pub(crate) const START_MS: u64 = 1_700_000_000_000;
/// A budget that is enough for everything the tests do.
pub(crate) const BUDGET: u64 = 100_000_000;

/// A localnet whose time stands still, on free ports.
pub(crate) async fn localnet() -> Localnet {
    Localnet::builder()
        .with_clock(Clock::Manual(START_MS))
        .start()
        .await
        .expect("localnet starts")
}

/// The official client.
pub(crate) fn client(localnet: &Localnet) -> Client {
    Client::new(localnet.rpc_url()).expect("a client")
}

/// A key and its address.
pub(crate) struct Wallet {
    key: Ed25519PrivateKey,
    pub(crate) address: Address,
}

impl Wallet {
    pub(crate) fn new(seed: u8) -> Self {
        let key = Ed25519PrivateKey::new([seed; 32]);
        let address = key.public_key().derive_address();
        Self { key, address }
    }

    pub(crate) fn sign(&self, transaction: &Transaction) -> UserSignature {
        self.key.sign_transaction(transaction).expect("a signature")
    }

    /// Takes coins of these amounts from the faucet, in the order of the amounts.
    pub(crate) fn fund<const N: usize>(
        &self,
        localnet: &Localnet,
        amounts: [u64; N],
    ) -> [ObjectReference; N] {
        let ledger = localnet.ledger();
        let paid = ledger
            .fund(self.address, &amounts)
            .expect("the faucet pays");
        let coins: Vec<_> = paid
            .output_objects
            .iter()
            .filter(|object| *object.owner() == Owner::Address(self.address))
            .filter_map(|object| Some((Coin::try_from_object(object)?.balance(), object)))
            .collect();
        amounts.map(|amount| {
            let (_, coin) = coins
                .iter()
                .find(|(balance, _)| *balance == amount)
                .expect("a coin of this amount");
            ObjectReference::new(coin.object_id(), coin.version(), coin.digest())
        })
    }

    /// A request that executes the program, paid with `gas`.
    pub(crate) fn request(
        &self,
        program: Program,
        gas: ObjectReference,
    ) -> proto::ExecuteTransactionRequest {
        let transaction = program.transaction(self.address, vec![gas]);
        execute_request(&transaction, &[self.sign(&transaction)])
    }
}

/// A request that executes a transaction and asks for everything about it.
pub(crate) fn execute_request(
    transaction: &Transaction,
    signatures: &[UserSignature],
) -> proto::ExecuteTransactionRequest {
    proto::ExecuteTransactionRequest::new(transaction.clone().into())
        .with_signatures(
            signatures
                .iter()
                .cloned()
                .map(Into::into)
                .collect::<Vec<_>>(),
        )
        .with_read_mask(mask("*"))
}

/// A read mask of comma separated paths.
pub(crate) fn mask(paths: &str) -> prost_types::FieldMask {
    prost_types::FieldMask {
        paths: paths.split(',').map(str::to_owned).collect(),
    }
}

/// The inputs and commands of a transaction while it grows.
#[derive(Default)]
pub(crate) struct Program {
    inputs: Vec<Input>,
    commands: Vec<Command>,
}

impl Program {
    pub(crate) fn input(&mut self, input: Input) -> Argument {
        self.inputs.push(input);
        Argument::Input(u16::try_from(self.inputs.len() - 1).expect("few inputs"))
    }

    pub(crate) fn pure(&mut self, value: &impl Serialize) -> Argument {
        self.input(Input::Pure(bcs::to_bytes(value).expect("bytes")))
    }

    pub(crate) fn clock(&mut self) -> Argument {
        self.input(Input::Shared(SharedInput::new(
            Address::from_static("0x6"),
            1,
            false,
        )))
    }

    pub(crate) fn command(&mut self, command: Command) -> Argument {
        self.commands.push(command);
        Argument::Result(u16::try_from(self.commands.len() - 1).expect("few commands"))
    }

    /// Calls `module::function` of the Sui framework.
    pub(crate) fn call(
        &mut self,
        function: &str,
        type_arguments: &[TypeTag],
        arguments: &[Argument],
    ) -> Argument {
        self.call_of(Address::TWO, function, type_arguments, arguments)
    }

    /// Calls `module::function` of a package.
    pub(crate) fn call_of(
        &mut self,
        package: Address,
        function: &str,
        type_arguments: &[TypeTag],
        arguments: &[Argument],
    ) -> Argument {
        let (module, function) = function.split_once("::").expect("module::function");
        self.command(Command::MoveCall(MoveCall {
            package,
            module: Identifier::new(module).expect("a name"),
            function: Identifier::new(function).expect("a name"),
            type_arguments: type_arguments.to_vec(),
            arguments: arguments.to_vec(),
        }))
    }

    /// Splits coins off the gas coin.
    pub(crate) fn split_gas(&mut self, amounts: &[u64]) -> Vec<Argument> {
        let amounts: Vec<_> = amounts.iter().map(|amount| self.pure(amount)).collect();
        let count = u16::try_from(amounts.len()).expect("few amounts");
        let result = self.command(Command::SplitCoins(SplitCoins {
            coin: Argument::Gas,
            amounts,
        }));
        (0..count)
            .map(|index| result.nested(index).expect("a result"))
            .collect()
    }

    pub(crate) fn transfer(&mut self, objects: Vec<Argument>, recipient: Address) {
        let address = self.pure(&recipient);
        self.command(Command::TransferObjects(TransferObjects {
            objects,
            address,
        }));
    }

    pub(crate) fn transaction(self, sender: Address, gas: Vec<ObjectReference>) -> Transaction {
        Transaction {
            kind: TransactionKind::ProgrammableTransaction(ProgrammableTransaction {
                inputs: self.inputs,
                commands: self.commands,
            }),
            sender,
            gas_payment: GasPayment {
                objects: gas,
                owner: sender,
                price: 1_000,
                budget: BUDGET,
            },
            expiration: TransactionExpiration::None,
        }
    }
}

/// A program that sends `amount` MIST.
pub(crate) fn payment(amount: u64, recipient: Address) -> Program {
    let mut program = Program::default();
    let coins = program.split_gas(&[amount]);
    program.transfer(coins, recipient);
    program
}

/// Publishes a package under `tests/move` and returns its id.
pub(crate) fn publish(
    localnet: &Localnet,
    wallet: &Wallet,
    gas: ObjectReference,
    name: &str,
) -> Address {
    let compiled = crate::chain::compile(name);
    let mut program = Program::default();
    let cap = program.command(Command::Publish(Publish {
        modules: compiled.modules,
        dependencies: compiled.dependencies,
    }));
    program.transfer(vec![cap], wallet.address);
    let mut transaction = program.transaction(wallet.address, vec![gas]);
    transaction.gas_payment.budget = 500_000_000;
    let executed = localnet
        .ledger()
        .execute(&transaction, &[wallet.sign(&transaction)])
        .expect("accepted");
    crate::chain::succeeded(&executed);
    // A package has the first id of its transaction.
    Address::derive_id(executed.digest, 0)
}

pub(crate) fn sui() -> TypeTag {
    StructTag::sui().into()
}
