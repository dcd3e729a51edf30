//! Faults on purpose: each does to a call what it says, as often as it says, and nothing to others.

use std::time::{Duration, Instant};

use futures::StreamExt;
use sui_rpc::Client;
use sui_rpc::proto::sui::rpc::v2::{
    ExecuteTransactionRequest, GetEpochRequest, GetObjectRequest, GetServiceInfoRequest,
    SubscribeCheckpointsRequest,
};
use sui_sdk_types::{Address, Digest};
use valet_localnet::Localnet;
use valet_localnet::faults::{Action, Calls, Code, Fault, Method, Status};

use crate::support::{Wallet, client, localnet, payment};

async fn read(client: &mut Client) -> Result<(), Status> {
    let request = GetObjectRequest::new(&Address::from_static("0x6"));
    client.ledger_client().get_object(request).await.map(drop)
}

/// A payment, and the digest by which the ledger knows it once it is executed.
fn pay(localnet: &Localnet) -> (ExecuteTransactionRequest, Digest) {
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(localnet, [1_000_000_000]);
    let transaction = payment(1, Address::TWO).transaction(wallet.address, vec![gas]);
    let signatures = [wallet.sign(&transaction)];
    (
        crate::support::execute_request(&transaction, &signatures),
        transaction.digest(),
    )
}

async fn execute(client: &mut Client, request: &ExecuteTransactionRequest) -> Result<(), Status> {
    let answer = client
        .execution_client()
        .execute_transaction(request.clone())
        .await?;
    assert!(
        answer
            .into_inner()
            .transaction()
            .effects()
            .status()
            .success()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_fails_once_and_nothing_else_does() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let faults = localnet.faults();
    let fault = faults.fail_once(Method::GetObject, Status::resource_exhausted("too much"));
    client
        .ledger_client()
        .get_epoch(GetEpochRequest::default())
        .await
        .expect("another method");
    let refused = read(&mut client).await.expect_err("as told");
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::ResourceExhausted, "too much")
    );
    read(&mut client).await.expect("once only");
    assert_eq!(faults.hits(fault), 1);
    assert!(faults.active().is_empty());
    assert_eq!(
        localnet.request_counts().of("LedgerService/GetObject"),
        2,
        "what came in is counted, whatever happened to it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_waits_for_its_turn_and_repeats() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let fail = Action::Fail(Status::unavailable("not now"));
    let fault = Fault::new(Calls::All, fail).after(1).times(2);
    localnet.faults().inject(fault);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(read(&mut client).await.is_ok());
    }
    assert_eq!(seen, [true, false, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_response_was_executed_and_a_dropped_request_was_not() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let (request, digest) = pay(&localnet);
    localnet.faults().drop_request(Method::ExecuteTransaction);
    execute(&mut client, &request).await.expect_err("lost");
    assert!(localnet.ledger().transaction(&digest).is_none());

    localnet.faults().drop_response(Method::ExecuteTransaction);
    let lost = execute(&mut client, &request).await.expect_err("lost");
    assert_ne!(lost.code(), Code::InvalidArgument, "no refusal: {lost:?}");
    assert!(localnet.ledger().transaction(&digest).is_some());
    let height = localnet.ledger().latest_checkpoint();
    // The same bytes again get the answer that was lost.
    execute(&mut client, &request).await.expect("known");
    assert_eq!(localnet.ledger().latest_checkpoint(), height);

    let (request, digest) = pay(&localnet);
    let status = Status::deadline_exceeded("too late");
    localnet
        .faults()
        .fail_once_after(Method::ExecuteTransaction, status);
    let lost = execute(&mut client, &request).await.expect_err("too late");
    assert_eq!(lost.code(), Code::DeadlineExceeded);
    assert!(localnet.ledger().transaction(&digest).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicated_transaction_is_executed_once() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let (request, digest) = pay(&localnet);
    let before = localnet.ledger().latest_checkpoint().expect("a checkpoint");
    let fault = localnet.faults().duplicate(Method::ExecuteTransaction);
    execute(&mut client, &request).await.expect("answered");
    assert_eq!(localnet.faults().hits(fault), 1);
    assert!(localnet.ledger().transaction(&digest).is_some());
    let after = localnet.ledger().latest_checkpoint().expect("a checkpoint");
    assert_eq!(after.sequence_number(), before.sequence_number() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_holds_calls_back_until_it_is_taken_away() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    read(&mut client).await.expect("connects");
    let delay = Duration::from_millis(300);
    let fault = localnet.faults().delay(Method::GetObject, delay);
    let begun = Instant::now();
    read(&mut client).await.expect("late");
    assert!(begun.elapsed() >= delay);
    assert!(localnet.faults().remove(fault));
    assert_eq!(localnet.faults().hits(fault), 1);
    read(&mut client).await.expect("again");
    assert_eq!(localnet.faults().hits(fault), 1);
    assert!(!localnet.faults().remove(fault), "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_call_goes_on_when_released() {
    let localnet = localnet().await;
    let client = client(&localnet);
    let (request, digest) = pay(&localnet);
    let faults = localnet.faults();
    faults.stall(Method::ExecuteTransaction);
    let call = tokio::spawn({
        let (mut client, request) = (client.clone(), request.clone());
        async move { execute(&mut client, &request).await }
    });
    faults.until_stalled(1).await;
    assert!(localnet.ledger().transaction(&digest).is_none());
    read(&mut client.clone()).await.expect("others go on");
    assert!(!call.is_finished());
    faults.release();
    call.await.expect("ends").expect("executed");
    assert!(localnet.ledger().transaction(&digest).is_some());
    assert_eq!(faults.stalled(), 0);

    // It stalls the next one, too; taking it away lets that go on.
    let call = tokio::spawn({
        let mut client = client.clone();
        async move { execute(&mut client, &request).await }
    });
    faults.until_stalled(1).await;
    faults.clear();
    call.await.expect("ends").expect("executed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_call_does_not_keep_the_server_from_stopping() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    localnet.faults().stall(Calls::All);
    let call = tokio::spawn(async move { read(&mut client).await });
    localnet.faults().until_stalled(1).await;
    let stopped = tokio::time::timeout(Duration::from_secs(10), localnet.shutdown()).await;
    stopped.expect("stops");
    let _ = call.await.expect("ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_cut_after_some_messages() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    localnet
        .faults()
        .cut_stream(Method::SubscribeCheckpoints, 2);
    let request = SubscribeCheckpointsRequest::default();
    let stream = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await;
    let mut stream = stream.expect("opens").into_inner();
    for _ in 0..4 {
        localnet.ledger().advance_clock_ms(1).expect("moves");
    }
    let mut frames = 0;
    let end = loop {
        match stream.next().await.expect("no good end") {
            Ok(_) => frames += 1,
            Err(status) => break status,
        }
    };
    assert_eq!((frames, end.code()), (2, Code::Unavailable), "{end:?}");
    read(&mut client).await.expect("other calls go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn severed_connections_end_their_streams_and_new_ones_work() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let request = SubscribeCheckpointsRequest::default();
    let stream = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await;
    let mut stream = stream.expect("opens").into_inner();
    localnet.faults().sever_connections();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
    assert!(matches!(end, Ok(Some(Err(_)))), "{end:?}");
    // The client notices and connects again, at the latest with the second call.
    if read(&mut client).await.is_err() {
        read(&mut client).await.expect("connects again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_answers_nobody_until_it_is_up() {
    let localnet = localnet().await;
    let faults = localnet.faults();
    let mut client = client(&localnet);
    read(&mut client).await.expect("up");
    faults.take_down();
    for _ in 0..3 {
        read(&mut client).await.expect_err("down");
    }
    let mut other = crate::support::client(&localnet);
    read(&mut other).await.expect_err("down for all");
    faults.bring_up();
    let deadline = Instant::now() + Duration::from_secs(10);
    while read(&mut client).await.is_err() {
        assert!(Instant::now() < deadline, "never up again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_reach_grpc_web_too() {
    let localnet = localnet().await;
    localnet
        .faults()
        .fail_once(Calls::All, Status::unavailable("not now"));
    let answer = super::http::http(
        &localnet.rpc_url(),
        "POST /sui.rpc.v2.LedgerService/GetServiceInfo HTTP/1.1\r\ncontent-type: application/grpc-web+proto",
        &[0; 5],
    )
    .await;
    let code = answer.replace("grpc-status: ", "grpc-status:");
    assert!(code.contains("grpc-status:14"), "{answer}");
    let mut client = client(&localnet);
    client
        .ledger_client()
        .get_service_info(GetServiceInfoRequest::default())
        .await
        .expect("once only");
}
