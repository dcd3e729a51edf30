//! Claims: a lane whose transaction has an unknown outcome sends nothing that would come after it. (D5; threat 23.)

use tonic::Status;
use valet_client::{Error, SessionOptions};

use super::{session, step};
use crate::node::Answer;

#[tokio::test]
async fn d5_t23_a_lane_waits_for_an_unknown_outcome_and_doubles_nothing() {
    let (node, session) = session(SessionOptions::new(), 0).await;
    let lane = session.lane();
    node.script((0..60).map(|_| Answer::Refuse(Status::unavailable("down"))));
    let error = lane.play(&step()).await.expect_err("nobody knows");
    let Error::Unconfirmed(pending) = error else {
        panic!("{error}");
    };
    node.take_sent();
    let error = lane.play(&step()).await.expect_err("not before the first");
    assert!(
        matches!(error, Error::LaneBlocked { digest } if digest == pending.digest()),
        "{error}"
    );
    let sent = node.take_sent();
    assert!(
        sent.iter().all(|sent| sent.digest() == pending.digest()),
        "the same bytes and nothing else"
    );

    node.state().answers.clear();
    lane.play(&step()).await.expect("after the first");
    let digests: Vec<_> = node.take_sent().iter().map(|sent| sent.digest()).collect();
    assert_eq!((digests.len(), digests[0]), (2, pending.digest()));
    assert_eq!(node.state().executed.len(), 2, "both, once each");
}
