//! `ListCheckpoints`, `ListTransactions` and `ListEvents`: filters, bounds, both directions, and going on from a cursor.

use std::collections::BTreeSet;

use futures::StreamExt;
use sui_rpc::Client;
use sui_rpc::proto::sui::rpc::v2::filter::{event, transaction};
use sui_rpc::proto::sui::rpc::v2::{
    EventFilter, EventTerm, ListCheckpointsRequest, ListEventsRequest, ListEventsResponse,
    ListTransactionsRequest, ListTransactionsResponse, Ordering, QueryEndReason, QueryOptions,
    TransactionFilter, TransactionTerm,
};
use sui_sdk_types::Address;
use valet_localnet::Localnet;

use crate::support::{Program, Wallet, client, localnet, mask, payment, publish};

/// Every frame of a listing of transactions.
async fn transactions(
    client: &mut Client,
    request: ListTransactionsRequest,
) -> Vec<ListTransactionsResponse> {
    let stream = client.ledger_client().list_transactions(request).await;
    let frames = stream.expect("a stream").into_inner();
    frames.map(|frame| frame.expect("a frame")).collect().await
}

async fn events(client: &mut Client, request: ListEventsRequest) -> Vec<ListEventsResponse> {
    let stream = client.ledger_client().list_events(request).await;
    let frames = stream.expect("a stream").into_inner();
    frames.map(|frame| frame.expect("a frame")).collect().await
}

fn digests(frames: &[ListTransactionsResponse]) -> Vec<String> {
    frames
        .iter()
        .filter_map(|frame| Some(frame.transaction.as_ref()?.digest().to_owned()))
        .collect()
}

/// Why the listing ended. Only its last frame says so.
fn end(frames: &[ListTransactionsResponse]) -> QueryEndReason {
    let (last, others) = frames.split_last().expect("a frame");
    assert!(others.iter().all(|frame| frame.end.is_none()));
    assert!(
        frames
            .iter()
            .all(|frame| frame.watermark().cursor.is_some())
    );
    last.end().reason()
}

fn matching(literal: sui_rpc::proto::sui::rpc::v2::TransactionLiteral) -> ListTransactionsRequest {
    ListTransactionsRequest::default().with_filter(TransactionFilter::matching(literal))
}

/// Two players; `alice` pays `bob` three times, `bob` pays back once. Digests in that order.
struct Story {
    alice: Wallet,
    bob: Wallet,
    payments: Vec<String>,
    first_checkpoint: u64,
}

async fn story(localnet: &Localnet, client: &mut Client) -> Story {
    let (alice, bob) = (Wallet::new(1), Wallet::new(2));
    let coins = alice.fund(localnet, [1_000_000_000, 2_000_000_000, 3_000_000_000]);
    let [back] = bob.fund(localnet, [4_000_000_000]);
    let first_checkpoint = height(localnet) + 1;
    let mut payments = Vec::new();
    for (index, coin) in coins.into_iter().enumerate() {
        let request = alice.request(payment(10 + index as u64, bob.address), coin);
        payments.push(execute(client, request).await);
    }
    let request = bob.request(payment(20, alice.address), back);
    payments.push(execute(client, request).await);
    Story {
        alice,
        bob,
        payments,
        first_checkpoint,
    }
}

async fn execute(
    client: &mut Client,
    request: sui_rpc::proto::sui::rpc::v2::ExecuteTransactionRequest,
) -> String {
    let answer = client.execution_client().execute_transaction(request).await;
    let answer = answer.expect("executes").into_inner();
    let executed = answer.transaction();
    assert!(executed.effects().status().success());
    executed.digest().to_owned()
}

fn height(localnet: &Localnet) -> u64 {
    let latest = localnet.ledger().latest_checkpoint().expect("a checkpoint");
    latest.sequence_number()
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_listed_in_both_directions() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let story = story(&localnet, &mut client).await;
    let request = ListTransactionsRequest::default().with_start_checkpoint(story.first_checkpoint);
    let frames = transactions(&mut client, request.clone()).await;
    assert_eq!(digests(&frames), story.payments);
    assert_eq!(end(&frames), QueryEndReason::LedgerTip);
    let last = frames.last().expect("an end").watermark();
    assert_eq!(last.checkpoint, Some(height(&localnet)));

    let descending = QueryOptions::default().with_ordering(Ordering::Descending);
    let frames = transactions(&mut client, request.with_options(descending)).await;
    let reversed: Vec<_> = story.payments.iter().rev().cloned().collect();
    assert_eq!(digests(&frames), reversed);
    assert_eq!(end(&frames), QueryEndReason::CheckpointBound);
    let last = frames.last().expect("an end").watermark();
    assert_eq!(last.checkpoint, Some(story.first_checkpoint));

    // The whole history begins with the genesis transaction.
    let frames = transactions(&mut client, ListTransactionsRequest::default()).await;
    let genesis = localnet.ledger().checkpoint(0).expect("genesis");
    assert_eq!(
        digests(&frames)[0],
        genesis.transactions[0].digest.to_string()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_goes_on_from_its_last_cursor() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let story = story(&localnet, &mut client).await;
    for ordering in [Ordering::Ascending, Ordering::Descending] {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let mut options = QueryOptions::default()
                .with_limit(1)
                .with_ordering(ordering);
            match ordering {
                Ordering::Descending => options.before = cursor,
                _ => options.after = cursor,
            }
            let request = ListTransactionsRequest::default()
                .with_start_checkpoint(story.first_checkpoint)
                .with_options(options);
            let frames = transactions(&mut client, request).await;
            assert!(digests(&frames).len() <= 1);
            seen.extend(digests(&frames));
            let last = frames.last().expect("an end").watermark();
            cursor = last.cursor.clone();
            if end(&frames) != QueryEndReason::ItemLimit {
                break;
            }
        }
        if ordering == Ordering::Descending {
            seen.reverse();
        }
        assert_eq!(seen, story.payments, "{ordering:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_are_half_open_and_cursors_exclusive() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let story = story(&localnet, &mut client).await;
    let first = story.first_checkpoint;
    let request = ListTransactionsRequest::default()
        .with_start_checkpoint(first + 1)
        .with_end_checkpoint(first + 3);
    let middle = transactions(&mut client, request.clone()).await;
    assert_eq!(digests(&middle), story.payments[1..3]);
    assert_eq!(end(&middle), QueryEndReason::CheckpointBound);

    let cursor = |index: usize| middle[index].watermark().cursor.clone().expect("a cursor");
    let mut options = QueryOptions::default();
    options.after = Some(cursor(0));
    let after = ListTransactionsRequest::default().with_options(options);
    let frames = transactions(&mut client, after).await;
    assert_eq!(digests(&frames), story.payments[2..]);

    let mut options = QueryOptions::default();
    options.before = Some(cursor(1));
    let before = request.clone().with_options(options);
    let frames = transactions(&mut client, before).await;
    assert_eq!(digests(&frames), story.payments[1..2]);
    assert_eq!(end(&frames), QueryEndReason::CursorBound);

    let empty = request.with_end_checkpoint(first + 1);
    let frames = transactions(&mut client, empty).await;
    assert_eq!(
        (frames.len(), end(&frames)),
        (1, QueryEndReason::CheckpointBound)
    );
    let future = ListTransactionsRequest::default().with_start_checkpoint(1_000_000);
    let frames = transactions(&mut client, future).await;
    assert_eq!((frames.len(), end(&frames)), (1, QueryEndReason::LedgerTip));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_goes_on_only_in_listings_of_its_kind() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    story(&localnet, &mut client).await;
    let frames = transactions(&mut client, ListTransactionsRequest::default()).await;
    let mut options = QueryOptions::default();
    options.after = frames[0].watermark().cursor.clone();
    let request = ListEventsRequest::default().with_options(options.clone());
    let refused = client.ledger_client().list_events(request).await;
    let refused = refused.expect_err("a cursor of transactions");
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert!(refused.message().contains("options.after"), "{refused:?}");

    // Nor on another chain.
    let other = crate::support::localnet().await;
    other.ledger().advance_clock_ms(1).expect("moves");
    let request = ListTransactionsRequest::default().with_options(options);
    let chains = [&localnet, &other].map(|localnet| localnet.ledger().chain_id());
    let answer = crate::support::client(&other)
        .ledger_client()
        .list_transactions(request)
        .await;
    assert_eq!(answer.is_err(), chains[0] != chains[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_found_by_what_they_did() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let story = story(&localnet, &mut client).await;
    let (alice, bob) = (story.alice.address, story.bob.address);
    let from_story =
        |request: ListTransactionsRequest| request.with_start_checkpoint(story.first_checkpoint);
    let ask = async |client: &mut Client, request| {
        digests(&transactions(client, from_story(request)).await)
    };
    let all = &story.payments;
    assert_eq!(
        ask(&mut client, matching(transaction::sender(alice))).await,
        all[..3]
    );
    assert_eq!(
        ask(&mut client, matching(transaction::sender(bob))).await,
        all[3..]
    );
    assert_eq!(
        ask(&mut client, matching(transaction::sender(alice).negate())).await,
        all[3..]
    );
    // Everything here concerns both of them, and nobody else.
    for address in [alice, bob] {
        let request = matching(transaction::affected_address(address));
        assert_eq!(ask(&mut client, request).await, *all);
    }
    let request = matching(transaction::affected_address(Address::TWO));
    assert!(ask(&mut client, request).await.is_empty());

    // A coin that bob got is changed by the transaction that made it only.
    let made = localnet
        .ledger()
        .owned_objects(&bob, None, None, 100)
        .into_iter()
        .find(|object| object.previous_transaction().to_string() == all[1])
        .expect("the second payment's coin");
    let request = matching(transaction::affected_object(made.object_id()));
    assert_eq!(ask(&mut client, request).await, all[1..2]);

    // Either, both, and not.
    let any = TransactionFilter::any([
        TransactionTerm::all([transaction::sender(bob)]),
        TransactionTerm::all([
            transaction::sender(alice),
            transaction::affected_object(made.object_id()),
        ]),
    ]);
    let request = ListTransactionsRequest::default().with_filter(any);
    assert_eq!(
        ask(&mut client, request).await,
        [all[1].clone(), all[3].clone()]
    );

    let genesis = matching(transaction::package_write());
    let frames = transactions(&mut client, genesis).await;
    let published = localnet.ledger().checkpoint(0).expect("genesis");
    assert_eq!(
        digests(&frames),
        [published.transactions[0].digest.to_string()]
    );
}

/// Deposits a coin into the sender's address balance, by a call of the framework.
fn deposit(amount: u64, owner: Address) -> Program {
    let mut program = Program::default();
    let coins = program.split_gas(&[amount]);
    let recipient = program.pure(&owner);
    program.call(
        "coin::send_funds",
        &[crate::support::sui()],
        &[coins[0], recipient],
    );
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_found_by_package_module_and_function() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let wallet = Wallet::new(1);
    let [first, second] = wallet.fund(&localnet, [1_000_000_000, 2_000_000_000]);
    let paid = execute(&mut client, wallet.request(payment(1, Address::TWO), first)).await;
    let request = wallet.request(deposit(500, wallet.address), second);
    let called = execute(&mut client, request).await;
    for (path, found) in [
        ("0x2", true),
        ("0x2::coin", true),
        ("0x2::coin::send_funds", true),
        ("0x2::coin::split", false),
        ("0x2::clock", false),
        ("0x1", false),
    ] {
        let request = matching(transaction::move_call(path));
        let frames = transactions(&mut client, request).await;
        let expected: Vec<_> = found.then(|| called.clone()).into_iter().collect();
        assert_eq!(digests(&frames), expected, "{path}");
    }
    // The deposit changed the balance of nobody but the sender.
    let request = matching(transaction::affected_address(wallet.address));
    let digests = digests(&transactions(&mut client, request).await);
    assert!(digests.ends_with(&[paid, called]), "{digests:?}");
}

/// A program that emits events of the test package, one for each value.
fn notes(package: Address, values: &[u64]) -> Program {
    let mut program = Program::default();
    for value in values {
        let value = program.pure(value);
        program.call_of(package, "calls::emit", &[], &[value]);
    }
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_type_module_and_sender() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let wallet = Wallet::new(1);
    let [gas, first, second] =
        wallet.fund(&localnet, [1_000_000_000, 2_000_000_000, 3_000_000_000]);
    let package = publish(&localnet, &wallet, gas, "ptb");
    let published = height(&localnet);
    let mut sent = Vec::new();
    for (coin, values) in [(first, &[7, 8][..]), (second, &[9])] {
        let request = wallet.request(notes(package, values), coin);
        sent.push(execute(&mut client, request).await);
    }
    let filter = |literal| ListEventsRequest::default().with_filter(EventFilter::matching(literal));
    let position = |frame: &ListEventsResponse| {
        let event = frame.event.as_ref()?;
        Some((event.transaction_digest().to_owned(), event.event_index()))
    };
    let expected: Vec<_> = vec![
        (sent[0].clone(), 0),
        (sent[0].clone(), 1),
        (sent[1].clone(), 0),
    ];
    for (literal, found) in [
        (event::event_type(format!("{package}")), true),
        (event::event_type(format!("{package}::calls")), true),
        (event::event_type(format!("{package}::calls::Noted")), true),
        (event::event_type(format!("{package}::calls::Other")), false),
        (event::event_type("0x2::calls::Noted"), false),
        (event::emit_module(format!("{package}::calls")), true),
        (event::emit_module(format!("{package}::witness")), false),
        (event::sender(wallet.address), true),
        (event::sender(Address::TWO), false),
    ] {
        let mut request = filter(literal.clone());
        request.start_checkpoint = Some(published + 1);
        let frames = events(&mut client, request).await;
        let found = if found { expected.clone() } else { Vec::new() };
        let seen: Vec<_> = frames.iter().filter_map(position).collect();
        assert_eq!(seen, found, "{literal:?}");
    }

    // The default mask says where an event is; the rest is there when asked for.
    let request = filter(event::emit_module(format!("{package}::calls")));
    let frames = events(&mut client, request.clone()).await;
    let first = frames[0].event.as_ref().expect("an event");
    assert_eq!(first.package_id(), package.to_string());
    assert_eq!(
        (first.module(), first.sender()),
        ("calls", &*wallet.address.to_string())
    );
    assert!(first.contents.is_none() && first.json.is_none());
    assert!(first.checkpoint() > published);
    let frames = events(&mut client, request.with_read_mask(mask("contents,json"))).await;
    let first = frames[0].event.as_ref().expect("an event");
    assert!(first.contents.is_some() && first.json.is_some() && first.checkpoint.is_none());

    // A page ends between two events of one transaction, and the next begins there.
    let page = |after: Option<prost::bytes::Bytes>| {
        let mut options = QueryOptions::default().with_limit(1);
        options.after = after;
        let all = EventFilter::any([EventTerm::all([event::event_type(format!(
            "{package}::calls"
        ))])]);
        ListEventsRequest::default()
            .with_filter(all)
            .with_options(options)
    };
    let mut seen = Vec::new();
    let mut cursor = None;
    for _ in 0..3 {
        let frames = events(&mut client, page(cursor)).await;
        let last = frames.last().expect("an end");
        assert_eq!(last.end().reason(), QueryEndReason::ItemLimit);
        cursor = last.watermark().cursor.clone();
        seen.extend(frames.iter().filter_map(position));
    }
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_are_listed_when_a_transaction_matches() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let story = story(&localnet, &mut client).await;
    let bob = TransactionFilter::matching(transaction::sender(story.bob.address));
    let request = ListCheckpointsRequest::default()
        .with_filter(bob)
        .with_read_mask(mask("sequence_number,transactions.digest"));
    let stream = client.ledger_client().list_checkpoints(request).await;
    let frames: Vec<_> = stream.expect("a stream").into_inner().collect().await;
    let found: Vec<_> = frames
        .into_iter()
        .filter_map(|frame| frame.expect("a frame").checkpoint)
        .collect();
    let [found] = &found[..] else {
        panic!("one checkpoint: {found:?}")
    };
    assert_eq!(found.sequence_number(), story.first_checkpoint + 3);
    assert_eq!(found.transactions[0].digest(), story.payments[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_scan_stops_and_says_where_to_go_on() {
    let localnet = localnet().await;
    for _ in 0..10_200 {
        localnet.ledger().advance_clock_ms(1).expect("moves");
    }
    let tip = height(&localnet);
    let mut client = client(&localnet);
    let nobody = || matching(transaction::sender(Address::from_static("0xdead")));
    let frames = transactions(&mut client, nobody()).await;
    assert_eq!(end(&frames), QueryEndReason::ScanLimit);
    assert!(frames.len() > 5, "progress is told: {}", frames.len());
    let covered: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame.watermark().checkpoint)
        .collect();
    assert!(covered.is_sorted());
    assert_eq!(covered.last(), Some(&9_999));
    let mut options = QueryOptions::default();
    options.after = frames.last().expect("an end").watermark().cursor.clone();
    let frames = transactions(&mut client, nobody().with_options(options)).await;
    assert_eq!(end(&frames), QueryEndReason::LedgerTip);
    let last = frames.last().expect("an end").watermark();
    assert_eq!(last.checkpoint, Some(tip));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_lists_page_by_page() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let story = story(&localnet, &mut client).await;
    let request = ListTransactionsRequest::default()
        .with_start_checkpoint(story.first_checkpoint)
        .with_options(QueryOptions::default().with_limit(2))
        .with_read_mask(mask("digest,checkpoint,transaction_index"));
    let frames: Vec<_> = client.list_transactions(request).collect().await;
    let seen: BTreeSet<_> = frames
        .into_iter()
        .filter_map(|frame| frame.expect("a frame").transaction)
        .map(|transaction| transaction.digest().to_owned())
        .collect();
    assert_eq!(seen, story.payments.iter().cloned().collect());
}
