//! Claims: independent actions are in flight together; a lane keeps its order, joins what waits, and gives each action an outcome
//! of its own; nothing is lost or doubled. (D5.)

use valet_client::{Call, Error, Receipt, RecordChange, SessionOptions, ValetEvent};

use super::{Stage, hour};

const EAST: u8 = 1;
const WEST: u8 = 3;
const NOWHERE: u8 = 9;

fn step(stage: &Stage, direction: u8) -> Call {
    stage.call("step").storage().arg(&direction).clock()
}

/// Where the hero stood after each write, from west to east.
fn places(receipt: &Receipt) -> Vec<u8> {
    let events = receipt.valet_events().iter();
    events
        .filter_map(|event| match event {
            // The key is one byte, then comes x.
            ValetEvent::RecordWritten(record) if record.change == RecordChange::Set => {
                record.key_and_value.get(1).copied()
            }
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn d5_a_lane_plays_in_the_order_in_which_actions_came() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let lane = session.lane();
    let answers: Vec<_> = (0..6).map(|_| lane.play(&step(&stage, EAST))).collect();
    let mut seen = Vec::new();
    for answer in answers {
        let played = answer.await.expect("a move");
        assert_eq!((played.position(), played.joined()), (0, 1));
        seen.extend(places(&played));
    }
    assert_eq!(seen, [9, 10, 11, 12, 13, 14]);
}

#[tokio::test]
async fn d5_what_waits_leaves_together_in_order() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let lane = session.joining_lane(4);
    let before = stage.valet.network().rpc_calls();
    let answers: Vec<_> = (0..7).map(|_| lane.play(&step(&stage, EAST))).collect();
    let mut transactions = Vec::new();
    for answer in answers {
        let played = answer.await.expect("a move");
        if played.position() == 0 {
            transactions.push(places(&played));
        }
        assert!(played.joined() <= 4);
    }
    assert_eq!(transactions.concat(), [9, 10, 11, 12, 13, 14, 15]);
    let requests = usize::try_from(stage.valet.network().rpc_calls() - before).expect("small");
    assert_eq!(requests, transactions.len(), "one request for each");
    assert!(requests <= 3, "{transactions:?}");
}

#[tokio::test]
async fn d5_a_full_lane_refuses_at_once_and_plays_what_it_took() {
    let stage = Stage::set().await;
    let options = SessionOptions::new().with_max_waiting(3);
    let onboarding = stage.joining(hour()).with_options(options);
    let (session, _) = stage.onboard(onboarding).await;
    let lane = session.lane();
    // Nothing is awaited in between, so the lane has not begun when the fourth comes.
    let taken: Vec<_> = (0..3).map(|_| lane.play(&step(&stage, EAST))).collect();
    let refused = lane.play(&step(&stage, WEST)).await.expect_err("full");
    assert!(
        matches!(refused, Error::LaneFull { waiting: 3 }),
        "{refused:?}"
    );
    assert!(
        refused.to_string().contains("nothing was sent"),
        "{refused}"
    );
    let mut seen = Vec::new();
    for answer in taken {
        seen.extend(places(&answer.await.expect("a move")));
    }
    assert_eq!(seen, [9, 10, 11], "and the fourth never was");
    let again = lane.play(&step(&stage, WEST)).await.expect("room again");
    assert_eq!(places(&again), [10]);
}

#[tokio::test]
async fn d5_one_that_fails_takes_no_other_down_and_nothing_is_doubled() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let before = stage.account().status().await.expect("an account");
    let lane = session.joining_lane(16);
    // The first leaves alone; the others wait and are joined.
    let directions = [EAST, EAST, NOWHERE, WEST, EAST, NOWHERE, EAST];
    let answers: Vec<_> = directions
        .iter()
        .map(|direction| lane.play(&step(&stage, *direction)))
        .collect();
    let mut failed = 0;
    for (direction, answer) in directions.iter().zip(answers) {
        match answer.await {
            Ok(_) => assert_ne!(*direction, NOWHERE),
            Err(error) => {
                assert_eq!(*direction, NOWHERE, "{error}");
                let abort = error.failure().and_then(|failure| failure.abort());
                let name = abort.and_then(|abort| abort.name().map(str::to_owned));
                assert_eq!(name.as_deref(), Some("EUnknownDirection"));
                failed += 1;
            }
        }
    }
    assert_eq!(failed, 2);
    let after = stage.account().status().await.expect("an account");
    assert_eq!(after.write_count - before.write_count, 5, "each once");
}

#[tokio::test]
async fn d5_an_action_of_several_calls_stays_whole() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let before = stage.account().status().await.expect("an account");
    let lane = session.joining_lane(8);
    let warm_up = lane.play(&step(&stage, EAST));
    let whole = lane.play_all(&[step(&stage, EAST), step(&stage, WEST)]);
    let broken = lane.play_all(&[step(&stage, EAST), step(&stage, NOWHERE)]);
    let last = lane.play(&step(&stage, WEST));
    warm_up.await.expect("a move");
    whole.await.expect("both");
    let error = broken.await.expect_err("neither");
    assert!(matches!(error, Error::Aborted(_)), "{error}");
    last.await.expect("a move");
    let after = stage.account().status().await.expect("an account");
    assert_eq!(after.write_count - before.write_count, 4);
}

#[tokio::test]
async fn d5_independent_actions_have_outcomes_in_the_order_of_the_calls() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let calls = [
        step(&stage, EAST),
        step(&stage, NOWHERE),
        step(&stage, WEST),
    ];
    let outcomes = session.play_each(&calls).await;
    let successes: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(successes, [true, false, true]);
}
