//! What clients see when the ledger returns to a snapshot while they are connected.

use futures::StreamExt;
use sui_rpc::proto::sui::rpc::v2::{GetTransactionRequest, SubscribeCheckpointsRequest};
use sui_sdk_types::Address;
use tonic::Code;

use crate::support::{client, localnet};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_history_is_rewritten() {
    let localnet = localnet().await;
    let ledger = localnet.ledger();
    let snapshot = ledger.snapshot();
    let mut client = client(&localnet);
    let subscribe = SubscribeCheckpointsRequest::default;
    let stream = client
        .subscription_client()
        .subscribe_checkpoints(subscribe())
        .await;
    let mut stream = stream.expect("opens").into_inner();
    let paid = ledger.fund(Address::TWO, &[1]).expect("pays");
    let frame = stream.next().await.expect("a frame").expect("a checkpoint");
    assert_eq!(frame.cursor(), paid.checkpoint);

    ledger.restore(&snapshot).expect("the same chain");
    // As many checkpoints as before: by numbers alone the stream could not tell.
    ledger.fund(Address::TWO, &[2]).expect("pays");
    ledger.fund(Address::TWO, &[3]).expect("pays");
    let end = stream
        .next()
        .await
        .expect("an end")
        .expect_err("another history");
    assert_eq!(end.code(), Code::Aborted);
    assert!(end.message().contains("reverted"), "{end:?}");

    let request = GetTransactionRequest::new(&paid.digest);
    let missing = client.ledger_client().get_transaction(request).await;
    assert_eq!(missing.expect_err("taken back").code(), Code::NotFound);
    let stream = client
        .subscription_client()
        .subscribe_checkpoints(subscribe())
        .await;
    let mut stream = stream.expect("opens again").into_inner();
    let paid = ledger.fund(Address::TWO, &[4]).expect("pays");
    let frame = stream.next().await.expect("a frame").expect("a checkpoint");
    assert_eq!(frame.cursor(), paid.checkpoint);
}
