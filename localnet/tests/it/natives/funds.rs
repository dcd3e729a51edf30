//! Address balances.

use ruint::aliases::U256;
use sui_sdk_types::{Address, Owner, TypeTag};
use valet_localnet::vm::{
    ACCUMULATOR_ROOT, AccumulatorAction, AccumulatorAmount, AccumulatorEvent, Value, VmError,
    VmStatus, accumulator_object_id,
};

use super::world::{ALICE, BOB, Transaction, World, assert_native_abort, tag};

const COIN: &str = "objects::witness::WITNESS";
const BALANCE: &str = "0x2::balance::Balance<objects::witness::WITNESS>";

/// A new balance of the test coin.
fn mint(tx: &mut Transaction<'_>, amount: u64) -> Result<Value, VmError> {
    let witness = tx.execution.heap_mut().pack(&[true.into()])?;
    let supply = tx.value_with("0x2::balance::create_supply", &[COIN], &[witness])?;
    let supply = tx.reference(supply);
    tx.value_with(
        "0x2::balance::increase_supply",
        &[COIN],
        &[supply, amount.into()],
    )
}

fn event(owner: Address, action: AccumulatorAction, amount: u64) -> AccumulatorEvent {
    let type_tag = tag(BALANCE);
    AccumulatorEvent {
        object_id: accumulator_object_id(owner, &type_tag),
        owner,
        type_tag,
        action,
        amount: AccumulatorAmount::Integer(amount),
    }
}

fn withdrawal(tx: &mut Transaction<'_>, owner: Address, limit: U256) -> Result<Value, VmError> {
    tx.value_with(
        "0x2::funds_accumulator::create_withdrawal",
        &[BALANCE],
        &[owner.into(), limit.into()],
    )
}

#[test]
fn deposits_and_withdrawals_are_recorded_in_order() {
    let mut world = World::default();
    let ((), results) = world.run(|tx| {
        let balance = mint(tx, 100)?;
        tx.call_with("0x2::balance::send_funds", &[COIN], &[balance, BOB.into()])?;
        let ticket = withdrawal(tx, ALICE, U256::from(30))?;
        let context = tx.context();
        let coin = tx.value_with("0x2::coin::redeem_funds", &[COIN], &[ticket, context])?;
        tx.call_with("0x2::coin::send_funds", &[COIN], &[coin, BOB.into()])?;
        Ok(())
    });
    assert_eq!(
        results.accumulator_events,
        [
            event(BOB, AccumulatorAction::Merge, 100),
            event(ALICE, AccumulatorAction::Split, 30),
            event(BOB, AccumulatorAction::Merge, 30),
        ]
    );
    // The coin was created and destroyed on the way; nothing is written.
    assert!(results.written.is_empty() && results.created.is_empty());
}

#[test]
fn a_withdrawal_beyond_64_bits_aborts() {
    let mut world = World::default();
    let error = world.fail(|tx| {
        let ticket = withdrawal(tx, ALICE, U256::from(u64::MAX) + U256::from(1))?;
        tx.value_with("0x2::balance::redeem_funds", &[COIN], &[ticket])
    });
    assert_native_abort(
        &error,
        0,
        "funds_accumulator",
        "withdraw_from_accumulator_address",
    );
    let error = world.fail(|tx| {
        for _ in 0..2 {
            let ticket = withdrawal(tx, ALICE, U256::from(u64::MAX))?;
            tx.value_with("0x2::balance::redeem_funds", &[COIN], &[ticket])?;
        }
        Ok(())
    });
    assert_eq!(error.status, VmStatus::ArithmeticError);
}

#[test]
fn an_object_withdraws_from_its_own_balance() {
    let mut world = World::default();
    let (id, results) = world.run(|tx| {
        let context = tx.context();
        let uid = tx.value("0x2::object::new", &[context])?;
        let inner = tx.execution.heap().field(uid, 0)?;
        let id = tx.execution.heap().field(inner, 0)?.as_address()?;
        let object = tx.reference(uid);
        let ticket = tx.value_with(
            "0x2::balance::withdraw_funds_from_object",
            &[COIN],
            &[object, 5u64.into()],
        )?;
        let balance = tx.value_with("0x2::balance::redeem_funds", &[COIN], &[ticket])?;
        tx.call_with(
            "0x2::balance::send_funds",
            &[COIN],
            &[balance, ALICE.into()],
        )?;
        Ok(id)
    });
    assert_eq!(
        results.accumulator_events,
        [
            event(id, AccumulatorAction::Split, 5),
            event(ALICE, AccumulatorAction::Merge, 5)
        ]
    );
}

#[test]
fn a_settlement_is_a_field_of_the_root_under_the_accumulators_id() {
    let mut world = World::of_the_system();
    world.run(|tx| {
        let context = tx.context();
        tx.call("0x2::accumulator::create", &[context])
    });
    assert!(matches!(
        world.object(ACCUMULATOR_ROOT).owner(),
        Owner::Shared(_)
    ));

    let settle = |world: &mut World, merge: u128, split: u128| {
        world.run(|tx| {
            let root = tx.input(ACCUMULATOR_ROOT);
            let (root, context) = (tx.borrow(root), tx.context());
            let arguments = [root, BOB.into(), merge.into(), split.into(), context];
            tx.call_with(
                "0x2::accumulator_settlement::settle_u128",
                &[BALANCE],
                &arguments,
            )
        })
    };
    settle(&mut world, 130, 0);
    let id = accumulator_object_id(BOB, &tag(BALANCE));
    let field = world.object(id);
    assert_eq!(*field.owner(), Owner::Object(ACCUMULATOR_ROOT));
    let type_tag = format!(
        "0x2::dynamic_field::Field<0x2::accumulator::Key<{BALANCE}>, 0x2::accumulator::U128>"
    );
    let object_type = field
        .as_struct()
        .expect("not a package")
        .object_type()
        .clone();
    assert_eq!(TypeTag::from(object_type), tag(&type_tag));
    assert_eq!(
        world.contents(id),
        [id.as_bytes(), BOB.as_bytes(), &130u128.to_le_bytes()].concat()
    );

    settle(&mut world, 0, 30);
    assert_eq!(&world.contents(id)[64..], 100u128.to_le_bytes());
    // An empty accumulator goes away.
    settle(&mut world, 0, 100);
    assert!(!world.exists(id));
}
