//! Starting, stopping and counting: the `Localnet` handle.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::time::Duration;

use sui_rpc::proto::sui::rpc::v2::{
    GetObjectRequest, GetServiceInfoRequest, SubscribeCheckpointsRequest,
};
use sui_sdk_types::Address;
use tokio::net::TcpStream;
use tokio_stream::StreamExt;
use valet_localnet::ledger::{GenesisPackage, LedgerError};
use valet_localnet::{Clock, Localnet, LocalnetError};

use crate::support::{client, localnet};

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_before_anything_is_built() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let error = Localnet::builder()
        .with_port(port)
        .start()
        .await
        .expect_err("taken");
    assert!(
        matches!(
            error,
            LocalnetError::PortInUse {
                service: "gRPC",
                ..
            }
        ),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&port.to_string()) && text.contains("choose another port"),
        "{text}"
    );
    let error = Localnet::builder()
        .with_faucet_port(port)
        .start()
        .await
        .expect_err("taken");
    assert!(
        matches!(
            error,
            LocalnetError::PortInUse {
                service: "faucet",
                ..
            }
        ),
        "{error:?}"
    );

    let elsewhere = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
    let error = Localnet::builder()
        .with_host(elsewhere)
        .start()
        .await
        .expect_err("not our address");
    assert!(matches!(error, LocalnetError::Listen { .. }), "{error:?}");
    assert!(error.to_string().contains("203.0.113.1"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_framework_that_is_none_is_refused() {
    let nonsense = GenesisPackage {
        id: Address::TWO,
        modules: vec![vec![1, 2, 3]],
        dependencies: vec![],
    };
    let error = Localnet::builder()
        .with_framework(vec![nonsense])
        .start()
        .await
        .expect_err("no framework");
    assert!(
        matches!(error, LocalnetError::Ledger(LedgerError::Framework { .. })),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_frees_the_ports_and_ends_streams() {
    let localnet = localnet().await;
    let address = localnet.rpc_address();
    let faucet = localnet.faucet_url().expect("a faucet");
    let mut client = client(&localnet);
    let request = SubscribeCheckpointsRequest::default();
    let mut stream = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await
        .expect("a stream")
        .into_inner();
    tokio::time::timeout(Duration::from_secs(10), localnet.shutdown())
        .await
        .expect("stops in time");
    let last = tokio::time::timeout(Duration::from_secs(10), stream.next())
        .await
        .expect("ends in time");
    assert!(last.is_none_or(|frame| frame.is_err()));
    assert!(TcpStream::connect(address).await.is_err());
    assert!(
        TcpStream::connect(faucet.trim_start_matches("http://"))
            .await
            .is_err()
    );
    let again = Localnet::builder()
        .with_port(address.port())
        .start()
        .await
        .expect("the port is free");
    assert_eq!(again.rpc_address(), address);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_stops_the_services() {
    let localnet = localnet().await;
    let address = localnet.rpc_address();
    drop(localnet);
    for _ in 0..200 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still listening on {address}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_localnets_are_two_chains_side_by_side() {
    let (one, two) = (localnet().await, localnet().await);
    assert_ne!(one.rpc_address(), two.rpc_address());
    one.ledger()
        .fund(Address::TWO, &[1])
        .expect("the faucet pays");
    assert_eq!(two.ledger().balances(&Address::TWO), []);
    assert!(one.boot_time() > Duration::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_on_the_wire() {
    let localnet = Localnet::builder()
        .without_faucet()
        .start()
        .await
        .expect("localnet starts");
    assert_eq!(localnet.faucet_url(), None);
    let mut client = client(&localnet);
    let mut ledger = client.ledger_client();
    ledger
        .get_service_info(GetServiceInfoRequest::default())
        .await
        .expect("info");
    let before = localnet.request_counts();
    assert_eq!(
        (before.total(), before.of("LedgerService/GetServiceInfo")),
        (1, 1)
    );
    for id in ["0x1", "0x2", "0xdead", "nobody"] {
        let _ = ledger
            .get_object(GetObjectRequest::default().with_object_id(id))
            .await;
    }
    let counted = localnet.request_counts().since(&before);
    assert_eq!(
        (counted.total(), counted.of("LedgerService/GetObject")),
        (4, 4),
        "refused requests count, too"
    );
    let names: Vec<_> = counted.iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, ["sui.rpc.v2.LedgerService/GetObject"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_localnet_is_saved_to_a_file_and_goes_on_from_it() {
    let folder = std::env::temp_dir().join(format!("valet-snapshot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("ledger.snapshot");
    let first = localnet().await;
    let friend = Address::from_static("0xf1");
    first.ledger().fund(friend, &[5]).expect("pays");
    first.save(&file).await.expect("saves");
    first.save(&file).await.expect("replaces");

    let second = Localnet::builder()
        .with_clock(Clock::Manual(0))
        .with_snapshot_file(&file)
        .start()
        .await
        .expect("goes on");
    assert_eq!(second.ledger().chain_id(), first.ledger().chain_id());
    assert_eq!(
        second.ledger().balances(&friend),
        first.ledger().balances(&friend)
    );
    assert_eq!(second.ledger().now_ms(), first.ledger().now_ms());
    second.ledger().fund(friend, &[6]).expect("pays");

    std::fs::write(&file, b"no snapshot").expect("writes");
    let refused = Localnet::builder().with_snapshot_file(&file).start().await;
    let refused = refused.expect_err("no snapshot").to_string();
    assert!(refused.contains("snapshot"), "{refused}");
    let missing = folder.join("missing");
    let refused = Localnet::builder()
        .with_snapshot_file(&missing)
        .start()
        .await;
    let refused = refused.expect_err("no file").to_string();
    assert!(refused.contains("missing"), "{refused}");
    let nowhere = missing.join("ledger.snapshot");
    first.save(nowhere).await.expect_err("no folder");
    std::fs::remove_dir_all(&folder).expect("removes");
}
