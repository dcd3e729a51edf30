//! The admin service: off unless asked for, on loopback only, closed to web pages, and as able as the library.

use serde_json::{Value, json};
use sui_rpc::proto::sui::rpc::v2::GetEpochRequest;
use sui_sdk_types::Address;
use tonic::Code;
use valet_localnet::{Clock, Localnet};

use super::http::http;
use crate::support::{START_MS, client};

async fn localnet() -> Localnet {
    Localnet::builder()
        .with_clock(Clock::Manual(START_MS))
        .with_admin_port(0)
        .start()
        .await
        .expect("starts")
}

/// The code and the JSON of an answer.
async fn call(localnet: &Localnet, head: &str, body: &str) -> (u16, Value) {
    let url = localnet.admin_url().expect("on");
    let answer = http(&url, head, body.as_bytes()).await;
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let json = serde_json::from_str(body).unwrap_or(Value::Null);
    (code.expect("a code"), json)
}

async fn post(localnet: &Localnet, path: &str, body: Value) -> (u16, Value) {
    let head = format!("POST {path} HTTP/1.1\r\ncontent-type: application/json");
    call(localnet, &head, &body.to_string()).await
}

async fn get(localnet: &Localnet, path: &str) -> Value {
    let (code, body) = call(localnet, &format!("GET {path} HTTP/1.1"), "").await;
    assert_eq!(code, 200, "{body}");
    body
}

#[track_caller]
fn done((code, body): (u16, Value)) -> Value {
    assert_eq!(code, 200, "{body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_service_is_off_by_default_and_on_loopback() {
    let without = crate::support::localnet().await;
    assert_eq!(without.admin_url(), None);
    let with = Localnet::builder()
        .with_host("0.0.0.0".parse().expect("an address"))
        .with_admin_port(0)
        .start()
        .await
        .expect("starts");
    let url = with.admin_url().expect("on");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_time_and_epochs_are_under_control() {
    let localnet = localnet().await;
    let friend = Address::from_static("0xf1");
    let request = json!({ "address": friend.to_string(), "amounts": [5, 6] });
    done(post(&localnet, "/v1/fund", request).await);
    assert_eq!(localnet.ledger().balances(&friend)[0].coin_balance, 11);

    let status = done(post(&localnet, "/v1/clock", json!({ "set_ms": START_MS + 7 })).await);
    assert_eq!(status["now_ms"], START_MS + 7);
    done(post(&localnet, "/v1/clock", json!({ "advance_ms": 3 })).await);
    assert_eq!(localnet.ledger().now_ms(), START_MS + 10);
    let (code, body) = post(&localnet, "/v1/clock", json!({ "set_ms": 1 })).await;
    assert_eq!(code, 400);
    assert!(
        body["error"]
            .as_str()
            .is_some_and(|error| error.contains("back")),
        "{body}"
    );

    done(post(&localnet, "/v1/epoch", json!({})).await);
    let status = done(post(&localnet, "/v1/epoch", json!({ "gas_price": 750 })).await);
    assert_eq!(
        (&status["epoch"], &status["reference_gas_price"]),
        (&json!(2), &json!(750))
    );
    let (code, _) = post(&localnet, "/v1/epoch", json!({ "gas_price": 0 })).await;
    assert_eq!(code, 400);
    let status = get(&localnet, "/v1/status").await;
    assert_eq!(status["epoch"], 2);
    assert_eq!(status["chain_id"], localnet.ledger().chain_id().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_injected_listed_and_taken_back() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut read = async || {
        let answer = client
            .ledger_client()
            .get_epoch(GetEpochRequest::default())
            .await;
        answer.map(drop).map_err(|status| status.code())
    };
    let fault = json!({
        "method": "GetEpoch",
        "action": { "fail": { "code": "unavailable", "message": "not now" } },
        "skip": 1,
        "times": 1,
    });
    let id = done(post(&localnet, "/v1/faults", fault).await)["id"].clone();
    assert_eq!(read().await, Ok(()));
    let listed = get(&localnet, "/v1/faults").await;
    assert_eq!(listed["faults"][0]["id"], id);
    assert_eq!(
        listed["faults"][0]["fault"]["method"],
        "LedgerService/GetEpoch"
    );
    assert_eq!(read().await, Err(Code::Unavailable));
    assert_eq!(read().await, Ok(()));
    let removed = done(post(&localnet, "/v1/faults/remove", json!({ "id": id })).await);
    assert_eq!(removed, json!({ "removed": false, "hits": 1 }));

    for action in [
        json!("drop_request"),
        json!("drop_response"),
        json!("duplicate"),
        json!("stall"),
        json!({ "delay": { "ms": 5 } }),
        json!({ "cut_stream": { "after": 2 } }),
        json!({ "fail_after": { "code": "data_loss" } }),
    ] {
        let listed = done(post(&localnet, "/v1/faults", json!({ "action": action })).await);
        let faults = get(&localnet, "/v1/faults").await["faults"].clone();
        let last = faults.as_array().and_then(|faults| faults.last()).cloned();
        assert_eq!(last.expect("a fault")["id"], listed["id"], "{action}");
    }
    done(post(&localnet, "/v1/faults/release", json!({})).await);
    done(post(&localnet, "/v1/faults/clear", json!({})).await);
    assert_eq!(get(&localnet, "/v1/faults").await["faults"], json!([]));

    done(post(&localnet, "/v1/connections", json!({ "do": "take_down" })).await);
    read().await.expect_err("down");
    done(post(&localnet, "/v1/connections", json!({ "do": "bring_up" })).await);
    done(post(&localnet, "/v1/connections", json!({ "do": "sever" })).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_taken_and_returned_to() {
    let localnet = localnet().await;
    let friend = Address::from_static("0xf1");
    done(post(&localnet, "/v1/snapshots", json!({ "name": "begin" })).await);
    let begun = get(&localnet, "/v1/status").await;
    localnet.ledger().fund(friend, &[5]).expect("pays");
    localnet.ledger().fund(friend, &[6]).expect("pays");
    let listed = get(&localnet, "/v1/snapshots").await;
    assert_eq!(listed["snapshots"][0]["name"], "begin");
    assert_eq!(listed["snapshots"][0]["checkpoint"], begun["checkpoint"]);

    let number = begun["checkpoint"].as_u64().expect("a number") + 1;
    done(
        post(
            &localnet,
            "/v1/snapshots/restore",
            json!({ "checkpoint": number }),
        )
        .await,
    );
    assert_eq!(localnet.ledger().balances(&friend)[0].coin_balance, 5);
    done(
        post(
            &localnet,
            "/v1/snapshots/restore",
            json!({ "name": "begin" }),
        )
        .await,
    );
    assert!(localnet.ledger().balances(&friend).is_empty());
    assert_eq!(get(&localnet, "/v1/status").await, begun);

    let (code, body) = post(&localnet, "/v1/snapshots/restore", json!({ "name": "end" })).await;
    assert_eq!(code, 404, "{body}");
    let (code, _) = post(
        &localnet,
        "/v1/snapshots/restore",
        json!({ "checkpoint": 1_000 }),
    )
    .await;
    assert_eq!(code, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_a_reason() {
    let localnet = localnet().await;
    for (path, body) in [
        ("/v1/fund", json!({ "address": "nobody", "amounts": [1] })),
        ("/v1/fund", json!({ "address": "0x2", "amounts": [] })),
        (
            "/v1/fund",
            json!({ "address": "0x2", "amounts": [u64::MAX, 1] }),
        ),
        ("/v1/fund", json!({ "address": "0x2" })),
        ("/v1/clock", json!({})),
        ("/v1/clock", json!({ "set_ms": -1 })),
        ("/v1/epoch", json!({ "price": 1 })),
        ("/v1/faults", json!({ "action": "explode" })),
        (
            "/v1/faults",
            json!({ "action": "stall", "method": "GetNothing" }),
        ),
        (
            "/v1/faults",
            json!({ "action": { "fail": { "code": "broken" } } }),
        ),
        ("/v1/faults/remove", json!({})),
        ("/v1/connections", json!({ "do": "nothing" })),
        ("/v1/snapshots", json!({ "name": "" })),
        ("/v1/snapshots", json!({ "name": "a".repeat(200) })),
    ] {
        let (code, answer) = post(&localnet, path, body.clone()).await;
        assert!((400..500).contains(&code), "{path} {body}: {code}");
        let reason = answer["error"].as_str().unwrap_or_default();
        assert!(!reason.is_empty(), "{path} {body}: {answer}");
    }
    let (code, _) = post(&localnet, "/v1/clock", json!("a".repeat(100_000))).await;
    assert_eq!(code, 413);
    let (code, _) = post(&localnet, "/v1/nothing", json!({})).await;
    assert_eq!(code, 404);
    assert!(localnet.faults().active().is_empty());
    assert_eq!(get(&localnet, "/v1/status").await["epoch"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_cannot_reach_it() {
    let localnet = localnet().await;
    let json = "content-type: application/json";
    let url = localnet.admin_url().expect("on");
    let post = "POST /v1/epoch HTTP/1.1";
    for head in [
        format!("{post}\r\n{json}\r\norigin: https://game.example"),
        format!("{post}\r\n{json}\r\nsec-fetch-site: cross-site"),
        format!("{post}\r\n{json}\r\norigin: null"),
        // What a form can send without asking first.
        format!("{post}\r\ncontent-type: text/plain"),
        "GET /v1/status HTTP/1.1\r\norigin: https://game.example".to_owned(),
        format!("OPTIONS /v1/epoch HTTP/1.1\r\norigin: {url}"),
    ] {
        let (code, _) = call(&localnet, &head, "{}").await;
        assert!(code == 403 || code == 415, "{head}: {code}");
    }
    // A name that somebody made point to this machine.
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.strip_prefix("http://").expect("a url");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("connects");
    let request = format!(
        "{post}\r\n{json}\r\nhost: rebound.example\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(localnet.ledger().epoch().epoch, 0);
}
