//! What the ticket and the payload must be, and that a refusal changes nothing but the gas.

use sui_sdk_types::{
    Address, Argument, Command, CommandArgumentError, Digest, ExecutionError, ExecutionStatus,
    PackageUpgradeError, Upgrade,
};
use valet_localnet::ledger::{ProtocolConfig, Rejection};

use super::{ADDITIVE, Attempt, Fixture, cap_of, digest, upgrade};
use crate::chain::{Builder, Chain, compile, succeeded};

fn fails(error: ExecutionError) -> ExecutionStatus {
    ExecutionStatus::Failure {
        error,
        command: Some(1),
    }
}

fn refused(kind: PackageUpgradeError) -> ExecutionStatus {
    fails(ExecutionError::PackageUpgradeError { kind })
}

/// Make an attempt that fails; its status. The package and its capability are as before.
fn failure(fixture: &Fixture, attempt: Attempt) -> ExecutionStatus {
    let ledger = &fixture.chain.ledger;
    let contents = |id: &Address| {
        ledger
            .object(id)
            .expect("it exists")
            .as_struct()
            .expect("an object")
            .contents()
            .to_vec()
    };
    let before = contents(&fixture.cap);
    let executed = fixture.attempt(attempt);
    assert_eq!(contents(&fixture.cap), before);
    assert_eq!(ledger.package_versions(&fixture.first).len(), 1);
    assert!(
        executed
            .output_objects
            .iter()
            .all(|object| object.as_struct().is_some())
    );
    assert!(executed.events.is_none());
    executed.effects.status().clone()
}

#[test]
fn a_ticket_is_for_one_package_and_one_payload() {
    let fixture = Fixture::new();
    let valid = Attempt::new(fixture.first, Fixture::second());
    assert_eq!(
        failure(
            &fixture,
            Attempt {
                package: Address::TWO,
                ..valid.clone()
            }
        ),
        refused(PackageUpgradeError::PackageIdDoesNotMatch {
            package_id: Address::TWO,
            ticket_id: fixture.first,
        })
    );
    let actual = Digest::new(digest(&valid.modules, &valid.dependencies));
    for digest in [
        vec![0; 32],
        Vec::new(),
        [valid.digest.as_slice(), &[0]].concat(),
    ] {
        assert_eq!(
            failure(
                &fixture,
                Attempt {
                    digest,
                    ..valid.clone()
                }
            ),
            refused(PackageUpgradeError::DigestDoesNotMatch { digest: actual })
        );
    }
    // The digest covers the dependencies too.
    let fewer = Attempt {
        dependencies: vec![Address::TWO],
        ..valid.clone()
    };
    let actual = Digest::new(digest(&fewer.modules, &fewer.dependencies));
    assert_eq!(
        failure(&fixture, fewer),
        refused(PackageUpgradeError::DigestDoesNotMatch { digest: actual })
    );
    fixture.upgrade(valid);
}

#[test]
fn a_version_that_was_upgraded_cannot_be_upgraded_again() {
    let fixture = Fixture::new();
    let (second, _) = fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
    let executed = fixture.attempt(Attempt::new(fixture.first, Fixture::second()));
    assert_eq!(
        *executed.effects.status(),
        refused(PackageUpgradeError::PackageIdDoesNotMatch {
            package_id: fixture.first,
            ticket_id: second,
        })
    );
}

#[test]
fn a_policy_that_does_not_exist() {
    let fixture = Fixture::new();
    let valid = Attempt::new(fixture.first, Fixture::second());
    for policy in [1, 127, 129, 191, 193, 255] {
        assert_eq!(
            failure(&fixture, valid.clone().with_policy(policy)),
            refused(PackageUpgradeError::UnknownUpgradePolicy { policy })
        );
    }
}

#[test]
fn what_is_no_package_is_refused_before_execution() {
    let fixture = Fixture::new();
    let clock = Address::from_static("0x6");
    let absent = Address::from_static("0xdead");
    for (package, expected) in [
        (clock, Rejection::ObjectAsPackage { object: clock }),
        (absent, Rejection::PackageNotFound { package: absent }),
    ] {
        let mut b = Builder::default();
        let attempt = Attempt::new(package, Fixture::second());
        super::authorize(&fixture.chain, &mut b, fixture.cap, attempt);
        let transaction = fixture.chain.transaction(b.finish());
        let refused = fixture.chain.execute(&transaction).expect_err("refused");
        assert_eq!(refused.to_string(), expected.to_string());
    }
}

#[test]
fn a_ticket_is_taken_by_value_and_is_nothing_else() {
    let fixture = Fixture::new();
    let compiled = Fixture::second();
    let upgrade = |ticket| {
        Command::Upgrade(Upgrade {
            modules: compiled.modules.clone(),
            dependencies: compiled.dependencies.clone(),
            package: fixture.first,
            ticket,
        })
    };
    let mismatch = ExecutionStatus::Failure {
        error: ExecutionError::CommandArgumentError {
            argument: 0,
            kind: CommandArgumentError::TypeMismatch,
        },
        command: Some(0),
    };
    let executed = fixture.run(|b| {
        b.command(upgrade(Argument::Gas));
    });
    assert_eq!(*executed.effects.status(), mismatch);
    let executed = fixture.run(|b| {
        let cap = fixture.chain.ledger.object(&fixture.cap).expect("owned");
        let cap = b.object(&cap);
        b.command(upgrade(cap));
    });
    assert_eq!(*executed.effects.status(), mismatch);
    // Bytes are no ticket either.
    let executed = fixture.run(|b| {
        let bytes = b.pure(&vec![0u8; 98]);
        b.command(upgrade(bytes));
    });
    assert_eq!(
        *executed.effects.status(),
        ExecutionStatus::Failure {
            error: ExecutionError::CommandArgumentError {
                argument: 0,
                kind: CommandArgumentError::InvalidUsageOfPureArgument,
            },
            command: Some(0),
        }
    );
    // One ticket is one upgrade, and the receipt must be used.
    let redeem = |times: usize| {
        let executed = fixture.run(|b| {
            let cap = fixture.chain.ledger.object(&fixture.cap).expect("owned");
            let cap = b.object(&cap);
            let arguments = vec![cap, b.pure(&0u8), b.pure(&compiled.digest.to_vec())];
            let authorize = (Address::TWO, "package", "authorize_upgrade");
            let ticket = b.call(authorize, vec![], arguments);
            for _ in 0..times {
                b.command(upgrade(ticket));
            }
        });
        executed.effects.status().clone()
    };
    assert_eq!(
        redeem(1),
        ExecutionStatus::Failure {
            error: ExecutionError::UnusedValueWithoutDrop {
                result: 1,
                subresult: 0,
            },
            command: None,
        }
    );
    assert_eq!(
        redeem(2),
        ExecutionStatus::Failure {
            error: ExecutionError::CommandArgumentError {
                argument: 0,
                kind: CommandArgumentError::ArgumentWithoutValue,
            },
            command: Some(2),
        }
    );
}

#[test]
fn modules_carry_address_zero() {
    let fixture = Fixture::new();
    let published = fixture.package(fixture.first);
    let modules: Vec<_> = published.modules.into_values().collect();
    let dependencies: Vec<_> = published.linkage_table.into_keys().collect();
    let attempt = Attempt {
        digest: digest(&modules, &dependencies).to_vec(),
        modules,
        dependencies,
        ..Attempt::new(fixture.first, Fixture::second())
    };
    assert_eq!(
        failure(&fixture, attempt),
        fails(ExecutionError::PublishErrorNonZeroAddress)
    );
}

#[test]
fn an_initializer_of_a_new_module_is_not_run_yet_and_an_old_one_never_again() {
    let fixture = Fixture::new();
    // Both versions have the same `init` with its witness: it ran once.
    let (second, executed) = fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
    assert!(executed.events.is_none());
    let initialized = Attempt::new(second, compile("upgrade/initialized"));
    let executed = fixture.attempt(initialized);
    assert_eq!(
        *executed.effects.status(),
        fails(ExecutionError::FeatureNotYetSupported)
    );
}

#[test]
fn a_version_is_as_large_as_a_package_may_be() {
    let mut protocol = ProtocolConfig::default();
    let fixture = Fixture::new();
    let published = fixture
        .chain
        .ledger
        .object(&fixture.first)
        .expect("it exists");
    // What the first version takes, at 7,600 MIST a byte; the second is larger.
    protocol.max_package_bytes = published.storage_rebate() / 7_600;
    let compiled = compile("upgrade/v1");
    let chain = Chain::with_protocol(protocol);
    let (first, executed) = chain.publish_compiled(compiled);
    let executed = upgrade(
        &chain,
        cap_of(&executed),
        Attempt::new(first, Fixture::second()),
    );
    assert!(matches!(
        executed.effects.status(),
        ExecutionStatus::Failure {
            error: ExecutionError::PackageTooBig { .. },
            command: Some(1),
        }
    ));
}

#[test]
fn the_capability_restricts_the_policy_for_good() {
    let fixture = Fixture::new();
    let restricted = fixture.run(|b| {
        let cap = fixture.chain.ledger.object(&fixture.cap).expect("owned");
        let cap = b.object(&cap);
        b.call(
            (Address::TWO, "package", "only_additive_upgrades"),
            vec![],
            vec![cap],
        );
    });
    succeeded(&restricted);
    let attempt = Attempt::new(fixture.first, compile("upgrade/additive"));
    let executed = fixture.attempt(attempt.clone());
    assert!(matches!(
        executed.effects.status(),
        ExecutionStatus::Failure {
            error: ExecutionError::MoveAbort { .. },
            command: Some(0),
        }
    ));
    fixture.upgrade(attempt.with_policy(ADDITIVE));
}
