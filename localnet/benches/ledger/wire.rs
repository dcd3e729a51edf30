//! Silent moves over gRPC, as many at the same time as asked for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use prost_types::FieldMask;
use sui_rpc::Client;
use sui_rpc::proto::sui::rpc::v2::{Bcs, ExecuteTransactionRequest, Transaction, UserSignature};
use tokio::runtime::Runtime;
use valet_localnet::ledger::Ledger;
use valet_localnet::{Clock, Localnet};

use crate::site::{Player, Signed, Site};

/// What a valet client asks for after a move; it sends only bytes, too.
const MASK: [&str; 3] = ["digest", "effects.bcs", "events.bcs"];
/// How many connections the calls share.
const CONNECTIONS: usize = 4;

/// A ledger behind its services, a client, and players.
pub(crate) struct Wire {
    runtime: Runtime,
    localnet: Localnet,
    clients: Vec<Client>,
}

impl Wire {
    /// Serves a ledger on loopback.
    pub(crate) fn new(ledger: &Arc<Ledger>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let builder = Localnet::builder()
            .without_faucet()
            .with_ledger(Arc::clone(ledger));
        let localnet = runtime.block_on(builder.start()).expect("free ports");
        let clients = runtime.block_on(async {
            (0..CONNECTIONS)
                .map(|_| Client::new(localnet.rpc_url()).expect("a client"))
                .collect()
        });
        Self {
            runtime,
            localnet,
            clients,
        }
    }

    /// Sends these moves, so many at the same time, and fails unless all succeed; what it took.
    pub(crate) fn send(&self, moves: Vec<Signed>, in_flight: usize) -> Duration {
        let requests: Vec<_> = moves.into_iter().map(request).collect();
        let begun = Instant::now();
        self.runtime.block_on(async {
            let calls = requests.into_iter().enumerate().map(|(number, request)| {
                let mut client = self.clients[number % self.clients.len()].clone();
                tokio::spawn(async move {
                    let answer = client.execution_client().execute_transaction(request).await;
                    assert!(succeeded(answer.expect("the ledger takes it").get_ref()));
                })
            });
            let mut done = stream::iter(calls).buffer_unordered(in_flight);
            while let Some(outcome) = done.next().await {
                outcome.expect("no panic");
            }
        });
        begun.elapsed()
    }

    /// Stops serving.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.localnet.shutdown());
    }
}

/// How long it takes until the services are up, with the framework loaded.
pub(crate) fn start() -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let builder = Localnet::builder().with_clock(Clock::Manual(1_700_000_000_000));
    let begun = Instant::now();
    let localnet = runtime.block_on(builder.start()).expect("free ports");
    let took = begun.elapsed();
    runtime.block_on(localnet.shutdown());
    took
}

/// The next moves of these players, in turn.
pub(crate) fn moves(site: &Site, players: &mut [Player], count: usize) -> Vec<Signed> {
    let width = players.len();
    (0..count)
        .map(|number| site.next_move(&mut players[number % width]))
        .collect()
}

fn request((transaction, signature): Signed) -> ExecuteTransactionRequest {
    let paths = MASK.map(str::to_owned).to_vec();
    let bytes = Bcs::serialize(&transaction).expect("it was signed");
    let signature = UserSignature::default().with_bcs(signature.to_bytes());
    ExecuteTransactionRequest::new(Transaction::default().with_bcs(bytes))
        .with_signatures(vec![signature])
        .with_read_mask(FieldMask { paths })
}

fn succeeded(answer: &sui_rpc::proto::sui::rpc::v2::ExecuteTransactionResponse) -> bool {
    use sui_sdk_types::{ExecutionStatus, TransactionEffects};
    let effects = answer.transaction().effects().bcs();
    let effects: TransactionEffects = bcs::from_bytes(effects.value()).expect("effects");
    *effects.status() == ExecutionStatus::Success
}
