//! Limits on what a transaction leaves behind, made small so that a test reaches them.

use sui_sdk_types::{Argument, Command, ExecutionError, ExecutionStatus, Publish};
use valet_localnet::ledger::ProtocolConfig;

use super::{fails, fails_nowhere};
use crate::chain::{Builder, Chain, compile, succeeded};

fn chain(change: impl FnOnce(&mut ProtocolConfig)) -> Chain {
    let mut protocol = ProtocolConfig::default();
    change(&mut protocol);
    Chain::with_protocol(protocol)
}

#[test]
fn written_objects_together() {
    let chain = chain(|protocol| protocol.max_written_objects_bytes = 4_000);
    let (package, _) = chain.publish("ptb");
    let large = |bytes: u64| {
        let mut b = Builder::default();
        let bytes = b.pure(&bytes);
        let me = b.pure(&chain.account.address);
        let first = b.call((package, "calls", "large"), vec![], vec![bytes]);
        let second = b.call((package, "calls", "large"), vec![], vec![bytes]);
        b.transfer(vec![first, second], me);
        chain.run(b.finish()).effects.status().clone()
    };
    // Two objects with 32 bytes of id and 2 of length each, and the gas coin with 40.
    assert_eq!(large(1_946), ExecutionStatus::Success);
    let error = ExecutionError::WrittenObjectsTooLarge {
        object_size: 4_002,
        max_object_size: 4_000,
    };
    assert_eq!(large(1_947), fails_nowhere(error));
}

#[test]
fn effects() {
    let chain = chain(|protocol| protocol.max_effects_bytes = 2_000);
    let split = |parts: u16| {
        let mut b = Builder::default();
        let amount = b.pure(&1u64);
        let me = b.pure(&chain.account.address);
        b.split(Argument::Gas, vec![amount; usize::from(parts)]);
        b.transfer(
            (0..parts)
                .map(|part| Argument::NestedResult(0, part))
                .collect(),
            me,
        );
        chain.run(b.finish()).effects.status().clone()
    };
    assert_eq!(split(5), ExecutionStatus::Success);
    let ExecutionStatus::Failure {
        error:
            ExecutionError::EffectsTooLarge {
                current_size,
                max_size: 2_000,
            },
        command: None,
    } = split(30)
    else {
        panic!("the effects of thirty objects are more than 2,000 bytes");
    };
    assert!(current_size > 2_000);
}

#[test]
fn a_package() {
    let chain = chain(|protocol| protocol.max_package_bytes = 100);
    let compiled = compile("ptb");
    let mut b = Builder::default();
    let (modules, dependencies) = (compiled.modules.clone(), compiled.dependencies);
    let cap = b.command(Command::Publish(Publish {
        modules,
        dependencies,
    }));
    let me = b.pure(&chain.account.address);
    b.transfer(vec![cap], me);
    let executed = chain.run(b.finish());
    let ExecutionStatus::Failure { error, command } = executed.effects.status() else {
        panic!("a package of thousands of bytes");
    };
    let ExecutionError::PackageTooBig {
        object_size,
        max_object_size: 100,
    } = *error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*command, Some(0));
    assert!(
        object_size
            > compiled
                .modules
                .iter()
                .map(|module| module.len() as u64)
                .sum()
    );
}

#[test]
fn calls_in_calls_and_events() {
    let chain = Chain::new();
    let (package, _) = chain.publish("objects");
    let emit = |count: u64| {
        let mut b = Builder::default();
        let count = b.pure(&count);
        b.call((package, "things", "emit_many"), vec![], vec![count]);
        chain.run(b.finish())
    };
    let executed = emit(1_024);
    succeeded(&executed);
    assert_eq!(
        executed.events.as_ref().map(|events| events.0.len()),
        Some(1_024)
    );
    let executed = emit(1_025);
    let ExecutionStatus::Failure { error, .. } = executed.effects.status() else {
        panic!("one event too many");
    };
    assert!(
        matches!(
            error,
            ExecutionError::MovePrimitiveRuntimeError { location: Some(_) }
        ),
        "{error:?}"
    );
    assert_eq!(*executed.effects.status(), fails(error.clone(), 0));
    assert_eq!(executed.events, None);
}
