//! Claims: a session whose actions fail again and again stops by itself, after a number that is set, and says how to go on; what
//! was not executed does not count. (Threat 10.)

use sui_sdk_types::ExecutionStatus;
use tonic::Status;
use valet_client::{Error, SessionOptions};

use super::{aborted, session, step};
use crate::node::Answer;

fn failing() -> Answer {
    Answer::Execute(aborted("0xd0", "arena", 9 << 48 | 1 << 63, 0), vec![])
}

#[tokio::test]
async fn t10_failures_in_a_row_stop_the_session_and_cost_no_more_than_stated() {
    const FAILURES: u32 = 4;
    let (node, session) = session(SessionOptions::new().with_max_failures(FAILURES), 0).await;
    node.script((0..100).map(|_| failing()));
    for _ in 0..FAILURES {
        let error = session.play(&step()).await.expect_err("aborted");
        assert!(matches!(error, Error::Aborted(_)), "{error}");
    }
    for _ in 0..50 {
        let error = session.play(&step()).await.expect_err("stopped");
        // The node charges 1,000,000 MIST for each.
        assert!(
            matches!(
                error,
                Error::Stopped {
                    failures: FAILURES,
                    gas: 4_000_000,
                    ..
                }
            ),
            "{error}"
        );
        assert!(error.to_string().contains("Session::go_on"), "{error}");
    }
    assert_eq!(node.take_sent().len(), 4, "nothing more was sent");

    node.state().answers.clear();
    session.go_on();
    session.play(&step()).await.expect("a move");
}

#[tokio::test]
async fn t10_a_success_begins_the_count_anew_and_refusals_before_execution_do_not_count() {
    let (node, session) = session(SessionOptions::new().with_max_failures(2), 0).await;
    for _ in 0..5 {
        node.script([failing(), Answer::Execute(ExecutionStatus::Success, vec![])]);
        session.play(&step()).await.expect_err("aborted");
        session.play(&step()).await.expect("a move");
    }
    node.script((0..5).map(|_| Answer::Refuse(Status::invalid_argument("no"))));
    for _ in 0..5 {
        let error = session.play(&step()).await.expect_err("rejected");
        assert!(matches!(error, Error::Rejected { .. }), "{error}");
    }
    session.play(&step()).await.expect("a move");
}

#[tokio::test]
async fn t10_what_is_in_flight_when_it_stops_is_all_that_it_can_burn_besides() {
    const IN_FLIGHT: usize = 3;
    let options = SessionOptions::new()
        .with_max_failures(2)
        .with_max_in_flight(IN_FLIGHT);
    let (node, session) = session(options, 0).await;
    node.script((0..100).map(|_| failing()));
    let calls = vec![step(); 40];
    let outcomes = futures::future::join_all(calls.iter().map(|call| session.play(call))).await;
    assert!(outcomes.iter().all(Result::is_err));
    let sent = node.take_sent().len();
    assert!((2..2 + IN_FLIGHT).contains(&sent), "{sent}");
}
