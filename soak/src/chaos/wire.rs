//! The wire between one client and the ledger: a relay on loopback that passes requests on, or does its worst.
//!
//! What is forwarded are the client's own bytes, to the ledger's own gRPC server. A request that has left is carried through even
//! when its sender hangs up, as on a real network.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use http::HeaderMap;
use http_body_util::{BodyExt as _, Full};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Status,
    service::Routes,
    transport::{Channel, Endpoint, Server},
};
use tower::{Service as _, ServiceExt as _};

use super::fault::Fault;
use crate::{Error, random::Random};

/// Messages of this protocol are far smaller.
const MOST_BYTES: usize = 16 << 20;
/// Statuses after which a transaction may or may not have been executed.
const OPEN: [Code; 7] = [
    Code::Unavailable,
    Code::DeadlineExceeded,
    Code::Internal,
    Code::Unknown,
    Code::Cancelled,
    Code::Aborted,
    Code::ResourceExhausted,
];

/// A client's wire. It is cut when dropped.
#[derive(Debug)]
pub(super) struct Wire {
    url: String,
    line: Arc<Line>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Line {
    ledger: Channel,
    /// How long the client waits for an answer.
    patience: Duration,
    random: Mutex<Random>,
    is_calm: AtomicBool,
    requests: AtomicU64,
    faults: Mutex<BTreeMap<Fault, u64>>,
    /// The latest answer to each method.
    answers: Mutex<BTreeMap<String, Answer>>,
    transactions: watch::Sender<u64>,
    breaks: watch::Sender<u64>,
    down_until: Mutex<Option<Instant>>,
}

#[derive(Clone, Debug)]
struct Answer {
    headers: HeaderMap,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

/// A request, as often as it is needed.
#[derive(Clone, Debug)]
struct Sent {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Wire {
    /// Lays a wire to the ledger's server at `ledger`.
    pub(super) async fn lay(
        ledger: &str,
        patience: Duration,
        random: Random,
    ) -> Result<Self, Error> {
        let setup = |error: &dyn std::error::Error| Error::setup("laying a wire", error);
        let ledger = Endpoint::from_shared(ledger.to_owned()).map_err(|error| setup(&error))?;
        let line = Arc::new(Line {
            ledger: ledger.connect_lazy(),
            patience,
            random: Mutex::new(random),
            is_calm: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            faults: Mutex::default(),
            answers: Mutex::default(),
            transactions: watch::Sender::new(0),
            breaks: watch::Sender::new(0),
            down_until: Mutex::new(None),
        });
        let server = TcpListener::bind("127.0.0.1:0").await;
        let server = server.map_err(|error| setup(&error))?;
        let inner = server.local_addr().map_err(|error| setup(&error))?;
        let relay = TcpListener::bind("127.0.0.1:0").await;
        let relay = relay.map_err(|error| setup(&error))?;
        let outer = relay.local_addr().map_err(|error| setup(&error))?;
        let router = Router::new().fallback(pass).with_state(Arc::clone(&line));
        let served = Server::builder()
            .add_routes(Routes::from(router))
            .serve_with_incoming(TcpListenerStream::new(server));
        let tasks = vec![
            tokio::spawn(async move {
                // It ends with the run; what goes wrong on single connections is no error.
                let _ = served.await;
            }),
            tokio::spawn(relay_to(relay, inner, Arc::clone(&line))),
        ];
        Ok(Self {
            url: format!("http://{outer}"),
            line,
            tasks,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// From now on, everything arrives.
    pub(super) fn calm(&self) {
        self.line.is_calm.store(true, Ordering::SeqCst);
        *lock(&self.line.down_until) = None;
    }

    /// Returns once so many more transactions have come in.
    pub(super) async fn after(&self, transactions: u64) {
        let mut arrivals = self.line.transactions.subscribe();
        let goal = arrivals.borrow().saturating_add(transactions);
        // The sender lives as long as `self`.
        let _ = arrivals.wait_for(|arrived| *arrived >= goal).await;
    }

    pub(super) fn requests(&self) -> u64 {
        self.line.requests.load(Ordering::Relaxed)
    }

    pub(super) fn faults(&self) -> BTreeMap<Fault, u64> {
        lock(&self.line.faults).clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Line {
    /// Decides what happens to a request.
    fn judge(&self, is_transaction: bool) -> Option<Fault> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if is_transaction {
            self.transactions.send_modify(|arrived| *arrived += 1);
        }
        if self.is_calm.load(Ordering::SeqCst) {
            return None;
        }
        let fault = Fault::draw(&mut lock(&self.random), is_transaction)?;
        *lock(&self.faults).entry(fault).or_default() += 1;
        Some(fault)
    }

    fn open_status(&self) -> Status {
        let at = usize::from(lock(&self.random).byte(7));
        let code = OPEN.get(at).copied().unwrap_or(Code::Unavailable);
        Status::new(code, "injected: the outcome is open")
    }

    /// Longer than anybody waits.
    async fn silence(&self) -> Status {
        tokio::time::sleep(self.patience * 4).await;
        Status::unavailable("injected: nobody answers")
    }

    fn sever(&self) {
        self.breaks.send_modify(|breaks| *breaks += 1);
    }

    fn take_down(&self) {
        *lock(&self.down_until) = Some(Instant::now() + self.patience / 2);
        self.sever();
    }

    fn is_down(&self) -> bool {
        lock(&self.down_until).is_some_and(|until| Instant::now() < until)
    }

    /// Carries a request through, whatever becomes of whoever sent it.
    async fn carry(self: &Arc<Self>, sent: Sent) -> Result<Answer, Status> {
        let line = Arc::clone(self);
        tokio::spawn(async move { line.forward(sent).await })
            .await
            .unwrap_or_else(|_| Err(Status::unavailable("the relay ended")))
    }

    /// Carries a request through, later.
    fn carry_late(self: &Arc<Self>, sent: Sent, by: Duration) {
        let line = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(by).await;
            let _ = line.forward(sent).await;
        });
    }

    async fn forward(&self, sent: Sent) -> Result<Answer, Status> {
        let path = sent.path.clone();
        let mut request = http::Request::new(tonic::body::Body::new(Full::new(sent.body)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = sent.path.parse().map_err(|_| Status::internal("a path"))?;
        *request.headers_mut() = sent.headers;
        let unavailable = |error: &dyn std::error::Error| Status::unavailable(error.to_string());
        let mut ledger = self.ledger.clone();
        let ready = ledger.ready().await.map_err(|error| unavailable(&error))?;
        let response = ready.call(request).await;
        let (parts, body) = response.map_err(|error| unavailable(&error))?.into_parts();
        let body = body.collect().await.map_err(|error| unavailable(&error))?;
        let answer = Answer {
            headers: parts.headers,
            trailers: body.trailers().cloned(),
            body: body.to_bytes(),
        };
        // Only a result can be told to be another's. A refusal names no transaction, and belongs to its request by the protocol.
        if !answer.body.is_empty() {
            lock(&self.answers).insert(path, answer.clone());
        }
        Ok(answer)
    }
}

/// Passes one request on, or does something to it.
async fn pass(State(line): State<Arc<Line>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return refuse(&Status::cancelled("the request broke off"));
    };
    let mut headers = parts.headers;
    // The ledger works as long as it takes: who has waited long enough is for the client to say.
    headers.remove("grpc-timeout");
    let sent = Sent {
        path: parts.uri.path().to_owned(),
        headers,
        body,
    };
    let is_transaction = sent.path.ends_with("/ExecuteTransaction");
    let earlier = lock(&line.answers).get(&sent.path).cloned();
    let Some(fault) = line.judge(is_transaction) else {
        return respond(line.carry(sent).await);
    };
    match fault {
        Fault::RequestLost => refuse(&line.silence().await),
        Fault::RequestFailed => refuse(&line.open_status()),
        Fault::RequestLate => {
            let by = lock(&line.random).below(3).saturating_add(1);
            line.carry_late(sent, line.patience * u32::try_from(by).unwrap_or(1));
            refuse(&line.silence().await)
        }
        Fault::AnswerLost => {
            let _ = line.carry(sent).await;
            refuse(&line.silence().await)
        }
        Fault::AnswerLate => {
            let answer = line.carry(sent).await;
            tokio::time::sleep(line.patience + line.patience / 4).await;
            respond(answer)
        }
        Fault::AnswerFailed => {
            let _ = line.carry(sent).await;
            refuse(&line.open_status())
        }
        Fault::AnswerGarbled => respond(line.carry(sent).await.map(|answer| garble(&answer))),
        Fault::AnswerStale => {
            let answer = line.carry(sent).await;
            respond(answer.map(|answer| earlier.unwrap_or(answer)))
        }
        Fault::Duplicated => {
            let (first, second) = tokio::join!(line.carry(sent.clone()), line.carry(sent));
            respond(first.or(second))
        }
        Fault::Replayed => {
            let by = lock(&line.random).below(8).saturating_add(1);
            line.carry_late(sent.clone(), line.patience * u32::try_from(by).unwrap_or(1));
            respond(line.carry(sent).await)
        }
        Fault::Severed => {
            let _ = line.carry(sent).await;
            line.sever();
            refuse(&line.silence().await)
        }
        Fault::Down => {
            line.take_down();
            refuse(&line.silence().await)
        }
    }
}

/// The same answer with half of its message missing.
fn garble(answer: &Answer) -> Answer {
    Answer {
        body: answer.body.slice(..answer.body.len() / 2),
        ..answer.clone()
    }
}

fn respond(answer: Result<Answer, Status>) -> Response {
    match answer {
        Ok(answer) => {
            let trailers = answer.trailers.map(Ok::<_, std::convert::Infallible>);
            let body = Full::new(answer.body).with_trailers(std::future::ready(trailers));
            let mut response = Response::new(Body::new(body));
            *response.headers_mut() = answer.headers;
            response
        }
        Err(status) => refuse(&status),
    }
}

fn refuse(status: &Status) -> Response {
    status.clone().into_http()
}

/// Passes connections on until they are severed; while the node is down, closes them at once.
async fn relay_to(listener: TcpListener, server: std::net::SocketAddr, line: Arc<Line>) {
    while let Ok((mut client, _)) = listener.accept().await {
        if line.is_down() {
            continue;
        }
        let mut breaks = line.breaks.subscribe();
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(server).await else {
                return;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                _ = breaks.changed() => {}
            }
        });
    }
}

/// Whatever panicked beside it, the value is valid.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
