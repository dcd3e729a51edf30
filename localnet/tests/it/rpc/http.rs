//! What goes over the wire besides plain gRPC: gRPC-Web, CORS, HTTP/1.1, reflection, health, the faucet.

use sui_sdk_types::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::StreamExt;
use tonic::transport::{Channel, Endpoint};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::{v1, v1alpha};
use valet_localnet::Localnet;

use crate::support::{Wallet, localnet};

/// Sends one HTTP/1.1 request as bytes and returns the whole answer as text.
pub(super) async fn http(url: &str, head: &str, body: &[u8]) -> String {
    let address = url.strip_prefix("http://").expect("an http url");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let head = format!(
        "{head}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("writes");
    stream.write_all(body).await.expect("writes");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("reads");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn connect(localnet: &Localnet) -> Channel {
    let endpoint = Endpoint::new(localnet.rpc_url()).expect("a url");
    endpoint.connect().await.expect("connects")
}

const GRPC_WEB: &str = "POST /sui.rpc.v2.LedgerService/GetServiceInfo HTTP/1.1\r\n\
    content-type: application/grpc-web+proto\r\norigin: https://game.example";

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_is_spoken_over_http_1_with_cors() {
    let localnet = localnet().await;
    let answer = http(&localnet.rpc_url(), GRPC_WEB, &[0; 5]).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let lower = answer.to_lowercase();
    assert!(
        lower.contains("content-type: application/grpc-web"),
        "{answer}"
    );
    assert!(lower.contains("access-control-allow-origin: *"), "{answer}");
    assert!(
        answer.contains(&localnet.ledger().chain_id().to_string()),
        "{answer}"
    );
    assert!(
        answer.contains("grpc-status:0"),
        "trailers are in the body: {answer}"
    );

    let preflight = "OPTIONS /sui.rpc.v2.LedgerService/GetServiceInfo HTTP/1.1\r\norigin: https://game.example\r\n\
        access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-grpc-web";
    let answer = http(&localnet.rpc_url(), preflight, &[])
        .await
        .to_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(
        answer.contains("access-control-allow-headers: content-type,x-grpc-web"),
        "{answer}"
    );
    assert_eq!(
        localnet.request_counts().of("LedgerService/GetServiceInfo"),
        1,
        "a preflight is no call"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_grpc_is_refused_and_the_server_goes_on() {
    let localnet = localnet().await;
    for (head, body) in [
        ("GET / HTTP/1.1", &b""[..]),
        (
            "POST /sui.rpc.v2.LedgerService/GetServiceInfo HTTP/1.1\r\ncontent-type: text/plain",
            b"hello",
        ),
        (
            "POST /nothing/Here HTTP/1.1\r\ncontent-type: application/grpc-web+proto",
            &[0; 5],
        ),
        (GRPC_WEB, b"\xff\xff\xff\xff\xff\xff"),
        (GRPC_WEB, b""),
    ] {
        let answer = http(&localnet.rpc_url(), head, body).await;
        assert!(!answer.contains("grpc-status:0"), "{head}: {answer}");
    }
    let mut stream = TcpStream::connect(localnet.rpc_address())
        .await
        .expect("connects");
    stream.write_all(&[0xff; 64]).await.expect("writes");
    drop(stream);
    let answer = http(&localnet.rpc_url(), GRPC_WEB, &[0; 5]).await;
    assert!(answer.contains("grpc-status:0"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_lists_the_services_in_both_versions() {
    let localnet = localnet().await;
    let expected = [
        "grpc.health.v1.Health",
        "sui.rpc.v2.LedgerService",
        "sui.rpc.v2.MovePackageService",
        "sui.rpc.v2.NameService",
        "sui.rpc.v2.SignatureVerificationService",
        "sui.rpc.v2.StateService",
        "sui.rpc.v2.SubscriptionService",
        "sui.rpc.v2.TransactionExecutionService",
    ];
    let channel = connect(&localnet).await;

    let ask = |message| v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(message),
    };
    let requests = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol(
            "sui.rpc.v2.StateService".to_owned(),
        )),
        ask(MessageRequest::FileContainingSymbol(
            "no.such.Symbol".to_owned(),
        )),
    ];
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let answers = client
        .server_reflection_info(tokio_stream::iter(requests))
        .await
        .expect("answers")
        .into_inner();
    let answers: Vec<_> = answers.collect().await;
    let Some(MessageResponse::ListServicesResponse(list)) = answers[0]
        .as_ref()
        .expect("a list")
        .message_response
        .clone()
    else {
        panic!("no list: {answers:?}")
    };
    let mut names: Vec<_> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    names.sort();
    assert_eq!(names, expected);
    assert!(matches!(
        answers[1].as_ref().expect("a file").message_response,
        Some(MessageResponse::FileDescriptorResponse(_))
    ));

    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
    };
    let mut answers = client
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .expect("answers")
        .into_inner();
    let answer = answers.next().await.expect("an answer").expect("a list");
    let Some(v1alpha::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        answer.message_response
    else {
        panic!("no list")
    };
    assert_eq!(list.service.len(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_serving() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    let localnet = localnet().await;
    let mut health = HealthClient::new(connect(&localnet).await);
    for service in [
        "",
        "sui.rpc.v2.LedgerService",
        "sui.rpc.v2.MovePackageService",
        "sui.rpc.v2.NameService",
        "sui.rpc.v2.SignatureVerificationService",
        "sui.rpc.v2.StateService",
        "sui.rpc.v2.SubscriptionService",
        "sui.rpc.v2.TransactionExecutionService",
    ] {
        let answer = health
            .check(HealthCheckRequest {
                service: service.to_owned(),
            })
            .await
            .expect("health");
        assert_eq!(answer.into_inner().status, 1, "{service}");
    }
}

async fn post(localnet: &Localnet, path: &str, body: &str) -> (String, serde_json::Value) {
    let url = localnet.faucet_url().expect("a faucet");
    let answer = http(
        &url,
        &format!("POST {path} HTTP/1.1\r\ncontent-type: application/json"),
        body.as_bytes(),
    )
    .await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    let status = head.lines().next().expect("a status").to_owned();
    (
        status,
        serde_json::from_str(body).unwrap_or(serde_json::Value::Null),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_faucet_speaks_the_official_protocol() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let body = format!(
        r#"{{"FixedAmountRequest":{{"recipient":"{}"}}}}"#,
        wallet.address
    );
    let (status, reply) = post(&localnet, "/v2/gas", &body).await;
    assert!(status.contains("200"), "{status}");
    assert_eq!(reply["status"], "Success");
    let coins = reply["coins_sent"].as_array().expect("coins");
    assert_eq!(coins.len(), 5);
    for coin in coins {
        let id: Address = coin["id"].as_str().expect("an id").parse().expect("an id");
        let object = localnet.ledger().object(&id).expect("the coin");
        let held = sui_sdk_types::framework::Coin::try_from_object(&object)
            .expect("a coin")
            .balance();
        assert_eq!(coin["amount"], held);
        assert_eq!(held, 200_000_000_000);
        assert_eq!(
            coin["transferTxDigest"],
            object.previous_transaction().to_string()
        );
    }
    assert_eq!(
        localnet.ledger().balances(&wallet.address)[0].coin_balance,
        1_000_000_000_000
    );

    let (status, reply) = post(&localnet, "/v1/gas", &body).await;
    assert!(
        status.contains("202") && reply["task"].is_string() && reply["error"].is_null(),
        "{status} {reply}"
    );
    let (status, reply) = post(&localnet, "/gas", &body).await;
    assert!(status.contains("201"), "{status}");
    assert_eq!(
        reply["transferredGasObjects"].as_array().map(Vec::len),
        Some(5)
    );

    let url = localnet.faucet_url().expect("a faucet");
    for path in ["/", "/health"] {
        let answer = http(&url, &format!("GET {path} HTTP/1.1"), &[]).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("OK"),
            "{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_faucet_refuses_what_it_does_not_understand() {
    let localnet = localnet().await;
    for body in [
        "",
        "{}",
        "[",
        r#"{"FixedAmountRequest":{"recipient":"nobody"}}"#,
        r#"{"FixedAmountRequest":{}}"#,
    ] {
        let (status, reply) = post(&localnet, "/v2/gas", body).await;
        assert!(status.contains("400"), "{body}: {status}");
        let reason = reply["status"]["Failure"]["Internal"]
            .as_str()
            .expect("a reason");
        assert!(reason.contains("invalid"), "{reason}");
    }
    let (status, _) = post(&localnet, "/v2/gas", &" ".repeat(100_000)).await;
    assert!(status.contains("413"), "{status}");
    let (status, _) = post(&localnet, "/v3/gas", "{}").await;
    assert!(status.contains("404"), "{status}");
}
