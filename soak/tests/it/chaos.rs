//! Claims: whatever goes wrong between a real client and a real ledger, nothing is lost, doubled or stuck; and callers who do not
//! do as the client says are found out.

use std::path::PathBuf;

use valet_soak::{Caller, ChaosPlan, ChaosReport, Packages, chaos};

fn run(actions: u64, caller: Caller) -> ChaosReport {
    let packages = Packages::compile().expect("the packages compile");
    let plan = ChaosPlan {
        actions,
        seed: 7,
        caller,
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_valet-soak"))),
    };
    chaos(&packages, &plan).expect("the run is made")
}

#[test]
fn t3_t23_t24_faults_restarts_revocations_and_epochs_lose_and_double_nothing() {
    let report = run(500, Caller::Careful);
    assert!(report.is_clean(), "{report}");
    assert!(
        report
            .to_string()
            .ends_with("\nlost: 0, doubled: 0, stuck: 0")
    );
    // A run in which nothing went wrong proves nothing.
    assert_eq!(report.faults.len(), 12, "every fault: {report}");
    assert!(report.injected() > 100, "{report}");
    assert!(report.ended > 5 && report.killed > 0, "{report}");
    assert!(report.epochs > 5 && report.revocations > 0, "{report}");
    assert!(report.renewals > 0, "{report}");
    assert!(report.answers["recovered"] > 0, "{report}");
}

#[test]
fn t23_a_caller_that_plays_anew_after_an_error_is_found_to_double() {
    let report = run(120, Caller::PlaysAnew);
    assert!(report.doubled > 0 && !report.is_clean(), "{report}");
    let text = report.to_string();
    assert!(text.contains("took effect 2 times"), "{text}");
    assert!(text.contains("again: cargo xtask chaos --actions 120 --seed 7\n"));
}

#[test]
fn t23_a_caller_that_takes_every_action_for_done_is_found_to_lose() {
    let report = run(120, Caller::AssumesSuccess);
    assert!(report.lost > 0 && !report.is_clean(), "{report}");
}
