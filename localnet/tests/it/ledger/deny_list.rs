//! The deny list of regulated coins: who may neither use nor receive one, from when on, and what that leaves in the effects.

use std::sync::Arc;

use sui_sdk_types::{
    Address, Argument, ExecutionError, ExecutionStatus, FundsWithdrawal, Input, Object,
    ProgrammableTransaction, TypeTag, UnchangedConsensusKind, WithdrawFrom,
};
use valet_localnet::ledger::{ExecutedTransaction, Rejection, SimulateOptions, SimulationChecks};

use crate::chain::{Account, Builder, Chain, PRICE, reference, succeeded};

const DENY_LIST: Address = Address::from_static("0x403");
/// What the check of one recipient costs: 10,000 bytes read at 15 internal units, of which 1,000 are a unit of gas.
const UNITS_PER_RECIPIENT: u64 = 150;

/// A ledger with a coin on the list of today (`token`) or of the first version (`older`), all of it the account's.
struct Issuer {
    chain: Chain,
    token: TypeTag,
    /// The token's name in the list.
    name: String,
    published: Arc<ExecutedTransaction>,
}

impl Issuer {
    fn of(module: &str) -> Self {
        let chain = Chain::new();
        let (package, published) = chain.publish("regulated");
        let token = format!("{package}::{module}::{}", module.to_uppercase());
        Self {
            chain,
            token: token.parse().expect("a type"),
            name: token.trim_start_matches("0x").to_owned(),
            published,
        }
    }

    /// An object of the token's, as it is now: its first `Coin`, its `TreasuryCap`, its `DenyCapV2`.
    fn object(&self, name: &str) -> Arc<Object> {
        let found = self.published.output_objects.iter().find(|object| {
            object.as_struct().is_some_and(|data| {
                let type_ = data.object_type();
                type_.name().as_str() == name && type_.type_params() == [self.token.clone()]
            })
        });
        let id = found.expect("it was published").object_id();
        self.chain.ledger.object(&id).expect("it is there")
    }

    fn list(&self) -> Arc<Object> {
        self.chain.ledger.object(&DENY_LIST).expect("it is there")
    }

    /// Calls a function of `0x2::coin` that changes the list.
    fn change(&self, function: &str, cap: &str, address: Option<Address>) {
        let mut b = Builder::default();
        let list = b.shared(&self.list(), true);
        let cap = b.object(&self.object(cap));
        let address = address.map(|address| b.pure(&address));
        let arguments = [list, cap].into_iter().chain(address).collect();
        let target = (Address::TWO, "coin", function);
        b.call(target, vec![self.token.clone()], arguments);
        succeeded(&self.chain.run(b.finish()));
    }

    fn next_epoch(&self) {
        self.chain.ledger.advance_epoch().expect("an epoch ends");
    }

    /// Splits off a token for each of these.
    fn pay(&self, recipients: &[Address]) -> ProgrammableTransaction {
        let mut b = Builder::default();
        let coin = b.object(&self.object("Coin"));
        for recipient in recipients {
            let one = b.pure(&1u64);
            let token = b.split(coin, vec![one]);
            let recipient = b.pure(recipient);
            b.transfer(vec![token], recipient);
        }
        b.finish()
    }

    /// Mints a token for somebody, without a coin of the issuer's.
    fn mint(&self, recipient: Address) -> ProgrammableTransaction {
        let mut b = Builder::default();
        let treasury = b.object(&self.object("TreasuryCap"));
        let (one, recipient) = (b.pure(&1u64), b.pure(&recipient));
        let target = (Address::TWO, "coin", "mint_and_transfer");
        let arguments = vec![treasury, one, recipient];
        b.call(target, vec![self.token.clone()], arguments);
        b.finish()
    }

    /// Somebody with gas and one token.
    fn player(&self, seed: u8) -> (Account, Arc<Object>) {
        let player = Account::new(seed);
        self.chain.fund(player.address, &[10_000_000_000]);
        let paid = self.chain.run(self.pay(&[player.address]));
        succeeded(&paid);
        let is_theirs = |object: &&Arc<Object>| {
            *object.owner() == sui_sdk_types::Owner::Address(player.address)
        };
        let token = paid.output_objects.iter().find(is_theirs);
        (player, Arc::clone(token.expect("a token")))
    }

    /// Executes commands as somebody.
    fn run_as(
        &self,
        player: &Account,
        program: ProgrammableTransaction,
    ) -> Result<Arc<ExecutedTransaction>, Rejection> {
        let mut transaction = self.chain.transaction(program);
        transaction.sender = player.address;
        transaction.gas_payment.owner = player.address;
        let gas = self.chain.coins(player.address);
        transaction.gas_payment.objects = vec![reference(&gas[0])];
        let signature = player.sign(&transaction);
        let executed = self.chain.ledger.execute(&transaction, &[signature])?;
        crate::chain::conserved(&self.chain.ledger, &executed);
        Ok(executed)
    }
}

/// Gives an object back to its owner.
fn return_to(owner: Address, object: &Object) -> ProgrammableTransaction {
    let mut b = Builder::default();
    let (object, owner) = (b.object(object), b.pure(&owner));
    b.transfer(vec![object], owner);
    b.finish()
}

fn failure(executed: &ExecutedTransaction) -> (ExecutionError, Option<u64>) {
    match executed.effects.status() {
        ExecutionStatus::Failure { error, command } => (error.clone(), *command),
        other => panic!("{other:?}"),
    }
}

/// Whether the effects say that the list was read, and as what.
fn read(executed: &ExecutedTransaction) -> Vec<UnchangedConsensusKind> {
    let effects = executed.effects_v2().expect("V2");
    let unchanged = effects.unchanged_consensus_objects.iter();
    unchanged
        .filter(|unchanged| unchanged.object_id == DENY_LIST)
        .map(|unchanged| unchanged.kind.clone())
        .collect()
}

#[test]
fn effects_name_the_list_when_it_is_asked() {
    let issuer = Issuer::of("token");
    let to = Address::from_static("0xcafe");
    let paid = issuer.chain.run(issuer.pay(&[to]));
    succeeded(&paid);
    assert_eq!(read(&paid), [UnchangedConsensusKind::PerEpochConfig]);

    // Nobody regulates SUI.
    let mut b = Builder::default();
    let (one, to) = (b.pure(&1u64), b.pure(&to));
    let coin = b.split(Argument::Gas, vec![one]);
    b.transfer(vec![coin], to);
    let paid = issuer.chain.run(b.finish());
    succeeded(&paid);
    assert_eq!(read(&paid), []);

    // An input is named with its version, and once.
    let mut b = Builder::default();
    let list = b.shared(&issuer.list(), false);
    let someone = b.pure(&Address::TWO);
    let target = (Address::TWO, "coin", "deny_list_v2_contains_next_epoch");
    b.call(target, vec![issuer.token.clone()], vec![list, someone]);
    let coin = b.object(&issuer.object("Coin"));
    let to = b.pure(&issuer.chain.account.address);
    b.transfer(vec![coin], to);
    let executed = issuer.chain.run(b.finish());
    succeeded(&executed);
    let list = issuer.list();
    let (version, digest) = (list.version(), list.digest());
    let as_input = UnchangedConsensusKind::ReadOnlyRoot { version, digest };
    assert_eq!(read(&executed), [as_input]);
}

#[test]
fn a_denied_sender_is_refused_from_then_on_and_only_with_the_coin() {
    let issuer = Issuer::of("token");
    let (player, token) = issuer.player(40);
    let (other, others) = issuer.player(41);
    issuer.change("deny_list_v2_add", "DenyCapV2", Some(player.address));
    let tip = || {
        let checkpoint = issuer.chain.ledger.latest_checkpoint();
        checkpoint.expect("there is one").sequence_number()
    };
    let before = tip();

    let refused = issuer.run_as(&player, return_to(player.address, &token));
    let denied = Rejection::AddressDeniedForCoin {
        address: player.address,
        coin_type: issuer.name.clone(),
    };
    assert_eq!(refused.as_ref().err(), Some(&denied));
    let message = denied.to_string();
    assert!(message.contains(&player.address.to_string()), "{message}");
    // As a withdrawal, too.
    let mut b = Builder::default();
    let sender = WithdrawFrom::Sender;
    let withdrawal = FundsWithdrawal::new(1, issuer.token.clone(), sender);
    b.input(Input::FundsWithdrawal(withdrawal));
    let refused = issuer.run_as(&player, b.finish());
    assert_eq!(refused.err(), Some(denied));
    assert_eq!(tip(), before);

    // Everything else is as before, for the player and for others.
    let mut b = Builder::default();
    let (one, to) = (b.pure(&1u64), b.pure(&other.address));
    let coin = b.split(Argument::Gas, vec![one]);
    b.transfer(vec![coin], to);
    succeeded(&issuer.run_as(&player, b.finish()).expect("accepted"));
    let executed = issuer.run_as(&other, return_to(other.address, &others));
    succeeded(&executed.expect("accepted"));
}

#[test]
fn a_simulation_says_that_the_sender_is_denied() {
    let issuer = Issuer::of("token");
    let owner = issuer.chain.account.address;
    let program = return_to(owner, &issuer.object("Coin"));
    issuer.change("deny_list_v2_enable_global_pause", "DenyCapV2", None);
    let transaction = issuer.chain.transaction(program);
    let simulate = |checks| {
        let options = SimulateOptions::default().with_checks(checks);
        issuer.chain.ledger.simulate(&transaction, &options)
    };
    let coin_type = issuer.name.clone();
    assert_eq!(
        simulate(SimulationChecks::Enabled).map(|_| ()),
        Err(Rejection::CoinTypeGlobalPause { coin_type })
    );
    assert!(simulate(SimulationChecks::Disabled).is_ok());
}

#[test]
fn a_denied_recipient_gets_nothing_from_the_next_epoch_on() {
    let issuer = Issuer::of("token");
    let denied = Address::from_static("0xbad");
    issuer.change("deny_list_v2_add", "DenyCapV2", Some(denied));
    succeeded(&issuer.chain.run(issuer.pay(&[denied])));

    issuer.next_epoch();
    let error = ExecutionError::AddressDeniedForCoin {
        address: denied,
        coin_type: issuer.name.clone(),
    };
    let other = Address::from_static("0x600d");
    let before = issuer.object("Coin");
    let executed = issuer.chain.run(issuer.pay(&[other, denied]));
    assert_eq!(failure(&executed), (error.clone(), None));
    assert_eq!(read(&executed), [UnchangedConsensusKind::PerEpochConfig]);
    let after = issuer.object("Coin");
    assert_eq!(
        crate::chain::balance(&before),
        crate::chain::balance(&after)
    );

    // Nor as a balance.
    let mut b = Builder::default();
    let coin = b.object(&issuer.object("Coin"));
    let one = b.pure(&1u64);
    let token = b.split(coin, vec![one]);
    let to = b.pure(&denied);
    let target = (Address::TWO, "coin", "send_funds");
    b.call(target, vec![issuer.token.clone()], vec![token, to]);
    assert_eq!(
        failure(&issuer.chain.run(b.finish())),
        (error.clone(), None)
    );

    // Taken off the list, it stays denied for the rest of the epoch.
    issuer.change("deny_list_v2_remove", "DenyCapV2", Some(denied));
    let executed = issuer.chain.run(issuer.pay(&[denied]));
    assert_eq!(failure(&executed), (error, None));
    issuer.next_epoch();
    succeeded(&issuer.chain.run(issuer.pay(&[denied])));
}

#[test]
fn a_global_pause_stops_senders_at_once_and_recipients_with_the_epoch() {
    let issuer = Issuer::of("token");
    let owner = issuer.chain.account.address;
    issuer.change("deny_list_v2_enable_global_pause", "DenyCapV2", None);
    let program = return_to(owner, &issuer.object("Coin"));
    let refused = issuer.chain.execute(&issuer.chain.transaction(program));
    let coin_type = issuer.name.clone();
    assert_eq!(
        refused.err(),
        Some(Rejection::CoinTypeGlobalPause { coin_type })
    );
    succeeded(&issuer.chain.run(issuer.mint(owner)));

    issuer.next_epoch();
    let executed = issuer.chain.run(issuer.mint(owner));
    let coin_type = issuer.name.clone();
    let error = ExecutionError::CoinTypeGlobalPause { coin_type };
    assert_eq!(failure(&executed), (error, None));

    issuer.change("deny_list_v2_disable_global_pause", "DenyCapV2", None);
    issuer.next_epoch();
    succeeded(&issuer.chain.run(issuer.mint(owner)));
    let program = return_to(owner, &issuer.object("Coin"));
    succeeded(&issuer.chain.run(program));
}

#[test]
fn the_list_of_the_first_version_stops_senders_and_nobody_else() {
    let issuer = Issuer::of("older");
    let (player, token) = issuer.player(40);
    issuer.change("deny_list_add", "DenyCap", Some(player.address));
    let refused = issuer.run_as(&player, return_to(player.address, &token));
    let denied = Rejection::AddressDeniedForCoin {
        address: player.address,
        coin_type: issuer.name.clone(),
    };
    assert_eq!(refused.err(), Some(denied));
    issuer.next_epoch();
    succeeded(&issuer.chain.run(issuer.pay(&[player.address])));

    issuer.change("deny_list_remove", "DenyCap", Some(player.address));
    let executed = issuer.run_as(&player, return_to(player.address, &token));
    succeeded(&executed.expect("accepted"));
}

#[test]
fn each_recipient_of_a_coin_that_may_be_regulated_is_charged_for() {
    const COINS: u8 = 40;
    let issuer = Issuer::of("token");
    let cost = |recipients: u8| {
        let recipients = (0..COINS).map(|number| Address::new([number % recipients; 32]));
        let executed = issuer
            .chain
            .run(issuer.pay(&recipients.collect::<Vec<_>>()));
        succeeded(&executed);
        executed.effects.gas_summary().computation_cost / PRICE
    };
    let (half, all) = (cost(COINS / 2), cost(COINS));
    // Both are rounded up to tens.
    let expected = u64::from(COINS / 2) * UNITS_PER_RECIPIENT;
    assert!((all - half).abs_diff(expected) <= 10, "{half} and {all}");
}
