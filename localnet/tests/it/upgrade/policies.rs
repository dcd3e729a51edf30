//! What each policy allows and what it does not, one change at a time.

use std::fs;
use std::path::{Path, PathBuf};

use sui_sdk_types::{ExecutionError, ExecutionStatus, PackageUpgradeError};
use valet_toolchain::CompiledPackage;

use super::{ADDITIVE, Attempt, COMPATIBLE, DEPENDENCY_ONLY, Fixture};
use crate::chain::{compile, compile_at};

/// A text and what it becomes.
type Change<'a> = (&'a str, &'a str);

/// A copy of a package's sources with changes, each to a text that is there once, compiled.
pub(super) fn changed(
    package: impl AsRef<Path>,
    name: &str,
    changes: &[Change<'_>],
) -> CompiledPackage {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
    let to = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("upgrade-{name}"));
    let sources = to.join("sources");
    fs::create_dir_all(&sources).expect("a directory to write");
    fs::copy(from.join("Move.toml"), to.join("Move.toml")).expect("a manifest");
    let mut found = 0;
    for entry in fs::read_dir(from.join("sources")).expect("sources") {
        let path = entry.expect("an entry").path();
        let mut text = fs::read_to_string(&path).expect("a source");
        for (old, new) in changes {
            found += text.matches(old).count();
            text = text.replace(old, new);
        }
        let file = sources.join(path.file_name().expect("a name"));
        fs::write(file, text).expect("written");
    }
    assert_eq!(
        found,
        changes.len(),
        "{name}: every text to change is there once"
    );
    compile_at(to, &[])
}

fn of_first(name: &str, changes: &[Change<'_>]) -> CompiledPackage {
    changed("tests/move/upgrade/v1", name, changes)
}

fn incompatible() -> ExecutionStatus {
    ExecutionStatus::Failure {
        error: ExecutionError::PackageUpgradeError {
            kind: PackageUpgradeError::IncompatibleUpgrade,
        },
        command: Some(1),
    }
}

/// Check what each policy says to a change.
fn check(name: &str, compiled: &CompiledPackage, allowed_by: &[u8]) {
    let fixture = Fixture::new();
    for policy in [COMPATIBLE, ADDITIVE, DEPENDENCY_ONLY] {
        let attempt = Attempt::new(fixture.first, compiled.clone()).with_policy(policy);
        let mut b = crate::chain::Builder::default();
        super::authorize(&fixture.chain, &mut b, fixture.cap, attempt);
        let mut transaction = fixture.chain.transaction(b.finish());
        transaction.gas_payment.budget = 5_000_000_000;
        let simulation = fixture
            .chain
            .ledger
            .simulate(&transaction, &Default::default())
            .expect("accepted");
        let expected = if allowed_by.contains(&policy) {
            ExecutionStatus::Success
        } else {
            incompatible()
        };
        let status = simulation.executed.effects.status();
        assert_eq!(*status, expected, "{name} under {policy}");
    }
}

#[test]
fn the_same_modules_are_allowed_by_every_policy() {
    check(
        "unchanged",
        &compile("upgrade/v1"),
        &[COMPATIBLE, ADDITIVE, DEPENDENCY_ONLY],
    );
}

#[test]
fn additions_are_no_matter_of_dependencies_only() {
    check(
        "additive",
        &compile("upgrade/additive"),
        &[COMPATIBLE, ADDITIVE],
    );
}

#[test]
fn code_and_private_functions_may_change_under_the_compatible_policy() {
    check("v2", &Fixture::second(), &[COMPATIBLE]);
    let cases: [(&str, &[Change<'_>]); 4] = [
        ("constant", &[("VERSION: u64 = 1", "VERSION: u64 = 4")]),
        (
            "body",
            &[("counter.value + step()", "step() + counter.value")],
        ),
        ("jump", &[("Kind::Plain => 0,", "Kind::Plain => 1,")]),
        (
            "private",
            &[("fun step(): u64 { 1 }", "entry fun step(): u64 { 1 }")],
        ),
    ];
    for (name, changes) in cases {
        check(name, &of_first(name, changes), &[COMPATIBLE]);
    }
}

#[test]
fn what_others_rely_on_may_not_change_under_any_policy() {
    let cases: [(&str, &[Change<'_>]); 12] = [
        ("removed", &[("public fun value(", "public fun amount(")]),
        (
            "hidden",
            &[("public fun version()", "public(package) fun version()")],
        ),
        (
            "parameter",
            &[("public fun refuse()", "public fun refuse(_why: u64)")],
        ),
        (
            "result",
            &[("version(): u64 { VERSION }", "version(): u128 { 1 }")],
        ),
        ("constraint", &[("names<T>():", "names<T: drop>():")]),
        (
            "new-ability",
            &[("Counted has copy, drop", "Counted has copy, drop, store")],
        ),
        (
            "lost-ability",
            &[("Kind has copy, drop, store", "Kind has drop, store")],
        ),
        (
            "field-order",
            &[(
                "    value: u64,\n    kind: Kind,",
                "    kind: Kind,\n    value: u64,",
            )],
        ),
        (
            "more-fields",
            &[
                ("    kind: Kind,\n}", "    kind: Kind,\n    more: u8,\n}"),
                ("{ label: 7 } }", "{ label: 7 }, more: 0 }"),
            ],
        ),
        (
            "field-type",
            &[("Labelled { label: u8 }", "Labelled { label: u16 }")],
        ),
        (
            "variant",
            &[
                ("    Plain,\n", "    Plain,\n    Third,\n"),
                ("Kind::Plain => 0,", "Kind::Plain | Kind::Third => 0,"),
            ],
        ),
        (
            "phantom",
            &[
                ("struct Counted has", "struct Counted<phantom T> has"),
                ("event::emit(Counted {", "event::emit(Counted<u64> {"),
            ],
        ),
    ];
    for (name, changes) in cases {
        check(name, &of_first(name, changes), &[]);
    }
}

#[test]
fn a_module_may_be_added_but_not_taken_away() {
    let mut both = compile("upgrade/v1");
    let helper = compile("upgrade/helper");
    both.modules.extend(helper.modules.clone());
    both.digest = super::digest(&both.modules, &both.dependencies);
    check("added", &both, &[COMPATIBLE, ADDITIVE]);
    check("taken away", &helper, &[]);
}
