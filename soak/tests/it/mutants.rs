//! Claims: a guard that is missing in the Move package is found, and shortened to a script that shows it again; and the
//! command tells a changed package that shows itself from one that does not and from one that it cannot run.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use valet_soak::{Packages, Plan, Violation, replay, run};

/// A copy of valet with one piece of a module replaced.
fn mutant(module: &str, from: &str, to: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = directory.path().join("sources");
    fs::create_dir(&sources).expect("a directory");
    fs::copy(
        project.join("Move.toml"),
        directory.path().join("Move.toml"),
    )
    .expect("copied");
    for entry in fs::read_dir(project.join("sources")).expect("the sources") {
        let entry = entry.expect("an entry");
        let mut source = fs::read_to_string(entry.path()).expect("a module");
        if entry.file_name() == module {
            assert!(source.contains(from), "{module} has no `{from}` to mutate");
            source = source.replace(from, to);
        }
        fs::write(sources.join(entry.file_name()), source).expect("written");
    }
    directory
}

/// The first violation that a mutant shows, shortened; it shows again when replayed, and not on what is right.
fn caught(module: &str, from: &str, to: &str) -> Violation {
    let mutant = mutant(module, from, to);
    let packages = Packages::compile_with_valet(mutant.path()).expect("the mutant compiles");
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

/// What `cargo xtask mutants` runs as its second look.
fn look_at(valet: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_valet-soak"))
        .args(["run", "--steps", "200"])
        .env("VALET_MUTANT_PACKAGE", valet)
        .output()
        .expect("it runs")
}

#[test]
fn the_command_runs_the_valet_that_it_is_given() {
    let stdout = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let unchanged = look_at(mutant("grant.move", "", "").path());
    assert_eq!(unchanged.status.code(), Some(0), "{unchanged:?}");
    assert!(stdout(&unchanged).ends_with("violations: 0\n"));

    let changed = look_at(mutant("record.move", "value).length()", "value).length() + 1").path());
    assert_eq!(changed.status.code(), Some(1), "{changed:?}");
    assert!(stdout(&changed).contains("\nviolation: "));

    // Not even a dApp can be registered.
    let from = "assert!(publisher.from_module<D>(), EWrongPublisher);";
    let broken = look_at(mutant("dapp.move", from, "abort EWrongPublisher;").path());
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");

    let missing = look_at(Path::new("no/such/package"));
    assert_eq!(missing.status.code(), Some(2), "{missing:?}");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no/such/package"));
}
