//! Asking a faucet for SUI, in the protocol that `sui start` and `valet localnet` speak.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::json;
use sui_sdk_types::Address;

/// The port of a local faucet.
const LOCAL_PORT: u16 = 9123;
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The faucet that belongs to a local node; other nodes' faucets have to be named.
pub(super) fn beside(rpc_url: &str) -> Result<String> {
    let uri: http::Uri = rpc_url.parse().context("the node's URL")?;
    match uri.host() {
        Some(host @ ("127.0.0.1" | "localhost" | "[::1]")) => {
            Ok(format!("http://{host}:{LOCAL_PORT}"))
        }
        _ => bail!(
            "who pays on {rpc_url}? Name a faucet with --faucet-url, or put a funded key into VALET_FUNDER_KEY"
        ),
    }
}

/// Asks for SUI and waits until it is there.
pub(super) async fn request(faucet_url: &str, recipient: Address) -> Result<()> {
    let url = format!("{}/v2/gas", faucet_url.trim_end_matches('/'));
    let body = json!({ "FixedAmountRequest": { "recipient": recipient.to_string() } }).to_string();
    let request = http::Request::post(&url)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .with_context(|| format!("the faucet's URL {url}"))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let exchange = async {
        let response = client.request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!("reading the answer: {error}"))?
            .to_bytes();
        if !status.is_success() {
            bail!("{status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(())
    };
    tokio::time::timeout(TIMEOUT, exchange)
        .await
        .context("no answer in time")
        .and_then(|answer| answer)
        .with_context(|| format!("asking the faucet at {url} for SUI"))
}
