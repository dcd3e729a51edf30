//! valet upgraded under a running game: the old version keeps what the owner needs to leave, and nothing else.

use std::sync::Arc;

use sui_sdk_types::{
    Address, Argument, ExecutionError, ExecutionStatus, Input, Object, SharedInput, StructTag,
    TypeTag,
};
use valet_localnet::ledger::ExecutedTransaction;
use valet_toolchain::{CompiledPackage, PublishedDependency};

use super::policies::changed;
use super::{Attempt, DEPENDENCY_ONLY, cap_of, package_of, relink, upgrade};
use crate::chain::{Builder, compile_at, succeeded};
use crate::game::{Arena, of_type};

/// The game, and what its administrators and players call.
#[derive(Debug)]
struct World {
    game: Arena,
    tag: TypeTag,
}

/// valet with another version number and nothing else changed.
fn next_valet() -> CompiledPackage {
    changed(
        "..",
        "valet",
        &[("const VERSION: u64 = 1;", "const VERSION: u64 = 2;")],
    )
}

impl World {
    fn new() -> Self {
        let game = Arena::new();
        let tag = format!("{}::arena::Arena", game.arena)
            .parse()
            .expect("a type");
        Self { game, tag }
    }

    fn now(&self, object: &Object) -> Arc<Object> {
        let object = self.game.chain.ledger.object(&object.object_id());
        object.expect("it exists")
    }

    /// An object of the deployment, as it is now.
    fn deployed(&self, transaction: usize, name: &str) -> Arc<Object> {
        self.now(&of_type(&self.game.deployed[transaction], name))
    }

    fn storage(&self, b: &mut Builder) -> Argument {
        b.shared(&self.now(&self.game.storage), true)
    }

    /// Execute as the owner. `Chain::execute` would miss the SUI in a purse, since it counts coins only.
    fn run(&self, build: impl FnOnce(&mut Builder)) -> Arc<ExecutedTransaction> {
        let mut b = Builder::default();
        build(&mut b);
        let chain = &self.game.chain;
        let transaction = chain.transaction(b.finish());
        let signature = chain.account.sign(&transaction);
        let executed = chain.ledger.execute(&transaction, &[signature]);
        executed.expect("accepted")
    }

    fn upgrade_valet(&self) -> Address {
        let cap = cap_of(&self.game.deployed[0]);
        let attempt = Attempt::new(self.game.valet, next_valet());
        let executed = upgrade(&self.game.chain, cap, attempt);
        succeeded(&executed);
        package_of(&executed)
    }

    /// The game with nothing changed but the version of valet it calls.
    fn upgrade_game(&self, valet: Address) -> Address {
        let first = self.game.valet;
        let dependency = PublishedDependency::new("valet", first);
        let mut compiled = compile_at("../game/move", &[dependency]);
        relink(&mut compiled, first, valet);
        let cap = cap_of(&self.game.deployed[1]);
        let attempt = Attempt::new(self.game.arena, compiled).with_policy(DEPENDENCY_ONLY);
        let executed = upgrade(&self.game.chain, cap, attempt);
        succeeded(&executed);
        package_of(&executed)
    }

    fn migrate_hub(&self, valet: Address) -> Arc<ExecutedTransaction> {
        self.run(|b| {
            let hub = b.shared(&self.deployed(0, "DappHub"), true);
            let cap = b.object(&self.deployed(0, "HubAdminCap"));
            b.call((valet, "dapp_hub", "migrate"), vec![], vec![hub, cap]);
        })
    }

    fn migrate_dapp(&self, valet: Address) -> Arc<ExecutedTransaction> {
        self.run(|b| {
            let arguments = vec![
                b.shared(&self.deployed(2, "Dapp"), true),
                b.object(&self.deployed(2, "DappAdminCap")),
                b.shared(&self.deployed(2, "DappStorage"), true),
                b.shared(&self.deployed(0, "DappHub"), false),
            ];
            b.call(
                (valet, "dapp", "migrate"),
                vec![self.tag.clone()],
                arguments,
            );
        })
    }

    fn activate(&self, valet: Address) -> Arc<ExecutedTransaction> {
        self.run(|b| {
            let arguments = vec![
                b.shared(&self.deployed(0, "DappHub"), false),
                self.storage(b),
                b.pure(&Address::from_static("0xabc")),
                b.pure(&3_600_000u64),
                clock(b),
            ];
            b.call(
                (valet, "session", "activate_session"),
                vec![self.tag.clone()],
                arguments,
            );
        })
    }

    /// A move of the game through one of its versions, by the session key.
    fn step(&self, game: Address, nonce: u32) -> Arc<ExecutedTransaction> {
        let mut transaction = self
            .game
            .silent(nonce, if nonce.is_multiple_of(2) { 1 } else { 3 });
        if let sui_sdk_types::TransactionKind::ProgrammableTransaction(pt) = &mut transaction.kind
            && let Some(sui_sdk_types::Command::MoveCall(call)) = pt.commands.first_mut()
        {
            call.package = game;
        }
        self.game.play(&transaction)
    }
}

fn clock(b: &mut Builder) -> Argument {
    let clock = SharedInput::new(Address::from_static("0x6"), 1, false);
    b.input(Input::Shared(clock))
}

/// Fail unless a transaction aborted in this module of this version.
fn aborted(executed: &ExecutedTransaction, package: Address, module: &str) {
    match executed.effects.status() {
        ExecutionStatus::Failure {
            error: ExecutionError::MoveAbort { location, .. },
            ..
        } => assert_eq!(
            (location.package, location.module.as_str()),
            (package, module)
        ),
        status => panic!("{status:?}"),
    }
}

#[test]
fn t30_the_old_version_takes_no_writes_after_the_migration() {
    let world = World::new();
    let (first, game) = (world.game.valet, world.game.arena);
    let second = world.upgrade_valet();

    // Upgraded, not migrated: everything goes on, and the new version serves nobody yet.
    succeeded(&world.step(game, 0));
    aborted(&world.activate(second), second, "dapp_hub");
    aborted(&world.migrate_dapp(second), second, "dapp_hub");
    aborted(&world.migrate_hub(first), first, "dapp_hub");

    // The hub is migrated: the dApp is served by its own version, sessions begin in the new one.
    succeeded(&world.migrate_hub(second));
    succeeded(&world.step(game, 1));
    aborted(&world.activate(first), first, "dapp_hub");
    aborted(&world.migrate_hub(second), second, "dapp_hub");

    // The dApp is migrated: what is linked to the old version is refused, whoever calls it.
    succeeded(&world.migrate_dapp(second));
    aborted(&world.step(game, 2), first, "dapp");
    let upgraded = world.upgrade_game(second);
    aborted(&world.step(game, 4), first, "dapp");
    // The same session, objects and types, through the upgraded game.
    succeeded(&world.step(upgraded, 6));
    succeeded(&world.step(upgraded, 7));
    // A transaction may call old and new; the old one is refused there as well.
    succeeded(&world.activate(second));
    aborted(&world.activate(first), first, "dapp_hub");
}

#[test]
fn t30_the_owner_leaves_through_any_version() {
    for leave_by_old in [true, false] {
        let world = World::new();
        let first = world.game.valet;
        let sui: TypeTag = StructTag::sui().into();
        let types = || vec![world.tag.clone(), sui.clone()];
        let deposited = world.run(|b| {
            let amount = b.pure(&700_000u64);
            let coin = b.split(Argument::Gas, vec![amount]);
            let storage = world.storage(b);
            b.call((first, "purse", "deposit"), types(), vec![storage, coin]);
        });
        succeeded(&deposited);
        succeeded(&world.step(world.game.arena, 0));
        let second = world.upgrade_valet();
        succeeded(&world.migrate_hub(second));
        succeeded(&world.migrate_dapp(second));

        let package = if leave_by_old { first } else { second };
        let left = world.run(|b| {
            let storage = world.storage(b);
            let dapp_storage = b.shared(&world.deployed(2, "DappStorage"), true);
            let clock = clock(b);
            b.call(
                (package, "settlement", "settle_writes"),
                vec![world.tag.clone()],
                vec![dapp_storage, storage, clock],
            );
            b.call(
                (package, "session", "deactivate_session"),
                vec![world.tag.clone()],
                vec![storage, clock],
            );
            b.call((package, "purse", "withdraw_all"), types(), vec![storage]);
        });
        succeeded(&left);
        let received = left
            .balance_changes
            .iter()
            .any(|change| change.address == world.game.chain.account.address && change.amount != 0);
        assert!(received, "the purse is the owner's again");
        aborted(&world.step(world.game.arena, 1), first, "dapp");
    }
}
