//! Transactions, put together by hand so that nothing but the ledger is measured.

use std::sync::Arc;

use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{
    Address, Argument, Command, Digest, GasPayment, Identifier, Input, MoveCall, Object,
    ObjectReference, Owner, ProgrammableTransaction, SharedInput, SplitCoins, StructTag,
    Transaction, TransactionExpiration, TransactionKind, TransferObjects, TypeTag, framework::Coin,
};
use valet_localnet::ledger::{ExecutedTransaction, Ledger};

use crate::site::succeeded;

const PRICE: u64 = 1_000;
const BUDGET: u64 = 50_000_000_000;
/// The budget of a silent move, which costs a tenth of it.
const SILENT_BUDGET: u64 = 20_000_000;

/// The key of a number.
pub(crate) fn key(number: u32) -> Ed25519PrivateKey {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    Ed25519PrivateKey::new(seed)
}

/// Coins of these amounts from the faucet.
pub(crate) fn fund(ledger: &Ledger, recipient: Address, amounts: &[u64]) {
    succeeded(&ledger.fund(recipient, amounts).expect("the faucet pays"));
}

/// Executes a program, paid with the sender's fullest coin, and fails unless it succeeded.
pub(crate) fn run(
    ledger: &Ledger,
    sender: &Ed25519PrivateKey,
    program: ProgrammableTransaction,
) -> Arc<ExecutedTransaction> {
    let address = sender.public_key().derive_address();
    let coins = ledger.owned_objects(&address, Some(&StructTag::gas_coin()), None, usize::MAX);
    let fullest = coins
        .iter()
        .max_by_key(|coin| Coin::try_from_object(coin).map(|coin| coin.balance()));
    let gas = reference(fullest.expect("the sender has a coin"));
    let transaction = transaction(
        address,
        program,
        vec![gas],
        BUDGET,
        TransactionExpiration::None,
    );
    let signature = sender
        .sign_transaction(&transaction)
        .expect("ed25519 signs");
    let executed = ledger
        .execute(&transaction, &[signature])
        .expect("the ledger takes it");
    succeeded(&executed);
    executed
}

/// A transaction paid from the sender's address balance.
pub(crate) fn from_balance(
    sender: Address,
    program: ProgrammableTransaction,
    chain: Digest,
    nonce: u32,
) -> Transaction {
    let expiration = TransactionExpiration::ValidDuring {
        min_epoch: Some(0),
        max_epoch: Some(1),
        min_timestamp: None,
        max_timestamp: None,
        chain,
        nonce,
    };
    transaction(sender, program, Vec::new(), SILENT_BUDGET, expiration)
}

/// A transaction that any simulation takes: nothing pays for it.
pub(crate) fn view(program: ProgrammableTransaction) -> Transaction {
    transaction(
        Address::ZERO,
        program,
        Vec::new(),
        BUDGET,
        TransactionExpiration::None,
    )
}

fn transaction(
    sender: Address,
    program: ProgrammableTransaction,
    objects: Vec<ObjectReference>,
    budget: u64,
    expiration: TransactionExpiration,
) -> Transaction {
    Transaction {
        kind: TransactionKind::ProgrammableTransaction(program),
        sender,
        gas_payment: GasPayment {
            objects,
            owner: sender,
            price: PRICE,
            budget,
        },
        expiration,
    }
}

fn reference(object: &Object) -> ObjectReference {
    ObjectReference::new(object.object_id(), object.version(), object.digest())
}

/// A programmable transaction while it grows.
#[derive(Default)]
pub(crate) struct Builder {
    inputs: Vec<Input>,
    commands: Vec<Command>,
}

impl Builder {
    fn input(&mut self, input: Input) -> Argument {
        self.inputs.push(input);
        Argument::Input(u16::try_from(self.inputs.len() - 1).expect("few inputs"))
    }

    pub(crate) fn pure<T: serde::Serialize>(&mut self, value: &T) -> Argument {
        self.input(Input::Pure(bcs::to_bytes(value).expect("serializes")))
    }

    pub(crate) fn owned(&mut self, object: &Object) -> Argument {
        self.input(Input::ImmutableOrOwned(reference(object)))
    }

    pub(crate) fn shared(&mut self, object: &Object, mutable: bool) -> Argument {
        let Owner::Shared(version) = *object.owner() else {
            unreachable!("a shared object: {object:?}")
        };
        self.input(Input::Shared(SharedInput::new(
            object.object_id(),
            version,
            mutable,
        )))
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

    pub(crate) fn call(
        &mut self,
        (package, module, function): (Address, &str, &str),
        type_arguments: Vec<TypeTag>,
        arguments: Vec<Argument>,
    ) -> Argument {
        self.command(Command::MoveCall(MoveCall {
            package,
            module: Identifier::new(module).expect("a name"),
            function: Identifier::new(function).expect("a name"),
            type_arguments,
            arguments,
        }))
    }

    pub(crate) fn split(&mut self, coin: Argument, amount: u64) -> Argument {
        let amounts = vec![self.pure(&amount)];
        self.command(Command::SplitCoins(SplitCoins { coin, amounts }))
    }

    pub(crate) fn transfer(&mut self, object: Argument, to: Address) {
        let address = self.pure(&to);
        self.command(Command::TransferObjects(TransferObjects {
            objects: vec![object],
            address,
        }));
    }

    pub(crate) fn finish(self) -> ProgrammableTransaction {
        ProgrammableTransaction {
            inputs: self.inputs,
            commands: self.commands,
        }
    }
}
