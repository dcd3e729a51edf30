//! Claims: many bots play at once, each after one signature, and every hero is as its moves made it.

use std::time::Duration;

use valet_game::load;

#[tokio::test(flavor = "multi_thread")]
async fn d5_many_players_at_once_and_no_move_is_lost() {
    let mut options = load::Options::default();
    options.players = 6;
    options.duration = Duration::from_secs(2);
    let report = load::run(&options, |_| {}).await.expect("played");
    assert_eq!((report.players, report.wallet_signatures), (6, 6));
    assert_eq!(report.first_failure, None);
    assert!(report.heroes_match, "{report}");
    assert!(report.moves > 6, "{report}");
    let figures = serde_json::to_value(&report).expect("JSON");
    assert_eq!(figures["moves"], report.moves);
}

#[tokio::test]
async fn an_invitation_that_cannot_be_read_is_told() {
    let mut options = load::Options::default();
    options.join = Some("nowhere.json".into());
    let error = load::run(&options, |_| {}).await.expect_err("no such file");
    let text = format!("{error:#}");
    assert!(
        text.starts_with("reading the invitation nowhere.json; "),
        "{text}"
    );
}
