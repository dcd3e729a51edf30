//! Readers and writers side by side, and transactions that race for one object.

use std::thread;

use sui_sdk_types::{Address, Argument, Command, MergeCoins};
use valet_localnet::ledger::Rejection;

use crate::chain::{Account, Builder, Chain, balance, conserved, reference, succeeded};

#[test]
fn one_of_many_wins_an_object() {
    let chain = Chain::new();
    let coins = chain.coins(chain.account.address);
    let transactions: Vec<_> = (0..4u64)
        .map(|n| {
            let mut b = Builder::default();
            let coin = b.object(&coins[1]);
            b.command(Command::MergeCoins(MergeCoins {
                coin: Argument::Gas,
                coins_to_merge: vec![coin],
            }));
            let mut transaction = chain.transaction(b.finish());
            transaction.gas_payment.budget += n;
            transaction
        })
        .collect();
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = transactions
            .iter()
            .map(|transaction| scope.spawn(|| chain.execute(transaction)))
            .collect();
        running
            .into_iter()
            .map(|handle| handle.join().expect("no panic"))
            .collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let refused = |error: &Rejection| {
        matches!(
            error,
            Rejection::ObjectVersionMismatch { .. } | Rejection::ObjectNotFound { .. }
        )
    };
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(refused)
    );
}

#[test]
fn everybody_is_paid_whoever_is_first() {
    let chain = Chain::new();
    let recipients: Vec<Address> = (60..68).map(|seed| Account::new(seed).address).collect();
    let receiver = chain.ledger.subscribe();
    let before = chain
        .ledger
        .latest_checkpoint()
        .expect("exists")
        .sequence_number();
    thread::scope(|scope| {
        for recipient in &recipients {
            scope.spawn(|| {
                conserved(
                    &chain.ledger,
                    &chain.ledger.fund(*recipient, &[3, 4]).expect("pays"),
                )
            });
        }
        scope.spawn(|| {
            for _ in 0..100 {
                // Whatever a reader sees is whole: coins come in twos.
                for recipient in &recipients {
                    assert!([0, 2].contains(&chain.coins(*recipient).len()));
                }
            }
        });
    });
    for recipient in &recipients {
        let coins = chain.coins(*recipient);
        assert_eq!(coins.iter().map(|coin| balance(coin)).sum::<u64>(), 7);
    }
    let mut receiver = receiver;
    for number in before + 1..=before + 8 {
        assert_eq!(
            receiver.try_recv().expect("announced").sequence_number(),
            number
        );
    }
}

#[test]
fn many_transactions_of_one_account_keep_the_sum() {
    let chain = Chain::new();
    let gas = chain.coins(chain.account.address)[0].clone();
    let mut expected = i128::from(balance(&gas));
    for n in 0..50u64 {
        let mut b = Builder::default();
        let amount = b.pure(&n);
        let coin = b.split(Argument::Gas, vec![amount]);
        let to = b.pure(&Address::from_static("0xcafe"));
        b.transfer(vec![coin], to);
        let mut transaction = chain.transaction(b.finish());
        let current = chain.ledger.object(&gas.object_id()).expect("still there");
        transaction.gas_payment.objects = vec![reference(&current)];
        let executed = chain.execute(&transaction).expect("accepted");
        succeeded(&executed);
        expected -= i128::from(n) + i128::from(executed.effects.gas_summary().net_gas_usage());
    }
    let current = chain.ledger.object(&gas.object_id()).expect("still there");
    assert_eq!(i128::from(balance(&current)), expected);
    assert_eq!(chain.coins(Address::from_static("0xcafe")).len(), 50);
}
