//! `LedgerService`: what has happened and what there is.

use sui_rpc::client::ResponseExt;
use sui_rpc::proto::sui::rpc::v2::{
    BatchGetObjectsRequest, BatchGetTransactionsRequest, GetCheckpointRequest, GetEpochRequest,
    GetObjectRequest, GetServiceInfoRequest, GetTransactionRequest, owner::OwnerKind,
};
use sui_sdk_types::{Address, Digest, Object};
use tonic::Code;

use crate::support::{START_MS, Wallet, client, localnet, mask, payment};

const CLOCK: Address = Address::from_static("0x6");

#[tokio::test(flavor = "multi_thread")]
async fn service_info_names_the_chain_and_its_height() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();
    let before = ledger
        .get_service_info(GetServiceInfoRequest::default())
        .await
        .expect("info")
        .into_inner();
    assert_eq!(before.chain_id(), localnet.ledger().chain_id().to_string());
    assert_eq!((before.chain(), before.epoch()), ("localnet", 0));
    assert_eq!(
        (
            before.lowest_available_checkpoint(),
            before.lowest_available_checkpoint_objects()
        ),
        (0, 0)
    );
    assert!(
        before.server().starts_with("valet-localnet/"),
        "{}",
        before.server()
    );

    Wallet::new(1).fund(&localnet, [1_000]);
    let after = ledger
        .get_service_info(GetServiceInfoRequest::default())
        .await
        .expect("info")
        .into_inner();
    assert_eq!(after.checkpoint_height(), before.checkpoint_height() + 1);
    assert_eq!(
        after.timestamp.map(|time| time.seconds),
        Some(i64::try_from(START_MS / 1_000).expect("fits"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_where_the_chain_stands() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();
    let answer = ledger
        .get_service_info(GetServiceInfoRequest::default())
        .await
        .expect("info");
    let height = localnet
        .ledger()
        .latest_checkpoint()
        .expect("a checkpoint")
        .sequence_number();
    assert_eq!(answer.chain_id(), Some(localnet.ledger().chain_id()));
    assert_eq!(
        (answer.chain(), answer.epoch()),
        (Some("localnet"), Some(0))
    );
    assert_eq!(answer.checkpoint_height(), Some(height));
    assert_eq!(
        (answer.timestamp_ms(), answer.timestamp()),
        (Some(START_MS), Some("2023-11-14T22:13:20Z"))
    );
    let refused = ledger
        .get_object(GetObjectRequest::default())
        .await
        .expect_err("no id");
    assert_eq!(
        refused.chain_id(),
        Some(localnet.ledger().chain_id()),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_cut_to_the_mask() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();
    let stored = localnet.ledger().object(&CLOCK).expect("the clock");

    let request = GetObjectRequest::new(&CLOCK);
    let default = ledger
        .get_object(request.clone())
        .await
        .expect("the clock")
        .into_inner()
        .object
        .expect("an object");
    assert_eq!(default.object_id(), CLOCK.to_string());
    assert_eq!(
        (default.version(), default.digest()),
        (stored.version(), stored.digest().to_string().as_str())
    );
    assert!(default.owner.is_none() && default.object_type.is_none() && default.contents.is_none());

    let request = request.with_read_mask(mask("owner,object_type,contents,json,balance"));
    let chosen = ledger
        .get_object(request.clone())
        .await
        .expect("the clock")
        .into_inner()
        .object
        .expect("an object");
    assert!(chosen.object_id.is_none() && chosen.bcs.is_none() && chosen.balance.is_none());
    assert_eq!(
        chosen.object_type(),
        format!("{}::clock::Clock", Address::TWO)
    );
    assert_eq!(
        (chosen.owner().kind(), chosen.owner().version()),
        (OwnerKind::Shared, 1)
    );
    assert_eq!(chosen.contents().value().len(), 40);
    let json = chosen.json.expect("a rendering");
    let Some(prost_types::value::Kind::StructValue(json)) = json.kind else {
        panic!("not an object: {json:?}")
    };
    assert_eq!(
        json.fields["id"],
        prost_types::Value::from(CLOCK.to_string())
    );
    assert!(json.fields.contains_key("timestamp_ms"));

    let whole = ledger
        .get_object(request.with_read_mask(mask("*")))
        .await
        .expect("the clock")
        .into_inner();
    let decoded = Object::try_from(whole.object()).expect("a whole object");
    assert_eq!(decoded, *stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_at_an_older_version() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [coin] = wallet.fund(&localnet, [1_000_000_000]);
    let mut client = client(&localnet);
    let request = wallet.request(payment(7, Address::TWO), coin.clone());
    client
        .execution_client()
        .execute_transaction(request)
        .await
        .expect("executes");

    let mut ledger = client.ledger_client();
    let newest = GetObjectRequest::new(coin.object_id()).with_read_mask(mask("version,balance"));
    let then = newest.clone().with_version(coin.version());
    let newest = ledger
        .get_object(newest)
        .await
        .expect("the coin")
        .into_inner();
    assert!(newest.object().version() > coin.version());
    assert!(newest.object().balance() < 1_000_000_000);
    let then = ledger
        .get_object(then)
        .await
        .expect("the coin as it was")
        .into_inner();
    assert_eq!(
        (then.object().version(), then.object().balance()),
        (coin.version(), 1_000_000_000)
    );

    let never = GetObjectRequest::new(coin.object_id()).with_version(coin.version() + 1_000);
    let refused = ledger.get_object(never).await.expect_err("no such version");
    assert_eq!(refused.code(), Code::NotFound);
    assert!(
        refused.message().contains(&coin.object_id().to_string()),
        "{}",
        refused.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_answers_for_each_object_by_itself() {
    let localnet = localnet().await;
    let absent = Address::from_static("0xdead");
    let ids = [CLOCK, absent, Address::TWO];
    let request = BatchGetObjectsRequest::default()
        .with_requests(ids.iter().map(GetObjectRequest::new).collect::<Vec<_>>())
        .with_read_mask(mask("object_type"));
    let answer = client(&localnet)
        .ledger_client()
        .batch_get_objects(request)
        .await
        .expect("a batch")
        .into_inner();
    let types: Vec<_> = answer
        .objects
        .into_iter()
        .map(|result| {
            result
                .to_result()
                .map(|object| object.object_type().to_owned())
                .map_err(|error| error.code)
        })
        .collect();
    let clock = format!("{}::clock::Clock", Address::TWO);
    assert_eq!(
        types,
        [
            Ok(clock),
            Err(i32::from(Code::NotFound)),
            Ok("package".to_owned())
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_read_alone_and_in_a_batch() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let paid = localnet
        .ledger()
        .fund(wallet.address, &[5, 6])
        .expect("the faucet pays");
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();

    let request = GetTransactionRequest::new(&paid.digest);
    let default = ledger
        .get_transaction(request.clone())
        .await
        .expect("found")
        .into_inner();
    assert_eq!(default.transaction().digest(), paid.digest.to_string());
    assert!(default.transaction().effects.is_none() && default.transaction().checkpoint.is_none());

    let whole = ledger
        .get_transaction(request.with_read_mask(mask("*")))
        .await
        .expect("found")
        .into_inner();
    let whole = whole.transaction();
    let transaction =
        sui_sdk_types::Transaction::try_from(whole.transaction()).expect("a transaction");
    assert_eq!(transaction, paid.transaction);
    let effects = sui_sdk_types::TransactionEffects::try_from(whole.effects()).expect("effects");
    assert_eq!(effects, paid.effects);
    assert_eq!(
        (whole.checkpoint(), whole.signatures.len()),
        (paid.checkpoint, 1)
    );
    let created = whole
        .effects()
        .changed_objects
        .iter()
        .filter(|changed| changed.object_type().contains("coin::Coin"));
    assert_eq!(
        created.count(),
        3,
        "two new coins and the gas coin have their types"
    );
    assert_eq!(
        whole.objects().objects().len(),
        4,
        "the gas coin before and after, and two coins"
    );

    let absent = Digest::ZERO;
    let request = BatchGetTransactionsRequest::default()
        .with_digests(vec![absent.to_string(), paid.digest.to_string()]);
    let batch = ledger
        .batch_get_transactions(request)
        .await
        .expect("a batch")
        .into_inner();
    let codes: Vec<_> = batch
        .transactions
        .into_iter()
        .map(|result| result.to_result().map(drop).map_err(|error| error.code))
        .collect();
    assert_eq!(codes, [Err(i32::from(Code::NotFound)), Ok(())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_found_by_number_and_digest_and_links_to_its_transactions() {
    let localnet = localnet().await;
    let paid = localnet
        .ledger()
        .fund(Wallet::new(1).address, &[5])
        .expect("the faucet pays");
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();

    let latest = ledger
        .get_checkpoint(GetCheckpointRequest::latest())
        .await
        .expect("latest")
        .into_inner();
    assert_eq!(latest.checkpoint().sequence_number(), paid.checkpoint);
    assert!(latest.checkpoint().summary.is_none());
    let digest: Digest = latest.checkpoint().digest().parse().expect("a digest");

    let by_digest = GetCheckpointRequest::by_digest(&digest).with_read_mask(mask("*"));
    let by_number =
        GetCheckpointRequest::by_sequence_number(paid.checkpoint).with_read_mask(mask("*"));
    let by_digest = ledger
        .get_checkpoint(by_digest)
        .await
        .expect("by digest")
        .into_inner();
    let by_number = ledger
        .get_checkpoint(by_number)
        .await
        .expect("by number")
        .into_inner();
    assert_eq!(by_digest, by_number);
    let checkpoint = by_number.checkpoint();
    let summary =
        sui_sdk_types::CheckpointSummary::try_from(checkpoint.summary()).expect("a summary");
    assert_eq!(summary.digest(), digest);
    assert_eq!(summary.timestamp_ms, START_MS);
    let transactions: Vec<_> = checkpoint
        .transactions
        .iter()
        .map(|executed| executed.digest().to_owned())
        .collect();
    assert!(transactions.contains(&paid.digest.to_string()));
    let contents: Vec<_> = checkpoint
        .contents()
        .transactions
        .iter()
        .map(|info| info.transaction().to_owned())
        .collect();
    assert_eq!(contents, transactions);
    assert!(checkpoint.objects().objects().len() >= 3);
    assert!(
        checkpoint
            .transactions
            .iter()
            .all(|executed| executed.objects.is_none())
    );

    let absent = GetCheckpointRequest::by_sequence_number(1_000_000);
    assert_eq!(
        ledger
            .get_checkpoint(absent)
            .await
            .expect_err("absent")
            .code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_is_current_until_the_next_begins() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();
    let everything = GetEpochRequest::latest().with_read_mask(mask("*"));
    let first = ledger
        .get_epoch(everything.clone())
        .await
        .expect("the epoch")
        .into_inner()
        .epoch
        .expect("an epoch");
    assert_eq!(
        (
            first.epoch(),
            first.reference_gas_price(),
            first.first_checkpoint()
        ),
        (0, 1_000, 0)
    );
    assert!(first.end.is_none() && first.last_checkpoint.is_none());
    assert_eq!(first.system_state().reference_gas_price(), 1_000);
    assert_eq!(
        first.protocol_config().protocol_version(),
        localnet.ledger().protocol().protocol_version
    );

    localnet
        .ledger()
        .advance_clock_ms(1_000)
        .expect("time passes");
    localnet
        .ledger()
        .advance_epoch_at_price(1_500)
        .expect("the epoch ends");
    let second = ledger
        .get_epoch(everything)
        .await
        .expect("the epoch")
        .into_inner()
        .epoch
        .expect("an epoch");
    assert_eq!((second.epoch(), second.reference_gas_price()), (1, 1_500));
    let past = GetEpochRequest::new(0).with_read_mask(mask("last_checkpoint,end"));
    let past = ledger
        .get_epoch(past)
        .await
        .expect("the past epoch")
        .into_inner()
        .epoch
        .expect("an epoch");
    assert_eq!(past.last_checkpoint() + 1, second.first_checkpoint());
    assert_eq!(past.end, second.start);
    assert_eq!(
        ledger
            .get_epoch(GetEpochRequest::new(2))
            .await
            .expect_err("to come")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        client.get_reference_gas_price().await.expect("a price"),
        1_500
    );
}
