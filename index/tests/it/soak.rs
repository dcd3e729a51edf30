//! Claims: after a long random run of owners, session keys, strangers and administrators on three dApps, the index is equal to
//! the chain, wherever it was stopped on the way and whatever it is kept in. (D10)

use std::sync::Arc;

use valet_client::Network;
use valet_index::{Index, MemoryStore, Scope, SqliteStore};
use valet_soak::{Packages, Plan};

use crate::stage::{assert_equal, everything, serve};

#[tokio::test(flavor = "multi_thread")]
async fn d10_a_random_run_is_indexed_to_the_last_counter() {
    let played = tokio::task::spawn_blocking(|| {
        let packages = Packages::compile().expect("the packages");
        let seeds = [17, 18];
        seeds.map(|seed| valet_soak::play(&packages, Plan { steps: 500, seed }).expect("a run"))
    });
    for run in played.await.expect("no panic") {
        let height = run
            .ledger
            .latest_checkpoint()
            .expect("one")
            .sequence_number();
        let localnet = serve(Arc::new(run.ledger)).await;
        let network = Network::connect(&localnet.rpc_url()).await;
        let network = network.expect("a connection");
        let scope = Scope::new(run.deployments).expect("a scope");
        let straight = Index::open(MemoryStore::new(), scope.clone()).expect("an index");
        assert_equal(&straight, &network).await;
        let all = everything(&straight);
        assert!(all.sessions.len() > 20, "{} sessions", all.sessions.len());
        assert!(all.storages.len() > 5, "{} storages", all.storages.len());

        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("index.db");
        for to in (0..).map(|part| part * 97).take_while(|to| *to <= height) {
            let store = SqliteStore::open(&path).expect("a database");
            let index = Index::open(store, scope.clone()).expect("an index");
            let cursor = index.catch_up_to(&network, to).await.expect("taken in");
            assert_eq!(cursor.next_checkpoint, to + 1);
        }
        let store = SqliteStore::open(&path).expect("a database");
        let index = Index::reopen(store).expect("an index");
        assert_equal(&index, &network).await;
        assert_eq!(everything(&index), all);
    }
}
