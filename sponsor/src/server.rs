//! The sponsor over HTTP.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::State,
    http::{Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};
use valet_client::SponsorRequest;

use crate::{
    Quote, Service, ServiceError,
    wire::{self, MAX_REQUEST_BYTES, WireCause, WireError, WireReason, WireRequest, WireSponsored},
};

/// How long one request may take, reading it included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How many requests are worked on at once; more are turned away.
const TOGETHER: usize = 64;
/// How often open transactions are looked up.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);
/// How long requests in progress may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// A server that is running. It stops when dropped, or in good order by [`shutdown`](Self::shutdown).
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: tokio::sync::watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, for [`HttpSponsor`](crate::HttpSponsor).
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening, and gives requests in progress a moment to end.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for mut task in self.tasks.drain(..) {
            if tokio::time::timeout(GRACE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

#[derive(Clone)]
struct Shared {
    service: Service,
    together: Arc<Semaphore>,
}

/// Serves a sponsor over HTTP: `GET /v1/terms`, `POST /v1/quote`, `POST /v1/sponsor`. Open transactions are looked up now and
/// then meanwhile.
///
/// There is no encryption: listen on loopback, and put a proxy that ends TLS in front for others.
///
/// # Errors
/// [`ServiceError::Listen`] when the address is taken.
pub async fn serve(service: Service, address: SocketAddr) -> Result<Server, ServiceError> {
    let listen = |error: std::io::Error| ServiceError::Listen {
        address,
        reason: error.to_string(),
    };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        // An error means that the server was dropped.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let shared = Shared {
        service: service.clone(),
        together: Arc::new(Semaphore::new(TOGETHER)),
    };
    let router = Router::new()
        .route(wire::TERMS, get(terms))
        .route(wire::QUOTE, post(quote))
        .route(wire::SPONSOR, post(sponsor))
        .fallback(async || bad(StatusCode::NOT_FOUND, "there is nothing at this path"))
        .with_state(shared);
    let served = axum::serve(listener, router).with_graceful_shutdown(until(stopped.clone()));
    let serving = tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the sponsor's server ended");
        }
    });
    let reconciling = tokio::spawn(async move {
        tokio::select! {
            () = until(stopped) => {}
            () = reconcile(service) => {}
        }
    });
    tracing::info!(%address, "the sponsor is served");
    Ok(Server {
        address,
        stop,
        tasks: vec![serving, reconciling],
    })
}

async fn reconcile(service: Service) {
    loop {
        if let Err(error) = service.reconcile().await {
            tracing::warn!(%error, "open transactions could not be looked up");
        }
        tokio::time::sleep(RECONCILE_EVERY).await;
    }
}

async fn terms(State(shared): State<Shared>) -> Response {
    Json(shared.service.terms()).into_response()
}

async fn quote(State(shared): State<Shared>, request: Request<Body>) -> Response {
    answer(&shared, request, async |service, request| {
        let quote: Quote = service.quote(&request).await?;
        Ok(Json(quote).into_response())
    })
    .await
}

async fn sponsor(State(shared): State<Shared>, request: Request<Body>) -> Response {
    answer(&shared, request, async |service, request| {
        let sponsored = service.sign(&request).await?;
        let answer =
            WireSponsored::new(&sponsored).map_err(|reason| ServiceError::Internal { reason })?;
        Ok(Json(answer).into_response())
    })
    .await
}

/// Reads a request, has it answered, and keeps both within bounds.
async fn answer<F>(
    shared: &Shared,
    request: Request<Body>,
    handle: impl FnOnce(Service, SponsorRequest) -> F,
) -> Response
where
    F: Future<Output = Result<Response, ServiceError>>,
{
    let Ok(_turn) = shared.together.try_acquire() else {
        return bad_because(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "too many requests at once",
            "ask again in a moment",
        );
    };
    let work = async {
        let request = match read(request).await {
            Ok(request) => request,
            Err(response) => return response,
        };
        match handle(shared.service.clone(), request).await {
            Ok(response) => response,
            Err(error) => refuse(error),
        }
    };
    match tokio::time::timeout(REQUEST_TIMEOUT, work).await {
        Ok(response) => response,
        Err(_) => bad_because(
            StatusCode::GATEWAY_TIMEOUT,
            "failed",
            "it took too long",
            "ask again with the same request",
        ),
    }
}

async fn read(request: Request<Body>) -> Result<SponsorRequest, Response> {
    // A page in a browser can send other types to a loopback port without being asked.
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !json {
        let message = "the content type is not application/json";
        return Err(bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let body = to_bytes(request.into_body(), MAX_REQUEST_BYTES)
        .await
        .map_err(|error| bad(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()))?;
    let request: WireRequest = serde_json::from_slice(&body)
        .map_err(|error| bad(StatusCode::BAD_REQUEST, &error.to_string()))?;
    request
        .decode()
        .map_err(|reason| bad(StatusCode::BAD_REQUEST, &reason))
}

fn refuse(error: ServiceError) -> Response {
    match error {
        ServiceError::Refused(refusal) => {
            let reason = WireReason {
                message: refusal.to_string(),
                remedy: refusal.remedy().to_owned(),
                cause: WireCause::Refusal(refusal),
            };
            (StatusCode::FORBIDDEN, Json(WireError { error: reason })).into_response()
        }
        error => {
            tracing::error!(%error, "a request failed");
            bad_because(
                StatusCode::BAD_GATEWAY,
                "failed",
                &error.to_string(),
                "ask again with the same request",
            )
        }
    }
}

fn bad(status: StatusCode, message: &str) -> Response {
    let remedy = "send JSON as this version of `HttpSponsor` does";
    bad_because(status, "bad_request", message, remedy)
}

fn bad_because(status: StatusCode, code: &str, message: &str, remedy: &str) -> Response {
    let reason = WireReason {
        message: message.to_owned(),
        remedy: remedy.to_owned(),
        cause: WireCause::Other {
            code: code.to_owned(),
        },
    };
    (status, Json(WireError { error: reason })).into_response()
}
