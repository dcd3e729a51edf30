//! Asking a test network's faucet for SUI, in the protocol that `sui start` and `valet localnet` speak. With the feature
//! `faucet`.

use std::{fmt::Display, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use sui_sdk_types::Address;

use crate::Error;

/// The port of a local faucet.
const LOCAL_PORT: u16 = 9123;
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The faucet that stands beside a local node; `None` for other nodes, whose faucets have to be named.
///
/// ```
/// use valet_client::faucet;
///
/// assert_eq!(faucet::beside("http://127.0.0.1:9000").as_deref(), Some("http://127.0.0.1:9123"));
/// assert_eq!(faucet::beside("https://fullnode.mainnet.sui.io"), None);
/// ```
#[must_use]
pub fn beside(rpc_url: &str) -> Option<String> {
    let uri: http::Uri = rpc_url.parse().ok()?;
    match uri.host()? {
        host @ ("127.0.0.1" | "localhost" | "[::1]") => Some(format!("http://{host}:{LOCAL_PORT}")),
        _ => None,
    }
}

/// Asks for SUI and waits until it is there.
///
/// # Errors
/// [`Error::Faucet`] when nobody answers in time, or the faucet refuses.
pub async fn request(faucet_url: &str, recipient: Address) -> Result<(), Error> {
    let exchange = exchange(faucet_url, recipient);
    match tokio::time::timeout(TIMEOUT, exchange).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(reason)) => Err(failed(faucet_url, reason)),
        Err(_) => Err(failed(faucet_url, "no answer in time")),
    }
}

async fn exchange(faucet_url: &str, recipient: Address) -> Result<(), String> {
    let url = format!("{}/v2/gas", faucet_url.trim_end_matches('/'));
    // An address has no character that JSON would escape.
    let body = format!(r#"{{"FixedAmountRequest":{{"recipient":"{recipient}"}}}}"#);
    let request = http::Request::post(&url)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client
        .request(request)
        .await
        .map_err(|error| root(&error))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    if status.is_success() {
        return Ok(());
    }
    Err(format!("{status}: {}", String::from_utf8_lossy(&body)))
}

fn failed(faucet_url: &str, reason: impl Display) -> Error {
    Error::Faucet {
        url: faucet_url.to_owned(),
        reason: reason.to_string(),
    }
}

/// The innermost reason: the outer ones say only that a connection failed.
fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
