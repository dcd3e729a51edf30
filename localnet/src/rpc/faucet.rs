//! The faucet's HTTP service: the official protocol of Sui's local faucet.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use sui_sdk_types::Address;
use tower_http::cors::CorsLayer;

use crate::ledger::Ledger;

/// Largest request body; a request is an address with a name.
const MAX_BODY_BYTES: usize = 4 * 1024;

/// The faucet's routes; each request gets `coins` coins of `amount` MIST.
pub(crate) fn router(ledger: Arc<Ledger>, amounts: Vec<u64>) -> Router {
    Router::new()
        .route("/", get(health))
        .route("/health", get(health))
        .route("/v2/gas", post(v2))
        .route("/v1/gas", post(v1))
        .route("/gas", post(v0))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CorsLayer::permissive())
        .with_state(Faucet {
            ledger,
            amounts: amounts.into(),
        })
}

#[derive(Clone)]
struct Faucet {
    ledger: Arc<Ledger>,
    amounts: Arc<[u64]>,
}

async fn health() -> &'static str {
    "OK"
}

#[derive(Deserialize)]
enum Request {
    FixedAmountRequest { recipient: String },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CoinInfo {
    amount: u64,
    id: Address,
    transfer_tx_digest: String,
}

/// Why no coins were sent.
struct Failure {
    code: StatusCode,
    message: String,
}

impl Failure {
    fn new(code: StatusCode, message: impl ToString) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }
}

impl Faucet {
    async fn pay(self, body: Bytes) -> Result<Vec<CoinInfo>, Failure> {
        let bad = |message: String| Failure::new(StatusCode::BAD_REQUEST, message);
        let Request::FixedAmountRequest { recipient } = serde_json::from_slice(&body).map_err(|error| {
            bad(format!("invalid request ({error}): send {{\"FixedAmountRequest\":{{\"recipient\":\"0x...\"}}}}"))
        })?;
        let recipient: Address = recipient
            .parse()
            .map_err(|error| bad(format!("invalid recipient ({error}): send a Sui address")))?;
        let Self { ledger, amounts } = self;
        // Paying executes a transaction, which is no work for the threads that serve connections.
        let paid = tokio::task::spawn_blocking(move || {
            let executed = ledger.fund(recipient, &amounts)?;
            let digest = executed.digest.to_string();
            let coins = executed.output_objects.iter().filter_map(|object| {
                let coin = sui_sdk_types::framework::Coin::try_from_object(object)?;
                (*object.owner() == sui_sdk_types::Owner::Address(recipient)).then(|| CoinInfo {
                    amount: coin.balance(),
                    id: *coin.id(),
                    transfer_tx_digest: digest.clone(),
                })
            });
            Ok::<_, crate::ledger::LedgerError>(coins.collect())
        })
        .await;
        match paid {
            Ok(Ok(coins)) => Ok(coins),
            Ok(Err(error)) => Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, error)),
            Err(error) => Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, error)),
        }
    }
}

/// The protocol of today.
async fn v2(State(faucet): State<Faucet>, body: Bytes) -> Response {
    #[derive(Serialize)]
    enum Status {
        Success,
        Failure(Reason),
    }
    #[derive(Serialize)]
    enum Reason {
        Internal(String),
    }
    #[derive(Serialize)]
    struct Reply {
        status: Status,
        coins_sent: Option<Vec<CoinInfo>>,
    }
    let (code, reply) = match faucet.pay(body).await {
        Ok(coins) => (
            StatusCode::OK,
            Reply {
                status: Status::Success,
                coins_sent: Some(coins),
            },
        ),
        Err(Failure { code, message }) => (
            code,
            Reply {
                status: Status::Failure(Reason::Internal(message)),
                coins_sent: None,
            },
        ),
    };
    (code, Json(reply)).into_response()
}

/// The batching protocol before it: answers with a task, which here is done when it is answered.
async fn v1(State(faucet): State<Faucet>, body: Bytes) -> Response {
    #[derive(Serialize)]
    struct Reply {
        task: Option<String>,
        error: Option<String>,
    }
    let (code, reply) = match faucet.pay(body).await {
        Ok(coins) => {
            let task = coins.into_iter().next().map(|coin| coin.transfer_tx_digest);
            (StatusCode::ACCEPTED, Reply { task, error: None })
        }
        Err(Failure { code, message }) => (
            code,
            Reply {
                task: None,
                error: Some(message),
            },
        ),
    };
    (code, Json(reply)).into_response()
}

/// The first protocol.
async fn v0(State(faucet): State<Faucet>, body: Bytes) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Reply {
        transferred_gas_objects: Vec<CoinInfo>,
        error: Option<String>,
    }
    let (code, reply) = match faucet.pay(body).await {
        Ok(coins) => (
            StatusCode::CREATED,
            Reply {
                transferred_gas_objects: coins,
                error: None,
            },
        ),
        Err(Failure { code, message }) => (
            code,
            Reply {
                transferred_gas_objects: Vec::new(),
                error: Some(message),
            },
        ),
    };
    (code, Json(reply)).into_response()
}
