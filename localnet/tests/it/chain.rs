//! A ledger to test with: the compiled framework, accounts with keys, and transactions signed by them.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{
    Address, Argument, Command, ExecutionStatus, GasPayment, Identifier, Input, MoveCall, Object,
    ObjectReference, Owner, ProgrammableTransaction, Publish, SharedInput, StructTag, Transaction,
    TransactionExpiration, TransactionKind, TypeTag, UserSignature, framework::Coin,
};
use valet_localnet::ledger::{
    ExecutedTransaction, GenesisPackage, Ledger, LedgerConfig, ManualTime, ProtocolConfig,
    Rejection,
};
use valet_toolchain::{CompiledPackage, PublishedDependency, Toolchain};

/// The gas price of every test transaction unless it says otherwise.
pub(crate) const PRICE: u64 = 1_000;
/// The budget of every test transaction unless it says otherwise.
pub(crate) const BUDGET: u64 = 500_000_000;
/// The time tests begin at.
pub(crate) const BEGIN_MS: u64 = 1_700_000_000_000;

/// The framework's packages, compiled once for all tests.
pub(crate) fn framework() -> &'static [GenesisPackage] {
    static FRAMEWORK: OnceLock<Vec<GenesisPackage>> = OnceLock::new();
    FRAMEWORK.get_or_init(|| {
        let framework = toolchain().framework().expect("the framework compiles");
        framework
            .packages
            .into_iter()
            .map(|package| GenesisPackage {
                id: package.id,
                modules: package
                    .modules
                    .into_iter()
                    .map(|module| module.bytes)
                    .collect(),
                dependencies: package.dependencies,
            })
            .collect()
    })
}

fn toolchain() -> Toolchain {
    Toolchain::locate().expect("node and npm are installed")
}

/// A test package under `tests/move`, compiled.
pub(crate) fn compile(name: &str) -> CompiledPackage {
    compile_at(Path::new("tests/move").join(name), &[])
}

/// A package at a path relative to this crate, compiled against published ones.
pub(crate) fn compile_at(
    package: impl AsRef<Path>,
    dependencies: &[PublishedDependency],
) -> CompiledPackage {
    let package = Path::new(crate::LOCALNET).join(package);
    toolchain()
        .build(&package, dependencies)
        .expect("the package compiles")
}

/// A key and its address.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) key: Ed25519PrivateKey,
    pub(crate) address: Address,
}

impl Account {
    pub(crate) fn new(seed: u8) -> Self {
        let key = Ed25519PrivateKey::new([seed; 32]);
        let address = key.public_key().derive_address();
        Self { key, address }
    }

    pub(crate) fn sign(&self, transaction: &Transaction) -> UserSignature {
        self.key
            .sign_transaction(transaction)
            .expect("ed25519 signs")
    }
}

/// A ledger with an account that has gas.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) account: Account,
}

impl Chain {
    /// A fresh ledger on which `account` has five coins of 10 SUI.
    pub(crate) fn new() -> Self {
        Self::with_protocol(ProtocolConfig::default())
    }

    pub(crate) fn with_protocol(protocol: ProtocolConfig) -> Self {
        Self::configured(|config| config.with_protocol(protocol))
    }

    /// The same on a ledger that is made otherwise.
    pub(crate) fn configured(configure: impl FnOnce(LedgerConfig) -> LedgerConfig) -> Self {
        let time = Arc::new(ManualTime::new(BEGIN_MS));
        let config = configure(LedgerConfig::new(time));
        let ledger = Arc::new(Ledger::genesis(config, framework()).expect("genesis"));
        let account = Account::new(7);
        let chain = Self { ledger, account };
        chain.fund(chain.account.address, &[10_000_000_000; 5]);
        chain
    }

    pub(crate) fn fund(&self, recipient: Address, amounts: &[u64]) -> Arc<ExecutedTransaction> {
        let executed = self
            .ledger
            .fund(recipient, amounts)
            .expect("the faucet pays");
        succeeded(&executed);
        conserved(&self.ledger, &executed);
        executed
    }

    /// The SUI coins of an address, fullest first.
    pub(crate) fn coins(&self, owner: Address) -> Vec<Arc<Object>> {
        let mut coins =
            self.ledger
                .owned_objects(&owner, Some(&StructTag::gas_coin()), None, usize::MAX);
        coins.sort_by_key(|coin| (std::cmp::Reverse(balance(coin)), coin.object_id()));
        coins
    }

    /// A transaction of the account, paid with its fullest coin.
    pub(crate) fn transaction(&self, pt: ProgrammableTransaction) -> Transaction {
        let gas = self.coins(self.account.address);
        let gas = gas.first().expect("the account has gas");
        Transaction {
            kind: TransactionKind::ProgrammableTransaction(pt),
            sender: self.account.address,
            gas_payment: GasPayment {
                objects: vec![reference(gas)],
                owner: self.account.address,
                price: PRICE,
                budget: BUDGET,
            },
            expiration: TransactionExpiration::None,
        }
    }

    /// Sign as the account and execute.
    pub(crate) fn execute(
        &self,
        transaction: &Transaction,
    ) -> Result<Arc<ExecutedTransaction>, Rejection> {
        let executed = self
            .ledger
            .execute(transaction, &[self.account.sign(transaction)])?;
        conserved(&self.ledger, &executed);
        Ok(executed)
    }

    /// Execute commands as the account; the transaction must not be refused, but may fail.
    pub(crate) fn run(&self, pt: ProgrammableTransaction) -> Arc<ExecutedTransaction> {
        self.execute(&self.transaction(pt))
            .expect("the transaction is accepted")
    }

    /// Publish a test package; its id.
    pub(crate) fn publish(&self, name: &str) -> (Address, Arc<ExecutedTransaction>) {
        self.publish_compiled(compile(name))
    }

    /// Publish a compiled package; its id.
    pub(crate) fn publish_compiled(
        &self,
        package: CompiledPackage,
    ) -> (Address, Arc<ExecutedTransaction>) {
        let mut builder = Builder::default();
        let cap = builder.command(Command::Publish(Publish {
            modules: package.modules,
            dependencies: package.dependencies,
        }));
        let to = builder.pure(&self.account.address);
        builder.transfer(vec![cap], to);
        let mut transaction = self.transaction(builder.finish());
        transaction.gas_payment.budget = 5_000_000_000;
        let executed = self
            .execute(&transaction)
            .expect("the transaction is accepted");
        succeeded(&executed);
        let id = executed
            .output_objects
            .iter()
            .find(|object| object.as_struct().is_none());
        (id.expect("a package is written").object_id(), executed)
    }
}

/// Puts a programmable transaction together.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pt: Pt,
}

#[derive(Debug, Default)]
struct Pt {
    inputs: Vec<Input>,
    commands: Vec<Command>,
}

impl Builder {
    pub(crate) fn input(&mut self, input: Input) -> Argument {
        self.pt.inputs.push(input);
        Argument::Input(u16::try_from(self.pt.inputs.len() - 1).expect("few inputs"))
    }

    pub(crate) fn pure<T: serde::Serialize>(&mut self, value: &T) -> Argument {
        self.input(Input::Pure(bcs::to_bytes(value).expect("serializes")))
    }

    pub(crate) fn object(&mut self, object: &Object) -> Argument {
        self.input(Input::ImmutableOrOwned(reference(object)))
    }

    pub(crate) fn shared(&mut self, object: &Object, mutable: bool) -> Argument {
        let Owner::Shared(version) = *object.owner() else {
            panic!("not shared: {object:?}")
        };
        self.input(Input::Shared(SharedInput::new(
            object.object_id(),
            version,
            mutable,
        )))
    }

    pub(crate) fn command(&mut self, command: Command) -> Argument {
        self.pt.commands.push(command);
        Argument::Result(u16::try_from(self.pt.commands.len() - 1).expect("few commands"))
    }

    pub(crate) fn call(
        &mut self,
        target: (Address, &str, &str),
        types: Vec<TypeTag>,
        arguments: Vec<Argument>,
    ) -> Argument {
        self.command(Command::MoveCall(MoveCall {
            package: target.0,
            module: Identifier::new(target.1).expect("a name"),
            function: Identifier::new(target.2).expect("a name"),
            type_arguments: types,
            arguments,
        }))
    }

    pub(crate) fn transfer(&mut self, objects: Vec<Argument>, address: Argument) -> Argument {
        self.command(Command::TransferObjects(sui_sdk_types::TransferObjects {
            objects,
            address,
        }))
    }

    pub(crate) fn split(&mut self, coin: Argument, amounts: Vec<Argument>) -> Argument {
        self.command(Command::SplitCoins(sui_sdk_types::SplitCoins {
            coin,
            amounts,
        }))
    }

    pub(crate) fn finish(self) -> ProgrammableTransaction {
        ProgrammableTransaction {
            inputs: self.pt.inputs,
            commands: self.pt.commands,
        }
    }
}

pub(crate) fn reference(object: &Object) -> ObjectReference {
    ObjectReference::new(object.object_id(), object.version(), object.digest())
}

pub(crate) fn balance(object: &Object) -> u64 {
    Coin::try_from_object(object).expect("a coin").balance()
}

/// Fail unless a transaction succeeded.
pub(crate) fn succeeded(executed: &ExecutedTransaction) {
    assert_eq!(*executed.effects.status(), ExecutionStatus::Success);
}

/// Check what holds for every transaction: no SUI appears or vanishes, and digests, versions and deposits are right.
pub(crate) fn conserved(ledger: &Ledger, executed: &ExecutedTransaction) {
    invariants::check(ledger.vm(), executed);
}

// With paths, because the fuzz targets use this file too.
#[path = "chain/invariants.rs"]
pub(crate) mod invariants;
#[path = "chain/supply.rs"]
pub(crate) mod supply;
