//! The claims:
//!
//! - a change is tried in memory: the verdict is that of the changed package, and the files stay as they are;
//! - one process serves many trials, and an endless one costs only itself.

use std::{collections::BTreeMap, fs, time::Duration};

use valet_toolchain::{Trial, Verdict};

use crate::fixture::{TestResult, Workspace};

const SOURCE: &str = "module lib::lib;

public fun least(a: u64, b: u64): u64 {
    if (a < b) a else b
}
";

const TESTS: &str = "module lib::lib_tests;

#[test]
fun the_smaller_one() { assert!(lib::lib::least(1, 2) == 1) }
";

const LIMIT: Duration = Duration::from_secs(120);

fn edit(text: &str) -> Trial {
    Trial {
        edits: BTreeMap::from([("sources/lib.move".to_owned(), text.to_owned())]),
        without: Vec::new(),
    }
}

#[test]
fn each_trial_is_judged_by_itself() -> TestResult {
    let workspace = Workspace::new()?;
    let path = workspace.package("lib", &[], SOURCE)?;
    workspace.write("lib/tests/lib_tests.move", TESTS)?;
    let (toolchain, _) = workspace.toolchain()?;
    let mut trials = toolchain.trials(&path)?;
    assert_eq!(trials.name(), "lib");
    assert_eq!(
        trials.files().get("sources/lib.move").map(String::as_str),
        Some(SOURCE)
    );

    assert_eq!(trials.run(&Trial::default(), LIMIT)?, Verdict::Passed);
    let wrong = edit(&SOURCE.replace("a < b", "a > b"));
    let failed = Verdict::Failed {
        tests: vec!["lib::lib_tests::the_smaller_one".to_owned()],
    };
    assert_eq!(trials.run(&wrong, LIMIT)?, failed);
    let without_tests = Trial {
        without: vec!["tests/lib_tests.move".to_owned()],
        ..wrong
    };
    assert_eq!(trials.run(&without_tests, LIMIT)?, Verdict::Passed);
    let refused = trials.run(&edit(&SOURCE.replace("a else", "true else")), LIMIT)?;
    assert!(
        matches!(&refused, Verdict::Refused { diagnostics } if diagnostics.contains("error[")),
        "{refused:?}"
    );

    let endless = edit(&SOURCE.replace("if (a < b)", "loop {}; if (a < b)"));
    assert_eq!(
        trials.run(&endless, Duration::from_secs(20))?,
        Verdict::TimedOut
    );
    assert_eq!(trials.run(&Trial::default(), LIMIT)?, Verdict::Passed);
    assert_eq!(fs::read_to_string(path.join("sources/lib.move"))?, SOURCE);
    Ok(())
}

#[test]
fn a_package_with_dependencies_of_its_own_is_tried() -> TestResult {
    let workspace = Workspace::new()?;
    workspace.package(
        "base",
        &[],
        "module base::base;\n\npublic fun now(clock: &sui::clock::Clock): u64 { clock.timestamp_ms() }\n",
    )?;
    let source = "module app::app;\n\nuse sui::{clock, table};\n\n#[test]\nfun time_stands_still() {\n    \
        let ctx = &mut tx_context::dummy();\n    let clock = clock::create_for_testing(ctx);\n    \
        let table = table::new<u8, u8>(ctx);\n    assert!(base::base::now(&clock) == 0);\n    \
        table.destroy_empty();\n    clock.destroy_for_testing();\n}\n";
    let path = workspace.package("app", &[("base", "../base")], source)?;
    let (toolchain, _) = workspace.toolchain()?;
    let trials = toolchain.trials(&path)?;
    assert_eq!(
        trials.fork().run(&Trial::default(), LIMIT)?,
        Verdict::Passed
    );
    Ok(())
}
