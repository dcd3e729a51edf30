//! The admin service: what a test does to its ledger through the library, over HTTP and JSON, for programs in other
//! processes.
//!
//! It listens on 127.0.0.1 only and is off unless asked for. A web page must not reach it: requests that a browser sends for
//! one are refused, whatever name the page found the service under.
//!
//! | request | does |
//! | --- | --- |
//! | `GET /v1/status` | where the chain stands |
//! | `POST /v1/fund {"address", "amounts"}` | coins from the faucet, in MIST |
//! | `POST /v1/clock {"set_ms"}` or `{"advance_ms"}` | moves the clock |
//! | `POST /v1/epoch {"gas_price"?}` | ends the epoch |
//! | `GET /v1/faults`, `POST /v1/faults {"method"?, "action", "skip"?, "times"?}` | lists and injects faults |
//! | `POST /v1/faults/remove {"id"}`, `/v1/faults/clear {}`, `/v1/faults/release {}` | takes them back, lets stalled calls go on |
//! | `POST /v1/connections {"do": "sever" \| "take_down" \| "bring_up"}` | resets connections |
//! | `GET /v1/snapshots`, `POST /v1/snapshots {"name"}` | lists and takes snapshots, in memory |
//! | `POST /v1/snapshots/restore {"name"}` or `{"checkpoint"}` | returns to one |

mod faults;
mod guard;
mod requests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::{Value, json};

use self::requests::{
    Body, ClockRequest, ConnectionsRequest, EpochRequest, FundRequest, RestoreRequest,
    SnapshotRequest,
};
use crate::faults::Faults;
use crate::ledger::{Ledger, LedgerError, Snapshot};

/// Largest request.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Most snapshots that are kept.
const MAX_SNAPSHOTS: usize = 64;

/// What requests work on.
#[derive(Clone, Debug)]
struct Admin {
    ledger: Arc<Ledger>,
    faults: Faults,
    snapshots: Arc<Mutex<BTreeMap<String, Snapshot>>>,
}

/// The service over a ledger and the faults of the services in front of it.
pub(crate) fn router(ledger: Arc<Ledger>, faults: Faults) -> Router {
    let admin = Admin {
        ledger,
        faults,
        snapshots: Arc::default(),
    };
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/fund", post(fund))
        .route("/v1/clock", post(clock))
        .route("/v1/epoch", post(epoch))
        .route("/v1/faults", get(faults::list).post(faults::inject))
        .route("/v1/faults/remove", post(faults::remove))
        .route("/v1/faults/clear", post(faults::clear))
        .route("/v1/faults/release", post(faults::release))
        .route("/v1/connections", post(connections))
        .route("/v1/snapshots", get(snapshots).post(take_snapshot))
        .route("/v1/snapshots/restore", post(restore))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(guard::only_local_programs))
        .with_state(admin)
}

/// What a request is answered with: JSON, or an error that says what to do.
type Answer = Result<Json<Value>, Refused>;

/// A request that is not done.
#[derive(Debug)]
struct Refused {
    code: StatusCode,
    message: String,
}

impl Refused {
    fn bad(message: impl std::fmt::Display) -> Self {
        Self {
            code: StatusCode::BAD_REQUEST,
            message: message.to_string(),
        }
    }

    fn not_found(message: impl std::fmt::Display) -> Self {
        Self {
            code: StatusCode::NOT_FOUND,
            message: message.to_string(),
        }
    }
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::System { .. } => Self {
                code: StatusCode::INTERNAL_SERVER_ERROR,
                message: error.to_string(),
            },
            _ => Self::bad(error),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.code, Json(json!({ "error": self.message }))).into_response()
    }
}

impl Admin {
    /// Do work that may take long away from the threads that serve connections, and say where the chain stands then.
    async fn work(
        self,
        work: impl FnOnce(&Self) -> Result<Value, Refused> + Send + 'static,
    ) -> Answer {
        let done = tokio::task::spawn_blocking(move || {
            let mut answer = work(&self)?;
            if let (Value::Object(answer), Value::Object(status)) = (&mut answer, self.status()) {
                answer.extend(status);
            }
            Ok(Json(answer))
        });
        done.await.unwrap_or_else(|error| {
            Err(Refused {
                code: StatusCode::INTERNAL_SERVER_ERROR,
                message: format!("internal error, please report it: {error}"),
            })
        })
    }

    fn status(&self) -> Value {
        let epoch = self.ledger.epoch();
        let latest = self.ledger.latest_checkpoint();
        json!({
            "chain_id": self.ledger.chain_id().to_string(),
            "checkpoint": latest.map(|latest| latest.sequence_number()),
            "epoch": epoch.epoch,
            "reference_gas_price": epoch.reference_gas_price,
            "now_ms": self.ledger.now_ms(),
        })
    }
}

async fn status(State(admin): State<Admin>) -> Answer {
    Ok(Json(admin.status()))
}

async fn fund(State(admin): State<Admin>, request: Body<FundRequest>) -> Answer {
    let FundRequest { address, amounts } = request.read()?;
    admin
        .work(move |admin| {
            let paid = admin.ledger.fund(address, &amounts)?;
            Ok(json!({ "digest": paid.digest.to_string() }))
        })
        .await
}

async fn clock(State(admin): State<Admin>, request: Body<ClockRequest>) -> Answer {
    let request = request.read()?;
    admin
        .work(move |admin| {
            match request {
                ClockRequest::SetMs(ms) => admin.ledger.set_clock_ms(ms)?,
                ClockRequest::AdvanceMs(ms) => drop(admin.ledger.advance_clock_ms(ms)?),
            }
            Ok(json!({}))
        })
        .await
}

async fn epoch(State(admin): State<Admin>, request: Body<EpochRequest>) -> Answer {
    let request = request.read()?;
    admin
        .work(move |admin| {
            match request.gas_price {
                Some(price) => admin.ledger.advance_epoch_at_price(price)?,
                None => admin.ledger.advance_epoch()?,
            };
            Ok(json!({}))
        })
        .await
}

async fn connections(State(admin): State<Admin>, request: Body<ConnectionsRequest>) -> Answer {
    match request.read()? {
        ConnectionsRequest::Sever => admin.faults.sever_connections(),
        ConnectionsRequest::TakeDown => admin.faults.take_down(),
        ConnectionsRequest::BringUp => admin.faults.bring_up(),
    }
    Ok(Json(json!({})))
}

async fn snapshots(State(admin): State<Admin>) -> Answer {
    let snapshots = admin
        .snapshots
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let list: Vec<_> = snapshots
        .iter()
        .map(|(name, snapshot)| {
            json!({ "name": name, "checkpoint": snapshot.checkpoint(), "now_ms": snapshot.now_ms() })
        })
        .collect();
    Ok(Json(json!({ "snapshots": list })))
}

async fn take_snapshot(State(admin): State<Admin>, request: Body<SnapshotRequest>) -> Answer {
    let SnapshotRequest { name } = request.read()?;
    admin
        .work(move |admin| {
            let snapshot = admin.ledger.snapshot();
            let mut snapshots = admin.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
            if snapshots.len() >= MAX_SNAPSHOTS && !snapshots.contains_key(&name) {
                return Err(Refused::bad(format_args!(
                    "there are {MAX_SNAPSHOTS} snapshots: take this one under a name that is there already"
                )));
            }
            snapshots.insert(name, snapshot);
            Ok(json!({}))
        })
        .await
}

async fn restore(State(admin): State<Admin>, request: Body<RestoreRequest>) -> Answer {
    let request = request.read()?;
    admin
        .work(move |admin| {
            match request {
                RestoreRequest::Checkpoint(number) => admin.ledger.revert_to(number)?,
                RestoreRequest::Name(name) => {
                    let snapshots = admin.snapshots.lock();
                    let snapshots = snapshots.unwrap_or_else(PoisonError::into_inner);
                    let snapshot = snapshots.get(&name).cloned().ok_or_else(|| {
                        Refused::not_found(format_args!(
                            "there is no snapshot {name:?}: take it first"
                        ))
                    })?;
                    drop(snapshots);
                    admin.ledger.restore(&snapshot)?;
                }
            }
            Ok(json!({}))
        })
        .await
}
