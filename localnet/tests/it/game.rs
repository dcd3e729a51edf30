//! Claims: the account framework and the game built on it run on the ledger as a network would run them: published one
//! after the other, set up, played by a session key whose gas an address balance pays, and stopped by the owner.

use std::sync::Arc;
use sui_sdk_types::{
    Address, Argument, ExecutionError, ExecutionStatus, Input, Object, Owner, SharedInput,
    Transaction, TransactionExpiration, TypeTag,
};
use valet_localnet::ledger::ExecutedTransaction;
use valet_toolchain::PublishedDependency;

use crate::chain::{Account, Builder, Chain, PRICE, compile_at, conserved, succeeded};

/// The game on a ledger, with one player.
#[derive(Debug)]
pub(crate) struct Arena {
    pub(crate) chain: Chain,
    pub(crate) valet: Address,
    pub(crate) arena: Address,
    dapp: Arc<Object>,
    pub(crate) storage: Arc<Object>,
    session: Account,
    /// The publication of valet and of the game, and the game's registration.
    pub(crate) deployed: [Arc<ExecutedTransaction>; 3],
}

/// The object of this type that a transaction wrote.
pub(crate) fn of_type(executed: &ExecutedTransaction, name: &str) -> Arc<Object> {
    executed
        .output_objects
        .iter()
        .find(|object| {
            object
                .as_struct()
                .is_some_and(|data| data.object_type().name().as_str() == name)
        })
        .unwrap_or_else(|| panic!("a {name} is written"))
        .clone()
}

impl Arena {
    pub(crate) fn new() -> Self {
        let chain = Chain::new();
        let (valet, valet_published) = chain.publish_compiled(compile_at("..", &[]));
        let hub = of_type(&valet_published, "DappHub");
        let dependency = PublishedDependency::new("valet", valet);
        let (arena, published) = chain.publish_compiled(compile_at("../game/move", &[dependency]));
        let publisher = of_type(&published, "Publisher");

        let mut b = Builder::default();
        let hub_argument = b.shared(&hub, true);
        let publisher = b.object(&publisher);
        let cap = b.call(
            (arena, "arena", "setup"),
            vec![],
            vec![hub_argument, publisher],
        );
        let me = b.pure(&chain.account.address);
        b.transfer(vec![cap], me);
        let set_up = chain.run(b.finish());
        succeeded(&set_up);
        let (dapp, dapp_storage) = (of_type(&set_up, "Dapp"), of_type(&set_up, "DappStorage"));

        let session = Account::new(77);
        let mut b = Builder::default();
        let tag: TypeTag = format!("{arena}::arena::Arena").parse().expect("a type");
        let dapp_argument = b.shared(&dapp, false);
        let dapp_storage = b.shared(&dapp_storage, true);
        let user = b.call(
            (valet, "user_storage", "create"),
            vec![tag.clone()],
            vec![dapp_argument, dapp_storage],
        );
        b.call((arena, "arena", "join"), vec![], vec![dapp_argument, user]);
        let hub = b.shared(&hub, false);
        let wallet = b.pure(&session.address);
        let duration = b.pure(&3_600_000u64);
        let clock = b.input(Input::Shared(SharedInput::new(
            Address::from_static("0x6"),
            1,
            false,
        )));
        b.call(
            (valet, "session", "activate_session"),
            vec![tag.clone()],
            vec![hub, user, wallet, duration, clock],
        );
        b.call((valet, "user_storage", "share"), vec![tag], vec![user]);
        let amount = b.pure(&1_000_000_000u64);
        let float = b.split(Argument::Gas, vec![amount]);
        let sui = sui_sdk_types::StructTag::sui().into();
        b.call(
            (Address::TWO, "coin", "send_funds"),
            vec![sui],
            vec![float, wallet],
        );
        let onboarded = chain.run(b.finish());
        succeeded(&onboarded);
        let storage = of_type(&onboarded, "UserStorage");
        Self {
            chain,
            valet,
            arena,
            dapp,
            storage,
            session,
            deployed: [valet_published, published, set_up],
        }
    }

    /// A silent move: built offline, paid from the session key's balance.
    pub(crate) fn silent(&self, nonce: u32, direction: u8) -> Transaction {
        let mut b = Builder::default();
        let dapp = b.shared(&self.dapp, false);
        let storage = b.shared(&self.storage, true);
        let direction = b.pure(&direction);
        let clock = b.input(Input::Shared(SharedInput::new(
            Address::from_static("0x6"),
            1,
            false,
        )));
        b.call(
            (self.arena, "arena", "step"),
            vec![],
            vec![dapp, storage, direction, clock],
        );
        let mut transaction = self.chain.transaction(b.finish());
        transaction.sender = self.session.address;
        transaction.gas_payment.owner = self.session.address;
        transaction.gas_payment.objects.clear();
        transaction.gas_payment.budget = 20_000_000;
        transaction.expiration = TransactionExpiration::ValidDuring {
            min_epoch: Some(0),
            max_epoch: Some(1),
            min_timestamp: None,
            max_timestamp: None,
            chain: self.chain.ledger.chain_id(),
            nonce,
        };
        transaction
    }

    pub(crate) fn play(&self, transaction: &Transaction) -> Arc<ExecutedTransaction> {
        let signature = self.session.sign(transaction);
        let executed = self
            .chain
            .ledger
            .execute(transaction, &[signature])
            .expect("accepted");
        conserved(&self.chain.ledger, &executed);
        executed
    }
}

#[test]
fn a_session_key_plays_silently_until_the_owner_stops_it() {
    let game = Arena::new();
    assert!(matches!(game.storage.owner(), Owner::Shared(_)));
    for nonce in 0..20 {
        // There and back again, so that the hero stays on the map.
        let executed = game.play(&game.silent(nonce, if nonce % 2 == 0 { 1 } else { 3 }));
        succeeded(&executed);
        assert_eq!(
            executed.effects.gas_summary().computation_cost,
            1_000 * PRICE,
            "on the floor"
        );
        assert!(
            executed
                .effects_v2()
                .expect("V2")
                .gas_object_index
                .is_none()
        );
    }
    let mut b = Builder::default();
    let storage = b.shared(
        &game
            .chain
            .ledger
            .object(&game.storage.object_id())
            .expect("exists"),
        true,
    );
    let clock = b.input(Input::Shared(SharedInput::new(
        Address::from_static("0x6"),
        1,
        false,
    )));
    let tag: TypeTag = format!("{}::arena::Arena", game.arena)
        .parse()
        .expect("a type");
    b.call(
        (game.valet, "session", "deactivate_session"),
        vec![tag],
        vec![storage, clock],
    );
    succeeded(&game.chain.run(b.finish()));
    let refused = game.play(&game.silent(20, 1));
    assert!(
        matches!(
            refused.effects.status(),
            ExecutionStatus::Failure { error: ExecutionError::MoveAbort { location, .. }, command: Some(0) }
                if location.package == game.valet
        ),
        "{:?}",
        refused.effects.status()
    );
}

#[test]
fn a_session_ends_to_the_millisecond() {
    let game = Arena::new();
    let expires = game.chain.ledger.now_ms() + 3_600_000;
    game.chain
        .ledger
        .set_clock_ms(expires - 1)
        .expect("forward");
    succeeded(&game.play(&game.silent(1, 1)));
    game.chain.ledger.set_clock_ms(expires).expect("forward");
    let refused = game.play(&game.silent(2, 3));
    assert!(matches!(
        refused.effects.status(),
        ExecutionStatus::Failure {
            error: ExecutionError::MoveAbort { .. },
            command: Some(0)
        }
    ));
}
