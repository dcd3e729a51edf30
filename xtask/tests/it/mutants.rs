//! The claims:
//!
//! - a guard that no test needs is a survivor, named by its place and its change, and the task fails;
//! - a test that needs it leaves none;
//! - so does an entry in `mutants.toml`, which must give a reason and stand for a change that nothing catches;
//! - a second look decides about what the tests let through, and about nothing else, and only if it lets through what
//!   is not changed;
//! - the report says what caught each.

use std::{fs, path::Path, process::Output};

use tempfile::TempDir;

use crate::{TestResult, package, text, xtask};

const SOURCE: &str = "module lib::lib;

const EOverLimit: u64 = 1;

public fun take(limit: u64, amount: u64): u64 {
    assert!(amount <= limit, EOverLimit);
    limit - amount
}

#[test]
fun less_is_taken() { assert!(take(10, 3) == 7) }

#[test, expected_failure(abort_code = EOverLimit)]
fun more_is_not_taken() { take(10, 12); }
";

const AT_THE_LIMIT: &str = "
#[test]
fun all_is_taken() { assert!(take(10, 10) == 0) }
";

fn mutants(package: &Path, arguments: &[&str]) -> std::io::Result<Output> {
    xtask(&["mutants", "--jobs", "1", "--package"])
        .arg(package)
        .args(arguments)
        .output()
}

fn last_line(output: &Output) -> String {
    let stdout = text(&output.stdout);
    stdout.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_guard_that_no_test_needs_survives() -> TestResult {
    let directory = TempDir::new()?;
    let path = package(&directory.path().join("lib"), SOURCE)?;
    let output = mutants(&path, &[])?;
    let stdout = text(&output.stdout);
    assert_eq!(last_line(&output), "survivors: 1", "{stdout}");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout.starts_with(
            "sources/lib.move:6:20: comparison in lib::take\n\
             \x20 -     assert!(amount <= limit, EOverLimit);\n\
             \x20 +     assert!(amount < limit, EOverLimit);\n\
             4 mutants: 3 killed by a test,"
        ),
        "{stdout}"
    );
    assert_eq!(fs::read_to_string(path.join("sources/lib.move"))?, SOURCE);

    // A second look that sees the change, and one that does not.
    let sees = "grep -q 'amount <= limit' $VALET_MUTANT_PACKAGE/sources/lib.move";
    let output = mutants(&path, &["--second-look", sees])?;
    assert_eq!(last_line(&output), "survivors: 0");
    let stdout = text(&output.stdout);
    assert!(stdout.contains("1 by the second look"), "{stdout}");
    assert!(
        stdout.starts_with("no Move test notices this, but the second look does:\n"),
        "{stdout}"
    );
    let output = mutants(&path, &["--second-look", "true"])?;
    assert_eq!(last_line(&output), "survivors: 1");

    // A second look that sees changes everywhere says nothing.
    let output = mutants(&path, &["--second-look", "false"])?;
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("notices a change where there is none"),
        "{stderr}"
    );
    Ok(())
}

#[test]
fn a_test_that_needs_the_guard_leaves_no_survivor() -> TestResult {
    let directory = TempDir::new()?;
    let path = package(
        &directory.path().join("lib"),
        &[SOURCE, AT_THE_LIMIT].concat(),
    )?;
    let output = mutants(&path, &[])?;
    assert_eq!(last_line(&output), "survivors: 0");
    assert!(output.status.success());

    let entry = "[[equivalent]]\nmodule = \"lib\"\nfunction = \"take\"\nreason = \"none\"\n\
        before = \"assert!(amount <= limit, EOverLimit);\"\nafter = \"assert!(amount < limit, EOverLimit);\"\n";
    fs::write(path.join("mutants.toml"), entry)?;
    let output = mutants(&path, &[])?;
    let stdout = text(&output.stdout);
    assert!(
        stdout.contains("listed as equivalent, but caught"),
        "{stdout}"
    );
    assert_eq!(output.status.code(), Some(1));

    fs::write(
        path.join("mutants.toml"),
        entry.replace("<= limit", "== limit"),
    )?;
    let output = mutants(&path, &["--list"])?;
    assert!(text(&output.stderr).contains("matches no mutant"));
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

#[test]
fn a_listed_equivalent_is_no_survivor() -> TestResult {
    let directory = TempDir::new()?;
    let path = package(&directory.path().join("lib"), SOURCE)?;
    fs::write(
        path.join("mutants.toml"),
        "[[equivalent]]\nmodule = \"lib\"\nfunction = \"take\"\nreason = \"for the sake of the test\"\n\
         before = \"assert!(amount <= limit, EOverLimit);\"\nafter = \"assert!(amount < limit, EOverLimit);\"\n",
    )?;
    let output = mutants(&path, &["--json"])?;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["survivors"].as_array().map(Vec::len), Some(0));
    assert_eq!(report["killed_by_test"], 3);
    let test = report["killed"][0]["test"].as_str().unwrap_or_default();
    assert!(test.starts_with("lib::lib::"), "{report}");
    assert_eq!(
        report["equivalent"][0]["reason"],
        "for the sake of the test"
    );
    Ok(())
}

#[test]
fn tests_that_fail_without_a_change_are_an_error() -> TestResult {
    let directory = TempDir::new()?;
    let path = package(
        &directory.path().join("lib"),
        &SOURCE.replace("== 7", "== 8"),
    )?;
    let output = mutants(&path, &[])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("fail without any change: lib::lib::less_is_taken"));
    Ok(())
}
