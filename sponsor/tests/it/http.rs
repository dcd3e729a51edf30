//! Claims: over HTTP a sponsor is the same sponsor: typed refusals, bounded requests, a stop in good order. (D11.)

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use valet_client::{Owner as _, Sponsor as _, SponsorError, Violation};
use valet_sponsor::{HttpSponsor, Server, Service, serve};

use crate::stage::{Stage, address, violation};

async fn served(service: &Service) -> (Server, HttpSponsor) {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = serve(service.clone(), any).await.expect("served");
    let sponsor = HttpSponsor::connect(&server.url())
        .await
        .expect("connected");
    (server, sponsor)
}

#[tokio::test]
async fn d11_a_sponsor_over_http_pays_and_refuses_the_same() {
    let stage = Stage::set().await;
    let service = stage.sponsor();
    let (session, _) = stage.onboard(&service).await;
    let (server, sponsor) = served(&service).await;
    assert_eq!(sponsor.address(), address(&service));
    assert_eq!(*sponsor.terms(), service.terms());
    let step = stage.step(0).await;
    let played = stage
        .valet
        .execute_sponsored(&session, &sponsor, step.clone());
    assert!(played.await.expect("a move").is_success());

    let request = stage.request(&session, step.clone()).await;
    let quote = sponsor.quote(&request).await.expect("a quote");
    assert_eq!(service.quote(&request).await.expect("a quote"), quote);
    let signed = sponsor.sponsor(&request).await.expect("signed");
    assert_eq!(service.sponsor(&request).await.expect("signed"), signed);

    // Each kind of refusal arrives as what it was.
    let mut empty = step.clone();
    empty.commands.clear();
    let request = stage.request(&session, empty).await;
    assert_eq!(violation(sponsor.sponsor(&request).await), Violation::Empty);
    let mut elsewhere = stage.request(&session, step.clone()).await;
    elsewhere.chain_id = sui_sdk_types::Digest::ZERO;
    let bare = stage.bare_request(session.address(), step.clone()).await;
    let mut poor = stage.request(&session, step).await;
    poor.max_price = 1;
    for request in [elsewhere, bare, poor] {
        let told = sponsor.sponsor(&request).await.expect_err("refused");
        let meant = service.sponsor(&request).await.expect_err("refused");
        assert_eq!(told.to_string(), meant.to_string());
        assert!(matches!(told, SponsorError::Refused(_)), "{told:?}");
    }

    server.shutdown().await;
    let gone = sponsor
        .sponsor(&stage.request(&session, stage.step(1).await).await)
        .await;
    assert!(
        matches!(gone, Err(SponsorError::Unreachable { .. })),
        "{gone:?}"
    );
}

#[tokio::test]
async fn d11_nothing_that_is_sent_to_a_sponsor_breaks_it() {
    let stage = Stage::set().await;
    let service = stage.sponsor();
    let (server, _) = served(&service).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let send = async |path: &str, content_type: &str, body: Bytes| {
        let request = http::Request::post(format!("{}{path}", server.url()))
            .header(http::header::CONTENT_TYPE, content_type)
            .body(Full::new(body))
            .expect("a request");
        let response = client.request(request).await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body");
        let told: serde_json::Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
        assert!(told["error"]["code"].is_string(), "{told}");
        assert!(told["error"]["message"].is_string() && told["error"]["remedy"].is_string());
        status
    };
    let json = "application/json";
    let zero = format!("0x{}", "0".repeat(64));
    let with = |ptb: &str, proof: &str| {
        let chain_id = service.terms().chain_id;
        let text = format!(
            r#"{{"ptb":"{ptb}","sender":"{zero}","chain_id":"{chain_id}","max_epoch":1,"nonce":1,
               "max_price":1,"max_budget":1,"proof":{proof}}}"#
        );
        Bytes::from(text)
    };
    for (status, path, content_type, body) in [
        (400, "/v1/sponsor", json, Bytes::new()),
        (400, "/v1/sponsor", json, Bytes::from("{}")),
        (400, "/v1/quote", json, Bytes::from("[".repeat(100_000))),
        (400, "/v1/sponsor", json, with("%%%", "null")),
        (400, "/v1/sponsor", json, with("/////w8=", "null")),
        (400, "/v1/sponsor", json, with("AAA=", "\"AAAA\"")),
        // Well formed, and nothing in it.
        (403, "/v1/sponsor", json, with("AAA=", "null")),
        (403, "/v1/quote", json, with("AAA=", "null")),
        (
            413,
            "/v1/sponsor",
            json,
            Bytes::from(vec![b' '; 200 * 1024]),
        ),
        (415, "/v1/sponsor", "text/plain", with("AAA=", "null")),
        (404, "/v1/other", json, Bytes::new()),
    ] {
        assert_eq!(
            send(path, content_type, body.clone()).await,
            status,
            "{path} {body:?}"
        );
    }
    HttpSponsor::connect(&server.url())
        .await
        .expect("still there");
}

#[tokio::test]
async fn d11_what_is_no_sponsor_is_a_typed_error() {
    let stage = Stage::set().await;
    let nobody = HttpSponsor::connect("http://127.0.0.1:9").await;
    assert!(
        matches!(nobody, Err(SponsorError::Unreachable { .. })),
        "{nobody:?}"
    );
    let wrong = HttpSponsor::connect("ftp://127.0.0.1").await;
    assert!(
        matches!(wrong, Err(SponsorError::Unreachable { .. })),
        "{wrong:?}"
    );
    let node = HttpSponsor::connect(&stage.localnet.rpc_url()).await;
    assert!(
        matches!(node, Err(SponsorError::Malformed { .. })),
        "{node:?}"
    );
}
