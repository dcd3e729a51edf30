//! What exists from the beginning.

use sui_sdk_types::{Address, Digest, Owner, TransactionKind};

use crate::chain::{BEGIN_MS, Chain, balance, framework};

#[test]
fn system_objects_are_shared_at_version_one() {
    let chain = Chain::new();
    let types = [
        ("0x6", "clock", "Clock"),
        ("0x7", "authenticator_state", "AuthenticatorState"),
        ("0x8", "random", "Random"),
        ("0x403", "deny_list", "DenyList"),
        ("0xacc", "accumulator", "AccumulatorRoot"),
        ("0xc", "coin_registry", "CoinRegistry"),
    ];
    for (id, module, name) in types {
        let id = Address::from_static(id);
        let object = chain
            .ledger
            .object_at(&id, 1)
            .unwrap_or_else(|| panic!("{name} exists"));
        assert_eq!(*object.owner(), Owner::Shared(1), "{name}");
        let tag = object.as_struct().expect("an object").object_type().clone();
        assert_eq!(
            tag.to_string(),
            format!("{}::{module}::{name}", Address::TWO)
        );
    }
    // There is no 0x3, hence no system state.
    assert_eq!(chain.ledger.object(&Address::from_static("0x5")), None);
}

#[test]
fn the_framework_is_published_as_given() {
    let chain = Chain::new();
    for package in framework() {
        let object = chain.ledger.object(&package.id).expect("published");
        assert_eq!((object.version(), *object.owner()), (1, Owner::Immutable));
    }
}

#[test]
fn the_first_checkpoint_is_the_chain() {
    let chain = Chain::new();
    let first = chain.ledger.checkpoint(0).expect("there is one");
    assert_eq!(first.summary.digest(), chain.ledger.chain_id());
    assert_eq!(first.contents.digest(), first.summary.content_digest);
    assert_eq!(first.summary.previous_digest, None);
    assert_eq!(first.summary.timestamp_ms, BEGIN_MS);
    let [genesis] = first.transactions.as_slice() else {
        panic!("one transaction")
    };
    assert!(matches!(
        genesis.transaction.kind,
        TransactionKind::Genesis(_)
    ));
    assert_eq!(genesis.transaction.digest(), genesis.digest);
    assert_eq!(genesis.effects.digest(), genesis.effects_digest);
    assert!(
        genesis
            .output_objects
            .iter()
            .all(|object| object.previous_transaction() == genesis.digest)
    );
    assert_ne!(genesis.digest, Digest::ZERO);
    let faucet = chain.ledger.faucet_address();
    let supply: u64 = genesis
        .output_objects
        .iter()
        .filter(|object| *object.owner() == Owner::Address(faucet))
        .map(|coin| balance(coin))
        .sum();
    assert_eq!(supply, 10_000_000_000_000_000_000);
}

#[test]
fn checkpoints_are_a_chain() {
    let chain = Chain::new();
    chain.fund(Address::from_static("0xcafe"), &[1]);
    let latest = chain.ledger.latest_checkpoint().expect("there is one");
    let mut total = 0;
    let mut previous = None;
    for number in 0..=latest.sequence_number() {
        let checkpoint = chain.ledger.checkpoint(number).expect("no gaps");
        assert_eq!(checkpoint.sequence_number(), number);
        assert_eq!(checkpoint.summary.previous_digest, previous);
        assert_eq!(
            chain
                .ledger
                .checkpoint_by_digest(&checkpoint.digest)
                .as_ref(),
            Some(&checkpoint)
        );
        total += checkpoint.transactions.len() as u64;
        assert_eq!(checkpoint.summary.network_total_transactions, total);
        for executed in &checkpoint.transactions {
            assert_eq!(executed.checkpoint, number);
            assert_eq!(
                chain.ledger.transaction(&executed.digest).as_ref(),
                Some(executed)
            );
        }
        previous = Some(checkpoint.summary.digest());
    }
    assert_eq!(chain.ledger.checkpoint(latest.sequence_number() + 1), None);
}

#[test]
fn ledgers_of_other_times_are_other_chains() {
    use std::sync::Arc;
    use valet_localnet::ledger::{Ledger, LedgerConfig, ManualTime};
    let at = |ms| {
        Ledger::genesis(
            LedgerConfig::new(Arc::new(ManualTime::new(ms))),
            framework(),
        )
        .expect("genesis")
    };
    assert_eq!(at(1).chain_id(), at(1).chain_id());
    assert_ne!(at(1).chain_id(), at(2).chain_id());
}

#[test]
fn a_framework_that_does_not_load_is_an_error() {
    use std::sync::Arc;
    use valet_localnet::ledger::{GenesisPackage, Ledger, LedgerConfig, LedgerError, ManualTime};
    let config = || LedgerConfig::new(Arc::new(ManualTime::new(1)));
    let broken = GenesisPackage {
        id: Address::TWO,
        modules: vec![vec![1, 2, 3]],
        dependencies: vec![],
    };
    assert!(matches!(
        Ledger::genesis(config(), &[broken]),
        Err(LedgerError::Framework { .. })
    ));
    assert!(matches!(
        Ledger::genesis(config(), &[]),
        Err(LedgerError::Framework { .. })
    ));
    let free = config().with_reference_gas_price(0);
    assert!(matches!(
        Ledger::genesis(free, framework()),
        Err(LedgerError::Config { .. })
    ));
}
