//! Splitting, merging and moving coins, the gas coin included.

use sui_sdk_types::{Argument, Command, CommandArgumentError as E, ExecutionError, MergeCoins};

use super::{Fixture, SUCCESS, argument, fails};
use crate::chain::{Builder, balance, succeeded};

#[test]
fn coins_are_split_and_merged() {
    let f = Fixture::new();
    let coins = f.chain.coins(f.chain.account.address);
    let (coin, other) = (&coins[1], &coins[2]);
    let mut b = Builder::default();
    let target = b.object(coin);
    let source = b.object(other);
    let amounts = vec![b.pure(&3u64), b.pure(&0u64), b.pure(&4u64)];
    b.split(target, amounts);
    b.command(Command::MergeCoins(MergeCoins {
        coin: target,
        coins_to_merge: vec![source, Argument::NestedResult(0, 0)],
    }));
    let me = b.pure(&f.chain.account.address);
    b.transfer(
        vec![Argument::NestedResult(0, 1), Argument::NestedResult(0, 2)],
        me,
    );
    let executed = f.chain.run(b.finish());
    succeeded(&executed);
    let after = f
        .chain
        .ledger
        .object(&coin.object_id())
        .expect("still there");
    assert_eq!(balance(&after), 10_000_000_000 - 4 + 10_000_000_000);
    assert_eq!(f.chain.ledger.object(&other.object_id()), None);
}

#[test]
fn coins_hold_what_they_hold() {
    let f = Fixture::new();
    let coin = |f: &Fixture| f.chain.coins(f.chain.account.address)[1].clone();
    f.case(
        "more than there is",
        |c| {
            let (coin, amount) = (c.b.object(&coin(c.fixture)), c.b.pure(&10_000_000_001u64));
            c.b.split(coin, vec![amount]);
        },
        &fails_unused(),
    );
    f.case(
        "more than there is, in parts",
        |c| {
            let (coin, amount) = (c.b.object(&coin(c.fixture)), c.b.pure(&5_000_000_001u64));
            c.b.split(coin, vec![amount, amount]);
            let me = c.me();
            c.b.transfer(
                vec![Argument::NestedResult(0, 0), Argument::NestedResult(0, 1)],
                me,
            );
        },
        &fails(ExecutionError::InsufficientCoinBalance, 0),
    );
    f.case(
        "amounts that overflow",
        |c| {
            let (coin, amount) = (c.b.object(&coin(c.fixture)), c.b.pure(&u64::MAX));
            c.b.split(coin, vec![amount, amount]);
            let me = c.me();
            c.b.transfer(
                vec![Argument::NestedResult(0, 0), Argument::NestedResult(0, 1)],
                me,
            );
        },
        &fails(ExecutionError::CoinBalanceOverflow, 0),
    );
    f.case(
        "the gas coin, budget included",
        |c| {
            let amount = c.b.pure(&10_000_000_000u64);
            let part = c.b.split(Argument::Gas, vec![amount]);
            let me = c.me();
            c.b.transfer(vec![part], me);
        },
        &fails(ExecutionError::InsufficientCoinBalance, 0),
    );
    f.case(
        "something that is no coin",
        |c| {
            let (thing, amount) = (c.first(), c.b.pure(&1u64));
            c.b.split(thing, vec![amount]);
        },
        &argument(E::TypeMismatch, 0, 0),
    );
    f.case(
        "bytes as a coin",
        |c| {
            let amount = c.b.pure(&1u64);
            c.b.split(amount, vec![amount]);
        },
        &argument(E::TypeMismatch, 0, 0),
    );
    f.case(
        "an amount that is no number",
        |c| {
            let sender = c.call("sender", vec![]);
            c.b.split(Argument::Gas, vec![sender]);
        },
        &argument(E::TypeMismatch, 1, 1),
    );
    f.case(
        "a coin merged into itself",
        |c| {
            let coin = c.b.object(&coin(c.fixture));
            c.b.command(Command::MergeCoins(MergeCoins {
                coin,
                coins_to_merge: vec![coin],
            }));
        },
        &argument(E::CannotMoveBorrowedValue, 1, 0),
    );
    f.case(
        "a thing merged into a coin",
        |c| {
            let thing = c.first();
            c.b.command(Command::MergeCoins(MergeCoins {
                coin: Argument::Gas,
                coins_to_merge: vec![thing],
            }));
        },
        &argument(E::TypeMismatch, 1, 0),
    );
}

/// The part that was split off is an object nobody took, which is seen before anything runs.
fn fails_unused() -> sui_sdk_types::ExecutionStatus {
    super::fails_nowhere(ExecutionError::UnusedValueWithoutDrop {
        result: 0,
        subresult: 0,
    })
}

#[test]
fn the_gas_coin_is_taken_only_by_a_transfer() {
    let f = Fixture::new();
    f.case(
        "taken by a function",
        |c| {
            let me = c.me();
            c.call("take_coin", vec![Argument::Gas, me]);
        },
        &argument(E::InvalidGasCoinUsage, 0, 0),
    );
    f.case(
        "merged into another coin",
        |c| {
            let coin = c.fixture.chain.coins(c.fixture.chain.account.address)[1].clone();
            let coin = c.b.object(&coin);
            c.b.command(Command::MergeCoins(MergeCoins {
                coin,
                coins_to_merge: vec![Argument::Gas],
            }));
        },
        &argument(E::InvalidGasCoinUsage, 1, 0),
    );
    f.case(
        "put into a vector",
        |c| {
            c.b.command(Command::MakeMoveVector(sui_sdk_types::MakeMoveVector {
                type_: None,
                elements: vec![Argument::Gas],
            }));
        },
        &argument(E::InvalidGasCoinUsage, 0, 0),
    );
    f.case(
        "merged into",
        |c| {
            let coin = c.fixture.chain.coins(c.fixture.chain.account.address)[4].clone();
            let coin = c.b.object(&coin);
            c.b.command(Command::MergeCoins(MergeCoins {
                coin: Argument::Gas,
                coins_to_merge: vec![coin],
            }));
        },
        &SUCCESS,
    );
}

#[test]
fn a_transferred_gas_coin_still_pays() {
    let f = Fixture::new();
    let gas = f.chain.coins(f.chain.account.address)[0].clone();
    let recipient = sui_sdk_types::Address::from_static("0xbeef");
    let mut b = Builder::default();
    let to = b.pure(&recipient);
    b.transfer(vec![Argument::Gas], to);
    let executed = f.chain.run(b.finish());
    succeeded(&executed);
    let after = f
        .chain
        .ledger
        .object(&gas.object_id())
        .expect("still there");
    assert_eq!(*after.owner(), sui_sdk_types::Owner::Address(recipient));
    let cost = executed.effects.gas_summary().net_gas_usage();
    assert_eq!(
        i128::from(balance(&after)),
        i128::from(balance(&gas)) - i128::from(cost)
    );
    let effects = executed.effects_v2().expect("V2");
    let index = effects.gas_object_index.expect("a coin paid") as usize;
    assert_eq!(effects.changed_objects[index].object_id, gas.object_id());
}
