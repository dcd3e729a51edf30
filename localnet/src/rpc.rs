//! Sui's gRPC services and the faucet's HTTP service over a [`Ledger`](crate::ledger::Ledger).
//!
//! The only place that knows protobuf messages. A service reads a request ([`fields`]), asks the ledger, and renders the
//! answer ([`render`]); it holds no state of its own.

mod coin_info;
mod counts;
mod descriptors;
mod epoch;
mod execution_service;
mod faucet;
pub mod faults;
mod fields;
mod headers;
mod json;
mod ledger_service;
mod name_service;
mod package_service;
mod query;
mod render;
mod resolve;
mod server;
mod signature_service;
mod simulate;
mod state_service;
mod status;
mod subscription_service;
mod types;

pub(crate) use counts::Counters;
pub use counts::RequestCounts;
pub(crate) use faucet::router as faucet_router;
pub use server::Services;
pub(crate) use server::serve;

/// What the server calls itself.
const SERVER_NAME: &str = concat!("valet-localnet/", env!("CARGO_PKG_VERSION"));

/// What the server calls its chain.
const CHAIN_NAME: &str = "localnet";

/// What a method of a service returns.
type Answer<T> = Result<tonic::Response<T>, tonic::Status>;
