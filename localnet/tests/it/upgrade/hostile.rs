//! Upgrades with bytecode that did not come from a compiler: a typed answer to every one, and a ledger that goes on.

use std::collections::BTreeMap;
use std::sync::Mutex;

use sui_sdk_types::{ExecutionError, ExecutionStatus};
use valet_toolchain::CompiledPackage;

use super::{ADDITIVE, Attempt, COMPATIBLE, DEPENDENCY_ONLY, Fixture, authorize, digest};
use crate::assembler::Assembly;
use crate::chain::compile;

/// The outcome of an upgrade of the first version to these modules, with a ticket for them. A module that is accepted is
/// given up by an abort after it, so that the next one finds the same first version.
fn attempt(fixture: &Fixture, modules: Vec<Vec<u8>>, policy: u8) -> ExecutionStatus {
    let mut attempt = Attempt::new(fixture.first, compiled("upgrade/v1")).with_policy(policy);
    attempt.digest = digest(&modules, &attempt.dependencies).to_vec();
    attempt.modules = modules;
    let executed = fixture.run(|b| {
        authorize(&fixture.chain, b, fixture.cap, attempt);
        b.call((fixture.first, "base", "refuse"), vec![], vec![]);
    });
    let versions = fixture.chain.ledger.package_versions(&fixture.first);
    assert_eq!(versions, [(1, fixture.first)]);
    executed.effects.status().clone()
}

/// A test package, compiled once.
fn compiled(name: &'static str) -> CompiledPackage {
    static COMPILED: Mutex<BTreeMap<&str, CompiledPackage>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().expect("no test panics while it compiles");
    compiled
        .entry(name)
        .or_insert_with(|| compile(name))
        .clone()
}

#[test]
fn t37_truncated_modules_are_refused() {
    let fixture = Fixture::new();
    let module = Fixture::second().modules.remove(0);
    for length in (0..module.len()).step_by(5) {
        assert_eq!(
            attempt(&fixture, vec![module[..length].to_vec()], COMPATIBLE),
            ExecutionStatus::Failure {
                error: ExecutionError::VmVerificationOrDeserializationError,
                command: Some(1),
            },
            "{length}"
        );
    }
    fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
}

#[test]
fn t37_corrupted_modules_are_answered_under_every_policy() {
    let fixture = Fixture::new();
    let policies = [COMPATIBLE, ADDITIVE, DEPENDENCY_ONLY];
    for (package, policy) in ["upgrade/v1", "upgrade/v2", "upgrade/additive"]
        .into_iter()
        .zip(policies.into_iter().rev())
    {
        let module = compiled(package).modules.remove(0);
        for position in (0..module.len()).step_by(5) {
            let mut corrupted = module.clone();
            corrupted[position] ^= [0x01, 0x80, 0xff][position % 3];
            // It may still be a valid module; all that matters is that it is answered, and never as a fault of the ledger.
            let status = attempt(&fixture, vec![corrupted], policy);
            assert!(
                !matches!(
                    status,
                    ExecutionStatus::Failure {
                        error: ExecutionError::InvariantViolation
                            | ExecutionError::VmInvariantViolation,
                        ..
                    }
                ),
                "{package} at {position}: {status:?}"
            );
        }
    }
    fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
}

#[test]
fn t37_forged_values_are_refused_by_an_upgrade() {
    let fixture = Fixture::new();
    let mut modules = Fixture::second().modules;
    modules.push(Assembly::forger().bytes());
    assert_eq!(
        attempt(&fixture, modules, COMPATIBLE),
        ExecutionStatus::Failure {
            error: ExecutionError::VmVerificationOrDeserializationError,
            command: Some(1),
        }
    );
}

#[test]
fn t37_a_module_twice_or_of_nobody_is_refused() {
    let fixture = Fixture::new();
    let module = Fixture::second().modules.remove(0);
    for modules in [vec![module.clone(), module], vec![Vec::new()]] {
        assert_eq!(
            attempt(&fixture, modules, COMPATIBLE),
            ExecutionStatus::Failure {
                error: ExecutionError::VmVerificationOrDeserializationError,
                command: Some(1),
            }
        );
    }
}
