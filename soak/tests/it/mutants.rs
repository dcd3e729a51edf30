//! Claims: a guard that is missing in the Move package is found, and shortened to a script that shows it again.

use std::{fs, path::Path};

use valet_soak::{Packages, Plan, Violation, replay, run};

/// What the compiler needs of the project.
const PARTS: [&str; 5] = [
    "Move.toml",
    "sources",
    "game/move",
    "game/bazaar",
    "soak/move",
];

/// The project with one piece of a Move module replaced.
fn mutated(module: &str, from: &str, to: &str) -> (tempfile::TempDir, Packages) {
    let directory = tempfile::tempdir().expect("a directory");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for part in PARTS {
        copy(&project.join(part), &directory.path().join(part));
    }
    let path = directory.path().join("sources").join(module);
    let source = fs::read_to_string(&path).expect("the module");
    assert!(source.contains(from), "{module} has no `{from}` to mutate");
    fs::write(&path, source.replace(from, to)).expect("written");
    let packages = Packages::compile_at(directory.path()).expect("the mutant compiles");
    (directory, packages)
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a directory");
        for entry in fs::read_dir(from).expect("a directory") {
            let entry = entry.expect("an entry");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
        fs::copy(from, to).expect("copied");
    }
}

/// The first violation that a mutant shows, shortened; it shows again when replayed, and not on what is right.
fn caught(module: &str, from: &str, to: &str) -> Violation {
    let (_directory, packages) = mutated(module, from, to);
    let plan = Plan {
        steps: 40_000,
        seed: 1,
    };
    let report = run(&packages, plan).expect("the run is made");
    let violation = report.violations.into_iter().next();
    let violation = violation.expect("the mutant is caught");
    assert!(violation.script.len() < 30, "{violation:?}");
    let again = replay(&packages, &violation.script).expect("the replay is made");
    assert!(!again.violations.is_empty(), "{violation:?}");
    let right = Packages::compile().expect("the packages compile");
    let right = replay(&right, &violation.script).expect("the replay is made");
    assert!(right.violations.is_empty(), "{right}");
    violation
}

#[test]
fn a_call_budget_that_is_not_checked_is_found() {
    let violation = caught("grant.move", "*calls = *calls - 1;", "*calls = *calls;");
    assert!(violation.what.contains("remaining_calls"), "{violation:?}");
}

#[test]
fn an_expiry_that_is_a_millisecond_late_is_found() {
    caught(
        "grant.move",
        "now_ms >= self.expires_at_ms",
        "now_ms > self.expires_at_ms",
    );
}

#[test]
fn a_draw_that_forgets_the_draws_before_it_is_found() {
    caught("allowance.move", "amount > *max - drawn", "amount > *max");
}
