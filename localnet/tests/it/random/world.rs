//! A ledger with packages, and objects in every state that an object can be in.

use std::sync::Arc;

use sui_sdk_types::{
    Address, Argument, Command, Input, Object, ObjectOut, Owner, ProgrammableTransaction, Publish,
    SharedInput, StructTag, Transaction, TransactionExpiration, TypeTag, UserSignature,
};
use valet_localnet::ledger::ExecutedTransaction;
use valet_localnet::vm::{CompiledModule, Function, Type, Visibility};
use valet_toolchain::{CompiledPackage, PublishedDependency};

use crate::chain::{Account, Builder, Chain, PRICE, compile, compile_at, reference, succeeded};

/// Objects of ours that programs choose from; the oldest make room.
const MOST_OBJECTS: usize = 300;

/// A ledger, what can be called on it, and what it can be called with.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) chain: Chain,
    /// Pays for others.
    pub(crate) sponsor: Account,
    /// Plays silently for the account.
    pub(crate) session: Account,
    pub(crate) packages: Vec<Address>,
    /// What programs call, the framework's functions first.
    pub(crate) functions: Vec<Function>,
    /// How many of them are the framework's.
    pub(crate) of_framework: usize,
    /// The closed types that type arguments are chosen from.
    pub(crate) types: Vec<(Type, TypeTag)>,
    /// What programs work on, gas aside.
    pub(crate) objects: Vec<(Type, Arc<Object>)>,
    /// What the packages were published from.
    pub(crate) compiled: Vec<CompiledPackage>,
    /// A package without an initializer, small enough to be published often.
    pub(crate) small: CompiledPackage,
}

impl World {
    /// Packages published, a game with a player, and objects that are owned, shared, frozen, wrapped, sent to another object,
    /// held by fields, and a party's.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            chain: Chain::new(),
            sponsor: Account::new(9),
            session: Account::new(77),
            packages: vec![Address::from_static("0x1"), Address::TWO],
            functions: Vec::new(),
            of_framework: 0,
            types: Vec::new(),
            objects: Vec::new(),
            compiled: Vec::new(),
            small: compile("upgrade/helper"),
        };
        world
            .chain
            .fund(world.chain.account.address, &[10_000_000_000; 7]);
        world
            .chain
            .fund(world.sponsor.address, &[10_000_000_000; 2]);
        world.populate();
        for number in 0.. {
            let Some(checkpoint) = world.chain.ledger.checkpoint(number) else {
                break;
            };
            for executed in &checkpoint.transactions {
                world.learn(executed);
            }
        }
        world
    }

    fn populate(&mut self) {
        let (ptb, _) = self.publish(compile("ptb"));
        let (objects, _) = self.publish(compile("objects"));
        let (valet, published) = self.publish(compile_at("..", &[]));
        let hub = of_type(&published, "DappHub");
        let dependency = PublishedDependency::new("valet", valet);
        let (arena, published) = self.publish(compile_at("../game/move", &[dependency]));
        let publisher = of_type(&published, "Publisher");
        let game: TypeTag = format!("{arena}::arena::Arena").parse().expect("a type");
        self.packages.extend([ptb, objects, valet, arena]);
        self.open_game((valet, arena), &game, &hub, &publisher);
        self.make_things(ptb, objects);

        let own = [
            format!("{ptb}::calls::Thing"),
            format!("{ptb}::calls::Plain"),
            format!("{objects}::things::Thing"),
            format!("{objects}::fields::Parent"),
        ];
        let known = [
            "u8",
            "u64",
            "bool",
            "address",
            "vector<u8>",
            "0x1::string::String",
            "0x2::object::ID",
            "0x2::sui::SUI",
            "0x2::coin::Coin<0x2::sui::SUI>",
            "0x2::balance::Balance<0x2::sui::SUI>",
        ];
        let tags = known.map(str::to_owned).into_iter().chain(own);
        let tags = tags.map(|tag| tag.parse().expect("a type")).chain([game]);
        let vm = self.chain.ledger.vm();
        self.types = tags
            .map(|tag| (vm.resolve_type(&tag).expect("it exists"), tag))
            .collect();
        self.functions = self
            .packages
            .iter()
            .flat_map(|id| self.callable(*id))
            .collect();
        let is_framework = |function: &&Function| self.packages[..2].contains(&function.package());
        self.of_framework = self.functions.iter().take_while(is_framework).count();
    }

    /// Every function of a package that a transaction may call.
    fn callable(&self, id: Address) -> Vec<Function> {
        let vm = self.chain.ledger.vm();
        let package = vm.package(id).expect("a package of the ledger");
        let mut functions = Vec::new();
        for (module, bytes) in &package.source().modules {
            let parsed = CompiledModule::parse(bytes).expect("published bytecode parses");
            for name in parsed.function_names().expect("functions have names") {
                let function = vm.resolve_function(id, module.as_str(), name.as_str());
                let function = function.expect("it exists");
                if function.visibility() == Visibility::Public || function.is_entry() {
                    functions.push(function);
                }
            }
        }
        functions
    }

    /// A game with a player, whose session key has a float of its own.
    fn open_game(
        &self,
        (valet, arena): (Address, Address),
        game: &TypeTag,
        hub: &Object,
        publisher: &Object,
    ) {
        let me = self.chain.account.address;
        let session = self.session.address;
        let mut b = Builder::default();
        let arguments = vec![b.shared(hub, true), b.object(publisher)];
        let cap = b.call((arena, "arena", "setup"), vec![], arguments);
        let to = b.pure(&me);
        b.transfer(vec![cap], to);
        let set_up = self.run(b);
        let (dapp, dapp_storage) = (of_type(&set_up, "Dapp"), of_type(&set_up, "DappStorage"));

        let mut b = Builder::default();
        let types = vec![game.clone()];
        let (hub, dapp) = (b.shared(hub, false), b.shared(&dapp, false));
        let dapp_storage = b.shared(&dapp_storage, true);
        let user = b.call(
            (valet, "user_storage", "create"),
            types.clone(),
            vec![dapp, dapp_storage],
        );
        b.call((arena, "arena", "join"), vec![], vec![dapp, user]);
        let (wallet, duration) = (b.pure(&session), b.pure(&3_600_000_u64));
        let clock = clock(&mut b);
        let arguments = vec![hub, user, wallet, duration, clock];
        b.call(
            (valet, "session", "activate_session"),
            types.clone(),
            arguments,
        );
        let amount = b.pure(&1_000_000_000_u64);
        let purse = b.split(Argument::Gas, vec![amount]);
        let sui: TypeTag = StructTag::sui().into();
        b.call(
            (valet, "purse", "deposit"),
            vec![game.clone(), sui.clone()],
            vec![user, purse],
        );
        b.call((valet, "user_storage", "share"), types, vec![user]);
        let float = b.split(Argument::Gas, vec![amount]);
        b.call(
            (Address::TWO, "coin", "send_funds"),
            vec![sui],
            vec![float, wallet],
        );
        self.run(b);
    }

    fn make_things(&self, ptb: Address, objects: Address) {
        let mut b = Builder::default();
        let (number, me) = (b.pure(&5_u64), b.pure(&self.chain.account.address));
        let mut made = |target: (&str, &str), arguments: Vec<Argument>| {
            let package = if target.0 == "calls" { ptb } else { objects };
            b.call((package, target.0, target.1), vec![], arguments)
        };
        let things: Vec<_> = (0..4)
            .map(|_| made(("calls", "new"), vec![number]))
            .collect();
        made(("calls", "freeze_thing"), vec![things[0]]);
        made(("calls", "share"), vec![number]);
        let pinned = made(("calls", "pinned"), vec![]);
        made(("calls", "pin"), vec![pinned, me]);
        let inner = made(("things", "new"), vec![number]);
        let boxed = made(("things", "wrap"), vec![inner]);
        let party = made(("things", "new"), vec![number]);
        made(("things", "give_to_party"), vec![party, me]);
        let shared = made(("things", "new"), vec![number]);
        made(("things", "share"), vec![shared]);
        let parent = made(("fields", "new"), vec![]);
        made(("fields", "add"), vec![parent, number, number]);
        let child = made(("things", "new"), vec![number]);
        let key = b.pure(&6_u64);
        let mut made = |target: (&str, &str), arguments: Vec<Argument>| {
            b.call((objects, target.0, target.1), vec![], arguments)
        };
        made(("fields", "add_thing"), vec![parent, key, child]);
        let shelf = made(("fields", "shelf"), vec![]);
        made(("fields", "store"), vec![shelf, number, number]);
        let owned = made(("things", "new"), vec![number]);
        let kept = vec![things[1], things[2], things[3], boxed, parent, shelf, owned];
        b.transfer(kept, me);
        let executed = self.run(b);

        let mut b = Builder::default();
        let number = b.pure(&9_u64);
        let sent = b.call((objects, "things", "new"), vec![], vec![number]);
        let to = b.pure(&of_type(&executed, "Box").object_id());
        b.transfer(vec![sent], to);
        self.run(b);
    }

    fn run(&self, b: Builder) -> Arc<ExecutedTransaction> {
        let executed = self.chain.run(b.finish());
        succeeded(&executed);
        executed
    }

    fn publish(&mut self, package: CompiledPackage) -> (Address, Arc<ExecutedTransaction>) {
        self.compiled.push(package.clone());
        self.chain.publish_compiled(package)
    }

    /// The programs to come may use what this transaction made, and no longer what it took away.
    pub(crate) fn learn(&mut self, executed: &ExecutedTransaction) {
        let effects = executed.effects_v2().expect("effects are V2");
        for changed in &effects.changed_objects {
            if matches!(changed.output_state, ObjectOut::NotExist) {
                self.objects
                    .retain(|(_, object)| object.object_id() != changed.object_id);
            }
        }
        for object in &executed.output_objects {
            let id = object.object_id();
            let Some(data) = object.as_struct() else {
                continue;
            };
            let known = self
                .objects
                .iter_mut()
                .find(|(_, known)| known.object_id() == id);
            if let Some((_, known)) = known {
                *known = Arc::clone(object);
                continue;
            }
            let is_gas = data.object_type().is_coin().is_some();
            let ty = self
                .chain
                .ledger
                .vm()
                .resolve_type(&data.object_type().clone().into());
            if let (false, Ok(ty)) = (is_gas, ty) {
                self.objects.push((ty, Arc::clone(object)));
            }
        }
        let surplus = self.objects.len().saturating_sub(MOST_OBJECTS);
        self.objects.drain(..surplus);
    }
}

/// The object of this type that a transaction wrote.
fn of_type(executed: &ExecutedTransaction, name: &str) -> Arc<Object> {
    let named = |object: &&Arc<Object>| {
        let data = object.as_struct();
        data.is_some_and(|data| data.object_type().name().as_str() == name)
    };
    Arc::clone(
        executed
            .output_objects
            .iter()
            .find(named)
            .expect("it is written"),
    )
}

pub(crate) fn clock(b: &mut Builder) -> Argument {
    b.input(Input::Shared(SharedInput::new(
        Address::from_static("0x6"),
        1,
        false,
    )))
}

/// The input that names an object as it is.
pub(crate) fn object_input(object: &Object, mutable: bool) -> Input {
    match *object.owner() {
        Owner::Shared(version)
        | Owner::ConsensusAddress {
            start_version: version,
            ..
        } => Input::Shared(SharedInput::new(object.object_id(), version, mutable)),
        _ => Input::ImmutableOrOwned(reference(object)),
    }
}

/// A command that publishes a package.
pub(crate) fn publish(package: &CompiledPackage) -> Command {
    Command::Publish(Publish {
        modules: package.modules.clone(),
        dependencies: package.dependencies.clone(),
    })
}

/// A transaction that the sender's address balance pays.
pub(crate) fn from_balance(world: &World, mut transaction: Transaction, nonce: u32) -> Transaction {
    let epoch = world.chain.ledger.epoch().epoch;
    transaction.gas_payment.objects.clear();
    transaction.expiration = TransactionExpiration::ValidDuring {
        min_epoch: Some(epoch),
        max_epoch: Some(epoch + 1),
        min_timestamp: None,
        max_timestamp: None,
        chain: world.chain.ledger.chain_id(),
        nonce,
    };
    transaction
}

/// The ways to send and pay for a program, chosen by number: a coin, two coins, the address balance, a sponsor's coin, and the
/// session key with its own balance.
pub(crate) fn paid(
    world: &World,
    program: ProgrammableTransaction,
    way: u8,
    budget: u64,
    nonce: u32,
) -> Transaction {
    let mut transaction = world.chain.transaction(program);
    transaction.gas_payment.budget = budget;
    let coins = |owner| world.chain.coins(owner);
    match way {
        1 => {
            let two = coins(world.chain.account.address).into_iter().take(2);
            transaction.gas_payment.objects = two.map(|coin| reference(&coin)).collect();
        }
        2 => transaction = from_balance(world, transaction, nonce),
        4 => {
            transaction = from_balance(world, transaction, nonce);
            transaction.sender = world.session.address;
            transaction.gas_payment.owner = world.session.address;
        }
        3 => {
            transaction.gas_payment.owner = world.sponsor.address;
            transaction.gas_payment.price = PRICE + 7;
            let first = coins(world.sponsor.address).into_iter().take(1);
            transaction.gas_payment.objects = first.map(|coin| reference(&coin)).collect();
        }
        _ => {}
    }
    transaction
}

/// The signatures of whoever sends and pays, as far as we have their keys; our own in any case.
pub(crate) fn signatures(world: &World, transaction: &Transaction) -> Vec<UserSignature> {
    let payer = transaction.gas_payment.owner;
    let sign_as = |address| {
        let known = [&world.session, &world.sponsor];
        let known = known.into_iter().find(|account| account.address == address);
        known.unwrap_or(&world.chain.account).sign(transaction)
    };
    let mut signatures = vec![sign_as(transaction.sender)];
    if payer != transaction.sender {
        signatures.push(sign_as(payer));
    }
    signatures
}

/// A program that puts this much SUI into an address balance.
pub(crate) fn float(owner: Address, amount: u64) -> ProgrammableTransaction {
    let mut b = Builder::default();
    let (amount, owner) = (b.pure(&amount), b.pure(&owner));
    let coin = b.split(Argument::Gas, vec![amount]);
    b.call(
        (Address::TWO, "coin", "send_funds"),
        vec![StructTag::sui().into()],
        vec![coin, owner],
    );
    b.finish()
}
