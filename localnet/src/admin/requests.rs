//! What requests say.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Json, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sui_sdk_types::Address;

use super::Refused;

/// Longest name of a snapshot.
const MAX_NAME: usize = 100;

/// The JSON of a request, or why it is none.
pub(super) struct Body<T>(Result<T, Refused>);

impl<T> Body<T> {
    pub(super) fn read(self) -> Result<T, Refused> {
        self.0
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = Json::<T>::from_request(request, state).await;
        Ok(Self(body.map(|Json(body)| body).map_err(
            |rejection: JsonRejection| Refused {
                code: rejection.status(),
                message: rejection.body_text(),
            },
        )))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FundRequest {
    /// Who gets coins.
    pub(super) address: Address,
    /// How much each of them holds, in MIST.
    pub(super) amounts: Vec<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClockRequest {
    SetMs(u64),
    AdvanceMs(u64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EpochRequest {
    /// The next epoch's reference gas price; the same as now if there is none.
    #[serde(default)]
    pub(super) gas_price: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ConnectionsRequest {
    Sever,
    TakeDown,
    BringUp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotRequest {
    #[serde(deserialize_with = "name")]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RestoreRequest {
    Name(String),
    Checkpoint(u64),
}

fn name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(serde::de::Error::custom(format_args!(
            "a name has 1 to {MAX_NAME} bytes"
        )));
    }
    Ok(name)
}
