//! Snapshots: a ledger is again exactly what it was, whatever happened since, also from a file and in another process.

use std::sync::Arc;

use sui_sdk_types::{Address, StructTag};
use valet_localnet::ledger::{Ledger, LedgerError, ManualTime, Snapshot};

use crate::chain::{BEGIN_MS, Builder, Chain, succeeded};

const FRIEND: Address = Address::from_static("0xf1");

/// Everything that can be asked of a ledger, as text to compare.
fn everything(ledger: &Ledger) -> String {
    let latest = ledger.latest_checkpoint().expect("a checkpoint");
    let mut text = format!(
        "{} {:?} {} {}\n",
        ledger.chain_id(),
        ledger.epoch(),
        ledger.now_ms(),
        latest.digest
    );
    for number in 0..=latest.sequence_number() {
        let checkpoint = ledger.checkpoint(number).expect("a checkpoint");
        text += &format!("{checkpoint:?}\n");
        assert_eq!(
            ledger.checkpoint_by_digest(&checkpoint.digest),
            Some(Arc::clone(&checkpoint))
        );
        for executed in &checkpoint.transactions {
            assert_eq!(
                ledger.transaction(&executed.digest).as_ref(),
                Some(executed)
            );
            for object in executed
                .output_objects
                .iter()
                .chain(&executed.input_objects)
            {
                let id = object.object_id();
                text += &format!("{id} {:?}\n", ledger.object(&id));
                assert_eq!(
                    ledger.object_at(&id, object.version()).as_ref(),
                    Some(object)
                );
                for owned in ledger.owned_objects(&id, None, None, 100) {
                    text += &format!("owns {}\n", owned.object_id());
                }
                for field in ledger.dynamic_fields(&id, None, 100) {
                    text += &format!("field {}\n", field.object_id());
                }
            }
            for change in &executed.balance_changes {
                text += &format!("{:?}\n", ledger.balances(&change.address));
            }
        }
    }
    for epoch in 0..=ledger.epoch().epoch {
        text += &format!("{:?}\n", ledger.epoch_at(epoch));
    }
    text += &format!("{:?}\n", ledger.objects_of_type(&StructTag::gas_coin()));
    text
}

/// A bit of everything: coins, address balances, a package, shared and wrapped objects, the clock, an epoch.
fn live(chain: &Chain) {
    chain.fund(FRIEND, &[5, 6]);
    chain.ledger.advance_clock_ms(1_500).expect("moves");
    chain.publish("ptb");
    let mut b = Builder::default();
    let amount = b.pure(&1_000_u64);
    let coin = b.split(sui_sdk_types::Argument::Gas, vec![amount]);
    let me = b.pure(&chain.account.address);
    b.call(
        (Address::TWO, "coin", "send_funds"),
        vec![StructTag::sui().into()],
        vec![coin, me],
    );
    succeeded(&chain.run(b.finish()));
    chain.ledger.advance_epoch_at_price(1_000).expect("ends");
    chain.fund(FRIEND, &[7]);
}

#[test]
fn a_ledger_returns_to_a_snapshot_and_forward_again() {
    let chain = Chain::new();
    live(&chain);
    let (early, as_early) = (chain.ledger.snapshot(), everything(&chain.ledger));
    live(&chain);
    let (late, as_late) = (chain.ledger.snapshot(), everything(&chain.ledger));
    assert_ne!(as_early, as_late);
    assert!(early.checkpoint() < late.checkpoint());

    chain.ledger.restore(&early).expect("the same chain");
    assert_eq!(everything(&chain.ledger), as_early);
    // Another history from here on, which the later snapshot knows nothing of.
    chain.fund(FRIEND, &[99]);
    assert_ne!(everything(&chain.ledger), as_early);
    chain.ledger.restore(&late).expect("forward");
    assert_eq!(everything(&chain.ledger), as_late);
    chain.ledger.restore(&early).expect("and back");
    assert_eq!(everything(&chain.ledger), as_early);
    // What happened before happens again to the byte.
    live(&chain);
    assert_eq!(everything(&chain.ledger), as_late);
}

#[test]
fn a_ledger_returns_to_any_of_its_checkpoints() {
    let chain = Chain::new();
    let begun = chain
        .ledger
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    let mut past = vec![everything(&chain.ledger)];
    for amount in 1..=4 {
        // Every step is one checkpoint, the second one the end of an epoch.
        if amount == 2 {
            chain.ledger.advance_epoch_at_price(2_000).expect("ends");
        } else {
            chain.fund(FRIEND, &[amount]);
        }
        past.push(everything(&chain.ledger));
    }
    for (steps, before) in past.iter().enumerate().rev() {
        chain.ledger.revert_to(begun + steps as u64).expect("back");
        assert_eq!(everything(&chain.ledger), *before, "{steps}");
    }
    assert_eq!(chain.ledger.epoch().reference_gas_price, 1_000);
    assert_eq!(
        chain.ledger.revert_to(begun + 1),
        Err(LedgerError::NoCheckpoint {
            requested: begun + 1,
            newest: begun
        })
    );
    chain.ledger.revert_to(0).expect("back to genesis");
    assert!(chain.ledger.balances(&chain.account.address).is_empty());
    chain.fund(FRIEND, &[1]);
}

#[test]
fn a_transaction_that_was_taken_back_can_be_executed_again() {
    let chain = Chain::new();
    let before = chain.ledger.snapshot();
    let transaction = chain.transaction(Builder::default().finish());
    let first = chain.execute(&transaction).expect("accepted");
    chain.ledger.restore(&before).expect("the same chain");
    assert!(chain.ledger.transaction(&first.digest).is_none());
    let second = chain.execute(&transaction).expect("accepted again");
    assert_eq!(first, second);
}

#[test]
fn a_snapshot_survives_as_bytes_and_goes_on_elsewhere() {
    let chain = Chain::new();
    live(&chain);
    let bytes = chain.ledger.snapshot().to_bytes().expect("encodes");
    let snapshot = Snapshot::from_bytes(&bytes).expect("reads");
    assert_eq!(snapshot.chain_id(), chain.ledger.chain_id());
    assert_eq!(snapshot.now_ms(), chain.ledger.now_ms());
    assert_eq!(snapshot.to_bytes().expect("encodes"), bytes);
    let time = Arc::new(ManualTime::new(BEGIN_MS));
    let other = Ledger::from_snapshot(&snapshot, time).expect("starts");
    assert_eq!(everything(&other), everything(&chain.ledger));

    // It goes on: the same steps on both are the same history, and the faucet's key is still there.
    let other = Chain {
        ledger: Arc::new(other),
        account: crate::chain::Account::new(7),
    };
    live(&chain);
    live(&other);
    assert_eq!(everything(&other.ledger), everything(&chain.ledger));
    // Also a snapshot that came from a file can be returned to.
    other.ledger.restore(&snapshot).expect("the same chain");
    assert_eq!(other.ledger.snapshot().to_bytes().expect("encodes"), bytes);
}

#[test]
fn a_snapshot_of_another_chain_is_refused() {
    let chain = Chain::new();
    let time = Arc::new(ManualTime::new(BEGIN_MS + 1));
    let config = valet_localnet::ledger::LedgerConfig::new(time);
    let other = Ledger::genesis(config, crate::chain::framework()).expect("genesis");
    let before = everything(&chain.ledger);
    let refused = chain
        .ledger
        .restore(&other.snapshot())
        .expect_err("another chain");
    assert!(
        refused.to_string().contains(&other.chain_id().to_string()),
        "{refused}"
    );
    assert_eq!(everything(&chain.ledger), before);
}

#[test]
fn t37_bytes_that_are_no_snapshot_are_refused() {
    let chain = Chain::new();
    let bytes = chain.ledger.snapshot().to_bytes().expect("encodes");
    for broken in [&[][..], b"valet", &bytes[..26], &bytes[..100], &bytes[1..]] {
        let refused = Snapshot::from_bytes(broken).expect_err("no snapshot");
        assert!(matches!(refused, LedgerError::Snapshot { .. }), "{refused}");
    }
    for position in (0..bytes.len()).step_by(bytes.len() / 50) {
        let mut broken = bytes.clone();
        broken[position] ^= 1;
        Snapshot::from_bytes(&broken).expect_err("the checksum is wrong");
    }
    // With a right checksum, too, every digest is looked at.
    let body = 26 + 32;
    let step = (bytes.len() - body) / 20;
    for position in (body..bytes.len()).step_by(step) {
        let mut broken = bytes.clone();
        broken[position] ^= 0x41;
        use blake2::{Blake2b, Digest, digest::consts::U32};
        let hash = Blake2b::<U32>::digest(&broken[body..]);
        broken[26..body].copy_from_slice(&hash);
        // Some bytes are of settings or of old versions that nothing names; whatever they are, nothing panics.
        if let Ok(snapshot) = Snapshot::from_bytes(&broken) {
            let time = Arc::new(ManualTime::new(BEGIN_MS));
            let _ = Ledger::from_snapshot(&snapshot, time);
        }
    }
}
