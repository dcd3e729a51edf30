//! Claims: twenty thousand steps violate nothing, and meet nearly every refusal there is; a run is a function of its seed.

use valet_soak::{Packages, Plan, run};

#[test]
fn twenty_thousand_random_steps_violate_nothing() {
    let packages = Packages::compile().expect("the packages compile");
    let plan = Plan {
        steps: 20_000,
        seed: 1,
    };
    let report = run(&packages, plan).expect("the run is made");
    assert!(report.violations.is_empty(), "{report}");
    assert_eq!(report.steps, 20_000);
    // A run that never gets anywhere proves nothing.
    assert!(report.accepted > 5_000, "{report}");
    assert!(report.reasons() > 60, "{report}");
    assert!(report.promises > 500, "{report}");
}

#[test]
fn the_same_seed_takes_the_same_steps() {
    let packages = Packages::compile().expect("the packages compile");
    let plan = |seed| Plan { steps: 300, seed };
    let told = |seed| run(&packages, plan(seed)).expect("the run").to_string();
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}
