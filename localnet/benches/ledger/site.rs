//! What is measured at: a ledger with valet, the arena game and the loops, and players with sessions.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use sui_crypto::{SuiSigner, ed25519::Ed25519PrivateKey};
use sui_sdk_types::{
    Address, Command, ExecutionStatus, MovePackage, Object, ObjectData, Publish, TypeTag,
    UserSignature,
};
use sui_sdk_types::{Argument, ProgrammableTransaction, StructTag, Transaction};
use valet_localnet::ledger::{
    ExecutedTransaction, GenesisPackage, Ledger, LedgerConfig, TimeSource,
};
use valet_toolchain::{CompiledPackage, PublishedDependency, Toolchain};

use crate::program::{self, Builder};

/// What every account and every session gets, in MIST.
const MONEY: u64 = 4_000_000_000_000;
const FLOAT: u64 = 2_000_000_000_000;
/// How long a session lasts.
const SESSION_MS: u64 = 86_400_000;

/// A ledger with everything published.
pub(crate) struct Site {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) loops: Address,
    valet: Address,
    arena: Address,
    hub: Arc<Object>,
    dapp: Arc<Object>,
    dapp_storage: Arc<Object>,
}

/// A session key and the account it plays in.
pub(crate) struct Player {
    key: Ed25519PrivateKey,
    address: Address,
    storage: Arc<Object>,
    turns: u32,
}

/// A transaction that is ready to be sent.
pub(crate) type Signed = (Transaction, UserSignature);

/// The framework's packages.
pub(crate) fn framework() -> &'static [GenesisPackage] {
    static FRAMEWORK: OnceLock<Vec<GenesisPackage>> = OnceLock::new();
    FRAMEWORK.get_or_init(|| {
        let framework = toolchain().framework().expect("the framework compiles");
        let packages = framework
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
            });
        packages.collect()
    })
}

/// A ledger on this clock, with nothing but the framework.
pub(crate) fn fresh(time: Arc<dyn TimeSource>) -> Arc<Ledger> {
    Arc::new(Ledger::genesis(LedgerConfig::new(time), framework()).expect("genesis"))
}

fn toolchain() -> Toolchain {
    Toolchain::locate().expect("Node.js and npm are installed")
}

fn compile(path: &str, dependencies: &[PublishedDependency]) -> CompiledPackage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    toolchain()
        .build(&path, dependencies)
        .expect("the package compiles")
}

impl Site {
    /// Publishes and sets up everything on a ledger.
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        let developer = program::key(0);
        let me = developer.public_key().derive_address();
        let (loops, _) = publish(&ledger, &developer, compile("benches/move", &[]));
        let (valet, published) = publish(&ledger, &developer, compile("..", &[]));
        let hub = of_type(&published, "DappHub");
        let dependency = PublishedDependency::new("valet", valet);
        let (arena, published) =
            publish(&ledger, &developer, compile("../game/move", &[dependency]));
        let publisher = of_type(&published, "Publisher");
        let mut b = Builder::default();
        let arguments = vec![b.shared(&hub, true), b.owned(&publisher)];
        let cap = b.call((arena, "arena", "setup"), Vec::new(), arguments);
        b.transfer(cap, me);
        let set_up = program::run(&ledger, &developer, b.finish());
        let (dapp, dapp_storage) = (of_type(&set_up, "Dapp"), of_type(&set_up, "DappStorage"));
        // Nobody settles here, so that every move is the same.
        let mut b = Builder::default();
        let marker = format!("{arena}::arena::Arena").parse().expect("a type");
        let cap = of_type(&set_up, "DappAdminCap");
        let arguments = vec![b.shared(&dapp, true), b.owned(&cap), b.pure(&1_000_000u64)];
        let ceiling = (valet, "dapp", "set_max_unsettled_writes");
        b.call(ceiling, vec![marker], arguments);
        program::run(&ledger, &developer, b.finish());
        Self {
            ledger,
            loops,
            valet,
            arena,
            hub,
            dapp,
            dapp_storage,
        }
    }

    /// The loops' bytecode as it was published.
    pub(crate) fn loops_bytecode(&self) -> MovePackage {
        let object = self.ledger.object(&self.loops).expect("it was published");
        match object.data() {
            ObjectData::Package(package) => package.clone(),
            ObjectData::Struct(_) => unreachable!("the id of a package"),
        }
    }

    /// A new player, with an account and a session whose gas comes from its address balance.
    pub(crate) fn player(&self, number: u32) -> Player {
        let owner = program::key(1_000_000 + number);
        let key = program::key(2_000_000 + number);
        let address = key.public_key().derive_address();
        let owner_address = owner.public_key().derive_address();
        program::fund(&self.ledger, owner_address, &[MONEY]);

        let mut b = Builder::default();
        let marker = vec![self.marker()];
        let (dapp, dapp_storage) = (
            b.shared(&self.dapp, false),
            b.shared(&self.dapp_storage, true),
        );
        let target = (self.valet, "user_storage", "create");
        let user = b.call(target, marker.clone(), vec![dapp, dapp_storage]);
        b.call((self.arena, "arena", "join"), Vec::new(), vec![dapp, user]);
        let arguments = vec![
            b.shared(&self.hub, false),
            user,
            b.pure(&address),
            b.pure(&SESSION_MS),
            b.clock(),
        ];
        b.call(
            (self.valet, "session", "activate_session"),
            marker.clone(),
            arguments,
        );
        b.call((self.valet, "user_storage", "share"), marker, vec![user]);
        let float = b.split(Argument::Gas, FLOAT);
        let wallet = b.pure(&address);
        let sui = vec![StructTag::sui().into()];
        b.call(
            (Address::TWO, "coin", "send_funds"),
            sui,
            vec![float, wallet],
        );
        let onboarded = program::run(&self.ledger, &owner, b.finish());
        let storage = of_type(&onboarded, "UserStorage");
        Player {
            key,
            address,
            storage,
            turns: 0,
        }
    }

    /// The player's next move, signed. Three steps and a rest, so that the hero neither tires nor leaves the map.
    pub(crate) fn next_move(&self, player: &mut Player) -> Signed {
        let turn = player.turns;
        player.turns += 1;
        let mut b = Builder::default();
        let mut arguments = vec![b.shared(&self.dapp, false), b.shared(&player.storage, true)];
        let function = if turn % 4 == 3 { "rest" } else { "step" };
        if function == "step" {
            let east = (turn - turn / 4).is_multiple_of(2);
            arguments.push(b.pure(&if east { 1u8 } else { 3u8 }));
        }
        arguments.push(b.clock());
        b.call((self.arena, "arena", function), Vec::new(), arguments);
        let transaction = self.silent(player, b.finish(), turn);
        let signature = player
            .key
            .sign_transaction(&transaction)
            .expect("ed25519 signs");
        (transaction, signature)
    }

    fn silent(&self, player: &Player, program: ProgrammableTransaction, nonce: u32) -> Transaction {
        program::from_balance(player.address, program, self.ledger.chain_id(), nonce)
    }

    fn marker(&self) -> TypeTag {
        format!("{}::arena::Arena", self.arena)
            .parse()
            .expect("a type")
    }

    /// Executes a move and fails unless it succeeded.
    pub(crate) fn play(&self, signed: &Signed) {
        succeeded(&self.execute(signed));
    }

    /// Executes a move, which may abort: moves of one hero that come in another order are not always possible.
    pub(crate) fn execute(&self, (transaction, signature): &Signed) -> Arc<ExecutedTransaction> {
        let signatures = std::slice::from_ref(signature);
        let executed = self.ledger.execute(transaction, signatures);
        executed.expect("the ledger takes it")
    }
}

/// Fails unless a transaction succeeded.
pub(crate) fn succeeded(executed: &ExecutedTransaction) {
    assert_eq!(*executed.effects.status(), ExecutionStatus::Success);
}

fn publish(
    ledger: &Ledger,
    developer: &Ed25519PrivateKey,
    package: CompiledPackage,
) -> (Address, Arc<ExecutedTransaction>) {
    let me = developer.public_key().derive_address();
    program::fund(ledger, me, &[MONEY]);
    let mut b = Builder::default();
    let (modules, dependencies) = (package.modules, package.dependencies);
    let cap = b.command(Command::Publish(Publish {
        modules,
        dependencies,
    }));
    b.transfer(cap, me);
    let executed = program::run(ledger, developer, b.finish());
    let package = executed
        .output_objects
        .iter()
        .find(|object| object.as_struct().is_none());
    (package.expect("a package is written").object_id(), executed)
}

fn of_type(executed: &ExecutedTransaction, name: &str) -> Arc<Object> {
    let is = |object: &&Arc<Object>| {
        object
            .as_struct()
            .is_some_and(|data| data.object_type().name().as_str() == name)
    };
    let found = executed.output_objects.iter().find(is);
    Arc::clone(found.expect("an object of this type is written"))
}
