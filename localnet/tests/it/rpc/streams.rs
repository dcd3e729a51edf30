//! Subscriptions: filters, progress, going on from a cursor by the listing beside them, and readers that are slow.

use std::time::Duration;

use futures::{Stream, StreamExt};
use sui_rpc::client::{TransactionStreamRequest, TransactionStreamStart};
use sui_rpc::proto::sui::rpc::v2::filter::{event, transaction};
use sui_rpc::proto::sui::rpc::v2::{
    EventFilter, ListTransactionsRequest, QueryOptions, SubscribeCheckpointsRequest,
    SubscribeEventsRequest, SubscribeTransactionsRequest, TransactionFilter,
};
use sui_sdk_types::Address;
use valet_localnet::Localnet;

use crate::support::{Program, Wallet, client, localnet, mask, publish};

fn height(localnet: &Localnet) -> u64 {
    let latest = localnet.ledger().latest_checkpoint().expect("a checkpoint");
    latest.sequence_number()
}

async fn next<T>(stream: &mut (impl Stream<Item = Result<T, tonic::Status>> + Unpin)) -> T {
    tokio::time::timeout(Duration::from_secs(20), stream.next())
        .await
        .expect("in time")
        .expect("a frame")
        .expect("no error")
}

/// Pays one MIST to somebody, by the faucet; its digest.
fn pay(localnet: &Localnet, recipient: Address) -> String {
    let paid = localnet.ledger().fund(recipient, &[1]).expect("pays");
    paid.digest.to_string()
}

const ALICE: Address = Address::from_static("0xa11ce");
const BOB: Address = Address::from_static("0xb0b");

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_stream_begins_with_its_position_and_tells_progress() {
    let localnet = localnet().await;
    let filter = || TransactionFilter::matching(transaction::affected_address(ALICE));
    let mut client = client(&localnet);
    let begun = height(&localnet);
    let request = SubscribeCheckpointsRequest::default().with_filter(filter());
    let stream = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await;
    let mut checkpoints = stream.expect("a stream").into_inner();
    let request = SubscribeTransactionsRequest::default().with_filter(filter());
    let stream = client
        .subscription_client()
        .subscribe_transactions(request)
        .await;
    let mut transactions = stream.expect("a stream").into_inner();

    let first = next(&mut checkpoints).await;
    assert_eq!((first.cursor(), first.checkpoint.is_none()), (begun, true));
    let first = next(&mut transactions).await;
    assert_eq!(first.watermark().checkpoint, Some(begun));
    assert!(first.transaction.is_none() && first.watermark().cursor.is_some());

    pay(&localnet, BOB);
    assert_eq!(next(&mut checkpoints).await.cursor(), begun + 1);
    let told = next(&mut transactions).await;
    assert!(told.transaction.is_none());
    assert_eq!(told.watermark().checkpoint, Some(begun + 1));

    let digest = pay(&localnet, ALICE);
    let frame = next(&mut checkpoints).await;
    assert_eq!(frame.cursor(), begun + 2);
    assert_eq!(frame.checkpoint().sequence_number(), begun + 2);
    let frame = next(&mut transactions).await;
    assert_eq!(frame.transaction().digest(), digest);
    assert_eq!(frame.watermark().checkpoint, Some(begun + 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_with_their_place() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let wallet = Wallet::new(1);
    let [gas, coin] = wallet.fund(&localnet, [1_000_000_000, 2_000_000_000]);
    let package = publish(&localnet, &wallet, gas, "ptb");
    let filter = EventFilter::matching(event::event_type(format!("{package}::calls::Noted")));
    let request = SubscribeEventsRequest::default()
        .with_filter(filter)
        .with_read_mask(mask("*"));
    let stream = client.subscription_client().subscribe_events(request).await;
    let mut stream = stream.expect("a stream").into_inner();
    let begun = next(&mut stream).await;
    assert!(begun.event.is_none());

    let mut program = Program::default();
    for value in [5_u64, 6] {
        let value = program.pure(&value);
        program.call_of(package, "calls::emit", &[], &[value]);
    }
    let transaction = program.transaction(wallet.address, vec![coin]);
    let executed = localnet
        .ledger()
        .execute(&transaction, &[wallet.sign(&transaction)])
        .expect("accepted");
    for (index, value) in [(0, "5"), (1, "6")] {
        let event = next(&mut stream).await.event.expect("an event");
        assert_eq!(
            (
                event.checkpoint(),
                event.transaction_index(),
                event.event_index()
            ),
            (executed.checkpoint, 0, index)
        );
        assert_eq!(event.transaction_digest(), executed.digest.to_string());
        let Some(prost_types::value::Kind::StructValue(json)) =
            event.json.and_then(|json| json.kind)
        else {
            panic!("no JSON")
        };
        assert_eq!(json.fields["value"], prost_types::Value::from(value));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_listed_from_the_last_cursor() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let filter = || TransactionFilter::matching(transaction::affected_address(ALICE));
    let subscribe = || SubscribeTransactionsRequest::default().with_filter(filter());
    let stream = client
        .subscription_client()
        .subscribe_transactions(subscribe())
        .await;
    let mut stream = stream.expect("a stream").into_inner();
    next(&mut stream).await;
    let first = pay(&localnet, ALICE);
    let frame = next(&mut stream).await;
    assert_eq!(frame.transaction().digest(), first);
    let cursor = frame.watermark().cursor.clone();
    drop(stream);

    let missed = [pay(&localnet, ALICE), pay(&localnet, ALICE)];
    pay(&localnet, BOB);
    let mut options = QueryOptions::default();
    options.after = cursor;
    let request = ListTransactionsRequest::default()
        .with_filter(filter())
        .with_options(options);
    let listed = client.ledger_client().list_transactions(request).await;
    let listed: Vec<_> = listed.expect("a stream").into_inner().collect().await;
    let listed: Vec<_> = listed
        .into_iter()
        .filter_map(|frame| frame.expect("a frame").transaction)
        .map(|transaction| transaction.digest().to_owned())
        .collect();
    assert_eq!(listed, missed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_follows_and_resumes() {
    let localnet = localnet().await;
    let client = client(&localnet);
    let begun = height(&localnet);
    let before: Vec<_> = (0..3).map(|_| pay(&localnet, ALICE)).collect();
    let request = |start| {
        TransactionStreamRequest::new()
            .with_start(start)
            .with_filter(TransactionFilter::matching(transaction::affected_address(
                ALICE,
            )))
            .with_read_mask(mask("digest,checkpoint,transaction_index"))
    };
    let mut stream = Box::pin(
        client.stream_transactions(request(TransactionStreamStart::Checkpoint(begun + 1))),
    );
    let mut seen = Vec::new();
    let mut cursor = None;
    while seen.len() < 2 {
        let frame = next(&mut stream).await;
        if let Some(transaction) = frame.transaction {
            seen.push(transaction.digest().to_owned());
            cursor = Some(frame.cursor);
        }
    }
    drop(stream);
    let after = pay(&localnet, ALICE);
    let start = TransactionStreamStart::Resume(cursor.expect("a cursor"));
    let mut stream = Box::pin(client.stream_transactions(request(start)));
    while seen.len() < 4 {
        if let Some(transaction) = next(&mut stream).await.transaction {
            seen.push(transaction.digest().to_owned());
        }
    }
    let live = pay(&localnet, ALICE);
    while seen.len() < 5 {
        if let Some(transaction) = next(&mut stream).await.transaction {
            seen.push(transaction.digest().to_owned());
        }
    }
    assert_eq!(seen, [&before[..], &[after, live]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_misses_nothing() {
    let localnet = localnet().await;
    let request = SubscribeCheckpointsRequest::default();
    let stream = client(&localnet)
        .subscription_client()
        .subscribe_checkpoints(request)
        .await;
    let mut stream = stream.expect("a stream").into_inner();
    let begun = height(&localnet);
    // More than the channel that wakes streams holds, and than the connection buffers.
    const MADE: u64 = 6_000;
    for _ in 0..MADE {
        localnet.ledger().advance_clock_ms(1).expect("moves");
    }
    for number in begun + 1..=begun + MADE {
        let frame = next(&mut stream).await;
        assert_eq!(
            (frame.cursor(), frame.checkpoint().sequence_number()),
            (number, number)
        );
    }
}
