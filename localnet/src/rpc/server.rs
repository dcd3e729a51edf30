//! One port for everything: gRPC, gRPC-Web, HTTP/1.1 and HTTP/2, reflection and health.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use http::HeaderName;
use sui_rpc::proto::google;
use sui_rpc::proto::sui::rpc::v2::FILE_DESCRIPTOR_SET;
use sui_rpc::proto::sui::rpc::v2::ledger_service_server::LedgerServiceServer;
use sui_rpc::proto::sui::rpc::v2::move_package_service_server::MovePackageServiceServer;
use sui_rpc::proto::sui::rpc::v2::name_service_server::NameServiceServer;
use sui_rpc::proto::sui::rpc::v2::signature_verification_service_server::SignatureVerificationServiceServer;
use sui_rpc::proto::sui::rpc::v2::state_service_server::StateServiceServer;
use sui_rpc::proto::sui::rpc::v2::subscription_service_server::SubscriptionServiceServer;
use sui_rpc::proto::sui::rpc::v2::transaction_execution_service_server::TransactionExecutionServiceServer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_web::GrpcWebLayer;
use tower::util::MapResponseLayer;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use super::counts::Counters;
use super::faults::{FaultLayer, Faults};
use super::{
    execution_service, headers, ledger_service, name_service, package_service, signature_service,
    state_service, subscription_service,
};
use crate::ledger::Ledger;

/// Largest request that is read; a transaction of the protocol's size in its most verbose form is well below.
const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// Largest answer; the services themselves keep below.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Most calls that one connection may have open at once.
const MAX_STREAMS: u32 = 1_024;
/// How often an idle connection is asked whether its client is still there.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// Tells servers to stop: set to true, or dropped.
type Stop = watch::Receiver<bool>;

type Response = http::Response<tonic::body::Body>;

/// The services over a ledger without a port: requests go in and answers come out in this process.
///
/// For whoever mounts them in a server of their own, and for tests that want no sockets. Faults, request counts, gRPC-Web and
/// the headers that tell where the chain stands belong to a [`Localnet`](crate::Localnet).
#[derive(Clone, Debug)]
pub struct Services {
    routes: Routes,
    /// Streams end when this is gone.
    _running: Arc<watch::Sender<bool>>,
}

impl Services {
    /// All services over this ledger.
    pub async fn new(ledger: Arc<Ledger>) -> Self {
        let (running, stop) = watch::channel(false);
        Self {
            routes: routes(ledger, stop).await,
            _running: Arc::new(running),
        }
    }
}

impl tower::Service<http::Request<tonic::body::Body>> for Services {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        tower::Service::<http::Request<tonic::body::Body>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(tower::Service::call(&mut self.routes, request))
    }
}

/// Serves the ledger on `listener` until `stop`.
pub(crate) async fn serve(
    ledger: Arc<Ledger>,
    listener: TcpListener,
    counters: Counters,
    faults: Faults,
    mut stop: Stop,
) -> Result<(), tonic::transport::Error> {
    let routes = routes(Arc::clone(&ledger), stop.clone()).await;
    let connections = faults.connections().clone();
    // A call is a few small packets each way: waiting to fill them would dominate its latency.
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .map(move |accepted| accepted.map(|stream| connections.watch(stream)));
    Server::builder()
        .accept_http1(true)
        .max_concurrent_streams(MAX_STREAMS)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .layer(cors())
        .layer(counters)
        .layer(MapResponseLayer::new(move |mut response: Response| {
            headers::add(&ledger, response.headers_mut());
            response
        }))
        .layer(GrpcWebLayer::new())
        .layer(FaultLayer(faults))
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, async move {
            let _ = stop.wait_for(|stopping| *stopping).await;
        })
        .await
}

/// Sets the message limits of a service.
macro_rules! limited {
    ($server:ident, $service:expr) => {
        $server::new($service)
            .max_decoding_message_size(MAX_REQUEST_BYTES)
            .max_encoding_message_size(MAX_ANSWER_BYTES)
    };
}

async fn routes(ledger: Arc<Ledger>, stop: Stop) -> Routes {
    let ledger_server = limited!(
        LedgerServiceServer,
        ledger_service::Service::new(Arc::clone(&ledger))
    );
    let state = limited!(
        StateServiceServer,
        state_service::Service::new(Arc::clone(&ledger))
    );
    let execution = limited!(
        TransactionExecutionServiceServer,
        execution_service::Service::new(Arc::clone(&ledger))
    );
    let package = limited!(
        MovePackageServiceServer,
        package_service::Service::new(Arc::clone(&ledger))
    );
    let subscription = limited!(
        SubscriptionServiceServer,
        subscription_service::Service::new(ledger, stop)
    );
    let name = limited!(NameServiceServer, name_service::Service);
    let signature = limited!(
        SignatureVerificationServiceServer,
        signature_service::Service
    );

    let (health, health_server) = tonic_health::server::health_reporter();
    health
        .set_serving::<LedgerServiceServer<ledger_service::Service>>()
        .await;
    health
        .set_serving::<StateServiceServer<state_service::Service>>()
        .await;
    health
        .set_serving::<TransactionExecutionServiceServer<execution_service::Service>>()
        .await;
    health
        .set_serving::<MovePackageServiceServer<package_service::Service>>()
        .await;
    health
        .set_serving::<SubscriptionServiceServer<subscription_service::Service>>()
        .await;
    health
        .set_serving::<NameServiceServer<name_service::Service>>()
        .await;
    health
        .set_serving::<SignatureVerificationServiceServer<signature_service::Service>>()
        .await;

    let routes = Routes::new(ledger_server)
        .add_service(state)
        .add_service(execution)
        .add_service(package)
        .add_service(subscription)
        .add_service(name)
        .add_service(signature)
        .add_service(health_server);
    // The descriptors are constants that a test reads back, so building fails only when that test does.
    let routes = match reflection().build_v1() {
        Ok(service) => routes.add_service(service),
        Err(error) => skip_reflection(routes, &error),
    };
    match reflection().build_v1alpha() {
        Ok(service) => routes.add_service(service),
        Err(error) => skip_reflection(routes, &error),
    }
}

/// The services that are served, as reflection names them; descriptors of others stay out of the list.
fn reflection() -> tonic_reflection::server::Builder<'static> {
    use sui_rpc::proto::sui::rpc::v2;
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(google::rpc::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(google::protobuf::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name(v2::ledger_service_server::SERVICE_NAME)
        .with_service_name(v2::state_service_server::SERVICE_NAME)
        .with_service_name(v2::transaction_execution_service_server::SERVICE_NAME)
        .with_service_name(v2::move_package_service_server::SERVICE_NAME)
        .with_service_name(v2::subscription_service_server::SERVICE_NAME)
        .with_service_name(v2::name_service_server::SERVICE_NAME)
        .with_service_name(v2::signature_verification_service_server::SERVICE_NAME)
        .with_service_name(tonic_health::pb::health_server::SERVICE_NAME)
}

fn skip_reflection(routes: Routes, error: &tonic_reflection::server::Error) -> Routes {
    tracing::error!(%error, "reflection is not served");
    routes
}

/// A local ledger is for everybody's pages: any origin may call, and read what gRPC puts into headers.
fn cors() -> CorsLayer {
    let exposed = [
        "grpc-status",
        "grpc-message",
        "grpc-status-details-bin",
        "grpc-encoding",
    ]
    .into_iter()
    .chain(headers::NAMES);
    CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods(AllowMethods::list([
            http::Method::GET,
            http::Method::POST,
            http::Method::OPTIONS,
        ]))
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list(exposed.map(HeaderName::from_static)))
        .max_age(Duration::from_secs(24 * 60 * 60))
}
