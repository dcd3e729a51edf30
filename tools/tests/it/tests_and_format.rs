//! The unit-test runner and the formatter.

use std::{fs, path::PathBuf, time::Duration};

use valet_toolchain::{Error, Event, FormatMode, Toolchain};

use crate::fixture::{TestResult, Workspace};

const TESTED: &str = "module lib::lib;

#[error(code = 7)]
const ENo: vector<u8> = b\"no\";

public fun no() { abort ENo }

#[test, expected_failure(abort_code = ENo)]
fun no_aborts() { no() }
";

#[test]
fn passed_and_failed_tests_are_counted() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, events) = workspace.toolchain()?;
    let path = workspace.package("lib", &[], TESTED)?;
    let report = toolchain.test(&path)?;
    assert_eq!((report.passed, report.failed), (1, 0));
    assert!(
        report.output.contains("[ PASS    ] lib::lib::no_aborts"),
        "{}",
        report.output
    );

    workspace.write(
        "lib/tests/more.move",
        "#[test_only]\nmodule lib::more;\n#[test]\nfun fails() { assert!(1 == 2) }\n",
    )?;
    let report = toolchain.test(&path)?;
    assert_eq!((report.passed, report.failed), (1, 1));
    assert!(
        report.output.contains("[ FAIL    ] lib::more::fails"),
        "{}",
        report.output
    );

    let running = Event::RunningTests {
        package: "lib".into(),
    };
    assert_eq!(
        events.take(),
        [running.clone(), running],
        "tests always run"
    );
    Ok(())
}

#[test]
fn tests_see_the_local_packages() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    workspace.package("lib", &[], TESTED)?;
    let app = workspace.package(
        "app",
        &[("lib", "../lib")],
        "module app::app;\n#[test, expected_failure(abort_code = lib::lib::ENo)]\nfun it_aborts() { lib::lib::no() }\n",
    )?;
    let report = toolchain.test(&app)?;
    assert_eq!((report.passed, report.failed), (1, 0), "{}", report.output);
    Ok(())
}

#[test]
fn a_test_that_does_not_compile_is_an_error() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    let path = workspace.package(
        "lib",
        &[],
        "module lib::lib;\n#[test]\nfun t() { nothing() }\n",
    )?;
    let Err(Error::Compile { diagnostics, .. }) = toolchain.test(&path) else {
        return Err("it compiled".into());
    };
    assert!(diagnostics.contains("sources/lib.move:3"), "{diagnostics}");
    assert!(!diagnostics.contains('\u{1b}'), "no colours");
    Ok(())
}

#[test]
fn an_endless_test_is_stopped() -> TestResult {
    let workspace = Workspace::new()?;
    let path = workspace.package(
        "lib",
        &[],
        "module lib::lib;\n#[test]\nfun t() { loop {} }\n",
    )?;
    let toolchain = Toolchain::builder()
        .with_cache_dir(workspace.path(".valet"))
        .with_test_limit(Duration::from_secs(6))
        .locate()?;
    let Err(error) = toolchain.test(&path) else {
        return Err("it ended".into());
    };
    assert!(
        matches!(error, Error::TimedOut { limit_secs: 6, .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "running the tests of lib was stopped after 6 s: does a test loop forever?"
    );
    Ok(())
}

#[test]
fn files_are_formatted_when_asked_to() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    let untidy = "module lib::lib;\n\npublic   fun one( ):u64{1}\n";
    let path = workspace.package("lib", &[], untidy)?;
    let file = path.join("sources/lib.move");
    let changed = vec![PathBuf::from("sources/lib.move")];

    let report = toolchain.format(&path, FormatMode::Check)?;
    assert_eq!((report.files, &report.changed), (1, &changed));
    assert_eq!(
        fs::read_to_string(&file)?,
        untidy,
        "checking changes nothing"
    );

    assert_eq!(toolchain.format(&path, FormatMode::Write)?.changed, changed);
    assert_eq!(
        fs::read_to_string(&file)?,
        "module lib::lib;\n\npublic fun one(): u64 { 1 }\n"
    );
    assert!(
        toolchain
            .format(&path, FormatMode::Check)?
            .changed
            .is_empty()
    );
    Ok(())
}

#[test]
fn what_cannot_be_parsed_is_named() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    let path = workspace.package("lib", &[], "module lib::lib;\npublic fun (\n")?;
    let Err(Error::Format { detail, .. }) = toolchain.format(&path, FormatMode::Write) else {
        return Err("it was formatted".into());
    };
    assert!(detail.starts_with("sources/lib.move: "), "{detail}");
    Ok(())
}
