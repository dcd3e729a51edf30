//! Dependents: which version of a package they run, and which they may be linked to.

use sui_sdk_types::{Address, ExecutionError, ExecutionStatus, Publish};

use super::{Attempt, Fixture, cap_of, dependent, digest, relink, upgrade};
use crate::chain::{Builder, compile_at, succeeded};
use valet_toolchain::{CompiledPackage, PublishedDependency};

fn fails(error: ExecutionError, command: u64) -> ExecutionStatus {
    ExecutionStatus::Failure {
        error,
        command: Some(command),
    }
}

fn publish(fixture: &Fixture, compiled: CompiledPackage) -> ExecutionStatus {
    let executed = fixture.run(|b: &mut Builder| {
        let cap = b.command(sui_sdk_types::Command::Publish(Publish {
            modules: compiled.modules,
            dependencies: compiled.dependencies,
        }));
        let me = b.pure(&fixture.chain.account.address);
        b.transfer(vec![cap], me);
    });
    executed.effects.status().clone()
}

/// A package that depends on the dependent, which depends on the test package.
fn outer(fixture: &Fixture, inner: Address, linked: Address) -> CompiledPackage {
    let dependencies = [
        PublishedDependency::new("base", fixture.first),
        PublishedDependency::new("dependent", inner),
    ];
    let mut compiled = compile_at("tests/move/upgrade/outer", &dependencies);
    relink(&mut compiled, fixture.first, linked);
    compiled
}

#[test]
fn a_dependent_runs_the_version_it_was_linked_to_until_it_is_upgraded() {
    let fixture = Fixture::new();
    let first = fixture.first;
    let (old, published) = fixture.chain.publish_compiled(dependent(first, first));
    let cap = cap_of(&published);
    let (second, _) = fixture.upgrade(Attempt::new(first, Fixture::second()));
    assert_eq!(fixture.version(old, "dependent"), 1);

    // Published again, against the new version: the same bytecode, another linkage.
    let (new, _) = fixture.chain.publish_compiled(dependent(first, second));
    assert_eq!(fixture.version(new, "dependent"), 2);
    let linked = fixture.package(new).linkage_table;
    let info = linked
        .get(&first)
        .expect("linked by the first version's id");
    assert_eq!((info.upgraded_id, info.upgraded_version), (second, 2));

    // Upgraded to the new version, for its dependencies only.
    let attempt = Attempt::new(old, dependent(first, second)).with_policy(super::DEPENDENCY_ONLY);
    let executed = upgrade(&fixture.chain, cap, attempt);
    succeeded(&executed);
    let upgraded = super::package_of(&executed);
    assert_eq!(fixture.version(upgraded, "dependent"), 2);
    assert_eq!(fixture.version(old, "dependent"), 1);

    // Every dependent works on the same objects, each through the version it is linked to.
    let made = fixture.run(|b| {
        let counter = b.call((first, "base", "new"), vec![], vec![]);
        for package in [old, new, upgraded] {
            b.call((package, "dependent", "count"), vec![], vec![counter]);
        }
        let me = b.pure(&fixture.chain.account.address);
        b.transfer(vec![counter], me);
    });
    succeeded(&made);
    let counter = super::of_type(&made, "Counter");
    let data = counter.as_struct().expect("an object");
    assert_eq!(data.contents()[32..40], (1u64 + 2 + 2).to_le_bytes());
    // Stamped with what the transaction called, whichever package emitted.
    let events = &made.events.as_ref().expect("emitted").0;
    let stamps: Vec<_> = events.iter().map(|event| event.package_id).collect();
    assert_eq!(stamps, [old, new, upgraded]);
}

#[test]
fn the_outermost_package_chooses_the_version_for_all_it_reaches() {
    let fixture = Fixture::new();
    let first = fixture.first;
    let (inner, _) = fixture.chain.publish_compiled(dependent(first, first));
    let (second, _) = fixture.upgrade(Attempt::new(first, Fixture::second()));
    let (package, _) = fixture
        .chain
        .publish_compiled(outer(&fixture, inner, second));
    // The dependent alone runs the first version; called by a package linked to the second, the second.
    assert_eq!(fixture.version(inner, "dependent"), 1);
    assert_eq!(fixture.version(package, "outer"), 2);
}

#[test]
fn dependencies_are_complete_unambiguous_and_no_older_than_needed() {
    let fixture = Fixture::new();
    let first = fixture.first;
    let (second, _) = fixture.upgrade(Attempt::new(first, Fixture::second()));
    let (inner, published) = fixture.chain.publish_compiled(dependent(first, second));

    let downgraded = outer(&fixture, inner, first);
    assert_eq!(
        publish(&fixture, downgraded.clone()),
        fails(ExecutionError::PublishUpgradeDependencyDowngrade, 0)
    );
    let mut incomplete = downgraded.clone();
    incomplete.dependencies.retain(|id| *id != first);
    assert_eq!(
        publish(&fixture, incomplete),
        fails(ExecutionError::PublishUpgradeMissingDependency, 0)
    );
    let mut both = downgraded;
    both.dependencies.push(second);
    assert_eq!(
        publish(&fixture, both),
        fails(ExecutionError::InvalidLinkage, 0)
    );

    // The same for an upgrade, which is the second command.
    let cap = cap_of(&published);
    let mut missing = Attempt::new(inner, dependent(first, second));
    missing.dependencies.retain(|id| *id != second);
    missing.digest = digest(&missing.modules, &missing.dependencies).to_vec();
    let executed = upgrade(&fixture.chain, cap, missing);
    assert_eq!(
        *executed.effects.status(),
        fails(ExecutionError::PublishUpgradeMissingDependency, 1)
    );
    // Going back to an older dependency is allowed while nothing else needs the newer one.
    let back = Attempt::new(inner, dependent(first, first));
    let executed = upgrade(&fixture.chain, cap, back);
    succeeded(&executed);
    let upgraded = super::package_of(&executed);
    assert_eq!(fixture.version(upgraded, "dependent"), 1);
}
