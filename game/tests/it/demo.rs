//! The demo, run as a user runs it.

use valet_game::demo::{self, Options, Report};
use valet_localnet::Localnet;

fn quiet(_: &str) {}

#[tokio::test(flavor = "multi_thread")]
async fn one_signature_then_hundreds_of_silent_moves() {
    let mut options = Options::default();
    options.moves = 300;
    let report = demo::run(&options, quiet).await.expect("the demo runs");

    assert_the_main_job(&report);
    assert_eq!(report.network.kind, "localnet");
    assert!(report.boot_ms.is_some_and(|boot| boot > 0.0));
    assert!(
        report
            .actions_per_second_in_process
            .is_some_and(|rate| rate > 0.0)
    );
    let expiry = report.refused_at_expiry.expect("the clock can be set");
    assert_eq!(expiry.refused.name, "session::ESessionExpired");
    assert_eq!((expiry.before.offset_ms, expiry.offset_ms), (-1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_game_on_another_node() {
    let node = Localnet::builder().start().await.expect("a node");
    let mut options = Options::default();
    options.moves = 300;
    options.rpc_url = Some(node.rpc_url());
    options.faucet_url = node.faucet_url();
    let report = demo::run(&options, quiet).await.expect("the demo runs");

    assert_the_main_job(&report);
    assert_eq!(report.network.kind, "remote");
    assert!(report.boot_ms.is_none() && report.refused_at_expiry.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_known_faucet_asks_for_one() {
    let node = Localnet::builder()
        .without_faucet()
        .start()
        .await
        .expect("a node");
    let mut options = Options::default();
    options.rpc_url = Some(node.rpc_url());
    options.faucet_url = Some("http://127.0.0.1:1".to_owned());
    let error = demo::run(&options, quiet).await.expect_err("no faucet");
    assert!(
        format!("{error:#}").contains("the faucet at http://127.0.0.1:1 gave nothing"),
        "{error:#}"
    );
}

fn assert_the_main_job(report: &Report) {
    assert_eq!(report.owner_signatures, 1);
    assert_eq!(report.silent_actions, 300);
    // The moves, the two refused actions and the last settlement.
    assert_eq!(report.session_signatures, 303);
    // Of 301 writes, the owner's to join and one a move, the moves after the 150th and the 300th settle; the rest is at the end.
    assert_eq!(report.settlements, 3);
    assert_eq!((report.unsettled_before, report.unsettled_after), (1, 0));
    assert!(report.debt_before_mist > 0);
    assert_eq!(report.debt_after_mist, 0);
    assert!((report.rpc_calls_per_action - 1.0).abs() < f64::EPSILON);
    // 1,000 units at 1,000 MIST, and 1 % of the deposits of the storage and the record.
    assert_eq!(report.gas_per_action_mist.computation, 1_000_000);
    assert!((1.0..1.05).contains(&report.gas_over_floor));
    assert_eq!(
        report.refused_after_deactivation.name,
        "session::ESessionRevoked"
    );
    assert_eq!(
        report.refused_other_action.name,
        "session::EActionNotGranted"
    );
    assert_eq!(
        report.refused_owner_only_action.name,
        "session::EOwnerOnlyAction"
    );
}
