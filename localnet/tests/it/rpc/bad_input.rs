//! Requests that make no sense: each is refused with a code and a message, and the server goes on.

use prost_types::FieldMask;
use sui_rpc::proto::google;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::{
    BatchGetObjectsRequest, GetBalanceRequest, GetCheckpointRequest, GetObjectRequest,
    GetServiceInfoRequest, GetTransactionRequest, ListOwnedObjectsRequest,
    SimulateTransactionRequest,
};
use sui_sdk_types::{Address, Argument, Command, TypeTag};
use tonic::{Code, Status};

use crate::support::{Program, Wallet, client, execute_request, localnet, mask, payment};

/// The status names the field, in its text and in its details.
#[track_caller]
fn assert_refused(status: &Status, field: &str) {
    use prost::Message;
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(
        status.message().contains(field),
        "{field}: {}",
        status.message()
    );
    let details = google::rpc::Status::decode(status.details()).expect("details");
    let details = details
        .details
        .first()
        .expect("a detail")
        .to_msg::<google::rpc::BadRequest>()
        .expect("a bad request");
    assert!(
        details.field_violations[0].field.contains(field),
        "{details:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_digests_and_types_that_are_none_are_named() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let long = "a".repeat(100_000);
    for id in [
        "",
        "0x",
        "0xzz",
        "nobody",
        &long,
        "0x00000000000000000000000000000000000000000000000000000000000000001",
    ] {
        let refused = client
            .ledger_client()
            .get_object(GetObjectRequest::default().with_object_id(id))
            .await;
        assert_refused(&refused.expect_err(id), "object_id");
        let refused = client
            .state_client()
            .list_owned_objects(ListOwnedObjectsRequest::default().with_owner(id))
            .await;
        assert_refused(&refused.expect_err(id), "owner");
    }
    for digest in [
        "",
        "0",
        "l",
        &long,
        "11111111111111111111111111111111111111111111111111111",
    ] {
        let refused = client
            .ledger_client()
            .get_transaction(GetTransactionRequest::default().with_digest(digest))
            .await;
        assert_refused(&refused.expect_err(digest), "digest");
        let request = GetCheckpointRequest::default().with_digest(digest);
        assert_refused(
            &client
                .ledger_client()
                .get_checkpoint(request)
                .await
                .expect_err(digest),
            "digest",
        );
    }
    let deep = format!("{}u8{}", "0x2::a::B<".repeat(5_000), ">".repeat(5_000));
    for type_ in ["u8", "0x2::coin", "0x2::coin::Coin<", &deep, &long] {
        let request = ListOwnedObjectsRequest::default()
            .with_owner("0x2")
            .with_object_type(type_);
        assert_refused(
            &client
                .state_client()
                .list_owned_objects(request)
                .await
                .expect_err(type_),
            "object_type",
        );
        let request = GetBalanceRequest::default()
            .with_owner("0x2")
            .with_coin_type(type_);
        assert_refused(
            &client
                .state_client()
                .get_balance(request)
                .await
                .expect_err(type_),
            "coin_type",
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mask_of_fields_that_do_not_exist_is_refused() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let wide = FieldMask {
        paths: vec!["version".to_owned(); 5_000],
    };
    for mask in [
        mask("nothing"),
        mask("version,owner.nothing"),
        mask("version.deeper"),
        mask("."),
        wide,
    ] {
        let request = GetObjectRequest::new(&Address::TWO).with_read_mask(mask.clone());
        assert_refused(
            &client
                .ledger_client()
                .get_object(request)
                .await
                .expect_err("a bad mask"),
            "read_mask",
        );
        let request = SimulateTransactionRequest::default().with_read_mask(mask);
        let refused = client
            .execution_client()
            .simulate_transaction(request)
            .await
            .expect_err("a bad mask");
        assert_refused(&refused, "read_mask");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_a_limit() {
    let localnet = localnet().await;
    let requests = vec![GetObjectRequest::new(&Address::TWO); 1_001];
    let request = BatchGetObjectsRequest::default().with_requests(requests);
    let refused = client(&localnet)
        .ledger_client()
        .batch_get_objects(request)
        .await
        .expect_err("too many");
    assert_refused(&refused, "requests");
    let requests = vec![GetObjectRequest::new(&Address::TWO); 1_000];
    let request = BatchGetObjectsRequest::default()
        .with_requests(requests)
        .with_read_mask(mask("package"));
    let refused = client(&localnet)
        .ledger_client()
        .batch_get_objects(request)
        .await
        .expect_err("too large");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("fewer"), "{}", refused.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_larger_than_the_limit_is_refused() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let bytes = proto::Bcs::from(vec![0; 5 * 1024 * 1024]);
    let mut transaction = proto::Transaction::default();
    transaction.bcs = Some(bytes);
    let request = proto::ExecuteTransactionRequest::new(transaction);
    let refused = client
        .execution_client()
        .execute_transaction(request)
        .await
        .expect_err("too large");
    assert_eq!(refused.code(), Code::OutOfRange, "{refused:?}");
    client
        .ledger_client()
        .get_service_info(GetServiceInfoRequest::default())
        .await
        .expect("goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_in_parts_that_is_too_large_is_not_completed() {
    let localnet = localnet().await;
    let mut program = Program::default();
    program.pure(&0_u8);
    let arguments = vec![Argument::Input(0); 10_000];
    for _ in 0..20 {
        program.call("clock::timestamp_ms", &[], &arguments);
    }
    let mut message = proto::Transaction::from(program.transaction(Address::TWO, Vec::new()));
    message.bcs = None;
    message.kind_mut().programmable_transaction_mut().inputs[0] =
        proto::Input::default().with_object_id("0x6");
    let request = SimulateTransactionRequest::new(message);
    let refused = client(&localnet)
        .execution_client()
        .simulate_transaction(request)
        .await
        .expect_err("too large");
    assert_refused(&refused, "transaction");
    assert!(refused.message().contains("bytes"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t37_garbage_for_a_transaction_never_stops_the_server() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let valid = payment(1, Address::TWO).transaction(wallet.address, vec![gas.clone()]);
    let valid_bytes = bcs::to_bytes(&valid).expect("bytes");
    let signature = wallet.sign(&valid);
    let mut client = client(&localnet);
    let mut execution = client.execution_client();

    let mut garbage: Vec<Vec<u8>> = vec![Vec::new(), vec![0xff; 300], vec![0; 300]];
    garbage.extend((0..valid_bytes.len()).map(|len| valid_bytes[..len].to_vec()));
    garbage.push([valid_bytes.as_slice(), &[0]].concat());
    for bytes in garbage {
        let mut message = proto::Transaction::default();
        message.bcs = Some(proto::Bcs::from(bytes));
        let simulated = execution
            .simulate_transaction(SimulateTransactionRequest::new(message.clone()))
            .await;
        assert_refused(&simulated.expect_err("garbage"), "transaction");
        let request = proto::ExecuteTransactionRequest::new(message)
            .with_signatures(vec![signature.clone().into()]);
        assert_refused(
            &execution
                .execute_transaction(request)
                .await
                .expect_err("garbage"),
            "transaction",
        );
    }
    // Every single bit flipped: refused or executed, but always answered.
    for bit in (0..valid_bytes.len() * 8).step_by(3) {
        let mut bytes = valid_bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut message = proto::Transaction::default();
        message.bcs = Some(proto::Bcs::from(bytes));
        let _ = execution
            .simulate_transaction(SimulateTransactionRequest::new(message.clone()))
            .await;
        let request = proto::ExecuteTransactionRequest::new(message)
            .with_signatures(vec![signature.clone().into()]);
        let refused = execution
            .execute_transaction(request)
            .await
            .expect_err("signed for other bytes");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }
    for bytes in [vec![], vec![0; 97], vec![0xff; 97], vec![3; 200]] {
        let mut bad = proto::UserSignature::default();
        bad.bcs = Some(proto::Bcs::from(bytes));
        let request =
            proto::ExecuteTransactionRequest::new(valid.clone().into()).with_signatures(vec![bad]);
        let refused = execution
            .execute_transaction(request)
            .await
            .expect_err("no signature");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }
    let many = vec![signature.clone(); 100];
    let refused = execution
        .execute_transaction(execute_request(&valid, &many))
        .await
        .expect_err("too many");
    assert_refused(&refused, "signatures");
    execution
        .execute_transaction(execute_request(&valid, &[signature]))
        .await
        .expect("the real one executes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_names_what_does_not_exist_is_answered() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let mut client = client(&localnet);
    let mut execution = client.execution_client();
    let calls: [(&str, &[TypeTag], &[Argument]); 6] = [
        ("clock::nothing", &[], &[]),
        ("nothing::here", &[], &[]),
        ("clock::timestamp_ms", &[], &[Argument::Input(900)]),
        ("clock::timestamp_ms", &[], &[Argument::Result(900)]),
        ("clock::timestamp_ms", &[], &[Argument::NestedResult(0, 9)]),
        ("bag::new", &[TypeTag::U8], &[]),
    ];
    let mut programs: Vec<Program> = Vec::new();
    for (function, type_arguments, arguments) in calls {
        let mut program = Program::default();
        program.call(function, type_arguments, arguments);
        programs.push(program);
    }
    let mut program = Program::default();
    program.command(Command::Publish(sui_sdk_types::Publish {
        modules: vec![vec![0; 100]],
        dependencies: vec![],
    }));
    programs.push(program);
    for (index, program) in programs.into_iter().enumerate() {
        let transaction = program.transaction(wallet.address, vec![gas.clone()]);
        let request = SimulateTransactionRequest::new(transaction.into());
        match execution.simulate_transaction(request).await {
            Ok(answer) => assert!(
                !answer
                    .into_inner()
                    .transaction()
                    .effects()
                    .status()
                    .success(),
                "{index}"
            ),
            Err(refused) => {
                assert_eq!(
                    refused.code(),
                    Code::InvalidArgument,
                    "{index}: {refused:?}"
                );
            }
        }
    }
    // Unresolved, it is the server that has to look things up.
    for input in [
        proto::Input::default(),
        proto::Input::default().with_object_id("nobody"),
        proto::Input::default().with_object_id("0xdead"),
        proto::Input::default()
            .with_object_id("0x6")
            .with_version(9_u64)
            .with_kind(proto::input::InputKind::Receiving),
        proto::Input::default().with_literal(prost_types::Value::from(true)),
    ] {
        let mut program = Program::default();
        let argument = program.pure(&0_u8);
        program.call("clock::timestamp_ms", &[], &[argument]);
        let mut message =
            proto::Transaction::from(program.transaction(wallet.address, vec![gas.clone()]));
        message.bcs = None;
        message.kind_mut().programmable_transaction_mut().inputs[0] = input.clone();
        let refused = execution
            .simulate_transaction(SimulateTransactionRequest::new(message))
            .await;
        let refused = refused.expect_err("cannot be resolved");
        assert!(
            matches!(refused.code(), Code::InvalidArgument | Code::NotFound),
            "{input:?}: {refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_served_says_so() {
    use sui_rpc::proto::sui::rpc::v2::filter::{event, transaction};
    let localnet = localnet().await;
    let mut client = client(&localnet);
    // Authenticated event streams are switched off, so there is nothing to filter by.
    let filter = proto::TransactionFilter::matching(transaction::event_stream_head(Address::TWO));
    let request = proto::ListTransactionsRequest::default().with_filter(filter);
    let refused = client
        .ledger_client()
        .list_transactions(request)
        .await
        .expect_err("no streams");
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(refused.message().contains("event_type"), "{refused:?}");
    let filter = proto::EventFilter::matching(event::event_stream_head(Address::TWO));
    let request = proto::SubscribeEventsRequest::default().with_filter(filter);
    let refused = client
        .subscription_client()
        .subscribe_events(request)
        .await
        .expect_err("no streams");
    assert_eq!(refused.code(), Code::Unimplemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_makes_no_sense_names_its_field() {
    use sui_rpc::proto::sui::rpc::v2::filter::transaction;
    use sui_rpc::proto::sui::rpc::v2::{
        ListTransactionsRequest, QueryOptions, TransactionFilter, TransactionLiteral,
        TransactionTerm,
    };
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let request = ListTransactionsRequest::default;
    let filtered = |filter| request().with_filter(filter);
    let many = vec![TransactionTerm::all([transaction::package_write()]); 100];
    let wide = vec![transaction::package_write(); 100];
    for (request, field) in [
        (filtered(TransactionFilter::default()), "filter.terms"),
        (filtered(TransactionFilter::any(many)), "filter.terms"),
        (
            filtered(TransactionFilter::any([TransactionTerm::default()])),
            "filter.terms[0].literals",
        ),
        (
            filtered(TransactionFilter::all(wide)),
            "filter.terms[0].literals",
        ),
        (
            filtered(TransactionFilter::matching(TransactionLiteral::default())),
            "filter.terms[0].literals[0]",
        ),
        (
            filtered(TransactionFilter::matching(transaction::move_call(
                "0x2::coin::split::more",
            ))),
            "move_call.function",
        ),
        (
            filtered(TransactionFilter::matching(transaction::move_call(
                "0x2::9lives",
            ))),
            "move_call.function",
        ),
        (
            filtered(TransactionFilter::matching(transaction::event_type(
                "0x2::coin::Coin<u8",
            ))),
            "event_type.event_type",
        ),
        (
            filtered(TransactionFilter::matching(transaction::emit_module(
                "nowhere",
            ))),
            "emit_module.module",
        ),
        (
            request().with_start_checkpoint(5).with_end_checkpoint(4),
            "end_checkpoint",
        ),
        (
            request().with_options(QueryOptions::default().with_after(vec![1, 2, 3])),
            "options.after",
        ),
        (request().with_read_mask(mask("nothing")), "read_mask"),
    ] {
        let refused = client
            .ledger_client()
            .list_transactions(request.clone())
            .await
            .expect_err("no sense");
        assert_refused(&refused, field);
    }
}
