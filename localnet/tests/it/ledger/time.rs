//! The clock to the millisecond, and epochs.

use std::sync::Arc;

use sui_sdk_types::{Address, TransactionKind};
use valet_localnet::ledger::{Ledger, LedgerConfig, LedgerError, ManualTime, Rejection};

use crate::chain::{BEGIN_MS, Builder, Chain, framework, succeeded};

fn clock(ledger: &Ledger) -> u64 {
    let clock = ledger.object(&Address::from_static("0x6")).expect("exists");
    let bytes = &clock.as_struct().expect("an object").contents()[32..];
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

#[test]
fn the_clock_moves_by_system_transactions_only() {
    let chain = Chain::new();
    assert_eq!(
        clock(&chain.ledger),
        BEGIN_MS,
        "the first transaction found the clock moved"
    );
    let latest = chain.ledger.latest_checkpoint().expect("exists");
    chain.run(Builder::default().finish());
    let next = chain.ledger.latest_checkpoint().expect("exists");
    assert_eq!(next.sequence_number(), latest.sequence_number() + 1);
    assert_eq!(next.transactions.len(), 1, "time stood still");
    assert_eq!(
        chain.ledger.advance_clock_ms(1).expect("forward"),
        BEGIN_MS + 1
    );
    assert_eq!(clock(&chain.ledger), BEGIN_MS + 1);
    let moved = chain.ledger.latest_checkpoint().expect("exists");
    let [prologue] = moved.transactions.as_slice() else {
        panic!("only the clock moves")
    };
    assert!(matches!(
        prologue.transaction.kind,
        TransactionKind::ConsensusCommitPrologueV4(_)
    ));
    assert_eq!(
        (moved.summary.timestamp_ms, prologue.timestamp_ms),
        (BEGIN_MS + 1, BEGIN_MS + 1)
    );
    chain
        .ledger
        .set_clock_ms(BEGIN_MS + 1_000)
        .expect("forward");
    assert_eq!(
        (clock(&chain.ledger), chain.ledger.now_ms()),
        (BEGIN_MS + 1_000, BEGIN_MS + 1_000)
    );
    assert_eq!(
        chain.ledger.set_clock_ms(BEGIN_MS + 999),
        Err(LedgerError::ClockBackwards {
            now_ms: BEGIN_MS + 1_000,
            requested_ms: BEGIN_MS + 999
        })
    );
    chain
        .ledger
        .set_clock_ms(BEGIN_MS + 1_000)
        .expect("to where it is");
}

#[test]
fn a_running_source_goes_on_from_where_it_was_set() {
    let time = Arc::new(ManualTime::new(1_000));
    let ledger = Ledger::genesis(LedgerConfig::new(time.clone()), framework()).expect("genesis");
    ledger.set_clock_ms(5_000).expect("forward");
    time.set_ms(1_007);
    assert_eq!(ledger.now_ms(), 5_007);
    ledger.fund(Address::TWO, &[1]).expect("pays");
    assert_eq!(clock(&ledger), 5_007);
    let checkpoint = ledger.latest_checkpoint().expect("exists");
    assert_eq!(
        checkpoint.transactions.len(),
        2,
        "the clock moves first, in the same checkpoint"
    );
    // A source that goes back is not followed.
    time.set_ms(900);
    ledger.fund(Address::TWO, &[1]).expect("pays");
    assert_eq!((clock(&ledger), ledger.now_ms()), (5_007, 5_007));
}

#[test]
fn a_transaction_sees_the_clock_of_its_own_checkpoint() {
    let chain = Chain::new();
    let (package, _) = chain.publish("ptb");
    chain.ledger.set_clock_ms(BEGIN_MS + 5).expect("forward");
    let mut b = Builder::default();
    let clock = chain
        .ledger
        .object(&Address::from_static("0x6"))
        .expect("exists");
    let clock = b.shared(&clock, false);
    let now = b.call((Address::TWO, "clock", "timestamp_ms"), vec![], vec![clock]);
    b.call((package, "calls", "emit"), vec![], vec![now]);
    let executed = chain.run(b.finish());
    succeeded(&executed);
    let events = &executed.events.as_ref().expect("emitted").0;
    assert_eq!(events[0].contents, (BEGIN_MS + 5).to_le_bytes());
    // A simulation sees the present as well.
    let source = Arc::new(ManualTime::new(10));
    let ledger = Ledger::genesis(LedgerConfig::new(source.clone()), framework()).expect("genesis");
    source.set_ms(77);
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.gas_payment.objects.clear();
    let options = valet_localnet::ledger::SimulateOptions::default()
        .with_checks(valet_localnet::ledger::SimulationChecks::Disabled);
    let simulation = ledger.simulate(&transaction, &options).expect("accepted");
    assert_eq!(simulation.executed.timestamp_ms, 77);
}

#[test]
fn epochs_end_and_begin() {
    let chain = Chain::new();
    let zero = chain.ledger.epoch();
    assert_eq!(
        (zero.epoch, zero.start_timestamp_ms, zero.first_checkpoint),
        (0, BEGIN_MS, 0)
    );
    chain.ledger.advance_clock_ms(10).expect("forward");
    let one = chain.ledger.advance_epoch_at_price(2_000).expect("ends");
    let last = chain.ledger.latest_checkpoint().expect("exists");
    assert_eq!((one.epoch, one.reference_gas_price), (1, 2_000));
    assert_eq!(
        (one.start_timestamp_ms, one.first_checkpoint),
        (BEGIN_MS + 10, last.sequence_number() + 1)
    );
    assert_eq!(last.summary.epoch, 0);
    assert!(last.summary.end_of_epoch_data.is_some());
    let ended = chain.ledger.epoch_at(0).expect("remembered");
    assert_eq!(
        (ended.end_timestamp_ms, ended.last_checkpoint),
        (Some(BEGIN_MS + 10), Some(last.sequence_number()))
    );
    assert_eq!(chain.ledger.epoch_at(1), Some(one));
    assert_eq!(chain.ledger.epoch_at(2), None);
    let mut transaction = chain.transaction(Builder::default().finish());
    assert_eq!(
        chain.execute(&transaction),
        Err(Rejection::GasPriceTooLow {
            price: 1_000,
            minimum: 2_000
        })
    );
    transaction.gas_payment.price = 2_000;
    let executed = chain.execute(&transaction).expect("accepted");
    assert_eq!(executed.effects.epoch(), 1);
    let checkpoint = chain.ledger.latest_checkpoint().expect("exists");
    assert_eq!(checkpoint.summary.epoch, 1);
    assert_eq!(
        checkpoint.summary.epoch_rolling_gas_cost_summary,
        *executed.effects.gas_summary(),
        "the sum begins anew"
    );
    assert!(matches!(
        chain.ledger.advance_epoch_at_price(0),
        Err(LedgerError::Config { .. })
    ));
}
