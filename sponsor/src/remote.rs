//! A sponsor reached over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Serialize, de::DeserializeOwned};
use sui_sdk_types::Address;
use valet_client::{Sponsor, SponsorError, SponsorRequest, Sponsored};

use crate::{
    Quote, Terms,
    wire::{self, MAX_ANSWER_BYTES, WireCause, WireError, WireRequest, WireSponsored},
};

/// A [`Sponsor`] that `valet sponsor`, or [`serve`](crate::serve), offers at a URL. Cheap to clone.
///
/// ```no_run
/// # async fn example(account: valet_client::Account, owner: valet_client::KeyOwner) -> Result<(), Box<dyn std::error::Error>> {
/// use valet_sponsor::HttpSponsor;
///
/// // The owner has lost the device with the session's key, and has no SUI.
/// let sponsor = HttpSponsor::connect("http://127.0.0.1:9200").await?;
/// account.deactivate_sponsored(&owner, &sponsor).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct HttpSponsor {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    timeout: Duration,
    terms: Terms,
}

impl HttpSponsor {
    /// Connects to a sponsor and learns its terms. Its address is what answers are compared with from then on.
    ///
    /// # Errors
    /// [`SponsorError::Unreachable`], [`SponsorError::Timeout`] or [`SponsorError::Malformed`].
    pub async fn connect(url: &str) -> Result<Self, SponsorError> {
        Self::connect_within(url, Duration::from_secs(20)).await
    }

    /// As [`connect`](Self::connect), with a time-out for each request.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_within(url: &str, timeout: Duration) -> Result<Self, SponsorError> {
        if !url.starts_with("http://") {
            return Err(SponsorError::Unreachable {
                url: url.to_owned(),
                reason: "a sponsor's address begins with http://".to_owned(),
            });
        }
        let client = Client::builder(TokioExecutor::new()).build_http();
        let url = url.trim_end_matches('/').to_owned();
        let request = http::Request::get(format!("{url}{}", wire::TERMS));
        let terms = exchange(&client, &url, timeout, request, Bytes::new()).await?;
        Ok(Self {
            client,
            url,
            timeout,
            terms,
        })
    }

    /// What the sponsor said that it pays for when this connected.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Asks what the sponsor would pay for a transaction.
    ///
    /// # Errors
    /// As [`Sponsor::sponsor`].
    pub async fn quote(&self, request: &SponsorRequest) -> Result<Quote, SponsorError> {
        self.post(wire::QUOTE, request).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &SponsorRequest,
    ) -> Result<T, SponsorError> {
        let body = WireRequest::new(request).map_err(|reason| SponsorError::Failed { reason })?;
        let body = json(&body)?;
        let request = http::Request::post(format!("{}{path}", self.url))
            .header(http::header::CONTENT_TYPE, "application/json");
        exchange(&self.client, &self.url, self.timeout, request, body).await
    }
}

#[async_trait]
impl Sponsor for HttpSponsor {
    fn address(&self) -> Address {
        self.terms.address
    }

    async fn sponsor(&self, request: &SponsorRequest) -> Result<Sponsored, SponsorError> {
        let answer: WireSponsored = self.post(wire::SPONSOR, request).await?;
        answer.decode().map_err(malformed)
    }
}

async fn exchange<T: DeserializeOwned>(
    client: &Client<HttpConnector, Full<Bytes>>,
    url: &str,
    timeout: Duration,
    request: http::request::Builder,
    body: Bytes,
) -> Result<T, SponsorError> {
    let unreachable = |reason: String| SponsorError::Unreachable {
        url: url.to_owned(),
        reason,
    };
    let request = request
        .body(Full::new(body))
        .map_err(|error| unreachable(error.to_string()))?;
    let answered = async {
        let response = client
            .request(request)
            .await
            .map_err(|error| unreachable(root_cause(&error)))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|error| malformed(error.to_string()))?
            .to_bytes();
        Ok::<_, SponsorError>((status, body))
    };
    let (status, body) = tokio::time::timeout(timeout, answered)
        .await
        .map_err(|_| SponsorError::Timeout { after: timeout })??;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()));
    }
    let told: WireError = serde_json::from_slice(&body)
        .map_err(|error| malformed(format!("{status}, and {error}")))?;
    Err(match told.error.cause {
        WireCause::Refusal(refusal) => SponsorError::Refused(refusal),
        WireCause::Other { .. } => SponsorError::Failed {
            reason: told.error.message,
        },
    })
}

fn json(value: &impl Serialize) -> Result<Bytes, SponsorError> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|error| SponsorError::Failed {
            reason: error.to_string(),
        })
}

fn malformed(reason: String) -> SponsorError {
    SponsorError::Malformed { reason }
}

/// The innermost cause, which is the one that says something ("connection refused").
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
