//! Address balances, gas paid from them, and replay.

use std::sync::Arc;

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, Address, Argument, Digest, ExecutionError,
    ExecutionStatus, FundsWithdrawal, GasCostSummary, Input, ObjectOut, Owner, StructTag,
    Transaction, TransactionExpiration, TypeTag, WithdrawFrom,
};
use valet_localnet::ledger::{ExecutedTransaction, ProtocolConfig, Rejection};

use crate::chain::{Account, BUDGET, Builder, Chain, PRICE, succeeded};

fn sui() -> TypeTag {
    StructTag::sui().into()
}

/// Deposit so much of the account's SUI to an address balance.
fn deposit(chain: &Chain, to: Address, amount: u64) -> Arc<ExecutedTransaction> {
    let mut b = Builder::default();
    let amount = b.pure(&amount);
    let coin = b.split(Argument::Gas, vec![amount]);
    let to = b.pure(&to);
    b.call(
        (Address::TWO, "coin", "send_funds"),
        vec![sui()],
        vec![coin, to],
    );
    let executed = chain.run(b.finish());
    succeeded(&executed);
    executed
}

fn address_balance(chain: &Chain, owner: Address) -> u64 {
    chain
        .ledger
        .balances(&owner)
        .iter()
        .map(|balance| balance.address_balance)
        .sum()
}

/// What happened to the address balance of `owner` according to the effects.
fn written(executed: &ExecutedTransaction, owner: Address) -> Option<(AccumulatorOperation, u64)> {
    executed
        .effects_v2()
        .expect("V2")
        .changed_objects
        .iter()
        .find_map(|changed| match &changed.output_state {
            ObjectOut::AccumulatorWrite(write) if *write.address() == owner => match *write.value()
            {
                AccumulatorValue::Integer(amount) => Some((write.operation(), amount)),
                _ => None,
            },
            _ => None,
        })
}

/// A transaction of `account` whose gas its address balance pays.
fn balance_paid(
    chain: &Chain,
    account: &Account,
    build: impl FnOnce(&mut Builder),
    nonce: u32,
) -> Transaction {
    let mut b = Builder::default();
    build(&mut b);
    let mut transaction = chain.transaction(b.finish());
    transaction.sender = account.address;
    transaction.gas_payment.owner = account.address;
    transaction.gas_payment.objects.clear();
    let epoch = chain.ledger.epoch().epoch;
    transaction.expiration = TransactionExpiration::ValidDuring {
        min_epoch: Some(epoch),
        max_epoch: Some(epoch + 1),
        min_timestamp: None,
        max_timestamp: None,
        chain: chain.ledger.chain_id(),
        nonce,
    };
    transaction
}

fn execute(
    chain: &Chain,
    account: &Account,
    transaction: &Transaction,
) -> Result<Arc<ExecutedTransaction>, Rejection> {
    let executed = chain
        .ledger
        .execute(transaction, &[account.sign(transaction)])?;
    crate::chain::conserved(&chain.ledger, &executed);
    Ok(executed)
}

#[test]
fn deposits_are_objects_under_the_accumulator_root() {
    let chain = Chain::new();
    let owner = Address::from_static("0xcafe");
    let executed = deposit(&chain, owner, 70);
    assert_eq!(
        written(&executed, owner),
        Some((AccumulatorOperation::Merge, 70))
    );
    assert_eq!(address_balance(&chain, owner), 70);
    assert_eq!(
        executed
            .balance_changes
            .iter()
            .find(|c| c.address == owner)
            .map(|c| c.amount),
        Some(70)
    );
    let root = Address::from_static("0xacc");
    let key: TypeTag = "0x2::accumulator::Key<0x2::balance::Balance<0x2::sui::SUI>>"
        .parse()
        .expect("a type");
    let id = root.derive_dynamic_child_id(&key, owner.as_bytes());
    let field = chain.ledger.object(&id).expect("the balance is an object");
    assert_eq!(*field.owner(), Owner::Object(root));
    let mut contents = id.as_bytes().to_vec();
    contents.extend_from_slice(owner.as_bytes());
    contents.extend_from_slice(&70u128.to_le_bytes());
    assert_eq!(field.as_struct().expect("an object").contents(), contents);
    deposit(&chain, owner, 5);
    assert_eq!(address_balance(&chain, owner), 75);
    assert!(chain.ledger.object(&id).expect("still there").version() > field.version());
    // The coin that went in is gone and no storage was paid for the balance.
    assert_eq!(executed.effects.gas_summary().storage_cost, 988_000);
}

#[test]
fn withdrawals_give_what_was_reserved() {
    let chain = Chain::new();
    let account = &chain.account;
    deposit(&chain, account.address, 1_000);
    let withdraw = |amount, recipient: Address| {
        let mut b = Builder::default();
        let withdrawal = b.input(Input::FundsWithdrawal(FundsWithdrawal::new(
            amount,
            sui(),
            WithdrawFrom::Sender,
        )));
        let coin = b.call(
            (Address::TWO, "coin", "redeem_funds"),
            vec![sui()],
            vec![withdrawal],
        );
        let to = b.pure(&recipient);
        b.transfer(vec![coin], to);
        chain.execute(&chain.transaction(b.finish()))
    };
    let recipient = Address::from_static("0xcafe");
    let executed = withdraw(400, recipient).expect("accepted");
    succeeded(&executed);
    assert_eq!(
        written(&executed, account.address),
        Some((AccumulatorOperation::Split, 400))
    );
    assert_eq!(address_balance(&chain, account.address), 600);
    assert_eq!(chain.coins(recipient).len(), 1);
    assert_eq!(
        withdraw(601, recipient).expect_err("more than there is"),
        Rejection::InsufficientAddressBalance {
            owner: account.address,
            coin_type: Box::new(sui()),
            needed: 601,
            available: 600
        }
    );
    succeeded(&withdraw(600, recipient).expect("all of it"));
    assert_eq!(address_balance(&chain, account.address), 0);
    let key: TypeTag = "0x2::accumulator::Key<0x2::balance::Balance<0x2::sui::SUI>>"
        .parse()
        .expect("a type");
    let id =
        Address::from_static("0xacc").derive_dynamic_child_id(&key, account.address.as_bytes());
    assert_eq!(
        chain.ledger.object(&id),
        None,
        "an empty balance is no object"
    );
    deposit(&chain, account.address, 9);
    assert_eq!(
        address_balance(&chain, account.address),
        9,
        "and it comes back"
    );
}

#[test]
fn a_withdrawal_that_is_not_redeemed_takes_nothing() {
    let chain = Chain::new();
    deposit(&chain, chain.account.address, 1_000);
    let mut b = Builder::default();
    b.input(Input::FundsWithdrawal(FundsWithdrawal::new(
        1_000,
        sui(),
        WithdrawFrom::Sender,
    )));
    let executed = chain.run(b.finish());
    succeeded(&executed);
    assert_eq!(written(&executed, chain.account.address), None);
    assert_eq!(address_balance(&chain, chain.account.address), 1_000);
}

#[test]
fn gas_is_paid_from_the_balance() {
    let chain = Chain::new();
    let player = Account::new(30);
    deposit(&chain, player.address, 2 * BUDGET);
    let transaction = balance_paid(&chain, &player, |_| {}, 1);
    let executed = execute(&chain, &player, &transaction).expect("accepted");
    succeeded(&executed);
    let effects = executed.effects_v2().expect("V2");
    assert_eq!(
        effects.gas_used,
        GasCostSummary::new(1_000 * PRICE, 0, 0, 0)
    );
    assert_eq!(
        (effects.gas_object_index, effects.lamport_version),
        (None, 1)
    );
    assert_eq!(
        written(&executed, player.address),
        Some((AccumulatorOperation::Split, 1_000 * PRICE))
    );
    assert_eq!(
        address_balance(&chain, player.address),
        2 * BUDGET - 1_000 * PRICE
    );
    assert!(chain.coins(player.address).is_empty());
}

#[test]
fn a_replay_is_answered_and_not_executed() {
    let chain = Chain::new();
    let player = Account::new(30);
    deposit(&chain, player.address, 2 * BUDGET);
    let transaction = balance_paid(&chain, &player, |_| {}, 1);
    let first = execute(&chain, &player, &transaction).expect("accepted");
    let balance = address_balance(&chain, player.address);
    let again = execute(&chain, &player, &transaction).expect("answered");
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(address_balance(&chain, player.address), balance);
    // Another nonce is another transaction.
    let other = balance_paid(&chain, &player, |_| {}, 2);
    assert_ne!(
        execute(&chain, &player, &other).expect("accepted").digest,
        first.digest
    );
    assert_eq!(
        address_balance(&chain, player.address),
        balance - 1_000 * PRICE
    );
}

#[test]
fn a_balance_pays_only_within_its_epochs_on_its_chain_and_if_it_holds_enough() {
    let chain = Chain::new();
    let player = Account::new(30);
    deposit(&chain, player.address, BUDGET + 5);
    let valid = balance_paid(&chain, &player, |_| {}, 1);
    let mut wrong_chain = valid.clone();
    let mut bare = valid.clone();
    bare.expiration = TransactionExpiration::None;
    if let TransactionExpiration::ValidDuring { chain, .. } = &mut wrong_chain.expiration {
        *chain = Digest::ZERO;
    }
    let refused =
        |transaction: &Transaction| execute(&chain, &player, transaction).expect_err("refused");
    assert_eq!(
        refused(&wrong_chain),
        Rejection::WrongChain {
            provided: Digest::ZERO,
            expected: chain.ledger.chain_id()
        }
    );
    assert_eq!(refused(&bare), Rejection::MissingGasPayment);
    let mut dear = valid.clone();
    dear.gas_payment.budget = BUDGET + 6;
    assert_eq!(
        refused(&dear),
        Rejection::InsufficientAddressBalance {
            owner: player.address,
            coin_type: Box::new(sui()),
            needed: BUDGET + 6,
            available: BUDGET + 5
        }
    );
    let uses_coin = balance_paid(
        &chain,
        &player,
        |b| {
            let n = b.pure(&1u64);
            b.split(Argument::Gas, vec![n]);
        },
        1,
    );
    assert_eq!(refused(&uses_coin), Rejection::GasCoinWithoutPayment);
    // A withdrawal and the budget come out of the same balance.
    let both = balance_paid(
        &chain,
        &player,
        |b| {
            b.input(Input::FundsWithdrawal(FundsWithdrawal::new(
                6,
                sui(),
                WithdrawFrom::Sender,
            )));
        },
        1,
    );
    assert!(
        matches!(refused(&both), Rejection::InsufficientAddressBalance { needed, .. } if needed == BUDGET + 6)
    );
    chain.ledger.advance_epoch().expect("ends");
    chain.ledger.advance_epoch().expect("ends");
    assert_eq!(
        refused(&valid),
        Rejection::Expired {
            max_epoch: 1,
            current: 2
        }
    );
    assert_eq!(address_balance(&chain, player.address), BUDGET + 5);
}

#[test]
fn a_failed_transaction_is_paid_from_the_balance_too() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    let player = Account::new(30);
    deposit(&chain, player.address, 2 * BUDGET);
    let transaction = balance_paid(
        &chain,
        &player,
        |b| {
            let code = b.pure(&7u64);
            b.call((package, "calls", "abort_with"), vec![], vec![code]);
        },
        1,
    );
    let executed = execute(&chain, &player, &transaction).expect("accepted");
    assert!(matches!(
        executed.effects.status(),
        ExecutionStatus::Failure {
            error: ExecutionError::MoveAbort { code: 7, .. },
            ..
        }
    ));
    assert_eq!(
        address_balance(&chain, player.address),
        2 * BUDGET - 1_000 * PRICE
    );
}

#[test]
fn a_deposit_and_gas_of_the_same_balance_are_one_entry() {
    let chain = Chain::new();
    let player = Account::new(30);
    deposit(&chain, player.address, 2 * BUDGET);
    let transaction = balance_paid(
        &chain,
        &player,
        |b| {
            let withdrawal = b.input(Input::FundsWithdrawal(FundsWithdrawal::new(
                50,
                sui(),
                WithdrawFrom::Sender,
            )));
            let balance = b.call(
                (Address::TWO, "balance", "redeem_funds"),
                vec![sui()],
                vec![withdrawal],
            );
            let to = b.pure(&player.address);
            b.call(
                (Address::TWO, "balance", "send_funds"),
                vec![sui()],
                vec![balance, to],
            );
        },
        1,
    );
    let executed = execute(&chain, &player, &transaction).expect("accepted");
    succeeded(&executed);
    assert_eq!(executed.effects_v2().expect("V2").changed_objects.len(), 1);
    assert_eq!(
        written(&executed, player.address),
        Some((AccumulatorOperation::Split, 1_000 * PRICE))
    );
}

#[test]
fn without_address_balances_nothing_pays_without_a_coin() {
    let mut protocol = ProtocolConfig::default();
    protocol.address_balances = false;
    let chain = Chain::with_protocol(protocol);
    let transaction = balance_paid(&chain, &chain.account, |_| {}, 1);
    assert_eq!(
        execute(&chain, &chain.account, &transaction),
        Err(Rejection::MissingGasPayment)
    );
}

#[test]
fn an_object_has_a_balance_that_its_module_takes_from() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    let mut b = Builder::default();
    let number = b.pure(&1u64);
    let thing = b.call((package, "calls", "new"), vec![], vec![number]);
    let me = b.pure(&chain.account.address);
    b.transfer(vec![thing], me);
    let thing = Address::derive_id(chain.run(b.finish()).digest, 0);
    deposit(&chain, thing, 500);
    let take = |amount: u64| {
        let mut b = Builder::default();
        let object = b.object(&chain.ledger.object(&thing).expect("made"));
        let amount = b.pure(&amount);
        let coin = b.call(
            (package, "calls", "take_from_thing"),
            vec![],
            vec![object, amount],
        );
        let to = b.pure(&Address::from_static("0xcafe"));
        b.transfer(vec![coin], to);
        chain.run(b.finish())
    };
    // Nothing was reserved for an object: that it holds too little is found at the end.
    let error = ExecutionError::InsufficientFundsForWithdraw;
    assert_eq!(
        *take(501).effects.status(),
        ExecutionStatus::Failure {
            error,
            command: None
        }
    );
    assert_eq!(address_balance(&chain, thing), 500);
    let executed = take(500);
    succeeded(&executed);
    assert_eq!(
        written(&executed, thing),
        Some((AccumulatorOperation::Split, 500))
    );
    assert_eq!(address_balance(&chain, thing), 0);
}

#[test]
fn a_sponsor_lets_its_balance_be_withdrawn_and_pays_from_it() {
    let chain = Chain::new();
    let (player, sponsor) = (Account::new(30), Account::new(31));
    deposit(&chain, sponsor.address, 2 * BUDGET);
    let mut transaction = balance_paid(
        &chain,
        &player,
        |b| {
            let funds = FundsWithdrawal::new(50, sui(), WithdrawFrom::Sponsor);
            let withdrawal = b.input(Input::FundsWithdrawal(funds));
            let balance = b.call(
                (Address::TWO, "balance", "redeem_funds"),
                vec![sui()],
                vec![withdrawal],
            );
            let to = b.pure(&player.address);
            b.call(
                (Address::TWO, "balance", "send_funds"),
                vec![sui()],
                vec![balance, to],
            );
        },
        1,
    );
    transaction.gas_payment.owner = sponsor.address;
    let signatures = [player.sign(&transaction), sponsor.sign(&transaction)];
    let executed = chain
        .ledger
        .execute(&transaction, &signatures)
        .expect("accepted");
    crate::chain::conserved(&chain.ledger, &executed);
    succeeded(&executed);
    let paid = 1_000 * PRICE + 50;
    assert_eq!(
        written(&executed, sponsor.address),
        Some((AccumulatorOperation::Split, paid))
    );
    assert_eq!(
        written(&executed, player.address),
        Some((AccumulatorOperation::Merge, 50))
    );
    assert_eq!(address_balance(&chain, sponsor.address), 2 * BUDGET - paid);
    assert_eq!(address_balance(&chain, player.address), 50);
}
