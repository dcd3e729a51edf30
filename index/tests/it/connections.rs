//! Claims: connections that break, streams that repeat and leave out, and processes that are killed lose nothing and double
//! nothing; a node of another network is refused. (D10)

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use valet_client::{Network, NetworkOptions};
use valet_index::{Index, IndexError, MemoryStore, SqliteStore};
use valet_localnet::Localnet;

use crate::{
    node::Node,
    stage::{MINUTE, Stage, everything, hour},
};

/// A wire to `target` that is cut after some thousand bytes, another number for each connection and none of them enough for a
/// whole history: what it listens on, and how often it was cut.
async fn brittle_wire(target: SocketAddr) -> (String, Arc<AtomicU64>) {
    let cuts = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&cuts);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut wires = 0_usize;
        while let Ok((mut near, _)) = listener.accept().await {
            let Ok(mut far) = TcpStream::connect(target).await else {
                return;
            };
            let mut budget = 1_500 + wires * 977 % 6_000;
            wires += 1;
            let cuts = Arc::clone(&counter);
            tokio::spawn(async move {
                let (mut down, mut up) = ([0; 512], [0; 512]);
                loop {
                    // Whatever arrives first goes on; when the budget is used up, both ends are dropped in mid-sentence.
                    let copied = tokio::select! {
                        read = far.read(&mut down) => match read {
                            Ok(count) if count > 0 && count <= budget => {
                                near.write_all(&down[..count]).await.map(|()| count)
                            }
                            Ok(count) if count > budget => {
                                cuts.fetch_add(1, Ordering::Relaxed);
                                return;
                            }
                            _ => return,
                        },
                        read = near.read(&mut up) => match read {
                            Ok(count) if count > 0 => far.write_all(&up[..count]).await.map(|()| 0),
                            _ => return,
                        },
                    };
                    match copied {
                        Ok(count) => budget -= count,
                        Err(_) => return,
                    }
                }
            });
        }
    });
    (format!("http://{address}"), cuts)
}

/// A connection that is made however often it takes.
async fn connect(url: &str) -> Network {
    let options = NetworkOptions::new().with_request_timeout(Duration::from_secs(2));
    for _ in 0..50 {
        if let Ok(network) = Network::connect_with(url, options.clone()).await {
            return network;
        }
    }
    panic!("nobody answers at {url}");
}

/// What one more owner does.
async fn play(stage: &Stage) {
    let owner = stage.owner();
    let (account, session) = stage.enter(&stage.arena, &owner, hour()).await;
    for turn in 0..4 {
        session.play(&stage.step(turn)).await.expect("a move");
    }
    stage.wait(MINUTE);
    account.deactivate(&owner).await.expect("ended");
    stage.enter(&stage.shop, &owner, hour()).await;
}

async fn reaches(index: &Index, height: u64) {
    let mut progress = index.progress();
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while index.cursor().expect("a cursor").next_checkpoint <= height {
            let _ = tokio::time::timeout(Duration::from_millis(200), progress.changed()).await;
        }
    });
    waited.await.expect("it gets there");
}

fn height(stage: &Stage) -> u64 {
    let latest = stage.localnet.ledger().latest_checkpoint();
    latest.expect("a checkpoint").sequence_number()
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_a_stream_that_repeats_leaves_out_and_breaks_off_is_followed_to_the_end() {
    let stage = Stage::set().await;
    let (node, url) = Node::start(&stage.localnet.rpc_url()).await;
    let network = connect(&url).await;
    let index = stage.index();
    let following = tokio::spawn({
        let index = index.clone();
        async move { index.follow(&network, std::future::pending()).await }
    });
    while node.opened() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..20 {
        play(&stage).await;
        reaches(&index, height(&stage)).await;
        if node.opened() > 3 {
            break;
        }
    }
    following.abort();
    assert!(node.opened() > 3, "it broke off {} times", node.opened());
    assert!(node.asked() > 0, "what was left out was fetched");
    stage.assert_equal(&index).await;
    let straight = stage.index();
    stage.assert_equal(&straight).await;
    assert_eq!(everything(&index), everything(&straight));
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_wires_that_are_cut_and_processes_that_are_killed_lose_and_double_nothing() {
    let stage = Stage::set().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("index.db");
    let open = || {
        let store = SqliteStore::open(&path).expect("a database");
        Index::open(store, stage.scope()).expect("an index")
    };
    let (wire, cuts) = brittle_wire(stage.localnet.rpc_address()).await;
    for round in 0..40_u64 {
        // A process that follows is dropped in the middle, at another moment each time; the next one opens the file again.
        let killed = async {
            let index = open();
            let network = connect(&wire).await;
            let follow = index.follow(&network, std::future::pending());
            let moment = Duration::from_millis(50 + round * 130 % 1_000);
            if let Ok(ended) = tokio::time::timeout(moment, follow).await {
                ended.expect("it goes on");
            }
        };
        tokio::join!(killed, play(&stage));
        if round >= 7 && cuts.load(Ordering::Relaxed) > 3 {
            break;
        }
    }
    assert!(cuts.load(Ordering::Relaxed) > 3, "the wire was cut");
    let index = open();
    stage.assert_equal(&index).await;
    let straight = stage.index();
    stage.assert_equal(&straight).await;
    assert_eq!(everything(&index), everything(&straight));
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_another_network_is_refused_by_the_node_and_by_the_file() {
    let stage = Stage::set().await;
    let other = Localnet::builder().without_faucet().start().await;
    let other = other.expect("a ledger");
    let elsewhere = Network::connect(&other.rpc_url())
        .await
        .expect("a connection");
    let index = stage.index();
    for error in [
        index.catch_up(&elsewhere).await.expect_err("elsewhere"),
        index
            .follow(&elsewhere, std::future::pending())
            .await
            .expect_err("elsewhere"),
    ] {
        assert!(
            matches!(error, IndexError::WrongNetwork { expected, found }
                if expected == stage.network.chain_id() && found == elsewhere.chain_id()),
            "{error}"
        );
    }
    assert_eq!(index.cursor().expect("a cursor").next_checkpoint, 0);

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("index.db");
    let open = |scope| Index::open(SqliteStore::open(&path).expect("a database"), scope);
    let mut deployments = stage.deployments();
    let scope = |deployments: &[valet_client::Deployment]| {
        valet_index::Scope::new(deployments.to_vec()).expect("a scope")
    };
    open(scope(&deployments)).expect("begun");
    let error = open(scope(&deployments[..1])).expect_err("fewer dApps");
    assert!(matches!(error, IndexError::OtherScope { .. }), "{error}");
    let error = open(scope(&deployments).starting_at(1)).expect_err("another beginning");
    assert!(matches!(error, IndexError::OtherScope { .. }), "{error}");
    // An upgraded package is still the same dApp.
    deployments[0].valet_package = deployments[1].dapp_package;
    open(scope(&deployments)).expect("the same");
    for deployment in &mut deployments {
        deployment.chain_id = elsewhere.chain_id();
    }
    let error = open(scope(&deployments)).expect_err("another network");
    assert!(
        matches!(error, IndexError::ForeignDatabase { .. }),
        "{error}"
    );
    let error = Index::reopen(MemoryStore::new()).expect_err("empty");
    assert!(matches!(error, IndexError::Empty), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_a_node_that_has_forgotten_what_comes_next_is_refused() {
    let stage = Stage::set().await;
    let (node, url) = Node::start(&stage.localnet.rpc_url()).await;
    let network = connect(&url).await;
    let index = stage.index();
    let seen = index.catch_up_to(&network, 2).await.expect("the beginning");
    assert_eq!(seen.next_checkpoint, 3);
    play(&stage).await;

    node.forget_before(4);
    for error in [
        index.catch_up(&network).await.expect_err("a hole"),
        index
            .follow(&network, std::future::pending())
            .await
            .expect_err("a hole"),
        index.verify(&network).await.expect_err("a hole"),
    ] {
        assert!(
            matches!(
                error,
                IndexError::Pruned {
                    wanted: 3,
                    lowest: 4
                }
            ),
            "{error}"
        );
    }
    assert_eq!(
        index.cursor().expect("a cursor"),
        seen,
        "nothing was skipped"
    );

    // What it needs is there: what came before does not matter any more.
    node.forget_before(3);
    index.catch_up(&network).await.expect("the rest");
    stage.assert_equal(&index).await;
    let straight = stage.index();
    stage.assert_equal(&straight).await;
    assert_eq!(everything(&index), everything(&straight));
}
